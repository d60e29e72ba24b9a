package locker

import "time"

// ToldOrder says when the recipient of a waiting parcel was told of it.
type ToldOrder struct {
	Tracking string
	Told     time.Time
}

// LinkOrder brings a link to pay what is owed for a parcel.
type LinkOrder struct {
	Tracking string
	Amount   int64
	Currency string
	URL      string
	Until    time.Time
}

// MoneyOrder says that money for a parcel has come in, or was given back. Its reference counts once.
type MoneyOrder struct {
	Tracking  string
	Parcel    string // its id; empty: the one of this number that is here, or was last
	Amount    int64  // above 0
	Currency  string
	Reference string
}

// UnpaidOrder says that nothing was taken by a payment at the terminal of which nobody knows what came of it.
type UnpaidOrder struct {
	Charge string
}

// refusalToFee judges orders about money.
func (s *State) refusalToFee(o Order, now Now) string {
	switch {
	case o.Told != nil:
		p := s.here(o.Told.Tracking)
		switch {
		case p == nil:
			return "no such parcel"
		case p.Fee.Terms == nil:
			return "nothing is ever owed for the parcel"
		case !p.Fee.From.IsZero():
			return "its recipient was told already: the fee has begun"
		case now.Known && o.Told.Told.After(now.Wall.Add(tolerance)):
			return "told: lies in the future"
		}
		return ""
	case o.Link != nil:
		if p := s.here(o.Link.Tracking); p != nil && p.Refused != "" {
			return refusedHere
		}
		return s.refusalToMoney(s.here(o.Link.Tracking), o.Link.Currency)
	case o.Paid != nil:
		return s.refusalToPay(*o.Paid)
	case o.Refund != nil:
		p := s.paidFor(*o.Refund)
		switch why := s.refusalToPay(*o.Refund); {
		case why != "":
			return why
		case p == nil:
			return "no such parcel"
		case p.Fee.paid() < o.Refund.Amount:
			return "more than was paid"
		}
		return ""
	case o.Unpaid != nil:
		return s.refusalToUnpaid(o.Unpaid.Charge)
	}
	return "nothing to do"
}

func (s *State) refusalToMoney(p *Parcel, currency string) string {
	switch {
	case p == nil:
		return "no such parcel"
	case p.Fee.Terms == nil:
		return "nothing is ever owed for the parcel"
	case p.Fee.Terms.Currency != currency:
		return "currency: the parcel's is another"
	}
	return ""
}

// paidFor is the parcel that money is for; nil: it is not known, or not any more.
func (s *State) paidFor(b MoneyOrder) *Parcel {
	if b.Parcel == "" {
		return s.byTracking(b.Tracking)
	}
	if p := s.parcel(b.Parcel); p != nil && p.Tracking == b.Tracking && (p.State != ParcelDropping || p.Again) {
		return p
	}
	return nil
}

func (s *State) refusalToPay(b MoneyOrder) string {
	p := s.paidFor(b)
	switch why := s.refusalToMoney(p, b.Currency); {
	case s.chargeOfGone(b) != nil:
		return ""
	case why != "":
		return why
	case p.Fee.has(b.Reference):
		return "the reference counts already"
	case p.paidOut():
		return "more payments than can be remembered"
	}
	return ""
}

// money carries out an order about money.
func (d *decision) money(o Order) {
	switch {
	case o.Told != nil:
		p := d.s.here(o.Told.Tracking)
		d.emit(RecipientTold{Order: o.ID, Parcel: p.ID, Door: p.Door, Told: later(o.Told.Told, p.Since)})
	case o.Link != nil:
		l, p := o.Link, d.s.here(o.Link.Tracking)
		d.emit(FeeLinked{Order: o.ID, Parcel: p.ID, Door: p.Door, Amount: l.Amount, Currency: l.Currency, URL: l.URL, Until: l.Until})
	case o.Paid != nil:
		d.paid(o)
	case o.Refund != nil:
		b := *o.Refund
		p := d.s.paidFor(b)
		whole, _ := d.s.sum(p, d.now)
		if p.Refused != "" {
			whole = 0 // what was paid is given back
		}
		d.emit(FeeRefunded{Order: o.ID, Parcel: p.ID, Door: p.Door, Reference: b.Reference, Amount: b.Amount, Currency: b.Currency,
			Left: max(0, whole-p.Fee.paid()+b.Amount)})
	case o.Unpaid != nil:
		d.unpaid(o)
	}
}

// aboutMoney says that an order is about money.
func (o Order) aboutMoney() bool {
	return o.Told != nil || o.Link != nil || o.Paid != nil || o.Refund != nil || o.Unpaid != nil
}
