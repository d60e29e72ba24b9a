package locker

import "cmp"

func (s *State) applyParcel(r Record, e Event) {
	switch e := e.(type) {
	case ParcelCancelled:
		if p := s.changeParcel(e.Parcel); p != nil {
			p.State, p.Expired, p.Refused, p.Since, p.Shared = ParcelOverstays, false, "", r.At, nil
			if p.Sender { // that a backup had remembered
				p.State = ParcelToGo
			}
		}
	case DropStarted, DropMoved, DropCancelled, DropAbandoned:
		s.applyDrop(r, e)
	case ParcelStored:
		if p := s.changeParcel(e.Parcel); p != nil {
			p.State, p.Since, p.Personal = ParcelStoredAt, r.At, Personal{}
		}
		if d := s.changeDoor(e.Door); d != nil {
			d.Holds = Contents{Kind: Occupied, Parcel: e.Parcel}
		}
		s.usedUp(e.Tracking, e.Door)
		s.Session.Stored++
		s.Session.Filled = append(s.Session.Filled, e.Door)
		s.leave(e.Parcel)
	case PickupPeriodBegan:
		if p := s.changeParcel(e.Parcel); p != nil {
			if p.Until, p.Back = e.Until, 0; p.Rented && p.Fee.From.IsZero() { // who rents was told by their own hands
				p.Fee.From = r.At
			}
		}
	case ParcelCollected:
		s.collect(r, e)
	case CollectionDisputed:
		s.dispute(r, e)
	case ParcelExpired:
		if p := s.changeParcel(e.Parcel); p != nil {
			if p.Expired = true; !p.Rented {
				p.State, p.Since = ParcelOverstays, r.At
			}
		}
	case ParcelExtended:
		s.applyExtended(r, e)
	case PickupPeriodResumed:
		s.applyResumed(r, e)
	}
}

func (s *State) applyDrop(r Record, e Event) {
	switch e := e.(type) {
	case DropStarted:
		n := &s.Session
		n.Parcel, n.Denied = e.Parcel, false
		s.trySending(e)
		p := &Parcel{ID: e.Parcel, Tracking: e.Tracking, Door: e.Door, Courier: n.Courier,
			Company: cmp.Or(n.Collector, n.Company), Sender: e.From != "", Mask: n.Mask, Order: n.Order, Code: e.CodeHash, State: ParcelDropping, Ask: n.Ask, Fee: Account{Terms: n.Fee}, Whose: e.Whose, Shared: e.sharedCode(e.Personal.Code, n.Ask), Agreed: n.Agreed, AtMost: n.AtMost,
			Personal: e.Personal, Opened: e.Looked}
		if a := s.announced(e.Tracking); a != nil && e.From == FromRenter {
			p.Rented, p.Term, p.People, p.Fee.Terms = true, a.Term, a.People, a.Fee
		}
		s.addParcel(p)
		s.reserve(e.Door, e.Parcel)
	case DropMoved:
		s.moveDrop(e)
	case DropCancelled:
		if d := s.changeDoor(e.Door); d != nil && d.Holds.Parcel == e.Parcel {
			s.release(d)
		}
		s.end(e.Parcel, StatusNotStored, r.At)
		s.leave(e.Parcel)
	case DropAbandoned:
		company := ""
		if p := s.parcel(e.Parcel); p != nil {
			company = p.Company
		}
		s.end(e.Parcel, StatusAbandoned, r.At)
		if d := s.changeDoor(e.Door); d != nil {
			d.Holds = Contents{Kind: Doubtful, Why: DoubtAbandoned, Tracking: e.Tracking, Company: company}
		}
		s.leave(e.Parcel)
	}
}

// reserve keeps the proof of emptiness: a drop-off that never opened the door leaves it as it was.
func (s *State) reserve(door int, parcel string) {
	if d := s.changeDoor(door); d != nil {
		d.Holds = Contents{Kind: Reserved, Proof: d.Holds.Proof, Parcel: parcel}
	}
}

// release returns a reserved door to its former emptiness if it was not pulsed since; otherwise its contents are unknown.
func (s *State) release(d *Door) {
	if d.Holds.Proof != "" {
		d.Holds = Contents{Kind: Empty, Proof: d.Holds.Proof}
		return
	}
	p, why := s.parcel(d.Holds.Parcel), DoubtLeft
	if p != nil && !p.Opened {
		why = DoubtUnseen
	}
	d.Holds = Contents{Kind: Doubtful, Why: why}
	if p != nil && p.Sender { // their word proves nothing, and nobody else's courier is to find what they left
		d.Holds.Tracking, d.Holds.Company = p.Tracking, p.Company
	}
}

func (s *State) moveDrop(e DropMoved) {
	s.Session.Denied = false
	if d := s.changeDoor(e.From); d != nil {
		s.release(d)
	}
	if p := s.changeParcel(e.Parcel); p != nil {
		p.Door, p.Opened, p.Shut, p.Jammed, p.Moved = e.To, false, false, e.Jammed, p.Again
	}
	s.reserve(e.To, e.Parcel)
}

// leave ends the session's hold on a parcel.
func (s *State) leave(parcel string) {
	if s.Session.Parcel == parcel {
		s.Session.Parcel = ""
	}
}

func (s *State) collect(r Record, e ParcelCollected) {
	p := s.changeParcel(e.Parcel)
	if p == nil {
		return
	}
	p.State, p.Since, p.Shared, p.Ender = ParcelTaken, r.At, nil, e.Person
	if s.Session.Parcel == p.ID && s.Session.Courier == "" {
		s.Session.Fetched = append(s.Session.Fetched, p.ID)
	}
	s.spendAll(p, Spent{})
	if d := s.changeDoor(e.Door); d != nil {
		d.Holds = Contents{Kind: Collected, Parcel: e.Parcel, Why: d.Holds.Why}
	}
}

func (s *State) dispute(r Record, e CollectionDisputed) {
	if p := s.changeParcel(e.Parcel); p != nil {
		was := ParcelStoredAt
		if p.State == ParcelReturned {
			was = ParcelOverstays
			switch {
			case p.Sender:
				was = ParcelToGo
			case p.Rented && p.Expired:
				was = ParcelStoredAt
			}
		}
		p.State, p.Since = was, r.At
	}
	if e.By != bySensor { // its door has been opened in this visit all the same
		s.Session.Fetched = without(s.Session.Fetched, func(id string) bool { return id == e.Parcel })
	}
	s.Spent = without(s.Spent, func(x Spent) bool { return x.Parcel == e.Parcel && !x.Replaced })
	s.Used = without(s.Used, func(x UsedToken) bool { return x.Parcel == e.Parcel })
	if d := s.changeDoor(e.Door); d != nil {
		d.Holds = Contents{Kind: Occupied, Parcel: e.Parcel, Why: d.Holds.Why}
	}
}
