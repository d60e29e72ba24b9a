package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lockerd/internal/sim"
)

// framesKept is how many frames the bench shows at most.
const framesKept = 1000

// ErrNoSuch says that there is no door, no board or no line of that name.
var ErrNoSuch = errors.New("there is no such one")

// A Cabinet is the metal: doors and locks on boards on lines, a scanner and a camera. Its hands and eyes go by the
// numbers on the doors.
type Cabinet struct {
	doors   []DoorPlan
	lines   []*Line
	supply  *sim.Supply // of all locks
	scanner *Scanner
	camera  *Camera
	frames  *Tail[Frame]

	mu    sync.Mutex // over what is below
	locks map[int]LockTrouble
}

// DoorMetal is how a door really is, whatever anybody believes.
type DoorMetal struct {
	DoorPlan
	Open   bool `json:"open"`
	Jammed bool `json:"jammed"` // its latch does not move
	LockTrouble
	Pulses int `json:"pulses"` // since lockersim started
}

// BoardMetal is how a board is.
type BoardMetal struct {
	Line       string `json:"line"`
	Family     string `json:"family"`
	Board      int    `json:"board"`
	Locks      int    `json:"locks"`
	ClosedWhen string `json:"closed_when"` // the contact of a closed lock: "shorted" or "open"
	Mute       bool   `json:"mute"`        // it hears and acts, but says nothing
	Dead       bool   `json:"dead"`        // it has no power
}

// NewCabinet builds the metal on its outlets: those of the lines by their names, and the scanner's link.
func NewCabinet(plan CabinetPlan, outlets map[string]*Outlet, scannerLink string) *Cabinet {
	c := &Cabinet{
		doors: plan.Doors, supply: sim.NewSupply(1), frames: NewTail[Frame](framesKept), scanner: NewScanner(scannerLink),
		locks: map[int]LockTrouble{},
	}
	for _, l := range plan.Lines {
		c.lines = append(c.lines, newLine(l, outlets[l.Name], c.supply, func(f Frame) { c.frames.Add(f) }))
	}
	c.camera = &Camera{doors: c.Doors}
	return c
}

// Run keeps the boards and the scanner on their lines until ctx is cancelled.
func (c *Cabinet) Run(ctx context.Context) error {
	parts := []func(context.Context) error{c.scanner.Run}
	for _, l := range c.lines {
		parts = append(parts, l.Run)
	}
	return together(ctx, parts)
}

// line finds a line by its name.
func (c *Cabinet) line(name string) (*Line, error) {
	for _, l := range c.lines {
		if l.plan.Name == name {
			return l, nil
		}
	}
	return nil, fmt.Errorf("line: %w", ErrNoSuch)
}

// door does something to the lock of a door.
func (c *Cabinet) door(number int, do func(metal *sim.Line, board, channel int)) error {
	for _, d := range c.doors {
		if d.Number == number {
			l, err := c.line(d.Line)
			if err == nil {
				do(l.metal, d.Board, d.Channel)
			}
			return err
		}
	}
	return fmt.Errorf("door: %w", ErrNoSuch)
}

// Push pushes a door shut.
func (c *Cabinet) Push(door int) error { return c.door(door, (*sim.Line).Push) }

// Force opens a door by force.
func (c *Cabinet) Force(door int) error { return c.door(door, (*sim.Line).Force) }

// Jam keeps a door's latch from moving, or frees it.
func (c *Cabinet) Jam(door int, on bool) error {
	return c.door(door, func(metal *sim.Line, board, channel int) { metal.Jam(board, channel, on) })
}

// Cut cuts the wire of a door's contact, or mends it.
func (c *Cabinet) Cut(door int, on bool) error {
	return c.spoil(door, func(t *LockTrouble) { t.Cut = on })
}

// Stick has a door's contact go on saying what it says now, or frees it.
func (c *Cabinet) Stick(door int, on bool) error {
	return c.spoil(door, func(t *LockTrouble) { t.Stuck = on })
}

// board does something to a board.
func (c *Cabinet) board(address int, do func(metal *sim.Line)) error {
	for _, l := range c.lines {
		for _, b := range l.plan.Boards {
			if b.Address == address {
				do(l.metal)
				return nil
			}
		}
	}
	return fmt.Errorf("board: %w", ErrNoSuch)
}

// Mute has a board say nothing, though it hears and acts; or speak again.
func (c *Cabinet) Mute(board int, on bool) error {
	return c.board(board, func(metal *sim.Line) { metal.Mute(board, on) })
}

// Dead takes a board's power away, or gives it back.
func (c *Cabinet) Dead(board int, on bool) error {
	return c.board(board, func(metal *sim.Line) { metal.Power(board, !on) })
}

// Doors are all doors as they really are.
func (c *Cabinet) Doors() []DoorMetal {
	all := make([]DoorMetal, 0, len(c.doors))
	for _, d := range c.doors {
		l, err := c.line(d.Line)
		if err != nil {
			panic("lockersim: a door on no line: " + err.Error())
		}
		s := l.metal.State(d.Board, d.Channel)
		all = append(all, DoorMetal{
			DoorPlan: d, Open: s.Open, Jammed: s.Jammed, LockTrouble: c.lockTrouble(d.Number), Pulses: s.Pulses,
		})
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
	for _, l := range c.lines {
		for _, b := range l.plan.Boards {
			for channel := 1; channel <= b.Locks; channel++ {
				if at := l.metal.Pulses(b.Address, channel); len(at) > 0 {
					door := numbers[[2]int{b.Address, channel}]
					all[door] = append(all[door], at...)
				}
			}
		}
	}
	return all
}

// Boards are all boards.
func (c *Cabinet) Boards() []BoardMetal {
	var all []BoardMetal
	for _, l := range c.lines {
		for _, b := range l.plan.Boards {
			s := l.metal.BoardState(b.Address)
			all = append(all, BoardMetal{l.plan.Name, b.Family, b.Address, b.Locks, b.ClosedWhen, s.Mute, !s.Powered})
		}
	}
	return all
}

// Lines are all lines.
func (c *Cabinet) Lines() []LineState {
	var all []LineState
	for _, l := range c.lines {
		all = append(all, l.State())
	}
	return all
}
