package remote_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/remote"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	trial := remote.Trial{Within: time.Minute, Silent: []string{"main/3"}}
	for _, tt := range []struct {
		name    string
		lasted  time.Duration
		seen    remote.Seen
		verdict string
		why     locker.ConfigEnd
		detail  string
	}{
		{"all is well", time.Second, remote.Seen{Heard: true}, "kept", "", ""},
		{"a board that was silent before", time.Second, remote.Seen{Heard: true, Silent: []string{"main/3"}}, "kept", "", ""},
		{"nothing heard yet", 59 * time.Second, remote.Seen{}, "", "", ""},
		{"nothing heard at its end", time.Minute, remote.Seen{}, "failed", locker.ConfigNoLink, ""},
		{"a board silent yet", time.Second, remote.Seen{Heard: true, Silent: []string{"main/1"}}, "", "", ""},
		{"a board unheard yet", time.Second, remote.Seen{Heard: true, Unheard: []string{"main/1"}}, "", "", ""},
		{"a board unheard at its end", time.Minute, remote.Seen{Heard: true, Unheard: []string{"main/1"}}, "failed", locker.ConfigNoBoards, "main/1"},
		{"boards silent at its end", time.Minute, remote.Seen{Heard: true, Silent: []string{"main/1", "main/3", "x/1"}}, "failed", locker.ConfigNoBoards, "main/1 x/1"},
		{"well at the last moment", time.Minute, remote.Seen{Heard: true}, "kept", "", ""},
	} {
		verdict, why, detail := trial.Judge(tt.lasted, tt.seen)
		if verdict != tt.verdict || why != tt.why || detail != tt.detail {
			t.Errorf("%s: want %q %q %q, got %q %q %q", tt.name, tt.verdict, tt.why, tt.detail, verdict, why, detail)
		}
	}
}

// bench is a Machine in a run of its own, and what it said.
type bench struct {
	folder
	mu       sync.Mutex
	seen     remote.Seen
	told     []locker.Input
	refuses  int // inputs that cannot be recorded
	restarts int
	machine  *remote.Machine
}

func (b *bench) set(s remote.Seen) { b.mu.Lock(); b.seen = s; b.mu.Unlock() }

// run is a run of lockerd until ctx ends.
func (b *bench) run(t *testing.T, ctx context.Context) {
	b.start()
	b.machine = remote.NewMachine(remote.Parts{Configs: b.open(), Ring: &remote.Ring{}, Log: slog.New(slog.DiscardHandler),
		Look:    func() remote.Seen { b.mu.Lock(); defer b.mu.Unlock(); return b.seen },
		Restart: func() { b.mu.Lock(); b.restarts++; b.mu.Unlock() },
		Report:  func() locker.Report { return locker.Report{Version: "test"} },
		Tell: func(_ context.Context, in locker.Input) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.refuses > 0 {
				b.refuses--
				return errors.New("out of order")
			}
			b.told = append(b.told, in)
			return nil
		}})
	go func() {
		if err := b.machine.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
}

func (b *bench) heard() ([]locker.Input, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]locker.Input(nil), b.told...), b.restarts
}

func machine(t *testing.T, f func(*bench, context.Context)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer end()
		f(&bench{folder: folder{t, filepath.Join(t.TempDir(), "remote"), "base"}}, ctx)
	})
}

