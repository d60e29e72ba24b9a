package locker

import (
	"fmt"
	"slices"
	"time"
)

// Apply folds a record into the state. It cannot fail: it has already happened. What it does not find (a door that is
// no longer built) it leaves alone.
func (s *State) Apply(r Record) {
	switch r.Event.(type) {
	case RunStarted, EpochBegun: // what is counted in Up begins anew
		if e, ok := r.Event.(RunStarted); ok {
			s.restart(e, s.Up, r.Up)
		}
		s.carryOver(s.Up, r.Up)
	}
	if r.Up < s.Up {
		s.wakeAll()
	}
	s.Epoch, s.Seq, s.Up, s.Known = r.Epoch, r.Seq, r.Up, r.Known
	s.believe(r)
	s.signedBy(r)
	if r.Known && s.Forgot {
		s.Forgot, s.OrdersFrom = false, r.At
	}
	switch e := r.Event.(type) {
	case EpochBegun, RunStarted, RunHeldUp, BoardSilent, BoardAnswered:
		s.applyMachine(r, e)
	case ClockSet, ClockLost, ClockDoubted, ClockCorrected:
		s.applyClock(r, e)
	case SetupBegun, SetupSurveyAsked, SetupSurveyed, SetupColumnAdded, SetupDoorAdded, SetupDoorRemoved,
		SetupBoardForgotten, SetupLockTaken, LockTried, LockTryEnded, SetupContact, SetupDoorWired, SetupLockUnused,
		SetupSaved, SetupFailed, SetupEnded, SetupUndone:
		s.applySetup(r, e)
	case SequenceStarted, SequencePassed, SequenceEnded:
		s.applySequence(r, e)
	case FindingRaised, FindingCleared, DoorPresence, DoorSaidOpen, DoorWired, UnlockRefused, LookRefused:
		s.applyHabits(e)
	case ScannerGone, ScannerReturned, CameraSilent, CameraAnswered, SwitchAlarmed, SwitchCleared, PhotoKept:
		s.applyGear(r, e)
	case SourceMuted, SourceUnmuted, SourceUnrecorded:
		s.applySource(r, e)
	case DoorOpened, DoorClosed, DoorUnknown, DoorForced, DoorOpenedLate, DoorLeftOpen, DoorBlocked, DoorUnblocked,
		DoorEmptied, DoorDoubted, UnlockRequested, UnlockEnded:
		s.applyDoor(r, e)
	case SessionStarted, SessionMoved, SessionKept, SessionEnded, LanguageChosen, CourierSignedIn, CodeRefused,
		TypingLocked, TypingUnlocked, GuardsCleared, ParcelScanned, RecipientGiven, DoorTested:
		s.applySession(r, e)
	case TechnicianInvited, InvitationTyped, PINChosen, TechnicianEnrolled, TechnicianForgotten, PINTyped, AppCodeTyped,
		TechnicianSignedIn, TechnicianSeconded:
		s.applyTechnician(r, e)
	case CourierPut, CourierRemoved, ResendAsked, TokensRevoked, OrderAccepted, OrderRefused:
		s.applyOrder(r, e)
	case TokenSpent:
		s.applyToken(e)
	case PickupClaimed, ConditionMet, ConditionFailed, CodeResendAsked:
		s.applyCondition(r, e)
	case ParcelRecalled, RecallPassed, LookPassed:
		s.applyRecall(r, e)
	case BreakerTripped:
		s.Breaker.Tripped = true
	case ErasureBegun, PersonErased:
		s.applyErasure(e)
	case ParcelHandedOver, ConditionsReset:
		s.applyWayOut(e)
	case ParcelCancelled, ParcelAnnounced, AnnouncementDropped, DropStarted, DropMoved, DropCancelled,
		DropAbandoned, ParcelStored, PickupPeriodBegan, ParcelCollected, CollectionDisputed, ParcelExpired:
		s.applyParcel(r, e)
	default:
		panic(fmt.Sprintf("locker: apply: event %T is not known", e))
	}
	s.charge(r)
	s.settle()
	s.settleParcels()
	s.settlePicture()
}

