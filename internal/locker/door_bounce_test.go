package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// A latch that does not catch: the door springs back moments after it was pushed shut, and is pushed again.

func TestABounceIsTheSameOpening(t *testing.T) {
	for _, after := range []time.Duration{400 * time.Millisecond, 1500 * time.Millisecond, 3 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			c, door, code := stored(t)
			c.scan(code)
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
			c.onScreen(locker.StepThanks)
			c.pass(after)
			events := c.sense(door, locker.Open)
			wantNo[locker.DoorForced](t, events)
			wantNo[locker.DoorDoubted](t, events)
			if e := want[locker.DoorOpened](t, events); !e.Bounced || e.Unlock == "" {
				t.Fatalf("want the opening before, going on, got %+v", e)
			}
			c.onScreen(locker.StepPickup) // which says that it is open
			c.sense(door, locker.Closed)
			c.onScreen(locker.StepThanks)
			want[locker.DoorEmptied](t, c.wait(c.plan.Times.Thanks))
		})
	}
}

func TestTheLastClosingCounts(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionFinish)
	c.pass(time.Second)
	c.sense(door, locker.Open)
	wantNo[locker.DoorEmptied](t, c.wait(2*time.Minute)) // it stands open
	c.sense(door, locker.Closed)
	wantNo[locker.DoorEmptied](t, c.wait(c.plan.Times.Thanks-time.Second))
	want[locker.DoorEmptied](t, c.wait(time.Second))
}

func TestADropOffThatBounces(t *testing.T) {
	c, door := inAndShut(t)
	c.pass(time.Second)
	wantNo[locker.DoorForced](t, c.sense(door, locker.Open))
	wantNo[locker.ParcelStored](t, c.scan("PARCEL-2"))
	c.notice(locker.NoticeCloseFirst)
	c.sense(door, locker.Closed)
	want[locker.ParcelStored](t, c.tap(locker.ActionDone))
}

// TestABounceBehindACourierWhoWentOn: they are told at once, where they are, and go on with what they do.
func TestABounceBehindACourierWhoWentOn(t *testing.T) {
	c, door := inAndShut(t)
	want[locker.ParcelStored](t, c.tap(locker.ActionNextParcel))
	c.onScreen(locker.StepScan)
	if v := c.view(); len(v.LeftOpen) > 0 || v.Buzzer {
		t.Fatalf("want nothing said of a door that is shut, got %+v", v)
	}
	c.pass(time.Second)
	c.sense(door, locker.Open)
	c.onScreen(locker.StepScan)
	if v := c.view(); !slices.Equal(v.LeftOpen, []int{door}) || !slices.Contains(v.Filled, door) || !v.Buzzer {
		t.Fatalf("want it said at once that door %d is open, got %v, buzzer %t", door, v.LeftOpen, v.Buzzer)
	}
	c.scan("PARCEL-2")
	c.phone()
	c.sense(door, locker.Closed)
	if v := c.view(); len(v.LeftOpen) > 0 || v.Buzzer {
		t.Fatalf("want it over, got %+v", v)
	}
	c.onScreen(locker.StepSize)
}

func TestALookThatBounces(t *testing.T) {
	c, door := inAndShut(t)
	c.says(locker.ActionCancel)
	c.tap(locker.ActionCancelYes)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.onScreen(locker.StepLook)
	c.pass(time.Second)
	c.sense(door, locker.Open)
	c.onScreen(locker.StepTakeOut)
	c.sense(door, locker.Closed)
	c.onScreen(locker.StepLook)
}

func TestWhatIsNoBounce(t *testing.T) {
	t.Run("later", func(t *testing.T) {
		c, door, code := stored(t)
		c.scan(code)
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.pass(4 * time.Second)
		want[locker.DoorForced](t, c.sense(door, locker.Open))
	})
	t.Run("closed all along", func(t *testing.T) {
		c := newCabinet(t) // its doors were first seen a moment ago, closed
		want[locker.DoorForced](t, c.sense(1, locker.Open))
	})
	t.Run("another unlock", func(t *testing.T) {
		c, door, code := stored(t)
		c.scan(code)
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		u := want[locker.UnlockRequested](t, c.tap(locker.ActionForgot))
		if e := want[locker.DoorOpened](t, c.sense(door, locker.Open)); e.Bounced || e.Unlock != u.Unlock {
			t.Fatalf("want it opened by %s, got %+v", u.Unlock, e)
		}
	})
}
