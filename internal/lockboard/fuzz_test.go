package lockboard_test

import (
	"bytes"
	"slices"
	"testing"

	"lockerd/internal/lockboard"
)

// FuzzDecode holds all decoders to this: whatever they let through is what a board could have said.
func FuzzDecode(f *testing.F) {
	all := families(f)
	for i, fam := range all {
		for _, g := range goldens(f, fam.Name) {
			r := g.pending()
			f.Add(byte(i), g.bytes, byte(r.Op), byte(r.Board), byte(r.Channel), byte(r.Channels), byte(0))
			f.Add(byte(i), g.bytes, byte(r.Op), byte(r.Board), byte(r.Channel), byte(r.Channels), byte(len(g.bytes)))
		}
	}
	f.Fuzz(func(t *testing.T, which byte, burst []byte, op, board, channel, channels, length byte) {
		fam := all[int(which)%len(all)]
		pending := lockboard.Request{
			Op: lockboard.Op(op), Board: int(board), Channel: int(channel), Channels: int(channels), Length: int(length),
		}
		frames, err := fam.Decode(burst, pending)
		if err != nil {
			if len(frames) > 0 {
				t.Fatalf("%s: % X: %v, and yet %+v", fam.Name, burst, err, frames)
			}
			return
		}
		unique := !slices.Contains(variants, fam.Name)
		var said []byte
		for _, frame := range frames {
			said = append(said, sayable(t, fam, burst, pending, frame)...)
			unique = unique && !frame.Failed && frame.Op != lockboard.Report // of which there are two kinds in 8A
		}
		if unique && !bytes.Equal(without(said), without(burst)) {
			t.Fatalf("%s: % X was read as % X", fam.Name, burst, said)
		}
	})
}

// sayable wants a frame that was read to make sense, and to be read as the same when a board says it.
func sayable(t *testing.T, fam lockboard.Family, burst []byte, pending lockboard.Request, f lockboard.Frame) []byte {
	t.Helper()
	told := uint64(1)<<f.Channels - 1
	if f.Op != lockboard.QueryAll {
		told = 1 << (f.Channel - 1) // panics on a lock 0
	}
	if f.Channel < 0 || f.Channel > 64 || f.Channels < 0 || f.Channels > 64 || (f.Shorted|f.Present)&^told != 0 {
		t.Fatalf("%s: % X was read as %+v", fam.Name, burst, f)
	}
	b, err := fam.Peer.EncodeFrame(f)
	if err != nil {
		t.Fatalf("%s: % X: %+v: %v", fam.Name, burst, f, err)
	}
	pending.Length = f.Length
	again, err := fam.Decode(b, pending)
	if err != nil || len(again) != 1 || again[0] != f {
		t.Fatalf("%s: % X was read as %+v, and then as %+v, %v", fam.Name, burst, f, again, err)
	}
	return b
}

// without leaves out the bytes that some lines put between frames. They stand in frames too.
func without(b []byte) []byte {
	return slices.DeleteFunc(bytes.Clone(b), func(v byte) bool { return v == 0x00 || v == 0xFF })
}

// FuzzDecodeRequest holds the boards' side to this: a request that is heard is the one that was sent.
func FuzzDecodeRequest(f *testing.F) {
	all := families(f)
	for i, fam := range all {
		for _, g := range goldens(f, fam.Name) {
			f.Add(byte(i), g.bytes)
		}
	}
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		fam := all[int(which)%len(all)]
		r, n := fam.Peer.DecodeRequest(b)
		if n > len(b) || n <= 0 && r != (lockboard.Request{}) {
			t.Fatalf("%s: % X was read as %+v of %d bytes", fam.Name, b, r, n)
		}
		if n <= 0 || slices.Contains(variants, fam.Name) {
			return
		}
		if out, err := fam.Encode(r); err == nil && !bytes.Equal(out, b[:n]) {
			t.Fatalf("%s: % X was read as %+v, which is % X", fam.Name, b, r, out)
		}
	})
}
