package office_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/office"
	"lockerd/internal/ui/uitest"
)

const patience = 30 * time.Second

func TestMain(m *testing.M) { os.Exit(uitest.Main(m)) }

// newTab opens a tab with cookies of its own.
func newTab(t *testing.T) context.Context {
	t.Helper()
	return uitest.Tab(t, chromedp.WithNewBrowserContext())
}

func do(t *testing.T, tab context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	limited, stop := context.WithTimeout(tab, patience)
	defer stop()
	if err := chromedp.Do(limited, steps...); err != nil {
		t.Fatal(err)
	}
}

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

// wait waits until a script says true.
func wait(t *testing.T, tab context.Context, what, script string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		limited, stop := context.WithTimeout(tab, patience)
		is, err := chromedp.Run(limited, chromedp.Evaluate[bool](script)) // a page that is just left says nothing
		stop()
		if err == nil && is {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: not in %s: %v", what, patience, err)
		}
	}
}

// arrive signs somebody in as people do: they fill in the form.
func (s *site) arrive(tab context.Context, name string, role desk.Role) {
	s.t.Helper()
	a := s.member(name, role)
	do(s.t, tab, chromedp.Navigate(s.server.URL+"/desk/"))
	wait(s.t, tab, "the way to sign in", `location.pathname === "/desk/sign-in"`)
	eval[bool](s.t, tab, fmt.Sprintf(`(() => { const f = document.querySelector("form[action='/desk/sign-in']");
		f.elements.name.value = %q; f.elements.password.value = %q; f.elements.code.value = %q; f.requestSubmit(); return true })()`, name, password, a.shows(s.t)))
	wait(s.t, tab, "signed in", `location.pathname === "/desk/" && document.readyState === "complete"`)
}

// faults finds what does not fit: the page is wider than the glass, or something reaches out of it.
const faults = `(() => { const found = [], w = innerWidth;
	if (document.documentElement.scrollWidth > w) found.push("the page is wider than the glass");
	for (const e of document.querySelectorAll("body *")) {
		if (!e.checkVisibility() || e.closest(".scroll, .unseen, .skip, .sprite") || e.closest("svg") && e.tagName !== "svg") continue;
		const b = e.getBoundingClientRect();
		if (b.width && (b.left < -1 || b.right > w + 1)) found.push((e.className.baseVal ?? e.className) + " " + e.tagName + " reaches out");
	}
	return found })()`

// visits are pages that are looked at: where, and what to do there first.
var visits = []struct{ name, path, first string }{
	{"cabinets", "/desk/", ""},
	{"cabinet", "/desk/cabinets/demo-1", ""},
	{"cabinet-unseen", "/desk/cabinets/demo-2", ""},
	{"door", "/desk/cabinets/demo-1/doors/7", `document.querySelector("summary").click()`},
	{"parcels", "/desk/parcels?q=JJD000390007", ""},
	{"parcel", "/desk/parcels/demo-1/p1", `document.querySelectorAll("details").forEach(d => d.open = true)`},
	{"announce", "/desk/announce", ""},
	{"alarms", "/desk/alarms", ""},
	{"couriers", "/desk/couriers", ""},
	{"people", "/desk/people", ""},
	{"audit", "/desk/audit", ""},
	{"error", "/desk/nothing", ""},
}

