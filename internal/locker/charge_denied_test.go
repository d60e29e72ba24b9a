package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// The operator's word that the terminal took nothing.

func (c *cabinet) unpaid(charge string) []locker.Event {
	return c.order(locker.Order{Unpaid: &locker.UnpaidOrder{Charge: charge}})
}

// TestTheOperatorKnowsThatNothingWasTaken: it is owed again, of whoever stands there, or comes back.
func TestTheOperatorKnowsThatNothingWasTaken(t *testing.T) {
	c, door, code, charge := atTerminal(t)
	c.feed(locker.TerminalLost{Why: "ended", Gone: true})
	c.feed(locker.TerminalReady{})
	c.onScreen(locker.StepUnclear)
	events := c.unpaid(charge)
	if e := want[locker.ChargeFailed](t, events); e.Charge != charge || e.Order == "" || e.Why != locker.ChargeCancelled || e.Door != door {
		t.Fatalf("want it ended by the order, got %+v", e)
	}
	wantNo[locker.UnlockRequested](t, c.shownOnce(code, events))
	c.onScreen(locker.StepPay)
	if again := c.charges(250); again == charge {
		t.Fatalf("want another charge, got %s", again)
	}
	want[locker.UnlockRequested](t, c.ends(c.state.Charges[0].ID, locker.ChargePaid, 250))

	c, _, code, charge = atTerminal(t)
	c.restart()
	c.sense(1, locker.Closed)
	want[locker.ChargeFailed](t, c.unpaid(charge))
	if len(c.state.Unsettled()) != 0 {
		t.Errorf("want the terminal asked no more, got %+v", c.state.Unsettled())
	}
	c.owes(code, 250)
}

// TestWhoWaitsTooLongIsAskedAgain: the word comes when somebody else may stand there.
func TestWhoWaitsTooLongIsAskedAgain(t *testing.T) {
	c, _, _, charge := atTerminal(t)
	c.feed(locker.TerminalLost{Why: "ended", Gone: true})
	c.wait(50 * time.Second)
	c.unpaid(charge)
	c.onScreen(locker.StepCode)
}

// TestTheTerminalKnowsBetter: what it had said before it could hear of the operator's word counts, and once, over a restart, too.
func TestTheTerminalKnowsBetter(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		c, _, code, charge := atTerminal(t)
		c.restart()
		c.sense(1, locker.Closed)
		c.unpaid(charge)
		if restarts {
			c.restart()
			c.sense(1, locker.Closed)
		}
		if events := c.ends(charge, locker.ChargeCancelled, 0); len(events) > 0 {
			t.Fatalf("want nothing new in that, got %s", names(events))
		}
		if e := want[locker.FeePaid](t, c.ends(charge, locker.ChargePaid, 250)); e.Charge != charge || e.Left != 0 || e.Over != 0 {
			t.Fatalf("want it counted, got %+v", e)
		}
		if events := c.ends(charge, locker.ChargePaid, 250); len(events) > 0 {
			t.Fatalf("want it counted once, got %s", names(events))
		}
		c.owes(code, 0)
	}
}

// TestWhatIsNoDoubt: of a payment that goes on the terminal alone knows, and what is known stays known.
func TestWhatIsNoDoubt(t *testing.T) {
	c, _, _, charge := atTerminal(t)
	c.orderRefused(c.unpaid(charge), "just being made")
	c.orderRefused(c.unpaid("c-none"), "no such payment is open")
	c.ends(charge, locker.ChargePaid, 250)
	c.orderRefused(c.unpaid(charge), "no such payment is open")
}

// TestPaidForAParcelThatIsGone: the operator's word ends the doubt, and all of it is too much.
func TestPaidForAParcelThatIsGone(t *testing.T) {
	gone := func() (c *cabinet, parcel, charge string) {
		c, door, code, charge := atTerminal(t)
		parcel = c.only().ID
		c.feed(locker.TerminalLost{Why: "silent", Gone: true})
		c.shownOnce(code, c.pays(250, "r1")) // by the link
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.wait(48 * time.Hour)
		return c, parcel, charge
	}
	c, parcel, charge := gone()
	paid := func(parcel, reference, currency string) []locker.Event {
		return c.order(locker.Order{Paid: &locker.MoneyOrder{Tracking: "P1", Parcel: parcel, Amount: 250, Currency: currency, Reference: reference}})
	}
	c.orderRefused(paid("", charge, "EUR"), "no such parcel")
	c.orderRefused(paid("p-other", charge, "EUR"), "no such parcel")
	c.orderRefused(paid(parcel, "r2", "EUR"), "no such parcel")
	c.orderRefused(paid(parcel, charge, "CHF"), "no such parcel")
	if e := want[locker.FeePaid](t, paid(parcel, charge, "EUR")); e.Over != 250 || e.Charge != charge || e.Parcel != parcel || e.Order == "" {
		t.Fatalf("want all of it too much, got %+v", e)
	}
	c.orderRefused(paid(parcel, charge, "EUR"), "no such parcel")
	c.orderRefused(c.order(locker.Order{Refund: &locker.MoneyOrder{Tracking: "P1", Parcel: parcel, Amount: 250, Currency: "EUR", Reference: charge}}), "no such parcel")
	if len(c.state.Charges) != 0 {
		t.Errorf("want nothing open, got %+v", c.state.Charges)
	}

	c, _, charge = gone()
	want[locker.ChargeFailed](t, c.unpaid(charge))
	if e := want[locker.FeePaid](t, c.ends(charge, locker.ChargePaid, 250)); e.Over != 250 {
		t.Errorf("want all of it too much, got %+v", e)
	}
}

// TestDenialsAreForgotten: only the newest are remembered.
func TestDenialsAreForgotten(t *testing.T) {
	c, _, code := withTerminal(t)
	for range 50 {
		c.scan(code)
		c.onScreen(locker.StepPay)
		charge := c.charges(250)
		c.feed(locker.TerminalLost{Why: "ended", Gone: true})
		c.feed(locker.TerminalReady{})
		c.unpaid(charge)
		c.tap(locker.ActionBack)
		c.wait(10 * time.Minute)
	}
	if n := len(c.state.Denied); n > 20 {
		t.Errorf("want few remembered, got %d", n)
	}
}
