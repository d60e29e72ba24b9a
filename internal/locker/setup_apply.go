package locker

import (
	"slices"
	"time"
)

// Commissioning is a separate state machine. Its state is Setup. Only its own events change it (fold), except for the start
// of a run, a lost board, a hold-up, and the technician's leaving. This function holds its effects on the rest of the state.
func (s *State) applySetup(r Record, e Event) {
	s.moved.everything()
	s.Setup.fold(r, e)
	switch e := e.(type) {
	case SetupSurveyed, SetupFailed, SetupContact, LockTryEnded:
		return // nobody has touched anything
	case SetupSaved:
		s.build(e.Doors)
	case SetupBoardForgotten:
		s.forget(Board{Bus: e.Bus, Board: e.Board}, r.Up)
	}
	s.touch(s.Session.ID, r)
}

func (n *Setup) fold(r Record, e Event) {
	switch e := e.(type) {
	case SetupBegun:
		*n = Setup{Under: true, Doors: slices.Clone(e.Doors), Column: 1}
		for _, d := range e.Doors {
			n.Column = max(n.Column, d.Column)
		}
	case SetupSurveyAsked:
		n.Surveying, n.Failed = true, ""
	case SetupSurveyed:
		n.Surveying, n.Failed, n.Found = false, e.Failed, slices.Clone(e.Found)
		n.Seen, n.Hand = nil, SetupLock{} // what contacts say is told anew
	case SetupSaved:
		n.Saved, n.Failed = true, ""
	case SetupFailed:
		n.Saved, n.Failed = false, e.Why
	case SetupEnded:
		*n = Setup{}
	case SetupUndone:
		// The next start shows the result.
	case SetupColumnAdded, SetupDoorAdded, SetupDoorRemoved, SetupBoardForgotten, SetupDoorWired:
		n.foldPicture(e)
	default:
		n.foldHand(r, e)
	}
}

// build adds a setup's doors to the state: from now on, proofs are about the compartments as wired there.
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

// foldPicture applies events about the doors.
func (n *Setup) foldPicture(e Event) {
	switch e := e.(type) {
	case SetupColumnAdded:
		n.Column = e.Column
	case SetupDoorAdded:
		n.Doors = append(n.Doors, SetupDoor{Number: e.Door, Size: e.Size, Column: e.Column, Added: true, Anew: true})
		n.lowest(e.Column)
	case SetupDoorRemoved:
		n.Doors = without(n.Doors, func(d SetupDoor) bool { return d.Number == e.Door })
		n.Column = 1
		for _, d := range n.Doors {
			n.Column = max(n.Column, d.Column)
		}
		n.lowest(n.Column)
	case SetupBoardForgotten:
		b := Board{Bus: e.Bus, Board: e.Board}
		for i, d := range n.Doors {
			if d.Lock.on() == b && d.Lock != (Lock{}) {
				n.Doors[i].Lock, n.Doors[i].ClosedWhen, n.Doors[i].Blind, n.Doors[i].Anew = Lock{}, "", false, true
			}
		}
		n.Unused = without(n.Unused, func(l Lock) bool { return l.on() == b })
	case SetupDoorWired:
		if d := n.door(e.Door); d != nil {
			d.Lock, d.ClosedWhen, d.Blind, d.Anew = e.Lock, e.ClosedWhen, e.Blind, true
		}
	}
}

// lowest marks the two lowest doors of a column as low, among those that this setup added: for the others the configuration
// knows better.
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

// foldHand applies events about the lock being wired.
func (n *Setup) foldHand(r Record, e Event) {
	switch e := e.(type) {
	case SetupLockTaken:
		if e.Passed {
			n.Passed = with(n.Passed, n.Hand.Lock)
		}
		n.Hand = SetupLock{Lock: e.Lock}
	case LockTried:
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
		n.Unused = with(n.Unused, e.Lock)
	}
}

// moved records a change of the contact of the lock being wired. An opening comes during its unlock; a later change may as
// well be a closing.
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

// seen is a contact's state; empty if it is not known.
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

// restart: a new run drives only the boards of the plan, and knows no contact. Finished wiring stays.
func (n *Setup) restart() {
	n.Surveying, n.Found, n.Seen = false, nil, nil
}

// leaveHand ends the wiring of the present lock.
func (n *Setup) leaveHand() { n.Hand, n.Passed = SetupLock{}, nil }

// holdUp postpones the judgement of the present lock's unlock to that time at the earliest.
func (n *Setup) holdUp(at time.Duration) {
	if n.Hand.Unlock != "" {
		n.Hand.At = max(n.Hand.At, at)
	}
}

// forgetContacts makes the contacts of a silent board unknown.
func (n *Setup) forgetContacts(b Board) {
	n.Seen = without(n.Seen, func(x SeenContact) bool { return x.Lock.on() == b })
}
