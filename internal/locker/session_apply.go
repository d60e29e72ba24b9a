package locker

func (s *State) applySession(r Record, e Event) {
	switch e := e.(type) {
	case SessionStarted:
		s.Session = Session{ID: e.Session, Proven: r.Up,
			place: place{Language: e.Language, Step: StepHome, Touched: r.Up, Moved: r.Up}}
		s.Revision = r.Seq
	case SessionMoved:
		s.touch(e.Session, r)
		s.moveSession(r, e)
	case SessionKept:
		s.touch(e.Session, r)
		if e.Shown {
			s.Session.Moved = r.Up
		}
		if e.Late {
			s.Session.Late = true
			s.Session.Crowded = s.Session.Crowded || s.idle(r.Up) > leftAlone
		}
	case SessionEnded:
		s.Session, s.Revision = Session{}, r.Seq
		s.Setup.leaveHand()
	case LanguageChosen:
		s.touch(e.Session, r)
		s.Session.Language = e.Language
	case ParcelScanned:
		s.touch(e.Session, r)
		s.Session.Shown = r.Up
		s.Session.parcelInHand = parcelInHand{Tracking: e.Tracking, Order: e.Announced, Size: e.Size, Likely: e.Likely}
		if a := s.announced(e.Tracking); a != nil && a.Order == e.Announced {
			s.Session.Mask, s.Session.Phone, s.Session.Low, s.Session.Zone, s.Session.Ask = a.Mask, a.Phone, a.Low, a.Zone, a.Ask
			s.Session.Whose, s.Session.Fee, s.Session.Consent = a.Whose, a.Fee, a.Consent
		}
	case LowDoorAsked:
		s.touch(e.Session, r)
		s.Session.Low = true
	case RecipientGiven:
		s.touch(e.Session, r)
		s.Session.Mask, s.Session.Phone, s.Session.Whose = e.Mask, e.Personal.Phone, e.Whose
	}
}

func (s *State) moveSession(r Record, e SessionMoved) {
	n := &s.Session
	if _, moves := r.Event.(Move); moves {
		s.ask(s.Seq)
	} else {
		s.Revision = r.Seq
	}
	n.Crowded = n.Crowded || e.Notice == NoticeCloseFirst || e.Step == StepBadge
	if stays := e.Step == n.Step && e.Door == n.Door; !n.aside(e.Step) && !s.moneyCame(e) && (!stays || !e.Notice.held()) {
		n.Moved = r.Up
	}
	if d := s.door(e.Door); e.Step == StepTakeOut && n.Aim == "" && d != nil && d.State != Open {
		n.Saw = 0 // it opened for what goes in; for the taking-out it is to open anew
	}
	n.Relooked = n.Relooked || n.Step == StepLook && (e.Step == StepTakeOut || e.Step == StepRecallDoor)
	n.Step, n.Notice, n.Aim, n.Board = e.Step, e.Notice, e.Aim, e.Board
	if e.Step == StepSetup {
		s.Setup.leaveHand()
	}
	if e.Step == StepTest && e.Door == 0 {
		n.Tests = nil // a self test begins
	}
	if n.Door != e.Door {
		n.Door, n.Retried, n.Saw, n.Relooked, n.Denied = e.Door, false, 0, false, false
	}
	n.Denied = n.Denied || e.Step == StepDropPress
	if e.Step == StepScan {
		n.Parcel, n.parcelInHand = "", parcelInHand{}
	}
}

// moneyCame says that a payer's screen says something else because a part was paid from elsewhere: that is nobody's touch, and does not
// show that the payer still stands there.
func (s *State) moneyCame(e SessionMoved) bool {
	c := s.underWay()
	return e.Step.pays() && (e.Step == s.Session.Step || e.Step == StepCardBusy && c != nil && c.Stopping)
}

// attend extends the session at whose door something has happened: its time limit depends on the state of that door, and no
// session may end without asking first.
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
