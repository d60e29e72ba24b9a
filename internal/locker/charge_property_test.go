package locker_test

import (
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
	switch rapid.IntRange(0, 5).Draw(r, "card") {
	case 0:
		return locker.TerminalReady{}
	case 1:
		return locker.TerminalLost{Why: "ended", Gone: rapid.Bool().Draw(r, "gone")}
	case 2:
		return locker.ChargeMoved{Charge: charge, Step: rapid.SampledFrom(locker.ChargeSteps()).Draw(r, "step")}
	case 3:
		return locker.OrderReceived{Order: locker.Order{ID: w.text(r) + "-paid", Cabinet: "test", Issuer: "cloud", Issued: w.now.Wall, Kind: "fee.paid",
			Paid: &locker.MoneyOrder{Tracking: w.text(r), Amount: rapid.Int64Range(1, 500).Draw(r, "sum"), Currency: "EUR", Reference: w.text(r)}}}
	}
	outcome := rapid.SampledFrom([]locker.ChargeOutcome{locker.ChargePaid, locker.ChargeDeclined, locker.ChargeCancelled, locker.ChargeUnknown,
		locker.ChargeUnsent}).Draw(r, "outcome")
	in := locker.ChargeEnded{Charge: charge, Outcome: outcome}
	if outcome == locker.ChargePaid {
		in.Amount, in.Receipt = rapid.Int64Range(1, 500).Draw(r, "paid"), "T1"
	}
	return in
}

// charged: a charge is begun by a touch, for what was shown, one at a time, and it ends once.
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
		end(e.Charge)
	case locker.ChargeFailed:
		end(e.Charge)
	}
}
