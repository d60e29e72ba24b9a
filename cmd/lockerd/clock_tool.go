package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"lockerd/internal/locker"
)

type clockCommand struct {
	Show    clockShowCommand    `cmd:"" default:"withargs" help:"Say how late it is, and whether that is believed."`
	Correct clockCorrectCommand `cmd:"" help:"Say that the PC's clock is right, where the cabinet held it to be later."`
}

type clockShowCommand struct {
	configFlag
	jsonFlag
}

// clockState is the answer to GET /clock.
type clockState struct {
	Read   time.Time `json:"read"`    // the PC's clock
	Claims bool      `json:"claims"`  // it says of itself that it is right
	Held   time.Time `json:"held"`    // what the cabinet goes by
	Known  bool      `json:"known"`   // it is held to be right
	JumpMS int64     `json:"jump_ms"` // how far the PC's clock has jumped, if it is not believed
}

func (c *clockShowCommand) Run() error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	var s clockState
	err = get(cfg.Socket, "/clock", func(r io.Reader) error { return json.NewDecoder(r).Decode(&s) })
	if err := needsDaemon(err); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(s)
	}
	fmt.Printf("the PC's clock   %s\nthe cabinet      %s, %s\n", s.Read.Format(time.RFC3339), s.Held.Format(time.RFC3339), s.words())
	return nil
}

func (s clockState) words() string {
	jump := time.Duration(s.JumpMS) * time.Millisecond
	switch {
	case s.JumpMS != 0:
		return fmt.Sprintf("since the PC's clock has jumped by %s and is not believed: a signed order or a technician's sign-in settles it, "+
			"or lockerd clock correct", jump)
	case !s.Claims:
		return "not known to be right: the PC's clock is not in step with a time server"
	case !s.Known:
		return "not known to be right: the PC's clock is behind what the journal holds; if it is right, lockerd clock correct"
	}
	return "known to be right"
}

type clockCorrectCommand struct {
	configFlag
	By   string    `required:"" help:"Who says so: an id rather than a name, for it stays in the record."`
	Time time.Time `arg:"" help:"How late it is, to the hour: 2026-11-28T09:00:00Z."`
}

// correction is the body of POST /clock/correct.
type correction struct {
	At time.Time `json:"at"`
	By string    `json:"by"`
}

func (c *clockCorrectCommand) Run() error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	return needsDaemon(ask(cfg.Socket, "/clock/correct", correction{At: c.Time, By: c.By}, nil))
}

func (c *control) clock(w http.ResponseWriter, _ *http.Request) {
	now := c.loop.Now()
	w.Header().Set("Content-Type", "application/json")
	state := clockState{Read: now.Read, Claims: now.Claimed, Held: now.Wall, Known: now.Known, JumpMS: now.Jump.Milliseconds()}
	if err := json.NewEncoder(w).Encode(state); err != nil {
		c.log.Warn("the clock's state is not delivered", "err", err)
	}
}

func (c *control) correctClock(w http.ResponseWriter, r *http.Request) {
	var in correction
	if err := readBody(w, r, &in); err != nil || in.By == "" || in.At.IsZero() {
		http.Error(w, "want {\"at\": \"2026-11-28T09:00:00Z\", \"by\": \"NAME\"}", http.StatusBadRequest)
		return
	}
	if why := locker.RefusalToCorrect(in.At, c.loop.Now()); why != "" {
		http.Error(w, why, http.StatusConflict)
		return
	}
	if err := c.loop.Do(r.Context(), locker.ClockTold{At: in.At, By: in.By}); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
