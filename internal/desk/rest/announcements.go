package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
	"lockerd/internal/locker"
)

// Announcement is a parcel that will be brought.
type Announcement struct {
	Order     string    `json:"order" doc:"The order that told the cabinet."`
	Cabinet   string    `json:"cabinet"`
	Tracking  string    `json:"tracking"`
	State     string    `json:"state" enum:"sent,expects,refused,over" doc:"sent: the cabinet has not answered. expects: it waits for the parcel. over: the parcel came, or something took the announcement's place."`
	Why       string    `json:"why,omitempty" doc:"Why it was refused."`
	Made      time.Time `json:"made"`
	Until     time.Time `json:"until,omitzero" doc:"When the cabinet expects it no more, of a sender's or renter's; once it is over: when that was."`
	Hours     int       `json:"hours,omitempty" doc:"For how long a renter has the door."`
	From      string    `json:"from,omitempty" enum:"sender,renter" doc:"sender: its sender brings it, by a code of their own. renter: it stays behind a rented door, which that code opens again and again."`
	Code      string    `json:"code,omitempty" doc:"The sender's code, or the renter's, once the cabinet expects the parcel and until it is in. It opens an empty door. Only for keys with the scope personal:read."`
	Page      string    `json:"page,omitempty" doc:"The sender's or renter's page, once the cabinet expects the parcel. Whoever knows the address sees the code. Only for keys with the scope personal:read."`
	People    []Sharer  `json:"people,omitempty" doc:"Who else has a code for a rented door. Only for keys with the scope personal:read."`
	Recipient *Contact  `json:"recipient,omitempty" doc:"The recipient, or the sender, or the renter. Only for keys with the scope personal:read."`
}

// NewAnnouncement is what a cabinet and this desk are to know of a parcel.
type NewAnnouncement struct {
	Cabinet   string     `json:"cabinet" minLength:"1" maxLength:"63"`
	Tracking  string     `json:"tracking" minLength:"1" maxLength:"64" doc:"The parcel's number, as scanners will read it."`
	Size      string     `json:"size,omitempty" maxLength:"16" doc:"One of the cabinet's; without it the courier chooses."`
	Low       bool       `json:"low,omitempty" doc:"Its recipient needs a door that can be reached from a wheelchair."`
	From      string     `json:"from,omitempty" enum:"sender,renter" doc:"sender: its sender brings it, by a code that the cabinet makes: they are told it where recipient, which is the sender then, has a mail or a phone. Otherwise ask for the announcement once its state is expects, and give it to them. renter: likewise, and that code opens the same door again and again. Without it a courier does."`
	Hours     int        `json:"hours,omitempty" minimum:"0" maximum:"2160" doc:"For how long a renter has the door."`
	Until     time.Time  `json:"until,omitzero" doc:"When the cabinet expects it no more. Without it after the cabinet's own time (30 days from the factory), of a sender or a renter after 14 days."`
	Company   string     `json:"company,omitempty" maxLength:"64" doc:"Only its couriers may bring it, or collect it from its sender, or clear what was rented for too long: then there must be one."`
	Ask       []string   `json:"ask,omitempty" maxItems:"8" doc:"Conditions at pickup besides the code: docs/cloud.md, parcel.announce."`
	Fee       *NewFee    `json:"fee,omitempty" doc:"What it costs its recipient. Without it nothing is ever owed."`
	Label     bool       `json:"label,omitempty" doc:"The parcel has a label already: its sender may hold that before the scanner instead of the code."`
	Agree     []Declared `json:"agree,omitempty" maxItems:"4" doc:"What its sender is to agree to at the kiosk before a door opens for them."`
	Weights   []int      `json:"weights,omitempty" maxItems:"6" doc:"What its sender may say of its weight: at most so many grams, the lowest first. Without any they are not asked."`
	Consent   string     `json:"consent,omitempty" enum:"given,denied" doc:"Whether its recipient agrees that it goes into a cabinet. Without it that is not known: what a cabinet does then is a setting of its own."`
	Recipient Contact    `json:"recipient,omitempty"`
}

// Declared is what a sender is to agree to.
type Declared struct {
	Key   string    `json:"key" minLength:"1" maxLength:"32" doc:"By which records name it."`
	Texts []Wording `json:"texts" minItems:"1" maxItems:"16"`
}

// Wording is a text in one language.
type Wording struct {
	Language string `json:"language" minLength:"2" maxLength:"16" doc:"As \"de\"."`
	Text     string `json:"text" minLength:"1" maxLength:"280"`
}

func (a *API) announcementOf(c caller) func(books.Announced) Announcement {
	return func(is books.Announced) Announcement {
		out := Announcement{Order: is.Order, Cabinet: is.Cabinet, Tracking: is.Tracking, State: string(is.State), Why: is.Why, Made: is.Made, Until: is.Until, Hours: is.Hours}
		if is.Sends {
			out.From = locker.FromSender
		}
		if is.Rents {
			out.From = locker.FromRenter
		}
		if c.may(PersonalRead) {
			contact := Contact(is.Contact)
			out.Recipient, out.Code = &contact, is.Code
			if is.State == desk.Expects {
				out.People = a.sharers(is.People)
			}
			if a.public != "" && is.Link != "" {
				out.Page = a.public + "/p/" + is.Link
			}
		}
		return out
	}
}

