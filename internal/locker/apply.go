package locker

import (
	"fmt"
	"slices"
	"time"
)

// Apply folds a record into the state. It cannot fail: it has already happened. What it does not find (a door that is no
// longer built) it leaves alone.
func (s *State) Apply(r Record) {
	s.Epoch, s.Seq, s.Up, s.Known = r.Epoch, r.Seq, r.Up, r.Known
	if r.Known && r.At.After(s.Newest) {
		s.Newest = r.At
	}
	switch e := r.Event.(type) {
	case EpochBegun, RunStarted, ClockSet, BoardSilent, BoardAnswered, ScannerGone, ScannerReturned:
		s.applyMachine(r, e)
	case DoorOpened, DoorClosed, DoorForced, DoorLeftOpen, DoorBlocked, DoorUnblocked, DoorEmptied, DoorDoubted,
		UnlockRequested, UnlockEnded:
		s.applyDoor(r, e)
	case SessionStarted, SessionMoved, SessionKept, SessionEnded, LanguageChosen, CourierSignedIn, CodeRefused,
		TypingLocked, TypingUnlocked, ParcelScanned, RecipientGiven:
		s.applySession(r, e)
	case OrderAccepted, OrderRefused, ParcelAnnounced, AnnouncementDropped, DropStarted, DropMoved, DropCancelled,
		DropAbandoned, ParcelStored, PickupPeriodBegan, ParcelCollected, CollectionDisputed, ParcelExpired:
		s.applyParcel(r, e)
	default:
		panic(fmt.Sprintf("locker: apply: event %T is not known", e))
	}
}

func (s *State) applyMachine(r Record, e Event) {
	switch e := e.(type) {
	case EpochBegun:
		for i := range s.Doors {
			d := &s.Doors[i]
			d.State, d.SeenClosed = Unknown, false
			if d.Holds.Kind == Empty || d.Holds.Kind == Collected {
				s.dropParcel(d.Holds.Parcel)
				d.Holds = Contents{Kind: Doubtful, Why: "journal " + e.Reason}
			}
		}
		for i := range s.Parcels {
			s.Parcels[i].restore(e.Reason)
		}
	case RunStarted:
		s.startRun(r, e)
	case BoardSilent:
		b := Board{Bus: e.Bus, Board: e.Board}
		if !slices.Contains(s.Silent, b) {
			s.Silent = append(s.Silent, b)
		}
		s.forget(b, r.Up)
	case BoardAnswered:
		s.Silent = slices.DeleteFunc(s.Silent, func(b Board) bool { return b == Board{Bus: e.Bus, Board: e.Board} })
	case ScannerGone:
		if !slices.Contains(s.Scanners, e.Scanner) {
			s.Scanners = append(s.Scanners, e.Scanner)
		}
	case ScannerReturned:
		s.Scanners = slices.DeleteFunc(s.Scanners, func(n string) bool { return n == e.Scanner })
	}
}

// restore doubts what a backup says of a parcel: its door may have been given to another since. Nobody opens that with an
// old code.
func (p *Parcel) restore(reason string) {
	p.Shut = false
	if reason == EpochRestored && (p.State == ParcelStoredAt || p.State == ParcelOverstays) {
		p.State = ParcelHeld
	}
}

// startRun begins all that is counted in Up anew, and lets no door keep a state that nobody watched.
func (s *State) startRun(r Record, e RunStarted) {
	s.Version, s.Revision = e.Version, r.Seq
	s.Silent, s.Scanners = nil, nil
	s.Typing.Last, s.Typing.Since = r.Up, r.Up
	s.Session.Touched, s.Session.Moved = r.Up, r.Up
	for i := range s.Doors {
		d := &s.Doors[i]
		d.State, d.Since, d.SeenClosed, d.Evidence = Unknown, r.Up, false, Evidence{}
		d.Last = Unlock{}
		d.Unlock.At = r.Up
	}
}

