package office

import (
	"net/http"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
)

// sharerRow is somebody who shares a rented door, without anything personal: records name them so.
type sharerRow struct {
	Person string
	MayEnd bool
}

func sharersOf(people []desk.Sharer) (rows []sharerRow) {
	for _, x := range desk.Sharers(people) {
		rows = append(rows, sharerRow{x.Person, x.MayEnd})
	}
	return rows
}

// sharing are the orders about who shares a rented door, by the name of the deed.
var sharing = map[string]func(v *visit, tracking string) orders.Order{
	"share": func(v *visit, tracking string) orders.Order {
		return orders.Share(tracking, v.field("sharer"), v.field("may_end") == "yes", v.contact())
	},
	"unshare": func(v *visit, tracking string) orders.Order {
		return orders.Order{Kind: "parcel.unshare", Body: contract.Unshare{Tracking: tracking, Person: v.field("sharer")}}
	},
}

// sharingDeed is one of them about a door in use.
func sharingDeed(name string) func(v *visit, p desk.Parcel) orders.Order {
	return func(v *visit, p desk.Parcel) orders.Order { return sharing[name](v, p.Tracking) }
}

// announcedBy finds an announcement of what its sender or its renter brings.
func (o *Office) announcedBy(v *visit) (books.Announced, error) {
	found, err := o.Books.Announcements(v.r.Context(), books.AnnouncementFilter{Order: v.r.PathValue("order")}, 1)
	if err == nil && (len(found) == 0 || !found[0].Sends && !found[0].Rents) {
		err = errNotFound
	}
	if err != nil {
		return books.Announced{}, err
	}
	return found[0], nil
}

// announcePeople changes who shares a door that is to be rented.
func (o *Office) announcePeople(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	a, err := o.announcedBy(v)
	if err != nil {
		return err
	}
	write := sharing[v.r.PathValue("deed")]
	if write == nil || !a.Rents || a.State != desk.Expects {
		return errNotFound
	}
	order := write(v, a.Tracking)
	order.Cabinet, order.By, order.Reason = a.Cabinet, v.person.Name, v.field("reason")
	_, done, err := v.send(order)
	if err != nil {
		return err
	}
	if done {
		return v.to(Prefix + "announce")
	}
	p, _, err := o.announcing(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "announce", "announce", p)
}
