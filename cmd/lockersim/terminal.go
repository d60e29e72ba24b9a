package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"lockerd/internal/sim"
)

// Terminal are the flags of `lockersim terminal`: an adapter as of docs/terminals.md, with a simulated terminal.
type Terminal struct {
	Does   string        `help:"What comes of a payment: pays, half, more, declined, hangs, deaf, dies, dies-paid, twice or unknown." default:"pays"`
	Pace   time.Duration `help:"Between two steps of a payment." default:"2s"`
	Memory string        `help:"Where it remembers what was paid." default:"paid.json" placeholder:"FILE"`
	Bench  string        `help:"The terminal on a bench instead, by its socket." placeholder:"SOCKET" type:"path"`
}

// Run speaks with lockerd until in ends.
func (t Terminal) Run(in io.Reader, out io.Writer) error {
	if t.Bench != "" {
		return sim.TerminalAt(t.Bench, in, out)
	}
	does, err := sim.CardDoesNamed(t.Does)
	if err != nil {
		return err
	}
	is, err := sim.NewTerminal(t.Memory, does, t.Pace, func() { os.Exit(1) })
	if err != nil {
		return err
	}
	return is.Serve(in, out)
}

// A Till is the payment terminal on the bench. Its adapter is a `lockersim terminal` that lockerd starts, which comes to its socket.
type Till struct {
	*sim.Terminal
	self, socket string

	mu   sync.Mutex
	conn net.Conn // of the adapter that came last
}

// NewTill makes the terminal of a cabinet whose folder is given: what was paid it remembers there.
func NewTill(dir string) (*Till, error) {
	t := &Till{socket: filepath.Join(dir, "terminal.sock")}
	var err error
	if t.self, err = os.Executable(); err != nil {
		return nil, fmt.Errorf("lockersim: terminal: %w", err)
	}
	t.Terminal, err = sim.NewTerminal(filepath.Join(dir, "paid.json"), sim.CardByHand, time.Second, t.hangUp)
	return t, err
}

// command is what lockerd starts for it.
func (t *Till) command() []string { return []string{t.self, "terminal", "--bench", t.socket} }

func (t *Till) hangUp() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn != nil {
		_ = t.conn.Close()
	}
}

// Run waits for adapters until ctx is cancelled.
func (t *Till) Run(ctx context.Context) error {
	return t.Listen(ctx, t.socket, func(c net.Conn) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.conn = c
	})
}

var errNoTill = errors.New("this cabinet has no payment terminal")

// tills are the hands at the terminal.
func (b *Bench) tills(mux *http.ServeMux) {
	mux.Handle("POST /api/terminal/card", hand(func(r *http.Request, s struct {
		Does string `json:"does"`
	}) (any, error) {
		does, err := sim.CardDoesNamed(s.Does)
		switch {
		case b.Till == nil:
			return nil, errNoTill
		case err != nil:
			return nil, err
		}
		return nil, b.Till.Hold(r.Context(), does)
	}))
	mux.Handle("POST /api/terminal/unplug", hand(func(_ *http.Request, s switchOn) (any, error) {
		if b.Till == nil {
			return nil, errNoTill
		}
		b.Till.Unplug(s.on())
		return nil, nil
	}))
}
