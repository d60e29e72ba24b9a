package rig_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"
)

// QEMU's driver blklogwrites keeps a log of all that a disk was told, in the format of Linux' dm-log-writes:
// Documentation/admin-guide/device-mapper/log-writes.rst, and struct log_write_super and log_write_entry in
// drivers/md/dm-log-writes.c. All numbers are little-endian; each entry begins a sector, and its data follows.
const (
	logMagic     = 0x6a736677736872
	logFlush     = 1 << 0
	logEntrySize = 32
)

// write is a write to the disk that nothing had made last when the next flush came.
type write struct {
	at   int64 // in bytes
	data []byte
}

// span is what the disk was told from one flush to the next. When the power fails in it, all of the spans before are on
// the disk, and any part of this one.
type span struct {
	writes   []write
	promised promise // the newest, by the end of the span
}

// readLog takes a log apart.
func readLog(r io.Reader) ([]span, error) {
	head := make([]byte, sector)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, fmt.Errorf("rig: read the log: %w", err)
	}
	if binary.LittleEndian.Uint64(head) != logMagic || binary.LittleEndian.Uint32(head[24:]) != sector {
		return nil, fmt.Errorf("rig: it is no log of a disk: % x", head[:logEntrySize])
	}
	spans := make([]span, 1)
	for range binary.LittleEndian.Uint64(head[16:]) {
		if _, err := io.ReadFull(r, head); err != nil {
			return nil, fmt.Errorf("rig: read the log: %w", err)
		}
		now := &spans[len(spans)-1]
		w := write{at: int64(binary.LittleEndian.Uint64(head)) * sector}
		switch flags := binary.LittleEndian.Uint64(head[16:]); flags {
		case logFlush:
			spans = append(spans, span{promised: now.promised})
			continue
		case 0:
		default: // this disk offers neither FUA nor discard
			return nil, fmt.Errorf("rig: the log has an entry of unknown kind %#x", flags)
		}
		w.data = make([]byte, binary.LittleEndian.Uint64(head[8:])*sector)
		if _, err := io.ReadFull(r, w.data); err != nil {
			return nil, fmt.Errorf("rig: read the log: %w", err)
		}
		if w.at < fsSize {
			now.writes = append(now.writes, w)
			continue
		}
		now.promised = promise{}
		if err := json.Unmarshal(bytes.TrimRight(w.data, "\x00"), &now.promised); err != nil {
			return nil, fmt.Errorf("rig: read a promise: %w", err)
		}
	}
	return spans, nil
}

// disk is what is on it.
type disk []byte

func (d disk) apply(writes []write) {
	for _, w := range writes {
		copy(d[w.at:], w.data)
	}
}

// with lets fn see the disk with some writes on it, which then are gone again.
func (d disk) with(writes []write, fn func() error) error {
	before := make([]write, len(writes))
	for i, w := range writes {
		before[len(writes)-1-i] = write{w.at, bytes.Clone(d[w.at : w.at+int64(len(w.data))])}
		copy(d[w.at:], w.data)
	}
	defer d.apply(before)
	return fn()
}

// save writes the disk to a file with holes where there is nothing.
func (d disk) save(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(int64(len(d))); err != nil {
		return err
	}
	const block = 64 << 10
	nothing := make([]byte, block)
	for at := 0; at < len(d); at += block {
		if b := d[at : at+block]; !bytes.Equal(b, nothing) {
			if _, err := f.WriteAt(b, int64(at)); err != nil {
				return err
			}
		}
	}
	return f.Close()
}

// superblock is where ext4 keeps two sectors that it cannot read when one is old and one is new: it needs a disk that
// writes both or none, and so does everybody who uses it.
const superblock = 4096

// some is what a power cut may leave of writes that no flush has followed: each one whole, not at all, or some of its
// sectors, in no order.
func some(writes []write, dice *rand.Rand) (out []write) {
	for _, w := range writes {
		switch chance := dice.IntN(5); {
		case chance < 2, chance == 2 && w.at < superblock:
			out = append(out, w)
		case chance == 2:
			for at := 0; at < len(w.data); at += sector {
				if dice.IntN(2) == 0 {
					out = append(out, write{w.at + int64(at), w.data[at : at+sector]})
				}
			}
		}
	}
	return out
}

// TestReadLog: a log by the kernel's description, by hand.
func TestReadLog(t *testing.T) {
	var log bytes.Buffer
	put := func(data []byte, head ...uint64) {
		b := make([]byte, sector)
		for i, n := range head {
			binary.LittleEndian.PutUint64(b[8*i:], n)
		}
		log.Write(append(b, data...))
	}
	put(nil, logMagic, 1, 4, sector)
	put(bytes.Repeat([]byte{7}, 2*sector), 3, 2, 0, 0)
	put(append([]byte(`{"seq":5}`), make([]byte, sector-9)...), fsSize/sector, 1, 0, 0)
	put(nil, 0, 0, logFlush, 0)
	put(bytes.Repeat([]byte{8}, sector), 4, 1, 0, 0)
	spans, err := readLog(&log)
	if err != nil || len(spans) != 2 || len(spans[0].writes) != 1 || len(spans[1].writes) != 1 {
		t.Fatalf("want two spans of one write, got %v, %v", spans, err)
	}
	if spans[0].promised.Seq != 5 || spans[1].promised.Seq != 5 {
		t.Errorf("want the promise to hold from its own span on, got %v", spans)
	}
	d := make(disk, 8*sector)
	d.apply(spans[0].writes)
	err = d.with(spans[1].writes, func() error {
		if d[3*sector] != 7 || d[4*sector] != 8 {
			t.Errorf("want the second write over the first, got %d %d", d[3*sector], d[4*sector])
		}
		return nil
	})
	if err != nil || d[4*sector] != 7 {
		t.Errorf("want the second write gone again, got %d, %v", d[4*sector], err)
	}
}
