package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

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

// guesses says how likely somebody who guesses for a week is to hit: a pickup code, and any secret there is.
func (k *checkup) guesses(cfg *config) {
	digits := cfg.codeDigits()
	g := cfg.plan().Guessing(digits)
	if running, err := askGuards(cfg); err == nil {
		g.Couriers = running.Couriers
	} else {
		k.note("lockerd does not run: couriers whom the cloud has put are not counted in what follows")
	}
	if g.Doors > 0 {
		k.codesGuessed(g)
	}
	odds := g.Known().Odds()
	var err error
	if !odds.Within() {
		err = fmt.Errorf("it must be 1 in 1,000: %s", strings.Join(tooShort(g), "; "))
	}
	k.say(err, "a week of guessing at every guard hits any code, PIN or badge with %s (couriers' PINs %s, badges %s, technicians whose PIN was seen %s)",
		oneIn(odds.All), oneIn(odds.PINs), oneIn(odds.Badges), oneIn(odds.Technicians))
	if list := unsaid(g.Couriers); len(list) > 0 {
		k.note("nobody has said how long these couriers' PINs and badges are: %s. If their PINs have six digits, a week of guessing hits with %s. "+
			"Write pin_digits and badge_characters beside them, or put them anew", strings.Join(list, ", "), oneIn(g.Odds().All))
	}
}

func (k *checkup) codesGuessed(g locker.Guessing) {
	needed, ok := g.CodeDigits()
	var err error
	switch {
	case !ok:
		err = errors.New("no code that can be typed is long enough: longer lock-outs, or fewer tries (times.lockouts, rules.wrong_tries)")
	case g.Digits < needed:
		err = fmt.Errorf("%d doors need %d digits (rules.code_digits)", g.Doors, needed)
	}
	k.say(err, "pickup codes of %d digits: a week of guessing hits with %s", g.Digits, oneIn(g.Odds().Codes))
}

// tooShort says what to do about secrets that are guessed too easily.
func tooShort(g locker.Guessing) (list []string) {
	withPIN := 0
	for _, c := range g.Couriers {
		if c.PIN != 0 {
			withPIN++
		}
	}
	need, ok := g.PINDigits(withPIN)
	if !ok {
		list = append(list, fmt.Sprintf("%d couriers with a PIN are too many: give them badges", withPIN))
	}
	for _, c := range g.Couriers {
		if 0 < c.PIN && c.PIN < need {
			list = append(list, fmt.Sprintf("give courier %s a PIN of %d digits", c.Courier, need))
		}
		if 0 < c.Badge && c.Badge < locker.LeastBadge {
			list = append(list, fmt.Sprintf("give courier %s a badge of %d characters by chance", c.Courier, locker.LeastBadge))
		}
	}
	if len(list) == 0 {
		list = append(list, "see to the length of the pickup codes")
	}
	return list
}

// unsaid are the couriers of whose PIN or badge nobody has said how long it is.
func unsaid(couriers []locker.CourierLengths) (list []string) {
	for _, c := range couriers {
		if c.PIN == locker.UnknownLength || c.Badge == locker.UnknownLength {
			list = append(list, c.Courier)
		}
	}
	return list
}

func oneIn(odds float64) string {
	switch {
	case odds <= 0:
		return "nothing"
	case odds < 1e-6:
		return "less than 1 in 1,000,000"
	}
	return fmt.Sprintf("1 in %.0f", 1/odds)
}
