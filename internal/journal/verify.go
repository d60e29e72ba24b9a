package journal

import (
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/locker"
)

// Report is what Verify found.
type Report struct {
	Cabinet     string
	Epochs      []string // in their order
	First, Last uint64   // the oldest record kept and the newest
	Records     int
	Sealed      int // records with a personal part
	Erased      int // of these, those whose key was destroyed
	Confirmed   uint64
	Snapshots   []uint64 // the good ones
	// Halved says that one of the file's two meta pages is gone: the last transaction may be lost.
	Halved bool
}

// problemsMax is how many problems are named one by one.
const problemsMax = 20

// Verify walks through a whole file that is not open for writing: each record's own check, its sealed part, its
// place in the chain, its epoch. The error names every record with a problem, up to some number of them.
// Others are master keys that a rotation may have left the file under.
func Verify(path, cabinet string, master [32]byte, others ...[32]byte) (Report, error) {
	s, err := openStore(path, true, cabinet, newVault(master, others...))
	if err != nil {
		return Report{}, fmt.Errorf("journal: verify %s: %w", path, err)
	}
	defer s.discard()
	var r Report
	err = s.read(func(tx *bolt.Tx) (err error) {
		r, err = s.verify(tx)
		return err
	})
	r.Halved = s.exam.halved
	if err != nil {
		err = fmt.Errorf("journal: verify %s: %w", path, err)
	}
	return r, err
}

// Verify is the same for the open journal, as it is when it begins.
func (j *Journal) Verify() (Report, error) {
	var r Report
	err := j.view(func(s *store, tx *bolt.Tx) (err error) {
		r, err = s.verify(tx)
		return err
	})
	if err != nil {
		err = fmt.Errorf("journal: verify %s: %w", j.cfg.Path, err)
	}
	return r, err
}

func (s *store) verify(tx *bolt.Tx) (Report, error) {
	r := Report{Cabinet: s.cabinet}
	if err := s.identify(tx); err != nil {
		return r, err
	}
	var problems []error
	r.Last, r.Confirmed = lastSeq(tx), confirmed(tx).Seq
	r.Snapshots = s.goodSnapshots(tx, r.Last)
	if n := tx.Bucket(bucketSnapshots).Stats().KeyN; n != len(r.Snapshots) {
		problems = append(problems, fmt.Errorf("%d of %d snapshots are damaged", n-len(r.Snapshots), n))
	}
	if r.Confirmed > r.Last {
		err := fmt.Errorf("record %d was confirmed, and the last one is %d", r.Confirmed, r.Last)
		problems = append(problems, err)
	}
	problems = append(problems, s.verifyRecords(tx, &r)...)
	if n := len(problems); n > problemsMax {
		problems = append(problems[:problemsMax], fmt.Errorf("and %d more", n-problemsMax))
	}
	return r, errors.Join(problems...)
}

func (s *store) verifyRecords(tx *bolt.Tx, r *Report) (problems []error) {
	chain := chain{cabinet: s.cabinet}
	c := tx.Bucket(bucketRecords).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		seq := keySeq(k)
		if r.Records++; r.Records == 1 {
			r.First = seq
		}
		record, e, err := s.decode(tx, seq, v)
		if err == nil {
			err = chain.next(seq, &e, record.Event)
			if err != nil {
				err = &damage{seq, err}
			}
		}
		if err != nil {
			problems = append(problems, err)
			chain.started = false // go on from the next one as it comes
			continue
		}
		if n := len(r.Epochs); n == 0 || r.Epochs[n-1] != e.Epoch {
			r.Epochs = append(r.Epochs, e.Epoch)
		}
		if e.sealed != nil {
			r.Sealed++
			if record.Event.(locker.Private).Private().IsZero() {
				r.Erased++
			}
		}
	}
	return problems
}

// Scan goes through the events of all records, the oldest first, without what is personal in them. What cannot be read is
// passed over: Verify tells of it.
func (j *Journal) Scan(see func(locker.Event)) error {
	for last, more := uint64(0), true; more; {
		err := j.view(func(_ *store, tx *bolt.Tx) error {
			c := tx.Bucket(bucketRecords).Cursor()
			k, v := c.Seek(seqKey(last + 1))
			for n := 0; k != nil && n < batch; k, v = c.Next() {
				n, last = n+1, keySeq(k)
				if e, err := decodeEntry(v); err == nil {
					if event, err := locker.DecodeEvent(e.Kind, e.Event, locker.Personal{}); err == nil {
						see(event)
					}
				}
			}
			more = k != nil
			return nil
		})
		if err != nil {
			return fmt.Errorf("journal: scan: %w", err)
		}
	}
	return nil
}

// Read goes through the records after the given one of a file that is not open for writing, the oldest first. It stops
// at the first error. Others are as in Verify.
func Read(path, cabinet string, master [32]byte, after uint64, fn func(locker.Outgoing) error,
	others ...[32]byte) error {
	s, err := openStore(path, true, cabinet, newVault(master, others...))
	if err != nil {
		return fmt.Errorf("journal: read %s: %w", path, err)
	}
	defer s.discard()
	err = s.read(func(tx *bolt.Tx) error {
		if err := s.identify(tx); err != nil {
			return err
		}
		first, _ := tx.Bucket(bucketRecords).Cursor().First()
		return s.replay(tx, max(after+1, keySeq(first)), func(r replayed) error { return fn(outgoing(r)) })
	})
	if err != nil {
		return fmt.Errorf("journal: read %s: %w", path, err)
	}
	return nil
}

// Try says whether a journal that is not open can be opened with these keys: ErrKey, a *WrongKey, or what else is wrong
// with it. Nothing is written. Others are as in Verify.
func Try(cfg Config, master [32]byte, others ...[32]byte) error {
	s, err := openStore(cfg.Path, true, cfg.Cabinet, newVault(master, others...))
	if err != nil {
		return fmt.Errorf("journal: try %s: %w", cfg.Path, err)
	}
	defer s.discard()
	if err = s.read(s.identify); err == nil {
		_, err = s.knows(cfg.Prints)
	}
	if err != nil {
		return fmt.Errorf("journal: try %s: %w", cfg.Path, err)
	}
	return nil
}

// Accept makes a journal that is not open accept these keys in place of those that it knew, since those are lost.
func Accept(cfg Config, master [32]byte, others ...[32]byte) error {
	s, _, err := openSurveyed(cfg.Path, cfg.Cabinet, newVault(master, others...))
	if s != nil {
		defer s.discard()
	}
	if err == nil {
		err = s.note(cfg.Prints)
	}
	if err != nil {
		return fmt.Errorf("journal: accept keys: %w", err)
	}
	return nil
}
