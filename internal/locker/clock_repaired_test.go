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

// stoodStill is a cabinet that was four days without power, and whose clock stood still meanwhile: it is believed until it is set right.
func stoodStill(t *testing.T, c *cabinet) {
	t.Helper()
	c.recorded(10 * time.Hour)
	c.pass(time.Minute)
	c.booted, c.away = 0, time.Minute
	c.reboot()
	c.away = 0
	wantNo[locker.ClockDoubted](t, c.feed(locker.Tick{}))
	for _, d := range c.plan.Doors {
		c.sense(d.Number, locker.Closed)
	}
	c.pass(5 * time.Minute)
	c.off(4 * day)
}

// TestAPowerCutWithAClockThatStoodStill is given back once the clock is set right, whoever confirms it, and before anything ends by it.
func TestAPowerCutWithAClockThatStoodStill(t *testing.T) {
	for name, confirmed := range map[string]func(c *cabinet) []locker.Event{
		"by an order":                  func(c *cabinet) []locker.Event { c.feed(locker.Tick{}); return c.give(c.signed("o1", 5, time.Hour)) },
		"by an order, before a doubt":  func(c *cabinet) []locker.Event { return c.give(c.signed("o1", 5, time.Hour)) },
		"by somebody with the tool":    func(c *cabinet) []locker.Event { c.feed(locker.Tick{}); return c.corrected() },
		"after nobody heard the clock": func(c *cabinet) []locker.Event { c.flickers(); return c.give(c.signed("o1", 5, time.Hour)) },
	} {
		t.Run(name, func(t *testing.T) {
			c, _, _ := stored(t)
			ends := c.only().Until
			stoodStill(t, c)
			events := append(confirmed(c), c.wait(2*time.Hour)...)
			e := want[locker.PickupPeriodResumed](t, events)
			if n := len(all[locker.PickupPeriodResumed](events)); n != 1 || e.Leapt == 0 {
				t.Fatalf("want it once, with what the clock leapt, got %d times, %+v", n, e)
			}
			if late := c.only().Until.Sub(ends) - 4*day; late < 0 || late > time.Hour {
				t.Fatalf("want four days more, got %s more than them: %+v", late, e)
			}
			wantNo[locker.ParcelExpired](t, events)
			c.restart()
			want[locker.ParcelExpired](t, c.wait(c.only().Until.Sub(c.now.Wall)+time.Minute))
		})
	}
}

// flickers has the clock be known and unknown by turns, until nobody listens to it.
func (c *cabinet) flickers() {
	c.t.Helper()
	for range 7 {
		c.now.Known = false
		c.wait(time.Second)
		c.now.Known = true
		c.wait(time.Second)
	}
}

// TestTheFeeOfACutWithAClockThatStoodStill: what nobody could fetch costs nothing.
func TestTheFeeOfACutWithAClockThatStoodStill(t *testing.T) {
	c, _, code := costs(t, daily())
	stoodStill(t, c)
	c.feed(locker.Tick{})
	c.give(c.signed("o1", 5, time.Hour))
	c.shut(5)
	c.owes(code, 0)
}

// TestAFirstClockThatWasBehind: parcels wait as long as all do once it is set right, however far it was behind.
func TestAFirstClockThatWasBehind(t *testing.T) {
	for _, behind := range []time.Duration{day, 60 * day, 20 * year} {
		c, _ := waiting(t)
		left := c.only().Until.Sub(c.now.Wall)
		c.off(behind)
		c.feed(locker.Tick{})
		events := append(c.corrected(), c.wait(left-time.Minute)...)
		want[locker.PickupPeriodResumed](t, events)
		wantNo[locker.ParcelExpired](t, events)
		want[locker.ParcelExpired](t, c.wait(2*time.Minute))
	}
}

// TestAStopAndAJumpCountOnce: what stood still for as long as the clock was doubted is all that a jump gives that was believed for that,
// over a restart, too; and one that was confirmed meanwhile gives the rest.
func TestAStopAndAJumpCountOnce(t *testing.T) {
	t.Run("it stood", func(t *testing.T) {
		c, _ := waiting(t)
		ends := c.only().Until
		c.off(10 * time.Hour)
		c.feed(locker.Tick{})
		c.goesOn(c.wait(10*time.Hour), locker.StopClock, 10*time.Hour, ends)
	})
	t.Run("it stood, over a restart", func(t *testing.T) {
		c, _ := waiting(t)
		ends := c.only().Until
		c.off(10 * time.Hour)
		c.feed(locker.Tick{})
		c.recorded(5 * time.Hour)
		c.restart()
		c.goesOn(append(c.wait(5*time.Hour), c.feed(locker.Tick{})...), locker.StopClock, 10*time.Hour, ends)
	})
	t.Run("it stood when the process began", func(t *testing.T) {
		c, _ := waiting(t)
		ends := c.only().Until
		c.off(10 * time.Hour)
		c.feed(locker.Tick{})
		c.recorded(9 * time.Hour)
		c.pass(time.Hour)
		c.goesOn(append(c.restart(), c.feed(locker.Tick{})...), locker.StopClock, 10*time.Hour, ends)
	})
	t.Run("an order came", func(t *testing.T) {
		c, _ := waiting(t)
		ends := c.only().Until
		c.off(10 * time.Hour)
		c.feed(locker.Tick{})
		c.wait(4 * time.Hour)
		c.goesOn(c.give(c.signed("o1", 5, time.Hour)), locker.StopClock, 10*time.Hour, ends)
	})
	t.Run("an order came, while a board was silent", func(t *testing.T) {
		c, _ := waiting(t)
		ends := c.only().Until
		c.feed(locker.BoardLost{Bus: "main", Board: 1})
		c.wait(3 * time.Hour)
		c.off(10 * time.Hour)
		c.feed(locker.Tick{})
		c.wait(4 * time.Hour)
		wantNo[locker.PickupPeriodResumed](t, c.give(c.signed("o1", 5, time.Hour)))
		c.wait(time.Hour)
		c.goesOn(c.feed(locker.BoardBack{Bus: "main", Board: 1}), locker.StopBoard, 14*time.Hour, ends)
	})
}

