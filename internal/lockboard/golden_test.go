package lockboard_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lockerd/internal/lockboard"
)

// The families' frames lie in testdata, a file each: "WKLY" in wkly.txt. A line is one of
//
//	request OP BOARD LOCK [channels=N] [pulse=T] : BYTES [SOURCE] remark
//	answer  OP BOARD LOCK CONTACTS [channels=N] [pulse=T] [present=1,2] [failed[=CODE]] : BYTES [SOURCE] remark
//	bad     OP BOARD LOCK [channels=N] [pulse=T] : BYTES remark
//	board   OP BOARD LOCK [channels=N] [pulse=T] : BYTES [SOURCE] remark
//
// A request is one that lockerd sends; an answer is what a board says to it, or a report; a bad one must not pass as
// the answer to that request; a board's one is a request that boards understand and lockerd never sends. CONTACTS are
// the channels whose contact is shorted, or "none"; channels says of how many an answer tells or a request asks. Each
// SOURCE has a line in the file's head; [layout] is for bytes of which only the layout is documented.

var ops = map[string]lockboard.Op{
	"unlock": lockboard.Unlock, "query": lockboard.Query, "query_all": lockboard.QueryAll, "report": lockboard.Report,
	"off": lockboard.Off,
}

// unguarded are the families whose frames have no sum: there a flipped bit can pass.
var unguarded = []string{"WINNSEN-90"}

// mayDiffer says that a frame need not come back as it was: 8A boards report in two ways, too.
func mayDiffer(family string, b []byte) bool {
	return slices.Contains(variants, family) || family == "8A" && b[0] == 0x81
}

// variants are the families in which two frames can mean the same, so that one need not come back as it was.
var variants = []string{"WINNSEN-90", "KERONG-5"}

// golden is a line of a file in testdata.
type golden struct {
	at    string // file and line
	kind  string
	req   lockboard.Request
	frame lockboard.Frame
	bytes []byte
}

// pending is the request to which the frame is said.
func (g golden) pending() lockboard.Request {
	if g.req.Op == lockboard.Report {
		return lockboard.Request{}
	}
	return g.req
}

// families are all families there are.
func families(t testing.TB) (all []lockboard.Family) {
	t.Helper()
	for _, name := range lockboard.Families() {
		f, ok := lockboard.FamilyNamed(name)
		if !ok {
			t.Fatalf("there is no family %q", name)
		}
		all = append(all, f)
	}
	return all
}

// goldens reads a family's file.
func goldens(t testing.TB, family string) (all []golden) {
	t.Helper()
	path := "testdata/" + strings.ToLower(family) + ".txt"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	legend := make(map[string]bool)
	for i, line := range strings.Split(string(text), "\n") {
		if head, ok := strings.CutPrefix(line, "#"); ok || line == "" {
			for _, source := range sources(head) {
				legend[source] = true
			}
			continue
		}
		g, err := parse(line)
		g.at = fmt.Sprintf("%s:%d", path, i+1)
		named := sources(line)
		if err != nil || g.kind != "bad" && len(named) == 0 {
			t.Fatalf("%s: %v; sources %v", g.at, err, named)
		}
		for _, source := range named {
			if !legend[source] {
				t.Errorf("%s: what is [%s]?", g.at, source)
			}
		}
		all = append(all, g)
	}
	return all
}

// sources are the words in brackets.
func sources(line string) (words []string) {
	for _, word := range strings.Fields(line) {
		if inner, ok := strings.CutPrefix(word, "["); ok {
			words = append(words, strings.TrimSuffix(inner, "]"))
		}
	}
	return words
}

func parse(line string) (g golden, err error) {
	head, tail, _ := strings.Cut(line, ":")
	words := strings.Fields(head)
	if len(words) < 4 || ops[words[1]] == 0 {
		return g, fmt.Errorf("cannot read %q", line)
	}
	g.kind, g.req.Op = words[0], ops[words[1]]
	g.req.Board, _ = strconv.Atoi(words[2])
	g.req.Channel, _ = strconv.Atoi(words[3])
	options := words[4:]
	for _, word := range strings.Fields(tail) {
		b, err := hex.DecodeString(word)
		if err != nil || len(b) != 1 {
			break
		}
		g.bytes = append(g.bytes, b[0])
	}
	g.frame = lockboard.Frame{Op: g.req.Op, Board: g.req.Board, Channel: g.req.Channel, Length: len(g.bytes)}
	if g.kind == "answer" && len(options) > 0 {
		g.frame.Shorted, err = channels(options[0])
		options = options[1:]
	}
	for _, option := range options {
		if err == nil {
			err = g.option(option)
		}
	}
	return g, err
}

