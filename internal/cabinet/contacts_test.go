package cabinet

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// apart is a cabinet whose locks hang on relays without inputs, and whose contacts on a board of another line.
const apart = `
[[bus]]
name = "relays"
port = %q
[[bus.board]]
address = 1
family = "MODBUS-R421A08"
locks = 8
contact = "none"
[[bus]]
name = "inputs"
port = %q
[[bus.board]]
address = 3
family = "8A"
locks = 12
contact = "door"
closed_when = "open"
[[door]]
number = 1
size = "S"
column = 1
bus = "relays"
board = 1
channel = 2
contact = { bus = "inputs", board = 3, channel = 7 }
`

func apartConfig(t *testing.T, relays, inputs string) *Config {
	t.Helper()
	var cfg Config
	text := fmt.Sprintf(apart, relays, inputs)
	if err := toml.NewDecoder(strings.NewReader(text)).DisallowUnknownFields().Decode(&cfg); err != nil {
		t.Fatal(err)
	}
	return &cfg
}

// plugIn runs a simulated line on a serial port of its own.
func plugIn(t *testing.T, line *sim.Line) (path string) {
	t.Helper()
	pty, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	ctx, unplug := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- line.Run(ctx, pty) }()
	t.Cleanup(func() {
		unplug()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return pty.Path()
}

// A lock on one board and its contact on another, on two true serial ports: what the contact says is told of the lock.
func TestALockAndItsContactOnTwoLines(t *testing.T) {
	t.Parallel()
	relays := sim.NewLine(9600, sim.Board{Family: "MODBUS-R421A08", Address: 1, Locks: 8})
	inputs := sim.NewLine(9600, sim.Board{Address: 3, Locks: 12, ShortedOpen: true})
	cfg := apartConfig(t, plugIn(t, relays), plugIn(t, inputs))
	relays.Watch(func(p sim.Passed) { // the door springs open, and its contact with it
		if p.FromHost && string(p.Bytes) == "\x01\x06\x00\x02\x05\x00\x2B\x5A" {
			inputs.Force(3, 7)
		}
	})
	told := make(chan locker.Input, 100)
	l := newLines(cfg, func(_ context.Context, in locker.Input) error { told <- in; return nil }, slog.New(slog.NewTextHandler(io.Discard, nil)))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- l.Run(ctx) }()
	lock := locker.Lock{Bus: "relays", Board: 1, Channel: 2}
	await := func(what string, is func(locker.Input) bool) {
		t.Helper()
		for {
			select {
			case in := <-told:
				if s, sensed := in.(locker.LockSensed); sensed && s.Lock == cfg.doorPlan(cfg.Doors[0]).Contact {
					t.Errorf("told of the contact itself: %+v", s)
				}
				if is(in) {
					return
				}
			case <-time.After(time.Minute):
				t.Fatalf("never told: %s", what)
			}
		}
	}
	state := func(want locker.DoorState) func(locker.Input) bool {
		return func(in locker.Input) bool {
			s, sensed := in.(locker.LockSensed)
			return sensed && s.Lock == lock && s.State == want
		}
	}
	await("closed", state(locker.Closed))
	l.Release(locker.Release{Unlock: "u1", Lock: lock, Until: time.Now().Add(10 * time.Second)})
	await("the unlock sent", func(in locker.Input) bool {
		e, is := in.(locker.ReleaseEnded)
		return is && e.Unlock == "u1" && e.Sent
	})
	await("open", state(locker.Open))
	if n := len(relays.Pulses(1, 2)); n != 1 {
		t.Errorf("want one pulse, got %d", n)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAContactElsewhereIsValidated(t *testing.T) {
	t.Parallel()
	for change, want := range map[string]string{
		"":                             "",
		"channel = 7 }|channel = 13 }": "door 1: contact: board 3 has 12 locks, not 13",
		"channel = 7 }|channel = 0 }":  "door 1: contact: board 3 has 12 locks, not 0",
		"board = 3, |board = 4, ":      `door 1: contact: bus "inputs" has no board 4`,
		`contact = "none"|contact = "none"
[[bus.board]]
address = 2
family = "8A"
locks = 1
contact = "none"|bus = "inputs", board = 3, channel = 7|bus = "relays", board = 2, channel = 1`: `door 1: contact: board 2 of bus "relays" reads none at lock 1`,
	} {
		cfg := apartConfig(t, "/dev/a", "/dev/b")
		text := fmt.Sprintf(apart, "/dev/a", "/dev/b")
		parts := strings.Split(change, "|")
		for i := 0; i+1 < len(parts); i += 2 {
			text = strings.Replace(text, parts[i], parts[i+1], 1)
		}
		*cfg = Config{}
		if err := toml.Unmarshal([]byte(text), cfg); err != nil {
			t.Fatal(err)
		}
		var errs []string
		cfg.validateLines(func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...).Error()) })
		if got := strings.Join(errs, "\n"); got != want {
			t.Errorf("%q: want %q, got %q", change, want, got)
		}
	}
}
