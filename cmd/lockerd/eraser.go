package main

import (
	"context"
	"log/slog"
	"time"

	"lockerd/internal/camera"
	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// eraser destroys what is kept of somebody: keys in the journal and its backups, and photos.
type eraser struct {
	memory *journal.Journal
	photos string // the folder; empty: there are none
	submit func(context.Context, locker.Input) error
	log    *slog.Logger
	asked  chan toErase // the newest; it names all that are under way
}

// toErase is what the controller hands over.
type toErase struct {
	under []locker.Erasure
	seq   uint64
	state []byte
}

// Erase takes erasures; the newest word names all that are under way.
func (e *eraser) Erase(under []locker.Erasure, seq uint64, state []byte) {
	select {
	case <-e.asked: // the controller alone puts something in: there is room now
	default:
	}
	e.asked <- toErase{under, seq, state}
}

// eraseAgain is how long after an erasure that failed (a full disk) it is tried again.
const eraseAgain = time.Minute

// Run destroys until ctx ends. An erasure that is cut short is handed over again at the next start.
func (e *eraser) Run(ctx context.Context) error {
	retry := time.NewTimer(time.Hour)
	retry.Stop()
	defer retry.Stop()
	var job toErase
	for {
		select {
		case <-ctx.Done():
			return nil
		case job = <-e.asked:
		case <-retry.C:
		}
		retry.Stop()
		if err := e.erase(ctx, job); err != nil && ctx.Err() == nil {
			e.log.Error("what was to be erased is not erased yet", "again_in", eraseAgain, "err", err)
			retry.Reset(eraseAgain)
		}
	}
}

func (e *eraser) erase(ctx context.Context, job toErase) error {
	traces := make([]*locker.Traces, len(job.under))
	for i, erasure := range job.under {
		traces[i] = locker.TracesOf(erasure)
	}
	err := e.memory.Scan(func(event locker.Event) {
		for _, t := range traces {
			t.See(event)
		}
	})
	if err != nil {
		return err
	}
	var subjects []string
	for _, t := range traces {
		subjects = append(subjects, t.Subjects...)
		for _, photo := range t.Photos {
			if e.photos == "" {
				continue
			}
			if err := camera.Remove(e.photos, photo); err != nil {
				return err
			}
		}
	}
	if err := e.memory.Erase(subjects, job.seq, job.state); err != nil {
		return err
	}
	for i, erasure := range job.under {
		done := locker.Erased{Order: erasure.Order, Keys: len(traces[i].Subjects), Photos: traces[i].Photos}
		if err := e.submit(ctx, done); err != nil {
			return err
		}
	}
	return nil
}
