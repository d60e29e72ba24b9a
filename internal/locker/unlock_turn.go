package locker

import (
	"slices"
	"time"
)

// Draw is what an unlock takes of the power supply that its lock hangs on. The zero Draw takes nothing: no unlock waits for it.
type Draw struct {
	Supply string // its name
	Pulses int    // that it carries at once
	// Takes is for how long the supply carries nothing else in the place of a pulse, its rest included; Most is the longest: the
	// board did not answer.
	Takes, Most time.Duration
}

// turn is how long an unlock that is asked for now waits until its supply carries it: those before it on the same supply go
// first. waits is what is to be expected, most what it takes if no board answers.
func (s *State) turn(number int, up time.Duration) (waits, most time.Duration) {
	own := s.built(number)
	if own == nil || own.Draw.Pulses < 1 {
		return 0, 0
	}
	var ends, latest []time.Duration // of those before it
	for turn := s.nextAwake(0); turn >= 0; turn = s.nextAwake(turn + 1) {
		d := s.at(turn)
		before := s.built(d.Number)
		if d.Unlock.ID == "" || before == nil || before.Draw.Supply != own.Draw.Supply {
			continue
		}
		ends = append(ends, d.Unlock.Asked+d.Unlock.Waits+before.Draw.Takes-up)
		latest = append(latest, max(d.Unlock.Asked, d.Unlock.At)+before.Draw.Most-up)
	}
	return room(ends, own.Draw.Pulses), room(latest, own.Draw.Pulses)
}

// room is when there is a place for one more beside so many, where those that have it end at the times given.
func room(ends []time.Duration, beside int) time.Duration {
	if len(ends) < beside {
		return 0
	}
	slices.Sort(ends)
	return max(0, ends[len(ends)-beside])
}

// within is how long a release may wait, the wait for its supply included: for the wire as long as ever, counted from its turn,
// but no longer than whoever it is for. An order counts until it expires, a person as long as their session. 0 or less: whoever
// asked may have gone.
func (d *decision) within(u UnlockRequested, most time.Duration) time.Duration {
	wire := d.s.plan.Times.Within - d.now.Age
	if wire <= 0 {
		return 0
	}
	own := wire + most
	if end, ok := d.s.sessionEnd(); ok && u.Session != "" && u.Session == d.s.Session.ID {
		own = end - d.now.Up
	}
	if !d.expires.IsZero() {
		return min(wire+most, d.expires.Sub(d.now.Wall))
	}
	return min(wire+most, max(wire, own))
}

// inVain says that the turn of an order to open a door would come when the order has expired.
func (s *State) inVain(o Order, now Now) bool {
	waits, _ := s.turn(o.Unlock.Door, now.Up)
	return waits > 0 && !now.Wall.Add(waits).Before(o.Expires)
}
