package lockboard_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

var updateTrace = flag.Bool("update-trace", false, "take the golden trace anew, from the simulator")

const goldenTrace = "testdata/traces/8a-wkly-echo.trace"

// doors are the boards of the golden trace: two families, an adapter that echoes, and a contact the other way round.
var doors = []sim.Board{{Address: 1, Locks: 3, Inverted: []int{2}}, {Family: "WKLY", Address: 2, Locks: 2}}

// goldenTold is what a bus tells of the golden trace: a door opens, another one jams, and the first is pushed shut.
var goldenTold = []string{
	"1/1 closed", "1/2 closed", "1/3 closed", "2/1 closed", "2/2 closed",
	"u1 sent=true: acknowledged", "1/2 open", "u2 sent=true: acknowledged", "1/2 closed",
}

// driven drives the golden trace's boards over what open gives, until act returns, and gives what was told.
func driven(
	t *testing.T, open func(context.Context) (io.ReadWriteCloser, error), act func(bus *lockboard.Bus),
) (told []locker.Input) {
	t.Helper()
	cfg := config(doors...)
	tell := func(_ context.Context, in locker.Input) error {
		told = append(told, in)
		return nil
	}
	supply := lockboard.NewSupply(1, 100*time.Millisecond)
	bus := lockboard.New(cfg, supply, open, tell, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- bus.Run(ctx) }()
	act(bus)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return told
}

// capture takes the golden trace's story from the simulator.
func capture(t *testing.T) (trace []byte, told []locker.Input) {
	t.Helper()
	var file bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		writer, err := lockboard.NewTraceWriter(&file, lockboard.TraceHead{
			Port: "sim", Baud: 9600, Families: []string{"8A", "WKLY"}, Began: time.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		line := sim.NewLine(9600, doors...)
		line.Trouble(sim.Trouble{Echo: 1})
		near, far := sim.Pipe()
		unplugged := make(chan error)
		go func() { unplugged <- line.Run(t.Context(), far) }()
		open := func(context.Context) (io.ReadWriteCloser, error) { return lockboard.NewTracer(near, writer), nil }
		told = driven(t, open, func(bus *lockboard.Bus) {
			time.Sleep(2500 * time.Millisecond)
			bus.Release(locker.Release{Unlock: "u1", Lock: lockAt(1, 2), Until: time.Now().Add(time.Second)})
			time.Sleep(600 * time.Millisecond)
			line.Jam(2, 1, true)
			bus.Release(locker.Release{Unlock: "u2", Lock: lockAt(2, 1), Until: time.Now().Add(time.Second)})
			time.Sleep(600 * time.Millisecond)
			line.Push(1, 2)
			time.Sleep(300 * time.Millisecond)
		})
		if err := <-unplugged; err == nil {
			t.Error("the line still runs")
		}
	})
	return file.Bytes(), told
}

// replayed drives a bus from a trace: the unlocks are asked for when it is their turn, and a moment before they were said.
func replayed(t *testing.T, trace *lockboard.Trace) (told []locker.Input) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		unlocks := make(chan locker.Lock, 16)
		wants := func(b []byte) {
			if b == nil {
				close(over)
				return
			}
			for _, name := range trace.Families {
				fam, _ := lockboard.FamilyNamed(name)
				if r, n := fam.Peer.DecodeRequest(b); n == len(b) && r.Op == lockboard.Unlock {
					unlocks <- lockAt(r.Board, r.Channel)
				}
			}
		}
		opened := false
		open := func(context.Context) (io.ReadWriteCloser, error) {
			if opened {
				return nil, errors.New("the trace has one opening")
			}
			opened = true
			return trace.Replay(wants), nil
		}
		told = driven(t, open, func(bus *lockboard.Bus) {
			for n := 1; ; n++ {
				select {
				case l := <-unlocks:
					time.Sleep(before(trace, n) - time.Millisecond)
					bus.Release(locker.Release{Unlock: "u" + string(rune('0'+n)), Lock: l, Until: time.Now().Add(time.Second)})
				case <-over:
					time.Sleep(100 * time.Millisecond)
					return
				case <-time.After(10 * time.Second): // the bus has left the trace
					return
				}
			}
		})
	})
	return told
}

// before is how long nothing passed before the unlock of a number, counted from one, was said.
func before(trace *lockboard.Trace, number int) time.Duration {
	for i, p := range trace.Pieces[1:] {
		for _, name := range trace.Families {
			fam, _ := lockboard.FamilyNamed(name)
			if r, n := fam.Peer.DecodeRequest(p.Bytes); p.FromHost && n == len(p.Bytes) && r.Op == lockboard.Unlock {
				number--
			}
		}
		if number == 0 {
			return p.At - trace.Pieces[i].At
		}
	}
	return 0
}

