// Package office is the operator's desk in the browser: cabinets and their doors, parcels and their stories, alarms, announcements, people
// and who did what. It shows what the books hold and asks for orders; it owns nothing, and has no other way to a door than they.
package office

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"

	"lockerd/internal/desk/account"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/fees"
	"lockerd/internal/desk/guess"
	"lockerd/internal/desk/orders"
	"lockerd/internal/desk/stills"
	"lockerd/internal/wording"
)

// Prefix is what the paths of all these pages begin with.
const Prefix = "/desk/"

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static/desk.css static/desk.js
var static embed.FS

//go:embed languages/*.toml
var languageFiles embed.FS

// Config says how people come in.
type Config struct {
	// Off says that there is no desk in the browser.
	Off bool `toml:"off"`
	// SignIn is a sign-in service (OpenID Connect) beside the accounts of lockerdesk.
	SignIn Service `toml:"sign_in"`
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error { return c.SignIn.validate() }

// Parts are what the desk works with.
type Parts struct {
	Books    *books.Books
	Orders   *orders.Office
	Fees     *fees.Config // what parcels cost
	Operator string       // the name
	Language string       // of whoever's browser asks for none that there is
	Zone     *time.Location
	Public   string        // what the addresses of pages begin with, as "https://parcels.operator.example"
	Opener   stills.Opener // of photos that cabinets have sealed for the operator
	Log      *slog.Logger
}

// Office is the desk. It may be used from anywhere.
type Office struct {
	Parts
	porter    *account.Porter
	service   *service // nil: there is none
	secure    bool     // people reach it by TLS
	pages     map[string]*template.Template
	words     map[string]*wording.Catalogue
	matcher   language.Matcher
	languages []string
}

// New makes the desk.
func New(cfg Config, parts Parts) (*Office, error) {
	o := &Office{Parts: parts, porter: account.New(parts.Books), secure: strings.HasPrefix(parts.Public, "https://"), pages: map[string]*template.Template{}}
	if cfg.SignIn.Issuer != "" {
		o.service = newService(cfg.SignIn, parts.Public)
	}
	texts := wording.Folder{Files: languageFiles, Path: "languages"}
	var err error
	if o.words, err = wording.Load(texts, wording.Records, wording.States); err != nil {
		return nil, err
	}
	o.languages = texts.Languages()
	tags := []language.Tag{language.Make(parts.Language)}
	for _, code := range o.languages {
		tags = append(tags, language.Make(code))
	}
	o.matcher = language.NewMatcher(tags)
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("office: templates: %w", err)
	}
	for _, name := range names {
		short := strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")
		if short == "layout" || short == "parts" {
			continue
		}
		t, err := template.New("").Funcs(template.FuncMap{"link": link, "path": url.PathEscape}).
			ParseFS(templateFiles, "templates/layout.html", "templates/parts.html", name)
		if err != nil {
			return nil, fmt.Errorf("office: templates: %w", err)
		}
		o.pages[short] = t
	}
	return o, nil
}

// String is the owner's name.
func (o *Office) String() string { return "office" }

// sweepEvery is how often what has ended is removed: sessions, wrong tries.
const sweepEvery = time.Hour

// Run removes what has ended, until ctx is cancelled; then it returns nil.
func (o *Office) Run(ctx context.Context) error {
	for {
		if err := o.porter.Sweep(ctx); err != nil && ctx.Err() == nil {
			o.Log.Error("sessions that have ended cannot be removed", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(sweepEvery):
		}
	}
}

// link is a path of the desk, of parts that may hold anything.
func link(parts ...any) string {
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(Prefix, "/"))
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(fmt.Sprint(p)))
	}
	return b.String()
}

// Amounts.
const (
	mostForm = 64 << 10 // bytes of a form
	mostFile = 1 << 20  // bytes of a file of announcements
	mostRows = 100      // of a list
)

// Handler answers requests for Prefix and below.
func (o *Office) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc(r.Method+" "+r.Path, func(w http.ResponseWriter, req *http.Request) { o.answer(r, w, req) })
	}
	mux.HandleFunc(Prefix, func(w http.ResponseWriter, req *http.Request) { // what is none of them
		o.answer(Route{Role: "", serve: func(*Office, *visit) error { return errNotFound }}, w, req)
	})
	guard := http.NewCrossOriginProtection()
	_ = guard.AddTrustedOrigin(o.Public) // a public address that is no origin is refused by the configuration's check
	return o.strict(guard.Handler(mux))
}

// strict sets what every answer carries: nothing is kept by others, nothing comes from elsewhere, no script but ours, no frame around it.
func (o *Office) strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "+
			"base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if o.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// Errors that have a page of their own.
var (
	errNotFound  = errors.New("office: there is no such page")
	errForbidden = errors.New("office: not with these rights")
	errForm      = errors.New("office: the form cannot be read")
)

// answer answers a request: who asks, whether they may, and the page.
func (o *Office) answer(r Route, w http.ResponseWriter, req *http.Request) {
	most := int64(mostForm)
	if r.File {
		most = mostFile
	}
	req.Body = http.MaxBytesReader(w, req.Body, most)
	v := &visit{o: o, w: w, r: req, from: guess.From(req), words: o.language(req)}
	v.r = req.WithContext(orders.From(req.Context(), v.from))
	err := v.known(!r.Quiet)
	switch {
	case err != nil:
	case r.Role == "":
		err = r.serve(o, v)
	case v.person.Name == "" && req.Method == http.MethodGet && !r.Quiet:
		http.Redirect(w, req, Prefix+"sign-in", http.StatusSeeOther)
	case v.person.Name == "":
		err = errSignIn
	case !v.person.Role.May(r.Role):
		err = errForbidden
	default:
		err = r.serve(o, v)
	}
	if err != nil {
		v.failed(err)
	}
}

var errSignIn = errors.New("office: nobody is signed in")

// known finds out who asks. asked is false for what a page asks by itself.
func (v *visit) known(asked bool) error {
	cookie, err := v.r.Cookie(v.o.cookie())
	if err != nil {
		return nil // nobody
	}
	v.secret = cookie.Value
	v.person, err = v.o.porter.Who(v.r.Context(), v.secret, asked)
	if errors.Is(err, books.ErrNobody) {
		v.person = books.Person{}
		return nil
	}
	return err
}

// failed answers with what went wrong, in words; what is our own fault stands in the log alone.
func (v *visit) failed(err error) {
	status, key := http.StatusServiceUnavailable, "error.broken"
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		status, key = http.StatusRequestEntityTooLarge, "error.large"
	case errors.Is(err, errNotFound), errors.Is(err, books.ErrNotEnrolled), errors.Is(err, books.ErrNobody), errors.Is(err, books.ErrNoAlarm):
		status, key = http.StatusNotFound, "error.not_found"
	case errors.Is(err, errForbidden):
		status, key = http.StatusForbidden, "error.forbidden"
	case errors.Is(err, errSignIn):
		status, key = http.StatusUnauthorized, "error.sign_in"
	case errors.Is(err, errForm):
		status, key = http.StatusBadRequest, "error.form"
	case v.r.Context().Err() != nil:
		return // they went away
	default:
		v.o.Log.Error("a page of the desk cannot be shown", "err", err)
	}
	if err := v.show(status, "error", "error", key); err != nil {
		v.o.Log.Error("the page of an error cannot be shown", "err", err)
	}
}
