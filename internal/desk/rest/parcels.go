package rest

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
)

// Parcel is a parcel that has reached a cabinet.
type Parcel struct {
	Cabinet   string     `json:"cabinet"`
	Parcel    string     `json:"parcel" doc:"Its id in the cabinet's events."`
	Tracking  string     `json:"tracking"`
	Door      int        `json:"door"`
	Size      string     `json:"size,omitempty"`
	Company   string     `json:"company,omitempty"`
	Order     string     `json:"order,omitempty" doc:"The order that announced it."`
	Status    string     `json:"status" enum:"waiting,expired,cancelled,refused,collected,taken_back,not_back,handed_over,to_collect,dispatched,missing,withdrawn,kept"`
	Stored    time.Time  `json:"stored" doc:"By the cabinet's clock."`
	Until     time.Time  `json:"until,omitzero" doc:"When its pickup period ends. Without it it has not begun."`
	Ended     time.Time  `json:"ended,omitzero"`
	Fee       *Fee       `json:"fee,omitempty" doc:"What it costs. Without it nothing is ever owed."`
	Recipient *Recipient `json:"recipient,omitempty" doc:"Only for keys with the scope personal:read."`
}

// Recipient is who a parcel is for, or has rented its door, and what opens that.
type Recipient struct {
	Contact
	Code   string   `json:"code,omitempty" doc:"The pickup code."`
	People []Sharer `json:"people,omitempty" doc:"Who else has a code for a rented door."`
	Page   string   `json:"page,omitempty" doc:"The recipient's page. Whoever knows the address sees the code."`
}

// Contact is how a recipient is reached.
type Contact struct {
	Mail     string `json:"mail,omitempty" format:"email" maxLength:"254"`
	Phone    string `json:"phone,omitempty" pattern:"^\\+?[0-9]{5,15}$"`
	Name     string `json:"name,omitempty" maxLength:"64" doc:"For the greeting."`
	Language string `json:"language,omitempty" maxLength:"16" doc:"Of the notices, as in BCP 47."`
}

func (a *API) parcelOf(c caller) func(desk.Parcel) Parcel {
	return func(p desk.Parcel) Parcel {
		out := Parcel{Cabinet: p.Cabinet, Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Size: p.Size, Company: p.Company, Order: p.Order,
			Status: string(p.Status), Stored: p.Stored, Until: p.Until, Ended: p.Ended, Fee: feeOf(p, nil, time.Now())}
		if !c.may(PersonalRead) {
			return out
		}
		out.Recipient = &Recipient{Contact: Contact(p.Contact)}
		if p.Opens() {
			out.Recipient.Code, out.Recipient.People = p.Code, a.sharers(p.People)
		}
		if a.public != "" && p.Link != "" {
			out.Recipient.Page = a.public + "/p/" + p.Link
		}
		return out
	}
}

// Record is a record of a parcel's story.
type Record struct {
	Epoch   string          `json:"epoch"`
	Seq     uint64          `json:"seq"`
	Hash    string          `json:"hash" doc:"SHA-256 of line."`
	At      time.Time       `json:"at" doc:"By the cabinet's clock."`
	Kind    string          `json:"kind"`
	Line    json.RawMessage `json:"line" doc:"The record as it came: docs/cloud.md, the ledger."`
	Problem string          `json:"problem,omitempty" doc:"What is wrong with it."`
	Taken   time.Time       `json:"taken" doc:"When this desk had it."`
}

// AtParcel names a parcel in a path.
type AtParcel struct {
	Once
	Cabinet string `path:"cabinet" maxLength:"63"`
	Parcel  string `path:"parcel" maxLength:"64"`
}

// find is the parcel that a path names.
func (a *API) find(ctx context.Context, cabinet, id string) (*desk.Parcel, error) {
	p, err := a.books.Parcel(ctx, cabinet, id)
	if err == nil && p == nil {
		err = huma.Error404NotFound("there is no such parcel")
	}
	return p, err
}

