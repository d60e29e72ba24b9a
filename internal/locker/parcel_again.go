package locker

import "slices"

// Within a visit a courier may have the door of what they have put in opened once more: it was the wrong parcel, or the wrong door, or
// does not lie well. The parcel is in their hands then as when they put it in. It stays, goes behind another door, or is taken out: then
// the courier's look proves the door empty, and its code, which may have been sent by then, is dead.
//
// Nobody else has shown a code since, or the visit would be over. Whoever comes meanwhile waits until the door is shut.

// visitMost is how many parcels of a visit are listed: what a screen shows.
const visitMost = 6

// VisitParcel is a parcel that was put in in the present visit.
type VisitParcel struct {
	Door     int
	Tracking string
}

// visited are the parcels that the courier at the kiosk has put in in this visit and may take in hand again, the newest first.
func (s *State) visited() (list []*Parcel) {
	n := &s.Session
	if n.Courier == "" {
		return nil
	}
	for _, number := range slices.Backward(n.Filled) {
		d := s.door(number)
		if d == nil || d.Holds.Kind != Occupied || d.State == Unknown || !s.usable(number) || len(list) == visitMost {
			continue
		}
		if p := s.parcel(d.Holds.Parcel); p != nil && p.State == ParcelStoredAt && !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// visit is the list as the screen shows it.
func (s *State) visit() (list []VisitParcel) {
	if s.Session.Step != StepVisit {
		return nil
	}
	for _, p := range s.visited() {
		list = append(list, VisitParcel{Door: p.Door, Tracking: p.Tracking})
	}
	return list
}

// visitTapped is a button of the list, or the one that leads there.
func (d *decision) visitTapped(in Tapped) {
	if in.Action == ActionVisit {
		d.move(StepVisit, NoticeNone, 0)
		return
	}
	for _, p := range d.s.visited() {
		if p.Door == in.Door {
			d.inHandAgain(*p)
			return
		}
	}
	d.move(StepVisit, NoticeTryAgain, 0)
}

// inHandAgain opens the door of a parcel for the courier who has put it in, unless it stands open.
func (d *decision) inHandAgain(p Parcel) {
	n := d.s.Session
	d.emit(ParcelInHand{Session: n.ID, Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Courier: n.Courier})
	if d.s.door(p.Door).State == Open {
		d.move(StepDrop, NoticeNone, p.Door)
		return
	}
	d.opening(p.Door, NoticeNone)
}

// untouched says that a parcel which was taken in hand again is still where it was: its door was never seen to open for that.
func (p *Parcel) untouched() bool { return p != nil && p.Again && !p.Opened && !p.Moved }

// laid says that what a courier brings may be behind its door already.
func (p *Parcel) laid() bool {
	return p != nil && p.State == ParcelDropping && (p.Opened || p.untouched())
}

// between says that a parcel which was taken in hand again was to go behind another door, which was not seen to open: nothing shows
// that it is behind that one, and it has been taken out of its own.
func (p *Parcel) between() bool { return p != nil && p.Again && !p.Opened && p.Moved }

// stays leaves a parcel whose door did not open once more where it is.
func (d *decision) stays(p Parcel, notice Notice) {
	d.storedAgain(p, !d.s.neverPulsed(&p))
	d.move(StepScan, notice, 0)
}

// storedAgain declares a parcel stored that was taken in hand again.
func (d *decision) storedAgain(p Parcel, unsure bool) {
	plan, _ := d.s.planned(p.Door)
	d.emit(ParcelStoredAgain{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Size: plan.Size, Courier: p.Courier, Unsure: unsure})
}

// notStored says that a courier has a parcel in their hands: it was not put in, or was taken out again.
func (d *decision) notStored(parcel string, door int) {
	if p := d.s.parcel(parcel); p != nil && p.Again {
		d.emit(ParcelWithdrawn{Parcel: p.ID, Tracking: p.Tracking, Door: door, Courier: p.Courier})
		return
	}
	d.emit(DropCancelled{Parcel: parcel, Door: door})
}

// settleAgain decides what became of a parcel that was taken in hand again after its courier has left. Who wanted it out may have it;
// otherwise it is where it was, and its recipient, who may have its code, finds out.
func (d *decision) settleAgain(p Parcel, n Session) {
	door := d.s.door(p.Door)
	switch {
	case p.between() && d.s.neverPulsed(&p):
		d.notStored(p.ID, p.Door)
	case door == nil || n.Aim != "" && p.Opened || p.between() || p.Moved && n.Denied:
		d.emit(ParcelWithdrawn{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Courier: p.Courier, Unsure: true})
	case p.Opened:
		d.storedAgain(p, !p.Shut || n.Denied || door.State == Open || d.s.unopened(&p))
	default:
		d.storedAgain(p, !d.s.neverPulsed(&p))
	}
}

// withCode finds a parcel with a code that its courier has in hand again; nil: none.
func (s *State) withCode(h Hash) *Parcel {
	for _, p := range s.Parcels {
		if p.Again && p.Code.Equal(h) {
			return p
		}
	}
	return nil
}

func (s *State) applyAgain(r Record, e Event) {
	switch e := e.(type) {
	case ParcelInHand:
		s.takeInHand(r, e)
	case ParcelStoredAgain:
		if p := s.changeParcel(e.Parcel); p != nil {
			p.State, p.Again, p.Moved, p.Jammed = ParcelStoredAt, false, false, false
		}
		if d := s.changeDoor(e.Door); d != nil {
			d.Holds = Contents{Kind: Occupied, Parcel: e.Parcel}
		}
		s.Session.Stored++
		s.Session.Filled = append(s.Session.Filled, e.Door)
		s.leave(e.Parcel)
	case ParcelWithdrawn:
		p := s.parcel(e.Parcel)
		if p == nil {
			return
		}
		s.spent(Spent{Code: p.Code, Parcel: p.ID, Returned: true})
		d, as := s.changeDoor(e.Door), StatusNotStored
		if d != nil && d.Holds.Parcel == e.Parcel {
			s.release(d)
		}
		if e.Unsure {
			as = StatusAbandoned
			if d != nil {
				d.Holds = Contents{Kind: Doubtful, Why: DoubtAbandoned, Tracking: p.Tracking, Company: p.Company}
			}
		}
		s.end(e.Parcel, as, r.At)
		s.leave(e.Parcel)
	}
}

// putBackAgain leaves behind its door what its courier had in hand there once more: the journal may have forgotten how that ended, and its
// recipient may have its code.
func (s *State) putBackAgain(d *Door) {
	if p := s.parcel(d.Holds.Parcel); p == nil || !p.Again || p.Moved || p.State != ParcelDropping {
		return
	}
	p := s.changeParcel(d.Holds.Parcel)
	p.State, p.Again, p.Jammed = ParcelStoredAt, false, false
	d.Holds = Contents{Kind: Occupied, Parcel: p.ID}
}

func (s *State) takeInHand(r Record, e ParcelInHand) {
	s.touch(e.Session, r)
	p, d := s.changeParcel(e.Parcel), s.changeDoor(e.Door)
	if p == nil || d == nil {
		return
	}
	p.State, p.Again, p.Moved, p.Opened, p.Shut = ParcelDropping, true, false, d.State == Open, false
	d.Holds = Contents{Kind: Reserved, Parcel: p.ID}
	plan, _ := s.planned(e.Door)
	n := &s.Session
	n.Denied = false
	n.Parcel, n.parcelInHand = p.ID, parcelInHand{Tracking: p.Tracking, Mask: p.Mask, Size: plan.Size, Zone: plan.Zone, Whose: p.Whose}
	n.Stored = max(0, n.Stored-1)
	n.Filled = without(n.Filled, func(door int) bool { return door == e.Door })
}

// ParcelInHand says that a courier has what they have put in in their hands once more, in the same visit: its door is opened for them.
// Until it is stored again its code opens nothing.
type ParcelInHand struct {
	Session  string `json:"session"`
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	Courier  string `json:"courier"`
}

// Kind is "parcel.in_hand".
func (ParcelInHand) Kind() string { return "parcel.in_hand" }

// ParcelStoredAgain says that a parcel that was in its courier's hands once more waits for its recipient as before, perhaps behind another
// door. Its code is the same.
type ParcelStoredAgain struct {
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	Size     string `json:"size"`
	Courier  string `json:"courier"`
	// Unsure says that its door was not seen to open and to close again while its courier stood there: it may have been taken out.
	Unsure bool `json:"unsure,omitempty"`
}

// Kind is "parcel.stored_again".
func (ParcelStoredAgain) Kind() string { return "parcel.stored_again" }

// ParcelWithdrawn says that a courier has taken out what they had put in in the same visit: it is not here, and its code is dead.
type ParcelWithdrawn struct {
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	Courier  string `json:"courier"`
	// Unsure says that they left without having said so: it may be behind its door. A courier of their company looks.
	Unsure bool `json:"unsure,omitempty"`
}

// Kind is "parcel.withdrawn".
func (ParcelWithdrawn) Kind() string { return "parcel.withdrawn" }

// Forgets is whose key dies once this is confirmed.
func (e ParcelWithdrawn) Forgets() string { return "parcel:" + e.Parcel }
