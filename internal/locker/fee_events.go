package locker

import (
	"time"

	"lockerd/internal/tariff"
)

// RecipientTold says that the operator has confirmed when a parcel's recipient was told of it: from then on time may cost something.
type RecipientTold struct {
	Order  string    `json:"order"`
	Parcel string    `json:"parcel"`
	Door   int       `json:"door"`
	Told   time.Time `json:"told"`
}

// Kind is "parcel.told".
func (RecipientTold) Kind() string { return "parcel.told" }

// FeeAsked says that somebody with a valid code or token stands there and was shown what is owed. The operator brings a payment link, or
// says that it is paid.
type FeeAsked struct {
	Session  string    `json:"session"`
	Parcel   string    `json:"parcel"`
	Tracking string    `json:"tracking"`
	Door     int       `json:"door"`
	Token    TokenUse  `json:"token,omitzero"`
	Amount   int64     `json:"amount"`         // still owed; minor units
	Currency string    `json:"currency"`       // by ISO 4217
	Whole    int64     `json:"whole"`          // with what was paid before
	Until    time.Time `json:"until,omitzero"` // no more than that is owed until then; absent: the clock is not set
}

// Kind is "fee.asked".
func (FeeAsked) Kind() string { return "fee.asked" }

// FeeLinked says that the operator has brought a link for a payment.
type FeeLinked struct {
	Order    string    `json:"order"`
	Parcel   string    `json:"parcel"`
	Door     int       `json:"door"`
	Amount   int64     `json:"amount"`
	Currency string    `json:"currency"`
	URL      string    `json:"url"`
	Until    time.Time `json:"until,omitzero"`
}

// Kind is "fee.linked".
func (FeeLinked) Kind() string { return "fee.linked" }

// FeePaid says that money for a parcel has come in: the operator's order says so, or the terminal.
type FeePaid struct {
	Order     string    `json:"order"`             // empty: it was paid at the terminal
	Charge    string    `json:"charge,omitempty"`  // the payment at the terminal that this is the end of
	Receipt   string    `json:"receipt,omitempty"` // by which it is found at the terminal's provider
	Parcel    string    `json:"parcel"`
	Door      int       `json:"door"`
	Reference string    `json:"reference"`
	Amount    int64     `json:"amount"`
	Currency  string    `json:"currency"`
	Left      int64     `json:"left"`           // still owed after it
	Over      int64     `json:"over,omitempty"` // more than was owed: the operator's to give back
	Until     time.Time `json:"until,omitzero"` // with nothing left: nothing more is owed until then
}

// Kind is "fee.paid".
func (FeePaid) Kind() string { return "fee.paid" }

// FeeRefunded says that the operator has given money back.
type FeeRefunded struct {
	Order     string `json:"order"`
	Parcel    string `json:"parcel"`
	Door      int    `json:"door"`
	Reference string `json:"reference"`
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
	Left      int64  `json:"left"` // owed after it
}

// Kind is "fee.refunded".
func (FeeRefunded) Kind() string { return "fee.refunded" }

func (s *State) applyFee(r Record, e Event) {
	switch e := e.(type) {
	case RecipientTold:
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Fee.From = e.Told
		}
	case FeeAsked:
		s.touch(e.Session, r)
		s.Session.Parcel, s.Session.Token, s.Session.Proven = e.Parcel, e.Token, r.Up
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Fee.Frozen, p.Fee.FrozenUntil = e.Whole, e.Until
		}
	case FeeLinked:
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Fee.Link = PaymentLink{URL: e.URL, Amount: e.Amount, Until: e.Until}
		}
	case FeePaid:
		s.endCharge(e.Charge)
		s.endDenied(e.Charge)
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Fee = p.Fee.clone()
			p.Fee.Paid = append(p.Fee.Paid, Payment{e.Reference, e.Amount})
			p.Fee.Link = PaymentLink{}
			if e.Left == 0 && !e.Until.IsZero() {
				p.Fee.Frozen, p.Fee.FrozenUntil = p.Fee.paid()-e.Over, e.Until
			}
		}
	case FeeRefunded:
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Fee = p.Fee.clone()
			p.Fee.Paid = append(p.Fee.Paid, Payment{e.Reference, -e.Amount})
			p.Fee.Cleared = p.Fee.Cleared && e.Left == 0 // of what was too much nothing is missed
		}
	}
}

// feeStood notes that a parcel's time stood still, up to now.
func (p *Parcel) feeStood(at time.Time, stood time.Duration) {
	if p.Fee.Terms != nil {
		p.Fee = p.Fee.clone()
		p.Fee.Stood = append(p.Fee.Stood, tariff.Span{From: at.Add(-stood), To: at})
	}
}
