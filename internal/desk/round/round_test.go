package round_test

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"lockerd/internal/credential"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/round"
	"lockerd/internal/wording/wordingtest"
)

// TestACouriersRound: what is theirs, what is anybody's, what is to be taken back, which doors are free and how old that is.
func TestACouriersRound(t *testing.T) {
	s := newSite(t)
	list := s.get(s.page["ada"])
	for _, want := range []string{"demo-1", "demo-2", mine, "2 parcels to bring", "1 parcel to take back", "0 parcels to bring", "not told its doors yet"} {
		if !strings.Contains(list.body, want) {
			t.Errorf("want %q on the round, got %d\n%s", want, list.status, list.body)
		}
	}
	one := s.get(s.page["ada"] + "/at/demo-1")
	for _, want := range []string{"MINE1", "ANY1", "OLD0", "Door 7", "qr.png", "not heard of it yet", "not connected", "just now", `value="S">S (2)`} {
		if !strings.Contains(one.body, want) {
			t.Errorf("want %q on the cabinet's page, got %d\n%s", want, one.status, one.body)
		}
	}
	fatal(t, s.books.Presence(t.Context(), "demo-1", []byte(`{"online":true}`)))
	if got := s.get(s.page["ada"] + "/at/demo-1"); strings.Contains(got.body, "not connected") {
		t.Errorf("want a connected cabinet to be called so, got\n%s", got.body)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex", "Set-Cookie": ""} {
		if got := one.header.Get(name); got != want {
			t.Errorf("%s: want %q, got %q", name, want, got)
		}
	}
}

// TestNobodySeesAnothersParcels crawls every route with every courier's link, that of nobody and one that has ended: what is another
// company's is on none of them, nor is anything personal; a cabinet that is not of the round is not there.
func TestNobodySeesAnothersParcels(t *testing.T) {
	s := newSite(t)
	ended, err := s.register().Put(t.Context(), books.Courier{ID: "zoe", Company: mine, Cabinets: []string{"demo-1"}, Until: time.Now().Add(48 * time.Hour)}, "", "a test", "")
	fatal(t, err)
	fatal(t, s.register().End(t.Context(), "zoe", "a test", ""))
	replaced := s.page["bert"]
	s.page["bert"], err = s.register().Put(t.Context(), books.Courier{ID: "bert", Company: mine, Cabinets: []string{"demo-1"}, Until: time.Now().Add(48 * time.Hour)}, "", "a test", "")
	fatal(t, err)
	if got := s.do("POST", s.page["ada"]+"/at/demo-1/book", url.Values{"size": {"M"}, "hours": {"2"}}, nil); got.status != http.StatusSeeOther {
		t.Fatalf("want a door asked for, got %d", got.status)
	}
	adas := s.ordered("doors.book", "ada")[0].ID
	visits := 0 // each from another address: none has to wait
	personal := []string{"recipient@recipient.example", "The Recipient", "Name of"}
	for _, test := range []struct {
		page   string
		at     map[string]bool // cabinets of the round
		hidden []string
	}{
		{s.page["ada"], map[string]bool{"demo-1": true, "demo-2": true}, []string{"THEIRS1", "OLD1", theirs}},
		{s.page["eve"], map[string]bool{"demo-1": true, "demo-3": true}, []string{"MINE1", "OLD0", mine, adas}},
		{s.page["bert"], map[string]bool{"demo-1": true}, []string{"THEIRS1", "OLD1", theirs, adas}},
		{ended, nil, []string{"MINE1", "ANY1", "OLD0", "demo-1", "Example Street"}},
		{replaced, nil, []string{"MINE1", "ANY1", "OLD0", "demo-1", "Example Street"}},
		{"/c/" + strings.Repeat("A", 26), nil, []string{"MINE1", "THEIRS1", "ANY1", "OLD0", "OLD1", "demo-1", "Example Street"}},
	} {
		for _, r := range round.Routes {
			for i, cabinet := range []string{"demo-1", "demo-2", "demo-3", "none", "..", "%2e%2e"} {
				if i > 0 && !strings.Contains(r.Path, "{cabinet}") {
					break
				}
				visits++
				path := strings.NewReplacer("/c/{link}", test.page, "{cabinet}", cabinet).Replace(r.Path)
				got := s.do(r.Method, path, url.Values{"booking": {adas}, "size": {"none"}, "language": {"none"}, "cabinet": {"demo-3"}},
					map[string]string{"X-Forwarded-For": fmt.Sprintf("2001:db8::%d", visits)})
				for _, secret := range append(test.hidden, personal...) {
					if strings.Contains(got.body, secret) {
						t.Errorf("%s %s shows %q", r.Method, path, secret)
					}
				}
				allowed := len(test.at) > 0 && (!strings.Contains(r.Path, "{cabinet}") || test.at[cabinet])
				if allowed != (got.status == http.StatusOK) && r.Method == http.MethodGet {
					t.Errorf("%s %s: want it there %v, got %d", r.Method, path, allowed, got.status)
				}
				if !allowed && r.Method == http.MethodPost && got.status < 300 {
					t.Errorf("%s %s: want it refused, got %d", r.Method, path, got.status)
				}
				if got.status >= 500 {
					t.Errorf("%s %s: %d %s", r.Method, path, got.status, s.log)
				}
				if !allowed && got.header.Get("Content-Type") == "image/png" {
					t.Errorf("%s shows a code", path)
				}
			}
		}
	}
	for _, courier := range []string{"eve", "bert"} {
		if n := len(s.ordered("doors.unbook", courier)) + len(s.ordered("doors.book", courier)); n != 0 {
			t.Errorf("want nothing done with what is ada's by %s, got %d orders", courier, n)
		}
	}
	if strings.Contains(s.log.String(), strings.TrimPrefix(s.page["ada"], "/c/")) {
		t.Error("a link is in the log")
	}
}