// TestPagesFitEverybody: each page in each language, on a large and a small glass, without anything that reaches out; by axe's rules each page on
// either glass, in one language after the other.
// LOCKERD_SCREENSHOTS names a folder for pictures.
func TestPagesFitEverybody(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("in the yard")
	s.member("grace", desk.Viewer)
	invitation, err := s.porter.Invite(t.Context(), "linus", desk.Staff, "a test", "")
	fatal(t, err)
	tab := newTab(t)
	dir, script := os.Getenv("LOCKERD_SCREENSHOTS"), uitest.Axe(t)
	look := func(name string, inspect bool) {
		t.Helper()
		if inspect {
			eval[bool](t, tab, script+"; true")
			for _, found := range eval[[]string](t, tab, uitest.Inquire, chromedp.EvalAwaitPromise) {
				t.Errorf("%s: %s", name, found)
			}
		}
		for _, found := range eval[[]string](t, tab, faults) {
			t.Errorf("%s: %s", name, found)
		}
		if dir == "" {
			return
		}
		png, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
		fatal(t, err)
		fatal(t, os.MkdirAll(dir, 0o755))
		fatal(t, os.WriteFile(filepath.Join(dir, "desk-"+name+".png"), png, 0o644))
	}
	glasses := []struct {
		name          string
		width, height int64
	}{{"1024x768", 1024, 768}, {"360x740", 360, 740}}
	tongues := []string{"de", "en", "zh", "ar"}
	outside := []struct{ name, path, first string }{{"signin", "/desk/sign-in", ""}, {"join", "/desk/join/" + invitation, ""}}
	for i, pages := range [][]struct{ name, path, first string }{outside, visits} {
		if i == 1 {
			s.arrive(tab, "anna", desk.Admin)
		}
		for c, code := range tongues {
			do(t, tab, chromedp.Navigate(s.server.URL+pages[0].path))
			eval[bool](t, tab, fmt.Sprintf(`document.querySelector("footer button[value=%s]").click(), true`, code))
			wait(t, tab, "in "+code, fmt.Sprintf(`document.documentElement.lang === %q && document.readyState === "complete"`, code))
			for g, glass := range glasses {
				do(t, tab, chromedp.EmulateViewport(glass.width, glass.height))
				for n, v := range pages {
					do(t, tab, chromedp.Navigate(s.server.URL+v.path))
					if v.first != "" {
						eval[any](t, tab, v.first+"; null")
					}
					look(v.name+"-"+code+"-"+glass.name, (n+2*g)%len(tongues) == c) // axe takes its time: each page twice
				}
			}
		}
	}
	// Pages that only a form brings about.
	for name, script := range map[string]string{
		"recipient": `document.querySelector("form[action$=recipient]").requestSubmit()`,
		"refused":   `(() => { const d = document.querySelector("details form"); d.noValidate = true; d.requestSubmit() })()`,
	} {
		do(t, tab, chromedp.Navigate(s.server.URL+"/desk/parcels/demo-1/p1"))
		eval[any](t, tab, `window.before = true; `+script+`; null`)
		wait(t, tab, name, `!window.before && document.readyState === "complete"`)
		look(name+"-ar-360x740", true)
	}
}

