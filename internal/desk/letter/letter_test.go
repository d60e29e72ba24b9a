package letter_test

import (
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/letter"
	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

// TestWhatALetterBegins: the first notice begins the time, and says what that costs. A reminder begins nothing: of whoever had no first notice
// nothing is asked, at the cabinet either.
// TestNobodyIsAskedToPayAgain while it is not known whether they have paid.
func TestNobodyIsAskedToPayAgain(t *testing.T) {
	w := letter.Writer{Pay: func(p desk.Parcel, _ int64) string { return "https://pay.example.org/" }}
	for unclear, want := range map[string]string{"": "https://pay.example.org/", "c-1-7": "Please do not pay again."} {
		p := desk.Parcel{Cabinet: "demo-1", ID: "p1", Tracking: "T1", Door: 7, Status: desk.Waiting,
			Fee: &desk.Fee{Currency: "EUR", Unclear: unclear, Account: locker.Account{Terms: &locker.Terms{Currency: "EUR", Due: 250}}}}
		var page strings.Builder
		if err := w.Page(&page, p, "", letter.More{}); err != nil {
			t.Fatal(err)
		}
		if text := page.String(); !strings.Contains(text, want) || unclear != "" && strings.Contains(text, "pay.example.org") {
			t.Errorf("%q: want %q, got\n%s", unclear, want, text)
		}
	}
}

func TestWhatALetterBegins(t *testing.T) {
	now := time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)
	w := letter.Writer{Language: "en", Clock: func() time.Time { return now }}
	for _, c := range []struct {
		name string
		what desk.Told
		told time.Time
		want string // empty: no money
	}{
		{"the first notice", desk.ToldStored, time.Time{}, "To pay: 2.50"},
		{"a reminder after it", desk.ToldLastDay, now.Add(-25 * time.Hour), "To pay: 5.00"},
		{"a reminder without it", desk.ToldLastDay, time.Time{}, ""},
		{"more time without it", desk.ToldExtended, time.Time{}, ""},
	} {
		p := desk.Parcel{Cabinet: "demo-1", ID: "p1", Tracking: "T1", Door: 7, Status: desk.Waiting, Told: c.told,
			Fee: &desk.Fee{Currency: "EUR", Account: locker.Account{Terms: &locker.Terms{Currency: "EUR",
				Tariff: &tariff.Tariff{Currency: "EUR", Steps: []tariff.Rate{{Every: 86400, Price: 250}}}}}}}
		l, err := w.Letter(c.what, p, "Example Street 5")
		if err != nil {
			t.Fatal(err)
		}
		short, err := w.Short(c.what, p, "Example Street 5")
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{l.Text, short} {
			if !strings.Contains(text, c.want) || c.want == "" && strings.Contains(text, "EUR") {
				t.Errorf("%s: want %q, got\n%s", c.name, c.want, text)
			}
		}
	}
}

// sending is a sender's parcel that the cabinet expects.
func sending(language string) desk.Parcel {
	return desk.Parcel{Cabinet: "demo-1", Tracking: "T1", Order: "o1", Status: desk.ToSend, Code: "40718293", Link: "right",
		Until: time.Date(2026, 12, 8, 10, 0, 0, 0, time.UTC), Contact: desk.Contact{Mail: "ada@sender.example", Name: "Ada", Language: language}}
}

// TestWhatSendersAreTold: in each language each letter has words of its own. A code is in those that it opens a door by, a door in those of a
// parcel that is in.
func TestWhatSendersAreTold(t *testing.T) {
	w := letter.Writer{Operator: "Paketpark", Hotline: "+49800", Language: "en", Public: "https://parcels.example",
		Token: func(p desk.Parcel) (string, error) { return "LD1:" + p.Code, nil }}
	for _, language := range letter.Languages() {
		subjects := make(map[string]desk.Told)
		for told, status := range map[desk.Told]desk.Status{desk.ToldToSend: desk.ToSend, desk.ToldSendSoon: desk.ToSend, desk.ToldNotSent: desk.NotSent,
			desk.ToldSent: desk.ToCollect, desk.ToldUnsure: desk.ToCollect, desk.ToldDispatched: desk.Dispatched, desk.ToldMissing: desk.Missing} {
			p := sending(language)
			opens := status == desk.ToSend
			if p.Status = status; status.Sent() {
				p.ID, p.Door, p.Stored, p.Until, p.Code = "p1", 77, time.Date(2026, 12, 1, 18, 30, 0, 0, time.UTC), time.Time{}, ""
			}
			l, err := w.Letter(told, p, "Example Street 5")
			if err != nil {
				t.Fatal(err)
			}
			if other, twice := subjects[l.Subject]; twice {
				t.Errorf("%s: %s and %s have one subject", language, told, other)
			}
			subjects[l.Subject] = told
			for what, has := range map[string]bool{"40718293": opens, "77": p.Door != 0, "18:30": p.Door != 0, "10:00": opens, "T1": true, "Example Street 5": true, "Ada": true,
				"https://parcels.example/p/right": status != desk.NotSent} {
				if strings.Contains(l.Text, what) != has || strings.Contains(l.HTML, what) != has {
					t.Errorf("%s in %s: want %q there: %v, got\n%s", told, language, what, has, l.Text)
				}
			}
			if (l.QR != nil) != opens {
				t.Errorf("%s in %s: want a QR code: %v", told, language, opens)
			}
			short, err := w.Short(told, p, "Example Street 5")
			if err != nil || strings.Contains(short, "40718293") != opens {
				t.Errorf("%s in %s: want the code in a short message: %v, got %q, %v", told, language, opens, short, err)
			}
		}
	}
}

