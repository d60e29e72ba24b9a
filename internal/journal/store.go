package journal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"lockerd/internal/locker"
)

// Sentinels for what is not damage: the file is left alone.
var (
	// ErrBusy says that another process holds the journal.
	ErrBusy = errors.New("another lockerd has it")
	// ErrCabinet says that the file is another cabinet's.
	ErrCabinet = errors.New("it is another cabinet's")
	// ErrKey says that the file was written under another master key.
	ErrKey = errors.New("it was written under another master key")
	// ErrRelease says that the file was written by a release that knows more than this one.
	ErrRelease = errors.New("it was written by a newer release")
)

// WrongKey says that a key is not the one that the journal knows by its print. The file is left alone.
type WrongKey struct{ Name string }

func (k *WrongKey) Error() string { return "it knows another " + k.Name }

// damage describes what is wrong with a file, and in which record if it concerns one.
type damage struct {
	seq uint64 // 0: not a record
	err error
}

func (d *damage) Error() string {
	if d.seq == 0 {
		return "damaged: " + d.err.Error()
	}
	return fmt.Sprintf("damaged: record %d: %v", d.seq, d.err)
}

func (d *damage) Unwrap() error { return d.err }

var (
	bucketRecords   = []byte("records")   // sequence, 8 bytes big-endian -> entry
	bucketKeys      = []byte("keys")      // subject -> nonce | key under the master key
	bucketMeta      = []byte("meta")      // name -> check | value
	bucketSnapshots = []byte("snapshots") // sequence -> check | sealed state

	metaFormat    = []byte("version")   // fileVersion in decimal
	metaCabinet   = []byte("cabinet")   // the cabinet's name
	metaMaster    = []byte("master")    // masterProof under the master key
	metaConfirmed = []byte("confirmed") // a mark
	metaProbe     = []byte("probe")     // nothing; see Probe
	metaPrints    = []byte("prints")    // JSON: a key's name -> its print
	metaBackup    = []byte("backup")    // nothing; there only in a backup
)

var masterProof = []byte("lockerd journal")

const (
	lockWait = time.Second
	// mapSize is how much is mapped at once: while a backup is being read the file can grow to this size without the
	// writer having to wait for it.
	mapSize = 64 << 20
	// fill is how full bbolt packs the pages: records are only ever added at the end.
	fill = 0.95
)

// mark names a record.
type mark struct {
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// ends describes both ends of the log.
type ends struct {
	mark                // the newest record
	own       sum       // its hash
	confirmed mark      // the newest record up to which the cloud has everything
	settled   mark      // the same as it is on the disk
	waits     time.Time // since when the two differ; of this process's run
	snapshots []uint64  // the good ones, oldest first
}

func (e ends) snapshot() uint64 {
	if len(e.snapshots) == 0 {
		return 0
	}
	return e.snapshots[len(e.snapshots)-1]
}

// store is an open file.
type store struct {
	db      *bolt.DB
	file    *os.File // db's
	txid    uint64   // of our last transaction; 0: not known yet
	cabinet string
	vault   *vault
	exam    *exam       // nil of one just made
	broken  error       // why a commit failed
	faulty  atomic.Bool // the disk would not give what the file has mapped

	remainder *remainder             // the examination of what a start did not need; nil: all was examined
	rotten    atomic.Pointer[damage] // what that found
}

// openStore locks and examines a file, and opens it only if bbolt can bear it. What is wrong with it is a *damage.
func openStore(path string, readOnly bool, cabinet string, v *vault) (*store, error) {
	file, err := lockFile(path, readOnly)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	x, err := examine(file, info.Size())
	if err != nil {
		file.Close()
		if refused(err) {
			return nil, err
		}
		return nil, &damage{err: err}
	}
	return mapStore(path, file, readOnly, x, cabinet, v)
}

// mapStore has bbolt open a file that is examined as far as it reaches, and locked.
func mapStore(path string, file *os.File, readOnly bool, x *exam, cabinet string, v *vault) (*store, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		ReadOnly: readOnly, Timeout: lockWait, FreelistType: bolt.FreelistMapType, NoFreelistSync: true,
		// Room to grow, while somebody reads: the writer would have to wait for that.
		InitialMmapSize: max(mapSize, int(x.meta.pages*x.meta.pageSize)+mapSize/4),
		// The file that holds the lock.
		OpenFile: func(string, int, os.FileMode) (*os.File, error) { return file, nil },
	})
	if err != nil {
		return nil, err
	}
	return &store{db: db, file: file, txid: x.meta.txid, cabinet: cabinet, vault: v, exam: x}, nil
}

