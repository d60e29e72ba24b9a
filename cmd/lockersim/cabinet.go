package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lockerd/internal/sim"
)

// Numbers of the cabinet.
const (
	framesKept = 1000  // on the bench
	noiseRate  = 0.003 // of flipped bits while there is noise: about one frame in six is damaged
)

// ErrNoSuch says that there is no door, or no board, of that number.
var ErrNoSuch = errors.New("there is no such one")

// A Cabinet is the metal: doors and locks on two boards on one line, a scanner and a camera. Its hands and eyes go by
// the numbers on the doors.
type Cabinet struct {
	doors   []DoorPlan
	line    *sim.Line
	supply  *sim.Supply // of all locks
	outlet  *Outlet     // of the line
	scanner *Scanner
	camera  *Camera
	frames  *Tail[Frame]

	mu      sync.Mutex // over what is below
	trouble sim.Trouble
}

// DoorMetal is how a door really is, whatever anybody believes.
type DoorMetal struct {
	DoorPlan
	Open   bool `json:"open"`
	Jammed bool `json:"jammed"` // its latch does not move
	Cut    bool `json:"cut"`    // the wire of its contact
	Pulses int  `json:"pulses"` // since lockersim started
}

// BoardMetal is how a board is.
type BoardMetal struct {
	Board      int    `json:"board"`
	Locks      int    `json:"locks"`
	ClosedWhen string `json:"closed_when"` // the contact of a closed lock: "shorted" or "open"
	Mute       bool   `json:"mute"`        // it hears and acts, but says nothing
	Dead       bool   `json:"dead"`        // it has no power
}

// LineState is how the line to the boards is, and whether its plug and the scanner's are in.
type LineState struct {
	Baud             int         `json:"baud"`
	Echo             bool        `json:"echo"`
	Noise            bool        `json:"noise"`
	Trouble          LineTrouble `json:"trouble"`
	Breakdowns       int         `json:"breakdowns"` // of the locks' supply, which feeds one at a time
	Unplugged        bool        `json:"unplugged"`
	ScannerUnplugged bool        `json:"scanner_unplugged"`
}

// NewCabinet builds the metal; the two links are where its serial ports are found.
func NewCabinet(doors []DoorPlan, lockLink, scannerLink string) *Cabinet {
	supply := sim.NewSupply(1)
	var metal []sim.Board
	for _, b := range boards {
		metal = append(metal, sim.Board{
			Address: b.Address, Locks: b.Locks, ShortedOpen: b.ClosedWhen == "open", Supply: supply,
		})
	}
	c := &Cabinet{
		doors: doors, line: sim.NewLine(lineBaud, metal...), supply: supply, frames: NewTail[Frame](framesKept),
		outlet: NewOutlet(lockLink), scanner: NewScanner(scannerLink),
	}
	c.camera = &Camera{doors: c.Doors}
	c.line.Watch(func(p sim.Passed) { c.frames.Add(readFrame(p)) })
	return c
}

// Run keeps the boards and the scanner on their lines until ctx is cancelled.
func (c *Cabinet) Run(ctx context.Context) error {
	return together(ctx, []func(context.Context) error{
		c.scanner.Run,
		func(ctx context.Context) error {
			return c.outlet.Run(ctx, func(ctx context.Context, port *sim.PTY) error { return c.line.Run(ctx, port) })
		},
	})
}

func (c *Cabinet) door(number int, do func(board, channel int)) error {
	for _, d := range c.doors {
		if d.Number == number {
			do(d.Board, d.Channel)
			return nil
		}
	}
	return fmt.Errorf("door: %w", ErrNoSuch)
}

// Push pushes a door shut.
func (c *Cabinet) Push(door int) error { return c.door(door, c.line.Push) }

// Force opens a door by force.
func (c *Cabinet) Force(door int) error { return c.door(door, c.line.Force) }

// Jam keeps a door's latch from moving, or frees it.
func (c *Cabinet) Jam(door int, on bool) error {
	return c.door(door, func(board, channel int) { c.line.Jam(board, channel, on) })
}

// Cut cuts the wire of a door's contact, or mends it.
func (c *Cabinet) Cut(door int, on bool) error {
	return c.door(door, func(board, channel int) { c.line.Contact(board, channel, sim.Contact{Cut: on}) })
}

func (c *Cabinet) board(address int, do func()) error {
	for _, b := range boards {
		if b.Address == address {
			do()
			return nil
		}
	}
	return fmt.Errorf("board: %w", ErrNoSuch)
}

// Mute has a board say nothing, though it hears and acts; or speak again.
func (c *Cabinet) Mute(board int, on bool) error {
	return c.board(board, func() { c.line.Mute(board, on) })
}

// Dead takes a board's power away, or gives it back.
func (c *Cabinet) Dead(board int, on bool) error {
	return c.board(board, func() { c.line.Power(board, !on) })
}

// Echo has the line's adapter give back what lockerd sends, or not.
func (c *Cabinet) Echo(on bool) { c.change(func(t *sim.Trouble) { t.Echo = share(on, 1) }) }

// Noise has the line flip bits, or not.
func (c *Cabinet) Noise(on bool) { c.change(func(t *sim.Trouble) { t.Noise = share(on, noiseRate) }) }

func (c *Cabinet) change(f func(*sim.Trouble)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.trouble)
	c.line.Trouble(c.trouble)
}

func share(on bool, share float64) float64 {
	if on {
		return share
	}
	return 0
}

// Doors are all doors as they really are.
func (c *Cabinet) Doors() []DoorMetal {
	all := make([]DoorMetal, 0, len(c.doors))
	for _, d := range c.doors {
		s := c.line.State(d.Board, d.Channel)
		all = append(all, DoorMetal{DoorPlan: d, Open: s.Open, Jammed: s.Jammed, Cut: s.Cut, Pulses: s.Pulses})
	}
	return all
}

// Pulses are the times at which each lock that was pulsed was, by its door; 0 are the locks that hold no door.
func (c *Cabinet) Pulses() map[int][]time.Time {
	all := map[int][]time.Time{}
	numbers := map[[2]int]int{}
	for _, d := range c.doors {
		numbers[[2]int{d.Board, d.Channel}] = d.Number
	}
	for _, b := range boards {
		for channel := 1; channel <= b.Locks; channel++ {
			if at := c.line.Pulses(b.Address, channel); len(at) > 0 {
				door := numbers[[2]int{b.Address, channel}]
				all[door] = append(all[door], at...)
			}
		}
	}
	return all
}

// Boards are all boards.
func (c *Cabinet) Boards() []BoardMetal {
	var all []BoardMetal
	for _, b := range boards {
		s := c.line.BoardState(b.Address)
		all = append(all, BoardMetal{b.Address, b.Locks, b.ClosedWhen, s.Mute, !s.Powered})
	}
	return all
}

// Line is how the line is.
func (c *Cabinet) Line() LineState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return LineState{
		Baud: lineBaud, Echo: c.trouble.Echo > 0, Noise: c.trouble.Noise > 0, Trouble: troubled(c.trouble),
		Breakdowns: c.supply.Breakdowns(), Unplugged: c.outlet.Unplugged(), ScannerUnplugged: c.scanner.outlet.Unplugged(),
	}
}
