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

	"lockerd/internal/ui/uitest"
)

// TestThePaymentsCodeCanBeRead from the glass, as a phone's camera does, in each mode.
func TestThePaymentsCodeCanBeRead(t *testing.T) {
	t.Parallel()
	var pay story
	for _, st := range stories() {
		if st.name == "pay-card-link" { // with a button beside it there is least room
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
