package office

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
	"lockerd/internal/desk/round"
)

// couriersPage is who has a courier's page.
type couriersPage struct {
	Couriers  []books.Courier
	Cabinets  []string
	Languages []string
	Typed     books.Courier
	Link      string // a page that was just made, shown once
	For       string
}

// Picked says that a cabinet was chosen.
func (p couriersPage) Picked(cabinet string) bool {
	for _, c := range p.Typed.Cabinets {
		if c == cabinet {
			return true
		}
	}
	return false
}

func (o *Office) register() round.Register { return round.Register{Books: o.Books, Orders: o.Orders} }

func (o *Office) couriers(v *visit) error { return o.showCouriers(v, http.StatusOK, couriersPage{}) }

func (o *Office) showCouriers(v *visit, status int, p couriersPage) error {
	var err error
	if p.Couriers, err = o.Books.Couriers(v.r.Context()); err != nil {
		return err
	}
	all, err := o.Books.Cabinets(v.r.Context())
	if err != nil {
		return err
	}
	for _, c := range all {
		p.Cabinets = append(p.Cabinets, c.Name)
	}
	p.Languages = recipientLanguages
	return v.show(status, "couriers", "couriers", p)
}

// putCourier gives a courier a page, or a new one.
func (o *Office) putCourier(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	days, _ := strconv.Atoi(v.number("days")) // what is no number is 0, and too few
	c := books.Courier{ID: v.field("courier"), Company: v.field("company"), Language: v.field("language"), Cabinets: v.r.PostForm["cabinet"],
		Until: time.Now().Add(time.Duration(days) * 24 * time.Hour)}
	path, err := o.register().Put(v.r.Context(), c, v.field("recipient"), v.person.Name, v.from)
	var unfit orders.Unfit
	switch {
	case errors.Is(err, round.ErrID):
		v.tell(true, "couriers.id_wrong")
	case errors.Is(err, round.ErrCompany):
		v.tell(true, "couriers.company_wrong")
	case errors.Is(err, round.ErrRound):
		v.tell(true, "couriers.round_wrong")
	case errors.Is(err, round.ErrUntil):
		v.tell(true, "couriers.days_wrong")
	case errors.As(err, &unfit):
		v.tell(true, "couriers.unfit", "why", unfit.Error())
	case err != nil:
		return err
	default:
		v.tell(false, "couriers.done")
		return o.showCouriers(v, http.StatusOK, couriersPage{Link: o.Public + path, For: c.ID})
	}
	return o.showCouriers(v, http.StatusUnprocessableEntity, couriersPage{Typed: c})
}

// endCourier ends a courier's page.
func (o *Office) endCourier(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	if v.field("sure") != "yes" {
		v.tell(true, "couriers.sure")
		return o.showCouriers(v, http.StatusUnprocessableEntity, couriersPage{})
	}
	err := o.register().End(v.r.Context(), v.r.PathValue("courier"), v.person.Name, v.from)
	if errors.Is(err, books.ErrNoCourier) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	return v.to(Prefix + "couriers")
}
