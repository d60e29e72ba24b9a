package cabinet

import (
	"strings"
	"testing"

	"lockerd/internal/cabinet/cabinettest"
	"lockerd/internal/settings"
)

// TestWhatIsNotSetFromAfarIsASetting: a name that is none would protect nothing.
func TestWhatIsNotSetFromAfarIsASetting(t *testing.T) {
	t.Parallel()
	c, err := Read(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := settings.Fixed(c, c, notFromAfar...); err != nil {
		t.Error(err)
	}
	c.Cloud.UploadHosts = []string{"https://photos.example.org"}
	if c.Validate() == nil {
		t.Error("want a host that is an address refused")
	}
}

// TestNoOrderNamesAProgram: lockerd starts what stands in its own file alone.
func TestNoOrderNamesAProgram(t *testing.T) {
	t.Parallel()
	path := cabinettest.Reference(t)
	c, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	other.Terminal.Command = []string{"/bin/sh", "-c", "true"}
	if err := c.refuses(other); err == nil || !strings.Contains(err.Error(), "terminal") {
		t.Errorf("want it refused, got %v", err)
	}
}
