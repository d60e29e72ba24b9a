package ui_test

import (
	"bytes"
	"context"
	"image"
	_ "image/png" // what a browser's screenshot is
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"lockerd/internal/ui"
	"lockerd/internal/ui/uitest"
)

// TestAmount: a currency has the decimals that ISO 4217 gives it, and a language its own sign before them.
func TestAmount(t *testing.T) {
	for _, c := range []struct {
		minor              int64
		code, tongue, want string
	}{
		{250, "EUR", "en", "2.50\u00a0EUR"}, {250, "EUR", "de", "2,50\u00a0EUR"}, {250, "EUR", "zh", "2.50\u00a0EUR"}, {250, "EUR", "ar", "2.50\u00a0EUR"},
		{5, "EUR", "de", "0,05\u00a0EUR"}, {1990, "CHF", "en", "19.90\u00a0CHF"}, {123456, "EUR", "de", "1.234,56\u00a0EUR"},
		{250, "JPY", "en", "250\u00a0JPY"}, {1234, "KWD", "en", "1.234\u00a0KWD"}, {0, "EUR", "en", "0.00\u00a0EUR"}, {250, "XYZ", "en", "2.50\u00a0XYZ"},
	} {
		if got := ui.Amount(c.minor, c.code, c.tongue); got != c.want {
			t.Errorf("%d %s in %s: want %q, got %q", c.minor, c.code, c.tongue, c.want, got)
		}
	}
}

// TestThePaymentsCodeCanBeRead from the glass, as a phone's camera does, in each mode.
func TestThePaymentsCodeCanBeRead(t *testing.T) {
	t.Parallel()
	var pay story
	for _, st := range stories() {
		if st.name == "pay-link" {
			pay = st
		}
	}
	for _, glass := range glasses {
		for _, night := range []string{"", always} {
			p := onStageIn(t, uitest.Tab(t), glass, night)
			for _, m := range modes {
				if m.night != night {
					continue
				}
				p.show(pay, "de")
				p.look(t, pay, m, questions{})
				if text := scanned(t, p); text != pay.view.Fee.Link {
					t.Errorf("%s, %s: want the link read, got %q", glass.name, m.name, text)
				}
			}
		}
	}
}

// scanned is the text of the QR code on a stage's glass; empty: none can be read.
func scanned(t *testing.T, p *stage) string {
	t.Helper()
	limited, stop := context.WithTimeout(p.tab, atMost)
	defer stop()
	png, err := chromedp.Run(limited, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	shot, _, err := image.Decode(bytes.NewReader(png))
	if err != nil {
		t.Fatal(err)
	}
	dots, err := gozxing.NewBinaryBitmapFromImage(shot)
	if err != nil {
		t.Fatal(err)
	}
	read, err := qrcode.NewQRCodeReader().Decode(dots, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return ""
	}
	return read.GetText()
}
