package locker

import (
	"slices"
	"time"
)

// SurveyEnded says which boards answered the search on all lines. From now on the contacts of locks without a door are
// reported electrically: LockSensed with Closed for a shorted contact, and Open for an open one.
type SurveyEnded struct {
	Found  []FoundBoard
	Failed string // for the technician: what could not be looked at, and why; empty if nothing
}

func (SurveyEnded) input() {}

// InstallFailed says that a setup, or the previous wiring, could not be put in force: nothing changes.
type InstallFailed struct{ Why string }

func (InstallFailed) input() {}

// Setup is a commissioning in progress: the cabinet as it will be once this is put in force. It begins as a copy of the plan
// and has no effect until then.
type Setup struct {
	Under bool `json:"under,omitempty"`
	// Saved says that it is being put in force: the next run shows whether that worked.
	Saved     bool   `json:"saved,omitempty"`
	Surveying bool   `json:"surveying,omitempty"` // boards are being looked for
	Failed    string `json:"failed,omitempty"`    // why looking for boards, or the saving, failed
	// Found are the boards that the newest search found. Only they, and the plan's, are driven; a new run forgets them.
	Found  []FoundBoard `json:"found,omitempty"`
	Column int          `json:"column,omitempty"` // doors are added to it
	Doors  []SetupDoor  `json:"doors,omitempty"`  // in the order of the picture
	Unused []Lock       `json:"unused,omitempty"` // nothing is wired to them
	// Seen is the state of the contacts of locks without a door.
	Seen []SeenContact `json:"seen,omitempty"`
	Hand SetupLock     `json:"hand,omitzero"`
	// Passed are locks left for later: they are offered again when the wiring is restarted.
	Passed []Lock `json:"passed,omitempty"`
}

func (n Setup) clone() Setup {
	n.Doors = slices.Clone(n.Doors) // a door of it changes in place
	n.Unused, n.Passed, n.Seen = slices.Clip(n.Unused), slices.Clip(n.Passed), slices.Clip(n.Seen)
	return n
}

// FoundBoard is a board that answered.
type FoundBoard struct {
	Bus      string `json:"bus"`
	Family   string `json:"family"`
	Board    int    `json:"board"` // its address
	Channels int    `json:"channels"`
	Baud     int    `json:"baud,omitempty"` // bits per second
}

func (f FoundBoard) on() Board { return Board{Bus: f.Bus, Board: f.Board} }

// SetupDoor is a door of a Setup.
type SetupDoor struct {
	Number int    `json:"door"`
	Size   string `json:"size"`
	Column int    `json:"column"`
	Low    bool   `json:"low,omitempty"`
	Zone   string `json:"zone,omitempty"`
	Lock   Lock   `json:"lock,omitzero"` // none: the door is not wired yet
	// ClosedWhen is the state of the closed lock's contact: ContactShorted or ContactOpen.
	ClosedWhen string `json:"closed_when,omitempty"`
	Blind      bool   `json:"blind,omitempty"` // its lock has no contact, by the technician's word
	Added      bool   `json:"added,omitempty"` // in this setup
	// Anew says that the door was wired in this setup, or is to be: its contact is not believed before the setup is in
	// force.
	Anew bool `json:"anew,omitempty"`
}

// Electrical states of a contact.
const (
	ContactShorted = "shorted"
	ContactOpen    = "open"
)

// SeenContact is the electrical state of a lock's contact.
type SeenContact struct {
	Lock    Lock   `json:"lock"`
	Contact string `json:"contact"`
}

// SetupLock is the lock being wired, and the result of opening it.
type SetupLock struct {
	Lock   Lock          `json:"lock,omitzero"`
	Unlock string        `json:"unlock,omitempty"` // under way
	At     time.Duration `json:"at,omitempty"`     // Up when it was asked for
	Tried  bool          `json:"tried,omitempty"`
	Before string        `json:"before,omitempty"` // what its contact was before the pulse; empty: not known
	// Moved says that its contact has changed since, for the first time during the unlock.
	Moved bool `json:"moved,omitempty"`
	Late  bool `json:"late,omitempty"` // it moved only after the unlock was over: perhaps at the closing
	Other Lock `json:"other,omitzero"` // another lock without a door whose contact moved since
}

