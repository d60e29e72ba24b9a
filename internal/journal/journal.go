// Package journal owns the file of events, the keys of the personal data in them, and the backups of that file. It never
// decides anything, and never reports an event as written before it is on the disk.
//
// One log holds everything. The snapshot of the state and the cloud's confirmation are cursors in it; the outbox is the
// part that is not confirmed. What was written is readable for ever: see line and entry, and testdata/journal-v1.txt.
package journal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"lockerd/internal/locker"
)

// Config says where the journal lies and how much of it is kept.
type Config struct {
	Cabinet       string        // the cabinet's name: part of every record
	Path          string        // the file; its folder must exist
	Backups       string        // the folder of its copies; empty: no copies
	Mark          string        // the file that says how far the journal has come; empty: beside it
	Retention     time.Duration // how long confirmed records are kept; 0: DefaultRetention
	Personal      time.Duration // how long a parcel's phone and code are kept at the most; 0: DefaultPersonal
	Photos        time.Duration // how long a photo can be opened, at most Retention; 0: DefaultPhotos
	Keep          int           // how many whole copies are kept; 0: DefaultKeep
	SnapshotEvery int           // after how many records a snapshot is due; 0: DefaultSnapshotEvery
	Used          bool          // something else says that there was a journal: where there is none it is lost, not new
	// Prints are of keys that must stay the same as long as the journal lives, by name. Nothing can be told of the key by
	// its print.
	Prints map[string][32]byte
}

// Defaults of Config.
const (
	DefaultRetention     = 90 * 24 * time.Hour
	DefaultPersonal      = 30 * 24 * time.Hour
	DefaultPhotos        = 30 * 24 * time.Hour
	DefaultKeep          = 2
	DefaultSnapshotEvery = 1000
)

// Validate says everything that is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.Cabinet == "" {
		errs = append(errs, errors.New("journal: the cabinet has no name"))
	}
	if c.Path == "" {
		errs = append(errs, errors.New("journal: no path"))
	}
	if c.Backups != "" && filepath.Clean(c.Backups) == filepath.Clean(c.Path) {
		errs = append(errs, errors.New("journal: the backups' folder is the journal itself"))
	}
	if c.Retention < 0 || c.Personal < 0 || c.Photos < 0 || c.Keep < 0 || c.SnapshotEvery < 0 {
		errs = append(errs, errors.New("journal: retention, keep and snapshot interval cannot be below 0"))
	}
	if c := c.filled(); c.Photos > c.Retention {
		errs = append(errs, errors.New("journal: photos cannot be kept longer than the records that open them"))
	}
	return errors.Join(errs...)
}

// filled is the configuration with the defaults in it.
func (c Config) filled() Config {
	c.Retention = cmp.Or(c.Retention, DefaultRetention)
	c.Personal = cmp.Or(c.Personal, DefaultPersonal)
	c.Mark = cmp.Or(c.Mark, c.Path+".mark")
	c.Photos = cmp.Or(c.Photos, min(DefaultPhotos, c.Retention))
	c.Keep = cmp.Or(c.Keep, DefaultKeep)
	c.SnapshotEvery = cmp.Or(c.SnapshotEvery, DefaultSnapshotEvery)
	return c
}

// Origin is how a journal came to be when it was opened. All but Opened begin a new epoch; Restored, Shortened and Lost
// are alarms.
type Origin string

// Origins.
const (
	Opened    Origin = "opened"    // as it was left
	New       Origin = "new"       // there was none
	Restored  Origin = "restored"  // it was damaged or gone, and a backup took its place; or it is an older copy: see Config.Mark
	Shortened Origin = "shortened" // its end is damaged and cut off, or may have been lost
	Lost      Origin = "lost"      // it was damaged or is gone, and no backup is good: all is lost
)

// ErrBroken says that an earlier write failed and that it is unknown which part of it is on the disk: call Load until it succeeds.
var ErrBroken = errors.New("an earlier write failed")

