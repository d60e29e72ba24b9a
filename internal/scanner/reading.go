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
	Link   Kind = "link"   // for a phone: a web address, a mail, a network; names no parcel
	Text   Kind = "text"   // anything else that can be printed
)

// plain is the format of letters and digits that have none.
const plain = "plain"

// Personal says whether a text of this kind belongs to a person, and so cannot name a parcel.
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
	declared bool    // the bars, or the text itself, say that it is in this format
	admits   float64 // the logarithm of how many texts have the format
	evidence int     // as a matcher's
}

// LogValue keeps what was scanned out of logs.
func (r Reading) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", string(r.Kind)), slog.String("format", r.Format),
		slog.String("carrier", r.Carrier), slog.Int("length", len(r.Number)))
}

// rank orders readings of one text, the likeliest first: what the bars declare; what the site lists; what is hardest to
// hit by chance; what the site lists first.
func rank(a, b Reading) int {
	return cmp.Or(first(a.declared, b.declared), first(a.Listed, b.Listed), cmp.Compare(a.admits, b.admits),
		cmp.Compare(a.place, b.place))
}

// first puts true before false.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

// Standing is the reading of a text that stands: its likeliest, and whether that names a parcel. Only bars can say for
// certain that digits are a route or goods: without their identifier no parcel is turned away for its looks.
func Standing(bars AIM, list []Reading) (r Reading, ok bool) {
	r = list[0]
	if bars == "" {
		if i := slices.IndexFunc(list, Reading.looksLikeParcel); i > 0 {
			r = list[i]
		}
	}
	return r, r.Kind == Parcel || r.Kind == Text
}

// looksLikeParcel says whether a reading is of a known format of parcels.
func (r Reading) looksLikeParcel() bool { return r.Kind == Parcel && r.Format != plain }

// Steps of likelihood, each more than all that is below it.
const (
	likelyPlain    = 100
	likelyFormat   = 100 * likelyPlain
	likelyDeclared = 10 * likelyFormat
	likelyListed   = 10 * likelyDeclared
)

// Likelihood tells which of several barcodes of one label names the parcel: the one with the highest. 0 names none. A
// carrier that the site lists comes before bars that declare their format, any known format before letters and digits of
// none, of which more digits come before fewer. It is the same for all numbers that look the same: two that are equal are
// of two parcels.
func (r Reading) Likelihood() int {
	switch {
	case r.Kind == Text:
		return 1
	case r.Kind != Parcel:
		return 0
	case r.Format == plain:
		n := 0
		for i := range len(r.Number) {
			if digit(r.Number[i]) {
				n++
			}
		}
		return likelyPlain*(1+n) + len(r.Number)
	}
	n := likelyFormat + max(0, r.evidence)
	if r.declared {
		n += likelyDeclared
	}
	if r.Listed {
		n += likelyListed
	}
	return n
}

// A Refusal says why a scan is not accepted. It repeats nothing of the text.
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

// legible returns why a text cannot be accepted; nil: it can.
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
