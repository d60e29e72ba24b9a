package locker

import (
	"encoding/json"
	"slices"
	"time"

	"lockerd/internal/tariff"
)

// A fee is what is owed for a parcel before its door opens: an amount that is due in any case (cash on delivery), and what its tariff
// says of the time since its recipient was told of it. Its terms come with the announcement and stay those of the parcel, whatever
// the operator charges later. A door that owes nothing opens as ever; one that owes opens once the operator says that it is paid.

// Terms are what a parcel costs.
type Terms struct {
	Name     string         `json:"name,omitempty"`   // as the operator calls them, with their version
	Currency string         `json:"currency"`         // its code by ISO 4217, as "EUR"
	Due      int64          `json:"due,omitempty"`    // in any case: cash on delivery; minor units
	Tariff   *tariff.Tariff `json:"tariff,omitempty"` // what time costs, in the same currency; none: nothing
}

// String is their JSON: two of the same content read the same.
func (t *Terms) String() string {
	text, _ := json.Marshal(t) // of words and numbers alone
	return string(text)
}

// Payment is money that has come in; a negative one was given back. Its reference is the operator's, and counts once.
type Payment struct {
	Reference string `json:"reference"`
	Amount    int64  `json:"amount"`
}

// Account is what is owed for a parcel, and what was paid.
type Account struct {
	Terms *Terms    `json:"terms,omitempty"` // nil: nothing is ever owed
	From  time.Time `json:"from,omitzero"`   // when its recipient was told: time costs nothing before
	Extra int64     `json:"extra,omitempty"` // for longer periods that were bought
	// Stood are the times in which the pickup period stood still, and the tariff with it.
	Stood []tariff.Span `json:"stood,omitempty"`
	Paid  []Payment     `json:"paid,omitempty"`
	// Frozen is the whole sum as it was shown, or paid, and holds until FrozenUntil: what was shown is what is owed.
	Frozen      int64     `json:"frozen,omitempty"`
	FrozenUntil time.Time `json:"frozen_until,omitzero"`
	// Cleared says that all was paid when the door was to open for its recipient: should it not have opened, nothing more is owed.
	Cleared bool        `json:"cleared,omitempty"`
	Link    PaymentLink `json:"link,omitzero"`
}

// PaymentLink is where the recipient pays, at the operator's provider.
type PaymentLink struct {
	URL    string    `json:"url,omitempty"`
	Amount int64     `json:"amount,omitempty"` // it is for this, and not shown for another
	Until  time.Time `json:"until,omitzero"`   // zero: as long as that is owed
}

const (
	// feeHolds is how long what was shown is what is owed: somebody pays meanwhile.
	feeHolds = 15 * time.Minute
	// paidHolds is how long nothing more is owed once all was paid: its owner is on their way.
	paidHolds = time.Hour
	// maxPayments is how many payments of a parcel are remembered, so that each counts once; of what is rented and paid for at each visit
	// rentedPayments are.
	maxPayments, rentedPayments = 20, 400
	// paysFor is how long a person who was told what is owed is presumed to stand there. A payment that comes later opens nothing by
	// itself: it is paid, and the code opens.
	paysFor = 45 * time.Second
)

// clone keeps the lists of a copy apart from those it was made of.
func (a Account) clone() Account {
	a.Stood, a.Paid = slices.Clip(a.Stood), slices.Clip(a.Paid)
	return a
}

func (a *Account) paid() (sum int64) {
	for _, p := range a.Paid {
		sum += p.Amount
	}
	return sum
}

// paidOut says that no more payments of a parcel can be remembered.
func (p *Parcel) paidOut() bool {
	if p.Rented {
		return len(p.Fee.Paid) >= rentedPayments
	}
	return len(p.Fee.Paid) >= maxPayments
}

func (a *Account) has(reference string) bool {
	return slices.ContainsFunc(a.Paid, func(p Payment) bool { return p.Reference == reference })
}

