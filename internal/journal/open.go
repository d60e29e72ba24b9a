package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/locker"
)

// open opens the file, or the best that is left of it (see best), and takes it into use. At a start it may be open before all of it is
// examined; where a run has to open it once more, something was wrong.
func (j *Journal) open(start bool) error {
	if err := isFolder(filepath.Dir(j.cfg.Path), "journal"); err != nil {
		return err
	}
	w, err := readWatermark(j.cfg.Mark)
	if err != nil {
		return err
	}
	var s *store
	var e ends
	origin, lent := Opened, false
	if start {
		s, e = j.lend(w)
		lent = s != nil
	}
	if !lent {
		s, e, origin, err = j.best(w)
	}
	if err == nil {
		err = s.meet(j.cfg.Prints)
	}
	if err == nil {
		err = j.clear()
	}
	if err == nil && origin == Opened && !lent {
		origin, err = j.judge(s, &e, w)
	}
	if err != nil {
		if s != nil {
			s.discard()
		}
		return err
	}
	disk, _ := diskOfFile(s.file) // empty: it says nothing of itself
	used := s.exam.count()
	if lent {
		used = w.Used
	}
	j.mu.Lock()
	j.store, j.ends, j.origin, j.disk, j.began, j.used = s, e, origin, disk, e.Seq, used
	j.mu.Unlock()
	if err := j.mark(e); err != nil {
		j.log.Error("journal: its mark was not written: an older copy in its place would not be noticed",
			"path", j.cfg.Mark, "err", err)
	}
	return nil
}

// best opens the file, or puts the best that is left in its place.
func (j *Journal) best(w *watermark) (*store, ends, Origin, error) {
	s, e, err := openSurveyed(j.cfg.Path, j.cfg.Cabinet, j.vault)
	if absent(err) {
		if err := j.home(w); err != nil {
			return nil, ends{}, "", err
		}
	}
	var d *damage
	if !absent(err) && !errors.As(err, &d) {
		return s, e, Opened, err
	}
	origin, err := j.rebuild(s, err, w != nil || j.cfg.Used)
	if err != nil {
		return nil, ends{}, "", err
	}
	s, e, err = openSurveyed(j.cfg.Path, j.cfg.Cabinet, j.vault)
	return s, e, origin, err
}

// step is far more records than one transaction ever has: so many a lost meta page may have cost.
const step = 100

// judge says whether a journal that opened without an error is the expected one, and whole. If not, a new epoch begins.
func (j *Journal) judge(s *store, e *ends, w *watermark) (Origin, error) {
	copied, err := s.isBackup()
	held := true
	if err == nil && w != nil {
		held, err = s.holds(w)
	}
	short := e.confirmed.Seq > e.Seq || s.exam.halved && (held || w.Epoch == e.Epoch && w.Seq <= e.Seq+step)
	switch {
	case err != nil:
		return "", err
	case short:
		j.log.Error("journal: its end may be lost", "epoch", e.Epoch, "last", e.Seq, "meta_page_gone", s.exam.halved)
		return Shortened, s.shorten(e)
	case !held || copied:
		j.log.Error("journal: it is an older copy", "epoch", e.Epoch, "last", e.Seq, "backup", copied, "mark", w)
		return Restored, s.begin(e, Restored, 0)
	}
	return Opened, nil
}

// home says whether a journal that is not there lay on another disk than its folder now does: then nothing is begun in its
// place, which that disk would hide when it comes.
func (j *Journal) home(w *watermark) error {
	was := j.disk
	if was == "" && w != nil {
		was = w.Disk
	}
	disk, err := diskOf(filepath.Dir(j.cfg.Path))
	if err == nil && was != "" && disk != "" && disk != was {
		err = errNoDisk
	}
	return err
}

// clear removes what a power cut left of a file that was meant to replace this one.
func (j *Journal) clear() error {
	if err := os.Remove(j.fresh()); err != nil && !absent(err) {
		return err
	}
	return nil
}

// meet refuses keys that differ from the known ones, and notes those that it sees for the first time.
func (s *store) meet(prints map[string][32]byte) error {
	news, err := s.knows(prints)
	if err != nil || !news {
		return err
	}
	return s.note(prints)
}

// knows says whether the keys that must not change are unchanged, and whether some are seen for the first time.
func (s *store) knows(prints map[string][32]byte) (news bool, err error) {
	var known map[string]sum
	err = s.read(func(tx *bolt.Tx) error {
		v, err := get(tx, bucketMeta, metaPrints)
		if err != nil || v == nil {
			return nil //nolint:nilerr // a damaged note is made anew: what it was about is not lost
		}
		return json.Unmarshal(v, &known)
	})
	if err != nil {
		return false, err
	}
	for _, name := range slices.Sorted(maps.Keys(prints)) {
		was, ok := known[name]
		if ok && was != prints[name] {
			return false, &WrongKey{name}
		}
		news = news || !ok
	}
	return news, nil
}

// note keeps the prints of keys that must not change.
func (s *store) note(prints map[string][32]byte) error {
	known := make(map[string]sum)
	for name, print := range prints {
		known[name] = print
	}
	b, err := json.Marshal(known)
	if err != nil {
		return err
	}
	return s.update(func(tx *bolt.Tx) error { return put(tx, bucketMeta, metaPrints, b) })
}

// openSurveyed may return a store together with an error: then the file is damaged, and the store holds its lock.
func openSurveyed(path, cabinet string, v *vault) (*store, ends, error) {
	s, err := openStore(path, false, cabinet, v)
	if err != nil {
		return nil, ends{}, err
	}
	e, err := s.survey()
	return s, e, err
}

