package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"

	"lockerd/internal/lockboard"
	"lockerd/internal/sim"
)

// noiseRate is the share of flipped bits while there is noise: about one frame in six of five bytes is damaged.
const noiseRate = 0.003

// A Line is a line of the cabinet: the boards on it, its plug, and what is wrong with it.
type Line struct {
	plan   LinePlan
	metal  *sim.Line
	outlet *Outlet

	mu      sync.Mutex // over what is below
	trouble sim.Trouble
}

// LineState is how a line to boards is.
type LineState struct {
	Name      string      `json:"line"`
	Baud      int         `json:"baud"`
	Echo      bool        `json:"echo"`
	Noise     bool        `json:"noise"`
	Trouble   LineTrouble `json:"trouble"`
	Unplugged bool        `json:"unplugged"`
}

// newLine builds a line whose locks are fed by a supply; what passes on it is shown to f.
func newLine(plan LinePlan, outlet *Outlet, supply *sim.Supply, f func(Frame)) *Line {
	var metal []sim.Board
	var families []string
	for _, b := range plan.Boards {
		metal = append(metal, sim.Board{
			Family: b.Family, Address: b.Address, Locks: b.Locks, ShortedOpen: b.ClosedWhen == lockboard.Open,
			Inverted: b.Inverted, Supply: supply,
		})
		families = append(families, b.Family)
	}
	l := &Line{plan: plan, metal: sim.NewLine(plan.Baud, metal...), outlet: outlet}
	for _, b := range plan.Boards {
		for channel := b.Doors + 1; channel <= b.Locks; channel++ {
			l.metal.Jam(b.Address, channel, true) // nothing hangs on it: it is pulsed, and nothing moves
		}
	}
	read := newReader(families)
	l.metal.Watch(func(p sim.Passed) {
		frame := read(p)
		frame.Line = plan.Name
		f(frame)
	})
	return l
}

// newReader puts what passes on a line into words. Of a line with other families than 8A it says what `lockerd board
// watch` says.
func newReader(families []string) func(sim.Passed) Frame {
	watcher, err := lockboard.NewWatcher(families)
	if err != nil {
		panic("lockersim: " + err.Error()) // the simulator has built them
	}
	if !slices.ContainsFunc(families, func(f string) bool { return f != "8A" }) {
		return readFrame
	}
	var asked string
	return func(p sim.Passed) Frame {
		frame := newFrame(p)
		for _, said := range append(watcher.Hear(p.FromHost, p.At, p.Bytes), watcher.Quiet()...) {
			frame.Says = said.Words
		}
		if p.FromHost {
			asked = frame.Says
		}
		frame.Poll = strings.Contains(asked, ": "+lockboard.Query.String()) && !strings.Contains(frame.Says, "reports")
		return frame
	}
}

// Run keeps the boards on the line until ctx is cancelled.
func (l *Line) Run(ctx context.Context) error {
	return l.outlet.Run(ctx, func(ctx context.Context, port io.ReadWriteCloser) error { return l.metal.Run(ctx, port) })
}

// Echo has the line's adapter give back what lockerd sends, or not.
func (l *Line) Echo(on bool) { l.change(func(t *sim.Trouble) { t.Echo = share(on, 1) }) }

// Noise has the line flip bits, or not.
func (l *Line) Noise(on bool) { l.change(func(t *sim.Trouble) { t.Noise = share(on, noiseRate) }) }

// Unplug pulls the line's plug, or puts it back.
func (l *Line) Unplug(out bool) { l.outlet.Unplug(out) }

func (l *Line) change(f func(*sim.Trouble)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.trouble)
	l.metal.Trouble(l.trouble)
}

func share(on bool, share float64) float64 {
	if on {
		return share
	}
	return 0
}

// State is how the line is.
func (l *Line) State() LineState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return LineState{
		Name: l.plan.Name, Baud: l.plan.Baud, Echo: l.trouble.Echo > 0, Noise: l.trouble.Noise > 0,
		Trouble: troubled(l.trouble), Unplugged: l.outlet.Unplugged(),
	}
}
