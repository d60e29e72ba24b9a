package office_test

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/desk/office"
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

// TestLanguages: a page is in the language that the browser asks for, or the one that was chosen, in its direction; each page leads to all.
func TestLanguages(t *testing.T) {
	s := newSite(t, office.Config{})
	for code, want := range map[string]string{"en": "ltr", "de": "ltr", "ar": "rtl", "zh": "ltr", "ar-EG": "rtl", "zh-TW": "ltr"} {
		lang, _, _ := strings.Cut(code, "-")
		html := `<html lang="` + lang + `" dir="` + want + `">`
		asked := s.browser().do("GET", "/desk/sign-in", nil, map[string]string{"Accept-Language": code + ", fr;q=0.5"})
		chosen := s.browser()
		if got := chosen.post("/desk/language", url.Values{"language": {lang}, "back": {"/desk/sign-in"}}); got.status != http.StatusSeeOther {
			t.Errorf("%s: want it chosen, got %d", lang, got.status)
		}
		for how, page := range map[string]answer{"asked for": asked, "chosen": chosen.get("/desk/sign-in")} {
			if !strings.Contains(page.body, html) || strings.Count(page.body, `name="language"`) != len(wording.Records.Languages()) {
				t.Errorf("%s %s: want %s and every language to choose, got\n%s", code, how, html, page.body)
			}
		}
	}
}
