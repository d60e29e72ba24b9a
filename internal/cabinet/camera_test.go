package cabinet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/internal/cabinet/cabinettest"
	"lockerd/internal/controller"
)

var _ controller.Camera = cameras{}

// TestCameraConfig: the reference configuration is right, and what is wrong with cameras is said.
func TestCameraConfig(t *testing.T) {
	t.Parallel()
	reference, err := os.ReadFile(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, add, want string }{
		{"as it is", "", ""},
		{"a second one", "[[camera]]\nname = \"above\"\ndevice = \"/dev/video0\"\n", ""},
		{"two of a name", "[[camera]]\nname = \"front\"\ndevice = \"/dev/video0\"\n", "listed twice"},
		{"two on a device", "[[camera]]\nname = \"a\"\ndevice = \"/dev/video0\"\n" +
			"[[camera]]\nname = \"b\"\ndevice = \"/dev/video0\"\n", "same device"},
		{"no name", "[[camera]]\ndevice = \"/dev/video0\"\n", "name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lockerd.toml")
			if err := os.WriteFile(path, append(reference, c.add...), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Read(path)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
}
