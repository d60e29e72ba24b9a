package cabinet

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"lockerd/internal/cabinet/cabinettest"
	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
)

// bare is a configuration on disk, and a setup of one door.
func bare(t *testing.T) (*Config, *lockboard.Lines, locker.Setup) {
	t.Helper()
	path := cabinettest.Reference(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	written := strings.Replace(string(text), `journal = "/var/lib/lockerd/journal.db"`,
		`journal = "`+filepath.Join(t.TempDir(), "journal.db")+`"`, 1)
	if err := os.WriteFile(path, []byte(written), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Read(path)
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
	read := func() *Config {
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
	if err := cfg.install(cfg.learntWiring(l.Configs(), setup)); err != nil {
		t.Fatal(err)
	}
	got := read()
	if err := got.Validate(); err != nil || len(got.Doors) != 1 || !got.canUndo() {
		t.Fatalf("want one door, got %+v, %v", got.Doors, err)
	}
	if p := got.doorPlan(got.Doors[0]); p.Number != 9 || p.ClosedWhen != lockboard.Open || p.Lock != setup.Doors[0].Lock {
		t.Errorf("want the door as it was learnt, got %+v", p)
	}
	setup.Doors[0].Size = "a size that nobody knows"
	if err := cfg.install(cfg.learntWiring(l.Configs(), setup)); err == nil || len(read().Doors) != 1 {
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
	if err := os.WriteFile(cfg.SetupFile(), nil, 0o600); err != nil { // somebody moved the file before over it by hand
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
		tell := func(_ context.Context, in locker.Input) error { told <- in; return nil }
		ctx, end := context.WithCancelCause(t.Context())
		i := &installer{Lines: l, tell: tell, cfg: cfg, log: slog.New(slog.DiscardHandler), asked: make(chan change, 1), end: end}
		ended := make(chan error)
		go func() { ended <- i.Run(ctx) }()
		i.Undo()
		if in, ok := (<-told).(locker.InstallFailed); !ok || in.Why == "" {
			t.Errorf("want a failure with its reason, got %+v", in)
		}
		i.Install(setup)
		if err := <-ended; err != nil || !errors.Is(context.Cause(ctx), errAnew) {
			t.Errorf("want the run ended by the wiring, got %v, %v", err, context.Cause(ctx))
		}
	})
}
