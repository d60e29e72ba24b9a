package office_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/office"
)

// TestOnlyTheDeskItselfPosts: what comes from elsewhere is refused before anybody looks at it, for every route that does something.
func TestOnlyTheDeskItselfPosts(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	s.member("grace", desk.Viewer)
	b := s.signedIn("anna", desk.Admin)
	before := deedsOf(t, s)
	for _, r := range office.Routes {
		if r.Method != http.MethodPost {
			continue
		}
		for _, header := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}} {
			header["Content-Type"] = "application/x-www-form-urlencoded"
			form := sure("deed", "bar", "days", "3", "cabinet", "demo-1", "tracking", "JJD000390007", "name", "grace", "role", "admin")
			if got := b.do(r.Method, places(r.Path), strings.NewReader(form.Encode()), header); got.status != http.StatusForbidden {
				t.Errorf("%s with %v: want it refused, got %d", r.Path, header, got.status)
			}
		}
	}
	if after := deedsOf(t, s); after != before {
		t.Errorf("want nothing done, got %d deeds more", after-before)
	}
}

func deedsOf(t *testing.T, s *site) int {
	t.Helper()
	deeds, err := s.books.Deeds(t.Context(), books.DeedFilter{}, 10_000)
	fatal(t, err)
	return len(deeds)
}

// TestASessionIsNobodyElses: the cookie is new at each sign-in whatever the browser had before, no script reads it, and it counts no more
// once its owner has left.
func TestASessionIsNobodyElses(t *testing.T) {
	s := newSite(t, office.Config{})
	a := s.member("ada", desk.Staff)
	b := s.browser()
	base, err := url.Parse(s.server.URL)
	fatal(t, err)
	b.client.Jar.SetCookies(base, []*http.Cookie{{Name: "desk", Value: "planted-by-somebody-else", Path: "/"}})
	in := b.post("/desk/sign-in", url.Values{"name": {"ada"}, "password": {password}, "code": {a.shows(t)}})
	cookie := in.header.Get("Set-Cookie")
	for _, want := range []string{"desk=", "HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("want %q in %q", want, cookie)
		}
	}
	if strings.Contains(cookie, "planted") {
		t.Error("want a session that nobody knows")
	}
	held := b.client.Jar.Cookies(base)
	thief := s.browser()
	thief.client.Jar.SetCookies(base, []*http.Cookie{{Name: "desk", Value: "planted-by-somebody-else", Path: "/"}})
	if got := thief.get("/desk/"); got.status != http.StatusSeeOther {
		t.Errorf("want what was planted to open nothing, got %d", got.status)
	}
	again := b.post("/desk/sign-in", url.Values{"name": {"ada"}, "password": {password}, "code": {a.shows(t)}})
	if again.status != http.StatusSeeOther || again.header.Get("Set-Cookie") == cookie {
		t.Errorf("want another session, got %d", again.status)
	}
	thief.client.Jar.SetCookies(base, held)
	if got := thief.get("/desk/"); got.status != http.StatusSeeOther {
		t.Errorf("want the session of before to have ended, got %d", got.status)
	}
	held = b.client.Jar.Cookies(base)
	if got := b.post("/desk/sign-out", nil); got.status != http.StatusSeeOther {
		t.Errorf("want to sign out, got %d", got.status)
	}
	thief.client.Jar.SetCookies(base, held)
	if got := thief.get("/desk/"); got.status != http.StatusSeeOther {
		t.Errorf("want nothing open after signing out, got %d", got.status)
	}
}

// TestBehindTLS: the cookie is for this host alone and never sent in clear, and the page's headers say so.
func TestBehindTLS(t *testing.T) {
	s := newSite(t, office.Config{})
	s.reopen(office.Config{}, "https://parcels.example")
	a := s.member("ada", desk.Staff)
	in := s.browser().post("/desk/sign-in", url.Values{"name": {"ada"}, "password": {password}, "code": {a.shows(t)}})
	if cookie := in.header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-desk=") || !strings.Contains(cookie, "Secure") {
		t.Errorf("want a cookie for TLS, got %q", cookie)
	}
	for name, want := range map[string]string{"Strict-Transport-Security": "max-age=31536000", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin"} {
		if got := in.header.Get(name); got != want {
			t.Errorf("%s: want %q, got %q", name, want, got)
		}
	}
	policy := in.header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("want a strict policy, got %q", policy)
	}
}

// TestWhoGuessesWaits: passwords and invitations, each address by itself, as the proxy on this machine tells it.
func TestWhoGuessesWaits(t *testing.T) {
	s := newSite(t, office.Config{})
	a := s.member("ada", desk.Staff)
	b := s.browser()
	try := func(address, word, code string) int {
		form := url.Values{"name": {"ada"}, "password": {word}, "code": {code}}
		return b.do("POST", "/desk/sign-in", strings.NewReader(form.Encode()), map[string]string{"Content-Type": "application/x-www-form-urlencoded",
			"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": "203.0.113.1, " + address}).status
	}
	for i := range 5 {
		if got := try("192.0.2.7", "wrong", "000000"); got != http.StatusForbidden {
			t.Errorf("try %d: want it refused, got %d", i, got)
		}
	}
	if got := try("192.0.2.7", password, a.shows(t)); got != http.StatusTooManyRequests {
		t.Errorf("want the sixth to wait, right or not, got %d", got)
	}
	if got := try("192.0.2.8", password, a.shows(t)); got != http.StatusSeeOther {
		t.Errorf("want ada in from elsewhere, got %d", got)
	}
	secret, err := s.porter.Invite(t.Context(), "linus", desk.Viewer, "a test", "")
	fatal(t, err)
	for range 20 {
		if got := b.get("/desk/join/guess"); got.status != http.StatusNotFound {
			t.Fatalf("want a guess to find nothing, got %d", got.status)
		}
	}
	if got := b.get("/desk/join/" + secret); got.status != http.StatusNotFound {
		t.Errorf("want who guesses invitations to wait, got %d", got.status)
	}
	if strings.Contains(s.log.String(), secret) || strings.Contains(s.log.String(), password) {
		t.Error("a secret is in the log")
	}
}

// TestAPageThatAsksByItself keeps no session alive, and gets nothing it has already.
func TestAPageThatAsksByItself(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	b := s.signedIn("vera", desk.Viewer)
	first := b.get("/desk/cabinets/demo-1/now")
	if first.status != http.StatusOK || !strings.Contains(first.body, `id="door-7"`) || strings.Contains(first.body, "<html") {
		t.Fatalf("want the doors alone, got %d %s", first.status, first.body)
	}
	if again := b.do("GET", "/desk/cabinets/demo-1/now", nil, map[string]string{"If-None-Match": first.header.Get("ETag")}); again.status != http.StatusNotModified || again.body != "" {
		t.Errorf("want nothing where nothing has changed, got %d", again.status)
	}
	fatal(t, s.books.Presence(t.Context(), "demo-1", []byte(`{"online":false}`)))
	if now := b.do("GET", "/desk/cabinets/demo-1/now", nil, map[string]string{"If-None-Match": first.header.Get("ETag")}); now.status != http.StatusOK || !strings.Contains(now.body, "not connected") {
		t.Errorf("want what has changed, got %d", now.status)
	}
	if got := s.browser().get("/desk/cabinets/demo-1/now"); got.status != http.StatusUnauthorized {
		t.Errorf("want a page without a session told so, got %d", got.status)
	}
}
