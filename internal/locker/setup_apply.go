package locker

import (
	"slices"
	"time"
)

// Commissioning is a machine of its own. Its state is Setup, which its own events change (fold) and these alone, but for what is
// heard of a run's beginning, a lost board, a hold-up, and the technician's going elsewhere. What it does to the rest of the
// state is here.
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
		// What is done about it shows at the next start.
	case SetupColumnAdded, SetupDoorAdded, SetupDoorRemoved, SetupBoardForgotten, SetupDoorWired:
		n.foldPicture(e)
	default:
		n.foldHand(r, e)
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

// foldPicture is about the doors.
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

// foldHand is about the lock at hand.
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

// restart: a new run drives the boards of the plan alone, and has heard of no contact. What was wired stays.
func (n *Setup) restart() {
	n.Surveying, n.Found, n.Seen = false, nil, nil
}

// leaveHand puts the lock at hand down.
func (n *Setup) leaveHand() { n.Hand, n.Passed = SetupLock{}, nil }

// holdUp judges the unlock of the lock at hand no sooner than it would be judged at that time.
func (n *Setup) holdUp(at time.Duration) {
	if n.Hand.Unlock != "" {
		n.Hand.At = max(n.Hand.At, at)
	}
}

// forgetContacts: nothing is known of a silent board's contacts.
func (n *Setup) forgetContacts(b Board) {
	n.Seen = without(n.Seen, func(x SeenContact) bool { return x.Lock.on() == b })
}
