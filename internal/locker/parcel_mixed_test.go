package locker_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// Cards, refusals, second looks and rented doors, where they meet.

// TestPaidWhileItsCourierHasItInHand: money that comes in then is the parcel's, whether the order names its number or its id.
func TestPaidWhileItsCourierHasItInHand(t *testing.T) {
	for _, named := range []bool{false, true} {
		c := newCabinet(t)
		c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "P1", Size: "S", Mask: "•••••67", Fee: &locker.Terms{Currency: "EUR", Due: 250}}})
		c.scan("badge-ada")
		c.scan("P1")
		door := c.view().Door
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		stored := want[locker.ParcelStored](t, c.tap(locker.ActionNextParcel))
		want[locker.ParcelInHand](t, c.reopens(door))
		c.sense(door, locker.Open)
		m := &locker.MoneyOrder{Tracking: "P1", Amount: 250, Currency: "EUR", Reference: "r1"}
		if named {
			m.Parcel = stored.Parcel
		}
		if e := want[locker.FeePaid](t, c.order(locker.Order{Paid: m})); e.Parcel != stored.Parcel || e.Left != 0 || e.Over != 0 {
			t.Fatalf("want it paid, got %+v", e)
		}
		c.sense(door, locker.Closed)
		c.tap(locker.ActionDone)
		c.tap(locker.ActionFinish)
		c.owes(string(stored.Personal.Code), 0)
	}
}

// TestItsChargeIsUnknownAndItIsTakenBack: what the terminal says later is booked wherever the parcel is.
func TestItsChargeIsUnknownAndItIsTakenBack(t *testing.T) {
	c, _, _, charge := atTerminal(t)
	c.feed(locker.TerminalLost{Why: "ended", Gone: true})
	c.wait(time.Hour)
	want[locker.ParcelCancelled](t, c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "P1"}}))
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	door := c.view().Door
	want[locker.ParcelRecalled](t, c.sense(door, locker.Open))
	c.sense(door, locker.Closed)
	c.tap(locker.ActionEmpty)
	c.tap(locker.ActionSignOut)
	c.restart()
	if e := want[locker.FeePaid](t, c.ends(charge, locker.ChargePaid, 250)); e.Over != 250 {
		t.Fatalf("want all of it to be given back, got %+v", e)
	}
}

// TestRefusedWhileItsChargeIsUnknown: it was paid in another way and fetched, and is put back. Nobody has it for that; the terminal's word is
// money to be given back. Cut at every step.
func TestRefusedWhileItsChargeIsUnknown(t *testing.T) {
	steps := []func(c *cabinet, door int, code string){
		func(c *cabinet, _ int, code string) { c.shownOnce(code, c.pays(250, "r1")) },
		func(c *cabinet, door int, _ string) { c.sense(door, locker.Open) },
		func(c *cabinet, _ int, _ string) { c.says(locker.ActionRefuse) },
		func(c *cabinet, _ int, _ string) { c.tap(locker.ActionNotOrdered) },
		func(c *cabinet, door int, _ string) { c.sense(door, locker.Closed) },
		func(c *cabinet, _ int, _ string) { c.tap(locker.ActionFinish) },
	}
	for cut := range len(steps) + 1 {
		for _, before := range []bool{true, false} { // the terminal knows it before the cut, or after
			t.Run(fmt.Sprint(cut, before), func(t *testing.T) {
				c, door, code, charge := atTerminal(t)
				c.feed(locker.TerminalLost{Why: "ended", Gone: true})
				c.onScreen(locker.StepUnclear)
				for _, step := range steps[:cut] {
					step(c, door, code)
					c.pass(2 * time.Second)
				}
				var events []locker.Event
				if before {
					events = c.ends(charge, locker.ChargePaid, 250)
				}
				c.restart()
				for _, d := range c.plan.Doors {
					c.sense(d.Number, locker.Closed)
				}
				if !before {
					events = c.ends(charge, locker.ChargePaid, 250)
				}
				over := int64(0)
				if cut > 0 {
					over = 250
				}
				if e := want[locker.FeePaid](t, events); e.Over != over {
					t.Errorf("want %d too much, got %+v", over, e)
				}
				if !before {
					wantNo[locker.UnlockRequested](t, events)
				}
				c.wait(2 * time.Minute)
				p := c.state.Parcels
				switch h := c.holds(door); {
				case cut < 2: // it was never seen to open
					if len(p) != 1 || p[0].State != locker.ParcelStoredAt || h.Kind != locker.Occupied {
						t.Errorf("want it to wait, got %+v behind %+v", p[0], h)
					}
					c.owes(code, 0)
				case cut < 4:
					if h.Kind == locker.Occupied || len(p) != 0 && p[0].State != locker.ParcelTaken {
						t.Errorf("want it fetched, got %+v", h)
					}
				default:
					if len(p) != 1 || p[0].Refused == "" || h.Kind != locker.Occupied {
						t.Errorf("want it held for a courier, got %+v", h)
					}
					wantNo[locker.UnlockRequested](t, c.scan(code))
				}
			})
		}
	}
}

