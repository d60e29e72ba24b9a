package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// A hold-up may take so long that whoever has asked has gone: no further door opens by itself then, only when somebody
// touches.
func TestNothingGoesOnByItselfAfterAHoldUp(t *testing.T) {
	heldUp := func(c *cabinet) []locker.Event {
		c.pass(time.Minute)
		events := c.feed(locker.HeldUp{For: time.Minute})
		return append(events, c.wait(c.plan.Times.Judge)...)
	}
	t.Run("another door for a parcel", func(t *testing.T) {
		c := newCabinet(t)
		c.scan("badge-ada")
		c.scan("P")
		c.phone()
		first := want[locker.UnlockRequested](t, c.size("S"))
		c.wait(c.plan.Times.Judge)
		want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
		events := heldUp(c)
		want[locker.DoorBlocked](t, events)
		wantNo[locker.UnlockRequested](t, events)
		c.onScreen(locker.StepDropPress)
		c.notice(locker.NoticeDoorOut)
		if u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)); u.Door == first.Door {
			t.Fatal("want another door than the one that is jammed")
		}
		c.onScreen(locker.StepDrop)
		c.notice(locker.NoticeSetAside)
	})
	t.Run("door after door", func(t *testing.T) {
		c, _ := serviced(t)
		want[locker.UnlockRequested](t, c.openEmpty())
		events := heldUp(c)
		want[locker.SequenceEnded](t, events)
		wantNo[locker.UnlockRequested](t, events)
	})
	t.Run("a self test", func(t *testing.T) {
		c, _ := serviced(t)
		want[locker.UnlockRequested](t, c.tap(locker.ActionSelfTest))
		events := heldUp(c)
		want[locker.DoorTested](t, events)
		wantNo[locker.UnlockRequested](t, events)
	})
}

// What was asked for too long ago is not done: they may have gone.
func TestAScanThatWaited(t *testing.T) {
	c, door, code := stored(t)
	c.now.Age = 7 * time.Second
	events := c.scan(code)
	wantNo[locker.UnlockRequested](t, events)
	if e := want[locker.UnlockRefused](t, events); e.Door != door {
		t.Fatalf("want it said of door %d, got %+v", door, e)
	}
	c.notice(locker.NoticeTryAgain)
	c.now.Age = 500 * time.Millisecond
	if u := want[locker.UnlockRequested](t, c.typed(code)); u.Within != 1500 {
		t.Fatalf("want what is left of its time, got %d ms", u.Within)
	}
}

func TestAnOrderThatWaited(t *testing.T) {
	c := newCabinet(t)
	c.now.Age = 7 * time.Second
	want[locker.OrderRefused](t, c.order(locker.Order{Expires: c.now.Wall.Add(time.Minute), Unlock: &locker.UnlockOrder{Door: 5}}))
}
