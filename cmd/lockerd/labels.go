package main

import (
	"context"
	"regexp"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
	"lockerd/internal/scanner"
)

// labels reads what is held before a scanner, typed at the kiosk or told by the cloud: one function for all three, so
// that a parcel has one number whoever says it.
type labels struct {
	keys *credential.Keys
	*scanner.Recogniser
}

// codeForm is the form of a pickup code without its prefix, as long as one may ever have been.
var codeForm = regexp.MustCompile(`\A[0-9]{6,10}\z`)

// claim is what a text may be. Both are empty if it is nothing.
type claim struct {
	// own is the keyed hash of the text as a person's code or badge.
	own locker.Hash
	// code says that it has the form of a pickup code; bare, that it lacks the prefix of one.
	code, bare bool
	// token is the text of a signed token. What it claims is not yet checked.
	token string
	// tracking is the parcel's number; empty where the text is a person's own, or is on parcels but names none.
	tracking string
	// format names how the text is written, and likely is how likely it is its parcel's number, beside what else is on the label.
	format   string
	likely   int
	personal bool // it has the form of a person's own
}

// read says what a text may be. Whatever names no parcel has no number: a courier is asked for another barcode then.
func (l *labels) read(text string) claim {
	readings, err := l.Recognise(text)
	if err != nil {
		return claim{}
	}
	bars, rest := scanner.Split(text)
	likeliest, names := scanner.Standing(bars, readings)
	bare := codeForm.MatchString(rest)
	switch likeliest.Kind {
	case scanner.Token:
		return claim{token: likeliest.Number, personal: true}
	case scanner.Code, scanner.Badge:
		if likeliest.Number == "" {
			return claim{personal: true} // a code whose prefix was garbled: so are its digits, perhaps
		}
		return claim{own: l.keys.Hash(likeliest.Number), code: likeliest.Kind == scanner.Code, personal: true}
	case scanner.Parcel, scanner.Route, scanner.Goods, scanner.Link, scanner.Text: // nobody's own
	}
	// A code may come without its prefix, as a badge may: the rules look for those first.
	c := claim{own: l.keys.Hash(rest), code: bare, bare: bare, format: likeliest.Format}
	if names {
		c.tracking, c.likely = likeliest.Number, likeliest.Likelihood()
	}
	return c
}

// orders gives the cloud's orders to the loop, with the numbers of parcels as scanners will read them.
type orders struct {
	*loop
	labels *labels
}

// Do is the loop's.
func (o orders) Do(ctx context.Context, in locker.Input) error {
	if order, ok := in.(locker.OrderReceived); ok {
		in = o.read(order)
	}
	return o.loop.Do(ctx, in)
}

// read leaves an order as it is, but for the number of its parcel. A number that no scan can bring is refused at once,
// before somebody waits for the parcel.
func (o orders) read(in locker.OrderReceived) locker.OrderReceived {
	number := func(tracking string) string {
		c := o.labels.read(tracking)
		if c.tracking == "" && in.Order.Refusal == "" {
			in.Order.Refusal = "the tracking number is no parcel's"
		}
		return c.tracking
	}
	switch {
	case in.Order.Announce != nil:
		announce := *in.Order.Announce
		announce.Tracking = number(announce.Tracking)
		in.Order.Announce = &announce
	case in.Order.Confirm != nil:
		in.Order.Confirm = &locker.ConfirmOrder{Tracking: number(in.Order.Confirm.Tracking)}
	case in.Order.Cancel != nil:
		in.Order.Cancel = &locker.CancelOrder{Tracking: number(in.Order.Cancel.Tracking)}
	case in.Order.HandOver != nil:
		in.Order.HandOver = &locker.HandOverOrder{Tracking: number(in.Order.HandOver.Tracking)}
	case in.Order.Reset != nil:
		in.Order.Reset = &locker.ResetOrder{Tracking: number(in.Order.Reset.Tracking)}
	case in.Order.Erase != nil && in.Order.Erase.Tracking != "":
		in.Order.Erase = &locker.Erasure{Tracking: number(in.Order.Erase.Tracking)}
	}
	return in
}
