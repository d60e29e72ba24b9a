package scanner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// An Element is one GS1 element string: what an application identifier says.
type Element struct {
	AI    string // "00"
	Value string
}

// elementTable has the elements that may be on a parcel, in the notation of the GS1 Barcode Syntax Dictionary (July
// 2026): N digits and X characters of set 82, "18" so many, "..30" one to so many, "[...]" may be missing, and after a
// comma what else must hold. That two elements belong together is not checked: they may be in different barcodes of a
// label.
const elementTable = `
00        N18,csum,gcppos2          SSCC
01 02     N14,csum,gcppos2          GTIN, of the content
10        X..20                     batch
11 12 13  N6,yymmd0                 dates of goods
15 16 17  N6,yymmd0
20        N2                        variant
21        X..20                     serial number
235       X..28                     third party's serial number
37        N..8                      count
400       X..30                     order
401       X..30,gcppos1             GINC: consignment
402       N17,csum,gcppos1          GSIN: shipment
403       X..30                     route
410 411   N13,csum,gcppos1          GLN: whereto
412 413   N13,csum,gcppos1
414 415   N13,csum,gcppos1
416 417   N13,csum,gcppos1
420       X..20                     post code
421       N3,iso3166 X..9           country and post code
422       N3,iso3166                country of origin
4300 4301 X..35,pcenc               ship to: company, name
4302 4303 X..70,pcenc               address
4304 4305 X..70,pcenc               suburb, locality
4306      X..70,pcenc               region
4307      X2,iso3166alpha2          country
4308      X..30                     telephone
4309      N10,latitude N10,longitude
4310 4311 X..35,pcenc               return to: likewise
4312 4313 X..70,pcenc
4314 4315 X..70,pcenc
4316      X..70,pcenc
4317      X2,iso3166alpha2
4318      X..20                     post code
4319      X..30                     telephone
4320      X..35,pcenc               service
4321 4322 N1,yesno                  dangerous goods, authority to leave
4323      N1,yesno                  signature required
4324 4325 N6,yymmd0 N4,hhmi         not before, not after
4326      N6,yymmdd                 release date
4330 4331 N6 [X1],hyphen            temperatures
4332 4333 N6 [X1],hyphen
90        X..30                     what companies agreed upon
91 92 93  X..90
94 95 96  X..90
97 98 99  X..90
`

// identifierDigits is how many digits an application identifier has, by its first two (the dictionary's prefixes). Two
// that are not here begin none.
var identifierDigits = prefixes(map[int]string{
	2: "00 01 02 03 04 10 11 12 13 14 15 16 17 18 19 20 21 22 30 37 90 91 92 93 94 95 96 97 98 99",
	3: "23 24 25 40 41 42 71",
	4: "31 32 33 34 35 36 39 43 70 72 80 81 82",
})

// predefined is how long a value is, by the first two digits of its application identifier. After such an element no
// separator is needed. GS1 General Specifications, figure "Element strings with predefined length".
var predefined = prefixes(map[int]string{
	18: "00", 14: "01 02 03", 16: "04", 6: "11 12 13 14 15 16 17 18 19 31 32 33 34 35 36", 2: "20", 13: "41",
})

func prefixes(of map[int]string) map[string]int {
	m := make(map[string]int)
	for n, list := range of {
		for _, p := range strings.Fields(list) {
			m[p] = n
		}
	}
	return m
}

const (
	separator = "\x1d" // GS: ends an element of variable length; scanners send it for FNC1
	longestAI = 90     // the longest value any element has
)

// errIncomplete is said of a text that ends within an element.
var errIncomplete = errors.New("is incomplete")

