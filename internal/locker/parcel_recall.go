package locker

import "slices"

// recallable are the doors, in the order of the plan, with parcels that the courier at the kiosk may take back.
func (s *State) recallable() []int {
	if s.Session.Courier == "" || s.odd == 0 {
		return nil
	}
	c := s.worker()
	var doors []int
	for _, plan := range s.plan.Doors {
		p := s.parcel(s.door(plan.Number).Holds.Parcel)
		if p == nil || !s.usable(plan.Number) || slices.Contains(s.Session.Passed, plan.Number) {
			continue
		}
		if p.overdue() && c.recalls(p) || c.collects(p) {
			doors = append(doors, plan.Number)
		}
	}
	return doors
}

// recalls says that the courier may take back a parcel that nobody fetched.
func (c Courier) recalls(p *Parcel) bool {
	own := p.Courier == c.ID && c.may(RightRecallOwn)
	companys := c.Company != "" && p.Company == c.Company && c.may(RightRecallCompany)
	return own || companys
}

// recallNext shows the next door to be emptied, or returns to scanning.
func (d *decision) recallNext(notice Notice) {
	doors := d.s.recallable()
	if len(doors) == 0 {
		d.move(StepScan, notice, 0)
		return
	}
	d.move(StepRecall, notice, doors[0])
}

// recallOn continues with the door that was opened for the courier last, or did not open, or with the next one.
func (d *decision) recallOn() {
	n := d.s.Session
	switch door := d.s.door(n.Door); {
	case door == nil:
		d.recallNext(NoticeNone)
	case door.Holds.Kind == Collected && door.State == Closed:
		d.aim(StepLook, AimRecall, n.Door)
	case door.Holds.Kind == Collected, door.Last.Session == n.ID && door.Last.Why == WhyRecall:
		d.move(StepRecallDoor, NoticeNone, n.Door)
	default:
		d.recallNext(NoticeNone)
	}
}

// recalls says that the screen shows a door that opens, or was opened, for a courier to take back what is in it.
func (n *Session) recalls() bool {
	return n.Step == StepRecallDoor || n.Step == StepLook && n.Aim == AimRecall
}

// recallTapped handles a button of a courier who takes parcels back.
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
		d.leftThere(n.Door)
		d.emit(RecallPassed{Session: n.ID, Door: n.Door})
		d.recallNext(NoticeNone)
	}
}

// holdsWithdrawn says that a parcel is behind a door that was cancelled before its pickup period was over.
func (s *State) holdsWithdrawn(door int) bool {
	d := s.door(door)
	if d == nil {
		return false
	}
	p := s.parcel(d.Holds.Parcel)
	return p != nil && p.State == ParcelOverstays && !p.Expired && p.Refused == ""
}

// leftThere takes back that a parcel was taken out of a door that is shut: its courier leaves it without having said so, since the
// door did not open for another look.
func (d *decision) leftThere(number int) {
	door := d.s.door(number)
	p := d.s.parcel(door.Holds.Parcel)
	if door.State == Closed && p != nil && p.State == ParcelReturned && !d.anybodys(number) {
		d.emit(CollectionDisputed{Parcel: p.ID, Door: number, By: "courier:" + d.s.Session.Courier})
	}
}

// recalled handles an opening of the courier's door that was seen.
func (d *decision) recalled(u Unlock, door int) {
	p := d.s.parcel(u.Parcel)
	if p != nil && p.State == ParcelToGo {
		d.emit(ParcelDispatched{Parcel: p.ID, Tracking: p.Tracking, Door: door, Unlock: u.ID, Courier: d.s.Session.Courier})
		return
	}
	if p == nil || !p.overdue() {
		return
	}
	d.emit(ParcelRecalled{Parcel: p.ID, Tracking: p.Tracking, Door: door, Unlock: u.ID, Courier: d.s.Session.Courier})
}

// recallLookActions are the answers of a courier who has taken a parcel out.
func (s *State) recallLookActions() []Action {
	n := s.Session
	switch {
	case !s.doubtedIn(n.Door):
		return []Action{ActionEmpty, ActionTryAgain, ActionOccupied, ActionLanguage}
	case n.Relooked || !s.usable(n.Door):
		return []Action{ActionEmpty, ActionMissing, ActionOccupied, ActionLanguage}
	}
	return []Action{ActionEmpty, ActionMissing, ActionTryAgain, ActionLanguage} // who is not sure looks once more
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
			p.State, p.Since = ParcelReturned, r.At
			s.spendAll(p, Spent{Returned: true})
		}
		if d := s.changeDoor(e.Door); d != nil {
			d.Holds = Contents{Kind: Collected, Parcel: e.Parcel, Why: d.Holds.Why}
		}
	}
}

// ParcelRecalled says that a courier's door was seen to open, to take back an expired or cancelled parcel.
type ParcelRecalled struct {
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	Courier  string `json:"courier,omitempty"` // none: they had gone before it opened
	Unlock   string `json:"unlock"`
}

// Kind is "parcel.recalled".
func (ParcelRecalled) Kind() string { return "parcel.recalled" }

// Forgets is whose key dies once this is confirmed.
func (e ParcelRecalled) Forgets() string { return "parcel:" + e.Parcel }

// RecallPassed says that a courier leaves a parcel where it is.
type RecallPassed struct {
	Session string `json:"session"`
	Door    int    `json:"door"`
}

// Kind is "recall.passed".
func (RecallPassed) Kind() string { return "recall.passed" }
