package locker

import "slices"

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
