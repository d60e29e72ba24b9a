package main

import (
	"encoding/base64"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
	"lockerd/internal/scanner"
)

func newLabels(t *testing.T, b scanner.Barcodes) *labels {
	t.Helper()
	if err := b.Validate(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "keys")
	if err := credential.Make(dir); err != nil {
		t.Fatal(err)
	}
	keys, err := credential.Load(dir, base64.StdEncoding.EncodeToString(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return &labels{keys, scanner.NewRecogniser(b)}
}

// TestWhatATextMayBe holds people's own texts apart from parcels.
func TestWhatATextMayBe(t *testing.T) {
	t.Parallel()
	l := newLabels(t, scanner.Barcodes{Badges: []string{"COURIER-"}})
	const token = "eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiIxIn0.c2ln"
	for _, tt := range []struct {
		name, text, own, tracking string
		personal                  bool
		is                        []string // a pickup code, or digits that may be one
	}{
		{"code", "LD1:12345678", "12345678", "", true, []string{"code"}},
		{"code behind an identifier", "]Q1LD1:12345678", "12345678", "", true, []string{"code"}},
		{"code on the wrong keyboard", "LD1Ö12345678", "", "", true, nil},
		{"code without its prefix", "12345678", "12345678", "12345678", false, []string{"bare"}},
		{"badge", "]C0COURIER-7", "COURIER-7", "", true, nil},
		{"badge that the site does not tell of", "]C0BADGE-ADA", "BADGE-ADA", "BADGE-ADA", false, nil},
		{"token", "]Q1" + token, "", "", true, nil},
		{"parcel", "]C01z 999 aa1 01 2345 6784", "1z 999 aa1 01 2345 6784", "1Z999AA10123456784", false, nil},
		{"address of a page", "https://example.org/1", "https://example.org/1", "", false, nil},
		{"route", "]C1420902109", "420902109", "", false, []string{"bare"}},
		{"goods", "]E04006381333931", "4006381333931", "", false, nil},
		{"nothing", "", "", "", false, nil},
		{"not printable", "1Z\x07", "", "", false, nil},
		{"too long", strings.Repeat("7", 257), "", "", false, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := claim{tracking: tt.tracking, personal: tt.personal, bare: slices.Contains(tt.is, "bare")}
			want.code = want.bare || slices.Contains(tt.is, "code")
			if tt.name == "token" {
				want.token = token
			}
			if tt.own != "" {
				want.own = l.keys.Hash(tt.own)
			}
			got := l.read(tt.text)
			if (got.likely > 0) != (got.tracking != "") {
				t.Errorf("parcel %q is as likely as %d", got.tracking, got.likely)
			}
			if got.likely, got.format = 0, ""; got != want {
				t.Errorf("want parcel %q, personal %v; got parcel %q, personal %v, own as wanted: %v",
					want.tracking, want.personal, got.tracking, got.personal, got.own == want.own)
			}
		})
	}
}

// TestNumbersMeet: a parcel that is announced, scanned and typed has one number.
func TestNumbersMeet(t *testing.T) {
	t.Parallel()
	// A number of DPD's that has the check digit of a Leitcode: where both come, it is still no route.
	l := newLabels(t, scanner.Barcodes{Carriers: []string{"dhl", "dpd"}})
	for _, tt := range []struct{ announced, scanned string }{
		{"1Z999AA10123456784", "]C01Z999AA10123456784"},
		{"1z 999 aa1 01 2345 6784", "]C01Z999AA10123456784"},
		{"340434188193642037", "]C100340434188193642037"},
		{"(00) 3404 3418 8193 6420 37", "]Q1https://id.gs1.org/00/340434188193642037"},
		{"06219912345678", "]C0%000393206219912345678101040"},
		{"(J) JD01 4600 0038 8994 9517", "]C0JJD014600003889949517"},
		{"jdq 019457101000930308", "]C1019931265099999891JDQ019457101000930308"},
		{"abc 12345 xyz", "ABC12345XYZ"},
		{"21348075016401", "]C021348075016401"},
	} {
		in := orders{labels: l}.read(locker.OrderReceived{Order: locker.Order{
			Announce: &locker.AnnounceOrder{Tracking: tt.announced, Size: "S"}}})
		scanned := l.read(tt.scanned).tracking
		if in.Order.Refusal != "" || scanned == "" || in.Order.Announce.Tracking != scanned || in.Order.Announce.Size != "S" {
			t.Errorf("%s: want %q as it is scanned, got %+v, %q", tt.announced, scanned, in.Order.Announce, in.Order.Refusal)
		}
		in = orders{labels: l}.read(locker.OrderReceived{Order: locker.Order{
			Cancel: &locker.CancelOrder{Tracking: tt.announced}}})
		if in.Order.Cancel.Tracking != scanned {
			t.Errorf("%s: want %q cancelled, got %q", tt.announced, scanned, in.Order.Cancel.Tracking)
		}
		in = orders{labels: l}.read(locker.OrderReceived{Order: locker.Order{
			HandOver: &locker.HandOverOrder{Tracking: tt.announced}}})
		if in.Order.HandOver.Tracking != scanned {
			t.Errorf("%s: want %q handed over, got %q", tt.announced, scanned, in.Order.HandOver.Tracking)
		}
		in = orders{labels: l}.read(locker.OrderReceived{Order: locker.Order{
			Reset: &locker.ResetOrder{Tracking: tt.announced}}})
		if in.Order.Reset.Tracking != scanned {
			t.Errorf("%s: want what %q asks begun anew, got %q", tt.announced, scanned, in.Order.Reset.Tracking)
		}
	}
}

// TestAnnouncedIsNoParcel: what no courier could ever scan is refused when it is announced, and an order's own refusal
// stays.
func TestAnnouncedIsNoParcel(t *testing.T) {
	t.Parallel()
	o := orders{labels: newLabels(t, scanner.Barcodes{})}
	announce := &locker.AnnounceOrder{Tracking: "LD1:12345678"}
	in := o.read(locker.OrderReceived{Order: locker.Order{Announce: announce}})
	if in.Order.Refusal == "" || strings.Contains(in.Order.Refusal, "1234") {
		t.Errorf("want it refused and not repeated, got %q", in.Order.Refusal)
	}
	in = o.read(locker.OrderReceived{Order: locker.Order{Announce: announce, Refusal: "not signed"}})
	if in.Order.Refusal != "not signed" {
		t.Errorf("want the refusal that was there, got %q", in.Order.Refusal)
	}
}

// TestTwoKeyboards: scanners that are keyboards have no ports that could clash, but devices.
func TestTwoKeyboards(t *testing.T) {
	t.Parallel()
	c, err := readConfig(reference(t))
	if err != nil {
		t.Fatal(err)
	}
	c.Scanners = []scanner.Config{{Name: "a", Device: "/dev/input/a"}, {Name: "b", Device: "/dev/input/b"}}
	if err := c.validate(); err != nil {
		t.Error(err)
	}
	c.Scanners[1].Device = "/dev/input/a"
	if err := c.validate(); err == nil || !strings.Contains(err.Error(), "on the same port /dev/input/a") {
		t.Errorf("want two on one device refused, got %v", err)
	}
	c.Scanners, c.Barcodes.Badges = nil, []string{"JD"}
	if err := c.validate(); err == nil || !strings.Contains(err.Error(), "barcodes: ") {
		t.Errorf("want the badge refused, got %v", err)
	}
}

// TestScansOfALabel: a parcel is announced by the number on paper and scanned by its bars; a route is answered with the
// wish for another barcode; a code behind an AIM identifier opens its parcel's door and is nowhere taken for a parcel.
func TestScansOfALabel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	const parcel, told = "1Z999AA10123456784", "1z 999 aa1 01 2345 6784"
	r.announce(told, "S")
	r.scan("]C0BADGE-ADA")
	r.cloud.await("Ada signed in", func(c *cloud) bool { return c.count("courier.signed_in") == 1 })
	r.scan("]C1420902109")
	r.scan("]C0" + parcel)
	door := r.given(parcel)
	r.push(door)
	r.scan("]C0OTHER-PARCEL")
	code := r.code(parcel)
	r.scan("]Q1LD1:" + code)
	r.push(door)
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	for _, h := range r.cloud.all() {
		if n := h.field("tracking"); strings.Contains(n, code) || strings.HasPrefix(n, "420") {
			t.Errorf("%s is of the parcel %q", h.Kind, n)
		}
	}
}
