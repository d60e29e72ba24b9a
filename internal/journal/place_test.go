package journal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// TestTakenAwayWhileOpen: a file that is removed or replaced under an open journal takes no record more, and comes back
// with all that it had; what lay in its place is set aside.
func TestTakenAwayWhileOpen(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(t *testing.T, cfg journal.Config)
		back  func(t *testing.T, cfg journal.Config) // nil: it comes back by itself
		aside bool
	}{
		{"removed", func(t *testing.T, cfg journal.Config) { remove(t, cfg.Path) }, nil, false},
		{"replaced", func(t *testing.T, cfg journal.Config) {
			write(t, cfg.Path+".other", []byte("another"))
			move(t, cfg.Path+".other", cfg.Path)
		}, nil, true},
		{"replaced by its own backup", func(t *testing.T, cfg journal.Config) {
			move(t, files(t, cfg.Backups+"/*.db")[0], cfg.Path)
		}, nil, true},
		{"a folder in its place", func(t *testing.T, cfg journal.Config) {
			remove(t, cfg.Path)
			mkdir(t, cfg.Path)
		}, nil, true},
		{"its folder replaced", func(t *testing.T, cfg journal.Config) {
			move(t, filepath.Dir(cfg.Path), filepath.Dir(cfg.Path)+".was")
			mkdir(t, filepath.Dir(cfg.Path))
		}, nil, false},
		{"its folder gone", func(t *testing.T, cfg journal.Config) {
			move(t, filepath.Dir(cfg.Path), filepath.Dir(cfg.Path)+".was")
		}, func(t *testing.T, cfg journal.Config) { mkdir(t, filepath.Dir(cfg.Path)) }, false},
		{"its folder away for a while", func(t *testing.T, cfg journal.Config) {
			move(t, filepath.Dir(cfg.Path), filepath.Dir(cfg.Path)+".was")
		}, func(t *testing.T, cfg journal.Config) {
			move(t, filepath.Dir(cfg.Path)+".was", filepath.Dir(cfg.Path))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(t)
			mkdir(t, filepath.Join(filepath.Dir(cfg.Path), "state"))
			cfg.Path = filepath.Join(filepath.Dir(cfg.Path), "state", "journal.db")
			j := open(t, cfg)
			add(t, j, at(0), stored("p1"))
			if err := j.Backup(); err != nil {
				t.Fatal(err)
			}
			add(t, j, at(0), stored("p2"))
			_, want := load(t, j)
			c.do(t, cfg)
			if _, err := j.Append(at(0), []locker.Event{door(1)}); err == nil {
				t.Fatal("want nothing written to a file that nobody will read")
			}
			if err := j.Tidy(at(0), 1, nil); err == nil {
				t.Error("want it noticed without an append, too")
			}
			if c.back != nil {
				if _, _, err := j.Load(); err == nil {
					t.Fatal("want no journal without its folder")
				}
				c.back(t, cfg)
			}
			if _, got := load(t, j); fmt.Sprint(want) != fmt.Sprint(got) {
				t.Errorf("want %v,\ngot  %v", want, got)
			}
			add(t, j, at(0), door(1))
			shut(t, j)
			j = open(t, cfg)
			verify(t, j, len(want)+1)
			if j.Origin() != journal.Opened {
				t.Errorf("want nothing lost, got it %s", j.Origin())
			}
			if aside := files(t, cfg.Path+".damaged-*"); (len(aside) > 0) != c.aside {
				t.Errorf("want what lay in its place set aside: %v, got %v", c.aside, aside)
			}
		})
	}
}

// TestWrittenOverWhileOpen: what somebody else writes into the file is not built upon.
func TestWrittenOverWhileOpen(t *testing.T) {
	for _, c := range []struct {
		name  string
		metas bool // whoever reads meanwhile finds meta pages
		do    func(t *testing.T, cfg journal.Config)
	}{
		{"cut off", true, func(t *testing.T, cfg journal.Config) {
			if err := os.Truncate(cfg.Path, 3*4096); err != nil {
				t.Fatal(err)
			}
		}},
		{"emptied", false, func(t *testing.T, cfg journal.Config) {
			if err := os.Truncate(cfg.Path, 0); err != nil {
				t.Fatal(err)
			}
		}},
		{"garbage", false, func(t *testing.T, cfg journal.Config) { write(t, cfg.Path, make([]byte, 1<<20)) }},
		{"copied over by its own backup", true, func(t *testing.T, cfg journal.Config) {
			b, err := os.ReadFile(files(t, cfg.Backups+"/*.db")[0])
			if err != nil {
				t.Fatal(err)
			}
			write(t, cfg.Path, b)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(t)
			j := open(t, cfg)
			add(t, j, at(0), stored("p1"))
			if err := j.Backup(); err != nil {
				t.Fatal(err)
			}
			for range 20 {
				add(t, j, at(0), stored("p2"))
			}
			c.do(t, cfg)
			if c.metas { // without any bbolt panics with locks in its hands, and the process begins anew
				_, _ = j.Outgoing(0, 100)
			}
			if _, err := j.Append(at(0), []locker.Event{door(1)}); err == nil {
				t.Fatal("want nothing built upon what somebody else has written")
			}
			_, records := load(t, j)
			if got := records[len(records)-1].Event; got != locker.Event(locker.EpochBegun{Reason: "restored", Previous: records[0].Epoch}) {
				t.Errorf("want it begun anew from the backup, got %+v", got)
			}
			add(t, j, at(0), door(1))
		})
	}
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func move(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t testing.TB, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}
