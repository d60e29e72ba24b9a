package desk

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

// Fee is what a parcel costs, as far as this desk knows: the terms that it was announced with, and what its cabinet has said since. The
// cabinet's word is what counts: it asks before it opens.
type Fee struct {
	// Account is as the cabinet keeps it, of what its records say.
	locker.Account
	Currency string `json:"currency"`       // by ISO 4217
	Left     int64  `json:"left,omitempty"` // what the cabinet said last is to be paid, in minor units
	Over     int64  `json:"over,omitempty"` // that was paid too much and not given back
	// Unclear is a payment at the cabinet's terminal of which nobody knows whether it was made: until that is known nobody is asked to pay.
	Unclear string `json:"unclear,omitempty"`
}

// Doubted says that there is such a payment.
func (f *Fee) Doubted() bool { return f != nil && f.Unclear != "" }

// newFee is the fee of a parcel that has just been stored. Terms that were announced count only if the cabinet heard them before.
func newFee(e locker.ParcelStored, a *Announcement) *Fee {
	if a == nil || a.Fee == nil || e.Order == "" || e.Order != a.Order {
		return nil
	}
	return &Fee{Account: locker.Account{Terms: a.Fee}, Currency: a.Fee.Currency}
}

// Owed is what is to be paid for a parcel before its door opens.
type Owed struct {
	Amount int64     // minor units
	Until  time.Time // it becomes more then, if nothing stops the time meanwhile; zero: it does not, as far as that can be told
	Free   time.Time // time costs nothing until then; zero: it does, or never will, or has not begun
}

// At is what is owed at a time. While a pickup period stands still the cabinet may ask for less: it says so once it goes on.
func (f *Fee) At(now time.Time) Owed {
	switch {
	case f == nil || f.Cleared:
		return Owed{}
	case f.Terms == nil: // books that were lost know no terms
		return Owed{Amount: f.Left}
	}
	var is Owed
	whole := f.Terms.Due + f.Extra
	if t := f.Terms.Tariff; t != nil && !f.From.IsZero() {
		sum := t.At(f.From, now, f.Stood)
		whole, is.Free, is.Until = whole+sum.Amount, sum.FreeUntil, sum.Until
	}
	if now.Before(f.FrozenUntil) && f.Frozen <= whole { // what was shown is what is owed
		if f.Frozen < whole || !is.Until.IsZero() && is.Until.Before(f.FrozenUntil) {
			is.Until = f.FrozenUntil
		}
		whole = f.Frozen
	}
	is.Amount = max(0, whole-f.PaidSum())
	return is
}

// PaidSum is what was paid, less what was given back.
func (f *Fee) PaidSum() (sum int64) {
	for _, p := range f.Paid {
		sum += p.Amount
	}
	return sum
}

// Known is a fee with what this desk knows beside what the cabinet has said: that its recipient is being told at a time, if time has not begun,
// and payments that the cabinet has not heard of yet, so that nobody pays them twice.
func (f *Fee) Known(told time.Time, payments []Payment) *Fee {
	if f == nil {
		return nil
	}
	is := *f
	if is.chargesTime() && is.From.IsZero() {
		is.From = told
	}
	is.Paid = slices.Clone(is.Paid)
	for _, m := range payments {
		switch {
		case !m.Counted.IsZero():
		case m.Refund:
			is.Paid = append(is.Paid, locker.Payment{Reference: m.Reference, Amount: -m.Amount})
		default:
			is.Paid = append(is.Paid, locker.Payment{Reference: m.Reference, Amount: m.Amount})
		}
	}
	return &is
}

// chargesTime says that time costs something once it has begun.
func (f *Fee) chargesTime() bool { return f != nil && f.Terms != nil && f.Terms.Tariff != nil }

// Begins says whether a notice, once its recipient has it, begins the time that a parcel's fee counts.
func (n Told) Begins(p Parcel) bool {
	return n == ToldStored && p.Status == Waiting && p.Fee.chargesTime() && p.Fee.From.IsZero()
}

// Errand is an order that follows by itself, once.
type Errand struct {
	Kind            string // of the order: parcel.told, fee.link
	Cabinet, Parcel string
	At              time.Time // parcel.told: when
	Amount          int64     // fee.link: what is to be paid
	Currency        string
	Until           time.Time // fee.link: no more than that is owed until then; zero: nobody knows
}

// Over says that an errand is not worth doing any more: nobody waits for it.
func (e Errand) Over(p Parcel, now time.Time) bool {
	switch {
	case !p.theirs():
		return true
	case e.Kind == "fee.link":
		return !e.Until.IsZero() && !now.Before(e.Until)
	}
	return p.Fee == nil || !p.Fee.From.IsZero() // a cabinet that says that it was put in again may have taken its fee away
}

// mostOwed is more than any terms come to, in minor units: sums of it stay within an int64 however many there are.
const mostOwed = 1_000_000_000_000_000

