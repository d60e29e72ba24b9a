package lockboard

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Pins are what a line is turned round by, for tests: a pty has none.
type Pins struct {
	Talk  func(up bool) error
	Empty func() (bool, error)
}

func (p Pins) talk(up bool) error   { return p.Talk(up) }
func (p Pins) empty() (bool, error) { return p.Empty() }

// TurnBy gives a port pins.
func (p *Port) TurnBy(by Pins) { p.pins = by }

// RS485Layout is how we lay out the kernel's struct serial_rs485: its size, the places of its first three words, its
// flags, and the requests that carry it.
func RS485Layout() string {
	var s rs485
	return fmt.Sprintf("%d %d %d %d %d %d %d %d %#x %#x", unsafe.Sizeof(s), unsafe.Offsetof(s.flags),
		unsafe.Offsetof(s.delayBefore), unsafe.Offsetof(s.delayAfter), rs485Enabled, rs485RTSOnSend, rs485RTSAfterSend,
		rs485RXDuringTX, unix.TIOCSRS485, unix.TIOCGRS485)
}
