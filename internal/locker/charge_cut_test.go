package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// What can come between the card and the terminal's word. Whatever it is: nobody pays twice, and nobody's money is lost.

// TestNobodyKnowsWhetherItWasPaid: whatever cuts a payment, it is uncertain until the terminal knows; meanwhile nobody is asked to pay.
func TestNobodyKnowsWhetherItWasPaid(t *testing.T) {
	for _, tt := range []struct {
		name string
		cut  func(c *cabinet, charge string) []locker.Event
		why  string
		gone bool // whoever paid
	}{
		{"the terminal says so", func(c *cabinet, charge string) []locker.Event { return c.ends(charge, locker.ChargeUnknown, 0) }, "unknown", false},
		{"its adapter dies", func(c *cabinet, _ string) []locker.Event {
			return c.feed(locker.TerminalLost{Why: "ended", Gone: true})
		}, "lost", false},
		{"power", func(c *cabinet, _ string) []locker.Event { return c.restart() }, "restart", true},
		{"silence", func(c *cabinet, _ string) []locker.Event {
			var all []locker.Event
			for range 8 { // somebody stands there
				all = append(all, c.wait(30*time.Second)...)
				c.feed(locker.Present{Revision: c.view().Revision})
			}
			return all
		}, "silent", true},
		{"the terminal does not leave it", func(c *cabinet, _ string) []locker.Event {
			c.tap(locker.ActionBack)
			return c.wait(31 * time.Second)
		}, "silent", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, outcome := range []locker.ChargeOutcome{locker.ChargePaid, locker.ChargeCancelled} {
				c, door, code, charge := atTerminal(t)
				c.order(locker.Order{Link: &locker.LinkOrder{Tracking: "P1", Amount: 250, Currency: "EUR", URL: "https://pay.example.org/1"}})
				if e := want[locker.ChargeUncertain](t, tt.cut(c, charge)); e.Charge != charge || e.Why != tt.why || e.Amount != 250 {
					t.Fatalf("want it uncertain since %s, got %+v", tt.why, e)
				}
				if !slices.ContainsFunc(c.state.Summary(c.now).Faults, func(f locker.Fault) bool { return f.Kind == "payment_uncertain" && f.What == charge }) {
					t.Error("want somebody told to look")
				}
				c.sense(door, locker.Closed)
				if !tt.gone {
					c.onScreen(locker.StepUnclear)
				}
				c.pass(10 * time.Second)
				events := c.scan(code) // once more
				wantNo[locker.UnlockRequested](t, events)
				wantNo[locker.FeeAsked](t, events)
				c.onScreen(locker.StepUnclear)
				if v := c.view(); v.Fee.Card || v.Fee.Link != "" {
					t.Errorf("want nobody asked to pay again, got %+v", v.Fee)
				}
				if tt.name == "its adapter dies" {
					c.feed(locker.TerminalReady{})
				}
				c.wait(5 * time.Second)
				events = c.ends(charge, outcome, map[locker.ChargeOutcome]int64{locker.ChargePaid: 250}[outcome])
				if outcome == locker.ChargePaid {
					events = c.shownOnce(code, events)
					if u := want[locker.UnlockRequested](t, events); u.Door != door {
						t.Errorf("want the door opened, got %+v", u)
					}
					continue
				}
				wantNo[locker.UnlockRequested](t, c.shownOnce(code, events))
				c.onScreen(locker.StepPay)
				want[locker.UnlockRequested](t, c.pays(250, "r1"))
			}
		})
	}
}

// TestItsAdapterLives: that no further payments can be made says nothing of the one that is under way.
func TestItsAdapterLives(t *testing.T) {
	c, door, _, charge := atTerminal(t)
	events := c.feed(locker.TerminalLost{Why: "busy"})
	want[locker.TerminalGone](t, events)
	wantNo[locker.ChargeUncertain](t, events)
	c.onScreen(locker.StepCard)
	if u := want[locker.UnlockRequested](t, c.ends(charge, locker.ChargePaid, 250)); u.Door != door {
		t.Errorf("want the door opened, got %+v", u)
	}
}

// TestItIsKnownLater: whoever paid has gone; their code opens once the terminal knows, and time that has passed since costs them nothing.
func TestItIsKnownLater(t *testing.T) {
	c, _, code, charge := atTerminal(t)
	c.feed(locker.TerminalLost{Why: "ended", Gone: true})
	c.wait(25 * time.Hour) // it would be 5.00 by now
	if e := want[locker.FeePaid](t, c.ends(charge, locker.ChargePaid, 250)); e.Left != 0 || e.Over != 0 {
		t.Fatalf("want what was asked for to be enough, got %+v", e)
	}
	c.owes(code, 0)
}