// lockFile opens a file and locks it as bbolt does. A file that was replaced while we waited is opened anew.
func lockFile(path string, readOnly bool) (*os.File, error) {
	flag, how := os.O_RDWR, unix.LOCK_EX
	if readOnly {
		flag, how = os.O_RDONLY, unix.LOCK_SH
	}
	for deadline := time.Now().Add(lockWait); ; time.Sleep(lockWait / 20) {
		if err := isFile(path, "journal"); err != nil { // before it is opened: of a pipe or a device that does things
			return nil, err
		}
		file, err := os.OpenFile(path, flag, 0)
		if err != nil {
			return nil, err
		}
		err = unix.Flock(int(file.Fd()), how|unix.LOCK_NB)
		if err == nil {
			ours, err1 := file.Stat()
			named, err2 := os.Stat(path)
			if err1 == nil && err2 == nil && os.SameFile(ours, named) {
				return file, nil
			}
		}
		file.Close()
		switch {
		case err != nil && !errors.Is(err, unix.EWOULDBLOCK):
			return nil, fmt.Errorf("lock: %w", err)
		case time.Now().After(deadline):
			return nil, ErrBusy
		}
	}
}

func (s *store) close() error {
	s.remainder.end()
	return s.db.Close()
}

// discard closes a file that was not written to or that is given up.
func (s *store) discard() { _ = s.close() }

// createStore makes an empty file: all but its first record.
func createStore(path string, cabinet string, v *vault) (*store, error) {
	s, err := makeStore(path, cabinet, v)
	if err != nil {
		return nil, err
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		return errors.Join(
			put(tx, bucketMeta, metaFormat, fmt.Append(nil, fileVersion)),
			put(tx, bucketMeta, metaCabinet, []byte(cabinet)),
			put(tx, bucketMeta, metaMaster, v.prove(cabinet)))
	})
	if err != nil {
		s.discard()
		return nil, err
	}
	return s, nil
}

// makeStore makes a file of buckets with nothing in them.
func makeStore(path string, cabinet string, v *vault) (*store, error) {
	s := &store{cabinet: cabinet, vault: v}
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		Timeout: lockWait, FreelistType: bolt.FreelistMapType, NoFreelistSync: true, InitialMmapSize: mapSize,
		OpenFile: func(path string, flag int, mode os.FileMode) (file *os.File, err error) {
			s.file, err = os.OpenFile(path, flag, mode)
			return s.file, err
		},
	})
	if err != nil {
		return nil, err
	}
	s.db = db
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketRecords, bucketKeys, bucketMeta, bucketSnapshots} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.discard()
		return nil, err
	}
	return s, nil
}

// raise sets the file's version to this release's, before anything is written that older releases cannot read.
func raise(tx *bolt.Tx) error {
	version := fmt.Append(nil, fileVersion)
	if is, err := get(tx, bucketMeta, metaFormat); err == nil && bytes.Equal(is, version) {
		return nil
	}
	return put(tx, bucketMeta, metaFormat, version)
}

// put writes a value with a check of its own, since bbolt notices no flipped bit.
func put(tx *bolt.Tx, bucket, key, value []byte) error {
	check := sha256.Sum256(append(append([]byte(nil), key...), value...))
	return tx.Bucket(bucket).Put(key, append(check[:], value...))
}

// get returns nil where there is nothing. What it returns lives as long as the transaction.
func get(tx *bolt.Tx, bucket, key []byte) ([]byte, error) {
	v := tx.Bucket(bucket).Get(key)
	if v == nil {
		return nil, nil
	}
	return checked(key, v)
}

func checked(key, v []byte) ([]byte, error) {
	if len(v) < sha256.Size {
		return nil, fmt.Errorf("%q is too short", key)
	}
	check, value := sum(v[:sha256.Size]), v[sha256.Size:]
	if check != sha256.Sum256(append(append([]byte(nil), key...), value...)) {
		return nil, fmt.Errorf("%q does not match its hash", key)
	}
	return value, nil
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

// keySeq is 0 for what is no sequence.
func keySeq(k []byte) uint64 {
	if len(k) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(k)
}

func newEpoch() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// update runs a write transaction. Once a commit has failed it is unknown which part of it is on the disk, and whether the
// kernel still means to write the pages of it: nothing is built on that, and every further write is ErrBroken.
func (s *store) update(fn func(*bolt.Tx) error) error {
	if err := s.fit(); err != nil {
		return err
	}
	committing, txid := false, uint64(0)
	err := s.guard(s.db.Update, func(tx *bolt.Tx) error {
		err := fn(tx)
		committing, txid = err == nil, uint64(tx.ID())
		return err
	})
	if committing {
		s.broken = err
	}
	if err == nil {
		s.txid = txid
	}
	return err
}

// fit returns ErrBroken once a commit has failed.
func (s *store) fit() error {
	if s.broken != nil {
		return fmt.Errorf("%w: %w", ErrBroken, s.broken)
	}
	return nil
}

// read runs a read transaction.
func (s *store) read(fn func(*bolt.Tx) error) error { return s.guard(s.db.View, fn) }

// guard makes an error of a page that the disk does not give: bbolt maps the file, so that is a fault of the memory, and
// would end the process. It does where bbolt itself had locks in its hands: then systemd starts us again.
func (s *store) guard(run func(func(*bolt.Tx) error) error, fn func(*bolt.Tx) error) (err error) {
	began := false
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if _, fault := r.(interface{ Addr() uintptr }); fault && began { // of runtime.Error: see debug.SetPanicOnFault
			s.faulty.Store(true)
			err = fmt.Errorf("read a page of the file: %w", unix.EIO)
		} else if r != nil {
			panic(r)
		}
	}()
	return run(func(tx *bolt.Tx) error {
		began = true
		return fn(tx)
	})
}

