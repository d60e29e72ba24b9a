package rest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"golang.org/x/time/rate"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/guess"
)

// Scope is a right of a key.
type Scope string

// The scopes.
const (
	CabinetsRead  Scope = "cabinets:read"
	ParcelsRead   Scope = "parcels:read"   // without anything personal
	PersonalRead  Scope = "personal:read"  // recipients, codes and pages of what the key may read
	ParcelsWrite  Scope = "parcels:write"  // announce, and what orders about parcels do
	PaymentsWrite Scope = "payments:write" // say that a parcel was paid for: its door opens then
	DoorsWrite    Scope = "doors:write"    // open and block doors
	OrdersRead    Scope = "orders:read"
	OrdersWrite   Scope = "orders:write" // any order of the contract
	AlarmsRead    Scope = "alarms:read"
	AlarmsWrite   Scope = "alarms:write"
	CouriersWrite Scope = "couriers:write"
	IssuersWrite  Scope = "issuers:write" // whose signatures cabinets follow
	WebhooksWrite Scope = "webhooks:write"
)

// Scopes are all scopes.
func Scopes() []Scope {
	return []Scope{CabinetsRead, ParcelsRead, PersonalRead, ParcelsWrite, PaymentsWrite, DoorsWrite, OrdersRead, OrdersWrite, AlarmsRead, AlarmsWrite, CouriersWrite, IssuersWrite,
		WebhooksWrite}
}

// CheckScopes says which of some scopes is none.
func CheckScopes(scopes []string) error {
	for _, s := range scopes {
		if !slices.Contains(Scopes(), Scope(s)) {
			return fmt.Errorf("rest: there is no scope %q; there are %v", s, Scopes())
		}
	}
	return nil
}

// caller is who asks, and what for.
type caller struct {
	key          books.APIKey
	method, path string
	from         string // the address that asks
}

type callerKey struct{}

func callerOf(ctx context.Context) caller { return ctx.Value(callerKey{}).(caller) } // admit has put it there

func (c caller) may(s Scope) bool { return slices.Contains(c.key.Scopes, string(s)) }

// by is how the books name the caller.
func (c caller) by() string { return "api key " + c.key.Name }

// digest tells requests apart: what is asked for in the same words is the same.
func (c caller) digest(body any) [32]byte {
	text, _ := json.Marshal([]any{c.method, c.path, body}) // it was read from JSON
	return sha256.Sum256(text)
}

// admit lets in who has a key with the scope that the operation needs, as often as the key may ask.
func (a *API) admit(ctx huma.Context, next func(huma.Context)) {
	key, err := a.books.Key(ctx.Context(), bearer(ctx.Header("Authorization")))
	switch {
	case errors.Is(err, books.ErrNoKey):
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="lockerdesk"`)
		a.refuse(ctx, http.StatusUnauthorized, "a key is needed: Authorization: Bearer KEY")
		return
	case err != nil:
		a.log.Error("a key cannot be looked up", "err", err)
		a.refuse(ctx, http.StatusServiceUnavailable, "out of order: please try again later")
		return
	}
	if wait := a.gates.wait(key); wait > 0 {
		ctx.SetHeader("Retry-After", fmt.Sprint(int(wait.Seconds())+1))
		a.refuse(ctx, http.StatusTooManyRequests, fmt.Sprintf("this key may ask %d times a minute", key.PerMinute))
		return
	}
	request, _ := humago.Unwrap(ctx)
	c := caller{key: key, method: ctx.Method(), path: ctx.URL().Path, from: guess.From(request)}
	for _, needed := range ctx.Operation().Security {
		for _, scope := range needed["key"] {
			if !c.may(Scope(scope)) {
				a.refuse(ctx, http.StatusForbidden, "this key has not the scope "+scope)
				return
			}
		}
	}
	next(huma.WithValue(ctx, callerKey{}, c))
}

func (a *API) refuse(ctx huma.Context, status int, why string) {
	_ = huma.WriteErr(a.api, ctx, status, why) // who went away misses nothing
}

func bearer(header string) string {
	scheme, key, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// gates count each key's requests. A key may ask for a tenth of its minute at once.
type gates struct {
	mu   *sync.Mutex
	keys map[string]*rate.Limiter
}

func newGates() gates { return gates{mu: &sync.Mutex{}, keys: map[string]*rate.Limiter{}} }

// wait is how long a key has to wait before its next request; 0: it may go on.
func (g gates) wait(k books.APIKey) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.keys[k.ID]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(k.PerMinute)/60, max(1, k.PerMinute/10))
		g.keys[k.ID] = l
	}
	r := l.Reserve()
	if wait := r.Delay(); wait > 0 {
		r.Cancel()
		return wait
	}
	return 0
}

// tagged gives what is read an ETag, and says that nothing has changed to whoever has it already.
func tagged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		held := &holder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(held, r)
		if held.status == http.StatusOK {
			w.Header().Set("Cache-Control", "private, no-cache") // to be kept, and asked about each time
			sum := sha256.Sum256(held.body.Bytes())
			tag := `"` + hex.EncodeToString(sum[:12]) + `"`
			w.Header().Set("ETag", tag)
			if known(r.Header.Get("If-None-Match"), tag) {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		w.WriteHeader(held.status)
		_, _ = w.Write(held.body.Bytes()) // who went away misses nothing
	})
}

func known(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			return true
		}
	}
	return false
}

// holder holds an answer until all of it is there.
type holder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (h *holder) WriteHeader(status int) { h.status = status }

// Write keeps a part of the answer.
func (h *holder) Write(b []byte) (int, error) { return h.body.Write(b) }

// Unwrap is the one behind it, for deadlines.
func (h *holder) Unwrap() http.ResponseWriter { return h.ResponseWriter }
