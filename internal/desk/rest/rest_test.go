package rest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
	"lockerd/internal/desk/rest"
	"lockerd/internal/desk/webhook"
)

var update = flag.Bool("update", false, "write docs/openapi.yaml")

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// site is a desk with books and one cabinet, and its interface on a true listener.
type site struct {
	t      *testing.T
	books  *books.Books
	server *httptest.Server
	log    *bytes.Buffer
	seq    int
	prev   string
	all    string // a key with every scope
}

func newSite(t *testing.T) *site {
	t.Helper()
	b, err := books.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "books.db"), books.Key{1})
	fatal(t, err)
	t.Cleanup(func() { _ = b.Close() })
	fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: "demo-1", Place: "Example Street 5", Reader: make([]byte, 32)}))
	signer, err := credential.NewSigner("desk", make([]byte, 32))
	fatal(t, err)
	s := &site{t: t, books: b, log: &bytes.Buffer{}}
	a := rest.New(b, orders.New(b, signer, func() {}), costs, "https://parcels.example", webhook.Config{}, slog.New(slog.NewTextHandler(s.log, nil)))
	s.server = httptest.NewServer(a.Handler())
	t.Cleanup(s.server.Close)
	s.take("journal.epoch_begun", "{}")
	var scopes []string
	for _, scope := range rest.Scopes() {
		scopes = append(scopes, string(scope))
	}
	s.all = s.key(10_000, scopes...)
	return s
}

var keys int

func (s *site) key(perMinute int, scopes ...string) string {
	s.t.Helper()
	keys++
	secret, err := s.books.AddKey(s.t.Context(), fmt.Sprintf("key %d", keys), scopes, perMinute)
	fatal(s.t, err)
	return secret
}

func (s *site) take(kind, event string) {
	s.t.Helper()
	s.seq++
	s.prev = contracttest.LineWith("e1", s.seq, s.prev, kind, event)
	r, err := contract.ParseEvent([]byte(s.prev))
	fatal(s.t, err)
	record, err := desk.Read(r, credential.NewOperator())
	fatal(s.t, err)
	if kind == "parcel.stored" {
		record.Code = "40718293"
	}
	_, err = s.books.Take(s.t.Context(), "demo-1", []desk.Record{record})
	fatal(s.t, err)
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// ask sends a request with a key; header is name: value, ...
func (s *site) ask(key, method, path, body string, header ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+rest.Base+path, strings.NewReader(body))
	fatal(s.t, err)
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	got, err := http.DefaultClient.Do(r)
	fatal(s.t, err)
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	fatal(s.t, err)
	a := answer{status: got.StatusCode, header: got.Header, text: string(text)}
	_ = json.Unmarshal(text, &a.body) // an answer without a body has none
	return a
}

// want asks with all rights, and wants a status.
func (s *site) want(status int, method, path, body string, header ...string) answer {
	s.t.Helper()
	a := s.ask(s.all, method, path, body, header...)
	if a.status != status {
		s.t.Fatalf("%s %s %s: want %d, got %d %s", method, path, body, status, a.status, a.text)
	}
	if status >= 400 && (a.header.Get("Content-Type") != "application/problem+json" || a.body["status"] != float64(status)) {
		s.t.Errorf("%s %s: want a problem, got %s %s", method, path, a.header.Get("Content-Type"), a.text)
	}
	return a
}

// TestTheDocumentIsThatOfTheTypes: docs/openapi.yaml is what the routes say.
func TestTheDocumentIsThatOfTheTypes(t *testing.T) {
	const file = "../../../docs/openapi.yaml"
	got, err := rest.New(nil, nil, nil, "", webhook.Config{}, slog.New(slog.DiscardHandler)).Document()
	fatal(t, err)
	if *update {
		fatal(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	fatal(t, err)
	if !bytes.Equal(got, want) {
		t.Error("docs/openapi.yaml is not what the routes say: go test ./internal/desk/rest -update")
	}
}

// TestAParserTakesTheDocument: one that others use, by the rules of OpenAPI 3.1. `build/test-needs` installs it where it is missing.
func TestAParserTakesTheDocument(t *testing.T) {
	tool, err := filepath.Abs("../../../build/rest")
	fatal(t, err)
	if _, err := os.Stat(filepath.Join(tool, "node_modules/@apidevtools/swagger-parser")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("OpenAPI's parser is missing: build/test-needs")
		}
		t.Skip("OpenAPI's parser is missing: build/test-needs")
	}
	file, err := filepath.Abs("../../../docs/openapi.yaml")
	fatal(t, err)
	out, err := exec.CommandContext(t.Context(), "node", filepath.Join(tool, "openapi.mjs"), file).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "OpenAPI 3.1.0, paths ") {
		t.Errorf("want the document read whole, got %v\n%s", err, out)
	}
}

