package locker

import "time"

// TechnicianInvited says that a technician may choose a PIN at the kiosk with a one-time secret, until the given time.
type TechnicianInvited struct {
	Technician string    `json:"technician"`
	Enrolment  string    `json:"enrolment"`
	Until      time.Time `json:"until"`
	Personal   Personal  `json:"-"` // the one-time secret and the recovery codes as keyed hashes, and the app's secret
}

// Kind is "technician.invited".
func (TechnicianInvited) Kind() string { return "technician.invited" }

// Subject is whose key seals the personal part.
func (e TechnicianInvited) Subject() string { return "technician:" + e.Enrolment }

// Private is the personal part.
func (e TechnicianInvited) Private() Personal { return e.Personal }

func (e TechnicianInvited) withPersonal(p Personal) Event { e.Personal = p; return e }

// InvitationTyped says that somebody has typed an invitation's one-time secret.
type InvitationTyped struct {
	Session    string `json:"session"`
	Technician string `json:"technician"`
	Enrolment  string `json:"enrolment"`
}

// Kind is "technician.invitation_typed".
func (InvitationTyped) Kind() string { return "technician.invitation_typed" }

// PINChosen says that an invited technician has chosen a PIN. It lets nobody in before TechnicianEnrolled.
type PINChosen struct {
	Session   string   `json:"session"`
	Enrolment string   `json:"enrolment"`
	Personal  Personal `json:"-"` // the PIN's argon2id
}

// Kind is "technician.pin_chosen".
func (PINChosen) Kind() string { return "technician.pin_chosen" }

// Subject is whose key seals the personal part.
func (e PINChosen) Subject() string { return "technician:" + e.Enrolment }

// Private is the personal part.
func (e PINChosen) Private() Personal { return e.Personal }

func (e PINChosen) withPersonal(p Personal) Event { e.Personal = p; return e }

// TechnicianEnrolled says that a technician can sign in from now on; the invitation's one-time secret is spent.
type TechnicianEnrolled struct {
	Session    string `json:"session"`
	Technician string `json:"technician"`
	Enrolment  string `json:"enrolment"`
	Step       int64  `json:"step,omitempty"`     // time step of the app's code (RFC 6238)
	Recovery   int    `json:"recovery,omitempty"` // or which recovery code it was, from 1
}

// Kind is "technician.enrolled".
func (TechnicianEnrolled) Kind() string { return "technician.enrolled" }

// TechnicianForgotten says that an enrolment, or an invitation, is no longer valid, and why.
type TechnicianForgotten struct {
	Technician string `json:"technician"`
	Enrolment  string `json:"enrolment"`
	Why        string `json:"why" enum:"removed,replaced,expired"` // ForgottenRemoved, ForgottenReplaced, ForgottenExpired
}

// Kind is "technician.forgotten".
func (TechnicianForgotten) Kind() string { return "technician.forgotten" }

// Forgets is whose key dies once this is confirmed.
func (e TechnicianForgotten) Forgets() string { return "technician:" + e.Enrolment }

// PINTyped says that a PIN was typed at the technicians' keypad, and whose it is, if anybody's. Later events tell whether it
// lets them in: the app's code is asked for in any case.
type PINTyped struct {
	Session     string   `json:"session"`
	Technicians []string `json:"technicians,omitempty"`
}

// Kind is "technician.pin_typed".
func (PINTyped) Kind() string { return "technician.pin_typed" }

// AppCodeTyped says that the first of two codes of the app was typed, and whose it is, if it belongs to the technician of
// the typed PIN.
type AppCodeTyped struct {
	Session string    `json:"session"`
	App     []AppCode `json:"app,omitempty"`
}

// Kind is "technician.code_typed".
func (AppCodeTyped) Kind() string { return "technician.code_typed" }

// TechnicianSignedIn says which technician has signed in.
type TechnicianSignedIn struct {
	Session    string `json:"session"`
	Technician string `json:"technician"`
	Step       int64  `json:"step,omitempty"`     // time step of the app's code (RFC 6238)
	Recovery   int    `json:"recovery,omitempty"` // or which recovery code it was, from 1
}

// Kind is "technician.signed_in".
func (TechnicianSignedIn) Kind() string { return "technician.signed_in" }

// TechnicianSeconded says that a second technician has confirmed in person: the following is done by both.
type TechnicianSeconded struct {
	Session    string `json:"session"`
	Technician string `json:"technician"`
	Step       int64  `json:"step,omitempty"`     // as in TechnicianSignedIn
	Recovery   int    `json:"recovery,omitempty"` // as in TechnicianSignedIn
}

// Kind is "technician.seconded".
func (TechnicianSeconded) Kind() string { return "technician.seconded" }

// DoorTested is the result of a technician's self test for a door.
type DoorTested struct {
	Session string     `json:"session"`
	Door    int        `json:"door"`
	Result  TestResult `json:"result"`
}

// Kind is "door.tested".
func (DoorTested) Kind() string { return "door.tested" }