// forget lets the doors of a silent board be unknown. An unlock that seemed to fail long ago explains nothing any more.
func (s *State) forget(b Board, up time.Duration) {
	for _, p := range s.plan.Doors {
		d := s.door(p.Number)
		if p.Lock.Bus != b.Bus || p.Lock.Board != b.Board || d == nil {
			continue
		}
		d.State, d.Since, d.SeenClosed, d.Evidence = Unknown, up, false, Evidence{}
		if up-d.Last.At > s.plan.Times.Late {
			d.Last = Unlock{}
		}
	}
}

func (s *State) applyDoor(r Record, e Event) {
	switch e := e.(type) {
	case DoorOpened:
		if d := s.door(e.Door); d != nil {
			s.openDoor(d, r, e)
		}
	case DoorClosed:
		if d := s.door(e.Door); d != nil {
			s.closeDoor(d, r, e)
		}
	case DoorForced:
		// What follows from it is in DoorDoubted; the alarm is the event itself.
	case DoorLeftOpen:
		if d := s.door(e.Door); d != nil {
			d.LeftOpen = true
		}
	case DoorBlocked:
		if d := s.door(e.Door); d != nil {
			d.Blocked, d.BlockedBy = e.Why, e.By
		}
	case DoorUnblocked:
		if d := s.door(e.Door); d != nil {
			d.Blocked, d.BlockedBy, d.Failed = "", "", 0
		}
	case DoorEmptied:
		if d := s.door(e.Door); d != nil {
			s.dropParcel(d.Holds.Parcel)
			d.Holds = Contents{Kind: Empty, Proof: e.Proof}
		}
	case DoorDoubted:
		if d := s.door(e.Door); d != nil {
			s.dropParcel(d.Holds.Parcel)
			d.Holds = Contents{Kind: Doubtful, Why: e.Why}
		}
	case UnlockRequested:
		if d := s.door(e.Door); d != nil {
			d.Unlock = Unlock{ID: e.Unlock, Why: e.Why, Session: e.Session, Parcel: e.Parcel, Order: e.Order, Again: e.Again, At: r.Up}
			s.touch(e.Session, r)
			if e.Session == s.Session.ID {
				s.Session.Retried = s.Session.Retried || e.Again
				s.Session.Reopened = s.Session.Reopened || e.Why == WhyReopen
				s.Session.Parcel = e.Parcel
			}
		}
	case UnlockEnded:
		if d := s.door(e.Door); d != nil {
			endUnlock(d, r, e)
		}
	}
}

func (s *State) openDoor(d *Door, r Record, e DoorOpened) {
	d.State, d.Since, d.Evidence, d.LeftOpen = Open, r.Up, e.Evidence, false
	u := d.Unlock
	if u.ID != e.Unlock {
		u = d.Last
	}
	if e.Unlock == "" || u.ID != e.Unlock {
		return
	}
	if d.Last.ID == e.Unlock {
		d.Last, d.Failed = Unlock{}, 0
	}
	s.touch(u.Session, r)
	if p := s.parcel(u.Parcel); p != nil && p.State == ParcelDropping {
		p.Opened, p.Shut = true, false
	}
}

func (s *State) closeDoor(d *Door, r Record, e DoorClosed) {
	d.State, d.Since, d.Evidence, d.SeenClosed, d.LeftOpen = Closed, r.Up, e.Evidence, true, false
	if s.Session.Door == d.Number {
		s.touch(s.Session.ID, r)
	}
	if p := s.parcel(d.Holds.Parcel); p != nil && p.State == ParcelDropping && p.Opened {
		p.Shut = true
	}
}

func endUnlock(d *Door, r Record, e UnlockEnded) {
	if d.Unlock.ID != e.Unlock {
		return
	}
	u := d.Unlock
	d.Unlock = Unlock{}
	switch e.Outcome {
	case Opened:
		d.Failed, d.Last = 0, Unlock{}
		return
	case StillClosed:
		d.Failed++
	case OutcomeUnknown, NotSent:
		// Nothing is known of the door, or it had no chance to open.
	}
	u.At, u.Outcome = r.Up, e.Outcome
	d.Last = u
}