// parse reads GS1 element strings. Elements that are not in the table are taken by their length if others is true.
// Errors name the identifier but not what it says.
func parse(s string, others bool) ([]Element, error) {
	var list []Element
	s = strings.TrimPrefix(s, separator)
	for s != "" {
		ai, spec, err := identify(s, others)
		if err != nil {
			return nil, err
		}
		value, rest, err := cut(s[len(ai):], predefined[ai[:2]])
		if err == nil {
			err = spec.check(value)
		}
		if err != nil {
			return nil, fmt.Errorf("scanner: element (%s): %w", ai, err)
		}
		for _, e := range list {
			if e.AI == ai && e.Value != value {
				return nil, fmt.Errorf("scanner: element (%s): says two things", ai)
			}
		}
		list = append(list, Element{ai, value})
		s = rest
	}
	if list == nil {
		return nil, errors.New("scanner: no elements")
	}
	return list, nil
}

// identify reads the application identifier that s begins with.
func identify(s string, others bool) (ai string, spec element, err error) {
	n := 0
	if len(s) >= 2 {
		n = identifierDigits[s[:2]]
	}
	if n == 0 || len(s) < n || !digits(s[:n]) {
		return "", nil, errors.New("scanner: no application identifier where one must be")
	}
	spec, known := elements[s[:n]]
	if !known {
		if !others {
			return "", nil, fmt.Errorf("scanner: element (%s): is not known", s[:n])
		}
		spec = anything
	}
	return s[:n], spec, nil
}

// cut parts the value from what follows. length is 0 for a value that a separator ends.
func cut(s string, length int) (value, rest string, err error) {
	if length == 0 {
		value, rest, _ = strings.Cut(s, separator)
		return value, rest, nil
	}
	if len(s) < length {
		return "", "", errIncomplete
	}
	return s[:length], strings.TrimPrefix(s[length:], separator), nil
}

// An element is what the value of an application identifier is made of.
type element []component

// A component is a part of a value.
type component struct {
	numeric  bool
	min, max int
	optional bool
	rules    []string
}

// anything is the value of an element that the table has not.
var anything = element{{min: 1, max: longestAI}}

func (e element) check(value string) error {
	for _, c := range e {
		if value == "" && c.optional {
			return nil
		}
		part := value[:min(len(value), c.max)]
		value = value[len(part):]
		switch {
		case len(part) < c.min:
			return errIncomplete
		case c.numeric && !digits(part):
			return errors.New("is no number")
		case !c.numeric && !cset82(part):
			return errors.New("has a character that GS1 does not know")
		}
		for _, name := range c.rules {
			if !rules[name](part) {
				return fmt.Errorf("breaks the rule %s", name)
			}
		}
	}
	if value != "" {
		return errors.New("is too long")
	}
	return nil
}

// elements is elementTable, read.
var elements = func() map[string]element {
	m := make(map[string]element)
	for line := range strings.Lines(elementTable) {
		var ais []string
		var spec element
		for _, word := range strings.Fields(line) {
			if digits(word) && spec == nil {
				ais = append(ais, word)
				continue
			}
			c, ok := readComponent(word)
			if !ok {
				break // the description
			}
			spec = append(spec, c)
		}
		for _, ai := range ais {
			m[ai] = spec
		}
	}
	return m
}()

// readComponent reads one component in the dictionary's notation, as "N18,csum".
func readComponent(word string) (c component, ok bool) {
	word, c.optional = strings.CutPrefix(word, "[")
	kind, list, _ := strings.Cut(strings.ReplaceAll(word, "]", ""), ",")
	if kind == "" || kind[0] != 'N' && kind[0] != 'X' {
		return c, false
	}
	c.numeric, c.min = kind[0] == 'N', 1
	if n, err := fmt.Sscanf(kind[1:], "..%d", &c.max); n != 1 || err != nil {
		if n, err := fmt.Sscanf(kind[1:], "%d", &c.max); n != 1 || err != nil {
			return c, false
		}
		c.min = c.max
	}
	if list != "" {
		c.rules = strings.Split(list, ",")
	}
	return c, true
}

