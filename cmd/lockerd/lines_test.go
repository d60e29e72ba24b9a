package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
)

// A board that answers where another one is configured is asked as what it is now, and what is known of the wiring
// stays.
func TestFoundBoardsAreTaken(t *testing.T) {
	t.Parallel()
	was := lockboard.BoardConfig{Address: 1, Family: "8A", Locks: 12, Contact: lockboard.Door, ClosedWhen: lockboard.Open,
		Inverted: []int{3}, Pulse: time.Second}
	as := func(change func(*lockboard.BoardConfig)) []lockboard.BoardConfig {
		b := was
		change(&b)
		return []lockboard.BoardConfig{b}
	}
	for _, tt := range []struct {
		name  string
		found lockboard.Found
		want  []lockboard.BoardConfig
	}{
		{"the same", lockboard.Found{Family: "8A", Address: 1, Channels: 12, Baud: 9600}, as(func(*lockboard.BoardConfig) {})},
		{"with more locks", lockboard.Found{Family: "8A", Address: 1, Channels: 24, Baud: 9600},
			as(func(b *lockboard.BoardConfig) { b.Locks = 24 })},
		{"of another family", lockboard.Found{Family: "WKLY", Address: 1, Channels: 12, Baud: 9600},
			as(func(b *lockboard.BoardConfig) { b.Family, b.Pulse = "WKLY", 0 })},
		{"perhaps the same", lockboard.Found{Family: "WKLY", Also: []string{"8A"}, Address: 1, Channels: 12, Baud: 9600},
			as(func(*lockboard.BoardConfig) {})},
		{"of a family that must be allowed", lockboard.Found{Family: "MODBUS-0100", Address: 1, Channels: 8, Baud: 9600},
			as(func(*lockboard.BoardConfig) {})},
		{"at another speed", lockboard.Found{Family: "WKLY", Address: 1, Channels: 12, Baud: 19200},
			as(func(*lockboard.BoardConfig) {})},
		{"one more", lockboard.Found{Family: "WKLY", Address: 2, Channels: 6, Baud: 9600}, []lockboard.BoardConfig{was,
			{Address: 2, Family: "WKLY", Locks: 6, Contact: lockboard.Latch, ClosedWhen: lockboard.Shorted}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &lines{known: []bool{true}, configs: []lockboard.Config{{Name: "main", Port: "p", Baud: 9600,
				LostAfter: lostAfter, Boards: []lockboard.BoardConfig{was}}}}
			taken := l.adopt(0, []lockboard.Found{tt.found})
			if got := l.configs[0].Boards; !reflect.DeepEqual(got, tt.want) {
				t.Errorf("want %+v, got %+v", tt.want, got)
			}
			if err := l.configs[0].Validate(); err != nil {
				t.Error(err)
			}
			if slices.Contains(tt.found.Also, "8A") && taken[0].Family != "8A" {
				t.Errorf("want the configuration's word, got %s", taken[0].Family)
			}
		})
	}
}

// bare is a configuration on disk, and a setup of one door.
func bare(t *testing.T) (*config, *lines, locker.Setup) {
	t.Helper()
	path := reference(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	written := strings.Replace(string(text), `journal = "/var/lib/lockerd/journal.db"`,
		`journal = "`+filepath.Join(t.TempDir(), "journal.db")+`"`, 1)
	if err := os.WriteFile(path, []byte(written), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := readConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	l := newLines(cfg, func(context.Context, locker.Input) error { return nil }, slog.New(slog.DiscardHandler))
	lock := locker.Lock{Bus: "main", Board: 2, Channel: 5}
	return cfg, l, locker.Setup{Doors: []locker.SetupDoor{{Number: 9, Size: "S", Column: 1, Lock: lock, ClosedWhen: lockboard.Open}}}
}

func TestWiringIsInstalledAndUndone(t *testing.T) {
	t.Parallel()
	cfg, l, setup := bare(t)
	before := cfg.Doors
	read := func() *config {
		again := *cfg
		again.Buses, again.Doors = cfg.Buses, before
		if err := again.readSetup(); err != nil {
			t.Fatal(err)
		}
		return &again
	}
	if cfg.canUndo() {
		t.Fatal("want nothing to go back to")
	}
	if err := cfg.install(l.wiring(cfg, setup)); err != nil {
		t.Fatal(err)
	}
	got := read()
	if err := got.validate(); err != nil || len(got.Doors) != 1 || !got.canUndo() {
		t.Fatalf("want one door, got %+v, %v", got.Doors, err)
	}
	if p := got.doorPlan(got.Doors[0]); p.Number != 9 || p.ClosedWhen != lockboard.Open || p.Lock != setup.Doors[0].Lock {
		t.Errorf("want the door as it was learnt, got %+v", p)
	}
	setup.Doors[0].Size = "a size that nobody knows"
	if err := cfg.install(l.wiring(cfg, setup)); err == nil || len(read().Doors) != 1 {
		t.Errorf("want a wiring that cannot be started with refused, and the one before left alone; got %v", err)
	}
	if err := cfg.undo(); err != nil {
		t.Fatal(err)
	}
	if got := read(); len(got.Doors) != len(before) || got.canUndo() {
		t.Errorf("want the configuration file's doors, got %+v", got.Doors)
	}
	if err := cfg.undo(); err == nil {
		t.Error("want nothing more to undo")
	}
	if err := os.WriteFile(cfg.setupFile(), nil, 0o600); err != nil { // somebody moved the file before over it by hand
		t.Fatal(err)
	}
	if got := read(); len(got.Doors) != len(before) {
		t.Errorf("want an empty file to be none, got %+v", got.Doors)
	}
}

// What cannot be written is told, and lockerd goes on; what can ends the run.
func TestInstallerTellsOrEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg, l, setup := bare(t)
		told := make(chan locker.Input, 1)
		l.tell = func(_ context.Context, in locker.Input) error { told <- in; return nil }
		ctx, end := context.WithCancelCause(t.Context())
		i := &installer{lines: l, cfg: cfg, log: slog.New(slog.DiscardHandler), asked: make(chan change, 1), end: end}
		ended := make(chan error)
		go func() { ended <- i.Run(ctx) }()
		i.Undo()
		if in, ok := (<-told).(locker.InstallFailed); !ok || in.Why == "" {
			t.Errorf("want a failure with its reason, got %+v", in)
		}
		i.Install(setup)
		if err := <-ended; err != nil || !errors.Is(context.Cause(ctx), errInstalled) {
			t.Errorf("want the run ended by the wiring, got %v, %v", err, context.Cause(ctx))
		}
	})
}
