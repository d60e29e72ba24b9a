package cabinet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/form"
	"lockerd/internal/journal"
	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/report"
)

// control serves the commands that talk to the running daemon: HTTP on a unix socket, for the socket's owner and group. It
// reaches the boards only through the controller.
type control struct {
	path        string
	loop        *loop
	memory      *journal.Journal
	cfg         *Config
	lines       *lockboard.Lines
	state       *bulletin
	ring        *keyring
	technicians *credential.Technicians
	owners      *owners
	log         *slog.Logger
}

// Run serves until ctx ends.
func (c *control) Run(ctx context.Context) error {
	l, err := c.listen()
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /doors/inspected", c.inspected)
	mux.HandleFunc("GET /owners", func(w http.ResponseWriter, _ *http.Request) { c.answer(w, c.owners.running()) })
	mux.HandleFunc("GET /debug/pprof/", pprof.Index) // each owner's part has the label "owner"
	mux.HandleFunc("GET /debug/pprof/profile", unhurried(pprof.Profile))
	mux.HandleFunc("GET /clock", c.clock)
	mux.HandleFunc("GET /cloud", c.showCloud)
	mux.HandleFunc("GET /codes", c.codes)
	mux.HandleFunc("POST /clock/correct", c.correctClock)
	mux.HandleFunc("GET /guards", c.guards)
	mux.HandleFunc("POST /guards/clear", c.clearGuards)
	mux.HandleFunc("GET /journal/verify", c.verify)
	mux.HandleFunc("GET /journal/records", c.records)
	mux.HandleFunc("POST /journal/backup", c.backup)
	mux.HandleFunc("POST /keys/rotate", c.rotate)
	mux.Handle("GET /reports/", report.Handler(c.memory, c.ring.keys))
	c.serveBoards(mux)
	c.serveTechnicians(mux)
	server := &http.Server{Handler: mux, ReadTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("control: %w", err)
	}
	return nil
}

// listen takes over the socket of a run that was killed: the journal's lock ensures that there is no other.
func (c *control) listen() (net.Listener, error) {
	if err := os.Remove(c.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", c.path)
	if err != nil {
		return nil, err
	}
	return l, os.Chmod(c.path, 0o660)
}

// answer writes the answer to a command.
func (c *control) answer(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(what); err != nil {
		c.log.Warn("an answer to a hand tool is not delivered", "err", err)
	}
}

// do hands an input to the rules, and answers that it is recorded, or why not.
func (c *control) do(w http.ResponseWriter, r *http.Request, in locker.Input) {
	if err := c.loop.Do(r.Context(), in); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// readBody reads the body of a request.
func readBody(w http.ResponseWriter, r *http.Request, into any) error {
	return form.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10), into)
}

// unhurried is a handler whose answer may take as long as the client stays: the server's read timeout is for requests.
func unhurried(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer(w, r)
	}
}
