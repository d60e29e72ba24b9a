// Package rest is the desk's interface for programs: HTTP and JSON under /api/v1, described by docs/openapi.yaml, which is made from the
// types here. It owns nothing: what it shows lies in the books, and what it changes at a cabinet it asks for by a signed order.
package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/fees"
	"lockerd/internal/desk/orders"
	"lockerd/internal/desk/webhook"
	"lockerd/internal/form"
)

// Base is what all paths begin with.
const Base = "/api/v1"

// Limits of a request.
const (
	maxBody  = 128 << 10 // bytes: a whole configuration of a cabinet, and some
	bodyWait = 5 * time.Second
	pageMost = 200 // entries of a page
)

// Books are what is shown. books.Books are such.
type Books interface {
	Key(ctx context.Context, secret string) (books.APIKey, error)
	Cabinet(ctx context.Context, name string) (books.Cabinet, error)
	CabinetsAfter(ctx context.Context, after string, most int) ([]books.Cabinet, error)
	Search(ctx context.Context, f books.ParcelFilter, most int) ([]desk.Parcel, error)
	Parcel(ctx context.Context, cabinet, id string) (*desk.Parcel, error)
	Payments(ctx context.Context, cabinet, parcel string) ([]desk.Payment, error)
	Story(ctx context.Context, cabinet, parcel string) ([]books.Entry, error)
	Announcements(ctx context.Context, f books.AnnouncementFilter, most int) ([]books.Announced, error)
	MayDrop(ctx context.Context, a desk.Announcement) (bool, error)
	Orders(ctx context.Context, f books.OrderFilter, most int) ([]books.SentOrder, error)
	Alarms(ctx context.Context, f books.AlarmFilter, most int) ([]books.Alarm, error)
	Seen(ctx context.Context, number, by string) error
	Hooks(ctx context.Context) ([]books.Hook, error)
	PutHook(ctx context.Context, h books.Hook) (books.Secret, error)
	RemoveHook(ctx context.Context, name string) error
}

// Office sends orders. orders.Office is one.
type Office interface {
	Send(ctx context.Context, o orders.Order) (id string, err error)
}

// API is the interface. It may be used from anywhere.
type API struct {
	books  Books
	office Office
	fees   *fees.Config
	public string // what addresses of recipients' pages begin with; empty: there are none
	log    *slog.Logger
	gates  gates
	api    huma.API
	mux    *http.ServeMux
}

// New makes the interface.
func New(b Books, office Office, costs *fees.Config, public string, hooks webhook.Config, log *slog.Logger) *API {
	a := &API{books: b, office: office, fees: costs, public: public, log: log, gates: newGates(), mux: http.NewServeMux()}
	a.api = humago.New(a.mux, configuration())
	a.api.UseMiddleware(a.admit)
	a.cabinetRoutes()
	a.doorRoutes()
	a.parcelRoutes()
	a.paymentRoutes()
	a.announcementRoutes()
	a.orderRoutes()
	a.alarmRoutes()
	a.peopleRoutes()
	a.webhookRoutes(hooks)
	return a
}

// Handler answers requests whose path begins with Base.
func (a *API) Handler() http.Handler {
	a.mux.HandleFunc(Base+"/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"title":"Not Found","status":404,"detail":"there is nothing at this path with this method"}` + "\n"))
	})
	return tagged(a.mux)
}

// Document is docs/openapi.yaml.
func (a *API) Document() ([]byte, error) { return a.api.OpenAPI().YAML() }

func configuration() huma.Config {
	c := huma.DefaultConfig("lockerdesk", "1")
	c.Info.Description = "The operator's side of parcel lockers. Whatever changes something at a cabinet is a signed order: the answer is 202 and the order, " +
		"and what the cabinet makes of it is known once it has answered. Times are RFC 3339 in UTC. A key is made by `lockerdesk key add`."
	c.Info.License = &huma.License{Name: "AGPL-3.0-or-later", Identifier: "AGPL-3.0-or-later"}
	c.Servers = []*huma.Server{{URL: "/"}}
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = Base+"/openapi", "", "", nil
	c.RejectUnknownQueryParameters = true
	strict := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: read}
	c.Formats = map[string]huma.Format{"application/json": strict, "json": strict}
	c.Transformers = []huma.Transformer{quiet}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer",
		Description: "A key of `lockerdesk key add`. The scopes that a request needs stand with it."}}
	for _, t := range []struct{ name, words string }{{"cabinets", "Cabinets and their doors."}, {"parcels", "Parcels that have reached a cabinet."},
		{"payments", "Money for parcels that has come in or was given back."},
		{"announcements", "Parcels that will be brought."}, {"orders", "What cabinets were asked to do, and their answers."},
		{"alarms", "What somebody has to look at."}, {"people", "Couriers, and whose signatures count."},
		{"webhooks", "Addresses that records are told to."}} {
		c.Tags = append(c.Tags, &huma.Tag{Name: t.name, Description: t.words})
	}
	return c
}

