package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// What comes between a recipient who does not want their parcel and its door, and what is not expected.

// refusedUnsure wants a parcel refused that may not be there, and its door kept for whoever looks.
func (c *cabinet) refusedUnsure(events []locker.Event, door int) {
	c.t.Helper()
	if e := want[locker.ParcelRefused](c.t, events); !e.Unsure || e.Door != door || e.Unlock == "" {
		c.t.Fatalf("want it refused, unsure, got %+v", e)
	}
	wantNo[locker.RefusalDropped](c.t, events)
}

// TestWalkedOffWhilePuttingBack: they have said that they do not want it, and may have put it back.
func TestWalkedOffWhilePuttingBack(t *testing.T) {
	c, door, _ := puttingBack(t)
	c.refusedUnsure(c.wait(10*time.Minute), door)
	c.sense(door, locker.Closed)
	c.waitsForCourier(door)
}

// TestDoneWithoutSeeingItShut: a contact that does not notice that the door is shut, or somebody in a hurry.
func TestDoneWithoutSeeingItShut(t *testing.T) {
	c, door, _ := puttingBack(t)
	c.refusedUnsure(c.tap(locker.ActionFinish), door)
	c.onScreen(locker.StepHome)
	c.sense(door, locker.Closed)
	c.waitsForCourier(door)
}

// TestTheNextPersonWhileItIsPutBack waits until the door is shut, and may have shut it.
func TestTheNextPersonWhileItIsPutBack(t *testing.T) {
	c := newCabinet(t)
	door, code := c.drop("PARCEL-1", "S")
	_, other := c.drop("PARCEL-2", "M")
	c.tap(locker.ActionSignOut)
	c.scan(code)
	c.sense(door, locker.Open)
	c.refuses(locker.ActionGoods)
	wantNo[locker.UnlockRequested](t, c.scan(other))
	c.notice(locker.NoticeCloseFirst)
	c.refusedUnsure(c.sense(door, locker.Closed), door)
	if u := want[locker.UnlockRequested](t, c.scanLater(other)); u.Door == door {
		t.Errorf("want the other's door, got %d", u.Door)
	}
}

// TestNobodyElseRefuses: where its recipient may have gone, their code is asked for, and nothing is refused.
func TestNobodyElseRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		shut bool
		gone time.Duration
	}{{"at the open door", false, 46 * time.Second}, {"at the shut door", true, 11 * time.Second}} {
		t.Run(tt.name, func(t *testing.T) {
			c, door, code := fetching(t)
			if tt.shut {
				c.sense(door, locker.Closed)
			}
			c.wait(tt.gone)
			refuses := func() []locker.Event { return c.refuses(locker.ActionGoods) }
			if tt.shut { // whoever is asked why has it opened
				refuses = func() []locker.Event { return c.says(locker.ActionRefuse) }
			}
			events := refuses()
			wantNo[locker.RefusalBegun](t, events)
			wantNo[locker.UnlockRequested](t, events)
			c.onScreen(locker.StepCode)
			c.notice(locker.NoticeCodeAgain)
			c.scanLater(code)
			if tt.shut {
				c.sense(door, locker.Open)
			}
			want[locker.RefusalBegun](t, c.refuses(locker.ActionGoods))
			want[locker.ParcelRefused](t, c.sense(door, locker.Closed))
		})
	}
}

// TestAQuestionThatIsLeftProvesNothing: whoever touches "I do not want it" and goes back is not shown to be the recipient.
func TestAQuestionThatIsLeftProvesNothing(t *testing.T) {
	c, _, _ := fetching(t)
	c.wait(30 * time.Second)
	c.says(locker.ActionRefuse)
	c.tap(locker.ActionBack)
	c.wait(20 * time.Second)
	wantNo[locker.RefusalBegun](t, c.refuses(locker.ActionGoods))
	c.onScreen(locker.StepCode)
}

// TestNobodyElseKeepsIt: whoever comes to the open door later does not take it with a touch, as far as the record goes.
func TestNobodyElseKeepsIt(t *testing.T) {
	c, door, _ := puttingBack(t)
	c.wait(46 * time.Second)
	events := c.tap(locker.ActionKeep)
	wantNo[locker.RefusalDropped](t, events)
	c.refusedUnsure(events, door)
}

