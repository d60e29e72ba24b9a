package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// What a stranger does at a screen that its courier has left, and what happens there by itself, makes nobody the courier.

// blinks has a board fall silent for a moment: its doors are known to be shut again, which is nobody's doing.
func (c *cabinet) blinks(board int) {
	c.t.Helper()
	c.feed(locker.BoardLost{Bus: "main", Board: board, Why: "no answer"})
	c.pass(time.Second)
	c.feed(locker.BoardBack{Bus: "main", Board: board})
	for _, d := range c.plan.Doors {
		if d.Lock.Board == board {
			c.sense(d.Number, locker.Closed)
		}
	}
}

// recalling is a cabinet with a courier before the door of an expired parcel, which has been opened and shut.
func recalling(t *testing.T) (c *cabinet, door int) {
	t.Helper()
	c, door = takenBack(t)
	c.onScreen(locker.StepLook)
	return c, door
}

func TestABoardThatWasSilentShowsNobody(t *testing.T) {
	away := func(c *cabinet) {
		c.pass(40 * time.Second)
		c.blinks(1)
		c.pass(2 * time.Second)
	}
	t.Run("before a recall", func(t *testing.T) {
		c, _, _ := expired(t)
		c.scan("badge-ada")
		c.tap(locker.ActionRecall)
		away(c)
		wantNo[locker.UnlockRequested](t, c.tap(locker.ActionRecallOpen))
		c.onScreen(locker.StepBadge)
	})
	t.Run("after a recall", func(t *testing.T) {
		c, door := recalling(t)
		away(c)
		wantNo[locker.DoorEmptied](t, c.tap(locker.ActionEmpty))
		if h := c.holds(door); h.Kind != locker.Doubtful {
			t.Errorf("want it doubtful, got %+v", h)
		}
	})
	t.Run("at a door of a recall that did not open once more", func(t *testing.T) {
		c, _ := recalling(t)
		c.tap(locker.ActionTryAgain)
		c.wait(c.plan.Times.Judge)
		c.onScreen(locker.StepRecallDoor)
		away(c)
		c.onScreen(locker.StepRecallDoor) // it has not been shut since
	})
	t.Run("before a larger door", func(t *testing.T) {
		c, _ := inAndShut(t)
		away(c)
		wantNo[locker.UnlockRequested](t, c.says(locker.ActionLarger))
		c.onScreen(locker.StepBadge)
	})
	t.Run("in an inventory", func(t *testing.T) {
		c := newCabinet(t)
		walks(t, c)
		door := c.view().Door
		c.lookInto(door)
		c.order(locker.Order{Unblock: &locker.UnblockOrder{Door: door}})
		c.pass(30 * time.Second)
		c.blinks(1)
		c.pass(2 * time.Second)
		wantNo[locker.DoorEmptied](t, c.tap(locker.ActionEmpty))
	})
}

// Going back from the question whether to cancel has shown nothing.
func TestGoingBackFromCancel(t *testing.T) {
	c, _ := inAndShut(t)
	c.says(locker.ActionCancel)
	c.onScreen(locker.StepCancel)
	c.wait(40 * time.Second)
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepDrop)
	c.pass(2 * time.Second)
	wantNo[locker.UnlockRequested](t, c.says(locker.ActionLarger))
	c.onScreen(locker.StepBadge)
}

// Nor has the label of another parcel, held up while it is asked behind which of two doors the first one is.
func TestALabelAtASecondDoorShowsNobody(t *testing.T) {
	c := newCabinet(t)
	c.dropTo("PARCEL-1", "S")
	c.wait(c.plan.Times.Judge)
	c.tap(locker.ActionTryAgain)
	second := want[locker.UnlockRequested](t, c.wait(c.plan.Times.Judge)).Door
	c.sense(second, locker.Open)
	c.sense(second, locker.Closed)
	c.pass(30 * time.Second)
	c.scan("PARCEL-2")
	c.notice(locker.NoticeSetAside)
	c.pass(2 * time.Second)
	wantNo[locker.UnlockRequested](t, c.says(locker.ActionLarger))
	c.onScreen(locker.StepBadge)
}

// Whoever types a phone number, or a parcel's number wrongly, where nothing was touched for long goes on, and is no courier.
func TestWhatIsTypedLateShowsNobody(t *testing.T) {
	t.Run("phone", func(t *testing.T) {
		c := doubted(t)
		c.scan("badge-ada")
		c.scan("PARCEL-9")
		c.pass(50 * time.Second)
		c.phone()
		c.onScreen(locker.StepSize)
		c.pass(3 * time.Second)
		wantNo[locker.UnlockRequested](t, c.size("S"))
		c.onScreen(locker.StepBadge)
	})
	t.Run("number", func(t *testing.T) {
		c, _, _ := expired(t)
		c.scan("badge-ada")
		c.tap(locker.ActionType)
		c.pass(50 * time.Second)
		c.feed(locker.TrackingTyped{Revision: c.view().Revision, Tracking: "\x01"})
		c.notice(locker.NoticeMistyped)
		c.tap(locker.ActionBack)
		c.tap(locker.ActionRecall)
		c.onScreen(locker.StepBadge)
	})
}

