package cabinet

import (
	"log/slog"

	"lockerd/internal/controller"
	"lockerd/internal/locker"
	"lockerd/internal/pins"
	"lockerd/internal/terminal"
)

// screens presents everything that shows the view to the controller as one screen.
type screens []controller.Screen

// Show shows a view on all of them.
func (s screens) Show(v locker.View) {
	for _, one := range s {
		one.Show(v)
	}
}

// pins makes the pins and their owners, if the cabinet has any. They show the view too, by lamp and buzzer.
func (c *Config) pins(all *owners, loop *loop, log *slog.Logger) screens {
	if !c.Pins.Any() {
		return nil
	}
	// Not Submit, which does not report what could not be recorded: an alarm is repeated until it is.
	p := pins.New(c.Pins, pins.Open, loop.do, log)
	all.add("pins", p.Run)
	return screens{p}
}

// terminal makes what speaks with the payment terminal, and its owner; nil if there is none.
func (c *Config) terminal(all *owners, loop *loop, log *slog.Logger) controller.Terminal {
	if !c.Terminal.Any() {
		return nil
	}
	t := terminal.New(c.Terminal, c.Journal+".terminal", loop.do, log)
	all.add("terminal", t.Run)
	return t
}
