package sim_test

import (
	"testing"
	"time"

	"lockerd/internal/sim"
)

const (
	second = time.Second
	ms     = time.Millisecond
)

// Frames of family 8A.
const (
	unlock1, opened1, shut1  = "8A 01 01 11 9B", "8A 01 01 00 8A", "8A 01 01 11 9B"
	query1, isOpen1, isShut1 = "80 01 01 33 B3", "80 01 01 00 80", "80 01 01 11 91"
	query2, isOpen2, isShut2 = "80 01 02 33 B0", "80 01 02 00 83", "80 01 02 11 92"
)

func TestHands(t *testing.T) {
	plugged(t, 9600, []sim.Board{{Address: 1, Locks: 2, Reports: true}}, func(h *host) {
		h.line.Jam(1, 1, true)
		h.asks(unlock1, shut1)
		h.line.Jam(1, 1, false)
		h.line.Hold(1, 1, true)
		h.asks(unlock1, shut1)
		h.line.Hold(1, 1, false)
		if !h.line.IsOpen(1, 1) {
			h.t.Error("let go, and did not spring open")
		}
		h.line.Push(1, 1)
		h.hears("82 01 01 11 93")
		h.line.Slow(1, 1, second)
		h.asks(unlock1, shut1)
		h.quiet(second)
		if !h.line.IsOpen(1, 1) {
			h.t.Error("did not spring open late")
		}
		h.line.Force(1, 2)
		h.asks(query2, isOpen2)
		h.line.Power(1, false)
		h.line.Push(1, 2) // reports nothing
		h.line.Force(9, 9)
		h.line.Mute(9, true)
		h.quiet(second)
		h.line.Power(1, true)
		h.asks(query2, isShut2)
		if s := h.line.State(1, 1); s.Pulses != 3 || !s.Open || s.Longest != 300*ms || s.On != 0 {
			h.t.Errorf("state %+v", s)
		}
	})
}

func TestContacts(t *testing.T) {
	plugged(t, 9600, []sim.Board{{Address: 1, Locks: 2}}, func(h *host) {
		h.line.Contact(1, 1, sim.Contact{Cut: true})
		h.asks(query1, isOpen1)
		h.line.Contact(1, 1, sim.Contact{})
		h.asks(query1, isShut1)
		h.line.Contact(1, 1, sim.Contact{Stuck: true})
		h.asks(unlock1, shut1)
		h.asks(query1, isShut1)
		if !h.line.IsOpen(1, 1) {
			h.t.Error("a stuck contact kept the door shut")
		}
		h.line.Contact(1, 1, sim.Contact{})
		h.asks(query1, isOpen1)
	})
}

// A contact that bounces twice within 80 ms says for 20 ms each: the truth, what was, the truth, what was.
func TestBouncingContact(t *testing.T) {
	boards := []sim.Board{{Address: 1, Locks: 1, Turnaround: time.Nanosecond}}
	plugged(t, 0, boards, func(h *host) {
		h.line.Contact(1, 1, sim.Contact{Bounces: 2, Within: 80 * ms})
		h.asks(query1, isShut1) // it has not moved yet
		h.line.Force(1, 1)
		h.quiet(10 * ms)
		for _, want := range []string{isOpen1, isShut1, isOpen1, isShut1, isOpen1, isOpen1} {
			began := time.Now()
			h.asks(query1, want)
			h.quiet(20*ms - time.Since(began))
		}
	})
}

// A board that loses its power loses what it was about: its latch does not move and its answer does not come.
func TestPowerLostInAPulse(t *testing.T) {
	plugged(t, 9600, []sim.Board{{Address: 1, Locks: 1}}, func(h *host) {
		h.says(unlock1)
		h.quiet(150 * ms)
		h.line.Power(1, false)
		h.line.Power(1, true)
		h.quiet(second)
		if h.line.IsOpen(1, 1) {
			h.t.Error("the door opened")
		}
		h.asks(query1, isShut1)
	})
}

// A lock that is pulsed anew while it is pulsed is energised until the later pulse ends, and draws no more than once.
func TestPulsedAnew(t *testing.T) {
	supply := sim.NewSupply(1)
	plugged(t, 9600, []sim.Board{{Address: 1, Locks: 1, Supply: supply}}, func(h *host) {
		h.says(unlock1)
		h.quiet(200 * ms)
		h.says(unlock1)
		h.within(200 * ms) // the answer to the first
		if s := h.line.State(1, 1); s.Open || s.On < 390*ms {
			h.t.Errorf("between the ends of the two: %+v", s)
		}
		h.hears(opened1)
		if s := h.line.State(1, 1); s.Longest != 500*ms || s.On != 0 || supply.Breakdowns() != 0 {
			h.t.Errorf("in the end: %+v, %d breakdowns", s, supply.Breakdowns())
		}
	})
}

// Two locks at once are more than the supply can feed: all boards on it fall out for a second, and nothing opens. The
// board beside them has a supply of its own.
func TestBrownOut(t *testing.T) {
	weak := sim.NewSupply(1)
	boards := []sim.Board{
		{Address: 1, Locks: 2, Supply: weak}, {Address: 2, Locks: 1, Supply: weak}, {Address: 3, Locks: 1},
	}
	plugged(t, 9600, boards, func(h *host) {
		h.asks(unlock1, opened1)
		h.asks("8A 02 01 11 98", "8A 02 01 00 89") // one after the other is no trouble
		h.line.Push(1, 1)
		h.line.Push(2, 1)
		if n := weak.Breakdowns(); n != 0 {
			h.t.Errorf("%d breakdowns for no reason", n)
		}
		h.says(unlock1)
		h.quiet(100 * ms)
		h.says("8A 02 01 11 98")
		h.quiet(100 * ms)
		h.says(query2) // nobody hears
		h.asks("8A 03 01 11 99", "8A 03 01 00 88")
		if h.line.IsOpen(1, 1) || h.line.IsOpen(2, 1) || !h.line.IsOpen(3, 1) || weak.Breakdowns() != 1 {
			h.t.Errorf("after a brown-out: open %v %v %v, %d breakdowns",
				h.line.IsOpen(1, 1), h.line.IsOpen(2, 1), h.line.IsOpen(3, 1), weak.Breakdowns())
		}
		h.quiet(second)
		h.asks(unlock1, opened1)
	})
}

// A supply that feeds boards on two lines breaks down for both.
func TestBrownOutAcrossLines(t *testing.T) {
	weak := sim.NewSupply(1)
	plugged(t, 9600, []sim.Board{{Address: 1, Locks: 1, Supply: weak}}, func(h *host) {
		other := &host{t: h.t, line: sim.NewLine(9600, sim.Board{Address: 1, Locks: 1, Supply: weak})}
		ended := other.plug()
		h.says(unlock1)
		other.says(unlock1)
		h.quiet(second)
		other.quiet(0)
		if h.line.IsOpen(1, 1) || other.line.IsOpen(1, 1) || weak.Breakdowns() != 1 {
			h.t.Errorf("open %v %v, %d breakdowns", h.line.IsOpen(1, 1), other.line.IsOpen(1, 1), weak.Breakdowns())
		}
		_ = other.end.Close()
		if err := <-ended; err == nil {
			h.t.Error("Run on a line that was pulled: want an error")
		}
	})
}
