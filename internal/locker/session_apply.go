package locker

import (
	"slices"
	"time"
)

func (s *State) applySession(r Record, e Event) {
	switch e := e.(type) {
	case SessionStarted:
		s.Session = Session{ID: e.Session, Language: e.Language, Step: StepHome, Touched: r.Up, Moved: r.Up, Proven: r.Up}
		s.Revision = r.Seq
	case SessionMoved:
		s.touch(e.Session, r)
		s.moveSession(r, e)
	case SessionKept:
		s.touch(e.Session, r)
	case SessionEnded:
		s.Session, s.Revision = Session{}, r.Seq
		s.leaveHand()
	case LanguageChosen:
		s.touch(e.Session, r)
		s.Session.Language = e.Language
	case CourierSignedIn:
		s.Session.Shown, s.Session.Proven = r.Up, r.Up
		s.touch(e.Session, r)
		s.Session.Courier, s.Session.Company, s.Session.Crowded = e.Courier, e.Company, false
		s.hand()
	case DoorTested:
		s.touch(e.Session, r)
		s.Session.Tests = append(s.Session.Tests, DoorTest{Door: e.Door, Result: e.Result})
	case CodeRefused:
		s.touch(e.Session, r)
		if e.Scanned {
			s.Scans.wrong(r.Up, s.forgiveness())
		}
		if technician := s.Session.Step.ForTechnicians(); e.Typed && e.Why.wrong() && technician {
			s.TechPIN.wrongTechnician(r.Up, s.plan.WrongTries)
			s.Session.Twice, s.Session.First = false, nil
		} else if e.Typed && e.Why.wrong() {
			s.Typing.wrong(r.Up, s.forgiveness())
			s.Session.Slips++
		}
	case TypingLocked:
		k := s.guard(e.Technician, e.Scans)
		k.Locked, k.Since, k.For = true, r.Up, time.Duration(e.For)*time.Millisecond
		if k.Step = e.Step; !e.Technician {
			k.Wrong = 0 // the lock-out is what they cost
		}
	case TypingUnlocked:
		s.guard(e.Technician, e.Scans).Locked = false
	case GuardsCleared:
		s.Typing, s.Scans, s.TechPIN = Typing{}, Typing{}, Typing{}
		s.Sources = without(s.Sources, func(x Source) bool { return x.Name == SourcePage || x.Name == SourceHeld || x.Name == SourceParcels })
	case ParcelScanned:
		s.touch(e.Session, r)
		s.Session.Shown = r.Up
		s.Session.Tracking, s.Session.Order, s.Session.Size = e.Tracking, e.Announced, e.Size
		s.Session.Likely = e.Likely
		s.Session.Mask, s.Session.Phone, s.Session.Low, s.Session.Ask = "", nil, false, Conditions{}
		if a := s.announced(e.Tracking); a != nil && a.Order == e.Announced {
			s.Session.Mask, s.Session.Phone, s.Session.Low, s.Session.Ask = a.Mask, a.Phone, a.Low, a.Ask
		}
	case RecipientGiven:
		s.touch(e.Session, r)
		s.Session.Mask, s.Session.Phone = e.Mask, e.Personal.Phone
	}
}

func (s *State) moveSession(r Record, e SessionMoved) {
	n := &s.Session
	s.Revision = r.Seq
	n.Crowded = n.Crowded || e.Notice == NoticeCloseFirst || e.Step == StepBadge
	if !n.aside(e.Step) {
		n.Moved = r.Up
	}
	n.Relooked = n.Relooked || n.Step == StepLook && (e.Step == StepTakeOut || e.Step == StepRecallDoor)
	n.Step, n.Notice, n.Aim, n.Board = e.Step, e.Notice, e.Aim, e.Board
	if e.Step == StepSetup {
		s.leaveHand()
	}
	if e.Step == StepTest && e.Door == 0 {
		n.Tests = nil // a self test begins
	}
	if n.Door != e.Door {
		n.Door, n.Retried, n.Saw, n.Relooked = e.Door, false, 0, false
	}
	if e.Step == StepScan {
		n.Tracking, n.Order, n.Size, n.Mask, n.Phone, n.Low, n.Parcel = "", "", "", "", nil, false, ""
		n.Ask, n.Likely = Conditions{}, 0
	}
}

// attend keeps the session at whose door something has happened: how long it lasts hangs on what is known of that door, and
// nobody's time ends without their being asked.
func (s *State) attend(door int, r Record) {
	if s.Session.Door == door {
		s.touch(s.Session.ID, r)
	}
}

func (s *State) touch(session string, r Record) {
	if session != "" && session == s.Session.ID {
		s.Session.Touched = r.Up
	}
}

// wrong says that what was typed is nobody's: it counts towards a lock-out.
func (n Notice) wrong() bool {
	return slices.Contains([]Notice{NoticeWrongCode, NoticeWrongPIN, NoticeWrongSignIn, NoticeWrongInvitation,
		NoticeWrongAppCode, NoticeWrongAnswer, NoticeAskOperator}, n)
}

// guard is one of the three guards against guessing.
func (s *State) guard(technician, scans bool) *Typing {
	if scans {
		return &s.Scans
	}
	return s.keypad(technician)
}

// keypad is the guard of a keypad: the technicians' goes on when the public's is locked.
func (s *State) keypad(technician bool) *Typing {
	if technician {
		return &s.TechPIN
	}
	return &s.Typing
}

// wrong counts a wrong code. People mistype, and a machine that guesses does not wait: one is forgiven every so often, so
// that honest slips do not add up and a week of guessing is no easier than with lock-outs alone. A day without one
// forgives the lock-outs too.
func (t *Typing) wrong(up, forgiven time.Duration) {
	t.forgive(up, forgiven)
	if up-t.Last > 24*time.Hour {
		t.Step = 0
	}
	t.Wrong++
	t.Last = up
}

// wrongTechnician counts a wrong try at the technicians' keypad, up to what makes it ask for more: what comes on top must not
// be paid for by technicians for weeks.
func (t *Typing) wrongTechnician(up time.Duration, most int) {
	t.forgive(up, techForgiven)
	if up-t.Last > techCalm {
		t.Step = 0
	}
	t.Wrong = min(t.Wrong+1, most)
	t.Last = up
}

func (t *Typing) forgive(up, every time.Duration) {
	if left := t.left(up, every); left > 0 {
		t.Wrong, t.Forgave = left, t.Forgave+time.Duration(t.Wrong-left)*every
	} else {
		t.Wrong, t.Forgave = 0, up
	}
}

// left is how many wrong codes are not forgiven.
func (t *Typing) left(up, every time.Duration) int { return max(0, t.Wrong-int((up-t.Forgave)/every)) }

// forgiveness is how often one wrong code is forgiven: as often as the last lock-out lets somebody try who does nothing
// but guess.
func (s *State) forgiveness() time.Duration {
	steps := s.plan.Times.Lockouts
	return steps[len(steps)-1] / time.Duration(s.plan.WrongTries)
}

// slipsForgiven is how many wrong codes of a session its right one makes good. Once for each parcel: who has one to fetch
// gains that many guesses and no more.
const slipsForgiven = 2

// slipped makes good what a recipient mistyped before the right code.
func (s *State) slipped(e UnlockRequested) {
	if e.Why != WhyPickup || e.Session != s.Session.ID || s.Session.Slips == 0 {
		return
	}
	if p := s.changeParcel(e.Parcel); p != nil && !p.Forgiven {
		p.Forgiven = true
		s.Typing.Wrong = max(0, s.Typing.Wrong-min(s.Session.Slips, slipsForgiven))
	}
	s.Session.Slips = 0
}
