package locker

import (
	"slices"
	"time"
)

// A charge is a payment at the kiosk's terminal. It is recorded before the terminal is told the amount, and the amount is told once, in the
// run that has recorded it. From then on it is open until the terminal says what came of it, however long that takes and whatever dies
// meanwhile: what nobody knows is uncertain, and nobody is asked to pay again for it.

// Charge is one that is open.
type Charge struct {
	ID       string        `json:"id"`
	Parcel   string        `json:"parcel"`
	Door     int           `json:"door"`
	Amount   int64         `json:"amount"` // minor units
	Currency string        `json:"currency"`
	Extra    int64         `json:"extra,omitempty"` // that its parcel cost for longer periods, when it began
	Since    time.Duration `json:"since"`           // Up when it was last acted on
	// Stopping says that the terminal was asked to leave it, Uncertain that nobody knows whether it was paid.
	Stopping  bool `json:"stopping,omitempty"`
	Uncertain bool `json:"uncertain,omitempty"`
}

// charges are those that are open, and whether there can be more.
type charges struct {
	Charges []Charge `json:"charges,omitempty"`
	// Denied are the newest of those that were ended by the word that nothing was taken. What the terminal says all the same counts.
	Denied []Charge `json:"denied,omitempty"`
	// Terminal is what is believed of the terminal in this run, and TerminalWhy why no payments can be made.
	Terminal    TerminalState `json:"terminal,omitempty"`
	TerminalWhy string        `json:"terminal_why,omitempty"`
}

// TerminalState is what is believed of the terminal.
type TerminalState string

// States of the terminal.
const (
	TerminalUnknown TerminalState = ""      // it has not said anything yet
	TerminalWorks   TerminalState = "ready" // payments can be made
	TerminalOut     TerminalState = "lost"  // they cannot
)

// ChargeOutcome is what a terminal says came of a charge.
type ChargeOutcome string

// Outcomes of a charge.
const (
	ChargePaid      ChargeOutcome = "paid"
	ChargeDeclined  ChargeOutcome = "declined"  // the card, or its bank, said no
	ChargeCancelled ChargeOutcome = "cancelled" // nobody paid: it was stopped, or ran out of time, or was never begun
	ChargeUnknown   ChargeOutcome = "unknown"   // the terminal cannot tell yet, or ever
	ChargeUnsent    ChargeOutcome = "unsent"    // the terminal was never told: it could not be reached
)

// ChargeStep is how far somebody at the terminal is.
type ChargeStep string

// Steps at the terminal.
const (
	ChargePresent ChargeStep = "present_card"
	ChargePIN     ChargeStep = "enter_pin"
	ChargeWorks   ChargeStep = "processing"
	ChargeRemove  ChargeStep = "remove_card"
)

// ChargeSteps are all steps.
func ChargeSteps() []ChargeStep {
	return []ChargeStep{ChargePresent, ChargePIN, ChargeWorks, ChargeRemove}
}

const (
	// chargeMost is how long a charge may take until it is asked what has become of it: people look for their card, and banks are slow.
	chargeMost = 3 * time.Minute
	// leaveMost is the same once the terminal was asked to leave it.
	leaveMost = 30 * time.Second
	// maxCharges is how many may be open: with so many in doubt the terminal is not to be relied upon.
	maxCharges = 20
)

// TerminalReady and TerminalLost say whether payments can be made at the terminal.
type TerminalReady struct{}

func (TerminalReady) input() {}

// TerminalLost says that they cannot, in a word. Gone: what speaks with it is gone, and with it what was under way.
type TerminalLost struct {
	Why  string
	Gone bool
}

func (TerminalLost) input() {}

// ChargeMoved says how far somebody at the terminal is.
type ChargeMoved struct {
	Charge string
	Step   ChargeStep
}

func (ChargeMoved) input() {}

// ChargeEnded says what came of a charge, or that nobody knows it yet.
type ChargeEnded struct {
	Charge  string
	Outcome ChargeOutcome
	Amount  int64  // that was paid; minor units
	Receipt string // the terminal's name of it
}

func (ChargeEnded) input() {}

func (x charges) clone() charges {
	x.Charges, x.Denied = slices.Clip(x.Charges), slices.Clip(x.Denied)
	return x
}

// restart forgets what is no longer known: the terminal is asked anew.
func (x *charges) restart(up time.Duration) {
	x.Terminal, x.TerminalWhy = TerminalUnknown, ""
	x.Charges = slices.Clone(x.Charges)
	for i := range x.Charges {
		x.Charges[i].Since = up
	}
}

func (x *charges) chargeNamed(id string) *Charge {
	for i := range x.Charges {
		if x.Charges[i].ID == id {
			return &x.Charges[i]
		}
	}
	return nil
}

