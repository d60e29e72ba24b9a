package cabinet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/internal/cabinet/cabinettest"
	"lockerd/internal/locker"
	"lockerd/internal/remote"
	"lockerd/internal/scanner"
)

// TestAnnouncedIsNoParcel: what no courier could ever scan is refused when it is announced, and an order's own refusal
// stays.
func TestAnnouncedIsNoParcel(t *testing.T) {
	t.Parallel()
	o := orders{labels: scanner.NewLabels(scanner.Barcodes{}, func(string) locker.Hash { return locker.Hash{} })}
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
	c, err := Read(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	c.Scanners = []scanner.Config{{Name: "a", Device: "/dev/input/a"}, {Name: "b", Device: "/dev/input/b"}}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	c.Scanners[1].Device = "/dev/input/a"
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "on the same port /dev/input/a") {
		t.Errorf("want two on one device refused, got %v", err)
	}
	c.Scanners, c.Barcodes.Badges = nil, []string{"JD"}
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "barcodes: ") {
		t.Errorf("want the badge refused, got %v", err)
	}
}

// TestNumbersMeet: a parcel that is announced, scanned and typed has one number.
func TestNumbersMeet(t *testing.T) {
	t.Parallel()
	// A number of DPD's that has the check digit of a Leitcode: where both come, it is still no route.
	l := scanner.NewLabels(scanner.Barcodes{Carriers: []string{"dhl", "dpd"}}, func(string) locker.Hash { return locker.Hash{} })
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
		scanned := l.Read(tt.scanned).Tracking
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

// TestOrdersBringWhatTheRulesCannotMake: codes to choose from, and what is wrong with a key; and a confirmation keeps its session.
func TestOrdersBringWhatTheRulesCannotMake(t *testing.T) {
	t.Parallel()
	c, err := Read(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	offers := []locker.Offer{{Code: locker.Box("a code")}}
	o := orders{labels: scanner.NewLabels(scanner.Barcodes{}, func(string) locker.Hash { return locker.Hash{} }),
		offers: func(int) []locker.Offer { return offers }, cfg: c}
	read := func(order locker.Order) locker.Order { return o.read(locker.OrderReceived{Order: order}).Order }
	if got := read(locker.Order{NewCode: &locker.NewCodeOrder{Tracking: "1z 999 aa1 01 2345 6784"}}).NewCode; len(got.Offers) != 1 || got.Tracking != "1Z999AA10123456784" {
		t.Errorf("want codes, and the number as scanners read it, got %+v", got)
	}
	if got := read(locker.Order{NewRecipient: &locker.NewRecipientOrder{Tracking: "A1234567"}}).NewRecipient; len(got.Offers) != 1 {
		t.Errorf("want codes, got %+v", got)
	}
	if got := read(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "A1234567", From: locker.FromSender}}).Announce; len(got.Offers) != 1 {
		t.Errorf("want codes for a sender, got %+v", got)
	}
	if got := read(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "A1234567"}}).Announce; len(got.Offers) != 0 {
		t.Errorf("want none for what a courier brings, got %+v", got)
	}
	if got := read(locker.Order{IssuerPut: &locker.Issuer{ID: "a", Key: "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", Signs: []string{"orders"}}}); !strings.Contains(got.Refusal, "example") {
		t.Errorf("want an example's key refused, got %q", got.Refusal)
	}
	confirm := &locker.ConfirmOrder{Tracking: "A1234567", Session: "s-1"}
	if got := read(locker.Order{Confirm: confirm}).Confirm; got.Session != "s-1" {
		t.Errorf("want the session that is confirmed, got %+v", got)
	}
}

// TestWhatTheDiskDoesNotTake: an order that brings something to be kept is refused then, and keeps no other one waiting.
func TestWhatTheDiskDoesNotTake(t *testing.T) {
	t.Parallel()
	c, err := Read(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "a file where the folder should be")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	uploads := remote.NewUploads(remote.UploadParts{Dir: filepath.Join(file, "uploads"), Hosts: remote.Hosts{"photos.example.org"}})
	o := orders{cfg: c, brought: remote.Brought{Uploads: uploads}}
	upload := &locker.UploadOrder{Photo: "a", URL: "https://photos.example.org/up", Method: locker.UploadPut}
	got := o.keep(locker.OrderReceived{Order: locker.Order{ID: "o-1", Cabinet: c.Cabinet, Issuer: "a", Upload: upload}})
	if !strings.Contains(got.Order.Refusal, "disk") || strings.Contains(got.Order.Refusal, file) {
		t.Errorf("want it refused, and no path told, got %q", got.Order.Refusal)
	}
	if got := o.keep(locker.OrderReceived{Order: locker.Order{ID: "o-2", Cabinet: c.Cabinet, Issuer: "a", Unlock: &locker.UnlockOrder{Door: 1}}}); got.Order.Refusal != "" {
		t.Errorf("want what brings nothing followed, got %q", got.Order.Refusal)
	}
}