func (a *API) parcelRoutes() {
	add(a, route{http.MethodGet, "/parcels", "listParcels", "parcels", ParcelsRead, "Parcels that have reached a cabinet, the newest first", ""},
		func(ctx context.Context, in *struct {
			Paging
			Cabinet  string `query:"cabinet" maxLength:"63"`
			Tracking string `query:"tracking" maxLength:"64"`
			Order    string `query:"order" maxLength:"64" doc:"That announced it."`
			Status   string `query:"status" enum:"waiting,expired,cancelled,refused,collected,taken_back,not_back,handed_over,to_collect,dispatched,missing,withdrawn,kept"`
		}) (*listed[Parcel], error) {
			after, err := in.after()
			if err != nil {
				return nil, err
			}
			found, err := a.books.Search(ctx, books.ParcelFilter{Cabinet: in.Cabinet, Tracking: in.Tracking, Order: in.Order, Status: desk.Status(in.Status), After: after}, in.Limit+1)
			return show(in.Paging, found, a.parcelOf(callerOf(ctx)), books.PlaceOf), err
		})
	type named struct {
		Cabinet string `path:"cabinet" maxLength:"63"`
		Parcel  string `path:"parcel" maxLength:"64"`
	}
	type one struct{ Body Parcel }
	add(a, route{http.MethodGet, "/cabinets/{cabinet}/parcels/{parcel}", "getParcel", "parcels", ParcelsRead, "A parcel as it is now", ""},
		func(ctx context.Context, in *named) (*one, error) {
			p, err := a.find(ctx, in.Cabinet, in.Parcel)
			if err != nil {
				return nil, err
			}
			return &one{a.parcelOf(callerOf(ctx))(*p)}, nil
		})
	type story struct {
		Body struct {
			Items []Record `json:"items" nullable:"false"`
		}
	}
	add(a, route{http.MethodGet, "/cabinets/{cabinet}/parcels/{parcel}/story", "getStory", "parcels", ParcelsRead, "A parcel's records, the oldest first",
		"Each as it came from the cabinet, so that its hash can be checked."}, func(ctx context.Context, in *named) (*story, error) {
		found, err := a.books.Story(ctx, in.Cabinet, in.Parcel)
		if err == nil && len(found) == 0 {
			err = huma.Error404NotFound("there is no such parcel")
		}
		out := &story{}
		for _, e := range found {
			out.Body.Items = append(out.Body.Items, Record{Epoch: e.Epoch, Seq: e.Seq, Hash: hex.EncodeToString(e.Hash[:]), At: e.At, Kind: e.Kind,
				Line: e.Public, Problem: e.Problem, Taken: e.Taken})
		}
		return out, err
	})
	a.parcelActions()
}

// about sends an order about a parcel that lies in its cabinet.
func (a *API) about(ctx context.Context, at AtParcel, asked any, order func(desk.Parcel) orders.Order) (*sent, error) {
	p, err := a.find(ctx, at.Cabinet, at.Parcel)
	if err != nil {
		return nil, err
	}
	if !p.Status.Lies() {
		return nil, huma.Error409Conflict("the parcel is not in the cabinet: it is " + string(p.Status))
	}
	o := order(*p)
	o.Cabinet = p.Cabinet
	return a.send(ctx, at.Key, asked, o)
}

// action is a route of something that can be done about a parcel.
func action(action, name string, scope Scope, summary, words string) route {
	return route{http.MethodPost, "/cabinets/{cabinet}/parcels/{parcel}/" + action, name, "parcels", scope, summary, words}
}