// TestAPowerCutWhileRefusing: wherever it comes, what was said counts, and nothing is pulsed anew.
func TestAPowerCutWhileRefusing(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(c *cabinet, door int)
		is     locker.Status
		unsure bool
	}{
		{"at the question", func(c *cabinet, _ int) { c.says(locker.ActionRefuse) }, locker.StatusCollected, false},
		{"while it is put back", func(c *cabinet, _ int) { c.refuses(locker.ActionGoods) }, locker.StatusRefused, true},
		{"while the door is being opened for that", func(c *cabinet, door int) {
			c.sense(door, locker.Closed)
			c.refuses(locker.ActionGoods)
		}, locker.StatusRefused, true},
		{"after it", func(c *cabinet, door int) {
			c.refuses(locker.ActionGoods)
			c.sense(door, locker.Closed)
		}, locker.StatusRefused, false},
		{"once it is kept after all", func(c *cabinet, _ int) {
			c.refuses(locker.ActionGoods)
			c.tap(locker.ActionKeep)
		}, locker.StatusCollected, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, door, _ := fetching(t)
			tt.before(c, door)
			events := c.restart()
			wantNo[locker.UnlockRequested](t, events)
			if e, refused := find[locker.ParcelRefused](events); refused != tt.unsure || refused && !e.Unsure {
				t.Errorf("want unsure: %v, got %+v", tt.unsure, e)
			}
			c.sense(door, locker.Closed)
			c.status("PARCEL-1", tt.is)
			if tt.is == locker.StatusRefused {
				c.waitsForCourier(door)
			}
		})
	}
}

// TestTheDoorDoesNotOpenToPutItBack: they still have it.
func TestTheDoorDoesNotOpenToPutItBack(t *testing.T) {
	stuck := func(t *testing.T) (c *cabinet, door int, code string) {
		c, door, code = fetching(t)
		c.sense(door, locker.Closed)
		c.refuses(locker.ActionGoods)
		wantNo[locker.ParcelRefused](t, c.wait(c.plan.Times.Judge))
		c.onScreen(locker.StepPutBack)
		c.notice(locker.NoticeNotOpened)
		return c, door, code
	}
	t.Run("and opens with the new unlock", func(t *testing.T) {
		c, door, _ := stuck(t)
		if u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)); !u.Again || u.Door != door {
			t.Fatalf("want the one new unlock, got %+v", u)
		}
		c.sense(door, locker.Open)
		if v := c.view(); v.Step != locker.StepPutBack || v.Notice != locker.NoticeNone {
			t.Errorf("want it asked to be put back, got %s %s", v.Step, v.Notice)
		}
		if e := want[locker.ParcelRefused](t, c.sense(door, locker.Closed)); e.Unsure {
			t.Errorf("want it certain, got %+v", e)
		}
	})
	t.Run("ever", func(t *testing.T) {
		c, door, _ := stuck(t)
		c.tap(locker.ActionTryAgain)
		c.wait(c.plan.Times.Judge)
		if a := c.view().Actions; slices.Contains(a, locker.ActionTryAgain) {
			t.Errorf("want no third unlock offered, got %v", a)
		}
		want[locker.RefusalDropped](t, c.tap(locker.ActionKeep))
		c.wait(10 * time.Minute)
		c.status("PARCEL-1", locker.StatusCollected)
		c.notGiven(door)
	})
	t.Run("and they go with it", func(t *testing.T) {
		c, door, _ := stuck(t)
		want[locker.RefusalDropped](t, c.wait(10*time.Minute))
		c.notGiven(door)
	})
	t.Run("and they look once more for what they had put there", func(t *testing.T) {
		c, door, code := stuck(t)
		c.wait(c.plan.Times.Thanks - c.plan.Times.Judge + time.Second) // since it was pushed shut
		c.tap(locker.ActionKeep)
		if u := want[locker.UnlockRequested](t, c.scanLater(code)); u.Door != door || u.Why != locker.WhyReopen {
			t.Errorf("want door %d opened again, got %+v", door, u)
		}
		c.wait(c.plan.Times.Judge)
		c.wait(10 * time.Minute)
		c.notGiven(door)
	})
	t.Run("as its contact says", func(t *testing.T) {
		c, door, _ := stuck(t)
		c.refusedUnsure(c.tap(locker.ActionItOpened), door)
		c.waitsForCourier(door)
	})
	t.Run("since nothing was sent", func(t *testing.T) {
		c, door, _ := fetching(t)
		c.sense(door, locker.Closed)
		u := want[locker.UnlockRequested](t, c.refuses(locker.ActionGoods))
		c.feed(locker.ReleaseEnded{Unlock: u.Unlock, Why: "port gone"})
		c.onScreen(locker.StepPutBack)
		events := c.wait(10 * time.Minute)
		want[locker.RefusalDropped](t, events)
		want[locker.DoorEmptied](t, events)
	})
}

