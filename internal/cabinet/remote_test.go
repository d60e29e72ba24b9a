package cabinet

import (
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
