package locker

import (
	"slices"
	"time"
)

// TechnicianTyped is what was typed at the technicians' keypad, in the form that the rules may see. The screen determines
// which field counts.
type TechnicianTyped struct {
	Revision uint64
	// Invitation is the keyed hash of a text with the form of a one-time secret.
	Invitation Hash
	PIN        []string  // the technicians whose PIN it is: their ids
	App        []AppCode // those whose app shows it
	Recovery   Hash      // its keyed hash as a recovery code
	Chosen     string    // with StepNewPIN: its argon2id, as a PHC string; empty: it is too simple
	Same       bool      // with StepNewPINAgain: it is the one that was chosen
}

func (TechnicianTyped) input() {}

// invite lets a technician choose a PIN. An earlier unused invitation becomes void.
func (d *decision) invite(in InviteAsked) {
	if _, listed := d.s.plan.technician(in.Technician); !listed {
		return
	}
	d.forgetEnrolments(ForgottenReplaced, func(e Enrolment) bool { return e.Technician == in.Technician && !e.Enrolled })
	d.emit(TechnicianInvited{Technician: in.Technician, Enrolment: d.id("e"), Until: d.now.Wall.Add(invitationHolds),
		Personal: Personal{Secrets: in.Secrets}})
}

// remove forgets a technician's PIN and app, and an invitation.
func (d *decision) remove(technician string) {
	if d.s.Session.Technician == technician && technician != "" {
		d.endSession("removed")
	}
	d.forgetEnrolments(ForgottenRemoved, func(e Enrolment) bool { return e.Technician == technician })
}

func (d *decision) forgetEnrolments(why string, which func(Enrolment) bool) {
	for _, e := range slices.Clone(d.s.Technicians) {
		if which(e) {
			d.emit(TechnicianForgotten{Technician: e.Technician, Enrolment: e.ID, Why: why})
		}
	}
}

// toTechnicians asks for a technician's PIN, and says so if nobody has one yet.
func (d *decision) toTechnicians() {
	notice := NoticeNone
	if !d.s.enrolledBut("") {
		notice = NoticeNobody
	}
	d.begin()
	d.move(StepTechPIN, notice, 0)
}

// technicianTyped handles what was typed at the technicians' keypad. Its guard is its own, and never keeps out a technician
// with PIN and app: each wrong try costs a wait, and after some of them the app is asked for two codes in a row.
func (d *decision) technicianTyped(in TechnicianTyped) {
	n := d.s.Session
	if in.Revision != d.s.Revision || d.s.TechPIN.Locked {
		return
	}
	switch n.Step {
	case StepTechPIN:
		if in.Invitation.IsZero() {
			d.pinTyped(in, StepTechCode)
			return
		}
		d.invitationTyped(in)
	case StepSecondPIN:
		d.pinTyped(in, StepSecondCode)
	case StepTechCode, StepSecondCode:
		d.codeTyped(in)
	case StepNewPIN, StepNewPINAgain, StepNewCode:
		d.enrol(in)
	}
}

// pinTyped continues with the app's code, whosever PIN it was, if anybody's: nobody learns which of the two was wrong.
func (d *decision) pinTyped(in TechnicianTyped, next Step) {
	d.emit(PINTyped{Session: d.s.Session.ID, Technicians: slices.Clone(in.PIN)})
	d.move(next, NoticeNone, 0)
}

// codeTyped lets a technician in, or a second one join.
func (d *decision) codeTyped(in TechnicianTyped) {
	if d.askedForNext(in) {
		return
	}
	n, again := d.s.Session, StepTechPIN
	if n.Step == StepSecondCode {
		again = StepSecondPIN
	}
	for _, id := range n.Knows {
		e := d.s.proves(id)
		if e == nil || id == n.Technician { // the second one is somebody else
			continue
		}
		step, recovery, ok := e.proof(in, n)
		switch {
		case !ok:
			continue
		case n.Step == StepSecondCode:
			d.emit(TechnicianSeconded{Session: n.ID, Technician: id, Step: step, Recovery: recovery})
			d.startSequence(SequenceAll, id)
		default:
			d.emit(TechnicianSignedIn{Session: n.ID, Technician: id, Step: step, Recovery: recovery})
			d.move(StepMenu, NoticeNone, 0)
		}
		return
	}
	d.refuseTechnician(NoticeWrongSignIn, again)
}

