// Package fees is what parcels cost at this operator: the tariffs that announcements name, and the address where recipients pay. It carries
// out what follows by itself: it tells cabinets when a parcel's recipient was told of it, and brings links to whoever stands there and is to
// pay. It keeps nothing: what is to be done lies in the books.
package fees

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/locker"
	"lockerd/internal/money"
	"lockerd/internal/tariff"
)

// Config says what parcels may cost.
type Config struct {
	// Currency is that of all fees, by ISO 4217, as "EUR".
	Currency string `toml:"currency"`
	// Link is the address where recipients pay, with places that are filled: see places.
	Link string `toml:"link"`
	// Tariffs are what time costs, by the name that announcements give. One that says no currency has the one above.
	Tariffs map[string]tariff.Tariff `toml:"tariffs"`
}

// places are what an address may hold. Each is filled percent-encoded.
var places = map[string]func(p desk.Parcel, amount int64, currency string) string{
	"order":    func(p desk.Parcel, _ int64, _ string) string { return p.Order }, // that announced it
	"cabinet":  func(p desk.Parcel, _ int64, _ string) string { return p.Cabinet },
	"parcel":   func(p desk.Parcel, _ int64, _ string) string { return p.ID },
	"amount":   func(_ desk.Parcel, amount int64, _ string) string { return strconv.FormatInt(amount, 10) },         // in minor units
	"sum":      func(_ desk.Parcel, amount int64, currency string) string { return money.Number(amount, currency) }, // as 2.50
	"currency": func(_ desk.Parcel, _ int64, currency string) string { return currency },
}

var place = regexp.MustCompile(`\{[^{}]*\}`)

// longestLink is how long an address may be that a cabinet shows.
const longestLink = 300

// tariffNames are what tariffs may be called: a column of a file names them.
var tariffNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Validate says what is wrong with the settings, and completes the tariffs: with the currency, and with the zone of their quiet days.
func (c *Config) Validate(zone string) error {
	if c.Currency == "" {
		if c.Link != "" || len(c.Tariffs) > 0 {
			return errors.New(`fees: currency: must be given, as "EUR"`)
		}
		return nil // there are no fees
	}
	var errs []error
	if err := (&tariff.Tariff{Currency: c.Currency}).Validate(); err != nil {
		errs = append(errs, fmt.Errorf("fees: currency: %w", err))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Tariffs)) {
		t := c.Tariffs[name]
		if t.Currency == "" {
			t.Currency = c.Currency
		}
		if t.Zone == "" && len(t.QuietWeekdays)+len(t.QuietDates) > 0 {
			t.Zone = zone
		}
		c.Tariffs[name] = t
		switch err := t.Validate(); {
		case !tariffNames.MatchString(name):
			errs = append(errs, fmt.Errorf("fees: tariffs: %q: a name has 1 to 64 letters, digits, dots, dashes and underscores", name))
		case t.Currency != c.Currency:
			errs = append(errs, fmt.Errorf("fees: tariffs: %s: is in another currency than fees.currency", name))
		case len(t.Steps) == 0:
			errs = append(errs, fmt.Errorf("fees: tariffs: %s: has no steps: time would cost nothing", name))
		case err != nil:
			errs = append(errs, fmt.Errorf("fees: tariffs: %s: %w", name, err))
		case t.Cap > contract.MaxAmount:
			errs = append(errs, fmt.Errorf("fees: tariffs: %s: cap: is at most %d: nobody can pay more at once", name, contract.MaxAmount))
		}
	}
	return errors.Join(append(errs, c.validateLink())...)
}

