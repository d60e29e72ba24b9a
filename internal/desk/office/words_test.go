package office_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/locker"
	"lockerd/internal/wording"
	"lockerd/internal/wording/wordingtest"
)

// TestEveryTextInEveryLanguage: the office speaks every language that kiosks do, with the same texts, and every kind of record has words.
func TestEveryTextInEveryLanguage(t *testing.T) {
	english := wordingtest.Texts(t, "en", "languages")
	languages := wording.Folder{Files: os.DirFS("."), Path: "languages"}.Languages()
	if want := wording.Records.Languages(); !slices.Equal(languages, want) {
		t.Errorf("want the languages %q, got %q", want, languages)
	}
	for _, code := range languages {
		here := wordingtest.Texts(t, code, "languages")
		wordingtest.Compare(t, code, english, here)
		told := wordingtest.Texts(t, code, "languages", "../../wording/log")
		for _, kind := range slices.Sorted(slices.Values(locker.Kinds())) {
			if told["event."+strings.ReplaceAll(kind, ".", "_")] == nil {
				t.Errorf("%s: there are no words for %s", code, kind)
			}
		}
	}
}
