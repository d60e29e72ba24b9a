package journal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// TestExamine: what bbolt would trip over in a branch page, each by itself.
func TestExamine(t *testing.T) {
	order, page := binary.NativeEndian, os.Getpagesize()
	const head, element = 16, 16 // sizes
	cfg := config(t)
	worn(t, cfg)
	whole, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	whole = whole[:64*page] // the rest is not used yet
	for _, c := range []struct {
		name  string
		spoil func(p []byte)
	}{
		{"its number", func(p []byte) { p[0] ^= 1 }},
		{"its kind", func(p []byte) { p[8] = 0x10 }},
		{"its count", func(p []byte) { order.PutUint16(p[10:], 0xFFFE) }},
		{"no elements", func(p []byte) { order.PutUint16(p[10:], 0) }},
		{"its overflow", func(p []byte) { order.PutUint32(p[12:], 1<<24) }},
		{"one page twice", func(p []byte) { copy(p[head+element+8:head+2*element], p[head+8:]) }},
		{"itself below itself", func(p []byte) { copy(p[head+8:head+16], p) }},
		{"out of bounds", func(p []byte) { order.PutUint64(p[head+8:], 1<<50) }},
		{"a key outside", func(p []byte) { order.PutUint32(p[head:], uint32(page)) }},
		{"a long key", func(p []byte) { order.PutUint32(p[head+4:], 1<<31) }},
		{"keys out of order", func(p []byte) { clear(p[head+element+order.Uint32(p[head+element:]):][:8]) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := 0 // branches of former transactions lie about, too: nobody reads them
			for n := 2; n < 64; n++ {
				b := bytes.Clone(whole)
				p := b[n*page : (n+1)*page]
				if order.Uint64(p) != uint64(n) || order.Uint16(p[8:]) != 1 || order.Uint16(p[10:]) < 2 {
					continue
				}
				c.spoil(p)
				if _, err := journal.Examine(bytes.NewReader(b), int64(len(b))); err != nil {
					found++
				}
			}
			if found != 1 {
				t.Errorf("want it noticed in the one branch that is in use, got %d", found)
			}
		})
	}
}

// FuzzDecodeValue: no value on disk makes a reader panic, and what it takes is what its hashes say.
func FuzzDecodeValue(f *testing.F) {
	f.Add([]byte(`{"v":1,"cabinet":"c","epoch":"e","seq":1,"at":"2026-11-24T11:22:33.123Z","known":true,"up":1,`+
		`"prev":"0000000000000000000000000000000000000000000000000000000000000000","kind":"clock.set","event":{}}`),
		[]byte(nil), []byte(nil))
	f.Add([]byte("{}"), []byte("sealed"), []byte{1})
	f.Fuzz(func(t *testing.T, public, sealed, raw []byte) {
		_, _, _ = journal.DecodeValue(raw)
		value := journal.EncodeValue(public, sealed)
		p, s, err := journal.DecodeValue(value)
		if err == nil && (!bytes.Equal(p, public) || !bytes.Equal(s, sealed)) {
			t.Errorf("want %q and %q, got %q and %q", public, sealed, p, s)
		}
		if packed, err := journal.Repack(public, sealed); err == nil {
			again, s, err := journal.DecodeValue(packed)
			if err != nil || !bytes.Equal(s, sealed) {
				t.Fatalf("want %q and %q back from the disk, got %q and %q, %v", public, sealed, again, s, err)
			}
			value = packed
			if want, err := journal.Reencode(public); !bytes.Contains(append(want, again...), []byte(`"sealed"`)) && (err != nil || !bytes.Equal(again, want)) {
				t.Errorf("want %q, got %q, %v", want, again, err)
			}
		}
		if len(raw) > 0 {
			value[int(raw[0])%len(value)] ^= 1
			if p, _, err := journal.DecodeValue(value); err == nil && len(sealed) == 0 {
				t.Errorf("a flipped bit was not noticed in %q", p)
			}
		}
	})
}