func (c *Config) validateLink() error {
	if c.Link == "" {
		return nil
	}
	for _, found := range place.FindAllString(c.Link, -1) {
		if places[strings.Trim(found, "{}")] == nil {
			return fmt.Errorf("fees: link: %s is no place that is known; there are {%s}", found, strings.Join(slices.Sorted(maps.Keys(places)), "}, {"))
		}
	}
	const id = "0123456789abcdef01234"
	filled, err := c.fill(desk.Parcel{Order: "desk-" + id[:16], Cabinet: id, ID: id}, contract.MaxAmount, "EUR")
	if err != nil {
		return err
	}
	u, err := url.Parse(filled)
	if err != nil || !strings.HasPrefix(filled, "https://") || u.Hostname() == "" || u.User != nil || strings.ContainsAny(filled, "{} \t\n") {
		return errors.New(`fees: link: is https://, with a host and no name or password, as "https://pay.example/?order={order}&amount={amount}&currency={currency}"`)
	}
	if host, _, _ := strings.Cut(strings.TrimPrefix(c.Link, "https://"), "/"); place.MatchString(host) {
		return errors.New("fees: link: its host has no place: it is always the same")
	}
	if !strings.Contains(c.Link, "{order}") && (!strings.Contains(c.Link, "{cabinet}") || !strings.Contains(c.Link, "{parcel}")) {
		return errors.New("fees: link: must name what is paid for: {order}, or {cabinet} and {parcel}")
	}
	return nil
}

// fill is the address where so much is paid for a parcel.
func (c *Config) fill(p desk.Parcel, amount int64, currency string) (string, error) {
	dots := false
	link := place.ReplaceAllStringFunc(c.Link, func(found string) string {
		value := places[strings.Trim(found, "{}")](p, amount, currency)
		dots = dots || value == "." || value == ".."
		return escape(value)
	})
	if dots { // which no percent-encoding hides: the address would be another
		return "", errors.New("fees: link: a place is filled with dots alone")
	}
	if len(link) > longestLink {
		return "", fmt.Errorf("fees: link: has more than %d characters once it is filled: no cabinet shows it", longestLink)
	}
	return link, nil
}

// escape percent-encodes a value wherever it may stand: nothing in it separates anything.
func escape(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }

// Pay is the address where so much is paid for a parcel; empty: there is none.
func (c *Config) Pay(p desk.Parcel, amount int64) string {
	if c.Link == "" || p.Fee == nil || p.Fee.Unclear != "" || amount <= 0 || p.Order == "" && strings.Contains(c.Link, "{order}") {
		return ""
	}
	link, err := c.fill(p, amount, p.Fee.Currency)
	if err != nil {
		return "" // Errands say so in the log
	}
	return link
}

// Errors about what an announcement says of a fee.
var (
	ErrNone   = errors.New("fees: this desk has no fees: the configuration has no [fees]")
	ErrTariff = errors.New("fees: there is no such tariff")
	ErrDue    = fmt.Errorf("fees: what is due is 0 to %d, in minor units", contract.MaxAmount)
)

// Terms are what a parcel costs: what time costs by a tariff, whose name may be empty, and what is due in any case, in minor units. Without
// either there are none.
func (c *Config) Terms(name string, due int64) (*locker.Terms, error) {
	if name == "" && due == 0 {
		return nil, nil
	}
	if c.Currency == "" {
		return nil, ErrNone
	}
	if due < 0 || due > contract.MaxAmount {
		return nil, ErrDue
	}
	t := &locker.Terms{Name: name, Currency: c.Currency, Due: due}
	if name == "" {
		return t, nil
	}
	rates, known := c.Tariffs[name]
	if !known {
		return nil, fmt.Errorf("%w; there are: %s", ErrTariff, strings.Join(c.Names(), ", "))
	}
	t.Tariff = &rates
	return t, nil
}

// Names are those of the tariffs.
func (c *Config) Names() []string { return slices.Sorted(maps.Keys(c.Tariffs)) }

// Typed are the terms of what people type: a tariff's name, and what is due in any case, as "12.50". Both may be empty.
func (c *Config) Typed(name, due string) (*locker.Terms, error) {
	sum := int64(0)
	if due != "" {
		var err error
		if sum, err = money.Read(due, c.Currency); err != nil {
			return nil, fmt.Errorf("fees: what is due: %w", err)
		}
	}
	return c.Terms(name, sum)
}
