package camera_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/camera"
	"lockerd/internal/locker"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func collect(into chan<- locker.Input) func(context.Context, locker.Input) error {
	return func(_ context.Context, in locker.Input) error {
		into <- in
		return nil
	}
}

// TestASealedPhotoCannotBeChanged: no bit of it, nor its name, and no other key opens it.
func TestASealedPhotoCannotBeChanged(t *testing.T) {
	dir := t.TempDir()
	s := newStore(camera.StoreConfig{Dir: dir}, wallClock)
	name, _, key := keep(t, s)
	_, _, other := keep(t, s)
	path := filepath.Join(dir, name)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range file {
		flipped := bytes.Clone(file)
		flipped[at] ^= 1 << (at % 8)
		write(t, path, flipped)
		if _, err := camera.Open(dir, name, key); err == nil {
			t.Fatalf("a bit of byte %d is flipped, and nobody noticed", at)
		}
	}
	write(t, path, file[:10])
	if _, err := camera.Open(dir, name, key); err == nil {
		t.Error("a piece of it opens")
	}
	write(t, path, file)
	if _, err := camera.Open(dir, name, other); err == nil {
		t.Error("another key opens it")
	}
	if _, err := camera.Open(dir, name, key[:31]); err == nil {
		t.Error("a short key opens it")
	}
	write(t, filepath.Join(dir, "front-other.sealed"), file)
	if _, err := camera.Open(dir, "front-other.sealed", key); err == nil {
		t.Error("it opens under another name")
	}
	if _, err := camera.Open(filepath.Join(dir, "photos"), "../"+name, key); err == nil {
		t.Error("a name leads out of the folder")
	}
	if got, err := camera.Open(dir, name, key); err != nil || string(got) != "a picture" {
		t.Errorf("want it to open as it was, got %q, %v", got, err)
	}
}

func keep(t *testing.T, s *camera.Store) (name, sha string, key []byte) {
	t.Helper()
	name, sha, key, err := s.Keep("front", []byte("a picture"))
	if err != nil {
		t.Fatal(err)
	}
	return name, sha, key
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// names are the files in a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// TestRetention: a photo goes when its time is over, which nobody can say while the clock is not known.
func TestRetention(t *testing.T) {
	const day = 24 * time.Hour
	dir := t.TempDir()
	now := locker.Now{Wall: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), Known: true}
	s := newStore(camera.StoreConfig{Dir: dir}, func() locker.Now { return now })
	write(t, filepath.Join(dir, "readme"), []byte("not ours"))
	sweep := func(after time.Duration, known bool, want ...string) {
		t.Helper()
		now = locker.Now{Wall: now.Wall.Add(after), Known: known}
		if err := s.Sweep(); err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc(names(t, dir), func(n string) bool { return n == "readme" })
		slices.Sort(want)
		if !slices.Equal(want, got) {
			t.Fatalf("at %s: want %v, got %v", now.Wall, want, got)
		}
	}
	dated, _, _ := keep(t, s)
	sweep(30*day, true, dated)
	now.Known = false
	undated, _, _ := keep(t, s)
	sweep(100*day, false, dated, undated)
	now.Wall = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // the clock's battery is empty
	sweep(0, false, dated, undated)
	now.Wall = time.Date(2026, 12, 24, 12, 0, 1, 0, time.UTC)
	sweep(0, true, undated) // its 30 days begin now
	sweep(30*day, true, undated)
	sweep(time.Second, true)

	future, _, _ := keep(t, s)
	sweep(-300*day, true, future) // the clock was wrong by that much, and is right now
	sweep(31*day, true)
	if got := names(t, dir); !slices.Equal(got, []string{"readme"}) {
		t.Errorf("what is not a photo is nobody's to remove: %v", got)
	}
}

// TestLimit: the oldest go first. One without a date may be the newest of all.
func TestLimit(t *testing.T) {
	dir := t.TempDir()
	now := locker.Now{Wall: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), Known: true}
	cfg := camera.StoreConfig{Dir: dir, Keep: time.Hour, Limit: 3 * 49} // of 9 bytes sealed: 24 of nonce, 16 of tag
	s := newStore(cfg, func() locker.Now { return now })
	var all []string
	for range 4 {
		name, _, _ := keep(t, s)
		all = append(all, name)
		now.Wall = now.Wall.Add(time.Minute)
	}
	now.Known = false
	for range 2 {
		name, _, _ := keep(t, s)
		all = append(all, name)
	}
	want := slices.Sorted(slices.Values(all[3:]))
	if got := names(t, dir); !slices.Equal(want, got) {
		t.Errorf("want the newest three %v, got %v", want, got)
	}
}

// TestHalfWritten: what a power cut left is cleared away at the start.
func TestHalfWritten(t *testing.T) {
	dir := t.TempDir()
	name, _, key := keep(t, newStore(camera.StoreConfig{Dir: dir}, wallClock))
	write(t, filepath.Join(dir, "front-X.sealed.part"), []byte("half"))
	newStore(camera.StoreConfig{Dir: dir}, wallClock)
	if got := names(t, dir); !slices.Equal(got, []string{name}) {
		t.Errorf("want %s alone, got %v", name, got)
	}
	if _, err := camera.Open(dir, name, key); err != nil {
		t.Error(err)
	}
}

func TestStoreConfig(t *testing.T) {
	good := camera.StoreDefaults()
	good.Dir = "/var/lib/lockerd/photos"
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	bad := camera.StoreConfig{Dir: "photos"}
	err := bad.Validate()
	for _, want := range []string{"directory", "keep", "limit"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
