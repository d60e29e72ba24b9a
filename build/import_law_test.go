// Package build holds what is true of the whole tree.
package build

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed are the imports of our own that are not internal/locker, outside of cmd.
var allowed = map[string][]string{
	"lockerd/internal/sim":            {"lockerd/internal/lockboard"}, // it speaks the boards' codecs
	"lockerd/internal/truth/simulate": {"lockerd/internal/truth"},     // its command: what is for makers is not under cmd
}

// everybodys may be imported by anyone: the rules, and the one reader of what is signed or typed, which has no state, knows
// nobody and cannot be among the rules, since they need no library.
var everybodys = []string{"lockerd/internal/locker", "lockerd/internal/form"}

// TestImportLaw: anyone may import locker and form; only cmd imports anyone else. It keeps every part replaceable, and the names of
// everything that meets in one place.
func TestImportLaw(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "lockerd/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg, imports := fields[0], fields[1:]
		if strings.HasPrefix(pkg, "lockerd/cmd/") {
			continue
		}
		for _, i := range imports {
			ours := strings.HasPrefix(i, "lockerd/") && !slices.Contains(everybodys, i)
			if ours && !strings.Contains(strings.Join(allowed[pkg], " "), i) {
				t.Errorf("%s imports %s: under internal, anyone may import internal/locker and internal/form and nobody else; let cmd wire them", pkg, i)
			}
			if pkg == "lockerd/internal/locker" && (i == "lockerd/internal/form" || strings.Contains(strings.Split(i, "/")[0], ".")) {
				t.Errorf("%s imports %s: the rules need nothing but the standard library", pkg, i)
			}
			if pkg == "lockerd/internal/form" && strings.HasPrefix(i, "lockerd/") {
				t.Errorf("%s imports %s: it knows nobody", pkg, i)
			}
		}
	}
}
