package scanner_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"lockerd/internal/scanner"
)

// lines reads a file of testdata: lines of words apart by sep; # begins a remark.
func lines(t testing.TB, name, sep string) [][]string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var list [][]string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && line[0] != '#' {
			list = append(list, strings.Split(line, sep))
		}
	}
	return list
}

func readings(t testing.TB, r *scanner.Recogniser, text string) []scanner.Reading {
	t.Helper()
	list, err := r.Recognise(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if len(list) == 0 {
		t.Fatalf("%q: no reading at all", text)
	}
	return list
}

func with(list []scanner.Reading, format string) (scanner.Reading, bool) {
	i := slices.IndexFunc(list, func(r scanner.Reading) bool { return r.Format == format })
	if i < 0 {
		return scanner.Reading{}, false
	}
	return list[i], true
}

// every is a recogniser that leaves no format out.
func every() *scanner.Recogniser {
	return scanner.NewRecogniser(scanner.Barcodes{Carriers: scanner.Carriers()})
}

// Every published test number of the carriers, in bars that say nothing and in bars that do.
func TestTrackingNumbers(t *testing.T) {
	numbers := lines(t, "tracking.txt", "\t")
	if want := 217; len(numbers) != want {
		t.Fatalf("want %d test numbers, got %d", want, len(numbers))
	}
	r := scanner.NewRecogniser(scanner.Barcodes{})
	tested := make(map[string]bool)
	for _, n := range numbers {
		format, valid, number := n[0], n[1] == "valid", n[2]
		tested[format] = true
		for _, text := range []string{number, "]C0" + number} {
			one, got := with(readings(t, r, text), format)
			if got != valid {
				t.Errorf("%s: %q: want %v, got %v", format, text, valid, got)
			}
			if got && (one.Carrier == "" || one.Kind != scanner.Parcel || one.Number == "") {
				t.Errorf("%s: %q: got %+v", format, text, one)
			}
		}
	}
	untested := []string{"identcode", "leitcode", "sf_15", "sf_12", "sto", "yto", "yto_15", "yunda", "zto",
		"dhl_licence_plate", "dhl_routing", "dpd_routing", "dpd_routing_27"} // TestOfOthers
	for _, format := range scanner.FormatNames() {
		if !tested[format] && !slices.Contains(untested, format) {
			t.Errorf("no test number of %s", format)
		}
	}
}

// What is not among those test numbers: each with where it is from.
func TestOfOthers(t *testing.T) {
	for _, c := range []struct{ text, format, carrier, number string }{
		{"563102430313", "identcode", "dhl", "563102430313"}, // BWIPP, documentation of Identcode
		{"]I0563102430313", "identcode", "dhl", "563102430313"},
		{"21348075016401", "leitcode", "dhl", "21348075016401"}, // BWIPP, documentation of Leitcode
		{"RB473124829GB", "s10", "post_gb", "RB473124829GB"},    // UPU S10: 47312482 has the check digit 9
		{"RB123456140GB", "s10", "post_gb", "RB123456140GB"},    // its rule: 10 is written 0,
		{"RB123456025GB", "s10", "post_gb", "RB123456025GB"},    // and 11 is written 5
		{"rb 473 124 829 gb", "s10", "post_gb", "RB473124829GB"},
		{"940019123456781234567890123451", "usps_impb_n", "usps", "940019123456781234567890123451"}, // made up by its rules
		{"9500112345612345678905", "usps_impb_c", "usps", "9500112345612345678905"},
		{"SF1234567890123", "sf_15", "sf", "SF1234567890123"}, // forms without a check digit: made up
		{"YT1234567890123", "yto_15", "yto", "YT1234567890123"},
		{"123456789012", "sf_12", "sf", "123456789012"},
		{"123456789012", "sto", "sto", "123456789012"},
		{"1234567890123", "yunda", "yunda", "1234567890123"},
		{"12345678901234", "zto", "zto", "12345678901234"},
		{"A123456789B", "yto", "yto", "A123456789B"},
		{"JJD014600003889949517", "dhl_licence_plate", "dhl", "JD014600003889949517"}, // a label of DHL Express
		{"2LDE53113+42000000", "dhl_routing", "dhl", "2LDE53113+42000000"},
		// DPD's label print specification, section 4, and test vectors of its label specification.
		{"%008182709980000020028101276", "dpd_routing", "dpd", "09980000020028"},
		{"%000393206219912345678101040", "dpd_routing", "dpd", "06219912345678"},
		{"0003 932 0621 9912 3456 78 101 040", "dpd_routing_27", "dpd", "06219912345678"},
	} {
		one, ok := with(readings(t, every(), c.text), c.format)
		if !ok || one.Carrier != c.carrier || one.Number != c.number {
			t.Errorf("%q: want %s of %s, got %+v", c.text, c.format, c.carrier, one)
		}
	}
	for _, c := range []struct{ text, format string }{
		{"563102430314", "identcode"},
		{"21348075016402", "leitcode"},
		{"]C0563102430313", "identcode"}, // not in these bars
		{"RB473124820GB", "s10"},
		{"RB473124829ZZ", "s10"},
		{"RB123456026GB", "s10"},
		// IMpb, its check digits right: the mailer's id has not as many digits as the rest leaves room for.
		{"940011234561234567890123412342", "usps_impb_n"},
		{"9200112345612345678908", "usps_impb_c"},
		{"9300191234567812345670", "usps_impb_c"},
	} {
		if one, ok := with(readings(t, every(), c.text), c.format); ok {
			t.Errorf("%q: want it refused as %s, got %+v", c.text, c.format, one)
		}
	}
}

// A number is the same in whichever of a carrier's formats it comes.
func TestNumberIsTheSame(t *testing.T) {
	r := scanner.NewRecogniser(scanner.Barcodes{Carriers: []string{"fedex", "usps", "dpd", "sscc"}})
	for _, same := range [][]string{
		{"794808390594", "9632001560123456789900794808390594", "9622001560000000000000794808390594", "7948 0839 0594"},
		{"790695517286", "1002297871540001000300790695517286"},
		{"9400111206206406260787", "420787459400111206206406260787", "]C142078745\x1d9400111206206406260787",
			"\x1d42078745\x1d9400111206206406260787"},
		{"9261290113185417468510", "4201028200009261290113185417468510"},
		{"0998000002003 3F", "00 81827 0998 0000 0200 33 350 276 C"},
		{"000123450000000027", "]C100000123450000000027", "00000123450000000027"},
	} {
		want := readings(t, r, same[0])[0].Number
		for _, text := range same[1:] {
			if got := readings(t, r, text)[0]; got.Number != want {
				t.Errorf("%q: want %q as of %q, got %+v", text, want, same[0], got)
			}
		}
	}
}

func TestRank(t *testing.T) {
	for _, c := range []struct {
		name     string
		carriers []string
		text     string
		want     string // the formats, likeliest first
	}{
		{"twelve digits that FedEx's check lets pass", nil, "331434972088", "purolator_numeric fedex_12 plain"},
		{"where FedEx comes and Purolator does not", []string{"fedex"}, "331434972088", "fedex_12 purolator_numeric plain"},
		{"where SF comes", []string{"sf"}, "331434972088", "sf_12 purolator_numeric fedex_12 plain"},
		{"where SF, then FedEx come: what has a check digit is likelier", []string{"sf", "fedex"}, "331434972088",
			"fedex_12 sf_12 purolator_numeric plain"},
		{"where SF and STO come: in the order of the list", []string{"sto", "sf"}, "331434972088",
			"sto sf_12 purolator_numeric fedex_12 plain"},
		{"bars that say GS1", nil, "]C100123456789012345675", "sscc usps_20 plain"},
		{"bars of Deutsche Post", nil, "]I0563102430313", "identcode plain"},
		{"the same digits in other bars", nil, "]C0231434972072", "purolator_numeric plain"},
		{"and in those of Deutsche Post", nil, "]I0231434972072", "identcode purolator_numeric plain"},
		{"what FedEx made of GS1", nil, "]C19611020987654312345672", "fedex_ground_96 gs1_internal plain"},
		{"a barcode of goods", nil, "]E05901234123457", "gtin plain"},
		{"no format at all", nil, "HELLO-1", "plain"},
		{"for a phone", nil, "https://example.org/?a=1", "link"},
		{"bars that declare come before what the site lists", []string{"usps"}, "]C100123456789012345675", "sscc usps_20 plain"},
		{"an SSCC declares itself", []string{"usps"}, "00123456789012345675", "sscc usps_20 plain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, one := range readings(t, scanner.NewRecogniser(scanner.Barcodes{Carriers: c.carriers}), c.text) {
				got = append(got, one.Format)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%q: want %s, got %s", c.text, c.want, got)
			}
		})
	}
}

