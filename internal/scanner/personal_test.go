package scanner_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"lockerd/internal/scanner"
)

// A person's own code and a parcel's number are never taken for each other.
func TestPersonal(t *testing.T) {
	r := scanner.NewRecogniser(scanner.Barcodes{Carriers: scanner.Carriers(), Badges: []string{"COURIER-"},
		Formats: []scanner.Opaque{{Carrier: "any", Charset: " -~", Min: 1, Max: 48}}}) // that would take everything
	for _, c := range []struct {
		text   string
		kind   scanner.Kind
		number string
	}{
		{"LD1:12345678", scanner.Code, "12345678"},
		{"]Q1LD1:12345678", scanner.Code, "12345678"},
		{"]Q3LD1:12345678", scanner.Code, "12345678"},
		{"LD1:", scanner.Code, ""},
		{"LD1:1Z5R89390357567127", scanner.Code, "1Z5R89390357567127"},
		{"ld1:12345678", scanner.Code, ""}, // Caps Lock
		{"LD1ö12345678", scanner.Code, ""}, // another keyboard
		{"LD1;12345678", scanner.Code, ""},
		{"COURIER-ADA", scanner.Badge, "COURIER-ADA"},
		{"]C0courier-ada", scanner.Badge, "courier-ada"},
		{"eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiIxIn0.c2ln", scanner.Token, "eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiIxIn0.c2ln"},
	} {
		list := readings(t, r, c.text)
		if len(list) != 1 || list[0].Kind != c.kind || list[0].Number != c.number || !list[0].Kind.Personal() {
			t.Errorf("%q: want %s %q alone, got %+v", c.text, c.kind, c.number, list)
		}
		if one, ok := scanner.Standing("", list); ok || one.Likelihood() != 0 {
			t.Errorf("%q: taken for a parcel: %+v", c.text, one)
		}
	}
	for _, n := range lines(t, "tracking.txt", "\t") {
		for _, text := range []string{n[2], "]C0" + n[2], "]Q1" + n[2]} {
			for _, one := range readings(t, r, text) {
				if one.Kind.Personal() {
					t.Errorf("%q: taken for a person's: %+v", text, one)
				}
			}
		}
	}
	for _, text := range []string{"LD112345678901", "LD1", "LD1-1", "COURIE", "eyJhbGc", "00123456789012345675"} {
		if one := readings(t, r, text)[0]; one.Kind.Personal() {
			t.Errorf("%q: taken for a person's: %+v", text, one)
		}
	}
}

func TestReadingIsNotLogged(t *testing.T) {
	var log bytes.Buffer
	r := scanner.NewRecogniser(scanner.Barcodes{})
	for _, text := range []string{"LD1:98765432", "]C1001234567890123456754301ADA"} {
		slog.New(slog.NewTextHandler(&log, nil)).Info("scan", "reading", readings(t, r, text)[0])
	}
	for _, secret := range []string{"98765432", "123456789012345675", "ADA"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log repeats what was scanned: %s", log.String())
		}
	}
}
