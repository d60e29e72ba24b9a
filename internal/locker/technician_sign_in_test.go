package locker_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// secrets are what a technician was invited with, as tests know it.
func secrets(id string) locker.Secrets {
	return locker.Secrets{Invitation: hash("invitation " + id), TOTP: []byte("app of " + id),
		Recovery: []locker.Hash{hash("recovery 1 " + id), hash("recovery 2 " + id)}}
}

// enrolment is a technician who was invited and has enrolled, before the story begins.
func enrolment(id string) []locker.Event {
	s := secrets(id)
	s.PIN = "argon2id of " + id
	return []locker.Event{
		locker.TechnicianInvited{Technician: id, Enrolment: "e-" + id, Personal: locker.Personal{Secrets: s}},
		locker.TechnicianEnrolled{Technician: id, Enrolment: "e-" + id},
	}
}

// keyed is something typed at the technicians' keypad, once it takes something.
func (c *cabinet) keyed(in locker.TechnicianTyped) []locker.Event {
	c.t.Helper()
	if wait := c.view().LockedFor; wait > 0 {
		c.wait(wait)
	}
	in.Revision = c.view().Revision
	return c.feed(in)
}

// pin types a PIN: that of the technicians named, perhaps of none.
func (c *cabinet) pin(of ...string) []locker.Event {
	c.t.Helper()
	return c.keyed(locker.TechnicianTyped{PIN: of})
}

// app types what a technician's app shows at a time step.
func (c *cabinet) app(enrolment string, step int64) []locker.Event {
	c.t.Helper()
	return c.keyed(locker.TechnicianTyped{App: []locker.AppCode{{Enrolment: enrolment, Step: step}}})
}

// step is the time step of everybody's app.
func (c *cabinet) step() int64 { return c.now.Wall.Unix() / 30 }

// proves types a technician's PIN and their app's code of a time step that was not used.
func (c *cabinet) proves(id string) []locker.Event {
	c.t.Helper()
	c.pin(id)
	c.pass(30 * time.Second)
	return c.app("e-"+id, c.step())
}

// signIn lets a technician in.
func (c *cabinet) signIn(id string) {
	c.t.Helper()
	c.tap(locker.ActionTechnician)
	want[locker.TechnicianSignedIn](c.t, c.proves(id))
	c.onScreen(locker.StepMenu)
}

// refused: nobody gets in, and whoever tried learns no more than that.
func (c *cabinet) refused(events []locker.Event) {
	c.t.Helper()
	if e := want[locker.CodeRefused](c.t, events); e.Why != locker.NoticeWrongSignIn || !e.Typed {
		c.t.Fatalf("want it refused and counted, got %+v", e)
	}
	wantNo[locker.TechnicianSignedIn](c.t, events)
	c.onScreen(locker.StepTechPIN)
	c.notice(locker.NoticeWrongSignIn)
}

func TestATechnicianSignsInWithPINAndCode(t *testing.T) {
	c := newCabinet(t)
	now := c.step()
	for _, tt := range []struct {
		name string
		pin  []string
		app  string
	}{
		{"wrong PIN, right code", nil, "e-grace"},
		{"right PIN, wrong code", []string{"grace"}, ""},
		{"right PIN, another's code", []string{"grace"}, "e-lin"},
		{"the PIN of nobody here", []string{"mallory"}, "e-mallory"},
	} {
		c.tap(locker.ActionTechnician)
		c.pin(tt.pin...)
		c.onScreen(locker.StepTechCode) // asked for in any case
		c.notice(locker.NoticeNone)
		c.refused(c.app(tt.app, now))
		c.tap(locker.ActionBack)
	}
	if wrong := c.state.TechPIN.Wrong; wrong != 4 {
		t.Fatalf("want each try counted once, got %d of 4", wrong)
	}
	c.tap(locker.ActionTechnician)
	c.pin("lin", "grace") // two with the same PIN: the code tells who it is
	e := want[locker.TechnicianSignedIn](t, c.app("e-grace", now))
	if e.Technician != "grace" || e.Step != now || c.view().Technician != "Grace" {
		t.Fatalf("want Grace in, got %+v", e)
	}
}

func TestACodeIsUsedOnce(t *testing.T) {
	c := newCabinet(t)
	now := c.step()
	again := func(step int64) []locker.Event {
		c.tap(locker.ActionTechnician)
		c.pin("grace")
		return c.app("e-grace", step)
	}
	want[locker.TechnicianSignedIn](t, again(now))
	c.tap(locker.ActionSignOut)
	c.refused(again(now))
	c.tap(locker.ActionBack)
	c.refused(again(now - 1)) // one before it, still in the window
	c.restart()
	c.refused(again(now))
	c.tap(locker.ActionBack)
	want[locker.TechnicianSignedIn](t, again(now+1))
}

