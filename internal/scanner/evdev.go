package scanner

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The ioctls of an input device, as linux/input.h and asm-generic/ioctl.h make their numbers (Linux 6.1; they are the
// same on amd64, arm64 and arm): direction in the two highest bits, size of the argument, 'E', number.
const (
	iocWrite = 1 << 30
	iocRead  = 2 << 30

	eviocgid   = iocRead | 8<<16 | 'E'<<8 | 0x02   // struct input_id: four uint16
	eviocgname = iocRead | 'E'<<8 | 0x06           // a text; the size is that of its buffer
	eviocgled  = iocRead | 8<<16 | 'E'<<8 | 0x19   // bits of the lamps that are lit
	eviocgkeys = iocRead | 96<<16 | 'E'<<8 | 0x21  // EVIOCGBIT(EV_KEY): bits of the keys that it has, of KEY_CNT = 768
	eviocgrab  = iocWrite | 4<<16 | 'E'<<8 | 0x90  // an int by value: 1 takes the device for ourselves
	eviocsmask = iocWrite | 16<<16 | 'E'<<8 | 0x93 // struct input_mask: which codes of a type we want to hear of
)

// busUSB is BUS_USB of linux/input.h.
const busUSB = 3

// Identity is what an input device says it is.
type Identity struct {
	Bus, Vendor, Product, Version uint16 // as struct input_id; Bus 3 is USB
	Name                          string // "Honeywell Scanner"
}

func (i Identity) String() string {
	bus := fmt.Sprintf("bus %d", i.Bus)
	if i.Bus == busUSB {
		bus = "USB"
	}
	return fmt.Sprintf("%s (%s %04x:%04x)", i.Name, bus, i.Vendor, i.Product)
}

// OpenKeys opens a scanner that is a keyboard, exclusively: what it types goes nowhere else, neither to the kiosk
// nor to a console. A path that is a link is followed anew each time.
func OpenKeys(cfg Config) (Line, error) {
	fd, err := openKeyboard(cfg.Device)
	if err != nil {
		return nil, fmt.Errorf("scanner: open %s: %w", cfg.Device, err)
	}
	if err := unix.IoctlSetInt(fd, eviocgrab, 1); err != nil {
		_ = unix.Close(fd)
		if errors.Is(err, unix.EBUSY) {
			err = errors.New("another process has it for itself")
		}
		return nil, fmt.Errorf("scanner: grab %s: %w", cfg.Device, err)
	}
	quieten(fd)
	line := &keyLine{dev: os.NewFile(uintptr(fd), cfg.Device), typist: newTypist(&cfg), gap: cfg.gap(), heard: time.Now()}
	var lit [8]byte
	if ioctl(fd, eviocgled, lit[:]) == nil { // a keyboard may have no lamps
		line.typist.lit = lit[0]&(1<<ledCapsL) != 0
	}
	return line, nil
}

// quieten leaves out what we do not read: with each key comes its number in HID. The kernel keeps but 64 events for us,
// and a fast scanner makes so many in 10 ms; a third fewer last longer. Linux before 4.4 does not know how.
func quieten(fd int) {
	mask := struct {
		kind, size uint32
		codes      uint64 // a pointer
	}{kind: evMsc, size: uint32(len(noCodes)), codes: uint64(uintptr(unsafe.Pointer(&noCodes)))}
	_ = ioctl(fd, eviocsmask, unsafe.Slice((*byte)(unsafe.Pointer(&mask)), unsafe.Sizeof(mask)))
}

// noCodes are the codes of a type of events that we want to hear of: none. It does not move, as what is on a stack may.
var noCodes [1]byte

// Identify says what the input device at path is, without taking it from anybody.
func Identify(path string) (Identity, error) {
	fd, err := openKeyboard(path)
	if err != nil {
		return Identity{}, fmt.Errorf("scanner: open %s: %w", path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	var id [4]uint16
	var name [256]byte
	if err := ioctl(fd, eviocgid, unsafe.Slice((*byte)(unsafe.Pointer(&id)), 8)); err != nil {
		return Identity{}, fmt.Errorf("scanner: identify %s: %w", path, err)
	}
	if err := ioctl(fd, eviocgname|uint(len(name))<<16, name[:]); err != nil {
		return Identity{}, fmt.Errorf("scanner: identify %s: %w", path, err)
	}
	text, _, _ := bytes.Cut(name[:], []byte{0})
	return Identity{Bus: id[0], Vendor: id[1], Product: id[2], Version: id[3], Name: string(text)}, nil
}

// openKeyboard opens an input device that has the keys of a scanner. Reads of it can be ended, as it does not block.
func openKeyboard(path string) (int, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return -1, err
	}
	var keys [96]byte
	if err := ioctl(fd, eviocgkeys, keys[:]); err != nil {
		_ = unix.Close(fd)
		if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
			err = errors.New("is no input device")
		}
		return -1, err
	}
	if keys[keyEnter/8]&(1<<(keyEnter%8)) == 0 {
		_ = unix.Close(fd)
		return -1, errors.New("has no Enter key, so it is no keyboard: take the name that ends in -event-kbd")
	}
	return fd, nil
}

// ioctl asks the device for something and puts it into to, whose size the request names.
func ioctl(fd int, request uint, to []byte) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(&to[0])))
	if errno != 0 {
		return errno
	}
	return nil
}
