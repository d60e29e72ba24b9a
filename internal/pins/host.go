package pins

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"periph.io/x/conn/v3/driver"
	"periph.io/x/conn/v3/driver/driverreg"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/host/v3/gpioioctl"
)

// Open opens a line of this machine, through the kernel's GPIO character devices.
func Open(p Pin) (gpio.PinIO, error) {
	chips.Lock()
	defer chips.Unlock()
	if err := chips.find(); err != nil {
		return nil, err
	}
	l := chips.line(p)
	if l == nil {
		return nil, fmt.Errorf("pins: open %s: there is no such line", p.Line)
	}
	return line{l}, nil
}

// line gives itself back on Halt. periph's own Halt only ends a WaitForEdge.
type line struct{ *gpioioctl.GPIOLine }

func (l line) Halt() error {
	l.Close()
	return nil
}

var chips registry

// registry is what periph has found. It is periph's, and there is one in a process.
type registry struct {
	sync.Mutex
	seen     []os.FileInfo // the devices at the last search
	searches int
	found    []*gpioioctl.GPIOChip // by the last search
}

// maxSearches is how many searches fit into a process. Each keeps a descriptor of every chip: periph's Close closes the
// number twice, which by then may be somebody else's file, so chips are never closed.
const maxSearches = 64

// find searches for chips, where the devices are not those of the last search. periph itself searches once.
func (r *registry) find() error {
	now := devices()
	if r.searches > 0 && slices.EqualFunc(now, r.seen, os.SameFile) {
		return nil
	}
	if r.searches == maxSearches {
		return fmt.Errorf("pins: find chips: they were plugged in %d times: start lockerd anew", maxSearches)
	}
	state, err := driverreg.Init()
	if err != nil {
		return fmt.Errorf("pins: find chips: %w", err)
	}
	before := len(gpioioctl.Chips)
	if r.searches == 0 {
		before = 0 // Init may have been the search
	} else if err := research(state, r.found); err != nil {
		return err
	}
	r.searches++
	r.seen, r.found = now, slices.Clone(gpioioctl.Chips[before:])
	return nil
}

// research has periph's driver search once more. The names of the lines found before are set free, or those of the new ones
// would be taken for doubles and changed.
func research(state *driverreg.State, old []*gpioioctl.GPIOChip) error {
	for _, chip := range old {
		for _, l := range chip.Lines() {
			if gpioreg.ByName(l.Name()) != nil {
				_ = gpioreg.Unregister(l.Name()) // there, as was just seen
			}
		}
	}
	drivers := slices.Clone(state.Loaded)
	for _, s := range state.Skipped {
		drivers = append(drivers, s.D)
	}
	i := slices.IndexFunc(drivers, func(d driver.Impl) bool { return d.String() == "ioctl-gpio" })
	if i < 0 {
		return fmt.Errorf("pins: find chips: periph has no driver for them: %v", state.Failed)
	}
	_, _ = drivers[i].Init() // an error says that there are none
	return nil
}

// line finds a line by its address or its name.
func (r *registry) line(p Pin) *gpioioctl.GPIOLine {
	chip, offset, addressed := p.Chip()
	for _, c := range r.found {
		switch {
		case !addressed:
			if l := c.ByName(p.Line); l != nil {
				return l
			}
		case c.Name() == chip || c.Label() == chip:
			if offset < c.LineCount() {
				return c.ByNumber(offset)
			}
		}
	}
	return nil
}

// devices are the chips' devices. One that was plugged in again is another file.
func devices() []os.FileInfo {
	paths, _ := filepath.Glob("/dev/gpiochip*") // the pattern is good
	var list []os.FileInfo
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			list = append(list, info)
		}
	}
	return list
}