func (g *golden) option(option string) (err error) {
	name, value, _ := strings.Cut(option, "=")
	switch name {
	case "channels":
		g.req.Channels, err = strconv.Atoi(value)
		if g.req.Op == lockboard.QueryAll {
			g.frame.Channels = g.req.Channels
		}
	case "pulse":
		g.req.Pulse, err = time.ParseDuration(value)
		if g.kind == "answer" {
			g.frame.Pulse = g.req.Pulse
		}
	case "present":
		g.frame.Present, err = channels(value)
	case "failed":
		g.frame.Failed = true
		if value != "" {
			g.frame.Code, err = strconv.Atoi(value)
		}
	default:
		return fmt.Errorf("what is %q", option)
	}
	return err
}

// channels reads "1,3" or "none" as bits.
func channels(list string) (bits uint64, err error) {
	if list == "none" {
		return 0, nil
	}
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil {
			return 0, err
		}
		bits |= 1 << (n - 1)
	}
	return bits, nil
}

// forLengths does something with the request as it is while the length of the answer is not known, and once it is.
func forLengths(r lockboard.Request, do func(lockboard.Request), lengths ...int) {
	for _, r.Length = range append(lengths, 0) {
		do(r)
	}
}

func TestGoldenFrames(t *testing.T) {
	t.Parallel()
	for _, fam := range families(t) {
		t.Run(fam.Name, func(t *testing.T) {
			seen := make(map[string]bool)
			for _, g := range goldens(t, fam.Name) {
				seen[g.kind+" "+g.req.Op.String()], seen[g.kind] = true, true
				switch g.kind {
				case "request":
					goldenRequest(t, fam, g)
				case "answer":
					goldenAnswer(t, fam, g)
				case "bad":
					goldenBad(t, fam, g)
				case "board":
					goldenBoard(t, fam, g)
				default:
					t.Errorf("%s: what is %q?", g.at, g.kind)
				}
			}
			want := []string{"request unlock", "request query all", "answer query all", "bad"}
			if fam.Single {
				want = append(want, "request query", "answer query")
			}
			if fam.Reports {
				want = append(want, "answer report")
			}
			if fam.Ack != lockboard.AckMaybe {
				want = append(want, "answer unlock")
			}
			if fam.SwitchedOff {
				want = append(want, "request off", "answer off")
			}
			for _, what := range want {
				if !seen[what] {
					t.Errorf("testdata has no %s", what)
				}
			}
		})
	}
}

func goldenRequest(t *testing.T, fam lockboard.Family, g golden) {
	t.Helper()
	if got, err := fam.Encode(g.req); err != nil || !bytes.Equal(got, g.bytes) {
		t.Errorf("%s: encode %+v: want % X, got % X, %v", g.at, g.req, g.bytes, got, err)
	}
	heardByBoard(t, fam, g)
}

// heardByBoard wants a board to read the request wherever it is cut, and whatever follows.
func heardByBoard(t *testing.T, fam lockboard.Family, g golden) {
	t.Helper()
	for n := range g.bytes {
		if _, got := fam.Peer.DecodeRequest(g.bytes[:n]); got != 0 {
			t.Errorf("%s: decode request % X: want more bytes to be needed, got %d", g.at, g.bytes[:n], got)
		}
	}
	for _, more := range [][]byte{nil, g.bytes, {0x55}} {
		b := slices.Concat(g.bytes, more)
		if got, n := fam.Peer.DecodeRequest(b); n != len(g.bytes) || got != g.req {
			t.Errorf("%s: decode request % X: want %+v, got %+v, %d", g.at, b, g.req, got, n)
		}
	}
}

func goldenAnswer(t *testing.T, fam lockboard.Family, g golden) {
	t.Helper()
	want := []lockboard.Frame{g.frame}
	forLengths(g.pending(), func(r lockboard.Request) {
		got, err := fam.Decode(g.bytes, r)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: decode % X: want %+v, got %+v, %v", g.at, g.bytes, want, got, err)
		} else if r.Op != 0 && !r.AnsweredBy(got[0]) {
			t.Errorf("%s: %+v is not answered by %+v", g.at, r, got[0])
		}
	}, len(g.bytes))
	if fam.Longest < len(g.bytes) {
		t.Errorf("%s: longer than the longest", g.at)
	}
	got, err := fam.Peer.EncodeFrame(g.frame)
	if err != nil {
		t.Errorf("%s: encode %+v: %v", g.at, g.frame, err)
	} else if !bytes.Equal(got, g.bytes) && !mayDiffer(fam.Name, g.bytes) {
		t.Errorf("%s: encode %+v: want % X, got % X", g.at, g.frame, g.bytes, got)
	}
}

