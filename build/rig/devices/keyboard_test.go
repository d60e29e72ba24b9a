package devices_test

import (
	"encoding/binary"
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
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

// press presses keys one after the other: usages of the USB HID Usage Tables, section 10.
func press(t *testing.T, usages ...byte) {
	t.Helper()
	f, err := os.OpenFile(keys, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, key := range usages {
		for _, down := range []byte{key, 0} {
			if _, err := f.Write([]byte{0, 0, down, 0, 0, 0, 0, 0}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// eviocGrab is EVIOCGRAB of include/uapi/linux/input.h.
const eviocGrab = 0x40044590

// openKeyboard opens it and takes it for itself alone.
func openKeyboard() (*os.File, error) {
	fd, err := unix.Open(keyboard, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.IoctlSetInt(fd, eviocGrab, 1); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), keyboard), nil
}

// TestKeyboard: a scanner that types can be kept from typing into the kiosk, by a name that lasts.
func TestKeyboard(t *testing.T) {
	g := plugKeyboard(t)
	f, err := openKeyboard()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if other, err := openKeyboard(); !errors.Is(err, unix.EBUSY) {
		t.Errorf("grabbed twice: %v, %v", other, err)
	}
	down := make(chan uint16)
	ended := make(chan error, 1)
	go func() {
		event := make([]byte, 24) // struct input_event: two words of time, type, code, value
		for {
			if _, err := f.Read(event); err != nil {
				ended <- err
				return
			}
			const key, pressed = 1, 1 // EV_KEY
			if binary.LittleEndian.Uint16(event[16:]) == key && binary.LittleEndian.Uint32(event[20:]) == pressed {
				down <- binary.LittleEndian.Uint16(event[18:])
			}
		}
	}()
	press(t, 0x04, 0x1E, 0x28)                 // a, 1, Enter
	for _, want := range []uint16{30, 2, 28} { // KEY_A, KEY_1, KEY_ENTER of input-event-codes.h
		if got := receive(t, down); got != want {
			t.Errorf("want key %d, got %d", want, got)
		}
	}
	g.unplug()
	if err := receive(t, ended); !errors.Is(err, unix.ENODEV) {
		t.Errorf("unplugged: want ENODEV, got %v", err)
	}
}
