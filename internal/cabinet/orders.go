package cabinet

import (
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

// Do is the loop's. What an order brings that no event holds is on the disk before the order is judged.
func (o orders) Do(ctx context.Context, in locker.Input) error {
	order, ok := in.(locker.OrderReceived)
	if !ok {
		return o.loop.Do(ctx, in)
	}
	order = o.read(order)
	var err error
	switch received := &order.Order; {
	case received.Refusal != "" || received.Issuer == "" || received.Cabinet != o.cfg.Cabinet: // it is refused: nothing of it is kept
	case received.Config != nil:
		received.Refusal, err = o.cfg.offered(received.Config.Text)
	default:
		received.Refusal, err = o.brought.Offer(received)
	}
	if err != nil {
		return err
	}
	return o.loop.Do(ctx, order)
}

// read normalises the number of an order's parcel. A number that no scan can produce is refused at once, before somebody
// waits for the parcel; so is a key that is none.
func (o orders) read(in locker.OrderReceived) locker.OrderReceived {
	refuse := func(why string) {
		if in.Order.Refusal == "" {
			in.Order.Refusal = why
		}
	}
	none := false
	in.Order = in.Order.Renumbered(func(tracking string) string {
		c := o.labels.Read(tracking)
		none = c.Tracking == ""
		return c.Tracking
	})
	if none {
		refuse("the tracking number is no parcel's")
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
			refuse(err.Error())
		}
	}
	return in
}
