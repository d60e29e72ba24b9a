package pins

import (
	"context"
	"log/slog"
	"time"

	"periph.io/x/conn/v3/gpio"

	"lockerd/internal/locker"
)

// input is a line that is watched. Its run owns it.
type input struct {
	pin  Pin
	of   locker.Switch
	open func(Pin) (gpio.PinIO, error)
	tell func(context.Context, locker.Input) error
	log  *slog.Logger

	known, told bool // whether something was told, and what
}

// run watches until ctx ends. While the line cannot be read nothing is told: what was said before is the last that is known.
func (i *input) run(ctx context.Context) {
	var again backoff
	for ctx.Err() == nil {
		began := time.Now()
		err := i.watch(ctx)
		if ctx.Err() != nil {
			return
		}
		wait := again.after(time.Since(began))
		i.log.Warn("pins: input does not work", "line", i.pin.Line, "because", err, "again_in", wait)
		pause(ctx, wait)
	}
}

// watch opens the line and tells what it says, until it fails.
func (i *input) watch(ctx context.Context) error {
	line, err := i.open(i.pin)
	if err != nil {
		return err
	}
	defer func() { _ = line.Halt() }()
	// Read and WaitForEdge cannot say that a line is gone: they read low and see no edge. Setting it up anew can, and does
	// nothing else to a line that is as it should be.
	alive := func() error { return line.In(i.pin.pull(), gpio.BothEdges) }
	if err := alive(); err != nil {
		return err
	}
	for ctx.Err() == nil {
		active := i.settled(ctx, line)
		if err := alive(); err != nil {
			return err
		}
		if ctx.Err() == nil && (!i.known || i.told != active) {
			// What was not taken is told after the next step.
			if i.tell(ctx, locker.SwitchSensed{Switch: i.of, Alarm: active}) == nil {
				i.known, i.told = true, active
			}
		}
		// A time-out, always: 0 means for ever to some drivers and -1 not at all.
		began := time.Now()
		if !line.WaitForEdge(Step) {
			pause(ctx, Step-time.Since(began)) // a line that is gone does not wait
		}
	}
	return nil
}

// settled reads the line until it has been the same for Stable, or ctx ends. A line that reads as was told is taken at its word:
// what was shorter than Stable is not told anyway.
func (i *input) settled(ctx context.Context, line gpio.PinIn) (active bool) {
	read := func() bool { return line.Read() == i.pin.level(true) }
	active = read()
	if i.known && active == i.told {
		return active
	}
	for since := time.Now(); ctx.Err() == nil && time.Since(since) < Stable; {
		pause(ctx, sample)
		if now := read(); now != active {
			active, since = now, time.Now()
		}
	}
	return active
}

// output is a line that is driven. Whoever calls set owns it.
type output struct {
	pin  Pin
	open func(Pin) (gpio.PinIO, error)
	log  *slog.Logger

	line   gpio.PinOut // nil: to be opened
	opened time.Time
	retry  time.Time // not before
	again  backoff
}

// set drives the line. One that fails is opened again at a later call.
func (o *output) set(active bool) {
	if o.pin.none() || o.line == nil && time.Now().Before(o.retry) {
		return
	}
	if err := o.drive(active); err != nil {
		o.halt()
		wait := o.again.after(time.Since(o.opened))
		o.retry = time.Now().Add(wait)
		o.log.Warn("pins: output does not work", "line", o.pin.Line, "because", err, "again_in", wait)
	}
}

func (o *output) drive(active bool) error {
	if o.line == nil {
		o.opened = time.Now()
		line, err := o.open(o.pin)
		if err != nil {
			return err
		}
		o.line = line
	}
	return o.line.Out(o.pin.level(active))
}

// rest leaves the line off, and gives it back.
func (o *output) rest() {
	if o.line == nil {
		return
	}
	if err := o.line.Out(o.pin.level(false)); err != nil {
		o.log.Warn("pins: output was not switched off", "line", o.pin.Line, "because", err)
	}
	o.halt()
}

func (o *output) halt() {
	if o.line != nil {
		_ = o.line.Halt()
		o.line = nil
	}
}

// backoff is the pause before a line is opened again.
type backoff struct{ pause time.Duration }

// after is the pause after a line that worked for so long.
func (b *backoff) after(worked time.Duration) time.Duration {
	if b.pause == 0 || worked >= longPause {
		b.pause = firstPause
		return b.pause
	}
	b.pause = min(2*b.pause, longPause)
	return b.pause
}

// pause waits, at most until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
