package truth

import (
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

// fees are what some parcels cost: cash on delivery, a tariff that rises while people stand there, or both.
func fees(dice uint64) *locker.Terms {
	rates := &tariff.Tariff{Currency: "EUR", Free: int64(dice/20%3) * 43_200, Steps: []tariff.Rate{{Every: 3600, Price: 25}}, Cap: 1500}
	switch dice % 20 {
	case 3:
		return &locker.Terms{Currency: "EUR", Due: 1990}
	case 4:
		return &locker.Terms{Currency: "EUR", Tariff: rates}
	case 5:
		return &locker.Terms{Currency: "EUR", Due: 300, Tariff: rates}
	}
	return nil
}

// pays is a recipient who is told what is owed. left: they go without paying.
func (p *person) pays(v locker.View) (left bool) {
	if p.whim("does not pay", 0.03) {
		p.tap(locker.ActionBack)
		return true
	}
	if p.doesNotPay() {
		return true
	}
	of := p.w.byID[p.w.state.Session.Parcel] // which of theirs the screen is about
	if of == nil || !p.mayFetch(of) {
		return false
	}
	sum := v.Fee.Amount
	if p.whim("pays half", 0.05) {
		sum = (sum + 1) / 2
	}
	if v.Fee.Card && p.whim("pays by card", 0.5) {
		p.tap(locker.ActionCard)
		p.pause(time.Second, 70*time.Second) // the terminal is at work meanwhile
		return false
	}
	p.pause(4*time.Second, time.Minute)
	p.paid(of, sum)
	if p.whim("pays twice", 0.02) {
		p.pause(time.Second, 20*time.Second)
		p.paid(of, sum)
		back := p.money(of, sum)
		p.w.later(p.some(time.Hour, 2*time.Hour), func() { p.w.order(locker.Order{Kind: "fee.refunded", Refund: back}) })
	}
	return false
}

func (p *person) money(of *parcel, sum int64) *locker.MoneyOrder {
	return &locker.MoneyOrder{Tracking: of.tracking, Amount: sum, Currency: "EUR", Reference: "r" + digits(mix(p.id, p.w.orders))}
}

// paid has the operator tell the cabinet of a payment.
func (p *person) paid(of *parcel, sum int64) {
	p.w.orderFor(p, locker.Order{Kind: "fee.paid", Paid: p.money(of, sum)})
}

// tells has the operator confirm that a recipient was told of a parcel that costs something.
func (w *world) tells(p *parcel) {
	w.later(w.between(9, time.Minute, time.Hour), func() {
		w.order(locker.Order{Kind: "parcel.told", Told: &locker.ToldOrder{Tracking: p.tracking, Told: w.now().Add(-time.Minute)}})
	})
}

// heardOfFees is what is said of money.
func (w *world) heardOfFees(e locker.Event) {
	switch e := e.(type) {
	case locker.ParcelAnnounced:
		if p := w.parcels[e.Tracking]; p != nil {
			p.fee = e.Fee
		}
	case locker.FeeAsked:
		w.count("fees asked")
	case locker.ChargeBegun, locker.ChargeStopped, locker.ChargeUncertain:
		w.heardOfCharges(e)
	case locker.FeePaid:
		w.count("fees paid")
		w.chargeBooked(e)
		if e.Over > 0 {
			w.count("fees paid twice")
		}
		if p := w.byID[e.Parcel]; p != nil {
			p.money += e.Amount
		}
	case locker.FeeRefunded:
		w.count("fees refunded")
		if p := w.byID[e.Parcel]; p != nil {
			p.money -= e.Amount
		}
	case locker.UnlockRequested:
		p := w.byID[e.Parcel]
		if e.Why != locker.WhyPickup || p == nil || p.fee == nil {
			return
		}
		if p.money < p.fee.Due {
			w.breaksAs(QuestionEntitled, "unpaid", "door %d is asked to open for %s, of which %d of %d are paid", e.Door, p.tracking, p.money, p.fee.Due)
		}
	default:
	}
}