// sum is the whole fee of a parcel by now, and how long time is free.
func (s *State) sum(p *Parcel, now Now) (whole int64, free time.Time) {
	a := &p.Fee
	if a.Terms == nil {
		return 0, time.Time{}
	}
	at := s.costsUntil(p, now)
	whole = a.Terms.Due + a.Extra
	if a.Terms.Tariff != nil && !a.From.IsZero() {
		stops := a.Stood
		if p.Stop.Why != "" && p.Stop.Up < at.Up {
			stops = append(slices.Clip(stops), tariff.Span{From: at.at(p.Stop.Up), To: at.Wall})
		}
		is := a.Terms.Tariff.At(a.From, at.Wall, stops)
		whole, free = whole+is.Amount, is.FreeUntil
	}
	if at.Wall.Before(a.FrozenUntil) && a.Frozen < whole {
		whole = a.Frozen
	}
	return whole, free
}

// costsUntil is up to when a parcel's time costs something. Without a known time nothing more does; but what has cost something goes on
// doing so, also where nothing was recorded for a while before the time was lost. Up is when that was, as the parcel's stop counts.
func (s *State) costsUntil(p *Parcel, now Now) Reading {
	switch last := s.Absence.Last; {
	case now.Known:
		return Reading{now.Wall, now.Up}
	case p.Until.IsZero(): // nothing stands still that has not begun: no time is taken out of what is guessed
	case !last.IsZero():
		return last
	case s.Absence.Alive.IsZero() && !s.Believed.IsZero(): // of this run's time what is not known is taken out as a stop
		return Reading{later(s.Newest, s.Believed.at(now.Up)), now.Up}
	}
	return Reading{s.Newest, now.Up}
}

// owes is what is still to be paid before a parcel's door opens.
func (s *State) owes(p *Parcel, now Now) int64 {
	if p.Fee.Terms == nil || p.Fee.Cleared || p.Refused != "" {
		return 0
	}
	whole, _ := s.sum(p, now)
	return max(0, whole-p.Fee.paid())
}

// askFee tells the person who stands there what is owed. It returns false if nothing is.
func (d *decision) askFee(p *Parcel, token TokenUse) bool {
	owed := d.s.owes(p, d.now)
	if p.State != ParcelStoredAt || owed == 0 {
		return false
	}
	if d.askUnclear(p, token) {
		return true
	}
	whole, _ := d.s.sum(p, d.now)
	e := FeeAsked{Session: d.s.Session.ID, Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Token: token, Amount: owed, Currency: p.Fee.Terms.Currency, Whole: whole}
	if d.now.Known {
		e.Until = d.now.Wall.Add(feeHolds)
		bare := *p
		bare.Fee.FrozenUntil = time.Time{}
		if risen, _ := d.s.sum(&bare, d.now); risen > whole { // what has held since it was shown before holds no longer for being shown once more
			e.Until = p.Fee.FrozenUntil
		}
	}
	d.emit(e)
	d.move(StepPay, NoticeNone, 0)
	return true
}

// paid takes a payment that the operator tells of into the books, and opens the door for whoever has waited for it and still stands there.
func (d *decision) paid(o Order) {
	b := *o.Paid
	e := FeePaid{Order: o.ID, Reference: b.Reference, Amount: b.Amount, Currency: b.Currency}
	if c := d.s.chargeOfGone(b); c != nil {
		e.Charge, e.Parcel, e.Door = c.ID, c.Parcel, c.Door
		d.received(e, nil, 0)
		return
	}
	p := d.s.paidFor(b)
	e.Parcel, e.Door = p.ID, p.Door
	if c := d.s.chargeNamed(b.Reference); c != nil && c.Parcel == p.ID {
		e.Charge = c.ID // the operator has found out what came of it
	}
	d.received(e, p, d.s.owes(p, d.now))
}

