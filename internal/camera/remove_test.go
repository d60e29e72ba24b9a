package camera_test

import (
	"os"
	"path/filepath"
	"testing"

	"lockerd/internal/camera"
)

// TestRemove: a photo goes, once or twice; a name that leads elsewhere removes nothing there.
func TestRemove(t *testing.T) {
	dir := t.TempDir()
	photos, other := filepath.Join(dir, "photos"), filepath.Join(dir, "other.sealed")
	if err := os.Mkdir(photos, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{other, filepath.Join(photos, "one.sealed")} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := camera.Remove(photos, "one.sealed"); err != nil {
			t.Error(err)
		}
	}
	if left, _ := os.ReadDir(photos); len(left) != 0 {
		t.Errorf("want it gone, got %v", left)
	}
	if err := camera.Remove(photos, "../other.sealed"); err == nil {
		t.Error("want an error for a name that leads elsewhere")
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
	if err := camera.Remove(filepath.Join(dir, "none"), "one.sealed"); err != nil {
		t.Errorf("without a folder there is nothing to remove, got %v", err)
	}
}