// TestACodeThatSignsIn: it is a token of this cabinet and courier for an hour, another at each look.
func TestACodeThatSignsIn(t *testing.T) {
	s := newSite(t)
	issuers, err := credential.NewIssuers([]credential.Issuer{s.signer.Issuer("tokens")})
	fatal(t, err)
	ids := map[string]bool{}
	for range 2 {
		got := s.get(s.page["ada"] + "/at/demo-2/qr.png")
		picture, _, err := image.Decode(bytes.NewReader([]byte(raw(t, s, s.page["ada"]+"/at/demo-2/qr.png"))))
		fatal(t, err)
		dots, err := gozxing.NewBinaryBitmapFromImage(picture)
		fatal(t, err)
		text, err := qrcode.NewQRCodeReader().Decode(dots, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
		fatal(t, err)
		token := issuers.Token(text.GetText())
		if token.Refusal != "" || token.Cabinet != "demo-2" || token.Courier != "ada" || token.Expires.Sub(token.Issued) != time.Hour || len(text.GetText()) > 256 {
			t.Errorf("want a code for ada at demo-2 for an hour, got %+v of %d bytes", token, len(text.GetText()))
		}
		if ids[token.ID] = true; got.header.Get("Cache-Control") != "no-store" {
			t.Error("a code is kept by others")
		}
	}
	if len(ids) != 2 {
		t.Errorf("want two codes, got %v", ids)
	}
}

// raw is a body as it came.
func raw(t *testing.T, s *site, path string) string {
	t.Helper()
	got, err := http.Get(s.server.URL + path)
	fatal(t, err)
	defer got.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(got.Body)
	fatal(t, err)
	return b.String()
}

// TestADoorIsKept: asked for, kept, given back; refused; used.
func TestADoorIsKept(t *testing.T) {
	s := newSite(t)
	at := s.page["ada"] + "/at/demo-1"
	ask := func(form url.Values) answer { return s.do("POST", at+"/book", form, nil) } // ada's forms have a budget
	for _, wrong := range []url.Values{{}, {"size": {"XXL"}, "hours": {"2"}}, {"size": {"M"}, "hours": {"3"}}, {"size": {"M"}, "hours": {"-1"}}, {"size": {"M"}, "hours": {"9999999999"}}} {
		if got := s.do("POST", s.page["bert"]+"/at/demo-1/book", wrong, nil); got.status != http.StatusBadRequest {
			t.Errorf("%v: want it refused, got %d", wrong, got.status)
		}
	}
	if got := ask(url.Values{"size": {"M"}, "hours": {"2"}}); got.status != http.StatusSeeOther || got.header.Get("Location") != at+"#kept" {
		t.Fatalf("want a door asked for, got %d %s", got.status, got.header.Get("Location"))
	}
	order := s.ordered("doors.book", "ada")[0]
	if got := s.get(at); !strings.Contains(got.body, "no answer yet") {
		t.Errorf("want it said that it was asked for, got\n%s", got.body)
	}
	s.answered(order, "")
	s.state("demo-1", map[int]string{4: order.ID, 5: "another's"})
	got := s.get(at)
	if !strings.Contains(got.body, "Door 4") || !strings.Contains(got.body, "is kept for you") || strings.Contains(got.body, "Door 5") {
		t.Errorf("want door 4 and no other, got\n%s", got.body)
	}
	if other := s.get(s.page["bert"] + "/at/demo-1"); strings.Contains(other.body, "Door 4") {
		t.Error("want what one keeps to be theirs")
	}
	if got := s.do("POST", at+"/unbook", url.Values{"booking": {order.ID}}, nil); got.status != http.StatusSeeOther {
		t.Errorf("want it given back, got %d", got.status)
	}
	if got := s.get(at); strings.Contains(got.body, "Door 4") {
		t.Error("want what was given back not to be kept any more")
	}
	if back := s.ordered("doors.unbook", "ada"); len(back) != 1 {
		t.Errorf("want one order, got %d", len(back))
	}

	ask(url.Values{"size": {"S"}, "hours": {"1"}})
	s.answered(s.ordered("doors.book", "ada")[0], "of that size 0 can be booked now")
	if got := s.get(at); !strings.Contains(got.body, "refused by the cabinet") || !strings.Contains(got.body, "of that size 0") {
		t.Errorf("want the refusal with its reason, got\n%s", got.body)
	}
	for i := range 5 {
		if got := ask(url.Values{"size": {"M"}, "hours": {"1"}}); got.status != http.StatusSeeOther {
			t.Fatalf("door %d: got %d", i, got.status)
		}
	}
	if got := ask(url.Values{"size": {"M"}, "hours": {"1"}}); got.status != http.StatusUnprocessableEntity && got.status != http.StatusTooManyRequests {
		t.Errorf("want five doors and no more, got %d", got.status)
	}
	if n := len(s.ordered("doors.book", "ada")); n != 7 {
		t.Errorf("want seven orders, got %d", n)
	}
}

// TestABusyCourierWaits: forms and wrong links have budgets, and whoever comes from elsewhere is refused.
func TestABusyCourierWaits(t *testing.T) {
	s := newSite(t)
	for _, header := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}} {
		if got := s.do("POST", s.page["ada"]+"/at/demo-1/book", url.Values{"size": {"M"}, "hours": {"1"}}, header); got.status != http.StatusForbidden {
			t.Errorf("%v: want it refused, got %d", header, got.status)
		}
	}
	last := 0
	for range 15 {
		last = s.do("POST", s.page["ada"]+"/language", url.Values{"language": {"de"}}, nil).status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("want forms to have a budget, got %d", last)
	}
	if got := s.do("POST", s.page["eve"]+"/language", url.Values{"language": {"de"}}, nil); got.status != http.StatusSeeOther {
		t.Errorf("want each courier a budget of their own, got %d", got.status)
	}
	if got := s.do("POST", s.page["eve"]+"/language", url.Values{"language": {strings.Repeat("x", 1<<20)}}, nil); got.status != http.StatusBadRequest {
		t.Errorf("want a large form refused, got %d", got.status)
	}
	for i := range 40 {
		s.get(fmt.Sprintf("/c/guess%d", i))
	}
	if got := s.get(s.page["ada"]); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" {
		t.Errorf("want who guesses to wait, got %d", got.status)
	}
}

