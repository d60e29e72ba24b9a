package scanner

import (
	"cmp"
	"log/slog"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Kind is what sort of thing a text names.
type Kind string

// The kinds of readings. Code, Badge and Token are a person's own: a text that is one is nothing else.
const (
	Code   Kind = "code"   // a pickup code's QR
	Badge  Kind = "badge"  // a courier's badge
	Token  Kind = "token"  // a signed token's QR
	Parcel Kind = "parcel" // names a parcel
	Route  Kind = "route"  // on a parcel, but says only where it goes: a post code, a Leitcode
	Goods  Kind = "goods"  // names a kind of goods: the barcode of a shop
	Text   Kind = "text"   // anything else that can be printed, and may be what a sender calls a parcel
	Other  Kind = "other"  // says what it is, and names no parcel: the address of a web page, element strings that are wrong
)

// plain is the format of letters and digits that have none.
const plain = "plain"

// Personal says whether a thing of this kind is a person's own, and so can be no parcel.
func (k Kind) Personal() bool { return k == Code || k == Badge || k == Token }

// A Reading is one thing that a text may be. Readings are hints, never a gate: of random digits one in ten passes the
// check of some carrier.
type Reading struct {
	Kind Kind
	// Format names how it is written: "ups", "s10", "sscc"; docs/scanners.md lists them. "plain" are letters and digits
	// of no format.
	Format string
	// Carrier is whose format it is: "ups", "post_gb" for the post of a country; empty where the format is everybody's.
	Carrier string
	// Number is the name itself. It is the same whichever of a carrier's formats it was written in: without blanks and
	// post code, in capitals. Of a person's own code it is what follows the prefix, and empty where the prefix was
	// garbled.
	Number string
	// Checked is true where a check digit agreed.
	Checked bool
	// Listed is true where the site lists the carrier or the format.
	Listed bool
	// Elements are what GS1 element strings say; personal data may be among them.
	Elements []Element

	place    int     // in the site's list
	declared bool    // the bars themselves say that they are in this format
	admits   float64 // the logarithm of how many texts have the format
}

// LogValue keeps what was scanned out of logs.
func (r Reading) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", string(r.Kind)), slog.String("format", r.Format),
		slog.String("carrier", r.Carrier), slog.Int("length", len(r.Number)))
}

// rank orders readings, the likeliest first.
func rank(a, b Reading) int { return cmp.Compare(b.Likelihood(), a.Likelihood()) }

// Likelihood is how likely it is that the text is what this reading says, for comparing readings of this site, of the same text
// or of several on one label: what the bars declare comes first, then what the site lists, then what is hardest to hit by chance, then what
// the site lists first.
func (r Reading) Likelihood() int {
	const most = 1000 // of admits, and of places
	n := int(10*(most-min(r.admits, most)))*most + most - 1 - min(r.place, most-1)
	if r.Listed {
		n += 10 * most * most
	}
	if r.declared {
		n += 20 * most * most
	}
	return n
}

// Best finds the parcel's number among several barcodes of one label: their likeliest reading of a parcel, and which of
// the barcodes says it. Without one it is -1. What reads best as a route or as goods is no plain number as well.
func Best(barcodes ...[]Reading) (barcode int, r Reading) {
	barcode = -1
	for i, list := range barcodes {
		for _, one := range list {
			if one.Format == plain && list[0].Kind != Parcel {
				continue
			}
			if one.Kind == Parcel && (barcode < 0 || rank(one, r) < 0) {
				barcode, r = i, one
			}
		}
	}
	return barcode, r
}

// A Refusal says why a scan is none. It repeats nothing of it.
type Refusal string

// Why scans are refused.
const (
	Empty        Refusal = "empty"
	TooLong      Refusal = "too long" // more than 256 bytes
	NotText      Refusal = "not text" // not UTF-8, or with characters that cannot be printed; GS is allowed
	NoIdentifier Refusal = "no symbology identifier"
	SeveralLines Refusal = "several lines" // a business card, a payment slip
	CutOff       Refusal = "cut off"       // the scanner paused within it, or its end was lost
)

func (r Refusal) Error() string { return "scanner: refused: " + string(r) }

// legible says why a text cannot be taken.
func legible(text string) error {
	switch {
	case text == "":
		return Empty
	case len(text) > MaxText:
		return TooLong
	case !utf8.ValidString(text):
		return NotText
	}
	if slices.ContainsFunc([]rune(text), func(r rune) bool { return !unicode.IsPrint(r) && string(r) != separator }) {
		return NotText
	}
	return nil
}
