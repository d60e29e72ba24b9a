// Package ui is the kiosk: it shows the newest View on every connected screen and passes on what was touched.
// It owns the pages, their texts and their event stream; it never decides anything and keeps no state, so a screen that
// reconnects simply shows the present.
package ui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"lockerd/internal/locker"
)

// Config is the kiosk's part of the configuration.
type Config struct {
	// Listen is the loopback address and port that the browser connects to, as "127.0.0.1:8080".
	Listen string `toml:"listen"`
	// Night is when the screen is dark, in local time, as "21:00-06:30"; empty: never.
	Night string `toml:"night"`
	// Screen is where in the cabinet the screen is.
	Screen Place `toml:"screen"`

	// What follows is not the kiosk's own in the file.

	Cabinet  string   `toml:"-"` // its name, for the reference number
	Operator Operator `toml:"-"`
	// Receipt makes the text of a receipt, signed by the cabinet; nil, or an empty text: there is none.
	Receipt func(locker.Receipt) string `toml:"-"`
	// Stills is how long stills of people are kept; 0: none are taken.
	Stills time.Duration `toml:"-"`
}

// Validate says everything that is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if err := validateListen(c.Listen); err != nil {
		errs = append(errs, err)
	}
	if c.Night != "" {
		if _, _, err := parseNight(c.Night); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, c.Screen.Validate(), c.Operator.Validate())...)
}

func validateListen(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("ui: listen %q: %w", addr, err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("ui: listen %q: the port is not a number from 0 to 65535", addr)
	} else if strconv.FormatUint(n, 10) != port {
		return fmt.Errorf("ui: listen %q: the port is written oddly", addr)
	}
	if !isLoopback(host) {
		return fmt.Errorf("ui: listen %q: the kiosk listens on loopback only, as 127.0.0.1:8080", addr)
	}
	return nil
}

// isLoopback says that a host's name or address is this machine and can be nothing else.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Press is what a finger did. Code, Phone and Tracking are nobody else's business: they are never logged.
type Press struct {
	// Revision is of the View that the finger meant.
	Revision uint64        `json:"revision,string"`
	Action   locker.Action `json:"action,omitempty"`
	Size     string        `json:"size,omitempty"`     // with ActionSize and ActionAddDoor
	Language string        `json:"language,omitempty"` // with ActionLanguage
	Door     int           `json:"door,omitempty"`     // with ActionDoor and ActionReopen
	// Reason goes with ActionReason.
	Reason   locker.BlockReason `json:"reason,omitempty"`
	Board    locker.Board       `json:"board,omitzero"`     // with ActionRewire
	Weight   int                `json:"weight,omitempty"`   // with ActionWeight
	Code     string             `json:"code,omitempty"`     // digits: a pickup code or a PIN, as the screen asked
	Phone    string             `json:"phone,omitempty"`    // digits, with a leading "+" or not
	Tracking string             `json:"tracking,omitempty"` // a parcel's number, in capitals
	Present  bool               `json:"present,omitempty"`  // no more than: somebody is here
}

// String names the press without what was typed.
func (p Press) String() string {
	what := string(p.Action)
	switch {
	case p.Code != "":
		what = "code"
	case p.Phone != "":
		what = "phone"
	case p.Tracking != "":
		what = "tracking"
	case p.Present:
		what = "present"
	}
	return fmt.Sprintf("%s@%d", what, p.Revision)
}

// LogValue keeps what was typed out of every log.
func (p Press) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Desk takes what fingers did. It may not keep the caller waiting for long; an error means that the press was lost.
type Desk interface {
	Press(ctx context.Context, p Press) error
}

// Server shows the newest View on any number of screens.
type Server struct {
	cfg         Config
	desk        Desk
	instruments Instruments
	log         *slog.Logger
	pages       *pages
	canvas      *canvas
	listen      func(address string) (net.Listener, error)
	refused     *seldom // foreign requests

	mu     sync.Mutex
	newest shown

	listening chan struct{} // closed once addr is known, or never will be
	once      sync.Once
	addr      string
}

// shown is a View, when it came, and a channel that is closed when it is no longer the newest.
type shown struct {
	view   *locker.View // nil before the first
	at     time.Time
	poster poster
	over   chan struct{}
}

// New makes the kiosk from its embedded pages and texts; it fails when they or the configuration are wrong.
func New(cfg Config, desk Desk, instruments Instruments, log *slog.Logger) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	p, err := loadPages()
	if err != nil {
		return nil, err
	}
	if err := p.dress(cfg.Operator); err != nil { // no reason to stay dark
		log.Warn("kiosk goes without the operator's mark", "err", err)
	}
	if err := p.imprint(); err != nil {
		return nil, err
	}
	return &Server{
		cfg: cfg, desk: desk, instruments: instruments, log: log, pages: p, refused: &seldom{log: log},
		listen:    listenAt(log),
		newest:    shown{over: make(chan struct{})},
		canvas:    &canvas{pages: p, pieces: make(map[string]drawnPiece)},
		listening: make(chan struct{}),
	}, nil
}

// Show makes v the screen. It never blocks: a screen that cannot keep up misses what lies between, never the newest.
func (s *Server) Show(v locker.View) {
	s.mu.Lock()
	old := s.newest
	s.newest = shown{view: &v, at: time.Now(), poster: old.poster, over: make(chan struct{})}
	s.mu.Unlock()
	close(old.over)
}

func (s *Server) now() shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newest
}

// Addr is the address that Run listens on, once it does; it waits for that. It is empty when Run could not listen.
func (s *Server) Addr() string {
	<-s.listening
	return s.addr
}

// How long a connection may take, so that nobody holds one by saying nothing.
const (
	headerWithin  = 5 * time.Second  // for the head of a request
	requestWithin = 10 * time.Second // for the whole of it
	answerWithin  = 10 * time.Second // to take an answer; a stream has its own time
	idleFor       = 30 * time.Second // between two requests
)

// stopWithin is how long Run waits for requests under way when it is told to stop.
const stopWithin = time.Second

// Run listens and serves until ctx is cancelled; then it returns nil, within two seconds.
func (s *Server) Run(ctx context.Context) error {
	defer s.once.Do(func() { close(s.listening) })
	l, err := s.listen(s.cfg.Listen)
	if err != nil {
		return fmt.Errorf("ui: listen: %w", err)
	}
	s.once.Do(func() { s.addr = l.Addr().String(); close(s.listening) })
	s.log.Info("kiosk listens", "addr", s.addr)

	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerWithin,
		ReadTimeout:       requestWithin,
		IdleTimeout:       idleFor,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		// Streams last as long as Run: they end when ctx does.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(newCrowd(l, s.log)) }() // ends at Shutdown below
	select {
	case err := <-ended:
		return fmt.Errorf("ui: serve: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if srv.Shutdown(stop) != nil {
		_ = srv.Close() // whoever is left has had their time
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("ui: serve: %w", err)
	}
	return nil
}
