package locker

import (
	"slices"
	"time"
)

// Typing is the guard against guessing.
type Typing struct {
	Wrong   int           `json:"wrong"`             // wrong codes since the last lock-out that are not forgiven
	Forgave time.Duration `json:"forgave,omitempty"` // Up until when those of before were forgiven
	Step    int           `json:"step"`              // lock-outs in a row
	Last    time.Duration `json:"last"`              // Up of the newest wrong code
	Locked  bool          `json:"locked"`
	For     time.Duration `json:"for"`   // how long the lock-out is
	Since   time.Duration `json:"since"` // Up when it began
}

// guards are those against guessing. None holds anything that a copy shares.
type guards struct {
	Typing  Typing `json:"typing"`
	Scans   Typing `json:"scans,omitzero"` // pickup codes held before a scanner are guarded as typed ones are
	TechPIN Typing `json:"tech_pin"`       // the technicians' keypad has a guard of its own
}

// restart counts from the beginning of a run.
func (g *guards) restart(up time.Duration) {
	for _, k := range []*Typing{&g.Typing, &g.TechPIN, &g.Scans} {
		k.Last, k.Since, k.Forgave = up, up, up
	}
}

// ClearAsked says that somebody at the hand tool lets everybody try again at once.
type ClearAsked struct{ By string }

func (ClearAsked) input() {}

// wrong says that what was typed is nobody's: it counts towards a lock-out.
func (n Notice) wrong() bool {
	return slices.Contains([]Notice{NoticeWrongCode, NoticeWrongPIN, NoticeWrongSignIn, NoticeWrongInvitation,
		NoticeWrongAppCode, NoticeWrongAnswer, NoticeAskOperator}, n)
}

// guard is one of the three guards against guessing.
func (g *guards) guard(technician, scans bool) *Typing {
	if scans {
		return &g.Scans
	}
	return g.keypad(technician)
}

// keypad is the guard of a keypad: the technicians' goes on when the public's is locked.
func (g *guards) keypad(technician bool) *Typing {
	if technician {
		return &g.TechPIN
	}
	return &g.Typing
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

// lockout is how long the next one is, in milliseconds.
func (s *State) lockout(k Typing) int64 {
	steps := s.plan.Times.Lockouts
	return steps[min(k.Step, len(steps)-1)].Milliseconds()
}

// refuse says no, and counts it if it was typed. Too many wrong ones lock the keypad.
func (d *decision) refuse(why Notice, step Step, typed bool) {
	refused := CodeRefused{Session: d.s.Session.ID, Why: why, Typed: typed}
	if typed {
		refused.Keypad = d.s.Session.Step
	}
	d.emit(refused)
	if k := d.s.Typing; k.Wrong >= d.s.plan.WrongTries {
		d.emit(TypingLocked{Step: k.Step + 1, For: d.s.lockout(k)})
		why = NoticeLocked
	}
	door := 0
	if n := d.s.Session; step == n.Step {
		door = n.Door
	}
	d.move(step, why, door)
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
