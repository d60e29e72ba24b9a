package rest

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/webhook"
)

// Webhook is an address that records are told to.
type Webhook struct {
	Name     string    `json:"name"`
	URL      string    `json:"url"`
	Kinds    []string  `json:"kinds" nullable:"false"`
	Made     time.Time `json:"made"`
	Failing  time.Time `json:"failing,omitzero" doc:"Since when every try has failed."`
	Disabled time.Time `json:"disabled,omitzero" doc:"Since when nothing is sent there. Put it again once it is right."`
	Why      string    `json:"why,omitempty" doc:"The last try failed."`
	Waiting  int       `json:"waiting" doc:"Messages that it has not taken."`
	Secret   string    `json:"secret,omitempty" doc:"What its messages are signed with. Shown once, when it is made."`
}

func webhookOf(h books.Hook) Webhook {
	return Webhook{Name: h.Name, URL: h.URL, Kinds: h.Kinds, Made: h.Made, Failing: h.Failing, Disabled: h.Disabled, Why: h.Why, Waiting: h.Waiting}
}

// AtWebhook names a webhook in a path.
type AtWebhook struct {
	Webhook string `path:"webhook" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"`
}

// hookKind is what a webhook may be told: a kind of record, a group of kinds, all, or alarms.
var hookKind = regexp.MustCompile(`^(\*|[a-z_]+\.(\*|[a-z_]+)|alarms)$`)

// CheckKinds says which of some kinds no webhook can be told.
func CheckKinds(kinds []string) error {
	for _, k := range kinds {
		if !hookKind.MatchString(k) {
			return huma.Error422UnprocessableEntity(`kinds: each is a kind of record ("parcel.stored"), a group ("parcel.*"), "*" or "alarms"`)
		}
	}
	return nil
}

func (a *API) webhookRoutes(addresses webhook.Config) {
	add(a, route{http.MethodGet, "/webhooks", "listWebhooks", "webhooks", WebhooksWrite, "All webhooks, by name", ""},
		func(ctx context.Context, _ *struct{}) (*listed[Webhook], error) {
			found, err := a.books.Hooks(ctx)
			return show(Paging{Limit: len(found)}, found, webhookOf, func(books.Hook) *books.Place { return nil }), err
		})
	type one struct{ Body Webhook }
	add(a, route{http.MethodPut, "/webhooks/{webhook}", "putWebhook", "webhooks", WebhooksWrite, "Tell an address of records",
		"Messages are signed after the Standard Webhooks specification, and come at least once, with the same webhook-id each time. They hold nothing personal. " +
			"A new one's secret is in the answer, once; one that is there keeps its own."}, func(ctx context.Context, in *struct {
		AtWebhook
		Body struct {
			URL   string   `json:"url" format:"uri" maxLength:"2048"`
			Kinds []string `json:"kinds" minItems:"1" maxItems:"32" doc:"Kinds of records (parcel.stored), groups (parcel.*), *, or alarms."`
		}
	}) (*one, error) {
		if err := addresses.CheckURL(in.Body.URL); err != nil {
			return nil, huma.Error422UnprocessableEntity(err.Error())
		}
		if err := CheckKinds(in.Body.Kinds); err != nil {
			return nil, err
		}
		h := books.Hook{Name: in.Webhook, URL: in.Body.URL, Kinds: in.Body.Kinds}
		secret, err := a.books.PutHook(ctx, h)
		if err != nil {
			return nil, err
		}
		out := &one{webhookOf(h)}
		out.Body.Made = time.Now().UTC()
		if secret != nil {
			out.Body.Secret = webhook.Shown(secret)
		}
		return out, nil
	})
	add(a, route{http.MethodDelete, "/webhooks/{webhook}", "removeWebhook", "webhooks", WebhooksWrite, "Tell an address nothing more", ""},
		func(ctx context.Context, in *AtWebhook) (*struct{}, error) {
			return nil, a.books.RemoveHook(ctx, in.Webhook)
		})
}
