package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
	"lockerd/internal/locker"
)

// Cabinet is a cabinet as its retained messages show it.
type Cabinet struct {
	Name    string         `json:"name" doc:"As in its configuration."`
	Place   string         `json:"place" doc:"Where it stands, in words for recipients."`
	Online  bool           `json:"online" doc:"Whether it is connected."`
	Since   time.Time      `json:"since,omitzero" doc:"When it said so, by its clock."`
	Seen    time.Time      `json:"state_at,omitzero" doc:"When its newest state was made, by its clock. Without it there is none, and nothing below."`
	Version string         `json:"version,omitempty" doc:"Of its program."`
	Service string         `json:"service,omitempty" enum:"ok,out_of_order"`
	Free    map[string]int `json:"free,omitempty" doc:"Doors that are free, by size."`
	Parcels int            `json:"parcels" doc:"All that lie there."`
	Overdue int            `json:"overdue" doc:"Of them, those that were not fetched in time, or were cancelled: they are to be taken back."`
	Refused int            `json:"refused,omitempty" doc:"Of them, those that their recipients have refused: likewise."`
	Faults  []Fault        `json:"faults,omitempty"`
}

// Fault is something that is wrong at a cabinet.
type Fault struct {
	Kind string `json:"kind"`
	Door int    `json:"door,omitempty"`
	What string `json:"what,omitempty"`
	Why  string `json:"why,omitempty"`
	Do   string `json:"do,omitempty" doc:"What to do about it, in words."`
}

// Door is a door as the cabinet's newest state shows it.
type Door struct {
	Door     int    `json:"door"`
	Size     string `json:"size"`
	State    string `json:"state" doc:"open, closed or unknown: never guessed."`
	Contents string `json:"contents" enum:"empty,reserved,parcel,overdue,refused,sent,held,closed,collected,doubtful"`
	Blocked  string `json:"blocked,omitempty" doc:"Why it is given to nobody."`
	Booked   string `json:"booked,omitempty" doc:"The order that booked it."`
}

func cabinetOf(c books.Cabinet) Cabinet {
	out := Cabinet{Name: c.Name, Place: c.Place}
	var p struct {
		Online bool      `json:"online"`
		At     time.Time `json:"at"`
	}
	if json.Unmarshal(c.Presence, &p) == nil {
		out.Online, out.Since = p.Online, p.At
	}
	s := stateOf(c)
	out.Seen, out.Version, out.Service, out.Free, out.Parcels, out.Overdue, out.Refused = s.At, s.Version, s.Service, s.Free, s.Parcels, s.Overdue, s.Refused
	for _, f := range s.Faults {
		out.Faults = append(out.Faults, Fault(f))
	}
	return out
}

// stateOf is a cabinet's newest state; empty if there is none that can be read.
func stateOf(c books.Cabinet) (s locker.Summary) {
	if json.Unmarshal(c.State, &s) != nil {
		return locker.Summary{}
	}
	return s
}

func (a *API) cabinetRoutes() {
	add(a, route{http.MethodGet, "/cabinets", "listCabinets", "cabinets", CabinetsRead, "All cabinets, by name", ""},
		func(ctx context.Context, in *struct{ Paging }) (*listed[Cabinet], error) {
			after, err := in.after()
			if err != nil {
				return nil, err
			}
			name := ""
			if after != nil {
				name = after.Name
			}
			found, err := a.books.CabinetsAfter(ctx, name, in.Limit+1)
			return show(in.Paging, found, cabinetOf, func(c books.Cabinet) *books.Place { return &books.Place{Name: c.Name} }), err
		})
	type one struct{ Body Cabinet }
	type named struct {
		Cabinet string `path:"cabinet" maxLength:"63"`
	}
	add(a, route{http.MethodGet, "/cabinets/{cabinet}", "getCabinet", "cabinets", CabinetsRead, "A cabinet as it is now", ""},
		func(ctx context.Context, in *named) (*one, error) {
			c, err := a.books.Cabinet(ctx, in.Cabinet)
			return &one{cabinetOf(c)}, err
		})
	type doors struct {
		Body struct {
			At    time.Time `json:"at,omitzero" doc:"When the cabinet said so, by its clock. Without it it never has."`
			Items []Door    `json:"items" nullable:"false"`
		}
	}
	add(a, route{http.MethodGet, "/cabinets/{cabinet}/doors", "listDoors", "cabinets", CabinetsRead, "A cabinet's doors as they are now", ""},
		func(ctx context.Context, in *named) (*doors, error) {
			c, err := a.books.Cabinet(ctx, in.Cabinet)
			s, out := stateOf(c), &doors{}
			out.Body.At, out.Body.Items = s.At, []Door{}
			for _, d := range s.Doors {
				out.Body.Items = append(out.Body.Items, Door{Door: d.Door, Size: d.Size, State: fmt.Sprint(d.State), Contents: d.Contents,
					Blocked: string(d.Blocked), Booked: d.Booked})
			}
			return out, err
		})
}

