package locker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// What comes between somebody and the door that they rent, its time, and what it costs.

// TestAPowerCutWhileRenting: what may be there is believed to be there, and the code opens on.
func TestAPowerCutWhileRenting(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(c *cabinet, door int)
		doubt  locker.Doubt
	}{
		{"while it stands open for the first time", func(c *cabinet, door int) { c.sense(door, locker.Open) }, locker.DoubtAlone},
		{"at the first question", func(c *cabinet, door int) {
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
		}, ""},
		{"after it", func(c *cabinet, door int) {
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
			c.tap(locker.ActionDone)
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCabinet(t)
			code := c.rents(nil)
			door := want[locker.UnlockRequested](t, c.scan(code)).Door
			tt.before(c, door)
			wantNo[locker.UnlockRequested](t, c.restart())
			for _, d := range c.plan.Doors {
				c.sense(d.Number, locker.Closed)
			}
			if h := c.holds(door); h.Kind != locker.Occupied || h.Why != tt.doubt {
				t.Errorf("want it kept, in doubt %q, got %+v", tt.doubt, h)
			}
			c.visit(code, door)
		})
	}
}

// TestAPowerCutInAVisit: nothing is ended, and nothing is pulsed anew.
func TestAPowerCutInAVisit(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(c *cabinet, door int)
		doubt  locker.Doubt
	}{
		{"while the door is being opened", func(*cabinet, int) {}, ""},
		{"while it stands open", func(c *cabinet, door int) { c.sense(door, locker.Open) }, locker.DoubtAlone},
		{"at the question", func(c *cabinet, door int) {
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, door, code := rented(t, nil)
			c.scanLater(code)
			tt.before(c, door)
			wantNo[locker.UnlockRequested](t, c.restart())
			c.sense(door, locker.Closed)
			if h := c.holds(door); h.Kind != locker.Occupied || h.Why != tt.doubt {
				t.Errorf("want it kept, in doubt %q, got %+v", tt.doubt, h)
			}
			c.wait(time.Hour)
			c.visit(code, door)
			c.tap(locker.ActionEmpty)
			c.tap(locker.ActionFinish)
			c.wait(10 * time.Minute)
			if h := c.holds(door); (h.Kind == locker.Empty) != (tt.name == "at the question") {
				t.Errorf("want it given to others only if nobody else can have stood there, got %+v", h)
			}
		})
	}
}

// TestWalkedOffFromAnOpenRentedDoor: it is theirs, and somebody looks in the end.
func TestWalkedOffFromAnOpenRentedDoor(t *testing.T) {
	c, door, code := rented(t, nil)
	c.scanLater(code)
	want[locker.ParcelOpened](t, c.sense(door, locker.Open))
	want[locker.DoorLeftOpen](t, c.wait(time.Hour))
	c.sense(door, locker.Closed)
	c.visit(code, door)
	want[locker.ParcelCollected](t, c.tap(locker.ActionEmpty))
	c.tap(locker.ActionFinish)
	if e := want[locker.DoorDoubted](t, c.wait(c.plan.Times.Thanks)); e.Why != locker.DoubtAlone {
		t.Errorf("want somebody to look, got %+v", e)
	}
}

// TestTheNextOneFindsItOpen: whose code is shown at an open door has it, without a pulse.
func TestTheNextOneFindsItOpen(t *testing.T) {
	c, door, code := rented(t, nil)
	ben := c.shares("ben", true)
	c.scanLater(code)
	c.sense(door, locker.Open)
	c.pass(20 * time.Second)
	events := c.scan(ben)
	wantNo[locker.UnlockRequested](t, events)
	if e := want[locker.ParcelOpened](t, events); e.Person != "ben" || e.Unlock != "" {
		t.Fatalf("want ben at the open door, got %+v", e)
	}
	if e := want[locker.ParcelKept](t, c.sense(door, locker.Closed)); e.Person != "ben" {
		t.Fatalf("want it shut by ben, got %+v", e)
	}
	want[locker.ParcelCollected](t, c.tap(locker.ActionEmpty))
	c.tap(locker.ActionFinish)
	if e := want[locker.DoorDoubted](t, c.wait(c.plan.Times.Thanks)); e.Why != locker.DoubtAlone {
		t.Errorf("want somebody to look, since it stood open, got %+v", e)
	}
}

