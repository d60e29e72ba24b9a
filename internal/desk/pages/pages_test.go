package pages_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/letter"
	"lockerd/internal/desk/orders"
	"lockerd/internal/desk/pages"
	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

// shelf holds one parcel behind the link "right".
type shelf struct {
	parcel   desk.Parcel
	payments []desk.Payment
	broken   bool
	cfg      pages.Config
	sent     []orders.Order
}

// Send takes an order; the same once more is that of before.
func (s *shelf) Send(_ context.Context, o orders.Order) (string, error) {
	if s.broken {
		return "", errors.New("the disk is gone")
	}
	for _, before := range s.sent {
		if before.Once == o.Once {
			return "o1", nil
		}
	}
	s.sent = append(s.sent, o)
	return "o1", nil
}

func (s *shelf) ByLink(_ context.Context, link string) (*desk.Parcel, error) {
	if s.broken {
		return nil, errors.New("the disk is gone")
	}
	if link != "right" {
		return nil, nil
	}
	p := s.parcel
	return &p, nil
}

func (s *shelf) Cabinet(context.Context, string) (books.Cabinet, error) {
	return books.Cabinet{Name: "demo-1", Place: "Example Street 5"}, nil
}

func (s *shelf) Payments(context.Context, string, string) ([]desk.Payment, error) {
	return s.payments, nil
}

func newPages(s *shelf) http.Handler {
	w := letter.Writer{Operator: "Paketpark <Nord>", Hotline: "+498001234567", Language: "en", Public: "https://parcels.example",
		Clock: func() time.Time { return time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC) },
		Pay: func(p desk.Parcel, amount int64) string {
			return fmt.Sprintf("https://pay.example/?o=%s&a=%d", p.ID, amount)
		}}
	return pages.New(s.cfg, s, s, w, slog.New(slog.DiscardHandler)).Handler()
}

func waiting() desk.Parcel {
	return desk.Parcel{Cabinet: "demo-1", ID: "p1", Tracking: "<script>alert(1)</script>", Door: 7, Status: desk.Waiting, Code: "40718293", Link: "right",
		Until: time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)}
}

func get(h http.Handler, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func TestAParcelsPage(t *testing.T) {
	s := &shelf{parcel: waiting()}
	h := newPages(s)
	w := get(h, "GET", "/p/right")
	for _, want := range []string{"40718293", "Example Street 5", "/p/right/qr.png", "27 Nov 2026", "Paketpark &lt;Nord&gt;", "&lt;script&gt;"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("want %q on the page, got\n%s", want, w.Body)
		}
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: want %q, got %q", name, want, got)
		}
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("want a strict policy, got %q", policy)
	}
	if qr := get(h, "GET", "/p/right/qr.png"); qr.Code != http.StatusOK || !strings.HasPrefix(qr.Body.String(), "\x89PNG") {
		t.Errorf("want the QR code, got %d", qr.Code)
	}
	s.parcel.Status = desk.Collected
	if w := get(h, "GET", "/p/right"); strings.Contains(w.Body.String(), "40718293") || !strings.Contains(w.Body.String(), "was fetched") {
		t.Errorf("want no code on the page of a parcel that was fetched, got\n%s", w.Body)
	}
	if qr := get(h, "GET", "/p/right/qr.png"); qr.Code != http.StatusGone {
		t.Errorf("want its QR code to be gone, got %d", qr.Code)
	}
}

func TestWhoeverHasNoLinkLearnsNothing(t *testing.T) {
	s := &shelf{parcel: waiting()}
	h := newPages(s)
	for _, path := range []string{"/", "/p/", "/p/wrong", "/p/wrong/qr.png", "/p/right/", "/p/right/../right", "/q/right"} {
		if w := get(h, "GET", path); w.Code == http.StatusOK || strings.Contains(w.Body.String(), "40718293") {
			t.Errorf("%s: want nothing, got %d %s", path, w.Code, w.Body)
		}
	}
	if w := get(h, "POST", "/p/right"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("want only GET, got %d", w.Code)
	}
	for range 40 {
		get(h, "GET", "/p/wrong")
	}
	if w := get(h, "GET", "/p/right"); w.Code != http.StatusTooManyRequests {
		t.Errorf("want who guesses to wait, got %d", w.Code)
	}
	s.broken = true
	if w := get(newPages(s), "GET", "/p/right"); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("want words without our insides, got %d %s", w.Code, w.Body)
	}
}

