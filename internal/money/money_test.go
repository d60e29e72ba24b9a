package money_test

import (
	"testing"

	"lockerd/internal/money"
)

// TestText: a currency has the decimals that ISO 4217 gives it.
func TestText(t *testing.T) {
	for _, c := range []struct {
		minor int64
		code  string
		want  string
	}{{250, "EUR", "2.50 EUR"}, {5, "EUR", "0.05 EUR"}, {250, "JPY", "250 JPY"}, {1250, "KWD", "1.250 KWD"}, {250, "QQQ", "2.50 QQQ"}} {
		if got := money.Text(c.minor, c.code); got != c.want {
			t.Errorf("%d %s: want %q, got %q", c.minor, c.code, c.want, got)
		}
	}
}

// TestRead: what is typed is that sum, or none.
func TestRead(t *testing.T) {
	for _, c := range []struct {
		typed, code string
		want        int64 // -1: refused
	}{{"12.50", "EUR", 1250}, {"12,5", "EUR", 1250}, {"12", "EUR", 1200}, {"0", "EUR", 0}, {"250", "JPY", 250}, {"1.250", "KWD", 1250}, {"", "EUR", -1},
		{"1.000", "EUR", -1}, {"1,000.00", "EUR", -1}, {"-1", "EUR", -1}, {"+1", "EUR", -1}, {"1.", "EUR", -1}, {".5", "EUR", -1}, {"1.5", "JPY", -1}, {"1e3", "EUR", -1},
		{"9999999999999", "EUR", -1}, {"١٢", "EUR", -1}} {
		got, err := money.Read(c.typed, c.code)
		if err != nil {
			got = -1
		}
		if got != c.want {
			t.Errorf("%q %s: want %d, got %d", c.typed, c.code, c.want, got)
		}
	}
}
