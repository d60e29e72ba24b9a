package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// goesOn wants the stories' parcel to wait longer by what it could not be fetched.
func (c *cabinet) goesOn(events []locker.Event, why locker.StopReason, stood time.Duration, was time.Time) {
	c.t.Helper()
	e := want[locker.PickupPeriodResumed](c.t, events)
	if e.Why != why || e.Stood != stood.Milliseconds() || !e.Until.Equal(was.Add(stood)) || !c.only().Until.Equal(e.Until) {
		c.t.Fatalf("want %s more than %s (%s), got %+v", stood, was, why, e)
	}
	if n := len(all[locker.PickupPeriodResumed](events)); n != 1 {
		c.t.Fatalf("want it once, got %d", n)
	}
}

// all are the events of one kind.
func all[E locker.Event](events []locker.Event) (found []E) {
	for _, e := range events {
		if e, ok := e.(E); ok {
			found = append(found, e)
		}
	}
	return found
}

// cut is a power cut: the machine comes back so much later.
func (c *cabinet) cut(d time.Duration) []locker.Event {
	c.t.Helper()
	c.pass(d)
	c.booted, c.away = 0, d
	defer func() { c.away = 0 }()
	return c.reboot()
}

// recorded lets time pass, and something happen then: a clock that is read at the next start is believed.
func (c *cabinet) recorded(d time.Duration) {
	c.t.Helper()
	c.wait(d)
	c.sense(5, locker.Open)
	c.sense(5, locker.Closed)
}

// TestAPeriodStandsStill: whatever keeps people from their parcel, no time runs meanwhile, however long it takes; and what was there
// before goes on afterwards.
func TestAPeriodStandsStill(t *testing.T) {
	const long = 30 * time.Hour
	for _, story := range []struct {
		why        locker.StopReason
		stop, goOn func(c *cabinet, door int) []locker.Event
	}{
		{locker.StopBoard, func(c *cabinet, _ int) []locker.Event { return c.feed(locker.BoardLost{Bus: "main", Board: 1}) },
			func(c *cabinet, _ int) []locker.Event { return c.feed(locker.BoardBack{Bus: "main", Board: 1}) }},
		{locker.StopDoor, func(c *cabinet, door int) []locker.Event {
			return c.order(locker.Order{Block: &locker.BlockOrder{Door: door, Reason: locker.BlockDamaged}})
		}, func(c *cabinet, door int) []locker.Event {
			return c.order(locker.Order{Unblock: &locker.UnblockOrder{Door: door}})
		}},
		{locker.StopClock, func(c *cabinet, _ int) []locker.Event { c.now.Known = false; return c.feed(locker.Tick{}) },
			func(c *cabinet, _ int) []locker.Event { c.now.Known = true; return c.feed(locker.Tick{}) }},
	} {
		t.Run(string(story.why), func(t *testing.T) {
			c, door, _ := stored(t)
			ends := c.only().Until
			c.wait(ends.Sub(c.now.Wall) - time.Hour)
			wantNo[locker.PickupPeriodResumed](t, story.stop(c, door))
			if is := c.only().Stop.Why; is != story.why {
				t.Fatalf("want it to stand still (%s), got %q", story.why, is)
			}
			events := c.wait(long)
			wantNo[locker.ParcelExpired](t, events)
			wantNo[locker.PickupPeriodResumed](t, events)
			c.goesOn(story.goOn(c, door), story.why, long, ends)
			wantNo[locker.ParcelExpired](t, c.wait(time.Hour-time.Minute))
			if story.why == locker.StopBoard {
				c.sense(door, locker.Closed)
			}
			want[locker.ParcelExpired](t, c.wait(2*time.Minute))
		})
	}
}

// TestAPowerCutIsGivenBack: as long as the cabinet did not run, whether or not it knows the time when it starts.
func TestAPowerCutIsGivenBack(t *testing.T) {
	c, _, _ := stored(t)
	ends := c.only().Until
	c.recorded(10 * time.Hour)
	c.goesOn(c.cut(50*time.Minute), locker.StopPower, 50*time.Minute, ends)

	ends = c.only().Until
	c.recorded(10 * time.Hour)
	c.now.Known = false
	wantNo[locker.PickupPeriodResumed](t, c.cut(30*time.Minute))
	wantNo[locker.PickupPeriodResumed](t, c.wait(20*time.Minute))
	c.now.Known = true
	c.goesOn(c.feed(locker.Tick{}), locker.StopPower, 50*time.Minute, ends)
	wantNo[locker.PickupPeriodResumed](t, c.wait(time.Hour))
}

