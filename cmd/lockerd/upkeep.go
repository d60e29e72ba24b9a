package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// retention is how long things are kept, as the file writes it. Photos have a place of their own: photos.keep.
type retention struct {
	Records  duration `toml:"records"`
	Personal duration `toml:"personal"`
}

func retentionOf() retention {
	return retention{Records: duration(journal.DefaultRetention), Personal: duration(journal.DefaultPersonal)}
}

// validateRetention says what cannot be kept as the configuration has it.
func (c *config) validateRetention(bad func(string, ...any)) {
	if c.Retention.Records <= 0 || c.Retention.Personal <= 0 {
		bad("retention: records and personal must be above 0")
	}
	if c.Retention.Personal < c.Times.Announced {
		bad("retention.personal (%s) must not be below times.announced (%s): an announced parcel's phone would be gone "+
			"before the parcel comes", time.Duration(c.Retention.Personal), time.Duration(c.Times.Announced))
	}
}

// How often the journal is copied, and how often what was kept long enough is destroyed; the first time soon after the start.
const (
	backupEvery = 6 * time.Hour
	sweepEvery  = 24 * time.Hour
	upkeepAfter = time.Minute
)

// upkeep looks after the journal's file: what was kept long enough goes, and then a backup is made of what is left.
func upkeep(cfg *config, memory *journal.Journal, clock func() locker.Now, log *slog.Logger) func(context.Context) error {
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
				if err := memory.Sweep(clock()); err != nil {
					log.Error("what was kept long enough is still there", "err", err)
				}
			}
			if cfg.Backups == "" {
				continue
			}
			if err := memory.Backup(); err != nil {
				log.Error("no backup was made", "err", err)
			}
		}
	}
}

// markEvery is how long the journal's mark may lag behind where nothing is opened.
const markEvery = time.Minute

// marker keeps the journal's mark up to date: nobody waits for it.
type marker struct {
	memory *journal.Journal
	log    *slog.Logger
	wrong  atomic.Pointer[string] // why the mark is not written; nil: it is
}

// Run writes the mark whenever that is due, until ctx ends.
func (m *marker) Run(ctx context.Context) error {
	tick := time.NewTicker(markEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-m.memory.Marks():
		case <-tick.C:
		}
		m.note(m.memory.Mark())
	}
}

// note keeps what came of writing the mark, and logs it the first time.
func (m *marker) note(err error) {
	if err == nil {
		m.wrong.Store(nil)
		return
	}
	why := err.Error()
	if m.wrong.Swap(&why) == nil {
		m.log.Error("the journal's mark is not written: an older copy in its place would not be noticed", "err", err)
	}
}

// faults is what is wrong with the mark.
func (m *marker) faults() []locker.Fault {
	why := m.wrong.Load()
	if why == nil {
		return nil
	}
	return []locker.Fault{{Kind: "mark_unwritten", Why: *why}}
}

// retention says how long things are kept, and what is kept besides.
func (k *checkup) retention(cfg *config) {
	days := func(d duration) string { return fmt.Sprintf("%.3g days", time.Duration(d).Hours()/24) }
	k.say(nil, "kept: records %s after the cloud has them; phones and codes until their parcel has ended and the cloud knows it, at most %s; photos %s",
		days(cfg.Retention.Records), days(cfg.Retention.Personal), days(cfg.Photos.Keep))
	aside, err := filepath.Glob(cfg.Journal + ".damaged-*")
	if err == nil && len(aside) > 0 {
		k.note("%d damaged journals are set aside beside the journal: they hold what was kept then; remove them when nobody "+
			"needs them", len(aside))
	}
}
