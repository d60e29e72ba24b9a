package lockboard_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockerd/internal/lockboard"
)

// kindsOf are a family's golden frames of a kind: random ones are made after their example.
func kindsOf(t testing.TB, family, kind string) (all []golden) {
	t.Helper()
	for _, g := range goldens(t, family) {
		if g.kind == kind {
			all = append(all, g)
		}
	}
	return all
}

// aim draws the board and the lock of a request like the example.
func aim(t *rapid.T, fam lockboard.Family, example lockboard.Request) lockboard.Request {
	r := example
	r.Board = rapid.IntRange(fam.Lowest, fam.Highest).Draw(t, "board")
	if r.Channel > 0 {
		r.Channel = rapid.IntRange(1, fam.Locks).Draw(t, "lock")
	}
	return r
}

// What lockerd asks is what a board hears.
func TestRequestsBothWays(t *testing.T) {
	t.Parallel()
	for _, fam := range families(t) {
		examples := kindsOf(t, fam.Name, "request")
		t.Run(fam.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := aim(t, fam, rapid.SampledFrom(examples).Draw(t, "example").req)
				if r.Channels > 0 {
					r.Channels = rapid.IntRange(1, fam.Locks).Draw(t, "channels")
				}
				if r.Pulse > 0 && fam.PulseStep > 0 {
					steps := rapid.IntRange(1, int(fam.PulseMost/fam.PulseStep)).Draw(t, "steps")
					r.Pulse = time.Duration(steps) * fam.PulseStep
				}
				b, err := fam.Encode(r)
				if err != nil {
					t.Fatal(err)
				}
				if got, n := fam.Peer.DecodeRequest(b); n != len(b) || got != r {
					t.Fatalf("% X: want %+v, got %+v, %d", b, r, got, n)
				}
			})
		})
	}
}

// What a board says is what lockerd reads.
func TestFramesBothWays(t *testing.T) {
	t.Parallel()
	for _, fam := range families(t) {
		examples := kindsOf(t, fam.Name, "answer")
		telling := make(map[lockboard.Op]bool) // those that tell of contacts at all
		for _, g := range examples {
			telling[g.req.Op] = telling[g.req.Op] || g.frame.Shorted != 0
		}
		t.Run(fam.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := rapid.SampledFrom(examples).Draw(t, "example")
				r := aim(t, fam, g.req)
				f := g.frame
				f.Board, f.Channel = r.Board, r.Channel
				told := uint64(1)<<f.Channels - 1 // by QueryAll
				if f.Channel > 0 {
					told = 1 << (f.Channel - 1)
				}
				if f.Shorted = 0; telling[f.Op] && !f.Failed {
					f.Shorted = rapid.Uint64().Draw(t, "contacts") & told
				}
				if fam.Senses && f.Op == lockboard.QueryAll && !f.Failed {
					f.Present = rapid.Uint64().Draw(t, "presence") & told
				}
				b, err := fam.Peer.EncodeFrame(f)
				if err != nil {
					t.Fatal(err)
				}
				if r.Length = len(b); f.Op == lockboard.Report {
					r = lockboard.Request{}
				}
				got, err := fam.Decode(b, r)
				if err != nil || len(got) != 1 || got[0] != f {
					t.Fatalf("% X: want %+v, got %+v, %v", b, f, got, err)
				}
				if f.Op != lockboard.Report && !r.AnsweredBy(got[0]) {
					t.Fatalf("%+v is not answered by %+v", r, got[0])
				}
			})
		})
	}
}
