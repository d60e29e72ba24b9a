package cabinet

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
	"lockerd/internal/remote"
	"lockerd/internal/sync"
	"lockerd/internal/ui"
)

// Validate reports everything that is wrong with the configuration, part by part, except for the cloud: a cabinet works
// without one, so that is a fault in its state (sync.Check).
func (c *Config) Validate() error {
	errs := []error{c.Plan().Validate(), c.journalConfig().Validate(), c.kioskConfig(nil).Validate(), c.Metrics.Validate(), c.Pins.Validate(), c.Terminal.Validate(), c.Poster.Validate(),
		remote.CheckHosts(c.Cloud.UploadHosts, c.Cloud.PictureHosts)}
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Clock != "ntp" && c.Clock != "system" {
		bad("clock = %q: must be \"ntp\" or \"system\"", c.Clock)
	}
	if c.Codes != codesByCloud && c.Codes != codesByOperator {
		bad("codes = %q: must be %q or %q", c.Codes, codesByCloud, codesByOperator)
	}
	if c.Socket == "" {
		bad("socket: the hand tools need one, as /run/lockerd/control.sock")
	}
	if d := c.Rules.CodeDigits; d != 0 && (d < 6 || d > 10) {
		bad("rules.code_digits = %d: pickup codes have 6 to 10 digits; 0: as many as the doors ask for", d)
	}
	c.validateKeys(bad)
	for _, l := range c.Languages {
		if !slices.Contains(ui.Languages(), l) {
			bad("languages: there is no %q; there are %q", l, ui.Languages())
		}
	}
	c.validateLines(bad)
	if err := c.Barcodes.Validate(); err != nil {
		bad("barcodes: %w", err)
	}
	c.validateCameras(bad)
	c.validateRetention(bad)
	return errors.Join(errs...)
}

// validateKeys reports public keys that are invalid or published.
func (c *Config) validateKeys(bad func(string, ...any)) {
	if err := credential.CheckOperator(c.Keys.Operator); err != nil {
		bad("keys.operator: %w", err)
	}
	if _, err := credential.NewIssuers(c.Issuers); err != nil {
		bad("%w", err)
	}
	for _, i := range c.Issuers {
		if err := i.Check(); err != nil {
			bad("%w", err)
		}
	}
}

func (c *Config) validateLines(bad func(string, ...any)) {
	channels := make(map[string]map[int]int) // by bus and board: how many locks
	ports := make(map[string]string)
	port := func(name, path string) {
		if other, taken := ports[path]; taken {
			bad("%s and %s are on the same port %s", other, name, path)
		}
		ports[path] = name
	}
	supplies := c.validateSupplies(bad)
	for _, b := range c.Buses {
		if b.Supply != "" && !slices.Contains(supplies, b.Supply) {
			bad("bus %q: there is no supply %q", b.Name, b.Supply)
		}
		if channels[b.Name] != nil {
			bad("bus %q is listed twice", b.Name)
		}
		channels[b.Name] = make(map[int]int)
		for _, k := range b.Boards {
			channels[b.Name][k.Address] = k.Locks
		}
		port("bus "+b.Name, b.Port)
		if err := b.Lockboard().Validate(); err != nil {
			bad("%w", err)
		}
	}
	for _, s := range c.Scanners {
		port("scanner "+s.Name, s.Path())
		if err := s.Validate(); err != nil {
			bad("%w", err)
		}
	}
	taken := make(map[locker.Lock]int)
	for _, d := range c.Doors {
		taken[locker.Lock{Bus: d.Bus, Board: d.Board, Channel: d.Channel}] = d.Number
	}
	for _, d := range c.Doors {
		c.validateContact(d, taken, bad)
		boards, ok := channels[d.Bus]
		locks, there := boards[d.Board]
		switch {
		case !ok:
			bad("door %d: there is no bus %q", d.Number, d.Bus)
		case !there:
			bad("door %d: bus %q has no board %d", d.Number, d.Bus, d.Board)
		case d.Channel > locks:
			bad("door %d: board %d has %d locks, not %d", d.Number, d.Board, locks, d.Channel)
		}
	}
}

func (c *Config) validateSupplies(bad func(string, ...any)) (names []string) {
	for _, s := range c.supplies() {
		if s.Name == "" || slices.Contains(names, s.Name) {
			bad("supply %q: needs a name of its own", s.Name)
		}
		if s.Pulses < 1 || s.Gap < 0 {
			bad("supply %q: pulses is at least 1 and gap not below 0", s.Name)
		}
		names = append(names, s.Name)
	}
	return names
}

// CheckName says why a cabinet cannot be called so: its name is part of topics.
func CheckName(name string) error { return sync.CheckName(name) }

// CheckBroker says what is wrong with a broker's address; an empty one is none.
func CheckBroker(address string) error {
	c := sync.Defaults()
	c.Broker = address
	return c.Validate()
}

// Languages are those that the kiosk speaks.
func Languages() []string { return ui.Languages() }

// validateRetention says what cannot be kept as the configuration has it.
func (c *Config) validateRetention(bad func(string, ...any)) {
	if c.Retention.Records <= 0 || c.Retention.Personal <= 0 {
		bad("retention: records and personal must be above 0")
	}
	if c.Retention.Personal < c.Times.Announced {
		bad("retention.personal (%s) must not be below times.announced (%s): an announced parcel's phone would be gone "+
			"before the parcel comes", time.Duration(c.Retention.Personal), time.Duration(c.Times.Announced))
	}
}
