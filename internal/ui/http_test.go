package ui_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

// answer is what a request brought, without its body.
type answer struct {
	status int
	header http.Header
}

func get(t *testing.T, url string) (answer, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header}, string(body)
}

func TestConfigValidate(t *testing.T) {
	tests := []struct {
		name, listen, night, want string
	}{
		{"usual", "127.0.0.1:8080", "21:00-06:30", ""},
		{"any port, never dark", "127.0.0.1:0", "", ""},
		{"by name", "localhost:8080", "", ""},
		{"IPv6", "[::1]:8080", "", ""},
		{"every address", "0.0.0.0:8080", "", "loopback only"},
		{"no address", ":8080", "", "loopback only"},
		{"the network's address", "192.168.1.4:8080", "", "loopback only"},
		{"another name", "localhost.example.org:8080", "", "loopback only"},
		{"no port", "127.0.0.1", "", "missing port"},
		{"port by name", "127.0.0.1:http", "", "not a number"},
		{"port too large", "127.0.0.1:65536", "", "not a number"},
		{"night without an end", "127.0.0.1:8080", "21:00", "two times of day"},
		{"night beyond the day", "127.0.0.1:8080", "21:00-24:30", "not a time of day"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := ui.Config{Listen: tt.listen, Night: tt.night}.Validate()
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("want no error, got %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("want an error with %q, got %v", tt.want, err)
			}
		})
	}
}

func TestPageIsStrict(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	s.Show(base(locker.StepHome, locker.ActionPickup, locker.ActionCourier))
	res, page := get(t, web.URL)
	for name, want := range map[string]string{
		"X-Frame-Options":        "DENY",
		"X-Content-Type-Options": "nosniff",
		"Referrer-Policy":        "no-referrer",
		"Cache-Control":          "no-store",
		"Content-Type":           "text/html; charset=utf-8",
	} {
		if got := res.header.Get(name); got != want {
			t.Errorf("%s: want %q, got %q", name, want, got)
		}
	}
	csp := res.header.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'",
	} {
		if !strings.Contains(csp, want) {
			t.Errorf("the policy lacks %q: %s", want, csp)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("the policy has a hole: %s", csp)
	}
	for _, inline := range []string{"<style", "style=", "onclick", "javascript:", "http://", "https://"} {
		if strings.Contains(page, inline) {
			t.Errorf("the page has %q in it", inline)
		}
	}
}

// unruly is what the page's policy forbids: a style or a script in the page itself.
var unruly = regexp.MustCompile(`<style|<script[^>]*>[^<]|<[^>]*\s(?:style|on[a-z]+)=`)

func TestEveryScreenRendersWhole(t *testing.T) {
	t.Parallel()
	s, _, web := kiosk(t, ui.Config{})
	for _, language := range ui.Languages() {
		if testing.Short() && language != "de" {
			continue
		}
		all := stories()
		for i, st := range slices.Concat(all, all) {
			v := st.view
			v.Language, v.Scanner = language, v.Scanner && i < len(all)
			s.Show(v)
			res, page := get(t, web.URL)
			if res.status != http.StatusOK || !strings.Contains(page, `<h1 id="title"`) {
				t.Errorf("%s in %s: status %d", st.name, language, res.status)
			}
			if found := unruly.FindString(page); found != "" {
				t.Errorf("%s in %s: the page breaks its own policy: %.200s", st.name, language, found)
			}
			for _, bad := range []string{"⟦", "ZgotmplZ", "{door}", "{count}", "<no value>"} {
				if strings.Contains(page, bad) {
					t.Errorf("%s in %s: the page has %q in it", st.name, language, bad)
				}
			}
		}
	}
}

func TestButtonsAreTheViewsActionsAndNoOthers(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	button := regexp.MustCompile(`data-action="([a-z_]+)"`)
	for _, st := range stories() {
		s.Show(st.view)
		_, page := get(t, web.URL)
		shown := map[string]bool{}
		for _, m := range button.FindAllStringSubmatch(page, -1) {
			shown[m[1]] = true
		}
		for _, a := range st.view.Actions {
			if !shown[string(a)] {
				t.Errorf("%s: the action %s cannot be touched", st.name, a)
			}
			delete(shown, string(a))
		}
		for a := range shown {
			t.Errorf("%s: the button %s does nothing", st.name, a)
		}
	}
}

func TestWhatIsForeignIsEscaped(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	v := base(locker.StepScan)
	v.Courier, v.Tracking = `<img src=x onerror="a()">`, `"><script>`
	s.Show(v)
	if _, page := get(t, web.URL); strings.Contains(page, "<img") || strings.Contains(page, "><script>") {
		t.Errorf("a name became a part of the page")
	}
}

func TestAssetsAreNamedByTheirContent(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	s.Show(told(t, "setup-wide-many")) // the largest
	_, page := get(t, web.URL)
	names := regexp.MustCompile(`/static/[a-z]+-[0-9a-f]{12}\.[a-z]+`).FindAllString(page, -1)
	if len(names) != 6 {
		t.Fatalf("want four styles, a script and a mark, got %q", names)
	}
	weight := compressed(t, page)
	for _, name := range names {
		res, body := get(t, web.URL+name)
		if res.status != http.StatusOK || !strings.Contains(res.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: status %d, %q", name, res.status, res.header.Get("Cache-Control"))
		}
		weight += compressed(t, body)
	}
	t.Logf("the page weighs %d bytes compressed", weight)
	if weight > 60_000 {
		t.Errorf("want at most 60 kB compressed, got %d bytes", weight)
	}
	if res, _ := get(t, web.URL+"/static/kiosk.css"); res.status != http.StatusNotFound {
		t.Errorf("an asset without its hash: want 404, got %d", res.status)
	}
}

func compressed(t *testing.T, s string) int {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
