package locker

import "slices"

// Right is a kind of work that a courier may do.
type Right string

// Rights.
const (
	RightDrop          Right = "drop"           // put parcels in
	RightRecallOwn     Right = "recall_own"     // take back what they put in themselves and nobody fetched
	RightRecallCompany Right = "recall_company" // take back what their company put in
	RightCollect       Right = "collect"        // take out what people put in to be sent
)

// Rights are all rights.
func Rights() []Right { return []Right{RightDrop, RightRecallOwn, RightRecallCompany, RightCollect} }

// may says whether a courier has a right. One of whom nothing is said may drop off, and take back what is theirs.
func (c Courier) may(r Right) bool {
	if len(c.Rights) == 0 {
		return r == RightDrop || r == RightRecallOwn
	}
	return slices.Contains(c.Rights, r)
}

// valid says whether a courier may work now. While the clock is not set only what has ended for certain has ended.
func (s *State) valid(c Courier, now Now) bool {
	if !now.Known {
		return c.Until.IsZero() || s.Newest.Before(c.Until)
	}
	return (c.Until.IsZero() || now.Wall.Before(c.Until)) && !now.Wall.Before(c.From)
}

// worker is the courier who is signed in.
func (s *State) worker() Courier {
	if s.Session.Courier == "" {
		return Courier{}
	}
	for c := range s.couriers() {
		if c.ID == s.Session.Courier {
			return *c
		}
	}
	return Courier{}
}

// may says whether the courier at the kiosk has a right. Nobody brings a parcel where its code has no way to its recipient.
func (s *State) may(r Right) bool {
	return s.Session.Courier != "" && s.worker().may(r) && (r != RightDrop || !s.plan.NoCodes)
}

// recallable are the doors, in the order of the plan, with parcels that the courier at the kiosk may take back.
func (s *State) recallable() []int {
	if s.Session.Courier == "" || s.parcels.odd == 0 {
		return nil
	}
	c := s.worker()
	var doors []int
	for _, plan := range s.plan.Doors {
		p := s.parcel(s.door(plan.Number).Holds.Parcel)
		if p == nil || p.State != ParcelOverstays || !s.usable(plan.Number) ||
			slices.Contains(s.Session.Passed, plan.Number) {
			continue
		}
		own := p.Courier == c.ID && c.may(RightRecallOwn)
		companys := c.Company != "" && p.Company == c.Company && c.may(RightRecallCompany)
		if own || companys {
			doors = append(doors, plan.Number)
		}
	}
	return doors
}

// recallNext shows the next door to be emptied, or goes back to scanning.
func (d *decision) recallNext(notice Notice) {
	doors := d.s.recallable()
	if len(doors) == 0 {
		d.move(StepScan, notice, 0)
		return
	}
	d.move(StepRecall, notice, doors[0])
}

// recallTapped is a button of a courier who takes parcels back.
func (d *decision) recallTapped(a Action) {
	n := d.s.Session
	switch a {
	case ActionRecall:
		d.recallNext(NoticeNone)
	case ActionRecallOpen:
		if !slices.Contains(d.s.recallable(), n.Door) {
			d.recallNext(NoticeTryAgain)
			return
		}
		why := d.unlock(n.Door, UnlockRequested{Why: WhyRecall, Session: n.ID, Parcel: d.s.door(n.Door).Holds.Parcel})
		if why != NoticeNone {
			d.recallNext(why)
			return
		}
		d.move(StepRecallDoor, NoticeNone, n.Door)
	case ActionSkip:
		d.emit(RecallPassed{Session: n.ID, Door: n.Door})
		d.recallNext(NoticeNone)
	}
}

// recalled: the courier's door was seen to open.
func (d *decision) recalled(u Unlock, door int) {
	p := d.s.parcel(u.Parcel)
	if p == nil || p.State != ParcelOverstays {
		return
	}
	d.emit(ParcelRecalled{Parcel: p.ID, Tracking: p.Tracking, Door: door, Unlock: u.ID, Courier: d.s.Session.Courier})
}

func (s *State) applyRecall(r Record, e Event) {
	switch e := e.(type) {
	case RecallPassed:
		s.touch(e.Session, r)
		s.Session.Passed = append(s.Session.Passed, e.Door)
	case LookPassed:
		s.touch(e.Session, r)
		s.Session.Passed = append(s.Session.Passed, e.Door)
	case ParcelRecalled:
		if p := s.changeParcel(e.Parcel); p != nil {
			p.State = ParcelReturned
			s.spent(Spent{Code: p.Code, Parcel: p.ID, Returned: true})
		}
		if d := s.changeDoor(e.Door); d != nil {
			d.Holds = Contents{Kind: Collected, Parcel: e.Parcel}
		}
	}
}
