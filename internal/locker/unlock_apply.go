package locker

import "time"

func (s *State) applyUnlock(r Record, e Event) {
	switch e := e.(type) {
	case UnlockRequested:
		s.requestUnlock(r, e)
	case UnlockEnded:
		if d := s.changeDoor(e.Door); d != nil {
			s.endUnlock(d, r, e)
		}
		if s.Sequence.Door == e.Door {
			s.Sequence.opened(e.Outcome)
		}
	case DoorSaidOpen:
		if d := s.changeDoor(e.Door); d != nil && d.Last.ID == e.Unlock && !d.Last.Said {
			d.Last.Said = true
			d.Habits.Unseen++
		}
	case UnlockRefused:
		// Nothing changes.
	case BreakerTripped:
		s.Breaker.Tripped = true
	}
}

// requestUnlock applies the intent of an unlock.
func (s *State) requestUnlock(r Record, e UnlockRequested) {
	s.passBy(r)
	if s.watched(e.Door, e) {
		s.released(e.Door, r.Up)
	}
	if d := s.changeDoor(e.Door); d != nil {
		d.openedUnseen(e.Session)
		d.Unlock = Unlock{ID: e.Unlock, Why: e.Why, Session: e.Session, Parcel: e.Parcel, Order: e.Order,
			Token: e.Token, Again: e.Again, Asked: r.Up, Wall: r.At, Known: r.Known,
			Waits: time.Duration(e.Waits) * time.Millisecond, At: r.Up}
		if longer := time.Duration(e.Within)*time.Millisecond - s.plan.Times.Within; longer > 0 {
			d.Unlock.At += longer // it may leave so much later
		}
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Unlocks++
			if e.Why == WhyReopen {
				p.Reopened++
			}
			if e.Why == WhyPickup && p.Fee.Terms != nil {
				p.Fee.Cleared = true // all was paid, or it would not have been asked to open
			}
		}
		s.slipped(e)
		s.touch(e.Session, r)
		if e.Session == s.Session.ID {
			s.sequenceOpening(e.Door)
			s.inventoryOpening(e.Door)
			s.Session.Retried = s.Session.Retried || e.Again
			s.Session.Reopened = s.Session.Reopened || e.Why == WhyReopen
			if s.Session.Parcel = e.Parcel; e.Why == WhyPickup && !e.Again && s.Session.Visit.Parcel == "" { // once more in a visit proves nothing
				s.Session.Proven = r.Up
			}
			s.Session.Asked = Asked{Why: e.Why, Parcel: e.Parcel, Token: e.Token}
			if e.Token.ID != "" {
				s.Session.Token = e.Token
			}
		}
	}
}

// openedUnseen notes that the last pulse of a door with a parcel came in another visit and nobody saw it open: it may have
// stood open since, before anybody.
func (d *Door) openedUnseen(session string) {
	if d.Last.pulsed() && d.Last.Session != session && d.Holds.Kind == Occupied && d.Holds.Why == "" {
		d.Holds.Why = DoubtUnseen
	}
}

// pulsed says that an unlock that has ended may have left.
func (u Unlock) pulsed() bool { return u.ID != "" && u.Outcome != NotSent }

func (s *State) endUnlock(d *Door, r Record, e UnlockEnded) {
	if d.Unlock.ID != e.Unlock {
		return
	}
	if e.Outcome != NotSent {
		s.unprove(d)
		d.Pulses++
	}
	u := d.Unlock
	d.Unlock = Unlock{}
	s.attend(d.Number, r)
	if e.Outcome == NotSent && d.Last.pulsed() && d.Last.Session == u.Session && d.Last.Parcel == u.Parcel {
		return // the pulse before it may have opened the door, or open it still
	}
	switch e.Outcome {
	case Opened:
		d.Failed, d.Last = 0, Unlock{}
		return // the pulse was counted when it was seen to open
	case StillClosed:
		d.Failed++
		d.Habits.Pulses++
	case OutcomeUnknown, NotSent:
		// Nothing is known of the door, or it had no chance to open.
	}
	u.At, u.Outcome = r.Up, e.Outcome
	d.Last = u
}

// unprove removes the proof from a door that was pulsed, or seen open, since it was reserved: its courier may have put
// something in, whatever its contact reports.
func (s *State) unprove(d *Door) {
	if d.Holds.Kind == Reserved {
		d.Holds.Proof = ""
	}
}
