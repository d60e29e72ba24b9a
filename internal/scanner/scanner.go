// Package scanner reads barcode scanners on serial lines: what they send becomes text.
// It owns the line it reads; it never judges what a text is, remembers it or writes it to the log: it may be somebody's
// code.
package scanner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"lockerd/internal/locker"
)

// Config is one scanner.
type Config struct {
	Name string `toml:"name"` // unique in the cabinet: "front"
	Port string `toml:"port"` // by /dev/serial/by-id, which stays the same when it is plugged in again
	Baud int    `toml:"baud"`
}

// Validate says everything that is wrong with the configuration, in the words of whoever wrote it.
func (c *Config) Validate() error {
	var errs []error
	if c.Name == "" {
		errs = append(errs, errors.New("scanner without a name"))
	}
	if c.Port == "" {
		errs = append(errs, fmt.Errorf("scanner %q: port is missing", c.Name))
	}
	if c.Baud < 300 || c.Baud > 921600 {
		errs = append(errs, fmt.Errorf("scanner %q: baud = %d: must be between 300 and 921600", c.Name, c.Baud))
	}
	return errors.Join(errs...)
}

// Line is an open port. Its Read returns 0 and no error when nothing has come for a while, which is best less than gap:
// a longer while is then what ends a scan. Its Close ends a Read.
type Line = io.ReadCloser

// Times and limits of a scan.
const (
	// gap ends a scan whose scanner sends no line ending: at 9600 baud characters are 1 ms apart.
	gap = 50 * time.Millisecond
	// longest is more than any barcode of a parcel: GS1-128 has at most 48 characters, a token in a QR code some 160.
	longest = 256
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
}

// New makes a scanner. open opens its port; scanned is called with every text, told with ScannerLost and ScannerBack.
// An error of theirs says that nothing can be recorded: the scan is dropped, its customer scans again.
func New(cfg Config, open func(context.Context) (Line, error), scanned func(context.Context, string) error,
	told func(context.Context, locker.Input) error, log *slog.Logger) *Scanner {
	return &Scanner{cfg: cfg, open: open, scanned: scanned, told: told, log: log.With("scanner", cfg.Name)}
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
	var scan scan
	buf := make([]byte, longest)
	heard := time.Now() // when something came
	for ctx.Err() == nil {
		began := time.Now()
		n, err := line.Read(buf)
		if err != nil {
			return err
		}
		works()
		now := time.Now()
		if n > 0 {
			heard = now
		} else {
			if now.Sub(heard) >= gap { // only silence that was listened to: a late look at what came in time is none
				s.end(ctx, &scan)
			}
			time.Sleep(lull - now.Sub(began)) // not at all if Read has waited
		}
		for _, b := range buf[:n] {
			if b == '\r' || b == '\n' {
				s.end(ctx, &scan)
				continue
			}
			scan.add(b)
		}
	}
	return ctx.Err()
}

// end passes on what was scanned, if that is something.
func (s *Scanner) end(ctx context.Context, c *scan) {
	text, bad := c.text()
	length := c.length
	*c = scan{}
	switch {
	case bad != "":
		s.log.Warn("scanner: refused", "because", bad, "bytes", length)
	case text != "":
		if err := s.scanned(ctx, text); err != nil && ctx.Err() == nil {
			s.log.Error("scanner: scan not taken", "because", err)
		}
	}
}

// scan is what came since the last line ending or silence.
type scan struct {
	kept   [longest]byte
	length int // of what came; more than was kept if it is too long
}

func (c *scan) add(b byte) {
	if c.length < longest {
		c.kept[c.length] = b
	}
	c.length++
}

// separator is GS, which ends a field of variable length in a GS1 code.
const separator = 0x1d

// text is what was scanned, without blanks around it, or why it is refused.
func (c *scan) text() (text, bad string) {
	if c.length > longest {
		return "", "too long"
	}
	kept := bytes.TrimSpace(c.kept[:c.length])
	if !utf8.Valid(kept) {
		return "", "not text"
	}
	for _, r := range string(kept) {
		if !unicode.IsPrint(r) && r != separator {
			return "", "not text"
		}
	}
	return string(kept), ""
}
