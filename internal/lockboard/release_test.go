package lockboard_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// What the contact says while the lock is energised is the pulse's doing.
func TestJammed(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.line.Jam(1, 1, true)
		b.release("u1", 1, 1, 2*second)
		b.after(8*second, "u1 sent=true: acknowledged")
		b.pulses(1, 1, 1)
	})
}

// What was heard before a pulse is no evidence of what came after it.
func TestEvidenceBeginsAfterThePulse(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.line.Jam(1, 1, true)
		released := time.Now()
		b.release("u1", 1, 1, 2*second)
		b.after(5*second, "u1 sent=true: acknowledged")
		b.bus.Recheck()
		time.Sleep(2 * second)
		for _, in := range b.take() {
			s, ok := in.(locker.LockSensed)
			if ok && (s.Lock == lockAt(1, 1)) != s.Evidence.First.After(released) {
				b.t.Errorf("released at %s: %+v", released, s)
			}
		}
	})
}

func TestFrozenDoorSpringsLate(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.line.Slow(1, 1, 5*second)
		b.release("u1", 1, 1, 2*second)
		b.after(5*second, "u1 sent=true: acknowledged")
		b.after(second, "1/1 open")
	})
}

// A board that pulses and never answers gets exactly one pulse.
func TestPulsesAndNeverAnswers(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.line.Mute(1, true)
		b.release("u1", 1, 1, 2*second)
		b.after(3*second, "u1 sent=true: no answer")
		b.after(time.Minute, "1 lost: no answer for 8s")
		b.pulses(1, 1, 1)
		b.line.Mute(1, false)
		b.after(5*second, "1 back", "1/1 open", "1/2 closed")
		b.after(time.Minute)
		b.pulses(1, 1, 1)
	})
}

func TestReleasePastItsDeadline(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.line.Mute(1, true)
		b.release("u1", 1, 1, 2*second)
		b.release("u2", 1, 2, 500*time.Millisecond) // u1 holds the line for longer
		b.after(3*second, "u1 sent=true: no answer", "u2 sent=false: past its deadline")
		b.pulses(1, 2, 0)
	})
}

// The deadline is looked at last of all: telling of u1 takes three seconds, and u2 may wait for two.
func TestReleasePastItsDeadlineAtTheLastMoment(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		stall := make(chan struct{})
		b.mu.Lock()
		b.stall = stall
		b.mu.Unlock()
		b.release("u1", 1, 1, 0)
		b.release("u2", 1, 2, 2*second)
		time.Sleep(3 * second)
		close(stall)
		b.after(second, "u1 sent=false: past its deadline", "u2 sent=false: past its deadline")
		b.pulses(1, 2, 0)
	})
}

func TestReleaseWhileTellingStalls(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		stall := make(chan struct{})
		b.mu.Lock()
		b.stall = stall
		b.mu.Unlock()
		b.line.Force(1, 2)
		time.Sleep(3 * second) // the bus is about to tell of it
		b.release("u1", 1, 1, 2*second)
		time.Sleep(3 * second)
		close(stall)
		b.after(second, "1/2 open", "u1 sent=false: past its deadline")
		b.pulses(1, 1, 0)
	})
}

func TestFullMailbox(t *testing.T) {
	t.Parallel()
	const handed, fits = 20, 16
	story(t, one(sim.Board{}), func(b *bench) {
		for i := range handed { // before anybody looks into it
			b.release(fmt.Sprintf("u%d", i), 1, 1+i%2, time.Minute)
		}
	}, func(b *bench) {
		time.Sleep(30 * second)
		sent, full := 0, 0
		for _, in := range b.take() {
			if r, ok := in.(locker.ReleaseEnded); ok && r.Sent {
				sent++
			} else if ok && r.Why == "too many releases are waiting" {
				full++
			}
		}
		if sent != fits || full != handed-fits {
			b.t.Errorf("want %d sent and %d refused, got %d and %d", fits, handed-fits, sent, full)
		}
		b.pulses(1, 1, fits/2)
		b.pulses(1, 2, fits/2)
		all := append(b.line.Pulses(1, 1), b.line.Pulses(1, 2)...)
		slices.SortFunc(all, time.Time.Compare)
		for i := range all[1:] {
			if gap := all[i+1].Sub(all[i]); gap < 400*time.Millisecond {
				b.t.Errorf("pulse %d: %s after the one before; the power supply needs 400 ms", i+1, gap)
			}
		}
	})
}

func TestNoSuchLock(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		other := locker.Lock{Bus: "other", Board: 1, Channel: 1}
		for _, l := range []locker.Lock{lockAt(1, 0), lockAt(1, 3), lockAt(2, 1), other} {
			b.bus.Release(locker.Release{Unlock: "u", Lock: l, Until: time.Now().Add(second)})
			b.after(second, "u sent=false: no such lock: "+l.String())
		}
		if b.unlocks != 0 {
			b.t.Errorf("want no unlock on the line, got %d", b.unlocks)
		}
	})
}

func TestLineBreaksWhileSending(t *testing.T) {
	t.Parallel()
	for bytes, want := range []string{
		"u1 sent=false: port gone: input/output error", "u1 sent=true: line broke while sending: input/output error",
	} {
		t.Run(fmt.Sprintf("after %d bytes", bytes), func(t *testing.T) {
			story(t, one(sim.Board{}), func(b *bench) { b.breaks = bytes }, func(b *bench) {
				b.after(4*second, "1/1 closed", "1/2 closed")
				b.release("u1", 1, 1, 10*second)
				b.after(10*second, want, "1 lost: port gone: input/output error", "1 back", "1/1 closed", "1/2 closed")
				b.pulses(1, 1, 0)
			})
		})
	}
}