// AtOrder names an order in a path.
type AtOrder struct {
	Order string `path:"order" minLength:"1" maxLength:"64"`
}

// announced is a parcel as it is announced.
func (a *API) announced(b NewAnnouncement) (n orders.Announcement, err error) {
	n = orders.Announcement{Tracking: b.Tracking, Size: b.Size, Low: b.Low, Company: b.Company, Until: b.Until, Contact: desk.Contact(b.Recipient)}
	for _, condition := range b.Ask {
		n.Ask = append(n.Ask, locker.Condition(condition))
	}
	if n.Hours = b.Hours; (b.Hours > 0) != (b.From == locker.FromRenter) {
		return n, huma.Error422UnprocessableEntity("hours: of a renter, and of nobody else")
	}
	n.Label, n.Weights, n.Consent = b.Label, b.Weights, b.Consent
	for _, d := range b.Agree {
		s := contract.Statement{Key: d.Key}
		for _, t := range d.Texts {
			s.Texts = append(s.Texts, contract.Wording(t))
		}
		n.Agree = append(n.Agree, s)
	}
	if b.From != locker.FromSender && (b.Label || len(b.Agree) > 0 || len(b.Weights) > 0) {
		return n, huma.Error422UnprocessableEntity("label, agree, weights: only of what its sender brings")
	}
	if n.Sends = b.From == locker.FromSender; b.From != "" {
		switch {
		case b.Company == "":
			return n, huma.Error422UnprocessableEntity("company: what is sent or rented needs the company whose couriers collect it, or clear it")
		case b.Consent != "":
			return n, huma.Error422UnprocessableEntity("consent: of what a courier brings to a recipient")
		case b.Fee != nil && n.Sends || len(b.Ask) > 0:
			return n, huma.Error422UnprocessableEntity("from: a sender's parcel has no recipient at the cabinet: no fee and no ask; a renter's has no ask")
		}
	}
	if b.Fee != nil {
		n.Fee, err = a.terms(*b.Fee)
	}
	return n, err
}

func (a *API) announcementRoutes() {
	add(a, route{http.MethodPost, "/announcements", "announceParcel", "announcements", ParcelsWrite, "Announce a parcel",
		"The recipient is told once it is in the cabinet, a sender or a renter once the cabinet expects it. An earlier announcement of the same number is dropped."}, func(ctx context.Context, in *struct {
		Once
		Body NewAnnouncement
	}) (*sent, error) {
		b := in.Body
		n, err := a.announced(b)
		if err != nil {
			return nil, err
		}
		return a.send(ctx, in.Key, b, n.Order(b.Cabinet, ""))
	})
	add(a, route{http.MethodGet, "/announcements", "listAnnouncements", "announcements", ParcelsRead, "Announcements, the newest first", ""},
		func(ctx context.Context, in *struct {
			Paging
			Cabinet  string `query:"cabinet" maxLength:"63"`
			Tracking string `query:"tracking" maxLength:"64"`
			State    string `query:"state" enum:"sent,expects,refused,over"`
		}) (*listed[Announcement], error) {
			after, err := in.after()
			if err != nil {
				return nil, err
			}
			found, err := a.books.Announcements(ctx, books.AnnouncementFilter{Cabinet: in.Cabinet, Tracking: in.Tracking,
				State: desk.AnnouncementState(in.State), After: after}, in.Limit+1)
			return show(in.Paging, found, a.announcementOf(callerOf(ctx)), books.Announced.Place), err
		})
	type one struct{ Body Announcement }
	add(a, route{http.MethodGet, "/announcements/{order}", "getAnnouncement", "announcements", ParcelsRead, "An announcement as it is now", ""},
		func(ctx context.Context, in *AtOrder) (*one, error) {
			found, err := a.announcement(ctx, in.Order)
			return &one{a.announcementOf(callerOf(ctx))(found)}, err
		})
	add(a, route{http.MethodDelete, "/announcements/{order}", "dropAnnouncement", "announcements", ParcelsWrite, "Drop an announcement",
		"The cabinet expects the parcel no more."}, func(ctx context.Context, in *struct {
		Once
		AtOrder
	}) (*sent, error) {
		found, err := a.announcement(ctx, in.Order)
		if err != nil {
			return nil, err
		}
		may, err := a.books.MayDrop(ctx, found.Announcement)
		switch {
		case err != nil:
			return nil, err
		case !may:
			return nil, huma.Error409Conflict("the announcement is over, was refused, or a parcel of that number lies there: if it has come, recall it")
		}
		return a.send(ctx, in.Key, nil, orders.Order{Cabinet: found.Cabinet, Kind: "parcel.cancel", Body: contract.Cancel{Tracking: found.Tracking}})
	})
}

// announcement is the one of an order.
func (a *API) announcement(ctx context.Context, order string) (books.Announced, error) {
	found, err := a.books.Announcements(ctx, books.AnnouncementFilter{Order: order}, 1)
	if err != nil || len(found) == 0 {
		return books.Announced{}, first(err, huma.Error404NotFound("there is no such announcement"))
	}
	return found[0], nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
