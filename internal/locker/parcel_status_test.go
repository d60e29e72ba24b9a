package locker_test

import (
	"fmt"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// asks what has become of a parcel by its number.
func (c *cabinet) asks(tracking string) locker.ParcelStatus {
	c.t.Helper()
	events := c.order(locker.Order{Status: &locker.StatusOrder{Tracking: tracking}})
	return want[locker.ParcelStatus](c.t, events)
}

// isNow wants a parcel's status, and what its code does.
func (c *cabinet) isNow(tracking string, status locker.Status, code string) locker.ParcelStatus {
	c.t.Helper()
	is := c.asks(tracking)
	if is.Status != status || is.Code != code || is.Tracking != tracking {
		c.t.Fatalf("want %s, its code %q, got %+v", status, code, is)
	}
	return is
}

// TestWhatHasBecomeOfAParcel: its whole life, in the words of one event each.
func TestWhatHasBecomeOfAParcel(t *testing.T) {
	c := newCabinet(t)
	c.isNow("PARCEL-1", locker.StatusUnknown, "")
	c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "PARCEL-1", Size: "S", Mask: "•••67", Phone: locker.Box("phone")}})
	c.isNow("PARCEL-1", locker.StatusAnnounced, "")
	c.scan("badge-ada")
	c.scan("PARCEL-1")
	door := c.view().Door
	c.isNow("PARCEL-1", locker.StatusDropping, locker.CodeDead)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	code := string(want[locker.ParcelStored](t, c.tap(locker.ActionNextParcel)).Personal.Code)
	c.tap(locker.ActionSignOut)
	stored := c.now.Wall
	c.wait(time.Hour)
	is := c.isNow("PARCEL-1", locker.StatusWaiting, locker.CodeOpens)
	if is.Door != door || !is.Since.Equal(stored) || !is.Until.Equal(stored.Add(c.plan.Times.Pickup)) || is.Unlocks != 1 {
		t.Fatalf("want it behind door %d since %s, pulsed once, got %+v", door, stored, is)
	}
	c.wait(c.plan.Times.Pickup)
	c.isNow("PARCEL-1", locker.StatusExpired, locker.CodeDead)
	c.order(locker.Order{Extend: &locker.ExtendOrder{Tracking: "PARCEL-1", By: time.Hour}})
	c.isNow("PARCEL-1", locker.StatusWaiting, locker.CodeOpens)
	c.codeOpens(code, door)
	collected := c.now.Wall
	c.isNow("PARCEL-1", locker.StatusCollected, locker.CodeAgain)
	c.tap(locker.ActionFinish)
	c.wait(24 * time.Hour)
	is = c.isNow("PARCEL-1", locker.StatusCollected, locker.CodeDead)
	if len(c.state.Parcels) != 0 || !is.Since.Equal(collected) || is.Unlocks != 2 || is.Door != door {
		t.Fatalf("want it collected at %s, pulsed twice, got %+v", collected, is)
	}
	c.restart()
	if again := c.asks("PARCEL-1"); !again.Since.Equal(collected) {
		t.Fatalf("want the same after a restart, got %+v", again)
	}
	byID := want[locker.ParcelStatus](t, c.order(locker.Order{Status: &locker.StatusOrder{Parcel: is.Parcel}}))
	if byID.Status != locker.StatusCollected || byID.Parcel != is.Parcel {
		t.Fatalf("want the same by its id, got %+v", byID)
	}
	c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "PARCEL-1", Size: "S"}})
	c.isNow("PARCEL-1", locker.StatusAnnounced, "") // it comes again
	c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "PARCEL-1"}})
	c.order(locker.Order{Erase: &locker.Erasure{Tracking: "PARCEL-1"}})
	c.isNow("PARCEL-1", locker.StatusUnknown, "")
}

// TestOtherEndsOfAParcel: each is told apart from a pickup.
func TestOtherEndsOfAParcel(t *testing.T) {
	c, _, _ := stored(t)
	c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "PARCEL-1"}})
	c.isNow("PARCEL-1", locker.StatusCancelled, locker.CodeDead)
	c.order(locker.Order{HandOver: &locker.HandOverOrder{Tracking: "PARCEL-1"}})
	c.isNow("PARCEL-1", locker.StatusHandedOver, locker.CodeDead)

	c, door, _ := stored(t)
	c.wait(c.plan.Times.Pickup + time.Hour)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.sense(door, locker.Open)
	c.isNow("PARCEL-1", locker.StatusRecalled, locker.CodeDead)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionEmpty)
	c.isNow("PARCEL-1", locker.StatusRecalled, locker.CodeDead)

	c, _ = held(t)
	c.isNow("PARCEL-1", locker.StatusHeld, locker.CodeDead)
	c.order(locker.Order{Looked: &locker.LookedOrder{Door: c.only().Door, By: "Grace"}})
	c.isNow("PARCEL-1", locker.StatusGone, locker.CodeDead)

	c = newCabinet(t)
	c.dropTo("PARCEL-1", "S")
	c.sense(c.view().Door, locker.Open)
	c.wait(time.Hour)
	c.isNow("PARCEL-1", locker.StatusAbandoned, locker.CodeDead)
}

// TestQuestionsHaveABudget: who asks without end is answered now and then, and other orders as ever.
func TestQuestionsHaveABudget(t *testing.T) {
	c, _, _ := stored(t)
	ask := func(n int) (answered, written int) {
		for i := range n {
			o := c.signed(fmt.Sprint(c.codes, "q", i), 0, time.Hour)
			o.Unlock, o.Status = nil, &locker.StatusOrder{Tracking: "PARCEL-1"}
			events := c.give(o)
			if _, ok := find[locker.ParcelStatus](events); ok {
				answered++
			}
			written += len(events)
		}
		c.codes++
		return answered, written
	}
	if answered, written := ask(1000); answered != 200 || written > 2*200+100 {
		t.Fatalf("want 200 answered and few records, got %d and %d", answered, written)
	}
	want[locker.OrderAccepted](t, c.give(c.signed("o1", 5, time.Hour)))
	c.wait(time.Minute)
	if answered, _ := ask(10); answered != 2 {
		t.Fatalf("want one more each half minute, got %d", answered)
	}
}

// TestEndedParcelsAreBounded: the newest are remembered.
func TestEndedParcelsAreBounded(t *testing.T) {
	c := newCabinet(t)
	c.random = true
	for i := range 310 {
		tracking := fmt.Sprint("P", i)
		c.wait(5 * time.Minute)
		c.drop(tracking, "S")
		want[locker.ParcelHandedOver](t, c.order(locker.Order{HandOver: &locker.HandOverOrder{Tracking: tracking}}))
		for door := 1; door <= 2; door++ {
			c.order(locker.Order{Looked: &locker.LookedOrder{Door: door, By: "Grace"}})
		}
	}
	if n := len(c.state.Ended); n != 300 {
		t.Fatalf("want 300 remembered, got %d", n)
	}
	c.isNow("P9", locker.StatusUnknown, "")
	c.isNow("P10", locker.StatusHandedOver, locker.CodeDead)
}
