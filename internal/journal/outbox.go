package journal

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/locker"
)

// What the cloud has confirmed is believed at once, and brought to the disk together with other things: a transaction costs two
// syncs and some pages independent of its size, and what a power cut loses of it is sent again. Nothing is deleted and no key is
// destroyed for a confirmation that is not on the disk.
const (
	// batch is how many records one write transaction of Settle or Prune handles, so that an Append never waits for long. So many
	// that wait are brought to the disk at once: a backlog is not sent again as a whole.
	batch = 500
	// along is how long a confirmation waits before it goes with the next records, and alongMost how many of them may go so: they
	// are read for it (some 10 µs each), and the next writer may wait for those records.
	along     = 10 * time.Second
	alongMost = 100
	// alone is how long it waits for records to go with: as long as the mark, see markEvery.
	alone = time.Minute
)

// Confirm believes an ack: the cloud has all up to that record. One that is no news, names no record of ours, or has another
// hash than ours changes nothing; of the last that is locker.ErrOtherRecord. The keys of subjects that are to be forgotten by
// then are destroyed with it, as it comes to the disk: see Settle. Where the cloud's own word says that our epoch goes on in
// another way than here, the journal is an older copy: a new epoch begins, and that is locker.ErrShortened.
func (j *Journal) Confirm(a locker.Ack) error {
	if err := j.believe(a); err != nil {
		return fmt.Errorf("journal: confirm record %d of %s: %w", a.Seq, a.Epoch, err)
	}
	if e := j.now(); e.confirmed.Seq-e.settled.Seq < batch {
		return nil
	}
	return j.Settle()
}

func (j *Journal) believe(a locker.Ack) error {
	s, e, err := j.begin()
	if err != nil {
		return err
	}
	defer j.write.Unlock()
	if err := errors.Join(s.fit(), s.whole()); err != nil { // that has ended: Check has read the record
		return err
	}
	lost := false
	err = s.read(func(tx *bolt.Tx) (err error) {
		lost, err = j.weigh(tx, e, a)
		return err
	})
	switch {
	case lost && j.mayBelieve(a):
		return j.beyond(s, e, a)
	case errors.Is(err, locker.ErrAcked):
		return nil
	case errors.Is(err, locker.ErrNotOurs):
		j.log.Warn("journal: confirmed record is not one of this journal", "epoch", a.Epoch, "seq", a.Seq)
		return nil
	case err != nil:
		return err
	}
	if e.confirmed == e.settled {
		e.waits = time.Now()
	}
	e.confirmed = mark{a.Epoch, a.Seq}
	j.set(e)
	return nil
}

// Settle brings to the disk what the cloud has confirmed, without waiting for records to go with.
func (j *Journal) Settle() error {
	for {
		more, err := j.settleSome()
		if err != nil {
			return fmt.Errorf("journal: what is confirmed: %w", err)
		}
		if !more {
			return nil
		}
	}
}

func (j *Journal) settleSome() (more bool, err error) {
	s, e, err := j.begin()
	if err != nil {
		return false, err
	}
	defer j.write.Unlock()
	if e.confirmed == e.settled {
		return false, nil
	}
	if err := s.update(func(tx *bolt.Tx) error { return j.settle(tx, &e) }); err != nil {
		return false, err
	}
	j.set(e)
	return e.confirmed != e.settled, nil
}

// settle writes down, in a transaction, that up to batch records more are confirmed, and destroys the keys that go with them.
func (j *Journal) settle(tx *bolt.Tx, e *ends) error {
	to := min(e.confirmed.Seq, e.settled.Seq+batch)
	for seq := e.settled.Seq + 1; seq <= to; seq++ {
		if err := j.forget(tx, seq); err != nil {
			return err
		}
	}
	if e.settled = e.confirmed; to < e.confirmed.Seq {
		e.settled = mark{epochAt(tx, to), to}
	}
	return put(tx, bucketMeta, metaConfirmed, e.settled.encode())
}

// settles says whether confirmations have waited for so long, and whether they are few enough to go with records.
func (e ends) settles(wait time.Duration) (due, few bool) {
	return e.confirmed != e.settled && time.Since(e.waits) >= wait, e.confirmed.Seq-e.settled.Seq <= alongMost
}

// Check says what Confirm would make of an ack: nil if it is news, which may be that records of ours are missing; else
// locker.ErrAcked, ErrNotOurs or ErrOtherRecord. It changes nothing.
func (j *Journal) Check(a locker.Ack) error {
	return j.view(func(_ *store, tx *bolt.Tx) error {
		lost, err := j.weigh(tx, j.now(), a)
		if lost && j.mayBelieve(a) {
			return nil
		}
		return err
	})
}

