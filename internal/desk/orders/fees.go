package orders

import (
	"encoding/json"
	"fmt"
	"strings"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/locker"
	"lockerd/internal/money"
	"lockerd/internal/tariff"
)

// Money is the order that says that a parcel was paid for, or that money was given back.
func Money(p desk.Parcel, by string, m desk.Payment) Order {
	o := Order{Cabinet: p.Cabinet, Kind: "fee.paid", By: by, Parcel: p.ID,
		Body: contract.Money{Tracking: p.Tracking, Parcel: p.ID, Amount: m.Amount, Currency: m.Currency, Reference: m.Reference}}
	if m.Refund {
		o.Kind = "fee.refunded"
	}
	return o
}

// Unpaid is the order that says that nothing was taken by a payment at the terminal of which nobody knows what came of it.
func Unpaid(p desk.Parcel) Order {
	return Order{Cabinet: p.Cabinet, Kind: "fee.unpaid", Body: contract.Unpaid{Charge: p.Fee.Unclear, Tracking: p.Tracking}}
}

// reasoned adds to why an order about money is sent how much it is: it stands in the audit.
func reasoned(body any, why string) string {
	m, is := body.(contract.Money)
	if !is {
		return why
	}
	return strings.TrimSpace(fmt.Sprintf("%s (%s %s, %s)", why, money.Number(m.Amount, m.Currency), m.Currency, m.Reference))
}

// payment is the payment that an order tells of; nil: none.
func (w Order) payment() *desk.Payment {
	m, is := w.Body.(contract.Money)
	if !is || w.Parcel == "" {
		return nil
	}
	return &desk.Payment{Parcel: w.Parcel, Refund: w.Kind == "fee.refunded", Reference: m.Reference, Amount: m.Amount, Currency: m.Currency}
}

// written are terms as an order has them.
func written(t *locker.Terms) *contract.Fee {
	if t == nil {
		return nil
	}
	f := &contract.Fee{Name: t.Name, Currency: t.Currency, Due: t.Due}
	if t.Tariff != nil {
		f.Tariff, _ = json.Marshal(t.Tariff) // of words and numbers alone
	}
	return f
}

// terms are what an order says that a parcel costs.
func terms(f *contract.Fee) (*locker.Terms, error) {
	if f == nil {
		return nil, nil
	}
	if err := contract.Check("", *f); err != nil {
		return nil, err
	}
	t := &locker.Terms{Name: f.Name, Currency: f.Currency, Due: f.Due}
	if len(f.Tariff) == 0 {
		return t, nil
	}
	var err error
	t.Tariff, err = tariff.Read(f.Tariff)
	return t, err
}
