package devices_test

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lockerd/internal/lockboard"
)

// TestDirection: who can turn a line round on which port. What cannot be had is refused as the port is opened, and says
// why.
func TestDirection(t *testing.T) {
	const (
		noMode   = "the driver of this port has no RS-485 mode"
		noStatus = "does not tell when a frame has left"
	)
	plugACM(t)
	for _, test := range []struct {
		name, port, direction string
		want                  string // in the error; empty: none
	}{
		{"FT232", ftdi, lockboard.ByAdapter, ""},
		{"FT232", ftdi, lockboard.ByKernel, noMode},
		{"FT232", ftdi, lockboard.ByRTS, noStatus}, // it tells, but not what is so now
		{"16550A", uart16, lockboard.ByAdapter, ""},
		{"16550A", uart16, lockboard.ByKernel, noMode}, // its driver has one for the ports of some boards
		{"16550A", uart16, lockboard.ByRTS, ""},
		{"ACM", acm, lockboard.ByAdapter, ""},
		{"ACM", acm, lockboard.ByKernel, noMode},
		{"ACM", acm, lockboard.ByRTS, noStatus},
	} {
		t.Run(test.name+" "+test.direction, func(t *testing.T) {
			cfg := lockboard.LineConfig{Port: test.port, Baud: 9600, Direction: test.direction}
			line, err := lockboard.OpenLine(t.Context(), cfg)
			if err == nil {
				defer line.Close()
			}
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("want an error with %q, got %v", test.want, err)
			}
		})
	}
}

// TestRTS: a line that we turn round listens before a frame and after it.
func TestRTS(t *testing.T) {
	// Root may look on. It must be there before: whoever opens a port raises its RTS.
	pins, err := unix.Open(uart16, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer closeFD(t, pins)
	cfg := lockboard.LineConfig{Port: uart16, Baud: 9600, Direction: lockboard.ByRTS}
	line, err := lockboard.OpenLine(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	listens := func(when string) {
		t.Helper()
		if up, err := unix.IoctlGetInt(pins, unix.TIOCMGET); err != nil || up&unix.TIOCM_RTS != 0 {
			t.Errorf("%s: want RTS down, got pins %#x, %v", when, up, err)
		}
	}
	listens("before")
	end := openEnd(t, ftdi)
	defer end.Close()
	frame := []byte{0x80, 1, 0, 0x33, 0xB2}
	if n, err := line.Write(frame); n != len(frame) || err != nil {
		t.Fatalf("write: %d, %v", n, err)
	}
	listens("after")
	if got := hear(t, end, len(frame)); string(got) != string(frame) {
		t.Errorf("the board heard % X", got)
	}
}
