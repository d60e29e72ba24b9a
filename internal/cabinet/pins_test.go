package cabinet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/internal/cabinet/cabinettest"
	"lockerd/internal/controller"
	"lockerd/internal/pins"
)

var _, _ controller.Screen = screens{}, (*pins.Pins)(nil)

// TestPinConfig: the pins of the reference configuration are right once they are taken into use, and what is wrong is said.
func TestPinConfig(t *testing.T) {
	t.Parallel()
	reference, err := os.ReadFile(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	inUse := strings.ReplaceAll(string(reference), "# [pins]", "[pins]")
	for _, pin := range []string{"tamper", "mains", "lamp", "buzzer"} {
		inUse = strings.ReplaceAll(inUse, "\n# "+pin+" ", "\n"+pin+" ")
	}
	for _, c := range []struct{ name, from, to, want string }{
		{"as it is", "", "", ""},
		{"a line that is no line", "gpiochip0/3", "gpiochip0/x", "pins.lamp"},
		{"two on a line", "gpiochip0/3", "gpiochip0/2", "is that of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lockerd.toml")
			if err := os.WriteFile(path, []byte(strings.Replace(inUse, c.from, c.to, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := Read(path)
			switch {
			case c.want == "" && err != nil:
				t.Fatal(err)
			case c.want == "" && (cfg.Pins.Tamper.Pull != "up" || !cfg.Pins.Mains.ActiveLow || cfg.Pins.Buzzer.Line == ""):
				t.Errorf("want all four pins, got %+v", cfg.Pins)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
}