// TestLanguages: chosen on the page, asked for by the browser; nothing is missing in any.
func TestLanguages(t *testing.T) {
	s := newSite(t)
	missing := regexp.MustCompile(`⟦[^⟧]*⟧|\{[a-z]+\}`)
	english := wordingtest.Texts(t, "en", "languages")
	for _, code := range []string{"en", "de", "ar", "zh"} {
		wordingtest.Compare(t, code, english, wordingtest.Texts(t, code, "languages"))
		asked := s.do("GET", s.page["eve"], nil, map[string]string{"Accept-Language": code})
		if !strings.Contains(asked.body, `lang="`+code+`"`) {
			t.Errorf("want what the browser asks for, %s, got\n%.200s", code, asked.body)
		}
		if got := s.do("POST", s.page["ada"]+"/language", url.Values{"language": {code}, "cabinet": {"demo-1"}}, nil); got.header.Get("Location") != s.page["ada"]+"/at/demo-1" {
			t.Errorf("want back to the cabinet, got %d %s", got.status, got.header.Get("Location"))
		}
		for _, path := range []string{s.page["ada"], s.page["ada"] + "/at/demo-1", s.page["ada"] + "/at/demo-3", "/c/none"} {
			got := s.do("GET", path, nil, map[string]string{"Accept-Language": code})
			text := strings.ReplaceAll(got.body, evil, "")
			if !strings.Contains(text, `lang="`+code+`"`) || missing.MatchString(text) || (code == "ar") != strings.Contains(text, `dir="rtl"`) {
				t.Errorf("%s in %s: %q\n%.300s", path, code, missing.FindAllString(text, 3), text)
			}
		}
	}
}

