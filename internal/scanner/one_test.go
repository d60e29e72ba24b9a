package scanner_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"lockerd/internal/scanner"
)

// sites are what a site may know; the number of a parcel depends on it for no form that is certain.
var sites = map[string]scanner.Barcodes{
	"any": {}, "all": {Carriers: scanner.Carriers()}, "usps": {Carriers: []string{"usps"}}, "dpd": {Carriers: []string{"dpd", "dhl"}},
	"China": {Carriers: []string{"zto", "sto", "yunda", "sf", "yto"}},
	"open":  {Formats: []scanner.Opaque{{Carrier: "open", Min: 1, Max: 48}}},
}

// named is the number of the parcel that a text names; "" if it names none.
func named(t testing.TB, r *scanner.Recogniser, text string) (string, int) {
	t.Helper()
	bars, _ := scanner.Split(text)
	one, ok := scanner.Standing(bars, readings(t, r, text))
	if !ok {
		return "", 0
	}
	return one.Number, one.Likelihood()
}

// A parcel has one number, whoever says it: the bars, the print below them, the carrier's interface.
func TestOneNumber(t *testing.T) {
	for _, c := range []struct {
		name, number string
		texts        []string
	}{
		{"DPD, test vectors of its label specification", "06219912345678", []string{"%000393206219912345678101040",
			"]C0%000393206219912345678101040", "0003 932 0621 9912 3456 78 101 040 9", "0003932062199123456781010409",
			"%0003932062199123456781010409", "06219912345678", "0621 9912 3456 78"}},
		{"DPD, its print specification", "09980000020028", []string{"%008182709980000020028101276",
			"008182709980000020028101276", "09980000020028", "0998 0000 0200 28"}},
		{"DPD to Britain", "15501234567890", []string{"%0SW1A1A15501234567890101826", "%0sw1a1a 15501234567890 101 826"}},
		{"Australia Post eParcel", "JDQ019457101000930308", []string{"]C1019931265099999891JDQ019457101000930308",
			"019931265099999891JDQ019457101000930308", "(01)99312650999998(91)JDQ019457101000930308",
			"JDQ 019457101 0009 30308", "jdq019457101000930308", "]d2019931265099999891JDQ019457101000930308\x1d4203000"}},
		{"a post's GTIN and a serial number", "JDQ0194571010009303", []string{"]C1019931265099999821JDQ0194571010009303",
			"(01)99312650999998(21)JDQ0194571010009303", "https://id.gs1.org/01/99312650999998/21/jdq0194571010009303"}},
		{"a carrier without a format", "3SABCD1234567", []string{"3SABCD1234567", "3S ABCD 1234567", "3sabcd1234567",
			"]C03SABCD1234567", "3S\u00a0ABCD\u202f1234567", "\ufeff3SABCD1234567\n", "\u200e3S\u200bABCD\u00ad1234567", "３ＳＡＢＣＤ１２３４５６７"}},
		{"with dashes", "AB-1234-567", []string{"AB-1234-567", "AB\u20111234\u2011567", "ab\u20131234\u2014567"}},
		{"free text", "ABC12345XYZ", []string{"abc 12345 xyz", "ABC12345XYZ", "]C0Abc12345Xyz"}},
		{"free text with signs", "AB/1234#Ü", []string{"ab/1234 #ü", "AB/1234#Ü"}},
		{"SSCC", "340434161094042557", []string{"340434161094042557", "00340434161094042557", "(00)340434161094042557",
			"(00) 3404 3416 1094 0425 57", "00 3404 3416 1094 0425 57", "]C100340434161094042557", "]d200340434161094042557",
			"https://id.gs1.org/00/340434161094042557", "]Q1https://id.gs1.org/00/340434161094042557?4300=ADA",
			"HTTPS://example.com/some/path/00/340434161094042557", "https://example.com/sscc/340434161094042557"}},
		{"DHL Express", "JD014600003889949517", []string{"JJD014600003889949517", "JD014600003889949517",
			"(J) JD01 4600 0038 8994 9517", "]C0JJD014600003889949517", "J JD01 4600 0038 8994 9517"}},
		{"Yodel", "JD0002210120453578", []string{"JJD0002210120453578", "JD0002210120453578", "JD 0002 2101 2045 3578"}},
	} {
		for name, site := range sites {
			r := scanner.NewRecogniser(site)
			for _, text := range c.texts {
				if got, _ := named(t, r, text); got != c.number {
					t.Errorf("%s, site %q: %q: want %q, got %q", c.name, name, text, c.number, got)
				}
			}
		}
	}
}

