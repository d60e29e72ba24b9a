package build

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestFeaturesSayWhatShowsThem: each row of docs/features.md says that something is there and names a test that shows it
// (TestNamedTestsExist sees to it that there is one), or says why it is not.
func TestFeaturesSayWhatShowsThem(t *testing.T) {
	text, err := os.ReadFile("../docs/features.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`Test[A-Z][A-Za-z0-9]+`")
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") || len(cells) != 3 || strings.HasPrefix(cells[0], "---") || strings.TrimSpace(cells[1]) == "" {
			continue
		}
		rows++
		what, is, why := strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
		words := strings.TrimSpace(named.ReplaceAllString(why, ""))
		switch is {
		case "yes":
			if !named.MatchString(why) {
				t.Errorf("%q is said to be there, and no test shows it", what)
			}
		case "in part", "no":
			if len(words) < 20 {
				t.Errorf("%q: why is it not there, or not all of it? %q", what, why)
			}
		default:
			t.Errorf("%q: is it there? %q", what, is)
		}
	}
	if rows < 52 {
		t.Errorf("want what the field has, 52 rows at least, got %d", rows)
	}
}