// The barcodes of one label, in any order: one of them names the parcel.
func TestLabels(t *testing.T) {
	for _, c := range []struct {
		name     string
		carriers []string
		barcodes []string
		want     string
	}{
		{"UPS: post code and number", []string{"ups"}, []string{"]C042078745", "]C01Z5R89390357567127"},
			"1Z5R89390357567127"},
		{"DHL: Leitcode and Identcode", []string{"dhl"}, []string{"]I021348075016401", "]I0563102430313"}, "563102430313"},
		{"FedEx: number and what a customer printed", []string{"fedex"}, []string{"ORDER-4711", "986578788855"},
			"986578788855"},
		{"SF where FedEx comes too", []string{"sf", "fedex"}, []string{"SF1234567890123", "4711"}, "SF1234567890123"},
		{"GS1: route and SSCC in two barcodes", nil, []string{"]C142112345\x1d403ABC", "]C100123456789012345675"},
			"123456789012345675"},
		{"goods in an open bag", []string{"dpd"}, []string{"]E05901234123457", "0998 0000 0200 34D"}, "09980000020034"},
		{"no parcel's number", nil, []string{"]E05901234123457", "]C042078745"}, ""},
		{"nothing", nil, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := scanner.NewRecogniser(scanner.Barcodes{Carriers: c.carriers})
			lists := make([][]scanner.Reading, 0, len(c.barcodes))
			for _, text := range c.barcodes {
				lists = append(lists, readings(t, r, text))
			}
			got, most := "", 0
			for _, list := range lists {
				if one, ok := scanner.Standing("]C0", list); ok {
					if one.Likelihood() == most {
						t.Errorf("%q and %q are as likely", got, one.Number)
					}
					if n := one.Likelihood(); n > most {
						got, most = one.Number, n
					}
				}
			}
			if got != c.want {
				t.Errorf("want %q, got %q", c.want, got)
			}
		})
	}
}

