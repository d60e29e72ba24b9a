package office_test

import (
	"encoding/base32"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/account"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/fees"
	"lockerd/internal/desk/office"
	"lockerd/internal/desk/orders"
	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What is personal of the recipient in the books.
const (
	recipientMail  = "ada@recipient.example"
	recipientPhone = "+491701234567"
	pickupCode     = "40718293"
)

// evil is what a cabinet, a courier or a recipient may bring: it must reach a page as text.
const evil = `<script>alert(1)</script><img src=x onerror=alert(2)>"'` + "`{{.}}"

// site is a desk with books, as people reach it over HTTP.
type site struct {
	t      *testing.T
	books  *books.Books
	porter *account.Porter
	office *office.Office
	server *httptest.Server
	log    *strings.Builder
	serve  http.Handler
	seq    map[string]int
	prev   map[string]string
}

// costs is what parcels cost at the operator of these tests.
var costs = &fees.Config{Currency: "EUR", Tariffs: map[string]tariff.Tariff{"storage": {Currency: "EUR", Free: 86400, Steps: []tariff.Rate{{Every: 86400, Price: 250}}, Cap: 1000}}}

// operator is whom cabinets seal photos for.
var operator = credential.NewOperator()

const password = "four small green birds"

func newSite(t *testing.T, cfg office.Config) *site {
	t.Helper()
	b, err := books.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "books.db"), books.Key{1})
	fatal(t, err)
	t.Cleanup(func() { _ = b.Close() })
	s := &site{t: t, books: b, porter: account.New(b), seq: map[string]int{}, prev: map[string]string{}, log: &strings.Builder{}}
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve.ServeHTTP(w, r) }))
	t.Cleanup(s.server.Close)
	s.reopen(cfg, s.server.URL)
	return s
}

// reopen has the desk begin anew, reached at an address.
func (s *site) reopen(cfg office.Config, public string) {
	s.t.Helper()
	var err error
	s.office, err = office.New(cfg, office.Parts{Books: s.books, Orders: s.orders(), Fees: costs, Operator: "Paketpark <Nord>", Language: "en",
		Zone: time.UTC, Public: public, Opener: operator, Log: slog.New(slog.NewTextHandler(s.log, nil))})
	fatal(s.t, err)
	s.serve = s.office.Handler()
}

// record has a cabinet send a record.
func (s *site) record(cabinet, kind string, event any, phone, code string) {
	s.t.Helper()
	body, err := json.Marshal(event)
	fatal(s.t, err)
	s.seq[cabinet]++
	line := contracttest.LineWith("e1", s.seq[cabinet], s.prev[cabinet], kind, string(body))
	line = strings.Replace(line, `"cabinet":"demo-1"`, fmt.Sprintf(`"cabinet":%q`, cabinet), 1)
	s.prev[cabinet] = line
	r, err := contract.ParseEvent([]byte(line))
	fatal(s.t, err)
	record, err := desk.Read(r, nil)
	fatal(s.t, err)
	record.Phone, record.Code = phone, code
	taken, err := s.books.Take(s.t.Context(), cabinet, []desk.Record{record})
	fatal(s.t, err)
	if taken.Verdicts[0] != nil {
		s.t.Fatalf("%s: %v", line, taken.Verdicts[0])
	}
}

// stamp is a time from now as a record says it: what is owed, and what is still expected, depends on the clock.
func stamp(from time.Duration) string { return time.Now().UTC().Add(from).Format(time.RFC3339) }

