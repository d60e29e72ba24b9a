package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// nonsense is a sign-in with neither PIN nor app.
func (c *cabinet) nonsense() []locker.Event {
	c.t.Helper()
	c.toTechnicians()
	c.pin()
	events := c.keyed(locker.TechnicianTyped{})
	if c.view().Step == locker.StepTechCode { // the next code is asked for, too
		c.notice(locker.NoticeNextCode)
		events = c.keyed(locker.TechnicianTyped{})
	}
	return events
}

// toTechnicians goes to their keypad, once it takes something.
func (c *cabinet) toTechnicians() {
	c.t.Helper()
	if wait := c.view().LockedFor; wait > 0 {
		c.wait(wait)
	}
	if c.view().Step != locker.StepTechPIN { // also if the session was over
		c.wait(5 * time.Second)
		c.tap(locker.ActionTechnician)
	}
}

// twice types a PIN and two codes of the app in a row.
func (c *cabinet) twice(id string) []locker.Event {
	c.t.Helper()
	c.pin(id)
	c.pass(30 * time.Second)
	wantNo[locker.TechnicianSignedIn](c.t, c.app("e-"+id, c.step()))
	c.onScreen(locker.StepTechCode)
	c.notice(locker.NoticeNextCode)
	c.pass(30 * time.Second)
	return c.app("e-"+id, c.step())
}

// TestATechnicianIsAlwaysLetIn: whatever a stranger has typed, and however often, whoever has the PIN and the app is in
// after half a minute's wait and two codes of the app.
func TestATechnicianIsAlwaysLetIn(t *testing.T) {
	for _, tries := range []int{1, 4, 5, 12, 100} {
		c := newCabinet(t)
		for i := range tries {
			e := want[locker.TypingLocked](t, c.nonsense())
			most := (30 * time.Second).Milliseconds()
			if !e.Technician || e.For > most || e.For <= 0 || i >= 5 && e.For != most {
				t.Fatalf("try %d: want a wait of up to half a minute, got %+v", i+1, e)
			}
			if got := c.feed(locker.TechnicianTyped{Revision: c.view().Revision, PIN: []string{"grace"}}); len(got) > 0 {
				t.Fatalf("want nothing looked at meanwhile, got %s", names(got))
			}
		}
		if !c.state.Roster().Locked {
			t.Fatal("want it said before the next PIN is judged")
		}
		c.restart() // no way round the wait
		c.tap(locker.ActionTechnician)
		if wait := c.view().LockedFor; wait <= 0 || wait > 30*time.Second {
			t.Fatalf("want a wait of up to half a minute, got %s", wait)
		}
		if tries < c.plan.WrongTries {
			want[locker.TechnicianSignedIn](t, c.proves("grace"))
		} else {
			want[locker.TechnicianSignedIn](t, c.twice("grace"))
		}
		c.onScreen(locker.StepMenu)
	}
}

// TestThePublicsKeypadLocksNoTechnicianOut, nor the other way round.
func TestThePublicsKeypadLocksNoTechnicianOut(t *testing.T) {
	c, _, code := stored(t)
	c.tap(locker.ActionPickup)
	for range c.plan.WrongTries {
		c.typed("nonsense")
	}
	c.tap(locker.ActionBack)
	c.signIn("grace")
	c.tap(locker.ActionSignOut)
	c.wait(time.Minute)
	c.nonsense()
	c.tap(locker.ActionBack)
	c.tap(locker.ActionPickup)
	want[locker.UnlockRequested](t, c.typed(code))
}

// TestAPINThatWasSeen: its owner's phone is guessed no better than two codes in a row, after five tries and two a day.
func TestAPINThatWasSeen(t *testing.T) {
	if testing.Short() {
		t.Skip("a week of a try each half minute")
	}
	c := newCabinet(t)
	single, all := 0, 0
	for c.now.Up < 7*24*time.Hour {
		c.toTechnicians()
		c.pin("grace")
		all++
		if _, refused := find[locker.CodeRefused](c.app("none", c.step())); refused {
			single++
		} else {
			c.notice(locker.NoticeNextCode)
			want[locker.CodeRefused](t, c.app("none", c.step()))
		}
		c.records = nil
	}
	t.Logf("%d tries in a week, %d of them at a single code", all, single)
	if single > 5+14 || single < 5 || all > 2*7*24*60+10 {
		t.Errorf("want 19 tries at a single code at the most, and one every half minute, got %d of %d", single, all)
	}
}

// TestTwoCodesInARow: what is not the very next code of the same app lets nobody in, and nobody learns which was wrong.
func TestTwoCodesInARow(t *testing.T) {
	for name, codes := range map[string][2]int64{"the same twice": {0, 0}, "one left out": {0, 2}, "backwards": {1, 0}, "the first wrong": {-100, 1}} {
		t.Run(name, func(t *testing.T) {
			c := newCabinet(t)
			for range c.plan.WrongTries {
				c.nonsense()
			}
			c.pin("grace")
			now := c.step()
			c.app("e-grace", now+codes[0])
			c.onScreen(locker.StepTechCode)
			wantNo[locker.TechnicianSignedIn](t, c.app("e-grace", now+codes[1]))
			c.onScreen(locker.StepTechPIN)
			c.notice(locker.NoticeWrongSignIn)
			want[locker.TechnicianSignedIn](t, c.twice("grace"))
		})
	}
	t.Run("of two apps", func(t *testing.T) {
		c := newCabinet(t)
		for range c.plan.WrongTries {
			c.nonsense()
		}
		c.pin("grace", "lin")
		c.app("e-grace", c.step())
		wantNo[locker.TechnicianSignedIn](t, c.app("e-lin", c.step()+1))
	})
	t.Run("a recovery code does instead", func(t *testing.T) {
		c := newCabinet(t)
		for range c.plan.WrongTries {
			c.nonsense()
		}
		c.pin("grace")
		want[locker.TechnicianSignedIn](t, c.keyed(locker.TechnicianTyped{Recovery: hash("recovery 1 grace")}))
	})
}

// TestGuardsAreCleared by the hand tool, all of them, and it is in the record who did it.
func TestGuardsAreCleared(t *testing.T) {
	c, door, code := stored(t)
	c.guess(5)
	c.tap(locker.ActionBack)
	c.tap(locker.ActionPickup)
	for range c.plan.WrongTries {
		c.typed("nonsense")
	}
	c.tap(locker.ActionBack)
	for range c.plan.WrongTries {
		c.nonsense()
	}
	c.tap(locker.ActionBack)
	for i := range 40 {
		text := "beans " + string(rune('a'+i))
		c.feed(locker.Scanned{Tracking: text, Hash: hash(text)})
	}
	if e := want[locker.GuardsCleared](t, c.feed(locker.ClearAsked{By: "t1"})); e.By != "t1" {
		t.Fatalf("want it said who, got %+v", e)
	}
	c.restart()
	c.signIn("grace")
	c.tap(locker.ActionSignOut)
	want[locker.CourierSignedIn](t, c.scan("badge-bob"))
	c.tap(locker.ActionSignOut)
	if u := want[locker.UnlockRequested](t, c.scan(code)); u.Door != door {
		t.Fatalf("want the door opened, got %+v", u)
	}
}