// TestATrialEnds: kept once the cloud and the boards were heard, or rolled back when its time is over.
func TestATrialEnds(t *testing.T) {
	t.Parallel()
	machine(t, func(b *bench, ctx context.Context) {
		b.offer("good")
		b.set(remote.Seen{Silent: []string{"main/1"}})
		b.run(t, ctx)
		time.Sleep(30 * time.Second)
		if told, restarts := b.heard(); len(told) != 0 || !b.stands().Config.Trial || restarts != 0 {
			t.Fatalf("want it on trial, got %+v", told)
		}
		b.set(remote.Seen{Heard: true})
		time.Sleep(10 * time.Minute)
		if told, restarts := b.heard(); len(told) != 1 || told[0].(locker.ConfigStands).Config.Trial || restarts != 0 || b.stands().Config.Trial {
			t.Fatalf("want it kept, and told once, got %+v", told)
		}
	})
	machine(t, func(b *bench, ctx context.Context) {
		b.offer("bad")
		b.run(t, ctx)
		time.Sleep(59 * time.Second)
		if _, restarts := b.heard(); restarts != 0 {
			t.Fatal("rolled back before its time is over")
		}
		time.Sleep(10 * time.Minute)
		if _, restarts := b.heard(); restarts != 1 || b.stands().Gone.Why != locker.ConfigNoLink || b.stands().Config.Order != "" {
			t.Fatalf("want it rolled back once, got %d restarts, %+v", restarts, b.stands())
		}
	})
}

// TestATrialInARunThatHasJustBegun: what no board has said yet excuses none of them.
func TestATrialInARunThatHasJustBegun(t *testing.T) {
	t.Parallel()
	machine(t, func(b *bench, ctx context.Context) {
		if err := b.open().Stage([]byte("bad")); err != nil {
			t.Fatal(err)
		}
		b.set(remote.Seen{Silent: []string{"main/1", "main/3"}, Dead: []string{"main/1"}, Unheard: []string{"main/2"}})
		b.run(t, ctx)
		b.machine.Carry(locker.ConfigBegun{Order: "o", Version: "v", SHA256: remote.Hash([]byte("bad"))})
		synctest.Wait()
		if trial := b.open().Trial(); trial == nil || len(trial.Silent) != 1 || trial.Silent[0] != "main/1" {
			t.Errorf("want the board excused that was known to be silent, and no other, got %+v", trial)
		}
	})
}

// TestATrialsEndIsToldUntilItIsRecorded.
func TestATrialsEndIsToldUntilItIsRecorded(t *testing.T) {
	t.Parallel()
	machine(t, func(b *bench, ctx context.Context) {
		b.offer("good")
		b.refuses = 5
		b.set(remote.Seen{Heard: true})
		b.run(t, ctx)
		time.Sleep(time.Minute)
		if told, _ := b.heard(); len(told) != 1 {
			t.Errorf("want it told once it can be, got %+v", told)
		}
	})
}

// TestAConfigurationThatIsGone: its text was lost while it waited; nothing restarts.
func TestAConfigurationThatIsGone(t *testing.T) {
	t.Parallel()
	machine(t, func(b *bench, ctx context.Context) {
		b.run(t, ctx)
		b.machine.Carry(locker.ConfigBegun{Order: "o", Version: "v", SHA256: remote.Hash([]byte("gone"))})
		synctest.Wait()
		told, restarts := b.heard()
		if in, ok := told[len(told)-1].(locker.ConfigUnapplied); !ok || in.Order != "o" || in.Why != locker.ConfigLost || restarts != 0 {
			t.Errorf("want it told, and no restart, got %+v, %d", told, restarts)
		}
	})
}

// TestAReportIsMade, with the log of its span.
func TestAReportIsMade(t *testing.T) {
	t.Parallel()
	machine(t, func(b *bench, ctx context.Context) {
		b.run(t, ctx)
		log := slog.New(b.machine.Ring.Tee(slog.DiscardHandler))
		log.Info("before")
		time.Sleep(time.Hour)
		from := time.Now()
		log.Info("within", "door", 7)
		log.Debug("too fine")
		time.Sleep(time.Hour)
		until := time.Now().Add(-time.Minute)
		log.Info("after")
		b.machine.Carry(locker.ReportAsked{Order: "o", From: from, Until: until})
		synctest.Wait()
		told, _ := b.heard()
		in, ok := told[len(told)-1].(locker.Reported)
		if !ok || in.Order != "o" || in.Report.Version != "test" || len(in.Report.Log) != 1 || in.Report.Left != 0 {
			t.Fatalf("want one line, got %+v", told)
		}
	})
}
