package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/locker"
)

// A segment is a file of records, each with its length before it (4 bytes big-endian), as they lie in the journal. It is only
// ever added to. A power cut may leave a torn end: each record has its own hash and names the one before, so what is read
// ends before the first that is not whole or does not follow.

func frame(value []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(value))), value...)
}

// frameMax is longer than any record: what claims to be longer is damage.
const frameMax = 1 << 20

// readSegment calls fn for each record that follows in the chain, and says where the last of them ends. Those that the chain
// has passed already are left out. No file is no records.
func readSegment(path string, c *chain, fn func(value []byte) error) (end int64, err error) {
	f, err := os.Open(path)
	if absent(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	for {
		var head [4]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return end, torn(err)
		}
		n := binary.BigEndian.Uint32(head[:])
		if n > frameMax {
			return end, nil
		}
		value := make([]byte, n)
		if _, err := io.ReadFull(r, value); err != nil {
			return end, torn(err)
		}
		e, err := decodeEntry(value)
		if err != nil {
			return end, nil //nolint:nilerr // so far and no further
		}
		if c.started && e.Seq <= c.seq {
			if e.Seq == c.seq && e.own != c.own {
				return end, nil // another history
			}
		} else {
			event, err := locker.DecodeEvent(e.Kind, e.Event, locker.Personal{})
			if err != nil || c.next(e.Seq, &e, event) != nil {
				return end, nil //nolint:nilerr // the same
			}
			if err := fn(value); err != nil {
				return end, err
			}
		}
		end += int64(len(head)) + int64(n)
	}
}

// torn is nil where a file ends before it should.
func torn(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// extend adds to a segment all records after those that it has. It does not where it is not of this journal's past.
func (s *store) extend(path string) (extended bool, err error) {
	c := chain{cabinet: s.cabinet}
	end, err := readSegment(path, &c, func([]byte) error { return nil })
	if err != nil || !c.started {
		return false, err
	}
	err = s.read(func(tx *bolt.Tx) error {
		e, err := decodeEntry(tx.Bucket(bucketRecords).Get(seqKey(c.seq)))
		extended = err == nil && e.own == c.own
		return nil
	})
	if err != nil || !extended {
		return false, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return false, err
	}
	if err = f.Truncate(end); err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}
	for last, more := c.seq, true; more && err == nil; {
		err = s.read(func(tx *bolt.Tx) error {
			var b []byte
			cursor := tx.Bucket(bucketRecords).Cursor()
			k, v := cursor.Seek(seqKey(last + 1))
			for ; k != nil && len(b) < chunk; k, v = cursor.Next() {
				b, last = append(b, frame(v)...), keySeq(k)
			}
			more = k != nil
			_, err := f.Write(b)
			return err
		})
	}
	return err == nil, errors.Join(err, f.Sync(), f.Close())
}

// follow calls fn for each record after a copy, through its segment and those of newer copies, which may be damaged.
// List has them newest first; b is one of them, and e its end.
func follow(list []backup, b backup, cabinet string, e ends, fn func(value []byte) error) (last uint64, err error) {
	c := chain{cabinet: cabinet, started: true, seq: e.Seq, epoch: e.Epoch, own: e.own}
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].number < b.number {
			continue
		}
		if _, err := readSegment(list[i].segment(), &c, fn); err != nil {
			return 0, err
		}
	}
	return c.seq, nil
}

// restore brings a copy, which is open nowhere else, up to the newest backup that can be reached from it.
func (s *store) restore(list []backup, b backup, dir string) error {
	e, err := s.survey()
	if err != nil {
		return err
	}
	var values [][]byte
	write := func() error {
		err := s.update(func(tx *bolt.Tx) error {
			records := tx.Bucket(bucketRecords)
			records.FillPercent = fill
			for _, v := range values {
				e, err := decodeEntry(v)
				if err == nil {
					err = records.Put(seqKey(e.Seq), v)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		values = values[:0]
		return err
	}
	_, err = follow(list, b, s.cabinet, e, func(v []byte) error {
		if values = append(values, v); len(values) < batch {
			return nil
		}
		return write()
	})
	if err == nil {
		err = write()
	}
	if err != nil {
		return err
	}
	r, err := readRest(dir)
	if err != nil || r == nil {
		return err // what is sealed stays closed: it is no reason to lose the rest
	}
	return s.update(func(tx *bolt.Tx) error { return s.takeRest(tx, r) })
}

// takeRest takes the keys, and what is confirmed as far as there are records.
func (s *store) takeRest(tx *bolt.Tx, r *rest) error {
	from := s.vault.of(r.Master, s.cabinet)
	if from == nil {
		return ErrKey
	}
	for subject, wrapped := range r.Keys {
		if from != s.vault {
			wrapped = from.rewrap(s.vault, []byte(subject), wrapped)
		}
		if wrapped == nil || subject == stateSubject { // the copy's own opens its snapshots
			continue
		}
		if err := tx.Bucket(bucketKeys).Put([]byte(subject), wrapped); err != nil {
			return err
		}
	}
	m := r.Confirmed
	if last := lastSeq(tx); m.Seq > last {
		m = mark{epochAt(tx, last), last}
	}
	if m.Seq <= confirmed(tx).Seq {
		return nil
	}
	return put(tx, bucketMeta, metaConfirmed, m.encode())
}