// TestWhatRentersAreTold: in each language each letter has words of its own. A code is in those of a door that it opens, a door in those of one that
// is in use; who shares it is a number.
func TestWhatRentersAreTold(t *testing.T) {
	w := letter.Writer{Operator: "Paketpark", Hotline: "+49800", Language: "en", Public: "https://parcels.example",
		Token: func(p desk.Parcel) (string, error) { return "LD1:" + p.Code, nil }}
	for _, language := range letter.Languages() {
		subjects := make(map[string]desk.Told)
		for told, status := range map[desk.Told]desk.Status{desk.ToldToRent: desk.ToRent, desk.ToldRentSoon: desk.ToRent, desk.ToldNotRented: desk.NotRented, desk.ToldShared: desk.Kept,
			desk.ToldUnshared: desk.Unshared, desk.ToldKept: desk.Kept, desk.ToldKeptUnsure: desk.Kept, desk.ToldNewCode: desk.Expired, desk.ToldRentExtended: desk.Kept,
			desk.ToldRentLastDay: desk.Kept, desk.ToldOverdue: desk.Expired, desk.ToldEnded: desk.Collected, desk.ToldRentCancelled: desk.Cancelled, desk.ToldCleared: desk.TakenBack} {
			p := sending(language)
			p.Rented, p.Status, p.People = true, status, []desk.Sharer{{Person: "ben", Code: "50718293", Contact: desk.Contact{Name: "Ben"}}, {Person: "cleo", Gone: true}}
			p.Fee = &desk.Fee{Currency: "EUR", Account: locker.Account{Terms: &locker.Terms{Currency: "EUR", Due: 4321}}}
			begins, kept := status == desk.ToRent, p.InUse()
			if !begins && status != desk.NotRented {
				p.ID, p.Door = "p1", 77
			}
			if begins {
				p.Hours, p.Fee = 36, nil
			}
			l, err := w.Letter(told, p, "Example Street 5")
			if err != nil {
				t.Fatal(err)
			}
			if other, twice := subjects[l.Subject]; twice {
				t.Errorf("%s: %s and %s have one subject", language, told, other)
			}
			subjects[l.Subject] = told
			for what, has := range map[string]bool{"40718293": begins || kept, "77": kept, "10:00": begins || kept, "43.21": kept && language == "en", "36": begins, "T1": true, "Example Street 5": true,
				"Ada": true, "Ben": false, "ben": false, "50718293": false, "https://parcels.example/p/right": begins || kept} {
				if what == "43.21" && language != "en" || what == "ben" && language != "zh" { // words have it
					continue
				}
				if strings.Contains(l.Text, what) != has || strings.Contains(l.HTML, what) != has {
					t.Errorf("%s in %s: want %q there: %v, got\n%s", told, language, what, has, l.Text)
				}
			}
			if (l.QR != nil) != (begins || kept) {
				t.Errorf("%s in %s: want a QR code: %v", told, language, begins || kept)
			}
			if short, err := w.Short(told, p, "Example Street 5"); err != nil || strings.Contains(short, "40718293") != (begins || kept) {
				t.Errorf("%s in %s: want the code in a short message: %v, got %q, %v", told, language, begins || kept, short, err)
			}
		}
	}
	p := sending("en")
	p.Rented, p.Status, p.People = true, desk.Kept, []desk.Sharer{{Person: "ben"}, {Person: "cleo"}, {Person: "dora", Gone: true}}
	if l, err := w.Letter(desk.ToldKept, p, ""); err != nil || !strings.Contains(l.Text, "Shared by: 3 people") {
		t.Errorf("want three who share it, got\n%s, %v", l.Text, err)
	}
}

// TestNobodyWritesLinesOfALetter: what a cabinet says a parcel's number and code are, and what a shop says its recipient is called, begins no line.
func TestNobodyWritesLinesOfALetter(t *testing.T) {
	w := letter.Writer{Operator: "Paketpark", Language: "en", Token: func(desk.Parcel) (string, error) { return "LD1:1", nil }}
	const evil = "\r\n\u2028Pay: https://evil.example"
	p := desk.Parcel{Cabinet: "demo-1", ID: "p1", Tracking: "T1" + evil, Code: "40718293" + evil, Door: 7, Status: desk.Waiting, Contact: desk.Contact{Name: "Ada" + evil}}
	for _, rented := range []bool{false, true} {
		told := desk.ToldStored
		if p.Rented = rented; rented {
			p.Status, told = desk.Kept, desk.ToldKept
		}
		l, err := w.Letter(told, p, "Example Street 5")
		if err != nil {
			t.Fatal(err)
		}
		short, err := w.Short(told, p, "Example Street 5")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.FieldsFuncSeq(l.Text+"\n"+short, func(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' }) {
			if strings.HasPrefix(line, "Pay:") {
				t.Errorf("rented %v: want no line of somebody else's, got %q in\n%s", rented, line, l.Text)
			}
		}
	}
}
