package truth

import (
	"slices"
	"time"

	"lockerd/internal/locker"
)

// charge is a payment at the terminal, as the terminal knows it.
type charge struct {
	payer  *person
	of     string // the parcel
	amount int64
	took   int64 // 0: nothing yet, or ever
	over   bool  // no more is taken
	booked bool  // the cabinet knows that it was paid
}

// heardOfCharges has the terminal do what it is told.
func (w *world) heardOfCharges(e locker.Event) {
	switch e := e.(type) {
	case locker.ChargeBegun:
		w.count("charges")
		if w.charges[e.Charge] != nil {
			w.breaksAs(QuestionEntitled, "charge", "charge %s is begun twice", e.Charge)
		}
		c := &charge{payer: w.actor, of: e.Parcel, amount: e.Amount}
		w.charges[e.Charge] = c
		w.later(w.between(15, 3*time.Second, time.Minute), func() { w.cardHeld(e.Charge, c) })
	case locker.ChargeStopped:
		w.later(w.between(17, time.Second, 40*time.Second), func() { w.chargeEnds(e.Charge) })
	case locker.ChargeUncertain:
		w.count("charges uncertain")
		if w.between(21, 0, 99) < 30 { // the terminal does not know for long, or ever
			w.later(w.between(22, 10*time.Minute, 30*time.Hour), func() { w.saysOfCharge(e.Charge) })
			return
		}
		w.later(w.between(18, time.Second, 10*time.Minute), func() { w.chargeEnds(e.Charge) })
	default:
	}
}

// cardHeld has the payer hold a card to the terminal, if they still stand there.
func (w *world) cardHeld(id string, c *charge) {
	if p := w.byID[c.of]; c.over || c.payer == nil || w.front != c.payer || p == nil || !c.payer.mayFetch(p) {
		w.chargeEnds(id)
		return
	}
	w.feed(locker.ChargeMoved{Charge: id, Step: locker.ChargeWorks})
	w.later(w.between(16, time.Second, 30*time.Second), func() { w.cardDone(id, c) })
}

// cardDone takes money, or not, and says so, or not.
func (w *world) cardDone(id string, c *charge) {
	if c.over {
		return
	}
	c.over = true
	dice := w.between(19, 0, 99)
	switch {
	case dice < 10: // the bank says no
	case dice < 15:
		c.took = (c.amount + 1) / 2
	default:
		c.took = c.amount
	}
	switch {
	case dice >= 90: // its adapter dies before it has said so
		w.terminalDies()
	case dice >= 85:
		w.feed(locker.ChargeEnded{Charge: id, Outcome: locker.ChargeUnknown})
	default:
		w.chargeEnds(id)
	}
}

// chargeEnds tells what came of a charge: what was taken, or that nothing was, and now never is.
func (w *world) chargeEnds(id string) {
	c := w.charges[id]
	if c == nil {
		return
	}
	c.over = true
	in := locker.ChargeEnded{Charge: id, Outcome: locker.ChargeCancelled}
	if c.took > 0 {
		in = locker.ChargeEnded{Charge: id, Outcome: locker.ChargePaid, Amount: c.took, Receipt: "T1"}
	}
	actor := w.actor
	w.actor = c.payer
	w.feed(in)
	w.actor = actor
}

// saysOfCharge is the operator, who has looked at the provider: what was taken, or that nothing was, and now never is. Now and then they
// have looked too early, and the terminal knows better.
func (w *world) saysOfCharge(id string) {
	c := w.charges[id]
	if c == nil || c.booked || !slices.ContainsFunc(w.state.Charges, func(x locker.Charge) bool { return x.ID == id && x.Uncertain }) {
		return
	}
	c.over = true
	early := w.between(23, 0, 99) < 20
	if p := w.byID[c.of]; c.took > 0 && p != nil && !early {
		w.order(locker.Order{Kind: "fee.paid", Paid: &locker.MoneyOrder{Tracking: p.tracking, Parcel: p.id, Amount: c.took, Currency: "EUR", Reference: id}})
		w.count("charges that the operator knows to be paid")
		return
	}
	w.order(locker.Order{Kind: "fee.unpaid", Unpaid: &locker.UnpaidOrder{Charge: id}})
	w.count("charges that the operator knows not to be paid")
	if c.took > 0 {
		w.later(w.between(24, time.Second, time.Minute), func() { w.chargeEnds(id) })
	}
}

// terminalDies has what speaks with the terminal end, and come back.
func (w *world) terminalDies() {
	w.count("terminals that die")
	w.feed(locker.TerminalLost{Why: "ended", Gone: true})
	w.later(w.between(20, time.Second, 5*time.Minute), func() { w.feed(locker.TerminalReady{}) })
}

// terminalStarts has the terminal asked of what is open, as at each start.
func (w *world) terminalStarts() {
	w.feed(locker.TerminalReady{})
	for _, e := range w.state.Unsettled() {
		w.heardOfCharges(e)
	}
}

// chargeBooked asks whether what the cabinet takes for paid by card is what the terminal has taken, and once.
func (w *world) chargeBooked(e locker.FeePaid) {
	if e.Charge == "" {
		return
	}
	w.count("fees paid by card")
	c := w.charges[e.Charge]
	if c == nil || c.took != e.Amount || c.booked {
		w.breaksAs(QuestionEntitled, "charge", "charge %s is booked as %d: the terminal has %+v", e.Charge, e.Amount, c)
		return
	}
	c.booked = true
}
