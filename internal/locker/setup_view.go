package locker

import "slices"

// SetupView is a commissioning, for the technician's screen.
type SetupView struct {
	Under   bool
	Changed bool // it differs from the wiring in force
	Saved   bool // it is being put in force
	Failed  string
	// Undo says that there is a previous wiring to return to.
	Undo   bool
	Boards []SetupBoard
	Board  Board           // with StepRewire
	Doors  []SetupDoorView // the picture, in its order
	Column int             // the one that doors are added to
	// Unwired are doors without a lock: saved now, they are left out.
	Unwired []int
	// Wired are the doors that were wired in this setup: the question about their emptiness is about them.
	Wired []int

	// The following is about StepWire and StepWireClose.

	Lock   Lock // the lock at hand
	Left   int  // locks to be tried, this one too
	Trying bool // its pulse is on its way, or has just been
	Tried  bool // it was pulsed since it came to hand
	Moved  bool // its contact has moved since
	Other  Lock // a lock whose contact moved instead
}

// SetupBoard is a board in a SetupView.
type SetupBoard struct {
	FoundBoard
	Answers bool // it was found; false: doors are wired to it, but the newest search did not find it
	Wired   int  // doors on its locks
	Unused  int  // locks to which nothing is wired
}

// SetupDoorView is a door in the picture of a setup.
type SetupDoorView struct {
	SetupDoor
	Height int // in millimetres
	Wired  bool
	Parcel bool // something lies there for somebody: it can be wired anew, but not be taken away
}

// setupView is what a technician's screen shows of a commissioning.
func (s *State) setupView() SetupView {
	u := &s.Setup
	v := SetupView{Under: u.Under, Saved: u.Saved, Failed: u.Failed, Undo: s.plan.Undo}
	if !u.Under {
		return v
	}
	v.Changed, v.Boards, v.Column = s.changed(), s.setupBoards(), u.Column
	for _, d := range u.Doors {
		wired := d.Lock != Lock{}
		v.Doors = append(v.Doors, SetupDoorView{SetupDoor: d, Height: s.height(d.Size), Wired: wired,
			Parcel: s.holdsParcel(d.Number)})
		if !wired {
			v.Unwired = append(v.Unwired, d.Number)
		}
	}
	v.Wired, v.Board = s.wiredHere(), s.Session.Board
	h := u.Hand
	_, v.Left = s.nextLock(Lock{})
	v.Lock, v.Trying, v.Tried, v.Moved, v.Other = h.Lock, h.Unlock != "", h.Tried, h.Moved || h.Late, h.Other
	return v
}

// setupBoards are the boards that were found, and those that hold doors.
func (s *State) setupBoards() []SetupBoard {
	var list []SetupBoard
	at := func(b Board) *SetupBoard {
		i := slices.IndexFunc(list, func(x SetupBoard) bool { return x.on() == b })
		if i < 0 {
			list = append(list, SetupBoard{FoundBoard: FoundBoard{Bus: b.Bus, Board: b.Board}})
			i = len(list) - 1
		}
		return &list[i]
	}
	for _, f := range s.Setup.Found {
		list = append(list, SetupBoard{FoundBoard: f, Answers: true})
	}
	for _, d := range s.Setup.Doors {
		if d.Lock != (Lock{}) {
			at(d.Lock.on()).Wired++
		}
	}
	for _, l := range s.Setup.Unused {
		at(l.on()).Unused++
	}
	return list
}

// height is how high doors of a size are, in millimetres.
func (s *State) height(size string) int {
	if i := s.rank(size); i >= 0 {
		return s.plan.Sizes[i].Height
	}
	return 0
}
