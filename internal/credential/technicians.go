package credential

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"lockerd/internal/locker"
)

// Technicians judges what is typed at the technicians' keypad. A PIN's hash takes memory and time: only one is computed at a
// time, none while the keypad is locked, and the loop waits for none of them.
type Technicians struct {
	keys   *Keys
	clock  func() locker.Now
	roster atomic.Pointer[locker.Roster]
	turn   chan struct{} // holds one while nobody makes a hash
	log    *slog.Logger
}

// NewTechnicians knows no technician before the first Brief.
func NewTechnicians(keys *Keys, clock func() locker.Now, log *slog.Logger) *Technicians {
	t := &Technicians{keys: keys, clock: clock, turn: make(chan struct{}, 1), log: log}
	t.roster.Store(&locker.Roster{})
	t.turn <- struct{}{}
	return t
}

// Roster is the newest one.
func (t *Technicians) Roster() locker.Roster { return *t.roster.Load() }

// Brief takes the newest roster.
func (t *Technicians) Brief(r locker.Roster) { t.roster.Store(&r) }

// Typed is the form of the typed text that the rules may see; ok is false if it was meant for another screen, or is ignored.
func (t *Technicians) Typed(ctx context.Context, revision uint64, text string) (in locker.TechnicianTyped, ok bool) {
	in = locker.TechnicianTyped{Revision: revision}
	r := t.asked(revision)
	if r == nil {
		return in, false
	}
	switch r.Step {
	case locker.StepTechCode, locker.StepSecondCode, locker.StepNewCode:
		t.code(&in, r, text)
		return in, true
	case locker.StepTechPIN:
		if in.Invitation = t.keys.InvitationHash(text); !in.Invitation.IsZero() {
			return in, true
		}
	}
	select {
	case <-t.turn:
	case <-ctx.Done():
		return in, false
	}
	defer func() { t.turn <- struct{}{} }()
	if t.asked(revision) == nil { // whoever was before us had it answered
		return in, false
	}
	t.pin(&in, r, text)
	return in, true
}

// asked is the roster, if it is of that revision and the keypad is not locked.
func (t *Technicians) asked(revision uint64) *locker.Roster {
	if r := t.roster.Load(); r.Revision == revision && !r.Locked {
		return r
	}
	return nil
}

// pin judges a PIN: whose it is, or whether it may be chosen.
func (t *Technicians) pin(in *locker.TechnicianTyped, r *locker.Roster, text string) {
	switch r.Step {
	case locker.StepNewPIN:
		if MayBePIN(text) {
			in.Chosen = HashPIN(text)
		}
	case locker.StepNewPINAgain:
		for _, e := range r.Enrolments {
			in.Same = in.Same || e.ID == r.Enrolling && t.verify(e, text)
		}
	default:
		for _, e := range r.Enrolments { // every one: the time it takes tells nothing
			if e.Enrolled && t.verify(e, text) {
				in.PIN = append(in.PIN, e.Technician)
			}
		}
	}
}

func (t *Technicians) verify(e locker.Enrolment, pin string) bool {
	ok, err := VerifyPIN(e.Secrets.PIN, pin)
	if err != nil {
		t.log.Error("a technician's PIN cannot be verified: invite them again", "technician", e.Technician, "err", err)
	}
	return ok
}

// code judges an app's code, by the clock as it is read and as the rules have it, and a recovery code.
func (t *Technicians) code(in *locker.TechnicianTyped, r *locker.Roster, text string) {
	in.Recovery = t.keys.RecoveryHash(text)
	now := t.clock()
	for _, e := range r.Enrolments {
		for _, at := range []time.Time{now.Wall, now.Read} {
			if step, ok := AppStep(e.Secrets.TOTP, text, at); ok {
				in.App = append(in.App, locker.AppCode{Enrolment: e.ID, Step: step})
			}
		}
	}
}
