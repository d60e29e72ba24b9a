package cabinet

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/settings"
)

// Wiring is the part of the configuration that the kiosk can learn: which boards are on which line, and which lock holds
// which door. Once learnt it is in a file of its own and takes precedence over the configuration file.
type Wiring struct {
	Buses []Bus  `toml:"bus"`
	Doors []Door `toml:"door"`
}

// Supply is a power supply for locks.
type Supply struct {
	Name   string   `toml:"name"`
	Pulses int      `toml:"pulses"`
	Gap    Duration `toml:"gap"`
}

// mainSupply is the supply of every line that names no other.
var mainSupply = Supply{Name: "main", Pulses: 1, Gap: Duration(100 * time.Millisecond)}

// Bus is lockboard.Config as the file writes it.
type Bus struct {
	Name      string `toml:"name"`
	Port      string `toml:"port"`
	Family    string `toml:"family,omitempty"` // of boards that name no other
	Baud      int    `toml:"baud,omitempty"`
	Direction string `toml:"direction,omitempty"`
	Supply    string `toml:"supply,omitempty"`
	// AnswerWithin is how long a board may take to begin an answer; 0: as its family does.
	AnswerWithin Duration `toml:"answer_within,omitempty"`
	LostAfter    Duration `toml:"lost_after,omitempty"`
	Boards       []Board  `toml:"board"`
}

// Board is lockboard.BoardConfig as the file writes it.
type Board struct {
	lockboard.BoardConfig
	Pulse Duration `toml:"pulse,omitempty"`
}

// Door is a door and the lock that holds it.
type Door struct {
	Number  int    `toml:"number"`
	Size    string `toml:"size"`
	Column  int    `toml:"column"`
	Low     bool   `toml:"low,omitempty"`
	Handle  int    `toml:"handle,omitempty"`
	Zone    string `toml:"zone,omitempty"`
	Bus     string `toml:"bus"`
	Board   int    `toml:"board"`
	Channel int    `toml:"channel"`
	Contact *Place `toml:"contact,omitempty,inline"` // nil: at the lock
}

// usualBaud is the factory speed of most families.
const usualBaud = 9600

// OSDP's time until a device counts as offline.
const lostAfter = 8 * time.Second

func (b Bus) Lockboard() lockboard.Config {
	c := lockboard.Config{Name: b.Name, Port: b.Port, Baud: b.Baud, Direction: b.Direction,
		AnswerWithin: time.Duration(b.AnswerWithin), LostAfter: time.Duration(b.LostAfter)}
	if b.LostAfter == 0 {
		c.LostAfter = lostAfter
	}
	for _, k := range b.Boards {
		k.BoardConfig.Pulse = time.Duration(k.Pulse)
		if k.Family == "" {
			k.Family = b.Family
		}
		c.Boards = append(c.Boards, k.BoardConfig)
		if fam, ok := lockboard.FamilyNamed(k.Family); ok && c.Baud == 0 {
			c.Baud = fam.Baud
		}
	}
	if c.Baud == 0 {
		c.Baud = usualBaud // there is no board yet
	}
	return c
}

// supplies are the power supplies by their names.
func (c *Config) supplies() []Supply {
	if slices.ContainsFunc(c.Supplies, func(s Supply) bool { return s.Name == mainSupply.Name }) {
		return c.Supplies
	}
	return append([]Supply{mainSupply}, c.Supplies...)
}

// draw is what a lock takes of its power supply.
func (c *Config) draw(at locker.Lock) locker.Draw {
	i := slices.IndexFunc(c.Buses, func(b Bus) bool { return b.Name == at.Bus })
	board, ok := c.boardAt(at)
	if i < 0 || !ok {
		return locker.Draw{}
	}
	name := cmp.Or(c.Buses[i].Supply, mainSupply.Name)
	supplies := c.supplies()
	n := slices.IndexFunc(supplies, func(s Supply) bool { return s.Name == name })
	if n < 0 {
		return locker.Draw{}
	}
	usual, most := board.Draws()
	gap := time.Duration(supplies[n].Gap)
	return locker.Draw{Supply: name, Pulses: supplies[n].Pulses, Takes: usual + gap, Most: most + gap}
}

// doorPlan is a door as the rules know it.
func (c *Config) doorPlan(d Door) locker.DoorPlan {
	p := locker.DoorPlan{Number: d.Number, Size: d.Size, Column: d.Column, Low: d.Low || c.Rules.Reach.Holds(d.Handle), Zone: d.Zone,
		Lock: locker.Lock{Bus: d.Bus, Board: d.Board, Channel: d.Channel}, Contact: d.Contact.lock()}
	p.Draw = c.draw(p.Lock)
	at := p.Lock
	if d.Contact != nil {
		at = p.Contact
	}
	if k, ok := c.boardAt(at); ok {
		p.Blind, p.ClosedWhen = k.Blind(at.Channel), k.ClosedAt(at.Channel)
	}
	return p
}

// SetupFile is the file of the learnt wiring.
func (c *Config) SetupFile() string {
	if c.Setup != "" {
		return c.Setup
	}
	return filepath.Join(filepath.Dir(c.Journal), "wiring.toml")
}

// readSetup takes the learnt wiring, where there is one. An empty file is none: that is what is kept as the wiring before
// where that was the configuration file's own.
func (c *Config) readSetup() error {
	data, err := os.ReadFile(c.SetupFile())
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("wiring learnt at the kiosk: %w", err)
	}
	var w Wiring
	if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&w); err != nil {
		return settings.Placed(c.SetupFile(), err)
	}
	if err := settings.Parse(c.SetupFile(), data).TimesWithoutUnit(reflect.TypeFor[Config]()); err != nil {
		return err
	}
	c.Buses, c.Doors, c.learnt = w.Buses, w.Doors, data
	return nil
}
