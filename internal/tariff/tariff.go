// Package tariff says what it costs to keep something behind a door. A tariff is data, and a sum follows from it and from times alone:
// whoever has the same times comes to the same sum (docs/contract/tariffs.jsonl has cases for any language).
package tariff

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a cabinet may have no time zones of its own
)

// Limits of a tariff: within them no sum leaves an int64.
const (
	maxPrice  = 10_000_000 // minor units
	maxTimes  = 100_000    // periods of a step
	maxSteps  = 16
	maxDates  = 400                       // quiet ones
	maxPeriod = int64(366 * 24 * 60 * 60) // seconds
	minPeriod = int64(60)                 // seconds
)

// Ways to charge a period of a step.
const (
	Begun        = "begun"        // whole as soon as it begins; the default
	Complete     = "complete"     // whole, once it is over
	Proportional = "proportional" // by the second
)

// Tariff is how time becomes money. Time counts from the beginning, but for stops and quiet days; what counts is free at first, and
// then goes through the steps, one after the other. Amounts are in the currency's minor unit (cents), durations in seconds.
type Tariff struct {
	// Currency is its code by ISO 4217, as "EUR".
	Currency string `json:"currency" toml:"currency"`
	// Zone is the time zone of the quiet days, as "Europe/Berlin".
	Zone string `json:"zone,omitempty" toml:"zone"`
	// Free is how long nothing is owed.
	Free int64 `json:"free_s,omitempty" toml:"free_s"`
	// Steps follow each other; only the last may go on for ever.
	Steps []Rate `json:"steps" toml:"steps"`
	// Cap is the most that is ever owed; 0: no end.
	Cap int64 `json:"cap,omitempty" toml:"cap"`
	// Multiple rounds the sum down to a multiple of itself (5 where there are no coins of one); 0 and 1: not at all.
	Multiple int64 `json:"multiple,omitempty" toml:"multiple"`
	// QuietWeekdays ("sunday") and QuietDates ("2026-12-25") do not count at all, from midnight to midnight in Zone.
	QuietWeekdays []string `json:"quiet_weekdays,omitempty" toml:"quiet_weekdays"`
	QuietDates    []string `json:"quiet_dates,omitempty" toml:"quiet_dates"`
}

// Rate is a price for each of a number of periods.
type Rate struct {
	Every  int64  `json:"every_s" toml:"every_s"` // the period
	Price  int64  `json:"price" toml:"price"`
	Times  int64  `json:"times,omitempty" toml:"times"`                                      // how many periods; 0: all that come
	Charge string `json:"charge,omitempty" toml:"charge" enum:"begun,complete,proportional"` // "": begun
}

// Read takes a tariff from JSON. A field that it does not know is an error: it may be about money.
func Read(text []byte) (*Tariff, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var t Tariff
	if err := d.Decode(&t); err != nil {
		return nil, fmt.Errorf("tariff: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("tariff: something follows its end")
	}
	if err := t.Validate(); err != nil {
		return nil, err
	}
	return &t, nil
}

// Validate says all that is wrong with a tariff.
func (t *Tariff) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("tariff: "+format, args...)) }
	if len(t.Currency) != 3 || strings.Trim(t.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		bad("currency %q: is three capitals, as \"EUR\"", t.Currency)
	}
	if t.Free < 0 || t.Free > maxPeriod {
		bad("free_s: is 0 to %d", maxPeriod)
	}
	if t.Cap < 0 || t.Cap > maxPrice*maxTimes {
		bad("cap: is 0 to %d", int64(maxPrice*maxTimes))
	}
	if t.Multiple < 0 || t.Multiple > maxPrice {
		bad("multiple: is 0 to %d", maxPrice)
	}
	if len(t.Steps) > maxSteps {
		bad("at most %d steps", maxSteps)
	}
	for i, s := range t.Steps {
		s.validate(i, i == len(t.Steps)-1, bad)
	}
	t.validateQuiet(bad)
	return errors.Join(errs...)
}

func (s Rate) validate(i int, last bool, bad func(string, ...any)) {
	switch {
	case s.Every < minPeriod || s.Every > maxPeriod:
		bad("step %d: every_s is %d to %d", i+1, minPeriod, maxPeriod)
	case s.Price < 0 || s.Price > maxPrice:
		bad("step %d: price is 0 to %d", i+1, maxPrice)
	case s.Times < 0 || s.Times > maxTimes:
		bad("step %d: times is 0 to %d", i+1, maxTimes)
	case s.Times == 0 && !last:
		bad("step %d: goes on for ever, so no step can follow it: it needs times", i+1)
	}
	if s.Charge != "" && s.Charge != Begun && s.Charge != Complete && s.Charge != Proportional {
		bad("step %d: charge %q: is %q, %q or %q", i+1, s.Charge, Begun, Complete, Proportional)
	}
}

func (t *Tariff) validateQuiet(bad func(string, ...any)) {
	if _, err := time.LoadLocation(t.Zone); err != nil || t.Zone == "Local" {
		bad("zone %q: is none; it is as \"Europe/Berlin\"", t.Zone)
	}
	if t.Zone == "" && len(t.QuietWeekdays)+len(t.QuietDates) > 0 {
		bad("quiet days need a zone, as \"Europe/Berlin\"")
	}
	quiet := make(map[time.Weekday]bool)
	for _, name := range t.QuietWeekdays {
		day, ok := weekday(name)
		if !ok || quiet[day] {
			bad("quiet weekday %q: is \"monday\" to \"sunday\", each once", name)
		}
		quiet[day] = true
	}
	if len(quiet) == 7 {
		bad("all weekdays are quiet: then no time counts; leave out the steps instead")
	}
	if len(t.QuietDates) > maxDates {
		bad("at most %d quiet dates", maxDates)
	}
	for _, text := range t.QuietDates {
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			bad("quiet date %q: is as \"2026-12-25\"", text)
		}
	}
}

func weekday(name string) (time.Weekday, bool) {
	i := slices.IndexFunc(weekdays, func(d time.Weekday) bool { return strings.ToLower(d.String()) == name })
	return time.Weekday(i), i >= 0
}

var weekdays = []time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}
