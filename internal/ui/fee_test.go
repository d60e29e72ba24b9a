package ui_test

import (
	"bytes"
	"context"
	"image"
	_ "image/png" // what a browser's screenshot is
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"lockerd/internal/locker"
	"lockerd/internal/ui/uitest"
)

// TestThePaymentsCodeCanBeRead from the glass, as a phone's camera does, in each mode.
func TestThePaymentsCodeCanBeRead(t *testing.T) {
	t.Parallel()
	canBeRead(t, "pay-card-link", func(v locker.View) string { return v.Fee.Link }) // with a button beside it there is least room
}

// TestAReceiptCanBeRead likewise: it is longer than a link.
func TestAReceiptCanBeRead(t *testing.T) {
	t.Parallel()
	canBeRead(t, "sent-receipt", func(v locker.View) string { return receiptOf(*v.Receipt) })
}

// canBeRead holds the text of the QR code on a story's glass against what it is to say.
func canBeRead(t *testing.T, name string, want func(locker.View) string) {
	t.Helper()
	all := stories()
	st := all[slices.IndexFunc(all, func(s story) bool { return s.name == name })]
	for _, glass := range glasses {
		for _, night := range []string{"", always} {
			p := onStageIn(t, uitest.Tab(t), glass, night)
			for _, m := range modes {
				if m.night != night {
					continue
				}
				p.show(st, "de")
				p.look(t, st, m, questions{})
				if text := scanned(t, p); text != want(st.view) {
					t.Errorf("%s, %s: want %q read, got %q", glass.name, m.name, want(st.view), text)
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