func (s *State) applyMachine(r Record, e Event) {
	s.moved.everything()
	switch e := e.(type) {
	case EpochBegun:
		s.Forgot = s.Forgot || e.Reason != EpochNew
		for i := range s.Doors {
			d := s.editDoor(i)
			d.State, d.Before, d.SeenClosed = Unknown, "", false
			d.restore(e.Reason, s.parcel(d.Holds.Parcel))
			if d.Holds.Kind == Doubtful {
				s.dropParcel(d.Holds.Parcel)
				d.Holds.Parcel = ""
			}
		}
		for _, p := range s.Parcels {
			s.changeParcel(p.ID).restore(e)
		}
		if e.aged() { // it may have been followed since
			s.Technicians = without(s.Technicians, func(k Enrolment) bool { return !k.Enrolled })
			for i := range s.Technicians {
				s.Technicians[i].Secrets.Recovery = nil // which of them were used since, nobody knows
			}
		}
	case RunStarted:
		s.startRun(r, e)
		s.date(r)
	case RunHeldUp:
		s.holdUp(r)
	case BoardSilent:
		b := Board{Bus: e.Bus, Board: e.Board}
		s.Silent = append(s.spoken(b), SilentBoard(e))
		s.forget(b, r.Up)
		if p, built := s.planned(s.Session.Door); built && p.contactBoard() == b {
			s.attend(s.Session.Door, r)
		}
	case BoardAnswered:
		s.Silent = s.spoken(Board(e))
	}
}

// restore doubts what a journal that is not whole says of a door: a parcel that it knows nothing of may have been put in
// since, also where nobody knew what was in it.
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

// restore doubts what a backup says of a parcel: its door may have been given to another since. Nobody opens that with
// an old code.
func (p *Parcel) restore(e EpochBegun) {
	p.Shut = false
	if e.aged() && (p.State == ParcelStoredAt || p.State == ParcelOverstays) {
		p.State = ParcelHeld
	}
}

// startRun begins all that is counted in Up anew, and lets no door keep a state that nobody watched.
func (s *State) startRun(r Record, e RunStarted) {
	s.Version, s.Revision = e.Version, r.Seq
	s.Silent = nil
	s.Scanners = without(s.Scanners, func(n string) bool { return !slices.Contains(s.plan.Scanners, n) })
	s.Cameras = without(s.Cameras, func(n string) bool { return !slices.Contains(s.plan.Cameras, n) })
	s.startSetup()
	for _, k := range []*Typing{&s.Typing, &s.TechPIN, &s.Scans} {
		k.Last, k.Since, k.Forgave = r.Up, r.Up, r.Up
	}
	s.Unkept.Since = r.Up
	s.Session.Touched, s.Session.Moved, s.Session.Proven = r.Up, r.Up, r.Up
	s.Resent = slices.Clone(s.Resent)
	for i := range s.Resent {
		s.Resent[i] = r.Up
	}
	s.Breaker.Released = slices.Clone(s.Breaker.Released)
	for i := range s.Breaker.Released {
		s.Breaker.Released[i].Up = r.Up
	}
	for i := range s.Doors {
		d := s.editDoor(i)
		d.unknown(r.Up)
		d.Last.Earlier = d.Last.ID != ""
		d.Unlock.Earlier = d.Unlock.ID != ""
		d.Unlock.At = r.Up
	}
}

// forget lets the doors of a silent board be unknown.
func (s *State) forget(b Board, up time.Duration) {
	s.Setup.forgetContacts(b)
	for _, number := range s.index.on[b] {
		if p, built := s.planned(number); !built || p.contactBoard() == b { // a lock's board knows nothing of a contact elsewhere
			s.changeDoor(number).unknown(up)
		}
	}
}

// date gives what was announced while the clock was not known the time at which it came to be known.
func (s *State) date(r Record) {
	if !r.Known || !slices.ContainsFunc(s.Announced, func(a Announcement) bool { return !a.Known }) {
		return
	}
	s.Announced = slices.Clone(s.Announced)
	for i := range s.Announced {
		if a := &s.Announced[i]; !a.Known {
			a.At, a.Known = r.At, true
		}
	}
}

