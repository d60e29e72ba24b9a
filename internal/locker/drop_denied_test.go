package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// A door of a drop-off that does not open, does not open once more, or opens by itself: what is said of it holds until it opens, and what is
// behind it is said to be nowhere else.

// That it did not open is believed on every screen that follows, until it opens.
func TestItDidNotOpenHoldsOnEveryScreen(t *testing.T) {
	for name, goes := range map[string]func(c *cabinet){
		"left there":        func(*cabinet) {},
		"whether to cancel": func(c *cabinet) { c.tap(locker.ActionCancel) },
		"back from that": func(c *cabinet) {
			c.tap(locker.ActionCancel)
			c.tap(locker.ActionBack)
			c.onScreen(locker.StepDropPress)
		},
		"the badge": func(c *cabinet) { c.pass(15 * time.Second); c.tap(locker.ActionTryAgain); c.onScreen(locker.StepBadge) },
		"back from the badge": func(c *cabinet) {
			c.pass(15 * time.Second)
			c.tap(locker.ActionTryAgain)
			c.tap(locker.ActionBack)
			c.onScreen(locker.StepDropPress)
		},
		"a badge that is held": func(c *cabinet) {
			c.pass(15 * time.Second)
			c.tap(locker.ActionTryAgain)
			c.scan("badge-ada")
			c.onScreen(locker.StepDropPress)
		},
	} {
		for end, ends := range map[string]func(c *cabinet) []locker.Event{
			"left":            func(c *cabinet) []locker.Event { return c.wait(5 * time.Minute) },
			"power":           (*cabinet).restart,
			"another courier": func(c *cabinet) []locker.Event { return append(c.scanLater("badge-bob"), c.wait(5*time.Minute)...) },
		} {
			t.Run(name+"/"+end, func(t *testing.T) {
				c, door := inAndShut(t)
				c.says(locker.ActionNotOpen)
				c.onScreen(locker.StepDropPress)
				goes(c)
				events := ends(c)
				wantNo[locker.ParcelStored](t, events)
				if e := want[locker.DropAbandoned](t, events); e.Door != door {
					t.Errorf("want it said of door %d, got %+v", door, e)
				}
			})
		}
	}
}

// Once it opens it is as any other door, and so is that of the next parcel.
func TestItOpensAfterAll(t *testing.T) {
	for end, ends := range map[string]func(c *cabinet) []locker.Event{
		"left":  func(c *cabinet) []locker.Event { return c.wait(5 * time.Minute) },
		"power": (*cabinet).restart,
	} {
		t.Run(end, func(t *testing.T) {
			c, door := inAndShut(t)
			c.says(locker.ActionNotOpen)
			c.tap(locker.ActionTryAgain)
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
			if e := want[locker.ParcelStored](t, ends(c)); e.Door != door {
				t.Errorf("want it stored behind door %d, got %+v", door, e)
			}
		})
	}
}

// What is in its courier's hands once more, and behind another door of which they say that it did not open, is stored nowhere for certain.
func TestItDidNotOpenOnceMore(t *testing.T) {
	c, door, _ := inHandAgain(t)
	c.says(locker.ActionLarger)
	c.sense(door, locker.Closed)
	to := want[locker.UnlockRequested](t, c.tap(locker.ActionEmpty)).Door
	c.sense(to, locker.Open)
	c.sense(to, locker.Closed)
	c.says(locker.ActionNotOpen)
	c.tap(locker.ActionCancel)
	events := c.restart()
	wantNo[locker.ParcelStoredAgain](t, events)
	if e := want[locker.ParcelWithdrawn](t, events); e.Door != to || !e.Unsure {
		t.Errorf("want it looked for behind %d, got %+v", to, e)
	}
}

// A door that springs back before the courier whom it was given to may hold their parcel.
func TestADoorThatSpringsBackBeforeItsDropOff(t *testing.T) {
	c := doubted(t)
	door := c.lookFor()
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.pass(500 * time.Millisecond)
	u := want[locker.UnlockRequested](t, c.tap(locker.ActionEmpty))
	c.feed(locker.ReleaseEnded{Unlock: u.Unlock, Why: "port gone"})
	c.onScreen(locker.StepDropPress)
	c.pass(300 * time.Millisecond)
	if e := want[locker.DoorOpened](t, c.sense(door, locker.Open)); !e.Bounced {
		t.Fatalf("want it sprung back, got %+v", e)
	}
	c.onScreen(locker.StepDrop) // it stands open before them
	c.pass(5 * time.Second)
	c.sense(door, locker.Closed)
	events := c.wait(10 * time.Minute)
	wantNo[locker.DropCancelled](t, events)
	c.notGiven(door)
}

