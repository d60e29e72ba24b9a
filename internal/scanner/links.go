package scanner

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// errForm is said of a text that is not written as GS1 has it.
var errForm = errors.New("scanner: is not written as GS1 elements are")

// bracketed reads GS1 element strings as they are printed below the bars, with their identifiers in brackets:
// "(00)123456789012345675". A bracket that is part of a value has a backslash before it.
func bracketed(text string) (list []Element, err error) {
	for text != "" {
		ai, rest, ok := strings.Cut(strings.TrimPrefix(text, "("), ")")
		if !ok || text[0] != '(' {
			return nil, errForm
		}
		end := nextBracket(rest)
		value := strings.ReplaceAll(rest[:end], `\(`, "(")
		if list, err = named(list, ai, value); err != nil {
			return nil, err
		}
		text = rest[end:]
	}
	if list == nil {
		return nil, errForm
	}
	return list, nil
}

// nextBracket is where the next identifier begins.
func nextBracket(s string) int {
	for i := range len(s) {
		if s[i] == '(' && (i == 0 || s[i-1] != '\\') {
			return i
		}
	}
	return len(s)
}

// named adds an element whose identifier and value are known apart.
func named(list []Element, ai, value string) ([]Element, error) {
	found, spec, err := identify(ai, true)
	if err != nil || found != ai {
		return nil, errForm
	}
	if n := predefined[ai[:2]]; n != 0 && n != len(value) {
		return nil, errForm
	}
	return add(list, ai, value, spec)
}

// webLink is an address of the web, however it begins.
var webLink = regexp.MustCompile(`(?i)\A(?:[a-z][a-z0-9+.-]*://|www\.|(?:[a-z0-9-]+\.)+[a-z]{2,}[/?])`)

// phoneLink is what else a phone makes something of: a mail, a call, a network, a card, a place, a payment.
var phoneLink = regexp.MustCompile(`(?i)\A(?:mailto|mailmsg|matmsg|tel|callto|sms|smsto|mms|mmsto|geo|wifi|begin|mecard|` +
	`bizcard|urlto|mebkm|urn|data|market|intent|whatsapp|bitcoin|ethereum|otpauth|upi|spc|bcd):`)

// link is the reading of a text that is made for a phone. It names a parcel if it is a GS1 Digital Link that does.
func link(rest string) (Reading, bool) {
	if !webLink.MatchString(rest) && !phoneLink.MatchString(rest) {
		return Reading{}, false
	}
	elements, err := digitalLink(rest)
	if err != nil {
		return Reading{Kind: Link, Format: "link", Number: rest}, true
	}
	r := keyed(elements)
	r.Elements, r.declared = elements, true
	return r, true
}

// linkKeys are the elements that a GS1 Digital Link is of, and those that may stand behind each in the path, in this order
// (GS1 Barcode Syntax Dictionary, "dlpkey").
var linkKeys = map[string]string{
	"00": "", "01": "22 10 21 235", "253": "", "255": "", "401": "", "402": "", "414": "254 7040", "417": "7040", "8003": "",
	"8004": "7040", "8006": "22 10 21", "8010": "8011", "8013": "", "8017": "8019", "8018": "8019",
}

// linkNames are words that links of before have in place of identifiers.
var linkNames = map[string]string{
	"sscc": "00", "gtin": "01", "itip": "8006", "gsin": "402", "ginc": "401", "gdti": "253", "gln": "414", "cpv": "22",
	"lot": "10", "ser": "21",
}

// linkHost is a host with its port.
var linkHost = regexp.MustCompile(`\A[0-9A-Za-z.-]+(?::[0-9]+)?\z`)

// linkSigns are the characters of an address (RFC 3986).
var linkSigns = regexp.MustCompile(`\A[0-9A-Za-z._~:/?#\[\]@!$&'()*+,;=%-]*\z`)

// digitalLink reads a GS1 Digital Link URI: "https://id.gs1.org/00/123456789012345675". GS1 Digital Link Standard: URI
// Syntax, and the GS1 Syntax Engine's reading of it.
func digitalLink(text string) ([]Element, error) {
	scheme, rest, _ := strings.Cut(text, "://")
	if !slices.Contains([]string{"http", "https", "HTTP", "HTTPS"}, scheme) || !linkSigns.MatchString(rest) {
		return nil, errForm
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	host, path, _ := strings.Cut(rest, "/")
	if !linkHost.MatchString(host) {
		return nil, errForm
	}
	list, err := linkPath(strings.Split(path, "/"))
	if err != nil {
		return nil, err
	}
	return linkQuery(list, query)
}

// linkPath reads the pairs of identifier and value at the end of the path.
func linkPath(parts []string) (list []Element, err error) {
	at := len(parts) - 2
	for at >= 0 && !isLinkKey(parts[at]) {
		at -= 2
	}
	if at < 0 {
		return nil, errForm
	}
	behind := strings.Fields(linkKeys[identifier(parts[at])])
	for i := at; i < len(parts); i += 2 {
		ai := identifier(parts[i])
		if i > at {
			next := slices.Index(behind, ai)
			if next < 0 {
				return nil, errForm
			}
			behind = behind[next+1:]
		}
		value, err := url.PathUnescape(parts[i+1])
		if err != nil {
			return nil, errForm
		}
		if list, err = named(list, ai, padded(ai, value)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// linkQuery adds the elements of the query. What is no number is none; what belongs into the path may not be here.
func linkQuery(list []Element, query string) ([]Element, error) {
	for part := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' }) {
		ai, value, ok := strings.Cut(part, "=")
		if !ok || !digits(ai) {
			continue
		}
		value, err := url.QueryUnescape(value)
		if err != nil || slices.Contains([]string{"10", "21", "22", "235", "254", "7040", "8011", "8019"}, ai) ||
			slices.ContainsFunc(list, func(e Element) bool { return e.AI == ai }) {
			return nil, errForm
		}
		if list, err = named(list, ai, padded(ai, value)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func isLinkKey(part string) bool { _, ok := linkKeys[identifier(part)]; return ok }

// identifier is the application identifier that a part of a path stands for.
func identifier(part string) string {
	if ai := linkNames[part]; ai != "" {
		return ai
	}
	return part
}

// padded is a value of 14 digits where a GTIN is written with 8, 12 or 13.
func padded(ai, value string) string {
	if ai == "01" && slices.Contains([]int{8, 12, 13}, len(value)) {
		return strings.Repeat("0", 14-len(value)) + value
	}
	return value
}
