package office_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/office"
	"lockerd/internal/ui/uitest"
)

func TestMain(m *testing.M) { os.Exit(uitest.Main(m)) }

// newTab opens a tab with cookies of its own.
func newTab(t *testing.T) context.Context {
	t.Helper()
	return uitest.Undrawn(t, true)
}

// arrive signs somebody in as people do: they fill in the form.
func (s *site) arrive(tab context.Context, name string, role desk.Role) {
	s.t.Helper()
	a := s.member(name, role)
	uitest.Do(s.t, tab, chromedp.Navigate(s.server.URL+"/desk/"))
	uitest.Wait(s.t, tab, "the way to sign in", `location.pathname === "/desk/sign-in"`)
	uitest.Eval[bool](s.t, tab, fmt.Sprintf(`(() => { const f = document.querySelector("form[action='/desk/sign-in']");
		f.elements.name.value = %q; f.elements.password.value = %q; f.elements.code.value = %q; f.requestSubmit(); return true })()`, name, password, a.shows(s.t)))
	uitest.Wait(s.t, tab, "signed in", `location.pathname === "/desk/" && document.readyState === "complete"`)
}

// faults finds what does not fit: the page is wider than the glass, something reaches out of it, or a text is missing or has a place unfilled.
const faults = `(() => { const found = [], w = innerWidth;
	found.push(...(document.body.innerText.match(/⟦[^⟧]*⟧|\{[a-z]+\}/g) ?? []));
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
	{"parcel-sent", "/desk/parcels/demo-1/s1", ""},
	{"parcel-rented", "/desk/parcels/demo-1/r1", `document.querySelectorAll("details").forEach(d => d.open = true)`},
	{"stills", "/desk/parcels/demo-1/p1/stills/stills-p1", ""},
	{"senders", "/desk/parcels?status=to_send", ""},
	{"renters", "/desk/parcels?status=to_rent", ""},
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
	s.furnishSender("in the yard")
	s.furnishRenter("in the yard")
	s.bringStills("p1", "in the yard")
	s.member("grace", desk.Viewer)
	invitation, err := s.porter.Invite(t.Context(), "linus", desk.Staff, "a test", "")
	fatal(t, err)
	tab := newTab(t)
	script := uitest.Axe(t)
	look := func(name string, inspect bool) {
		t.Helper()
		if inspect {
			uitest.Eval[bool](t, tab, script+"; true")
			for _, found := range uitest.Eval[[]string](t, tab, uitest.Inquire, chromedp.EvalAwaitPromise) {
				t.Errorf("%s: %s", name, found)
			}
		}
		for _, found := range uitest.Eval[[]string](t, tab, faults) {
			t.Errorf("%s: %s", name, found)
		}
		uitest.Picture(t, tab, "desk-"+name)
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
			uitest.Do(t, tab, chromedp.Navigate(s.server.URL+pages[0].path))
			uitest.Eval[bool](t, tab, fmt.Sprintf(`document.querySelector("footer button[value=%s]").click(), true`, code))
			uitest.Wait(t, tab, "in "+code, fmt.Sprintf(`document.documentElement.lang === %q && document.readyState === "complete"`, code))
			for g, glass := range glasses {
				uitest.Do(t, tab, chromedp.EmulateViewport(glass.width, glass.height))
				for n, v := range pages {
					uitest.Do(t, tab, chromedp.Navigate(s.server.URL+v.path))
					if v.first != "" {
						uitest.Eval[any](t, tab, v.first+"; null")
					}
					look(v.name+"-"+code+"-"+glass.name, (n+2*g)%len(tongues) == c) // axe takes its time: each page twice
				}
			}
		}
	}
	// Pages that only a form brings about.
	for name, form := range map[string]string{
		"recipient": "form[action$=recipient]", "refused": "details form", "announce-wrong": "form[action='/desk/announce']", "announce-sender": "form[action$='announce/sender/desk-sender']",
		"announce-renter": "form[action$='announce/sender/desk-renter']",
	} {
		path := map[bool]string{true: "/desk/announce", false: "/desk/parcels/demo-1/p1"}[strings.HasPrefix(name, "announce-")]
		uitest.Do(t, tab, chromedp.Navigate(s.server.URL+path))
		uitest.Eval[any](t, tab, fmt.Sprintf(`window.before = true; (f => { f.noValidate = true; f.requestSubmit() })(document.querySelector(%q)); null`, form))
		uitest.Wait(t, tab, name, `!window.before && document.readyState === "complete"`)
		look(name+"-ar-360x740", true)
	}
}

// TestWhatOthersBringIsText: markup in whatever a cabinet, a courier or a recipient brings stands on the pages as text. The tree is
// searched for elements that only markup can have made.
func TestWhatOthersBringIsText(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish(evil)
	s.furnishSender(evil)
	s.furnishRenter(evil)
	s.bringStills("p1", evil)
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
		for _, found := range uitest.Eval[[]string](t, tab, `[...document.querySelectorAll("script:not([src='/desk/desk.js']), [onerror], [onload], img[src=x], iframe, [src^='javascript'], [href^='javascript']")].map(e => e.outerHTML.slice(0, 80))`) {
			t.Errorf("%s: %s", path, found)
		}
		if uitest.Eval[bool](t, tab, `document.body.innerText.includes("<script>alert(1)</script>")`) {
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
		uitest.Do(t, tab, chromedp.Navigate(s.server.URL+path))
		check(path)
	}
	// The parcel whose id means harm, by the link that the list has, and who it is for.
	uitest.Do(t, tab, chromedp.Navigate(s.server.URL+"/desk/parcels"))
	uitest.Eval[any](t, tab, `[...document.querySelectorAll("a")].find(a => a.innerText.includes("<script>") && a.pathname.includes("/p2")).click(); null`)
	uitest.Wait(t, tab, "the parcel", `location.pathname.startsWith("/desk/parcels/demo-1/p2") && !!document.querySelector(".story")`)
	check("the parcel")
	uitest.Do(t, tab, chromedp.Navigate(s.server.URL+"/desk/parcels/demo-1/p1"))
	uitest.Eval[any](t, tab, `document.querySelector("form[action$=recipient]").requestSubmit(); null`)
	uitest.Wait(t, tab, "the recipient", `!!document.querySelector(".code")`)
	check("the recipient")
	for _, who := range []string{"sender", "renter"} {
		uitest.Do(t, tab, chromedp.Navigate(s.server.URL+"/desk/announce"))
		uitest.Eval[any](t, tab, fmt.Sprintf(`document.querySelector("form[action$='announce/sender/desk-%s']").requestSubmit(); null`, who))
		uitest.Wait(t, tab, who, `!!document.querySelector(".code")`)
		check("the " + who)
	}
	uitest.Do(t, tab, chromedp.Navigate(s.server.URL+"/desk/parcels/demo-1/r1"))
	uitest.Eval[any](t, tab, `document.querySelector("form[action$=recipient]").requestSubmit(); null`)
	uitest.Wait(t, tab, "those of a door", `document.querySelectorAll(".code").length === 2`)
	check("those of a door")
	// What a page fetches by itself is put into it as text, too.
	uitest.Do(t, tab, chromedp.Navigate(s.server.URL+"/desk/cabinets/demo-1"))
	uitest.Eval[any](t, tab, `document.querySelector(".doors").remove(); null`)
	uitest.Wait(t, tab, "the doors are back", `!!document.querySelector(".doors")`)
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
	uitest.Do(t, tab, chromedp.Navigate(elsewhere.URL))
	uitest.Eval[any](t, tab, `document.forms[0].submit(); null`)
	uitest.Wait(t, tab, "the answer", fmt.Sprintf(`location.origin === %q && document.readyState === "complete"`, s.server.URL))
	if text := uitest.Eval[string](t, tab, `document.body.innerText`); !strings.Contains(text, "cross-origin") {
		t.Errorf("want the request refused for where it comes from, got %q", text)
	}
	uitest.Do(t, tab, chromedp.Navigate(elsewhere.URL))
	uitest.Eval[any](t, tab, fmt.Sprintf(`fetch("%s/desk/people/grace", { method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams({ deed: "bar" }) })
		.finally(() => fetch("/reached?post")); null`, s.server.URL))
	<-reached
	if grace, err := s.books.Person(t.Context(), "grace"); err != nil || !grace.Barred.IsZero() {
		t.Errorf("want grace not barred, got %+v, %v", grace, err)
	}
	// The same, from the desk itself, is done: the test would notice.
	uitest.Do(t, tab, chromedp.Navigate(s.server.URL+"/desk/people"))
	uitest.Eval[any](t, tab, `document.querySelector("form[action$=grace] button[value=bar]").click(); null`)
	uitest.Wait(t, tab, "barred", `!!document.querySelector("button[value=admit]")`)
	deeds, err := s.books.Deeds(t.Context(), books.DeedFilter{Who: "anna"}, 5)
	fatal(t, err)
	if deeds[0].What != "account.barred" || deeds[0].Subject != "grace" {
		t.Errorf("want it in the audit, got %+v", deeds[0].Deed)
	}
}
