package cabinet

import (
	"cmp"
	"context"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
	"lockerd/internal/remote"
	"lockerd/internal/scanner"
)

// orders passes the cloud's orders to the loop, with parcels' numbers in the form that scanners read, and with codes to choose from.
type orders struct {
	*loop
	labels  *scanner.Labels
	cfg     *Config
	brought remote.Brought
	offers  func(digits int) []locker.Offer
}

// Do is the loop's.
func (o orders) Do(ctx context.Context, in locker.Input) error {
	if order, ok := in.(locker.OrderReceived); ok {
		in = o.keep(o.read(order))
	}
	return o.loop.Do(ctx, in)
}

// keep has what an order brings that no event holds on the disk before the order is judged. Where the disk does not take it, the order is
// refused: others wait behind it, as to open a door.
func (o orders) keep(in locker.OrderReceived) locker.OrderReceived {
	var err error
	switch received := &in.Order; {
	case received.Refusal != "" || received.Issuer == "" || received.Cabinet != o.cfg.Cabinet: // it is refused: nothing of it is kept
	case received.Config != nil:
		received.Refusal, err = o.cfg.offered(received.Config.Text)
	default:
		received.Refusal, err = o.brought.Offer(received)
	}
	if err != nil {
		in.Order.Refusal = "the cabinet's disk does not take what it brings"
	}
	return in
}

// read normalises the number of an order's parcel. A number that no scan can produce is refused at once, before somebody
// waits for the parcel; so is a key that is none.
func (o orders) read(in locker.OrderReceived) locker.OrderReceived {
	none := false
	in.Order = in.Order.Renumbered(func(tracking string) string {
		c := o.labels.Read(tracking)
		none = c.Tracking == ""
		return c.Tracking
	})
	if none {
		in.Order.Refusal = cmp.Or(in.Order.Refusal, "the tracking number is no parcel's")
	}
	switch order := in.Order; {
	case order.Announce != nil && order.Announce.From != "":
		order.Announce.Offers = o.offers(o.cfg.CodeDigits())
	case order.NewCode != nil:
		order.NewCode.Offers = o.offers(o.cfg.CodeDigits())
	case order.Share != nil:
		order.Share.Offers = o.offers(o.cfg.CodeDigits())
	case order.NewRecipient != nil:
		order.NewRecipient.Offers = o.offers(o.cfg.CodeDigits())
	case order.IssuerPut != nil:
		if err := credential.CheckIssuer(*order.IssuerPut); err != nil {
			in.Order.Refusal = cmp.Or(in.Order.Refusal, err.Error())
		}
	}
	return in
}