// Journal is the log. Append, Snapshot and Prune are for its one writer; everything else may be called at any time.
type Journal struct {
	cfg Config
	log *slog.Logger

	copies  sync.Mutex // held while the file is copied, to a backup or to replace it
	write   sync.Mutex // held over every write transaction, and while the file is opened anew
	vault   *vault
	closed  bool
	marking sync.Mutex
	marked  watermark     // as it was last written
	due     chan struct{} // of Marks

	doubtful bool // the kernel may take pages of the file for written that are not

	mu     sync.RWMutex // guards what follows, which is only set with write held too; never held over I/O
	store  *store       // nil: not open
	ends   ends
	origin Origin
	disk   string // the file system that it lies on; empty: not known
	used   uint64 // how many of its pages were in use when that was last known
	began  uint64 // the newest record when it was opened
	// shortened is when the cloud's statement that the journal has lost its end was last believed.
	shortened time.Time
}

// Open opens the journal, or makes it. A file that is damaged is set aside under another name, never deleted, and
// replaced by the best that is left of it: see Origin. A file of another cabinet, of a newer release or under another
// master key is left alone: ErrCabinet, ErrRelease, ErrKey; and so is one that knows another of Prints: *WrongKey. Others
// are master keys that a rotation may have left files under.
func Open(cfg Config, master [32]byte, log *slog.Logger, others ...[32]byte) (*Journal, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	j := &Journal{cfg: cfg.filled(), log: log, vault: newVault(master, others...), due: make(chan struct{}, 1)}
	if err := j.open(true); err != nil {
		return nil, fmt.Errorf("journal: open %s: %w", cfg.Path, err)
	}
	return j, nil
}

// Origin says how the journal came to be when it was last opened.
func (j *Journal) Origin() Origin {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.origin
}

// Last names the newest record.
func (j *Journal) Last() (epoch string, seq uint64) {
	e := j.now()
	return e.Epoch, e.Seq
}

// Confirmed is the newest record up to which the cloud has everything, whether or not that is on the disk yet; 0 if none.
func (j *Journal) Confirmed() uint64 { return j.now().confirmed.Seq }

// Due says that it is time for a snapshot.
func (j *Journal) Due() bool {
	e := j.now()
	return e.Seq-e.snapshot() >= uint64(j.cfg.SnapshotEvery)
}

func (j *Journal) now() ends {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.ends
}

// current is the open file.
func (j *Journal) current() (*store, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if j.store == nil {
		return nil, os.ErrClosed
	}
	return j.store, nil
}

// view reads the open file, all of which is examined by then, and once more if it was replaced by a new one meanwhile.
func (j *Journal) view(fn func(*store, *bolt.Tx) error) error {
	return j.viewEnd(func(s *store, tx *bolt.Tx) error {
		if err := s.whole(); err != nil {
			return err
		}
		return fn(s, tx)
	})
}

// viewEnd is view for what a start reads: see glance.
func (j *Journal) viewEnd(fn func(*store, *bolt.Tx) error) error {
	for {
		s, err := j.current()
		if err != nil {
			return err
		}
		err = s.read(func(tx *bolt.Tx) error { return fn(s, tx) })
		if now, _ := j.current(); now == s || !errors.Is(err, berrors.ErrDatabaseNotOpen) {
			return err
		}
	}
}

// begin takes the right to write to the file under the journal's name, provided that it is as we left it. The caller releases j.write
// if there is no error.
func (j *Journal) begin() (*store, ends, error) {
	j.write.Lock()
	s, err := j.current()
	if err == nil && s.broken == nil { // else broken is the error to report
		err = s.here(j.cfg.Path)
	}
	if err != nil {
		j.write.Unlock()
		return nil, ends{}, err
	}
	return s, j.now(), nil
}

func (j *Journal) set(e ends) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ends = e
}

// Append writes events down, all or none, and returns them as they will read back. When it returns nil they are on the
// disk. After a disk error it is unknown whether they are: every further write returns ErrBroken until Load succeeds.
func (j *Journal) Append(now locker.Now, events []locker.Event) ([]locker.Record, error) {
	if len(events) == 0 {
		return nil, nil
	}
	s, e, err := j.begin()
	if err != nil {
		return nil, fmt.Errorf("journal: append: %w", err)
	}
	defer j.write.Unlock()
	unlock := slices.ContainsFunc(events, unlocks)
	var settle func(*bolt.Tx, *ends) error
	if due, few := e.settles(along); due && few && !unlock { // a person waits for that door to open
		settle = j.settle
	}
	records, err := s.append(&e, e.Epoch, now, events, settle)
	if err != nil {
		return nil, fmt.Errorf("journal: append: %w", err)
	}
	j.set(e)
	if unlock {
		j.urge()
	}
	return records, nil
}

