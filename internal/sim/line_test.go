package sim_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/sim"
)

// host is the host's end of a line.
type host struct {
	t      *testing.T
	line   *sim.Line
	end    io.ReadWriteCloser
	pieces chan []byte // that the line brings
}

// plugged runs a story with a line plugged in, in a bubble of its own time.
func plugged(t *testing.T, baud int, boards []sim.Board, story func(h *host)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &host{t: t, line: sim.NewLine(baud, boards...)}
		ended := h.plug()
		defer func() {
			_ = h.end.Close()
			if err := <-ended; err == nil {
				t.Error("Run on a line that was pulled: want an error")
			}
		}()
		synctest.Wait() // what is said to nobody is lost
		story(h)
	})
}

// plug plugs the line into a new port.
func (h *host) plug() (ended chan error) {
	near, far := sim.Pipe()
	h.end, h.pieces, ended = near, make(chan []byte, 4096), make(chan error)
	go func() { ended <- h.line.Run(h.t.Context(), far) }()
	go h.listen(near, h.pieces)
	return ended
}

func (h *host) listen(end io.Reader, pieces chan<- []byte) {
	buf := make([]byte, 256)
	for {
		n, err := end.Read(buf)
		if err != nil {
			return
		}
		pieces <- bytes.Clone(buf[:n])
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (h *host) says(hex string) {
	h.t.Helper()
	if _, err := h.end.Write(unhex(h.t, hex)); err != nil {
		h.t.Fatal(err)
	}
}

// asks sends bytes and wants exactly the answer.
func (h *host) asks(send, want string) {
	h.t.Helper()
	h.says(send)
	h.hears(want)
}

// hears wants exactly these bytes next.
func (h *host) hears(want string) {
	h.t.Helper()
	w := unhex(h.t, want)
	var got []byte
	for tooLong := time.After(10 * time.Second); len(got) < len(w); {
		select {
		case b := <-h.pieces:
			got = append(got, b...)
		case <-tooLong:
			h.t.Fatalf("want [% X], got no more than [% X]", w, got)
		}
	}
	h.same(w, got)
}

// within gives all that comes in a time.
func (h *host) within(d time.Duration) (got []byte) {
	timer := time.After(d)
	for {
		select {
		case b := <-h.pieces:
			got = append(got, b...)
		case <-timer:
			return got
		}
	}
}

// quiet wants nothing to come in a time.
func (h *host) quiet(d time.Duration) {
	h.t.Helper()
	h.same(nil, h.within(d))
}

func (h *host) same(want, got []byte) {
	h.t.Helper()
	if !bytes.Equal(want, got) {
		h.t.Errorf("want [% X], got [% X]", want, got)
	}
}

// The frames are those of the vendor's text and of public drivers: see lockboard/testdata/8a.txt.
func TestTrueFrames(t *testing.T) {
	boards := []sim.Board{{Address: 1, Locks: 12}, {Address: 3, Locks: 24, ShortedOpen: true, Inverted: []int{1}}}
	plugged(t, 9600, boards, func(h *host) {
		h.asks("80 01 01 33 B3", "80 01 01 11 91")       // closed: shorted
		h.asks("80 01 00 33 B2", "80 01 00 0F FF 33 42") // twelve closed
		h.asks("8A 01 01 11 9B", "8A 01 01 00 8A")       // opened
		h.asks("80 01 00 33 B2", "80 01 00 0F FE 33 43")
		h.asks("80 03 01 33 B1", "80 03 01 11 93") // the other way round, and that again
		h.asks("8A 03 0C 11 94", "8A 03 0C 11 94")
		if h.line.IsOpen(1, 2) || !h.line.IsOpen(1, 1) || !h.line.IsOpen(3, 12) {
			h.t.Error("other doors than those asked for are open")
		}
	})
}

func TestWhatABoardLeavesAlone(t *testing.T) {
	plugged(t, 0, []sim.Board{{Address: 1, Locks: 12, StateBytes: -1}}, func(h *host) {
		for _, send := range []string{
			"8A 01 01 11 9A",    // sum
			"8A 02 01 11 98",    // no such board
			"8A 01 0D 11 97",    // no such lock
			"80 01 00 33 B2",    // it lacks the query for all
			"9A 01 01 11 8B",    // hold
			"90 01 02 02 02 93", // batch
			"8A 01 01",          // half an unlock
			"11 9B",             // and the rest of it a second later
		} {
			h.says(send)
			h.quiet(time.Second)
		}
		h.asks("80 01 02 33 B0", "80 01 02 11 92")
		for channel := 1; channel <= 12; channel++ {
			if n := len(h.line.Pulses(1, channel)); n != 0 {
				h.t.Errorf("lock %d was pulsed %d times", channel, n)
			}
		}
	})
}

// "Open all" is seen as what it is: this is how a test finds out that it was sent.
func TestOpenAll(t *testing.T) {
	plugged(t, 0, []sim.Board{{Address: 2, Locks: 12}}, func(h *host) {
		h.says("8A 02 00 11 99")
		h.quiet(time.Second)
		for channel := 1; channel <= 12; channel++ {
			if n := len(h.line.Pulses(2, channel)); n != 1 {
				h.t.Errorf("lock %d: want one pulse, got %d", channel, n)
			}
		}
	})
}

// At 9600 baud a byte takes 1.04 ms.
func TestTruePace(t *testing.T) {
	plugged(t, 9600, []sim.Board{{Address: 1, Locks: 12}}, func(h *host) {
		began := time.Now()
		h.asks("80 01 00 33 B2", "80 01 00 0F FF 33 42")
		want := 12*10*time.Second/9600 + 5*time.Millisecond // and the turnaround
		if took := time.Since(began); (took - want).Abs() > time.Microsecond {
			h.t.Errorf("want %s, took %s", want, took)
		}
	})
}

// What was to be said to one host is not said to the next.
func TestReplug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &host{t: t, line: sim.NewLine(9600, sim.Board{Address: 1, Locks: 1, Reports: true})}
		for range 2 {
			ended := h.plug()
			h.asks("80 01 01 33 B3", "80 01 01 11 91")
			h.says("8A 01 01 11 9B")
			h.quiet(100 * time.Millisecond)
			_ = h.end.Close() // in the middle of the pulse
			if err := <-ended; err == nil {
				t.Error("Run on a line that was pulled: want an error")
			}
			time.Sleep(time.Second)
			if !h.line.IsOpen(1, 1) {
				t.Error("the door did not open after the pulse")
			}
			h.line.Push(1, 1)
		}
	})
}

// Cancelling is the one way to stop that is no error.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, far := sim.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- sim.NewLine(9600).Run(ctx, far) }()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run after cancel: want nil, got %v", err)
		}
	})
}