// chargeOf is a parcel's open charge; nil: none.
func (x *charges) chargeOf(parcel string) *Charge {
	for i := range x.Charges {
		if x.Charges[i].Parcel == parcel {
			return &x.Charges[i]
		}
	}
	return nil
}

// underWay is the charge that the terminal is at; nil: none.
func (x *charges) underWay() *Charge {
	for i := range x.Charges {
		if !x.Charges[i].Uncertain {
			return &x.Charges[i]
		}
	}
	return nil
}

// Unsettled are the charges whose end nobody knows, as the terminal is asked of them at the start of a run.
func (s *State) Unsettled() (list []Event) {
	for _, c := range s.Charges {
		list = append(list, ChargeUncertain{Charge: c.ID, Parcel: c.Parcel, Door: c.Door, Amount: c.Amount, Currency: c.Currency})
	}
	return list
}

// chargeable says that what a parcel owes can be paid at the terminal now.
func (s *State) chargeable(p *Parcel) bool {
	return s.plan.Terminal && s.Terminal == TerminalWorks && p != nil && s.underWay() == nil && s.chargeOf(p.ID) == nil &&
		len(s.Charges) < maxCharges && !p.paidOut()
}

// payByCard has the terminal ask for what was shown.
func (d *decision) payByCard() {
	n := d.s.Session
	p := d.s.parcel(n.Parcel)
	if p == nil || !d.s.chargeable(p) {
		return
	}
	owed := d.s.owes(p, d.now)
	switch {
	case d.s.payerMayHaveLeft(d.now):
		d.askAgain()
		return
	case owed == 0:
		d.pickup(*p, n.Token)
		return
	case owed != max(0, p.Fee.Frozen-p.Fee.paid()): // it has become more since it was shown
		d.askFee(p, n.Token)
		return
	}
	d.emit(ChargeBegun{Session: n.ID, Parcel: p.ID, Door: p.Door, Charge: d.id("c"), Amount: owed, Currency: p.Fee.Terms.Currency, Language: n.Language})
	d.move(StepCard, NoticeNone, 0)
}

// stopCharge has the terminal leave what it is at for a parcel. Whether it was in time, its answer says.
func (d *decision) stopCharge(parcel, why string) {
	if c := d.s.underWay(); c != nil && c.Parcel == parcel && !c.Stopping {
		d.emit(ChargeStopped{Charge: c.ID, Parcel: c.Parcel, Door: c.Door, Why: why})
	}
}

// doubtCharge notes that nobody knows whether a charge was paid.
func (d *decision) doubtCharge(c Charge, why string) {
	d.emit(ChargeUncertain{Charge: c.ID, Parcel: c.Parcel, Door: c.Door, Amount: c.Amount, Currency: c.Currency, Why: why})
	if d.s.paysAtKiosk(c.Parcel) {
		d.move(StepUnclear, NoticeNone, 0)
	}
}

// doubtCharges is the same of all that the terminal is at.
func (d *decision) doubtCharges(why string) {
	for _, c := range slices.Clone(d.s.Charges) {
		if !c.Uncertain {
			d.doubtCharge(c, why)
		}
	}
}

// askUnclear tells somebody with a valid code that nobody knows yet whether they have paid. It returns false if that is known.
func (d *decision) askUnclear(p *Parcel, token TokenUse) bool {
	c := d.s.chargeOf(p.ID)
	if c == nil || p.State != ParcelStoredAt {
		return false
	}
	d.emit(ChargeUncertain{Session: d.s.Session.ID, Charge: c.ID, Parcel: p.ID, Door: p.Door, Token: token, Amount: c.Amount, Currency: c.Currency, Why: doubtShown})
	d.move(StepUnclear, NoticeNone, 0)
	return true
}

// Why the terminal is asked to leave a charge.
const (
	stopBack = "back" // whoever stands there wants to pay in another way, or not now
	stopLeft = "left" // they have gone
	stopPaid = "paid" // money has come in another way
)

// Why nobody knows whether a charge was paid.
const (
	doubtUnknown = "unknown" // the terminal says so
	doubtLost    = "lost"    // it fell silent meanwhile
	doubtSilent  = "silent"  // it has said nothing for long
	doubtRestart = "restart" // lockerd was restarted
	doubtShown   = "shown"   // its payer stands there again
)

// terminal hears of the terminal.
func (d *decision) terminal(in Input) {
	switch in := in.(type) {
	case TerminalReady:
		if d.s.plan.Terminal && d.s.Terminal != TerminalWorks && d.hears(d.s.Source(in)) {
			d.emit(TerminalBack{})
		}
	case TerminalLost:
		if d.s.Terminal != TerminalOut {
			d.emit(TerminalGone{Why: in.Why})
		}
		if in.Gone {
			d.doubtCharges(doubtLost)
		}
	case ChargeMoved:
		d.chargeMoved(in)
	case ChargeEnded:
		d.chargeEnded(in)
	}
}

