package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/durable"
)

// A backup is a whole copy of the journal, the records after it, and the keys of today:
//
//	journal-00000007.db       the copy; it says that it is one, and has no subject's key but the state's
//	journal-00000007.records  its last record and all that came since: see segment
//	journal.keys              the subjects' keys and what is confirmed, as of the newest backup: see rest
//
// So each backup writes what came since the one before, a whole copy is made once in a while, and what was destroyed is
// in no backup after the next one. Copies are numbered, not dated: a cabinet may not know the time.
const (
	backupPrefix  = "journal-"
	backupSuffix  = ".db"
	segmentSuffix = ".records"
	keysName      = "journal.keys"
)

// wholeEvery is how many backups follow a whole copy: with four a day, one a week is whole. A restored journal has no newer
// snapshot, so a start after that goes through as many records.
const wholeEvery = 28

// Backup brings the newest backup up to date, or makes a whole one when that is due or the one before does not lead up to
// the present. Appends go on meanwhile.
func (j *Journal) Backup() error {
	if j.cfg.Backups == "" {
		return errors.New("journal: backup: no folder for backups is configured")
	}
	j.copies.Lock()
	defer j.copies.Unlock()
	s, err := j.current()
	if err == nil {
		err = errors.Join(s.whole(), j.Settle())
	}
	if err != nil {
		return fmt.Errorf("journal: backup: %w", err)
	}
	if err := j.backup(); err != nil {
		return fmt.Errorf("journal: backup to %s: %w", j.cfg.Backups, err)
	}
	return nil
}

func (j *Journal) backup() error {
	s, err := j.current()
	if err != nil {
		return err
	}
	have, err := backups(j.cfg.Backups)
	if err != nil {
		return err
	}
	was, err := readRest(j.cfg.Backups)
	if err != nil && refused(err) {
		return err
	}
	extended := false
	if len(have) > 0 { // also before a whole one: should that be damaged, the one before leads up to it
		if extended, err = s.extend(have[0].segment()); err != nil {
			return err
		}
	}
	now, err := s.rest()
	if err != nil {
		return err
	}
	if !extended || was == nil || was.Parts >= wholeEvery || string(was.Master) != string(now.Master) {
		return j.whole(j.cfg.Keep)
	}
	now.Parts = was.Parts + 1
	return writeRest(j.cfg.Backups, now)
}

// whole makes a whole copy, and leaves so many of them, the new one among them.
func (j *Journal) whole(keep int) error {
	s, err := j.current()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(j.cfg.Backups, 0o700); err != nil {
		return err
	}
	have, err := backups(j.cfg.Backups)
	if err != nil {
		return err
	}
	b := backup{number: 1}
	if len(have) > 0 {
		b.number = have[0].number + 1
	}
	b.path = filepath.Join(j.cfg.Backups, fmt.Sprintf("%s%08d%s", backupPrefix, b.number, backupSuffix))
	if err := j.copyTo(b, s); err != nil {
		return err
	}
	now, err := s.rest()
	if err == nil {
		err = writeRest(j.cfg.Backups, now)
	}
	if err != nil {
		return err
	}
	for _, old := range have[min(len(have), keep-1):] {
		if err := errors.Join(os.Remove(old.path), removed(old.segment())); err != nil {
			return fmt.Errorf("drop old: %w", err)
		}
	}
	return nil
}

// copyTo puts a copy in place only once it is whole, on the disk, and found good: a bad one must not displace others.
func (j *Journal) copyTo(b backup, s *store) error {
	part := b.path + durable.Part
	if err := removed(part); err != nil {
		return err
	}
	defer func() { _ = os.Remove(part) }() // it is there only if something failed
	fresh, err := makeStore(part, s.cabinet, s.vault)
	if err != nil {
		return err
	}
	fresh.db.NoSync = true // it counts only once it is whole
	last, err := copyRecords(fresh.db, s.db, 0)
	if err == nil {
		err = s.read(func(in *bolt.Tx) error {
			return fresh.db.Update(func(out *bolt.Tx) error {
				for more := true; more; {
					if last, more, err = copySome(out, in, last); err != nil {
						return err
					}
				}
				return errors.Join(j.copyRest(out, in, s.vault, fresh, change{only: stateSubject}),
					put(out, bucketMeta, metaBackup, nil))
			})
		})
	}
	if err = errors.Join(err, fresh.db.Sync(), fresh.close()); err != nil {
		return err
	}
	if err := firstOf(part, b.segment(), s); err != nil {
		return fmt.Errorf("the copy is no good: %w", err)
	}
	if err := os.Rename(part, b.path); err != nil {
		return err
	}
	return durable.SyncFolder(filepath.Dir(b.path))
}

// firstOf begins a segment with the last record of a copy, which it finds good.
func firstOf(path, segment string, s *store) error {
	c, err := openStore(path, true, s.cabinet, s.vault)
	if err != nil {
		return err
	}
	defer c.discard()
	e, err := c.survey()
	if err != nil {
		return err
	}
	return writeFile(segment, func(w io.Writer) error {
		return c.read(func(tx *bolt.Tx) error {
			_, err := w.Write(frame(tx.Bucket(bucketRecords).Get(seqKey(e.Seq))))
			return err
		})
	})
}

// rest is what of the newest backup is neither in a copy nor a record.
type rest struct {
	Parts     int               `json:"parts"`  // backups since the whole copy
	Master    []byte            `json:"master"` // tells the master key that wraps the keys; see vault.of
	Confirmed mark              `json:"confirmed"`
	Keys      map[string][]byte `json:"keys"` // subject -> wrapped key
}

// rest reads it of the journal.
func (s *store) rest() (*rest, error) {
	r := &rest{Keys: make(map[string][]byte)}
	err := s.read(func(tx *bolt.Tx) error {
		proof, err := get(tx, bucketMeta, metaMaster)
		r.Master, r.Confirmed = slices.Clone(proof), confirmed(tx)
		return errors.Join(err, tx.Bucket(bucketKeys).ForEach(func(k, v []byte) error {
			r.Keys[string(k)] = slices.Clone(v)
			return nil
		}))
	})
	return r, err
}

// writeRest replaces the file whole.
func writeRest(dir string, r *rest) error {
	path := filepath.Join(dir, keysName)
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return durable.Write(path, 0o600, withCheck(b))
}

// readRest returns nil where there is none, or none that is whole.
func readRest(dir string) (*rest, error) {
	b, err := readChecked(filepath.Join(dir, keysName))
	if err != nil || b == nil {
		return nil, err
	}
	r := new(rest)
	if json.Unmarshal(b, r) != nil {
		return nil, nil
	}
	return r, nil
}

// inspect describes a backup file that is not open, or returns what is wrong with it.
func inspect(path, cabinet string, v *vault) (ends, error) {
	s, err := openStore(path, true, cabinet, v)
	if err != nil {
		return ends{}, err
	}
	defer s.discard()
	return s.survey()
}

// backup is a whole copy.
type backup struct {
	number int
	path   string
}

// segment is the file of the records after it.
func (b backup) segment() string { return strings.TrimSuffix(b.path, backupSuffix) + segmentSuffix }

// backups lists the copies in a folder, the newest first. No folder is no copies.
func backups(dir string) ([]backup, error) {
	if err := isFolder(dir, "backups"); err != nil {
		return nil, err
	}
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

// removed removes a file, if it is there.
func removed(path string) error {
	if err := os.Remove(path); err != nil && !absent(err) {
		return err
	}
	return nil
}
