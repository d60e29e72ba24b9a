package ui_test

import (
	"testing"

	"lockerd/internal/ui"
)

// TestAmount: a currency has the decimals that ISO 4217 gives it.
func TestAmount(t *testing.T) {
	for _, c := range []struct {
		minor int64
		code  string
		want  string
	}{{250, "EUR", "2.50 EUR"}, {5, "EUR", "0.05 EUR"}, {1990, "CHF", "19.90 CHF"}, {250, "JPY", "250 JPY"}, {1234, "KWD", "1.234 KWD"}, {0, "EUR", "0.00 EUR"}, {250, "XYZ", "2.50 XYZ"}} {
		if got := ui.Amount(c.minor, c.code); got != c.want {
			t.Errorf("%d %s: want %q, got %q", c.minor, c.code, c.want, got)
		}
	}
}
