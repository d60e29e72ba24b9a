package pins

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"periph.io/x/conn/v3/gpio"
)

// Config says which lines there are. All of them may be missing.
type Config struct {
	Tamper Pin `toml:"tamper"` // active: the casing of the electronics is open
	Mains  Pin `toml:"mains"`  // active: the mains are gone
	Lamp   Pin `toml:"lamp"`
	Buzzer Pin `toml:"buzzer"`
}

// Pin is a line of a GPIO chip.
type Pin struct {
	// Line is the chip's name or label and the line's offset, "gpiochip0/3", or the name that firmware gave to the line,
	// "TAMPER". A chip that is plugged in again keeps its label, "cp2112_gpio", and gets a new name. Empty: the cabinet does
	// not have this pin.
	Line string `toml:"line"`
	// ActiveLow says that the line is low while the pin's condition holds.
	ActiveLow bool `toml:"active_low"`
	// Pull is the resistor that an input asks of the chip: "up", "down", or none.
	Pull string `toml:"pull"`
}

func (p Pin) none() bool { return p.Line == "" }

// Chip splits a line's address. It returns false for a line that is known by its name.
func (p Pin) Chip() (chip string, offset int, ok bool) {
	i := strings.LastIndexByte(p.Line, '/')
	if i <= 0 {
		return "", 0, false
	}
	offset, err := strconv.Atoi(p.Line[i+1:])
	return p.Line[:i], offset, err == nil && offset >= 0
}

// level is what the line is at while what it stands for is, or is not, so.
func (p Pin) level(active bool) gpio.Level { return gpio.Level(active != p.ActiveLow) }

func (p Pin) pull() gpio.Pull {
	switch p.Pull {
	case "up":
		return gpio.PullUp
	case "down":
		return gpio.PullDown
	default:
		return gpio.PullNoChange
	}
}

// Any says whether there is a line at all.
func (c *Config) Any() bool { return *c != Config{} }

// Validate reports everything that is wrong with the configuration, in terms of the configuration file.
func (c *Config) Validate() error {
	var errs []error
	taken := make(map[string]string)
	for _, k := range []struct {
		name  string
		pin   Pin
		input bool
	}{{"tamper", c.Tamper, true}, {"mains", c.Mains, true}, {"lamp", c.Lamp, false}, {"buzzer", c.Buzzer, false}} {
		bad := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("pins.%s: "+format, append([]any{k.name}, args...)...))
		}
		if k.pin.none() {
			if k.pin != (Pin{}) {
				bad("line is missing")
			}
			continue
		}
		if other := taken[k.pin.Line]; other != "" {
			bad("line = %q is that of %s already", k.pin.Line, other)
		}
		taken[k.pin.Line] = k.name
		if _, _, ok := k.pin.Chip(); !ok && strings.ContainsRune(k.pin.Line, '/') {
			bad("line = %q: want a chip and an offset, as gpiochip0/3, or a name", k.pin.Line)
		}
		switch {
		case k.pin.Pull != "" && !k.input:
			bad("pull = %q: only inputs have one", k.pin.Pull)
		case k.pin.Pull != "" && k.pin.pull() == gpio.PullNoChange:
			bad("pull = %q: must be \"up\" or \"down\"", k.pin.Pull)
		}
	}
	return errors.Join(errs...)
}
