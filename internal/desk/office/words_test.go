package office_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/locker"
)

// keys are the texts of a file, with the forms of each.
func keys(t *testing.T, path string) map[string]bool {
	t.Helper()
	data, err := os.ReadFile(path)
	fatal(t, err)
	var file struct {
		Text map[string]map[string]any
	}
	fatal(t, toml.Unmarshal(data, &file))
	all := map[string]bool{}
	for group, entries := range file.Text {
		for key, value := range entries {
			all[group+"."+key] = true
			if text, is := value.(string); is && strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s.%s is empty", path, group, key)
			}
		}
	}
	return all
}

// TestEveryTextInEveryLanguage: the languages have the same texts, and every kind of record has words.
func TestEveryTextInEveryLanguage(t *testing.T) {
	english := keys(t, "languages/en.toml")
	german := keys(t, "languages/de.toml")
	for key := range english {
		if !german[key] {
			t.Errorf("de.toml lacks %s", key)
		}
	}
	for key := range german {
		if !english[key] {
			t.Errorf("en.toml lacks %s", key)
		}
	}
	for _, code := range []string{"en", "de"} {
		told := keys(t, "../../wording/log/"+code+".toml")
		for _, kind := range slices.Sorted(slices.Values(locker.Kinds())) {
			key := "event." + strings.ReplaceAll(kind, ".", "_")
			if !told[key] && !english[key] {
				t.Errorf("%s: there are no words for %s", code, kind)
			}
		}
	}
}
