// Package lockboard drives the lock boards on RS-485 lines: it owns the serial ports, pulses a lock at most once per
// release and tells the debounced state of every contact. It never decides who may open what, never repeats an unlock
// and never takes silence or noise for a state.
package lockboard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Config is one line and the boards on it: a [[bus]] of the configuration file.
type Config struct {
	// Name is the line's name; locks refer to it.
	Name string `toml:"name"`
	// Port is the serial device, best by a path that stays the same: /dev/serial/by-id/...
	Port string `toml:"port"`
	// Family is the protocol that the boards speak: "8A".
	Family string `toml:"family"`
	// Baud is the line's speed in bits per second, 8N1.
	Baud int `toml:"baud"`
	// LostAfter is how long a board may fail to answer before nothing is held to be known of its doors.
	LostAfter time.Duration `toml:"lost_after"`
	// Boards are the boards on this line.
	Boards []BoardConfig `toml:"board"`
}

// BoardConfig is one board: a [[bus.board]] of the configuration file.
type BoardConfig struct {
	// Address is what the board's switches say.
	Address int `toml:"address"`
	// Locks is how many of the board's channels are used, counted from channel 1.
	Locks int `toml:"locks"`
	// Contact is what the contacts watch: "latch" or "door".
	Contact string `toml:"contact"`
	// ClosedWhen is what the contact of a closed lock is: "shorted" or "open".
	ClosedWhen string `toml:"closed_when"`
	// Inverted are the channels that are wired the other way round.
	Inverted []int `toml:"inverted"`
}

// Words of the configuration.
const (
	Shorted = "shorted" // closed_when
	Open    = "open"    // closed_when
	Latch   = "latch"   // contact: a finger can press it with the door wide open
	Door    = "door"    // contact
)

// family is a protocol and the largest numbers that its boards know.
type family struct {
	codec   Codec
	address int
	locks   int
}

// families are the protocols by the name that the configuration gives them. 8A: vendor text says up to 99 boards;
// boards of up to 50 channels are sold.
var families = map[string]family{"8A": {codec: Family8A{}, address: 99, locks: 50}}

// bauds are the speeds that such boards are sold with.
var bauds = []int{1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200}

// Open opens the line's serial port. Its signature is what New asks for.
func (c Config) Open(context.Context) (io.ReadWriteCloser, error) {
	p, err := OpenPort(c.Port, c.Baud)
	if err != nil {
		return nil, err // not p: a nil *Port in an interface is not nil
	}
	return p, nil
}

// Validate says everything that is wrong, in the words of whoever wrote the configuration.
func (c Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("bus %q: "+format, append([]any{c.Name}, args...)...))
	}
	if c.Name == "" {
		bad("needs a name")
	}
	if c.Port == "" {
		bad("needs a port, best one of /dev/serial/by-id/")
	}
	if !slices.Contains(bauds, c.Baud) {
		bad("baud %d is none of %v", c.Baud, bauds)
	}
	if c.LostAfter < time.Second {
		bad("lost_after %s: needs at least 1s, or a disturbed line loses its boards", c.LostAfter)
	}
	if len(c.Boards) == 0 {
		bad("has no boards")
	}
	fam, known := families[c.Family]
	if !known {
		bad("family %q is not known; there is 8A", c.Family)
	}
	seen := make(map[int]bool)
	for _, b := range c.Boards {
		if seen[b.Address] {
			bad("board %d is listed twice", b.Address)
		}
		seen[b.Address] = true
		if known {
			b.validate(fam, bad)
		}
	}
	return errors.Join(errs...)
}

func (b BoardConfig) validate(fam family, bad func(string, ...any)) {
	if b.Address < 1 || b.Address > fam.address {
		bad("board %d: addresses are 1 to %d", b.Address, fam.address)
	}
	if b.Locks < 1 || b.Locks > fam.locks {
		bad("board %d: locks %d: can be 1 to %d", b.Address, b.Locks, fam.locks)
	}
	if b.Contact != Latch && b.Contact != Door {
		bad("board %d: contact %q: is %q or %q", b.Address, b.Contact, Latch, Door)
	}
	if b.ClosedWhen != Shorted && b.ClosedWhen != Open {
		bad("board %d: closed_when %q: is %q or %q", b.Address, b.ClosedWhen, Shorted, Open)
	}
	for i, ch := range b.Inverted {
		if ch < 1 || ch > b.Locks {
			bad("board %d: inverted lock %d: locks are 1 to %d", b.Address, ch, b.Locks)
		}
		if slices.Contains(b.Inverted[:i], ch) {
			bad("board %d: inverted lock %d is listed twice", b.Address, ch)
		}
	}
}

// closedShorted says whether a channel's contact is shorted while its lock is closed.
func (b BoardConfig) closedShorted(channel int) bool {
	return (b.ClosedWhen == Shorted) != slices.Contains(b.Inverted, channel)
}

// anyClosedOpen says whether some lock's contact is shorted while the lock stands open.
func (b BoardConfig) anyClosedOpen() bool {
	for ch := 1; ch <= b.Locks; ch++ {
		if !b.closedShorted(ch) {
			return true
		}
	}
	return false
}