// TestAStrangerPushesARentedDoorShut: it opens for nobody who has not shown a code, nor on and on for whoever stands there.
func TestAStrangerPushesARentedDoorShut(t *testing.T) {
	c, door, code := rented(t, nil)
	c.scanLater(code)
	c.sense(door, locker.Open)
	c.wait(80 * time.Second)
	c.sense(door, locker.Closed)
	c.pass(5 * time.Second)
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionForgot))
	c.notice(locker.NoticeCodeAgain)
	c.visit(code, door)
	for n := range 10 {
		c.pass(9 * time.Second)
		if _, opens := find[locker.UnlockRequested](c.tap(locker.ActionForgot)); !opens {
			c.notice(locker.NoticeCodeAgain)
			return
		}
		if n == 7 {
			t.Fatal("want their code asked for after a minute, got the door opened on and on")
		}
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
	}
}

// TestADoorThatIsHeardOfFirst: that it is shut, as its board says at the start of a run, is no end of a visit.
func TestADoorThatIsHeardOfFirst(t *testing.T) {
	c, door, code := rented(t, nil)
	c.restart()
	want[locker.UnlockRequested](t, c.scan(code))
	wantNo[locker.ParcelKept](t, c.sense(door, locker.Closed))
	c.onScreen(locker.StepPickup)
	want[locker.ParcelOpened](t, c.sense(door, locker.Open))
	want[locker.ParcelKept](t, c.sense(door, locker.Closed))
}

// TestAStrangersCodeWhileARentedDoorIsOpen: it is walked off from, and stays its people's.
func TestAStrangersCodeWhileARentedDoorIsOpen(t *testing.T) {
	c, door, code := rented(t, nil)
	other, with := c.drop("PARCEL-1", "M")
	c.tap(locker.ActionSignOut)
	c.scanLater(code)
	c.sense(door, locker.Open)
	if u := want[locker.UnlockRequested](t, c.scan(with)); u.Door != other {
		t.Fatalf("want door %d, got %+v", other, u)
	}
	events := c.sense(door, locker.Closed)
	wantNo[locker.ParcelKept](t, events)
	wantNo[locker.ParcelCollected](t, events)
	if h := c.holds(door); h.Kind != locker.Occupied || h.Why != locker.DoubtAlone {
		t.Errorf("want it theirs, got %+v", h)
	}
}

// TestARentedDoorSpringsBack: what was said of it counts once it is shut.
func TestARentedDoorSpringsBack(t *testing.T) {
	c, door, code := rented(t, nil)
	c.visit(code, door)
	c.pass(time.Second)
	c.sense(door, locker.Open)
	c.onScreen(locker.StepPickup)
	wantNo[locker.ParcelCollected](t, c.press(locker.Tapped{Action: locker.ActionEmpty}))
	c.sense(door, locker.Closed)
	c.onScreen(locker.StepKeep)
	want[locker.ParcelCollected](t, c.tap(locker.ActionEmpty))
}

