package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// withTerminal is a cabinet with a terminal that works, and a parcel for which 2.50 EUR are owed.
func withTerminal(t *testing.T) (c *cabinet, door int, code string) {
	t.Helper()
	c, door, code = costs(t, daily())
	c.plan.Terminal = true
	want[locker.TerminalBack](t, c.feed(locker.TerminalReady{}))
	c.wait(25 * time.Hour)
	return c, door, code
}

// atTerminal is the same with somebody who has chosen to pay by card.
func atTerminal(t *testing.T) (c *cabinet, door int, code, charge string) {
	t.Helper()
	c, door, code = withTerminal(t)
	c.owes(code, 250)
	return c, door, code, c.charges(250)
}

// charges touches "pay by card", and returns the charge.
func (c *cabinet) charges(amount int64) string {
	c.t.Helper()
	e := want[locker.ChargeBegun](c.t, c.tap(locker.ActionCard))
	if e.Amount != amount || e.Currency != "EUR" {
		c.t.Fatalf("want %d EUR asked for, got %+v", amount, e)
	}
	c.onScreen(locker.StepCard)
	return e.Charge
}

func (c *cabinet) ends(charge string, outcome locker.ChargeOutcome, amount int64) []locker.Event {
	c.t.Helper()
	return c.feed(locker.ChargeEnded{Charge: charge, Outcome: outcome, Amount: amount, Receipt: "T4711"})
}

// shownOnce is the code shown once more after a payment of which nobody had known: that screen says that the code will open the door, so
// nothing opens by itself for somebody who may have turned away.
func (c *cabinet) shownOnce(code string, paid []locker.Event) []locker.Event {
	c.t.Helper()
	wantNo[locker.UnlockRequested](c.t, paid)
	c.onScreen(locker.StepCode)
	c.notice(locker.NoticeCodeAgain)
	c.pass(3 * time.Second)
	return c.scan(code)
}

// TestPaidByCard: present the card, the terminal works, the door opens.
func TestPaidByCard(t *testing.T) {
	c, door, _, charge := atTerminal(t)
	c.wait(20 * time.Second)
	c.feed(locker.ChargeMoved{Charge: charge, Step: locker.ChargePresent})
	c.onScreen(locker.StepCard)
	c.feed(locker.ChargeMoved{Charge: charge, Step: locker.ChargePIN})
	c.onScreen(locker.StepCardBusy)
	c.wait(30 * time.Second)
	events := c.ends(charge, locker.ChargePaid, 250)
	if e := want[locker.FeePaid](t, events); e.Left != 0 || e.Over != 0 || e.Charge != charge || e.Receipt != "T4711" || e.Order != "" {
		t.Fatalf("want it paid at the terminal, got %+v", e)
	}
	if u := want[locker.UnlockRequested](t, events); u.Door != door || u.Why != locker.WhyPickup {
		t.Fatalf("want the door opened, got %+v", u)
	}
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
}

// TestCashOnDeliveryByCard depends on no time and no notice.
func TestCashOnDeliveryByCard(t *testing.T) {
	c, _, code := brings(t, &locker.Terms{Currency: "EUR", Due: 1990})
	c.plan.Terminal = true
	c.feed(locker.TerminalReady{})
	c.owes(code, 1990)
	want[locker.UnlockRequested](t, c.ends(c.charges(1990), locker.ChargePaid, 1990))
}

// TestAResultCountsOnce, however often it is said.
func TestAResultCountsOnce(t *testing.T) {
	c, _, _, charge := atTerminal(t)
	want[locker.FeePaid](t, c.ends(charge, locker.ChargePaid, 250))
	for _, outcome := range []locker.ChargeOutcome{locker.ChargePaid, locker.ChargeDeclined, locker.ChargeUnknown} {
		if events := c.ends(charge, outcome, 250); len(events) > 0 {
			t.Errorf("want nothing of a second %s, got %s", outcome, names(events))
		}
	}
	c.restart()
	if events := c.ends(charge, locker.ChargePaid, 250); len(events) > 0 {
		t.Errorf("want nothing of it after a restart, got %s", names(events))
	}
}

// TestNobodyPays: the bank says no, nobody holds a card to it, or it cannot be told. Nothing is owed less, and another try is another charge.
func TestNobodyPays(t *testing.T) {
	for outcome, notice := range map[locker.ChargeOutcome]locker.Notice{locker.ChargeDeclined: locker.NoticeDeclined,
		locker.ChargeCancelled: locker.NoticeNotPaid, locker.ChargeUnsent: locker.NoticeTerminal} {
		c, _, _, charge := atTerminal(t)
		events := c.ends(charge, outcome, 0)
		if e := want[locker.ChargeFailed](t, events); e.Why != outcome {
			t.Errorf("want why, got %+v", e)
		}
		wantNo[locker.UnlockRequested](t, events)
		c.onScreen(locker.StepPay)
		c.notice(notice)
		if again := c.charges(250); again == charge {
			t.Errorf("want another charge, got %s", again)
		}
		want[locker.UnlockRequested](t, c.ends(c.state.Charges[0].ID, locker.ChargePaid, 250))
	}
}