// What is on parcels and names none, whatever the site lists.
func TestNamesNoParcel(t *testing.T) {
	for _, text := range []string{
		"]E04006381333931", "]E496385074", "]d20109506000134352", "]e00109506000134352", // goods
		"]d201095060001343521726123110ABC12345\x1d21SERIAL123", "(01)09506000134352", "https://id.gs1.org/01/09506000134352",
		"]I021348075016401", "]C142090210", "]C1420902109876", "]C1403LON1234567890", "]C142127653113", // routes
		"(420)90210", "(403)LON1", "2LDE53113+42000000", "]C02LDE53113+42000000", "(2L) DE53113+42000000", "2LGBSW1A 1AA+48000001", "2LDE53113+42000000+123", "2LGB:SW1A1AA+71000000",
		"https://www.example.com/survey", "HTTP://EXAMPLE.COM/1234567890", "]Q1www.example.com", "example.com/track?n=1", // links
		"mailto:ada@example.com", "WIFI:T:WPA;S:guest;P:12345678;;", "BEGIN:VCARD", "tel:+4912345678", "geo:52.5,13.4",
	} {
		for name, site := range sites {
			if got, likelihood := named(t, scanner.NewRecogniser(site), text); got != "" || likelihood != 0 {
				t.Errorf("site %q: %q: want it to name no parcel, got %q", name, text, got)
			}
		}
	}
}

// Random SSCCs where USPS is listed, whose check digit is the same.
func TestSSCCsOfChance(t *testing.T) {
	chance := rand.New(rand.NewPCG(3, 4))
	for name, site := range sites {
		r := scanner.NewRecogniser(site)
		draws := 100
		if name == "usps" {
			draws = 1000
		}
		for range draws {
			var number strings.Builder
			sum := 0
			for i := range 17 {
				n := chance.IntN(10)
				sum += n * (3 - 2*(i%2))
				number.WriteByte(byte('0' + n))
			}
			number.WriteByte(byte('0' + (10-sum%10)%10))
			for _, text := range []string{"", "00", "]C100", "(00)", "https://id.gs1.org/00/"} {
				if got, _ := named(t, r, text+number.String()); got != number.String() {
					t.Fatalf("site %q: %s%s: got %q", name, text, number.String(), got)
				}
			}
		}
	}
}

// FuzzOneNumber: blanks and case make no other parcel, nor does saying the number that a text gave.
func FuzzOneNumber(f *testing.F) {
	for _, n := range lines(f, "tracking.txt", "\t") {
		f.Add(n[2], uint64(0))
	}
	for _, text := range []string{"%000393206219912345678101040", "(00) 3404 3416 1094 0425 57", "3S ABCD 1234567", "(J) JD01 4600",
		"JJD014600003889949517", "(((J)", "ǆ straße"} {
		f.Add(text, uint64(7))
	}
	list := make(map[string]*scanner.Recogniser)
	for name, site := range sites {
		list[name] = scanner.NewRecogniser(site)
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		chance := rand.New(rand.NewPCG(seed, 0))
		var other strings.Builder
		for _, r := range text {
			if chance.IntN(3) == 0 {
				other.WriteByte(' ')
			}
			if lower := unicode.ToLower(r); r != ' ' && r < unicode.MaxASCII && chance.IntN(2) == 0 {
				r = lower
			}
			if r != ' ' || chance.IntN(2) == 0 {
				other.WriteRune(r)
			}
		}
		for name, r := range list {
			one, err := r.Recognise(text)
			two, err2 := r.Recognise(strings.TrimSpace(other.String()))
			if err != nil || err2 != nil || one[0].Kind.Personal() || two[0].Kind.Personal() ||
				one[0].Kind == scanner.Link || two[0].Kind == scanner.Link || strings.HasPrefix(strings.TrimSpace(text), "]") {
				continue
			}
			a, _ := scanner.Standing("", one)
			b, _ := scanner.Standing("", two)
			if a.Number != b.Number || a.Kind != b.Kind {
				t.Fatalf("site %q: %q is %+v, %q is %+v", name, text, a, other.String(), b)
			}
		}
	})
}
