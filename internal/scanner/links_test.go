package scanner_test

import (
	"strings"
	"testing"

	"lockerd/internal/scanner"
)

// GS1's own tests of texts with brackets and of Digital Links. Of those that it takes by one option and not by another,
// what is taken counts: GTINs without leading zeros, and words for identifiers.
func TestGS1Written(t *testing.T) {
	tests := lines(t, "gs1written.txt", "\t")
	taken := make(map[string]bool)
	for _, c := range tests {
		taken[c[2]] = taken[c[2]] || c[1] == "valid"
	}
	for _, zeros := range []string{"https://a/01/2112345678900", "https://a/01/416000336108"} {
		taken[zeros] = true // only among the refused ones here: without the option
	}
	counts := make(map[string]int)
	for _, c := range tests {
		form, text := c[0], c[2]
		list, err := scanner.Written(form, text)
		if (err == nil) != taken[text] {
			t.Errorf("%s: want it taken: %v, got %v, %v", text, taken[text], list, err)
			continue
		}
		counts[form]++
		if c[1] == "invalid" {
			continue
		}
		var got strings.Builder
		open := true
		for _, e := range list {
			if open {
				got.WriteByte('^')
			}
			got.WriteString(e.AI + e.Value)
			open = !scanner.Predefined(e.AI)
		}
		if got.String() != c[3] {
			t.Errorf("%s: want %s, got %s", text, c[3], got.String())
		}
	}
	t.Logf("as GS1 says: %v of %d", counts, len(tests))
}