// feesBegan is before any fee's time has begun.
var feesBegan = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// untrue says that an event about money is none that a cabinet writes which follows the orders of this desk: nothing follows from it.
func untrue(p *Parcel, e locker.Event) bool {
	money := func(currency string, amount, most int64, others ...int64) bool {
		other := p != nil && p.Fee != nil && p.Fee.Terms != nil && p.Fee.Terms.Currency != currency
		return other || amount < 1 || amount > most || slices.ContainsFunc(others, func(sum int64) bool { return sum < 0 || sum > mostOwed })
	}
	switch e := e.(type) {
	case locker.RecipientTold:
		return e.Told.Before(feesBegan)
	case locker.FeeAsked:
		return money(e.Currency, e.Amount, mostOwed, e.Whole)
	case locker.FeeLinked:
		return money(e.Currency, e.Amount, contract.MaxAmount)
	case locker.FeePaid:
		return !named(e.Reference) || !contract.Plain(e.Receipt, 64) || money(e.Currency, e.Amount, contract.MaxAmount, e.Left, e.Over)
	case locker.ChargeUncertain:
		return !named(e.Charge) || money(e.Currency, e.Amount, mostOwed)
	case locker.FeeRefunded:
		return !named(e.Reference) || money(e.Currency, e.Amount, contract.MaxAmount, e.Left)
	case locker.ParcelExtended:
		return e.Price < 0 || e.Price > contract.MaxAmount
	}
	return false
}

// named says that a reference is one that an order may have: alarms repeat it.
func named(reference string) bool { return reference != "" && contract.Plain(reference, 64) }

// concernsFee is the parcel whose fee a record is about; empty: none.
func concernsFee(e locker.Event) string {
	switch e := e.(type) {
	case locker.RecipientTold:
		return e.Parcel
	case locker.FeeAsked:
		return e.Parcel
	case locker.FeeLinked:
		return e.Parcel
	case locker.FeePaid:
		return e.Parcel
	case locker.ChargeUncertain:
		return e.Parcel
	case locker.ChargeFailed:
		return e.Parcel
	case locker.FeeRefunded:
		return e.Parcel
	case locker.UnlockRequested:
		if e.Why == locker.WhyPickup {
			return e.Parcel
		}
	}
	return ""
}

// inVain says that an order was refused which follows by itself, because its parcel had just gone or somebody else was quicker: nobody has
// to look at that. A beginning that came too late for a parcel that lies there is lost, and with it what time costs: somebody should know.
func inVain(e locker.OrderRefused) bool {
	if e.Of == "fee.link" && e.Code == locker.CodeExpired {
		return true
	}
	return (e.Of == "parcel.told" || e.Of == "fee.link") && (e.Code == locker.CodeNoSuchParcel || e.Code == locker.CodeNothingToDo)
}

// fee follows a record about a parcel's fee. It returns false if the record is about something else.
func (o *Outcome) fee(p *Parcel, r Record) bool {
	f := Fee{}
	if p.Fee != nil {
		f = *p.Fee
		f.Stood, f.Paid = slices.Clone(f.Stood), slices.Clone(f.Paid)
	}
	switch e := r.Event.(type) {
	case locker.RecipientTold:
		f.From = e.Told
	case locker.FeeAsked:
		o.Errand = f.asked(*p, e)
	case locker.FeeLinked:
		f.Link = locker.PaymentLink{URL: e.URL, Amount: e.Amount, Until: e.Until}
		f.Currency = e.Currency
	case locker.FeePaid:
		f.paid(e)
		o.Payment = &Payment{Parcel: e.Parcel, Reference: e.Reference, Amount: e.Amount, Currency: e.Currency, Order: e.Order, Receipt: e.Receipt, Counted: r.At}
	case locker.ChargeUncertain:
		f.Unclear, f.Currency = e.Charge, e.Currency
	case locker.ChargeFailed:
		if f.Unclear != e.Charge {
			return false
		}
		f.clear(e.Charge)
	case locker.FeeRefunded:
		if f.counts(e.Reference, -e.Amount) {
			f.Over = max(0, f.Over-e.Amount)
		}
		f.Left, f.Currency = e.Left, e.Currency
		f.Cleared = f.Cleared && e.Left == 0
		o.Payment = &Payment{Parcel: e.Parcel, Refund: true, Reference: e.Reference, Amount: e.Amount, Currency: e.Currency, Order: e.Order, Counted: r.At}
	case locker.UnlockRequested:
		if p.Fee == nil || e.Why != locker.WhyPickup {
			return false
		}
		f.Cleared, f.Left = true, 0 // all was paid, or its door would not be opened
	default:
		return false
	}
	p.Fee = &f
	return true
}

