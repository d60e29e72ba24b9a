package ui

import (
	"fmt"
	"html/template"

	"golang.org/x/text/currency"

	"lockerd/internal/locker"
	"lockerd/internal/qrcode"
)

// payCode is the link of a payment as a QR code, for a phone's camera.
type payCode struct {
	Path template.HTML // of an SVG, a unit a module
	Side int
	Text template.HTML // for whoever hears the screen
}

// amount is a sum of money in its currency: "2.50 EUR". A currency that nobody knows has two decimals, as most.
func amount(minor int64, code string) string {
	decimals := 2
	if unit, err := currency.ParseISO(code); err == nil {
		decimals, _ = currency.Standard.Rounding(unit)
	}
	whole := int64(1)
	for range decimals {
		whole *= 10
	}
	if decimals == 0 {
		return fmt.Sprintf("%d %s", minor, code)
	}
	return fmt.Sprintf("%d.%0*d %s", minor/whole, decimals, minor%whole, code)
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
