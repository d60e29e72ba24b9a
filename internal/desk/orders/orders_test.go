package orders_test

import (
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
)

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newOffice is an office with one cabinet, and its books.
func newOffice(t *testing.T) (*orders.Office, *books.Books) {
	t.Helper()
	b, err := books.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "books.db"), books.Key{1})
	fatal(t, err)
	t.Cleanup(func() { _ = b.Close() })
	fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: "demo-1", Reader: make([]byte, 32)}))
	signer, err := credential.NewSigner("desk", make([]byte, 32))
	fatal(t, err)
	return orders.New(b, signer, func() {}), b
}

// TestOrdersAboutParcels: each is signed as a cabinet reads it, and stands in the audit with who wanted it, from where and why.
func TestOrdersAboutParcels(t *testing.T) {
	b, err := books.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "books.db"), books.Key{1})
	fatal(t, err)
	t.Cleanup(func() { _ = b.Close() })
	fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: "demo-1", Reader: make([]byte, 32)}))
	signer, err := credential.NewSigner("desk", make([]byte, 32))
	fatal(t, err)
	sent := 0
	o := orders.New(b, signer, func() { sent++ })
	ctx := orders.From(t.Context(), "192.0.2.7")
	const number, why = "JJD000390007", "they called"
	for kind, o1 := range map[string]orders.Order{
		"parcel.new_code":      {Body: contract.NewCode{Tracking: number}},
		"parcel.extend":        {Body: contract.Extend{Tracking: number, ByHours: 48}},
		"parcel.cancel":        {Body: contract.Cancel{Tracking: number}},
		"parcel.handed_over":   {Body: contract.HandOver{Tracking: number}},
		"parcel.new_recipient": {Body: contract.NewRecipient{Tracking: number}, Personal: contract.Recipient{Phone: "+491701234567"}},
		"door.looked":          {Body: contract.Looked{Door: 7, By: "ada"}},
		"door.unlock":          {Body: contract.Unlock{Door: 7, Reason: why}},
	} {
		o1.Cabinet, o1.Kind, o1.By = "demo-1", kind, "ada"
		if kind != "door.unlock" {
			o1.Reason = why
		}
		id, err := o.Send(ctx, o1)
		fatal(t, err)
		list, err := b.Unpublished(t.Context(), 100)
		fatal(t, err)
		var payload contract.Order
		for _, one := range list {
			if one.ID == id {
				raw, err := base64.RawURLEncoding.DecodeString(strings.Split(one.Signed, ".")[1])
				fatal(t, err)
				fatal(t, json.Unmarshal(raw, &payload))
			}
		}
		if payload.Kind != kind || payload.Cabinet != "demo-1" || !payload.Expires.After(time.Now()) {
			t.Errorf("%s: want it signed, got %+v", kind, payload)
		}
		if err := contract.CheckBody(kind, payload.Body); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if (kind == "parcel.new_recipient") != (payload.Personal != nil) {
			t.Errorf("%s: want the phone number in a box, got %q", kind, payload.Personal)
		}
		deeds, err := b.Deeds(t.Context(), books.DeedFilter{Cabinet: "demo-1"}, 100)
		fatal(t, err)
		want := books.Deed{Who: "ada", Place: "192.0.2.7", What: kind, Cabinet: "demo-1", Subject: number, Reason: why, Order: id}
		if strings.HasPrefix(kind, "door.") {
			want.Subject = "7"
		}
		found := slices.ContainsFunc(deeds, func(d books.Done) bool {
			want.ID, want.At = d.ID, d.At
			return d.Deed == want && d.Sent != nil && d.Sent.State(time.Now()) == books.OrderWaits
		})
		if !found {
			t.Errorf("%s: want %+v in the audit, got %+v", kind, want, deeds)
		}
	}
	if sent != 7 {
		t.Errorf("want whoever publishes to be woken each time, got %d", sent)
	}
	if _, err := o.Send(ctx, orders.Order{Cabinet: "demo-1", Kind: "parcel.extend", By: "ada", Body: contract.Extend{ByHours: 48}}); err == nil {
		t.Error("want an order that no cabinet would read to be refused here")
	}
}

// TestNobodyBringsWhatSomebodySends: an announcement for a sender is one like others, and on no list of what couriers bring.
func TestNobodyBringsWhatSomebodySends(t *testing.T) {
	o, b := newOffice(t)
	for _, from := range []string{"", "sender"} {
		_, err := o.Send(t.Context(), orders.Order{Cabinet: "demo-1", Kind: "parcel.announce", By: "ada", Tell: &desk.Contact{Mail: "ada@sender.example"},
			Body: contract.Announce{Tracking: "JJD00039000" + from, From: from, Company: "Example Parcel"}})
		fatal(t, err)
		list, err := b.Announcements(t.Context(), books.AnnouncementFilter{Tracking: "JJD00039000" + from}, 10)
		fatal(t, err)
		if len(list) != 1 || list[0].Sends != (from != "") {
			t.Errorf("from %q: want it among the announcements, got %+v", from, list)
		}
	}
	bring, err := b.ToBring(t.Context(), "demo-1", "Example Parcel", 10)
	fatal(t, err)
	if len(bring) != 1 || bring[0].Tracking != "JJD00039000" {
		t.Errorf("want couriers to bring the one that nobody sends, got %+v", bring)
	}
}

// TestWhatASenderIsAsked goes with the order; what concerns a recipient does not.
func TestWhatASenderIsAsked(t *testing.T) {
	a := orders.Announcement{Tracking: "S1", Company: "c", Sends: true, Label: true, Weights: []int{2000}, Agree: []contract.Statement{{Key: "terms"}}, Consent: "given"}
	b := a.Order("demo-1", "ada").Body.(contract.Announce)
	if !b.Label || len(b.Weights) != 1 || len(b.Agree) != 1 || b.Consent != "" {
		t.Errorf("want what a sender is asked, got %+v", b)
	}
	a.Sends = false
	if b := a.Order("demo-1", "ada").Body.(contract.Announce); b.Label || b.Agree != nil || b.Weights != nil || b.Consent != "given" {
		t.Errorf("want the recipient's consent alone, got %+v", b)
	}
}

// TestUntilWhenASenderIsExpected: as was said, or for two weeks; a courier's parcel as the cabinet is set.
func TestUntilWhenASenderIsExpected(t *testing.T) {
	until := func(a orders.Announcement) time.Time { return a.Order("demo-1", "ada").Body.(contract.Announce).Until }
	said := time.Date(2026, 12, 8, 10, 0, 0, 500, time.UTC)
	for _, sends := range []bool{true, false} {
		if got := until(orders.Announcement{Sends: sends, Until: said}); !got.Equal(said.Truncate(time.Second)) {
			t.Errorf("a sender's %v: want it as it was said, got %s", sends, got)
		}
	}
	if got := time.Until(until(orders.Announcement{Sends: true})); got > orders.Sendable || got < orders.Sendable-time.Minute {
		t.Errorf("want two weeks, got %s", got)
	}
	if got := until(orders.Announcement{}); !got.IsZero() {
		t.Errorf("want no end of ours, got %s", got)
	}
}