// asked notes what somebody was shown, and says what they wait for: a link for just that, if they do not have it already.
func (f *Fee) asked(p Parcel, e locker.FeeAsked) *Errand {
	f.Currency, f.Left, f.Frozen, f.FrozenUntil, f.Cleared = e.Currency, e.Amount, e.Whole, e.Until, false
	if l := f.Link; l.Amount == e.Amount && (l.Until.IsZero() || !e.Until.IsZero() && !l.Until.Before(e.Until)) {
		return nil
	}
	return &Errand{Kind: "fee.link", Cabinet: p.Cabinet, Parcel: p.ID, Amount: e.Amount, Currency: e.Currency, Until: e.Until}
}

// counts adds money, once for a reference: a cabinet that has forgotten it with a restored journal may be told, and say, once more.
func (f *Fee) counts(reference string, amount int64) bool {
	if slices.ContainsFunc(f.Paid, func(p locker.Payment) bool { return p.Reference == reference }) {
		return false
	}
	f.Paid = append(f.Paid, locker.Payment{Reference: reference, Amount: amount})
	return true
}

// clear notes that it is known what came of a payment at the terminal.
func (f *Fee) clear(charge string) {
	if f.Unclear == charge {
		f.Unclear = ""
	}
}

func (f *Fee) paid(e locker.FeePaid) {
	f.clear(e.Charge)
	if f.counts(e.Reference, e.Amount) {
		f.Over += e.Over
	}
	f.Link = locker.PaymentLink{}
	f.Left, f.Currency = e.Left, e.Currency
	if e.Left == 0 && !e.Until.IsZero() {
		f.Frozen, f.FrozenUntil = f.PaidSum()-e.Over, e.Until
	}
}

// settled counts money for a parcel that is gone: its cabinet forgets it once its door is another's, and takes none. What came in so late is too
// much; what was given back is less of that.
func (o *Outcome) settled(k Known, r Record, e locker.OrderRefused) {
	if k.Money == nil || e.Code != locker.CodeNoSuchParcel || k.Parcel == nil || k.Parcel.Fee == nil || k.Parcel.Status.Lies() {
		return
	}
	p, f, m := *k.Parcel, *k.Parcel.Fee, *k.Money
	sum := m.Amount
	if m.Refund {
		sum = -sum
	}
	f.Paid = slices.Clone(f.Paid)
	if f.counts(m.Reference, sum) {
		f.Over = max(0, f.Over+sum)
	}
	m.Counted, p.Fee = r.At, &f
	o.Parcel, o.Payment = &p, &m
}

// unsettle has a parcel cost again what was not paid for it, although its door was opened.
func (p *Parcel) unsettle() {
	if p.Fee == nil {
		return
	}
	f := *p.Fee
	f.Cleared = false
	p.Fee = &f
}

// dearer adds what a longer period costs.
func (p *Parcel) dearer(price int64) {
	if price == 0 || p.Fee == nil {
		return
	}
	f := *p.Fee
	f.Extra, f.FrozenUntil, f.Cleared = f.Extra+price, time.Time{}, false
	p.Fee = &f
}

// stood notes that a parcel's time stood still, up to a time.
func (p *Parcel) stood(at time.Time, span time.Duration) {
	if p.Fee == nil {
		return
	}
	f := *p.Fee
	f.Stood = append(slices.Clone(f.Stood), tariff.Span{From: at.Add(-span), To: at})
	p.Fee = &f
}

// Payment is money for a parcel that has come in, or was given back.
type Payment struct {
	Parcel    string // its id
	Refund    bool   // it was given back
	Reference string // the operator's name of it: it counts once for a parcel
	Amount    int64  // in minor units, above 0
	Currency  string // by ISO 4217
	Order     string // that tells the cabinet; empty: it was paid at its terminal
	Receipt   string // by which it is found at the terminal's provider
	By        string // who said so; empty: not this desk
	Made      time.Time
	Counted   time.Time // when the cabinet took it into account, by its clock; zero: not yet
}

// Same says that two are the same payment: their orders do not matter.
func (m Payment) Same(other Payment) bool {
	return m.Reference == other.Reference && m.Refund == other.Refund && m.Amount == other.Amount && m.Currency == other.Currency
}

// Errors about money that a parcel cannot have.
var (
	ErrNoFee    = errors.New("desk: nothing is ever owed for this parcel")
	ErrCurrency = errors.New("desk: the parcel's currency is another")
	ErrTooMuch  = errors.New("desk: more is to be given back than was paid")
)

// MayCount says why a payment cannot be of a parcel. known are those that were said before, whether or not the cabinet has heard of them.
func (m Payment) MayCount(p Parcel, known []Payment) error {
	switch {
	case p.Fee == nil:
		return ErrNoFee
	case p.Fee.Currency != "" && p.Fee.Currency != m.Currency: // books that were lost may not know it
		return fmt.Errorf("%w: %s", ErrCurrency, p.Fee.Currency)
	case !m.Refund:
		return nil
	}
	sum := int64(0)
	for _, k := range known {
		switch {
		case k.Refund && k.Reference == m.Reference: // it comes again
		case k.Refund:
			sum -= k.Amount
		default:
			sum += k.Amount
		}
	}
	if sum < m.Amount {
		return ErrTooMuch
	}
	return nil
}
