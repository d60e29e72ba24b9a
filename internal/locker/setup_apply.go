package locker

import (
	"slices"
)

func (s *State) applySetup(r Record, e Event) {
	n := &s.Setup
	s.moved.everything()
	switch e := e.(type) {
	case SetupBegun:
		s.touch(e.Session, r)
		*n = Setup{Under: true, Doors: slices.Clone(e.Doors), Column: 1}
		for _, d := range e.Doors {
			n.Column = max(n.Column, d.Column)
		}
	case SetupSurveyAsked:
		s.touch(e.Session, r)
		n.Surveying, n.Failed = true, ""
	case SetupSurveyed:
		n.Surveying, n.Failed, n.Found = false, e.Failed, slices.Clone(e.Found)
		n.Seen, n.Hand = nil, SetupLock{} // what contacts say is told anew
	case SetupSaved:
		s.touch(e.Session, r)
		n.Saved, n.Failed = true, ""
		s.build(e.Doors)
	case SetupFailed:
		n.Saved, n.Failed = false, e.Why
	case SetupEnded:
		s.touch(e.Session, r)
		*n = Setup{}
	case SetupUndone:
		s.touch(e.Session, r)
	case SetupColumnAdded, SetupDoorAdded, SetupDoorRemoved, SetupBoardForgotten, SetupDoorWired:
		s.applyPicture(r, e)
	default:
		s.applyHand(r, e)
	}
}

// build gives the doors of a setup their place: what is proven of them from now on is for the compartments as they are
// wired there.
func (s *State) build(doors []SetupDoor) {
	for _, p := range doors {
		if p.Lock == (Lock{}) {
			continue
		}
		d := s.changeDoor(p.Number)
		if d == nil {
			s.addDoor(p.Number)
			d = s.changeDoor(p.Number)
		}
		d.Lock = p.Lock
	}
}

func (s *State) applyPicture(r Record, e Event) {
	n := &s.Setup
	switch e := e.(type) {
	case SetupColumnAdded:
		s.touch(e.Session, r)
		n.Column = e.Column
	case SetupDoorAdded:
		s.touch(e.Session, r)
		n.Doors = append(n.Doors, SetupDoor{Number: e.Door, Size: e.Size, Column: e.Column, Added: true, Anew: true})
		n.lowest(e.Column)
	case SetupDoorRemoved:
		s.touch(e.Session, r)
		n.Doors = without(n.Doors, func(d SetupDoor) bool { return d.Number == e.Door })
		n.Column = 1
		for _, d := range n.Doors {
			n.Column = max(n.Column, d.Column)
		}
		n.lowest(n.Column)
	case SetupBoardForgotten:
		s.touch(e.Session, r)
		b := Board{Bus: e.Bus, Board: e.Board}
		for i, d := range n.Doors {
			if d.Lock.on() == b && d.Lock != (Lock{}) {
				n.Doors[i].Lock, n.Doors[i].ClosedWhen, n.Doors[i].Blind, n.Doors[i].Anew = Lock{}, "", false, true
			}
		}
		n.Unused = without(n.Unused, func(l Lock) bool { return l.on() == b })
		s.forget(b, r.Up)
	case SetupDoorWired:
		s.touch(e.Session, r)
		if d := n.door(e.Door); d != nil {
			d.Lock, d.ClosedWhen, d.Blind, d.Anew = e.Lock, e.ClosedWhen, e.Blind, true
		}
	}
}

// lowest marks the two lowest doors of a column as low, among those that this setup added: of the others the
// configuration knows better.
func (n *Setup) lowest(column int) {
	low := 2
	for i := len(n.Doors) - 1; i >= 0; i-- {
		d := &n.Doors[i]
		if d.Column != column {
			continue
		}
		if d.Added {
			d.Low = low > 0
		}
		low--
	}
}

// applyHand is about the lock at hand.
func (s *State) applyHand(r Record, e Event) {
	n := &s.Setup
	switch e := e.(type) {
	case SetupLockTaken:
		s.touch(e.Session, r)
		if e.Passed {
			n.Passed = with(n.Passed, n.Hand.Lock)
		}
		n.Hand = SetupLock{Lock: e.Lock}
	case LockTried:
		s.touch(e.Session, r)
		n.Hand = SetupLock{Lock: e.Lock, Unlock: e.Unlock, At: r.Up, Tried: true, Before: n.seen(e.Lock)}
	case LockTryEnded:
		if n.Hand.Unlock == e.Unlock {
			n.Hand.Unlock, n.Hand.Tried = "", e.Outcome != NotSent
		}
	case SetupContact:
		known := n.seen(e.Lock)
		n.Seen = without(n.Seen, func(x SeenContact) bool { return x.Lock == e.Lock })
		if e.Contact != "" {
			n.Seen = append(n.Seen, SeenContact(e))
			n.Hand.moved(e, known)
		}
	case SetupLockUnused:
		s.touch(e.Session, r)
		n.Unused = with(n.Unused, e.Lock)
	}
}

// moved notes what a contact says about the lock at hand. An opening comes while its unlock is under way; what comes
// later may as well be a closing.
func (h *SetupLock) moved(e SetupContact, known string) {
	switch {
	case !h.Tried:
	case e.Lock != h.Lock:
		if known != "" {
			h.Other = e.Lock
		}
	case h.Before == "":
		h.Before = e.Contact
	case h.Moved:
	case h.Unlock != "":
		h.Moved = e.Contact != h.Before
	default:
		h.Late = true
	}
}

// seen is what a contact is; empty if it is not known.
func (n *Setup) seen(lock Lock) string {
	for _, x := range n.Seen {
		if x.Lock == lock {
			return x.Contact
		}
	}
	return ""
}

func (n *Setup) door(number int) *SetupDoor {
	for i := range n.Doors {
		if n.Doors[i].Number == number {
			return &n.Doors[i]
		}
	}
	return nil
}

// startSetup: a new run drives the boards of the plan alone, and has heard of no contact. What was wired stays.
func (s *State) startSetup() {
	n := &s.Setup
	n.Surveying, n.Found, n.Seen = false, nil, nil
}

// leaveHand puts the lock at hand down.
func (s *State) leaveHand() { s.Setup.Hand, s.Setup.Passed = SetupLock{}, nil }

// forgetContacts: nothing is known of a silent board's contacts.
func (n *Setup) forgetContacts(b Board) {
	n.Seen = without(n.Seen, func(x SeenContact) bool { return x.Lock.on() == b })
}
