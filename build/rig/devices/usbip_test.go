package devices_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// usbDevice is a USB device that is played to the kernel's vhci_hcd: Documentation/usb/usbip_protocol.rst. Beside
// endpoint 0 it has one, on which it speaks.
type usbDevice struct {
	plays usbPlayer
	pipe  *os.File
	ended sync.WaitGroup
	asked chan struct{} // of size 1: there may be a request to answer, or none any more

	mu      sync.Mutex // over what is sent, and over:
	waiting []usbRequest
	gone    bool
}

// usbRequest is a request for what the device has to say.
type usbRequest struct {
	number uint32
	length int
}

// usbPlayer says what a device does.
type usbPlayer interface {
	// control answers a request on endpoint 0, with what came with it.
	control(setup [8]byte, data []byte) (answer []byte, end usbEnd)
	// speak gives at most n bytes. It takes its time.
	speak(n int) []byte
}

// usbEnd is how a request on endpoint 0 ends.
type usbEnd int

const (
	usbDone    usbEnd = iota
	usbStalled        // the device knows no such request
	usbIgnored        // it says nothing at all
)

// Commands. Their headers have 48 bytes, all numbers big-endian.
const (
	usbipSubmit    = 1
	usbipUnlink    = 2
	usbipSubmitted = 3
	usbipUnlinked  = 4
	usbipHeader    = 48
)

// plugUSB plugs in a device, at high speed.
func plugUSB(t *testing.T, plays usbPlayer) *usbDevice {
	t.Helper()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	const port, id, high = 0, 0x10002, 3
	put(t, "/sys/devices/platform/vhci_hcd.0/attach", fmt.Sprintf("%d %d %d %d", port, ends[0], id, high))
	closeFD(t, ends[0]) // the kernel has it
	if err := unix.SetNonblock(ends[1], true); err != nil {
		t.Fatal(err)
	}
	d := &usbDevice{plays: plays, pipe: os.NewFile(uintptr(ends[1]), "USB/IP"), asked: make(chan struct{}, 1)}
	d.ended.Go(d.listen)
	d.ended.Go(d.talk)
	t.Cleanup(d.unplug)
	return d
}

// unplug pulls it.
func (d *usbDevice) unplug() {
	d.pipe.Close()
	d.ended.Wait()
}

// listen takes requests until the device is unplugged.
func (d *usbDevice) listen() {
	defer d.change(func() { d.gone = true })
	header := make([]byte, usbipHeader)
	word := func(at int) uint32 { return binary.BigEndian.Uint32(header[at:]) }
	for {
		if _, err := io.ReadFull(d.pipe, header); err != nil {
			return
		}
		number, in, endpoint, length := word(4), word(12) == 1, word(16), int(word(24))
		switch {
		case word(0) == usbipUnlink: // one that was answered meanwhile the kernel does not look for
			d.forget(word(20))
			d.send(usbipUnlinked, number, unix.ECONNRESET, 0, nil)
			continue
		case endpoint != 0:
			d.change(func() { d.waiting = append(d.waiting, usbRequest{number, length}) })
			continue
		}
		var told []byte
		if !in {
			told = make([]byte, length)
			if _, err := io.ReadFull(d.pipe, told); err != nil {
				return
			}
		}
		switch answer, end := d.plays.control([8]byte(header[40:]), told); {
		case end == usbStalled:
			d.send(usbipSubmitted, number, unix.EPIPE, 0, nil)
		case end == usbDone && in:
			answer = answer[:min(length, len(answer))]
			d.send(usbipSubmitted, number, 0, len(answer), answer)
		case end == usbDone:
			d.send(usbipSubmitted, number, 0, length, nil)
		}
	}
}

// change changes what is guarded, and lets talk look.
func (d *usbDevice) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
	select {
	case d.asked <- struct{}{}:
	default:
	}
}

// talk answers the requests that wait, one after the other, until the device is unplugged.
func (d *usbDevice) talk() {
	for {
		d.mu.Lock()
		gone, waiting := d.gone, slices.Clone(d.waiting)
		d.mu.Unlock()
		if gone {
			return
		}
		if len(waiting) == 0 {
			<-d.asked
			continue
		}
		said := d.plays.speak(waiting[0].length)
		if d.forget(waiting[0].number) {
			d.send(usbipSubmitted, waiting[0].number, 0, len(said), said)
		}
	}
}

// forget takes a request from those that wait, if it is among them.
func (d *usbDevice) forget(number uint32) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := len(d.waiting)
	d.waiting = slices.DeleteFunc(d.waiting, func(r usbRequest) bool { return r.number == number })
	return len(d.waiting) < before
}

// send ends a request: with an error, or so many bytes that went one way or the other.
func (d *usbDevice) send(command, number uint32, failed unix.Errno, length int, said []byte) {
	b := make([]byte, usbipHeader, usbipHeader+len(said))
	binary.BigEndian.PutUint32(b, command)
	binary.BigEndian.PutUint32(b[4:], number)
	binary.BigEndian.PutUint32(b[20:], -uint32(failed))
	binary.BigEndian.PutUint32(b[24:], uint32(length))
	d.mu.Lock()
	defer d.mu.Unlock()
	_, _ = d.pipe.Write(append(b, said...)) // fails where it was unplugged
}
