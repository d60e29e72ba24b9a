package devices_test

import (
	"encoding/binary"
	"os"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// chip is a CP2112, a chip on USB with eight GPIO lines, played to the kernel's own driver for it. What it says and is
// told is in Silicon Labs' AN495, "CP2112 Interface Specification".
type chip struct {
	t     *testing.T
	uhid  *os.File
	ended chan struct{}

	mu     sync.Mutex // over what follows; a bit is a line
	inputs byte
	driven byte // as outputs
	levels byte // of the outputs
}

// Events of include/uapi/linux/uhid.h, and where their parts lie.
const (
	uhidGetReport      = 9
	uhidGetReportReply = 10
	uhidCreate2        = 11
	uhidSetReport      = 13
	uhidSetReportReply = 14

	createSize = 4 + 128 + 64 + 64 + 2 + 2 + 4*4 // up to the report descriptor
	largest    = 4 + 4372                        // struct uhid_event
)

// Reports of the chip.
const (
	reportGPIO     = 0x02 // which lines are outputs, and how they are driven
	reportGet      = 0x03
	reportSet      = 0x04
	reportVersion  = 0x05
	reportSMBus    = 0x06
	reportLockByte = 0x20
)

// newChip plugs the chip in.
func newChip(t *testing.T) *chip {
	t.Helper()
	fd, err := unix.Open("/dev/uhid", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	c := &chip{t: t, uhid: os.NewFile(uintptr(fd), "/dev/uhid"), ended: make(chan struct{})}
	reports := c.reports()
	create := make([]byte, createSize, createSize+len(reports))
	binary.LittleEndian.PutUint32(create, uhidCreate2)
	copy(create[4:], "CP2112")
	binary.LittleEndian.PutUint16(create[260:], uint16(len(reports)))
	const usb, maker, product = 3, 0x10C4, 0xEA90
	binary.LittleEndian.PutUint16(create[262:], usb)
	binary.LittleEndian.PutUint32(create[264:], maker)
	binary.LittleEndian.PutUint32(create[268:], product)
	if _, err := c.uhid.Write(append(create, reports...)); err != nil {
		t.Fatal(err)
	}
	go c.run()
	t.Cleanup(c.unplug)
	return c
}

// unplug takes the chip away.
func (c *chip) unplug() {
	c.uhid.Close()
	<-c.ended
}

// reports describes the chip's feature reports by their numbers and lengths.
func (c *chip) reports() []byte {
	d := []byte{0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01} // a collection of the maker's own
	for _, r := range [][2]byte{{reportGPIO, 4}, {reportGet, 1}, {reportSet, 2}, {reportVersion, 2}, {reportSMBus, 13},
		{reportLockByte, 1}} {
		d = append(d, 0x85, r[0], 0x09, r[0], 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, r[1], 0xB1, 0x02)
	}
	d = append(d, 0x85, 0x13, 0x09, 0x13, 0x75, 0x08, 0x95, 61, 0x81, 0x02) // input, of which there is none
	d = append(d, 0x85, 0x14, 0x09, 0x14, 0x75, 0x08, 0x95, 61, 0x91, 0x02) // output, likewise
	return append(d, 0xC0)
}

// run answers the driver.
func (c *chip) run() {
	defer close(c.ended)
	event := make([]byte, largest)
	for {
		n, err := c.uhid.Read(event)
		if err != nil {
			return // unplugged
		}
		request, report := event[4:8], event[8]
		answer := make([]byte, 12)
		copy(answer[4:], request)
		switch binary.LittleEndian.Uint32(event) {
		case uhidGetReport:
			binary.LittleEndian.PutUint32(answer, uhidGetReportReply)
			said := c.say(report)
			binary.LittleEndian.PutUint16(answer[10:], uint16(len(said)))
			answer = append(answer, said...)
		case uhidSetReport:
			binary.LittleEndian.PutUint32(answer, uhidSetReportReply)
			c.hear(event[12:n])
		default:
			continue
		}
		if _, err := c.uhid.Write(answer); err != nil {
			return
		}
	}
}

// say gives a report.
func (c *chip) say(report byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch report {
	case reportGPIO:
		return []byte{report, c.driven, 0, 0, 0}
	case reportGet:
		return []byte{report, c.inputs&^c.driven | c.levels&c.driven}
	case reportVersion:
		return []byte{report, 0x0C, 0x03}
	case reportSMBus:
		return []byte{report, 0, 1, 0x86, 0xA0, 2, 0, 0, 0, 0, 0, 0, 0, 0} // 100 kHz
	default:
		return []byte{report, 0}
	}
}

// hear takes a report.
func (c *chip) hear(report []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case report[0] == reportGPIO && len(report) > 1:
		c.driven = report[1]
	case report[0] == reportSet && len(report) > 2:
		c.levels = c.levels&^report[2] | report[1]&report[2]
	}
}

// set sets an input.
func (c *chip) set(line int, high bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inputs &^= 1 << line
	if high {
		c.inputs |= 1 << line
	}
}

// high says whether a line is driven high.
func (c *chip) high(line int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.driven&c.levels&(1<<line) != 0
}
