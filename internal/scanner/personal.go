package scanner

import (
	"regexp"
	"strings"
)

// CodePrefix begins the text of a pickup code's QR. No carrier's number begins so: after two letters and a digit none
// has a colon.
const CodePrefix = "LD1:"

// garbledCode is what becomes of a code's prefix in a scanner that is set to another keyboard or loses case: still no
// parcel. Numbers of parcels go on with letters and digits.
var garbledCode = regexp.MustCompile(`\A(?i:LD1)[^0-9A-Za-z-]`)

// signedToken is the form of a JWT: three parts in base64url, the first of which is a JSON object.
var signedToken = regexp.MustCompile(`\AeyJ[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+\z`)

// personal reads a text that is a person's own: it is nothing else.
func (r *Recogniser) personal(rest string) (Reading, bool) {
	if code, ok := strings.CutPrefix(rest, CodePrefix); ok {
		return Reading{Kind: Code, Format: string(Code), Number: code}, true
	}
	if garbledCode.MatchString(rest) {
		return Reading{Kind: Code, Format: string(Code)}, true
	}
	for _, prefix := range r.badges {
		if len(rest) >= len(prefix) && strings.EqualFold(rest[:len(prefix)], prefix) {
			return Reading{Kind: Badge, Format: string(Badge), Number: rest}, true
		}
	}
	if signedToken.MatchString(rest) {
		return Reading{Kind: Token, Format: string(Token), Number: rest}, true
	}
	return Reading{}, false
}