// Ends of setups.
const (
	SetupInstalled = "installed"
	SetupDiscarded = "discarded"
	SetupUndoing   = "undone"
)

// setup is the plan as the start of a setup.
func (c *Config) setup() []SetupDoor {
	list := []SetupDoor{}
	for _, p := range c.Doors {
		d := SetupDoor{Number: p.Number, Size: p.Size, Column: p.Column, Low: p.Low, Zone: p.Zone, Lock: p.Lock, Blind: p.Blind}
		if !p.Blind {
			d.ClosedWhen = p.contact(Closed)
		}
		list = append(list, d)
	}
	return list
}

// contact is the electrical state of the contact of a door in a given state; empty if unknown.
func (p DoorPlan) contact(is DoorState) string {
	if is == Unknown {
		return ""
	}
	if (is == Closed) == (p.ClosedWhen != ContactOpen) {
		return ContactShorted
	}
	return ContactOpen
}

// anew says that a door of the plan is being rewired: nothing is believed of it, and nobody uses it.
func (s *State) anew(number int) bool {
	if !s.Setup.Under {
		return false
	}
	d := s.Setup.door(number)
	return d == nil || d.Anew
}

// changed says that a setup differs from the plan. Doors without a lock do not count.
func (s *State) changed() bool {
	var made []SetupDoor
	for _, d := range s.Setup.Doors {
		d.Added, d.Anew = false, false
		if d.Lock != (Lock{}) {
			made = append(made, d)
		}
	}
	return !slices.Equal(made, s.plan.setup())
}

// busy says that an unlock is in progress.
func (s *State) busy() bool {
	if s.Setup.Hand.Unlock != "" {
		return true
	}
	for turn := s.nextAwake(0); turn >= 0; turn = s.nextAwake(turn + 1) {
		if s.at(turn).Unlock.ID != "" {
			return true
		}
	}
	return false
}

// unwired says that there are doors without a lock.
func (n *Setup) unwired() bool {
	return slices.ContainsFunc(n.Doors, func(d SetupDoor) bool { return d.Lock == Lock{} })
}

// settled says that a lock needs no wiring, or not now.
func (n *Setup) settled(lock Lock) bool {
	return slices.Contains(n.Unused, lock) || slices.Contains(n.Passed, lock) ||
		slices.ContainsFunc(n.Doors, func(d SetupDoor) bool { return d.Lock == lock })
}

// saveable says that a setup can be put in force: it differs from the plan, its boards can be driven, no unlock is in
// progress, and no door is left out that holds something for somebody.
func (s *State) saveable() bool {
	if s.busy() || s.Setup.Surveying || !s.changed() {
		return false
	}
	wired := false
	for _, d := range s.Setup.Doors {
		switch none := d.Lock == (Lock{}); {
		case none && s.holdsParcel(d.Number):
			return false
		case none:
		case !s.has(d.Lock.on()) && !s.Setup.found(d.Lock.on()):
			return false // a run since then has forgotten it: it must be found again
		default:
			wired = true
		}
	}
	return wired
}

// wiredHere are the doors that were wired in this setup and hold no parcel: somebody can look into them.
func (s *State) wiredHere() []int {
	var list []int
	for _, d := range s.Setup.Doors {
		if d.Anew && d.Lock != (Lock{}) && !s.holdsParcel(d.Number) {
			list = append(list, d.Number)
		}
	}
	return list
}

func (n *Setup) found(b Board) bool {
	return slices.ContainsFunc(n.Found, func(f FoundBoard) bool { return f.on() == b })
}