func TestPagesWithCodesAreNotServedInClear(t *testing.T) {
	for listen, right := range map[string]bool{"127.0.0.1:8080": true, "localhost:8080": true, ":8080": false, "192.0.2.1:80": false} {
		if err := (pages.Config{Listen: listen, Public: "https://parcels.example"}).Validate(); (err == nil) != right {
			t.Errorf("%s without a certificate: want right %v, got %v", listen, right, err)
		}
	}
}

// TestWhatIsToBePaid: the page says what is owed, until when, and where it is paid; a payment that the cabinet has not heard of is not asked
// for again, and nobody pays for what does not wait.
func TestWhatIsToBePaid(t *testing.T) {
	day := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name     string
		change   func(s *shelf)
		has, not []string
	}{
		{"owed", func(*shelf) {}, []string{"To pay", "5.00\u00a0EUR", "More from", "Friday 27 Nov 2026, 10:00", `href="https://pay.example/?o=p1&amp;a=500"`, "Pay 5.00\u00a0EUR"}, nil},
		{"being told", func(s *shelf) { s.parcel.Fee.From, s.parcel.Told = time.Time{}, day.Add(40*time.Hour) }, []string{"Free until", "27 Nov"}, []string{"pay.example"}},
		{"nobody was told", func(s *shelf) { s.parcel.Fee.From, s.parcel.Fee.Terms.Tariff.Free = time.Time{}, 0 }, nil, []string{"pay.example", "EUR"}},
		{"free", func(s *shelf) { s.parcel.Fee.From = day.Add(40 * time.Hour) }, []string{"Free until", "27 Nov 2026, 02:00"}, []string{"pay.example", "To pay"}},
		{"half", func(s *shelf) { s.parcel.Fee.Paid = []locker.Payment{{Reference: "r1", Amount: 200}} }, []string{"3.00\u00a0EUR", "a=300"}, nil},
		{"on its way", func(s *shelf) { s.payments = []desk.Payment{{Reference: "r1", Amount: 500}} }, []string{"Paid", "5.00\u00a0EUR"}, []string{"pay.example", "To pay"}},
		{"counted", func(s *shelf) { s.payments = []desk.Payment{{Reference: "r1", Amount: 500, Counted: day}} }, []string{"a=500"}, nil}, // it is in the fee
		{"gone", func(s *shelf) { s.parcel.Status = desk.Expired }, nil, []string{"pay.example", "EUR"}},
		{"Arabic", func(s *shelf) { s.parcel.Contact.Language = "ar" }, []string{`dir="rtl"`, "ادفع \u20685.00\u00a0EUR\u2069"}, nil},
	} {
		s := &shelf{parcel: waiting()}
		s.parcel.Fee = &desk.Fee{Currency: "EUR", Account: locker.Account{From: day, Terms: &locker.Terms{Currency: "EUR",
			Tariff: &tariff.Tariff{Currency: "EUR", Free: 86400, Steps: []tariff.Rate{{Every: 86400, Price: 250}}}}}}
		c.change(s)
		page := get(newPages(s), "GET", "/p/right").Body.String()
		for _, want := range c.has {
			if !strings.Contains(page, want) {
				t.Errorf("%s: want %q, got\n%s", c.name, want, page)
			}
		}
		for _, not := range c.not {
			if strings.Contains(page, not) {
				t.Errorf("%s: want no %q, got\n%s", c.name, not, page)
			}
		}
	}
}

