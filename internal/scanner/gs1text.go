package scanner

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// What GS1 elements look like where they are no bars: in brackets, as they are printed below them, and as the address of a web
// page (GS1 Digital Link URI Syntax 1.6).

// errNoElements says that a text is of another kind.
var errNoElements = errors.New("scanner: no element strings")

// bracket is an application identifier in brackets.
var bracket = regexp.MustCompile(`\A\(([0-9]{2,4})\)`)

// bracketed reads element strings that are printed: identifiers in brackets, and values in which \( stands for a bracket.
// Blanks are dropped before: no value has any.
func bracketed(s string) ([]Element, error) {
	if !strings.HasPrefix(s, "(") {
		return nil, errNoElements
	}
	var list []Element
	for s != "" {
		m := bracket.FindStringSubmatch(s)
		if m == nil {
			return nil, errors.New("scanner: no application identifier in brackets where one must be")
		}
		value, rest := s[len(m[0]):], ""
		if i := openBracket(value); i >= 0 {
			value, rest = value[:i], value[i:]
		}
		e, err := elementOf(m[1], strings.ReplaceAll(value, `\(`, "("))
		if err != nil {
			return nil, err
		}
		list, s = append(list, e), rest
	}
	return list, nil
}

// openBracket is where the first bracket opens that is not part of a value; below 0 without one.
func openBracket(s string) int {
	for i := range len(s) {
		if s[i] == '(' && (i == 0 || s[i-1] != '\\') {
			return i
		}
	}
	return -1
}

// elementOf makes an element of an identifier and its value, if it may be one.
func elementOf(ai, value string) (Element, error) {
	known, spec, err := identify(ai, true)
	if err == nil && known != ai {
		err = errors.New("scanner: no application identifier where one must be")
	}
	if err == nil && value == "" {
		err = errIncomplete
	}
	if n := predefined[known[:min(2, len(known))]]; err == nil && n > 0 && len(value) != n {
		err = errIncomplete
	}
	if err == nil {
		err = spec.check(value)
	}
	return Element{ai, value}, err
}

// linkKeys are the identifiers that may come first in a Digital Link's path, and those that may follow each, in order.
var linkKeys = map[string][]string{
	"00": nil, "01": {"22", "10", "21"}, "253": nil, "255": nil, "401": nil, "402": nil, "414": {"254", "7040"}, "415": {"8020"},
	"417": {"7040"}, "8003": nil, "8004": {"7040"}, "8006": {"22", "10", "21"}, "8010": {"8011"}, "8013": nil, "8017": {"8019"},
	"8018": {"8019"},
}

// linkWords are the words that earlier releases of the standard had for identifiers.
var linkWords = map[string]string{"sscc": "00", "gtin": "01", "ginc": "401", "gsin": "402", "cpv": "22", "lot": "10", "ser": "21"}

// linkForm is the address of a web page.
var linkForm = regexp.MustCompile(`\A(?:https?|HTTPS?)://[0-9A-Za-z._~:\[\]@!&'()*+,;=-]+/[!-~]+\z`)

// digitalLink reads element strings that are the address of a web page. Attributes that no identifier names are passed over.
func digitalLink(s string) ([]Element, error) {
	if !linkForm.MatchString(s) || strings.ContainsAny(s, "\\^`{}|<>\"") {
		return nil, errNoElements
	}
	s, _, _ = strings.Cut(s, "#")
	address, query, _ := strings.Cut(s, "?")
	list, err := linkPath(strings.Split(address, "/")[3:])
	if err != nil {
		return nil, err
	}
	for _, pair := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
		ai, value, _ := strings.Cut(pair, "=")
		if !digits(ai) {
			continue
		}
		e, err := linkElement(ai, value)
		if err == nil && (slices.ContainsFunc(list, func(o Element) bool { return o.AI == ai }) || slices.Contains(linkKeys[list[0].AI], ai)) {
			err = errors.New("scanner: an attribute that belongs into the path, or comes twice")
		}
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// linkPath reads the path from the last key on that can be read: what stands before it is the site's.
func linkPath(parts []string) ([]Element, error) {
	for from := len(parts) - 2; from >= 0; from-- {
		qualifiers, isKey := linkKeys[linkAI(parts[from])]
		if !isKey {
			continue
		}
		var list []Element
		for i := from; i < len(parts); i += 2 {
			ai := linkAI(parts[i])
			at := slices.Index(qualifiers, ai)
			if i+1 == len(parts) || i > from && at < 0 {
				return nil, errNoElements
			}
			if i > from {
				qualifiers = qualifiers[at+1:]
			}
			e, err := linkElement(ai, parts[i+1])
			if err != nil {
				return nil, err
			}
			list = append(list, e)
		}
		return list, nil
	}
	return nil, errNoElements
}

func linkAI(part string) string {
	if ai, ok := linkWords[part]; ok {
		return ai
	}
	return part
}

// linkElement reads one element of a link. A GTIN may lack the zeros before it there.
func linkElement(ai, text string) (Element, error) {
	value, err := url.PathUnescape(text)
	if err != nil {
		return Element{}, errNoElements
	}
	if n := len(value); ai == "01" && digits(value) && (n == 8 || n == 12 || n == 13) {
		value = strings.Repeat("0", 14-n) + value
	}
	return elementOf(ai, value)
}

// address is what begins a text that is for a telephone: a web page, a visiting card, a network's password. Numbers of parcels have no
// sign after letters but a hyphen.
var address = regexp.MustCompile(`(?i)\A(?:[a-z][a-z0-9+.]*://|www\.|(?:mailto|tel|sms|smsto|mmsto|geo|wifi|matmsg|mecard|begin|market|intent|bitcoin|upi|data|urn):)`)
