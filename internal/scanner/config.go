package scanner

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Config is one scanner: on a serial line (Port and Baud) or as a USB keyboard (Device and Layout).
type Config struct {
	Name string `toml:"name"` // unique in the cabinet: "front"
	Port string `toml:"port"` // by /dev/serial/by-id, which stays the same when it is plugged in again
	Baud int    `toml:"baud"`

	// Device is the scanner as a keyboard: /dev/input/by-id/...-event-kbd, which stays the same as well. Of two
	// scanners with the same name there, /dev/input/by-path tells which socket each is in.
	Device string `toml:"device"`
	// Layout is the keyboard that the scanner is set to: "us", "de" or "fr"; empty: "us".
	Layout string `toml:"layout"`
	// CapsLED is for scanners that swap capitals while the Caps Lock lamp of their keyboard is lit.
	CapsLED bool `toml:"caps_led"`

	// Ends are the characters that end a scan: "cr" (Enter), "lf", "tab", "etx"; empty: "cr", "lf", "etx", and "tab" of
	// a keyboard. From a scanner that is set to some, or has sent one, what comes without is cut off, and refused.
	Ends []string `toml:"ends"`
	// Gap is the silence that ends a scan, for scanners that send nothing at its end. Zero: 50 ms, and 200 ms of a
	// keyboard, which needs two reports for each character.
	Gap Duration `toml:"gap"`
	// Separators are what the scanner sends for GS, the separator of GS1 elements; empty: "<GS>" and "{GS}". GS itself
	// always counts.
	Separators []string `toml:"separators"`
	// AIM is "auto": a symbology identifier may come before the text, or "always": a scan without one is cut off, and
	// refused. Empty: "auto".
	AIM string `toml:"aim"`
}

// Duration is a time as the configuration writes it: "50ms".
type Duration time.Duration

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// MarshalText writes it so.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// ends are the characters that may end a scan.
var ends = map[string]byte{"cr": '\r', "lf": '\n', "tab": '\t', "etx": 0x03}

const (
	// serialGap: at 9600 baud characters are 1 ms apart.
	serialGap = 50 * time.Millisecond
	// keyGap: a keyboard's reports are 1 to 10 ms apart, and scanners are sold that wait some tens of milliseconds more.
	keyGap = 200 * time.Millisecond
)

// Validate returns everything that is wrong with the configuration, in the terms of the file.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("scanner %q: "+format, append([]any{c.Name}, args...)...))
	}
	if c.Name == "" {
		errs = append(errs, errors.New("scanner without a name"))
	}
	switch {
	case c.Port == "" && c.Device == "":
		bad("port is missing, or device if it is a USB keyboard")
	case c.Port != "" && c.Device != "":
		bad("has a port and a device: it is on a serial line or a keyboard, not both")
	case c.Port != "" && (c.Baud < 300 || c.Baud > 921600):
		bad("baud = %d: must be between 300 and 921600", c.Baud)
	case c.Device != "" && c.Baud != 0:
		bad("baud = %d: a keyboard has none", c.Baud)
	case c.Device == "" && (c.Layout != "" || c.CapsLED):
		bad("layout and caps_led are for a keyboard")
	}
	if _, ok := layouts[c.layout()]; !ok {
		bad("layout = %q: must be \"us\", \"de\" or \"fr\"", c.Layout)
	}
	for _, e := range c.Ends {
		if _, ok := ends[e]; !ok {
			bad("ends: there is no %q; there are \"cr\", \"lf\", \"tab\" and \"etx\"", e)
		}
	}
	if g := time.Duration(c.Gap); g != 0 && (g < 10*time.Millisecond || g > 5*time.Second) {
		bad("gap = %q: must be between 10ms and 5s", g)
	}
	if c.AIM != "" && c.AIM != "auto" && c.AIM != "always" {
		bad("aim = %q: must be \"auto\" or \"always\"", c.AIM)
	}
	for _, sep := range c.Separators {
		if legible(sep) != nil || strings.ContainsAny(sep, " ") || usual.MatchString(sep) {
			bad("separators: %q: must be printable, and nothing that is in a parcel's number or a person's code", sep)
		}
	}
	return errors.Join(errs...)
}

// usual are texts that are in numbers, codes and tokens as they are, and so stand for no separator.
var usual = regexp.MustCompile(`\A(?:[0-9A-Za-z]*|[:._-])\z`)

// Path is the device file that the scanner is read from.
func (c *Config) Path() string { return c.Port + c.Device } // one of them is empty

func (c *Config) layout() string {
	if c.Layout == "" {
		return "us"
	}
	return c.Layout
}

func (c *Config) gap() time.Duration {
	switch {
	case c.Gap != 0:
		return time.Duration(c.Gap)
	case c.Device != "":
		return keyGap
	default:
		return serialGap
	}
}

// terminators are the characters that end a scan.
func (c *Config) terminators() []byte {
	list := c.Ends
	if len(list) == 0 {
		list = []string{"cr", "lf", "etx"}
		if c.Device != "" {
			list = append(list, "tab")
		}
	}
	bytes := make([]byte, 0, len(list))
	for _, e := range list {
		bytes = append(bytes, ends[e])
	}
	return bytes
}

// substitutes puts GS where the scanner sends something else for it.
func (c *Config) substitutes() *strings.Replacer {
	list := c.Separators
	if len(list) == 0 {
		list = []string{"<GS>", "{GS}"}
	}
	pairs := make([]string, 0, 2*len(list))
	for _, s := range slices.Compact(list) {
		pairs = append(pairs, s, separator)
	}
	return strings.NewReplacer(pairs...)
}
