package round

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
	"lockerd/internal/locker"
)

// LongestLife is how long a courier's page lasts at most.
const LongestLife = 366 * 24 * time.Hour

// Errors about what a courier is to be.
var (
	ErrID      = errors.New("round: a courier's id has up to 63 letters, digits, dots, dashes and underscores, and is no name")
	ErrCompany = errors.New("round: a courier is of a company, of up to 64 characters: it says whose parcels they see")
	ErrRound   = errors.New("round: a courier has cabinets to go to")
	ErrUntil   = errors.New("round: a courier's page lasts a day at least and a year at most")
)

var ids = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// rights are what couriers with a page may do at the kiosk: what their page tells them of.
var rights = []locker.Right{locker.RightDrop, locker.RightRecallOwn, locker.RightRecallCompany, locker.RightCollect}

// Register decides who has a page. It may be used from anywhere.
type Register struct {
	Books interface {
		Courier(ctx context.Context, id string) (books.Courier, error)
		PutCourier(ctx context.Context, c books.Courier, link string, d books.Deed) error
		RemoveCourier(ctx context.Context, id string, d books.Deed) error
	}
	Orders interface {
		SendAll(ctx context.Context, list []orders.Order) (wrong map[int]error, err error)
	}
}

// Put has a courier sign in at the cabinets of their round by the code on their page, and returns the path of that page, which is shown
// once. A courier of that id who is there already begins anew. name is for the cabinets' screens, and is kept nowhere else; by is who does
// it, from an address.
func (r Register) Put(ctx context.Context, c books.Courier, name, by, from string) (path string, err error) {
	now := time.Now()
	switch {
	case !ids.MatchString(c.ID):
		return "", ErrID
	case c.Company == "" || len([]rune(c.Company)) > 64:
		return "", ErrCompany
	case len(c.Cabinets) == 0:
		return "", ErrRound
	case c.Until.Before(now.Add(23*time.Hour)) || c.Until.After(now.Add(LongestLife)):
		return "", ErrUntil
	}
	var list []orders.Order
	for _, cabinet := range c.Cabinets {
		list = append(list, orders.Order{Cabinet: cabinet, Kind: "courier.put", By: by,
			Body:     contract.CourierPut{ID: c.ID, Company: c.Company, Rights: rights, Until: c.Until.UTC().Truncate(time.Second)},
			Personal: contract.CourierPerson{Name: name}})
	}
	if err := r.leave(ctx, c.ID, c.Cabinets, by, &list); err != nil {
		return "", err
	}
	if err := r.send(ctx, list); err != nil {
		return "", err
	}
	link := rand.Text()
	err = r.Books.PutCourier(ctx, c, link, books.Deed{Who: by, Place: from, What: "courier.page", Subject: c.ID, Reason: c.Company})
	return Prefix + link, err
}

// leave adds the orders for the cabinets that are no longer of a courier's round.
func (r Register) leave(ctx context.Context, id string, stays []string, by string, list *[]orders.Order) error {
	before, err := r.Books.Courier(ctx, id)
	if errors.Is(err, books.ErrNoCourier) {
		return nil
	}
	still := map[string]bool{}
	for _, cabinet := range stays {
		still[cabinet] = true
	}
	for _, cabinet := range before.Cabinets {
		if !still[cabinet] {
			*list = append(*list, orders.Order{Cabinet: cabinet, Kind: "courier.remove", By: by, Body: contract.CourierRemove{ID: id}})
		}
	}
	return err
}

// End has a courier sign in nowhere any more, and ends their page.
func (r Register) End(ctx context.Context, id, by, from string) error {
	c, err := r.Books.Courier(ctx, id)
	if err != nil {
		return err
	}
	// The page first: it makes codes.
	if err := r.Books.RemoveCourier(ctx, id, books.Deed{Who: by, Place: from, What: "courier.page_ended", Subject: id}); err != nil {
		return err
	}
	var list []orders.Order
	for _, cabinet := range c.Cabinets {
		list = append(list, orders.Order{Cabinet: cabinet, Kind: "courier.remove", By: by, Body: contract.CourierRemove{ID: id}})
	}
	return r.send(ctx, list)
}

func (r Register) send(ctx context.Context, list []orders.Order) error {
	wrong, err := r.Orders.SendAll(ctx, list)
	for i, why := range wrong {
		err = errors.Join(err, fmt.Errorf("round: %s: %w", list[i].Cabinet, why))
	}
	return err
}