// TestARentedDoorWhoseContactSticks: it is never seen shut, and so not ended; its board that falls silent likewise.
func TestARentedDoorWhoseContactSticks(t *testing.T) {
	for name, stick := range map[string]func(c *cabinet, door int){
		"its contact": func(*cabinet, int) {},
		"its board": func(c *cabinet, _ int) {
			c.feed(locker.BoardLost{Bus: "main", Board: 1})
			c.wait(5 * time.Second)
			c.feed(locker.BoardBack{Bus: "main", Board: 1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, door, code := rented(t, nil)
			c.scanLater(code)
			c.sense(door, locker.Open)
			stick(c, door)
			wantNo[locker.ParcelCollected](t, c.press(locker.Tapped{Action: locker.ActionEmpty}))
			c.sense(door, locker.Closed)
			if v := c.view(); name == "its board" && (v.Step != locker.StepKeep || slices.Contains(v.Actions, locker.ActionEmpty)) {
				t.Errorf("want nothing ended that nobody saw shut, got %v on %s", v.Actions, v.Step)
			}
			c.wait(10 * time.Minute)
			c.isNow("LUGGAGE-1", locker.StatusKept, locker.CodeOpens)
		})
	}
}

// TestTheBreakerCountsRenters, as it does recipients.
func TestTheBreakerCountsRenters(t *testing.T) {
	c, door, code := rented(t, nil)
	c.plan.BreakerDoors = 2
	opened := 0
	for range 4 {
		if _, opens := find[locker.UnlockRequested](c.scanLater(code)); opens {
			opened++
		}
		c.wait(2 * c.plan.Times.Judge)
		c.feed(locker.Tapped{Revision: c.view().Revision, Action: locker.ActionFinish})
	}
	if opened > 2 {
		t.Errorf("want two pulses of door %d and no more, got %d", door, opened)
	}
}

// TestARentalsTimeIsOver: it is told as overdue, its people's codes open it all the same, and whoever clears it is on record.
func TestARentalsTimeIsOver(t *testing.T) {
	c, door, code := rented(t, nil)
	c.put(locker.Courier{ID: "col", Company: "Example Parcel", Rights: []locker.Right{locker.RightRecallCompany}})
	c.drop("PARCEL-1", "M")
	c.tap(locker.ActionSignOut)
	c.scan("badge-col")
	if slices.Contains(c.view().Actions, locker.ActionRecall) {
		t.Error("want nothing cleared before its time is over")
	}
	c.tap(locker.ActionSignOut)
	wantNo[locker.ParcelExpired](t, c.wait(23*time.Hour))
	want[locker.ParcelExpired](t, c.wait(time.Hour))
	c.isNow("LUGGAGE-1", locker.StatusExpired, locker.CodeOpens)
	if s := c.state.Summary(c.now); s.Overdue != 1 || s.Kept != 0 || s.Doors[door-1].Contents != "overdue" || len(c.fault("parcel_overdue")) != 1 {
		t.Errorf("want it told as overdue, got %+v", s.Doors[door-1])
	}
	for _, e := range c.wait(30 * 24 * time.Hour) {
		if x, expired := e.(locker.ParcelExpired); expired && x.Door == door {
			t.Fatalf("want it said once, got %+v", x)
		}
	}
	c.visit(code, door)
	if v := c.view(); !v.Over || v.Actions[0] != locker.ActionEmpty {
		t.Fatalf("want to be asked for it, got %+v", v.Actions)
	}
	c.tap(locker.ActionFinish)

	c.scan("badge-col")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	if e := want[locker.ParcelRecalled](t, c.sense(door, locker.Open)); e.Courier != "col" {
		t.Fatalf("want the courier on record, got %+v", e)
	}
	c.sense(door, locker.Closed)
	if e := want[locker.DoorEmptied](t, c.tap(locker.ActionEmpty)); e.Proof != locker.ProofCourier {
		t.Fatalf("want the courier's look, got %+v", e)
	}
	c.tap(locker.ActionBack) // to what else is to be taken back
	c.tap(locker.ActionSignOut)
	wantNo[locker.UnlockRequested](t, c.scanLater(code))
	c.notice(locker.NoticeExpired)
}

// TestACourierLeavesAnOverdueDoor: its people may still come.
func TestACourierLeavesAnOverdueDoor(t *testing.T) {
	c, door, code := rented(t, nil)
	c.wait(25 * time.Hour)
	c.put(locker.Courier{ID: "col", Company: "Example Parcel", Rights: []locker.Right{locker.RightRecallCompany}})
	c.scan("badge-col")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.CollectionDisputed](t, c.tap(locker.ActionOccupied))
	c.tap(locker.ActionSignOut)
	c.isNow("LUGGAGE-1", locker.StatusExpired, locker.CodeOpens)
	c.visit(code, door)
}

