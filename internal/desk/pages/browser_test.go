package pages_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lockerd/internal/desk"
	"lockerd/internal/desk/letter"
	"lockerd/internal/desk/pages"
	"lockerd/internal/locker"
	"lockerd/internal/tariff"
	"lockerd/internal/ui/uitest"
)

func TestMain(m *testing.M) { os.Exit(uitest.Main(m)) }

// faults finds what does not fit on a phone: the page is wider than the glass, something reaches out of it, what is touched is too small, or markup
// of others has become elements.
const faults = `(() => { const found = [], w = innerWidth;
	if (document.documentElement.scrollWidth > w) found.push("the page is wider than the glass");
	for (const e of document.querySelectorAll("body *")) {
		const b = e.getBoundingClientRect();
		if (b.width && (b.left < -1 || b.right > w + 1)) found.push(e.className + " " + e.tagName + " reaches out");
		if (e.matches("a, button") && b.height < 44) found.push(e.outerHTML.slice(0, 60) + " is " + b.height + " pixels high");
	}
	if (document.querySelector("script, iframe, [onerror]")) found.push("markup of others, or a script");
	return found })()`

// TestOnASmallPhone: the recipient's page in each language, by axe's rules, on the smallest phones that are sold, with something to pay, in
// its free time, and paid, a sender's before and after it is in, and that of a rented door. LOCKERD_SCREENSHOTS names a folder for pictures.
func TestOnASmallPhone(t *testing.T) {
	s := &shelf{cfg: pages.Config{ExtendHours: 720, ExtendDays: 90}}
	server := httptest.NewServer(newPages(s))
	t.Cleanup(server.Close)
	tab, script := uitest.Undrawn(t, true), uitest.Axe(t)
	uitest.Do(t, tab, chromedp.EmulateViewport(320, 640))
	day := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	for _, code := range letter.Languages() {
		for name, begun := range map[string]time.Duration{"owed": 0, "free": 40 * time.Hour, "paid": 0, "gone": 0, "to-send": 0, "not-sent": 0, "sent": 0, "missing": 0, "to-rent": 0, "kept": 0, "ended": 0} {
			s.parcel = waiting()
			s.parcel.Contact = desk.Contact{Language: code, Name: "<script>alert(1)</script>"}
			s.parcel.Fee = &desk.Fee{Currency: "EUR", Account: locker.Account{From: day.Add(begun), Terms: &locker.Terms{Currency: "EUR", Due: 0,
				Tariff: &tariff.Tariff{Currency: "EUR", Free: 86400, Steps: []tariff.Rate{{Every: 86400, Price: 99_999_99}}}}}}
			switch name {
			case "paid":
				s.parcel.Fee.Paid = []locker.Payment{{Reference: "r1", Amount: 2 * 99_999_99}}
			case "gone":
				s.parcel.Status = desk.Collected
			case "to-send", "not-sent", "sent", "missing":
				s.parcel.Fee, s.parcel.Stored = nil, day
				s.parcel.Status = map[string]desk.Status{"to-send": desk.ToSend, "not-sent": desk.NotSent, "sent": desk.ToCollect, "missing": desk.Missing}[name]
			case "to-rent", "kept", "ended":
				s.parcel.Stored = day
				s.parcel.Rented, s.parcel.Hours, s.parcel.People = true, 2160, []desk.Sharer{{Person: "ben"}}
				s.parcel.Status = map[string]desk.Status{"to-rent": desk.ToRent, "kept": desk.Kept, "ended": desk.Collected}[name]
			}
			uitest.Do(t, tab, chromedp.Navigate(server.URL+"/p/right"))
			for _, found := range uitest.Eval[[]string](t, tab, faults) {
				t.Errorf("%s in %s: %s", name, code, found)
			}
			if pays := uitest.Eval[int](t, tab, `document.querySelectorAll(".pay a[href^='https://pay.example/']").length`); (pays == 1) != (name == "owed" || name == "kept") {
				t.Errorf("%s in %s: want a link to pay where something is owed alone, got %d", name, code, pays)
			}
			uitest.Picture(t, tab, fmt.Sprintf("parcel-%s-%s", name, code))
			uitest.Eval[bool](t, tab, script+"; true")
			for _, found := range uitest.Eval[[]string](t, tab, uitest.Inquire, chromedp.EvalAwaitPromise) {
				t.Errorf("%s in %s: %s", name, code, found)
			}
		}
	}
}