// TestWhatOthersBringIsText: markup in whatever a cabinet, a courier or a recipient brings stands on the pages as text. The tree is
// searched for elements that only markup can have made.
func TestWhatOthersBringIsText(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish(evil)
	b := s.signedIn("stan", desk.Staff)
	b.post("/desk/alarms", nil)
	file := b.upload("cabinet,tracking,mail,<script>alert(1)</script>\n\"" + strings.ReplaceAll(evil, `"`, `""`) + "\",T1,a@b.example,x\n")
	if strings.Contains(file.body, "<script>alert") {
		t.Error("a file's cells are markup")
	}
	tab := newTab(t)
	s.arrive(tab, "anna", desk.Admin)
	shown := 0
	check := func(path string) {
		t.Helper()
		for _, found := range eval[[]string](t, tab, `[...document.querySelectorAll("script:not([src='/desk/desk.js']), [onerror], [onload], img[src=x], iframe, [src^='javascript'], [href^='javascript']")].map(e => e.outerHTML.slice(0, 80))`) {
			t.Errorf("%s: %s", path, found)
		}
		if eval[bool](t, tab, `document.body.innerText.includes("<script>alert(1)</script>")`) {
			shown++
		}
	}
	paths := []string{"/desk/parcels?q=%3Cscript%3Ealert(1)%3C/script%3E&status=%22%3E%3Cscript%3E&cabinet=%3Cimg%20src=x%20onerror=alert(1)%3E",
		"/desk/audit?who=%3Cscript%3Ealert(1)%3C/script%3E", "/desk/parcels/demo-1/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
		"/desk/parcels/demo-1/p1?order=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/desk/cabinets/demo-1/now", "/desk/cabinets", "/desk/cabinets/demo-1/doors/2", "/desk/cabinets/demo-1/doors/8"}
	for _, v := range visits {
		paths = append(paths, v.path)
	}
	for _, path := range paths {
		do(t, tab, chromedp.Navigate(s.server.URL+path))
		check(path)
	}
	// The parcel whose id means harm, by the link that the list has, and who it is for.
	do(t, tab, chromedp.Navigate(s.server.URL+"/desk/parcels"))
	eval[any](t, tab, `[...document.querySelectorAll("a")].find(a => a.innerText.includes("<script>") && a.pathname.includes("/p2")).click(); null`)
	wait(t, tab, "the parcel", `location.pathname.startsWith("/desk/parcels/demo-1/p2") && !!document.querySelector(".story")`)
	check("the parcel")
	do(t, tab, chromedp.Navigate(s.server.URL+"/desk/parcels/demo-1/p1"))
	eval[any](t, tab, `document.querySelector("form[action$=recipient]").requestSubmit(); null`)
	wait(t, tab, "the recipient", `!!document.querySelector(".code")`)
	check("the recipient")
	// What a page fetches by itself is put into it as text, too.
	do(t, tab, chromedp.Navigate(s.server.URL+"/desk/cabinets/demo-1"))
	eval[any](t, tab, `document.querySelector(".doors").remove(); null`)
	wait(t, tab, "the doors are back", `!!document.querySelector(".doors")`)
	check("the doors, fetched")
	if shown < 10 {
		t.Errorf("want the text seen on many pages, got %d: is it planted?", shown)
	}
}

// TestAnotherSiteDoesNothing: a page of another origin on the same host, which the browser sends cookies from, has the browser of an admin
// post; nothing is done.
func TestAnotherSiteDoesNothing(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	s.member("grace", desk.Viewer)
	tab := newTab(t)
	s.arrive(tab, "anna", desk.Admin)
	reached := make(chan string, 10)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/reached" {
			reached <- r.URL.RawQuery
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>elsewhere</title><form method="post" action="%s/desk/people/grace"><input name="deed" value="bar"></form>`, s.server.URL)
	}))
	t.Cleanup(elsewhere.Close)
	do(t, tab, chromedp.Navigate(elsewhere.URL))
	eval[any](t, tab, `document.forms[0].submit(); null`)
	wait(t, tab, "the answer", fmt.Sprintf(`location.origin === %q && document.readyState === "complete"`, s.server.URL))
	if text := eval[string](t, tab, `document.body.innerText`); !strings.Contains(text, "cross-origin") {
		t.Errorf("want the request refused for where it comes from, got %q", text)
	}
	do(t, tab, chromedp.Navigate(elsewhere.URL))
	eval[any](t, tab, fmt.Sprintf(`fetch("%s/desk/people/grace", { method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams({ deed: "bar" }) })
		.finally(() => fetch("/reached?post")); null`, s.server.URL))
	<-reached
	if grace, err := s.books.Person(t.Context(), "grace"); err != nil || !grace.Barred.IsZero() {
		t.Errorf("want grace not barred, got %+v, %v", grace, err)
	}
	// The same, from the desk itself, is done: the test would notice.
	do(t, tab, chromedp.Navigate(s.server.URL+"/desk/people"))
	eval[any](t, tab, `document.querySelector("form[action$=grace] button[value=bar]").click(); null`)
	wait(t, tab, "barred", `!!document.querySelector("button[value=admit]")`)
	deeds, err := s.books.Deeds(t.Context(), books.DeedFilter{Who: "anna"}, 5)
	fatal(t, err)
	if deeds[0].What != "account.barred" || deeds[0].Subject != "grace" {
		t.Errorf("want it in the audit, got %+v", deeds[0].Deed)
	}
}
