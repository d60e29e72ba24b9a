package main

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
	"strconv"
	"time"

	"lockerd/internal/form"
	"lockerd/internal/journal"
)

// control lets the hand tools speak to the running daemon: HTTP on a unix socket, for the owner and the group of the socket.
// There is no way to the boards around the controller.
type control struct {
	path        string
	loop        *loop
	memory      *journal.Journal
	cfg         *config
	lines       *lines
	state       *bulletin
	ring        *keyring
	technicians *technicians
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

// readBody reads what a hand tool asks for.
func readBody(w http.ResponseWriter, r *http.Request, into any) error {
	return form.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10), into)
}

func (c *control) verify(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(verified(c.memory.Verify())); err != nil {
		c.log.Warn("verification not delivered", "err", err)
	}
}

// records streams public lines up to the newest one there was when it began.
func (c *control) records(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		http.Error(w, "want ?after=SEQ", http.StatusBadRequest)
		return
	}
	_, last := c.memory.Last()
	for after < last {
		page, err := c.memory.Outgoing(after, 500)
		if err != nil {
			c.log.Error("records", "after", after, "err", err)
			panic(http.ErrAbortHandler) // the reader must not take it for the end
		}
		if len(page) == 0 {
			return
		}
		for _, o := range page {
			if _, err := w.Write(append(o.Public, '\n')); err != nil {
				return
			}
			after = o.Seq
		}
	}
}

func (c *control) backup(w http.ResponseWriter, _ *http.Request) {
	if err := c.memory.Backup(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