func readTrace(t *testing.T, text []byte) *lockboard.Trace {
	t.Helper()
	trace, err := lockboard.ReadTrace(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

func tracedDoors(t *testing.T) *lockboard.Trace {
	t.Helper()
	text, err := os.ReadFile(goldenTrace)
	if err != nil {
		t.Fatal(err)
	}
	return readTrace(t, text)
}

// A trace that was taken of a line tells a bus the same things as the line did.
func TestTraceReplays(t *testing.T) {
	t.Parallel()
	text, captured := capture(t)
	if got := brief(captured); !slices.Equal(got, goldenTold) {
		t.Fatalf("the line: want told\n %q, got\n %q", goldenTold, got)
	}
	if *updateTrace {
		if err := os.WriteFile(goldenTrace, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, trace := range []*lockboard.Trace{readTrace(t, text), tracedDoors(t)} {
		if got := brief(replayed(t, trace)); !slices.Equal(got, goldenTold) {
			t.Errorf("the trace: want told\n %q, got\n %q\n(a bus that asks in another order needs it anew: -update-trace)",
				goldenTold, got)
		}
	}
}

// A bus that says anything but what the trace has is not answered.
func TestReplayIsStrict(t *testing.T) {
	t.Parallel()
	trace := tracedDoors(t)
	trace.Pieces[0].Bytes = []byte{0x80, 0x01, 0x02, 0x33, 0xB0}
	got := brief(replayed(t, trace))
	const want = "port gone: lockboard: replay: said 80 01 01 33 B3; the trace has at 0s: said 80 01 02"
	if len(got) == 0 || !strings.Contains(got[0], want) {
		t.Errorf("got %q", got)
	}
}

func TestTraceFile(t *testing.T) {
	t.Parallel()
	head := lockboard.TraceHead{
		Port: "/dev/serial/by-id/usb-1", Baud: 19200, Families: []string{"KERONG-5", "8A"},
		Began: time.Date(2026, 11, 24, 10, 0, 0, 123456789, time.UTC),
	}
	var file bytes.Buffer
	w, err := lockboard.NewTraceWriter(&file, head)
	if err != nil {
		t.Fatal(err)
	}
	want := []lockboard.Piece{
		{FromHost: true, Bytes: []byte{0x02, 0x00, 0x30, 0x03, 0x35}},
		{At: 12345 * time.Microsecond, Bytes: []byte{0x02}},
		{At: 90 * time.Minute, FromHost: true, Bytes: []byte{0xFF}},
	}
	for _, p := range want {
		if err := w.Note(p.FromHost, head.Began.Add(p.At), p.Bytes); err != nil {
			t.Fatal(err)
		}
	}
	file.WriteString("5400001.0 < 00 # a remark\n\n")
	want = append(want, lockboard.Piece{At: 5400001 * time.Millisecond, Bytes: []byte{0}})
	got := readTrace(t, file.Bytes())
	if !reflect.DeepEqual(got.TraceHead, head) || !reflect.DeepEqual(got.Pieces, want) {
		t.Errorf("want %v %v, got %v %v of\n%s", head, want, got.TraceHead, got.Pieces, file.String())
	}
	first, _, _ := strings.Cut(file.String(), "\n")
	for _, bad := range []string{
		"", "1.0 > 80", first + "\n1.0 80", first + "\n1.0 > 8", first + "\n1.0 > 80\n0.9 < 80", first + "\nx > 80",
		first + "\n# baud fast",
	} {
		if trace, err := lockboard.ReadTrace(strings.NewReader(bad)); err == nil && len(trace.Pieces) > 0 {
			t.Errorf("%q was read", bad)
		}
	}
}

// full is a disk that is full.
type full struct{ free int }

func (f *full) Write(b []byte) (int, error) {
	if len(b) > f.free {
		return 0, errors.New("no space left on device")
	}
	f.free -= len(b)
	return len(b), nil
}

// A trace that cannot be written leaves the line alone.
func TestTracerDoesNotDisturb(t *testing.T) {
	t.Parallel()
	w, err := lockboard.NewTraceWriter(&full{free: 100}, lockboard.TraceHead{Port: "sim"})
	if err != nil {
		t.Fatal(err)
	}
	near, far := sim.Pipe()
	line := lockboard.NewTracer(near, w)
	for range 10 {
		if _, err := line.Write([]byte("request")); err != nil {
			t.Fatal(err)
		}
		hear(t, far, 7)
	}
	if err := w.Note(true, time.Now(), nil); err == nil {
		t.Error("want the disk's error")
	}
	if err := line.Close(); err != nil {
		t.Error(err)
	}
}
