package locker

import (
	"slices"
	"time"
)

// Breaker guards against many doors being opened while nobody is at the cabinet, by whatever means.
type Breaker struct {
	Released []Released `json:"released,omitempty"`
	Tripped  bool       `json:"tripped,omitempty"`
}

func (b Breaker) clone() Breaker { b.Released = slices.Clip(b.Released); return b }

// restart counts from the beginning of a run.
func (b *Breaker) restart(up time.Duration) {
	b.Released = slices.Clone(b.Released)
	for i := range b.Released {
		b.Released[i].Up = up
	}
}

// Released is a door that was asked to open.
type Released struct {
	Door int           `json:"door"`
	Up   time.Duration `json:"up"` // when, in its run
}

// count is how many were released within a time.
func (b *Breaker) count(up, within time.Duration) int {
	n := 0
	for _, r := range b.Released {
		if up-r.Up < within {
			n++
		}
	}
	return n
}

// breakerWhy is the explanation for people who are elsewhere.
const breakerWhy = "too many doors were opened while nobody was seen at the cabinet: go there, and shut one of them by hand"

// watched says that the breaker counts an unlock. It does not count a technician with PIN and app's code, who stands before
// the cabinet; a courier's next door, which opens only once the previous one was shut by hand; "forgot something?", which is
// the same door once more; and, at the kiosk, doors without a contact, which can never be seen shut.
func (s *State) watched(number int, u UnlockRequested) bool {
	switch u.Why {
	case WhyOrder:
		return true
	case WhyTech:
		return u.Session == ""
	case WhyPickup, WhyToken:
		return !u.Again && !s.blind(number)
	case WhyDrop: // a sender's
		p := s.parcel(u.Parcel)
		return p != nil && p.Sender && !u.Again && !s.blind(number)
	case WhyReopen, WhyCancel, WhyRecall, WhyLook:
	}
	return false
}

// tripped says that the breaker blocks an unlock, and raises the alarm at the first one. Once it has tripped, nobody
// elsewhere can open a door until a person was seen at the cabinet; the kiosk resumes when its time is over.
func (d *decision) tripped(number int, u UnlockRequested) bool {
	if !d.s.watched(number, u) {
		return false
	}
	far := u.Why == WhyOrder || u.Why == WhyTech
	b := &d.s.Breaker
	if b.count(d.now.Up, d.s.plan.Times.Breaker) < d.s.plan.BreakerDoors && (!far || !b.Tripped) {
		return false
	}
	if !b.Tripped {
		d.emit(BreakerTripped{Door: number, Why: u.Why, Doors: d.s.plan.BreakerDoors})
	}
	return true
}

// hand resets the breaker because somebody is at the cabinet: a door was pushed shut, or a technician or a courier has
// signed in.
func (s *State) hand() {
	s.Breaker = Breaker{}
}

func (s *State) released(number int, up time.Duration) {
	kept := without(s.Breaker.Released, func(r Released) bool { return up-r.Up >= s.plan.Times.Breaker })
	s.Breaker.Released = append(kept, Released{Door: number, Up: up})
}

// BreakerTripped is an alarm: too many doors were to be opened while nobody was seen at the cabinet. Until somebody is,
// orders and `lockerd` commands open none.
type BreakerTripped struct {
	Door  int `json:"door"` // the one that was refused
	Why   Why `json:"why"`
	Doors int `json:"doors"` // how many had been opened before it
}

// Kind is "breaker.tripped".
func (BreakerTripped) Kind() string { return "breaker.tripped" }
