package lockboard_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lockerd/internal/lockboard"
)

var ops = map[string]lockboard.Op{
	"unlock": lockboard.Unlock, "query": lockboard.Query, "query_all": lockboard.QueryAll, "report": lockboard.Report,
}

// golden is a line of testdata/8a.txt.
type golden struct {
	kind  string
	op    lockboard.Op
	board int
	lock  int
	bits  uint64
	bytes []byte
}

func goldens(t testing.TB) (all []golden) {
	t.Helper()
	text, err := os.ReadFile("testdata/8a.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		head, tail, ok := strings.Cut(line, ":")
		words := strings.Fields(head)
		if !ok || words[0] == "#" {
			continue
		}
		g := golden{kind: words[0]}
		if len(words) >= 4 {
			g.op, g.board, g.lock = ops[words[1]], number(t, words[2]), number(t, words[3])
		}
		if len(words) == 5 && words[4] != "none" {
			for channel := range strings.SplitSeq(words[4], ",") {
				g.bits |= 1 << (number(t, channel) - 1)
			}
		}
		for _, word := range strings.Fields(tail) {
			b, err := hex.DecodeString(word)
			if err != nil || len(b) != 1 {
				break
			}
			g.bytes = append(g.bytes, b[0])
		}
		all = append(all, g)
	}
	return all
}

func number(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestGoldenFrames(t *testing.T) {
	var codec lockboard.Family8A
	count := make(map[string]int)
	for _, g := range goldens(t) {
		count[g.kind]++
		req := lockboard.Request{Op: g.op, Board: g.board, Channel: g.lock}
		frame := lockboard.Frame{Op: g.op, Board: g.board, Channel: g.lock, Shorted: g.bits, Length: len(g.bytes)}
		if g.op == lockboard.QueryAll {
			frame.Channels = 8 * (frame.Length - 4)
		}
		switch g.kind {
		case "request":
			if got, err := codec.Encode(req); err != nil || !bytes.Equal(got, g.bytes) {
				t.Errorf("encode %+v: want % X, got % X, %v", req, g.bytes, got, err)
			}
			if got, n := codec.DecodeRequest(g.bytes); n != len(g.bytes) || got != req {
				t.Errorf("decode request % X: want %+v, got %+v, %v", g.bytes, req, got, n)
			}
		case "answer":
			if got, err := codec.Decode(g.bytes, req); err != nil || !slices.Equal(got, []lockboard.Frame{frame}) {
				t.Errorf("decode % X: want %+v, got %+v, %v", g.bytes, frame, got, err)
			}
			if got, err := codec.EncodeFrame(frame); err != nil || !bytes.Equal(got, g.bytes) {
				t.Errorf("encode %+v: want % X, got % X, %v", frame, g.bytes, got, err)
			}
		case "bad":
			for _, req.Length = range []int{0, 7} {
				got, err := codec.Decode(g.bytes, req)
				if err == nil && slices.ContainsFunc(got, req.AnsweredBy) {
					t.Errorf("% X passes as an answer to %+v", g.bytes, req)
				}
			}
		case "board":
			want := lockboard.Request{Op: lockboard.Unlock, Board: 2}
			if got, n := codec.DecodeRequest(g.bytes); n != len(g.bytes) || got != want {
				t.Errorf("decode request % X: got %+v, %v", g.bytes, got, n)
			}
		}
	}
	if count["request"] < 10 || count["answer"] < 10 || count["bad"] < 10 {
		t.Errorf("testdata was not read: %v", count)
	}
}

func TestNeverEncoded(t *testing.T) {
	for _, req := range []lockboard.Request{
		{},
		{Op: lockboard.Unlock, Board: 1, Channel: 0}, // all locks of the board
		{Op: lockboard.Unlock, Board: 1, Channel: -1},
		{Op: lockboard.Unlock, Board: 1, Channel: 256}, // 0 as a byte
		{Op: lockboard.Unlock, Board: 0, Channel: 1},
		{Op: lockboard.Unlock, Board: 257, Channel: 1},
		{Op: lockboard.Query, Board: 1, Channel: 0},
		{Op: lockboard.QueryAll, Board: 1, Channel: 1},
		{Op: lockboard.Report, Board: 1, Channel: 1},
	} {
		if b, err := (lockboard.Family8A{}).Encode(req); err == nil {
			t.Errorf("%+v was encoded as % X", req, b)
		}
	}
}

func TestDecodeBursts(t *testing.T) {
	const report, all = "82 01 03 11 91", "80 01 01 80 05 33 36"
	tests := []struct {
		name   string
		burst  string
		length int
		want   []lockboard.Op // none: refused
	}{
		{"report glued before", report + all, 7, []lockboard.Op{lockboard.Report, lockboard.QueryAll}},
		{"report glued behind", all + report, 7, []lockboard.Op{lockboard.QueryAll, lockboard.Report}},
		{"the same, length not known", all + report, 0, []lockboard.Op{lockboard.QueryAll, lockboard.Report}},
		{"glitches of the line between frames", "FF" + report + "00" + all + "00 FF", 7,
			[]lockboard.Op{lockboard.Report, lockboard.QueryAll}},
		{"longer than learnt", "80 01 01 00 00 01 33 B2", 7, nil},
		{"shorter than learnt", all, 8, nil},
		{"a damaged report spoils the rest", "82 01 03 11 90" + all, 7, nil},
		{"half a frame behind", all + "82 01", 7, nil},
		{"another byte behind", all + "55", 7, nil},
		{"seven bytes and a glitch, or eight: not known", "80 01 81 00 00 33 33 00", 0, nil},
		{"the same, learnt", "80 01 81 00 00 33 33 00", 7, []lockboard.Op{lockboard.QueryAll}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			burst, err := hex.DecodeString(strings.ReplaceAll(tt.burst, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			req := lockboard.Request{Op: lockboard.QueryAll, Board: 1, Length: tt.length}
			frames, err := (lockboard.Family8A{}).Decode(burst, req)
			var got []lockboard.Op
			for _, f := range frames {
				got = append(got, f.Op)
			}
			if !slices.Equal(tt.want, got) || (err != nil) != (tt.want == nil) {
				t.Errorf("want %v, got %v, %v", tt.want, got, err)
			}
		})
	}
}

var answerOps = []lockboard.Op{lockboard.Unlock, lockboard.Query, lockboard.QueryAll, lockboard.Report}

func frames() *rapid.Generator[lockboard.Frame] {
	return rapid.Custom(func(t *rapid.T) lockboard.Frame {
		f := lockboard.Frame{
			Op:    rapid.SampledFrom(answerOps).Draw(t, "op"),
			Board: rapid.IntRange(1, 255).Draw(t, "board"), Length: 5,
		}
		bits := rapid.Uint64().Draw(t, "contacts")
		if f.Op == lockboard.QueryAll {
			f.Length = rapid.IntRange(7, 12).Draw(t, "length")
			f.Shorted = bits & (1<<(8*(f.Length-4)) - 1)
			return f
		}
		f.Channel = rapid.IntRange(1, 64).Draw(t, "channel")
		f.Shorted = bits & (1 << (f.Channel - 1))
		return f
	})
}

// What one side writes, the other reads.
func TestBothDirections(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var codec lockboard.Family8A
		f := frames().Draw(t, "frame")
		b, err := codec.EncodeFrame(f)
		if err != nil {
			t.Fatal(err)
		}
		req := lockboard.Request{Op: f.Op, Board: f.Board, Channel: f.Channel, Length: f.Length}
		got, err := codec.Decode(b, req)
		if err != nil || len(got) != 1 || got[0] != told(f) || !req.AnsweredBy(got[0]) {
			t.Fatalf("% X: want %+v, got %+v, %v", b, f, got, err)
		}
		if f.Op == lockboard.Report {
			return
		}
		req.Length = 0
		if b, err = codec.Encode(req); err != nil {
			t.Fatal(err)
		}
		if got, ok := codec.DecodeRequest(b); ok <= 0 || got != req {
			t.Fatalf("% X: want %+v, got %+v", b, req, got)
		}
	})
}

