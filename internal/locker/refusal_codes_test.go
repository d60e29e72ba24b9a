package locker_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lockerd/internal/locker"
)

// TestEveryRefusalHasACode reads what the functions that refuse say (their names begin with refusal) from their source: whatever words
// are returned there have a code.
func TestEveryRefusalHasACode(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(strings.ToLower(f.Name.Name), "refusal") && f.Name.Name != "unkept" {
				continue
			}
			for _, words := range returned(f) {
				found++
				if locker.CodeOf(words) == locker.CodeOther {
					t.Errorf("%s: %q has no code: give its beginning one in refusal_codes.go", f.Name.Name, words)
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("want the words of all refusals, got %d", found)
	}
}

// returned are the texts that stand in a function's return statements.
func returned(f *ast.FuncDecl) (words []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		r, ok := n.(*ast.ReturnStmt)
		if !ok {
			return true
		}
		ast.Inspect(r, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && strings.Contains(text, " ") {
					words = append(words, text)
				}
			}
			return true
		})
		return true
	})
	return words
}

func TestCodeOf(t *testing.T) {
	for words, want := range map[string]locker.RefusalCode{
		"expired":    locker.CodeExpired,
		"not signed": locker.CodeNotSigned,
		"not signed in the form that counts here": locker.CodeBadSignature,
		"kind: of the wrong type":                 locker.CodeMalformed,
		"kind: not one of this release":           locker.CodeUnknownKind,
		"personal: pin: must be 6 to 10 digits":   locker.CodeMalformedBox,
		"words of a later release":                locker.CodeOther,
	} {
		if got := locker.CodeOf(words); got != want {
			t.Errorf("%q: want %s, got %s", words, want, got)
		}
	}
}
