package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

func TestPickup(t *testing.T) {
	c, door, code := stored(t)
	c.tap(locker.ActionPickup)
	c.onScreen(locker.StepCode)
	u := want[locker.UnlockRequested](t, c.typed(code))
	if u.Door != door || u.Why != locker.WhyPickup {
		t.Fatalf("want door %d for the pickup, got %+v", door, u)
	}
	c.onScreen(locker.StepPickup)

	opened := c.sense(door, locker.Open)
	if e := want[locker.UnlockEnded](t, opened); e.Outcome != locker.Opened {
		t.Fatalf("want opened, got %s", e.Outcome)
	}
	want[locker.ParcelCollected](t, opened)
	if c.holds(door).Kind == locker.Empty {
		t.Fatal("an open door is not proven empty")
	}

	wantNo[locker.DoorEmptied](t, c.sense(door, locker.Closed))
	c.onScreen(locker.StepThanks)
	if e := want[locker.DoorEmptied](t, c.wait(c.plan.Times.Thanks)); e.Proof != locker.ProofPickup {
		t.Fatalf("want the pickup as proof, got %q", e.Proof)
	}
	c.onScreen(locker.StepHome)
}

func TestPickupByScanFromTheIdleScreen(t *testing.T) {
	c, door, code := stored(t)
	want[locker.UnlockRequested](t, c.scan(code))
	if c.view().Door != door {
		t.Fatalf("want door %d on the screen, got %d", door, c.view().Door)
	}
}

func TestTheSameScanIsNotUsedAlready(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	if got := c.scan(code); len(got) > 0 {
		t.Fatalf("want nothing while the door opens, got %s", names(got))
	}
	c.sense(door, locker.Open)
	c.pass(20 * time.Second)
	if got := locker.Recorded(c.scan(code)); len(got) > 0 {
		t.Fatalf("want nothing while the door is open, got %s", names(got))
	}
	c.sense(door, locker.Closed)
	c.pass(2 * time.Second)
	if got := c.scan(code); len(got) > 0 {
		t.Fatalf("want nothing within 3 s, got %s", names(got))
	}
	c.pass(2 * time.Second)
	if u := want[locker.UnlockRequested](t, c.scan(code)); u.Why != locker.WhyReopen {
		t.Fatalf("want the code on the last screen to open once more, got %s", u.Why)
	}
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.wait(c.plan.Times.Thanks)
	if e := want[locker.CodeRefused](t, c.scan(code)); e.Why != locker.NoticeUsedCode {
		t.Fatalf("want the code used, got %q", e.Why)
	}
}

func TestForgotSomething(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	for range 3 {
		c.pass(9 * time.Second)
		u := want[locker.UnlockRequested](t, c.tap(locker.ActionForgot))
		if u.Door != door || u.Why != locker.WhyReopen {
			t.Fatalf("want the same door once more, got %+v", u)
		}
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.onScreen(locker.StepThanks)
	}
	if slices.Contains(c.view().Actions, locker.ActionForgot) {
		t.Fatal("who forgot something has looked by now")
	}
	if e := want[locker.CodeRefused](t, c.scanLater(code)); e.Why != locker.NoticeUsedCode {
		t.Fatalf("want the code used, got %q", e.Why)
	}
}

func TestForgotIsOverOnceTheNextPersonTouches(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	stale := c.view().Revision
	c.tap(locker.ActionFinish)
	if got := c.feed(locker.Tapped{Revision: stale, Action: locker.ActionForgot}); len(got) > 0 {
		t.Fatalf("want nothing from a screen that is gone, got %s", names(got))
	}
}

func TestADoubleTapIsOneTap(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	tap := locker.Tapped{Revision: c.view().Revision, Action: locker.ActionForgot}
	want[locker.UnlockRequested](t, c.feed(tap))
	if got := c.feed(tap); len(got) > 0 {
		t.Fatalf("want nothing from the second tap, got %s", names(got))
	}
}

