package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/durable"
)

// mend repairs, if it can, a journal that failed to write or to reopen, or whose file was removed or replaced.
// While a disk refuses, nothing of it is held open, so that it can be taken away, checked and put back; one that is full
// stays as it is.
func (j *Journal) mend() error {
	j.write.Lock()
	defer j.write.Unlock()
	s := j.store // it is only set with j.write held
	if j.closed {
		return nil
	}
	if s != nil {
		why := s.here(j.cfg.Path)
		var err error
		switch touched := errors.Is(why, errTaken) || errors.Is(why, errChanged); {
		case s.broken != nil:
			if err = j.probe(s); !full(err) {
				err = errors.Join(err, j.release())
			}
		case touched:
			err = j.regain(s, why)
		case why != nil || s.faulty.Load():
			err = j.release()
		default:
			return nil
		}
		if err != nil {
			return fmt.Errorf("journal: %w", err)
		}
	}
	return j.reloadNamed()
}

// release closes the file. The caller holds j.write.
func (j *Journal) release() error {
	s := j.take()
	if s == nil {
		return nil
	}
	j.doubtful = j.doubtful || s.broken != nil
	return s.close()
}

// Reload opens the file anew after a write has failed, in the way of Open. Whether the failed Append is in it is not
// known before: then Load returns it. Records in it that Append never returned are history; nothing was done because of them.
// After an error nothing is open, and Reload can be tried again.
func (j *Journal) Reload() error {
	j.write.Lock()
	defer j.write.Unlock()
	return j.reloadNamed()
}

func (j *Journal) reloadNamed() error {
	if err := j.reload(); err != nil {
		return fmt.Errorf("journal: reload %s: %w", j.cfg.Path, err)
	}
	return nil
}

func (j *Journal) reload() error {
	if j.closed {
		return os.ErrClosed
	}
	if err := j.release(); err != nil {
		return err
	}
	if j.doubtful {
		if err := rewrite(j.cfg.Path); err != nil {
			return err
		}
		if err := durable.SyncFolder(filepath.Dir(j.cfg.Path)); err != nil {
			return err
		}
		j.doubtful = false
	}
	return j.open(false)
}

// take takes the file out of use.
func (j *Journal) take() *store {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.store
	j.store = nil
	return s
}

// rewrite writes every page in use once more, the meta pages last. After a failed fsync the kernel takes pages for
// written that are not: what reads well now would be gone after a power cut.
func rewrite(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	x, err := examine(f, info.Size())
	if err != nil {
		return nil // for open to deal with
	}
	b := make([]byte, x.meta.pageSize)
	again := func(page uint64) error {
		at := int64(page * x.meta.pageSize)
		if _, err := f.ReadAt(b, at); err != nil {
			return err
		}
		_, err := f.WriteAt(b, at)
		return err
	}
	for page := uint64(2); page < x.meta.pages; page++ {
		if x.used(page) {
			if err := again(page); err != nil {
				return err
			}
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return errors.Join(again(0), again(1), f.Sync())
}

// probeRoom is how much must fit on the disk for Probe to say that the journal can be written: some hundred records.
const probeRoom = 256 << 10

// Probe says whether the journal could be written. It writes nothing that is read.
func (j *Journal) Probe() error {
	j.write.Lock()
	defer j.write.Unlock()
	s, err := j.current()
	if err != nil {
		return fmt.Errorf("journal: probe: %w", err)
	}
	if err := j.probe(s); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

func (j *Journal) probe(s *store) error {
	room := j.cfg.Path + ".probe"
	err := writeFile(room, func(w io.Writer) error {
		_, err := w.Write(make([]byte, probeRoom))
		return err
	})
	if gone := os.Remove(room); err == nil {
		err = gone
	}
	if err == nil {
		// Not update: this runs after a failed commit, and the part of that commit that reached the file stays as it is.
		err = s.guard(s.db.Update, func(tx *bolt.Tx) error { return put(tx, bucketMeta, metaProbe, nil) })
	}
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	return nil
}