// TestTheTerminalTakesAnotherSum: what was paid counts; the rest is owed, and what is too much is told.
func TestTheTerminalTakesAnotherSum(t *testing.T) {
	c, _, _, charge := atTerminal(t)
	events := c.ends(charge, locker.ChargePaid, 100)
	if e := want[locker.FeePaid](t, events); e.Left != 150 {
		t.Fatalf("want 1.50 left, got %+v", e)
	}
	wantNo[locker.UnlockRequested](t, events)
	c.onScreen(locker.StepPay)
	events = c.ends(c.charges(150), locker.ChargePaid, 300)
	if e := want[locker.FeePaid](t, events); e.Over != 150 || e.Left != 0 {
		t.Fatalf("want 1.50 too much, got %+v", e)
	}
	want[locker.UnlockRequested](t, events)
}

// TestPaidInBothWays: while the terminal waits, a payment by the link comes. The terminal is asked to leave it; if it was too late, what came
// twice is told.
func TestPaidInBothWays(t *testing.T) {
	c, door, _, charge := atTerminal(t)
	events := c.pays(250, "r1")
	if e := want[locker.ChargeStopped](t, events); e.Charge != charge || e.Why != "paid" {
		t.Fatalf("want the terminal to leave it, got %+v", e)
	}
	want[locker.UnlockRequested](t, events)
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
	if e := want[locker.FeePaid](t, c.ends(charge, locker.ChargePaid, 250)); e.Over != 250 {
		t.Errorf("want all of it too much, got %+v", e)
	}

	c, _, _, charge = atTerminal(t)
	c.pays(100, "r1") // half of it, by the link
	c.onScreen(locker.StepCardBusy)
	want[locker.ChargeFailed](t, c.ends(charge, locker.ChargeCancelled, 0))
	c.onScreen(locker.StepPay)
	if v := c.view().Fee; v.Amount != 150 || !v.Card {
		t.Errorf("want the rest to be paid, also by card, got %+v", v)
	}
}

// TestNotByCardAfterAll: "back" asks the terminal to leave it, and waits for its word.
func TestNotByCardAfterAll(t *testing.T) {
	c, _, _, charge := atTerminal(t)
	if e := want[locker.ChargeStopped](t, c.tap(locker.ActionBack)); e.Why != "back" {
		t.Fatalf("want why, got %+v", e)
	}
	c.onScreen(locker.StepCardBusy)
	if v := c.view(); slices.Contains(v.Actions, locker.ActionCard) || slices.Contains(v.Actions, locker.ActionBack) {
		t.Fatalf("want nothing to be touched meanwhile, got %v", v.Actions)
	}
	want[locker.ChargeFailed](t, c.ends(charge, locker.ChargeCancelled, 0))
	c.onScreen(locker.StepPay)

	c, door, _, charge := atTerminal(t)
	c.tap(locker.ActionBack) // too late
	if u := want[locker.UnlockRequested](t, c.ends(charge, locker.ChargePaid, 250)); u.Door != door {
		t.Errorf("want the door opened, got %+v", u)
	}
}

// TestWhoWalksOffAfterPaying: the payment opens nothing for whoever stands there then. Their code does, later.
func TestWhoWalksOffAfterPaying(t *testing.T) {
	c, _, code, charge := atTerminal(t)
	c.wait(50 * time.Second)
	wantNo[locker.UnlockRequested](t, c.ends(charge, locker.ChargePaid, 250))
	c.onScreen(locker.StepCode)
	c.owes(code, 0)

	c, _, code, charge = atTerminal(t)
	if e := want[locker.ChargeStopped](t, c.wait(10*time.Minute)); e.Why != "left" {
		t.Fatalf("want the terminal to leave what nobody stands at, got %+v", e)
	}
	wantNo[locker.UnlockRequested](t, c.ends(charge, locker.ChargePaid, 250))
	c.owes(code, 0)
}

// TestACardThatComesLate: that somebody does something at the terminal shows only that its payer is there if they were just now.
func TestACardThatComesLate(t *testing.T) {
	c, _, _, charge := atTerminal(t)
	c.wait(50 * time.Second)
	c.feed(locker.ChargeMoved{Charge: charge, Step: locker.ChargeWorks})
	c.onScreen(locker.StepCard)
	wantNo[locker.UnlockRequested](t, c.ends(charge, locker.ChargePaid, 250))
}

