package round_test

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/letter"
	"lockerd/internal/desk/orders"
	"lockerd/internal/desk/pages"
	"lockerd/internal/desk/round"
	"lockerd/internal/locker"
)

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// site is two cabinets, and couriers of two companies who have pages there, as browsers reach them.
type site struct {
	t      *testing.T
	books  *books.Books
	signer *credential.Signer
	server *httptest.Server
	log    *strings.Builder
	seq    map[string]int
	prev   map[string]string
	page   map[string]string // the path of each courier's page
}

// What is where: the parcels of each company, and one that anybody may bring.
const (
	evil = `<script>alert(1)</script>"'{{.}}`
	mine, theirs,
	anybodys = "Mine Parcels", "Their Parcels", ""
)

func newSite(t *testing.T) *site {
	t.Helper()
	b, err := books.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "books.db"), books.Key{1})
	fatal(t, err)
	t.Cleanup(func() { _ = b.Close() })
	signer, err := credential.NewSigner("desk", make([]byte, 32))
	fatal(t, err)
	s := &site{t: t, books: b, signer: signer, log: &strings.Builder{}, seq: map[string]int{}, prev: map[string]string{}, page: map[string]string{}}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	var serve http.Handler
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve.ServeHTTP(w, r) }))
	t.Cleanup(s.server.Close)
	r, err := round.New(round.Parts{Books: b, Orders: s.orders(), Operator: "Paketpark <Nord>", Language: "en", Zone: time.UTC, Public: s.server.URL, Log: log,
		Token: func(cabinet, courier string, until time.Time) (string, error) {
			return signer.Token(locker.Token{Cabinet: cabinet, Courier: courier, Issued: time.Now(), Expires: until})
		}})
	fatal(t, err)
	front := pages.New(pages.Config{}, b, nil, letter.Writer{Operator: "x", Language: "en"}, log)
	front.Mount(round.Prefix, r.Handler())
	serve = front.Handler()
	for _, name := range []string{"demo-1", "demo-2", "demo-3"} {
		fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: name, Place: "Example Street 5, " + evil, Reader: make([]byte, 32)}))
		s.record(name, "journal.epoch_begun", "{}")
	}
	s.state("demo-1", nil)
	for id, c := range map[string]books.Courier{
		"ada":  {Company: mine, Cabinets: []string{"demo-1", "demo-2"}},
		"eve":  {Company: theirs, Cabinets: []string{"demo-1", "demo-3"}},
		"bert": {Company: mine, Cabinets: []string{"demo-1"}},
	} {
		c.ID, c.Until = id, time.Now().Add(48*time.Hour)
		s.page[id], err = s.register().Put(t.Context(), c, "Name of "+id, "a test", "")
		fatal(t, err)
	}
	for tracking, company := range map[string]string{"MINE1": mine, "THEIRS1": theirs, "ANY1": anybodys} {
		_, err := s.orders().Announce(t.Context(), "demo-1", "a test", orders.Announcement{Tracking: tracking, Size: "M", Company: company,
			Contact: desk.Contact{Mail: "recipient@recipient.example", Name: "The Recipient"}})
		fatal(t, err)
	}
	for i, company := range []string{mine, theirs} {
		id := fmt.Sprintf("p%d", i)
		s.record("demo-1", "parcel.stored", fmt.Sprintf(`{"parcel":%q,"tracking":"OLD%d","door":%d,"size":"M","company":%q}`, id, i, 7+i, company))
		s.record("demo-1", "parcel.expired", fmt.Sprintf(`{"parcel":%q,"door":%d}`, id, 7+i))
	}
	return s
}

func (s *site) register() round.Register { return round.Register{Books: s.books, Orders: s.orders()} }
func (s *site) orders() *orders.Office   { return orders.New(s.books, s.signer, func() {}) }

// record has a cabinet send a record.
func (s *site) record(cabinet, kind, event string) {
	s.t.Helper()
	s.seq[cabinet]++
	line := contracttest.LineWith("e1", s.seq[cabinet], s.prev[cabinet], kind, event)
	line = strings.Replace(line, `"cabinet":"demo-1"`, fmt.Sprintf(`"cabinet":%q`, cabinet), 1)
	s.prev[cabinet] = line
	r, err := contract.ParseEvent([]byte(line))
	fatal(s.t, err)
	record, err := desk.Read(r, nil)
	fatal(s.t, err)
	taken, err := s.books.Take(s.t.Context(), cabinet, []desk.Record{record})
	fatal(s.t, err)
	if taken.Verdicts[0] != nil {
		s.t.Fatalf("%s: %v", line, taken.Verdicts[0])
	}
}

// state has a cabinet say how it stands, with some doors booked.
func (s *site) state(cabinet string, booked map[int]string) {
	s.t.Helper()
	state := locker.Summary{Cabinet: cabinet, Epoch: "e1", At: time.Now(), Service: "ok", Free: map[string]int{"S": 2, "M": 3}}
	for n := 1; n <= 6; n++ {
		state.Doors = append(state.Doors, locker.DoorSummary{Door: n, Size: "M", State: locker.Closed, Contents: "empty", Booked: booked[n]})
	}
	payload, err := json.Marshal(state)
	fatal(s.t, err)
	fatal(s.t, s.books.State(s.t.Context(), cabinet, payload, 1))
}

// answer is what came.
type answer struct {
	status int
	body   string // with its entities read
	header http.Header
}

func (s *site) do(method, path string, form url.Values, header map[string]string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, strings.NewReader(form.Encode()))
	fatal(s.t, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := client.Do(r)
	fatal(s.t, err)
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	fatal(s.t, err)
	return answer{got.StatusCode, html.UnescapeString(string(text)), got.Header}
}

func (s *site) get(path string) answer { return s.do("GET", path, nil, nil) }

// ordered are the orders of a kind that a courier has sent, the newest first.
func (s *site) ordered(kind, courier string) (list []books.SentOrder) {
	s.t.Helper()
	all, err := s.books.Orders(s.t.Context(), books.OrderFilter{Kind: kind}, 100)
	fatal(s.t, err)
	for _, o := range all {
		if o.By == "courier:"+courier {
			list = append(list, o)
		}
	}
	return list
}

// answered has the cabinet answer an order.
func (s *site) answered(o books.SentOrder, why string) {
	s.t.Helper()
	if why == "" {
		s.record(o.Cabinet, "order.accepted", fmt.Sprintf(`{"order":%q}`, o.ID))
		return
	}
	s.record(o.Cabinet, "order.refused", fmt.Sprintf(`{"order":%q,"why":%q}`, o.ID, why))
}