// furnish gives the desk two cabinets, in one of which a good deal happens, all of it with texts that mean harm where texts are free.
func (s *site) furnish(text string) {
	s.t.Helper()
	ctx := s.t.Context()
	for _, name := range []string{"demo-1", "demo-2"} {
		fatal(s.t, s.books.Enrol(ctx, books.Cabinet{Name: name, Place: "Example Street 5, " + text, Reader: make([]byte, 32)}))
		s.record(name, "journal.epoch_begun", map[string]any{}, "", "")
	}
	fatal(s.t, s.books.Presence(ctx, "demo-1", fmt.Appendf(nil, `{"online":true,"at":"2026-11-29T09:00:00Z","version":%s}`, quoted(text))))
	state := locker.Summary{Cabinet: "demo-1", Epoch: "e1", At: time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC), Service: "ok", Free: map[string]int{"S": 2, "M": 3, text: 1},
		Faults: []locker.Fault{{Kind: "board_lost", What: "bus1/2" + text, Why: text}, {Kind: text, What: text}, {Kind: "door_blocked", Door: 5}, {Kind: "finding", Door: 3, Why: "worn"}}}
	for n := 1; n <= 12; n++ {
		d := locker.DoorSummary{Door: n, Size: "M", State: locker.Closed, Contents: "empty"}
		switch n {
		case 2:
			d.Size, d.State = text, locker.Open
		case 3:
			d.State = locker.Unknown
		case 5:
			d.Blocked = locker.BlockJammed
		case 6:
			d.Contents = "doubtful"
		case 7:
			d.Contents = "parcel"
		case 8:
			d.Contents = text
		}
		state.Doors = append(state.Doors, d)
	}
	payload, err := json.Marshal(state)
	fatal(s.t, err)
	fatal(s.t, s.books.State(ctx, "demo-1", payload, 1))
	type m = map[string]any
	order, err := s.orders().Announce(ctx, "demo-1", "ada", orders.Announcement{Tracking: "JJD000390007", Contact: desk.Contact{Mail: recipientMail, Name: "Ada " + text, Language: "de"},
		Fee: &locker.Terms{Name: short("storage " + text), Currency: "EUR", Due: 1990, Tariff: new(costs.Tariffs["storage"])}})
	fatal(s.t, err)
	s.record("demo-1", "parcel.stored", m{"parcel": "p1", "tracking": "JJD000390007", "door": 7, "size": "M", "company": text, "order": order}, recipientPhone, pickupCode)
	s.record("demo-1", "parcel.period_began", m{"parcel": "p1", "until": stamp(72 * time.Hour)}, "", "")
	s.record("demo-1", "parcel.told", m{"parcel": "p1", "door": 7, "told": stamp(-time.Hour)}, "", "")
	s.record("demo-1", "fee.asked", m{"parcel": "p1", "door": 7, "amount": 1990, "whole": 1990, "currency": "EUR", "until": stamp(time.Hour)}, "", "")
	s.record("demo-1", "fee.paid", m{"parcel": "p1", "door": 7, "reference": "r1 " + text, "amount": 500, "currency": "EUR", "left": 1490}, "", "")
	s.record("demo-1", "parcel.stored", m{"parcel": "p2/" + text, "tracking": text, "door": 9, "size": text}, recipientPhone, "11223344")
	fatal(s.t, s.books.PutCourier(ctx, books.Courier{ID: "c1", Company: "Example Parcel " + text, Cabinets: []string{"demo-1", "demo-2"}, Until: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		"a link", books.Deed{Who: "a test", What: "courier.page", Subject: "c1"}))
	s.record("demo-1", "unlock.requested", m{"door": 7, "unlock": "u1", "parcel": "p1"}, "", "")
	s.record("demo-1", "unlock.ended", m{"door": 7, "unlock": "u1", "outcome": "still_closed"}, "", "")
	s.record("demo-1", "door.forced", m{"door": 3}, "", "")
	s.record("demo-1", "finding.raised", m{"door": 3, "finding": text}, "", "")
	s.record("demo-1", "order.refused", m{"order": "x", "why": text}, "", "")
	s.record("demo-1", "of."+text, m{"tracking": text, "why": text}, "", "")
}

// Of a sender, whom furnishSender has.
const (
	senderMail = "grace@sender.example"
	senderCode = "55667788"
)

// furnishSender has demo-1 expect a sender by the order "desk-sender", and hold what another one has put in, behind door 4.
func (s *site) furnishSender(text string) {
	s.t.Helper()
	type m = map[string]any
	for _, order := range []string{"desk-sender", "desk-sent"} {
		_, err := s.books.Send(s.t.Context(), books.Order{ID: order, Cabinet: "demo-1", Kind: "parcel.announce", By: "a test", Expires: time.Now().Add(time.Hour)},
			&desk.Announcement{Order: order, Cabinet: "demo-1", Tracking: order + " " + short(text), State: desk.Sent, Sends: true, Company: "Example Parcel " + text,
				Contact: desk.Contact{Mail: senderMail, Name: "Grace " + text}}, books.Once{})
		fatal(s.t, err)
		s.record("demo-1", "parcel.announced", m{"order": order, "tracking": order + " " + short(text), "from": "sender", "until": stamp(8 * 24 * time.Hour)}, "", senderCode)
	}
	s.record("demo-1", "parcel.sent", m{"parcel": "s1", "tracking": "desk-sent " + short(text), "door": 4, "size": "M", "company": "Example Parcel " + text, "order": "desk-sent", "unsure": true}, "", "")
	s.record("demo-1", "parcel.announcement_dropped", m{"order": "desk-sent", "why": "stored"}, "", "")
}

// Of a renter and of somebody who shares their door, whom furnishRenter has.
const (
	renterMail = "hedy@renter.example"
	renterCode = "66778899"
	sharerMail = "ben@sharer.example"
	sharerCode = "77889900"
)