// gs1Readings are the readings as GS1 element strings, or as a GS1 key that stands alone.
func gs1Readings(bars AIM, rest string) []Reading {
	var list []Reading
	add := func(kind Kind, format, number string, checked bool, admits float64) {
		list = append(list, Reading{Kind: kind, Format: format, Number: number, Checked: checked, admits: admits})
	}
	checked := digits(rest) && mod10(rest[:len(rest)-1]) == rest[len(rest)-1]
	switch {
	case checked && len(rest) == 18 && !bars.GS1(): // printed without its identifier
		add(Parcel, "sscc", rest, true, 17)
	case digits(rest) && bars.retail() || checked && bars == "" && len(rest) == 13:
		add(Goods, "gtin", rest, checked, float64(len(rest)-1))
		list[0].declared = bars.retail()
	case (bars == "" || bars == "]C0") && len(rest) == 8 && strings.HasPrefix(rest, "420") && digits(rest):
		add(Route, "gs1_route", rest[3:], false, 5)
	}
	// Without a word of the bars only a separator or an SSCC shows that these are elements: most digits might be.
	declared := bars.GS1()
	if !declared && !strings.Contains(rest, separator) && !evident(rest) {
		return list
	}
	elements, err := parse(rest, declared)
	if err != nil {
		return list
	}
	r := keyed(elements)
	// Of a name without a check digit a carrier's format says more.
	r.Elements, r.declared = elements, declared && (r.Checked || r.Kind != Parcel)
	return append(list, r)
}

// evident says that a text without a word of its bars must be element strings: an SSCC, or a GTIN with what names a parcel behind it.
func evident(rest string) bool {
	switch {
	case len(rest) < 20:
		return false
	case strings.HasPrefix(rest, "00"):
		return true
	}
	return strings.HasPrefix(rest, "01") && digits(rest[:16]) && mod10(rest[2:15]) == rest[15] && names(rest[16:18]) && !digits(rest[18:])
}

// names says that behind a GTIN an element names one parcel: companies' own, or a serial number.
func names(ai string) bool { return ai == "21" || ai[0] == '9' && ai != "90" }

// ofGoods are elements of goods: what has them beside a GTIN is goods, whatever its serial number.
var ofGoods = []string{"10", "11", "12", "13", "15", "16", "17"}

// behindGTIN is the reading of what a post, or whoever ships under a GTIN of their own, has put behind it (Australia Post's eParcel label
// specification: 01, the post's GTIN, and 91, the article).
func behindGTIN(elements []Element) (Reading, bool) {
	if elements[0].AI != "01" || slices.ContainsFunc(elements, func(e Element) bool { return slices.Contains(ofGoods, e.AI) }) {
		return Reading{}, false
	}
	for _, e := range elements[1:] {
		if names(e.AI) {
			return Reading{Kind: Parcel, Format: "gs1_article", Number: flatten(e.Value), Checked: true, admits: 13}, true
		}
	}
	return Reading{}, false
}

// keys are the elements that can name a thing, the best name first.
var keys = []struct {
	ai, format string
	kind       Kind
	admits     float64
}{
	{"00", "sscc", Parcel, 17},
	{"402", "gsin", Parcel, 16},
	{"401", "ginc", Parcel, longestAI},
	{"01", "gtin", Goods, 13},
	{"02", "gtin", Goods, 13},
	{"400", "gs1_order", Parcel, longestAI},
}

// keyed is the reading that the best name among the elements gives. Companies' own elements (90 to 99) are a name too,
// with their identifier: FedEx and USPS have chosen it so that it is part of their numbers.
func keyed(elements []Element) Reading {
	if article, ok := behindGTIN(elements); ok {
		return article
	}
	for _, k := range keys {
		for _, e := range elements {
			if e.AI == k.ai {
				checked := k.ai != "400" && k.ai != "401"
				return Reading{Kind: k.kind, Format: k.format, Number: flatten(e.Value), Checked: checked, admits: k.admits}
			}
		}
	}
	for _, e := range elements {
		if e.AI[0] == '9' {
			return Reading{Kind: Parcel, Format: "gs1_internal", Number: flatten(e.AI + e.Value), admits: longestAI}
		}
	}
	r := Reading{Kind: Route, Format: "gs1_route", admits: longestAI}
	for _, e := range elements {
		if e.AI == "403" || e.AI == "420" || e.AI == "421" {
			r.Number = e.Value
		}
	}
	return r
}
