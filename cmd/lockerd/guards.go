package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"lockerd/internal/locker"
)

type guardsCommand struct {
	Show  guardsShowCommand  `cmd:"" default:"withargs" help:"Say how many wrong codes each guard has counted, and what is locked."`
	Clear guardsClearCommand `cmd:"" help:"Let everybody try again at once: no wrong code counts any more, and nothing is locked."`
}

type guardsShowCommand struct {
	configFlag
	jsonFlag
}

func (c *guardsShowCommand) Run() error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	g, err := askGuards(cfg)
	if err != nil {
		return needsDaemon(err)
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(g)
	}
	for _, k := range []struct {
		name string
		locker.Typing
	}{{"keypad", g.Keypad}, {"scanner", g.Scanner}, {"technicians", g.Technicians}} {
		is := "open"
		if k.Locked {
			is = fmt.Sprintf("locked for %s, the %d. time in a row", k.For, k.Step)
		}
		fmt.Printf("%-12s  %s; wrong: %d\n", k.name, is, k.Wrong)
	}
	return nil
}

// askGuards asks the running daemon.
func askGuards(cfg *config) (g locker.Guards, err error) {
	err = get(cfg.Socket, "/guards", func(r io.Reader) error { return json.NewDecoder(r).Decode(&g) })
	return g, err
}

type guardsClearCommand struct {
	configFlag
	By string `required:"" help:"Who says so: an id rather than a name, for it stays in the record."`
}

// clearing is the body of POST /guards/clear.
type clearing struct {
	By string `json:"by"`
}

func (c *guardsClearCommand) Run() error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	return needsDaemon(ask(cfg.Socket, "/guards/clear", clearing{By: c.By}, nil))
}

func (c *control) guards(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(c.technicians.roster.Load().Guards); err != nil {
		c.log.Warn("the guards' state is not delivered", "err", err)
	}
}

func (c *control) clearGuards(w http.ResponseWriter, r *http.Request) {
	var in clearing
	if err := readBody(w, r, &in); err != nil || in.By == "" {
		http.Error(w, "want {\"by\": \"NAME\"}", http.StatusBadRequest)
		return
	}
	if err := c.loop.Do(r.Context(), locker.ClearAsked{By: in.By}); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
