package lockboard_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// visits plays couriers at one board of 24 locks at 9600 baud, in time that passes only while everybody waits: each round
// unlocks a door, has it spring open late, and pushes it shut. It gives how long each release waited for the line after its
// record, which took so long to be written, and how long it took until each opening and each closing was told. beside says that
// another door stands open all the while.
func visits(t *testing.T, rounds int, record time.Duration, beside bool) (waits, opened, closed []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		fam, _ := lockboard.FamilyNamed("8A")
		boards := []sim.Board{{Address: 1, Locks: 24}}
		b := plug(t, config(boards...), lockboard.NewSupply(1, 0), boards...)
		told := make(chan locker.LockSensed, 1)
		b.hears = func(in locker.Input) {
			if s, ok := in.(locker.LockSensed); ok && s.Lock.Channel < 24 {
				told <- s
			}
		}
		sent := make(chan time.Time, 1)
		b.clock(func(p []byte, at, _ time.Time) {
			if r, n := (lockboard.Family8A{}).DecodeRequest(p); n > 0 && r.Op == lockboard.Unlock {
				sent <- at
			}
		})
		stop := b.run()
		defer stop()
		dice := rand.New(rand.NewPCG(3, 4))
		upTo := func(d time.Duration) time.Duration { return time.Duration(dice.Int64N(int64(d))) }
		for range 23 {
			<-told
		}
		time.Sleep(20 * second)
		if beside {
			b.line.Force(1, 24)
		}
		for round := range rounds {
			channel := 1 + round%23
			time.Sleep(upTo(2 * second)) // the door before was shut not long ago
			if record > 0 {
				b.bus.Expect()
				time.Sleep(record)
			}
			slow := second + upTo(100*time.Millisecond)
			b.line.Slow(1, channel, slow)
			asked := time.Now()
			b.release("u", 1, channel, 2*second)
			waits = append(waits, (<-sent).Sub(asked))
			if s := <-told; s.Lock.Channel != channel || s.State != locker.Open {
				t.Fatalf("want lock %d told to be open, got %+v", channel, s)
			}
			opened = append(opened, time.Since(b.line.Pulses(1, channel)[round/23].Add(fam.Pulse+slow)))
			time.Sleep(upTo(3 * second))
			pushed := time.Now()
			b.line.Push(1, channel)
			if s := <-told; s.Lock.Channel != channel || s.State != locker.Closed {
				t.Fatalf("want lock %d told to be closed, got %+v", channel, s)
			}
			closed = append(closed, time.Since(pushed))
		}
	})
	for _, all := range [][]time.Duration{waits, opened, closed} {
		slices.Sort(all)
	}
	return waits, opened, closed
}

// An exchange is five bytes, what a board needs to begin, seven bytes, and a rest. A door that has moved is in the answer to
// the next query, and told once answers agree for 50 ms, which is three cycles later where nothing else is asked.
var (
	exchange8A = lineTime(9600, 5+7) + turnaround + frameRest(9600)
	toldWithin = exchange8A + 3*exchange8A + (exchange8A - lineTime(9600, 5))
)

// Nine of ten unlocks of a visit do not wait for the line, and none waits for more than an exchange. A door that moves is told
// as soon as on a line that does nothing but ask for it.
func TestALineInUseIsFree(t *testing.T) {
	t.Parallel()
	n := 400
	if testing.Short() {
		n = 100
	}
	waits, opened, closed := visits(t, n, 0, false)
	at := func(all []time.Duration, percent int) time.Duration { return all[len(all)*percent/100] }
	t.Logf("unlock %s %s %s, opened %s %s, closed %s %s", at(waits, 50), at(waits, 95), at(waits, 99),
		at(opened, 50), at(opened, 95), at(closed, 50), at(closed, 95))
	if at(waits, 90) > 0 {
		t.Errorf("want nine of ten unlocks to wait for nothing, got %s", at(waits, 90))
	}
	if most := 6 * time.Millisecond; at(waits, 95) > most {
		t.Errorf("want nineteen of twenty to wait for %s at most, got %s", most, at(waits, 95))
	}
	if worst := waits[len(waits)-1]; worst > exchange8A {
		t.Errorf("want no unlock to wait for more than an exchange (%s), got %s", exchange8A, worst)
	}
	for what, all := range map[string][]time.Duration{"opened": opened, "closed": closed} {
		if worst := all[len(all)-1]; worst > toldWithin {
			t.Errorf("want each door told to be %s within %s, got %s", what, toldWithin, worst)
		}
	}
}

// Beside a door that stands open a line is asked all the time, and an unlock waits for an exchange at the most; not at all,
// where writing its record takes as long as that.
func TestAReleaseThatIsExpectedFindsTheLineFree(t *testing.T) {
	t.Parallel()
	waits, _, closed := visits(t, 100, 0, true)
	if worst := waits[len(waits)-1]; worst > exchange8A {
		t.Errorf("not expected: want it to wait for an exchange at most (%s), got %s", exchange8A, worst)
	}
	if worst := closed[len(closed)-1]; worst > toldWithin {
		t.Errorf("want each door told to be closed within %s, got %s", toldWithin, worst)
	}
	for _, record := range []time.Duration{25 * time.Millisecond, 60 * time.Millisecond} {
		waits, _, _ = visits(t, 40, record, true)
		if worst := waits[len(waits)-1]; worst > time.Millisecond {
			t.Errorf("expected %s before: want it to wait for nothing, got %s", record, worst)
		}
	}
}

// A release that is expected and does not come holds the line up for a moment, however often that happens.
func TestAReleaseThatDoesNotComeHoldsNothingUp(t *testing.T) {
	t.Parallel()
	const most = 100 * time.Millisecond
	boards := []sim.Board{{Address: 1, Locks: 2}}
	story(t, boards, nil, func(b *bench) {
		time.Sleep(10 * second)
		b.line.Force(1, 1) // so that it is asked all the time
		time.Sleep(second)
		asked := func(d time.Duration) uint64 {
			before := b.bus.Gauges()[0].Asked
			time.Sleep(d)
			return b.bus.Gauges()[0].Asked - before
		}
		b.bus.Expect()
		time.Sleep(exchange8A + time.Millisecond) // the one that was under way
		if n := asked(most - exchange8A - 5*time.Millisecond); n != 0 {
			b.t.Errorf("want no query while a release is expected, got %d", n)
		}
		if n, want := asked(second), uint64(second/exchange8A)-3; n < want {
			b.t.Errorf("want %d queries in the second after, got %d", want, n)
		}
		before := b.bus.Gauges()[0].Asked
		for range 2000 { // somebody asks for what the journal cannot write
			b.bus.Expect()
			time.Sleep(5 * time.Millisecond)
		}
		if n, want := b.bus.Gauges()[0].Asked-before, uint64(10*second/(most+2*exchange8A)); n < want {
			b.t.Errorf("want each query held once and no more: %d in ten seconds, got %d", want, n)
		}
		if b.unlocks != 0 {
			b.t.Errorf("want nothing sent, got %d unlocks", b.unlocks)
		}
	})
}
