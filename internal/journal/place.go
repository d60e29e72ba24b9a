package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"lockerd/internal/durable"
)

// What may happen to a file while it is open. A file that was removed, or over whose name another one was moved, can still be
// written; but it will never be read again.
var (
	errTaken   = errors.New("it was removed, or another file was put in its place")
	errChanged = errors.New("somebody else has written to it")
	errNoDisk  = errors.New("it is not there, nor is the disk that it lies on: is that mounted?")
)

// wrongKind is something else than a file, or than a folder, where one should be: a slip in the configuration, or somebody
// else's. So it is neither read nor moved out of the way.
type wrongKind struct{ path, is, want, setting string }

func (w *wrongKind) Error() string {
	return fmt.Sprintf("%s is a %s and not a %s: move it away, or name a %s for %q in the configuration", w.path, w.is, w.want, w.want, w.setting)
}

// isFile and isFolder hold that nothing else lies there. What is not there, or cannot be seen, opening it tells.
func isFile(path, setting string) error   { return isKind(path, setting, "file") }
func isFolder(path, setting string) error { return isKind(path, setting, "folder") }

func isKind(path, setting, want string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	is := "device, pipe or socket"
	switch {
	case info.Mode().IsRegular():
		is = "file"
	case info.IsDir():
		is = "folder"
	}
	if is == want {
		return nil
	}
	return &wrongKind{path, is, want, setting}
}

// here holds that the open file is still the one of that name, and as we left it. It takes some microseconds.
func (s *store) here(path string) error {
	if d := s.rotten.Load(); d != nil { // it is examined whole once more, and replaced: see open
		return d
	}
	ours, err := s.file.Stat()
	if err != nil {
		return err
	}
	named, err := os.Stat(path)
	if absent(err) || errors.Is(err, unix.ENOTDIR) || err == nil && !os.SameFile(ours, named) {
		return errTaken
	}
	if err != nil {
		return err
	}
	x := exam{file: s.file}
	err = x.metas(ours.Size())
	if s.txid == 0 {
		s.txid = x.meta.txid
	}
	switch {
	case refused(err):
		return err
	case err != nil, x.meta.txid != s.txid, uint64(ours.Size()) < x.meta.pages*x.meta.pageSize:
		return errChanged
	}
	return nil
}

// regain brings back a journal whose file was removed or overwritten while it was open. What was removed is written
// anew from the file that is still open, and what lies in its place is set aside: nothing is lost. If it is the disk that
// has gone the file is let go, so that it can come back. The caller holds j.write.
func (j *Journal) regain(s *store, why error) error {
	if errors.Is(why, errTaken) {
		there, err := diskOf(filepath.Dir(j.cfg.Path))
		if err != nil {
			return fmt.Errorf("%w: %w", why, err) // the folder is gone, too
		}
		if was, err := diskOfFile(s.file); err == nil && was == there {
			if err := j.putBack(s); err != nil {
				return fmt.Errorf("%w: put it back: %w", why, err)
			}
		}
	}
	j.log.Error("ALARM: the journal was touched while it was open", "path", j.cfg.Path, "because", why)
	return j.release()
}

// putBack gives the open file its name again, as a copy: a file without a name cannot be given one.
func (j *Journal) putBack(s *store) error {
	err := writeFile(j.fresh(), func(w io.Writer) error {
		return s.read(func(tx *bolt.Tx) error {
			_, err := tx.WriteTo(w)
			return err
		})
	})
	if err != nil {
		return err
	}
	if _, err := os.Lstat(j.cfg.Path); err == nil {
		if _, err := j.setAside(); err != nil {
			return err
		}
	}
	return j.place()
}

// setAside gives what lies at the journal's path another name, and says which.
func (j *Journal) setAside() (string, error) {
	aside := fmt.Sprintf("%s%s%s", j.cfg.Path, asideSuffix, time.Now().UTC().Format("20060102T150405.000000000Z"))
	// A second name first, so that there is a file at every moment. A folder or a poor file system allows none.
	if os.Link(j.cfg.Path, aside) != nil {
		if err := os.Rename(j.cfg.Path, aside); err != nil {
			return "", fmt.Errorf("set aside: %w", err)
		}
	}
	return aside, nil
}

// place gives the file that was made beside it the journal's name.
func (j *Journal) place() error {
	if err := os.Rename(j.fresh(), j.cfg.Path); err != nil {
		return err
	}
	return durable.SyncFolder(filepath.Dir(j.cfg.Path))
}

// diskOf names the file system that a path lies on, by what the file system says of itself: of ext4 it is made of its UUID,
// so it is the same after a restart of the machine. Empty: it says nothing.
func diskOf(path string) (string, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return "", &os.PathError{Op: "statfs", Path: path, Err: err}
	}
	return diskName(fs), nil
}

func diskOfFile(f *os.File) (string, error) {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &fs); err != nil {
		return "", err
	}
	return diskName(fs), nil
}

func diskName(fs unix.Statfs_t) string {
	if fs.Fsid.Val == [2]int32{} {
		return ""
	}
	return fmt.Sprintf("%08x%08x", uint32(fs.Fsid.Val[0]), uint32(fs.Fsid.Val[1]))
}
