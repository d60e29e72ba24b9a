package rest_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/fees"
	"lockerd/internal/desk/rest"
	"lockerd/internal/tariff"
)

// costs is what parcels cost at the operator of these tests.
var costs = &fees.Config{Currency: "EUR", Link: "https://pay.example/{cabinet}/{parcel}",
	Tariffs: map[string]tariff.Tariff{"storage": {Currency: "EUR", Free: 86400, Steps: []tariff.Rate{{Every: 86400, Price: 250}}, Cap: 1000}}}

const paymentsOf = "/cabinets/demo-1/parcels/p1/payments"

// fee is a parcel's fee as it is answered.
func (s *site) fee() map[string]any {
	s.t.Helper()
	fee, _ := s.want(200, "GET", paymentsOf, "").body["fee"].(map[string]any)
	return fee
}

// TestAParcelIsPaidFor: announced with a tariff and something due; half is paid, then too much, and that is given back; a key that may do
// that may do nothing else.
func TestAParcelIsPaidFor(t *testing.T) {
	s := newSite(t)
	order := s.want(202, "POST", "/announcements", `{"cabinet":"demo-1","tracking":"T1","fee":{"tariff":"storage","due":100},"recipient":{"mail":"ada@recipient.example"}}`).body["order"].(string)
	s.take("parcel.announced", fmt.Sprintf(`{"order":%q,"tracking":"T1"}`, order))
	s.take("parcel.stored", fmt.Sprintf(`{"parcel":"p1","tracking":"T1","door":7,"order":%q}`, order))
	for asked, want := range map[string]bool{order: true, "another": false} {
		if a := s.want(200, "GET", "/parcels?order="+asked, ""); strings.Contains(a.text, `"parcel":"p1"`) != want {
			t.Errorf("want the parcel found by the order that announced it alone, got %s", a.text)
		}
	}
	s.want(202, "POST", "/cabinets/demo-1/parcels/p1/extend", `{"by_hours":24,"price":200}`)
	s.take("parcel.told", fmt.Sprintf(`{"order":"d1","parcel":"p1","door":7,"told":%q}`, time.Now().Add(-30*time.Hour).UTC().Format(time.RFC3339)))
	if fee := s.fee(); fee["owed"] != 350.0 || fee["tariff"] != "storage" || fee["until"] == nil || fee["free_until"] != nil || fee["paid"] != 0.0 {
		t.Errorf("want 1.00 and a day, got %v", fee)
	}
	handler := s.key(600, string(rest.PaymentsWrite))
	pay := func(what, reference string, amount int) answer {
		t.Helper()
		return s.ask(handler, "POST", strings.Replace(paymentsOf, "payments", what, 1), fmt.Sprintf(`{"amount":%d,"currency":"EUR","reference":%q}`, amount, reference))
	}
	first := pay("payments", "r1", 200)
	if first.status != 202 || first.body["kind"] != "fee.paid" || first.body["state"] != "waiting" {
		t.Fatalf("want an order, got %d %s", first.status, first.text)
	}
	if again := pay("payments", "r1", 200); again.status != 202 || again.body["order"] != first.body["order"] {
		t.Errorf("want the same order, got %d %s", again.status, again.text)
	}
	if fee := s.fee(); fee["owed"] != 150.0 || fee["paid"] != 0.0 {
		t.Errorf("want what is on its way not asked for again, got %v", fee)
	}
	for _, c := range []struct {
		what, reference string
		amount, want    int
	}{{"payments", "r1", 201, 409}, {"refunds", "r1", 200, 409}, {"refunds", "b1", 201, 409}, {"payments", "r9", 0, 422}, {"payments", "", 5, 422}} {
		a := pay(c.what, c.reference, c.amount)
		if a.status != c.want || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%v: want %d, got %d %s", c, c.want, a.status, a.text)
		}
	}
	s.want(422, "POST", paymentsOf, `{"amount":5,"currency":"CHF","reference":"r9"}`)
	s.take("order.accepted", fmt.Sprintf(`{"order":%q,"kind":"fee.paid"}`, first.body["order"]))
	s.take("fee.paid", fmt.Sprintf(`{"order":%q,"parcel":"p1","door":7,"reference":"r1","amount":200,"currency":"EUR","left":150}`, first.body["order"]))
	s.take("fee.paid", `{"order":"o","parcel":"p1","door":7,"reference":"r2","amount":350,"currency":"EUR","left":0,"over":200}`)
	if fee := s.fee(); fee["owed"] != 0.0 || fee["paid"] != 550.0 || fee["over"] != 200.0 {
		t.Errorf("want it paid, and 2.00 too much, got %v", fee)
	}
	if list := s.want(200, "GET", "/alarms", ""); !strings.Contains(list.text, "more was paid than was owed: reference r2") {
		t.Errorf("want the staff to know, got %s", list.text)
	}
	if a := pay("refunds", "b1", 200); a.status != 202 || a.body["kind"] != "fee.refunded" {
		t.Errorf("want it given back, got %d %s", a.status, a.text)
	}
	s.take("parcel.collected", `{"parcel":"p1","door":7}`)
	if a := pay("refunds", "b2", 350); a.status != 202 {
		t.Errorf("want money to go back when the parcel is gone, too, got %d %s", a.status, a.text)
	}
	if a := s.ask(handler, "GET", paymentsOf, ""); a.status != 403 {
		t.Errorf("want a key for payments to see nothing, got %d", a.status)
	}
	list, err := s.books.Orders(t.Context(), books.OrderFilter{}, 20)
	fatal(t, err)
	if len(list) != 5 { // the announcement, a longer period, a payment, two that went back
		t.Errorf("want five orders, got %+v", list)
	}
}