// FuzzExamine: no change to a file that passes the examination makes bbolt panic or fault, in any goroutine of its own.
func FuzzExamine(f *testing.F) {
	cfg := config(f)
	worn(f, cfg)
	whole, err := os.ReadFile(cfg.Path)
	if err != nil {
		f.Fatal(err)
	}
	whole = whole[:min(len(whole), 64*os.Getpagesize())]
	f.Add(uint32(16), uint64(1))
	f.Add(uint32(2*os.Getpagesize()+8), uint64(0xFFFF))
	f.Fuzz(func(t *testing.T, at uint32, change uint64) {
		page := os.Getpagesize()
		if at := int(at) % len(whole); at < 2*page && at%page < 16 {
			t.Skip("the head of a meta page: nobody reads it")
		}
		path := filepath.Join(t.TempDir(), "journal.db")
		b := bytes.Clone(whole)
		for i := range 8 {
			b[(int(at)+i)%len(b)] ^= byte(change >> (8 * i))
		}
		if _, err := journal.Examine(bytes.NewReader(b), int64(len(b))); err != nil {
			return
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := bolt.Open(path, 0o600, &bolt.Options{NoFreelistSync: true})
		if err != nil {
			t.Fatal(err)
		}
		err = db.View(func(tx *bolt.Tx) error { return errors.Join(collect(tx.Check())...) })
		if err := errors.Join(err, db.Close()); err != nil {
			t.Error(err)
		}
	})
}

func collect(ch <-chan error) (out []error) {
	for err := range ch {
		out = append(out, err)
	}
	return out
}

// holed is a file on a disk that does not give one page.
type holed struct {
	*bytes.Reader
	page, size int64
	read       int // how often something was read
}

func (h *holed) ReadAt(b []byte, at int64) (int, error) {
	h.read++
	if at < (h.page+1)*h.size && at+int64(len(b)) > h.page*h.size {
		return 0, unix.EIO
	}
	return h.Reader.ReadAt(b, at)
}

// TestABadBlockCountsWhereItIsInUse: pages are read many at a time, and one that the disk does not give is missed only where
// something lies on it.
func TestABadBlockCountsWhereItIsInUse(t *testing.T) {
	cfg := config(t)
	worn(t, cfg)
	whole, err := os.ReadFile(cfg.Path)
	must(t, err)
	size := int64(os.Getpagesize())
	whole = whole[:64*size]
	refused := 0
	for page := int64(2); page < 64; page++ {
		spoilt := bytes.Clone(whole)
		clear(spoilt[page*size : (page+1)*size]) // what is in use is not what it says
		_, used := journal.Examine(bytes.NewReader(spoilt), int64(len(spoilt)))
		_, err := journal.Examine(&holed{Reader: bytes.NewReader(whole), page: page, size: size}, int64(len(whole)))
		if (used != nil) != errors.Is(err, unix.EIO) || used == nil && err != nil {
			t.Errorf("page %d: in use: %v; want it missed only then, got %v", page, used, err)
		}
		if err != nil {
			refused++
		}
	}
	if refused < 5 || refused > 50 {
		t.Errorf("want some pages in use and some not, got %d", refused)
	}
}

// TestALargeFileTakesFewReads: two reads a page were half of a start.
func TestALargeFileTakesFewReads(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	events := make([]locker.Event, 20000)
	for i := range events {
		events[i] = door(i)
	}
	add(t, j, at(0), events...)
	shut(t, j)
	whole, err := os.ReadFile(cfg.Path)
	must(t, err)
	h := &holed{Reader: bytes.NewReader(whole), page: -1, size: int64(os.Getpagesize())}
	if _, err := journal.Examine(h, int64(len(whole))); err != nil {
		t.Fatal(err)
	}
	if pages := len(whole) / os.Getpagesize(); pages < 1500 || h.read > pages/20 {
		t.Errorf("want a read for twenty pages or more, got %d reads of %d pages", h.read, pages)
	}
}
