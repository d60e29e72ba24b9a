package cabinet

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/cabinet/cabinettest"
	"lockerd/internal/locker"
	"lockerd/internal/settings"
)

func TestTheReferenceIsReadAndSaysTheDefaults(t *testing.T) {
	t.Parallel()
	c, err := Read(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	want := locker.DefaultTimes()
	got := c.Plan().Times
	if !reflect.DeepEqual(want, got) {
		t.Errorf("the reference's times are not the defaults: want %+v, got %+v", want, got)
	}
	for _, d := range c.Plan().Doors {
		if draw := d.Draw; draw.Supply != "main" || draw.Pulses != 1 || draw.Takes <= 100*time.Millisecond || draw.Most <= draw.Takes {
			t.Errorf("door %d: want one pulse at a time of supply main, and how long each takes, got %+v", d.Number, draw)
		}
	}
	if c.Plan().NoLooks {
		t.Error("the reference forbids couriers' looks")
	}
	if c.Cloud.AllowUnsigned {
		t.Error("the reference follows orders that nobody signed")
	}
	if b := c.Buses[0].Lockboard(); b.LostAfter != 8*time.Second || len(b.Boards) != 2 {
		t.Errorf("want two boards lost after 8 s, got %+v", b)
	}
}

// TestLooksCanBeForbidden, and nothing else says so.
func TestLooksCanBeForbidden(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		instead string
		forbids bool
	}{{"looks = true", false}, {"looks = false", true}, {"", false}} {
		path := filepath.Join(t.TempDir(), "lockerd.toml")
		if err := os.WriteFile(path, bytes.Replace(text, []byte("looks = true"), []byte(tt.instead), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Plan().NoLooks; got != tt.forbids {
			t.Errorf("%q: want looks forbidden: %t, got %t", tt.instead, tt.forbids, got)
		}
	}
}

// TestTheDocumentsLinesAreValid reads the examples of docs/lockboards.md as a configuration's lines.
func TestTheDocumentsLinesAreValid(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/lockboards.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)\n```toml\n(.*?)\n```\n").FindAllSubmatch(text, -1)
	if len(examples) == 0 {
		t.Fatal("docs/lockboards.md has no example")
	}
	for _, example := range examples {
		var c Config
		if err := toml.NewDecoder(bytes.NewReader(example[1])).DisallowUnknownFields().Decode(&c); err != nil {
			t.Fatalf("%v in\n%s", settings.Placed("docs/lockboards.md", err), example[1])
		}
		if len(c.Buses) == 0 {
			t.Errorf("no line in\n%s", example[1])
		}
		c.validateLines(func(format string, args ...any) { t.Error(fmt.Errorf(format, args...)) })
	}
}
