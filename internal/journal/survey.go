package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/locker"
)

// survey finds both ends of the log and checks everything from which the state is rebuilt: the newest good snapshot and every record
// after it. Older history is for Verify: a bit flipped there must not cost what happened since.
func (s *store) survey() (ends, error) {
	var e ends
	err := s.read(func(tx *bolt.Tx) error {
		if err := s.identify(tx); err != nil {
			return err
		}
		last := lastSeq(tx)
		if last == 0 {
			return &damage{err: errors.New("it has no records")}
		}
		e.confirmed = confirmed(tx)
		e.settled = e.confirmed
		e.snapshots = s.goodSnapshots(tx, last)
		c := chain{cabinet: s.cabinet}
		from := max(1, e.snapshot()) // the snapshot's own record is what the next one must follow from
		err := s.replay(tx, from, func(r replayed) error {
			if err := c.next(r.key, &r.entry, r.record.Event); err != nil {
				return &damage{r.key, err}
			}
			return nil
		})
		if err == nil && (!c.started || c.seq != last) {
			err = &damage{seq: from, err: errors.New("it is missing")}
		}
		e.mark, e.own = mark{c.epoch, c.seq}, c.own
		return err
	})
	return e, err
}

// identify says whether it is a journal, of this cabinet, under this master key.
func (s *store) identify(tx *bolt.Tx) error {
	for _, name := range [][]byte{bucketRecords, bucketKeys, bucketMeta, bucketSnapshots} {
		if tx.Bucket(name) == nil {
			return &damage{err: fmt.Errorf("it is no journal: no bucket %q", name)}
		}
	}
	return s.belongs(func(name []byte) ([]byte, error) { return get(tx, bucketMeta, name) })
}

// belongs is identify, from values of the bucket of what is said of the file.
func (s *store) belongs(get func(name []byte) ([]byte, error)) error {
	value := make(map[string]string)
	for _, name := range [][]byte{metaFormat, metaCabinet, metaMaster} {
		v, err := get(name)
		if err == nil && v == nil {
			err = fmt.Errorf("%q is missing", name)
		}
		if err != nil {
			return &damage{err: err}
		}
		value[string(name)] = string(v)
	}
	if v, err := strconv.Atoi(value["version"]); err != nil || v < 1 || v > fileVersion {
		return fmt.Errorf("%w: version %s", ErrRelease, value["version"])
	}
	if name := value["cabinet"]; name != s.cabinet {
		return fmt.Errorf("%w: %q, not %q", ErrCabinet, name, s.cabinet)
	}
	v := s.vault.of([]byte(value["master"]), s.cabinet)
	if v == nil {
		return ErrKey
	}
	if v != s.vault { // only while it is being opened: no other goroutine has it yet
		s.vault = v
	}
	return nil
}

func lastSeq(tx *bolt.Tx) uint64 {
	k, _ := tx.Bucket(bucketRecords).Cursor().Last()
	return keySeq(k)
}

// confirmed is empty if it cannot be read: then everything is sent again, and the receiver drops the records that it has.
func confirmed(tx *bolt.Tx) mark {
	v, err := get(tx, bucketMeta, metaConfirmed)
	if err != nil || v == nil {
		return mark{}
	}
	var m mark
	if json.Unmarshal(v, &m) != nil {
		return mark{}
	}
	return m
}

// goodSnapshots lists the snapshots that match their check, open, and are not of records that are not there.
func (s *store) goodSnapshots(tx *bolt.Tx, last uint64) (out []uint64) {
	_ = tx.Bucket(bucketSnapshots).ForEach(func(k, v []byte) error {
		if keySeq(k) == 0 || keySeq(k) > last {
			return nil
		}
		if _, err := s.snapshot(tx, keySeq(k), v); err == nil {
			out = append(out, keySeq(k))
		}
		return nil
	})
	return out
}

// snapshot opens a snapshot as it lies in its bucket.
func (s *store) snapshot(tx *bolt.Tx, seq uint64, value []byte) ([]byte, error) {
	sealed, err := checked(seqKey(seq), value)
	if err != nil {
		return nil, err
	}
	state, err := s.vault.open(tx.Bucket(bucketKeys), stateSubject, sealed, seqKey(seq))
	if err == nil && state == nil {
		err = fmt.Errorf("the key of snapshot %d is gone", seq)
	}
	return state, err
}

// replayed is a record on its way by. Its entry lives as long as the transaction.
type replayed struct {
	key    uint64
	record locker.Record
	entry  entry
}

// replay calls fn for every record from seq on, in order, and stops at the first error.
func (s *store) replay(tx *bolt.Tx, from uint64, fn func(replayed) error) error {
	c := tx.Bucket(bucketRecords).Cursor()
	for k, v := c.Seek(seqKey(from)); k != nil; k, v = c.Next() {
		seq := keySeq(k)
		if seq != from {
			return &damage{seq: from, err: errors.New("it is missing")}
		}
		from++
		r, e, err := s.decode(tx, seq, v)
		if err != nil {
			return err
		}
		if err := fn(replayed{seq, r, e}); err != nil {
			return err
		}
	}
	return nil
}