// TestAPowerCutWhileItSeemedFetched: the lights go out while a piece still lies there and its recipient has not noticed. Once the sensor
// has said so, the period ends as much later.
func TestAPowerCutWhileItSeemedFetched(t *testing.T) {
	c, door, code := stored(t)
	ends := c.only().Until
	c.present(door, true)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	wantNo[locker.PickupPeriodResumed](t, c.cut(50*time.Minute))
	c.sense(door, locker.Closed)
	c.present(door, true)
	c.wait(time.Minute)
	if p := c.only(); p.State != locker.ParcelStoredAt || !p.Until.Equal(ends.Add(50*time.Minute)) {
		t.Fatalf("want it to wait until %s, got %+v", ends.Add(50*time.Minute), p)
	}
}

// TestAPowerCutBehindAStop: what stood still before the lights went out stands still all the time, although nothing was recorded for a
// while before they did.
func TestAPowerCutBehindAStop(t *testing.T) {
	c, door, _ := stored(t)
	ends := c.only().Until
	c.order(locker.Order{Block: &locker.BlockOrder{Door: door, Reason: locker.BlockDamaged}})
	c.recorded(4*time.Hour + 50*time.Minute)
	c.wait(10 * time.Minute)
	wantNo[locker.PickupPeriodResumed](t, c.cut(30*time.Minute))
	wantNo[locker.PickupPeriodResumed](t, c.wait(3*time.Hour))
	c.goesOn(c.order(locker.Order{Unblock: &locker.UnblockOrder{Door: door}}), locker.StopDoor, 8*time.Hour+30*time.Minute, ends)
}

// TestAShortStopIsNone: it takes longer to come back, and a record for each flicker would tell nobody anything.
func TestAShortStopIsNone(t *testing.T) {
	c, _, _ := stored(t)
	ends := c.only().Until
	c.feed(locker.BoardLost{Bus: "main", Board: 1})
	c.wait(9 * time.Minute)
	wantNo[locker.PickupPeriodResumed](t, c.feed(locker.BoardBack{Bus: "main", Board: 1}))
	wantNo[locker.PickupPeriodResumed](t, c.cut(9*time.Minute))
	if is := c.only(); is.Until != ends || is.Stop.Why != "" {
		t.Fatalf("want nothing changed, got %+v", is)
	}
}

// TestALockedKeypad: somebody guessed, and nobody can type.
func TestALockedKeypad(t *testing.T) {
	c, _, _ := stored(t)
	ends := c.only().Until
	var locked time.Duration
	for range 3 {
		c.tap(locker.ActionPickup)
		e := lockOut(c)
		locked = time.Duration(e.For) * time.Millisecond
		c.wait(locked - time.Second)
		events := c.wait(2 * time.Second)
		if locked >= 10*time.Minute {
			c.goesOn(events, locker.StopKeypad, locked, ends)
			return
		}
		wantNo[locker.PickupPeriodResumed](t, events)
	}
	t.Fatalf("want a lock-out of 10 minutes at the third time, got %s", locked)
}

func lockOut(c *cabinet) locker.TypingLocked {
	c.t.Helper()
	for range 20 {
		events := c.typed("99999999")
		if e, locked := find[locker.TypingLocked](events); locked {
			return e
		}
		if c.view().Step != locker.StepCode {
			c.tap(locker.ActionPickup)
		}
	}
	c.t.Fatal("no lock-out")
	return locker.TypingLocked{}
}

// TestWhatStandsStillAndEnds: a parcel that is fetched, or was never to be, gets no time.
func TestWhatStandsStillAndEnds(t *testing.T) {
	c, _, _ := stored(t)
	c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "PARCEL-1"}})
	c.feed(locker.BoardLost{Bus: "main", Board: 1})
	c.wait(2 * time.Hour)
	wantNo[locker.PickupPeriodResumed](t, c.feed(locker.BoardBack{Bus: "main", Board: 1}))

	other, door, _ := stored(t)
	c = other
	c.order(locker.Order{Block: &locker.BlockOrder{Door: door, Reason: locker.BlockDamaged}})
	c.wait(2 * time.Hour)
	c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "PARCEL-1"}})
	wantNo[locker.PickupPeriodResumed](t, c.order(locker.Order{Unblock: &locker.UnblockOrder{Door: door}}))
}

// TestALongPowerCut: a clock that is read after more than an hour is doubted until something signed confirms it.
func TestALongPowerCut(t *testing.T) {
	c, _, _ := stored(t)
	ends := c.only().Until
	c.recorded(10 * time.Hour)
	c.cut(10 * time.Hour)
	want[locker.ClockDoubted](t, c.feed(locker.Tick{}))
	c.wait(4 * time.Hour)
	o := c.signed("o1", 5, time.Hour)
	c.goesOn(c.give(o), locker.StopPower, 14*time.Hour, ends)
}

