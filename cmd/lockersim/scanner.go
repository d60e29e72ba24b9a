package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// scannerBaud is how fast the scanner speaks, in bits per second.
const scannerBaud = 9600

// A Scanner is a barcode scanner on a serial port: it says what it has read and a carriage return, as scanners do as
// they come.
type Scanner struct {
	outlet *Outlet
	texts  chan string
}

// NewScanner makes a scanner whose port is reached by link.
func NewScanner(link string) *Scanner {
	return &Scanner{outlet: NewSerial(link), texts: make(chan string)}
}

// ErrUnplugged says that a device is not plugged in.
var ErrUnplugged = errors.New("it is not plugged in")

// Scan holds something before the scanner.
func (s *Scanner) Scan(ctx context.Context, text string) error {
	out, change := s.outlet.state()
	if out {
		return fmt.Errorf("scanner: %w", ErrUnplugged)
	}
	select {
	case s.texts <- text:
		return nil
	case <-change:
		return fmt.Errorf("scanner: %w", ErrUnplugged)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run keeps the scanner going until ctx is cancelled.
func (s *Scanner) Run(ctx context.Context) error { return s.outlet.Run(ctx, s.scan) }

func (s *Scanner) scan(ctx context.Context, port io.ReadWriteCloser) error {
	defer port.Close()
	for {
		select {
		case <-ctx.Done():
			return nil
		case text := <-s.texts:
			if err := say(port, []byte(text+"\r")); err != nil {
				return err
			}
		}
	}
}

// say puts bytes on the port as fast as its line carries them: ten bits a byte.
func say(port io.Writer, text []byte) error {
	for i := range text {
		time.Sleep(10 * time.Second / scannerBaud)
		if _, err := port.Write(text[i : i+1]); err != nil {
			return fmt.Errorf("lockersim: scan: %w", err)
		}
	}
	return nil
}
