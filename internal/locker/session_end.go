package locker

import "time"

// endSession ends a session in whatever state it is. Only what was seen decides the result, never what was probably meant.
func (d *decision) endSession(why string) {
	n := d.s.Session
	if n.ID == "" {
		return
	}
	if p := d.s.parcel(n.Parcel); p != nil && p.State == ParcelDropping {
		d.settle(*p, n)
	} else if p != nil && p.Refusing != "" {
		d.settleRefusal(*p)
	}
	if d.s.Setup.Hand.Unlock != "" {
		d.tryEnded(OutcomeUnknown, "the technician's session ended")
	}
	d.stopCharge(n.Parcel, stopLeft)
	d.endSequence(SequenceLeft)
	d.endInventory(InventoryLeft)
	d.emit(SessionEnded{Session: n.ID, Why: why})
	if door := d.s.door(n.Door); door != nil && door.State == Closed && door.Unlock.ID == "" {
		d.shutAlone(*door)
	}
}

// sessionEnd is when the session ends by itself if nobody touches anything.
func (s *State) sessionEnd() (time.Duration, bool) {
	n, t := s.Session, s.plan.Times
	if n.ID == "" {
		return 0, false
	}
	if n.Step == StepThanks {
		stays := thanksLeast
		if n.Courier == "" {
			stays = max(stays, t.Thanks)
		}
		return n.Touched + stays, true
	}
	if n.Step == StepConfirm || n.Step.pays() {
		return n.Touched + t.IdleDoorOpen, true
	}
	if n.Step == StepSurvey && s.Setup.Surveying {
		return max(n.Moved+surveyMost, n.Touched+t.IdleDoorOpen), true
	}
	if d := s.door(n.Door); n.Step == StepInventoryDoor && d != nil && d.State == Closed && d.Unlock.ID == "" { // a touch opens the next one
		return max(n.Touched, d.Since) + leftAlone, true
	}
	if d := s.door(n.Door); n.Technician != "" || n.Enrolling != "" || d != nil && (d.State == Open || d.Unlock.ID != "") {
		return n.Touched + t.IdleDoorOpen, true
	}
	return n.Touched + t.Idle, true
}

// sessionOver is when the session ends whatever is touched: afterwards its owner must show code, badge or PIN again.
func (s *State) sessionOver() time.Duration {
	n, t := s.Session, s.plan.Times
	switch {
	case n.Technician != "":
		return n.Proven + t.SessionTechnician
	case n.Courier != "":
		return n.Proven + t.SessionCourier
	}
	return n.Proven + t.Session
}

// overNotice is how long before that end the screen announces it.
const overNotice = 2 * time.Minute

// StillThere is how long before its end a session asks whether somebody is there. WCAG 2.2 (2.2.1, Timing Adjustable)
// requires at least 20 s; the rest allows for the delay of the screen.
const StillThere = 25 * time.Second

// thanksLeast is how long the last screen stays: it says from its beginning when it closes.
const thanksLeast = StillThere + 5*time.Second

// idleLeast is the shortest allowed time limit of an idle session, so that people are not asked all the time.
const idleLeast = StillThere + 15*time.Second

// surveyMost is how long a technician may watch the search for boards: every address of every family at every speed of a few
// lines, at a tenth of a second each.
const surveyMost = 30 * time.Minute

// present keeps a session alive. It is recorded only if the screen asks, or half of the time is gone, so that a finger on
// the screen does not fill the journal.
func (d *decision) present(in Present) {
	n := d.s.Session
	end, some := d.s.sessionEnd()
	if !some || in.Revision != d.s.Revision {
		return
	}
	if end-d.now.Up <= StillThere || d.now.Up-n.Touched >= d.s.plan.Times.Idle/2 {
		d.emit(SessionKept{Session: n.ID})
	}
}
