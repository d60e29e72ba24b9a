package scanner

import "strings"

// AIM is a symbology identifier as ISO/IEC 15424 has it: "]C1", a letter for the kind of bars and a modifier that says
// how they are to be read. Scanners send it before the text where they are set to. It is empty where none was sent.
type AIM string

// symbologies are the letters of the identifiers, and what they stand for.
var symbologies = map[byte]string{
	'A': "Code 39", 'B': "Telepen", 'C': "Code 128", 'd': "Data Matrix", 'D': "Code One", 'e': "GS1 DataBar",
	'E': "EAN/UPC", 'F': "Codabar", 'G': "Code 93", 'H': "Code 11", 'I': "Interleaved 2 of 5", 'J': "DotCode",
	'K': "Code 16K", 'L': "PDF417", 'M': "MSI", 'N': "Anker", 'o': "OCR", 'O': "Codablock", 'P': "Plessey",
	'Q': "QR Code", 'R': "2 of 5", 'S': "2 of 5", 'T': "Code 49", 'U': "MaxiCode", 'X': "other", 'z': "Aztec",
}

// gs1 are the identifiers that say: what follows are GS1 element strings.
var gs1 = map[AIM]bool{"]C1": true, "]d2": true, "]e0": true, "]e1": true, "]e2": true, "]J1": true, "]Q3": true}

// Split parts a scanned text into its symbology identifier, if it has one, and the rest.
func Split(text string) (AIM, string) {
	if len(text) < 3 || text[0] != ']' || symbologies[text[1]] == "" || !alphanumeric(text[2]) {
		return "", text
	}
	return AIM(text[:3]), text[3:]
}

// GS1 says whether the identifier promises GS1 element strings.
func (a AIM) GS1() bool { return gs1[a] }

// String is the name of the bars, as "Code 128", or "" for no identifier.
func (a AIM) String() string {
	if len(a) != 3 {
		return ""
	}
	return symbologies[a[1]]
}

// retail says whether the bars are those of goods in a shop.
func (a AIM) retail() bool { return strings.HasPrefix(string(a), "]E") }

// linear says whether the bars are lines, which hold one line of text, and not an area or what is not known.
func (a AIM) linear() bool { return len(a) == 3 && strings.IndexByte("ABCeEFGHIMNPRS", a[1]) >= 0 }

// interleaved says whether the bars are those that Deutsche Post prints its Leitcode and Identcode in.
func (a AIM) interleaved() bool { return strings.HasPrefix(string(a), "]I") }

func digit(b byte) bool { return '0' <= b && b <= '9' }

func alphanumeric(b byte) bool { return digit(b) || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' }

func digits(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return s != ""
}