// operation is one of the document.
type operation struct {
	method, path string
	scope        string
}

// operations are all that the document names, their paths filled with what there is.
func (s *site) operations() (all []operation) {
	s.t.Helper()
	var document struct {
		Paths map[string]map[string]struct {
			Security []map[string][]string
		}
	}
	fatal(s.t, json.Unmarshal([]byte(s.ask("", "GET", "/openapi.json", "").text), &document))
	fill := strings.NewReplacer("{cabinet}", "demo-1", "{parcel}", "p1", "{door}", "7", "{order}", "o1", "{epoch}", "e1", "{seq}", "1", "{courier}", "c1",
		"{issuer}", "i1", "{booking}", "b1", "{webhook}", "shop")
	for path, methods := range document.Paths {
		for method, o := range methods {
			if len(o.Security) != 1 || len(o.Security[0]["key"]) != 1 {
				s.t.Errorf("%s %s: want one scope, got %v", method, path, o.Security)
				continue
			}
			all = append(all, operation{strings.ToUpper(method), fill.Replace(strings.TrimPrefix(path, rest.Base)), o.Security[0]["key"][0]})
		}
	}
	if len(all) < 30 {
		s.t.Fatalf("want the operations of the document, got %d", len(all))
	}
	return all
}

// TestEveryOperationWantsItsScope: each with no key, with a key that is none, with every scope but its own, and with its own alone.
func TestEveryOperationWantsItsScope(t *testing.T) {
	s := newSite(t)
	s.take("parcel.stored", `{"parcel":"p1","tracking":"JJD000390007","door":7}`)
	but, only := map[string]string{}, map[string]string{}
	for _, scope := range rest.Scopes() {
		var others []string
		for _, other := range rest.Scopes() {
			if other != scope {
				others = append(others, string(other))
			}
		}
		but[string(scope)], only[string(scope)] = s.key(10_000, others...), s.key(10_000, string(scope))
	}
	for _, o := range s.operations() {
		for _, test := range []struct {
			name, key string
			refused   int
		}{{"no key", "", 401}, {"no key of ours", "lockerdesk_AAAAAAAAAAAAAAAAAAAAAAAAAA", 401}, {"every other scope", but[o.scope], 403}} {
			if a := s.ask(test.key, o.method, o.path, "{}"); a.status != test.refused || a.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s %s with %s: want %d, got %d %s", o.method, o.path, test.name, test.refused, a.status, a.text)
			}
		}
		if a := s.ask(only[o.scope], o.method, o.path, "{}"); a.status == 401 || a.status == 403 || a.status >= 500 {
			t.Errorf("%s %s with its scope: want it let in, got %d %s", o.method, o.path, a.status, a.text)
		}
	}
	orders, err := s.books.Orders(t.Context(), books.OrderFilter{}, 200)
	fatal(t, err)
	for _, o := range orders {
		if !strings.HasPrefix(o.By, "api key ") {
			t.Errorf("want each order to say whose it is, got %+v", o)
		}
	}
}

// TestAKeyEnds: from the next request on.
func TestAKeyEnds(t *testing.T) {
	s := newSite(t)
	key := s.key(600, string(rest.CabinetsRead))
	list, err := s.books.Keys(t.Context())
	fatal(t, err)
	if a := s.ask(key, "GET", "/cabinets", ""); a.status != 200 {
		t.Fatalf("want it to count, got %d %s", a.status, a.text)
	}
	fatal(t, s.books.RevokeKey(t.Context(), list[len(list)-1].Name))
	if a := s.ask(key, "GET", "/cabinets", ""); a.status != 401 || a.header.Get("WWW-Authenticate") == "" {
		t.Errorf("want it refused, got %d %s", a.status, a.text)
	}
}

