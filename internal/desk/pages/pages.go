// Package pages serves lockerdesk's pages over HTTP: a recipient's or a sender's page of a parcel, and those of the people of a rented door, each behind a link that cannot be guessed. It owns the
// listener and keeps nothing.
package pages

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/guess"
	"lockerd/internal/desk/letter"
	"lockerd/internal/desk/orders"
)

//go:embed page.css
var css []byte

// Limits of the server.
const (
	requestWait = 10 * time.Second // for a request, from its first byte to its last
	answerWait  = 20 * time.Second // for a reader to take the answer
	idleWait    = time.Minute      // between two requests of one connection
	maxHeader   = 8 << 10
	leaveWait   = 5 * time.Second
)

// Config says where the pages are.
type Config struct {
	// Listen is the address, as "127.0.0.1:8080" behind a proxy that speaks TLS, or ":443" with a certificate.
	Listen string `toml:"listen"`
	// Certificate and Key are files (PEM).
	Certificate string `toml:"certificate"`
	Key         string `toml:"key"`
	// Public is what the addresses of pages begin with, as people reach them: "https://parcels.operator.example".
	Public string `toml:"public"`
	// ExtendHours is for how many hours more a renter may have their door by a touch on their page; 0: they ask the operator.
	ExtendHours int `toml:"extend_hours"`
	// ExtendDays is for how many days in all they may have it so, from when they put something in.
	ExtendDays int `toml:"extend_days"`
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	if (c.ExtendHours != 0 || c.ExtendDays != 0) && (c.ExtendHours < 1 || c.ExtendDays < 1 || c.ExtendDays > contract.MaxHours/24 || c.ExtendHours > 24*c.ExtendDays) {
		return fmt.Errorf("pages: extend_hours and extend_days: both or neither; at most %d days, and no more hours than these have", contract.MaxHours/24)
	}
	if c.Listen == "" && c.Public == "" {
		return nil // there are no pages
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("pages: listen: %w", err)
	}
	u, err := url.Parse(c.Public)
	if err != nil || u.Host == "" || u.Path != "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New(`pages: public: is what addresses begin with, as "https://parcels.operator.example"`)
	}
	if (c.Certificate == "") != (c.Key == "") {
		return errors.New("pages: certificate and key: both or neither")
	}
	if ip := net.ParseIP(host); c.Certificate == "" && (ip == nil || !ip.IsLoopback()) && host != "localhost" {
		return errors.New("pages: listen: without a certificate only on 127.0.0.1, behind a proxy that speaks TLS: the pages show codes")
	}
	return nil
}

// Books are where parcels are found. books.Books are such.
type Books interface {
	ByLink(ctx context.Context, link string) (*desk.Parcel, error)
	Cabinet(ctx context.Context, name string) (books.Cabinet, error)
	Payments(ctx context.Context, cabinet, parcel string) ([]desk.Payment, error)
}

// Orders sends orders. orders.Office is one.
type Orders interface {
	Send(ctx context.Context, o orders.Order) (id string, err error)
}

// Pages serves. Run owns it.
type Pages struct {
	cfg    Config
	books  Books
	orders Orders
	writer letter.Writer
	log    *slog.Logger
	misses *guess.Counter
	rooms  map[string]http.Handler
}

// New makes the pages, which Run serves.
func New(cfg Config, b Books, o Orders, w letter.Writer, log *slog.Logger) *Pages {
	return &Pages{cfg: cfg, books: b, orders: o, writer: w, log: log, misses: guess.New(), rooms: map[string]http.Handler{}}
}

// Mount puts other pages beside the recipients': those whose path begins with a prefix, as "/desk/". It comes before Run.
func (p *Pages) Mount(prefix string, pages http.Handler) { p.rooms[prefix] = pages }

// String is the owner's name.
func (p *Pages) String() string { return "pages" }

// Run serves until ctx is cancelled; then it returns nil. An address that cannot be had is an error.
func (p *Pages) Run(ctx context.Context) error {
	if p.cfg.Listen == "" {
		<-ctx.Done()
		return nil
	}
	listener, err := net.Listen("tcp", p.cfg.Listen)
	if err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	server := &http.Server{Handler: p.Handler(), ReadTimeout: requestWait, WriteTimeout: answerWait, IdleTimeout: idleWait, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug)}
	stop := context.AfterFunc(ctx, func() {
		late, cancel := context.WithTimeout(context.Background(), leaveWait)
		defer cancel()
		_ = server.Shutdown(late) // who is late finds the door shut
	})
	defer stop()
	if p.cfg.Certificate != "" {
		err = server.ServeTLS(listener, p.cfg.Certificate, p.cfg.Key)
	} else {
		err = server.Serve(listener)
	}
	if ctx.Err() != nil && errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("pages: %w", err)
}

// Handler answers requests.
func (p *Pages) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /p/{link}", p.parcel)
	mux.HandleFunc("GET /p/{link}/qr.png", p.qr)
	mux.HandleFunc("POST /p/{link}/longer", p.longer)
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = w.Write(css) // who went away misses nothing
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	for prefix, room := range p.rooms {
		mux.Handle(prefix, room)
	}
	return strict(mux)
}

// strict sets what every answer carries: nothing is kept by others, nothing comes from elsewhere, and the link is told to nobody.
func strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Robots-Tag", "noindex")
		next.ServeHTTP(w, r)
	})
}

// find is the parcel of a request; if there is none, the answer was given.
func (p *Pages) find(w http.ResponseWriter, r *http.Request) *desk.Parcel {
	from := guess.From(r)
	if p.misses.Full(from) {
		http.Error(w, "too many requests for pages that are not there: please wait a minute", http.StatusTooManyRequests)
		return nil
	}
	found, err := p.books.ByLink(r.Context(), r.PathValue("link"))
	if err != nil {
		p.log.Error("a page cannot be shown", "err", err)
		http.Error(w, "out of order: please try again later", http.StatusServiceUnavailable)
		return nil
	}
	if found == nil {
		p.misses.Add(from)
		http.Error(w, "There is no such page. Please use the whole link of your message.", http.StatusNotFound)
	}
	return found
}

func (p *Pages) parcel(w http.ResponseWriter, r *http.Request) {
	parcel := p.find(w, r)
	if parcel == nil {
		return
	}
	cabinet, err := p.books.Cabinet(r.Context(), parcel.Cabinet)
	if err == nil && parcel.Fee != nil {
		var payments []desk.Payment
		payments, err = p.books.Payments(r.Context(), parcel.Cabinet, parcel.ID)
		parcel.Fee = parcel.Fee.Known(parcel.Told, payments)
	}
	var page bytes.Buffer
	if err == nil {
		err = p.writer.Page(&page, *parcel, cabinet.Place, letter.More{Hours: p.mayExtend(*parcel), Asked: r.URL.Query().Has("asked")})
	}
	if err != nil {
		p.log.Error("a page cannot be shown", "err", err)
		http.Error(w, "out of order: please try again later", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes())
}

func (p *Pages) qr(w http.ResponseWriter, r *http.Request) {
	parcel := p.find(w, r)
	switch {
	case parcel == nil:
	case !parcel.Opens():
		http.Error(w, "the code opens no door any more", http.StatusGone)
	default:
		picture, err := p.writer.QR(*parcel)
		if err != nil {
			p.log.Error("a QR code cannot be drawn", "err", err)
			http.Error(w, "out of order: please try again later", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(picture)
	}
}
