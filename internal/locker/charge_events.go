package locker

import "slices"

// TerminalGone says that no payments can be made at the terminal.
type TerminalGone struct {
	Why string `json:"why"` // offline, busy, paper or error, as its adapter says; or of the adapter: ended, silent, garbage, flood, unstarted
}

// Kind is "terminal.lost".
func (TerminalGone) Kind() string { return "terminal.lost" }

// TerminalBack says that payments can be made at the terminal.
type TerminalBack struct{}

// Kind is "terminal.back".
func (TerminalBack) Kind() string { return "terminal.back" }

// ChargeBegun says that the terminal is to ask for a payment: it is told the amount once, now.
type ChargeBegun struct {
	Session  string `json:"session"`
	Parcel   string `json:"parcel"`
	Door     int    `json:"door"`
	Charge   string `json:"charge"` // the cabinet's name of the payment
	Amount   int64  `json:"amount"` // minor units
	Currency string `json:"currency"`
	Language string `json:"language"` // in which the terminal speaks
}

// Kind is "fee.charging".
func (ChargeBegun) Kind() string { return "fee.charging" }

// ChargeStopped says that the terminal was asked to leave a payment: whether that was in time, its end says.
type ChargeStopped struct {
	Charge string `json:"charge"`
	Parcel string `json:"parcel"`
	Door   int    `json:"door"`
	Why    string `json:"why"` // back: by whoever stood there; left: they have gone; paid: money has come in another way
}

// Kind is "fee.stopping".
func (ChargeStopped) Kind() string { return "fee.stopping" }

// ChargeFailed says that nothing was paid at the terminal: the terminal says so, or the operator's order.
type ChargeFailed struct {
	Order  string        `json:"order,omitempty"`
	Charge string        `json:"charge"`
	Parcel string        `json:"parcel"`
	Door   int           `json:"door"`
	Why    ChargeOutcome `json:"why"` // declined, cancelled or unsent
}

// Kind is "fee.declined".
func (ChargeFailed) Kind() string { return "fee.declined" }

// ChargeUncertain says that nobody knows whether something was paid at the terminal. It is asked until it knows; nobody is asked to pay again.
type ChargeUncertain struct {
	Session  string   `json:"session,omitempty"` // its payer stands there once more, with a valid code
	Charge   string   `json:"charge"`
	Parcel   string   `json:"parcel"`
	Door     int      `json:"door"`
	Token    TokenUse `json:"token,omitzero"`
	Amount   int64    `json:"amount"` // that was to be paid; minor units
	Currency string   `json:"currency"`
	Why      string   `json:"why"` // unknown: the terminal says so; lost: it fell silent; silent: it said nothing for long; restart: of lockerd; shown: its payer is there again
}

// Kind is "fee.uncertain".
func (ChargeUncertain) Kind() string { return "fee.uncertain" }

func (s *State) applyCharge(r Record, e Event) {
	switch e := e.(type) {
	case TerminalGone:
		s.Terminal, s.TerminalWhy = TerminalOut, e.Why
	case TerminalBack:
		s.Terminal, s.TerminalWhy = TerminalWorks, ""
	case ChargeBegun:
		s.touch(e.Session, r)
		c := Charge{ID: e.Charge, Parcel: e.Parcel, Door: e.Door, Amount: e.Amount, Currency: e.Currency, Since: r.Up}
		if p := s.parcel(e.Parcel); p != nil {
			c.Extra = p.Fee.Extra
		}
		s.Charges = append(slices.Clip(s.Charges), c)
	case ChargeStopped:
		s.changeCharge(e.Charge, func(c *Charge) { c.Stopping, c.Since = true, r.Up })
	case ChargeFailed:
		if c := s.chargeNamed(e.Charge); c != nil && e.Order != "" {
			s.Denied = append(slices.Clip(s.Denied), *c)
			s.Denied = s.Denied[max(0, len(s.Denied)-maxCharges):]
		}
		s.endCharge(e.Charge)
	case ChargeUncertain:
		s.changeCharge(e.Charge, func(c *Charge) { c.Uncertain = true })
		if e.Session != "" && e.Session == s.Session.ID {
			s.touch(e.Session, r)
			s.Session.Parcel, s.Session.Token, s.Session.Proven = e.Parcel, e.Token, r.Up
		}
	}
}

// changeCharge changes an open charge. The list may be shared.
func (s *State) changeCharge(id string, change func(*Charge)) {
	s.Charges = slices.Clone(s.Charges)
	if c := s.chargeNamed(id); c != nil {
		change(c)
	}
}

func (s *State) endCharge(id string) {
	s.Charges = without(s.Charges, func(c Charge) bool { return c.ID == id })
}

// endDenied forgets a charge that was paid after all.
func (s *State) endDenied(id string) {
	s.Denied = without(s.Denied, func(c Charge) bool { return c.ID == id })
}