// begin writes the first record of a new epoch; missing is as in its event. It is not known yet whether the clock is right. From then on the file is no
// backup.
func (s *store) begin(e *ends, why Origin, missing int) error {
	event := locker.EpochBegun{Reason: string(why), Previous: e.Epoch, Missing: missing}
	_, err := s.append(e, newEpoch(), locker.Now{Wall: time.Now()}, []locker.Event{event}, nil)
	if err != nil {
		return err
	}
	return s.update(func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Delete(metaBackup) })
}

// isBackup says whether the file says that it is one.
func (s *store) isBackup() (is bool, err error) {
	err = s.read(func(tx *bolt.Tx) error {
		is = tx.Bucket(bucketMeta).Get(metaBackup) != nil
		return nil
	})
	return is, err
}

// shorten begins a new epoch at the end as it is, and what was confirmed ends there too.
func (s *store) shorten(e *ends) error {
	if e.confirmed.Seq > e.Seq {
		if err := s.cut(e.Seq); err != nil {
			return err
		}
		e.confirmed, e.settled = e.mark, e.mark
	}
	return s.begin(e, Shortened, 0)
}

// rebuild puts the best that is left in the place of a file that is damaged or gone: the file itself up to its first
// bad record or the newest good backup, whichever has more; else a new journal. The new file is complete before it
// takes the name, and the damaged one keeps it until then: power may fail at any point. s is the damaged file if it
// could be opened. Used says that there was one.
func (j *Journal) rebuild(s *store, cause error, used bool) (Origin, error) {
	if s != nil {
		defer s.discard()
	}
	origin, err := j.replacement(s, cause, used)
	if err != nil {
		return "", fmt.Errorf("%w (was to be replaced: %w)", err, cause)
	}
	aside := ""
	if !absent(cause) {
		if aside, err = j.setAside(); err != nil {
			return "", err
		}
	}
	if err := j.place(); err != nil {
		return "", err
	}
	if origin == New {
		j.log.Info("journal: began a new one", "path", j.cfg.Path)
	} else {
		j.log.Error("journal: replaced", "origin", origin, "cause", cause, "set_aside", aside)
	}
	return origin, nil
}

// asideSuffix is what a damaged file is set aside under, with a time behind it.
const asideSuffix = ".damaged-"

// fresh is where a journal is made before it takes its name.
func (j *Journal) fresh() string { return j.cfg.Path + ".new" }

// replacement makes the new file.
func (j *Journal) replacement(s *store, cause error, used bool) (Origin, error) {
	if err := os.Remove(j.fresh()); err != nil && !absent(err) {
		return "", err
	}
	list, err := backups(j.cfg.Backups)
	if err != nil {
		return "", err
	}
	var source *backup
	last := uint64(0)
	for i, b := range list {
		e, err := inspect(b.path, j.cfg.Cabinet, j.vault)
		if err == nil {
			last, err = follow(list, b, j.cfg.Cabinet, e, func([]byte) error { return nil })
		}
		if err == nil {
			source = &list[i]
			break
		}
		j.log.Error("journal: backup is no good", "path", b.path, "err", err)
		if errors.Is(err, ErrKey) || refused(err) {
			// The key is wrong, or the disk, but not the journal: no new journal is begun for that.
			return "", err
		}
	}
	var d *damage
	if s != nil && errors.As(cause, &d) && d.seq > last+1 {
		err := j.adopt(j.cfg.Path, Shortened, func(s *store) error { return s.cut(d.seq - 1) })
		if !errors.As(err, &d) {
			return Shortened, err
		}
	}
	switch {
	case source != nil:
		return Restored, j.adopt(source.path, Restored, func(s *store) error { return s.restore(list, *source, j.cfg.Backups) })
	case absent(cause) && len(list) == 0 && !used:
		return New, j.create(New)
	default:
		return Lost, j.create(Lost)
	}
}

func (j *Journal) create(why Origin) error {
	if err := os.Remove(j.fresh()); err != nil && !absent(err) { // what an adopt that failed has left
		return err
	}
	s, err := createStore(j.fresh(), j.cfg.Cabinet, j.vault)
	if err != nil {
		return err
	}
	return errors.Join(s.begin(&ends{}, why, 0), s.close())
}

// adopt copies a file, has make turn the copy into what it should be, and begins a new epoch in it.
func (j *Journal) adopt(source string, why Origin, make func(*store) error) error {
	from, err := os.Open(source)
	if err != nil {
		return err
	}
	defer from.Close()
	err = writeFile(j.fresh(), func(w io.Writer) error {
		_, err := io.Copy(w, from)
		return err
	})
	if err != nil {
		return err
	}
	s, err := openStore(j.fresh(), false, j.cfg.Cabinet, j.vault)
	if err != nil {
		return err
	}
	if err = s.identified(); err == nil {
		err = make(s)
	}
	if err == nil {
		var e ends
		if e, err = s.survey(); err == nil {
			err = s.begin(&e, why, 0)
		}
	}
	return errors.Join(err, s.close())
}

// identified finds the master key that the file is under.
func (s *store) identified() error { return s.read(s.identify) }

// cut drops all records after upTo and everything that refers to them.
func (s *store) cut(upTo uint64) error {
	return s.update(func(tx *bolt.Tx) error {
		after := func(k []byte) bool { return keySeq(k) > upTo }
		m := confirmed(tx)
		if m.Seq > upTo {
			m = mark{epochAt(tx, upTo), upTo}
		}
		return errors.Join(
			deleteKeys(tx.Bucket(bucketRecords), after),
			deleteKeys(tx.Bucket(bucketSnapshots), after),
			put(tx, bucketMeta, metaConfirmed, m.encode()))
	})
}