// TestAKeyAsksTooOften: the others go on.
func TestAKeyAsksTooOften(t *testing.T) {
	s := newSite(t)
	key, waits := s.key(10, string(rest.CabinetsRead)), 0
	for range 4 {
		if a := s.ask(key, "GET", "/cabinets", ""); a.status == 429 && a.header.Get("Retry-After") != "" {
			waits++
		}
	}
	if waits != 3 {
		t.Errorf("want one request at once and the others to wait, got %d that wait", waits)
	}
	s.want(200, "GET", "/cabinets", "")
}

// TestWhereAnOrderCameFrom: behind a proxy on this machine the audit names whom it speaks for.
func TestWhereAnOrderCameFrom(t *testing.T) {
	s := newSite(t)
	for told, want := range map[string]string{"": "127.0.0.1", "198.51.100.7, 203.0.113.5": "203.0.113.5"} {
		order := s.want(202, "POST", "/cabinets/demo-1/doors/7/open", `{"reason":"a test"}`, "X-Forwarded-For: "+told).body["order"]
		deeds, err := s.books.Deeds(t.Context(), books.DeedFilter{}, 100)
		fatal(t, err)
		i := slices.IndexFunc(deeds, func(d books.Done) bool { return d.Order == order })
		if i < 0 || deeds[i].Place != want {
			t.Errorf("%q: want it from %s in the audit, got %+v", told, want, deeds)
		}
	}
}

// TestAnOrderIsMadeOnce: however often the request comes.
func TestAnOrderIsMadeOnce(t *testing.T) {
	s := newSite(t)
	const path, body = "/cabinets/demo-1/doors/7/open", `{"reason":"a test"}`
	one := s.want(202, "POST", path, body, "Idempotency-Key: k1")
	for range 3 {
		if again := s.want(202, "POST", path, body, "Idempotency-Key: k1"); again.body["order"] != one.body["order"] {
			t.Errorf("want the same order, got %s", again.text)
		}
	}
	s.want(422, "POST", path, `{"reason":"another"}`, "Idempotency-Key: k1")
	s.want(422, "POST", "/cabinets/demo-1/doors/8/open", body, "Idempotency-Key: k1")
	if a := s.ask(s.key(600, string(rest.DoorsWrite)), "POST", path, body, "Idempotency-Key: k1"); a.status != 202 || a.body["order"] == one.body["order"] {
		t.Errorf("want another caller's key to be another, got %d %s", a.status, a.text)
	}
	if a := s.want(202, "POST", path, body); a.body["order"] == one.body["order"] {
		t.Errorf("want each request without a key to count, got %s", a.text)
	}
	list, err := s.books.Orders(t.Context(), books.OrderFilter{}, 10)
	fatal(t, err)
	if len(list) != 3 || one.header.Get("Location") != rest.Base+"/orders/"+one.body["order"].(string) {
		t.Errorf("want three orders and where the first is, got %+v, %q", list, one.header.Get("Location"))
	}
}

