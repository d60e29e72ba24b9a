package scanner_test

import (
	"os"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/scanner"
)

// docs/scanners.md shows settings that are right, and names every format.
func TestDocument(t *testing.T) {
	data, err := os.ReadFile("../../docs/scanners.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	blocks := strings.Split(text, "```toml\n")[1:]
	if len(blocks) < 4 {
		t.Fatalf("want its examples, got %d", len(blocks))
	}
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		var file struct {
			Scanners []scanner.Config `toml:"scanner"`
			Barcodes scanner.Barcodes `toml:"barcodes"`
		}
		if err := toml.NewDecoder(strings.NewReader(block)).DisallowUnknownFields().Decode(&file); err != nil {
			t.Errorf("%s\n%v", block, err)
		}
		for _, c := range file.Scanners {
			if err := c.Validate(); err != nil {
				t.Errorf("%s\n%v", block, err)
			}
		}
		if err := file.Barcodes.Validate(); err != nil {
			t.Errorf("%s\n%v", block, err)
		}
	}
	for _, name := range append(scanner.FormatNames(), scanner.Carriers()...) {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("docs/scanners.md does not name %q", name)
		}
	}
}
