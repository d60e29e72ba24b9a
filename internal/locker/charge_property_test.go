package locker_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"lockerd/internal/locker"
)

// card is something that is said of payments: by the terminal, of charges that there are or not, or by an order.
func (w *world) card(r *rapid.T) locker.Input {
	w.plan.Terminal = true
	charge := "c-none"
	if len(w.state.Charges) > 0 {
		charge = rapid.SampledFrom(w.state.Charges).Draw(r, "charge").ID
	}
	switch rapid.IntRange(0, 7).Draw(r, "card") {
	case 0:
		return locker.TerminalReady{}
	case 1:
		return locker.TerminalLost{Why: "ended", Gone: rapid.Bool().Draw(r, "gone")}
	case 2:
		return locker.ChargeMoved{Charge: charge, Step: rapid.SampledFrom(locker.ChargeSteps()).Draw(r, "step")}
	case 3, 4:
		m := &locker.MoneyOrder{Tracking: w.text(r), Amount: rapid.Int64Range(1, 500).Draw(r, "sum"), Currency: "EUR",
			Reference: rapid.SampledFrom([]string{w.text(r), charge}).Draw(r, "reference")}
		if of := rapid.IntRange(-1, len(w.state.Charges)-1).Draw(r, "of"); of >= 0 { // as lockerdesk names it
			if m.Parcel = w.state.Charges[of].Parcel; w.parcel(m.Parcel) != nil {
				m.Tracking = w.parcel(m.Parcel).Tracking
			}
		}
		return w.said(r, "fee.paid", locker.Order{Paid: m})
	case 5:
		return w.said(r, "fee.unpaid", locker.Order{Unpaid: &locker.UnpaidOrder{Charge: charge}})
	}
	if n := len(w.state.Denied); n > 0 && rapid.Bool().Draw(r, "of a denied one") {
		charge = w.state.Denied[n-1].ID
	}
	outcome := rapid.SampledFrom([]locker.ChargeOutcome{locker.ChargePaid, locker.ChargeDeclined, locker.ChargeCancelled, locker.ChargeUnknown,
		locker.ChargeUnsent}).Draw(r, "outcome")
	in := locker.ChargeEnded{Charge: charge, Outcome: outcome}
	if outcome == locker.ChargePaid {
		in.Amount, in.Receipt = rapid.Int64Range(1, 500).Draw(r, "paid"), "T1"
	}
	return in
}

// said is an order about money.
func (w *world) said(r *rapid.T, kind string, o locker.Order) locker.Input {
	o.ID, o.Cabinet, o.Issuer, o.Kind = fmt.Sprintf("%s-%s-%d", w.text(r), kind, w.state.Seq), "test", "cloud", kind
	o.Issued, o.Expires = w.now.Wall, w.now.Wall.Add(time.Hour)
	return locker.OrderReceived{Order: o}
}

// charged: a charge is begun by a touch, for what was shown, one at a time, and it ends once; what an order
// has denied may have been paid all the same.
func (w *world) charged(r *rapid.T, e locker.Event, in locker.Input) {
	end := func(charge string) {
		if over, begun := w.hands.ended[charge]; charge != "" && (over || !begun) {
			r.Fatalf("charge %s ends, and was begun %t and is over %t: %+v", charge, begun, over, e)
		}
		w.hands.ended[charge] = true
	}
	switch e := e.(type) {
	case locker.ChargeBegun:
		tap, touched := in.(locker.Tapped)
		if v := w.view(); !touched || tap.Action != locker.ActionCard || v.Step != locker.StepPay || e.Amount != v.Fee.Amount {
			r.Fatalf("%T %+v begins %+v at %q, where %+v is owed", in, in, e, v.Step, v.Fee)
		}
		for _, c := range w.state.Charges {
			if !c.Uncertain || c.Parcel == e.Parcel {
				r.Fatalf("%+v begins while %+v is open", e, c)
			}
		}
		w.hands.ended[e.Charge] = false
	case locker.FeePaid:
		if w.denied[e.Charge] {
			delete(w.denied, e.Charge)
			return
		}
		end(e.Charge)
	case locker.ChargeFailed:
		end(e.Charge)
		w.denied[e.Charge] = e.Order != ""
	}
}
