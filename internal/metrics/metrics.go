// Package metrics lets others look at a cabinet: a page of measurements for Prometheus, and a word on its health for watchdogs.
// It owns a listener of its own, off unless configured. It only reads: nothing that reaches it is passed on, and what it
// shows names no person, no parcel and no secret. docs/metrics.md lists every metric.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	cloud "lockerd/internal/sync"
)

// Config is the part of the configuration about looking at a cabinet from outside.
type Config struct {
	// Listen is the address and port, as "127.0.0.1:9464", or "192.0.2.7:9464" for the network. Empty: nobody may look.
	Listen string `toml:"listen"`
	// Hosts are the names by which readers may call the cabinet; an address needs none.
	Hosts []string `toml:"hosts"`
}

// Validate says everything that is wrong with the configuration.
func (c Config) Validate() error {
	if c.Listen == "" {
		if len(c.Hosts) > 0 {
			return errors.New("metrics: hosts without listen: nobody may look")
		}
		return nil
	}
	var errs []error
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("metrics: listen %q: %w", c.Listen, err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		errs = append(errs, fmt.Errorf("metrics: listen %q: the port must be a number from 0 to 65535", c.Listen))
	}
	if _, err := netip.ParseAddr(host); err != nil {
		errs = append(errs, fmt.Errorf("metrics: listen %q: must be an address of this PC and a port, as 127.0.0.1:9464", c.Listen))
	}
	for _, name := range c.Hosts {
		if name == "" || strings.ContainsAny(name, ":/* ") {
			errs = append(errs, fmt.Errorf("metrics: hosts: %q must be a name without port, as cabinet-7.example.net", name))
		}
	}
	return errors.Join(errs...)
}

// Loopback says that only programs of this PC can look.
func (c Config) Loopback() bool {
	at, err := netip.ParseAddrPort(c.Listen)
	return err == nil && at.Addr().IsLoopback()
}

// Journal is what is read of the journal.
type Journal interface {
	Outgoing(after uint64, max int) ([]locker.Outgoing, error)
	Confirmed() uint64
	Last() (epoch string, seq uint64)
}

// Sources are where measurements come from, as far as they are there before the lines and the link: see Watch.
type Sources struct {
	Plan    *locker.Config
	Version string
	Clock   func() locker.Now
	Journal Journal // nil: there is none
	File    string  // the journal's
	Photos  string  // their folder; empty: none are taken
}

// Meter counts what happens in a cabinet and shows it. Run owns the listener; all other methods may be called from any
// goroutine, and none waits for a reader.
type Meter struct {
	cfg   Config
	from  Sources
	lines *lockboard.Lines
	link  func() cloud.Gauges
	log   *slog.Logger
	began time.Time

	beat    atomic.Int64 // nanoseconds since began
	summary atomic.Pointer[locker.Summary]

	appended, framed, opened *times

	mu      sync.Mutex
	counts  map[counted]uint64
	unlocks map[string]*unlock // by their names

	notices notices // of the page that is being made
	shown   shown
}

// counted names what is counted: a family, and the value of its label if it has one.
type counted struct {
	*family
	label string
}

// New makes the meter of a cabinet.
func New(cfg Config, from Sources, log *slog.Logger) *Meter {
	m := &Meter{cfg: cfg, from: from, log: log, began: time.Now(), counts: make(map[counted]uint64), unlocks: make(map[string]*unlock),
		appended: newTimes(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5),
		framed:   newTimes(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5),
		opened:   newTimes(.05, .1, .15, .2, .3, .5, .75, 1, 1.5, 2.5, 5, 10),
	}
	m.begin()
	return m
}

// Watch takes what is made after the meter, before Run: the lines (nil: no board is asked) and the link.
func (m *Meter) Watch(lines *lockboard.Lines, link func() cloud.Gauges) {
	m.lines, m.link = lines, link
}

// Alive has the loop's sign of life noted before it is passed on.
func (m *Meter) Alive(next func()) func() {
	return func() {
		m.beat.Store(int64(time.Since(m.began)))
		next()
	}
}

// Report takes the newest summary.
func (m *Meter) Report(s locker.Summary) { m.summary.Store(&s) }

// Summary is the newest one; its zero value before the first.
func (m *Meter) Summary() locker.Summary {
	if s := m.summary.Load(); s != nil {
		return *s
	}
	return locker.Summary{}
}

// Scanned counts a text that a scanner has read, but takes none of it.
func (m *Meter) Scanned(scanner string) { m.count(scans, scanner) }

// Heard notes which inputs of the lines say that a frame was sent, and passes all of them on.
func (m *Meter) Heard(next func(context.Context, locker.Input) error) func(context.Context, locker.Input) error {
	return func(ctx context.Context, in locker.Input) error {
		if r, ended := in.(locker.ReleaseEnded); ended {
			m.released(r)
		}
		return next(ctx, in)
	}
}

// every is all faults, those of the link too.
func (m *Meter) every() []locker.Fault {
	return append(slices.Clip(m.Summary().Faults), m.link().Faults...)
}
