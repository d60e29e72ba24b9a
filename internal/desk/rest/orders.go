package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
)

// Order is an order and what became of it.
type Order struct {
	Order    string    `json:"order" doc:"Its id."`
	Cabinet  string    `json:"cabinet"`
	Kind     string    `json:"kind" doc:"docs/cloud.md has the kinds."`
	By       string    `json:"by" doc:"Who wanted it."`
	Made     time.Time `json:"made"`
	Expires  time.Time `json:"expires" doc:"A cabinet that gets it later refuses it."`
	State    string    `json:"state" enum:"waiting,sent,accepted,refused,expired" doc:"waiting: for the broker. sent: the cabinet has not answered. expired: nobody has answered in its time."`
	Answered time.Time `json:"answered,omitzero"`
	Why      string    `json:"why,omitempty" doc:"Why it was refused, in words."`
}

func orderOf(o books.SentOrder) Order {
	return Order{Order: o.ID, Cabinet: o.Cabinet, Kind: o.Kind, By: o.By, Made: o.Made, Expires: o.Expires, State: string(o.State(time.Now())),
		Answered: o.Answered, Why: o.Why}
}

// order is one order.
func (a *API) order(ctx context.Context, id string) (*Order, error) {
	found, err := a.books.Orders(ctx, books.OrderFilter{ID: id}, 1)
	if err != nil || id == "" || len(found) == 0 {
		return nil, first(err, huma.Error404NotFound("there is no such order"))
	}
	out := orderOf(found[0])
	return &out, nil
}

func (a *API) orderRoutes() {
	add(a, route{http.MethodGet, "/orders", "listOrders", "orders", OrdersRead, "Orders, the newest first", ""},
		func(ctx context.Context, in *struct {
			Paging
			Cabinet string `query:"cabinet" maxLength:"63"`
			Kind    string `query:"kind" maxLength:"64"`
		}) (*listed[Order], error) {
			after, err := in.after()
			if err != nil {
				return nil, err
			}
			found, err := a.books.Orders(ctx, books.OrderFilter{Cabinet: in.Cabinet, Kind: in.Kind, After: after}, in.Limit+1)
			return show(in.Paging, found, orderOf, books.SentOrder.Place), err
		})
	type one struct{ Body Order }
	add(a, route{http.MethodGet, "/orders/{order}", "getOrder", "orders", OrdersRead, "An order and what became of it", ""},
		func(ctx context.Context, in *AtOrder) (*one, error) {
			o, err := a.order(ctx, in.Order)
			if err != nil {
				return nil, err
			}
			return &one{*o}, nil
		})
	add(a, route{http.MethodPost, "/orders", "sendOrder", "orders", OrdersWrite, "Send any order of the contract",
		"Body and personal part are as docs/cloud.md has them for the kind, and are read as strictly as a cabinet reads them. A parcel is announced at /announcements, " +
			"where its recipient is named."}, func(ctx context.Context, in *struct {
		Once
		Body struct {
			Cabinet  string          `json:"cabinet" minLength:"1" maxLength:"63"`
			Kind     string          `json:"kind" minLength:"1" maxLength:"64"`
			Body     json.RawMessage `json:"body" doc:"A JSON object."`
			Personal json.RawMessage `json:"personal,omitempty" doc:"A JSON object. It leaves this desk in a box for the cabinet."`
			Seconds  int             `json:"seconds,omitempty" minimum:"0" maximum:"604740" doc:"How long it is meant; without it as is usual for its kind."`
		}
	}) (*sent, error) {
		b := in.Body
		if b.Kind == "parcel.announce" || b.Kind == "parcel.new_recipient" {
			return nil, huma.Error422UnprocessableEntity("there is a path of its own for it, which asks for the recipient")
		}
		o, err := orders.Read(b.Cabinet, b.Kind, "", b.Body, b.Personal)
		if err != nil {
			return nil, err
		}
		o.Life = time.Duration(b.Seconds) * time.Second
		return a.send(ctx, in.Key, b, o)
	})
}
