package durable_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"lockerd/internal/durable"
)

// TestReplace: the new text in the place of the old one, or the old one alone; and nothing half beside it.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	holds := func(want string, mode os.FileMode) {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil || string(text) != want {
			t.Errorf("want %q, got %q, %v", want, text, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("want mode %o, got %v, %v", mode, info.Mode(), err)
		}
		if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
			t.Errorf("want the one file, got %v, %v", list, err)
		}
	}
	if err := durable.Write(path, 0o600, []byte("old")); err != nil {
		t.Fatal(err)
	}
	holds("old", 0o600)
	full := errors.New("the disk is full")
	err := durable.Replace(path, 0o600, func(f *os.File) error {
		_, _ = f.WriteString("half")
		return full
	})
	if !errors.Is(err, full) {
		t.Errorf("want why, got %v", err)
	}
	holds("old", 0o600)
	if err := os.WriteFile(path+durable.Part, []byte("left by a power cut"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := durable.Write(path, 0o400, []byte("new")); err != nil {
		t.Fatal(err)
	}
	holds("new", 0o400)
	if err := durable.Write(filepath.Join(dir, "nowhere", "file"), 0o600, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("want a folder that is not there told, got %v", err)
	}
}