func (s *State) applySession(r Record, e Event) {
	switch e := e.(type) {
	case SessionStarted:
		s.Session = Session{ID: e.Session, Language: e.Language, Step: StepHome, Touched: r.Up, Moved: r.Up}
		s.Revision = r.Seq
	case SessionMoved:
		s.touch(e.Session, r)
		s.moveSession(r, e)
	case SessionKept:
		s.touch(e.Session, r)
	case SessionEnded:
		s.Session, s.Revision = Session{}, r.Seq
	case LanguageChosen:
		s.touch(e.Session, r)
		s.Session.Language = e.Language
	case CourierSignedIn:
		s.touch(e.Session, r)
		s.Session.Courier, s.Session.Company = e.Courier, e.Company
	case CodeRefused:
		s.touch(e.Session, r)
		if e.Typed && (e.Why == NoticeWrongCode || e.Why == NoticeWrongPIN) {
			s.Typing.wrong(r.Up)
		}
	case TypingLocked:
		s.Typing.Locked, s.Typing.Since, s.Typing.For = true, r.Up, time.Duration(e.For)*time.Millisecond
		s.Typing.Step, s.Typing.Wrong = e.Step, 0
	case TypingUnlocked:
		s.Typing.Locked = false
	case ParcelScanned:
		s.touch(e.Session, r)
		s.Session.Tracking, s.Session.Order, s.Session.Size = e.Tracking, e.Announced, e.Size
		s.Session.Mask, s.Session.Phone = "", nil
		if a := s.announced(e.Tracking); a != nil && a.Order == e.Announced {
			s.Session.Mask, s.Session.Phone = a.Mask, a.Phone
		}
	case RecipientGiven:
		s.touch(e.Session, r)
		s.Session.Mask, s.Session.Phone = e.Mask, e.Personal.Phone
	}
}

func (s *State) moveSession(r Record, e SessionMoved) {
	n := &s.Session
	s.Revision = r.Seq
	n.Step, n.Notice, n.Moved = e.Step, e.Notice, r.Up
	if n.Door != e.Door {
		n.Door, n.Retried = e.Door, false
	}
	if e.Step == StepScan {
		n.Tracking, n.Order, n.Size, n.Mask, n.Phone, n.Parcel = "", "", "", "", nil, ""
	}
}

func (s *State) touch(session string, r Record) {
	if session != "" && session == s.Session.ID {
		s.Session.Touched = r.Up
	}
}

// wrong counts a wrong code. An hour without one forgives those before; a day, the lock-outs too: people mistype, and a
// machine that guesses does not wait.
func (t *Typing) wrong(up time.Duration) {
	if up-t.Last > time.Hour {
		t.Wrong = 0
	}
	if up-t.Last > 24*time.Hour {
		t.Step = 0
	}
	t.Wrong++
	t.Last = up
}