// TestAClockThatIsSetBackAndForth puts no end off by more than it could not be told: the jump forward only undoes the one before.
func TestAClockThatIsSetBackAndForth(t *testing.T) {
	c, _ := waiting(t)
	ends := c.only().Until
	c.off(-10 * time.Hour)
	c.feed(locker.Tick{})
	events := c.wait(10*time.Hour + time.Minute)
	want[locker.ClockSet](t, events)
	c.off(10 * time.Hour)
	c.feed(locker.Tick{})
	events = append(events, c.give(c.signed("o1", 5, time.Hour))...)
	if n := len(all[locker.PickupPeriodResumed](events)); n != 1 {
		t.Fatalf("want what stood still given back once, got %d times", n)
	}
	if late := c.only().Until.Sub(ends); late > 10*time.Hour+time.Minute {
		t.Fatalf("want ten hours more, got %s", late)
	}
}

// TestAJumpThatWasConfirmedAndIsCorrected: what it gave is taken back, and a period by the right clock begins.
func TestAJumpThatWasConfirmedAndIsCorrected(t *testing.T) {
	c, _ := waiting(t)
	c.off(60 * day)
	c.feed(locker.Tick{})
	c.corrected()
	c.wait(time.Hour)
	c.off(-60 * day)
	c.feed(locker.Tick{})
	e := want[locker.PickupPeriodBegan](t, c.corrected())
	if longest := c.now.Wall.Add(c.plan.Times.Pickup + time.Hour); e.Until.After(longest) {
		t.Fatalf("want no more than a period, got one until %s, which is after %s", e.Until, longest)
	}
}

// TestTheFeeAfterACorrection: what stood still by the wrong time stood still by the right one, and not once more when that time comes.
func TestTheFeeAfterACorrection(t *testing.T) {
	c, _, code := costs(t, daily())
	c.off(30 * time.Hour)
	c.feed(locker.Tick{})
	want[locker.PickupPeriodResumed](t, c.wait(30*time.Hour+time.Minute))
	c.owes(code, 250) // 60 hours by the wrong clock, 30 of which stood still
	c.tap(locker.ActionBack)
	c.off(-30 * time.Hour)
	c.feed(locker.Tick{})
	c.corrected()
	if owed := c.asks("P1").Owed; owed != 0 {
		t.Fatalf("want nothing owed after 30 hours that stood still, got %d", owed)
	}
	c.wait(23 * time.Hour)
	if owed := c.asks("P1").Owed; owed != 0 {
		t.Fatalf("want nothing owed in the free time, got %d", owed)
	}
	c.wait(2 * time.Hour)
	c.owes(code, 250) // 25 hours
}

// TestWhatWasPaidInAWrongTime holds for an hour, not until that time comes.
func TestWhatWasPaidInAWrongTime(t *testing.T) {
	c, _, code := costs(t, daily())
	c.off(10 * day)
	c.feed(locker.Tick{})
	want[locker.ClockSet](t, c.give(c.signed("o1", 5, time.Hour))) // whoever signs is wrong, too
	c.shut(5)
	c.wait(31 * time.Hour)
	if e := want[locker.FeePaid](t, c.pays(250, "r1")); e.Left != 0 {
		t.Fatalf("want it all paid, got %+v", e)
	}
	c.off(-10 * day)
	c.feed(locker.Tick{})
	c.corrected()
	c.wait(30 * time.Hour)
	c.owes(code, 250) // a second day of overtime, by now
}

// TestToldInAWrongTime: what was stored and told of in days to come costs from the correction on, not from those days.
func TestToldInAWrongTime(t *testing.T) {
	c := newCabinet(t)
	c.pass(time.Hour)
	c.feed(locker.Tick{})
	c.off(10 * day)
	c.feed(locker.Tick{})
	want[locker.ClockSet](t, c.wait(11*day))
	announce := locker.AnnounceOrder{Tracking: "P1", Size: "S", Mask: "•••••67", Phone: locker.Box("phone"), Fee: daily()}
	want[locker.ParcelAnnounced](t, c.order(locker.Order{Announce: &announce}))
	c.scan("badge-ada")
	c.scan("P1")
	c.shut(c.view().Door)
	want[locker.ParcelStored](t, c.tap(locker.ActionDone))
	c.wait(time.Hour)
	want[locker.RecipientTold](t, c.order(locker.Order{Told: &locker.ToldOrder{Tracking: "P1", Told: c.now.Wall.Add(-10 * day)}}))
	c.off(-10 * day)
	c.feed(locker.Tick{})
	c.corrected()
	c.wait(70 * time.Hour)
	if owed := c.asks("P1").Owed; owed != 500 {
		t.Fatalf("want two days of overtime owed, got %d", owed)
	}
}
