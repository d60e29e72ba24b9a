package rest

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lockerd/internal/desk"
	"lockerd/internal/desk/fees"
	"lockerd/internal/desk/orders"
	"lockerd/internal/locker"
)

// NewFee is what an announced parcel costs its recipient: a tariff, something that is due, or both.
type NewFee struct {
	Tariff string `json:"tariff,omitempty" maxLength:"64" doc:"What time costs: the name of one of this desk's tariffs. What it says now is what counts for this parcel."`
	Due    int64  `json:"due,omitempty" minimum:"0" maximum:"100000000" doc:"What is due in any case (cash on delivery), in minor units of this desk's currency."`
}

// terms are those of a fee.
func (a *API) terms(f NewFee) (*locker.Terms, error) {
	t, err := a.fees.Terms(f.Tariff, f.Due)
	switch {
	case errors.Is(err, fees.ErrTariff), errors.Is(err, fees.ErrNone), errors.Is(err, fees.ErrDue):
		return nil, huma.Error422UnprocessableEntity(err.Error())
	case err == nil && t == nil:
		return nil, huma.Error422UnprocessableEntity("fee: has a tariff, or something that is due, or both")
	}
	return t, err
}

// Fee is what a parcel costs, as this desk knows it.
type Fee struct {
	Tariff    string    `json:"tariff,omitempty" doc:"As the announcement named it."`
	Currency  string    `json:"currency" doc:"By ISO 4217. All amounts are in its minor units."`
	Owed      int64     `json:"owed" doc:"What is to be paid now, before its door opens; with the payments, those on their way to the cabinet count as paid."`
	Until     time.Time `json:"until,omitzero" doc:"It becomes more then. Without it it does not, as far as that can be told."`
	FreeUntil time.Time `json:"free_until,omitzero" doc:"Time costs nothing until then."`
	Begun     time.Time `json:"begun,omitzero" doc:"When time began to count: its recipient was told. Without it time costs nothing yet."`
	Paid      int64     `json:"paid" doc:"What the cabinet has been told of, less what was given back."`
	Over      int64     `json:"over,omitempty" doc:"What was paid too much and not given back."`
	Unclear   string    `json:"unclear,omitempty" doc:"A payment at the cabinet's terminal of which nobody knows whether it was made. If it was, say so with this as the reference of a payment; if not, by unpaidParcel."`
}

func feeOf(p desk.Parcel, payments []desk.Payment, now time.Time) *Fee {
	f := p.Fee
	if f == nil {
		return nil
	}
	var owed desk.Owed
	if p.Status.Owes() {
		owed = f.Known(p.Told, payments).At(now)
	}
	out := &Fee{Currency: f.Currency, Owed: owed.Amount, Until: owed.Until, FreeUntil: owed.Free, Begun: f.From, Paid: f.PaidSum(), Over: f.Over, Unclear: f.Unclear}
	if f.Terms != nil {
		out.Tariff = f.Terms.Name
	}
	return out
}

// Payment is money for a parcel.
type Payment struct {
	Refund    bool      `json:"refund,omitempty" doc:"It was given back."`
	Reference string    `json:"reference"`
	Amount    int64     `json:"amount" doc:"In minor units."`
	Currency  string    `json:"currency"`
	Order     string    `json:"order,omitempty" doc:"That told the cabinet. Without it somebody has paid at the cabinet's own terminal."`
	Receipt   string    `json:"receipt,omitempty" doc:"By which a payment at the terminal is found at its provider."`
	Counted   time.Time `json:"counted,omitzero" doc:"When the cabinet took it into account. Without it the cabinet has not answered yet."`
}

// NewPayment is money that has come in, or was given back.
type NewPayment struct {
	Amount    int64  `json:"amount" minimum:"1" maximum:"100000000" doc:"What has truly come in, or was given back, in minor units: not what the link said."`
	Currency  string `json:"currency" pattern:"^[A-Z]{3}$"`
	Reference string `json:"reference" minLength:"1" maxLength:"64" doc:"Your name of it, as your provider's id: it counts once for the parcel, however often it is said. Nothing personal."`
}

// Money is a parcel's fee and its payments.
type Money struct {
	Fee   *Fee      `json:"fee,omitempty" doc:"Without it nothing is ever owed."`
	Items []Payment `json:"items" nullable:"false"`
}

func (a *API) paymentRoutes() {
	type named struct {
		Cabinet string `path:"cabinet" maxLength:"63"`
		Parcel  string `path:"parcel" maxLength:"64"`
	}
	type money struct{ Body Money }
	add(a, route{http.MethodGet, "/cabinets/{cabinet}/parcels/{parcel}/payments", "listPayments", "payments", ParcelsRead, "What a parcel costs, and what was paid for it", ""},
		func(ctx context.Context, in *named) (*money, error) {
			p, err := a.find(ctx, in.Cabinet, in.Parcel)
			if err != nil {
				return nil, err
			}
			found, err := a.books.Payments(ctx, p.Cabinet, p.ID)
			out := &money{Money{Fee: feeOf(*p, found, time.Now()), Items: []Payment{}}}
			for _, m := range found {
				out.Body.Items = append(out.Body.Items, Payment{Refund: m.Refund, Reference: m.Reference, Amount: m.Amount, Currency: m.Currency, Order: m.Order, Receipt: m.Receipt, Counted: m.Counted})
			}
			return out, err
		})
	said := func(r route, refund bool) {
		r.tag = "payments"
		add(a, r, func(ctx context.Context, in *struct {
			AtParcel
			Body NewPayment
		}) (*sent, error) {
			m := desk.Payment{Parcel: in.Parcel, Refund: refund, Reference: in.Body.Reference, Amount: in.Body.Amount, Currency: in.Body.Currency}
			return a.pay(ctx, in.AtParcel, in.Body, m)
		})
	}
	const once = "A reference counts once: to say it again is the same order, so a provider's handler may repeat it as often as it likes. "
	said(action("payments", "payParcel", PaymentsWrite, "Say that money for a parcel has come in",
		once+"Whoever waits at the cabinet for it has the door opened. Half a payment leaves the rest to be paid; of too much the staff is told."), false)
	said(action("refunds", "refundParcel", PaymentsWrite, "Say that money for a parcel was given back", once+"At most what was paid."), true)
	r := action("unpaid", "unpaidParcel", PaymentsWrite, "Say that nothing was taken by a payment at the terminal that is in doubt",
		"Look at your provider first. From then on it may be paid again; what the terminal says all the same counts.")
	r.tag = "payments"
	add(a, r, func(ctx context.Context, in *AtParcel) (*sent, error) {
		p, err := a.find(ctx, in.Cabinet, in.Parcel)
		switch {
		case err != nil:
			return nil, err
		case !p.Fee.Doubted():
			return nil, huma.Error409Conflict("no payment for this parcel is in doubt")
		}
		return a.send(ctx, in.Key, nil, orders.Unpaid(*p))
	})
}

// pay tells a cabinet of money for a parcel, whether or not that lies there still.
func (a *API) pay(ctx context.Context, at AtParcel, asked any, m desk.Payment) (*sent, error) {
	p, err := a.find(ctx, at.Cabinet, at.Parcel)
	if err != nil {
		return nil, err
	}
	return a.send(ctx, at.Key, asked, orders.Money(*p, "", m))
}