// askedForNext asks for the app's next code, too, whatever the first one was: nobody learns whether it was right.
func (d *decision) askedForNext(in TechnicianTyped) bool {
	n := d.s.Session
	if n.Twice || !in.Recovery.IsZero() || d.s.TechPIN.left(d.now.Up, techForgiven) < d.s.plan.WrongTries {
		return false
	}
	first := slices.DeleteFunc(slices.Clone(in.App), func(a AppCode) bool {
		e := d.s.enrolment(a.Enrolment)
		return e == nil || a.Step <= e.Step || e.ID != n.Enrolling && !slices.Contains(n.Knows, e.Technician)
	})
	d.emit(AppCodeTyped{Session: n.ID, App: first})
	d.move(n.Step, NoticeNextCode, 0)
	return true
}

// The cost of wrong tries at the technicians' keypad.
const (
	// techForgiven is how often one wrong try is forgiven: a thief who has seen a PIN has some 19 tries a week at a single
	// code of the app. All further tries require two codes in a row.
	techForgiven = 12 * time.Hour
	// techCalm is how long without a wrong try makes the waits short again.
	techCalm = 10 * time.Minute
)

// techWaits are the waits after wrong tries: the first, the second, and so on; the last one from then on. They are short
// enough for a technician to wait out what a stranger has caused, without being asked whether they are still there.
var techWaits = []time.Duration{2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second}

// refuseTechnician refuses, counts the try, and makes the next person wait.
func (d *decision) refuseTechnician(why Notice, step Step) {
	d.emit(CodeRefused{Session: d.s.Session.ID, Why: why, Typed: true, Technician: true, Keypad: d.s.Session.Step})
	tries := d.s.TechPIN.Step
	d.emit(TypingLocked{Step: tries + 1, For: techWaits[min(tries, len(techWaits)-1)].Milliseconds(), Technician: true})
	d.move(step, why, 0)
}

// invitationTyped begins an enrolment. A wrong secret is refused and counted at once: nothing else is asked for.
func (d *decision) invitationTyped(in TechnicianTyped) {
	e := d.s.invited(in.Invitation, d.now)
	if e == nil {
		d.refuseTechnician(NoticeWrongInvitation, StepTechPIN)
		return
	}
	d.emit(InvitationTyped{Session: d.s.Session.ID, Technician: e.Technician, Enrolment: e.ID})
	d.move(StepNewPIN, NoticeNone, 0)
}

// enrol continues an enrolment: a PIN, the same once more, and the app's code.
func (d *decision) enrol(in TechnicianTyped) {
	n := d.s.Session
	e := d.s.enrolment(n.Enrolling)
	switch {
	case e == nil: // forgotten meanwhile
		d.move(StepTechPIN, NoticeWrongInvitation, 0)
	case n.Step == StepNewPIN && in.Chosen == "":
		d.move(StepNewPIN, NoticeWeakPIN, 0)
	case n.Step == StepNewPIN:
		d.emit(PINChosen{Session: n.ID, Enrolment: e.ID, Personal: Personal{Secrets: Secrets{PIN: in.Chosen}}})
		d.move(StepNewPINAgain, NoticeNone, 0)
	case n.Step == StepNewPINAgain && !in.Same:
		d.move(StepNewPIN, NoticeOtherPIN, 0)
	case n.Step == StepNewPINAgain:
		d.move(StepNewCode, NoticeNone, 0)
	default:
		d.endEnrolment(*e, in)
	}
}

// endEnrolment completes it, if the app shows the right codes. The technician is then signed in.
func (d *decision) endEnrolment(e Enrolment, in TechnicianTyped) {
	if d.askedForNext(in) {
		return
	}
	n := d.s.Session
	step, recovery, ok := e.proof(in, n)
	if !ok {
		d.refuseTechnician(NoticeWrongAppCode, StepNewCode)
		return
	}
	d.forgetEnrolments(ForgottenReplaced, func(k Enrolment) bool { return k.Technician == e.Technician && k.ID != e.ID })
	d.emit(TechnicianEnrolled{Session: n.ID, Technician: e.Technician, Enrolment: e.ID, Step: step, Recovery: recovery})
	d.emit(TechnicianSignedIn{Session: n.ID, Technician: e.Technician, Step: step, Recovery: recovery})
	d.move(StepMenu, NoticeEnrolled, 0)
}