// TestPaidByCardAndGivenToSomebodyElse: whoever stands at the terminal when the operator gives their parcel to another person gets nothing
// for their card; what it took is the parcel's, and the other one owes nothing.
func TestPaidByCardAndGivenToSomebodyElse(t *testing.T) {
	for _, late := range []bool{false, true} {
		c, door, code, charge := atTerminal(t)
		events := c.order(locker.Order{NewRecipient: &locker.NewRecipientOrder{Tracking: "P1", Mask: "•11", Offers: c.offers()}})
		fresh := string(want[locker.ParcelRecipientChanged](t, events).Personal.Code)
		if e := want[locker.ChargeStopped](t, events); e.Charge != charge {
			t.Fatalf("want the terminal to leave it, got %+v", e)
		}
		if late {
			c.restart()
			c.sense(door, locker.Closed)
		}
		wantNo[locker.UnlockRequested](t, c.ends(charge, locker.ChargePaid, 250))
		wantNo[locker.UnlockRequested](t, c.scan(code))
		c.notice(locker.NoticeReplaced)
		c.pass(5 * time.Second)
		if u := want[locker.UnlockRequested](t, c.scan(fresh)); u.Door != door {
			t.Fatalf("want door %d, got %+v", door, u)
		}
	}
}

// TestTheOtherOneStandsThereWhenItIsKnown: the new recipient waits at "nobody knows" for what the one before has paid.
func TestTheOtherOneStandsThereWhenItIsKnown(t *testing.T) {
	c, door, _, charge := atTerminal(t)
	events := c.order(locker.Order{NewRecipient: &locker.NewRecipientOrder{Tracking: "P1", Mask: "•11", Offers: c.offers()}})
	fresh := string(want[locker.ParcelRecipientChanged](t, events).Personal.Code)
	wantNo[locker.UnlockRequested](t, c.scan(fresh))
	c.onScreen(locker.StepUnclear)
	c.pass(3 * time.Second)
	if u := want[locker.UnlockRequested](t, c.shownOnce(fresh, c.ends(charge, locker.ChargePaid, 250))); u.Door != door {
		t.Fatalf("want door %d opened for whoever has its code, got %+v", door, u)
	}
}

// TestRefusedPaidByCardAndWantedAgain: what was paid stays paid when it is given to its recipient once more, unless it was given back.
func TestRefusedPaidByCardAndWantedAgain(t *testing.T) {
	for _, back := range []int64{0, 250} {
		c, door, _, charge := atTerminal(t)
		want[locker.UnlockRequested](t, c.ends(charge, locker.ChargePaid, 250))
		c.sense(door, locker.Open)
		c.refuses(locker.ActionGoods)
		if e := want[locker.ParcelRefused](t, c.sense(door, locker.Closed)); e.Paid != 250 || e.Currency != "EUR" {
			t.Fatalf("want what was paid said, got %+v", e)
		}
		c.tap(locker.ActionFinish)
		if back > 0 {
			want[locker.FeeRefunded](t, c.order(locker.Order{Refund: &locker.MoneyOrder{Tracking: "P1", Amount: back, Currency: "EUR", Reference: "b1"}}))
		}
		fresh := string(want[locker.ParcelCodeChanged](t, c.order(locker.Order{NewCode: &locker.NewCodeOrder{Tracking: "P1", Offers: c.offers()}})).Personal.Code)
		c.owes(fresh, back)
	}
}

