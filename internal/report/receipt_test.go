package report_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
	"lockerd/internal/report"
)

var put = locker.Receipt{Tracking: "JJD000390030", Door: 7, At: start, Known: true, Epoch: "8d41f0c2a7b95e13", Seq: 18}

func TestAReceiptIsVerifiedByThePublicKeyAlone(t *testing.T) {
	keys := keysOf(t)
	text := report.Receipts("demo-1", keys)(put)
	for _, form := range []string{text, text + "\n", strings.ReplaceAll(text, "\n", "\r\n"), "\ufeff" + text} { // as editors save it
		signed, err := report.VerifyReceipt([]byte(form), keys.ReportKey())
		if err != nil {
			t.Fatal(err)
		}
		want := "lockerd receipt\ncabinet demo-1\nparcel JJD000390030\nput behind door 7\n2026-11-24 18:00:00 UTC\nrecord 8d41f0c2a7b95e13/18"
		if signed != want {
			t.Errorf("want %q, got %q", want, signed)
		}
	}
	if len(text) > 255 {
		t.Errorf("a receipt has %d characters: a kiosk's code is to be read from where people stand", len(text))
	}
	if _, err := report.VerifyReceipt([]byte(text), keysOf(t).ReportKey()); !errors.Is(err, credential.ErrSignature) {
		t.Errorf("want another cabinet's key refused, got %v", err)
	}
	for i := range text {
		changed := []byte(text)
		if changed[i] == 'A' || i == len(text)-1 { // the last character holds four bits that say nothing
			continue
		}
		changed[i] = 'A'
		if _, err := report.VerifyReceipt(changed, keys.ReportKey()); err == nil {
			t.Fatalf("a receipt with another character at %d counts: %q", i, changed)
		}
	}
}

// TestWhatAReceiptSaysOfDoubt: what nobody saw, and by which clock.
func TestWhatAReceiptSaysOfDoubt(t *testing.T) {
	keys := keysOf(t)
	doubtful := put
	doubtful.Known, doubtful.Unsure = false, true
	text := report.Receipts("demo-1", keys)(doubtful)
	for _, says := range []string{"by a clock that may be wrong", "was not seen to open and to shut"} {
		if !strings.Contains(text, says) {
			t.Errorf("want %q, got %q", says, text)
		}
	}
}

// TestAReportIsNoReceipt: what a cabinet has signed as one thing is not another.
func TestAReportIsNoReceipt(t *testing.T) {
	keys := keysOf(t)
	text := "lockerd receipt\ncabinet demo-1\nparcel X"
	compact, err := keys.Report([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	signature := compact[strings.LastIndexByte(compact, '.')+1:]
	if _, err := report.VerifyReceipt([]byte(text+"\n"+signature), keys.ReportKey()); err == nil {
		t.Error("a report's signature counts for a receipt")
	}
	for _, none := range []string{"", "lockerd receipt", "hello\nworld"} {
		if _, err := report.VerifyReceipt([]byte(none), keys.ReportKey()); err == nil {
			t.Errorf("%q counts as a receipt", none)
		}
	}
}

// TestAReceiptIsToldFromAReport: the command reads either, as an editor has saved it.
func TestAReceiptIsToldFromAReport(t *testing.T) {
	keys := keysOf(t)
	for _, mark := range []string{"", "\ufeff", "\ufeff\n"} {
		path := filepath.Join(t.TempDir(), "receipt.txt")
		if err := os.WriteFile(path, []byte(mark+report.Receipts("demo-1", keys)(put)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := (&report.VerifyCommand{Key: keys.ReportKey(), File: path}).Run(); err != nil {
			t.Errorf("%q before it: %v", mark, err)
		}
	}
}