// TestNothingIsOwedForWhatIsGone: a courier has taken the parcel back, and no program asks its recipient for money.
func TestNothingIsOwedForWhatIsGone(t *testing.T) {
	s := newSite(t)
	order := s.want(202, "POST", "/announcements", `{"cabinet":"demo-1","tracking":"T1","fee":{"due":100},"recipient":{"mail":"ada@recipient.example"}}`).body["order"].(string)
	s.take("parcel.announced", fmt.Sprintf(`{"order":%q,"tracking":"T1"}`, order))
	s.take("parcel.stored", fmt.Sprintf(`{"parcel":"p1","tracking":"T1","door":7,"order":%q}`, order))
	s.take("parcel.expired", `{"parcel":"p1","door":7}`)
	if fee := s.fee(); fee["owed"] != 100.0 {
		t.Errorf("want it owed while it lies there, got %v", fee)
	}
	s.take("parcel.recalled", `{"parcel":"p1","door":7}`)
	if fee := s.fee(); fee["owed"] != 0.0 {
		t.Errorf("want nothing owed, got %v", fee)
	}
}

// TestMoneyNamesItsParcel: a number comes back, and orders about money say which of its parcels they mean.
func TestMoneyNamesItsParcel(t *testing.T) {
	s := newSite(t)
	for _, parcel := range []string{"p1", "p2"} {
		order := s.want(202, "POST", "/announcements", `{"cabinet":"demo-1","tracking":"T1","fee":{"due":100},"recipient":{"mail":"ada@recipient.example"}}`).body["order"].(string)
		s.take("parcel.announced", fmt.Sprintf(`{"order":%q,"tracking":"T1"}`, order))
		s.take("parcel.stored", fmt.Sprintf(`{"parcel":%q,"tracking":"T1","door":7,"order":%q}`, parcel, order))
		if parcel == "p1" {
			s.take("fee.paid", `{"order":"o","parcel":"p1","door":7,"reference":"r1","amount":100,"currency":"EUR","left":0}`)
			s.take("parcel.collected", `{"parcel":"p1","door":7}`)
		}
	}
	for _, parcel := range []string{"p1", "p2"} {
		id := s.want(202, "POST", strings.Replace(paymentsOf, "p1", parcel, 1), `{"amount":100,"currency":"EUR","reference":"r2"}`).body["order"].(string)
		list, err := s.books.Unpublished(t.Context(), 100)
		fatal(t, err)
		i := slices.IndexFunc(list, func(o books.Order) bool { return o.ID == id })
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(list[i].Signed, ".")[1])
		fatal(t, err)
		if !strings.Contains(string(payload), `"parcel":"`+parcel+`"`) {
			t.Errorf("want %s named, got %s", parcel, payload)
		}
	}
	s.want(202, "POST", strings.Replace(paymentsOf, "payments", "refunds", 1), `{"amount":100,"currency":"EUR","reference":"b1"}`)
}

// TestFeesThatNoCabinetWouldTake: said at once.
func TestFeesThatNoCabinetWouldTake(t *testing.T) {
	s := newSite(t)
	s.take("parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`)
	for fee, want := range map[string]string{`{"tariff":"other"}`: "there are: storage", `{}`: "or both", `{"due":-1}`: "due", `{"due":100000001}`: "due", `{"due":1,"currency":"EUR"}`: "unexpected"} {
		if a := s.want(422, "POST", "/announcements", `{"cabinet":"demo-1","tracking":"T2","fee":`+fee+`}`); !strings.Contains(a.text, want) {
			t.Errorf("%s: want %q, got %s", fee, want, a.text)
		}
	}
	a := s.want(409, "POST", paymentsOf, `{"amount":5,"currency":"EUR","reference":"r1"}`)
	if !strings.Contains(a.text, "nothing is ever owed") || s.fee() != nil {
		t.Errorf("want no fee, got %s", a.text)
	}
	s.want(404, "POST", "/cabinets/demo-1/parcels/p9/payments", `{"amount":5,"currency":"EUR","reference":"r1"}`)
}

// TestAPaymentInDoubt is ended by a program that has asked the provider: nothing was taken.
func TestAPaymentInDoubt(t *testing.T) {
	s := newSite(t)
	order := s.want(202, "POST", "/announcements", `{"cabinet":"demo-1","tracking":"T1","fee":{"due":100},"recipient":{"mail":"ada@recipient.example"}}`).body["order"].(string)
	s.take("parcel.announced", fmt.Sprintf(`{"order":%q,"tracking":"T1"}`, order))
	s.take("parcel.stored", fmt.Sprintf(`{"parcel":"p1","tracking":"T1","door":7,"order":%q}`, order))
	const unpaid = "/cabinets/demo-1/parcels/p1/unpaid"
	s.want(409, "POST", unpaid, "")
	s.take("fee.uncertain", `{"charge":"c-1-7","parcel":"p1","door":7,"amount":100,"currency":"EUR","why":"lost"}`)
	if fee := s.fee(); fee["unclear"] != "c-1-7" {
		t.Errorf("want the doubt told, got %v", fee)
	}
	if a := s.want(202, "POST", unpaid, ""); a.body["kind"] != "fee.unpaid" {
		t.Errorf("want the order, got %s", a.text)
	}
	s.take("fee.declined", `{"order":"o","charge":"c-1-7","parcel":"p1","door":7,"why":"cancelled"}`)
	if fee := s.fee(); fee["unclear"] != nil || fee["owed"] != 100.0 {
		t.Errorf("want it owed as before, got %v", fee)
	}
	s.want(409, "POST", unpaid, "")
}
