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
	"os"
	"runtime/pprof"
	"strconv"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/form"
	"lockerd/internal/journal"
	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
)

// control lets the hand tools speak to the running daemon: HTTP on a unix socket, for the owner and the group of the socket.
// There is no way to the boards around the controller.
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
	mux.HandleFunc("GET /profile/{kind}", c.profile)
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

// listen takes over the socket of a run that was killed: the journal's lock has made sure that there is no other.
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

// answer writes what a hand tool asked for.
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

// readBody reads what a hand tool asks for.
func readBody(w http.ResponseWriter, r *http.Request, into any) error {
	return form.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10), into)
}

// mostProfiled is the longest that a profile of what runs may take.
const mostProfiled = 5 * time.Minute

// profile streams a profile as runtime/pprof makes it: "cpu" of ?seconds=N, or one of its others, as "heap" and "goroutine". Each
// owner's part has the label "owner".
func (c *control) profile(w http.ResponseWriter, r *http.Request) {
	kind := r.PathValue("kind")
	if kind != "cpu" {
		if p := pprof.Lookup(kind); p == nil {
			http.Error(w, fmt.Sprintf("there is no profile %q: cpu, heap, goroutine, allocs, block, mutex or threadcreate", kind), http.StatusNotFound)
		} else if err := p.WriteTo(w, 0); err != nil {
			c.log.Warn("a profile is not delivered", "err", err)
		}
		return
	}
	seconds, err := strconv.Atoi(r.URL.Query().Get("seconds"))
	lasts := time.Duration(seconds) * time.Second
	if err != nil || lasts <= 0 || lasts > mostProfiled {
		http.Error(w, fmt.Sprintf("want ?seconds=1 to %d", int(mostProfiled.Seconds())), http.StatusBadRequest)
		return
	}
	if err := pprof.StartCPUProfile(w); err != nil {
		http.Error(w, "another profile is being taken: "+err.Error(), http.StatusConflict)
		return
	}
	defer pprof.StopCPUProfile()
	select {
	case <-time.After(lasts):
	case <-r.Context().Done():
	}
}
