package locker

import (
	"slices"
	"time"
)

// SurveyEnded says which boards answered when they were looked for, on all lines. From now on the contacts of locks
// that hold no door are told as they are: LockSensed with Closed for a shorted contact, and Open for one that is not.
type SurveyEnded struct {
	Found  []FoundBoard
	Failed string // for the technician: what could not be looked at, and why; empty if nothing
}

func (SurveyEnded) input() {}

// InstallFailed says that a setup could not be put in force, or the wiring before could not: all stays as it is.
type InstallFailed struct{ Why string }

func (InstallFailed) input() {}

// Setup is a commissioning under way: the cabinet as it will be once this is put in force. It begins as a copy of the
// plan and changes nothing that is in force until then.
type Setup struct {
	Under bool `json:"under,omitempty"`
	// Saved says that it is being put in force: the next run shows whether it was.
	Saved     bool   `json:"saved,omitempty"`
	Surveying bool   `json:"surveying,omitempty"` // boards are being looked for
	Failed    string `json:"failed,omitempty"`    // why looking for boards, or the saving, failed
	// Found are the boards that the newest search found. Only they, and the plan's, are driven; a new run forgets them.
	Found  []FoundBoard `json:"found,omitempty"`
	Column int          `json:"column,omitempty"` // doors are added to it
	Doors  []SetupDoor  `json:"doors,omitempty"`  // in the order of the picture
	Unused []Lock       `json:"unused,omitempty"` // nothing is wired to them
	// Seen is what the contacts of locks that hold no door say.
	Seen []SeenContact `json:"seen,omitempty"`
	Hand SetupLock     `json:"hand,omitzero"`
	// Passed are locks left for later: they come to hand again when the wiring is begun anew.
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
	Lock   Lock   `json:"lock,omitzero"` // none: the door is not wired yet
	// ClosedWhen is what the contact of the closed lock is: ContactShorted or ContactOpen.
	ClosedWhen string `json:"closed_when,omitempty"`
	Blind      bool   `json:"blind,omitempty"` // its lock has no contact, by the technician's word
	Added      bool   `json:"added,omitempty"` // in this setup
	// Anew says that the door was wired in this setup, or is to be: what a contact says is not believed of it before
	// this is in force.
	Anew bool `json:"anew,omitempty"`
}

// What a contact is, electrically.
const (
	ContactShorted = "shorted"
	ContactOpen    = "open"
)

// SeenContact is what the contact of a lock is, electrically.
type SeenContact struct {
	Lock    Lock   `json:"lock"`
	Contact string `json:"contact"`
}

// SetupLock is the lock at hand, and what came of opening it.
type SetupLock struct {
	Lock   Lock          `json:"lock,omitzero"`
	Unlock string        `json:"unlock,omitempty"` // under way
	At     time.Duration `json:"at,omitempty"`     // Up when it was asked for
	Tried  bool          `json:"tried,omitempty"`
	Before string        `json:"before,omitempty"` // what its contact was before the pulse; empty: not known
	// Moved says that its contact has been otherwise since, and was so first while the unlock was under way.
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

// setup is the plan as a setup begins with it.
func (c *Config) setup() []SetupDoor {
	list := []SetupDoor{}
	for _, p := range c.Doors {
		d := SetupDoor{Number: p.Number, Size: p.Size, Column: p.Column, Low: p.Low, Lock: p.Lock, Blind: p.Blind}
		if !p.Blind {
			d.ClosedWhen = p.contact(Closed)
		}
		list = append(list, d)
	}
	return list
}

// contact is what the contact of a door in a state is, electrically; empty where nobody knows.
func (p DoorPlan) contact(is DoorState) string {
	if is == Unknown {
		return ""
	}
	if (is == Closed) == (p.ClosedWhen != ContactOpen) {
		return ContactShorted
	}
	return ContactOpen
}

// anew says that a door of the plan is being wired anew: nothing is believed of it, and it is used by nobody.
func (s *State) anew(number int) bool {
	if !s.Setup.Under {
		return false
	}
	d := s.Setup.door(number)
	return d == nil || d.Anew
}

// changed says that a setup makes something else than the plan. Doors without a lock make nothing.
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

// busy says that an unlock is under way.
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

// settled says that nothing is to be found out about a lock, or not now.
func (n *Setup) settled(lock Lock) bool {
	return slices.Contains(n.Unused, lock) || slices.Contains(n.Passed, lock) ||
		slices.ContainsFunc(n.Doors, func(d SetupDoor) bool { return d.Lock == lock })
}

// saveable says that a setup can be put in force: there is something new, its boards can be driven, nothing is under
// way, and no door is left out behind which something lies for somebody.
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