// append writes events after e and returns the records as they will read back. It moves e once they are on the disk. What goes
// along moves it, too, in the same transaction.
func (s *store) append(e *ends, epoch string, now locker.Now, events []locker.Event, along func(*bolt.Tx, *ends) error) ([]locker.Record, error) {
	next, out := *e, make([]locker.Record, 0, len(events))
	err := s.update(func(tx *bolt.Tx) error {
		if err := raise(tx); err != nil {
			return err
		}
		records := tx.Bucket(bucketRecords)
		records.FillPercent = fill
		for _, event := range events {
			value, err := s.encode(tx, &next, epoch, now, event)
			if err != nil {
				return err
			}
			seq := next.Seq + 1
			// The records returned were read back, so that a live state and a replayed one are made from the same bytes.
			r, entry, err := s.decode(tx, seq, value)
			if err != nil {
				return err
			}
			if err := records.Put(seqKey(seq), value); err != nil {
				return err
			}
			next.mark, next.own = mark{r.Epoch, seq}, entry.own
			out = append(out, r)
		}
		if along != nil {
			return along(tx, &next)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	*e = next
	return out, nil
}

func (s *store) encode(tx *bolt.Tx, e *ends, epoch string, now locker.Now, event locker.Event) ([]byte, error) {
	content, err := encodeJSON(event)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", event.Kind(), err)
	}
	l := line{
		V: formatVersion, Cabinet: s.cabinet, Epoch: epoch, Seq: e.Seq + 1, At: stamp(now.Wall), Known: now.Known,
		Up: now.Up.Milliseconds(), Prev: e.own, Kind: event.Kind(), Event: content,
	}
	var sealed []byte
	if p, ok := event.(locker.Private); ok && !p.Private().IsZero() {
		plain, err := encodeJSON(p.Private())
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", event.Kind(), err)
		}
		sealed, err = s.vault.seal(tx.Bucket(bucketKeys), p.Subject(), plain, sealAAD(l, p.Subject()))
		if err != nil {
			return nil, fmt.Errorf("seal %s: %w", event.Kind(), err)
		}
	}
	return encodeEntry(l, sealed), nil
}

// decode reads a record with its personal part, if that can still be opened. Errors are *damage or ErrRelease.
// The entry shares memory with value; the record does not.
func (s *store) decode(tx *bolt.Tx, seq uint64, value []byte) (locker.Record, entry, error) {
	fail := func(err error) (locker.Record, entry, error) { return locker.Record{}, entry{}, &damage{seq, err} }
	e, err := decodeEntry(value)
	if err != nil {
		return fail(err)
	}
	event, err := locker.DecodeEvent(e.Kind, e.Event, locker.Personal{})
	if err != nil { // its hash is right: this is how it was written
		return locker.Record{}, entry{}, fmt.Errorf("record %d: %w: %w", seq, ErrRelease, err)
	}
	if e.sealed != nil {
		p, ok := event.(locker.Private)
		if !ok {
			return fail(fmt.Errorf("a sealed part in %s", e.Kind))
		}
		plain, err := s.vault.open(tx.Bucket(bucketKeys), p.Subject(), e.sealed, sealAAD(e.line, p.Subject()))
		if err != nil {
			return fail(err)
		}
		if plain != nil {
			var personal locker.Personal
			if err := json.Unmarshal(plain, &personal); err != nil {
				return fail(fmt.Errorf("sealed part: %w", err))
			}
			if event, err = locker.DecodeEvent(e.Kind, e.Event, personal); err != nil {
				return fail(err)
			}
		}
	}
	return locker.Record{
		Epoch: e.Epoch, Seq: seq, At: time.Time(e.At), Known: e.Known, Up: time.Duration(e.Up) * time.Millisecond,
		Event: event,
	}, e, nil
}

// refused says that the disk refused the operation, independent of the data on it.
func refused(err error) bool {
	var no unix.Errno
	return errors.As(err, &no)
}

// full says that the disk has no space left; it is there, and everything on it can be read.
func full(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG)
}

// absent says that there is no file.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }
