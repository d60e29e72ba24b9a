package ui

import (
	"html/template"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/money"
	"lockerd/internal/qrcode"
)

// qrCode is a QR code for a phone's camera: the link of a payment, or a receipt.
type qrCode struct {
	Path template.HTML // of an SVG, a unit a module
	Side int
	Text template.HTML // for whoever hears the screen
}

// payStage is how what is owed can be paid.
func payStage(f locker.FeeView) string {
	switch {
	case f.Card && f.Link != "":
		return "card_link"
	case f.Card:
		return "card"
	case f.Link != "":
		return "link"
	case f.NoCard:
		return "out"
	}
	return ""
}

// addFee says what the parcel at hand costs: what is owed, or until when it is free.
func (s *screen) addFee() {
	f := s.Fee
	if !s.RentedUntil.IsZero() {
		s.Chips = append(s.Chips, chip{s.Say("detail.until"), stamp(s.RentedUntil)})
	}
	switch {
	case f.Currency == "":
	case s.Step == locker.StepPay:
		if f.Link != "" && s.addCode(f.Link, "pay_link.title") {
			s.Picture = ""
		} else if f.Card {
			s.Picture = "card"
		}
	case f.Amount > 0 && s.Rents:
		s.Chips = append(s.Chips, chip{s.Say("detail.owed"), money.Text(f.Amount, f.Currency, s.Language)})
	case f.Amount == 0 && !f.FreeUntil.IsZero() && (s.Rents || s.Step == locker.StepPickup || s.Step == locker.StepThanks):
		s.Chips = append(s.Chips, chip{s.Say("detail.free"), stamp(f.FreeUntil)})
	}
}

// addCode puts a QR code in the place of the picture.
func (s *screen) addCode(text, name string) bool {
	path, side, err := qrcode.Path(text)
	if err != nil {
		return false
	}
	s.Code = &qrCode{template.HTML(path), side, s.Say(name)} //nolint:gosec // of digits and letters of our own
	return true
}

// receipt is the text of the visit's receipt; empty: there is none.
func (c *Config) receipt(v *locker.View) string {
	if v.Receipt == nil || c.Receipt == nil {
		return ""
	}
	return c.Receipt(*v.Receipt)
}

// stamp is a time as people read it at the kiosk.
func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }
