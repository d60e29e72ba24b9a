package office_test

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/office"
)

// bringStills has photos of a parcel of demo-1 come, as the cabinet sends them, and returns the order that asked for them.
func (s *site) bringStills(parcel, text string) (order string) {
	s.t.Helper()
	list, err := json.Marshal([]map[string]any{{"at": "2026-11-29T09:00:00Z", "photo": "a.jpg", "door": 7, "moment": "drop"},
		{"at": "2026-11-29T10:00:00Z", "photo": "b" + text, "door": 7, "moment": text, "gone": text}})
	fatal(s.t, err)
	var plain bytes.Buffer
	w := tar.NewWriter(&plain)
	for name, data := range map[string][]byte{"list.json": list, "a.jpg": []byte("\xff\xd8 a picture")} {
		fatal(s.t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data))}))
		_, err := w.Write(data)
		fatal(s.t, err)
	}
	fatal(s.t, w.Close())
	public, err := base64.StdEncoding.DecodeString(operator.Public())
	fatal(s.t, err)
	sealed, err := box.SealAnonymous(nil, plain.Bytes(), (*[32]byte)(public), rand.Reader)
	fatal(s.t, err)
	order = "stills-" + parcel
	_, err = s.books.Send(s.t.Context(), books.Order{ID: order, Cabinet: "demo-1", Kind: "evidence.upload", By: "a test", Stills: &books.StillsTo{Parcel: parcel, Link: order}}, nil, books.Once{})
	fatal(s.t, err)
	fatal(s.t, s.books.KeepStills(s.t.Context(), order, sealed))
	return order
}

// TestStillsOfAParcel: asked for where there are some and the desk has an address for them; once they have come staff look at one at a time, each of
// which stands in the audit.
func TestStillsOfAParcel(t *testing.T) {
	s := newSite(t, office.Config{})
	s.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve.ServeHTTP(w, r) }))
	t.Cleanup(s.server.Close)
	s.reopen(office.Config{}, "https://parcels.example")
	s.furnish("plain")
	b := s.signedIn("stan", desk.Staff)
	const page = "/desk/parcels/demo-1/p1"
	if got := b.get(page); strings.Contains(got.body, "/do/stills") {
		t.Error("want nothing to be asked for where no photo was taken")
	}
	s.record("demo-1", "photo.kept", map[string]any{"parcel": "p1", "door": 7, "moment": "drop", "photo": "a.jpg", "sha256": "00"}, "", "")
	if got := b.get(page); !strings.Contains(got.body, "/do/stills") {
		t.Errorf("want them to be asked for, got\n%s", got.body)
	}
	got := b.post(page+"/do/stills", sure())
	if order := s.ordered(got.header.Get("Location")); !strings.Contains(order, `"parcel":"p1","url":"https://parcels.example/up/`) || !strings.Contains(order, `"method":"put"`) {
		t.Errorf("want an order with an address of ours, got %s", order)
	}
	if got := b.get(page); !strings.Contains(got.body, "not here yet") {
		t.Errorf("want them expected, got\n%s", got.body)
	}
	file := page + "/stills/" + s.bringStills("p1", "plain")
	if got := b.get(page); !strings.Contains(got.body, file) {
		t.Errorf("want the way to them, got\n%s", got.body)
	}
	list := b.get(file)
	if !strings.Contains(list.body, file+"/0.jpg") || strings.Contains(list.body, file+"/1.jpg") || !strings.Contains(list.body, "a parcel was put in") {
		t.Errorf("want one to look at, and one that is gone, got\n%s", list.body)
	}
	before := deedsOf(t, s)
	picture := b.get(file + "/0.jpg")
	if picture.header.Get("Content-Type") != "image/jpeg" || picture.body != "\xff\xd8 a picture" {
		t.Errorf("want the picture, got %d %s", picture.status, picture.body)
	}
	deeds, err := s.books.Deeds(t.Context(), books.DeedFilter{Who: "stan"}, 1)
	fatal(t, err)
	if d := deeds[0]; d.What != "still.looked_at" || d.Subject != "JJD000390007" || d.Reason != "a.jpg" || deedsOf(t, s) != before+1 {
		t.Errorf("want the look in the audit, got %+v", d.Deed)
	}
	for _, path := range []string{file + "/1.jpg", file + "/2.jpg", file + "/-1.jpg", file + "/x", "/desk/parcels/demo-1/p2%2Fplain/stills/stills-p1", "/desk/parcels/demo-1/p1/stills/none"} {
		if got := b.get(path); got.status != http.StatusNotFound {
			t.Errorf("%s: want nothing, got %d", path, got.status)
		}
	}
	viewer := s.signedIn("vera", desk.Viewer)
	for _, path := range []string{file, file + "/0.jpg"} {
		if got := viewer.get(path); got.status != http.StatusForbidden || strings.Contains(got.body, "a picture") {
			t.Errorf("%s: want who may only look kept from photos, got %d", path, got.status)
		}
	}
}
