// Package sim is a cabinet without metal: it answers true frames on any line, has hands (push a door shut, jam it, mute
// a board) and eyes (how often a lock was pulsed). It owns the simulated boards and doors; nothing that runs in a
// cabinet knows of it.
package sim

import (
	"slices"
	"time"
)

// Board is how a simulated board is built, and how its locks are wired. Its zero durations and lengths mean the usual.
type Board struct {
	Address int
	Locks   int
	// ShortedOpen is set where the contacts are shorted while the locks are open, and not while they are closed;
	// Inverted are the channels wired the other way round.
	ShortedOpen bool
	Inverted    []int
	// Pulse is how long a lock is energised: 300 ms as it comes from the factory.
	Pulse time.Duration
	// Turnaround is how long the board takes to begin an answer: 5 ms.
	Turnaround time.Duration
	// StateBytes are in its answer to a query for all: three, even on boards of eight locks. Below zero: it lacks that
	// query.
	StateBytes int
	// Reports is set where it says by itself that a door was closed.
	Reports bool
}

func (b Board) withDefaults() Board {
	if b.Pulse == 0 {
		b.Pulse = 300 * time.Millisecond
	}
	if b.Turnaround == 0 {
		b.Turnaround = 5 * time.Millisecond
	}
	if b.StateBytes == 0 {
		b.StateBytes = max(3, (b.Locks+7)/8)
	}
	return b
}

// lock is one lock and the door that it holds.
type lock struct {
	open     bool
	jammed   bool // the latch does not move
	held     bool // somebody leans against the door
	released bool // the latch let go while the door was held
	cut      bool // the contact's wire
	slow     time.Duration
	pulses   []time.Time
}

// spring is the door's spring after the latch has let go.
func (k *lock) spring() {
	switch {
	case k.jammed:
	case k.held:
		k.released = true
	default:
		k.open = true
	}
}

// board is a board at work. Line.mu guards it.
type board struct {
	Board
	locks []lock // by channel-1
	mute  bool   // hears and acts, says nothing
	dead  bool   // has no power
}

// shorted says whether a channel's contact is shorted.
func (b *board) shorted(channel int) bool {
	k := &b.locks[channel-1]
	if k.cut {
		return false
	}
	return k.open == (b.ShortedOpen != slices.Contains(b.Inverted, channel))
}

func (b *board) allShorted() (bits uint64) {
	for channel := 1; channel <= b.Locks; channel++ {
		if b.shorted(channel) {
			bits |= 1 << (channel - 1)
		}
	}
	return bits
}
