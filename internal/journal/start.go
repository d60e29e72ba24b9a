package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sort"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// What a start must know before a door may open is the newest meta page, the keys, the snapshots, the records from the older
// snapshot on, and the oldest page of records. Of a large journal that is one page in fifty. So a start examines these, and the rest is
// examined beside the cabinet's work: whatever reads older records waits for that (store.whole), and nothing but pruning and copying
// ever touches their pages.
//
// bbolt would walk through all pages nonetheless, to find the free ones. So it is given a list of them, which is empty: what this
// run writes goes to the end of the file, and what it frees it uses again. What was free before is so until the file is written
// anew, which Upkeep does a minute after a start and then once a day. A cabinet that never runs for a minute must not fill its
// disk: the mark says how many pages were in use when that was last known, and past lendMost more a start examines all.
const (
	// lendLeast is the size from which a file is opened so, in bytes: smaller ones take no time.
	lendLeast = 16 << 20
	// lendMost is by how much a file may be larger than what was in use of it, in bytes: two weeks of records at 200 parcels a day.
	lendMost = 16 << 20
	// restAfter is how long after it was opened the rest of the file is examined, where nobody asks before.
	restAfter = 2 * time.Second
)

// They are these, but in tests.
var lendFrom, lendFor int64 = lendLeast, lendMost

// errWhole says that a file is to be examined whole before it is opened.
var errWhole = errors.New("it is to be examined whole")

// tail is what is examined of a bucket of records: the way to its first key, and all from one on.
type tail struct {
	first bool
	from  []byte
}

// wants says whether a child is of the tail, and what of it. It is the i-th, and the next begins with end.
func (p *tail) wants(i int, end []byte) (part *tail, wanted bool) {
	if p == nil {
		return nil, true
	}
	first := p.first && i == 0
	return &tail{first, p.from}, first || end == nil || bytes.Compare(end, p.from) > 0
}

// glance examines what a start reads of a file, and gives its buckets. A record that has to be among it is seq. errWhole where there is
// more to it than that.
func (x *exam) glance(size int64, seq uint64) (roots map[string][]byte, err error) {
	if err := x.metas(size); err != nil {
		return nil, err
	}
	if x.halved || uint64(size)/x.meta.pageSize < x.meta.pages {
		return nil, errWhole
	}
	x.taken = make([]uint64, x.meta.pages/64+1)
	b, err := x.page(x.meta.root)
	if err != nil {
		return nil, err
	}
	if order.Uint16(b[8:]) != flagLeaf {
		return nil, errWhole
	}
	if roots, err = x.roots(x.meta.root, bytes.Clone(b)); err != nil {
		return nil, err
	}
	for _, name := range [][]byte{bucketKeys, bucketMeta, bucketSnapshots} {
		if err := x.bucket(x.meta.root, roots[string(name)]); err != nil {
			return nil, err
		}
	}
	if x.meta.freelist != noFreelist { // whose list it is nobody knows, but of an empty one
		if list, err := x.page(x.meta.freelist); err != nil || order.Uint16(list[8:]) != flagFreelist || order.Uint16(list[10:]) != 0 {
			return nil, errWhole
		}
	}
	from, _, err := x.seek(roots[string(bucketSnapshots)], nil)
	records := roots[string(bucketRecords)]
	switch {
	case err != nil:
		return nil, err
	case keySeq(from) == 0, keySeq(from) > seq, len(roots) != 4, len(records) < bucketSize, order.Uint64(records) == 0:
		return nil, errWhole
	}
	return roots, x.walk(order.Uint64(records), nil, nil, &tail{first: true, from: from})
}

