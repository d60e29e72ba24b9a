package office_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/office"
)

// TestMoneyAtTheDesk: what is owed and was paid is on the parcel's page; staff say that money came in, once for a receipt, and the audit says
// how much; what cannot be is refused with a reason.
func TestMoneyAtTheDesk(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	b := s.signedIn("stan", desk.Staff)
	page := b.get("/desk/parcels/demo-1/p1")
	for _, want := range []string{"<dd><bdi dir=\"ltr\">14.90\u00a0EUR</bdi></dd>", "<dd><bdi dir=\"ltr\">5.00\u00a0EUR</bdi></dd>", "r1 plain", "storage plain", `name="reference" dir="ltr" value="desk-`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("want %q on the page, got\n%s", want, page.body)
		}
	}
	if viewer := s.signedIn("vera", desk.Viewer).get("/desk/parcels/demo-1/p1"); !strings.Contains(viewer.body, "14.90\u00a0EUR") || strings.Contains(viewer.body, "do/paid") {
		t.Error("want a viewer to see what is owed, and to say nothing of money")
	}
	pay := func(deed, amount, reference string) answer {
		return b.post("/desk/parcels/demo-1/p1/do/"+deed, sure("amount", amount, "reference", reference))
	}
	first := pay("paid", "14,90", "receipt 7")
	if first.status != http.StatusSeeOther {
		t.Fatalf("want it sent, got %d %s", first.status, first.body)
	}
	if again := pay("paid", "14.90", "receipt 7"); again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("want a form that is sent twice to be one payment, got %d %s", again.status, again.header.Get("Location"))
	}
	if page := b.get("/desk/parcels/demo-1/p1"); !strings.Contains(page.body, "0.00\u00a0EUR") || !strings.Contains(page.body, "on its way to the cabinet") {
		t.Errorf("want it on its way, got\n%s", page.body)
	}
	for _, c := range []struct{ deed, amount, reference, want string }{
		{"paid", "1", "receipt 7", "another payment"}, {"paid", "0", "receipt 8", "above 0"}, {"paid", "1.000", "receipt 8", "above 0"}, {"paid", "-5", "receipt 8", "above 0"},
		{"paid", "5", "", "cannot be ordered"}, {"refunded", "19.91", "receipt 9", "More is to be given back"},
	} {
		if got := pay(c.deed, c.amount, c.reference); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, c.want) {
			t.Errorf("%+v: want it refused, got %d", c, got.status)
		}
	}
	if got := b.post("/desk/parcels/demo-1/p2%2Fplain/do/paid", sure("amount", "1", "reference", "r")); got.status != http.StatusNotFound {
		t.Errorf("want no money for what costs nothing, got %d", got.status)
	}
	for price, want := range map[string]int{"-1": http.StatusUnprocessableEntity, "x": http.StatusUnprocessableEntity, "1.005": http.StatusUnprocessableEntity, "1000000.01": http.StatusUnprocessableEntity} {
		if got := b.post("/desk/parcels/demo-1/p1/do/extend", sure("days", "2", "price", price)); got.status != want || !strings.Contains(got.body, "above 0") {
			t.Errorf("a longer time for %q: want it refused, got %d", price, got.status)
		}
	}
	if got := b.post("/desk/parcels/demo-1/p2%2Fplain/do/extend", sure("days", "2", "price", "1")); got.status != http.StatusUnprocessableEntity {
		t.Errorf("want no price for what costs nothing, got %d", got.status)
	}
	deeds, err := s.books.Deeds(t.Context(), books.DeedFilter{Who: "stan"}, 10)
	fatal(t, err)
	if deeds[0].What != "fee.paid" || deeds[0].Subject != "JJD000390007" || deeds[0].Reason != "they called (14.90 EUR, receipt 7)" || count(t, s, "stan") != 1 {
		t.Errorf("want one deed with its sum, got %+v", deeds[0].Deed)
	}
	s.record("demo-1", "parcel.collected", map[string]any{"parcel": "p1", "door": 7}, "", "")
	if got := pay("refunded", "5", "receipt 9"); got.status != http.StatusSeeOther {
		t.Errorf("want money to go back when the parcel is gone, too, got %d", got.status)
	}
}

// TestALongerTimeForMoney: the order has the price, where the parcel has a fee.
func TestALongerTimeForMoney(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	b := s.signedIn("stan", desk.Staff)
	if page := b.get("/desk/parcels/demo-1/p1"); !strings.Contains(page.body, `name="price"`) {
		t.Errorf("want a price to be asked for, got\n%s", page.body)
	}
	if page := b.get("/desk/parcels/demo-1/p2%2Fplain"); strings.Contains(page.body, `name="price"`) {
		t.Error("want none for what costs nothing")
	}
	for price, want := range map[string]string{"2,50": `"price":250`, "": `"by_hours":48}`} {
		got := b.post("/desk/parcels/demo-1/p1/do/extend", sure("days", "2", "price", price))
		if got.status != http.StatusSeeOther {
			t.Fatalf("%q: want it sent, got %d %s", price, got.status, got.body)
		}
		if body := s.ordered(got.header.Get("Location")); !strings.Contains(body, want) {
			t.Errorf("%q: want %s, got %s", price, want, body)
		}
	}
}

