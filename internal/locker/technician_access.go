package locker

import (
	"slices"
	"time"
)

// Role is what a technician may do.
type Role string

// Roles of technicians.
const (
	// RoleService may do everything except opening a door that holds something for somebody, and commissioning.
	RoleService Role = "service"
	// RoleChief may do everything. Opening every door, including those with parcels, needs a second technician.
	RoleChief Role = "chief"
)

// Technician is somebody who may look after the cabinet, once they have enrolled.
type Technician struct {
	ID   string
	Name string
	Role Role
}

// Secrets are a technician's credentials. They are stored sealed and never leave the cabinet.
type Secrets struct {
	Invitation Hash   `json:"invitation,omitzero"` // keyed hash of the one-time secret
	PIN        string `json:"pin,omitempty"`       // argon2id, as a PHC string
	TOTP       []byte `json:"totp,omitempty"`      // what the app's codes are made of (RFC 6238)
	Recovery   []Hash `json:"recovery,omitempty"`  // keyed hashes of the recovery codes; a used one is zero
}

// IsZero says that there are none.
func (s Secrets) IsZero() bool {
	return s.Invitation.IsZero() && s.PIN == "" && len(s.TOTP) == 0 && len(s.Recovery) == 0
}

// String keeps them out of logs.
func (Secrets) String() string { return "(secrets)" }

// GoString keeps them out of logs.
func (Secrets) GoString() string { return "(secrets)" }

// Enrolment is a technician's PIN and app, or the invitation to choose them.
type Enrolment struct {
	ID         string `json:"id"`
	Technician string `json:"technician"`
	// Enrolled says that the invitation was used: its one-time secret is spent.
	Enrolled bool      `json:"enrolled,omitempty"`
	Until    time.Time `json:"until,omitzero"` // of an invitation: it cannot be followed after
	Step     int64     `json:"step,omitempty"` // the newest time step of the app that was used
	Secrets  Secrets   `json:"secrets,omitzero"`
}

// technicians are those who have enrolled or were invited. An enrolment changes in place.
type technicians struct {
	Technicians []Enrolment `json:"technicians,omitempty"`
}

func (x technicians) clone() technicians { return technicians{slices.Clone(x.Technicians)} }

// invitationHolds is how long an invitation is valid.
const invitationHolds = 24 * time.Hour

// Why an enrolment, or an invitation, was forgotten.
const (
	ForgottenRemoved  = "removed"  // at the hand tool
	ForgottenReplaced = "replaced" // by a newer invitation, or by the enrolment that it led to
	ForgottenExpired  = "expired"  // nobody has followed the invitation
)

// AppCode says that the typed code is that of an enrolment's app, and of which time step (RFC 6238).
type AppCode struct {
	Enrolment string `json:"enrolment"`
	Step      int64  `json:"step"`
}

// Roster is what is needed to judge what is typed at the technicians' keypad before it becomes an input. It shares nothing
// with the state.
type Roster struct {
	Revision   uint64
	Step       Step
	Locked     bool   // the technicians' keypad
	Enrolling  string // the enrolment whose PIN is being chosen
	Enrolments []Enrolment
	Guards     Guards // for the hand tools
}

// Roster is the present roster.
func (s *State) Roster() Roster {
	r := Roster{Revision: s.Revision, Step: s.Session.Step, Locked: s.TechPIN.Locked, Enrolling: s.Session.Enrolling,
		Enrolments: slices.Clone(s.Technicians), Guards: s.howGuarded()}
	for i := range r.Enrolments {
		r.Enrolments[i].Secrets.TOTP = slices.Clone(r.Enrolments[i].Secrets.TOTP)
		r.Enrolments[i].Secrets.Recovery = nil // used codes are the rules' to know
	}
	return r
}

// ForTechnicians says that a screen shows the technicians' keypad.
func (p Step) ForTechnicians() bool {
	return slices.Contains([]Step{StepTechPIN, StepTechCode, StepNewPIN, StepNewPINAgain, StepNewCode, StepSecondPIN,
		StepSecondCode}, p)
}

func (c *Config) technician(id string) (Technician, bool) {
	i := slices.IndexFunc(c.Technicians, func(k Technician) bool { return k.ID == id })
	if i < 0 {
		return Technician{}, false
	}
	return c.Technicians[i], true
}

// chief says that the technician who is signed in may do everything.
func (s *State) chief() bool {
	k, listed := s.plan.technician(s.Session.Technician)
	return listed && k.Role == RoleChief
}

func (x *technicians) enrolment(id string) *Enrolment {
	i := slices.IndexFunc(x.Technicians, func(e Enrolment) bool { return e.ID == id })
	if i < 0 {
		return nil
	}
	return &x.Technicians[i]
}

// proves finds a technician's valid enrolment; nil if there is none.
func (s *State) proves(technician string) *Enrolment {
	if _, listed := s.plan.technician(technician); !listed {
		return nil
	}
	return s.enrolled(technician)
}

// enrolled finds a technician's enrolment, whether or not the configuration still lists them.
func (x *technicians) enrolled(technician string) *Enrolment {
	i := slices.IndexFunc(x.Technicians, func(e Enrolment) bool { return e.Enrolled && e.Technician == technician })
	if i < 0 {
		return nil
	}
	return &x.Technicians[i]
}

// enrolledBut says that somebody other than that technician is enrolled.
func (s *State) enrolledBut(technician string) bool {
	return slices.ContainsFunc(s.plan.Technicians, func(k Technician) bool {
		return k.ID != technician && s.proves(k.ID) != nil
	})
}

// invited finds the invitation of a one-time secret. It compares every one.
func (s *State) invited(secret Hash, now Now) *Enrolment {
	var found *Enrolment
	for i := range s.Technicians {
		e := &s.Technicians[i]
		_, listed := s.plan.technician(e.Technician)
		// With an unset clock it may expire too early: another invitation costs little.
		holds := listed && now.Wall.Before(e.Until)
		if holds && e.Secrets.Invitation.Equal(secret) && !secret.IsZero() {
			found = e
		}
	}
	return found
}

// proof is the credential that was typed in a session: a time step of the app, later than any used one, and directly after
// the first one where two were asked for; or one of the remaining recovery codes, counted from 1.
func (e *Enrolment) proof(in TechnicianTyped, n Session) (step int64, recovery int, ok bool) {
	for _, a := range in.App {
		if a.Enrolment == e.ID && a.Step > e.Step && (!n.Twice || slices.Contains(n.First, AppCode{e.ID, a.Step - 1})) {
			return a.Step, 0, true
		}
	}
	for i, h := range e.Secrets.Recovery {
		if !h.IsZero() && h.Equal(in.Recovery) {
			recovery = i + 1
		}
	}
	return 0, recovery, recovery > 0
}

// InviteAsked says that somebody invites a technician with `lockerd technician invite`.
type InviteAsked struct {
	Technician string
	Secrets    Secrets // all but the PIN
}

func (InviteAsked) input() {}

// RemoveAsked says that somebody removes a technician's PIN and app with `lockerd technician remove`.
type RemoveAsked struct{ Technician string }

func (RemoveAsked) input() {}
