package ui_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"lockerd/internal/ui"
)

// glasses are the screens that cabinets have, in pixels.
var glasses = []struct {
	name          string
	width, height int64
}{
	{"portrait", 1080, 1920},
	{"landscape", 1024, 768},
}

// faults finds what does not fit: the page scrolls, something reaches out of the glass, a text is cut, or lies on
// another. What is long may be pushed up with a finger.
const faults = `(long => {
	const found = [], w = innerWidth, h = innerHeight, r = document.documentElement;
	if (r.scrollWidth > w || r.scrollHeight > h) found.push("the page is larger than the glass");
	const seen = e => e.checkVisibility({ visibilityProperty: true });
	const name = e => e.id || e.className.baseVal || e.className || e.tagName;
	for (const e of document.querySelectorAll("#kiosk *, #shade *")) {
		if (!seen(e) || e.closest("svg") && e.tagName !== "svg") continue;
		const b = e.getBoundingClientRect(), roll = e.closest("#picture:has(.panel, .plan)");
		if (b.width && (b.left < -1 || b.right > w + 1 || !roll && (b.top < -1 || b.bottom > h + 1)))
			found.push(name(e) + " reaches out");
		const style = getComputedStyle(e);
		if (e.tagName !== "svg" && style.display !== "inline" && (e.scrollWidth > e.clientWidth + 2
			|| style.overflowY !== "visible" && e !== roll && e.scrollHeight > e.clientHeight + 2))
			found.push(name(e) + " is cut");
		const least = e.closest(".plan") ? 44 : 79;
		if (e.tagName === "BUTTON" && (b.width < least || b.height < least)) found.push(name(e) + " is too small to touch");
	}
	const parts = [...document.querySelectorAll(
		"#kiosk > *, .ask, .facts, .plate, .mark, .buttons, .keypad, .cards, .others, .where, svg.cabinet, progress")]
		.filter(e => seen(e) && e.getBoundingClientRect().height > 0);
	for (const a of parts) for (const b of parts) {
		if (a === b || a.contains(b) || b.contains(a)) continue;
		const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
		if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1)
			found.push(name(a) + " lies on " + name(b));
	}
	const map = document.querySelector("svg.cabinet");
	if (map && map.getBoundingClientRect().height < h / 6) found.push("the picture is too small");
	const roll = document.querySelector("#picture:has(.panel, .plan)");
	if (roll && !long && roll.scrollHeight > roll.clientHeight + 2) found.push("the panel must be pushed up");
	return found;
})(%t)`

// TestScreens looks at every screen in every language on every glass. With $LOCKERD_SCREENSHOTS set it leaves pictures
// of them in that folder, some by night too: at night nothing lies elsewhere.
func TestScreens(t *testing.T) {
	dir := os.Getenv("LOCKERD_SCREENSHOTS")
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, theme := range []struct{ name, night string }{{"day", ""}, {"night", "00:00-23:59"}} {
		for _, glass := range glasses {
			for _, language := range ui.Languages() {
				if theme.name == "night" && dir == "" {
					continue
				}
				name := fmt.Sprintf("%s-%s-%s", glass.name, language, theme.name)
				t.Run(name, func(t *testing.T) {
					tab := browse(t)
					s, _, web := kiosk(t, ui.Config{Night: theme.night})
					do(t, tab, chromedp.EmulateViewport(glass.width, glass.height), chromedp.Navigate(web.URL))
					look(t, tab, dir, name+"-moment")
					for i, st := range stories() {
						if st.alike || theme.name == "night" && !inTheDark[st.name] {
							continue
						}
						v := st.view
						v.Language, v.Revision = language, uint64(i+1)
						s.Show(v)
						arrived(t, tab, v.Revision)
						look(t, tab, dir, name+"-"+st.name)
						if n, ok := typed[st.name]; ok {
							do(t, tab, chromedp.KeyEvent(n))
							look(t, tab, dir, name+"-"+st.name+"-typed")
						}
					}
				})
			}
		}
	}
}

// look finds what does not fit on the screen, and takes a picture of it if there is a folder for it.
func look(t *testing.T, tab context.Context, dir, name string) {
	t.Helper()
	long := strings.HasSuffix(name, "-many")
	for _, f := range eval[[]string](t, tab, fmt.Sprintf(faults, long)) {
		t.Errorf("%s: %s", name, f)
	}
	if dir == "" {
		return
	}
	png, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// typed is what is typed on some screens: as much as fits.
var typed = map[string]string{"code": "12345678", "pin": "123456789012", "phone": "+491511234566778",
	"tracking": "1Z999AA10123456784-42", "tech-code": "1234567890", "new-pin": "12345678"}

// inTheDark are the screens that are also looked at by night: one of each kind.
var inTheDark = map[string]bool{
	"home": true, "code-wrong": true, "pickup-open": true, "thanks": true, "size": true, "drop-closed": true,
	"scan-stored": true, "still-there": true, "doors": true, "menu-tested-many": true,
	"wire-tried": true, "setup-half-many": true, "tracking": true, "sequence": true, "lines-many": true,
}