// told is a frame as it is read: of how many channels it tells follows from its length.
func told(f lockboard.Frame) lockboard.Frame {
	if f.Op == lockboard.QueryAll {
		f.Channels = 8 * (f.Length - 4)
	}
	return f
}

// One flipped bit never passes: what Decode lets through is what a board could have said.
func FuzzDecode(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.bytes, byte(g.op), 0)
		f.Add(g.bytes, byte(g.op), 7)
	}
	f.Fuzz(func(t *testing.T, burst []byte, op byte, length int) {
		var codec lockboard.Family8A
		got, err := codec.Decode(burst, lockboard.Request{Op: lockboard.Op(op), Board: 1, Channel: 1, Length: length})
		if err != nil {
			return
		}
		var said []byte
		for _, frame := range got {
			b, err := codec.EncodeFrame(frame)
			if err != nil {
				t.Fatalf("% X: %+v: %v", burst, frame, err)
			}
			said = append(said, b...)
		}
		glitch := func(b []byte) []byte { // 00 and FF stand in frames too: compare without them
			return bytes.ReplaceAll(bytes.ReplaceAll(b, []byte{0}, nil), []byte{0xFF}, nil)
		}
		if !bytes.Equal(glitch(said), glitch(burst)) {
			t.Fatalf("% X was read as % X", burst, said)
		}
	})
}

func FuzzDecodeRequest(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.bytes)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var codec lockboard.Family8A
		r, ok := codec.DecodeRequest(b)
		if ok <= 0 {
			return
		}
		if out, err := codec.Encode(r); err == nil && !bytes.Equal(out, b[:len(out)]) {
			t.Fatalf("% X was read as %+v, which is % X", b, r, out)
		}
	})
}
