package checkup

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"lockerd/internal/cabinet"
)

// smallDisk is when a disk is so full that the next months will not fit: the journal grows by some 100 MB a year.
const smallDisk = 200 << 20

// unitFolders are those that systemd makes for lockerd.service when it starts it, RuntimeDirectory each time.
var unitFolders = []string{"/var/lib/lockerd", "/var/lib/lockerd-mark", "/run/lockerd"}

func (k *checkup) disk(cfg *cabinet.Config) {
	for _, dir := range cfg.Folders() {
		k.folder(cfg, dir)
	}
	at := standing(filepath.Dir(cfg.Journal))
	var disk unix.Statfs_t
	err := unix.Statfs(at, &disk)
	free := disk.Bavail * uint64(disk.Bsize)
	if err == nil && free < smallDisk {
		err = fmt.Errorf("only %d MB are free; the journal wants %d", free>>20, smallDisk>>20)
	}
	k.say(err, "disk of the journal: %d MB free", free>>20)
	if cfg.Backups == "" {
		k.note("no backups are configured: a damaged journal cannot be restored")
	}
}

// folder says whether a folder can be written. One that lockerd or systemd makes need not be there.
func (k *checkup) folder(cfg *cabinet.Config, dir string) {
	_, err := os.Stat(dir)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case missing && slices.Contains(unitFolders, dir):
		k.later("systemd makes it when lockerd starts", "folder %s", dir)
	case missing && (dir == cfg.Backups || dir == cfg.Photos.Directory) && slices.Contains(unitFolders, standing(dir)) ||
		missing && slices.Contains(unitFolders, filepath.Dir(dir)):
		k.later("lockerd makes it", "folder %s", dir)
	case missing && (dir == cfg.Backups || dir == cfg.Photos.Directory):
		k.say(unix.Access(standing(dir), unix.W_OK), "folder %s can be made", dir)
	default:
		k.say(unix.Access(dir, unix.W_OK), "folder %s can be written", dir)
	}
}

// standing is a folder, or the nearest one above it that there is.
func standing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// kiosk says whether the kiosk's page can be served. What listens there may be lockerd itself, or systemd for it.
func (k *checkup) kiosk(cfg *cabinet.Config) {
	k.say(taken(cfg, cfg.Kiosk.Listen), "the kiosk's page at %s", cfg.Kiosk.Listen)
}

// taken says why lockerd cannot listen at an address.
func taken(cfg *cabinet.Config, address string) error {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l.Close()
	case errors.Is(err, syscall.EADDRINUSE) && ours(cfg):
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		return errors.New("another program listens there (ss -ltnp): end it, or choose another address")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return errors.New("this PC has no such address (ip address)")
	}
	return err
}

// metrics says whether measurements can be read, and by whom.
func (k *checkup) metrics(cfg *cabinet.Config) {
	at := cfg.Metrics.Listen
	if at == "" {
		return
	}
	k.say(taken(cfg, at), "measurements at %s", at)
	if !cfg.Metrics.Loopback() {
		k.note("measurements can be read by everybody who reaches %s, without a password (metrics.listen)", at)
	}
}

// ours says that lockerd runs, or that systemd listens for it.
func ours(cfg *cabinet.Config) bool {
	if conn, err := net.Dial("unix", cfg.Socket); err == nil {
		return conn.Close() == nil
	}
	return exec.Command("systemctl", "--quiet", "is-active", "lockerd.service", "lockerd.socket").Run() == nil // either
}
