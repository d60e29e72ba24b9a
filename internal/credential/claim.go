package credential

import (
	"strings"

	"lockerd/internal/locker"
)

// CodePrefix begins the text of a pickup code's QR. No carrier's number begins so.
const CodePrefix = "LD1:"

// Claim is what a scanned text says of itself.
type Claim struct {
	Hash locker.Hash
	// Tracking is the text as a parcel's number; empty where it is a person's own code.
	Tracking string
}

// Scan reads a scanned text. One that has the form of a person's own code is never taken for a parcel.
func (k *Keys) Scan(text string) Claim {
	if code, ok := strings.CutPrefix(text, CodePrefix); ok {
		return Claim{Hash: k.Hash(code)}
	}
	return Claim{Hash: k.Hash(text), Tracking: trimIdentifier(text)}
}

// trimIdentifier drops an AIM symbology identifier ("]C1"): it tells of the bars, not of the parcel.
func trimIdentifier(text string) string {
	if len(text) > 3 && text[0] == ']' {
		return text[3:]
	}
	return text
}
