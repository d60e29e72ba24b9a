package lockboard_test

import (
	"context"
	"encoding/hex"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// says has the gateway say bytes.
func says(t *testing.T, far net.Conn, text string) {
	t.Helper()
	if _, err := far.Write(unhex(t, text)); err != nil {
		t.Fatal(err)
	}
}

// Frames as Modbus messaging on TCP/IP 1.0b, 3.1.3 lays them out; what is in them is that of modbus-waveshare.txt.
func TestMBAPCarriesModbus(t *testing.T) {
	t.Parallel()
	line, far := dialled(t, "modbus-tcp")
	if n, err := line.Write(unhex(t, "01 02 00 00 00 08 79 CC")); n != 8 || err != nil {
		t.Fatalf("write: %d, %v", n, err)
	}
	if got, want := hear(t, far, 12), unhex(t, "00 01 00 00 00 06 01 02 00 00 00 08"); got != string(want) {
		t.Errorf("the gateway heard % X", got)
	}
	says(t, far, "00 01 00 00 00 04 01")
	says(t, far, "02 01 00") // in two pieces
	if got := hear(t, line, 6); hex.EncodeToString([]byte(got)) != "01020100a188" {
		t.Errorf("heard % X", got)
	}
	if _, err := line.Write(unhex(t, "01 05 02 00 00 07 8D B0")); err != nil {
		t.Fatal(err)
	}
	if got, want := hear(t, far, 12), unhex(t, "00 02 00 00 00 06 01 05 02 00 00 07"); got != string(want) {
		t.Errorf("the gateway heard % X", got)
	}
	// The answer to the first again, one that nobody asked for, the right one, and that again.
	says(t, far, "00 01 00 00 00 04 01 02 01 FF  00 07 00 00 00 04 01 02 01 FF  00 02 00 00 00 06 01 05 02 00 00 07  00 02 00 00 00 06 01 05 02 00 00 07")
	if got := hear(t, line, 8); hex.EncodeToString([]byte(got)) != "0105020000078db0" {
		t.Errorf("heard % X", got)
	}
	if _, err := line.Write(unhex(t, "01 02 00 00 00 08 79 CC")); err != nil {
		t.Fatal(err)
	}
	says(t, far, "00 03 00 00 00 04 01 02 01 20")
	if got := hear(t, line, 6); hex.EncodeToString([]byte(got)) != "01020120a050" {
		t.Errorf("want the answers of before read away, heard % X", got)
	}
	if _, err := line.Write([]byte("8A is no Modbus")); err == nil || !strings.Contains(err.Error(), "is no Modbus") {
		t.Errorf("got %v", err)
	}
}

// Whoever does not speak Modbus/TCP is told so.
func TestMBAPOfSomebodyElse(t *testing.T) {
	t.Parallel()
	line, far := dialled(t, "modbus-tcp")
	says(t, far, "48 54 54 50 2F 31 2E 31 20")
	if _, err := line.Read(make([]byte, 8)); err == nil || !strings.Contains(err.Error(), "is no Modbus/TCP") {
		t.Errorf("got %v", err)
	}
}

func TestMBAPCarriesModbusAlone(t *testing.T) {
	t.Parallel()
	cfg := config(sim.Board{Address: 1, Locks: 1})
	cfg.Port = "modbus-tcp://192.0.2.9"
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "carries boards of Modbus families alone") {
		t.Errorf("got %v", err)
	}
	for _, name := range lockboard.FamiliesOn(cfg.Port) {
		if !strings.HasPrefix(name, "MODBUS-") {
			t.Errorf("%s on a Modbus/TCP line", name)
		}
	}
}

// Boards behind a gateway, over a true connection: they are found, asked, and unlocked, and one that answers late is
// nobody else's trouble.
func TestBoardsBehindAGateway(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Family: "MODBUS-WAVESHARE", Address: 1, Locks: 8}, {Family: "MODBUS-LCTECH", Address: 2, Locks: 4}}
	gate, err := sim.OpenMBAP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	line := sim.NewLine(9600, boards...)
	ctx, unplug := context.WithCancel(context.Background())
	lineEnded := make(chan error)
	go func() { lineEnded <- line.Run(ctx, gate) }()
	t.Cleanup(func() {
		unplug()
		if err := <-lineEnded; err != nil {
			t.Error(err)
		}
	})
	cfg := config(boards...)
	cfg.Port, cfg.AnswerWithin = gate.Path(), 400*time.Millisecond
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	found, err := lockboard.Survey(t.Context(), cfg.OpenAt, lockboard.SurveyPlan{Families: lockboard.FamiliesOn(cfg.Port), Highest: 2}, unwatched)
	if err != nil || len(found) != 2 || found[0].Channels != 8 || found[1].Channels != 4 {
		t.Errorf("found %q, %v", shown(found), err)
	}
	told := make(chan locker.Input, 1000)
	bus := lockboard.New(cfg, lockboard.NewSupply(1, 0), cfg.Open,
		func(_ context.Context, in locker.Input) error { told <- in; return nil }, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- bus.Run(ctx) }()
	await := func(want string) {
		t.Helper()
		for {
			select {
			case in := <-told:
				lines := brief([]locker.Input{in})
				if len(lines) == 1 && lines[0] == want {
					return
				}
			case <-time.After(time.Minute):
				t.Fatalf("never told %q", want)
			}
		}
	}
	await("1/8 closed")
	line.Trouble(sim.Trouble{Late: 0.3, LateBy: 600 * time.Millisecond, LateOf: 2})
	for bus.Gauges()[1].Silent < 3 {
		time.Sleep(10 * time.Millisecond)
	}
	bus.Release(locker.Release{Unlock: "u1", Lock: lockAt(1, 3), Until: time.Now().Add(10 * time.Second)})
	await("u1 sent=true: acknowledged")
	await("1/3 open")
	if g := bus.Gauges()[0]; g.Garbled > 0 || g.Lost {
		t.Errorf("gauge: %+v", g)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