// TestATechnicianClearsAnOverdueDoor by a look; not before.
func TestATechnicianClearsAnOverdueDoor(t *testing.T) {
	c, door, _ := rented(t, nil)
	wantNo[locker.DoorEmptied](t, c.feed(locker.Inspected{Doors: []int{door}, By: "grace"}))
	c.wait(25 * time.Hour)
	if e := want[locker.DoorEmptied](t, c.feed(locker.Inspected{Doors: []int{door}, By: "grace"})); e.By != "grace" {
		t.Errorf("want grace on record, got %+v", e)
	}
}

// TestARentalIsExtended: before it is over, and after.
func TestARentalIsExtended(t *testing.T) {
	c, door, code := rented(t, nil)
	extend := func() locker.ParcelExtended {
		return want[locker.ParcelExtended](t, c.order(locker.Order{Extend: &locker.ExtendOrder{Tracking: "LUGGAGE-1", By: 24 * time.Hour}}))
	}
	if e := extend(); e.Again {
		t.Errorf("want it longer, got %+v", e)
	}
	wantNo[locker.ParcelExpired](t, c.wait(47*time.Hour))
	want[locker.ParcelExpired](t, c.wait(2*time.Hour))
	if e := extend(); !e.Again || !e.Until.Equal(c.now.Wall.Add(24*time.Hour)) {
		t.Errorf("want it a day from now, got %+v", e)
	}
	c.isNow("LUGGAGE-1", locker.StatusKept, locker.CodeOpens)
	want[locker.ParcelExpired](t, c.wait(25*time.Hour))
	c.visit(code, door)
}

// TestARentalThatTheOperatorEnds: cancelled, its codes open no more, and a courier clears it; handed over, somebody looks.
func TestARentalThatTheOperatorEnds(t *testing.T) {
	c, door, code := rented(t, nil)
	want[locker.ParcelCancelled](t, c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "LUGGAGE-1"}}))
	wantNo[locker.UnlockRequested](t, c.scan(code))
	c.notice(locker.NoticeExpired)
	if h := c.holds(door); h.Kind != locker.Occupied {
		t.Errorf("want it cleared by somebody who looks, got %+v", h)
	}

	c, door, code = rented(t, nil)
	ben := c.shares("ben", false)
	want[locker.ParcelHandedOver](t, c.order(locker.Order{HandOver: &locker.HandOverOrder{Tracking: "LUGGAGE-1"}}))
	for _, with := range []string{code, ben} {
		wantNo[locker.UnlockRequested](t, c.scanLater(with))
		c.notice(locker.NoticeUsedCode)
	}
	if h := c.holds(door); h.Kind != locker.Doubtful || h.Why != locker.DoubtGiven {
		t.Errorf("want somebody to look, got %+v", h)
	}
}

// TestARentalsTimeStandsStill while the door cannot be opened, also once it is over: nobody pays for that.
func TestARentalsTimeStandsStill(t *testing.T) {
	for name, over := range map[string]time.Duration{"before it is over": 0, "after": 30 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			c, door, code := rented(t, daily())
			c.wait(over)
			ends := c.only().Until
			want[locker.DoorBlocked](t, c.order(locker.Order{Block: &locker.BlockOrder{Door: door, Reason: locker.BlockDamaged}}))
			c.wait(18 * time.Hour)
			events := c.order(locker.Order{Unblock: &locker.UnblockOrder{Door: door}})
			if e := want[locker.PickupPeriodResumed](t, events); !e.Until.Equal(ends.Add(18 * time.Hour)) {
				t.Fatalf("want it given back, got %+v", e)
			}
			if over == 0 {
				c.owes(code, 0)
				return
			}
			c.owes(code, 250) // as before it stood still
		})
	}
}

