package cabinet

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
)

// newLines are the lines of a configuration.
func newLines(cfg *Config, tell func(context.Context, locker.Input) error, log *slog.Logger) *lockboard.Lines {
	supplies := make(map[string]*lockboard.Supply)
	for _, s := range cfg.supplies() {
		supplies[s.Name] = lockboard.NewSupply(s.Pulses, time.Duration(s.Gap))
	}
	var plans []lockboard.LinePlan
	for _, b := range cfg.Buses {
		plans = append(plans, lockboard.LinePlan{Config: b.Lockboard(), Supply: supplies[cmp.Or(b.Supply, mainSupply.Name)],
			Known: b.Baud != 0 || len(b.Boards) > 0, Family: b.Family})
	}
	var elsewhere []lockboard.Elsewhere
	for _, d := range cfg.Doors {
		if p := cfg.doorPlan(d); d.Contact != nil {
			k, _ := cfg.boardAt(p.Lock)
			elsewhere = append(elsewhere, lockboard.Elsewhere{Lock: p.Lock, Contact: p.Contact, Pulse: k.PulseTime()})
		}
	}
	return lockboard.NewLines(plans, elsewhere, tell, log)
}