// TestRecoveryCodesOfABackup: one that was used after the backup was made is not good again.
func TestRecoveryCodesOfABackup(t *testing.T) {
	c := newCabinet(t)
	c.write([]locker.Event{locker.EpochBegun{Reason: locker.EpochRestored}})
	c.restart()
	c.tap(locker.ActionTechnician)
	c.pin("grace")
	c.refused(c.keyed(locker.TechnicianTyped{Recovery: hash("recovery 1 grace")}))
}

func TestARecoveryCodeIsUsedOnce(t *testing.T) {
	c := newCabinet(t)
	try := func(code string) []locker.Event {
		c.tap(locker.ActionTechnician)
		c.pin("grace")
		return c.keyed(locker.TechnicianTyped{Recovery: hash(code)})
	}
	if e := want[locker.TechnicianSignedIn](t, try("recovery 2 grace")); e.Recovery != 2 || e.Step != 0 {
		t.Fatalf("want the second recovery code used, got %+v", e)
	}
	c.restart()
	c.refused(try("recovery 2 grace"))
	c.tap(locker.ActionBack)
	c.refused(try("recovery 1 lin"))
	c.tap(locker.ActionBack)
	c.tap(locker.ActionTechnician)
	c.pin("grace")
	c.refused(c.keyed(locker.TechnicianTyped{})) // nothing is no used recovery code
	c.tap(locker.ActionBack)
	c.tap(locker.ActionTechnician)
	c.pin("grace")
	in := locker.TechnicianTyped{Revision: c.view().Revision, Recovery: hash("recovery 1 grace")}
	locker.Decide(c.state, c.now, in) // what was decided and could not be recorded has spent nothing
	want[locker.TechnicianSignedIn](t, c.feed(in))
}

// fresh is a cabinet whose technicians have not enrolled.
func fresh(t *testing.T) *cabinet {
	t.Helper()
	c := newCabinet(t)
	c.feed(locker.RemoveAsked{Technician: "grace"})
	c.feed(locker.RemoveAsked{Technician: "lin"})
	return c
}

func TestATechnicianEnrols(t *testing.T) {
	c := fresh(t)
	c.tap(locker.ActionTechnician)
	c.notice(locker.NoticeNobody)
	c.tap(locker.ActionBack)
	invited := want[locker.TechnicianInvited](t, c.feed(locker.InviteAsked{Technician: "grace", Secrets: secrets("new")}))
	if invited.Until.Sub(c.now.Wall) != 24*time.Hour {
		t.Fatalf("want it to hold for a day, got %s", invited.Until)
	}
	c.tap(locker.ActionTechnician)
	c.keyed(locker.TechnicianTyped{Invitation: hash("invitation new")})
	c.onScreen(locker.StepNewPIN)
	if got := c.scan("badge-ada"); len(got) > 0 {
		t.Fatalf("want a scan to disturb nobody, got %s", names(got))
	}
	if v := c.view(); v.Enrolling != "Grace" || v.Technician != "" {
		t.Fatalf("want Grace greeted and not let in, got %q, %q", v.Enrolling, v.Technician)
	}
	c.keyed(locker.TechnicianTyped{}) // too simple
	c.notice(locker.NoticeWeakPIN)
	c.keyed(locker.TechnicianTyped{Chosen: "argon2id one"})
	c.onScreen(locker.StepNewPINAgain)
	c.keyed(locker.TechnicianTyped{Same: false})
	c.onScreen(locker.StepNewPIN)
	c.notice(locker.NoticeOtherPIN)
	c.keyed(locker.TechnicianTyped{Chosen: "argon2id two"})
	c.keyed(locker.TechnicianTyped{Same: true})
	c.onScreen(locker.StepNewCode)
	c.app("e-grace", c.step()) // the app of before
	c.notice(locker.NoticeWrongAppCode)
	now := c.step()
	events := c.app(invited.Enrolment, now)
	want[locker.TechnicianEnrolled](t, events)
	c.onScreen(locker.StepMenu)
	c.notice(locker.NoticeEnrolled)
	for _, e := range c.state.Technicians {
		if e.Secrets.PIN != "argon2id two" || !e.Enrolled || e.Step != now {
			t.Fatalf("want the PIN that was typed twice, and the code spent, got %q", e.Secrets.PIN)
		}
	}
	c.tap(locker.ActionSignOut)

	c.tap(locker.ActionTechnician)
	events = c.keyed(locker.TechnicianTyped{Invitation: hash("invitation new")})
	if e := want[locker.CodeRefused](t, events); e.Why != locker.NoticeWrongInvitation || c.state.TechPIN.Wrong != 2 {
		t.Fatalf("want a spent secret refused and counted, got %+v", e)
	}
	c.pin("grace")
	want[locker.TechnicianSignedIn](t, c.app(invited.Enrolment, now+1))
}