func (a *API) parcelActions() {
	add(a, action("extend", "extendParcel", ParcelsWrite, "Let a parcel wait longer", "One of until and by_hours."), func(ctx context.Context, in *struct {
		AtParcel
		Body struct {
			Until   time.Time `json:"until,omitzero" doc:"At most 90 days ahead."`
			ByHours int       `json:"by_hours,omitempty" minimum:"0" maximum:"2160" doc:"Of an expired parcel: from now."`
			Price   int64     `json:"price,omitempty" minimum:"0" maximum:"100000000" doc:"What that costs its recipient on top, in minor units; only for a parcel that has a fee."`
		}
	}) (*sent, error) {
		if in.Body.Until.IsZero() == (in.Body.ByHours == 0) {
			return nil, huma.Error422UnprocessableEntity("one of until and by_hours")
		}
		return a.about(ctx, in.AtParcel, in.Body, func(p desk.Parcel) orders.Order {
			return orders.Order{Kind: "parcel.extend", Body: contract.Extend{Tracking: p.Tracking, Until: in.Body.Until, ByHours: in.Body.ByHours, Price: in.Body.Price}}
		})
	})
	// plain are those that need nothing but the parcel.
	plain := func(r route, kind string, body func(desk.Parcel) any) {
		add(a, r, func(ctx context.Context, in *AtParcel) (*sent, error) {
			return a.about(ctx, *in, nil, func(p desk.Parcel) orders.Order { return orders.Order{Kind: kind, Body: body(p)} })
		})
	}
	plain(action("new-code", "newCode", ParcelsWrite, "Give a parcel another code", "What opened its door before opens it no more; the recipient is told."),
		"parcel.new_code", func(p desk.Parcel) any { return contract.NewCode{Tracking: p.Tracking} })
	plain(action("recall", "recallParcel", ParcelsWrite, "Have a courier take a parcel back", "Its recipient can fetch it no more."),
		"parcel.cancel", func(p desk.Parcel) any { return contract.Cancel{Tracking: p.Tracking} })
	plain(action("handed-over", "parcelHandedOver", ParcelsWrite, "Say that the recipient has the parcel", "In whatever way: the cabinet cannot know."),
		"parcel.handed_over", func(p desk.Parcel) any { return contract.HandOver{Tracking: p.Tracking} })
	plain(action("reset", "resetPickup", ParcelsWrite, "Let a condition be answered again", "After too many wrong answers."),
		"pickup.reset", func(p desk.Parcel) any { return contract.Reset{Tracking: p.Tracking} })
	add(a, action("confirm", "confirmPickup", ParcelsWrite, "Say that the person who waits at the cabinet is the right one", ""), func(ctx context.Context, in *struct {
		AtParcel
		Body struct {
			Session string `json:"session,omitempty" maxLength:"64" doc:"The one in the pickup.claimed that is answered."`
		}
	}) (*sent, error) {
		return a.about(ctx, in.AtParcel, in.Body, func(p desk.Parcel) orders.Order {
			return orders.Order{Kind: "pickup.confirm", Body: contract.Confirm{Tracking: p.Tracking, Session: in.Body.Session}}
		})
	})
	a.handingActions()
	a.sharingActions()
}

// handingActions are those by which somebody gets at a parcel.
func (a *API) handingActions() {
	add(a, action("open", "openParcel", DoorsWrite, "Open the door of a parcel", "For somebody who stands before it. Meant for a minute."), func(ctx context.Context, in *struct {
		AtParcel
		Body why
	}) (*sent, error) {
		return a.about(ctx, in.AtParcel, in.Body, func(p desk.Parcel) orders.Order {
			return orders.Order{Kind: "door.unlock", Body: contract.Unlock{Door: p.Door, Reason: in.Body.Reason}}
		})
	})
	add(a, action("hand-over", "handOverParcel", ParcelsWrite, "Make a parcel somebody else's",
		"With another code. The new recipient is told, and the one of before opens it no more."), func(ctx context.Context, in *struct {
		AtParcel
		Body Contact
	}) (*sent, error) {
		return a.about(ctx, in.AtParcel, in.Body, func(p desk.Parcel) orders.Order {
			to := desk.Contact(in.Body)
			o := orders.Order{Kind: "parcel.new_recipient", Body: contract.NewRecipient{Tracking: p.Tracking}, Tell: &to}
			if to.Phone != "" {
				o.Personal = contract.Recipient{Phone: to.Phone}
			}
			return o
		})
	})
}
