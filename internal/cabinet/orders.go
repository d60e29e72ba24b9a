package cabinet

import (
	"context"

	"lockerd/internal/locker"
	"lockerd/internal/remote"
	"lockerd/internal/scanner"
)

// orders passes the cloud's orders to the loop, with parcels' numbers in the form that scanners read.
type orders struct {
	*loop
	labels  *scanner.Labels
	cfg     *Config
	uploads *remote.Uploads
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
	case received.Refusal != "" || received.Cabinet != o.cfg.Cabinet:
	case received.Config != nil:
		received.Refusal, err = o.cfg.offered(received.Config.Text)
	case received.Upload != nil:
		received.Refusal, err = o.uploads.Offer(received.ID, received.Upload)
	}
	if err != nil {
		return err
	}
	return o.loop.Do(ctx, order)
}

// read normalises the number of an order's parcel. A number that no scan can produce is refused at once, before somebody
// waits for the parcel.
func (o orders) read(in locker.OrderReceived) locker.OrderReceived {
	number := func(tracking string) string {
		c := o.labels.Read(tracking)
		if c.Tracking == "" && in.Order.Refusal == "" {
			in.Order.Refusal = "the tracking number is no parcel's"
		}
		return c.Tracking
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
