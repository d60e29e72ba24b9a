package locker

import "slices"

func (s *State) applyTechnician(r Record, e Event) {
	switch e := e.(type) {
	case TechnicianInvited:
		secrets := e.Personal.Secrets
		s.Technicians = append(s.Technicians, Enrolment{ID: e.Enrolment, Technician: e.Technician, Until: e.Until,
			Secrets: secrets})
	case InvitationTyped:
		s.touch(e.Session, r)
		s.Session.Enrolling = e.Enrolment
	case PINChosen:
		s.touch(e.Session, r)
		if k := s.enrolment(e.Enrolment); k != nil {
			k.Secrets.PIN = e.Personal.Secrets.PIN
		}
	case TechnicianEnrolled:
		s.touch(e.Session, r)
		s.Session.Enrolling = ""
		if k := s.enrolment(e.Enrolment); k != nil {
			k.Enrolled, k.Secrets.Invitation = true, Hash{}
			k.use(e.Step, e.Recovery)
		}
	case TechnicianForgotten:
		s.Technicians = without(s.Technicians, func(k Enrolment) bool { return k.ID == e.Enrolment })
	case PINTyped:
		s.touch(e.Session, r)
		s.Session.Knows, s.Session.Twice, s.Session.First = e.Technicians, false, nil
	case AppCodeTyped:
		s.touch(e.Session, r)
		s.Session.Twice, s.Session.First = true, e.App
	case TechnicianSignedIn:
		s.touch(e.Session, r)
		s.Session.Technician, s.Session.Proven = e.Technician, r.Up
		s.hand()
		if k := s.enrolled(e.Technician); k != nil {
			k.use(e.Step, e.Recovery)
		}
	case TechnicianSeconded:
		s.touch(e.Session, r)
		if k := s.enrolled(e.Technician); k != nil {
			k.use(e.Step, e.Recovery)
		}
	case DoorTested:
		s.touch(e.Session, r)
		s.Session.Tests = append(s.Session.Tests, DoorTest{Door: e.Door, Result: e.Result})
	}
}

// use spends a time step of the app, with all before it, or a recovery code.
func (e *Enrolment) use(step int64, recovery int) {
	e.Step = max(e.Step, step)
	if recovery > 0 && recovery <= len(e.Secrets.Recovery) {
		e.Secrets.Recovery = slices.Clone(e.Secrets.Recovery) // it is shared with copies of the state
		e.Secrets.Recovery[recovery-1] = Hash{}
	}
}
