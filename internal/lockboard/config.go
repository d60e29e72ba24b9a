// Package lockboard drives the lock boards on RS-485 lines: it owns the serial ports, pulses a lock at most once per release,
// and reports the debounced state of every contact. It never decides who may open what, never repeats an unlock, and never
// takes silence or noise for a state.
package lockboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Config is one line and the boards on it: a [[bus]] of the configuration file.
type Config struct {
	// Name is the line's name; locks refer to it.
	Name string
	// Port is the serial device, best by a path that stays the same, /dev/serial/by-id/...; tcp://host:port of a serial
	// server; or modbus-tcp://host[:port] of a Modbus/TCP device or gateway.
	Port string
	// Baud is the line's speed in bits per second, 8N1. A serial server has its own.
	Baud int
	// Direction is who turns the line round: "adapter" (or empty), "kernel" or "rts". See OpenLine.
	Direction string
	// AnswerWithin is how long a board may take to begin an answer to a query, with all that is between us and it; 0: as
	// long as boards of its family do, and 250 ms more behind a serial server. A board that says nothing holds the line
	// for so long.
	AnswerWithin time.Duration
	// LostAfter is how long a board may fail to answer before nothing is held to be known of its doors.
	LostAfter time.Duration
	// Boards are the boards on this line. There may be none: a line on which boards are still to be found.
	Boards []BoardConfig
}

// BoardConfig is one board: a [[bus.board]] of the configuration file.
type BoardConfig struct {
	// Address is what the board's switches say. It is the board's name too: no two boards on a line have the same, be
	// they of different families.
	Address int `toml:"address"`
	// Family is the protocol that the board speaks: one of Families.
	Family string `toml:"family,omitempty"`
	// Locks is how many of the board's channels are used, counted from channel 1.
	Locks int `toml:"locks"`
	// Contact is what the contacts watch: "latch", "door" or "none".
	Contact string `toml:"contact"`
	// ClosedWhen is what the contact of a closed lock is: "shorted" or "open".
	ClosedWhen string `toml:"closed_when"`
	// Inverted are the channels that are wired the other way round.
	Inverted []int `toml:"inverted,omitempty"`
	// WithoutContact are the channels whose locks have none: nothing is ever known of their doors.
	WithoutContact []int `toml:"without_contact,omitempty"`
	// Presence is how a board that senses what is behind its doors says "something": "set" or "clear"; empty: what it
	// says of it means nothing.
	Presence string `toml:"presence,omitempty"`
	// Pulse is how long a lock is energised, where the family can say so; 0 is as the board has it.
	Pulse time.Duration `toml:"-"`
	// SwitchedOff says that it is understood that this computer must end each pulse: see Family.SwitchedOff.
	SwitchedOff bool `toml:"switched_off_by_computer,omitempty"`
}

// Words of the configuration.
const (
	Shorted = "shorted" // closed_when
	Open    = "open"    // closed_when
	Latch   = "latch"   // contact: a finger can press it with the door wide open
	Door    = "door"    // contact
	None    = "none"    // contact: there is none
	Set     = "set"     // presence
	Clear   = "clear"   // presence
)

const (
	// networkDelay is what a network adds to the time within which an answer must come.
	networkDelay = 250 * time.Millisecond
	// answerLeast and answerMost bound what may be configured. Boards begin after some 5 ms, and USB adapters add 16; a
	// release waits for the exchange under way, and two seconds are as long as it can.
	answerLeast = 50 * time.Millisecond
	answerMost  = 2 * time.Second
	// lostExchanges is how many time-outs there must be before a board is lost.
	lostExchanges = 3
)

// longestPulse is the longest that a lock may be energised. No maker's figure was found; one that is held open by its
// coil burns out.
const longestPulse = time.Second

// bauds are the speeds that such boards are sold with.
var bauds = []int{1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200}

// network says that the line is a serial server's.
func (c Config) network() bool { return network(c.Port) }

// Within is how long boards of a family may take to begin an answer on this line.
func (c Config) Within(family string) time.Duration {
	fam, _ := FamilyNamed(family)
	return c.within(fam)
}

func (c Config) within(fam Family) time.Duration {
	switch {
	case c.AnswerWithin > 0:
		return c.AnswerWithin
	case c.network():
		return fam.Answer + networkDelay
	}
	return fam.Answer
}

// Open opens the line. Its signature is what New asks for.
func (c Config) Open(ctx context.Context) (io.ReadWriteCloser, error) { return c.OpenAt(ctx, c.Baud) }

