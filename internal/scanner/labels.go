package scanner

import (
	"regexp"

	"lockerd/internal/locker"
)

// Labels reads what is held before a scanner, typed at the kiosk or told by the cloud: one function for all three, so
// that a parcel has one number, wherever it comes from.
type Labels struct {
	hash func(string) locker.Hash
	*Recogniser
}

// NewLabels reads as a site has its barcodes; hash is the cabinet's keyed hash.
func NewLabels(b Barcodes, hash func(string) locker.Hash) *Labels {
	return &Labels{hash, NewRecogniser(b)}
}

// codeForm is the form of a pickup code without its prefix, as long as one may ever have been.
var codeForm = regexp.MustCompile(`\A[0-9]{6,10}\z`)

// Claim is what a text may be. Both are empty if it is nothing.
type Claim struct {
	// Own is the keyed hash of the text as a person's code or badge.
	Own locker.Hash
	// Code says that it has the form of a pickup code; bare, that it lacks the prefix of one.
	Code, Bare bool
	// Token is the text of a signed token. What it claims is not yet checked.
	Token string
	// Tracking is the parcel's number; empty where the text is a person's own, or is on parcels but names none.
	Tracking string
	// Format names how the text is written, and likely is how likely it is its parcel's number, beside what else is on the label.
	Format   string
	Likely   int
	Personal bool // it has the form of a person's own
	Known    bool // it is written as a carrier's parcels are: what is of no format may be a person's own all the same
}

// Read says what a text may be. A text that names no parcel has no number: then the courier is asked for another barcode.
func (l *Labels) Read(text string) Claim {
	readings, err := l.Recognise(text)
	if err != nil {
		return Claim{}
	}
	bars, rest := Split(text)
	likeliest, names := Standing(bars, readings)
	bare := codeForm.MatchString(rest)
	switch likeliest.Kind {
	case Token:
		return Claim{Token: likeliest.Number, Personal: true}
	case Code, Badge:
		if likeliest.Number == "" {
			return Claim{Personal: true} // a code whose prefix was garbled: so are its digits, perhaps
		}
		return Claim{Own: l.hash(likeliest.Number), Code: likeliest.Kind == Code, Personal: true}
	case Parcel, Route, Goods, Link, Text: // no person's own code
	}
	// A code may come without its prefix, as a badge may: the rules look for those first.
	c := Claim{Own: l.hash(rest), Code: bare, Bare: bare, Format: likeliest.Format, Known: likeliest.looksLikeParcel() && !bare}
	if names {
		c.Tracking, c.Likely = likeliest.Number, likeliest.Likelihood()
	}
	return c
}