func TestOpaqueFormats(t *testing.T) {
	cfg := scanner.Barcodes{Formats: []scanner.Opaque{
		{Carrier: "jd", Prefix: "JD", Min: 10, Max: 20},
		{Carrier: "bike", Prefix: "", Charset: "0-9", Min: 7, Max: 7},
	}}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	r := scanner.NewRecogniser(cfg)
	for text, want := range map[string]string{
		"JDVA1234567-1-1-": "jd_site", "1234567": "bike_site", "12345678": "plain", "JD1": "text",
	} {
		got := readings(t, r, text)[0]
		if got.Format != want || got.Listed != strings.HasSuffix(want, "_site") {
			t.Errorf("%q: want %s, got %+v", text, want, got)
		}
	}
}

func TestRefused(t *testing.T) {
	r := every()
	for text, want := range map[string]scanner.Refusal{
		"":                             scanner.Empty,
		strings.Repeat("7", 257):       scanner.TooLong,
		"AB\x00CD":                     scanner.NotText,
		"AB\xffCD":                     scanner.NotText,
		"[)>\x1e01\x1d9612345\x1e\x04": scanner.NotText,
		"AB\nCD":                       scanner.NotText,
		"\u202e123456":                 scanner.NotText, // would be printed backwards
		strings.Repeat("7", 256):       "",
		"../../etc/passwd":             "",
		"<script>alert(1)</script>":    "",
		"]C1":                          "",
		"]":                            "",
		"\x1d\x1d":                     "",
	} {
		_, err := r.Recognise(text)
		var got scanner.Refusal
		if errors.As(err, &got); got != want {
			t.Errorf("%.20q: want refusal %q, got %v", text, want, err)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the refusal repeats what was scanned: %v", err)
		}
	}
}

// Of random digits many pass for some carrier's number: how many is printed, and docs/scanners.md says it.
func TestRandomDigits(t *testing.T) {
	const draws = 4000
	chance := rand.New(rand.NewPCG(1, 2))
	r := scanner.NewRecogniser(scanner.Barcodes{})
	for length := 8; length <= 22; length++ {
		hits := 0
		for range draws {
			var text strings.Builder
			for range length {
				text.WriteString(strconv.Itoa(chance.IntN(10)))
			}
			list := readings(t, r, text.String())
			if slices.ContainsFunc(list, func(one scanner.Reading) bool { return one.Carrier != "" }) {
				hits++
			}
			if len(list) == 1 && list[0].Format != "plain" {
				t.Errorf("%s: got %+v", text.String(), list)
			}
		}
		t.Logf("%d digits: %.1f %%", length, 100*float64(hits)/draws)
	}
}

