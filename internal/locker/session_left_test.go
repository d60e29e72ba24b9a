package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// What is asked for at a screen that its person may have left.

// Somebody else has shown a code at A's screen and was told to wait: "try again" is not taken from whoever touches it.
func TestTryAgainIsNotTakenFromSomebodyElse(t *testing.T) {
	c := newCabinet(t)
	first, code1 := c.drop("PARCEL-1", "S")
	second, code2 := c.drop("PARCEL-2", "S")
	c.tap(locker.ActionSignOut)
	c.scan(code1) // and walks off
	c.scan(code2)
	c.notice(locker.NoticeCloseFirst)
	c.wait(c.plan.Times.Judge)
	c.onScreen(locker.StepPress)
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
	c.onScreen(locker.StepCode)
	if u := want[locker.UnlockRequested](t, c.typed(code2)); u.Door != second || first == second {
		t.Fatalf("want door %d, got %d", second, u.Door)
	}
}

// Nor from whoever comes to a screen that was left alone.
func TestTryAgainTakesTheCodeOnceThePersonMayHaveGone(t *testing.T) {
	c, _, code := stored(t)
	c.scan(code)
	c.wait(c.plan.Times.Judge + 15*time.Second)
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
	c.notice(locker.NoticeCodeAgain)
	want[locker.UnlockRequested](t, c.typed(code))
}

// A door that springs open long after the screen began to wait opens for nobody.
func TestAVeryLateOpening(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.wait(c.plan.Times.Judge + 25*time.Second)
	c.onScreen(locker.StepPress)
	events := c.sense(door, locker.Open)
	wantNo[locker.ParcelCollected](t, events)
	want[locker.DoorOpenedLate](t, events)
}

// A door that is set aside while its reopening time runs out is of use once it is back in service.
func TestAReopeningTimeThatEndsWhileTheDoorIsSetAside(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.order(locker.Order{Block: &locker.BlockOrder{Door: door, Reason: locker.BlockService}})
	wantNo[locker.DoorEmptied](t, c.wait(time.Hour))
	want[locker.DoorEmptied](t, c.order(locker.Order{Unblock: &locker.UnblockOrder{Door: door}}))
}

// takenBack is a cabinet with a courier before a door that was opened for them to take back what is in it, and that they have pushed shut.
func takenBack(t *testing.T) (c *cabinet, door int) {
	t.Helper()
	c, door, _ = expired(t)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	return c, door
}

// Nor does anybody take back parcels for a courier who has gone without signing out.
func TestARecallTakesTheBadgeOnceTheCourierMayHaveGone(t *testing.T) {
	c, door, _ := expired(t)
	c.scan("badge-ada")
	c.wait(15 * time.Second)
	c.tap(locker.ActionRecall)
	c.onScreen(locker.StepBadge)
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepScan)
	c.tap(locker.ActionRecall)
	c.onScreen(locker.StepBadge) // going back has shown nothing
	c.scan("badge-ada")
	c.onScreen(locker.StepRecall)
	if u := want[locker.UnlockRequested](t, c.tap(locker.ActionRecallOpen)); u.Door != door {
		t.Fatalf("want door %d, got %d", door, u.Door)
	}
}

// Nor does anybody open a door of theirs once more.
func TestTryAgainAtADoorOfARecallTakesTheBadge(t *testing.T) {
	recall := func(t *testing.T) (*cabinet, int) {
		c, door, _ := expired(t)
		c.scan("badge-ada")
		c.tap(locker.ActionRecall)
		c.tap(locker.ActionRecallOpen)
		return c, door
	}
	t.Run("that did not open", func(t *testing.T) {
		c, door := recall(t)
		c.wait(c.plan.Times.Judge)
		c.pass(15 * time.Second)
		wantNo[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
		c.onScreen(locker.StepBadge)
		c.scan("badge-ada")
		c.onScreen(locker.StepRecallDoor)
		if u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)); u.Door != door || !u.Again {
			t.Errorf("want the one new unlock of door %d, got %+v", door, u)
		}
	})
	t.Run("that was shut", func(t *testing.T) {
		c, door := recall(t)
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.pass(15 * time.Second)
		wantNo[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
		c.onScreen(locker.StepBadge)
		c.scan("badge-ada")
		c.onScreen(locker.StepLook)
		c.pass(15 * time.Second)
		c.tap(locker.ActionTryAgain)
		c.tap(locker.ActionBack)
		c.onScreen(locker.StepScan)
		if h := c.holds(door); h.Kind != locker.Doubtful {
			t.Errorf("want nobody's word for it, got %+v", h)
		}
	})
}

// A button that does no harm, or a label, shown at a screen that was left, makes nobody the courier.
func TestARecallAfterALateTouchTakesTheBadge(t *testing.T) {
	for name, goesOn := range map[string]func(c *cabinet) []locker.Event{
		"touch": func(c *cabinet) []locker.Event { return c.tap(locker.ActionNextParcel) },
		"label": func(c *cabinet) []locker.Event {
			return append(c.feed(locker.Scanned{Tracking: "PARCEL-10"}), c.tap(locker.ActionBack)...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, _, _ := expired(t)
			c.dropTo("PARCEL-9", "S")
			door := c.view().Door
			c.sense(door, locker.Open)
			c.pass(80 * time.Second) // they have walked off from it
			c.sense(door, locker.Closed)
			c.pass(5 * time.Second)
			want[locker.ParcelStored](t, goesOn(c))
			c.onScreen(locker.StepScan)
			c.tap(locker.ActionRecall)
			c.onScreen(locker.StepBadge)
			c.scan("badge-ada")
			c.onScreen(locker.StepRecall)
		})
	}
}

