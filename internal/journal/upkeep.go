package journal

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"lockerd/internal/locker"
)

// How often the journal is copied, and how often what was kept long enough is destroyed; the first time soon after the start.
const (
	backupEvery = 6 * time.Hour
	sweepEvery  = 24 * time.Hour
	upkeepAfter = time.Minute
)

// Upkeep is who looks after the journal's file until ctx ends: what was kept long enough goes, and then a backup is made of what is
// left, if backups are configured.
func (j *Journal) Upkeep(clock func() locker.Now, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error {
		wait := time.NewTimer(upkeepAfter)
		defer wait.Stop()
		var swept time.Time
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-wait.C:
			}
			wait.Reset(backupEvery)
			if swept.IsZero() || time.Since(swept) >= sweepEvery {
				swept = time.Now()
				if err := j.Sweep(clock()); err != nil {
					log.Error("what was kept long enough is still there", "err", err)
				}
			}
			if j.cfg.Backups == "" {
				continue
			}
			if err := j.Backup(); err != nil {
				log.Error("no backup was made", "err", err)
			}
		}
	}
}

// markEvery is how long the journal's mark may lag behind where nothing is opened.
const markEvery = time.Minute

// Marker keeps the journal's mark up to date, beside the controller, which does not wait for it.
type Marker struct {
	journal *Journal
	log     *slog.Logger
	wrong   atomic.Pointer[string] // why the mark is not written; nil: it is
}

// NewMarker is the one who keeps a journal's mark.
func NewMarker(j *Journal, log *slog.Logger) *Marker { return &Marker{journal: j, log: log} }

// Run writes the mark whenever that is due, until ctx ends.
func (m *Marker) Run(ctx context.Context) error {
	tick := time.NewTicker(markEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-m.journal.Marks():
		case <-tick.C:
		}
		m.note(m.journal.Mark())
	}
}

// note keeps what came of writing the mark, and logs it the first time.
func (m *Marker) note(err error) {
	if err == nil {
		m.wrong.Store(nil)
		return
	}
	why := err.Error()
	if m.wrong.Swap(&why) == nil {
		m.log.Error("the journal's mark is not written: an older copy in its place would not be noticed", "err", err)
	}
}

// Faults is what is wrong with the mark.
func (m *Marker) Faults() []locker.Fault {
	why := m.wrong.Load()
	if why == nil {
		return nil
	}
	return []locker.Fault{{Kind: "mark_unwritten", Why: *why}}
}
