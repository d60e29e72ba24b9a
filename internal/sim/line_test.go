package sim_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/sim"
)

// host is the host's end of a line.
type host struct {
	t    *testing.T
	line *sim.Line
	end  io.ReadWriteCloser
}

// plugged runs a story with a line plugged in, in a bubble of its own time.
func plugged(t *testing.T, baud int, boards []sim.Board, story func(h *host)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		near, far := sim.Pipe()
		h := &host{t: t, line: sim.NewLine(baud, boards...), end: near}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- h.line.Run(ctx, far) }()
		story(h)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run after cancel: want nil, got %v", err)
		}
	})
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// asks sends bytes and wants exactly the answer.
func (h *host) asks(send, want string) {
	h.t.Helper()
	if _, err := h.end.Write(unhex(h.t, send)); err != nil {
		h.t.Fatal(err)
	}
	h.hears(want)
}

func (h *host) hears(want string) {
	h.t.Helper()
	w := unhex(h.t, want)
	var got []byte
	buf := make([]byte, 64)
	for len(got) < len(w) {
		n, err := h.end.Read(buf)
		if err != nil {
			h.t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if !bytes.Equal(got, w) {
		h.t.Errorf("want % X, got % X", w, got)
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
			if _, err := h.end.Write(unhex(h.t, send)); err != nil {
				h.t.Fatal(err)
			}
			time.Sleep(time.Second)
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
		if _, err := h.end.Write(unhex(h.t, "8A 02 00 11 99")); err != nil {
			h.t.Fatal(err)
		}
		time.Sleep(time.Second)
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

func TestHands(t *testing.T) {
	const unlock, opened, shut = "8A 01 01 11 9B", "8A 01 01 00 8A", "8A 01 01 11 9B"
	plugged(t, 9600, []sim.Board{{Address: 1, Locks: 2, Reports: true}}, func(h *host) {
		h.line.Jam(1, 1, true)
		h.asks(unlock, shut)
		h.line.Jam(1, 1, false)
		h.line.Hold(1, 1, true)
		h.asks(unlock, shut)
		h.line.Hold(1, 1, false)
		if !h.line.IsOpen(1, 1) {
			h.t.Error("let go, and did not spring open")
		}
		h.line.Push(1, 1)
		h.hears("82 01 01 11 93")
		h.line.Slow(1, 1, time.Second)
		h.asks(unlock, shut)
		time.Sleep(time.Second)
		if !h.line.IsOpen(1, 1) {
			h.t.Error("did not spring open late")
		}
		h.line.Force(1, 2)
		h.asks("80 01 02 33 B0", "80 01 02 00 83")
		h.line.CutSensor(1, 1, true)
		h.line.Push(1, 1)
		h.hears("82 01 01 00 82")
		h.line.Echo(true)
		h.asks("80 01 02 33 B0", "80 01 02 33 B0 80 01 02 00 83")
		h.line.Echo(false)
		h.line.Twist(sim.Half)
		h.asks("80 01 02 33 B0", "80 01")
		h.line.Twist(nil)
		h.line.Power(1, false)
		h.line.Push(1, 2) // reports nothing
		h.line.Force(9, 9)
		h.line.Mute(9, true)
		time.Sleep(time.Second)
		h.line.Power(1, true)
		h.asks("80 01 02 33 B0", "80 01 02 11 92")
		if s := h.line.State(1, 1); s.Pulses != 3 || s.Open || !s.Cut {
			h.t.Errorf("state %+v", s)
		}
	})
}

// What was to be said to one host is not said to the next.
func TestReplug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := sim.NewLine(9600, sim.Board{Address: 1, Locks: 1, Reports: true})
		for range 2 {
			near, far := sim.Pipe()
			ended := make(chan error)
			go func() { ended <- line.Run(t.Context(), far) }()
			h := &host{t: t, line: line, end: near}
			h.asks("80 01 01 33 B3", "80 01 01 11 91")
			_, _ = near.Write(unhex(t, "8A 01 01 11 9B"))
			time.Sleep(100 * time.Millisecond)
			_ = near.Close() // in the middle of the pulse
			if err := <-ended; err == nil {
				t.Error("Run on a line that was pulled: want an error")
			}
			time.Sleep(time.Second)
			if !line.IsOpen(1, 1) {
				t.Error("the door did not open after the pulse")
			}
			line.Push(1, 1)
		}
	})
}

func TestNoiseRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := sim.NewLine(0, sim.Board{Address: 1, Locks: 24})
		near, far := sim.Pipe()
		go func() { _ = line.Run(t.Context(), far) }()
		synctest.Wait() // what is said to nobody is lost
		line.Noise(1e-2)
		sent := bytes.Repeat([]byte{0x55}, 100)
		flipped := 0
		for range 100 {
			line.Say(sent)
			time.Sleep(time.Millisecond)
			got := make([]byte, 200)
			n, _ := near.Read(got)
			for _, b := range got[:n] {
				for x := b ^ 0x55; x != 0; x &= x - 1 {
					flipped++
				}
			}
		}
		if flipped < 700 || flipped > 900 { // of 80,000 bits
			t.Errorf("want about 800 bits flipped, got %d", flipped)
		}
		_ = near.Close()
	})
}

// Whoever has the port open and is killed leaves it exclusive: the next one, not being root, could not open it.
func TestPTYSurvivesItsUser(t *testing.T) {
	p, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	user, err := unix.Open(p.Path(), unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetInt(user, unix.TIOCEXCL, 0); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := unix.Write(user, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 5)
		if _, err := io.ReadFull(p, got); err != nil || string(got) != "hello" {
			t.Fatalf("read %q, %v", got, err)
		}
		for exclusive := 1; exclusive != 0; {
			if exclusive, err = unix.IoctlGetInt(user, unix.TIOCGEXCL); err != nil || t.Context().Err() != nil {
				t.Fatal("the port stays exclusive", err)
			}
			runtime.Gosched()
		}
		_ = unix.Close(user) // the other end stays
		if user, err = unix.Open(p.Path(), unix.O_RDWR|unix.O_NOCTTY, 0); err != nil {
			t.Fatal(err)
		}
	}
	_ = unix.Close(user)
}

func TestPTYClosesWhileRead(t *testing.T) {
	p, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- sim.NewLine(9600).Run(ctx, p) }()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("want nil, got %v", err)
	}
	if out, err := exec.CommandContext(t.Context(), "ls", p.Path()).CombinedOutput(); err == nil {
		t.Errorf("the port is still there: %s", out)
	}
}
