package office_test

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
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

// TestDigitsOfEveryScript: a code, a number, a phone and a sum may have the digits that a phone's Arabic, Persian or Chinese keys write, in forms
// and in files, and what a file says of a low door is yes and no in each language.
func TestDigitsOfEveryScript(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	written := func(text string, zero rune) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return zero + r - '0'
			}
			return r
		}, text)
	}
	b, a := s.browser(), s.member("stan", desk.Staff)
	if got := b.post("/desk/sign-in", url.Values{"name": {"stan"}, "password": {password}, "code": {written(a.shows(t), '٠')}}); got.header.Get("Location") != "/desk/" {
		t.Fatalf("want to be let in, got %d", got.status)
	}
	for zero, yes := range map[rune]string{'٠': "نعم", '۰': "ja", '０': "是"} {
		number := "T" + string(zero)
		if got := b.upload("cabinet,tracking,phone,due,low\ndemo-1," + number + written("7", zero) + "," + written("+491701234567", zero) + "," + written("12٫50", zero) + "," + yes + "\n"); got.status != http.StatusOK {
			t.Errorf("%s: want it announced, got %d %s", yes, got.status, got.body)
		}
		found, err := s.books.Announcements(t.Context(), books.AnnouncementFilter{Tracking: "T07"}, 1)
		fatal(t, err)
		if len(found) != 1 || found[0].Contact.Phone != "+491701234567" || found[0].Fee == nil || found[0].Fee.Due != 1250 {
			t.Fatalf("%s: want digits as on a keypad, got %+v", yes, found)
		}
		if got := b.get("/desk/parcels?q=" + url.QueryEscape(number+written("7", zero))); !strings.Contains(got.body, ">T07<") {
			t.Errorf("%s: want it found", yes)
		}
		if got := b.post("/desk/announce/drop", sure("cabinet", "demo-1", "tracking", "T07")); got.status != http.StatusSeeOther {
			t.Errorf("%s: want it taken back, got %d", yes, got.status)
		}
	}
	if got := b.post("/desk/parcels/demo-1/p1/do/paid", sure("amount", "١٤٫٩٠", "reference", "r2")); got.status != http.StatusSeeOther {
		t.Errorf("want the sum read, got %d", got.status)
	}
	if got := b.post("/desk/parcels/demo-1/p1/do/extend", sure("days", "٣")); got.status != http.StatusSeeOther {
		t.Errorf("want the days read, got %d", got.status)
	}
}
