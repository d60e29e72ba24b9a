package metrics

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// How long a connection may take, so that nobody holds one by saying nothing, and how often what costs something is done.
const (
	headerWithin = 5 * time.Second
	answerWithin = 10 * time.Second
	idleFor      = 2 * time.Minute // Prometheus keeps its connection between two scrapes
	stopWithin   = time.Second
	listenAgain  = 10 * time.Second
	fresh        = time.Second // a page is not made again before
)

// shown is the newest page.
type shown struct {
	mu           sync.Mutex
	at           time.Time
	text, zipped []byte
}

// Run serves until ctx ends. Where it cannot listen it tries again: nothing of the cabinet depends on it.
func (m *Meter) Run(ctx context.Context) error {
	if m.cfg.Listen == "" {
		<-ctx.Done()
		return nil
	}
	for told := false; ; {
		l, err := net.Listen("tcp", m.cfg.Listen)
		if err == nil {
			m.log.Info("metrics listen", "addr", l.Addr().String())
			return m.serve(ctx, l)
		}
		if !told {
			m.log.Error("metrics: nobody can look", "again_in", listenAgain, "err", err)
			told = true
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(listenAgain):
		}
	}
}

func (m *Meter) serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: m.Handler(), ReadHeaderTimeout: headerWithin, ReadTimeout: headerWithin, WriteTimeout: answerWithin, IdleTimeout: idleFor,
		MaxHeaderBytes: 8 << 10, ErrorLog: slog.NewLogLogger(m.log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(&few{Listener: l}) }() // ends at Shutdown below
	select {
	case err := <-ended:
		return fmt.Errorf("metrics: serve: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if server.Shutdown(stop) != nil {
		_ = server.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("metrics: serve: %w", err)
	}
	return nil
}

// Handler serves the page at /metrics and the cabinet's health at /healthz.
func (m *Meter) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", m.page)
	mux.HandleFunc("GET /healthz", m.health)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !m.cfg.called(r) {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// called says that a request names this PC by an address, or by a name that was configured, and is of no other site's page. A
// name that was rebound to the PC's address could otherwise have a browser read it for strangers.
func (c Config) called(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]")
	}
	_, err = netip.ParseAddr(host)
	named := err == nil || host == "localhost" || slices.ContainsFunc(c.Hosts, func(name string) bool { return strings.EqualFold(name, host) })
	site := r.Header.Get("Sec-Fetch-Site")
	return named && r.Header.Get("Origin") == "" && (site == "" || site == "none" || site == "same-origin")
}

func (m *Meter) page(w http.ResponseWriter, r *http.Request) {
	text, zipped := m.newest()
	h := w.Header()
	h.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		text = zipped
	}
	_, _ = w.Write(text) // a reader that went away misses nothing
}

// newest is the page, plain and compressed. However many ask, it is made once a second at the most.
func (m *Meter) newest() (text, zipped []byte) {
	s := &m.shown
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.text == nil || time.Since(s.at) >= fresh {
		s.text, s.at = m.render(), time.Now()
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(s.text) // into memory
		_ = z.Close()
		s.zipped = b.Bytes()
	}
	return s.text, s.zipped
}

func (m *Meter) health(w http.ResponseWriter, _ *http.Request) {
	h := m.Health()
	w.Header().Set("Content-Type", "application/json")
	if !h.Healthy {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(h) // a reader that went away misses nothing
}

// most is how many connections there may be, and of one address.
const (
	most   = 32
	mostOf = 8
)

// few is a listener with few connections. One more is always let in: for it goes the oldest of its own address if that has too
// many, else the oldest of all. So whoever opens connections without end from one address closes only their own.
type few struct {
	net.Listener

	mu     sync.Mutex
	guests []*guest // the oldest first
}

type guest struct {
	net.Conn
	few  *few
	from netip.Addr
}

// Accept lets one in.
func (f *few) Accept() (net.Conn, error) {
	conn, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	at, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
	g := &guest{conn, f, at.Addr().Unmap()}
	if out := f.admit(g); out != nil {
		if tcp, ok := out.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = out.Conn.Close() // the server finds it closed
	}
	return g, nil
}

// admit lets a guest in, and gives the one who has to go for it.
func (f *few) admit(g *guest) (out *guest) {
	f.mu.Lock()
	defer f.mu.Unlock()
	own := 0
	for _, other := range f.guests {
		if other.from == g.from {
			own++
		}
	}
	f.guests = append(f.guests, g)
	if own < mostOf && len(f.guests) <= most {
		return nil
	}
	i := slices.IndexFunc(f.guests, func(other *guest) bool { return own < mostOf || other.from == g.from })
	out = f.guests[i]
	f.guests = slices.Delete(f.guests, i, i+1)
	return out
}

// Close ends a connection that the server has done with.
func (g *guest) Close() error {
	g.few.mu.Lock()
	if i := slices.Index(g.few.guests, g); i >= 0 {
		g.few.guests = slices.Delete(g.few.guests, i, i+1)
	}
	g.few.mu.Unlock()
	return g.Conn.Close()
}
