// Package round is the page of couriers: what is to be brought where, what is to be taken back, which doors are free, a code that signs them
// in at the kiosk, and doors that are kept for them. It stands behind a link that cannot be guessed. It shows what the books hold and asks
// for orders; it owns nothing, and has no other way to a door than they.
package round

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/time/rate"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/guess"
	"lockerd/internal/desk/orders"
	"lockerd/internal/wording"
)

// Prefix is what the paths of all these pages begin with.
const Prefix = "/c/"

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed round.css
var css []byte

//go:embed languages/*.toml
var languageFiles embed.FS

// Limits.
const (
	mostForm   = 4 << 10 // bytes
	mostRows   = 200     // of a list
	mostBooked = 5       // doors that are kept for a courier at one cabinet
	deeds      = 20      // forms that a courier may send in a minute
	signInFor  = time.Hour
	shownFor   = time.Hour // what became of a booking
)

// Hours are for how long a door can be kept.
var hours = []int{1, 2, 4, 8, 12}

// Books are where couriers and what they need to know lie. books.Books are such.
type Books interface {
	CourierBehind(ctx context.Context, link string) (books.Courier, error)
	SpeakTo(ctx context.Context, id, language string) error
	Cabinet(ctx context.Context, name string) (books.Cabinet, error)
	ToBring(ctx context.Context, cabinet, company string, most int) ([]books.ToBring, error)
	ToTakeBack(ctx context.Context, cabinet, company string, most int) ([]books.ToTakeBack, error)
	Bookings(ctx context.Context, cabinet, by string, since time.Time) ([]books.Booking, error)
}

// Orders sends orders. orders.Office is one.
type Orders interface {
	Send(ctx context.Context, o orders.Order) (id string, err error)
}

// Parts are what the pages work with.
type Parts struct {
	Books    Books
	Orders   Orders
	Operator string // the name
	Language string // of whoever's browser asks for none that there is
	Zone     *time.Location
	Public   string // what the addresses of pages begin with, as "https://parcels.operator.example"
	// Token makes the text of the QR code that signs a courier in at a cabinet, once, until a time.
	Token func(cabinet, courier string, until time.Time) (string, error)
	Log   *slog.Logger
}

// Round is the pages. It may be used from anywhere.
type Round struct {
	Parts
	pages     *template.Template
	words     map[string]*wording.Catalogue
	languages []string
	matcher   language.Matcher
	misses    *guess.Counter

	mu     sync.Mutex
	limits map[string]*rate.Limiter // of forms, by courier
}

// New makes the pages.
func New(parts Parts) (*Round, error) {
	texts := wording.Folder{Files: languageFiles, Path: "languages"}
	r := &Round{Parts: parts, languages: texts.Languages(), misses: guess.New(), limits: map[string]*rate.Limiter{}}
	var err error
	if r.words, err = wording.Load(texts); err != nil {
		return nil, err
	}
	tags := []language.Tag{language.Make(parts.Language)}
	for _, code := range r.languages {
		tags = append(tags, language.Make(code))
	}
	r.matcher = language.NewMatcher(tags)
	if r.pages, err = template.New("").ParseFS(templateFiles, "templates/*.html"); err != nil {
		return nil, fmt.Errorf("round: templates: %w", err)
	}
	return r, nil
}

// Route is a page, or something that is done. Each has the link of a courier in its path; one with a cabinet is for those of their round.
type Route struct {
	Method, Path string
	serve        func(*Round, *visit) error
}

// routes are all there are. A test tries each with the links of others.
var routes = []Route{
	{"GET", "/c/{link}", (*Round).cabinets},
	{"POST", "/c/{link}/language", (*Round).speak},
	{"GET", "/c/{link}/at/{cabinet}", (*Round).cabinet},
	{"GET", "/c/{link}/at/{cabinet}/qr.png", (*Round).picture},
	{"POST", "/c/{link}/at/{cabinet}/book", (*Round).book},
	{"POST", "/c/{link}/at/{cabinet}/unbook", (*Round).unbook},
}

// Handler answers requests for Prefix and below.
func (r *Round) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, route := range routes {
		mux.HandleFunc(route.Method+" "+route.Path, func(w http.ResponseWriter, req *http.Request) { r.answer(route, w, req) })
	}
	mux.HandleFunc("GET /c/round.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = w.Write(css) // who went away misses nothing
	})
	guard := http.NewCrossOriginProtection()
	_ = guard.AddTrustedOrigin(r.Public) // a public address that is no origin is refused by the configuration's check
	return guard.Handler(mux)
}

// Errors that have a page of their own.
var (
	errNotFound = errors.New("round: there is no such page")
	errWait     = errors.New("round: too often")
	errForm     = errors.New("round: the form cannot be read")
)

// answer answers a request: whose page it is, whether the cabinet is of their round, and the page.
func (r *Round) answer(route Route, w http.ResponseWriter, req *http.Request) {
	from := guess.From(req)
	v := &visit{round: r, w: w, r: req.WithContext(orders.From(req.Context(), from)), words: r.asked(req)}
	v.r.Body = http.MaxBytesReader(w, req.Body, mostForm)
	if err := r.admit(route, v, from); err != nil {
		v.failed(err)
	}
}

func (r *Round) admit(route Route, v *visit, from string) error {
	if r.misses.Full(from) {
		return errWait
	}
	courier, err := r.Books.CourierBehind(v.r.Context(), v.r.PathValue("link"))
	if errors.Is(err, books.ErrNoCourier) {
		r.misses.Add(from)
		return errNotFound
	}
	if err != nil {
		return err
	}
	v.courier = courier
	if c := r.words[courier.Language]; c != nil {
		v.words = c
	}
	if name := v.r.PathValue("cabinet"); name != "" && !slices.Contains(courier.Cabinets, name) {
		return errNotFound
	}
	if route.Method == http.MethodPost {
		if !r.limit(courier.ID).Allow() {
			return errWait
		}
		if err := v.r.ParseForm(); err != nil {
			return fmt.Errorf("%w: %w", errForm, err)
		}
	}
	return route.serve(r, v)
}

// limit is a courier's. There are as many as there are couriers with a page.
func (r *Round) limit(courier string) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.limits[courier]
	if l == nil {
		l = rate.NewLimiter(rate.Every(time.Minute/deeds), deeds/2)
		r.limits[courier] = l
	}
	return l
}

// asked is the language that a browser asks for, or the operator's.
func (r *Round) asked(req *http.Request) *wording.Catalogue {
	if asked, _, err := language.ParseAcceptLanguage(req.Header.Get("Accept-Language")); err == nil && len(asked) > 0 {
		tag, _, _ := r.matcher.Match(asked...)
		base, _ := tag.Base()
		if c := r.words[base.String()]; c != nil {
			return c
		}
	}
	if c := r.words[r.Language]; c != nil {
		return c
	}
	return r.words["en"]
}
