package sync_test

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"testing"
	"time"

	"lockerd/internal/locker"
	link "lockerd/internal/sync"
	"lockerd/internal/tariff"
)

// TestReadOrdersAboutWhatWaits: parcels, bookings and keys, as they are written, and what is refused for its form.
func TestReadOrdersAboutWhatWaits(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	until := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		kind, body string
		want       locker.Order
	}{
		{"parcel.extend", `{"tracking":"A","until":"2026-11-30T01:00:00+01:00"}`, locker.Order{Extend: &locker.ExtendOrder{Tracking: "A", Until: until}}},
		{"parcel.extend", `{"tracking":"A","by_hours":48}`, locker.Order{Extend: &locker.ExtendOrder{Tracking: "A", By: 48 * time.Hour}}},
		{"parcel.extend", `{"tracking":"A"}`, locker.Order{Refusal: "body: must say until when, or by_hours, and one of them only"}},
		{"parcel.extend", `{"tracking":"A","by_hours":1,"until":"2026-11-30T00:00:00Z"}`,
			locker.Order{Refusal: "body: must say until when, or by_hours, and one of them only"}},
		{"parcel.extend", `{"tracking":"A","by_hours":-1}`, locker.Order{Refusal: "body: by_hours: must be 1 to 2160"}},
		{"parcel.extend", `{"tracking":"A","by_hours":2161}`, locker.Order{Refusal: "body: by_hours: must be 1 to 2160"}},
		{"parcel.extend", `{"by_hours":1}`, locker.Order{Refusal: "body: tracking: must have 1 to 64 printable characters"}},
		{"parcel.extend", `{"tracking":"A","by_hours":48,"price":300}`,
			locker.Order{Extend: &locker.ExtendOrder{Tracking: "A", By: 48 * time.Hour, Price: 300}}},
		{"parcel.extend", `{"tracking":"A","by_hours":48,"price":-1}`, locker.Order{Refusal: "body: price: must be 0 to 100000000"}},
		{"parcel.announce", `{"tracking":"A","fee":{"name":"x","currency":"EUR","due":1990,"tariff":{"currency":"EUR","steps":[{"every_s":86400,"price":250}]}}}`,
			locker.Order{Announce: &locker.AnnounceOrder{Tracking: "A", Fee: &locker.Terms{Name: "x", Currency: "EUR", Due: 1990,
				Tariff: &tariff.Tariff{Currency: "EUR", Steps: []tariff.Rate{{Every: 86_400, Price: 250}}}}}}},
		{"parcel.announce", `{"tracking":"A","fee":{"currency":"EUR"}}`, locker.Order{Refusal: "body: fee: must say what is due, or a tariff"}},
		{"parcel.announce", `{"tracking":"A","fee":{"currency":"eur","due":1}}`, locker.Order{Refusal: "body: currency: must be three capitals, as \"EUR\""}},
		{"parcel.announce", `{"tracking":"A","fee":{"currency":"EUR","due":-1}}`, locker.Order{Refusal: "body: fee: due: must be 0 to 100000000"}},
		{"parcel.announce", `{"tracking":"A","fee":{"currency":"EUR","tariff":{"currency":"CHF","steps":[]}}}`, locker.Order{Refusal: "body: fee: tariff: is in another currency"}},
		{"parcel.announce", `{"tracking":"A","fee":{"currency":"EUR","tariff":{"currency":"EUR","steps":[],"tip":1}}}`,
			locker.Order{Refusal: "body: fee: tariff: json: unknown field \"tip\""}},
		{"parcel.announce", `{"tracking":"A","from":"sender","company":"C","size":"M","until":"2026-11-30T01:00:00+01:00"}`,
			locker.Order{Announce: &locker.AnnounceOrder{Tracking: "A", From: locker.FromSender, Company: "C", Size: "M", Until: until}}},
		{"parcel.announce", `{"tracking":"A","from":"renter","hours":36,"company":"C"}`,
			locker.Order{Announce: &locker.AnnounceOrder{Tracking: "A", From: locker.FromRenter, Company: "C", Term: 36 * time.Hour}}},
		{"parcel.share", `{"tracking":"A","sharer":"ben","may_end":true}`, locker.Order{Share: &locker.ShareOrder{Tracking: "A", Person: "ben", Ends: true}}},
		{"parcel.unshare", `{"tracking":"A","sharer":"ben"}`, locker.Order{Unshare: &locker.UnshareOrder{Tracking: "A", Person: "ben"}}},
		{"parcel.told", `{"tracking":"A","at":"2026-11-30T01:00:00+01:00"}`, locker.Order{Told: &locker.ToldOrder{Tracking: "A", Told: until}}},
		{"parcel.told", `{"tracking":"A"}`, locker.Order{Refusal: "body: at: must be given"}},
		{"fee.link", `{"tracking":"A","amount":250,"currency":"EUR","url":"https://pay.example.org/1"}`,
			locker.Order{Link: &locker.LinkOrder{Tracking: "A", Amount: 250, Currency: "EUR", URL: "https://pay.example.org/1"}}},
		{"fee.paid", `{"tracking":"A","amount":250,"currency":"EUR","reference":"r1"}`,
			locker.Order{Paid: &locker.MoneyOrder{Tracking: "A", Amount: 250, Currency: "EUR", Reference: "r1"}}},
		{"fee.refunded", `{"tracking":"A","parcel":"p-1","amount":250,"currency":"EUR","reference":"r1"}`,
			locker.Order{Refund: &locker.MoneyOrder{Tracking: "A", Parcel: "p-1", Amount: 250, Currency: "EUR", Reference: "r1"}}},
		{"fee.paid", `{"tracking":"A","amount":250,"currency":"EUR","reference":"r1","card":"4111111111111111"}`, locker.Order{Refusal: "body: a field that is not known"}},
		{"parcel.new_code", `{"tracking":"A"}`, locker.Order{NewCode: &locker.NewCodeOrder{Tracking: "A"}}},
		{"parcel.new_code", `{"tracking":"A","code":"12345678"}`, locker.Order{Refusal: "body: a field that is not known"}},
		{"parcel.new_recipient", `{"tracking":"A","ask":["confirm"]}`,
			locker.Order{NewRecipient: &locker.NewRecipientOrder{Tracking: "A", Ask: locker.Conditions{Confirm: true}}}},
		{"parcel.new_recipient", `{"tracking":"A","ask":["pin"]}`, locker.Order{Refusal: "body: ask: a PIN is asked for, but personal has none"}},
		{"parcel.new_recipient", `{"tracking":"A","phone":"+491701234567"}`, locker.Order{Refusal: "body: a field that is not known"}},
		{"parcel.status", `{"tracking":"A"}`, locker.Order{Status: &locker.StatusOrder{Tracking: "A"}}},
		{"parcel.status", `{"parcel":"p-1"}`, locker.Order{Status: &locker.StatusOrder{Parcel: "p-1"}}},
		{"parcel.status", `{"parcel":"p-1","tracking":"A"}`,
			locker.Order{Refusal: "body: must name a tracking number or a parcel, and one of them only"}},
		{"doors.book", `{"doors":[3,4],"tracking":"A","until":"2026-11-30T00:00:00Z"}`,
			locker.Order{Book: &locker.BookOrder{Doors: []int{3, 4}, Tracking: "A", Until: until}}},
		{"doors.book", `{"size":"M","count":5,"company":"Example Parcel","until":"2026-11-30T00:00:00Z"}`,
			locker.Order{Book: &locker.BookOrder{Size: "M", Count: 5, Company: "Example Parcel", Until: until}}},
		{"doors.book", `{"size":"M","count":401,"tracking":"A"}`, locker.Order{Refusal: "body: doors: must be at most 400"}},
		{"doors.unbook", `{"booking":"o-1"}`, locker.Order{Unbook: &locker.UnbookOrder{Booking: "o-1"}}},
		{"doors.unbook", `{}`, locker.Order{Refusal: "body: booking: must have 1 to 64 printable characters"}},
		{"issuer.put", `{"issuer":"next","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","signs":["orders","tokens"],"until":"2026-11-30T00:00:00Z"}`,
			locker.Order{IssuerPut: &locker.Issuer{ID: "next", Key: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", Signs: []string{"orders", "tokens"}, Until: until}}},
		{"issuer.put", `{"issuer":"next"}`, locker.Order{Refusal: "body: key: must have 44 to 44 printable characters"}},
		{"issuer.remove", `{"issuer":"last"}`, locker.Order{IssuerRemove: &locker.IssuerRemoveOrder{ID: "last"}}},
	} {
		t.Run(c.kind+" "+c.body, func(t *testing.T) {
			c.want.ID, c.want.Kind = "x", c.kind
			got := link.ReadOrder(fmt.Appendf(nil, `{"id":"x","kind":%q,"body":%s}`, c.kind, c.body), false, true, k)
			if !reflect.DeepEqual(c.want, got) {
				t.Errorf("\nwant %+v\n got %+v", c.want, got)
			}
		})
	}
	t.Run("a new recipient's phone and PIN", func(t *testing.T) {
		personal := base64.StdEncoding.EncodeToString(seal(k.public, []byte(`{"phone":"+491701234567","pin":"2468"}`)))
		got := link.ReadOrder(fmt.Appendf(nil, `{"id":"x","kind":"parcel.new_recipient","body":{"tracking":"A","ask":["phone","pin"]},"personal":%q}`,
			personal), false, true, k)
		n := got.NewRecipient
		if got.Refusal != "" || n.Mask != "•••••67" || n.Ask.PIN != k.Hash("2468") || n.Ask.Phone != k.Hash("4567") {
			t.Fatalf("got %+v, %+v", got, n)
		}
		operator := &keys{public: k.operator, private: k.opening}
		if plain, err := operator.Open(n.Phone); err != nil || string(plain) != "+491701234567" {
			t.Errorf("the operator opens %q, %v", plain, err)
		}
	})
}