// OpenAt opens the line at another speed. Its signature is what Survey asks for.
func (c Config) OpenAt(ctx context.Context, baud int) (io.ReadWriteCloser, error) {
	return OpenLine(ctx, LineConfig{Port: c.Port, Baud: baud, Direction: c.Direction})
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
		bad("needs a port, best one of /dev/serial/by-id/, or tcp://host:port, or modbus-tcp://host")
	}
	if !slices.Contains(bauds, c.Baud) {
		bad("baud %d is none of %v", c.Baud, bauds)
	}
	if !slices.Contains([]string{"", ByAdapter, ByKernel, ByRTS}, c.Direction) {
		bad("direction %q: is \"adapter\", \"kernel\" or \"rts\"", c.Direction)
	}
	if c.network() && c.Direction != "" && c.Direction != ByAdapter {
		bad("direction %q: a serial server turns its line round itself", c.Direction)
	}
	if w := c.AnswerWithin; w != 0 && (w < answerLeast || w > answerMost) {
		bad("answer_within %s: is %s to %s; without it each family has its own", w, answerLeast, answerMost)
	} else if c.LostAfter >= time.Second && c.LostAfter < lostExchanges*w {
		bad("lost_after %s: with answer_within = %s needs at least %s", c.LostAfter, w, lostExchanges*w)
	}
	if c.LostAfter < time.Second {
		bad("lost_after %s: needs at least 1s, or a disturbed line loses its boards", c.LostAfter)
	}
	seen := make(map[int]bool)
	for _, b := range c.Boards {
		if seen[b.Address] {
			bad("board %d is listed twice; boards of different families need different addresses too", b.Address)
		}
		seen[b.Address] = true
		b.validate(bad)
		if _, known := FamilyNamed(b.Family); known && !slices.Contains(FamiliesOn(c.Port), b.Family) {
			bad("board %d of family %s: %w", b.Address, b.Family, errNoModbus)
		}
	}
	return errors.Join(errs...)
}

func (b BoardConfig) validate(bad func(string, ...any)) {
	fam, known := FamilyNamed(b.Family)
	if !known {
		bad("board %d: family %q is not known; there are %s", b.Address, b.Family, strings.Join(Families(), ", "))
		return
	}
	if b.Address < fam.Lowest || b.Address > fam.Highest {
		bad("board %d: addresses of family %s are %d to %d", b.Address, fam.Name, fam.Lowest, fam.Highest)
	}
	if b.Locks < 1 || b.Locks > fam.Locks {
		bad("board %d: locks %d: can be 1 to %d", b.Address, b.Locks, fam.Locks)
	}
	if !slices.Contains([]string{Latch, Door, None}, b.Contact) {
		bad("board %d: contact %q: is %q, %q or %q", b.Address, b.Contact, Latch, Door, None)
	}
	if fam.NoContacts && b.Contact != None {
		bad("board %d: boards of family %s read no contacts: contact is %q", b.Address, fam.Name, None)
	}
	if b.Contact != None && b.ClosedWhen != Shorted && b.ClosedWhen != Open {
		bad("board %d: closed_when %q: is %q or %q", b.Address, b.ClosedWhen, Shorted, Open)
	}
	b.validateChannels("inverted", b.Inverted, bad)
	b.validateChannels("without_contact", b.WithoutContact, bad)
	b.validatePower(fam, bad)
}

func (b BoardConfig) validateChannels(what string, channels []int, bad func(string, ...any)) {
	for i, ch := range channels {
		if ch < 1 || ch > b.Locks {
			bad("board %d: %s lock %d: locks are 1 to %d", b.Address, what, ch, b.Locks)
		}
		if slices.Contains(channels[:i], ch) {
			bad("board %d: %s lock %d is listed twice", b.Address, what, ch)
		}
	}
}

// validatePower looks at the pulse and at what the board senses.
func (b BoardConfig) validatePower(fam Family, bad func(string, ...any)) {
	switch {
	case !slices.Contains([]string{"", Set, Clear}, b.Presence):
		bad("board %d: presence %q: is %q, %q or empty", b.Address, b.Presence, Set, Clear)
	case b.Presence != "" && !fam.Senses:
		bad("board %d: boards of family %s sense no presence", b.Address, fam.Name)
	}
	switch most := min(longestPulse, fam.PulseMost); {
	case b.Pulse == 0:
	case fam.PulseStep == 0:
		bad("board %d: how long boards of family %s pulse cannot be said: leave pulse away", b.Address, fam.Name)
	case b.Pulse < 0 || b.Pulse > most || b.Pulse%fam.PulseStep != 0:
		bad("board %d: pulse %s: is a multiple of %s up to %s", b.Address, b.Pulse, fam.PulseStep, most)
	}
	if fam.SwitchedOff && !b.SwitchedOff {
		bad("board %d: boards of family %s never end a pulse by themselves: where this computer fails in between, the lock "+
			"burns. Say switched_off_by_computer = true if its locks bear that", b.Address, fam.Name)
	}
}

// PulseTime is how long a lock of the board is energised.
func (b BoardConfig) PulseTime() time.Duration {
	fam, _ := FamilyNamed(b.Family)
	return cmp.Or(b.Pulse, fam.Pulse)
}

// Draws is for how long a pulse of the board takes its place at the power supply: as a rule, and where the board does not say
// that it is over.
func (b BoardConfig) Draws() (usual, most time.Duration) {
	return b.PulseTime(), b.PulseTime() + ackWithin
}

// ClosedAt says what the contact of a channel's closed lock is: Shorted or Open.
func (b BoardConfig) ClosedAt(channel int) string {
	if b.closedShorted(channel) {
		return Shorted
	}
	return Open
}

// closedShorted says whether a channel's contact is shorted while its lock is closed.
func (b BoardConfig) closedShorted(channel int) bool {
	return (b.ClosedWhen == Shorted) != slices.Contains(b.Inverted, channel)
}

// Blind says that nothing is ever known of a channel's door.
func (b BoardConfig) Blind(channel int) bool {
	return b.Contact == None || slices.Contains(b.WithoutContact, channel)
}

// anyClosedOpen says whether some lock's contact is shorted while the lock stands open.
func (b BoardConfig) anyClosedOpen() bool {
	for ch := 1; ch <= b.Locks; ch++ {
		if !b.Blind(ch) && !b.closedShorted(ch) {
			return true
		}
	}
	return false
}