// received takes money into the books. p is the parcel that it is for, as far as it is known still.
func (d *decision) received(e FeePaid, p *Parcel, owed int64) {
	e.Left, e.Over = max(0, owed-e.Amount), max(0, e.Amount-owed)
	if e.Left == 0 && d.now.Known {
		e.Until = d.now.Wall.Add(paidHolds)
	}
	waits := d.s.paysAtKiosk(e.Parcel)
	d.emit(e)
	d.stopCharge(e.Parcel, stopPaid)
	switch n := d.s.Session; {
	case !waits || p == nil:
	case e.Left > 0 && d.s.chargeOf(p.ID) != nil:
		d.move(StepCardBusy, NoticeNone, 0)
	case e.Left > 0 && !d.s.payerMayHaveLeft(d.now):
		d.askFee(d.s.parcel(p.ID), n.Token)
	case n.Step == StepUnclear, d.s.payerMayHaveLeft(d.now): // that screen says that the code will open the door: whoever read it may have turned away
		d.askAgain()
	case !d.s.usable(p.Door) || p.State != ParcelStoredAt:
		d.move(StepTrouble, NoticeNone, p.Door)
	default:
		d.pickup(*d.s.parcel(p.ID), n.Token)
	}
}

// paysAtKiosk says that somebody at the kiosk was told what is owed for a parcel.
func (s *State) paysAtKiosk(parcel string) bool {
	return s.Session.Step.pays() && s.Session.Parcel == parcel
}

// pays says that a step is of somebody who pays.
func (p Step) pays() bool {
	return p == StepPay || p == StepCard || p == StepCardBusy || p == StepUnclear
}

// payActions are the buttons of the question to pay.
func (s *State) payActions() []Action {
	if s.chargeable(s.parcel(s.Session.Parcel)) {
		return append(s.orRefuse(ActionCard, ActionBack), ActionLanguage)
	}
	return append(s.orRefuse(ActionBack), ActionLanguage)
}

// payerMayHaveLeft is mayHaveLeft for somebody who pays: they touch nothing meanwhile.
func (s *State) payerMayHaveLeft(now Now) bool {
	end, _ := s.sessionEnd()
	return s.Session.Crowded || now.Up-s.Session.Moved > paysFor || end-now.Up <= StillThere || now.Age >= s.plan.Times.Within
}

// FeeView is what a screen says of a parcel's fee.
type FeeView struct {
	Amount   int64  // still owed; minor units
	Currency string // empty: the parcel has no fee
	// FreeUntil is when time begins to cost something; zero: it does already, or never does.
	FreeUntil time.Time
	Link      string    // where it is paid; empty: nobody has said yet
	linkEnds  time.Time // when that is over; zero: never
	// Card says that it can be paid by card here now, NoCard that the terminal is out of order.
	Card, NoCard bool
}

func (s *State) feeView(now Now) FeeView {
	p := s.parcel(s.Session.Parcel)
	if d := s.door(s.Session.Door); p == nil && d != nil {
		p = s.parcel(d.Holds.Parcel)
	}
	if p == nil || p.Fee.Terms == nil || p.Refused != "" || s.Session.Courier != "" || s.Session.Technician != "" {
		return FeeView{}
	}
	v := FeeView{Amount: s.owes(p, now), Currency: p.Fee.Terms.Currency}
	_, v.FreeUntil = s.sum(p, now)
	c := s.chargeOf(p.ID)
	if l := p.Fee.Link; c == nil && l.Amount == v.Amount && v.Amount > 0 && (l.Until.IsZero() || now.Known && now.Wall.Before(l.Until)) {
		v.Link, v.linkEnds = l.URL, l.Until
	}
	if step := s.Session.Step; c != nil && step.pays() && step != StepPay { // what the terminal asks for, or was asked for
		v.Amount = c.Amount
	}
	v.Card, v.NoCard = s.chargeable(p), s.plan.Terminal && s.Terminal == TerminalOut
	return v
}

// linkDue calls at with the end of the link that is on the screen. The time is known.
func (s *State) linkDue(now Now, at func(time.Duration)) {
	if s.Session.Step != StepPay {
		return
	}
	if ends := s.feeView(now).linkEnds; !ends.IsZero() {
		at(now.Up + ends.Sub(now.Wall))
	}
}
