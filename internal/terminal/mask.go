package terminal

import (
	"regexp"
	"strings"
)

// A card's number has 13 to 19 digits, the last of which makes the sum by Luhn right (ISO/IEC 7812-1).
const (
	leastDigits = 13
	mostDigits  = 19
)

// runs are digits that may be a number: blanks and hyphens may stand between them.
var runs = regexp.MustCompile(`[0-9](?:[ -]?[0-9]){12,}`)

// Masked is a text in which nothing looks like the number of a card: what might be one is stars. A number that happens to look like one goes,
// too.
func Masked(text string) string {
	return runs.ReplaceAllStringFunc(text, func(run string) string {
		digits := strings.NewReplacer(" ", "", "-", "").Replace(run)
		for from := range len(digits) {
			for n := leastDigits; n <= mostDigits && from+n <= len(digits); n++ {
				if luhn(digits[from : from+n]) {
					return strings.Repeat("*", leastDigits)
				}
			}
		}
		return run
	})
}

// luhn says that the sum of a number's digits is as that of a card's number.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		n := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}