// TestTheOthersCodeDoesNotEndIt: who shares a door and comes while its renter is asked for their code to end it wants it opened.
func TestTheOthersCodeDoesNotEndIt(t *testing.T) {
	c, door, code := rented(t, nil)
	ben := c.shares("ben", true)
	for _, one := range []struct{ asked, comes string }{{code, ben}, {ben, code}} {
		c.scanLater(one.asked)
		c.sense(door, locker.Open)
		c.wait(65 * time.Second) // longer than a code says who stands there
		c.sense(door, locker.Closed)
		c.onScreen(locker.StepKeep)
		c.tap(locker.ActionEmpty)
		c.onScreen(locker.StepCode)
		c.notice(locker.NoticeEnds)
		c.pass(5 * time.Second)
		events := c.scan(one.comes)
		wantNo[locker.ParcelCollected](t, events)
		if u := want[locker.UnlockRequested](t, events); u.Door != door {
			t.Fatalf("want it opened, got %+v", u)
		}
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.tap(locker.ActionFinish)
		if h := c.holds(door); h.Kind != locker.Occupied {
			t.Fatalf("want it rented still, got %+v", h)
		}
	}
	c.scanLater(code)
	c.sense(door, locker.Open)
	c.wait(65 * time.Second)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionEmpty)
	want[locker.ParcelCollected](t, c.scanLater(code))
}

// TestSomebodyElseComesWhenItWasJustEnded: the door opens again for whoever has ended it, and for nobody who would put more in.
func TestSomebodyElseComesWhenItWasJustEnded(t *testing.T) {
	for _, renter := range []bool{false, true} {
		c, door, code := rented(t, nil)
		ends, comes := c.shares("ben", true), code
		if renter {
			ends, comes = comes, ends
		}
		c.visit(ends, door)
		want[locker.ParcelCollected](t, c.tap(locker.ActionEmpty))
		c.tap(locker.ActionFinish)
		c.pass(5 * time.Second)
		wantNo[locker.UnlockRequested](t, c.scan(comes))
		c.notice(locker.NoticeUsedCode)
		if u := want[locker.UnlockRequested](t, c.scan(ends)); u.Door != door || u.Why != locker.WhyReopen {
			t.Fatalf("want it opened once more, got %+v", u)
		}
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.wait(10 * time.Minute)
		if h := c.holds(door); h.Kind != locker.Empty || h.Proof != locker.ProofPickup {
			t.Fatalf("want it proven empty by the pickup, got %+v", h)
		}
	}
}

// TestWhoPushesARentedDoorShutLaterMayBeAnybody: neither opens it once more nor ends it without the code.
func TestWhoPushesARentedDoorShutLaterMayBeAnybody(t *testing.T) {
	for _, touch := range []locker.Action{locker.ActionForgot, locker.ActionEmpty} {
		c, door, code := rented(t, nil)
		c.scanLater(code)
		c.sense(door, locker.Open)
		c.pass(21 * time.Second)
		c.sense(door, locker.Closed)
		c.pass(2 * time.Second)
		events := c.tap(touch)
		wantNo[locker.UnlockRequested](t, events)
		wantNo[locker.ParcelCollected](t, events)
		c.onScreen(locker.StepCode)
	}
}

// TestARentersTimeEndsAtTheTerminal: their card pays for what was shown, and the door opens; nobody is sent away for being slow.
func TestARentersTimeEndsAtTheTerminal(t *testing.T) {
	for _, outcome := range []locker.ChargeOutcome{locker.ChargePaid, locker.ChargeUnknown} {
		c, door, code := rented(t, daily())
		c.plan.Terminal = true
		c.feed(locker.TerminalReady{})
		c.wait(24*time.Hour - 20*time.Second) // its time, and what is free, are nearly over
		c.wait(15 * time.Second)
		c.order(locker.Order{Extend: &locker.ExtendOrder{Tracking: "LUGGAGE-1", By: time.Hour, Price: 300}})
		c.wait(time.Hour - 10*time.Second)
		c.scan(code)
		c.onScreen(locker.StepPay)
		owed := c.view().Fee.Amount
		charge := c.charges(owed)
		c.wait(20 * time.Second) // it is over
		c.feed(locker.ChargeMoved{Charge: charge, Step: locker.ChargeWorks})
		events := c.ends(charge, outcome, map[locker.ChargeOutcome]int64{locker.ChargePaid: owed}[outcome])
		if outcome == locker.ChargeUnknown {
			wantNo[locker.UnlockRequested](t, events)
			c.onScreen(locker.StepUnclear)
			events = c.shownOnce(code, c.ends(charge, locker.ChargePaid, owed))
		}
		if u := want[locker.UnlockRequested](t, events); u.Door != door {
			t.Fatalf("want the door opened, got %+v", u)
		}
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.onScreen(locker.StepKeep)
		c.tap(locker.ActionFinish)
		if h := c.holds(door); h.Kind != locker.Occupied {
			t.Fatalf("want it to be theirs until it is cleared, got %+v", h)
		}
		c.wait(time.Minute)
		if !c.only().Expired {
			t.Error("want it told as overdue once they have gone")
		}
	}
}