// TestWhoHasAPage: only who has a company, cabinets and an end; what was before is told to the cabinets.
func TestWhoHasAPage(t *testing.T) {
	s := newSite(t)
	soon := time.Now().Add(48 * time.Hour)
	for _, wrong := range []books.Courier{
		{ID: "", Company: mine, Cabinets: []string{"demo-1"}, Until: soon},
		{ID: "a/b", Company: mine, Cabinets: []string{"demo-1"}, Until: soon},
		{ID: "kim", Cabinets: []string{"demo-1"}, Until: soon},
		{ID: "kim", Company: mine, Until: soon},
		{ID: "kim", Company: mine, Cabinets: []string{"demo-1"}},
		{ID: "kim", Company: mine, Cabinets: []string{"demo-1"}, Until: time.Now().Add(2 * round.LongestLife)},
		{ID: "kim", Company: mine, Cabinets: []string{"none"}, Until: soon},
	} {
		if path, err := s.register().Put(t.Context(), wrong, "", "a test", ""); err == nil {
			t.Errorf("%+v: want it refused, got %s", wrong, path)
		}
	}
	if _, err := s.books.Courier(t.Context(), "kim"); err == nil {
		t.Error("want nothing of what was refused in the books")
	}
	_, err := s.register().Put(t.Context(), books.Courier{ID: "ada", Company: mine, Cabinets: []string{"demo-2"}, Until: soon}, "", "a test", "")
	fatal(t, err)
	removed, err := s.books.Orders(t.Context(), books.OrderFilter{Kind: "courier.remove"}, 10)
	fatal(t, err)
	if len(removed) != 1 || removed[0].Cabinet != "demo-1" {
		t.Errorf("want ada removed where her round does not go any more, got %+v", removed)
	}
	fatal(t, s.register().End(t.Context(), "ada", "a test", ""))
	if err := s.register().End(t.Context(), "ada", "a test", ""); err == nil {
		t.Error("want nobody ended twice")
	}
	deeds, err := s.books.Deeds(t.Context(), books.DeedFilter{Subject: "ada"}, 10)
	fatal(t, err)
	if len(deeds) == 0 || deeds[0].What != "courier.remove" || deeds[1].What != "courier.page_ended" {
		t.Errorf("want it in the audit, got %+v", deeds)
	}
}
