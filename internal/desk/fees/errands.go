package fees

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
)

// By is who stands in the books for what follows by itself.
const By = "lockerdesk"

// Amounts and times of errands.
const (
	atOnce = 50
	look   = 15 * time.Second // between two looks, if nobody wakes it
)

// Books are where errands lie. books.Books are such.
type Books interface {
	Errands(ctx context.Context, most int) ([]books.Errand, error)
	DropErrand(ctx context.Context, id string) error
}

// Office sends orders. orders.Office is one.
type Office interface {
	Send(ctx context.Context, o orders.Order) (id string, err error)
}

// Errands carries out what follows by itself. Run owns it; Wake may be called from anywhere.
type Errands struct {
	cfg    *Config
	books  Books
	office Office
	log    *slog.Logger
	wake   chan struct{}
}

// New makes it, and Run starts it.
func New(cfg *Config, b Books, office Office, log *slog.Logger) *Errands {
	return &Errands{cfg: cfg, books: b, office: office, log: log, wake: make(chan struct{}, 1)}
}

// String is the owner's name.
func (e *Errands) String() string { return "fees" }

// Wake says that there may be an errand. It never blocks.
func (e *Errands) Wake() {
	select {
	case e.wake <- struct{}{}:
	default: // it has been told and has not looked yet
	}
}

// Run carries errands out until ctx is cancelled; then it returns nil.
func (e *Errands) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		more, err := e.all(ctx)
		if err != nil && ctx.Err() == nil {
			e.log.Error("an order about a fee cannot be sent: it will be", "err", err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-e.wake:
		case <-time.After(look):
		}
	}
	return nil
}

// all carries out what there is; more says that there may be more.
func (e *Errands) all(ctx context.Context) (more bool, err error) {
	list, err := e.books.Errands(ctx, atOnce)
	if err != nil {
		return false, err
	}
	for _, errand := range list {
		if err := e.one(ctx, errand); err != nil {
			return false, err
		}
	}
	return len(list) == atOnce, nil
}

// one writes the order of an errand. An error is the books'.
func (e *Errands) one(ctx context.Context, errand books.Errand) error {
	now := time.Now()
	if errand.Over(errand.Of, now) {
		return e.books.DropErrand(ctx, errand.ID)
	}
	o := orders.Order{Cabinet: errand.Cabinet, Kind: errand.Kind, By: By, Errand: errand.ID}
	switch errand.Kind {
	case "parcel.told":
		o.Body = contract.Told{Tracking: errand.Of.Tracking, At: errand.At.UTC().Truncate(time.Second)}
	case "fee.link":
		link := e.cfg.Pay(errand.Of, errand.Amount)
		if link == "" {
			if e.cfg.Link != "" && (errand.Of.Fee == nil || errand.Of.Fee.Unclear == "") {
				e.log.Error("somebody is to pay, and there is no link for it: fees.link is too long, or the parcel's order is not known", "cabinet", errand.Cabinet, "parcel", errand.Parcel)
			}
			return e.books.DropErrand(ctx, errand.ID)
		}
		until := errand.Until.Truncate(time.Second)
		o.Body = contract.FeeLink{Tracking: errand.Of.Tracking, Amount: errand.Amount, Currency: errand.Currency, URL: link, Until: until}
		if !until.IsZero() { // without it as is usual: the cabinet's clock is not set
			o.Life = min(max(until.Sub(now), time.Minute), time.Hour)
		}
	}
	_, err := e.office.Send(ctx, o)
	switch unfit := (orders.Unfit{}); {
	case errors.Is(err, books.ErrDone): // another lockerdesk was quicker
		return nil
	case errors.As(err, &unfit):
		e.log.Error("an order about a fee cannot be written", "kind", errand.Kind, "cabinet", errand.Cabinet, "parcel", errand.Parcel, "err", err)
		return e.books.DropErrand(ctx, errand.ID)
	}
	return err
}
