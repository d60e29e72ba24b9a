package scanner

import (
	"errors"
	"fmt"
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
22        X..20                     consumer's variant
235       X..28                     serial number of a third party
253       N13,csum,gcppos1 [X..17]  document
254       X..20                     part of a place
21        X..20                     serial number
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
		if err != nil {
			return nil, fmt.Errorf("scanner: element (%s): %w", ai, err)
		}
		if list, err = add(list, ai, value, spec); err != nil {
			return nil, err
		}
		s = rest
	}
	if list == nil {
		return nil, errors.New("scanner: no elements")
	}
	return list, nil
}

// add checks an element and adds it to those before it.
func add(list []Element, ai, value string, spec element) ([]Element, error) {
	if err := spec.check(value); err != nil {
		return nil, fmt.Errorf("scanner: element (%s): %w", ai, err)
	}
	for _, e := range list {
		if e.AI == ai && e.Value != value {
			return nil, fmt.Errorf("scanner: element (%s): says two things", ai)
		}
	}
	return append(list, Element{ai, value}), nil
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