func TestAnInvitationHolds(t *testing.T) {
	invite := func(c *cabinet, with string) locker.TechnicianInvited {
		c.t.Helper()
		return want[locker.TechnicianInvited](c.t, c.feed(locker.InviteAsked{Technician: "grace", Secrets: secrets(with)}))
	}
	typed := func(c *cabinet, with string) []locker.Event {
		if c.view().Step != locker.StepTechPIN {
			c.tap(locker.ActionTechnician)
		}
		return c.keyed(locker.TechnicianTyped{Invitation: hash("invitation " + with)})
	}
	t.Run("for a day", func(t *testing.T) {
		c := fresh(t)
		invite(c, "a")
		if e := want[locker.TechnicianForgotten](t, c.wait(24*time.Hour)); e.Why != locker.ForgottenExpired {
			t.Fatalf("want it expired, got %+v", e)
		}
		want[locker.CodeRefused](t, typed(c, "a"))
	})
	t.Run("with a clock that nobody knows to be right, too", func(t *testing.T) {
		c := fresh(t)
		c.now.Known = false
		invite(c, "a")
		c.pass(24 * time.Hour)
		want[locker.CodeRefused](t, typed(c, "a"))
	})
	t.Run("until the next one", func(t *testing.T) {
		c := fresh(t)
		first := invite(c, "a")
		e := want[locker.TechnicianForgotten](t, c.feed(locker.InviteAsked{Technician: "grace", Secrets: secrets("b")}))
		if e.Enrolment != first.Enrolment || e.Forgets() != first.Subject() || e.Why != locker.ForgottenReplaced {
			t.Fatalf("want the first one forgotten, got %+v", e)
		}
		want[locker.CodeRefused](t, typed(c, "a"))
		want[locker.InvitationTyped](t, typed(c, "b"))
	})
	t.Run("not in a journal that was restored", func(t *testing.T) {
		c := fresh(t)
		invite(c, "a")
		c.write([]locker.Event{locker.EpochBegun{Reason: locker.EpochRestored}})
		want[locker.CodeRefused](t, typed(c, "a"))
	})
	t.Run("over a restart in the middle", func(t *testing.T) {
		c := fresh(t)
		invite(c, "a")
		typed(c, "a")
		c.keyed(locker.TechnicianTyped{Chosen: "argon2id"})
		c.restart()
		c.onScreen(locker.StepHome)
		want[locker.InvitationTyped](t, typed(c, "a"))
	})
	t.Run("not once it was withdrawn", func(t *testing.T) {
		c := fresh(t)
		invite(c, "a")
		typed(c, "a")
		c.feed(locker.RemoveAsked{Technician: "grace"})
		wantNo[locker.PINChosen](t, c.keyed(locker.TechnicianTyped{Chosen: "argon2id"}))
		c.onScreen(locker.StepTechPIN)
	})
	t.Run("for nobody who is not listed", func(t *testing.T) {
		c := fresh(t)
		if got := c.feed(locker.InviteAsked{Technician: "mallory", Secrets: secrets("a")}); len(got) > 0 {
			t.Fatalf("want nothing, got %s", names(got))
		}
	})
}

// TestAnEnrolmentReplacesTheOneBefore: whoever has forgotten their PIN is invited again; the old one holds until then.
func TestAnEnrolmentReplacesTheOneBefore(t *testing.T) {
	c := newCabinet(t)
	invited := want[locker.TechnicianInvited](t, c.feed(locker.InviteAsked{Technician: "grace", Secrets: secrets("new")}))
	c.signIn("grace")
	c.tap(locker.ActionSignOut)
	c.tap(locker.ActionTechnician)
	c.keyed(locker.TechnicianTyped{Invitation: hash("invitation new")})
	c.keyed(locker.TechnicianTyped{Chosen: "argon2id"})
	c.keyed(locker.TechnicianTyped{Same: true})
	// With a clock that is wrong no code is right: a recovery code does instead.
	events := c.keyed(locker.TechnicianTyped{Recovery: hash("recovery 1 new")})
	if e := want[locker.TechnicianForgotten](t, events); e.Enrolment != "e-grace" || e.Why != locker.ForgottenReplaced {
		t.Fatalf("want what was before forgotten, got %+v", e)
	}
	c.tap(locker.ActionSignOut)
	c.tap(locker.ActionTechnician)
	c.pin("grace")
	c.refused(c.app("e-grace", c.step()+9))
	c.pin("grace")
	want[locker.TechnicianSignedIn](t, c.app(invited.Enrolment, c.step()))
}

