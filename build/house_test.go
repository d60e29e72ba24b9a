package build

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What a reader can take in: lines of a file, of a function, and of a room without its tests.
const (
	fileLines     = 500
	functionLines = 60
	commandLines  = 1800
	cabinetLines  = 3000
)

// sources are the Go files of the tree by their paths from its root, and how many lines each has.
func sources(t *testing.T) map[string]int {
	t.Helper()
	lines := make(map[string]int)
	for _, root := range []string{"../cmd", "../internal", "../build"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			text, err := os.ReadFile(path)
			lines[strings.TrimPrefix(path, "../")] = bytes.Count(text, []byte("\n"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

// TestNothingIsTooLong: files, functions, the command line and the cabinet.
func TestNothingIsTooLong(t *testing.T) {
	rooms := make(map[string]int)
	for path, n := range sources(t) {
		if n > fileLines {
			t.Errorf("%s has %d lines: at most %d", path, n, fileLines)
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, "../"+path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		rooms[filepath.Dir(path)] += n
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				if n := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1; n > functionLines {
					t.Errorf("%s: %s has %d lines: at most %d", path, f.Name.Name, n, functionLines)
				}
			}
		}
	}
	for room, most := range map[string]int{"cmd/lockerd": commandLines, "internal/cabinet": cabinetLines} {
		if n := rooms[room]; n == 0 || n > most {
			t.Errorf("%s has %d lines without its tests: at most %d", room, n, most)
		}
	}
}

// TestEveryRoomIsListed: README and ARCHITECTURE name each package that is no part of another's, and no other.
func TestEveryRoomIsListed(t *testing.T) {
	out, err := exec.Command("go", "list", "lockerd/cmd/...", "lockerd/internal/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	there := make(map[string]bool)
	for _, pkg := range strings.Fields(string(out)) {
		there[strings.Join(strings.Split(pkg, "/")[1:3], "/")] = true
	}
	for _, name := range []string{"README.md", "ARCHITECTURE.md"} {
		text, err := os.ReadFile("../" + name)
		if err != nil {
			t.Fatal(err)
		}
		told := make(map[string]bool)
		for _, m := range regexp.MustCompile(`(?m)(?:^    |  +)((?:cmd|internal)/[a-z]+) `).FindAllStringSubmatch(string(text), -1) {
			if told[m[1]] {
				t.Errorf("%s lists %s twice", name, m[1])
			}
			told[m[1]] = true
			if !there[m[1]] {
				t.Errorf("%s lists %s: there is no such package", name, m[1])
			}
		}
		for pkg := range there {
			if !told[pkg] {
				t.Errorf("%s does not list %s", name, pkg)
			}
		}
	}
}

// TestTheWalkHolds: the newcomer's path in CONTRIBUTING leads through files and functions that there are.
func TestTheWalkHolds(t *testing.T) {
	text, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	steps := regexp.MustCompile("(?m)^[0-9]+\\. `([^`]+\\.go)`: `([A-Za-z]+)`").FindAllStringSubmatch(string(text), -1)
	if len(steps) < 3 || len(steps) > 5 {
		t.Fatalf("want a walk of at most five files, got %d", len(steps))
	}
	for _, s := range steps {
		file, err := os.ReadFile("../" + s[1])
		if err != nil {
			t.Errorf("the walk: %v", err)
		} else if !regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + s[2] + `\(`).Match(file) {
			t.Errorf("the walk: %s has no function %s", s[1], s[2])
		}
	}
}

// TestNamedTestsExist: a document that says which test holds a claim, or a command that runs it, names one that there is.
func TestNamedTestsExist(t *testing.T) {
	defined := make(map[string]bool)
	for path := range sources(t) {
		text, err := os.ReadFile("../" + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`).FindAllSubmatch(text, -1) {
			defined[string(m[1])] = true
		}
	}
	documents, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, path := range append(documents, "../ARCHITECTURE.md", "../README.md", "../SECURITY.md", "../CONTRIBUTING.md", "../Makefile") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w+`).FindAllString(string(text), -1) {
			if named++; !defined[name] {
				t.Errorf("%s names %s: there is no such test", path, name)
			}
		}
	}
	if named < 100 {
		t.Errorf("only %d tests are named in documents", named)
	}
}
