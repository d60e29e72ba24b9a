package locker

import (
	"slices"
	"time"
)

// State is all that is believed. It is the fold of the journal's records by Apply and nothing else; its JSON is the
// journal's snapshot.
type State struct {
	plan    *Config
	index   *index
	awake   set     // turns of the doors that do not rest; see door_awake.go
	faulty  set     // and of those that have a fault
	parcels parcels // see parcel_index.go
	moved   moved   // see screen_picture.go
	faced   []faced // doors handed out since the end of the newest Apply
	// draft is set in the copy that a decision is tried out on: it shares doors and parcels with the state, and copies
	// one before it changes.
	draft bool

	Epoch   string        `json:"epoch"`
	Seq     uint64        `json:"seq"`
	Up      time.Duration `json:"up"`    // the newest record's, in its run
	Known   bool          `json:"known"` // the clock was known at the newest record
	Version string        `json:"version,omitempty"`
	Timekeeping

	// Revision is the newest record that changed the question on the screen.
	Revision  uint64          `json:"revision"`
	Session   Session         `json:"session"`
	Typing    Typing          `json:"typing"`
	Scans     Typing          `json:"scans,omitzero"` // pickup codes held before a scanner are guarded as typed ones are
	TechPIN   Typing          `json:"tech_pin"`       // the technicians' keypad has a guard of its own
	Doors     []*Door         `json:"doors"`
	Parcels   []*Parcel       `json:"parcels"`
	Announced []Announcement  `json:"announced"`
	Spent     []Spent         `json:"spent"`
	Used      []UsedToken     `json:"used,omitempty"`
	Breaker   Breaker         `json:"breaker,omitzero"`
	Resent    []time.Duration `json:"resent,omitempty"` // Up of the newest times that a code was asked for once more
	Silent    []SilentBoard   `json:"silent"`
	Scanners  []string        `json:"scanners_gone"`
	Cameras   []string        `json:"cameras_gone"`
	Switches  []Switch        `json:"alarms"`
	Photos    []Photo         `json:"photos"`   // newest last
	Couriers  []Courier       `json:"couriers"` // put by the cloud; they outrank the configuration's
	Removed   []string        `json:"removed"`  // ids of couriers that the cloud has removed
	Orders    []Answered      `json:"orders"`   // newest last
	Unkept    Unkept          `json:"unkept,omitzero"`
	// Forgot says that orders may have been followed that a restored journal does not know; once the clock is known,
	// OrdersFrom is since when it does.
	Forgot     bool      `json:"forgot,omitempty"`
	OrdersFrom time.Time `json:"orders_from,omitzero"`
	// Gone is until when the latest of the orders and tokens would have counted that were forgotten because they had expired.
	Gone     time.Time      `json:"gone,omitzero"`
	Revoked  []RevokedToken `json:"revoked,omitempty"`
	Erasing  []Erasure      `json:"erasing,omitempty"` // under way
	Setup    Setup          `json:"setup,omitzero"`
	Sequence Sequence       `json:"sequence,omitzero"`
	Findings []Raised       `json:"findings,omitempty"`
	Sources  []Source       `json:"sources,omitempty"` // those that have used some of their budget

	// Technicians are those who have enrolled, and those who were invited to.
	Technicians []Enrolment `json:"technicians,omitempty"`
}

// NewState is the state before the first record: every door unknown, and none proven empty.
func NewState(plan *Config) *State {
	s := &State{}
	s.Adopt(plan)
	return s
}

// Adopt gives a state read from a snapshot the cabinet as it is built now. Doors that are no longer built keep what is
// known of them; new ones are not proven empty.
func (s *State) Adopt(plan *Config) {
	s.plan = plan
	s.index = newIndex(s)
	for _, p := range plan.Doors {
		if s.door(p.Number) == nil {
			s.Doors = append(s.Doors, newDoor(p.Number))
		}
	}
	s.index = newIndex(s)
	s.indexParcels()
	s.awake, s.faulty = nil, nil
	s.wakeAll()
	s.settle()
}

func (s *State) clone() *State {
	c := *s
	c.draft = true
	c.awake, c.faulty = slices.Clone(s.awake), slices.Clone(s.faulty)
	c.Doors = slices.Clone(s.Doors)
	c.Parcels = slices.Clone(s.Parcels)
	// To Spent a pickup appends. A draft does that in the room behind the state's list, which the state does not see; it is
	// over before the state appends to it.
	c.parcels.touched = nil
	c.parcels.drafted = slices.Clone(s.parcels.drafted)
	c.Silent = slices.Clone(s.Silent)
	c.Technicians = slices.Clone(s.Technicians)
	c.Scanners = slices.Clone(s.Scanners)
	c.Cameras = slices.Clone(s.Cameras)
	c.Switches = slices.Clone(s.Switches)
	c.Setup.Doors = slices.Clone(s.Setup.Doors)
	c.Setup.Unused, c.Setup.Passed = slices.Clip(s.Setup.Unused), slices.Clip(s.Setup.Passed)
	c.Setup.Seen = slices.Clip(s.Setup.Seen)
	c.Findings = slices.Clip(s.Findings)
	c.Session.Tests = slices.Clip(s.Session.Tests)
	// These grow long and change seldom: shared until appended to, and removed from only by copying.
	c.Announced = slices.Clip(s.Announced)
	c.Used = slices.Clip(s.Used)
	c.Breaker.Released = slices.Clip(s.Breaker.Released)
	c.Resent = slices.Clip(s.Resent)
	c.Session.Met, c.Session.Passed = slices.Clip(s.Session.Met), slices.Clip(s.Session.Passed)
	c.Orders = slices.Clip(s.Orders)
	c.Photos = slices.Clip(s.Photos)
	c.Couriers = slices.Clip(s.Couriers)
	c.Removed = slices.Clip(s.Removed)
	c.Revoked = slices.Clip(s.Revoked)
	c.Erasing = slices.Clip(s.Erasing)
	return &c
}
