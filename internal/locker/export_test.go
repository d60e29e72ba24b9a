package locker

import (
	"fmt"
	"maps"
)

// CheckIndexes holds what is kept to find things quickly against the state that it was made of.
func (s *State) CheckIndexes() error {
	for turn := range s.Doors {
		if d := s.at(turn); s.awake.has(turn) == s.asleep(d) {
			return fmt.Errorf("door %d is awake: %v, but asleep: %v: %+v", d.Number, s.awake.has(turn), s.asleep(d), *d)
		}
	}
	for turn, p := range s.plan.Doors {
		if s.at(turn).Number != p.Number {
			return fmt.Errorf("turn %d is that of door %d, not of door %d", turn, s.at(turn).Number, p.Number)
		}
	}
	for turn := range s.Doors {
		if d := s.at(turn); s.faulty.has(turn) != d.faulty() {
			return fmt.Errorf("door %d has a fault: %v: %+v", d.Number, s.faulty.has(turn), *d)
		}
	}
	was := s.parcelIndex
	if len(was.byID) != len(s.Parcels) || len(was.drafted)+len(was.touched) > 0 {
		return fmt.Errorf("%d of %d parcels are found; left: %v %v", len(was.byID), len(s.Parcels), was.drafted, was.touched)
	}
	fresh := &State{plan: s.plan}
	fresh.Parcels, fresh.Session = s.Parcels, s.Session
	fresh.indexParcels()
	if fresh.soonest != was.soonest || !maps.Equal(fresh.byID, was.byID) || fresh.session != was.session ||
		fresh.odd != was.odd || fresh.lying != was.lying {
		return fmt.Errorf("the parcels are %+v, not %+v", fresh.parcelIndex, was)
	}
	return nil
}

// Draft is a copy of the state in which events have happened.
func (s *State) Draft(now Now, events []Event) *State {
	d := &decision{s: s, now: now}
	for _, e := range events {
		d.emit(e)
	}
	return d.s
}

// Offered is a door as the choice sees it, Wish what is looked for.
type (
	Offered struct {
		Number        int
		Taken, Booked bool
		Size          int
		Low           bool
		Zone          string
		Proof         Proof
		Failed        int
		Apart         int
		Pulses        int
	}
	Wish struct {
		Size  int
		Suits func(door, parcel int) bool
		Low   bool
		Zone  string
		Keep  []int
		Kept  bool
	}
)

// Fits and SameSize are how a door's size may be to a parcel's.
var Fits, SameSize = fits, sameSize

// Choose orders doors for a wish.
func Choose(doors []Offered, w Wish) []int {
	var list []offered
	for _, o := range doors {
		list = append(list, offered{number: o.Number, ready: !o.Taken, booked: o.Booked, size: o.Size, low: o.Low, zone: o.Zone,
			proof: o.Proof.rank(), failed: o.Failed, apart: o.Apart, pulses: o.Pulses})
	}
	return choose(list, wish{size: w.Size, suits: w.Suits, low: w.Low, zone: w.Zone, keep: w.Keep, kept: w.Kept})
}
