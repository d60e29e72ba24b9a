package ui_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"lockerd/internal/ui"
	"lockerd/internal/ui/uitest"
	"lockerd/internal/wording/wordingtest"
)

// missing draws each character in the page's own fonts and gives those that look like one that no font has: a character
// for private use. Blanks and marks that are only seen on others are not asked for.
const missing = `((chars, lang) => {
	const c = document.createElement("canvas"), g = c.getContext("2d", { willReadFrequently: true });
	c.width = c.height = 48;
	document.documentElement.lang = lang;
	g.font = "32px " + getComputedStyle(document.documentElement).fontFamily;
	const draw = text => {
		g.clearRect(0, 0, 48, 48);
		g.fillText(text, 4, 36);
		return g.getImageData(0, 0, 48, 48).data.join();
	};
	const nothing = draw(" ");
	const unknown = ["\ue123", "\uf345", "\u{10fffd}"].map(draw);
	return chars.filter(c => { const d = draw(c); return d === nothing || unknown.includes(d); });
})`

// characters are those of a language's texts.
func characters(t *testing.T, code string) []string {
	t.Helper()
	var all []string
	for _, forms := range texts(t, code) {
		for _, s := range forms {
			all = append(all, strings.Split(wordingtest.Placeholder.ReplaceAllString(s, ""), "")...)
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(c string) bool { return strings.TrimSpace(c) == "" })
}

func TestEveryCharacterHasAGlyph(t *testing.T) {
	t.Parallel()
	tab := uitest.Undrawn(t, false)
	_, _, web := kiosk(t, ui.Config{})
	do(t, tab, chromedp.Navigate(web.URL))
	lacking := func(code string, chars []string) []string {
		list, err := json.Marshal(chars)
		if err != nil {
			t.Fatal(err)
		}
		return eval[[]string](t, tab, fmt.Sprintf("%s(%s, %q)", missing, list, code))
	}
	if got := lacking("en", []string{"A", "\ue124", "\u0378"}); !slices.Equal(got, []string{"\ue124", "\u0378"}) {
		t.Fatalf("want a character for private use and one that is not assigned to be missed, got %q", got)
	}
	for _, code := range ui.Languages() {
		chars := characters(t, code)
		if got := lacking(code, chars); len(got) > 0 {
			t.Errorf("%s: no font has %q: are fonts-noto-core and fonts-noto-cjk installed?", code, got)
		}
		t.Logf("%s: %d characters", code, len(chars))
	}
}
