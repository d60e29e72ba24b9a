package scanner_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode"

	"lockerd/internal/scanner"
)

// GS1's own tests of its rules.
func TestGS1Rules(t *testing.T) {
	tests := lines(t, "gs1rules.txt", "\t")
	if len(tests) < 2000 {
		t.Fatalf("want all of GS1's tests, got %d", len(tests))
	}
	for _, c := range tests {
		value, err := strconv.Unquote(c[2])
		rule := scanner.Rule(c[0])
		if err != nil || rule == nil {
			t.Fatalf("%q: %v", c, err)
		}
		if want, got := c[1] == "keeps", rule(value); got != want {
			t.Errorf("%s: %q: want %v, got %v", c[0], value, want, got)
		}
	}
}

// said is what elements say, as people write them.
func said(r scanner.Reading) string {
	var b strings.Builder
	for _, e := range r.Elements {
		b.WriteString("(" + e.AI + ")" + e.Value)
	}
	return b.String()
}

func TestGS1(t *testing.T) {
	r := scanner.NewRecogniser(scanner.Barcodes{})
	for _, c := range []struct {
		name, text string
		want       string // kind, format and number of the first reading, and its elements
	}{
		// From gs1/gs1-syntax-engine on GitHub, src/c-lib/ai.c and scandata.c, commit 50657db; FNC1 as GS.
		{"SSCC", "]C100123456789012345675", "parcel sscc 123456789012345675 (00)123456789012345675"},
		{"GTIN and batch", "]Q3011231231231233310ABC123\x1d99TESTING",
			"goods gtin 12312312312333 (01)12312312312333(10)ABC123(99)TESTING"},
		{"in Data Matrix", "]d2011231231231233310ABC123\x1d99TESTING",
			"goods gtin 12312312312333 (01)12312312312333(10)ABC123(99)TESTING"},
		{"in DotCode, a separator at the end", "]J1011231231231233310ABC123\x1d99TESTING\x1d",
			"goods gtin 12312312312333 (01)12312312312333(10)ABC123(99)TESTING"},
		{"in DataBar, a fixed length in the middle", "]e0011231231231233310ABC123\x1d1199122598COMPOSITE\x1d97XYZ",
			"goods gtin 12312312312333 (01)12312312312333(10)ABC123(11)991225(98)COMPOSITE(97)XYZ"},
		{"a separator that need not be", "]C10112345678901231\x1d991234",
			"goods gtin 12345678901231 (01)12345678901231(99)1234"},
		{"an element that is not in the table, by its length", "]C100123456789012345675" + "3302001234" + "10A",
			"parcel sscc 123456789012345675 (00)123456789012345675(3302)001234(10)A"},
		{"and one that a separator ends", "]C1235ABC\x1d00123456789012345675",
			"parcel sscc 123456789012345675 (235)ABC(00)123456789012345675"},
		// What the standard says of parcels.
		{"shipment of parcels", "]C1402" + "12345678901234560", "parcel gsin 12345678901234560 (402)12345678901234560"},
		{"consignment", "]C14011234ABC", "parcel ginc 1234ABC (401)1234ABC"},
		{"order", "]C1400X-17", "parcel gs1_order X-17 (400)X-17"},
		{"route", "]C1403LON1", "route gs1_route LON1 (403)LON1"},
		{"post code", "]C142012345", "route gs1_route 12345 (420)12345"},
		{"post code and country", "]C1421276" + "12345", "route gs1_route 27612345 (421)27612345"},
		{"companies' own", "]C192ABC", "parcel gs1_internal 92ABC (92)ABC"},
		{"to whom and when",
			"]C100123456789012345675" + "4301A%20B\x1d4307DE\x1d43082012250000\x1d4324" + "2012252359\x1d43211",
			"parcel sscc 123456789012345675 " +
				"(00)123456789012345675(4301)A%20B(4307)DE(4308)2012250000(4324)2012252359(4321)1"},
		{"where on Earth, and how warm", "]C100123456789012345675" + "4309" + "18000000003600000000\x1d4331000250-",
			"parcel sscc 123456789012345675 (00)123456789012345675(4309)18000000003600000000(4331)000250-"},
		{"whereto", "]C1410" + "1234567890128" + "00123456789012345675",
			"parcel sscc 123456789012345675 (410)1234567890128(00)123456789012345675"},
		// Bars that say nothing.
		{"without identifiers, with FNC1", "\x1d00123456789012345675",
			"parcel sscc 123456789012345675 (00)123456789012345675"},
		{"as plain Code 128", "]C000123456789012345675", "parcel sscc 123456789012345675 (00)123456789012345675"},
		{"a separator within", "42012345\x1d00123456789012345675",
			"parcel sscc 123456789012345675 (420)12345(00)123456789012345675"},
		{"the same twice", "]C142012345\x1d42012345", "route gs1_route 12345 (420)12345(420)12345"},
	} {
		t.Run(c.name, func(t *testing.T) {
			one := readings(t, r, c.text)[0]
			got := strings.TrimSpace(string(one.Kind) + " " + one.Format + " " + one.Number + " " + said(one))
			if got != c.want {
				t.Errorf("want %s, got %s", c.want, got)
			}
		})
	}
}

