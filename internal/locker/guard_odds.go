package locker

import (
	"math"
	"slices"
	"time"
)

// One budget holds for all secrets: whoever does nothing but guess, at every guard at once, for a week, hits any of them with at
// most 1 in 1,000. Nine tenths of it are for what is short because people type it: half of that at the keypad, half at the
// scanner. The rest is for what is longer.
const (
	risk      = 1e-3
	typedRisk = 0.9 * risk / 2
)

// Lengths of what is guarded.
const (
	leastDigits = 6 // of a pickup code or a courier's PIN
	// MostDigits is as many as a person can be asked to type.
	MostDigits = 10
	// LeastBadge is how many characters a courier's badge has at least. They are by chance: what can be counted up to is
	// guessed at once.
	LeastBadge = 12
)

// week is how long somebody guesses.
const week = 7 * 24 * time.Hour

// What a single try at the technicians' keypad hits with, once a PIN was seen: three time steps of six digits; the same of two
// codes in a row; and eight recovery codes of ten digits.
const (
	appOdds      = 3e-6
	twiceOdds    = appOdds * appOdds
	recoveryOdds = 8e-10
)

// Guessing is what is compared with what people type and show, and what stands between it and chance.
type Guessing struct {
	Doors       int              // that may hold a parcel at once
	Digits      int              // of their codes
	Tries       int              // wrong codes until a guard locks
	Lockouts    []time.Duration  // how long: the first time, the second, and from the last one on always
	Couriers    []CourierLengths // all of them
	Technicians int
}

// Guessing is that of the cabinet as it is configured, with codes of so many digits.
func (c *Config) Guessing(digits int) Guessing {
	return Guessing{Doors: len(c.Doors), Digits: digits, Tries: c.WrongTries, Lockouts: c.Times.Lockouts, Couriers: c.Lengths(),
		Technicians: len(c.Technicians)}
}

// Guesses is how many codes can be typed in a week at the most, and as many scanned: as many as are forgiven, or as the last
// lock-out lets through, which is the same, and those of the shorter lock-outs before it. Waiting a day for the shorter ones
// to come back costs more tries than they bring.
func (g Guessing) Guesses() int {
	if len(g.Lockouts) == 0 || g.Tries < 1 {
		return math.MaxInt
	}
	every := g.Lockouts[len(g.Lockouts)-1] / time.Duration(g.Tries)
	return int(week/max(every, 1)) + g.Tries*len(g.Lockouts)
}

// BadgeGuesses is how many texts are compared with the couriers' badges in a week at the most: by a stranger, and by somebody
// who has a courier's session besides.
func BadgeGuesses() int {
	n := 0
	for _, source := range []string{SourceHeld, SourceParcels} {
		n += budgets[source].burst + int(week/budgets[source].every)
	}
	return n
}

// TechnicianGuesses is how many sign-ins can be tried in a week at the most, and how many of them at a single code of the app.
func (g Guessing) TechnicianGuesses() (all, single int) {
	return len(techWaits) + int(week/techWaits[len(techWaits)-1]), g.Tries + int(week/techForgiven)
}

// Odds are the chances that a week of guessing hits. Each is an upper bound.
type Odds struct {
	Codes       float64 // at the keypad and at the scanner, nothing but pickup codes
	PINs        float64 // at the keypad, nothing but couriers' PINs
	Badges      float64
	Technicians float64 // where a technician's PIN was seen
	All         float64 // any of them, by somebody who does at each guard what hits best there
}

// Odds reckons them, with every door full.
func (g Guessing) Odds() Odds {
	n := float64(g.Guesses())
	code, pin, badge := float64(g.Doors)*chance(g.Digits), 0.0, 0.0
	for _, c := range g.Couriers {
		pin += chance(reckoned(c.PIN, leastDigits))
		badge += chance(reckoned(c.Badge, leastDigits)) // as if it were of digits alone
	}
	badge *= float64(BadgeGuesses())
	all, single := g.TechnicianGuesses()
	technician := 0.0
	if g.Technicians > 0 {
		technician = float64(single)*appOdds + float64(all)*(twiceOdds+recoveryOdds)
	}
	once := func(expected float64) float64 { return -math.Expm1(-expected) }
	return Odds{Codes: once(2 * n * code), PINs: once(n * pin), Badges: once(badge), Technicians: once(technician),
		All: once(n*(code+max(code, pin)) + badge + technician)}
}

// chance is that of hitting one secret of so many digits; 0 of one that there is not.
func chance(digits int) float64 {
	if digits == 0 {
		return 0
	}
	return math.Pow10(-digits)
}

// reckoned is a length, or the least there may be where nobody has said it.
func reckoned(length, least int) int {
	if length == UnknownLength {
		return least
	}
	return length
}

// Known leaves out of it whose lengths nobody has said.
func (g Guessing) Known() Guessing {
	g.Couriers = slices.Clone(g.Couriers)
	for i := range g.Couriers {
		g.Couriers[i].PIN, g.Couriers[i].Badge = max(0, g.Couriers[i].PIN), max(0, g.Couriers[i].Badge)
	}
	return g
}

// Within says that the odds are within the budget.
func (o Odds) Within() bool { return o.All <= risk }

// CodeDigits is how long pickup codes must be. False: they would be longer than a person can be asked to type.
func (g Guessing) CodeDigits() (digits int, ok bool) { return g.digits(g.Doors, typedRisk) }

// PINDigits is how long the PIN of a further courier must be where so many have one, they among them. Each length may take a
// third of what there is, so that no PIN that was long enough when it was put has to be replaced when couriers come.
func (g Guessing) PINDigits(couriers int) (digits int, ok bool) {
	return g.digits(couriers, typedRisk/3)
}

// digits is how long each of so many secrets must be.
func (g Guessing) digits(secrets int, share float64) (digits int, ok bool) {
	for digits = leastDigits; digits <= MostDigits; digits++ {
		if float64(g.Guesses())*float64(secrets)*chance(digits) <= share {
			return digits, true
		}
	}
	return MostDigits, false
}