// roots are the buckets of a leaf page.
func (x *exam) roots(id uint64, b []byte) (map[string][]byte, error) {
	pairs, err := leafPairs(b, nil)
	if err == nil {
		err = ordered(pairs, nil, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	out := make(map[string][]byte)
	for i, p := range pairs {
		if order.Uint32(b[pageHeader+i*elementSize:])&flagBucket == 0 {
			return nil, errWhole
		}
		out[string(p[0])] = p[1]
	}
	return out, nil
}

// seek is the first pair from a key on in the page where that key would be, of a bucket that is examined there; nil where there is none.
func (x *exam) seek(bucket, key []byte) (k, v []byte, err error) {
	b := bucket[bucketSize:]
	for id := order.Uint64(bucket); id != 0; {
		if b, err = x.read(id, 1); err != nil {
			return nil, nil, err
		}
		if n := uint64(order.Uint32(b[12:])) + 1; n > 1 {
			if b, err = x.read(id, n); err != nil {
				return nil, nil, err
			}
		}
		if order.Uint16(b[8:]) != flagBranch {
			break
		}
		children, err := branchKeys(b)
		if err != nil || len(children) == 0 {
			return nil, nil, err
		}
		i := sort.Search(len(children), func(i int) bool { return bytes.Compare(children[i][0], key) > 0 })
		id = order.Uint64(b[pageHeader+max(i-1, 0)*elementSize+8:])
	}
	pairs, err := leafPairs(b, nil)
	for _, p := range pairs {
		if bytes.Compare(p[0], key) >= 0 {
			return bytes.Clone(p[0]), bytes.Clone(p[1]), err
		}
	}
	return nil, nil, err
}

// get is the value of a key; nil where there is none.
func (x *exam) get(bucket, key []byte) ([]byte, error) {
	k, v, err := x.seek(bucket, key)
	if !bytes.Equal(k, key) {
		v = nil
	}
	return v, err
}

// lend gives a file an empty list of free pages behind its last one, and a meta page that names it, as bbolt's own commit would: the
// other meta page stays until that one is on the disk.
func (x *exam) lend(file *os.File) error {
	if x.meta.freelist != noFreelist { // a start before has done so, and got no further; it is examined
		return nil
	}
	size := x.meta.pageSize
	page := make([]byte, size)
	order.PutUint64(page, x.meta.pages)
	order.PutUint16(page[8:], flagFreelist)
	if _, err := file.WriteAt(page, int64(x.meta.pages*size)); err != nil {
		return err
	}
	if err := unix.Fdatasync(int(file.Fd())); err != nil {
		return err
	}
	newest := x.meta.txid % 2
	if _, err := file.ReadAt(page, int64(newest*size)); err != nil {
		return err
	}
	lent := x.meta
	lent.freelist, lent.pages, lent.txid = x.meta.pages, x.meta.pages+1, x.meta.txid+1
	order.PutUint64(page, lent.txid%2)
	lent.put(page[pageHeader:])
	if again, ok := parseMeta(page[pageHeader:]); !ok || again != lent {
		return errWhole // it was not where bbolt has it
	}
	if _, err := file.WriteAt(page, int64(lent.txid%2*size)); err != nil {
		return err
	}
	x.meta = lent
	return unix.Fdatasync(int(file.Fd()))
}

// expected says whether a file of which that much is examined is this cabinet's journal as its mark knows it, and no backup. Nobody else's is
// written to.
func (s *store) expected(x *exam, roots map[string][]byte, w *watermark) error {
	in := func(bucket, key []byte) ([]byte, error) { return x.get(roots[string(bucket)], key) }
	err := s.belongs(func(name []byte) ([]byte, error) {
		v, err := in(bucketMeta, name)
		if err != nil || v == nil {
			return nil, err
		}
		return checked(name, v)
	})
	if err != nil {
		return err
	}
	copied, err := in(bucketMeta, metaBackup)
	if err != nil {
		return err
	}
	marked, err := in(bucketRecords, seqKey(w.Seq))
	if err != nil {
		return err
	}
	if e, err := decodeEntry(marked); err != nil || copied != nil || e.own != w.Own || x.meta.pages > w.Used+uint64(lendFor)/x.meta.pageSize {
		return errWhole
	}
	return nil
}

// lendStore opens a file of which only what a start reads was examined; errWhole, or what is wrong, where it cannot be.
func lendStore(path string, w *watermark, cabinet string, v *vault) (*store, error) {
	file, err := lockFile(path, false)
	if err != nil {
		return nil, err
	}
	s, x := &store{cabinet: cabinet, vault: v}, &exam{file: file}
	var roots map[string][]byte
	info, err := file.Stat()
	if err == nil && info.Size() < lendFrom {
		err = errWhole
	}
	if err == nil {
		roots, err = x.glance(info.Size(), w.Seq)
	}
	if err == nil {
		err = s.expected(x, roots, w)
	}
	was := x.meta
	if err == nil {
		err = x.lend(file)
	}
	x.piece, x.pairs = nil, nil
	if err != nil {
		file.Close()
		return nil, err
	}
	if s, err = mapStore(path, file, false, x, cabinet, s.vault); err != nil {
		return nil, err
	}
	if err := s.examineLater(was); err != nil {
		s.discard()
		return nil, err
	}
	return s, nil
}

// remainder is the examination of what a start did not need. The goroutine that makes it ends with the store.
type remainder struct {
	asked chan struct{} // of size 1: somebody waits
	stop  atomic.Bool
	ended chan struct{}
	err   error // after ended: what is wrong with the file, or errStopped
}

var errStopped = fmt.Errorf("examination: %w", os.ErrClosed)

// examineLater begins it, with all that a meta page leads to. Until it ends, a transaction holds the pages as they were when the file was
// opened.
func (s *store) examineLater(was meta) error {
	held, err := s.db.Begin(false)
	if err != nil {
		return err
	}
	r := &remainder{asked: make(chan struct{}, 1), ended: make(chan struct{})}
	s.remainder = r
	go func() {
		defer close(r.ended)
		defer func() { _ = held.Rollback() }()
		wait := time.NewTimer(restAfter)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-r.asked:
		}
		x := &exam{file: s.file, meta: was, stop: &r.stop}
		if r.err = x.whole(); r.err == nil {
			r.err = x.holds(s.exam)
		}
		if r.err != nil && !errors.Is(r.err, errStopped) {
			d := &damage{err: r.err}
			r.err = d
			s.rotten.Store(d)
		}
	}()
	return nil
}

// holds says whether all pages that were found before, but for a list of free ones, were found again.
func (x *exam) holds(before *exam) error {
	for id := range x.meta.pages {
		if before.used(id) && !x.used(id) && id != before.meta.freelist {
			return fmt.Errorf("page %d is not found again", id)
		}
	}
	return nil
}

// ask has the examination begin now.
func (r *remainder) ask() {
	select {
	case r.asked <- struct{}{}:
	default:
	}
}

// end waits until the examination has ended, if need be before it is through.
func (r *remainder) end() {
	if r == nil {
		return
	}
	r.stop.Store(true)
	r.ask()
	<-r.ended
}

// whole waits until all of the file is examined, and says what is wrong with it.
func (s *store) whole() error {
	if s.remainder == nil {
		return nil
	}
	s.remainder.ask()
	<-s.remainder.ended
	return s.remainder.err
}

// lend opens the file at once, if it is the expected one and its end is in order; nil where all of it is to be examined first, or
// where something else is to be said of it.
func (j *Journal) lend(w *watermark) (*store, ends) {
	if w == nil || w.Used == 0 {
		return nil, ends{}
	}
	s, err := lendStore(j.cfg.Path, w, j.cfg.Cabinet, j.vault)
	if err != nil {
		return nil, ends{}
	}
	err = s.read(func(tx *bolt.Tx) error {
		if len(s.goodSnapshots(tx, lastSeq(tx))) == 0 { // survey would go through all records
			return errWhole
		}
		return nil
	})
	var e ends
	if err == nil {
		e, err = s.survey()
	}
	if err != nil || e.confirmed.Seq > e.Seq {
		s.discard()
		return nil, ends{}
	}
	return s, e
}

// pages is how many pages the file has, free ones included.
func (s *store) pages() (n uint64) {
	_ = s.db.View(func(tx *bolt.Tx) error {
		n = uint64(tx.Size()) / uint64(s.db.Info().PageSize)
		return nil
	})
	return n
}
