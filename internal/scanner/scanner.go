// Package scanner reads barcode scanners, on serial lines and as USB keyboards, and recognises what a text may be: a person's
// own code, or a parcel's number and its carrier. It owns the lines and devices it reads; it never stores or logs a text,
// which may be a person's code.
package scanner

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"lockerd/internal/locker"
)

// Line is an open port. Its Read returns 0 and no error when nothing has come for a while, which is best less than the
// configured gap: a longer while is then what ends a scan. Its Close ends a Read.
type Line = io.ReadCloser

// attentive is a Line that can be told how long its Read may wait: 0 is as long as it likes. While a text is held back for what may
// come behind it, silence must be noticed soon; otherwise the reader should not wake up for nothing.
type attentive interface{ Attend(d time.Duration) }

// Times and limits of a scan.
const (
	// MaxText is more than any barcode of a parcel: GS1-128 has at most 48 characters, a token in a QR code some 160.
	MaxText = 256
	// lull is the least pause between two Reads that found nothing, should a line's silence be too short.
	lull = time.Millisecond

	firstPause = 500 * time.Millisecond // before a port is opened again
	longPause  = 10 * time.Second       // the pause doubles up to this
)

// Scanner is one scanner. Run owns its line.
type Scanner struct {
	cfg     Config
	open    func(context.Context) (Line, error)
	scanned func(ctx context.Context, text string) error
	told    func(ctx context.Context, in locker.Input) error
	log     *slog.Logger

	gap         time.Duration // the silence that ends a scan
	terminators []byte
	substitutes *strings.Replacer
}

// New makes a scanner. open opens its port; scanned is called with every text, and with "" for what cannot be one, so that
// the person who scanned gets an answer; told is called with ScannerLost and ScannerBack.
// If they return an error, nothing can be recorded: the scan is dropped, and the customer scans again.
func New(cfg Config, open func(context.Context) (Line, error), scanned func(context.Context, string) error,
	told func(context.Context, locker.Input) error, log *slog.Logger) *Scanner {
	return &Scanner{cfg: cfg, open: open, scanned: scanned, told: told, log: log.With("scanner", cfg.Name),
		gap: cfg.gap(), terminators: cfg.terminators(), substitutes: cfg.substitutes()}
}

// Run reads until ctx is cancelled and returns nil then. A port that is gone is no error: it is told as ScannerLost,
// and opened again until it is there.
func (s *Scanner) Run(ctx context.Context) error {
	known, up := false, false // nothing is told yet; what was told last
	tell := func(now bool, in locker.Input) {
		if known && up == now {
			return
		}
		if s.told(ctx, in) != nil {
			return // again after the next Read or attempt
		}
		known, up = true, now
	}
	pause := firstPause
	for {
		began := time.Now()
		err := s.listen(ctx, func() { tell(true, locker.ScannerBack{Name: s.cfg.Name}) })
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(began) >= longPause {
			pause = firstPause
		}
		s.log.Warn("scanner: port gone", "because", err, "again_in", pause)
		tell(false, locker.ScannerLost{Name: s.cfg.Name, Why: "port gone"})
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, longPause)
	}
}

// listen opens the port and reads it until it is gone, and says why. works is called after every Read without an error.
func (s *Scanner) listen(ctx context.Context, works func()) error {
	line, err := s.open(ctx)
	if err != nil {
		return err
	}
	shut := sync.OnceFunc(func() { _ = line.Close() })
	defer shut()
	defer context.AfterFunc(ctx, shut)() // ends the Read
	heard := &hearing{Scanner: s, ends: len(s.cfg.Ends) > 0}
	buf := make([]byte, MaxText)
	port, _ := line.(attentive)
	if port != nil {
		port.Attend(min(s.gap, lineGap) / 2) // that it works is told after the first silence
	}
	last := time.Now() // when something came
	for ctx.Err() == nil {
		began := time.Now()
		n, err := line.Read(buf)
		if err != nil {
			return err
		}
		works()
		now := time.Now()
		if n > 0 {
			last = now
			heard.bytes(ctx, buf[:n])
			if port != nil {
				port.Attend(min(s.gap, lineGap) / 2)
			}
			continue
		}
		if port != nil && now.Sub(last) >= 2*max(s.gap, lineGap) {
			port.Attend(0)
		}
		heard.silence(ctx, now.Sub(last)) // only silence that was listened to: a late look at what came in time is none
		time.Sleep(lull - now.Sub(began)) // not at all if Read has waited
	}
	return ctx.Err()
}

// pass passes on what was scanned, or that it was refused, if there was something.
func (s *Scanner) pass(ctx context.Context, c said) {
	if refused := Refusal(""); errors.As(c.refused, &refused) {
		s.log.Warn("scanner: refused", "because", string(refused), "bytes", c.length)
		c.text = ""
	}
	if err := s.scanned(ctx, c.text); err != nil && ctx.Err() == nil {
		s.log.Error("scanner: scan not taken", "because", err)
	}
}