// TestBadInput: a clear answer, nothing repeated of it, and nothing sent.
func TestBadInput(t *testing.T) {
	s := newSite(t)
	s.take("parcel.stored", `{"parcel":"p1","tracking":"JJD000390007","door":7}`)
	const secret = "ada@recipient.example"
	for _, test := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/announcements", `{"cabinet":"demo-1","tracking":"T1","recipient":{"mail":"` + secret + `"},"extra":1}`, 422},
		{"POST", "/announcements", `{"cabinet":"demo-1","tracking":"T1","tracking":"T2","recipient":{"mail":"` + secret + `"}}`, 400},
		{"POST", "/announcements", `{"cabinet":"demo-1","tracking":"T1","recipient":{"mail":"ada at home"}}`, 422},
		{"POST", "/announcements", `{"cabinet":"demo-1","tracking":"T1","recipient":{"phone":"` + secret + `"}}`, 422},
		{"POST", "/announcements", `{"cabinet":"demo-1","tracking":"T\u00001","recipient":{"mail":"` + secret + `"}}`, 422},
		{"POST", "/announcements", `{"cabinet":"demo-1","tracking":"T1","ask":["a wish"]}`, 422},
		{"POST", "/announcements", `{"cabinet":"demo-9","tracking":"T1"}`, 404},
		{"POST", "/announcements", `["` + secret + `"]`, 400},
		{"POST", "/announcements", "{\"cabinet\":\"demo-1\",\"tracking\":\"\xff\"}", 400},
		{"POST", "/announcements", `{"cabinet":"demo-1","tracking":"` + strings.Repeat("T", 200<<10) + `"}`, 413},
		{"POST", "/cabinets/demo-1/doors/0/open", `{"reason":"a test"}`, 422},
		{"POST", "/cabinets/demo-1/doors/7/open", `{}`, 422},
		{"POST", "/cabinets/demo-1/doors/7/block", `{"reason":"restless"}`, 422},
		{"POST", "/cabinets/demo-1/parcels/p9/new-code", "", 404},
		{"POST", "/cabinets/demo-1/parcels/p1/extend", `{}`, 422},
		{"POST", "/orders", `{"cabinet":"demo-1","kind":"door.explode","body":{}}`, 422},
		{"POST", "/orders", `{"cabinet":"demo-1","kind":"door.unlock","body":{"door":7,"Door":8}}`, 422},
		{"POST", "/orders", `{"cabinet":"demo-1","kind":"door.unlock","body":{"door":7},"personal":{"name":"Ada"}}`, 422},
		{"POST", "/orders", `{"cabinet":"demo-1","kind":"courier.put","body":{"courier":"c1"}}`, 422},
		{"POST", "/orders", `{"cabinet":"demo-1","kind":"parcel.announce","body":{"tracking":"T1"}}`, 422},
		{"GET", "/parcels?cursor=!", "", 422},
		{"GET", "/parcels?cursor=" + base64.RawURLEncoding.EncodeToString([]byte(`[1]`)), "", 422},
		{"GET", "/parcels?status=lost", "", 422},
		{"GET", "/parcels?limit=100000", "", 422},
		{"GET", "/parcels?Tracking=T1", "", 422},
		{"GET", "/parcels/..%2f..%2fetc", "", 404},
		{"GET", "/cabinets/demo-9", "", 404},
		{"GET", "/orders/desk-none", "", 404},
		{"POST", "/alarms/demo-1/e1/9/seen", "", 404},
		{"GET", "/nothing", "", 404},
		{"PATCH", "/parcels", "{}", 404},
	} {
		a := s.want(test.status, test.method, test.path, test.body)
		if strings.Contains(a.text, secret) {
			t.Errorf("%s %s %s: want nothing repeated, got %s", test.method, test.path, test.body, a.text)
		}
	}
	if list, err := s.books.Orders(t.Context(), books.OrderFilter{}, 10); err != nil || len(list) != 0 {
		t.Errorf("want nothing sent, got %+v, %v", list, err)
	}
	if log := s.log.String(); log != "" {
		t.Errorf("want nothing in the log of what others do wrong, got %s", log)
	}
}