func TestItDidNotOpen(t *testing.T) {
	t.Run("by the contact: one new unlock, then jammed", func(t *testing.T) {
		c, door, code := stored(t)
		c.scan(code)
		if e := want[locker.UnlockEnded](t, c.wait(c.plan.Times.Judge)); e.Outcome != locker.StillClosed {
			t.Fatalf("want still closed, got %s", e.Outcome)
		}
		c.onScreen(locker.StepPress)
		if u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)); !u.Again {
			t.Fatal("want it marked as the one new unlock")
		}
		jammed := c.wait(c.plan.Times.Judge)
		if e := want[locker.DoorBlocked](t, jammed); e.Door != door || e.Why != locker.BlockJammed {
			t.Fatalf("want door %d jammed, got %+v", door, e)
		}
		c.onScreen(locker.StepTrouble)
		c.tap(locker.ActionFinish)
		wantNo[locker.UnlockRequested](t, c.scan(code))
		c.onScreen(locker.StepTrouble)
		if c.holds(door).Kind != locker.Occupied {
			t.Fatalf("the parcel is still its recipient's, but the door is %q", c.holds(door).Kind)
		}
	})
	t.Run("by the person, whatever the contact says", func(t *testing.T) {
		c, door, code := stored(t)
		c.scan(code)
		c.sense(door, locker.Open) // a wire that is cut says so too
		want[locker.CollectionDisputed](t, c.says(locker.ActionNotOpen))
		c.onScreen(locker.StepPress)
		c.tap(locker.ActionTryAgain)
		c.wait(c.plan.Times.Judge)
		c.onScreen(locker.StepPickup)
		want[locker.DoorBlocked](t, c.says(locker.ActionNotOpen))
		c.onScreen(locker.StepTrouble)
		if c.holds(door).Kind != locker.Occupied {
			t.Fatalf("the parcel is still its recipient's, but the door is %q", c.holds(door).Kind)
		}
	})
	t.Run("a person who walks away from a jam leaves the parcel theirs", func(t *testing.T) {
		c, door, code := stored(t)
		c.scan(code)
		c.sense(door, locker.Open)
		c.says(locker.ActionNotOpen)
		c.sense(door, locker.Closed)
		wantNo[locker.DoorEmptied](t, c.wait(10*time.Minute))
		want[locker.UnlockRequested](t, c.scan(code))
	})
	t.Run("a door that springs late has opened", func(t *testing.T) {
		c, door, code := stored(t)
		c.scan(code)
		c.wait(c.plan.Times.Judge)
		c.onScreen(locker.StepPress)
		late := c.sense(door, locker.Open)
		want[locker.ParcelCollected](t, late)
		wantNo[locker.DoorForced](t, late)
		c.onScreen(locker.StepPickup)
	})
	t.Run("not sent is no pulse: it may be asked again as if for the first time", func(t *testing.T) {
		c, _, code := stored(t)
		u := want[locker.UnlockRequested](t, c.scan(code))
		c.feed(locker.ReleaseEnded{Unlock: u.Unlock, Sent: false, Why: "past its deadline"})
		c.onScreen(locker.StepPress)
		if u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)); u.Again {
			t.Fatal("want a first unlock, not the one new one")
		}
	})
	t.Run("walking away again and again ends with the door set aside", func(t *testing.T) {
		c, _, code := stored(t)
		var last []locker.Event
		for range c.plan.FailedUnlocks {
			c.scan(code)
			last = c.wait(c.plan.Times.Judge)
			c.wait(5 * time.Minute)
		}
		want[locker.DoorBlocked](t, last)
	})
}

func TestASilentBoardIsUnknownNotCollected(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.feed(locker.BoardLost{Bus: "main", Board: 1, Why: "no answer for 8s"})
	if e := want[locker.UnlockEnded](t, c.wait(time.Minute)); e.Outcome != locker.OutcomeUnknown {
		t.Fatalf("want unknown, got %s", e.Outcome)
	}
	if c.holds(door).Kind != locker.Occupied {
		t.Fatalf("want the parcel still there, got %q", c.holds(door).Kind)
	}
	c.wait(10 * time.Minute)
	wantNo[locker.UnlockRequested](t, c.scan(code)) // its doors are out of service
	c.onScreen(locker.StepTrouble)

	c.wait(10 * time.Minute)
	c.feed(locker.BoardBack{Bus: "main", Board: 1})
	found := c.sense(door, locker.Closed)
	wantNo[locker.ParcelCollected](t, found)
	want[locker.UnlockRequested](t, c.scan(code))
}

func TestAnUnlockOfUnknownEndIsResolvedByTheState(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	events := c.restart()
	if e := want[locker.UnlockEnded](t, events); e.Outcome != locker.OutcomeUnknown {
		t.Fatalf("want unknown after a power cut, got %s", e.Outcome)
	}
	wantNo[locker.UnlockRequested](t, events)
	c.pass(3 * time.Hour)
	found := c.sense(door, locker.Open)
	wantNo[locker.ParcelCollected](t, found) // nobody's session stood there
	want[locker.DoorForced](t, found)
}

