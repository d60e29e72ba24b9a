package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// What is put behind a door that stands open with nobody at it, and pushed shut by whoever passes: a word of before proves
// nothing of that.

// notGiven wants a door not given to anybody new, however long it takes.
func (c *cabinet) notGiven(door int) {
	c.t.Helper()
	c.wait(20 * time.Minute)
	if h := c.holds(door); h.Kind == locker.Empty {
		c.t.Errorf("want door %d given to nobody, got %+v", door, h)
	}
}

// A door of which somebody has just said that it is empty springs back, and is pushed shut later by somebody else.
func TestADoorThatSpringsBackAfterTheWord(t *testing.T) {
	for name, story := range map[string]func(t *testing.T) (*cabinet, int){
		"of a courier who took the parcel out again": func(t *testing.T) (*cabinet, int) {
			c, door := inAndShut(t)
			c.says(locker.ActionCancel)
			c.tap(locker.ActionCancelYes)
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
			return c, door
		},
		"of a courier who took a parcel back": func(t *testing.T) (*cabinet, int) {
			c, door := takenBack(t)
			return c, door
		},
		"of a technician after a self test": func(t *testing.T) (*cabinet, int) {
			c, _ := serviced(t)
			c.tap(locker.ActionSelfTest)
			for _, door := range []int{2, 3, 4, 5} {
				c.sense(door, locker.Open)
				c.sense(door, locker.Closed)
			}
			return c, 5
		},
		"of a technician at the door": func(t *testing.T) (*cabinet, int) {
			c, _ := serviced(t)
			c.atDoor(5)
			c.tap(locker.ActionOpen)
			c.sense(5, locker.Open)
			c.sense(5, locker.Closed)
			return c, 5
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, door := story(t)
			c.pass(time.Second)
			want[locker.DoorEmptied](t, c.tap(locker.ActionEmpty))
			c.pass(time.Second)
			if e := want[locker.DoorOpened](t, c.sense(door, locker.Open)); !e.Bounced {
				t.Fatalf("want it to go on, got %+v", e)
			}
			c.wait(10 * time.Minute) // they have gone
			c.sense(door, locker.Closed)
			c.notGiven(door)
		})
	}
}

// Of a door that stands open nobody can say that it is empty.
func TestNobodyLooksIntoADoorThatStaysOpen(t *testing.T) {
	c, _ := serviced(t)
	c.atDoor(5)
	c.tap(locker.ActionOpen)
	c.sense(5, locker.Open)
	wantNo[locker.DoorEmptied](t, c.press(locker.Tapped{Action: locker.ActionEmpty}))
	wantNo[locker.DoorEmptied](t, c.feed(locker.Inspected{Doors: []int{5}, By: "the builder"}))
	c.sense(5, locker.Closed)
	want[locker.DoorEmptied](t, c.tap(locker.ActionEmpty))
}

// A door that was left open at a pickup, and one of which nobody saw how it was shut.
func TestAPickupThatNobodySawTheEndOf(t *testing.T) {
	for name, meanwhile := range map[string]func(c *cabinet){
		"left open for hours": func(c *cabinet) { c.wait(3 * time.Hour) },
		"ten hours without power": func(c *cabinet) {
			c.now.Wall = c.now.Wall.Add(10 * time.Hour)
			c.reboot()
		},
		"a silent board": func(c *cabinet) {
			c.feed(locker.BoardLost{Bus: "main", Board: 1})
			c.wait(time.Hour)
			c.feed(locker.BoardBack{Bus: "main", Board: 1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, door, code := stored(t)
			c.scan(code)
			want[locker.ParcelCollected](t, c.sense(door, locker.Open))
			meanwhile(c)
			c.sense(door, locker.Closed)
			c.notGiven(door)
		})
	}
}

// Any pulse takes the proof of a pickup away, too, until somebody has looked: its contact may not have noticed.
func TestAPulseWithinTheReopeningTime(t *testing.T) {
	for name, pulse := range map[string]func(c *cabinet, door int) []locker.Event{
		"by an order": func(c *cabinet, door int) []locker.Event {
			c.tap(locker.ActionFinish)
			return c.order(locker.Order{Expires: c.now.Wall.Add(time.Minute), Unlock: &locker.UnlockOrder{Door: door}})
		},
		"by its recipient": func(c *cabinet, _ int) []locker.Event { return c.tap(locker.ActionForgot) },
	} {
		for _, cut := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				c, door, code := stored(t)
				c.scan(code)
				c.sense(door, locker.Open)
				c.sense(door, locker.Closed)
				want[locker.UnlockRequested](t, pulse(c, door))
				if cut {
					c.restart()
					c.sense(door, locker.Closed)
				}
				c.notGiven(door)
			})
		}
	}
}