// weigh holds an ack against the records. lost says that, if it is true, our epoch goes on in another way than here; err is
// why it confirms nothing.
func (j *Journal) weigh(tx *bolt.Tx, e ends, a locker.Ack) (lost bool, err error) {
	v := tx.Bucket(bucketRecords).Get(seqKey(a.Seq))
	r, unread := decodeEntry(v)
	switch named := unread == nil && r.Epoch == a.Epoch; {
	case named && r.own != a.Hash:
		return a.Epoch == e.Epoch && !j.heard(e), locker.ErrOtherRecord
	case named && a.Seq > e.confirmed.Seq:
		return false, nil
	case named, v == nil && a.Seq <= e.confirmed.Seq: // it may be pruned
		return false, locker.ErrAcked
	}
	return a.Epoch == e.Epoch && a.Seq > e.Seq, locker.ErrNotOurs
}

// believeAgain is how long after a shortened journal was believed in by the cloud's word alone no other is: no machine is put
// back so often, and a cloud that is mistaken would have one epoch after the other begun.
const believeAgain = 24 * time.Hour

// mayBelieve says whether an ack can take away what is here: it is the cloud's own word, and the first one for a day.
func (j *Journal) mayBelieve(a locker.Ack) bool {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return a.Signed && (j.shortened.IsZero() || time.Since(j.shortened) >= believeAgain)
}

// heard says that the cloud has confirmed a record of this run. A journal grows older by being put back before a run, not
// during it: from then on it cannot be true that it is an older copy.
func (j *Journal) heard(e ends) bool {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return e.confirmed.Epoch == e.Epoch && e.confirmed.Seq > j.began
}

// beyond begins a new epoch because the cloud has records of ours that are not here, and says how many at least. Once the
// cloud has confirmed a record of this run such a word comes from another cabinet with our name, or from a mistake. Even then
// a new epoch keeps the two apart; but what is here is all of ours. The caller holds j.write.
func (j *Journal) beyond(s *store, e ends, a locker.Ack) error {
	missing := 0
	if !j.heard(e) {
		missing = int(min(a.Seq-min(e.Seq, a.Seq-1), math.MaxInt32))
	}
	if err := s.begin(&e, Shortened, missing); err != nil {
		return err
	}
	j.mu.Lock()
	j.shortened = time.Now()
	j.mu.Unlock()
	j.set(e)
	j.urge()
	return fmt.Errorf("%w: it has record %d of %s as %x", locker.ErrShortened, a.Seq, a.Epoch, a.Hash)
}

// epochAt is the epoch of a record; empty if it is not there or not readable.
func epochAt(tx *bolt.Tx, seq uint64) string {
	e, err := decodeEntry(tx.Bucket(bucketRecords).Get(seqKey(seq)))
	if err != nil {
		return ""
	}
	return e.Epoch
}

// forget destroys the key of the subject that nothing personal is needed of once the cloud has this record. A record
// that cannot be read destroys no keys: it must not hold up all records after it.
func (j *Journal) forget(tx *bolt.Tx, seq uint64) error {
	v := tx.Bucket(bucketRecords).Get(seqKey(seq))
	if v == nil {
		return nil // pruned
	}
	e, err := decodeEntry(v)
	if err != nil {
		j.log.Error("journal: confirmed record cannot be read", "seq", seq, "err", err)
		return nil
	}
	event, err := locker.DecodeEvent(e.Kind, e.Event, locker.Personal{})
	if err != nil {
		j.log.Error("journal: confirmed record cannot be read", "seq", seq, "err", err)
		return nil
	}
	keys := tx.Bucket(bucketKeys)
	switch e := event.(type) {
	case locker.Replacing:
		return keys.Delete([]byte(e.Replaces()))
	case locker.Forgetting:
		return errors.Join(keys.Delete([]byte(e.Forgets())), forgetBelow(keys, e.Forgets()+locker.Below))
	}
	return nil
}

// forgetBelow destroys the keys of all subjects whose names begin so.
func forgetBelow(keys *bolt.Bucket, prefix string) error {
	c := keys.Cursor()
	for k, _ := c.Seek([]byte(prefix)); bytes.HasPrefix(k, []byte(prefix)); k, _ = c.Seek([]byte(prefix)) {
		if err := keys.Delete(bytes.Clone(k)); err != nil {
			return err
		}
	}
	return nil
}