// Load returns the newest good snapshot (nil if there is none) and the records after it. After a write has failed it
// first sees whether the journal can be written now, and opens it anew: what it returns is what is on the disk.
func (j *Journal) Load() (snapshot []byte, after []locker.Record, err error) {
	if err := j.mend(); err != nil {
		return nil, nil, err
	}
	err = j.viewEnd(func(s *store, tx *bolt.Tx) error {
		from := ends{snapshots: s.goodSnapshots(tx, lastSeq(tx))}.snapshot()
		if after = nil; from == 0 {
			if err := s.whole(); err != nil {
				return err
			}
		} else {
			var err error
			if snapshot, err = s.snapshot(tx, from, tx.Bucket(bucketSnapshots).Get(seqKey(from))); err != nil {
				return err
			}
		}
		return s.replay(tx, from+1, func(r replayed) error {
			after = append(after, r.record)
			return nil
		})
	})
	if err != nil {
		return nil, nil, fmt.Errorf("journal: load: %w", err)
	}
	return snapshot, after, nil
}

// Tidy keeps a snapshot of the state, which is that after record seq, if one is due, and then prunes; and it settles what no
// record came to go with. It also checks that the file is still there: at a cabinet that is not used for hours nothing else would.
func (j *Journal) Tidy(now locker.Now, seq uint64, state func() ([]byte, error)) error {
	_, e, err := j.begin()
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	j.write.Unlock()
	if due, _ := e.settles(alone); due {
		if err := j.Settle(); err != nil {
			return err
		}
	}
	if !j.Due() {
		return nil
	}
	b, err := state()
	if err != nil {
		return fmt.Errorf("journal: snapshot at record %d: %w", seq, err)
	}
	if err := j.Snapshot(seq, b); err != nil {
		return err
	}
	_, err = j.Prune(now)
	return err
}

// stateSubject is the subject whose key seals snapshots, since a state holds names.
const stateSubject = "state"

// Snapshot keeps the state as it is after record seq. The one before it is kept too, in case this one is damaged.
func (j *Journal) Snapshot(seq uint64, state []byte) error {
	s, e, err := j.begin()
	if err != nil {
		return fmt.Errorf("journal: snapshot: %w", err)
	}
	defer j.write.Unlock()
	if seq <= e.snapshot() || seq > e.Seq {
		return fmt.Errorf("journal: snapshot at record %d: it must lie after %d and not after %d",
			seq, e.snapshot(), e.Seq)
	}
	keep := append(slices.Clone(e.snapshots[max(0, len(e.snapshots)-1):]), seq)
	err = s.update(func(tx *bolt.Tx) error {
		sealed, err := s.vault.seal(tx.Bucket(bucketKeys), stateSubject, state, seqKey(seq))
		if err != nil {
			return err
		}
		if err := put(tx, bucketSnapshots, seqKey(seq), sealed); err != nil {
			return err
		}
		return deleteKeys(tx.Bucket(bucketSnapshots), func(k []byte) bool {
			return keySeq(k) != seq && keySeq(k) != keep[0]
		})
	})
	if err != nil {
		return fmt.Errorf("journal: snapshot at record %d: %w", seq, err)
	}
	e.snapshots = keep
	j.set(e)
	return nil
}

func deleteKeys(b *bolt.Bucket, which func(k []byte) bool) error {
	var keys [][]byte
	c := b.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if which(k) {
			keys = append(keys, bytes.Clone(k))
		}
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// Close closes the file. Readers that are still in it are waited for.
func (j *Journal) Close() error {
	if err := j.Settle(); err != nil && !errors.Is(err, os.ErrClosed) {
		j.log.Warn("journal: what the cloud has confirmed last will be sent again", "path", j.cfg.Path, "err", err)
	}
	j.write.Lock()
	defer j.write.Unlock()
	j.closed = true
	s := j.take()
	if s == nil {
		return nil
	}
	if err := j.mark(j.ends); err != nil {
		j.log.Error("journal: its mark was not written", "path", j.cfg.Mark, "err", err)
	}
	if err := s.close(); err != nil {
		return fmt.Errorf("journal: close %s: %w", j.cfg.Path, err)
	}
	return nil
}

func (m mark) encode() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // a string and a number
	}
	return b
}