// TestACorrectedClockBeginsAPeriod: a parcel that came while the clock was wrong waits for a period by the right one, also if its old
// period stood still when the clock was corrected.
func TestACorrectedClockBeginsAPeriod(t *testing.T) {
	c, _ := waiting(t)
	c.off(40 * time.Hour)
	c.feed(locker.Tick{})
	want[locker.ClockSet](t, c.wait(41*time.Hour))
	c.drop("PARCEL-2", "M")
	c.tap(locker.ActionSignOut)
	c.off(-40 * time.Hour)
	c.feed(locker.Tick{})
	events := c.feed(locker.ClockTold{At: c.now.Wall, By: "root"})
	want[locker.ClockCorrected](t, events)
	events = append(events, c.feed(locker.Tick{})...)
	second := c.state.Parcels[len(c.state.Parcels)-1]
	for _, e := range all[locker.PickupPeriodBegan](events) {
		if e.Parcel == second.ID && !e.Until.Before(c.now.Wall.Add(c.plan.Times.Pickup)) {
			want[locker.ParcelExpired](t, c.wait(10*24*time.Hour))
			return
		}
	}
	t.Fatalf("want a whole period to begin for %s, got %s", second.ID, names(events))
}

// TestWhatWaitsAgainStandsStill: what has come while it seemed fetched, or while its courier had it in hand, keeps its recipient from it.
func TestWhatWaitsAgainStandsStill(t *testing.T) {
	t.Run("a sensor still sees it", func(t *testing.T) {
		c, door, code := stored(t)
		c.present(door, true)
		ends := c.only().Until
		c.scan(code)
		c.sense(door, locker.Open)
		c.now.Known = false
		c.feed(locker.Tick{})
		c.sense(door, locker.Closed)
		c.present(door, true)
		want[locker.CollectionDisputed](t, c.wait(time.Minute))
		back := c.now.Up
		c.wait(30 * time.Hour)
		c.now.Known = true
		events := c.feed(locker.Tick{})
		if e := want[locker.PickupPeriodResumed](t, events); e.Why != locker.StopClock || e.Until.Sub(ends) < 30*time.Hour || e.Until.Sub(ends) > c.now.Up-back+time.Minute {
			t.Fatalf("want 30 hours more than %s, got %+v", ends, e)
		}
	})
	t.Run("its courier had it in hand", func(t *testing.T) {
		c := newCabinet(t)
		c.drop("PARCEL-1", "S")
		door := c.only().Door
		ends := c.only().Until
		c.reopens(door)
		c.sense(door, locker.Open)
		c.now.Known = false
		c.feed(locker.Tick{})
		c.sense(door, locker.Closed)
		want[locker.ParcelStoredAgain](t, c.tap(locker.ActionDone))
		c.tap(locker.ActionFinish)
		c.wait(30 * time.Hour)
		c.now.Known = true
		if e := want[locker.PickupPeriodResumed](t, c.feed(locker.Tick{})); e.Until.Sub(ends) < 30*time.Hour {
			t.Fatalf("want 30 hours more than %s, got %+v", ends, e)
		}
	})
}

// TestAStopAndARestartWithoutTheTime: what had stood still before the run ended, as the clock was not set, counts once, whether the process
// or the whole machine starts anew, and however often.
func TestAStopAndARestartWithoutTheTime(t *testing.T) {
	for _, story := range []struct {
		name   string
		during func(c *cabinet)
		stood  time.Duration
	}{
		{"the power", func(c *cabinet) {
			c.recorded(20 * time.Hour)
			c.cut(30 * time.Minute)
		}, 20*time.Hour + 30*time.Minute},
		{"the process", func(c *cabinet) {
			for range 3 {
				c.recorded(5 * time.Hour)
				c.restart()
			}
		}, 15 * time.Hour},
		{"the power, twice", func(c *cabinet) {
			c.recorded(5 * time.Hour)
			c.cut(30 * time.Minute)
			c.recorded(5 * time.Hour)
			c.cut(20 * time.Minute)
			c.recorded(time.Hour)
		}, 11*time.Hour + 50*time.Minute},
	} {
		t.Run(story.name, func(t *testing.T) {
			c, _, _ := stored(t)
			ends := c.only().Until
			c.recorded(time.Hour)
			c.now.Known = false
			c.feed(locker.Tick{})
			story.during(c)
			c.now.Known = true
			c.goesOn(c.give(c.signed("o1", 5, time.Hour)), locker.StopClock, story.stood, ends)
		})
	}
}
