package credential

import (
	"math"
	"time"
)

// Guessing is what stands between the codes and somebody who types them by chance.
type Guessing struct {
	Doors    int             // that may hold a parcel at once
	Tries    int             // wrong codes until typing is locked
	Lockouts []time.Duration // how long: the first time, the second, and from the last one on always
}

// Numbers of codes.
const (
	minDigits = 6
	maxDigits = 10
	week      = 7 * 24 * time.Hour
	risk      = 1e-3 // of a hit in a week of guessing
	guards    = 2    // the keypad's and the scanner's: whoever guesses uses both
)

// Guesses is how many codes can be typed and scanned in a time at the most, by somebody who needs none for the doing
// itself: as many as are forgiven, or as the last lock-out lets through, which is the same, and those of the shorter
// lock-outs before it. Waiting a day for the shorter ones to come back costs more tries than they bring.
func (g Guessing) Guesses(in time.Duration) int {
	if len(g.Lockouts) == 0 || g.Tries < 1 {
		return math.MaxInt
	}
	every := g.Lockouts[len(g.Lockouts)-1] / time.Duration(g.Tries)
	return guards * (int(in/every) + g.Tries*len(g.Lockouts))
}

// Chance is the chance of at least one hit in a week, with every door full.
func (g Guessing) Chance(digits int) float64 {
	one := float64(g.Doors) / math.Pow10(digits)
	return -math.Expm1(float64(g.Guesses(week)) * math.Log1p(-one))
}

// Digits is how long codes must be so that a week of guessing hits with at most 1 in 1,000. False: they would be longer
// than a person can be asked to type.
func (g Guessing) Digits() (digits int, ok bool) {
	for digits = minDigits; digits <= maxDigits; digits++ {
		if g.Chance(digits) <= risk {
			return digits, true
		}
	}
	return maxDigits, false
}
