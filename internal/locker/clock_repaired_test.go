package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

// What a correction of the clock repairs, and what a jump that turns out right does to those who wait.

// corrected has somebody say that the clock is right, and the record that follows from it.
func (c *cabinet) corrected() []locker.Event {
	c.t.Helper()
	events := c.feed(locker.ClockTold{At: c.now.Wall, By: "root"})
	want[locker.ClockCorrected](c.t, events)
	return append(events, c.feed(locker.Tick{})...)
}

// TestARentedDoorCalledOverdueByAWrongTime is in time once more by the right one, for as long as was left.
func TestARentedDoorCalledOverdueByAWrongTime(t *testing.T) {
	c, _, _ := rented(t, nil) // for a day
	c.wait(time.Hour)
	c.off(40 * time.Hour)
	c.feed(locker.Tick{})
	want[locker.ParcelExpired](t, c.wait(41*time.Hour)) // after a day, and the 40 hours in which it stood still
	ends := c.only().Until
	c.off(-40 * time.Hour)
	c.feed(locker.Tick{})
	wantNo[locker.PickupPeriodBegan](t, c.corrected())
	if p := c.only(); p.Expired || !p.Until.Equal(ends) {
		t.Fatalf("want it not overdue until %s, got %+v", ends, p)
	}
	wantNo[locker.ParcelExpired](t, c.wait(ends.Sub(c.now.Wall)-time.Minute))
	want[locker.ParcelExpired](t, c.wait(2*time.Minute))
}

// longRent is a door that was rented for 30 days, 20 of which have passed, at 2.50 EUR for each begun day.
func longRent(t *testing.T) (c *cabinet) {
	t.Helper()
	c = newCabinet(t)
	fee := &locker.Terms{Currency: "EUR", Tariff: &tariff.Tariff{Currency: "EUR", Steps: []tariff.Rate{{Every: 86_400, Price: 250}}}}
	a := want[locker.ParcelAnnounced](t, c.order(locker.Order{Kind: "parcel.announce", Announce: &locker.AnnounceOrder{Tracking: "LUGGAGE-1",
		Size: "S", Company: "Example Parcel", From: locker.FromRenter, Term: 30 * day, Fee: fee, Offers: c.offers()}}))
	door := want[locker.UnlockRequested](t, c.scan(string(a.Personal.Code))).Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.ParcelKept](t, c.tap(locker.ActionDone))
	c.tap(locker.ActionFinish)
	c.wait(20 * day)
	return c
}

// TestALongRentalAndACorrectedClock: a door is rented for its own time, not for as long as parcels wait, and a small correction neither
// begins it anew nor forgives what it costs.
func TestALongRentalAndACorrectedClock(t *testing.T) {
	c := longRent(t)
	ends := c.only().Until
	c.off(2 * time.Minute)
	c.feed(locker.Tick{})
	wantNo[locker.PickupPeriodBegan](t, c.corrected())
	if owed, p := c.asks("LUGGAGE-1").Owed, c.only(); owed != 21*250 || !p.Until.Equal(ends) {
		t.Fatalf("want 21 days owed, and rented until %s, got %d and %s", ends, owed, p.Until)
	}
}

// TestWhatARentalCostsAfterItsPeriodBeganAnew: by a clock that was years behind its end lay years ahead, and what it had cost stays owed.
func TestWhatARentalCostsAfterItsPeriodBeganAnew(t *testing.T) {
	c := longRent(t)
	want[locker.ParcelExtended](t, c.order(locker.Order{Extend: &locker.ExtendOrder{Tracking: "LUGGAGE-1", Until: c.now.Wall.Add(60 * day)}}))
	c.state.Parcels[0].Extra = 0 // as if the date had been set by a wrong time
	c.off(2 * time.Minute)
	c.feed(locker.Tick{})
	want[locker.PickupPeriodBegan](t, c.corrected())
	if owed := c.asks("LUGGAGE-1").Owed; owed != 21*250 {
		t.Fatalf("want 21 days owed all the same, got %d", owed)
	}
}
