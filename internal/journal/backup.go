package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Copies are named by a number that only goes up, not by a time: a cabinet may not know the time.
const (
	backupPrefix = "journal-"
	backupSuffix = ".db"
	partSuffix   = ".part" // until it is whole
)

// Backup writes a consistent copy into the folder of copies, checks it, and then drops the oldest ones. Appends go on
// meanwhile.
func (j *Journal) Backup() error {
	if j.cfg.Backups == "" {
		return errors.New("journal: backup: no folder for backups is configured")
	}
	j.copies.Lock()
	defer j.copies.Unlock()
	return j.backup(j.cfg.Keep)
}

// backup leaves so many copies, the new one among them.
func (j *Journal) backup(keep int) error {
	s, err := j.current()
	if err != nil {
		return fmt.Errorf("journal: backup: %w", err)
	}
	if err := os.MkdirAll(j.cfg.Backups, 0o700); err != nil {
		return fmt.Errorf("journal: backup: %w", err)
	}
	have, err := backups(j.cfg.Backups)
	if err != nil {
		return fmt.Errorf("journal: backup: %w", err)
	}
	next := 1
	if len(have) > 0 {
		next = have[0].number + 1
	}
	name := filepath.Join(j.cfg.Backups, fmt.Sprintf("%s%08d%s", backupPrefix, next, backupSuffix))
	if err := copyTo(name, s); err != nil {
		return fmt.Errorf("journal: backup to %s: %w", name, err)
	}
	for _, old := range have[min(len(have), keep-1):] {
		if err := os.Remove(old.path); err != nil {
			return fmt.Errorf("journal: backup: drop old: %w", err)
		}
	}
	return nil
}

// copyTo puts a copy in place only once it is whole, on the disk, and found good: a bad one must not displace others.
func copyTo(name string, s *store) error {
	part := name + partSuffix
	defer func() { _ = os.Remove(part) }() // it is there only if something failed
	err := writeFile(part, func(w io.Writer) error {
		return s.read(func(tx *bolt.Tx) error {
			_, err := tx.WriteTo(w)
			return err
		})
	})
	if err != nil {
		return err
	}
	if err := flag(part, s.cabinet, s.vault); err != nil {
		return fmt.Errorf("the copy is no good: %w", err)
	}
	if err := os.Rename(part, name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// flag has a copy say that it is one, and holds that it is good.
func flag(path, cabinet string, v *vault) error {
	s, _, err := openSurveyed(path, cabinet, v)
	if s != nil {
		defer s.discard()
	}
	if err != nil {
		return err
	}
	return s.update(func(tx *bolt.Tx) error { return put(tx, bucketMeta, metaBackup, nil) })
}

// inspect says what is in a file that nobody has open, or what is wrong with it.
func inspect(path, cabinet string, v *vault) (ends, error) {
	s, err := openStore(path, true, cabinet, v)
	if err != nil {
		return ends{}, err
	}
	defer s.discard()
	return s.survey()
}

type backup struct {
	number int
	path   string
}

// backups lists the copies in a folder, the newest first. No folder is no copies.
func backups(dir string) ([]backup, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !absent(err) {
		return nil, err
	}
	var out []backup
	for _, e := range entries {
		digits, ok1 := strings.CutPrefix(e.Name(), backupPrefix)
		digits, ok2 := strings.CutSuffix(digits, backupSuffix)
		if n, err := strconv.Atoi(digits); ok1 && ok2 && err == nil {
			out = append(out, backup{n, filepath.Join(dir, e.Name())})
		}
	}
	slices.SortFunc(out, func(a, b backup) int { return b.number - a.number })
	return out, nil
}

// writeFile makes a file anew and returns once it is on the disk.
func writeFile(path string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(fill(f), f.Sync(), f.Close())
}

// syncDir makes a rename in a folder last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
