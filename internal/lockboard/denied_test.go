package lockboard_test

import (
	"bytes"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// ignorant has a WKLY board say that it does not know how one of its locks is.
func ignorant(channel byte) func([]byte) []byte {
	return func(f []byte) []byte {
		const command, lock, states = 6, 8, 9
		f = slices.Clone(f)
		switch {
		case f[command] == 0x84:
			f[states+int(channel)-1] = 0xFF
		case f[command] == 0x83 && f[lock] == channel:
			f[states] = 0xFF
		}
		f[len(f)-1] = 0
		for _, v := range f[:len(f)-1] {
			f[len(f)-1] ^= v
		}
		return f
	}
}

// One lock whose state the board does not know hides that lock alone.
func TestALockThatTheBoardDoesNotKnow(t *testing.T) {
	t.Parallel()
	story(t, []sim.Board{{Family: "WKLY", Address: 1, Locks: 4}}, func(b *bench) { b.twist(ignorant(2)) }, func(b *bench) {
		b.after(10*second, "1/1 closed", "1/3 closed", "1/4 closed")
		before := b.bus.Gauges()[0].Asked
		b.after(60 * second)
		if n := b.bus.Gauges()[0].Asked - before; n < 210 || n > 241 {
			b.t.Errorf("want each of four locks asked once a second, got %d queries in a minute", n)
		}
		b.release("u1", 1, 3, 2*second)
		b.after(3*second, "u1 sent=true: acknowledged", "1/3 open")
		b.line.Trouble(sim.Trouble{})
		b.after(2*second, "1/2 closed")
		b.line.Push(1, 3)
		b.after(15*time.Minute, "1/3 closed")
		before = b.bus.Gauges()[0].Asked
		b.after(60 * second)
		if n := b.bus.Gauges()[0].Asked - before; n < 50 || n > 61 {
			b.t.Errorf("want all locks asked at once again, got %d queries in a minute", n)
		}
	})
}

// What was told of a lock no longer holds once the board says, as often as makes a state, that it does not know.
func TestALockThatTheBoardKnowsNoLonger(t *testing.T) {
	t.Parallel()
	story(t, []sim.Board{{Family: "WKLY", Address: 1, Locks: 2}}, nil, func(b *bench) {
		b.after(5*second, "1/1 closed", "1/2 closed")
		since := time.Now()
		b.twist(ignorant(2))
		time.Sleep(10 * second)
		told := b.take()
		if len(told) != 1 {
			b.t.Fatalf("want lock 2 told unknown and no more, got %q", brief(told))
		}
		e := told[0].(locker.LockSensed)
		if e.State != locker.Unknown || e.Lock.Channel != 2 || e.Evidence.Answers < 2 || e.Evidence.First.Before(since) {
			b.t.Errorf("got %+v", e)
		}
		b.after(time.Hour) // once
		b.line.Trouble(sim.Trouble{})
		b.after(3*second, "1/2 closed")
	})
}

// One such answer says nothing, however often it comes between others: it may have been damaged.
func TestASingleDenialSaysNothing(t *testing.T) {
	t.Parallel()
	for family, denial := range map[string]func([]byte) []byte{
		"WKLY":     ignorant(2),
		"KERONG-8": func([]byte) []byte { return bytes.Clone(failedKerong8) },
	} {
		story(t, []sim.Board{{Family: family, Address: 1, Locks: 2}}, nil, func(b *bench) {
			b.after(5*second, "1/1 closed", "1/2 closed")
			n := 0
			b.twist(func(f []byte) []byte {
				if n++; n%5 == 0 {
					return denial(f)
				}
				return f
			})
			b.after(time.Minute)
		})
	}
}

// failedKerong8 is board 1's word that it could not say how its locks are.
var failedKerong8 = []byte{0x02, 0x01, 0x00, 0x80, 0x11, 0x00, 0x03, 0x97}

// Boards that are asked for all at once alone may say that they do not know: Modbus has an exception for it.
func TestABoardThatKnowsNothingAnyMore(t *testing.T) {
	t.Parallel()
	story(t, []sim.Board{{Family: "KERONG-8", Address: 1, Locks: 2}}, nil, func(b *bench) {
		b.after(5*second, "1/1 closed", "1/2 closed")
		b.twist(func([]byte) []byte { return bytes.Clone(failedKerong8) })
		b.after(5*second, "1/1 unknown", "1/2 unknown", "1 refuses=true")
		before := b.bus.Gauges()[0].Asked
		b.after(60 * second)
		if n := b.bus.Gauges()[0].Asked - before; n < 50 || n > 61 {
			b.t.Errorf("want it asked calmly, got %d queries in a minute", n)
		}
		b.line.Trouble(sim.Trouble{})
		b.after(3*second, "1/1 closed", "1/2 closed")
	})
}

// In this family a query for all is two flipped bits away from "open all": after the first damaged answer its boards
// are asked lock by lock, and as seldom as before, until the line was good for a while.
func TestAskedLockByLockAfterDamage(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Family: "WKLY", Address: 1, Locks: 4}}
	story(t, boards, nil, func(b *bench) {
		b.after(10*second, "1/1 closed", "1/2 closed", "1/3 closed", "1/4 closed")
		var asked [256]atomic.Int64 // by command
		b.line.Watch(func(p sim.Passed) {
			if p.FromHost {
				asked[p.Bytes[6]].Add(1)
			}
		})
		count := func() (all, single int64) { return asked[0x84].Swap(0), asked[0x83].Swap(0) }
		b.after(30 * second)
		if all, single := count(); all < 28 || single > 0 {
			b.t.Errorf("a good line: want it asked for all, got %d such queries and %d of one lock", all, single)
		}
		b.twist(func(f []byte) []byte { return append(f[:len(f)-1], f[len(f)-1]^1) })
		time.Sleep(1500 * time.Millisecond)
		b.line.Trouble(sim.Trouble{})
		count()
		b.after(40 * second)
		if all, single := count(); all > 0 || single < 38 || single > 42 {
			b.t.Errorf("after a damaged answer: want a query of one lock each second, got %d, and %d for all", single, all)
		}
		b.after(time.Minute)
		if all, _ := count(); all < 20 {
			b.t.Errorf("want it asked for all again after 64 good answers, got %d such queries", all)
		}
	})
}
