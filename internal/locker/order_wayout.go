package locker

// With these orders the operator states what the cabinet cannot know: that a recipient has a parcel, that a door is empty,
// that somebody who answered wrongly too often may try again.

// HandOverOrder says that a parcel's recipient has it, in whatever way.
type HandOverOrder struct {
	Tracking string
}

// LookedOrder says that somebody has looked into a door and found it empty.
type LookedOrder struct {
	Door int
	By   string // who has looked
}

// ResetOrder allows a parcel's conditions to be answered again.
type ResetOrder struct {
	Tracking string
}

func (s *State) refusalToWayOut(o Order, now Now) string {
	switch {
	case o.HandOver != nil:
		return s.refusalToHandOver(o.HandOver.Tracking)
	case o.Looked != nil:
		return s.refusalToLooked(*o.Looked)
	case o.Correct != nil:
		return s.refusalToCorrectOrder(o, now)
	case o.Reset != nil:
		if p := s.here(o.Reset.Tracking); p == nil || p.Wrong == 0 {
			return "no such parcel, or nothing that it asks was answered wrongly"
		}
		return ""
	}
	return "nothing to do"
}

func (s *State) refusalToHandOver(tracking string) string {
	switch p := s.here(tracking); {
	case p == nil:
		return "no such parcel"
	case p.State == ParcelToGo:
		return sentHere
	case s.Session.Parcel == p.ID:
		return "the parcel is just being fetched"
	}
	return ""
}

func (s *State) refusalToLooked(o LookedOrder) string {
	d := s.door(o.Door)
	_, built := s.planned(o.Door)
	switch {
	case !built:
		return "no such door"
	case o.By == "":
		return "it does not say who has looked"
	case s.Session.Door == o.Door || d.Unlock.ID != "":
		return "somebody is using the door"
	case d.tellable() && d.Holds.Kind == Empty:
		return "the door is known to be empty"
	}
	return s.refusalToLook(o.Door, true)
}

// wayOut carries out one of these orders.
func (d *decision) wayOut(o Order) {
	by := "order:" + o.ID
	switch {
	case o.HandOver != nil:
		p := d.s.here(o.HandOver.Tracking)
		d.emit(ParcelHandedOver{Order: o.ID, Parcel: p.ID, Door: p.Door})
	case o.Looked != nil:
		by := by + " " + o.Looked.By
		if door := d.s.door(o.Looked.Door); door.Blocked == BlockOccupied {
			d.emit(DoorUnblocked{Door: door.Number, By: by})
		}
		d.emit(DoorEmptied{Door: o.Looked.Door, Proof: ProofSaid, By: by})
	case o.Correct != nil:
		d.correct(by)
	case o.Reset != nil:
		d.emit(ConditionsReset{Order: o.ID, Parcel: d.s.here(o.Reset.Tracking).ID})
	}
}

func (s *State) applyWayOut(r Record, e Event) {
	switch e := e.(type) {
	case ParcelHandedOver:
		p := s.parcel(e.Parcel)
		if p == nil {
			return
		}
		s.spendAll(p, Spent{})
		if d := s.changeDoor(e.Door); d != nil && d.Holds.Parcel == p.ID {
			d.Holds = Contents{Kind: Doubtful, Why: DoubtGiven}
		}
		s.end(e.Parcel, StatusHandedOver, r.At)
	case ConditionsReset:
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Wrong = 0
		}
	}
}
