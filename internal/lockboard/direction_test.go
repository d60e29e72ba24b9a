package lockboard_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lockerd/internal/lockboard"
)

// A pty has neither an RS-485 mode nor RTS: that is said, and the port is free again.
func TestDirectionRefused(t *testing.T) {
	t.Parallel()
	pty := newPTY(t)
	for _, c := range []struct{ direction, want string }{
		{lockboard.ByKernel, "no RS-485 mode"}, {lockboard.ByRTS, "does not tell when a frame has left"}, {"auto", `"auto"`},
	} {
		cfg := lockboard.LineConfig{Port: pty.Path(), Baud: 9600, Direction: c.direction}
		line, err := lockboard.OpenLine(t.Context(), cfg)
		if err == nil || line != nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), pty.Path()) {
			t.Errorf("direction %q: got %v", c.direction, err)
		}
	}
	for _, direction := range []string{"", lockboard.ByAdapter} {
		line, err := lockboard.OpenLine(t.Context(), lockboard.LineConfig{Port: pty.Path(), Baud: 9600, Direction: direction})
		if err != nil {
			t.Fatal(err)
		}
		if err := line.Close(); err != nil {
			t.Error(err)
		}
	}
}

// RTS is up before the first byte and down after the last, whatever happens in between.
func TestRTSAroundAFrame(t *testing.T) {
	t.Parallel()
	broken := errors.New("no such pin")
	for _, tt := range []struct {
		name      string
		up, empty error
		want      string
		left      int // bytes
		whole     bool
	}{
		{name: "sent", want: "up full full empty down", left: 5, whole: true},
		{name: "cannot be raised", up: broken, want: "up"},
		{name: "not known when empty", empty: broken, want: "up full down", left: 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pty := newPTY(t)
			port := openPort(t, pty.Path())
			var did []string
			port.TurnBy(lockboard.Pins{
				Talk: func(up bool) error {
					did = append(did, map[bool]string{true: "up", false: "down"}[up])
					return tt.up
				},
				Empty: func() (bool, error) {
					if len(did) < 3 {
						did = append(did, "full")
						return false, tt.empty
					}
					did = append(did, "empty")
					return true, nil
				},
			})
			n, err := port.Write([]byte("frame"))
			if (err == nil) != tt.whole || n != tt.left {
				t.Errorf("write: %d, %v", n, err)
			}
			if got := strings.Join(did, " "); got != tt.want {
				t.Errorf("want %q, got %q", tt.want, got)
			}
			if tt.whole && hear(t, pty, tt.left) != "frame" {
				t.Error("the board heard something else")
			}
		})
	}
}

// The kernel's own header, asked by the compiler, against what we pass it.
func TestRS485Layout(t *testing.T) {
	t.Parallel()
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler")
	}
	source, program := filepath.Join(t.TempDir(), "layout.c"), filepath.Join(t.TempDir(), "layout")
	const code = `#include <stdio.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <linux/serial.h>
int main(void) {
	struct serial_rs485 s;
	printf("%zu %zu %zu %zu %d %d %d %d %#x %#x", sizeof s, offsetof(struct serial_rs485, flags),
		offsetof(struct serial_rs485, delay_rts_before_send), offsetof(struct serial_rs485, delay_rts_after_send),
		SER_RS485_ENABLED, SER_RS485_RTS_ON_SEND, SER_RS485_RTS_AFTER_SEND, SER_RS485_RX_DURING_TX,
		TIOCSRS485, TIOCGRS485);
}`
	if err := os.WriteFile(source, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), cc, "-o", program, source).CombinedOutput(); err != nil {
		t.Skipf("no kernel headers: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), program).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := lockboard.RS485Layout(); got != string(out) {
		t.Errorf("the kernel's header says %s, we say %s", out, got)
	}
}

// TestRTSOnADevice turns a true device round: LOCKERD_RTS_DEVICE names one with a 16550 or the like. What is sent must
// come out, and RTS must be down after it.
func TestRTSOnADevice(t *testing.T) {
	t.Parallel()
	path := os.Getenv("LOCKERD_RTS_DEVICE")
	if path == "" {
		t.Skip("LOCKERD_RTS_DEVICE names no device")
	}
	line, err := lockboard.OpenLine(t.Context(), lockboard.LineConfig{Port: path, Baud: 9600, Direction: lockboard.ByRTS})
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	watch, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	rts := func() bool {
		bits, err := unix.IoctlGetInt(int(watch.Fd()), unix.TIOCMGET)
		if err != nil {
			t.Fatal(err)
		}
		return bits&unix.TIOCM_RTS != 0
	}
	if rts() {
		t.Error("RTS is up while we listen")
	}
	sent := make(chan error)
	go func() {
		_, err := line.Write(slices.Repeat([]byte{0x55}, 64))
		sent <- err
	}()
	wasUp := false
	for {
		select {
		case err := <-sent:
			if err != nil || !wasUp || rts() {
				t.Errorf("write: %v; RTS was up %v, is up %v", err, wasUp, rts())
			}
			return
		default:
			wasUp = wasUp || rts()
		}
	}
}

var _ io.ReadWriteCloser = (*lockboard.Port)(nil)