// ordered is the content of an order that waits to be published, by the address that a form has led to.
func (s *site) ordered(location string) string {
	s.t.Helper()
	_, id, _ := strings.Cut(location, "?order=")
	list, err := s.books.Unpublished(s.t.Context(), 100)
	fatal(s.t, err)
	for _, o := range list {
		if o.ID == id {
			payload, err := base64.RawURLEncoding.DecodeString(strings.Split(o.Signed, ".")[1])
			fatal(s.t, err)
			return string(payload)
		}
	}
	s.t.Fatalf("the order %s waits no more", id)
	return ""
}

// TestAnnouncedWithAFee: by the form and by a file, by the tariff's name and a sum.
func TestAnnouncedWithAFee(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	b := s.signedIn("stan", desk.Staff)
	if page := b.get("/desk/announce"); !strings.Contains(page.body, "<option>storage</option>") || !strings.Contains(page.body, `name="due"`) {
		t.Errorf("want tariffs to choose from, got\n%s", page.body)
	}
	const head = "cabinet,tracking,mail,tariff,due\n"
	bad := b.upload(head + "demo-1,T1,a@b.example,other,\ndemo-1,T2,a@b.example,,1.000\n")
	for _, want := range []string{"<td>2</td><td><bdi>tariff</bdi></td><td>is none of <bdi>storage</bdi>", "<td>3</td><td><bdi>due</bdi></td><td>is no sum of <bdi>EUR</bdi>"} {
		if !strings.Contains(bad.body, want) {
			t.Errorf("want %q, got\n%s", want, bad.body)
		}
	}
	if got := b.upload(head + "demo-1,T1,a@b.example,storage,\ndemo-1,T2,a@b.example,,\"19,90\"\n"); got.status != http.StatusOK {
		t.Errorf("want them announced, got %d %s", got.status, got.body)
	}
	if got := b.post("/desk/announce", url.Values{"cabinet": {"demo-1"}, "tracking": {"T3"}, "mail": {"a@b.example"}, "tariff": {"storage"}, "due": {"1"}}); got.status != http.StatusOK {
		t.Errorf("want it announced, got %d %s", got.status, got.body)
	}
	for tracking, want := range map[string]string{"T1": `{"name":"storage","currency":"EUR","tariff":`, "T2": `{"currency":"EUR","due":1990}`, "T3": `{"name":"storage","currency":"EUR","due":100,`} {
		found, err := s.books.Announcements(t.Context(), books.AnnouncementFilter{Tracking: tracking}, 1)
		fatal(t, err)
		if got := found[0].Fee.String(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: want %s, got %s", tracking, want, got)
		}
	}
}

// TestAPaymentInDoubtAtTheDesk: staff who have looked at the provider say that nothing was paid, while it is in doubt.
func TestAPaymentInDoubtAtTheDesk(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	b := s.signedIn("stan", desk.Staff)
	const page, deed = "/desk/parcels/demo-1/p1", "/desk/parcels/demo-1/p1/do/not-paid"
	if got := b.get(page); strings.Contains(got.body, "do/not-paid") {
		t.Error("want it offered only where a payment is in doubt")
	}
	if got := b.post(deed, sure()); got.status != http.StatusNotFound {
		t.Errorf("want nothing said of what is in no doubt, got %d", got.status)
	}
	s.record("demo-1", "fee.uncertain", map[string]any{"charge": "c-1-7", "parcel": "p1", "door": 7, "amount": 1490, "currency": "EUR", "why": "lost"}, "", "")
	if got := b.get(page); !strings.Contains(got.body, "c-1-7") || !strings.Contains(got.body, "do/not-paid") {
		t.Errorf("want the doubt on the page, and the way out, got\n%s", got.body)
	}
	if got := s.signedIn("vera", desk.Viewer).get(page); strings.Contains(got.body, "do/not-paid") {
		t.Error("want a viewer to say nothing of money")
	}
	got := b.post(deed, sure())
	if body := s.ordered(got.header.Get("Location")); !strings.Contains(body, `"kind":"fee.unpaid"`) || !strings.Contains(body, `"body":{"charge":"c-1-7","tracking":"JJD000390007"}`) {
		t.Errorf("want the order about that payment, got %s", body)
	}
	deeds, err := s.books.Deeds(t.Context(), books.DeedFilter{Who: "stan"}, 10)
	fatal(t, err)
	if deeds[0].What != "fee.unpaid" || deeds[0].Subject != "JJD000390007" || deeds[0].Reason != "they called" {
		t.Errorf("want it in the audit, got %+v", deeds[0].Deed)
	}
	s.record("demo-1", "fee.declined", map[string]any{"order": "o", "charge": "c-1-7", "parcel": "p1", "door": 7, "why": "cancelled"}, "", "")
	if got := b.get(page); strings.Contains(got.body, "do/not-paid") {
		t.Error("want the doubt gone")
	}
}
