package locker_test

import (
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

// extend orders that the pickup period of the stories' parcel ends later.
func (c *cabinet) extend(until time.Time, by time.Duration) []locker.Event {
	c.t.Helper()
	return c.order(locker.Order{Extend: &locker.ExtendOrder{Tracking: "PARCEL-1", Until: until, By: by}})
}

// orderRefused wants an order refused with words.
func (c *cabinet) orderRefused(events []locker.Event, words string) {
	c.t.Helper()
	if e := want[locker.OrderRefused](c.t, events); !strings.Contains(e.Why, words) {
		c.t.Fatalf("want it refused with %q, got %q", words, e.Why)
	}
	if len(events) != 1 {
		c.t.Fatalf("want nothing but the refusal, got %s", names(events))
	}
}

func (c *cabinet) only() locker.Parcel {
	c.t.Helper()
	if len(c.state.Parcels) != 1 {
		c.t.Fatalf("want one parcel, got %d", len(c.state.Parcels))
	}
	return *c.state.Parcels[0]
}

// TestAPeriodIsExtended: by a time, to a date, never to an earlier one, and never without bounds.
func TestAPeriodIsExtended(t *testing.T) {
	c, door, code := stored(t)
	ends := c.only().Until
	e := want[locker.ParcelExtended](t, c.extend(time.Time{}, 48*time.Hour))
	if !e.Until.Equal(ends.Add(48*time.Hour)) || e.By != (48*time.Hour).Milliseconds() || e.Again || e.Door != door {
		t.Fatalf("want two days more than %s, got %+v", ends, e)
	}
	e = want[locker.ParcelExtended](t, c.extend(ends.Add(72*time.Hour), 0))
	if !e.Until.Equal(ends.Add(72*time.Hour)) || e.By != (24*time.Hour).Milliseconds() {
		t.Fatalf("want it to end then, got %+v", e)
	}
	c.orderRefused(c.extend(ends.Add(72*time.Hour), 0), "no later than it does")
	c.orderRefused(c.extend(ends, 0), "no later than it does")
	c.orderRefused(c.extend(c.now.Wall.Add(91*24*time.Hour), 0), "more than 90 days")
	c.orderRefused(c.extend(time.Time{}, 91*24*time.Hour), "more than 90 days")
	c.orderRefused(c.order(locker.Order{Extend: &locker.ExtendOrder{Tracking: "PARCEL-2", By: time.Hour}}), "no such parcel")

	wantNo[locker.ParcelExpired](t, c.wait(ends.Add(72*time.Hour).Sub(c.now.Wall)-time.Minute))
	c.restart()
	want[locker.ParcelExpired](t, c.wait(2*time.Minute))
	c.tap(locker.ActionPickup)
	c.typed(code)
	c.notice(locker.NoticeExpired)
}

// TestWhatHasExpiredWaitsAgain: its code opens once more, from now for as long as was ordered.
func TestWhatHasExpiredWaitsAgain(t *testing.T) {
	c, door, code := stored(t)
	c.wait(c.plan.Times.Pickup + 24*time.Hour)
	if p := c.only(); p.State != locker.ParcelOverstays {
		t.Fatalf("want it expired, got %+v", p)
	}
	c.orderRefused(c.extend(c.now.Wall, 0), "no later")
	e := want[locker.ParcelExtended](t, c.extend(time.Time{}, 2*time.Hour))
	if !e.Again || !e.Until.Equal(c.now.Wall.Add(2*time.Hour)) {
		t.Fatalf("want it to wait again for two hours from now, got %+v", e)
	}
	if f := c.fault("parcel_overdue"); len(f) != 0 {
		t.Fatalf("want it in no list, got %+v", f)
	}
	wantNo[locker.ParcelExpired](t, c.wait(time.Hour))
	c.tap(locker.ActionPickup)
	if u := want[locker.UnlockRequested](t, c.typed(code)); u.Door != door {
		t.Fatalf("want door %d, got %+v", door, u)
	}
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
}

// TestARecallUnderWayIsNotStopped: while a courier stands at its door, who has the parcel is decided there.
func TestARecallUnderWayIsNotStopped(t *testing.T) {
	c, door, _ := stored(t)
	c.wait(c.plan.Times.Pickup + time.Hour)
	c.scan("badge-ada")
	want[locker.ParcelExtended](t, c.extend(time.Time{}, time.Hour)) // they have not asked for it yet
	c.wait(2 * time.Hour)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.orderRefused(c.extend(time.Time{}, time.Hour), "taking the parcel back")
	c.tap(locker.ActionRecallOpen)
	c.orderRefused(c.extend(time.Time{}, time.Hour), "taking the parcel back")
	want[locker.ParcelRecalled](t, c.sense(door, locker.Open))
	c.orderRefused(c.extend(time.Time{}, time.Hour), "no such parcel")
}

// TestACancelledParcelIsNotExtended: that it is not to be fetched was said by order.
func TestACancelledParcelIsNotExtended(t *testing.T) {
	c, _, _ := stored(t)
	c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "PARCEL-1"}})
	c.orderRefused(c.extend(time.Time{}, time.Hour), "cancelled")
	c, _ = held(t)
	c.orderRefused(c.extend(time.Time{}, time.Hour), "restored backup")
}