// furnishRenter has demo-1 keep a door for a renter by the order "desk-renter", and hold what another one has put in, behind door 10; both are shared.
func (s *site) furnishRenter(text string) {
	s.t.Helper()
	type m = map[string]any
	for _, order := range []string{"desk-renter", "desk-rented"} {
		tracking := order + " " + short(text)
		_, err := s.books.Send(s.t.Context(), books.Order{ID: order, Cabinet: "demo-1", Kind: "parcel.announce", By: "a test", Expires: time.Now().Add(time.Hour)},
			&desk.Announcement{Order: order, Cabinet: "demo-1", Tracking: tracking, State: desk.Sent, Rents: true, Hours: 24, Company: "Example Storage " + text,
				Contact: desk.Contact{Mail: renterMail, Name: "Hedy " + text}}, books.Once{})
		fatal(s.t, err)
		_, err = s.books.Send(s.t.Context(), books.Order{ID: order + "-share", Cabinet: "demo-1", Kind: "parcel.share", By: "a test", Expires: time.Now().Add(time.Hour)},
			&desk.Announcement{Order: order + "-share", Cabinet: "demo-1", Tracking: tracking, State: desk.Sharing, Rents: true, Contact: desk.Contact{Mail: sharerMail, Name: "Ben " + text}}, books.Once{})
		fatal(s.t, err)
		s.record("demo-1", "parcel.announced", m{"order": order, "tracking": tracking, "from": "renter", "until": stamp(8 * 24 * time.Hour)}, "", renterCode)
		s.record("demo-1", "parcel.shared", m{"order": order + "-share", "announced": order, "tracking": tracking, "sharer": "ben-1 " + short(text), "may_end": true}, "", sharerCode)
	}
	s.record("demo-1", "parcel.kept", m{"parcel": "r1", "tracking": "desk-rented " + short(text), "door": 10, "size": "M", "company": "Example Storage " + text, "order": "desk-rented", "first": true}, "", "")
	s.record("demo-1", "parcel.announcement_dropped", m{"order": "desk-rented", "why": "stored"}, "", "")
}

// short is a text that an order takes.
func short(text string) string { return text[:min(len(text), 64)] }

func quoted(text string) []byte {
	out, _ := json.Marshal(text) // a text
	return out
}

func (s *site) orders() *orders.Office {
	signer, err := credential.NewSigner("desk", make([]byte, 32))
	fatal(s.t, err)
	return orders.New(s.books, signer, func() {})
}

// app is a person's phone, which shows another code each time.
type app struct {
	secret string
	step   int
}

func (a *app) shows(t *testing.T) string {
	t.Helper()
	code, err := totp.GenerateCode(a.secret, time.Now().Add(time.Duration(a.step)*30*time.Second))
	fatal(t, err)
	a.step++
	return code
}

// member makes an account; its first code was used.
func (s *site) member(name string, role desk.Role) *app {
	s.t.Helper()
	secret, err := s.porter.Invite(s.t.Context(), name, role, "a test", "")
	fatal(s.t, err)
	person, err := s.porter.Invited(s.t.Context(), secret)
	fatal(s.t, err)
	a := &app{secret: base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(person.Secrets.App), step: -1}
	fatal(s.t, s.porter.Join(s.t.Context(), secret, password, a.shows(s.t), "192.0.2.1"))
	return a
}

// browser is somebody's.
type browser struct {
	*site
	client *http.Client
}

func (s *site) browser() *browser {
	jar, _ := cookiejar.New(nil) // never fails
	return &browser{s, &http.Client{Jar: jar, Transport: s.server.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// signedIn is the browser of a new member.
func (s *site) signedIn(name string, role desk.Role) *browser {
	s.t.Helper()
	a := s.member(name, role)
	b := s.browser()
	answer := b.post("/desk/sign-in", url.Values{"name": {name}, "password": {password}, "code": {a.shows(s.t)}})
	if answer.status != http.StatusSeeOther || answer.header.Get("Location") != "/desk/" {
		s.t.Fatalf("%s: want to be let in, got %d %s", name, answer.status, answer.body)
	}
	return b
}

// answer is what came.
type answer struct {
	status int
	body   string
	header http.Header
	plain  string // the body with its entities read
}

func (b *browser) do(method, path string, body io.Reader, header map[string]string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, body)
	fatal(b.t, err)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	got, err := b.client.Do(r)
	fatal(b.t, err)
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	fatal(b.t, err)
	return answer{got.StatusCode, string(text), got.Header, html.UnescapeString(string(text))}
}

func (b *browser) get(path string) answer { return b.do("GET", path, nil, nil) }

func (b *browser) post(path string, form url.Values) answer {
	return b.do("POST", path, strings.NewReader(form.Encode()), map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"})
}

// sure is a form that is confirmed, with a reason.
func sure(pairs ...string) url.Values {
	v := url.Values{"sure": {"yes"}, "reason": {"they called"}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// places are real values of a path's places.
func places(path string) string {
	return regexp.MustCompile(`\{[a-z$]+\}`).ReplaceAllStringFunc(path, func(place string) string {
		return map[string]string{"{$}": "", "{cabinet}": "demo-1", "{door}": "7", "{deed}": "open", "{parcel}": "p1", "{order}": "desk-sender", "{courier}": "none", "{still}": "0.jpg",
			"{name}": "grace", "{secret}": "none"}[place]
	})
}
