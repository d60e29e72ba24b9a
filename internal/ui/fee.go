package ui

import (
	"html/template"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/money"
	"lockerd/internal/qrcode"
)

// payCode is the link of a payment as a QR code, for a phone's camera.
type payCode struct {
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
		if path, side, err := qrcode.Path(f.Link); f.Link != "" && err == nil {
			s.Pay = &payCode{template.HTML(path), side, s.Say("pay_link.title")} //nolint:gosec // of digits and letters of our own
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

// stamp is a time as people read it at the kiosk.
func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }
