package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/bits"
	"slices"
	"sync/atomic"
)

// bbolt (v1.5.0) trusts the pages of a file. On a damaged or truncated one it panics or faults, and while it looks for
// free pages it does so in a goroutine of its own, where a panic cannot be recovered. So every file is examined with plain reads
// before bbolt reaches them. The layout is bbolt's internal/common: page.go, meta.go, inode.go, in the machine's byte order.
const (
	pageHeader  = 16 // id uint64, flags uint16, count uint16, overflow uint32
	elementSize = 16 // leaf: flags, pos, ksize, vsize uint32; branch: pos, ksize uint32, id uint64
	bucketSize  = 16 // root uint64, sequence uint64
	metaSize    = 64

	metaMagic   = 0xED0CDAED
	metaVersion = 2
	noFreelist  = ^uint64(0)

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagFreelist = 0x10

	flagBucket = 0x01 // of a leaf's element: its value is a bucket
)

var order = binary.NativeEndian

// meta is what a bbolt meta page says.
type meta struct {
	pageSize, root, freelist, pages, txid uint64
}

func parseMeta(b []byte) (meta, bool) {
	h := fnv.New64a()
	h.Write(b[:metaSize-8])
	ok := order.Uint32(b) == metaMagic && order.Uint32(b[4:]) == metaVersion && order.Uint64(b[56:]) == h.Sum64()
	return meta{
		pageSize: uint64(order.Uint32(b[8:])), root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]),
		pages: order.Uint64(b[40:]), txid: order.Uint64(b[48:]),
	}, ok
}

// put writes what of a meta page differs from one to the next, and its check.
func (m meta) put(b []byte) {
	order.PutUint64(b[32:], m.freelist)
	order.PutUint64(b[40:], m.pages)
	order.PutUint64(b[48:], m.txid)
	h := fnv.New64a()
	h.Write(b[:metaSize-8])
	order.PutUint64(b[56:], h.Sum64())
}

// exam is the result of examining a file's pages.
type exam struct {
	file io.ReaderAt
	meta meta
	stop *atomic.Bool // ends it before it is through; nil: nobody does
	// halved: one of the two meta pages is gone. bbolt opens on the other, and the last transaction may be lost.
	halved bool
	taken  []uint64 // a bit for every page that is in use

	// The piece of the file that was read last. Pages are mostly read in the order in which they lie: as long as they are, the
	// next piece is twice as long, so that a large file takes few reads; where they are not, little is read for nothing.
	piece []byte
	first uint64 // the piece's first page
	ahead uint64 // how many pages to read at a time
	pairs [][2][]byte
}

// The shortest and the longest piece, in bytes.
const (
	shortPiece = 16 << 10
	longPiece  = 512 << 10
)

// examine reads every page that bbolt would reach. A start does it before anything else: bbolt keeps no list of free pages here
// (NoFreelistSync), so it walks through all of them itself when it opens the file, and would not survive a bad one.
func examine(file io.ReaderAt, size int64) (*exam, error) {
	x := &exam{file: file}
	if err := x.metas(size); err != nil {
		return nil, err
	}
	if uint64(size)/x.meta.pageSize < x.meta.pages {
		return nil, fmt.Errorf("it is cut off: %d bytes of %d", size, x.meta.pages*x.meta.pageSize)
	}
	return x, x.whole()
}

// whole examines all that its meta page leads to.
func (x *exam) whole() error {
	x.taken = make([]uint64, x.meta.pages/64+1)
	x.take(0)
	x.take(1)
	err := x.tree(x.meta.root, nil, nil)
	if err == nil {
		err = x.freelist()
	}
	x.piece, x.pairs = nil, nil
	return err
}

// take says that a page is in use, and whether it was not before.
func (x *exam) take(id uint64) bool {
	free := !x.used(id)
	x.taken[id/64] |= 1 << (id % 64)
	return free
}

func (x *exam) used(id uint64) bool { return x.taken[id/64]&(1<<(id%64)) != 0 }

// count is how many pages are in use.
func (x *exam) count() (n uint64) {
	for _, b := range x.taken {
		n += uint64(bits.OnesCount64(b))
	}
	return n
}