func goldenBad(t *testing.T, fam lockboard.Family, g golden) {
	t.Helper()
	forLengths(g.req, func(r lockboard.Request) {
		got, err := fam.Decode(g.bytes, r)
		if err == nil && slices.ContainsFunc(got, r.AnsweredBy) {
			t.Errorf("%s: % X passes as an answer to %+v", g.at, g.bytes, r)
		}
	}, 7, len(g.bytes))
}

func goldenBoard(t *testing.T, fam lockboard.Family, g golden) {
	t.Helper()
	heardByBoard(t, fam, g)
	if got, err := fam.Encode(g.req); err == nil {
		t.Errorf("%s: encode %+v: want nothing, got % X", g.at, g.req, got)
	}
}

// Where a sum guards the frames, no answer and no request passes with a bit that flipped.
func TestOneFlippedBit(t *testing.T) {
	t.Parallel()
	for _, fam := range families(t) {
		if slices.Contains(unguarded, fam.Name) {
			continue
		}
		for _, g := range goldens(t, fam.Name) {
			for i := range 8 * len(g.bytes) {
				b := bytes.Clone(g.bytes)
				b[i/8] ^= 1 << (i % 8)
				switch g.kind {
				case "answer":
					forLengths(g.pending(), func(r lockboard.Request) {
						if got, err := fam.Decode(b, r); err == nil && len(got) > 0 {
							t.Errorf("%s: % X passes as %+v", g.at, b, got)
						}
					}, len(b))
				case "request", "board":
					if r, n := fam.Peer.DecodeRequest(b); n > 0 {
						t.Errorf("%s: % X passes as %+v", g.at, b, r)
					}
				}
			}
		}
	}
}

func TestNeverEncoded(t *testing.T) {
	t.Parallel()
	for _, fam := range families(t) {
		all := goldens(t, fam.Name)
		base := all[slices.IndexFunc(all, func(g golden) bool {
			return g.kind == "request" && g.req.Op == lockboard.Unlock
		})].req
		for _, tt := range []struct {
			name   string
			change func(*lockboard.Request)
		}{
			{"nothing", func(r *lockboard.Request) { *r = lockboard.Request{} }},
			{"no op", func(r *lockboard.Request) { r.Op = 0 }},
			{"an op that there is not", func(r *lockboard.Request) { r.Op = lockboard.Off + 1 }},
			{"a report", func(r *lockboard.Request) { r.Op = lockboard.Report }},
			{"unlock all", func(r *lockboard.Request) { r.Channel = 0 }},
			{"lock -1", func(r *lockboard.Request) { r.Channel = -1 }},
			{"lock 65", func(r *lockboard.Request) { r.Channel = 65 }},
			{"lock 256, 0 as a byte", func(r *lockboard.Request) { r.Channel = 256 }},
			{"lock 257, 1 as a byte", func(r *lockboard.Request) { r.Channel = 257 }},
			{"query lock 0", func(r *lockboard.Request) { r.Op, r.Channel, r.Pulse = lockboard.Query, 0, 0 }},
			{"query all of one lock", func(r *lockboard.Request) { r.Op, r.Channel, r.Pulse = lockboard.QueryAll, 1, 0 }},
			{"board below the lowest", func(r *lockboard.Request) { r.Board = fam.Lowest - 1 }},
			{"board above the highest", func(r *lockboard.Request) { r.Board = fam.Highest + 1 }},
			{"board of another byte", func(r *lockboard.Request) { r.Board += 256 }},
			{"pulse below 0", func(r *lockboard.Request) { r.Pulse = -time.Second }},
			{"pulse for ever", func(r *lockboard.Request) { r.Pulse = 1000 * time.Hour }},
			{"pulse of no step", func(r *lockboard.Request) { r.Pulse = time.Nanosecond }},
		} {
			req := base
			tt.change(&req)
			if b, err := fam.Encode(req); err == nil {
				t.Errorf("%s: %s: %+v was encoded as % X", fam.Name, tt.name, req, b)
			}
		}
	}
}