// The board of a door falls silent while its courier looks in: nobody sees how it is shut.
func TestALookWhoseEndNobodySees(t *testing.T) {
	c := newCabinet(t)
	for _, d := range c.plan.Doors {
		c.order(locker.Order{Expires: c.now.Wall.Add(time.Minute), Unlock: &locker.UnlockOrder{Door: d.Number}})
		c.sense(d.Number, locker.Open)
		c.sense(d.Number, locker.Closed)
		c.wait(20 * time.Second)
	}
	c.scan("badge-ada")
	c.scan("PARCEL-9")
	c.phone()
	c.size("S")
	c.onScreen(locker.StepLook)
	door := c.view().Door
	c.sense(door, locker.Open)
	c.feed(locker.BoardLost{Bus: "main", Board: 1})
	wantNo[locker.DoorEmptied](t, c.press(locker.Tapped{Action: locker.ActionEmpty, Offers: c.offers()}))
	c.tap(locker.ActionSkip)
	c.feed(locker.BoardBack{Bus: "main", Board: 1})
	c.sense(door, locker.Closed)
	c.notGiven(door)
}

// "It did not open", and it is asked to open once more: until it was seen to, the parcel is in the courier's hand, whatever
// the contact had said.
func TestAParcelWhoseDoorDidNotOpen(t *testing.T) {
	for name, then := range map[string]func(c *cabinet) []locker.Event{
		"a power cut":      (*cabinet).restart,
		"another label":    func(c *cabinet) []locker.Event { return c.scan("PARCEL-2") },
		"the courier goes": func(c *cabinet) []locker.Event { return c.wait(10 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			c, door := inAndShut(t)
			c.says(locker.ActionNotOpen)
			want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
			c.onScreen(locker.StepDrop)
			wantNo[locker.ParcelStored](t, then(c))
			c.notGiven(door)
		})
	}
}

// Who says that something is in a door takes its proof away, too.
func TestADoorThatIsSetAsideAsOccupied(t *testing.T) {
	for name, says := range map[string]func(c *cabinet){
		"by an order": func(c *cabinet) {
			c.order(locker.Order{Block: &locker.BlockOrder{Door: 5, Reason: locker.BlockOccupied}})
		},
		"by a technician": func(c *cabinet) {
			c.signIn("grace")
			c.atDoor(5)
			c.tap(locker.ActionBlock)
			c.press(locker.Tapped{Action: locker.ActionReason, Reason: locker.BlockOccupied})
			c.tap(locker.ActionBack)
			c.tap(locker.ActionBack)
			c.tap(locker.ActionSignOut)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCabinet(t)
			says(c)
			want[locker.DoorUnblocked](t, c.order(locker.Order{Unblock: &locker.UnblockOrder{Door: 5}}))
			c.notGiven(5)
		})
	}
}