// metas finds both meta pages and settles on the newer.
func (x *exam) metas(size int64) error {
	var refused error
	read := func(at int64) (meta, bool) {
		var b [metaSize]byte
		if at+pageHeader+metaSize > size {
			return meta{}, false
		}
		if _, err := x.file.ReadAt(b[:], at+pageHeader); err != nil {
			refused = err
			return meta{}, false
		}
		return parseMeta(b[:])
	}
	first, ok0 := read(0)
	second, ok1 := read(int64(first.pageSize))
	if !ok0 {
		for at := int64(1024); at <= 16<<20 && !ok1; at *= 2 { // the page sizes that bbolt would try
			second, ok1 = read(at)
			ok1 = ok1 && second.pageSize == uint64(at)
		}
	}
	switch {
	case refused != nil:
		return refused
	case !ok0 && !ok1:
		return errors.New("both its meta pages are gone")
	case !ok0, ok1 && second.txid > first.txid:
		x.meta = second
	default:
		x.meta = first
	}
	x.halved = !ok0 || !ok1
	if x.meta.pageSize < 512 || x.meta.pages > uint64(1)<<40 {
		return errors.New("its meta page makes no sense")
	}
	return nil
}

// page reads a page with all that overflows from it, and takes its place. What it returns is good until it is called again.
func (x *exam) page(id uint64) ([]byte, error) {
	if x.stop != nil && x.stop.Load() {
		return nil, errStopped
	}
	if id < 2 || id >= x.meta.pages {
		return nil, fmt.Errorf("page %d is out of bounds", id)
	}
	b, err := x.read(id, 1)
	if err != nil {
		return nil, err
	}
	n := uint64(order.Uint32(b[12:])) + 1
	if order.Uint64(b) != id || n > x.meta.pages-id {
		return nil, fmt.Errorf("page %d is not what it says", id)
	}
	for i := id; i < id+n; i++ {
		if !x.take(i) {
			return nil, fmt.Errorf("page %d is used twice", i)
		}
	}
	if n > 1 {
		b, err = x.read(id, n)
	}
	return b, err
}

// read returns so many pages from one on, all of them in the file.
func (x *exam) read(id, n uint64) ([]byte, error) {
	size := x.meta.pageSize
	have := uint64(len(x.piece)) / size
	if id < x.first || id+n > x.first+have {
		if near := id >= x.first && id < x.first+2*have; near {
			x.ahead = min(2*x.ahead, longPiece/size)
		} else {
			x.ahead = shortPiece / size
		}
		want := min(max(n, x.ahead), x.meta.pages-id)
		if uint64(cap(x.piece)) < want*size {
			x.piece = make([]byte, max(want*size, min(longPiece, x.meta.pages*size)))
		}
		_, err := x.file.ReadAt(x.piece[:want*size], int64(id*size))
		if err != nil && want > n { // of what is not asked for, nothing need be readable
			want = n
			_, err = x.file.ReadAt(x.piece[:want*size], int64(id*size))
		}
		if err != nil {
			x.piece = x.piece[:0]
			return nil, fmt.Errorf("page %d: %w", id, err)
		}
		x.piece, x.first = x.piece[:want*size], id
	}
	from := (id - x.first) * size
	return x.piece[from : from+n*size], nil
}

// tree walks a page and all below it. Keys must lie in [low, high); nil is no bound.
func (x *exam) tree(id uint64, low, high []byte) error { return x.walk(id, low, high, nil) }