// TestExtendedWithoutAClock: what has begun ends later; what has not begun will have more when it does; nothing is judged by a time
// that nobody knows.
func TestExtendedWithoutAClock(t *testing.T) {
	c := newCabinet(t)
	c.now.Known = false
	c.drop("PARCEL-1", "S")
	c.tap(locker.ActionSignOut)
	c.orderRefused(c.extend(c.now.Wall.Add(240*time.Hour), 0), "the clock is not set")
	if e := want[locker.ParcelExtended](t, c.extend(time.Time{}, 24*time.Hour)); !e.Until.IsZero() {
		t.Fatalf("want no date, got %+v", e)
	}
	c.restart()
	c.now.Known = true
	e := want[locker.PickupPeriodBegan](t, c.feed(locker.Tick{}))
	if !e.Until.Equal(c.now.Wall.Add(c.plan.Times.Pickup + 24*time.Hour)) {
		t.Fatalf("want a day more, got %s from %s on", e.Until, c.now.Wall)
	}
	c.now.Known = false
	want[locker.ParcelExtended](t, c.extend(time.Time{}, time.Hour))
	c.now.Known = true
	c.feed(locker.Tick{})
	want[locker.ParcelExpired](t, c.wait(c.plan.Times.Pickup+26*time.Hour))
	c.now.Known = false
	c.feed(locker.Tick{})
	c.orderRefused(c.extend(time.Time{}, time.Hour), "the clock is not set")
}

// TestAnExtensionSurvivesACorrectedClock: what was ordered beyond the usual is no sign of a wrong time.
func TestAnExtensionSurvivesACorrectedClock(t *testing.T) {
	c, _, _ := stored(t)
	want[locker.ParcelExtended](t, c.extend(time.Time{}, 240*time.Hour))
	until := c.only().Until
	c.now.Wall = c.now.Wall.Add(365 * 24 * time.Hour) // and nobody believes it until somebody says that it is right
	c.feed(locker.Tick{})
	c.now.Wall = c.now.Wall.Add(-365*24*time.Hour + 2*time.Hour)
	c.feed(locker.Tick{})
	want[locker.ClockCorrected](t, c.feed(locker.ClockTold{At: c.now.Wall, By: "Grace"}))
	if p := c.only(); !p.Until.Equal(until) {
		t.Fatalf("want it to end at %s as before, got %s", until, p.Until)
	}
}

// TestExtendedByTheOrderThatTellsTheTime: what had not begun begins first, and costs from then on.
func TestExtendedByTheOrderThatTellsTheTime(t *testing.T) {
	c := newCabinet(t)
	code := c.rents(&locker.Terms{Currency: "EUR", Tariff: &tariff.Tariff{Currency: "EUR", Steps: []tariff.Rate{{Every: 86_400, Price: 250}}}})
	c.now.Known = false
	c.feed(locker.Tick{})
	door := want[locker.UnlockRequested](t, c.scan(code)).Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionDone)
	c.tap(locker.ActionFinish)
	c.wait(time.Hour)
	c.now.Known = true
	events := c.order(locker.Order{Extend: &locker.ExtendOrder{Tracking: "LUGGAGE-1", By: 24 * time.Hour}})
	if e := want[locker.PickupPeriodBegan](t, events); !e.Until.Equal(c.now.Wall.Add(24 * time.Hour)) {
		t.Fatalf("want its day to begin, got %+v", e)
	}
	if e := want[locker.ParcelExtended](t, events); !e.Until.Equal(c.now.Wall.Add(48*time.Hour)) || e.By != (24*time.Hour).Milliseconds() {
		t.Fatalf("want a day more, got %+v", e)
	}
	c.restart()
	c.wait(30 * time.Hour)
	if owed := c.asks("LUGGAGE-1").Owed; owed != 500 {
		t.Fatalf("want the second day owed, got %d", owed)
	}
	want[locker.ParcelExpired](t, c.wait(19*time.Hour))
}

// TestExtendedWhileItStandsStill: it ends later than it says by what it stands still, however long that is; a date that has passed is none.
func TestExtendedWhileItStandsStill(t *testing.T) {
	c, door, _ := stored(t)
	ends := c.only().Until
	c.feed(locker.BoardLost{Bus: "main", Board: 1})
	c.wait(5 * day)
	c.orderRefused(c.extend(ends.Add(time.Hour), 0), "no later")
	if e := want[locker.ParcelExtended](t, c.extend(time.Time{}, 24*time.Hour)); e.Again || e.By != (24*time.Hour).Milliseconds() {
		t.Fatalf("want a day more, got %+v", e)
	}
	c.goesOn(c.feed(locker.BoardBack{Bus: "main", Board: 1}), locker.StopBoard, 5*day, ends.Add(24*time.Hour))
	c.sense(door, locker.Closed)
	wantNo[locker.ParcelExpired](t, c.wait(c.only().Until.Sub(c.now.Wall)-time.Minute))
	want[locker.ParcelExpired](t, c.wait(2*time.Minute))
}