// TestAParcelsLife: from its announcement to its end, as a program sees it.
func TestAParcelsLife(t *testing.T) {
	s := newSite(t)
	a := s.want(202, "POST", "/announcements", `{"cabinet":"demo-1","tracking":"JJD000390007","size":"M","recipient":{"mail":"ada@recipient.example","phone":"+491701234567","name":"Ada"}}`)
	order := a.body["order"].(string)
	if a.body["state"] != "waiting" || a.body["kind"] != "parcel.announce" {
		t.Errorf("want the order on its way, got %s", a.text)
	}
	s.take("order.accepted", fmt.Sprintf(`{"order":%q,"of":"parcel.announce"}`, order))
	if a := s.want(200, "GET", "/orders/"+order, ""); a.body["state"] != "accepted" {
		t.Errorf("want it accepted, got %s", a.text)
	}
	s.take("parcel.announced", fmt.Sprintf(`{"order":%q,"tracking":"JJD000390007"}`, order))
	if a := s.want(200, "GET", "/announcements/"+order, ""); a.body["state"] != "expects" || !strings.Contains(a.text, "ada@recipient.example") {
		t.Errorf("want the parcel expected, got %s", a.text)
	}
	s.take("parcel.stored", fmt.Sprintf(`{"parcel":"p1","tracking":"JJD000390007","door":7,"size":"M","order":%q}`, order))
	s.take("parcel.period_began", fmt.Sprintf(`{"parcel":"p1","until":%q}`, time.Now().Add(72*time.Hour).UTC().Format(time.RFC3339)))
	parcel := s.want(200, "GET", "/cabinets/demo-1/parcels/p1", "")
	for _, want := range []string{`"status":"waiting"`, `"code":"40718293"`, `"page":"https://parcels.example/p/`, `"name":"Ada"`} {
		if !strings.Contains(parcel.text, want) {
			t.Errorf("want %s, got %s", want, parcel.text)
		}
	}
	reader := s.key(600, string(rest.ParcelsRead))
	for _, path := range []string{"/cabinets/demo-1/parcels/p1", "/parcels?tracking=JJD000390007", "/announcements", "/cabinets/demo-1/parcels/p1/story"} {
		a := s.ask(reader, "GET", path, "")
		if a.status != 200 || !strings.Contains(a.text, "JJD000390007") {
			t.Errorf("%s: want the parcel, got %d %s", path, a.status, a.text)
		}
		for _, secret := range []string{"40718293", "ada@", "Ada", "4917", "/p/"} {
			if strings.Contains(a.text, secret) {
				t.Errorf("%s: want nothing personal without the scope, got %s", path, a.text)
			}
		}
	}
	same := s.want(304, "GET", "/cabinets/demo-1/parcels/p1", "", "If-None-Match: "+parcel.header.Get("ETag"))
	if same.text != "" {
		t.Errorf("want no body, got %s", same.text)
	}
	for action, body := range map[string]string{"extend": `{"by_hours":24}`, "new-code": "", "recall": "", "handed-over": "", "reset": "", "confirm": "{}",
		"open": `{"reason":"stands before it"}`, "hand-over": `{"mail":"bob@recipient.example","phone":"+491709999999"}`} {
		s.want(202, "POST", "/cabinets/demo-1/parcels/p1/"+action, body)
	}
	s.take("parcel.collected", `{"parcel":"p1","door":7}`)
	if a := s.want(200, "GET", "/cabinets/demo-1/parcels/p1", "", "If-None-Match: "+parcel.header.Get("ETag")); a.body["status"] != "collected" || strings.Contains(a.text, "40718293") {
		t.Errorf("want it collected and without a code, got %s", a.text)
	}
	s.want(409, "POST", "/cabinets/demo-1/parcels/p1/open", `{"reason":"too late"}`)
	s.want(409, "DELETE", "/announcements/"+order, "")
}

// TestPages: a list is read to its end, and what is new meanwhile moves nothing.
func TestPages(t *testing.T) {
	s := newSite(t)
	for i := range 5 {
		s.take("parcel.stored", fmt.Sprintf(`{"parcel":"p%d","tracking":"T%d","door":%d}`, i, i, i+1))
	}
	var seen []string
	for path := "/parcels?limit=2"; path != ""; {
		a := s.want(200, "GET", path, "")
		for _, item := range a.body["items"].([]any) {
			seen = append(seen, item.(map[string]any)["parcel"].(string))
		}
		if len(seen) == 2 {
			s.take("parcel.stored", `{"parcel":"q","tracking":"T9","door":9}`)
		}
		path = ""
		if next, more := a.body["next"].(string); more {
			path = "/parcels?limit=2&cursor=" + next
		}
	}
	if got := strings.Join(seen, " "); got != "p4 p3 p2 p1 p0" {
		t.Errorf("want each once, got %s", got)
	}
}