// TestWhatARentedDoorCosts: time counts from when something was put in; what is owed is paid before the door opens, once.
func TestWhatARentedDoorCosts(t *testing.T) {
	fee := daily()
	fee.Due = 100
	c, door, code := rented(t, fee)
	paid := func(amount int64, reference string) []locker.Event {
		return c.order(locker.Order{Paid: &locker.MoneyOrder{Tracking: "LUGGAGE-1", Amount: amount, Currency: "EUR", Reference: reference}})
	}
	c.orderRefused(c.order(locker.Order{Told: &locker.ToldOrder{Tracking: "LUGGAGE-1", Told: c.now.Wall}}), "its recipient was told already")
	c.owes(code, 100)
	want[locker.UnlockRequested](t, paid(100, "r1"))
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionFinish)
	c.wait(2 * time.Hour)
	c.visit(code, door)
	c.tap(locker.ActionFinish)
	c.wait(24 * time.Hour)
	c.owes(code, 250)
	want[locker.UnlockRequested](t, paid(250, "r2"))
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionFinish)
	c.visit(code, door) // nothing more within the hour
	c.tap(locker.ActionFinish)
	c.wait(24 * time.Hour)
	c.owes(code, 250) // another day, and no more
}

// TestWhatIsRentedIsNotRefused: nobody has sent it to them, and no courier takes it back for one touch; neither before they pay, nor once
// they have ended it.
func TestWhatIsRentedIsNotRefused(t *testing.T) {
	c, door, code := rented(t, daily())
	c.wait(25 * time.Hour)
	c.owes(code, 250)
	refuses := func() {
		t.Helper()
		if a := c.view().Actions; slices.Contains(a, locker.ActionRefuse) {
			t.Fatalf("want no offer to refuse it, got %v", a)
		}
	}
	refuses()
	want[locker.UnlockRequested](t, c.order(locker.Order{Paid: &locker.MoneyOrder{Tracking: "LUGGAGE-1", Amount: 250, Currency: "EUR", Reference: "r1"}}))
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.ParcelCollected](t, c.tap(locker.ActionEmpty))
	c.onScreen(locker.StepThanks)
	refuses()
}

// TestPaidAndTheRentedDoorDoesNotOpen: nothing more is owed until it does.
func TestPaidAndTheRentedDoorDoesNotOpen(t *testing.T) {
	c, door, code := rented(t, daily())
	c.wait(25 * time.Hour)
	c.owes(code, 250)
	want[locker.UnlockRequested](t, c.order(locker.Order{Paid: &locker.MoneyOrder{Tracking: "LUGGAGE-1", Amount: 250, Currency: "EUR", Reference: "r1"}}))
	c.wait(20 * time.Second)
	c.wait(48 * time.Hour)
	c.visit(code, door)
	c.tap(locker.ActionFinish)
	c.owes(code, 500)
}

// TestRentedBeforeABackup: nobody knows what became of it.
func TestRentedBeforeABackup(t *testing.T) {
	c, door, code := rented(t, nil)
	c.epoch = "8899aabbccddeeff"
	c.write([]locker.Event{locker.EpochBegun{Reason: locker.EpochRestored}})
	c.restart()
	c.sense(door, locker.Closed)
	wantNo[locker.UnlockRequested](t, c.scan(code))
	c.onScreen(locker.StepTrouble)
	c.orderRefused(c.order(locker.Order{Share: &locker.ShareOrder{Tracking: "LUGGAGE-1", Person: "ben", Offers: c.offers()}}), "a restored backup")
}

// TestARenterIsErased: with what the others were told.
func TestARenterIsErased(t *testing.T) {
	c, door, code := rented(t, nil)
	ben := want[locker.ParcelShared](t, c.order(locker.Order{Share: &locker.ShareOrder{Tracking: "LUGGAGE-1", Person: "ben", Offers: c.offers()}}))
	c.visit(code, door)
	c.tap(locker.ActionEmpty)
	c.tap(locker.ActionFinish)
	c.wait(10 * time.Minute)
	traces := locker.TracesOf(locker.Erasure{Tracking: "LUGGAGE-1"})
	for _, r := range c.records {
		traces.See(r.Event)
	}
	if !slices.Contains(traces.Subjects, ben.Subject()) || !slices.ContainsFunc(traces.Subjects, func(s string) bool { return strings.HasPrefix(s, "order:") }) {
		t.Errorf("want the announcement's code and the other person's among what is erased, got %q", traces.Subjects)
	}
}
