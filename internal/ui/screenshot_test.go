package ui_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// faults finds what does not fit: the page scrolls, something reaches out of the glass, a text is cut, or lies on
// another. What is long may be pushed up with a finger, and so may everything where the text is large.
const faults = `(long => {
	const found = [], w = innerWidth, h = innerHeight, r = document.documentElement;
	const large = r.dataset.text === "large";
	if (r.scrollWidth > w || r.scrollHeight > h) found.push("the page is larger than the glass");
	const seen = e => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".unseen");
	const name = e => e.id || e.className.baseVal || e.className || e.tagName;
	const panels = [...document.querySelectorAll("#picture, #controls, #story")];
	const rolling = panels.filter(p => getComputedStyle(p).overflowY === "auto"), rolls = e => rolling.includes(e);
	const rolled = e => rolling.find(p => p.contains(e));
	for (const e of document.querySelectorAll("#kiosk *, #shade *")) {
		if (!seen(e) || e.closest("svg") && e.tagName !== "svg") continue;
		const b = e.getBoundingClientRect(), roll = rolled(e);
		if (b.width && (b.left < -1 || b.right > w + 1 || !roll && (b.top < -1 || b.bottom > h + 1)))
			found.push(name(e) + " reaches out");
		const style = getComputedStyle(e);
		if (e.tagName !== "svg" && style.display !== "inline" && (e.scrollWidth > e.clientWidth + 2
			|| style.overflowY !== "visible" && !rolls(e) && e.scrollHeight > e.clientHeight + 2))
			found.push(name(e) + " is cut");
		const least = e.closest(".plan") ? 44 : 79;
		if (e.tagName === "BUTTON" && (b.width < least || b.height < least)) found.push(name(e) + " is too small to touch");
	}
	const parts = [...document.querySelectorAll(
		"#kiosk > *, #story > *, .ask, .facts, .privacy, .plate, .mark, .buttons, .keypad, .cards, .others, .where, .visit > *, svg.cabinet, progress")]
		.filter(e => seen(e) && e.getBoundingClientRect().height > 0);
	// What is seen of a part: no more than of what it is pushed up in.
	const boxes = parts.map(e => {
		const b = e.getBoundingClientRect(), roll = rolled(e), c = roll && roll !== e && roll.getBoundingClientRect();
		return c ? { left: b.left, right: b.right, top: Math.max(b.top, c.top), bottom: Math.min(b.bottom, c.bottom) } : b;
	});
	for (const [i, a] of parts.entries()) for (const [j, b] of parts.entries()) {
		const p = boxes[i], q = boxes[j];
		if (i >= j || p.top >= p.bottom || q.top >= q.bottom) continue;
		if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1 && !a.contains(b) && !b.contains(a))
			found.push(name(b) + " lies on " + name(a));
	}
	const map = document.querySelector("svg.cabinet");
	if (map && map.getBoundingClientRect().height < h / (large ? 8 : 6)) found.push("the picture is too small");
	for (const e of rolling)
		if (!long && !large && e.scrollHeight > e.clientHeight + 2) found.push(name(e) + " must be pushed up");
	return found;
})`

// shots is the folder that pictures are left in; empty: none are.
func shots(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("LOCKERD_SCREENSHOTS")
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// look finds what does not fit on the screen, and takes a picture of it if there is a folder for it.
func look(t *testing.T, tab context.Context, dir, name string) {
	t.Helper()
	long := strings.HasSuffix(name, "-many")
	for _, f := range eval[[]string](t, tab, fmt.Sprintf("%s(%t)", faults, long)) {
		t.Errorf("%s: %s", name, f)
	}
	picture(t, tab, dir, name)
}

// picture takes one of the screen if there is a folder for it.
func picture(t *testing.T, tab context.Context, dir, name string) {
	t.Helper()
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
	"home": true, "home-posted": true, "code-wrong": true, "pickup-open": true, "thanks": true, "size": true, "drop-closed": true,
	"scan-stored": true, "still-there": true, "doors": true, "menu-tested-many": true,
	"wire-tried": true, "setup-half-many": true, "tracking": true, "sequence": true, "lines-many": true,
}