// Once is what every request may carry that sends an order.
type Once struct {
	Key string `header:"Idempotency-Key" maxLength:"255" doc:"A text of your own, new for each thing you want. A request that is repeated with it is the same request: it makes one order. It is remembered for 48 hours; with another request it is refused (422)."`
}

// AtCabinet names a cabinet in a path.
type AtCabinet struct {
	Once
	Cabinet string `path:"cabinet" maxLength:"63"`
}

// AtDoor names a door in a path.
type AtDoor struct {
	AtCabinet
	Door int `path:"door" minimum:"1" maximum:"9999"`
}

// why is the body of a request to open something.
type why struct {
	Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people who read it later. It stands in the cabinet's log: nothing personal."`
}

func (a *API) doorRoutes() {
	door := func(action, name, summary, words string) route {
		return route{http.MethodPost, "/cabinets/{cabinet}/doors/{door}/" + action, name, "cabinets", DoorsWrite, summary, words}
	}
	add(a, door("open", "openDoor", "Open a door", "Meant for a minute: a cabinet that is away does not open it later."), func(ctx context.Context, in *struct {
		AtDoor
		Body why
	}) (*sent, error) {
		return a.send(ctx, in.Key, in.Body, orders.Order{Cabinet: in.Cabinet, Kind: "door.unlock", Body: contract.Unlock{Door: in.Door, Reason: in.Body.Reason}})
	})
	add(a, door("block", "blockDoor", "Give a door to nobody", ""), func(ctx context.Context, in *struct {
		AtDoor
		Body struct {
			Reason string `json:"reason" enum:"service,damaged,dirty,jammed,occupied" doc:"service: somebody says so; damaged; dirty: it must be cleaned."`
		}
	}) (*sent, error) {
		return a.send(ctx, in.Key, in.Body, orders.Order{Cabinet: in.Cabinet, Kind: "door.block",
			Body: contract.Block{Door: in.Door, Reason: locker.BlockReason(in.Body.Reason)}})
	})
	add(a, door("unblock", "unblockDoor", "Take a door into service again", ""), func(ctx context.Context, in *AtDoor) (*sent, error) {
		return a.send(ctx, in.Key, nil, orders.Order{Cabinet: in.Cabinet, Kind: "door.unblock", Body: contract.Unblock{Door: in.Door}})
	})
	add(a, door("looked", "doorIsEmpty", "Somebody has looked into a door and found it empty",
		"Say it only of somebody who stood there: the door is given to somebody new on it."), func(ctx context.Context, in *struct {
		AtDoor
		Body struct {
			By string `json:"by" minLength:"1" maxLength:"64" doc:"Who has looked: an id, not a name."`
		}
	}) (*sent, error) {
		return a.send(ctx, in.Key, in.Body, orders.Order{Cabinet: in.Cabinet, Kind: "door.looked", Body: contract.Looked{Door: in.Door, By: in.Body.By}})
	})
	add(a, route{http.MethodPost, "/cabinets/{cabinet}/bookings", "bookDoors", "cabinets", DoorsWrite, "Book doors",
		"These doors, or so many of a size; for a parcel, or for what a company's couriers bring. The order's id names the booking."}, func(ctx context.Context, in *struct {
		AtCabinet
		Body struct {
			Doors    []int     `json:"doors,omitempty" maxItems:"400"`
			Size     string    `json:"size,omitempty" maxLength:"16"`
			Count    int       `json:"count,omitempty" minimum:"0" maximum:"400"`
			Tracking string    `json:"tracking,omitempty" maxLength:"64"`
			Company  string    `json:"company,omitempty" maxLength:"64"`
			Until    time.Time `json:"until,omitzero" doc:"At most 30 days ahead."`
		}
	}) (*sent, error) {
		return a.send(ctx, in.Key, in.Body, orders.Order{Cabinet: in.Cabinet, Kind: "doors.book", Body: contract.Book(in.Body)})
	})
	add(a, route{http.MethodDelete, "/cabinets/{cabinet}/bookings/{booking}", "unbookDoors", "cabinets", DoorsWrite, "End a booking", ""},
		func(ctx context.Context, in *struct {
			AtCabinet
			Booking string `path:"booking" maxLength:"64"`
		}) (*sent, error) {
			return a.send(ctx, in.Key, nil, orders.Order{Cabinet: in.Cabinet, Kind: "doors.unbook", Body: contract.Unbook{Booking: in.Booking}})
		})
}