// Within the reopening time a token opens again what it has opened, and nothing else; not once it was revoked.
func TestAUsedTokenOpensWhatItHasOpened(t *testing.T) {
	for name, change := range map[string]func(c *cabinet, t *locker.Token){
		"another parcel": func(_ *cabinet, t *locker.Token) { t.Parcel = "PARCEL-7" },
		"a door":         func(_ *cabinet, t *locker.Token) { t.Parcel, t.Door = "", 5 },
		"revoked": func(c *cabinet, _ *locker.Token) {
			c.order(locker.Order{Expires: c.now.Wall.Add(time.Hour),
				Revoke: &locker.RevokeOrder{IDs: []string{"t1"}, Until: c.now.Wall.Add(time.Hour)}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, door, _ := stored(t)
			token := c.parcelToken("t1")
			c.show(token)
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
			c.tap(locker.ActionFinish)
			c.pass(c.plan.Times.SameScan)
			change(c, &token)
			wantNo[locker.UnlockRequested](t, c.show(token))
		})
	}
}

// A door over a parcel that stood open before somebody else: its recipient takes what is theirs, and no more.
func TestAPickupAfterOthersStoodThere(t *testing.T) {
	for name, others := range map[string]func(c *cabinet, door int){
		"a thief forces it": func(c *cabinet, door int) { c.sense(door, locker.Open) },
		"an order opens it": func(c *cabinet, door int) {
			want[locker.UnlockRequested](t, c.order(locker.Order{Expires: c.now.Wall.Add(time.Minute), Unlock: &locker.UnlockOrder{Door: door}}))
			c.sense(door, locker.Open)
		},
		"it springs open when its courier has gone": func(c *cabinet, door int) {
			c.pass(time.Second)
			c.sense(door, locker.Open)
		},
		"the power fails while it is open": func(c *cabinet, door int) {
			c.sense(door, locker.Open)
			c.reboot()
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, door, code := stored(t)
			others(c, door)
			c.wait(time.Hour)
			c.sense(door, locker.Closed)
			c.wait(time.Hour)
			if h := c.holds(door); h.Kind != locker.Occupied {
				t.Fatalf("want the parcel its recipient's still, got %+v", h)
			}
			c.scan(code)
			want[locker.ParcelCollected](t, c.sense(door, locker.Open))
			c.sense(door, locker.Closed)
			c.notGiven(door)
			if h := c.holds(door); h.Kind != locker.Doubtful || h.Why != locker.DoubtAlone {
				t.Errorf("want somebody to look, got %+v", h)
			}
		})
	}
}

// A door over a parcel that was pulsed and not seen to open may have stood open since. Whoever tries again at once stood there.
func TestAPickupAfterAPulseThatNobodySaw(t *testing.T) {
	for name, tt := range map[string]struct {
		before func(c *cabinet, code string)
		given  bool
	}{
		"their own, an hour ago": {func(c *cabinet, code string) {
			want[locker.UnlockRequested](t, c.scan(code))
			c.wait(time.Hour)
			want[locker.UnlockRequested](t, c.scan(code))
		}, false},
		"by an order": {func(c *cabinet, code string) {
			want[locker.UnlockRequested](t, c.order(locker.Order{Expires: c.now.Wall.Add(time.Minute), Unlock: &locker.UnlockOrder{Door: 1}}))
			c.wait(time.Minute)
			want[locker.UnlockRequested](t, c.scan(code))
		}, false},
		"their own, and again at once": {func(c *cabinet, code string) {
			want[locker.UnlockRequested](t, c.scan(code))
			c.wait(10 * time.Second)
			c.onScreen(locker.StepPress)
			want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c, door, code := stored(t)
			if door != 1 {
				t.Fatalf("want the story told of door 1, got %d", door)
			}
			tt.before(c, code)
			want[locker.ParcelCollected](t, c.sense(door, locker.Open))
			c.sense(door, locker.Closed)
			c.wait(20 * time.Minute)
			if h := c.holds(door); (h.Kind == locker.Empty) != tt.given {
				t.Errorf("want it given to others: %t, got %+v", tt.given, h)
			}
		})
	}
}
