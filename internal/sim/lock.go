package sim

import "time"

// latchTime is how long a coil that somebody else must switch off needs to move its latch: the shortest pulse that a
// public driver of relay boards allows (Open-Locker).
const latchTime = 100 * time.Millisecond

// lock is one lock and the door that it holds. Line.mu guards it.
type lock struct {
	board *board
	// shortedOpen is set where the contact is shorted while the lock is open.
	shortedOpen bool

	open     bool
	moved    time.Time // when it last did
	jammed   bool      // the latch does not move
	held     bool      // somebody leans against the door
	released bool      // the latch let go while the door was held
	filled   bool      // something is behind the door
	contact  Contact
	stuck    bool // what the contact says while it is stuck
	slow     time.Duration
	pulses   []time.Time
	on       time.Time     // since when the coil is energised; zero: it is not
	longest  time.Duration // that it was
}

// Contact is the trouble of a lock's contact. The zero Contact is a good one.
type Contact struct {
	Cut   bool // its wire: it is never shorted
	Stuck bool // it goes on saying what it said when it got stuck
	// Bounces is how often the contact returns to its previous state within the given time after its door moved.
	Bounces int
	Within  time.Duration
}

// energise pulses the lock for this long, or, on boards that must be told to end it, until they are told. It calls ended
// once the latch has moved, with Line.mu held, unless the pulse was cut short.
func (k *lock) energise(pulse time.Duration, ended func()) {
	b, now := k.board, time.Now()
	k.pulses = append(k.pulses, now)
	turn := len(k.pulses)
	if k.on.IsZero() {
		k.on = now
		b.Supply.draw(+1)
	}
	if b.fam.SwitchedOff {
		pulse = latchTime
	}
	time.AfterFunc(pulse, func() {
		b.line.mu.Lock()
		defer b.line.mu.Unlock()
		if k.on.IsZero() { // cut short
			return
		}
		if len(k.pulses) == turn { // not pulsed anew meanwhile
			if !b.fam.SwitchedOff {
				k.cool()
			}
			k.letGo()
		}
		ended()
	})
}

// leaveOn energises the coil until somebody switches it off, or its power goes.
func (k *lock) leaveOn() {
	k.pulses = append(k.pulses, time.Now())
	if k.on.IsZero() {
		k.on = time.Now()
		k.board.Supply.draw(+1)
	}
	k.letGo()
}

// cool ends a pulse.
func (k *lock) cool() {
	if !k.on.IsZero() {
		k.longest = max(k.longest, time.Since(k.on))
		k.on = time.Time{}
		k.board.Supply.draw(-1)
	}
}

// letGo releases the latch: the door springs open, at once or late.
func (k *lock) letGo() {
	if k.slow == 0 {
		k.spring()
		return
	}
	time.AfterFunc(k.slow, func() {
		k.board.line.mu.Lock()
		defer k.board.line.mu.Unlock()
		k.spring()
	})
}

func (k *lock) spring() {
	switch {
	case k.jammed:
	case k.held:
		k.released = true
	default:
		k.move(true)
	}
}

// move opens the door or shuts it.
func (k *lock) move(open bool) {
	if k.open != open {
		k.open, k.moved = open, time.Now()
	}
}

// shorted says whether the contact is shorted.
func (k *lock) shorted() bool {
	switch {
	case k.contact.Cut:
		return false
	case k.contact.Stuck:
		return k.stuck
	}
	return (k.open != k.fallenBack()) == k.shortedOpen
}

// fallenBack says whether a bouncing contact presently shows the state before its door moved: it starts with the real state,
// and falls back this many times, at equal distances.
func (k *lock) fallenBack() bool {
	since := time.Since(k.moved)
	if k.contact.Bounces == 0 || since >= k.contact.Within {
		return false
	}
	return since*time.Duration(2*k.contact.Bounces)/k.contact.Within%2 == 1
}