// Outgoing returns records after the given one as they leave the cabinet: what is not confirmed is the outbox. The
// oldest come first, and at most limit of them. A record that cannot be read is an error once all before it are out.
func (j *Journal) Outgoing(after uint64, limit int) ([]locker.Outgoing, error) {
	var out []locker.Outgoing
	err := j.view(func(s *store, tx *bolt.Tx) error {
		first, _ := tx.Bucket(bucketRecords).Cursor().First() // as of this transaction: others prune meanwhile
		after := max(after, keySeq(first)-1)
		return s.replay(tx, after+1, func(r replayed) error {
			if len(out) >= limit {
				return errEnough
			}
			out = append(out, outgoing(r))
			return nil
		})
	})
	if err != nil && !errors.Is(err, errEnough) && len(out) == 0 {
		return nil, fmt.Errorf("journal: unconfirmed: %w", err)
	}
	return out, nil
}

// pageOf is how many records Each reads in one transaction: a longer one would hold up what frees pages.
const pageOf = 500

// Each goes through the records after the given one as they leave the cabinet, up to the newest that there is when it begins. It stops
// at the first error.
func (j *Journal) Each(after uint64, each func(locker.Outgoing) error) error {
	for _, last := j.Last(); after < last; {
		page, err := j.Outgoing(after, pageOf)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, o := range page {
			if after = o.Seq; after > last {
				return nil
			}
			if err := each(o); err != nil {
				return err
			}
		}
	}
	return nil
}

// outgoing is a record as it leaves the cabinet. It outlives the transaction.
func outgoing(r replayed) locker.Outgoing {
	o := locker.Outgoing{Epoch: r.record.Epoch, Seq: r.key, Kind: r.entry.Kind, Public: bytes.Clone(r.entry.public),
		Hash: r.entry.own}
	if p, ok := r.record.Event.(locker.Private); ok {
		o.Personal = p.Private()
	}
	return o
}

// errEnough ends a replay.
var errEnough = errors.New("enough")

// Prune deletes records that are no longer needed and returns their number: confirmed, below both snapshots, and older than
// the retention period. It waits for a known clock. A record written while the time was not known is as old as the next
// one with a known time.
func (j *Journal) Prune(now locker.Now) (int, error) {
	s, err := j.current()
	if err == nil {
		err = s.whole()
	}
	if err == nil {
		err = j.Settle()
	}
	if err != nil {
		return 0, err
	}
	pruned := 0
	for now.Known {
		n, err := j.pruneSome(now.Wall, j.cfg.Retention)
		if err != nil {
			return pruned, fmt.Errorf("journal: prune: %w", err)
		}
		if n == 0 {
			break
		}
		pruned += n
	}
	return pruned, nil
}

func (j *Journal) pruneSome(now time.Time, keep time.Duration) (int, error) {
	s, e, err := j.begin()
	if err != nil {
		return 0, err
	}
	defer j.write.Unlock()
	if len(e.snapshots) < 2 {
		return 0, nil // should the only snapshot be damaged, the state is made of all records
	}
	limit := min(e.snapshots[0], e.settled.Seq)
	keys, err := s.prunable(now, keep, limit)
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	return len(keys), s.update(func(tx *bolt.Tx) error {
		records := tx.Bucket(bucketRecords)
		for _, k := range keys {
			// Nobody can open a photo without the record that tells of it. All others' keys have ends of their own.
			if photo, ok := personal(records.Get(k)).(locker.PhotoKept); ok {
				if err := tx.Bucket(bucketKeys).Delete([]byte(photo.Subject())); err != nil {
					return err
				}
			}
			if err := records.Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
}

// personal is the event of a record with a sealed part, without that; nil of any other.
func personal(value []byte) locker.Private {
	e, err := decodeEntry(value)
	if err != nil || e.sealed == nil {
		return nil
	}
	event, err := locker.DecodeEvent(e.Kind, e.Event, locker.Personal{})
	if err != nil {
		return nil
	}
	p, _ := event.(locker.Private)
	return p
}

// prunable lists the oldest records below limit, at most a batch that ends with one whose time was known.
func (s *store) prunable(now time.Time, keep time.Duration, limit uint64) (keys [][]byte, err error) {
	known := 0 // how many of keys come up to the last record that was old for certain
	err = s.read(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketRecords).Cursor()
		for k, v := c.First(); k != nil && keySeq(k) < limit; k, v = c.Next() {
			e, err := decodeEntry(v)
			if err == nil && e.dated(now) {
				if now.Sub(time.Time(e.At)) <= keep {
					break
				}
				known = len(keys) + 1
			}
			if keys = append(keys, bytes.Clone(k)); known >= batch {
				break
			}
		}
		return nil
	})
	return keys[:known], err
}
