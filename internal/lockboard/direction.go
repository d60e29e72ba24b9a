package lockboard

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rs485 is the kernel's struct serial_rs485 (linux/serial.h): eight words of 32 bits, the same on every machine.
type rs485 struct {
	flags       uint32
	delayBefore uint32 // milliseconds from RTS up to the first bit
	delayAfter  uint32 // milliseconds from the last bit to RTS down
	padding     [5]uint32
}

// Flags of rs485 (linux/serial.h).
const (
	rs485Enabled      = 1 << 0
	rs485RTSOnSend    = 1 << 1
	rs485RTSAfterSend = 1 << 2
	rs485RXDuringTX   = 1 << 4
)

// turnByKernel has a port's driver turn the line round: RTS is up while it sends, and nothing is heard meanwhile. What
// a driver cannot do it takes back without a word, so what it accepted is read again.
func turnByKernel(fd int) error {
	want := rs485{flags: rs485Enabled | rs485RTSOnSend}
	err := ioctlRS485(fd, unix.TIOCSRS485, &want)
	var got rs485
	if err == nil {
		err = ioctlRS485(fd, unix.TIOCGRS485, &got)
	}
	switch {
	case errors.Is(err, unix.ENOTTY), errors.Is(err, unix.EINVAL), errors.Is(err, unix.EOPNOTSUPP):
		return fmt.Errorf("direction %q: the driver of this port has no RS-485 mode; is %q or %q right for it? %w",
			ByKernel, ByAdapter, ByRTS, err)
	case err != nil:
		return fmt.Errorf("direction %q: %w", ByKernel, err)
	}
	const asked = rs485Enabled | rs485RTSOnSend | rs485RTSAfterSend
	if got.flags&asked != rs485Enabled|rs485RTSOnSend { // should it hear itself, it is an echo like another
		return fmt.Errorf("direction %q: the driver of this port accepts flags %#x only, not RTS up while sending",
			ByKernel, got.flags)
	}
	return nil
}

func ioctlRS485(fd int, request uint, arg *rs485) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(arg)))
	if errno != 0 {
		return errno
	}
	return nil
}

// emptyPoll is how often it is asked whether the last bit has left. Boards begin to answer some milliseconds after it.
const emptyPoll = 200 * time.Microsecond

// pins are what a line is turned round by where neither the adapter nor the kernel does it.
type pins interface {
	talk(up bool) error   // raises RTS, or lowers it
	empty() (bool, error) // the last bit has left the port's shift register
}

// modem is the pins of a serial device.
type modem struct{ fd int }

// turnByHand finds out whether the device can be turned round by us, and has it listen. Drivers of USB adapters do not
// say when a frame has left, or, as ftdi_sio, what was so when the adapter last spoke, some 16 ms ago: RTS would fall
// in the middle of a frame. Such adapters turn their lines round themselves.
func turnByHand(device string, fd int) (pins, error) {
	m := modem{fd}
	_, err := m.empty()
	if err == nil && onUSB(device) {
		err = errors.New("it is on USB")
	}
	if err != nil {
		return nil, fmt.Errorf("direction %q: the driver of this port does not tell when a frame has left: %w", ByRTS, err)
	}
	if err := m.talk(false); err != nil {
		return nil, fmt.Errorf("direction %q: this port has no RTS: %w", ByRTS, err)
	}
	return m, nil
}

// onUSB says whether a device hangs on USB, by the buses of sysfs: "usb-serial" for ttyUSB, "usb" for ttyACM.
func onUSB(device string) bool {
	bus, err := filepath.EvalSymlinks(filepath.Join("/sys/class/tty", filepath.Base(device), "device/subsystem"))
	return err == nil && strings.HasPrefix(filepath.Base(bus), "usb")
}

func (m modem) talk(up bool) error {
	request := uint(unix.TIOCMBIC)
	if up {
		request = unix.TIOCMBIS
	}
	return unix.IoctlSetPointerInt(m.fd, request, unix.TIOCM_RTS)
}

func (m modem) empty() (bool, error) {
	status, err := unix.IoctlGetInt(m.fd, unix.TIOCSERGETLSR)
	return status&unix.TIOCSER_TEMT != 0, err
}
