package devices_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"lockerd/internal/locker"
	"lockerd/internal/scanner"
)

// keyboard is a scanner that types what it reads, by the name that udev gives it, and where its keys are pressed.
const (
	keyboard = "/dev/input/by-id/usb-Maker_Barcode_Scanner_SCAN1-event-kbd"
	keys     = "/dev/hidg0"
)

// keyboardReports is what a keyboard says of itself: USB HID 1.11, appendix B.1 and E.6, without its lamps.
const keyboardReports = "\x05\x01\x09\x06\xa1\x01" + // a keyboard
	"\x05\x07\x19\xe0\x29\xe7\x15\x00\x25\x01\x75\x01\x95\x08\x81\x02" + // eight bits: Ctrl, Shift and so on
	"\x75\x08\x95\x01\x81\x01" + // a byte of nothing
	"\x05\x07\x19\x00\x29\x65\x15\x00\x25\x65\x75\x08\x95\x06\x81\x00" + // six keys that are down
	"\xc0"

// plugKeyboard makes it and plugs it in.
func plugKeyboard(t *testing.T) *gadget {
	t.Helper()
	g := newGadget(t, "dummy_udc.1", "Barcode Scanner", "SCAN1")
	g.function("hid.0", map[string]string{
		"protocol": "1", "subclass": "1", "report_length": "8", "report_desc": keyboardReports,
	})
	g.plug()
	appears(t, keyboard)
	return g
}

// scan has the scanner type a text of digits and capital letters, and Enter: usages of the USB HID Usage Tables,
// section 10.
func scan(t *testing.T, text string) {
	t.Helper()
	f, err := os.OpenFile(keys, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, c := range []byte(text + "\n") {
		var shift, key byte
		switch {
		case c == '\n':
			key = 0x28
		case c == '0':
			key = 0x27
		case c < 'A':
			key = 0x1E + c - '1'
		default:
			shift, key = 0x02, 0x04+c-'A'
		}
		for _, report := range [][]byte{{shift, 0, key, 0, 0, 0, 0, 0}, make([]byte, 8)} {
			if _, err := f.Write(report); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestKeyboard: a scanner that types is read and types nowhere else, and is found by its name when it is plugged in
// again.
func TestKeyboard(t *testing.T) {
	g := plugKeyboard(t)
	cfg := scanner.Config{Name: "front", Device: keyboard}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	scanned, told := make(chan string), make(chan locker.Input)
	s := scanner.New(cfg, func(context.Context) (scanner.Line, error) { return scanner.OpenKeys(cfg) },
		func(ctx context.Context, text string) error { return send(ctx, scanned, text) },
		func(ctx context.Context, in locker.Input) error { return send(ctx, told, in) }, logs(t))
	kiosk, err := unix.Open(keyboard, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer closeFD(t, kiosk)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	want := func(in locker.Input) {
		t.Helper()
		if got := receive(t, told); got != in {
			t.Fatalf("want %+v, got %+v", in, got)
		}
	}
	const parcel = "JJD0003900078820145"
	want(locker.ScannerBack{Name: "front"})
	scan(t, parcel)
	if got := receive(t, scanned); got != parcel {
		t.Errorf("want %q, got %q", parcel, got)
	}
	if n, err := unix.Read(kiosk, make([]byte, 24)); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("somebody else was typed to: %d bytes, %v", n, err)
	}
	if other, err := scanner.OpenKeys(cfg); err == nil {
		other.Close()
		t.Error("grabbed twice")
	}
	g.unplug()
	want(locker.ScannerLost{Name: "front", Why: "port gone"})
	vanishes(t, keyboard)
	g.plug()
	appears(t, keyboard)
	want(locker.ScannerBack{Name: "front"})
	scan(t, parcel)
	if got := receive(t, scanned); got != parcel {
		t.Errorf("want %q, got %q", parcel, got)
	}
	stop()
	if err := receive(t, ended); err != nil {
		t.Error(err)
	}
}
