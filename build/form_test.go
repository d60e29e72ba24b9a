package build

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// lenient is what reads a request's body, or what was signed, as encoding/json does: the last of two fields, in whatever case.
var lenient = regexp.MustCompile(`json\.(NewDecoder|Unmarshal)\(.*(r\.Body|MaxBytesReader|payload)`)

// TestOneReader: what is signed or typed is read by package form alone. A new hand tool or order finds the lenient reader
// nearer at hand, so it is looked for.
func TestOneReader(t *testing.T) {
	for _, root := range []string{"../cmd/lockerd", "../internal/credential", "../internal/sync", "../internal/ui"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if found := lenient.Find(text); found != nil {
				t.Errorf("%s reads with %s: let it be form.Read", path, found)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
