package locker

import "time"

func (s *State) applyGuard(r Record, e Event) {
	switch e := e.(type) {
	case CodeRefused:
		s.touch(e.Session, r)
		if n := &s.Session; e.Scanned {
			s.Scans.wrong(r.Up, s.forgiveness())
			// Whoever is in the middle of something holds up no other code than theirs: somebody else may stand there.
			n.Crowded = n.Crowded || e.Session == n.ID && n.Courier == "" && !n.free()
		}
		// Records of before moves do not say whose keypad it was: they have every step of the session before them.
		if technician := e.Technician || e.Keypad == "" && s.Session.Step.ForTechnicians(); e.Typed && e.Why.wrong() && technician {
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
	}
}
