package scanner

import "strings"

// gs1Readings are the readings as GS1 element strings, or as a GS1 key that stands alone. rest is without blanks.
func gs1Readings(bars AIM, rest string) []Reading {
	var list []Reading
	if one, ok := lone(bars, rest); ok {
		list = append(list, one)
	}
	elements, declared := written(bars, rest)
	if elements == nil {
		return list
	}
	r := keyed(elements)
	// What has no check digit, and is no route, may as well be a carrier's number.
	r.Elements, r.declared = elements, declared && (r.Checked || r.Kind == Route)
	return append(list, r)
}

// lone is a key without its identifier, as it is printed, or as the bars of a shop have it.
func lone(bars AIM, rest string) (Reading, bool) {
	checked := digits(rest) && mod10(rest[:len(rest)-1]) == rest[len(rest)-1]
	switch {
	case checked && len(rest) == 18 && !bars.GS1():
		return Reading{Kind: Parcel, Format: "sscc", Number: rest, Checked: true, admits: 17, evidence: ssccEvidence}, true
	case checked && (bars.retail() || bars == "" && len(rest) == 13):
		return Reading{Kind: Goods, Format: "gtin", Number: rest, Checked: true, admits: float64(len(rest) - 1),
			declared: bars.retail()}, true
	case (bars == "" || bars == "]C0") && len(rest) == 8 && strings.HasPrefix(rest, "420") && digits(rest):
		return Reading{Kind: Route, Format: "gs1_route", Number: rest[3:], admits: 5}, true
	}
	return Reading{}, false
}

// written are the elements of a text that is written as GS1 has it, with brackets around the identifiers or without, and
// whether it is certain that it is. Without a word of the bars only brackets, a separator, an SSCC or a GTIN with something
// behind it show that these are elements: most digits might be.
func written(bars AIM, rest string) (list []Element, declared bool) {
	if strings.HasPrefix(rest, "(") {
		list, err := bracketed(rest)
		return list, err == nil
	}
	list, err := parse(rest, bars.GS1())
	if err != nil {
		return nil, false
	}
	switch {
	case bars.GS1(), strings.Contains(rest, separator), len(rest) >= 20 && list[0].AI == "00":
		return list, true
	case len(list) == 2 && list[0].AI == "01" && individual(list) != "":
		return list, !digits(rest)
	}
	return nil, false
}

const ssccEvidence = 1900

// keys are the elements that can name a thing, the best name first.
var keys = []struct {
	ai, format string
	kind       Kind
	admits     float64
	evidence   int
}{
	{"00", "sscc", Parcel, 17, ssccEvidence},
	{"402", "gsin", Parcel, 16, 1800},
	{"401", "ginc", Parcel, longestAI, 1700},
	{"01", "gtin", Goods, 13, 0},
	{"02", "gtin", Goods, 13, 0},
	{"400", "gs1_order", Parcel, longestAI, 1500},
}

// keyed is the reading that the best name among the elements gives. Companies' own elements (90 to 99) are a name too,
// with their identifier: FedEx and USPS have chosen it so that it is part of their numbers.
func keyed(elements []Element) Reading {
	for _, k := range keys {
		for _, e := range elements {
			if e.AI != k.ai {
				continue
			}
			if number := individual(elements); k.ai == "01" && number != "" {
				return Reading{Kind: Parcel, Format: "gs1_article", Number: number, Checked: true, admits: longestAI, evidence: 1600}
			}
			checked := k.ai != "400" && k.ai != "401"
			return Reading{Kind: k.kind, Format: k.format, Number: flatten(e.Value), Checked: checked, admits: k.admits,
				evidence: k.evidence}
		}
	}
	for _, e := range elements {
		if e.AI[0] == '9' {
			return Reading{Kind: Parcel, Format: "gs1_internal", Number: flatten(e.AI + e.Value), admits: longestAI, evidence: 1400}
		}
	}
	r := Reading{Kind: Route, Format: "gs1_route", admits: longestAI}
	for _, e := range elements {
		if e.AI == "403" || e.AI == "420" || e.AI == "421" {
			r.Number = flatten(e.Value)
		}
	}
	return r
}

// individual is the number that stands behind a GTIN, in a serial number or a company's own element: a post has a GTIN for
// its service, and names the parcel behind it. With a batch or dates it is goods in any case.
func individual(elements []Element) string {
	number := ""
	for _, e := range elements {
		switch {
		case e.AI[0] == '1':
			return ""
		case number == "" && (e.AI == "21" || e.AI[0] == '9' && e.AI != "90"):
			if flat := flatten(e.Value); plainNumber.MatchString(flat) {
				number = flat
			}
		}
	}
	return number
}