// TestTheOperatorKnows: what the provider says ends the doubt, once, whatever the terminal says later.
func TestTheOperatorKnows(t *testing.T) {
	c, _, code, charge := atTerminal(t)
	c.restart()
	want[locker.FeePaid](t, c.pays(250, charge))
	if events := c.ends(charge, locker.ChargePaid, 250); len(events) > 0 {
		t.Errorf("want it counted once, got %s", names(events))
	}
	c.sense(1, locker.Closed)
	c.sense(2, locker.Closed)
	c.owes(code, 0)

	c, _, code, charge = atTerminal(t)
	c.restart()
	c.feed(locker.TerminalReady{})
	c.pays(250, charge) // nothing was: so it is given back
	want[locker.FeeRefunded](t, c.order(locker.Order{Refund: &locker.MoneyOrder{Tracking: "P1", Amount: 250, Currency: "EUR", Reference: "b1"}}))
	c.sense(1, locker.Closed)
	c.sense(2, locker.Closed)
	c.owes(code, 250)
	c.charges(250)
}

// TestTheParcelIsGone: money that turns out to be there for a parcel that is not is told as too much.
func TestTheParcelIsGone(t *testing.T) {
	c, door, code, charge := atTerminal(t)
	c.feed(locker.TerminalLost{Why: "silent", Gone: true})
	c.shownOnce(code, c.pays(250, "r1")) // by the link
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.wait(48 * time.Hour)
	if e := want[locker.FeePaid](t, c.ends(charge, locker.ChargePaid, 250)); e.Over != 250 || e.Left != 0 {
		t.Errorf("want it told as too much, got %+v", e)
	}
	if len(c.state.Charges) != 0 {
		t.Errorf("want nothing open, got %+v", c.state.Charges)
	}
	wantNo[locker.UnlockRequested](t, c.scan(code))
}

// TestARestartAsksAndNeverCharges: what was open is asked for; no amount is told again.
func TestARestartAsksAndNeverCharges(t *testing.T) {
	c, _, _, charge := atTerminal(t)
	wantNo[locker.ChargeBegun](t, c.restart())
	open := c.state.Unsettled()
	if len(open) != 1 {
		t.Fatalf("want one asked for, got %+v", open)
	}
	if e, is := open[0].(locker.ChargeUncertain); !is || e.Charge != charge {
		t.Errorf("want it asked for, got %+v", open[0])
	}
	if again := c.restart(); len(again) == 0 || len(c.state.Unsettled()) != 1 {
		t.Errorf("want it asked for after each restart, got %s", names(again))
	}
	wantNo[locker.ChargeUncertain](t, c.restart()) // that is known
}

// TestTheDoorDoesNotOpenAfterCard: what was paid stays paid.
func TestTheDoorDoesNotOpenAfterCard(t *testing.T) {
	c, door, code, charge := atTerminal(t)
	want[locker.UnlockRequested](t, c.ends(charge, locker.ChargePaid, 250))
	c.wait(c.plan.Times.Judge)
	c.onScreen(locker.StepPress)
	c.wait(30 * time.Hour)
	c.owes(code, 0)
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
}

// TestATerminalThatComesAndGoes fills no journal.
func TestATerminalThatComesAndGoes(t *testing.T) {
	c, _, _ := withTerminal(t)
	before := len(c.records)
	for range 200 {
		c.feed(locker.TerminalLost{Why: "offline"})
		c.feed(locker.TerminalReady{})
	}
	if n := len(c.records) - before; n > 20 {
		t.Errorf("want few records of it, got %d", n)
	}
}

// TestSomebodyPlaysWithTheTerminal: to begin and to leave a payment again and again fills no journal either.
func TestSomebodyPlaysWithTheTerminal(t *testing.T) {
	c, _, code := withTerminal(t)
	c.owes(code, 250)
	before := len(c.records)
	for range 300 {
		if slices.Contains(c.view().Actions, locker.ActionCard) {
			c.tap(locker.ActionCard)
		}
		if slices.Contains(c.view().Actions, locker.ActionBack) && c.view().Step == locker.StepCard {
			c.tap(locker.ActionBack)
			c.ends(c.state.Charges[0].ID, locker.ChargeCancelled, 0)
		}
	}
	if n := len(c.records) - before; n > 300 {
		t.Errorf("want it to come to an end, got %d records", n)
	}
}
