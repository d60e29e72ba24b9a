package controller

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// pulseEvery is how often the cabinet leaves a sign of life. What is changed is one inode's time, without a sync: after a power cut the
// newest or the one before is found.
const pulseEvery = 5 * time.Minute

// Pulse is a file whose time of change says when the cabinet was last alive. The journal cannot tell: at night nothing is recorded for
// hours.
type Pulse struct {
	path string
	pc   func() time.Time
	log  *slog.Logger

	serves atomic.Bool
	woken  chan struct{}
}

// NewPulse makes the owner of the file, which Run touches.
func NewPulse(path string, pc func() time.Time, log *slog.Logger) *Pulse {
	return &Pulse{path: path, pc: pc, log: log, woken: make(chan struct{}, 1)}
}

// Last is the last sign of life of the run before; zero if there is none.
func (p *Pulse) Last() time.Time {
	is, err := os.Stat(p.path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			p.log.Warn("the last sign of life is not known", "err", err)
		}
		return time.Time{}
	}
	return is.ModTime().UTC().Truncate(time.Millisecond)
}

// Serve says whether the cabinet serves people, and so leaves signs of life: a run whose start is not recorded yet, or whose journal
// cannot be written, is no better for them than one that is off. It does not block.
func (p *Pulse) Serve(yes bool) {
	p.serves.Store(yes)
	select {
	case p.woken <- struct{}{}:
	default:
	}
}

// Run leaves signs of life until it is told to stop. One that cannot be left is no fault: a longer absence is given back to recipients.
func (p *Pulse) Run(ctx context.Context) error {
	tick := time.NewTicker(pulseEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return p.beat() // an orderly end is a sign of life, too
		case <-p.woken:
		case <-tick.C:
		}
		if err := p.beat(); err != nil {
			p.log.Warn("no sign of life could be left", "err", err)
		}
	}
}

func (p *Pulse) beat() error {
	if !p.serves.Load() {
		return nil
	}
	f, err := os.OpenFile(p.path, os.O_WRONLY|os.O_CREATE, 0o640)
	if err != nil {
		return err
	}
	now := p.pc()
	return errors.Join(f.Close(), os.Chtimes(p.path, now, now))
}