// Whoever pushes a door shut that was left open is not its courier: they prove nothing empty, and open no other one.
func TestWhoShutsADoorThatWasLeftOpen(t *testing.T) {
	t.Run("of a recall", func(t *testing.T) {
		c := newCabinet(t)
		c.drop("PARCEL-1", "S")
		c.drop("PARCEL-2", "S")
		c.tap(locker.ActionSignOut)
		c.wait(c.plan.Times.Pickup + time.Hour)
		c.scan("badge-ada")
		c.tap(locker.ActionRecall)
		door := want[locker.UnlockRequested](t, c.tap(locker.ActionRecallOpen)).Door
		c.sense(door, locker.Open)
		c.wait(80 * time.Second)
		c.sense(door, locker.Closed)
		c.onScreen(locker.StepLook)
		wantNo[locker.DoorEmptied](t, c.tap(locker.ActionEmpty))
		if h := c.holds(door); h.Kind != locker.Doubtful {
			t.Errorf("want it doubtful, got %+v", h)
		}
		c.onScreen(locker.StepRecall)
		wantNo[locker.UnlockRequested](t, c.tap(locker.ActionRecallOpen))
		c.scan("badge-ada")
		want[locker.UnlockRequested](t, c.tap(locker.ActionRecallOpen)) // it was them
	})
	t.Run("of a taking-out", func(t *testing.T) {
		c, door := inAndShut(t)
		c.says(locker.ActionLarger)
		c.sense(door, locker.Open)
		c.wait(80 * time.Second)
		c.sense(door, locker.Closed)
		c.onScreen(locker.StepLook)
		wantNo[locker.DoorEmptied](t, c.tap(locker.ActionEmpty))
		c.onScreen(locker.StepBadge)
		c.scan("badge-ada")
		c.onScreen(locker.StepTakeOut)
		to := want[locker.DropMoved](t, c.tap(locker.ActionSkip)) // it was them, and they have it in hand
		if h := c.holds(door); to.From != door || h.Kind != locker.Doubtful {
			t.Errorf("want door %d left in doubt, got %+v, %+v", door, to, h)
		}
	})
	t.Run("who looked for long", func(t *testing.T) {
		c, door, _ := expired(t)
		c.scan("badge-ada")
		c.tap(locker.ActionRecall)
		c.tap(locker.ActionRecallOpen)
		c.sense(door, locker.Open)
		c.wait(40 * time.Second)
		c.sense(door, locker.Closed)
		c.pass(15 * time.Second)
		want[locker.DoorEmptied](t, c.tap(locker.ActionEmpty))
	})
}

// A late word about a door of a recall is anybody's, whatever it is: nobody knows what is behind it.
func TestALateWordAboutARecall(t *testing.T) {
	left := func(t *testing.T, c *cabinet, door int, events []locker.Event) {
		t.Helper()
		wantNo[locker.CollectionDisputed](t, events)
		wantNo[locker.ParcelMissing](t, events)
		if h := c.holds(door); h.Kind != locker.Doubtful || h.Why != locker.DoubtLeft {
			t.Errorf("want it doubtful, got %+v", h)
		}
	}
	t.Run("something is in it", func(t *testing.T) {
		c, door := recalling(t)
		c.wait(50 * time.Second)
		left(t, c, door, c.tap(locker.ActionOccupied))
	})
	t.Run("it is left", func(t *testing.T) {
		c, door := recalling(t)
		c.tap(locker.ActionTryAgain)
		c.wait(c.plan.Times.Judge)
		c.onScreen(locker.StepRecallDoor)
		c.pass(50 * time.Second)
		left(t, c, door, c.tap(locker.ActionSkip))
	})
	t.Run("nothing was in it", func(t *testing.T) {
		c, door, _ := sent(t)
		c.collector("Example Parcel", locker.RightCollect)
		c.tap(locker.ActionRecall)
		c.tap(locker.ActionRecallOpen)
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.pass(15 * time.Second)
		c.tap(locker.ActionTryAgain)
		c.scan("badge-col")
		c.onScreen(locker.StepLook)
		c.tap(locker.ActionTryAgain)
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.pass(50 * time.Second)
		left(t, c, door, c.tap(locker.ActionMissing))
	})
}

// What somebody says of the door into which a courier was to look opens the next doubtful one for its courier alone.
func TestALookGoesOnForItsCourier(t *testing.T) {
	c := doubted(t)
	door := c.lookFor()
	c.sense(door, locker.Open)
	c.pass(40 * time.Second)
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionOccupied))
	c.onScreen(locker.StepBadge)
	c.scan("badge-ada")
	c.onScreen(locker.StepSize)
	if u := want[locker.UnlockRequested](t, c.size("S")); u.Door == door || u.Why != locker.WhyLook {
		t.Errorf("want the other one, got %+v", u)
	}
}

// A door that was pulsed and not seen to open may have opened all the same. Who waits at one that jams is asked for nothing.
func TestADoorThatWasNotSeenToOpen(t *testing.T) {
	for after, opens := range map[time.Duration]bool{15 * time.Second: true, 40 * time.Second: false} {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		c.wait(c.plan.Times.Judge)
		c.onScreen(locker.StepDropPress)
		c.pass(after)
		if _, opened := find[locker.UnlockRequested](c.tap(locker.ActionTryAgain)); opened != opens {
			t.Errorf("after %s: want it opened: %v, got %v", after, opens, opened)
		}
		if !opens {
			c.onScreen(locker.StepBadge)
			c.scan("badge-ada")
			c.onScreen(locker.StepDropPress)
			want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
		}
	}
}