// What somebody holds before the scanner at such a screen does not show that the courier is still there.
func TestWhatIsHeldShowsNobody(t *testing.T) {
	for name, holds := range map[string]func(c *cabinet){
		"label":  func(c *cabinet) { c.feed(locker.Scanned{Tracking: "PARCEL-10"}) },
		"goods":  func(c *cabinet) { c.feed(locker.Scanned{Format: "ean13"}) },
		"token":  func(c *cabinet) { token := c.token("t1"); token.Refusal = "nobody signed it"; c.show(token) },
		"expiry": func(c *cabinet) { token := c.token("t1"); token.Expires = c.now.Wall.Add(-time.Hour); c.show(token) },
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := takenBack(t)
			c.pass(40 * time.Second)
			holds(c)
			c.pass(2 * time.Second)
			wantNo[locker.DoorEmptied](t, c.tap(locker.ActionEmpty))

			c, _, _ = expired(t)
			c.scan("badge-ada")
			c.pass(40 * time.Second)
			holds(c)
			if c.view().Step != locker.StepScan {
				return // the label is taken for a parcel in hand
			}
			c.pass(2 * time.Second)
			c.tap(locker.ActionRecall)
			c.onScreen(locker.StepBadge)
		})
	}
}

// Going back from that question has shown nothing either.
func TestGoingBackFromTheBadge(t *testing.T) {
	c, _ := inAndShut(t)
	c.wait(20 * time.Second)
	c.says(locker.ActionLarger)
	c.onScreen(locker.StepBadge)
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepDrop)
	wantNo[locker.UnlockRequested](t, c.says(locker.ActionLarger))
	c.onScreen(locker.StepBadge)
}

// Who wanted their parcel back and went has not stored it.
func TestACancelThatIsLeftAtTheBadge(t *testing.T) {
	c, door := inAndShut(t)
	c.says(locker.ActionCancel)
	c.tap(locker.ActionCancelYes)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.wait(50 * time.Second)
	c.tap(locker.ActionEmpty)
	c.onScreen(locker.StepBadge)
	c.scan("badge-ada")
	c.onScreen(locker.StepTakeOut)
	events := c.wait(5 * time.Minute)
	wantNo[locker.ParcelStored](t, events)
	want[locker.DropAbandoned](t, events)
}

// "It did not open" from a stranger at a door that stands open is nobody's word, and opens nothing.
func TestNobodyElseSaysThatItDidNotOpen(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open) // and its recipient has gone
	c.pass(80 * time.Second)
	wantNo[locker.CollectionDisputed](t, c.says(locker.ActionNotOpen))
	c.onScreen(locker.StepCode)
	c.sense(door, locker.Closed)
	if u := want[locker.UnlockRequested](t, c.scanLater(code)); u.Why != locker.WhyReopen {
		t.Fatalf("want it theirs still, got %+v", u)
	}
}

// A courier who says that the door did not open, though it was seen to, and goes: nobody knows where the parcel is.
func TestItDidNotOpenAndTheCourierGoes(t *testing.T) {
	c, door := inAndShut(t)
	c.says(locker.ActionNotOpen)
	c.onScreen(locker.StepDropPress)
	events := c.wait(5 * time.Minute)
	wantNo[locker.ParcelStored](t, events)
	if e := want[locker.DropAbandoned](t, events); e.Door != door {
		t.Fatalf("want it said of door %d, got %+v", door, e)
	}
}

// "It is empty" long after the courier has pushed the door shut may be anybody's word.
func TestALateWordProvesNothing(t *testing.T) {
	c, door := takenBack(t)
	c.wait(30 * time.Second)
	wantNo[locker.DoorEmptied](t, c.tap(locker.ActionEmpty))
	if h := c.holds(door); h.Kind != locker.Doubtful {
		t.Fatalf("want it doubtful, got %+v", h)
	}
}

// Whoever taps on at a screen that a courier has left does not get the door that they have shut.
func TestTappingOnAtACouriersScreenOpensNothing(t *testing.T) {
	c := newCabinet(t)
	c.dropTo("PARCEL-1", "S")
	door := c.view().Door
	c.sense(door, locker.Open)
	c.wait(30 * time.Second) // they have walked off
	c.says(locker.ActionNotOpen)
	c.sense(door, locker.Closed)
	for range 3 {
		c.wait(8 * time.Second)
		c.says(locker.ActionCancel)
		c.wait(time.Second)
		c.tap(locker.ActionBack)
		c.wait(time.Second)
		c.onScreen(locker.StepDropPress)
	}
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
	c.onScreen(locker.StepBadge)
	c.scan("badge-ada")
	want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)) // it is them
}
