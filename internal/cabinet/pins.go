package cabinet

import (
	"context"
	"log/slog"

	"lockerd/internal/controller"
	"lockerd/internal/locker"
	"lockerd/internal/pins"
)

// screens is everything that shows what is to be seen, as the controller sees them: one screen.
type screens []controller.Screen

// Show shows a view on all of them.
func (s screens) Show(v locker.View) {
	for _, one := range s {
		one.Show(v)
	}
}

// pins makes the pins and who owns them, if the cabinet has any. They show the view too: by lamp and buzzer.
func (c *Config) pins(all *owners, loop *loop, log *slog.Logger) screens {
	if !c.Pins.Any() {
		return nil
	}
	// Not Submit, which says nothing of what could not be recorded: an alarm is told until it is.
	tell := func(ctx context.Context, in locker.Input) error { return loop.Do(ctx, in) }
	p := pins.New(c.Pins, pins.Open, tell, log)
	all.add("pins", p.Run)
	return screens{p}
}

// validatePins says what is wrong with the pins.
func (c *Config) validatePins(bad func(string, ...any)) {
	if err := c.Pins.Validate(); err != nil {
		bad("%w", err)
	}
}
