package round_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lockerd/internal/ui/uitest"
)

func TestMain(m *testing.M) { os.Exit(uitest.Main(m)) }

const patience = 30 * time.Second

func eval[T any](t *testing.T, tab context.Context, script string, options ...chromedp.EvaluateOption) T {
	t.Helper()
	limited, stop := context.WithTimeout(tab, patience)
	defer stop()
	v, err := chromedp.Run(limited, chromedp.Evaluate[T](script, options...))
	if err != nil {
		t.Fatalf("%.80s: %v", script, err)
	}
	return v
}

func do(t *testing.T, tab context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	limited, stop := context.WithTimeout(tab, patience)
	defer stop()
	if err := chromedp.Do(limited, steps...); err != nil {
		t.Fatal(err)
	}
}

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
	tab, script := uitest.Tab(t, chromedp.WithNewBrowserContext()), uitest.Axe(t)
	do(t, tab, chromedp.EmulateViewport(320, 640))
	if got := s.do("POST", s.page["ada"]+"/at/demo-1/book", url.Values{"size": {"M"}, "hours": {"2"}}, nil); got.status != 303 {
		t.Fatalf("want a door asked for, got %d", got.status)
	}
	for _, code := range []string{"en", "de", "ar", "zh"} {
		do(t, tab, chromedp.Navigate(s.server.URL+s.page["ada"]))
		eval[any](t, tab, fmt.Sprintf(`window.before = true; document.querySelector("footer button[value=%s]").click(); null`, code))
		wait(t, tab, fmt.Sprintf(`!window.before && document.documentElement.lang === %q && document.readyState === "complete"`, code))
		for name, path := range map[string]string{"round": s.page["ada"], "cabinet": s.page["ada"] + "/at/demo-1", "unseen": s.page["ada"] + "/at/demo-2", "error": s.page["ada"] + "/at/none"} {
			do(t, tab, chromedp.Navigate(s.server.URL+path))
			for _, found := range eval[[]string](t, tab, faults) {
				t.Errorf("%s in %s: %s", name, code, found)
			}
			if dir := os.Getenv("LOCKERD_SCREENSHOTS"); dir != "" {
				png, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
				fatal(t, err)
				fatal(t, os.WriteFile(filepath.Join(dir, "courier-"+name+"-"+code+".png"), png, 0o644))
			}
			eval[bool](t, tab, script+"; true")
			for _, found := range eval[[]string](t, tab, uitest.Inquire, chromedp.EvalAwaitPromise) {
				t.Errorf("%s in %s: %s", name, code, found)
			}
		}
	}
	do(t, tab, chromedp.Navigate(s.server.URL+s.page["ada"]+"/at/demo-1"))
	eval[any](t, tab, `window.before = true; document.querySelector("form[action$='/book'] select[name=size]").value = "S"; document.querySelector("form[action$='/book'] button").click(); null`)
	wait(t, tab, `!window.before && document.readyState === "complete"`)
	if n := len(s.ordered("doors.book", "ada")); n != 2 {
		t.Errorf("want another door asked for, got %d orders", n)
	}
}

// wait waits until a script says true.
func wait(t *testing.T, tab context.Context, script string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		limited, stop := context.WithTimeout(tab, patience)
		is, err := chromedp.Run(limited, chromedp.Evaluate[bool](script)) // a page that is just left says nothing
		stop()
		if err == nil && is {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: not in %s: %v", script, patience, err)
		}
	}
}
