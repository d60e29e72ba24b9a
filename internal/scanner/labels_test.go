package scanner

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/locker"
)

func labelsOf(t *testing.T, b Barcodes) *Labels {
	t.Helper()
	if err := b.Validate(); err != nil {
		t.Fatal(err)
	}
	return NewLabels(b, func(text string) locker.Hash { return sha256.Sum256([]byte(text)) })
}

// TestWhatATextMayBe holds people's own texts apart from parcels.
func TestWhatATextMayBe(t *testing.T) {
	t.Parallel()
	l := labelsOf(t, Barcodes{Badges: []string{"COURIER-"}})
	const token = "eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiIxIn0.c2ln"
	for _, tt := range []struct {
		name, text, own, tracking string
		personal                  bool
		is                        []string // a pickup code, or digits that may be one; a number as a carrier's
	}{
		{"code", "LD1:12345678", "12345678", "", true, []string{"code"}},
		{"code behind an identifier", "]Q1LD1:12345678", "12345678", "", true, []string{"code"}},
		{"code on the wrong keyboard", "LD1Ö12345678", "", "", true, nil},
		{"code without its prefix", "12345678", "12345678", "12345678", false, []string{"bare"}},
		{"badge", "]C0COURIER-7", "COURIER-7", "", true, nil},
		{"badge that the site does not tell of", "]C0BADGE-ADA", "BADGE-ADA", "BADGE-ADA", false, nil},
		{"token", "]Q1" + token, "", "", true, nil},
		{"parcel", "]C01z 999 aa1 01 2345 6784", "1z 999 aa1 01 2345 6784", "1Z999AA10123456784", false, []string{"known"}},
		{"address of a page", "https://example.org/1", "https://example.org/1", "", false, nil},
		{"route", "]C1420902109", "420902109", "", false, []string{"bare"}},
		{"goods", "]E04006381333931", "4006381333931", "", false, nil},
		{"nothing", "", "", "", false, nil},
		{"not printable", "1Z\x07", "", "", false, nil},
		{"too long", strings.Repeat("7", 257), "", "", false, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := Claim{Tracking: tt.tracking, Personal: tt.personal, Bare: slices.Contains(tt.is, "bare"), Known: slices.Contains(tt.is, "known")}
			want.Code = want.Bare || slices.Contains(tt.is, "code")
			if tt.name == "token" {
				want.Token = token
			}
			if tt.own != "" {
				want.Own = l.hash(tt.own)
			}
			got := l.Read(tt.text)
			if (got.Likely > 0) != (got.Tracking != "") {
				t.Errorf("parcel %q is as likely as %d", got.Tracking, got.Likely)
			}
			if got.Likely, got.Format = 0, ""; got != want {
				t.Errorf("want parcel %q, personal %v; got parcel %q, personal %v, own as wanted: %v",
					want.Tracking, want.Personal, got.Tracking, got.Personal, got.Own == want.Own)
			}
		})
	}
}
