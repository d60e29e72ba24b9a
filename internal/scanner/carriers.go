package scanner

import (
	"math"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// A format is one way in which a carrier writes its numbers.
type format struct {
	carrier, name string
	// pattern is what a number looks like, without blanks and in capitals. Its group s is what the check character c is
	// made of, and n is the number as the carrier's customers know it; without n it is all.
	pattern string
	check   func(s string) byte
	// zeros are dropped from before the number: it is longer in the bars than on paper.
	zeros string
	kind  Kind // Parcel where it is empty
	// bars says which bars vouch for the format; others speak against it. Where the symbology is not known, the
	// format counts only at a site that lists the carrier.
	bars func(AIM) bool
	// asked is true for a format so vague that it counts only at a site that lists the carrier.
	asked bool
	// certain is true for a format with a mark or a length of its own: such a text is in this format, whatever carriers a site lists.
	certain bool
}

// formats are the carriers' formats but those of USPS IMpb, which no regular expression of Go's can tell.
// Source: jkeen/tracking_number_data on GitHub (MIT, commit b79ce4b); Leitcode and Identcode: BWIPP; those of
// the Chinese carriers: their customers' handbooks, no check characters are published.
var formats = []format{
	{carrier: "amazon", name: "amazon_logistics", pattern: `TB[ACM][0-9]{12}`},
	{carrier: "amazon", name: "amazon_international", pattern: `[AFC][0-9]{10}`},
	{carrier: "canada_post", name: "canada_post", pattern: `(?P<s>[0-9]{15})(?P<c>[0-9])`, check: mod10},
	{carrier: "canpar", name: "canpar_22", pattern: `[CDKLSUXZ][0-9]{21}`},
	{carrier: "dhl", name: "dhl_express", pattern: `(?P<s>[0-9]{9,10})(?P<c>[0-9])`, check: mod7},
	// A licence plate of ISO/IEC 15459 that JD, which is DHL, has given; in the bars with J before it, the data identifier
	// of ANSI MH10.8.2 that says so.
	{carrier: "dhl", name: "dhl_licence_plate", pattern: `J?(?P<n>JD[0-9]{9,20})`, certain: true},
	{carrier: "dhl", name: "dhl_express_piece_id", pattern: `J[A-Z]{2,3}[0-9]{9,10}`},
	// The data identifier 2L: whereto, as country, post code, "+", product and features, each behind another "+".
	{carrier: "dhl", name: "dhl_routing", pattern: `2L[A-Z]{2}[^+]{0,16}\+[ -~]{0,24}`, kind: Route, certain: true},
	// The look-aheads of the source say: 10 to 39 letters and digits, of which the first is a digit.
	{carrier: "dhl", name: "dhl_ecommerce", pattern: `(?:GM|LX|RX|UV|CN|SG|TH|IN|HK|MY)[0-9][0-9A-Z]{9,38}`},
	{carrier: "dhl", name: "dhl_ecommerce_14", pattern: `[0-9]{14}`},
	{carrier: "dhl", name: "identcode", pattern: `(?P<s>[0-9]{11})(?P<c>[0-9])`, check: post, bars: AIM.interleaved},
	{carrier: "dhl", name: "leitcode", pattern: `(?P<s>[0-9]{13})(?P<c>[0-9])`, check: post, bars: AIM.interleaved,
		kind: Route},
	// Post code, number, service and country; the check character is only printed, the tag "%" only in the bars.
	{carrier: "dpd", name: "dpd_routing", pattern: `%[0-9A-Z]{7}(?P<n>[0-9A-Z]{14})[0-9]{6}`, certain: true},
	{carrier: "dpd", name: "dpd_routing_27", pattern: `[0-9]{7}(?P<n>[0-9]{14})[0-9]{6}`, certain: true},
	{carrier: "dpd", name: "dpd", pattern: `%?(?P<s>[0-9A-Z]{7}(?P<n>[0-9]{14})[0-9]{6})(?P<c>[0-9A-Z])`, check: mod3736,
		certain: true},
	{carrier: "dpd", name: "dpd_14", pattern: `(?P<n>(?P<s>[0-9]{14}))(?P<c>[0-9A-Z])`, check: mod3736},
	{carrier: "fedex", name: "fedex_12", pattern: `(?P<s>[0-9]{11})(?P<c>[0-9])`, check: express},
	{carrier: "fedex", name: "fedex_34", pattern: `[0-8][0-9]{19}(?P<n>(?P<s>[0-9]{13})(?P<c>[0-9]))`, check: express,
		zeros: "00"},
	{carrier: "fedex", name: "fedex_astra_32", pattern: `3[0-9]{15}(?P<n>(?P<s>[0-9]{11})(?P<c>[0-9]))[0-9]{4}`,
		check: express},
	{carrier: "fedex", name: "fedex_ground", pattern: `(?P<s>[0-9]{14})(?P<c>[0-9])`, check: mod10},
	{carrier: "fedex", name: "fedex_ground_sscc_18", pattern: `[0-9]{2}(?P<s>[0-9]{15})(?P<c>[0-9])`, check: mod10},
	{carrier: "fedex", name: "fedex_ground_96", pattern: `96[0-9]{5}(?P<n>(?P<s>[0-9]{14})(?P<c>[0-9]))`, check: mod10},
	{carrier: "fedex", name: "fedex_ground_gsn", pattern: `96[0-9]{18}(?P<n>(?P<s>[0-9]{13})(?P<c>[0-9]))`,
		check: express, zeros: "00"},
	{carrier: "gofo", name: "gofo_us", pattern: `GFUS[0-9]{14}`},
	{carrier: "landmark", name: "landmark_global", pattern: `LTN[0-9]{8}N1`},
	{carrier: "lasership", name: "lasership_lx", pattern: `L[AIEHNX][1-3][0-9]{7}`},
	{carrier: "lasership", name: "lasership_1ls7", pattern: `1LS7[12][0-9]{10}`},
	{carrier: "lasership", name: "lasership_1ls7_18", pattern: `1LS7[12][0-9]{2}01[1-4][0-9]{6}-1`},
	{carrier: "lasership", name: "lasership_1lscx", pattern: `1LSCX[0-9A-Z]{10}`},
	{carrier: "old_dominion", name: "old_dominion", pattern: `(?P<s>(?:77[78]|072|780)[0-9]{7})(?P<c>[0-9])`, check: luhn},
	{carrier: "old_dominion", name: "old_dominion_guaranteed", pattern: `(?P<s>80[0-9]{8})(?P<c>[0-9])`, check: luhn},
	{carrier: "ontrac", name: "ontrac_c", pattern: `C(?P<s>[0-9]{13})(?P<c>[0-9])`, check: after("4", mod10twice)},
	{carrier: "ontrac", name: "ontrac_d", pattern: `D(?P<s>[0-9]{13})(?P<c>[0-9])`, check: after("5", mod10twice)},
	{carrier: "purolator", name: "purolator_numeric", pattern: `(?P<s>[0-5][0-9]{10})(?P<c>[0-9])`, check: luhn},
	{carrier: "purolator", name: "purolator_alpha", pattern: `[A-Z]{3}[0-9]{9}`},
	{carrier: "sf", name: "sf_15", pattern: `SF[0-9]{13}`},
	{carrier: "sf", name: "sf_12", pattern: `[0-9]{12}`, asked: true},
	{carrier: "speedee", name: "speedee", pattern: `SP[0-9]{18}`},
	{carrier: "sto", name: "sto", pattern: `[0-9]{12,13}`, asked: true},
	{carrier: "ups", name: "ups", pattern: `1Z(?P<s>[A-Z0-9]{15})(?P<c>[0-9])`, check: mod10twice},
	{carrier: "ups", name: "ups_waybill", pattern: `[AHJKTV](?P<s>[0-9]{9})(?P<c>[0-9])`, check: mod10twice},
	{carrier: "usps", name: "usps_20", pattern: `(?P<s>[0-9]{19})(?P<c>[0-9])`, check: mod10},
	{carrier: "usps", name: "usps_legacy",
		pattern: `(?:420(?:[0-9]{5}|[0-9]{9}))?(?P<n>(?P<s>(?:91)?[0-9]{19})(?P<c>[0-9]))`, check: after("91", mod10)},
	{carrier: "yodel", name: "yodel", pattern: `J?(?P<n>JD[0-9]{16})`},
	{carrier: "yto", name: "yto_15", pattern: `YT[0-9]{13}`},
	{carrier: "yto", name: "yto", pattern: `[0-9A-Z]{10,12}`, asked: true},
	{carrier: "yunda", name: "yunda", pattern: `[0-9]{13}`, asked: true},
	{carrier: "yunexpress", name: "yunexpress", pattern: `YT[0-9]{16}`},
	{carrier: "zto", name: "zto", pattern: `[0-9]{12,14}`, asked: true},
}

// longestNumber is more than any format has.
const longestNumber = 48

// A matcher is a format that is ready for use.
type matcher struct {
	format
	re      *regexp.Regexp
	s, c, n int // groups; below 0: there is none
	counts  []float64
	// evidence is how much a text says for the format, compared with those of other barcodes of a label.
	evidence int
}

var matchers = ready(formats)

// ready compiles formats into matchers.
func ready(formats []format) []matcher {
	list := make([]matcher, 0, len(formats))
	for i, f := range formats {
		re := regexp.MustCompile(`\A(?:` + f.pattern + `)\z`)
		m := matcher{format: f, re: re, s: re.SubexpIndex("s"), c: re.SubexpIndex("c"), n: max(0, re.SubexpIndex("n")),
			counts: counts(f.pattern)}
		m.evidence = m.weigh() + max(0, 199-i) // no two formats say the same
		if m.kind == "" {
			m.kind = Parcel
		}
		list = append(list, m)
	}
	return list
}

// match reads a text without blanks and in capitals. admits is the logarithm, to the base of ten, of how many texts of
// this length have the format: the fewer they are, the more it says of one that has.
func (m *matcher) match(flat string) (number string, admits float64, ok bool) {
	if len(flat) >= len(m.counts) || m.counts[len(flat)] == 0 {
		return "", 0, false
	}
	g := m.re.FindStringSubmatchIndex(flat)
	if g == nil {
		return "", 0, false
	}
	admits = math.Log10(m.counts[len(flat)])
	if m.check != nil {
		if m.check(flat[g[2*m.s]:g[2*m.s+1]]) != flat[g[2*m.c]] {
			return "", 0, false
		}
		admits-- // nine in ten have it not
	}
	return strings.TrimPrefix(flat[g[2*m.n]:g[2*m.n+1]], m.zeros), admits, true
}

// weigh is how seldom a text of the format's length, drawn by chance from digits, or from digits and letters if the
// format has letters, is of the format: the logarithm to the base of ten, times a thousand, of the length that says least.
func (m *matcher) weigh() int {
	signs := 10.0
	if lettered.MatchString(strings.ReplaceAll(m.pattern, "?P<", "")) {
		signs = 36
	}
	least := math.Inf(1)
	for length, n := range m.counts {
		if n > 0 {
			least = min(least, float64(length)*math.Log10(signs)-math.Log10(n))
		}
	}
	if m.check != nil {
		least++
	}
	return int(1000 * max(0, least))
}

// lettered is a pattern that has letters, without the names of its groups.
var lettered = regexp.MustCompile(`[A-Z]`)

// counts says how many texts of each length a pattern lets pass.
func counts(pattern string) []float64 {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		panic(err)
	}
	return count(re)
}