// TestADoorThatMayNotOpenNow: nothing is begun.
func TestADoorThatMayNotOpenNow(t *testing.T) {
	c, door, _ := fetching(t)
	c.sense(door, locker.Closed)
	c.says(locker.ActionRefuse)
	v := c.view()
	c.now.Age = c.plan.Times.Within
	events := c.feed(locker.Tapped{Revision: v.Revision, Action: locker.ActionGoods})
	c.now.Age = 0
	wantNo[locker.RefusalBegun](t, events)
	c.onScreen(locker.StepThanks)
	c.notice(locker.NoticeTryAgain)
}

// TestALatchThatDoesNotCatch: the door springs open behind what was put back. It is refused once.
func TestALatchThatDoesNotCatch(t *testing.T) {
	c, door, _ := puttingBack(t)
	want[locker.ParcelRefused](t, c.sense(door, locker.Closed))
	c.pass(time.Second)
	wantNo[locker.DoorDoubted](t, c.sense(door, locker.Open))
	c.onScreen(locker.StepPutBack)
	if v := c.view(); !v.Refused || slices.Contains(v.Actions, locker.ActionKeep) {
		t.Errorf("want it pushed shut once more, and no more than that, got %v", v.Actions)
	}
	c.pass(2 * time.Second)
	wantNo[locker.ParcelRefused](t, c.sense(door, locker.Closed))
	c.onScreen(locker.StepThanks)
	c.waitsForCourier(door)
}

// TestASilentBoardWhilePuttingBack: nobody sees how the door is shut.
func TestASilentBoardWhilePuttingBack(t *testing.T) {
	c, door, _ := puttingBack(t)
	c.feed(locker.LockSensed{Lock: c.plan.Doors[door-1].Lock, State: locker.Unknown})
	c.refusedUnsure(c.sense(door, locker.Closed), door)
	c.waitsForCourier(door)
}

// TestTheirCodeOnceMore, read again while they put it back, changes nothing.
func TestTheirCodeOnceMoreWhilePuttingBack(t *testing.T) {
	c, door, code := puttingBack(t)
	wantNo[locker.UnlockRequested](t, c.scanLater(code))
	c.onScreen(locker.StepPutBack)
	want[locker.ParcelRefused](t, c.sense(door, locker.Closed))
}

// TestAnOrderBetween: what the operator orders while it is put back finds it in use, or comes after.
func TestAnOrderBetween(t *testing.T) {
	c, door, _ := puttingBack(t)
	c.orderRefused(c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "PARCEL-1"}}), "no such parcel")
	c.orderRefused(c.order(locker.Order{HandOver: &locker.HandOverOrder{Tracking: "PARCEL-1"}}), "no such parcel")
	want[locker.ParcelRefused](t, c.sense(door, locker.Closed))
	c.orderRefused(c.order(locker.Order{NewCode: &locker.NewCodeOrder{Tracking: "PARCEL-1", Offers: c.offers()}}), "somebody is using the door")
	c.tap(locker.ActionFinish)
	c.order(locker.Order{NewCode: &locker.NewCodeOrder{Tracking: "PARCEL-1", Offers: c.offers()}})
	c.status("PARCEL-1", locker.StatusWaiting)
}