func TestBarcodesConfig(t *testing.T) {
	for _, c := range []struct {
		cfg  scanner.Barcodes
		want string
	}{
		{scanner.Barcodes{}, ""},
		{scanner.Barcodes{Carriers: []string{"dhl", "sscc", "s10", "post_de"}, Badges: []string{"COURIER-"}}, ""},
		{scanner.Barcodes{Carriers: []string{"dlh"}}, `there is no "dlh"`},
		{scanner.Barcodes{Carriers: []string{"post_xx"}}, `there is no "post_xx"`},
		{scanner.Barcodes{Badges: []string{"1Z"}}, "a parcel's number might begin so"},
		{scanner.Barcodes{Badges: []string{"JVGL"}}, "a parcel's number might begin so"},
		{scanner.Barcodes{Badges: []string{""}}, "a parcel's number might begin so"},
		{scanner.Barcodes{Badges: []string{"JINGDONG-"}, Formats: []scanner.Opaque{{Carrier: "x", Prefix: "JING", Min: 9,
			Max: 9}}}, "numbers of x begin so"},
		{scanner.Barcodes{Formats: []scanner.Opaque{{Min: 1, Max: 2}}}, "without a carrier"},
		{scanner.Barcodes{Formats: []scanner.Opaque{{Carrier: "x", Prefix: "AB", Min: 2, Max: 9}}}, "more than the prefix"},
		{scanner.Barcodes{Formats: []scanner.Opaque{{Carrier: "x", Min: 2, Max: 99}}}, "at most 48"},
		{scanner.Barcodes{Formats: []scanner.Opaque{{Carrier: "x", Charset: "9-0", Min: 2, Max: 9}}}, "charset"},
		{scanner.Barcodes{Formats: []scanner.Opaque{{Carrier: "x", Charset: "0]|[9", Min: 2, Max: 9}}}, "without brackets"},
	} {
		err := c.cfg.Validate()
		if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: want %q, got %v", c.cfg, c.want, err)
		}
	}
}

func ExampleRecogniser_Recognise() {
	r := scanner.NewRecogniser(scanner.Barcodes{Carriers: []string{"ups", "dhl"}})
	list, err := r.Recognise("]C01Z5R89390357567127")
	if err != nil {
		panic(err)
	}
	fmt.Println(list[0].Kind, list[0].Carrier, list[0].Number)
	// Output: parcel ups 1Z5R89390357567127
}

func FuzzRecognise(f *testing.F) {
	for _, n := range lines(f, "tracking.txt", "\t") {
		f.Add(n[2])
	}
	for _, s := range []string{"LD1:12345678", "]Q1LD1:1", "]C100123456789012345675", "\x1d4201\x1d9012", "eyJ.e.s",
		"COURIER-ADA", "]E05901234123457", "\xff", "é", "ɦ000000"} {
		f.Add(s)
	}
	sites := []*scanner.Recogniser{scanner.NewRecogniser(scanner.Barcodes{}), scanner.NewRecogniser(scanner.Barcodes{
		Carriers: scanner.Carriers(), Badges: []string{"COURIER-"},
		Formats: []scanner.Opaque{{Carrier: "any", Min: 1, Max: 48}},
	})}
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range sites {
			list, err := r.Recognise(text)
			if (err == nil) != (len(list) > 0) {
				t.Fatalf("%q: %v, %+v", text, err, list)
			}
			for _, one := range list {
				if one.Kind.Personal() && len(list) > 1 {
					t.Fatalf("%q: a person's own and more: %+v", text, list)
				}
				if utf8.RuneCountInString(one.Number) > utf8.RuneCountInString(text) { // a capital may have more bytes
					t.Fatalf("%q: made up: %+v", text, one)
				}
			}
		}
	})
}

// Against all formats: at most 0.2 ms.
func BenchmarkRecognise(b *testing.B) {
	r := every()
	for name, text := range map[string]string{
		"12 digits": "331434972088", "34 digits": "1002297871540001000300790695517286", "1Z": "1Z5R89390357567127",
		"GS1": "]C10000012345000000002742112345\x1d4309012345678901234567894326260101", "code": "LD1:12345678",
		"noise": strings.Repeat("A!", 128),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Recognise(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
