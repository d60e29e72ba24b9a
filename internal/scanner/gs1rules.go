package scanner

import "strings"

// rules are those of the GS1 Barcode Syntax Dictionary that the elements of parcels are held to, by its names for them.
// Length and kind of characters are checked before.
var rules = map[string]func(string) bool{
	"csum":          func(s string) bool { return digits(s) && mod10(s[:len(s)-1]) == s[len(s)-1] },
	"csetnumeric":   func(s string) bool { return s == "" || digits(s) },
	"cset82":        cset82,
	"gcppos1":       func(s string) bool { return companyPrefix(s) },
	"gcppos2":       func(s string) bool { return s != "" && companyPrefix(s[1:]) },
	"yymmdd":        func(s string) bool { return date(s) && s[4:] != "00" },
	"yymmd0":        date,
	"hhmi":          func(s string) bool { return len(s) == 4 && digits(s) && s[:2] < "24" && s[2:] < "60" },
	"iso3166":       func(s string) bool { return len(s) == 3 && listed(countryNumbers, s) },
	"iso3166alpha2": func(s string) bool { return len(s) == 2 && listed(countries, s) },
	"latitude":      func(s string) bool { return len(s) == 10 && digits(s) && s <= "1800000000" },
	"longitude":     func(s string) bool { return len(s) == 10 && digits(s) && s <= "3600000000" },
	"yesno":         func(s string) bool { return s == "0" || s == "1" },
	"hyphen":        func(s string) bool { return s != "" && strings.Trim(s, "-") == "" },
	"pcenc":         percentEncoded,
}

// set82 are the characters of GS1's set 82 besides letters and digits.
const set82 = `!"%&'()*+,-./:;<=>?_`

func cset82(s string) bool {
	for i := range len(s) {
		if !alphanumeric(s[i]) && strings.IndexByte(set82, s[i]) < 0 {
			return false
		}
	}
	return true
}

// companyPrefix: a GS1 company prefix has at least four digits.
func companyPrefix(s string) bool { return len(s) >= 4 && digits(s[:4]) }

// date is YYMMDD of a day that there was or will be; 00 for a day says "some time in the month". Years are of 1951 to
// 2050 by GS1's sliding window, of which every fourth has a 29th of February.
func date(s string) bool {
	if len(s) != 6 || !digits(s) {
		return false
	}
	two := func(i int) int { return 10*value(s[i]) + value(s[i+1]) }
	days := [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if two(0)%4 == 0 {
		days[2] = 29
	}
	month := two(2)
	return month >= 1 && month <= 12 && two(4) <= days[month]
}

func percentEncoded(s string) bool {
	hex := func(b byte) bool { return digit(b) || 'A' <= b && b <= 'F' || 'a' <= b && b <= 'f' }
	for i := range len(s) {
		if s[i] == '%' && (i+2 >= len(s) || !hex(s[i+1]) || !hex(s[i+2])) {
			return false
		}
	}
	return true
}
