package remote_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/remote"
)

// folder is what a power cut leaves: nothing but what is on the disk.
type folder struct {
	t    *testing.T
	dir  string
	base string
}

func newFolder(t *testing.T) folder { return folder{t, filepath.Join(t.TempDir(), "remote"), "base"} }

// open is what a start reads.
func (f folder) open() *remote.Configs {
	f.t.Helper()
	c, err := remote.OpenConfigs(f.dir, []byte(f.base))
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// start is a start of lockerd: the version that it uses, and whether another one is in force after all.
func (f folder) start() (used string, again bool) {
	f.t.Helper()
	c := f.open()
	of, why := c.Standing(func(of locker.Configured, text []byte) error {
		if remote.Hash(text) != of.SHA256 {
			f.t.Errorf("%s has another's text", of.Version)
		}
		return nil
	})
	again, err := c.Begin(of, why)
	if err != nil {
		f.t.Fatal(err)
	}
	return of.Version, again
}

// offer stages and applies a text, whose version and order are its own words.
func (f folder) offer(text string) locker.Configured {
	f.t.Helper()
	c := f.open()
	of := locker.Configured{Order: "o-" + text, Version: text, SHA256: remote.Hash([]byte(text))}
	if err := errors.Join(c.Stage([]byte(text)), c.Apply(of, remote.Trial{Within: time.Minute})); err != nil {
		f.t.Fatal(err)
	}
	return of
}

func (f folder) stands() locker.ConfigStands { return f.open().Stands() }

// TestAConfigurationsLife, read from the disk again after each step, as after a power cut.
func TestAConfigurationsLife(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	if used, again := f.start(); used != "" || again {
		t.Fatalf("want the cabinet's own, got %q", used)
	}
	if err := f.open().Stage([]byte("one")); err != nil {
		t.Fatal(err)
	}
	if used, _ := f.start(); used != "" {
		t.Fatalf("want a text that is only there in force nowhere, got %q", used)
	}
	f.offer("one")
	if used, _ := f.start(); used != "one" || !f.stands().Config.Trial {
		t.Fatalf("want it in force, on trial, got %q", used)
	}
	if err := f.open().Keep(); err != nil {
		t.Fatal(err)
	}
	for range 9 { // what has proven itself is not counted
		if used, again := f.start(); used != "one" || again || f.stands().Config.Trial {
			t.Fatalf("want it kept, got %q", used)
		}
	}
	f.offer("two")
	if err := f.open().RollBack(locker.ConfigNoLink, ""); err != nil {
		t.Fatal(err)
	}
	used, _ := f.start()
	if s := f.stands(); used != "one" || s.Config.Trial || s.Gone.Version != "two" || s.Gone.Order != "o-two" || s.Gone.Why != locker.ConfigNoLink {
		t.Fatalf("want the one before in force, proven, got %q and %+v", used, s)
	}
}

// TestStartsWithoutAProof: three power cuts in a trial, and the fourth start goes back.
func TestStartsWithoutAProof(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.offer("bad")
	for n := range 3 {
		if used, again := f.start(); used != "bad" || again {
			t.Fatalf("start %d: want it used, got %q, %t", n+1, used, again)
		}
	}
	if used, again := f.start(); used != "bad" || !again {
		t.Fatalf("want the fourth start to go back, got %q, %t", used, again)
	}
	if used, again := f.start(); used != "" || again || f.stands().Gone.Why != locker.ConfigNoStart {
		t.Fatalf("want the cabinet's own, got %q, %+v", used, f.stands())
	}
}

// TestWhatCannotBeUsed: a text that is gone, damaged, or refused by this release; a file that says nothing; the file on site changed.
func TestWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(*folder, locker.Configured)
		used string
		why  locker.ConfigEnd
	}{
		{"gone", func(f *folder, of locker.Configured) { _ = os.Remove(filepath.Join(f.dir, of.SHA256+".toml")) }, "one", locker.ConfigUnusable},
		{"damaged", func(f *folder, of locker.Configured) {
			_ = os.WriteFile(filepath.Join(f.dir, of.SHA256+".toml"), []byte("twp"), 0o600)
		}, "one", locker.ConfigUnusable},
		{"file on site changed", func(f *folder, _ locker.Configured) { f.base = "another" }, "", locker.ConfigByHand},
		{"nothing said", func(f *folder, _ locker.Configured) {
			_ = os.WriteFile(filepath.Join(f.dir, "standing.json"), []byte("{"), 0o600)
		}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFolder(t)
			f.offer("one")
			if err := f.open().Keep(); err != nil {
				t.Fatal(err)
			}
			tt.do(&f, f.offer("two"))
			used, _ := f.start()
			if s := f.stands(); used != tt.used || s.Gone.Why != tt.why || s.Config.Version != tt.used {
				t.Errorf("want %q and %q, got %q and %+v", tt.used, tt.why, used, s)
			}
			if again, _ := f.start(); again != tt.used {
				t.Errorf("want the same at the next start, got %q", again)
			}
		})
	}
}

// TestADiskThatDoesNotGiveIt is told apart from one without: with another configuration the cabinet would be another.
func TestADiskThatDoesNotGiveIt(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	if err := os.MkdirAll(filepath.Join(f.dir, "standing.json"), 0o700); err != nil { // no file can be read there
		t.Fatal(err)
	}
	var refused *os.PathError
	if _, err := remote.OpenConfigs(f.dir, nil); !errors.As(err, &refused) {
		t.Errorf("want why, got %v", err)
	}
}

// TestAnUnwrittenTextIsNotApplied, and what is in force stays.
func TestAnUnwrittenTextIsNotApplied(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.offer("one")
	if err := f.open().Apply(locker.Configured{Order: "o", Version: "v", SHA256: remote.Hash([]byte("nobody's"))}, remote.Trial{}); err == nil {
		t.Error("want why")
	}
	if used, _ := f.start(); used != "one" {
		t.Errorf("want the one before, got %q", used)
	}
}

// TestAppliedTwiceItIsRolledBackToTheOneBefore, and not to itself.
func TestAppliedTwiceItIsRolledBackToTheOneBefore(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.offer("one")
	if err := f.open().Keep(); err != nil {
		t.Fatal(err)
	}
	f.offer("two")
	f.offer("two")
	if err := f.open().RollBack(locker.ConfigNoLink, ""); err != nil {
		t.Fatal(err)
	}
	if used, _ := f.start(); used != "one" {
		t.Errorf("want the one before, got %q", used)
	}
}

// TestTextsAreFew: those that were refused do not fill the disk, and those in use stay.
func TestTextsAreFew(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.offer("one")
	if err := f.open().Keep(); err != nil {
		t.Fatal(err)
	}
	f.offer("two")
	for i := range 3 * remote.MostTexts {
		if err := f.open().Stage(fmt.Appendf(nil, "refused %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	texts, _ := filepath.Glob(filepath.Join(f.dir, "*.toml"))
	if len(texts) > remote.MostTexts+2 {
		t.Errorf("want at most %d, got %d", remote.MostTexts+2, len(texts))
	}
	if used, _ := f.start(); used != "two" {
		t.Errorf("want it in force, got %q", used)
	}
	if err := f.open().RollBack(locker.ConfigNoLink, ""); err != nil {
		t.Fatal(err)
	}
	if used, _ := f.start(); used != "one" {
		t.Errorf("want the one before, got %q", used)
	}
}
