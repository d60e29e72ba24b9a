package rest

import (
	"context"
	"net/http"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk/orders"
	"lockerd/internal/locker"
)

// AtCourier names a courier in a path.
type AtCourier struct {
	AtCabinet
	Courier string `path:"courier" minLength:"1" maxLength:"64" doc:"The courier's id; no name."`
}

// AtIssuer names an issuer in a path.
type AtIssuer struct {
	AtCabinet
	Issuer string `path:"issuer" minLength:"1" maxLength:"16" doc:"The key's name, as kid in what it signs."`
}

// Courier is who may work at a cabinet.
type Courier struct {
	Company string    `json:"company,omitempty" maxLength:"64"`
	Rights  []string  `json:"rights,omitempty" maxItems:"16" doc:"Without any: to drop off, and to recall their own parcels. docs/cloud.md, courier.put."`
	From    time.Time `json:"from,omitzero"`
	Until   time.Time `json:"until,omitzero"`
	Name    string    `json:"name,omitempty" maxLength:"64"`
	Badge   string    `json:"badge,omitempty" maxLength:"64" doc:"A badge's text: at least 12 random characters."`
	PIN     string    `json:"pin,omitempty" pattern:"^[0-9]{6,10}$"`
}

// Issuer is a key whose signatures count at a cabinet.
type Issuer struct {
	Key   string    `json:"key" minLength:"44" maxLength:"44" doc:"Ed25519, 32 bytes in base64."`
	Signs []string  `json:"signs" minItems:"1" maxItems:"3" doc:"Of orders, acks and tokens."`
	Until time.Time `json:"until,omitzero" doc:"When it ends by itself; without it never."`
}

func (a *API) peopleRoutes() {
	add(a, route{http.MethodPut, "/cabinets/{cabinet}/couriers/{courier}", "putCourier", "people", CouriersWrite, "Let a courier work at a cabinet",
		"Name, badge and PIN are in a box that only the cabinet opens, and are kept nowhere else."}, func(ctx context.Context, in *struct {
		AtCourier
		Body Courier
	}) (*sent, error) {
		b := in.Body
		body := contract.CourierPut{ID: in.Courier, Company: b.Company, From: b.From, Until: b.Until}
		for _, r := range b.Rights {
			body.Rights = append(body.Rights, locker.Right(r))
		}
		return a.send(ctx, in.Key, b, orders.Order{Cabinet: in.Cabinet, Kind: "courier.put", Body: body,
			Personal: contract.CourierPerson{Name: b.Name, Badge: b.Badge, PIN: b.PIN}})
	})
	add(a, route{http.MethodDelete, "/cabinets/{cabinet}/couriers/{courier}", "removeCourier", "people", CouriersWrite, "Let a courier work at a cabinet no more", ""},
		func(ctx context.Context, in *AtCourier) (*sent, error) {
			return a.send(ctx, in.Key, nil, orders.Order{Cabinet: in.Cabinet, Kind: "courier.remove", Body: contract.CourierRemove{ID: in.Courier}})
		})
	add(a, route{http.MethodPut, "/cabinets/{cabinet}/issuers/{issuer}", "putIssuer", "people", IssuersWrite, "Let a key's signatures count at a cabinet",
		"Whoever holds the key opens doors there: this scope is as much as the desk's own key."}, func(ctx context.Context, in *struct {
		AtIssuer
		Body Issuer
	}) (*sent, error) {
		return a.send(ctx, in.Key, in.Body, orders.Order{Cabinet: in.Cabinet, Kind: "issuer.put",
			Body: contract.IssuerPut{ID: in.Issuer, Key: in.Body.Key, Signs: in.Body.Signs, Until: in.Body.Until}})
	})
	add(a, route{http.MethodDelete, "/cabinets/{cabinet}/issuers/{issuer}", "removeIssuer", "people", IssuersWrite, "Let a key's signatures count no more", ""},
		func(ctx context.Context, in *AtIssuer) (*sent, error) {
			return a.send(ctx, in.Key, nil, orders.Order{Cabinet: in.Cabinet, Kind: "issuer.remove", Body: contract.IssuerRemove{ID: in.Issuer}})
		})
}
