package devices_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// The two ends of a line between an adapter for USB and a serial port, as QEMU connects them. Its adapter is an FT232,
// as many RS-485 adapters are.
const (
	ftdi   = "/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_LOCKS1-if00-port0"
	uart16 = "/dev/ttyS1" // a 16550A
)

// A USB modem (cdc_acm), as adapters are whose maker has no driver of his own, and its other end.
const (
	acm      = "/dev/serial/by-id/usb-Maker_RS485_Adapter_LOCKS2-if00"
	acmOther = "/dev/ttyGS0"
)

// plugACM makes the adapter and plugs it in.
func plugACM(t *testing.T) *gadget {
	t.Helper()
	g := newGadget(t, "dummy_udc.0", "RS485 Adapter", "LOCKS2")
	g.function("acm.0", nil)
	g.plug()
	appears(t, acm)
	return g
}

// openEnd opens the other end of a line, where the board is.
func openEnd(t *testing.T, path string) *os.File {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	raw.Iflag, raw.Oflag, raw.Lflag, raw.Cflag = 0, 0, 0, unix.CS8|unix.CREAD|unix.CLOCAL|unix.B9600
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, raw); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIOFLUSH); err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), path)
}

// connect has the boards answer at the other end until the test ends, or the line is disconnected.
func connect(t *testing.T, line *sim.Line, end string) (disconnect func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	f := openEnd(t, end)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = line.Run(ctx, f) // fails where it was unplugged
	}()
	disconnect = func() {
		stop()
		receive(t, ended)
	}
	t.Cleanup(disconnect)
	return disconnect
}

// cabinet is a bus with one board of two locks, as lockerd wires it.
type cabinet struct {
	t    *testing.T
	line *sim.Line
	bus  *lockboard.Bus
	told chan locker.Input
}

func newCabinet(t *testing.T, port string) *cabinet {
	t.Helper()
	cfg := lockboard.Config{
		Name: "main", Port: port, Baud: 9600, LostAfter: 8 * time.Second,
		Boards: []lockboard.BoardConfig{
			{Address: 1, Family: "8A", Locks: 2, Contact: lockboard.Latch, ClosedWhen: lockboard.Shorted},
		},
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	c := &cabinet{t: t, line: sim.NewLine(0, sim.Board{Address: 1, Locks: 2}), told: make(chan locker.Input)}
	tell := func(ctx context.Context, in locker.Input) error { return send(ctx, c.told, in) }
	c.bus = lockboard.New(cfg, lockboard.NewSupply(1, 100*time.Millisecond), cfg.Open, tell, logs(t))
	return c
}

// run works the bus until the test ends.
func (c *cabinet) run() {
	ctx, stop := context.WithCancel(c.t.Context())
	ended := make(chan error)
	go func() { ended <- c.bus.Run(ctx) }()
	c.t.Cleanup(func() {
		stop()
		if err := receive(c.t, ended); err != nil {
			c.t.Error(err)
		}
		for _, g := range c.bus.Gauges() {
			c.t.Logf("%+v", g)
		}
	})
}

func (c *cabinet) release(unlock string, channel int) {
	lock := locker.Lock{Bus: "main", Board: 1, Channel: channel}
	c.bus.Release(locker.Release{Unlock: unlock, Lock: lock, Until: time.Now().Add(2 * time.Second)})
}

// want waits for what is told next, in brief and in any order.
func (c *cabinet) want(want ...string) {
	c.t.Helper()
	var got []string
	for range want {
		got = append(got, c.brief(receive(c.t, c.told)))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		c.t.Fatalf("want %q, got %q", want, got)
	}
}

func (c *cabinet) brief(in locker.Input) string {
	switch in := in.(type) {
	case locker.LockSensed:
		return fmt.Sprintf("%d %s", in.Lock.Channel, in.State)
	case locker.BoardLost:
		c.t.Logf("lost: %s", in.Why)
		return "lost"
	case locker.BoardBack:
		return "back"
	case locker.ReleaseEnded:
		return fmt.Sprintf("%s sent=%v: %s", in.Unlock, in.Sent, in.Why)
	default:
		return fmt.Sprintf("%T", in)
	}
}

// wantPulses says how often a lock must have been pulsed by now.
func (c *cabinet) wantPulses(channel, want int) {
	c.t.Helper()
	if got := len(c.line.Pulses(1, channel)); got != want {
		c.t.Errorf("lock %d: want %d pulses, got %d", channel, want, got)
	}
}

// TestBus has a door opened and shut over each kind of port.
func TestBus(t *testing.T) {
	for _, test := range []struct{ name, port, end string }{
		{"FT232", ftdi, uart16},
		{"16550A", uart16, ftdi},
		{"ACM", acm, acmOther},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.port == acm {
				plugACM(t)
			}
			c := newCabinet(t, test.port)
			connect(t, c.line, test.end)
			c.run()
			c.want("1 closed", "2 closed")
			c.release("u1", 2)
			c.want("u1 sent=true: acknowledged", "2 open")
			c.line.Push(1, 2)
			c.want("2 closed")
			c.wantPulses(1, 0)
			c.wantPulses(2, 1)
		})
	}
}

// TestBusUnplugged: an adapter that is plugged in again has another number, and is found by its name. What was to be
// opened meanwhile stays shut.
func TestBusUnplugged(t *testing.T) {
	g := plugACM(t)
	c := newCabinet(t, acm)
	disconnect := connect(t, c.line, acmOther)
	c.run()
	c.want("1 closed", "2 closed")
	was := behind(t, acm)
	taken, err := unix.Open(was, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0) // so that its number stays taken
	if err != nil {
		t.Fatal(err)
	}
	defer closeFD(t, taken)
	g.unplug()
	vanishes(t, acm)
	disconnect()
	c.want("lost")
	c.release("u1", 1)
	c.want("u1 sent=false: past its deadline")

	g.plug()
	appears(t, acm)
	if is := behind(t, acm); is == was {
		t.Errorf("want another device than %s", was)
	}
	connect(t, c.line, acmOther)
	c.want("back", "1 closed", "2 closed")
	c.release("u2", 2)
	c.want("u2 sent=true: acknowledged", "2 open")
	c.wantPulses(1, 0)
	c.wantPulses(2, 1)
}

// links are all the names of a device.
func links(t *testing.T, device string) (names []string) {
	t.Helper()
	all, err := filepath.Glob("/dev/serial/by-*/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if behind(t, name) == device {
			names = append(names, name)
		}
	}
	return names
}