// walk walks a page and what of all below it is wanted; nil is all.
func (x *exam) walk(id uint64, low, high []byte, part *tail) error {
	b, err := x.page(id)
	if err != nil {
		return err
	}
	if order.Uint16(b[8:]) != flagBranch {
		return x.leaf(id, b, low, high)
	}
	b = bytes.Clone(b) // others are read before it is done with
	keys, err := branchKeys(b)
	if err == nil && len(keys) == 0 {
		err = errors.New("an empty branch")
	}
	if err == nil {
		err = ordered(keys, low, high)
	}
	for i := 0; i < len(keys) && err == nil; i++ {
		end := high
		if i+1 < len(keys) {
			end = keys[i+1][0]
		}
		of, wanted := part.wants(i, end)
		if !wanted {
			continue
		}
		if err := x.walk(order.Uint64(b[pageHeader+i*elementSize+8:]), keys[i][0], end, of); err != nil {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

// leaf walks a leaf page, or the page inside a small bucket, and the buckets in it.
func (x *exam) leaf(id uint64, b, low, high []byte) error {
	if order.Uint16(b[8:]) != flagLeaf {
		return fmt.Errorf("page %d is neither branch nor leaf", id)
	}
	pairs, err := leafPairs(b, x.pairs)
	if err == nil {
		err = ordered(pairs, low, high)
	}
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	var buckets [][]byte // of their own: other pages are read before all of them are done with
	for i, p := range pairs {
		if order.Uint32(b[pageHeader+i*elementSize:])&flagBucket != 0 {
			buckets = append(buckets, bytes.Clone(p[1]))
		}
	}
	x.pairs = pairs
	for _, b := range buckets {
		if err := x.bucket(id, b); err != nil {
			return err
		}
	}
	return nil
}

func (x *exam) bucket(id uint64, value []byte) error {
	if len(value) < bucketSize {
		return fmt.Errorf("page %d: a bucket of %d bytes", id, len(value))
	}
	if root := order.Uint64(value); root != 0 {
		return x.tree(root, nil, nil)
	}
	if len(value) < bucketSize+pageHeader {
		return fmt.Errorf("page %d: a small bucket of %d bytes", id, len(value))
	}
	return x.leaf(id, value[bucketSize:], nil, nil)
}

// elements cuts a page into its keys and values, in out if there is room. at reads one element's position (from its own start)
// and sizes.
func elements(b []byte, out [][2][]byte, at func([]byte) (pos, ksize, vsize uint32)) ([][2][]byte, error) {
	count := int(order.Uint16(b[10:]))
	if count == 0xFFFF || pageHeader+count*elementSize > len(b) { // 0xFFFF: bbolt would look for the count elsewhere
		return nil, fmt.Errorf("%d elements do not fit", count)
	}
	out = slices.Grow(out[:0], count)[:count]
	for i := range out {
		start := pageHeader + i*elementSize
		pos, ksize, vsize := at(b[start:])
		from := uint64(start) + uint64(pos)
		mid, to := from+uint64(ksize), from+uint64(ksize)+uint64(vsize)
		if to > uint64(len(b)) || from < uint64(pageHeader+count*elementSize) {
			return nil, fmt.Errorf("element %d lies outside", i)
		}
		out[i] = [2][]byte{b[from:mid], b[mid:to]}
	}
	return out, nil
}

// branchKeys cuts a branch page.
func branchKeys(b []byte) ([][2][]byte, error) {
	return elements(b, nil, func(e []byte) (pos, ksize, vsize uint32) {
		return order.Uint32(e), order.Uint32(e[4:]), 0
	})
}

// leafPairs cuts a leaf page.
func leafPairs(b []byte, out [][2][]byte) ([][2][]byte, error) {
	return elements(b, out, func(e []byte) (pos, ksize, vsize uint32) {
		return order.Uint32(e[4:]), order.Uint32(e[8:]), order.Uint32(e[12:])
	})
}

func ordered(pairs [][2][]byte, low, high []byte) error {
	for i, p := range pairs {
		switch {
		case i > 0 && bytes.Compare(pairs[i-1][0], p[0]) >= 0,
			i == 0 && low != nil && bytes.Compare(p[0], low) < 0,
			high != nil && bytes.Compare(p[0], high) >= 0:
			return fmt.Errorf("key %d is out of order", i)
		}
	}
	return nil
}

// freelist checks the list of free pages, which other tools write, and a start an empty one (lend): a page in it must not be in use.
func (x *exam) freelist() error {
	if x.meta.freelist == noFreelist {
		return nil
	}
	b, err := x.page(x.meta.freelist)
	if err != nil {
		return err
	}
	count, ids := uint64(order.Uint16(b[10:])), b[pageHeader:]
	if count == 0xFFFF { // the true count is the first number
		count, ids = order.Uint64(ids), ids[8:]
	}
	if order.Uint16(b[8:]) != flagFreelist || count > uint64(len(ids)/8) {
		return errors.New("its list of free pages makes no sense")
	}
	for ; count > 0; count, ids = count-1, ids[8:] {
		if id := order.Uint64(ids); id >= x.meta.pages || x.used(id) {
			return fmt.Errorf("page %d is free and in use", id)
		}
	}
	return nil
}