func (d *Door) unknown(up time.Duration) {
	if d.State != Unknown {
		d.Before = d.State
	}
	d.Fell = false
	d.State, d.Since, d.SeenClosed, d.Evidence, d.Presence = Unknown, up, false, Evidence{}, ""
}

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
	case DoorForced, DoorOpenedLate:
		// What follows from it is in DoorDoubted; the alarm is the event itself.
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
			s.dropParcel(d.Holds.Parcel)
			d.Holds = Contents{Kind: Empty, Proof: e.Proof}
		}
	case DoorDoubted:
		if d := s.changeDoor(e.Door); d != nil {
			s.doubtDoor(d, e)
		}
	case UnlockRequested:
		s.requestUnlock(r, e)
	case UnlockEnded:
		if d := s.changeDoor(e.Door); d != nil {
			s.endUnlock(d, r, e)
		}
		if s.Sequence.Door == e.Door {
			s.Sequence.opened(e.Outcome)
		}
	}
}

// doubtDoor takes a proof away. A parcel that was just fetched stays in the books until its reopening time is over: something
// of it may be there, and a sensor may see it.
func (s *State) doubtDoor(d *Door, e DoorDoubted) {
	p := s.parcel(d.Holds.Parcel)
	if d.Holds.Kind == Collected && d.Holds.Why == "" && p != nil && p.State == ParcelTaken {
		d.Holds.Why = e.Why
		return
	}
	s.dropParcel(d.Holds.Parcel)
	d.Holds = Contents{Kind: Doubtful, Why: e.Why}
}

// requestUnlock believes the intent of an unlock.
func (s *State) requestUnlock(r Record, e UnlockRequested) {
	s.passBy(r)
	if s.watched(e.Door, e) {
		s.released(e.Door, r.Up)
	}
	if d := s.changeDoor(e.Door); d != nil {
		d.Unlock = Unlock{ID: e.Unlock, Why: e.Why, Session: e.Session, Parcel: e.Parcel, Order: e.Order,
			Token: e.Token, Again: e.Again, Asked: r.Up, Wall: r.At, Known: r.Known, At: r.Up}
		if p := s.changeParcel(e.Parcel); p != nil && e.Why == WhyReopen {
			p.Reopened++
		}
		s.slipped(e)
		s.touch(e.Session, r)
		if e.Session == s.Session.ID {
			s.sequenceOpening(e.Door)
			s.Session.Retried = s.Session.Retried || e.Again
			s.Session.Reopened = s.Session.Reopened || e.Why == WhyReopen
			if s.Session.Parcel = e.Parcel; e.Why == WhyPickup && !e.Again {
				s.Session.Proven = r.Up
			}
			s.Session.Asked = Asked{Why: e.Why, Parcel: e.Parcel, Token: e.Token}
			if e.Token.ID != "" {
				s.Session.Token = e.Token
			}
		}
	}
}

func (s *State) openDoor(d *Door, r Record, e DoorOpened) {
	d.State, d.Since, d.Evidence, d.LeftOpen, d.Fell, d.Opening = Open, r.Up, e.Evidence, false, false, e.Unlock
	d.Sprang = e.Bounced
	if e.Bounced {
		if p := s.changeParcel(d.Holds.Parcel); p != nil && p.State == ParcelDropping {
			p.Shut = false
		}
		return
	}
	s.unprove(d)
	// A pulse whose door opened late was counted when it seemed to have failed.
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
		s.Session.Saw = d.Number
	}
	if p := s.changeParcel(u.Parcel); p != nil && p.State == ParcelDropping && p.Door == d.Number {
		p.Opened, p.Shut = true, false
	}
}

// unprove takes the proof from a door that was pulsed, or seen open, since it was reserved: its courier may have put
// something in, whatever its contact says.
func (s *State) unprove(d *Door) {
	if d.Holds.Kind == Reserved {
		d.Holds.Proof = ""
	}
}

func (s *State) closeDoor(d *Door, r Record, e DoorClosed) {
	d.Fell = d.State == Open
	if d.Fell {
		s.hand()
	}
	d.State, d.Since, d.Evidence, d.SeenClosed, d.LeftOpen, d.Sprang = Closed, r.Up, e.Evidence, true, false, false
	d.Habits.OpenAt, d.Habits.Passed = time.Time{}, 0
	s.attend(d.Number, r)
	if p := s.changeParcel(d.Holds.Parcel); p != nil && p.State == ParcelDropping && p.Opened {
		p.Shut = true
	}
}

func (s *State) endUnlock(d *Door, r Record, e UnlockEnded) {
	if d.Unlock.ID != e.Unlock {
		return
	}
	if e.Outcome != NotSent {
		s.unprove(d)
	}
	u := d.Unlock
	d.Unlock = Unlock{}
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
