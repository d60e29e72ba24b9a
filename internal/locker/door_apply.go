package locker

import "time"

func (s *State) applyDoor(r Record, e Event) {
	switch e := e.(type) {
	case DoorOpened:
		if d := s.changeDoor(e.Door); d != nil {
			s.openDoor(d, r, e)
		}
	case DoorClosed:
		if d := s.changeDoor(e.Door); d != nil {
			s.closeDoor(d, r, e)
		}
	case DoorUnknown:
		if d := s.changeDoor(e.Door); d != nil {
			presence := d.Presence // of its sensor nothing was said
			d.unknown(r.Up)
			d.Evidence, d.Presence = e.Evidence, presence
			s.attend(e.Door, r)
		}
	case DoorForced, DoorOpenedLate, LookRefused:
		// DoorDoubted records the consequence; this event is only the alarm.
	case DoorLeftOpen:
		if d := s.changeDoor(e.Door); d != nil {
			d.LeftOpen = true
		}
	case DoorBlocked:
		if d := s.changeDoor(e.Door); d != nil {
			d.Blocked, d.BlockedBy = e.Why, e.By
		}
	case DoorUnblocked:
		if d := s.changeDoor(e.Door); d != nil {
			d.Blocked, d.BlockedBy, d.Failed = "", "", 0
		}
	case DoorEmptied:
		if d := s.changeDoor(e.Door); d != nil {
			s.end(d.Holds.Parcel, "", r.At)
			d.Holds = Contents{Kind: Empty, Proof: e.Proof}
		}
	case DoorDoubted:
		if d := s.changeDoor(e.Door); d != nil {
			s.doubtDoor(d, r, e)
		}
	case DoorPresence:
		if d := s.changeDoor(e.Door); d != nil {
			d.Presence = e.Presence
		}
	case DoorWired:
		if d := s.changeDoor(e.Door); d != nil {
			if d.Lock != (Lock{}) && d.Lock != e.Lock {
				d.Habits, d.Pulses, d.Failed, d.Last = Habits{}, 0, 0, Unlock{}
			}
			d.Lock = e.Lock
		}
	}
}

// doubtDoor removes a proof. A parcel that was just collected stays in the books until its reopening time is over: part of
// it may still be there, and a sensor may see it.
func (s *State) doubtDoor(d *Door, r Record, e DoorDoubted) {
	p := s.parcel(d.Holds.Parcel)
	if d.Holds.Kind == Collected && d.Holds.Why == "" && p != nil && p.State == ParcelTaken {
		d.Holds.Why = e.Why
		return
	}
	s.end(d.Holds.Parcel, "", r.At)
	d.Holds = Contents{Kind: Doubtful, Why: e.Why}
}

func (s *State) openDoor(d *Door, r Record, e DoorOpened) {
	d.State, d.Since, d.Evidence, d.LeftOpen, d.Fell, d.Opening = Open, r.Up, e.Evidence, false, false, e.Unlock
	d.Sprang, d.Late = e.Bounced, e.Unlock != "" && d.Unlock.ID != e.Unlock
	if e.Bounced {
		if p := s.changeParcel(d.Holds.Parcel); p != nil && p.State == ParcelDropping {
			p.Opened, p.Shut = true, false
			s.unprove(d) // it stands open before them, whatever it was last shut after
			if d.Number == s.Session.Door {
				s.Session.Denied = false
			}
		}
		return
	}
	s.unprove(d)
	// A pulse whose door opened late was already counted when it seemed to have failed.
	d.Habits.open(r, e.Unlock != "", d.Unlock.ID != e.Unlock && d.Last.Outcome == StillClosed)
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
	if u.Session == s.Session.ID && d.Number == s.Session.Door {
		s.Session.Saw, s.Session.Denied = d.Number, false
	}
	if p := s.changeParcel(u.Parcel); p != nil && (p.State == ParcelDropping || p.Refusing != "") && p.Door == d.Number {
		p.Opened, p.Shut = true, false
	}
}

// closeDoor records that a door fell shut. If a parcel is inside, the door stood open before somebody other than its
// recipient, who has no reason to take what they added.
func (s *State) closeDoor(d *Door, r Record, e DoorClosed) {
	if d.Holds.Kind == Occupied && d.Holds.Why == "" && (d.State == Open || d.State == Unknown && d.Before == Open) {
		d.Holds.Why = DoubtAlone
	}
	d.Fell = d.State == Open
	if d.Fell {
		s.hand()
	}
	d.State, d.Since, d.Evidence, d.SeenClosed, d.LeftOpen, d.Sprang, d.Late = Closed, r.Up, e.Evidence, true, false, false, false
	d.Habits.OpenAt, d.Habits.Passed = time.Time{}, 0
	s.attend(d.Number, r)
	if p := s.changeParcel(d.Holds.Parcel); p != nil && p.State == ParcelDropping && p.Opened {
		p.Shut = true
	}
}

// restart makes a door unknown, since nobody watched it, and ends an unlock that nobody waits for.
func (d *Door) restart(up time.Duration) {
	d.unknown(up)
	d.Last.Earlier = d.Last.ID != ""
	d.Unlock.Earlier = d.Unlock.ID != ""
	d.Unlock.At = up
}

func (d *Door) unknown(up time.Duration) {
	if d.State != Unknown {
		d.Before = d.State
	}
	d.Fell = false
	d.State, d.Since, d.SeenClosed, d.Evidence, d.Presence = Unknown, up, false, Evidence{}, ""
}

// restore makes a door doubtful after a restored or shortened journal: a parcel that the journal has forgotten may be
// inside, even where the contents were unknown before.
func (d *Door) restore(reason string, p *Parcel) {
	if d.Holds.Why == DoubtNever {
		return // nothing was ever known of it
	}
	switch d.Holds.Kind {
	case Occupied:
		return
	case Reserved:
		if p != nil {
			d.Holds.Tracking, d.Holds.Company = p.Tracking, p.Company
		}
	case Empty, Collected, Doubtful:
	}
	d.Holds.Kind, d.Holds.Proof, d.Holds.Why = Doubtful, "", Doubt("journal "+reason)
}