// TestARentedDoorPaidForAtEachVisit: for as long as it may be rented there is a way to what lies behind it.
func TestARentedDoorPaidForAtEachVisit(t *testing.T) {
	c, door, code := rented(t, &locker.Terms{Currency: "EUR", Due: 100})
	c.plan.Terminal = true
	c.feed(locker.TerminalReady{})
	for visit := range 90 {
		want[locker.ParcelExtended](t, c.order(locker.Order{Extend: &locker.ExtendOrder{Tracking: "LUGGAGE-1", By: time.Hour, Price: 100}}))
		c.wait(2 * time.Minute)
		c.scan(code)
		c.onScreen(locker.StepPay)
		if !slices.Contains(c.view().Actions, locker.ActionCard) {
			t.Fatalf("want a way to pay at visit %d, got %v", visit, c.view().Actions)
		}
		owed := c.view().Fee.Amount
		if visit%2 == 0 {
			want[locker.UnlockRequested](t, c.ends(c.charges(owed), locker.ChargePaid, owed))
		} else {
			want[locker.UnlockRequested](t, c.order(locker.Order{Paid: &locker.MoneyOrder{Tracking: "LUGGAGE-1", Amount: owed, Currency: "EUR", Reference: fmt.Sprint("r", visit)}}))
		}
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.tap(locker.ActionFinish)
	}
}

// TestTwoWhoShareADoorAtTheTerminal: the second one shows their code while the first one's card is at the terminal. Nobody pays twice, and the
// door opens for whoever stands there.
func TestTwoWhoShareADoorAtTheTerminal(t *testing.T) {
	for _, outcome := range []locker.ChargeOutcome{locker.ChargePaid, locker.ChargeCancelled} {
		c, door, code := rented(t, &locker.Terms{Currency: "EUR", Due: 250})
		ben := c.shares("ben", false)
		c.plan.Terminal = true
		c.feed(locker.TerminalReady{})
		c.scanLater(code)
		charge := c.charges(250)
		c.pass(4 * time.Second)
		events := c.scan(ben)
		want[locker.ChargeStopped](t, events)
		wantNo[locker.UnlockRequested](t, events)
		c.onScreen(locker.StepUnclear)
		if slices.Contains(c.view().Actions, locker.ActionCard) {
			t.Error("want nobody asked to pay while it is not known")
		}
		events = c.ends(charge, outcome, map[locker.ChargeOutcome]int64{locker.ChargePaid: 250}[outcome])
		if outcome == locker.ChargeCancelled {
			wantNo[locker.UnlockRequested](t, c.shownOnce(ben, events))
			events = c.ends(c.charges(250), locker.ChargePaid, 250)
		} else {
			events = c.shownOnce(ben, events)
		}
		if u := want[locker.UnlockRequested](t, events); u.Door != door {
			t.Fatalf("want the door opened, got %+v", u)
		}
		if e := want[locker.ParcelOpened](t, c.sense(door, locker.Open)); e.Person != "ben" {
			t.Errorf("want it opened for ben, got %+v", e)
		}
	}
}

// owing is a cabinet with two parcels of one person, the first of which costs 2.50 EUR, nobody at the kiosk.
func owing(t *testing.T) (c *cabinet, first, second int, code string) {
	t.Helper()
	c = newCabinet(t)
	doors := make([]int, 2)
	for i, fee := range []*locker.Terms{{Currency: "EUR", Due: 250}, nil} {
		c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: fmt.Sprint("P", i+1), Size: "S", Mask: "•••67", Group: "lea", Fee: fee}})
	}
	c.scan("badge-ada")
	for i := range doors {
		c.scan(fmt.Sprint("P", i+1))
		doors[i] = c.view().Door
		c.sense(doors[i], locker.Open)
		c.sense(doors[i], locker.Closed)
		code = string(want[locker.ParcelStored](t, c.tap(locker.ActionNextParcel)).Personal.Code)
	}
	c.tap(locker.ActionSignOut)
	return c, doors[0], doors[1], code
}

