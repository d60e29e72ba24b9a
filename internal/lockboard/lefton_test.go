package lockboard_test

import (
	"sync/atomic"
	"testing"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/sim"
)

// leftOn are boards whose relays are switched off once at the start.
var leftOn = []string{"MODBUS-WAVESHARE", "MODBUS-LCTECH"}

// toldOff counts what is told to be off on a line.
func (b *bench) toldOff(family string) *atomic.Int64 {
	fam, _ := lockboard.FamilyNamed(family)
	n := &atomic.Int64{}
	b.line.Watch(func(p sim.Passed) {
		if r, size := fam.Peer.DecodeRequest(p.Bytes); p.FromHost && size > 0 && r.Op == lockboard.Off {
			n.Add(1)
		}
	})
	return n
}

// What somebody left on is switched off at the start, each lock once, before any unlock; and never again.
func TestWhatWasLeftOnIsSwitchedOff(t *testing.T) {
	t.Parallel()
	for _, family := range leftOn {
		t.Run(family, func(t *testing.T) {
			var offs *atomic.Int64
			boards := []sim.Board{{Family: family, Address: 1, Locks: 4}}
			story(t, boards, func(b *bench) {
				offs = b.toldOff(family)
				b.line.LeaveOn(1, 3)
				b.release("u1", 1, 2, 2*second) // at once
			}, func(b *bench) {
				time.Sleep(2 * second)
				if n := offs.Load(); n != 4 {
					b.t.Errorf("want each of four locks told to be off once, got %d", n)
				}
				b.burnt(1, 4, 2*second)
				b.pulses(1, 2, 1)
				if pulse := b.line.State(1, 2).Longest; pulse != 400*time.Millisecond {
					b.t.Errorf("want the pulse whole, it took %s", pulse)
				}
				b.release("u2", 1, 3, 2*second)
				time.Sleep(time.Minute)
				b.unplug() // the port is gone and back
				time.Sleep(time.Minute)
				if n := offs.Load(); n != 4 {
					b.t.Errorf("want nothing told to be off again, got %d", n)
				}
				b.pulses(1, 3, 2) // one of them was somebody else's
			})
		})
	}
}

// A board that is away at the start is told when it is there; its neighbours do not wait for that.
func TestWhatWasLeftOnByABoardThatIsAway(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Family: "MODBUS-WAVESHARE", Address: 1, Locks: 8}, {Family: "MODBUS-WAVESHARE", Address: 2, Locks: 2}}
	story(t, boards, func(b *bench) { b.line.Power(1, false) }, func(b *bench) {
		b.release("u1", 2, 1, 2*second)
		time.Sleep(2 * second)
		b.pulses(2, 1, 1)
		offs := b.toldOff("MODBUS-WAVESHARE")
		time.Sleep(20 * second)
		offs.Store(0)
		time.Sleep(time.Minute)
		if n := offs.Load(); n > 0 {
			b.t.Errorf("want nothing said to a lost board but queries, got %d", n)
		}
		b.line.Power(1, true)
		b.line.LeaveOn(1, 8)
		time.Sleep(10 * second)
		b.burnt(1, 8, 10*second)
		if n := offs.Load(); n != 8 {
			b.t.Errorf("want each of eight locks told to be off once, got %d", n)
		}
	})
}

// "Off" that nobody acknowledged is said again, but not into the pulse of an unlock.
func TestOffGoesIntoNoPulse(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Family: "MODBUS-WAVESHARE", Address: 1, Locks: 1}}
	story(t, boards, func(b *bench) {
		fam, _ := lockboard.FamilyNamed("MODBUS-WAVESHARE")
		b.twist(func(f []byte) []byte {
			if r, n := fam.Peer.DecodeRequest(f); n > 0 && r.Op == lockboard.Off {
				return nil // its answer, which is the same as the request
			}
			return f
		})
	}, func(b *bench) {
		time.Sleep(5 * second)
		for range 5 {
			b.release("u", 1, 1, 2*second)
			time.Sleep(1300 * time.Millisecond)
			if s := b.line.State(1, 1); s.Longest != 400*time.Millisecond {
				b.t.Errorf("want pulses of 400 ms, got %s", s.Longest)
			}
		}
		b.pulses(1, 1, 5)
	})
}
