package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/orders"
)

// Sharer is somebody who shares a rented door besides its renter.
type Sharer struct {
	Person string `json:"sharer" doc:"An id of yours: records name them by it."`
	MayEnd bool   `json:"may_end,omitempty"`
	Code   string `json:"code"`
	Contact
	Page string `json:"page,omitempty" doc:"Their own page. Whoever knows the address sees the code."`
}

func (a *API) sharers(people []desk.Sharer) (list []Sharer) {
	for _, p := range desk.Sharers(people) {
		s := Sharer{Person: p.Person, MayEnd: p.MayEnd, Code: p.Code, Contact: Contact(p.Contact)}
		if a.public != "" && p.Link != "" {
			s.Page = a.public + "/p/" + p.Link
		}
		list = append(list, s)
	}
	return list
}

// NewSharer is somebody who is to share a rented door.
type NewSharer struct {
	Person string `json:"sharer" minLength:"1" maxLength:"64" doc:"An id of yours, no name: records name them by it."`
	MayEnd bool   `json:"may_end,omitempty" doc:"They may end the rental, as its renter may."`
	Contact
}

// Sharing names a person who shares a rented door in a path.
type Sharing struct {
	Person string `path:"sharer" minLength:"1" maxLength:"64"`
}

// sharingActions are those of people who share a rented door: once something lies there, and before.
func (a *API) sharingActions() {
	share := func(tracking string, s NewSharer) orders.Order {
		return orders.Share(tracking, s.Person, s.MayEnd, desk.Contact(s.Contact))
	}
	unshare := func(tracking, person string) orders.Order {
		return orders.Order{Kind: "parcel.unshare", Body: contract.Unshare{Tracking: tracking, Person: person}}
	}
	const words = "Only of a rented door. They are told their code, and have a page, where they have a mail or a phone; it is among the door's people once the cabinet has answered."
	add(a, action("people", "shareDoor", ParcelsWrite, "Give one more person a code for a rented door", words), func(ctx context.Context, in *struct {
		AtParcel
		Body NewSharer
	}) (*sent, error) {
		return a.about(ctx, in.AtParcel, in.Body, func(p desk.Parcel) orders.Order { return share(p.Tracking, in.Body) })
	})
	add(a, route{http.MethodDelete, "/cabinets/{cabinet}/parcels/{parcel}/people/{sharer}", "unshareDoor", "parcels", ParcelsWrite, "Take somebody's code for a rented door away",
		"It opens nothing from then on, and they are told so."}, func(ctx context.Context, in *struct {
		AtParcel
		Sharing
	}) (*sent, error) {
		return a.about(ctx, in.AtParcel, nil, func(p desk.Parcel) orders.Order { return unshare(p.Tracking, in.Person) })
	})
	add(a, route{http.MethodPost, "/announcements/{order}/people", "shareAnnounced", "announcements", ParcelsWrite, "Give one more person a code for a door that is to be rented", words},
		func(ctx context.Context, in *struct {
			Once
			AtOrder
			Body NewSharer
		}) (*sent, error) {
			return a.aboutRenter(ctx, in.Key, in.Order, in.Body, func(tracking string) orders.Order { return share(tracking, in.Body) })
		})
	add(a, route{http.MethodDelete, "/announcements/{order}/people/{sharer}", "unshareAnnounced", "announcements", ParcelsWrite, "Take somebody's code for a door that is to be rented away", ""},
		func(ctx context.Context, in *struct {
			Once
			AtOrder
			Sharing
		}) (*sent, error) {
			return a.aboutRenter(ctx, in.Key, in.Order, nil, func(tracking string) orders.Order { return unshare(tracking, in.Person) })
		})
}

// aboutRenter sends an order about a door that is to be rented.
func (a *API) aboutRenter(ctx context.Context, key, order string, asked any, write func(tracking string) orders.Order) (*sent, error) {
	found, err := a.announcement(ctx, order)
	switch {
	case err != nil:
		return nil, err
	case !found.Rents || found.State == desk.Over || found.State == desk.Refused:
		return nil, huma.Error409Conflict("no door is to be rented by that order: if something lies there, it is a parcel")
	}
	o := write(found.Tracking)
	o.Cabinet = found.Cabinet
	return a.send(ctx, key, asked, o)
}
