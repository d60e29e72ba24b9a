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