// TestASendersPage: code and QR code as long as they open a door, no door before there is one, and what became of it; nothing that is touched
// opens anything.
func TestASendersPage(t *testing.T) {
	sends := desk.Parcel{Cabinet: "demo-1", Tracking: "<script>alert(1)</script>", Order: "o1", Status: desk.ToSend, Code: "40718293", Link: "right",
		Until: time.Date(2026, 12, 8, 10, 0, 0, 0, time.UTC)}
	sent := sends
	sent.ID, sent.Door, sent.Code, sent.Stored, sent.Until = "p1", 7, "", time.Date(2026, 12, 1, 18, 30, 0, 0, time.UTC), time.Time{}
	for status, c := range map[desk.Status]struct {
		is       desk.Parcel
		has, not []string
	}{
		desk.ToSend:     {sends, []string{"Your code to send a parcel", "40718293", "/p/right/qr.png", "8 Dec 2026", "Example Street 5", "You need no label"}, []string{"Door", "Put in"}},
		desk.NotSent:    {sends, []string{"opens no door any more"}, []string{"40718293", "qr.png", "Door<"}},
		desk.ToCollect:  {sent, []string{"Your parcel is sent", "Door", "1 Dec 2026, 18:30"}, []string{"40718293", "qr.png", "no label"}},
		desk.Dispatched: {sent, []string{"A courier has your parcel", "Door"}, []string{"40718293", "qr.png"}},
		desk.Missing:    {sent, []string{"was not found"}, []string{"40718293", "qr.png"}},
	} {
		s := &shelf{parcel: c.is}
		s.parcel.Status = status
		w := get(newPages(s), "GET", "/p/right")
		if w.Code != http.StatusOK {
			t.Errorf("%s: want a page, got %d", status, w.Code)
		}
		for _, want := range append(c.has, "&lt;script&gt;") {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: want %q, got\n%s", status, want, w.Body)
			}
		}
		for _, not := range append(c.not, "<script", "<form", "<button") {
			if strings.Contains(w.Body.String(), not) {
				t.Errorf("%s: want no %q, got\n%s", status, not, w.Body)
			}
		}
		want := http.StatusGone
		if status == desk.ToSend {
			want = http.StatusOK
		}
		if qr := get(newPages(s), "GET", "/p/right/qr.png"); qr.Code != want {
			t.Errorf("%s: want %d for the QR code, got %d", status, want, qr.Code)
		}
	}
}

// TestARentersPage: code and QR code as long as they open a door, also once its time is over; what is owed, and where it is paid; how many share it.
func TestARentersPage(t *testing.T) {
	is := desk.Parcel{Cabinet: "demo-1", ID: "p1", Tracking: "<script>alert(1)</script>", Order: "o1", Door: 7, Rented: true, Code: "40718293", Link: "right", Hours: 36,
		Until: time.Date(2026, 12, 8, 10, 0, 0, 0, time.UTC), People: []desk.Sharer{{Person: "ben", Code: "50718293", Contact: desk.Contact{Name: "Ben <b>", Mail: "ben@sharer.example"}}},
		Fee: &desk.Fee{Currency: "EUR", Account: locker.Account{Terms: &locker.Terms{Currency: "EUR", Due: 400}}}}
	for status, c := range map[desk.Status]struct{ has, not []string }{
		desk.ToRent:    {[]string{"Your code for a door", "40718293", "qr.png", "Begin by", "8 Dec 2026", "36 hours", "2 people"}, []string{"Door<", "pay.example"}},
		desk.NotRented: {[]string{"opens no door any more"}, []string{"40718293", "qr.png", "Door<", "pay.example"}},
		desk.Kept:      {[]string{"Your rented door", "40718293", "qr.png", "Door<", "8 Dec 2026", "2 people", "a=400", "again and again"}, []string{"36 hours"}},
		desk.Expired:   {[]string{"time of your door is over", "40718293", "qr.png", "a=400"}, nil},
		desk.Cancelled: {[]string{"rental was ended"}, []string{"40718293", "qr.png", "pay.example"}},
		desk.Collected: {[]string{"rental has ended"}, []string{"40718293", "qr.png", "pay.example"}},
		desk.TakenBack: {[]string{"was cleared"}, []string{"40718293", "qr.png", "pay.example"}},
		desk.Unshared:  {[]string{"no longer shared"}, []string{"40718293", "qr.png", "pay.example", "Door<"}},
	} {
		s := &shelf{parcel: is}
		if s.parcel.Status = status; status == desk.Unshared {
			s.parcel.Code = ""
		}
		w := get(newPages(s), "GET", "/p/right")
		if w.Code != http.StatusOK {
			t.Errorf("%s: want a page, got %d", status, w.Code)
		}
		for _, want := range append(c.has, "&lt;script&gt;") {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: want %q, got\n%s", status, want, w.Body)
			}
		}
		for _, not := range append(c.not, "<script", "<form", "50718293", "Ben", "sharer.example") {
			if strings.Contains(w.Body.String(), not) {
				t.Errorf("%s: want no %q, got\n%s", status, not, w.Body)
			}
		}
		want := http.StatusGone
		if status == desk.ToRent || status == desk.Kept || status == desk.Expired {
			want = http.StatusOK
		}
		if qr := get(newPages(s), "GET", "/p/right/qr.png"); qr.Code != want {
			t.Errorf("%s: want %d for the QR code, got %d", status, want, qr.Code)
		}
	}
}

// post sends a form.
func post(h http.Handler, path string, form url.Values) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	h.ServeHTTP(w, r)
	return w
}