// takingOut is a taking-out whose door does not open.
func takingOut(c *cabinet, says locker.Action) {
	c.t.Helper()
	if c.says(says); says == locker.ActionCancel {
		c.tap(locker.ActionCancelYes)
	}
	c.wait(c.plan.Times.Judge)
	c.onScreen(locker.StepTakeOut)
}

// Who leaves a door that did not open for them to take a parcel out leaves the parcel.
func TestLeavingADoorThatDidNotOpenForTheTakingOut(t *testing.T) {
	for _, says := range []locker.Action{locker.ActionCancel, locker.ActionLarger} {
		t.Run(string(says), func(t *testing.T) {
			c, door := inAndShut(t)
			takingOut(c, says)
			events := c.tap(locker.ActionSkip)
			wantNo[locker.DropCancelled](t, events)
			wantNo[locker.DropMoved](t, events)
			want[locker.DropAbandoned](t, events)
			c.onScreen(locker.StepScan)
			c.notice(locker.NoticeNotOpened)
			if h := c.holds(door); h.Tracking != "PARCEL-1" || h.Company != "Example Parcel" {
				t.Errorf("want its company to look, got %+v", h)
			}
		})
		t.Run(string(says)+", in hand again", func(t *testing.T) {
			c, door, code := visiting(t)
			c.reopens(door)
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
			takingOut(c, says)
			events := c.tap(locker.ActionSkip)
			wantNo[locker.ParcelWithdrawn](t, events)
			if e := want[locker.ParcelStoredAgain](t, events); e.Door != door || !e.Unsure {
				t.Errorf("want it where it was, got %+v", e)
			}
			c.tap(locker.ActionSignOut)
			c.codeOpens(code, door)
		})
	}
	t.Run("that has opened", func(t *testing.T) {
		c, door := inAndShut(t)
		c.says(locker.ActionLarger)
		c.sense(door, locker.Open)
		if e := want[locker.DropMoved](t, c.tap(locker.ActionSkip)); e.From != door {
			t.Errorf("want another door, got %+v", e)
		}
	})
}

// What was in its courier's hands once more when the journal was lost in part waits as before: its recipient may have its code.
func TestInHandAgainWhenTheJournalIsLostInPart(t *testing.T) {
	for reason, is := range map[string]locker.Status{locker.EpochRestored: locker.StatusHeld, locker.EpochShortened: locker.StatusWaiting} {
		t.Run(reason, func(t *testing.T) {
			c, door, code := inHandAgain(t)
			c.sense(door, locker.Closed)
			c.write([]locker.Event{locker.EpochBegun{Reason: reason}})
			c.restart()
			for _, d := range c.plan.Doors {
				c.sense(d.Number, locker.Closed)
			}
			c.status("PARCEL-1", is)
			if h := c.holds(door); h.Kind != locker.Occupied {
				t.Errorf("want it in there, got %+v", h)
			}
			if _, opens := find[locker.UnlockRequested](c.scanLater(code)); opens != (is == locker.StatusWaiting) {
				t.Errorf("want its code to open: %v", is == locker.StatusWaiting)
			}
		})
	}
}

// What was withdrawn is put in anew with its phone number.
func TestWithdrawnAndPutInAnew(t *testing.T) {
	for name, withdraws := range map[string]func(c *cabinet, door int) []locker.Event{
		"taken out": func(c *cabinet, door int) []locker.Event {
			c.sense(door, locker.Open)
			c.says(locker.ActionOccupied)
			c.sense(door, locker.Closed)
			return c.tap(locker.ActionEmpty)
		},
		"taken out, and something else is in it": func(c *cabinet, door int) []locker.Event {
			c.sense(door, locker.Open)
			c.says(locker.ActionOccupied)
			c.sense(door, locker.Closed)
			return c.tap(locker.ActionOccupied)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCabinet(t)
			door, _ := c.drop("PARCEL-1", "S")
			c.drop("PARCEL-2", "S")
			for _, other := range []int{3, 4, 5} { // no other door is free
				c.order(locker.Order{Block: &locker.BlockOrder{Door: other, Reason: locker.BlockService}})
			}
			c.reopens(door)
			want[locker.ParcelWithdrawn](t, withdraws(c, door))
			c.onScreen(locker.StepScan)
			c.order(locker.Order{Unblock: &locker.UnblockOrder{Door: 3}})
			c.scan("PARCEL-1")
			c.onScreen(locker.StepPhone)
			c.phone()
			u := want[locker.UnlockRequested](t, c.size("M"))
			c.sense(u.Door, locker.Open)
			c.sense(u.Door, locker.Closed)
			if e := want[locker.ParcelStored](t, c.tap(locker.ActionDone)); len(e.Personal.Phone) == 0 || e.Mask == "" {
				t.Errorf("want its phone number with it, got %+v", e)
			}
		})
	}
}
