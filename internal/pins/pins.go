// Package pins reads the tamper contact and the mains contact, and drives the lamp and the buzzer, through GPIO lines.
// It owns those lines; it never decides what an alarm means, and a broken line never stops the cabinet.
package pins

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"

	"lockerd/internal/locker"
)

// Times of the lines. Contacts of casings bounce for some milliseconds, relays for up to twenty.
const (
	// Stable is how long an input must stay the same until it is believed.
	Stable = 50 * time.Millisecond
	// sample is how often an input is read until it is stable. Edges are not counted: a wire that picks up hum has no end of them.
	sample = 10 * time.Millisecond
	// Step is the longest time that an input is not read. The kernel keeps 16 edges and drops the rest, so edges only cause
	// an earlier reading.
	Step = 200 * time.Millisecond

	// refresh is how often an output's level is written even without a change, so that a missing line is noticed.
	refresh = time.Second

	firstPause = time.Second      // before a line that failed is opened again
	longPause  = 30 * time.Second // the pause doubles up to this
)

// Pins are the lines of the cabinet. Run owns them.
type Pins struct {
	cfg  Config
	open func(Pin) (gpio.PinIO, error)
	tell func(context.Context, locker.Input) error
	log  *slog.Logger

	signs chan signs // the newest that Run has not seen; there is room for one
}

// signs are the lamp and the buzzer.
type signs struct{ lamp, buzzer bool }

// New makes the pins of a cabinet. open opens a line; its Halt releases the line. tell is called with SwitchSensed, and
// again if it fails.
func New(cfg Config, open func(Pin) (gpio.PinIO, error), tell func(context.Context, locker.Input) error, log *slog.Logger) *Pins {
	return &Pins{cfg: cfg, open: open, tell: tell, log: log, signs: make(chan signs, 1)}
}

// Show sets lamp and buzzer. It does not block: the newest view wins.
func (p *Pins) Show(v locker.View) {
	now := signs{lamp: v.Lamp, buzzer: v.Buzzer}
	for {
		select {
		case p.signs <- now:
			return
		default:
		}
		select {
		case <-p.signs:
		default:
		}
	}
}

// Run operates the lines until ctx is cancelled and then returns nil. Lamp and buzzer are off when it begins, and when it
// ends in any way; a process that is killed, or crashes elsewhere, leaves them as they are until its next start.
func (p *Pins) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var watches sync.WaitGroup
	defer watches.Wait()
	defer stop()
	watch := func(pin Pin, s locker.Switch) {
		if pin.none() {
			return
		}
		w := &input{pin: pin, of: s, open: p.open, tell: p.tell, log: p.log.With("pin", s)}
		watches.Go(func() { w.run(ctx) })
	}
	watch(p.cfg.Tamper, locker.SwitchTamper)
	watch(p.cfg.Mains, locker.SwitchMains)
	p.show(ctx)
	return nil
}

// show works lamp and buzzer.
func (p *Pins) show(ctx context.Context) {
	lamp := &output{pin: p.cfg.Lamp, open: p.open, log: p.log.With("pin", "lamp")}
	buzzer := &output{pin: p.cfg.Buzzer, open: p.open, log: p.log.With("pin", "buzzer")}
	defer lamp.rest()
	defer buzzer.rest()
	lamp.set(false)
	buzzer.set(false)
	var now signs
	var beep pulse
	next := time.NewTimer(refresh)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now = <-p.signs:
		case <-next.C:
		}
		sounds, wait := beep.at(time.Now(), now.buzzer)
		lamp.set(now.lamp)
		buzzer.set(sounds)
		next.Reset(min(wait, refresh))
	}
}

// The buzzer calls, it does not nag: short and seldom enough to stand beside. The lamp burns.
const (
	beepFor   = 200 * time.Millisecond
	beepEvery = 2 * time.Second
)

// pulse is the buzzer's pattern: it begins when the buzzer is asked for.
type pulse struct{ since time.Time }

// at says whether the buzzer sounds, and for how long that stays so.
func (b *pulse) at(now time.Time, asked bool) (sounds bool, wait time.Duration) {
	switch {
	case !asked:
		b.since = time.Time{}
		return false, beepEvery
	case b.since.IsZero():
		b.since = now
	}
	into := now.Sub(b.since) % beepEvery
	if into < beepFor {
		return true, beepFor - into
	}
	return false, beepEvery - into
}
