// Package money writes and reads sums of money as people see and type them. Programs keep them in a currency's minor units (cents).
package money

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Text is a sum in its currency as a language (BCP 47) writes numbers: "2,50 EUR" in German, with a space that does not break. A currency that
// nobody knows has two decimals, as most.
func Text(minor int64, code, tongue string) string {
	decimals := decimals(code)
	latin := language.Make(tongue + "-u-nu-latn") // digits as on a keypad
	sum := number.Decimal(float64(minor)/math.Pow10(decimals), number.Scale(decimals))
	return message.NewPrinter(latin).Sprint(sum) + "\u00a0" + code
}

// Number is a sum without its currency, as Read takes it: "2.50".
func Number(minor int64, code string) string {
	decimals := decimals(code)
	if decimals == 0 {
		return strconv.FormatInt(minor, 10)
	}
	whole := int64(1)
	for range decimals {
		whole *= 10
	}
	return fmt.Sprintf("%d.%0*d", minor/whole, decimals, minor%whole)
}

// ErrSum says that something typed is no sum of money.
var ErrSum = errors.New("money: is a sum as 12.50, with the decimals that the currency has at most")

// mostDigits keeps a sum far from the end of an int64.
const mostDigits = 12

// Read reads a sum of at least 0 as people type it, "12.50", "12,5" or "12", into minor units. There is no mark between thousands: what
// "1.000" means differs from country to country, and is refused where the currency has no three decimals.
func Read(typed, code string) (minor int64, err error) {
	decimals := decimals(code)
	whole, part, broken := strings.Cut(strings.Replace(typed, ",", ".", 1), ".")
	if whole == "" || broken && part == "" || len(part) > decimals || len(whole) > mostDigits || strings.Trim(whole+part, "0123456789") != "" {
		return 0, ErrSum
	}
	if minor, err = strconv.ParseInt(whole+part+strings.Repeat("0", decimals-len(part)), 10, 64); err != nil {
		return 0, ErrSum
	}
	return minor, nil
}

// odd are the currencies whose minor unit is not a hundredth, by ISO 4217: those are the decimals that payment providers count in. The
// Unicode CLDR has none for others, too, since nobody pays with such coins ("RSD", "COP"): a sum would be wrong by a factor of a hundred.
var odd = map[int]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	3: "BHD IQD JOD KWD LYD OMR TND",
	4: "CLF UYW",
}

// decimals are those of a currency, as ISO 4217 gives them.
func decimals(code string) int {
	for decimals, codes := range odd {
		if slices.Contains(strings.Fields(codes), code) {
			return decimals
		}
	}
	return 2
}