func TestCodesThatAreNotGood(t *testing.T) {
	c, door, code := stored(t)
	c.tap(locker.ActionPickup)
	c.typed("nonsense")
	c.notice(locker.NoticeWrongCode)

	t.Run("expired", func(t *testing.T) {
		want[locker.ParcelExpired](t, c.wait(c.plan.Times.Pickup+time.Minute))
		c.scan(code)
		c.notice(locker.NoticeExpired)
		if c.holds(door).Kind != locker.Occupied {
			t.Fatal("an expired parcel still lies there")
		}
	})
	t.Run("nobody's scan", func(t *testing.T) {
		c.wait(time.Hour)
		c.scan("something")
		c.notice(locker.NoticeNotHere)
	})
}

func TestGuessingLocksTyping(t *testing.T) {
	c, door, code := stored(t)
	for _, want := range []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 30 * time.Minute} {
		for range c.plan.WrongTries {
			c.wait(0)
			if c.view().Step != locker.StepCode {
				c.tap(locker.ActionPickup)
			}
			c.typed("nonsense")
		}
		if got := c.view().LockedFor; got != want {
			t.Fatalf("want typing locked for %s, got %s", want, got)
		}
		if got := c.typed(code); len(got) > 0 {
			t.Fatalf("want nothing typed while locked, got %s", names(got))
		}
		c.restart()
		if got := c.view().LockedFor; got != want {
			t.Fatalf("want the lock-out to begin anew after a restart (%s), got %s", want, got)
		}
		for _, d := range c.plan.Doors {
			c.sense(d.Number, locker.Closed)
		}
		c.wait(want)
	}
	// A child at the keypad does not close the cabinet: a scan goes on.
	for range c.plan.WrongTries {
		if c.view().Step != locker.StepCode {
			c.tap(locker.ActionPickup)
		}
		c.typed("nonsense")
	}
	if u := want[locker.UnlockRequested](t, c.scan(code)); u.Door != door {
		t.Fatalf("want door %d, got %d", door, u.Door)
	}
}

func TestTheNextPersonIsNotKeptWaiting(t *testing.T) {
	c := newCabinet(t)
	first, code1 := c.drop("PARCEL-1", "S")
	second, code2 := c.drop("PARCEL-2", "S")
	c.tap(locker.ActionSignOut)
	c.scan(code1)
	c.sense(first, locker.Open)
	if u := want[locker.UnlockRequested](t, c.scan(code2)); u.Door != second {
		t.Fatalf("want door %d, got %d", second, u.Door)
	}
	wantNo[locker.DoorEmptied](t, c.sense(first, locker.Closed)) // the reopening time is its person's
	c.sense(second, locker.Open)
	c.sense(second, locker.Closed)
	c.onScreen(locker.StepThanks)
}

func TestADoorLeftOpenAfterAPickup(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	c.pass(31 * time.Second)
	c.feed(locker.Tick{})
	events := c.wait(5 * time.Minute)
	want[locker.DoorLeftOpen](t, events)
	want[locker.SessionEnded](t, events)
	wantNo[locker.DoorEmptied](t, events)
	if left := c.view().LeftOpen; len(left) != 1 || left[0] != door {
		t.Fatalf("want door %d on the idle screen as left open, got %v", door, left)
	}
	// Who has shut it, and with what in it, nobody knows: the next courier looks.
	wantNo[locker.DoorEmptied](t, append(c.sense(door, locker.Closed), c.wait(c.plan.Times.Thanks)...))
	if h := c.holds(door); h.Kind != locker.Doubtful || h.Why != locker.DoubtAlone {
		t.Fatalf("want it doubtful, got %+v", h)
	}
}

// TestADoorLeftOpenAndVisited: whoever shuts it long after its recipient has shown their code once more may be anybody.
func TestADoorLeftOpenAndVisited(t *testing.T) {
	for after, proven := range map[time.Duration]bool{8 * time.Second: true, 100 * time.Second: false} {
		c, door, code := stored(t)
		c.scan(code)
		c.sense(door, locker.Open)
		want[locker.DoorLeftOpen](t, c.wait(time.Hour))
		c.scan(code)
		c.onScreen(locker.StepPickup)
		c.pass(after)
		events := c.sense(door, locker.Closed)
		events = append(events, c.wait(c.plan.Times.Thanks)...)
		if proven {
			want[locker.DoorEmptied](t, events)
			continue
		}
		wantNo[locker.DoorEmptied](t, events)
		if h := c.holds(door); h.Kind != locker.Doubtful || h.Why != locker.DoubtAlone {
			t.Fatalf("%s later: want it doubtful, got %+v", after, h)
		}
	}
}

func TestAUsedCodeIsCalledUsed(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionFinish)
	c.wait(c.plan.Times.Thanks)
	c.scan(code)
	c.notice(locker.NoticeUsedCode)
	c.typed(code)
	c.notice(locker.NoticeUsedCode)
}
