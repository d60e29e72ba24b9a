package orders_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/internal/contract"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

// TestWhatAParcelCosts: the order and the books have the same terms, whichever way the announcement came; terms that cannot be read are not
// sent.
func TestWhatAParcelCosts(t *testing.T) {
	o, b := newOffice(t)
	terms := &locker.Terms{Name: "storage", Currency: "EUR", Due: 100, Tariff: &tariff.Tariff{Currency: "EUR", Zone: "Europe/Berlin", Free: 86400,
		Steps: []tariff.Rate{{Every: 3600, Price: 5, Times: 10, Charge: tariff.Proportional}, {Every: 86400, Price: 250}}, Cap: 1000, Multiple: 5, QuietWeekdays: []string{"sunday"}, QuietDates: []string{"2026-12-25"}}}
	made := orders.Announcement{Tracking: "T1", Fee: terms}.Order("demo-1", "ada")
	body, err := json.Marshal(made.Body)
	fatal(t, err)
	typed, err := orders.Read("demo-1", "parcel.announce", "ada", body, nil)
	fatal(t, err)
	typed.Tell = &desk.Contact{Mail: "ada@recipient.example"}
	for name, w := range map[string]orders.Order{"made": made, "typed": typed} {
		id, err := o.Send(t.Context(), w)
		fatal(t, err)
		found, err := b.Announcements(t.Context(), books.AnnouncementFilter{Order: id}, 1)
		fatal(t, err)
		if got := found[0].Fee; got == nil || got.String() != terms.String() {
			t.Errorf("%s: want %s in the books, got %s", name, terms, got)
		}
		sent, err := b.Unpublished(t.Context(), 10)
		fatal(t, err)
		raw, err := base64.RawURLEncoding.DecodeString(strings.Split(sent[len(sent)-1].Signed, ".")[1])
		fatal(t, err)
		var payload struct {
			Body struct{ Fee locker.Terms }
		}
		fatal(t, json.Unmarshal(raw, &payload))
		if payload.Body.Fee.String() != terms.String() {
			t.Errorf("%s: want %s signed, got %s", name, terms, payload.Body.Fee.String())
		}
	}
	for _, fee := range []contract.Fee{{Currency: "EUR", Tariff: json.RawMessage(`{"currency":"EUR","steps":[],"discount":5}`)}, {Currency: "EUR", Tariff: json.RawMessage(`{}`)}, {Currency: "euro", Due: 5}} {
		var unfit orders.Unfit
		_, err := o.Send(t.Context(), orders.Order{Cabinet: "demo-1", Kind: "parcel.announce", By: "ada", Tell: &desk.Contact{}, Body: contract.Announce{Tracking: "T2", Fee: &fee}})
		if !errors.As(err, &unfit) {
			t.Errorf("%s: want it refused here, got %v", fee.Tariff, err)
		}
	}
}

// TestMoneyStandsInTheAudit: who said how much, by which reference, and why.
func TestMoneyStandsInTheAudit(t *testing.T) {
	b, err := books.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "books.db"), books.Key{1})
	fatal(t, err)
	t.Cleanup(func() { _ = b.Close() })
	fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: "demo-1"}))
	signer, err := credential.NewSigner("desk", make([]byte, 32))
	fatal(t, err)
	o := orders.New(b, signer, func() {})
	w := orders.Money(desk.Parcel{Cabinet: "demo-1", ID: "p1", Tracking: "T1"}, "ada", desk.Payment{Reference: "r1", Amount: 250, Currency: "EUR", Refund: true})
	w.Reason = "they called"
	_, err = o.Send(t.Context(), w)
	fatal(t, err)
	deeds, err := b.Deeds(t.Context(), books.DeedFilter{}, 1)
	fatal(t, err)
	if d := deeds[0]; d.What != "fee.refunded" || d.Who != "ada" || d.Subject != "T1" || d.Reason != "they called (2.50 EUR, r1)" {
		t.Errorf("want the sum in the audit, got %+v", d.Deed)
	}
	list, err := b.Payments(t.Context(), "demo-1", "p1")
	fatal(t, err)
	if len(list) != 1 || !list[0].Refund || list[0].By != "ada" {
		t.Errorf("want the payment with its order, got %+v", list)
	}
}