func (s *State) applyParcel(r Record, e Event) {
	switch e := e.(type) {
	case OrderAccepted:
		s.answered(e.Order)
	case OrderRefused:
		s.answered(e.Order)
	case ParcelAnnounced:
		s.Announced = append(s.Announced, Announcement{Order: e.Order, Tracking: e.Tracking, Size: e.Size, Mask: e.Mask,
			Phone: e.Personal.Phone, At: r.At, Known: r.Known})
	case AnnouncementDropped:
		s.Announced = without(s.Announced, func(a Announcement) bool { return a.Order == e.Order })
	case DropStarted:
		n := &s.Session
		n.Parcel = e.Parcel
		s.Parcels = append(s.Parcels, Parcel{ID: e.Parcel, Tracking: e.Tracking, Door: e.Door, Courier: n.Courier,
			Company: n.Company, Mask: n.Mask, Order: n.Order, Code: e.CodeHash, State: ParcelDropping, Personal: e.Personal})
		s.reserve(e.Door, e.Parcel)
	case DropMoved:
		s.moveDrop(e)
	case DropCancelled:
		s.dropParcel(e.Parcel)
		if d := s.door(e.Door); d != nil && d.Holds.Parcel == e.Parcel {
			d.Holds = Contents{Kind: Empty, Proof: d.Holds.Proof}
		}
		s.leave(e.Parcel)
	case DropAbandoned:
		s.dropParcel(e.Parcel)
		if d := s.door(e.Door); d != nil {
			d.Holds = Contents{Kind: Doubtful, Why: "drop-off abandoned", Tracking: e.Tracking}
		}
		s.leave(e.Parcel)
	case ParcelStored:
		if p := s.parcel(e.Parcel); p != nil {
			p.State, p.Personal = ParcelStoredAt, Personal{}
		}
		if d := s.door(e.Door); d != nil {
			d.Holds = Contents{Kind: Occupied, Parcel: e.Parcel}
		}
		s.Session.Stored++
		s.leave(e.Parcel)
	case PickupPeriodBegan:
		if p := s.parcel(e.Parcel); p != nil {
			p.Until = e.Until
		}
	case ParcelCollected:
		s.collect(e)
	case CollectionDisputed:
		s.dispute(e)
	case ParcelExpired:
		if p := s.parcel(e.Parcel); p != nil {
			p.State = ParcelOverstays
		}
	}
}

func (s *State) answered(order string) {
	s.Orders = append(s.Orders, order)
	if len(s.Orders) > maxOrders {
		s.Orders = slices.Clone(s.Orders[len(s.Orders)-maxOrders:])
	}
}

// reserve keeps the proof of emptiness: a drop-off that never opened the door leaves it as it was.
func (s *State) reserve(door int, parcel string) {
	if d := s.door(door); d != nil {
		d.Holds = Contents{Kind: Reserved, Proof: d.Holds.Proof, Parcel: parcel}
	}
}

// moveDrop lets the old door be doubtful until the courier is seen to have closed it.
func (s *State) moveDrop(e DropMoved) {
	if d := s.door(e.From); d != nil {
		d.Holds = Contents{Kind: Doubtful, Why: "left for another door"}
	}
	if p := s.parcel(e.Parcel); p != nil {
		if d := s.door(e.From); d != nil && d.Blocked == "" && p.Opened {
			d.Holds.Session = s.Session.ID
		}
		p.Door, p.Opened, p.Shut = e.To, false, false
	}
	s.reserve(e.To, e.Parcel)
}

// leave ends the session's hold on a parcel.
func (s *State) leave(parcel string) {
	if s.Session.Parcel == parcel {
		s.Session.Parcel = ""
	}
}

func (s *State) collect(e ParcelCollected) {
	p := s.parcel(e.Parcel)
	if p == nil {
		return
	}
	p.State = ParcelTaken
	s.Spent = append(s.Spent, Spent{Code: p.Code, Parcel: p.ID})
	if len(s.Spent) > maxSpent {
		s.Spent = slices.Clone(s.Spent[len(s.Spent)-maxSpent:])
	}
	if d := s.door(e.Door); d != nil {
		d.Holds = Contents{Kind: Collected, Parcel: e.Parcel}
	}
}

func (s *State) dispute(e CollectionDisputed) {
	if p := s.parcel(e.Parcel); p != nil {
		p.State = ParcelStoredAt
	}
	s.Spent = without(s.Spent, func(x Spent) bool { return x.Parcel == e.Parcel })
	if d := s.door(e.Door); d != nil {
		d.Holds = Contents{Kind: Occupied, Parcel: e.Parcel}
	}
}

// without copies: the list may be shared.
func without[T any](list []T, drop func(T) bool) []T {
	var kept []T
	for _, x := range list {
		if !drop(x) {
			kept = append(kept, x)
		}
	}
	return kept
}