func count(re *syntax.Regexp) []float64 {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []float64{1}
	case syntax.OpLiteral:
		return append(make([]float64, len(re.Rune)), 1)
	case syntax.OpCharClass:
		n := 0
		for pair := range slices.Chunk(re.Rune, 2) {
			n += int(pair[1]-pair[0]) + 1
		}
		return []float64{0, float64(n)}
	case syntax.OpCapture:
		return count(re.Sub[0])
	case syntax.OpQuest:
		return either([]float64{1}, count(re.Sub[0]))
	case syntax.OpRepeat:
		var sum []float64
		power := []float64{1}
		for n := 0; n <= re.Max; n++ {
			if n >= re.Min {
				sum = either(sum, power)
			}
			power = both(power, count(re.Sub[0]))
		}
		return sum
	case syntax.OpConcat:
		product := []float64{1}
		for _, sub := range re.Sub {
			product = both(product, count(sub))
		}
		return product
	case syntax.OpAlternate:
		var sum []float64
		for _, sub := range re.Sub {
			sum = either(sum, count(sub))
		}
		return sum
	default:
		panic("scanner: a format's pattern has " + re.String())
	}
}

// either are the counts of texts that are of one sort or another.
func either(a, b []float64) []float64 {
	sum := make([]float64, max(len(a), len(b)))
	copy(sum, a)
	for n, count := range b {
		sum[n] += count
	}
	return sum
}

// both are the counts of texts of one sort with texts of another after them.
func both(a, b []float64) []float64 {
	product := make([]float64, len(a)+len(b)-1)
	for i, x := range a {
		for j, y := range b {
			product[i+j] += x * y
		}
	}
	return product
}