// chargeMoved follows somebody at the terminal. That they do something there shows that they are there, if they were just now.
func (d *decision) chargeMoved(in ChargeMoved) {
	c := d.s.chargeNamed(in.Charge)
	if c == nil || c.Uncertain || !d.s.paysAtKiosk(c.Parcel) {
		return
	}
	if d.s.Session.Step == StepCard && in.Step != ChargePresent && !d.s.payerMayHaveLeft(d.now) {
		d.move(StepCardBusy, NoticeNone, 0)
	}
}

// chargeEnded takes what came of a charge into the books, once.
func (d *decision) chargeEnded(in ChargeEnded) {
	c := d.s.chargeNamed(in.Charge)
	denied := slices.IndexFunc(d.s.Denied, func(c Charge) bool { return c.ID == in.Charge })
	switch {
	case c == nil && denied >= 0 && in.Outcome == ChargePaid: // it had been on its way
		d.chargePaid(d.s.Denied[denied], in)
	case c == nil: // it was told before
	case in.Outcome == ChargePaid:
		d.chargePaid(*c, in)
	case in.Outcome != ChargeUnknown:
		d.chargeFailed(ChargeFailed{Why: in.Outcome}, *c)
	case !c.Uncertain:
		d.doubtCharge(*c, doubtUnknown)
	}
}

// chargePaid books what was paid at the terminal, and opens the door for whoever stands there. Of a parcel that is gone all of it is too much.
func (d *decision) chargePaid(c Charge, in ChargeEnded) {
	p, owed := d.s.parcel(c.Parcel), int64(0)
	if p != nil {
		owed = d.s.owes(p, d.now)
	}
	if p != nil && in.Amount == c.Amount { // what was asked for: time that has passed since costs them nothing, a longer period does
		owed = min(owed, c.Amount+p.Fee.Extra-c.Extra)
	}
	d.received(FeePaid{Charge: c.ID, Receipt: in.Receipt, Parcel: c.Parcel, Door: c.Door, Reference: c.ID, Amount: in.Amount, Currency: c.Currency}, p, owed)
}

// chargeFailed ends a charge by which nothing was paid, and offers whoever still stands there to pay in another way.
func (d *decision) chargeFailed(e ChargeFailed, c Charge) {
	waits := d.s.paysAtKiosk(c.Parcel)
	e.Charge, e.Parcel, e.Door = c.ID, c.Parcel, c.Door
	d.emit(e)
	p := d.s.parcel(c.Parcel)
	if !waits || p == nil {
		return
	}
	if d.s.Session.Step == StepUnclear || d.s.payerMayHaveLeft(d.now) {
		d.askAgain()
		return
	}
	d.pickup(*p, d.s.Session.Token)
	if d.s.Session.Step == StepPay {
		d.move(StepPay, declined[e.Why], 0)
	}
}

// chargeOfGone is the open charge that a payment is the end of, of a parcel that is gone.
func (s *State) chargeOfGone(b MoneyOrder) *Charge {
	if c := s.chargeNamed(b.Reference); c != nil && c.Parcel == b.Parcel && c.Currency == b.Currency && s.parcel(c.Parcel) == nil {
		return c
	}
	return nil
}

// refusalToUnpaid judges the word that nothing was taken. Of a payment that goes on the terminal alone knows.
func (s *State) refusalToUnpaid(charge string) string {
	switch c := s.chargeNamed(charge); {
	case c == nil:
		return "no such payment is open: what came of it is known"
	case !c.Uncertain:
		return "the payment is just being made"
	}
	return ""
}

// unpaid ends a charge of which the operator has found out that nothing was taken.
func (d *decision) unpaid(o Order) {
	d.chargeFailed(ChargeFailed{Order: o.ID, Why: ChargeCancelled}, *d.s.chargeNamed(o.Unpaid.Charge))
}

// declined is what whoever could not pay is told.
var declined = map[ChargeOutcome]Notice{ChargeDeclined: NoticeDeclined, ChargeCancelled: NoticeNotPaid, ChargeUnsent: NoticeTerminal}

// lateCharges are charges of which the terminal has said nothing for too long.
func (d *decision) lateCharges() {
	for _, c := range slices.Clone(d.s.Charges) {
		if !c.Uncertain && d.now.Up >= c.until() {
			d.doubtCharge(c, doubtSilent)
		}
	}
}

// chargeDue calls at with when the terminal is to have said what came of the charge that it is at.
func (x *charges) chargeDue(at func(time.Duration)) {
	if c := x.underWay(); c != nil {
		at(c.until())
	}
}

// until is when it is asked what has become of a charge, as Up.
func (c Charge) until() time.Duration {
	if c.Stopping {
		return c.Since + leaveMost
	}
	return c.Since + chargeMost
}
