package pages_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/letter"
	"lockerd/internal/desk/pages"
)

// shelf holds one parcel behind the link "right".
type shelf struct {
	parcel desk.Parcel
	broken bool
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

func newPages(s *shelf) http.Handler {
	w := letter.Writer{Operator: "Paketpark <Nord>", Hotline: "+498001234567", Language: "en", Public: "https://parcels.example"}
	return pages.New(pages.Config{}, s, w, slog.New(slog.DiscardHandler)).Handler()
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