// TestTheNextPerson shows a code of their own while the terminal waits: it leaves the payment, and asks for no other before it has said so.
func TestTheNextPerson(t *testing.T) {
	c, _, code := withTerminal(t)
	want[locker.ParcelAnnounced](t, c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "P2", Size: "S", Mask: "•••••68", Phone: locker.Box("other"),
		Fee: &locker.Terms{Currency: "EUR", Due: 500}}}))
	c.scan("badge-ada")
	c.scan("P2")
	second := c.view().Door
	c.sense(second, locker.Open)
	c.sense(second, locker.Closed)
	other := string(want[locker.ParcelStored](t, c.tap(locker.ActionDone)).Personal.Code)
	c.tap(locker.ActionFinish)

	c.owes(code, 250)
	charge := c.charges(250)
	events := c.scan(other)
	if e := want[locker.ChargeStopped](t, events); e.Charge != charge || e.Why != "left" {
		t.Fatalf("want the terminal to leave it, got %+v", e)
	}
	c.onScreen(locker.StepPay)
	if v := c.view(); v.Fee.Amount != 500 || v.Fee.Card || slices.Contains(v.Actions, locker.ActionCard) {
		t.Fatalf("want 5.00 owed, and nothing to be paid by card yet, got %+v", v.Fee)
	}
	events = c.ends(charge, locker.ChargePaid, 250) // it was too late
	want[locker.FeePaid](t, events)
	wantNo[locker.UnlockRequested](t, events)
	if u := want[locker.UnlockRequested](t, c.ends(c.charges(500), locker.ChargePaid, 500)); u.Door != second {
		t.Errorf("want door %d opened, got %+v", second, u)
	}
}

// TestTheFeeRoseSinceItWasShown: nothing is charged that was not shown.
func TestTheFeeRoseSinceItWasShown(t *testing.T) {
	c, _, code := withTerminal(t)
	c.owes(code, 250)
	c.order(locker.Order{Extend: &locker.ExtendOrder{Tracking: "P1", By: 24 * time.Hour, Price: 300}})
	events := c.tap(locker.ActionCard)
	wantNo[locker.ChargeBegun](t, events)
	if e := want[locker.FeeAsked](t, events); e.Amount != 550 {
		t.Fatalf("want it asked anew, got %+v", e)
	}
	c.charges(550)
}

// TestNoTerminal: nothing is offered that cannot be done.
func TestNoTerminal(t *testing.T) {
	for name, before := range map[string]func(c *cabinet){
		"there is none":        func(c *cabinet) { c.plan.Terminal = false },
		"it is out of order":   func(c *cabinet) { want[locker.TerminalGone](t, c.feed(locker.TerminalLost{Why: "paper"})) },
		"lockerd just started": func(c *cabinet) { c.restart(); c.sense(1, locker.Closed) },
	} {
		c, _, code := withTerminal(t)
		before(c)
		c.owes(code, 250)
		if v := c.view(); v.Fee.Card || slices.Contains(v.Actions, locker.ActionCard) || v.Fee.NoCard != (name == "it is out of order") {
			t.Errorf("%s: want no card, got %+v, %v", name, v.Fee, v.Actions)
		}
		if name == "it is out of order" {
			want[locker.TerminalBack](t, c.feed(locker.TerminalReady{}))
			c.charges(250)
		}
	}
}

// TestWhoComesToAPaymentThatWasLeft: neither a card that they pay with, nor giving one up, makes somebody else its payer.
func TestWhoComesToAPaymentThatWasLeft(t *testing.T) {
	t.Run("pays by card", func(t *testing.T) {
		c, _, code := withTerminal(t)
		c.owes(code, 250)
		c.pass(100 * time.Second)
		wantNo[locker.ChargeBegun](t, c.tap(locker.ActionCard))
		c.onScreen(locker.StepCode)
		c.scan(code)
		want[locker.ChargeBegun](t, c.tap(locker.ActionCard))
	})
	t.Run("gives the card up", func(t *testing.T) {
		c, _, code := withTerminal(t)
		c.owes(code, 250)
		c.pass(30 * time.Second)
		charge := want[locker.ChargeBegun](t, c.tap(locker.ActionCard)).Charge
		c.pass(60 * time.Second)
		c.tap(locker.ActionBack)
		c.onScreen(locker.StepCode)
		c.ends(charge, locker.ChargeCancelled, 0)
		c.pass(10 * time.Second)
		wantNo[locker.UnlockRequested](t, c.pays(250, "r1")) // by its payer, with a phone
	})
}

// TestWhatATerminalWasAskedFor is said as long as nobody knows what came of it, not what is owed by now.
func TestWhatATerminalWasAskedFor(t *testing.T) {
	for name, more := range map[string]func(*cabinet){
		"time costs more":        func(c *cabinet) { c.wait(25 * time.Hour) },
		"a part is paid by link": func(c *cabinet) { c.pays(100, "link"); c.wait(6 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			c, _, code, _ := atTerminal(t)
			c.feed(locker.TerminalLost{Why: "ended", Gone: true})
			more(c)
			c.scan(code)
			c.onScreen(locker.StepUnclear)
			if got := c.view().Fee.Amount; got != 250 {
				t.Errorf("want the 250 of the payment, got %d", got)
			}
		})
	}
}
