package devices_test

import (
	"context"
	"testing"

	"lockerd/internal/locker"
	"lockerd/internal/pins"
)

// Lines of the chip, by its label: it has another name each time.
const (
	tamperLine = 3
	lampLine   = 5
)

// TestPins: the casing is opened and shut, and the lamp burns, on a chip that is unplugged and plugged in again
// meanwhile.
func TestPins(t *testing.T) {
	c := newChip(t)
	c.set(tamperLine, true)
	appears(t, "/dev/gpiochip0")
	told := make(chan locker.Input)
	tell := func(ctx context.Context, in locker.Input) error { return send(ctx, told, in) }
	cfg := pins.Config{
		Tamper: pins.Pin{Line: "cp2112_gpio/3", ActiveLow: true}, Lamp: pins.Pin{Line: "cp2112_gpio/5"},
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	p := pins.New(cfg, pins.Open, tell, logs(t))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- p.Run(ctx) }()
	want := func(alarm bool) {
		t.Helper()
		if got := receive(t, told); got != (locker.SwitchSensed{Switch: locker.SwitchTamper, Alarm: alarm}) {
			t.Fatalf("want alarm %v, got %+v", alarm, got)
		}
	}
	want(false)
	c.set(tamperLine, false)
	want(true)
	p.Show(locker.View{Lamp: true})
	eventually(t, "the lamp burns", func() bool { return c.high(lampLine) })

	c.unplug()
	vanishes(t, "/dev/gpiochip0")
	c = newChip(t)
	c.set(tamperLine, true)
	want(false)
	eventually(t, "the lamp burns again", func() bool { return c.high(lampLine) })
	stop()
	if err := receive(t, ended); err != nil {
		t.Error(err)
	}
	if c.high(lampLine) {
		t.Error("the lamp burns and nobody is there")
	}
}
