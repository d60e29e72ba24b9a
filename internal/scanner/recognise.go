package scanner

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Barcodes is what a site knows of the barcodes that are held before its scanners.
type Barcodes struct {
	// Carriers that come here, the most frequent first: their readings come first. Also "sscc" and "s10", and "post_de"
	// for the post of a country.
	Carriers []string `toml:"carriers"`
	// Badges is what the text of a courier's badge begins with. No parcel's number may begin so.
	Badges []string `toml:"badges"`
	// Formats describe numbers of which only the form is known.
	Formats []Opaque `toml:"format"`
}

// Opaque is the format of a carrier's numbers that have no check digit: how they look.
type Opaque struct {
	Carrier string `toml:"carrier"`
	Prefix  string `toml:"prefix"`  // what they begin with; may be empty
	Charset string `toml:"charset"` // of what follows, as in a regular expression's brackets; empty: "0-9A-Za-z-"
	Min     int    `toml:"min"`     // characters, the prefix among them
	Max     int    `toml:"max"`
}

// openCharset is what a vendor of Chinese cabinets takes for a waybill's number.
const openCharset = "0-9A-Za-z-"

// format makes the format that Opaque describes.
func (o *Opaque) format() (format, error) {
	if o.Carrier == "" {
		return format{}, errors.New("barcode format without a carrier")
	}
	charset := o.Charset
	if charset == "" {
		charset = openCharset
	}
	n := len(o.Prefix)
	if o.Min < n+1 || o.Max < o.Min || o.Max > longestNumber {
		return format{}, fmt.Errorf("barcode format of %q: min = %d, max = %d: must be more than the prefix, and at most %d",
			o.Carrier, o.Min, o.Max, longestNumber)
	}
	pattern := fmt.Sprintf("%s[%s]{%d,%d}", regexp.QuoteMeta(o.Prefix), charset, o.Min-n, o.Max-n)
	if strings.ContainsAny(charset, "[]") {
		return format{}, fmt.Errorf("barcode format of %q: charset = %q: must be without brackets", o.Carrier, o.Charset)
	}
	if _, err := regexp.Compile(pattern); err != nil {
		return format{}, fmt.Errorf("barcode format of %q: charset = %q: must be as in a regular expression's brackets",
			o.Carrier, o.Charset)
	}
	return format{carrier: o.Carrier, name: o.Carrier + "_site", pattern: pattern, asked: true}, nil
}

// Validate returns every mistake, in the terms of the configuration file.
func (b *Barcodes) Validate() error {
	var errs []error
	known := Carriers()
	for _, o := range b.Formats {
		if _, err := o.format(); err != nil {
			errs = append(errs, err)
		}
		known = append(known, o.Carrier)
	}
	for _, c := range b.Carriers {
		country, post := strings.CutPrefix(c, "post_")
		if slices.Contains(known, c) || post && rules["iso3166alpha2"](strings.ToUpper(country)) {
			continue
		}
		errs = append(errs, fmt.Errorf("carriers: there is no %q; there are %q, and post_de for the post of a country",
			c, known))
	}
	for _, p := range b.Badges {
		if !distinct.MatchString(p) {
			errs = append(errs, fmt.Errorf("badges: %q: a parcel's number might begin so; take at least five letters", p))
		}
		for _, o := range b.Formats {
			if n := min(len(p), len(o.Prefix)); strings.EqualFold(p[:n], o.Prefix[:n]) && n > 0 {
				errs = append(errs, fmt.Errorf("badges: %q: numbers of %s begin so", p, o.Carrier))
			}
		}
	}
	return errors.Join(errs...)
}

// distinct are prefixes that begin no number of any carrier: none has more than four letters in front.
var distinct = regexp.MustCompile(`^[A-Za-z]{5}`)

