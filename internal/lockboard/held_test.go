package lockboard_test

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/sim"
)

// kernel is a line whose bytes arrive in the kernel, and reach us only when we are not held up.
type kernel struct {
	io.ReadWriteCloser
	held *hold

	came chan []byte // closed once the line broke
	err  error       // then

	mu      sync.Mutex
	arrived uint64
}

// hold says how we are held up.
type hold struct {
	mu   sync.Mutex
	read time.Duration // a Read returns so much later than its bytes arrived
	look time.Duration // we wake up so much later than we wanted
}

func (h *hold) up(read, look time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.read, h.look = read, look
}

func (h *hold) by() (read, look time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.read, h.look
}

func holdUp(b *bench) *hold {
	held := &hold{}
	b.wrap = func(rw io.ReadWriteCloser) io.ReadWriteCloser {
		k := &kernel{ReadWriteCloser: rw, held: held, came: make(chan []byte, 64)}
		go k.run()
		return k
	}
	return held
}

func (k *kernel) run() {
	defer close(k.came)
	buf := make([]byte, 64)
	for {
		n, err := k.ReadWriteCloser.Read(buf)
		if n > 0 {
			k.mu.Lock()
			k.arrived += uint64(n)
			k.mu.Unlock()
			k.came <- bytes.Clone(buf[:n])
		}
		if err != nil {
			k.err = err
			return
		}
	}
}

func (k *kernel) Read(p []byte) (int, error) {
	b, ok := <-k.came
	if !ok {
		return 0, k.err
	}
	if read, _ := k.held.by(); read > 0 {
		time.Sleep(read)
	}
	return copy(p, b), nil
}

func (k *kernel) Arrived() (uint64, error) {
	if _, look := k.held.by(); look > 0 {
		time.Sleep(look)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.arrived, nil
}

// An answer that lies in the kernel while this process is held up is neither silence nor the garbage of the next exchange.
func TestAnAnswerThatHasArrivedIsHeard(t *testing.T) {
	t.Parallel()
	for _, name := range lockboard.Families() {
		t.Run(name, func(t *testing.T) {
			fam, _ := lockboard.FamilyNamed(name)
			var held *hold
			board := sim.Board{Family: name, Address: fam.Lowest, Locks: 2}
			story(t, []sim.Board{board}, func(b *bench) { held = holdUp(b) }, func(b *bench) {
				time.Sleep(20 * second)
				b.take()
				held.up(450*time.Millisecond, 0)
				time.Sleep(2 * time.Minute)
				held.up(0, 0)
				time.Sleep(5 * second)
				if got := brief(b.take()); len(got) > 0 {
					b.t.Errorf("want nothing told, got %q", got)
				}
				if g := b.bus.Gauges()[0]; g.Garbled > 0 || g.Silent > 0 || g.Answered < 50 {
					b.t.Errorf("want every answer heard, got %+v", g)
				}
			})
		})
	}
}

// An exchange during which this process was held up counts for nobody: no line is shut by it, no board is lost and
// nothing is found.
func TestAnExchangeOfAHeldUpProcessCountsForNobody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		trouble sim.Trouble
	}{
		{"silence", sim.Trouble{Twist: func([]byte) []byte { return nil }}},
		{"half an answer", sim.Trouble{Twist: sim.Half}},
		{"half an answer, late", sim.Trouble{Twist: sim.Half, Late: 1, LateBy: 550 * time.Millisecond}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var held *hold
			story(t, one(sim.Board{ShortedOpen: true}), func(b *bench) { held = holdUp(b) }, func(b *bench) {
				b.after(4*second, "1/1 closed", "1/2 closed")
				trouble := func(late, lasts time.Duration) {
					held.up(0, late)
					b.line.Trouble(tt.trouble)
					time.Sleep(lasts)
					b.line.Trouble(sim.Trouble{})
					time.Sleep(2 * (300*time.Millisecond + late)) // the exchange under way is one of these, too
					held.up(0, 0)
					time.Sleep(1500 * time.Millisecond)
				}
				for range 40 { // now and then, between good exchanges
					trouble(200*time.Millisecond, 1500*time.Millisecond)
				}
				trouble(2*second, 12*second) // for longer than a board is lost after
				b.after(5 * second)
				time.AfterFunc(4*second, func() { b.release("u", 1, 1, 8*second) }) // nor is the line's echo forgotten
				trouble(200*time.Millisecond, 6*second)
				if got := brief(b.take()); len(got) != 2 || got[0][:13] != "u sent=true: " || got[1] != "1/1 open" {
					b.t.Errorf("want the unlock sent, got %q", got)
				}
				if g := b.bus.Gauges()[0]; g.Garbled > 0 || g.Silent > 0 || g.Damaged > 0 || g.Answered == g.Asked {
					b.t.Errorf("want some exchanges without an answer, and none of them counted, got %+v", g)
				}
			})
		})
	}
}

// Nor is a board lost because nobody asked it while the one who is told of it was held up.
func TestABoardIsNotLostByAHeldUpListener(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		stall := make(chan struct{})
		b.mu.Lock()
		b.stall = stall
		b.mu.Unlock()
		b.line.Force(1, 1)
		time.Sleep(20 * second)
		b.twist(func([]byte) []byte { return nil })
		b.mu.Lock()
		b.stall = nil
		b.mu.Unlock()
		close(stall)
		b.after(2*second, "1/1 open")
		b.line.Trouble(sim.Trouble{})
		b.after(5 * second)
	})
}

// Nor is a board overlooked by a survey.
func TestASurveyThatIsHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := sim.NewLine(9600, sim.Board{Address: 1, Locks: 2}, sim.Board{Address: 3, Locks: 2})
		near, far := sim.Pipe()
		ctx, unplug := context.WithCancel(t.Context())
		go func() { _ = line.Run(ctx, far) }()
		k := &kernel{ReadWriteCloser: near, held: &hold{}, came: make(chan []byte, 64)}
		k.held.up(200*time.Millisecond, 0)
		go k.run()
		found, err := lockboard.Survey(ctx, func(context.Context, int) (io.ReadWriteCloser, error) { return k, nil },
			lockboard.SurveyPlan{Families: []string{"8A"}, Highest: 5}, func(lockboard.SurveyProgress) {})
		if err != nil || len(found) != 2 || found[0].Address != 1 || found[1].Address != 3 {
			t.Errorf("want boards 1 and 3, got %+v, %v", found, err)
		}
		unplug()
		synctest.Wait()
	})
}

// What has arrived is counted from when a port was opened, whether it was read or not.
func TestPortCountsWhatHasArrived(t *testing.T) {
	t.Parallel()
	pty := newPTY(t)
	if _, err := pty.Write([]byte("old")); err != nil {
		t.Fatal(err)
	}
	port := openPort(t, pty.Path())
	awaitArrived(t, port, 0)
	for i, piece := range []string{"one", "two"} {
		if _, err := pty.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
		awaitArrived(t, port, uint64(3*(i+1)))
		if got := hear(t, port, 3); got != piece {
			t.Errorf("heard %q", got)
		}
		awaitArrived(t, port, uint64(3*(i+1)))
	}
}

// awaitArrived waits until a line says that so many bytes have come: the kernel hands them over by itself.
func awaitArrived(t *testing.T, line any, want uint64) {
	t.Helper()
	for {
		n, err := line.(interface{ Arrived() (uint64, error) }).Arrived()
		if err != nil || n > want {
			t.Fatalf("want %d bytes, got %d, %v", want, n, err)
		}
		if n == want {
			return
		}
		runtime.Gosched()
	}
}
