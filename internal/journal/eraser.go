package journal

import (
	"context"
	"log/slog"
	"time"

	"lockerd/internal/locker"
)

// Eraser destroys what is stored about a person: keys in the journal and its backups, and photos.
type Eraser struct {
	journal *Journal
	photo   func(name string) error // removes one
	submit  func(context.Context, locker.Input) error
	log     *slog.Logger
	asked   chan toErase // the newest; it names all that are under way
}

// NewEraser destroys in a journal, its backups and, by photo, among the photos. That something is destroyed is submitted.
func NewEraser(j *Journal, photo func(name string) error, submit func(context.Context, locker.Input) error, log *slog.Logger) *Eraser {
	return &Eraser{journal: j, photo: photo, submit: submit, log: log, asked: make(chan toErase, 1)}
}

// toErase is what the controller hands over.
type toErase struct {
	under []locker.Erasure
	seq   uint64
	state []byte
}

// Erase takes erasures; the newest word names all that are under way.
func (e *Eraser) Erase(under []locker.Erasure, seq uint64, state []byte) {
	select {
	case <-e.asked: // the controller alone puts something in: there is room now
	default:
	}
	e.asked <- toErase{under, seq, state}
}

// eraseAgain is how long after an erasure that failed (a full disk) it is tried again.
const eraseAgain = time.Minute

// Run destroys until ctx ends. An erasure that is cut short is handed over again at the next start.
func (e *Eraser) Run(ctx context.Context) error {
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

func (e *Eraser) erase(ctx context.Context, job toErase) error {
	traces := make([]*locker.Traces, len(job.under))
	for i, erasure := range job.under {
		traces[i] = locker.TracesOf(erasure)
	}
	err := e.journal.Scan(func(event locker.Event) {
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
			if err := e.photo(photo); err != nil {
				return err
			}
		}
	}
	if err := e.journal.Erase(subjects, job.seq, job.state); err != nil {
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