// TestTheStaffsPart: cabinets, doors, couriers, issuers, alarms.
func TestTheStaffsPart(t *testing.T) {
	s := newSite(t)
	fatal(t, s.books.Presence(t.Context(), "demo-1", []byte(`{"online":true,"at":"2026-11-24T10:00:00Z"}`)))
	fatal(t, s.books.State(t.Context(), "demo-1", []byte(`{"cabinet":"demo-1","at":"2026-11-24T10:00:00Z","service":"ok","free":{"M":3},
		"doors":[{"door":7,"size":"M","state":"unknown","contents":"doubtful"}],"faults":[{"kind":"board_lost","what":"main/2"}]}`), 1))
	if a := s.want(200, "GET", "/cabinets/demo-1", ""); a.body["online"] != true || a.body["service"] != "ok" || !strings.Contains(a.text, `"board_lost"`) {
		t.Errorf("want the cabinet as it says it is, got %s", a.text)
	}
	if a := s.want(200, "GET", "/cabinets/demo-1/doors", ""); !strings.Contains(a.text, `"state":"unknown","contents":"doubtful"`) {
		t.Errorf("want the door as the cabinet says it is, got %s", a.text)
	}
	for _, test := range []struct{ method, path, body string }{
		{"PUT", "/cabinets/demo-1/couriers/c1", `{"company":"Hermes","badge":"BADGE-123456","rights":["drop"]}`},
		{"DELETE", "/cabinets/demo-1/couriers/c1", ""},
		{"PUT", "/cabinets/demo-1/issuers/shop", `{"key":"` + base64.StdEncoding.EncodeToString(make([]byte, 32)) + `","signs":["tokens"]}`},
		{"DELETE", "/cabinets/demo-1/issuers/shop", ""},
		{"POST", "/cabinets/demo-1/bookings", `{"size":"M","count":2,"company":"Hermes"}`},
		{"DELETE", "/cabinets/demo-1/bookings/o1", ""},
		{"POST", "/cabinets/demo-1/doors/7/block", `{"reason":"dirty"}`},
		{"POST", "/cabinets/demo-1/doors/7/unblock", ""},
		{"POST", "/cabinets/demo-1/doors/7/looked", `{"by":"caretaker"}`},
		{"POST", "/orders", `{"cabinet":"demo-1","kind":"cabinet.restart","body":{},"seconds":60}`},
	} {
		s.want(202, test.method, test.path, test.body)
	}
	s.take("door.forced", `{"door":7}`)
	list := s.want(200, "GET", "/alarms", "")
	number, _ := list.body["items"].([]any)[0].(map[string]any)["number"].(string)
	s.want(204, "POST", "/alarms/"+number+"/seen", "")
	if a := s.want(200, "GET", "/alarms", ""); a.text != `{"items":[]}`+"\n" {
		t.Errorf("want it worked off, got %s", a.text)
	}
}

// TestWebhooks: the secret is shown once, and only addresses that may be told are taken.
func TestWebhooks(t *testing.T) {
	s := newSite(t)
	const body = `{"url":"https://shop.example/hook","kinds":["parcel.*","alarms"]}`
	if a := s.want(200, "PUT", "/webhooks/shop", body); !strings.HasPrefix(a.body["secret"].(string), "whsec_") {
		t.Errorf("want its secret, got %s", a.text)
	}
	for _, path := range []string{"/webhooks"} {
		if a := s.want(200, "GET", path, ""); strings.Contains(a.text, "whsec_") || !strings.Contains(a.text, "https://shop.example/hook") {
			t.Errorf("want it without its secret, got %s", a.text)
		}
	}
	if a := s.want(200, "PUT", "/webhooks/shop", body); a.body["secret"] != nil {
		t.Errorf("want the secret shown once, got %s", a.text)
	}
	s.want(422, "PUT", "/webhooks/shop", `{"url":"http://127.0.0.1:631/","kinds":["*"]}`)
	s.want(422, "PUT", "/webhooks/shop", `{"url":"https://shop.example/","kinds":["; DROP"]}`)
	s.want(422, "PUT", "/webhooks/..%2f", body)
	s.want(204, "DELETE", "/webhooks/shop", "")
	s.want(404, "DELETE", "/webhooks/shop", "")
}