// What breaks a rule is not read as GS1, and is still something.
func TestNotGS1(t *testing.T) {
	r := scanner.NewRecogniser(scanner.Barcodes{})
	for _, text := range []string{
		// From gs1/gs1-syntax-engine, as above: elements of parcels that its tests call wrong.
		"]C100A23456789012345675", "]C100123456789012345670", "]C110 ", "]C1401123", "]C143212", "]C14307AA",
		"]C14326201300", "]C14326201200", "]C143242012252400", "]C143242012252360", "]C14300ABC%0g",
		"]C1430918000000010000000000", "]C1430900000000003600000001", "]C14330000000X", "]C10195012345678902" + "3103000123",
		"]C10195012345678903" + "11131313", "]C1891234", "]C199~ABC", "]C101A2345678901231", "]C1011234567890123",
		"]C101123456789012312", "]C101123456789012345\x1d991234", "]C1", "]C1011234567890123A",
		"]C1235ABCDEFGHIJKLMNOPQRSTUVWXYZ12" + strings.Repeat("3", 91),
		"]C142012345\x1d42054321",            // two places at once
		"]C14201234567890123456789012",       // a post code of more than 20
		"]C14211234",                         // no country 123, and no post code
		"]C1421276",                          // a country without a post code
		"]C140211234567890123",               // cut off
		"]C192", "]C190\x1d", "]C1401\x1d10", // says nothing
		"0012345678901234567", // shorter than an SSCC
		"9912345", "4211234",  // nobody said that these are elements
	} {
		for _, one := range readings(t, r, text) {
			if len(one.Elements) > 0 {
				t.Errorf("%q: got %+v", text, one)
			}
		}
	}
}

func FuzzGS1(f *testing.F) {
	f.Add("00123456789012345675")
	f.Add("42012345\x1d403A\x1d4309180000000036000000004331000250-")
	f.Add("10\x1d\x1d")
	f.Add("9012 34\u00a05")
	r := scanner.NewRecogniser(scanner.Barcodes{})
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII && !unicode.Is(unicode.Zs, r) }) {
			return // it is read as what it looks like
		}
		list, err := r.Recognise("]C1" + text)
		if err != nil {
			return
		}
		for _, one := range list {
			if len(one.Elements) == 0 {
				continue
			}
			var again strings.Builder
			for _, e := range one.Elements {
				again.WriteString(e.AI + e.Value)
			}
			want := strings.Map(func(r rune) rune {
				if r == '\x1d' || unicode.Is(unicode.Zs, r) {
					return -1
				}
				return r
			}, strings.TrimRightFunc(text, unicode.IsSpace)) // what follows a scan, and is no part of it
			if again.String() != want {
				t.Fatalf("want %q said, got %q", want, again.String())
			}
		}
	})
}
