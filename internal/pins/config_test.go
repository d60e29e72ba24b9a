package pins_test

import (
	"strings"
	"testing"

	"lockerd/internal/pins"
)

func TestValidate(t *testing.T) {
	for _, k := range []struct {
		name string
		cfg  pins.Config
		want string // empty: nothing is wrong
	}{
		{"none", pins.Config{}, ""},
		{"all", pins.Config{Tamper: pins.Pin{Line: "gpiochip0/0", Pull: "up"}, Mains: pins.Pin{Line: "MAINS", ActiveLow: true, Pull: "down"},
			Lamp: pins.Pin{Line: "INT34C5:00/12"}, Buzzer: pins.Pin{Line: "gpiochip0/1"}}, ""},
		{"no line", pins.Config{Lamp: pins.Pin{ActiveLow: true}}, "pins.lamp: line is missing"},
		{"no offset", pins.Config{Lamp: pins.Pin{Line: "gpiochip0/x"}}, "pins.lamp: line"},
		{"negative offset", pins.Config{Lamp: pins.Pin{Line: "gpiochip0/-1"}}, "pins.lamp: line"},
		{"a path", pins.Config{Lamp: pins.Pin{Line: "/dev/gpiochip0"}}, "pins.lamp: line"},
		{"twice", pins.Config{Lamp: pins.Pin{Line: "A"}, Buzzer: pins.Pin{Line: "A"}}, "is that of lamp already"},
		{"pull of an output", pins.Config{Lamp: pins.Pin{Line: "A", Pull: "up"}}, "only inputs"},
		{"unknown pull", pins.Config{Tamper: pins.Pin{Line: "A", Pull: "sideways"}}, "must be"},
	} {
		t.Run(k.name, func(t *testing.T) {
			err := k.cfg.Validate()
			switch {
			case k.want == "" && err != nil:
				t.Errorf("want it good, got %v", err)
			case k.want != "" && (err == nil || !strings.Contains(err.Error(), k.want)):
				t.Errorf("want %q, got %v", k.want, err)
			}
		})
	}
}

// TestOpenOnThisMachine: a line that is not there is an error, every time, and no search without end.
func TestOpenOnThisMachine(t *testing.T) {
	for range 3 {
		if line, err := pins.Open(pins.Pin{Line: "no-such-chip/3"}); err == nil {
			t.Fatalf("want an error, got %v", line)
		}
	}
}