// TestARenterHasADoorForLonger: by a touch on their page, where the operator allows it and for as long; once for each end. Nobody else does, and
// nobody without the link.
func TestARenterHasADoorForLonger(t *testing.T) {
	ends := time.Now().Add(5 * time.Hour).Truncate(time.Second)
	fresh := func() *shelf {
		return &shelf{cfg: pages.Config{ExtendHours: 24, ExtendDays: 3}, parcel: desk.Parcel{Cabinet: "demo-1", ID: "p1", Tracking: "L1", Order: "o1", Door: 7, Rented: true, Status: desk.Kept,
			Code: "40718293", Link: "right", Stored: ends.Add(-24 * time.Hour), Until: ends}}
	}
	form := func(until time.Time) url.Values { return url.Values{"until": {fmt.Sprint(until.Unix())}} }
	s := fresh()
	h := newPages(s)
	if page := get(h, "GET", "/p/right").Body.String(); !strings.Contains(page, `action="/p/right/longer"`) || !strings.Contains(page, "Keep it for 24 hours more") || !strings.Contains(page, fmt.Sprintf(`value="%d"`, ends.Unix())) {
		t.Errorf("want a button, got\n%s", page)
	}
	for range 2 {
		if w := post(h, "/p/right/longer", form(ends)); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/p/right?asked" {
			t.Errorf("want it ordered, got %d %s", w.Code, w.Header())
		}
	}
	if body, is := s.sent[0].Body.(contract.Extend); len(s.sent) != 1 || !is || s.sent[0].Kind != "parcel.extend" || body.Tracking != "L1" || !body.Until.Equal(ends.Add(24*time.Hour)) {
		t.Errorf("want one order for 24 hours more, got %+v", s.sent)
	}
	if page := get(h, "GET", "/p/right?asked").Body.String(); strings.Contains(page, "<form") || !strings.Contains(page, "We have asked the parcel locker") {
		t.Errorf("want it said that it was asked for, got\n%s", page)
	}
	s.parcel.Until = ends.Add(24 * time.Hour) // the cabinet has answered
	if w := post(h, "/p/right/longer", form(ends)); w.Code != http.StatusSeeOther || len(s.sent) != 1 || strings.Contains(w.Header().Get("Location"), "asked") {
		t.Errorf("want nothing ordered about an end that is no more, got %d, %+v", w.Code, s.sent)
	}
	for name, change := range map[string]func(s *shelf){
		"not allowed": func(s *shelf) { s.cfg = pages.Config{} }, "for too long": func(s *shelf) { s.parcel.Stored = ends.Add(-49 * time.Hour) },
		"shared": func(s *shelf) { s.parcel.Sharer = "ben" }, "overdue": func(s *shelf) { s.parcel.Status = desk.Expired }, "ended": func(s *shelf) { s.parcel.Status = desk.Collected },
		"not begun": func(s *shelf) { s.parcel.Status = desk.ToRent }, "a parcel": func(s *shelf) { s.parcel.Status, s.parcel.Rented = desk.Waiting, false }, "no end": func(s *shelf) { s.parcel.Until = time.Time{} },
	} {
		s := fresh()
		change(s)
		h := newPages(s)
		if page := get(h, "GET", "/p/right?asked").Body.String(); strings.Contains(page, "longer") || strings.Contains(page, "We have asked") {
			t.Errorf("%s: want no button, got\n%s", name, page)
		}
		if w := post(h, "/p/right/longer", form(s.parcel.Until)); w.Code != http.StatusConflict || len(s.sent) != 0 {
			t.Errorf("%s: want nothing ordered, got %d, %+v", name, w.Code, s.sent)
		}
	}
	s = fresh()
	if w := post(newPages(s), "/p/wrong/longer", form(ends)); w.Code != http.StatusNotFound || len(s.sent) != 0 {
		t.Errorf("want nothing without the link, got %d", w.Code)
	}
	if w := post(newPages(s), "/p/right/longer", url.Values{"until": {"soon"}}); w.Code != http.StatusBadRequest || len(s.sent) != 0 {
		t.Errorf("want what is no form refused, got %d", w.Code)
	}
	for cfg, right := range map[pages.Config]bool{{}: true, {ExtendHours: 24, ExtendDays: 3}: true, {ExtendHours: 24}: false, {ExtendDays: 3}: false, {ExtendHours: 25, ExtendDays: 1}: false, {ExtendHours: 1, ExtendDays: 91}: false, {ExtendHours: -1, ExtendDays: 1}: false} {
		if err := cfg.Validate(); (err == nil) != right {
			t.Errorf("%+v: want right %v, got %v", cfg, right, err)
		}
	}
}