// read reads a body as cabinets read orders: a field that is not known, or stands there twice, is an error.
func read(data []byte, v any) error {
	if all, is := v.(*any); is {
		object := make(map[string]any)
		err := form.Read(data, &object)
		*all = object
		return err
	}
	return form.Read(data, v)
}

// quiet keeps what was sent out of the answer that says what is wrong with it.
func quiet(_ huma.Context, _ string, v any) (any, error) {
	if problem, is := v.(*huma.ErrorModel); is {
		for _, e := range problem.Errors {
			e.Value = nil
		}
	}
	return v, nil
}

// route is what distinguishes an operation.
type route struct {
	method, path string // the path behind Base
	name         string // of the operation, for programs that are made from the document
	tag          string
	scope        Scope
	summary      string
	words        string // more about it
}

// add registers an operation.
func add[I, O any](a *API, r route, f func(context.Context, *I) (*O, error)) {
	o := huma.Operation{OperationID: r.name, Method: r.method, Path: Base + r.path, Summary: r.summary, Description: r.words, Tags: []string{r.tag},
		Security: []map[string][]string{{"key": {string(r.scope)}}}, MaxBodyBytes: maxBody, BodyReadTimeout: bodyWait,
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
			http.StatusServiceUnavailable}}
	if r.method != http.MethodGet {
		o.Errors = append(o.Errors, http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge)
	}
	if _, is := any(new(O)).(*sent); is {
		o.DefaultStatus = http.StatusAccepted
	}
	huma.Register(a.api, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		return out, a.problem(ctx, err)
	})
}

// problem is an error as the one who asks is to see it: his own mistake in words, ours without details.
func (a *API) problem(ctx context.Context, err error) error {
	var status huma.StatusError
	var unfit orders.Unfit
	switch {
	case err == nil:
		return nil
	case errors.As(err, &status):
		return err
	case errors.Is(err, books.ErrNotEnrolled):
		return huma.Error404NotFound("there is no such cabinet")
	case errors.Is(err, books.ErrNoHook):
		return huma.Error404NotFound("there is no such webhook")
	case errors.Is(err, books.ErrNoAlarm):
		return huma.Error404NotFound("no such alarm is open")
	case errors.As(err, &unfit):
		return huma.Error422UnprocessableEntity(unfit.Error())
	case errors.Is(err, books.ErrOtherRequest):
		return huma.Error422UnprocessableEntity("this Idempotency-Key was used for another request")
	case errors.Is(err, books.ErrOtherPayment):
		return huma.Error409Conflict("this reference is that of another payment of the parcel")
	case errors.Is(err, books.ErrCounts):
		return huma.Error409Conflict("this payment counts already")
	case errors.Is(err, desk.ErrCurrency):
		return huma.Error422UnprocessableEntity(err.Error())
	case errors.Is(err, desk.ErrNoFee), errors.Is(err, desk.ErrTooMuch):
		return huma.Error409Conflict(err.Error())
	case ctx.Err() == nil:
		a.log.Error("a request cannot be answered", "err", err)
	}
	return huma.Error503ServiceUnavailable("out of order: please try again later")
}

// sent is the answer to a request that a cabinet has to answer first.
type sent struct {
	Location string `header:"Location" doc:"Where the order is."`
	Body     Order
}

// send sends an order for whoever asks.
func (a *API) send(ctx context.Context, key string, asked any, o orders.Order) (*sent, error) {
	c := callerOf(ctx)
	o.By = c.by()
	if key != "" {
		o.Once = books.Once{Who: c.key.ID, Key: key, Digest: c.digest(asked)}
	}
	id, err := a.office.Send(orders.From(ctx, c.from), o)
	if err != nil {
		return nil, err
	}
	out, err := a.order(ctx, id)
	if err != nil {
		return nil, err
	}
	return &sent{Location: Base + "/orders/" + id, Body: *out}, nil
}
