package ui_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shading are properties that move nothing and hide nothing.
var shading = []string{"fill", "stroke", "stroke-width", "color", "background", "box-shadow", "outline", "outline-offset", "filter"}

// TestContrastAndNightChangeColoursAlone: what a screen says, and where, is by night and in more contrast what it is by day. So TestScreens
// asks there what depends on colours.
func TestContrastAndNightChangeColoursAlone(t *testing.T) {
	t.Parallel()
	sheets, err := filepath.Glob("static/*.css")
	if err != nil || len(sheets) == 0 {
		t.Fatalf("no style sheets: %v", err)
	}
	var text strings.Builder
	for _, path := range sheets {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAll(b, nil))
	}
	rules := regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`).FindAllStringSubmatch(text.String(), -1)
	found, variables := 0, map[string]bool{} // true: not of a colour
	for _, rule := range rules {
		if !strings.Contains(rule[1], "data-contrast") && !strings.Contains(rule[1], "data-theme") {
			continue
		}
		found++
		for name, value := range properties(rule[2]) {
			if strings.HasPrefix(name, "--") {
				variables[name] = variables[name] || !strings.HasPrefix(value, "#")
			} else if !slices.Contains(shading, name) {
				t.Errorf("%s sets %s", strings.TrimSpace(rule[1]), name)
			}
		}
	}
	if found < 5 || len(variables) < 5 {
		t.Fatalf("want the rules of contrast and night found, got %d with %d variables", found, len(variables))
	}
	for _, rule := range rules {
		for name, value := range properties(rule[2]) {
			for v, plain := range variables {
				if plain && strings.Contains(value, "var("+v+")") && !slices.Contains(shading, name) {
					t.Errorf("%s: %s depends on %s, which contrast or night set", strings.TrimSpace(rule[1]), name, v)
				}
			}
		}
	}
}

// properties are those of a rule, with their values.
func properties(body string) map[string]string {
	all := make(map[string]string)
	for part := range strings.SplitSeq(body, ";") {
		if name, value, found := strings.Cut(part, ":"); found {
			all[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return all
}
