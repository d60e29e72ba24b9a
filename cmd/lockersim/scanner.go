package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/sim"
)

// freeEvery is how often the scanner's port is freed of an owner that is gone.
const freeEvery = 200 * time.Millisecond

// A Scanner is a barcode scanner on a serial port: it says what it has read and a carriage return, as scanners do as
// they come.
type Scanner struct {
	outlet *Outlet
	texts  chan string
}

// NewScanner makes a scanner whose port is reached by link.
func NewScanner(link string) *Scanner {
	return &Scanner{outlet: NewOutlet(link), texts: make(chan string)}
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

func (s *Scanner) scan(ctx context.Context, port *sim.PTY) error {
	defer port.Close() //nolint:errcheck // nothing is kept in it
	// Whoever opens the port has it for themselves (TIOCEXCL). A real one forgets that when they die; this one, which
	// is held open here too, would not, and after a kill -9 it would be busy for all but root.
	own, err := os.OpenFile(port.Path(), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return fmt.Errorf("lockersim: open scanner's port: %w", err)
	}
	defer own.Close()
	conn, err := own.SyscallConn()
	if err != nil {
		return fmt.Errorf("lockersim: hold scanner's port: %w", err)
	}
	free := time.NewTicker(freeEvery)
	defer free.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case text := <-s.texts:
			if err := say(port, []byte(text+"\r")); err != nil {
				return err
			}
		case <-free.C:
			var failed error
			err := conn.Control(func(fd uintptr) { failed = unix.IoctlSetInt(int(fd), unix.TIOCNXCL, 0) })
			if err := errors.Join(err, failed); err != nil {
				return fmt.Errorf("lockersim: free scanner's port: %w", err)
			}
		}
	}
}

// say puts bytes on the port as fast as its line carries them: ten bits a byte.
func say(port *sim.PTY, text []byte) error {
	for i := range text {
		time.Sleep(10 * time.Second / lineBaud)
		if _, err := port.Write(text[i : i+1]); err != nil {
			return fmt.Errorf("lockersim: scan: %w", err)
		}
	}
	return nil
}
