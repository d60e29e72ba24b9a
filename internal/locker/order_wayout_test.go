package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// held is a cabinet whose journal was restored: a backup says that a parcel is behind a door.
func held(t *testing.T) (c *cabinet, door int) {
	c, door, _ = stored(t)
	c.epoch = "8899aabbccddeeff"
	c.write([]locker.Event{locker.EpochBegun{Reason: locker.EpochRestored, Previous: "0011223344556677"}})
	c.restart()
	for _, d := range c.plan.Doors {
		c.sense(d.Number, locker.Closed)
	}
	c.pass(time.Hour)
	c.feed(locker.Tick{})
	return c, door
}

func (c *cabinet) fault(kind string) (found []locker.Fault) {
	for _, f := range c.state.Summary(c.now).Faults {
		if f.Kind == kind {
			found = append(found, f)
		}
	}
	return found
}

func TestHeldParcelsAreListedAndHaveWaysOut(t *testing.T) {
	c, door := held(t)
	sum := c.state.Summary(c.now)
	if f := c.fault("parcel_held"); len(f) != 1 || f[0].Door != door || f[0].Do == "" || sum.Held != 1 || sum.Parcels != 1 {
		t.Fatalf("want it listed with what to do, got %+v, held %d of %d", f, sum.Held, sum.Parcels)
	}
	want[locker.OrderRefused](t, c.order(locker.Order{Erase: &locker.Erasure{Tracking: "PARCEL-1"}}))

	t.Run("handed over", func(t *testing.T) {
		c, door := held(t)
		want[locker.ParcelHandedOver](t, c.order(locker.Order{HandOver: &locker.HandOverOrder{Tracking: "PARCEL-1"}}))
		if h := c.holds(door); h.Kind != locker.Doubtful || h.Why != locker.DoubtGiven {
			t.Fatalf("want it doubtful: nobody has looked, got %+v", h)
		}
		want[locker.OrderAccepted](t, c.order(locker.Order{Erase: &locker.Erasure{Tracking: "PARCEL-1"}}))
	})
	t.Run("cancelled and taken back", func(t *testing.T) {
		c, door := held(t)
		want[locker.ParcelCancelled](t, c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "PARCEL-1"}}))
		c.scan("badge-ada")
		c.tap(locker.ActionRecall)
		c.tap(locker.ActionRecallOpen)
		want[locker.ParcelRecalled](t, c.sense(door, locker.Open))
	})
	t.Run("somebody has looked", func(t *testing.T) {
		c, door := held(t)
		want[locker.OrderRefused](t, c.order(locker.Order{Looked: &locker.LookedOrder{Door: door}}))
		events := c.order(locker.Order{Looked: &locker.LookedOrder{Door: door, By: "Grace"}})
		if e := want[locker.DoorEmptied](t, events); e.Proof != locker.ProofSaid || e.Door != door {
			t.Fatalf("want it emptied by the operator's word, got %+v", e)
		}
		if n := c.state.Summary(c.now).Parcels; n != 0 {
			t.Fatalf("want no parcel there, got %d", n)
		}
	})
}

// A parcel that was handed out by an order to unlock, with its recipient on the phone.
func TestHandedOverByPhone(t *testing.T) {
	c, door, code := stored(t)
	want[locker.UnlockRequested](t, c.order(locker.Order{Expires: c.now.Wall.Add(time.Minute), Unlock: &locker.UnlockOrder{Door: door}}))
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.OrderRefused](t, c.order(locker.Order{Looked: &locker.LookedOrder{Door: door, By: "Grace"}})) // it is theirs
	want[locker.ParcelHandedOver](t, c.order(locker.Order{HandOver: &locker.HandOverOrder{Tracking: "PARCEL-1"}}))
	c.tap(locker.ActionPickup)
	if e := want[locker.CodeRefused](t, c.typed(code)); e.Why != locker.NoticeUsedCode {
		t.Fatalf("want the code used, got %q", e.Why)
	}
	c.wait(5 * time.Minute)
	want[locker.DoorEmptied](t, c.order(locker.Order{Looked: &locker.LookedOrder{Door: door, By: "Grace"}}))
	if !slices.Contains([]locker.Holding{locker.Empty}, c.holds(door).Kind) {
		t.Fatalf("want door %d of use again, got %+v", door, c.holds(door))
	}
}

func TestAnOrderKnowsNoDoorEmptyAgainstItsSensor(t *testing.T) {
	c := newCabinet(t)
	c.present(5, true)
	for _, door := range []int{5, 1, 99} { // something is seen in it; it is known to be empty; there is none
		want[locker.OrderRefused](t, c.order(locker.Order{Looked: &locker.LookedOrder{Door: door, By: "Grace"}}))
	}
}

// Too many wrong answers close a parcel: it is listed, and an order opens it again.
func TestAParcelThatWrongAnswersHaveClosed(t *testing.T) {
	c := newCabinet(t)
	c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "A", Size: "S", Mask: "•••89", Phone: locker.Box("x"),
		Ask: locker.Conditions{PIN: hash("2468")}}})
	c.scan("badge-ada")
	u := want[locker.UnlockRequested](t, c.scan("A"))
	c.sense(u.Door, locker.Open)
	c.sense(u.Door, locker.Closed)
	code := string(want[locker.ParcelStored](t, c.tap(locker.ActionDone)).Personal.Code)
	c.wait(time.Minute)
	for range c.plan.WrongTries {
		c.wait(time.Hour)
		c.scan(code)
		c.typed("1357")
	}
	c.wait(10 * time.Minute)
	sum := c.state.Summary(c.now)
	if f := c.fault("parcel_closed"); len(f) != 1 || f[0].Door != u.Door || f[0].Do == "" || sum.Closed != 1 {
		t.Fatalf("want it listed, got %+v, %d", f, sum.Closed)
	}
	if got := sum.Doors[u.Door-1].Contents; got != "closed" {
		t.Fatalf("want it told apart, got %q", got)
	}
	want[locker.OrderRefused](t, c.order(locker.Order{Reset: &locker.ResetOrder{Tracking: "B"}}))
	want[locker.ConditionsReset](t, c.order(locker.Order{Reset: &locker.ResetOrder{Tracking: "A"}}))
	c.scan(code)
	want[locker.UnlockRequested](t, c.typed("2468"))
}

func TestOverdueIsToldFromWaiting(t *testing.T) {
	c, door, _ := expired(t)
	sum := c.state.Summary(c.now)
	if sum.Overdue != 1 || sum.Parcels != 1 || sum.Doors[door-1].Contents != "overdue" {
		t.Fatalf("want it told apart, got %d of %d, %q", sum.Overdue, sum.Parcels, sum.Doors[door-1].Contents)
	}
	if f := c.fault("parcel_overdue"); len(f) != 1 || f[0].Do == "" {
		t.Fatalf("want what to do, got %+v", f)
	}
}

// What was announced while nobody knew the time is forgotten in its time, too.
func TestAnnouncedWithoutAClock(t *testing.T) {
	for _, restart := range []bool{false, true} {
		c := newCabinet(t)
		c.now.Known = false
		c.feed(locker.Tick{})
		c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "A", Mask: "•••89", Phone: locker.Box("x")}})
		c.pass(time.Hour)
		c.now.Known = true
		if restart {
			c.restart()
		}
		c.feed(locker.Tick{})
		events := c.wait(c.plan.Times.Announced + time.Hour)
		if e := want[locker.AnnouncementDropped](t, events); e.Why != "too old" {
			t.Fatalf("want it forgotten, got %+v", e)
		}
	}
}
