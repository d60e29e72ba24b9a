package ui

import (
	"html/template"
	"math"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	decimal "golang.org/x/text/number"

	"lockerd/internal/locker"
	"lockerd/internal/qrcode"
)

// payCode is the link of a payment as a QR code, for a phone's camera.
type payCode struct {
	Path template.HTML // of an SVG, a unit a module
	Side int
	Text template.HTML // for whoever hears the screen
}

// amount is a sum of money in its currency, as a language writes numbers: "2,50 EUR" in German. A currency that nobody knows has two
// decimals, as most.
func amount(minor int64, code, tongue string) string {
	decimals := 2
	if unit, err := currency.ParseISO(code); err == nil {
		decimals, _ = currency.Standard.Rounding(unit)
	}
	sum := float64(minor) / math.Pow10(decimals)
	latin := language.Make(tongue + "-u-nu-latn") // digits as on the keypad
	return message.NewPrinter(latin).Sprint(decimal.Decimal(sum, decimal.Scale(decimals))) + "\u00a0" + code
}

// addFee says what the parcel at hand costs: what is owed, or until when it is free.
func (s *screen) addFee() {
	f := s.Fee
	switch {
	case f.Currency == "":
	case s.Step == locker.StepPay:
		if path, side, err := qrcode.Path(f.Link); f.Link != "" && err == nil {
			s.Pay = &payCode{template.HTML(path), side, s.Say("pay_link.title")} //nolint:gosec // of digits and letters of our own
			s.Picture = ""
		}
	case f.Amount == 0 && !f.FreeUntil.IsZero() && (s.Step == locker.StepPickup || s.Step == locker.StepThanks):
		s.Chips = append(s.Chips, chip{s.Say("detail.free"), f.FreeUntil.Local().Format("2006-01-02 15:04")})
	}
}
