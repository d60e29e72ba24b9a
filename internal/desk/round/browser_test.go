package round_test

import (
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"lockerd/internal/ui/uitest"
)

func TestMain(m *testing.M) { os.Exit(uitest.Main(m)) }

// faults finds what does not fit on a phone: the page is wider than the glass, something reaches out of it, what is touched is too small, or markup
// of others has become elements.
const faults = `(() => { const found = [], w = innerWidth;
	if (document.documentElement.scrollWidth > w) found.push("the page is wider than the glass");
	for (const e of document.querySelectorAll("body *")) {
		const b = e.getBoundingClientRect();
		if (b.width && (b.left < -1 || b.right > w + 1)) found.push(e.className + " " + e.tagName + " reaches out");
		if (e.matches("a, button, select") && b.height < 44) found.push(e.outerHTML.slice(0, 60) + " is " + b.height + " pixels high");
	}
	if (document.querySelector("script, iframe, [onerror]")) found.push("markup of others, or a script");
	return found })()`

// TestOnASmallPhone: each page in each language, by axe's rules, on the smallest phones that are sold, without any script of its own; the
// form works as people use it. LOCKERD_SCREENSHOTS names a folder for pictures.
func TestOnASmallPhone(t *testing.T) {
	s := newSite(t)
	tab, script := uitest.Undrawn(t, true), uitest.Axe(t)
	uitest.Do(t, tab, chromedp.EmulateViewport(320, 640))
	if got := s.do("POST", s.page["ada"]+"/at/demo-1/book", url.Values{"size": {"M"}, "hours": {"2"}}, nil); got.status != 303 {
		t.Fatalf("want a door asked for, got %d", got.status)
	}
	for _, code := range []string{"en", "de", "ar", "zh"} {
		uitest.Do(t, tab, chromedp.Navigate(s.server.URL+s.page["ada"]))
		uitest.Eval[any](t, tab, fmt.Sprintf(`window.before = true; document.querySelector("footer button[value=%s]").click(); null`, code))
		uitest.Wait(t, tab, "the page is another", fmt.Sprintf(`!window.before && document.documentElement.lang === %q && document.readyState === "complete"`, code))
		for name, path := range map[string]string{"round": s.page["ada"], "cabinet": s.page["ada"] + "/at/demo-1", "unseen": s.page["ada"] + "/at/demo-2", "error": s.page["ada"] + "/at/none"} {
			uitest.Do(t, tab, chromedp.Navigate(s.server.URL+path))
			for _, found := range uitest.Eval[[]string](t, tab, faults) {
				t.Errorf("%s in %s: %s", name, code, found)
			}
			uitest.Picture(t, tab, "courier-"+name+"-"+code)
			uitest.Eval[bool](t, tab, script+"; true")
			for _, found := range uitest.Eval[[]string](t, tab, uitest.Inquire, chromedp.EvalAwaitPromise) {
				t.Errorf("%s in %s: %s", name, code, found)
			}
		}
	}
	uitest.Do(t, tab, chromedp.Navigate(s.server.URL+s.page["ada"]+"/at/demo-1"))
	uitest.Eval[any](t, tab, `window.before = true; document.querySelector("form[action$='/book'] select[name=size]").value = "S"; document.querySelector("form[action$='/book'] button").click(); null`)
	uitest.Wait(t, tab, "the page is another", `!window.before && document.readyState === "complete"`)
	if n := len(s.ordered("doors.book", "ada")); n != 2 {
		t.Errorf("want another door asked for, got %d orders", n)
	}
}