// Carriers returns the carriers whose formats are known, and the names of formats that belong to no carrier.
func Carriers() []string {
	list := []string{"s10", "sscc"}
	for _, f := range formats {
		list = append(list, f.carrier)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Recogniser says what scanned texts may be. Any number of goroutines may use it at once.
type Recogniser struct {
	badges   []string
	places   map[string]int
	matchers []matcher
}

// NewRecogniser makes a recogniser of a configuration that is valid.
func NewRecogniser(b Barcodes) *Recogniser {
	r := &Recogniser{badges: b.Badges, places: make(map[string]int)}
	for i, c := range b.Carriers {
		r.places[c] = i
	}
	own := make([]format, 0, len(b.Formats))
	for _, o := range b.Formats {
		if f, err := o.format(); err == nil {
			own = append(own, f)
			if _, listed := r.places[o.Carrier]; !listed { // who describes a format has its parcels
				r.places[o.Carrier] = len(r.places)
			}
		}
	}
	for _, m := range append(slices.Clip(matchers), ready(own)...) {
		if _, listed := r.places[m.carrier]; listed || !m.asked {
			r.matchers = append(r.matchers, m)
		}
	}
	return r
}

// Recognise says what a scanned text, with its symbology identifier or without, may be: the likeliest first, and always
// something. The error is a Refusal: it can be nothing at all.
func (r *Recogniser) Recognise(text string) ([]Reading, error) {
	if utf8.ValidString(text) {
		text = strings.TrimSpace(strings.Map(typeset, text))
	}
	if err := legible(text); err != nil {
		return nil, err
	}
	bars, rest := Split(text)
	if own, ok := r.personal(rest); ok {
		return []Reading{own}, nil
	}
	if one, ok := link(rest); ok {
		return []Reading{one}, nil
	}
	list := gs1Readings(bars, strings.ReplaceAll(rest, " ", ""))
	flat := flatten(rest)
	if len(flat) <= longestNumber {
		list = append(list, r.numbers(bars, flat)...)
	}
	list = append(list, fallback(flat))
	for i := range list {
		r.place(&list[i])
	}
	slices.SortStableFunc(list, rank)
	return list, nil
}

// place says whether the site lists a reading's carrier, and where.
func (r *Recogniser) place(one *Reading) {
	for _, name := range [2]string{one.Carrier, one.Format} {
		if at, listed := r.places[name]; listed {
			one.Listed, one.place = true, at
			return
		}
	}
	one.place = len(r.places)
}

// numbers are the readings as numbers of carriers and posts.
func (r *Recogniser) numbers(bars AIM, flat string) []Reading {
	var list []Reading
	for i := range r.matchers {
		m := &r.matchers[i]
		if _, site := r.places[m.carrier]; m.bars != nil && !m.bars(bars) && (bars != "" || !site) {
			continue
		}
		if number, admits, ok := m.match(flat); ok {
			list = append(list, Reading{Kind: m.kind, Format: m.name, Carrier: m.carrier, Number: number,
				Checked: m.check != nil, declared: m.certain || m.bars != nil && bars != "", admits: admits,
				evidence: m.evidence})
		}
	}
	if number, format, ok := impb(flat); ok {
		list = append(list, Reading{Kind: Parcel, Format: format, Carrier: "usps", Number: number, Checked: true,
			admits: float64(len(flat) - 3), evidence: 3000})
	}
	if country, ok := s10Country(flat); ok {
		list = append(list, Reading{Kind: Parcel, Format: "s10", Carrier: "post_" + strings.ToLower(country),
			Number: flat, Checked: true, admits: s10Admits, evidence: s10Evidence})
	}
	return list
}

// s10Number is UPU S10: service, eight digits and a check digit, country.
var s10Number = regexp.MustCompile(`\A[A-Z]{2}([0-9]{8})([0-9])([A-Z]{2})\z`)

// s10Admits: two letters, eight digits and 249 countries, as a logarithm.
const s10Admits = 13.2

// s10Evidence is as a matcher weighs: of 13 letters and digits.
const s10Evidence = 7000

// s10Country is the country whose post has given a number.
func s10Country(flat string) (string, bool) {
	m := s10Number.FindStringSubmatch(flat)
	if m == nil || s10(m[1]) != m[2][0] || !listed(countries, m[3]) {
		return "", false
	}
	return m[3], true
}

// plainNumber matches a text that may be a parcel's number though it is in no known format.
var plainNumber = regexp.MustCompile(`\A[0-9A-Z-]{5,48}\z`)

// chance is more than any format admits, so that a text in no format comes last.
const chance = 1000

// fallback is the text as it stands.
func fallback(flat string) Reading {
	if plainNumber.MatchString(flat) {
		return Reading{Kind: Parcel, Format: plain, Number: flat, admits: chance}
	}
	return Reading{Kind: Text, Format: "text", Number: flat, admits: chance}
}

// unseen are marks between letters that change nothing of them: of zero width, where a word may be cut, where bytes begin, and
// of an order in which letters stand anyway. What turns that order around is refused.
const unseen = "\u200b\u200c\u200d\u2060\u00ad\ufeff\u200e\u200f"

// typeset undoes what web pages, documents and Asian keyboards make of a number: blanks and dashes that do not break, marks
// that are invisible, and letters and digits as wide as an ideograph.
func typeset(r rune) rune {
	switch {
	case unicode.Is(unicode.Zs, r):
		return ' '
	case strings.ContainsRune(unseen, r):
		return -1
	case unicode.Is(unicode.Pd, r):
		return '-'
	case '！' <= r && r <= '～': // ASCII once more, from U+FF01 on
		return r - '！' + '!'
	}
	return r
}

// identified is a data identifier of ANSI MH10.8.2 in brackets, as it is printed below the bars: "(J) JD01 ...".
var identified = regexp.MustCompile(`\A\(([0-9]{0,3}[A-Z])\)`)

// flatten is the one form of a number, wherever it comes from: numbers are printed in groups, and Caps Lock is a key. Blanks and
// separators are dropped, letters are capitals.
func flatten(s string) string {
	s = strings.ToUpper(strings.NewReplacer(" ", "", separator, "").Replace(s))
	return identified.ReplaceAllString(s, "$1")
}