func TestARemovedTechnicianIsOut(t *testing.T) {
	c := newCabinet(t)
	c.signIn("grace")
	events := c.feed(locker.RemoveAsked{Technician: "grace"})
	want[locker.SessionEnded](t, events)
	if e := want[locker.TechnicianForgotten](t, events); e.Forgets() != "technician:e-grace" {
		t.Fatalf("want their key destroyed, got %+v", e)
	}
	c.tap(locker.ActionTechnician)
	c.pin("grace")
	c.refused(c.app("e-grace", c.step()+9))
}

func TestATechnicianWhoIsNoLongerListedIsOut(t *testing.T) {
	c := newCabinet(t)
	p := *c.plan
	p.Technicians = p.Technicians[1:]
	c.begin(&p)
	c.tap(locker.ActionTechnician)
	c.pin("grace")
	c.refused(c.app("e-grace", c.step()))
}

func TestWhatServiceMayNotDo(t *testing.T) {
	c, _, _ := stored(t) // a parcel lies behind door 1
	c.signIn("lin")
	for _, a := range []locker.Action{locker.ActionSetup, locker.ActionOpenAll, locker.ActionOpenAllYes} {
		if slices.Contains(c.view().Actions, a) {
			t.Errorf("want %q not offered", a)
		}
		if got := c.press(locker.Tapped{Action: a}); len(got) > 0 {
			t.Errorf("want %q refused, got %s", a, names(got))
		}
	}
	c.atDoor(1)
	for _, a := range []locker.Action{locker.ActionOpen, locker.ActionEmpty} {
		if got := c.press(locker.Tapped{Action: a}); len(got) > 0 || slices.Contains(c.view().Actions, a) {
			t.Errorf("want %q refused at a parcel's door, got %s", a, names(got))
		}
	}
	c.tap(locker.ActionBack)
	c.tap(locker.ActionBack)
	c.atDoor(2)
	want[locker.UnlockRequested](t, c.tap(locker.ActionOpen))
}

func TestOpenEveryDoorTakesTwo(t *testing.T) {
	c, _ := serviced(t)
	c.tap(locker.ActionOpenAll)
	c.tap(locker.ActionOpenAllYes)
	c.onScreen(locker.StepSecondPIN)
	c.pin("grace") // the same once more is no second one
	c.pass(time.Minute)
	events := c.app("e-grace", c.step())
	want[locker.CodeRefused](t, events)
	c.onScreen(locker.StepSecondPIN)
	if c.state.TechPIN.Wrong != 1 {
		t.Fatalf("want it counted, got %d", c.state.TechPIN.Wrong)
	}
	events = c.proves("lin")
	if e := want[locker.TechnicianSeconded](t, events); e.Technician != "lin" || e.Step == 0 {
		t.Fatalf("want Lin's word, got %+v", e)
	}
	if e := want[locker.SequenceStarted](t, events); e.By != "grace" || e.With != "lin" {
		t.Fatalf("want both on record, got %+v", e)
	}
	want[locker.UnlockRequested](t, events)
	if v := c.view(); v.Technician != "Grace" {
		t.Fatalf("want it still Grace's session, got %q", v.Technician)
	}
}

func TestAloneNobodyOpensEveryDoor(t *testing.T) {
	c, _ := serviced(t)
	c.feed(locker.RemoveAsked{Technician: "lin"})
	if slices.Contains(c.view().Actions, locker.ActionOpenAll) {
		t.Fatal("want it not offered without a second technician")
	}
}

// TestTechniciansSecretsStay holds that neither what leaves the cabinet nor what might be logged shows them.
func TestTechniciansSecretsStay(t *testing.T) {
	p := locker.Personal{Phone: locker.Box("phone"), Secrets: secrets("grace")}
	if got := p.Boxes(); !reflect.DeepEqual(got, locker.Personal{Phone: locker.Box("phone")}) {
		t.Fatalf("want the boxes alone to leave, got %d", len(got.Secrets.Recovery))
	}
	if text := p.Secrets.String() + p.Secrets.GoString(); strings.Contains(text, "app of") {
		t.Fatal("want them unprinted")
	}
	if (locker.Personal{Secrets: locker.Secrets{PIN: "x"}}).IsZero() {
		t.Fatal("want them sealed")
	}
	c := newCabinet(t)
	for _, e := range c.state.Roster().Enrolments {
		clear(e.Secrets.TOTP)
	}
	for _, e := range c.state.Technicians {
		if !strings.HasPrefix(string(e.Secrets.TOTP), "app of") {
			t.Fatal("the roster shares memory with the state")
		}
	}
}
