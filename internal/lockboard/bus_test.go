package lockboard_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

func TestDoorOpensAndCloses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		board sim.Board
	}{
		{"shorted when closed", sim.Board{}},
		{"shorted when open", sim.Board{ShortedOpen: true}},
		{"one lock the other way round", sim.Board{Inverted: []int{1}}},
		{"no query for all", sim.Board{StateBytes: -1}},
		{"four bytes of state", sim.Board{StateBytes: 4}},
		{"reports", sim.Board{Reports: true}},
	}
	for _, tt := range tests {
		for _, echo := range []float64{0, 1} {
			t.Run(fmt.Sprintf("%s, echo %v", tt.name, echo), func(t *testing.T) {
				story(t, one(tt.board), func(b *bench) { b.line.Trouble(sim.Trouble{Echo: echo}) }, func(b *bench) {
					b.after(4*second, "1/1 closed", "1/2 closed")
					b.release("u1", 1, 1, 2*second)
					b.after(1*second, "u1 sent=true: acknowledged", "1/1 open")
					b.after(30 * second)
					b.line.Push(1, 1)
					b.after(1*second, "1/1 closed")
					b.pulses(1, 1, 1)
					b.pulses(1, 2, 0)
				})
			})
		}
	}
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		time.Sleep(4 * second)
		b.take()
		pushed := time.Now()
		b.line.Force(1, 2)
		time.Sleep(2 * second)
		told := b.take()
		if len(told) != 1 {
			b.t.Fatalf("want one input, got %v", told)
		}
		s := told[0].(locker.LockSensed)
		e := s.Evidence
		if s.State != locker.Open || e.Contact != "latch" || e.Answers < 2 || e.First.Before(pushed) ||
			e.Last.Sub(e.First) < 50*time.Millisecond {
			b.t.Errorf("state %s, evidence %+v", s.State, e)
		}
	})
}

// What a contact is electrically is told too, however it is wired.
func TestContactAsItIs(t *testing.T) {
	t.Parallel()
	boards := one(sim.Board{Inverted: []int{2}})
	story(t, boards, nil, func(b *bench) {
		time.Sleep(4 * second)
		for _, in := range b.take() {
			s := in.(locker.LockSensed)
			want := map[int]string{1: locker.ContactShorted, 2: locker.ContactOpen}[s.Lock.Channel]
			if s.State != locker.Closed || s.Contact != want {
				b.t.Errorf("want closed and %s, got %+v", want, s)
			}
		}
	})
}

func TestLostAndBack(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Address: 1, Locks: 1}, {Address: 2, Locks: 1}}
	story(t, boards, func(b *bench) { b.line.Power(2, false) }, func(b *bench) {
		b.after(7*second, "1/1 closed")
		b.after(3*second, "2 lost: no answer for 8s")
		b.after(time.Hour)
		b.line.Power(2, true)
		b.after(5*second, "2 back", "2/1 closed")
		b.line.Power(2, false)
		b.after(4 * second)
		b.line.Power(2, true) // not long enough to be lost
		b.after(time.Minute)
		if g := b.bus.Gauges(); g[0].Silent != 0 || g[1].Silent == 0 || g[1].Answered == 0 || g[1].Lost {
			b.t.Errorf("gauges: %+v", g)
		}
	})
}

func TestPortGoneAndBack(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.mu.Lock()
		b.refuse = errors.New("no such device")
		b.mu.Unlock()
		b.unplug()
		b.after(second, "1 lost: port gone: EOF")
		b.release("u1", 1, 1, 2*second)
		b.after(time.Second)
		b.after(1500*time.Millisecond, "u1 sent=false: past its deadline")
		b.release("u2", 1, 1, 20*second)
		b.mu.Lock()
		b.refuse = nil
		b.mu.Unlock()
		b.after(8*second, "u2 sent=true: acknowledged", "1 back", "1/1 open", "1/2 closed")
		b.pulses(1, 1, 1)
	})
}

func TestPortMissingAtStart(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), func(b *bench) { b.refuse = errors.New("no such device") }, func(b *bench) {
		b.after(time.Minute, "1 lost: port gone: no such device")
	})
}

func TestRecheck(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Address: 1, Locks: 1}, {Address: 2, Locks: 1}}
	story(t, boards, func(b *bench) { b.line.Power(2, false) }, func(b *bench) {
		b.after(10*second, "1/1 closed", "2 lost: no answer for 8s")
		b.bus.Recheck()
		b.after(second, "1 back", "2 lost: no answer for 8s", "1/1 closed")
	})
}

// Idle boards are asked calmly, boards in use at once after the answer, and none is forgotten.
func TestPace(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Address: 1, Locks: 12}, {Address: 2, Locks: 12}}
	story(t, boards, nil, func(b *bench) {
		time.Sleep(30 * second)
		before := b.bus.Gauges()
		time.Sleep(60 * second)
		calm := b.bus.Gauges()
		for i := range calm {
			if n := calm[i].Asked - before[i].Asked; n < 50 || n > 61 {
				b.t.Errorf("board %d, idle: want about one query a second, got %d in a minute", calm[i].Board, n)
			}
		}
		b.release("u1", 1, 1, 2*second)
		time.Sleep(2 * second)
		before = b.bus.Gauges()
		time.Sleep(60 * second)
		used := b.bus.Gauges()
		if n := used[0].Asked - before[0].Asked; n < 2600 {
			b.t.Errorf("board in use: want it asked some 45 times a second, got %d in a minute", n)
		}
		if n := used[1].Asked - before[1].Asked; n < 50 || n > 61 {
			b.t.Errorf("board not in use: want about one query a second, got %d in a minute", n)
		}
	})
}

func TestTellErrorEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broke := errors.New("nobody listens")
		cfg := config(sim.Board{Address: 1, Locks: 1})
		bus := lockboard.New(cfg, lockboard.NewSupply(1, 100*time.Millisecond),
			func(context.Context) (io.ReadWriteCloser, error) { return nil, errors.New("no such device") },
			func(context.Context, locker.Input) error { return broke }, slog.New(slog.DiscardHandler))
		if err := bus.Run(t.Context()); !errors.Is(err, broke) {
			t.Errorf("want %v, got %v", broke, err)
		}
	})
}

// A port that flaps is back as soon as it makes contact, however often it has gone: each time that it worked, the pause
// begins anew.
func TestAPortThatFlaps(t *testing.T) {
	t.Parallel()
	for _, up := range []time.Duration{300 * time.Millisecond, 2 * second, 3 * second} {
		t.Run(up.String(), func(t *testing.T) {
			opened := 0
			story(t, one(sim.Board{}), func(b *bench) {
				b.wrap = func(rw io.ReadWriteCloser) io.ReadWriteCloser {
					opened++
					time.AfterFunc(up, b.unplug)
					return rw
				}
			}, func(b *bench) {
				time.Sleep(2 * time.Minute)
				b.mu.Lock()
				defer b.mu.Unlock()
				if least := int(2 * time.Minute / (up + 250*time.Millisecond)); opened < least {
					b.t.Errorf("want it opened %d times in two minutes, got %d", least, opened)
				}
			})
		})
	}
}