// TestWhatIsPaidForComesFirst: who does not pay for one of their parcels, or waits for the terminal's word about it, has the others.
func TestWhatIsPaidForComesFirst(t *testing.T) {
	c, first, second, code := owing(t)
	c.plan.Terminal = true
	c.feed(locker.TerminalReady{})
	if u := want[locker.UnlockRequested](t, c.scanLater(code)); u.Door != second {
		t.Fatalf("want what costs nothing, got %+v", u)
	}
	c.takes()
	c.onScreen(locker.StepPay)
	charge := c.charges(250)
	if u := want[locker.UnlockRequested](t, c.ends(charge, locker.ChargePaid, 250)); u.Door != first {
		t.Fatalf("want the other one, got %+v", u)
	}

	c, first, _, code = owing(t)
	c.order(locker.Order{Block: &locker.BlockOrder{Door: 2, Reason: locker.BlockDamaged}})
	c.order(locker.Order{Block: &locker.BlockOrder{Door: 1, Reason: locker.BlockDamaged}})
	c.order(locker.Order{Unblock: &locker.UnblockOrder{Door: first}})
	c.plan.Terminal = true
	c.feed(locker.TerminalReady{})
	c.scanLater(code)
	c.onScreen(locker.StepPay)
	c.charges(250)
	c.restart()
	for _, d := range c.plan.Doors {
		c.sense(d.Number, locker.Closed)
		if c.door(d.Number).Blocked != "" {
			c.order(locker.Order{Unblock: &locker.UnblockOrder{Door: d.Number}})
		}
	}
	if u := want[locker.UnlockRequested](t, c.scanLater(code)); u.Door == first {
		t.Fatalf("want the one that is in no doubt, got %+v", u)
	}
	c.takes()
	c.onScreen(locker.StepUnclear)
}

// TestALongerPeriodWhileTheCardIsIn: what it costs is owed all the same.
func TestALongerPeriodWhileTheCardIsIn(t *testing.T) {
	c, _, _, charge := atTerminal(t)
	want[locker.ParcelExtended](t, c.order(locker.Order{Extend: &locker.ExtendOrder{Tracking: "P1", By: 24 * time.Hour, Price: 300}}))
	events := c.ends(charge, locker.ChargePaid, 250)
	if e := want[locker.FeePaid](t, events); e.Left != 300 || e.Over != 0 {
		t.Fatalf("want the longer period owed, got %+v", e)
	}
	wantNo[locker.UnlockRequested](t, events)
	c.onScreen(locker.StepPay)
	want[locker.UnlockRequested](t, c.ends(c.charges(300), locker.ChargePaid, 300))
}

// TestAStrangersCodeInTheMiddle: somebody holds a code up that is nobody's here while another person pays, waits, or fetches. Whose feet are
// before the screen is not known any more: nothing opens by itself.
func TestAStrangersCodeInTheMiddle(t *testing.T) {
	strange := func(c *cabinet) {
		c.pass(3 * time.Second)
		want[locker.CodeRefused](t, c.scan("code-of-another-cabinet"))
		c.pass(3 * time.Second)
	}
	c, _, code, charge := atTerminal(t)
	strange(c)
	wantNo[locker.UnlockRequested](t, c.ends(charge, locker.ChargePaid, 250))
	c.onScreen(locker.StepCode)
	c.owes(code, 0)

	c, _, code = costs(t, &locker.Terms{Currency: "EUR", Due: 250})
	c.owes(code, 250)
	strange(c)
	wantNo[locker.UnlockRequested](t, c.pays(250, "r1"))

	c = newCabinet(t)
	c.announce("o1", locker.AnnounceOrder{Tracking: "WINE", Size: "M", Mask: "•••67", Ask: locker.Conditions{Confirm: true}})
	c.scan("badge-ada")
	e := want[locker.DropStarted](t, c.scan("WINE"))
	c.sense(e.Door, locker.Open)
	c.sense(e.Door, locker.Closed)
	c.tap(locker.ActionDone)
	c.tap(locker.ActionFinish)
	c.scan(string(e.Personal.Code))
	c.onScreen(locker.StepConfirm)
	strange(c)
	wantNo[locker.UnlockRequested](t, c.order(locker.Order{Confirm: &locker.ConfirmOrder{Tracking: "WINE"}}))
	c.onScreen(locker.StepCode)

	c, _, code = three(t)
	c.scan(code)
	door := c.view().Door
	c.sense(door, locker.Open)
	strange(c)
	wantNo[locker.UnlockRequested](t, c.sense(door, locker.Closed))
	c.notice(locker.NoticeMore)
}
