package money_test

import (
	"strings"
	"testing"

	"lockerd/internal/money"
)

// TestText: a currency has the decimals that ISO 4217 gives it, and a language its own sign before them.
func TestText(t *testing.T) {
	for _, c := range []struct {
		minor              int64
		code, tongue, want string
	}{
		{250, "EUR", "en", "2.50\u00a0EUR"}, {250, "EUR", "de", "2,50\u00a0EUR"}, {250, "EUR", "zh", "2.50\u00a0EUR"}, {250, "EUR", "ar", "2.50\u00a0EUR"},
		{5, "EUR", "de", "0,05\u00a0EUR"}, {1990, "CHF", "en", "19.90\u00a0CHF"}, {123456, "EUR", "de", "1.234,56\u00a0EUR"},
		{250, "JPY", "en", "250\u00a0JPY"}, {1234, "KWD", "en", "1.234\u00a0KWD"}, {0, "EUR", "en", "0.00\u00a0EUR"}, {250, "XYZ", "en", "2.50\u00a0XYZ"},
	} {
		if got := money.Text(c.minor, c.code, c.tongue); got != c.want {
			t.Errorf("%d %s in %s: want %q, got %q", c.minor, c.code, c.tongue, c.want, got)
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

// TestDecimals: those of ISO 4217, in which providers count, and not those of the coins that people still have.
func TestDecimals(t *testing.T) {
	for codes, want := range map[string]string{"EUR RSD ALL COP IDR PKR UZS LBP AMD HUF TZS MUR": "10.00", "JPY KRW ISK CLP XOF VND": "1000", "KWD IQD TND": "1.000"} {
		for _, code := range strings.Fields(codes) {
			if got := money.Number(1000, code); got != want {
				t.Errorf("%s: want %s, got %s", code, want, got)
			}
		}
	}
}
