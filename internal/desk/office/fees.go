package office

import (
	"crypto/rand"
	"errors"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
	"lockerd/internal/money"
)

// feeView is what a parcel costs, in words.
type feeView struct {
	Name, Owed, Paid, Over string // sums with their currency; empty: none
	Currency               string
	Free, Until, Begun     time.Time
	Payments               []paymentView
	Unclear                string // a payment at the terminal of which nobody knows whether it was made
	Reference              string // that a form proposes: sent twice, it is the same payment
}

// paymentView is money that came in or was given back.
type paymentView struct {
	desk.Payment
	Sum string
}

// fee is a parcel's, with the payments that are known; nil if it costs nothing.
func (o *Office) fee(v *visit, p desk.Parcel) (*feeView, error) {
	if p.Fee == nil {
		return nil, nil
	}
	known, err := o.Books.Payments(v.r.Context(), p.Cabinet, p.ID)
	if err != nil {
		return nil, err
	}
	f, now := p.Fee.Known(p.Told, known), time.Now()
	view := &feeView{Currency: f.Currency, Paid: money.Text(f.PaidSum(), f.Currency, v.words.Code), Begun: f.From, Unclear: f.Unclear, Reference: "desk-" + rand.Text()[:10]}
	if f.Terms != nil {
		view.Name = f.Terms.Name
	}
	if p.Status.Owes() {
		owed := f.At(now)
		view.Owed, view.Free, view.Until = money.Text(owed.Amount, f.Currency, v.words.Code), owed.Free, owed.Until
	}
	if f.Over > 0 {
		view.Over = money.Text(f.Over, f.Currency, v.words.Code)
	}
	for _, m := range known {
		view.Payments = append(view.Payments, paymentView{m, money.Text(m.Amount, m.Currency, v.words.Code)})
	}
	return view, nil
}

// moneyDeed is a form's money for a parcel, as an order.
func moneyDeed(refund bool) func(v *visit, p desk.Parcel) orders.Order {
	return func(v *visit, p desk.Parcel) orders.Order {
		amount, _ := money.Read(v.number("amount"), p.Fee.Currency) // what is none is 0, and too little
		return orders.Money(p, "", desk.Payment{Refund: refund, Reference: v.field("reference"), Amount: amount, Currency: p.Fee.Currency})
	}
}

// price is what a form asks for a longer time; 0: nothing, below it: what is no sum, or for a parcel that has no fee.
func (v *visit) price(p desk.Parcel) int64 {
	typed := v.number("price")
	if typed == "" {
		return 0
	}
	if p.Fee == nil {
		return -1
	}
	price, err := money.Read(typed, p.Fee.Currency)
	if err != nil {
		return -1
	}
	return price
}

// isSum says whether an order about money has a sum. If not the page says so.
func (v *visit) isSum(order orders.Order) bool {
	right := true
	switch body := order.Body.(type) {
	case contract.Money:
		right = body.Amount >= 1 && body.Amount <= contract.MaxAmount
	case contract.Extend:
		right = body.Price >= 0 && body.Price <= contract.MaxAmount
	}
	if !right {
		v.tell(true, "deed.amount_wrong")
	}
	return right
}

// unpaid has the page say why a payment was not taken; false if that was not the reason.
func (v *visit) unpaid(err error) bool {
	switch {
	case errors.Is(err, books.ErrOtherPayment):
		v.tell(true, "deed.other_payment")
	case errors.Is(err, books.ErrCounts):
		v.tell(true, "deed.counts")
	case errors.Is(err, desk.ErrTooMuch):
		v.tell(true, "deed.too_much")
	default:
		return false
	}
	return true
}
