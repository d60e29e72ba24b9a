package checkup

import (
	"errors"
	"fmt"
	"strings"

	"lockerd/internal/cabinet"
	"lockerd/internal/locker"
)

// guesses reports the odds that a week of guessing hits: a pickup code, and any secret at all.
func (k *checkup) guesses(cfg *cabinet.Config) {
	digits := cfg.CodeDigits()
	g := cfg.Plan().Guessing(digits)
	if running, err := cfg.Client().Guards(); err == nil {
		g.Couriers = running.Couriers
	} else {
		k.note("lockerd does not run: couriers whom the cloud has put are not counted in what follows")
	}
	if g.Doors > 0 {
		k.codesGuessed(g)
	}
	odds := g.Known().Odds()
	var err error
	if !odds.Within() {
		err = fmt.Errorf("it must be 1 in 1,000: %s", strings.Join(tooShort(g), "; "))
	}
	k.say(err, "a week of guessing at every guard hits any code, PIN or badge with %s (couriers' PINs %s, badges %s, technicians whose PIN was seen %s)",
		oneIn(odds.All), oneIn(odds.PINs), oneIn(odds.Badges), oneIn(odds.Technicians))
	if list := unsaid(g.Couriers); len(list) > 0 {
		k.note("nobody has said how long these couriers' PINs and badges are: %s. If their PINs have six digits, a week of guessing hits with %s. "+
			"Write pin_digits and badge_characters beside them, or put them anew", strings.Join(list, ", "), oneIn(g.Odds().All))
	}
}

func (k *checkup) codesGuessed(g locker.Guessing) {
	needed, ok := g.CodeDigits()
	var err error
	switch {
	case !ok:
		err = errors.New("no code that can be typed is long enough: longer lock-outs, or fewer tries (times.lockouts, rules.wrong_tries)")
	case g.Digits < needed:
		err = fmt.Errorf("%d doors need %d digits (rules.code_digits)", g.Doors, needed)
	}
	k.say(err, "pickup codes of %d digits: a week of guessing hits with %s", g.Digits, oneIn(g.Odds().Codes))
}

// tooShort says what to do about secrets that are too easy to guess.
func tooShort(g locker.Guessing) (list []string) {
	withPIN := 0
	for _, c := range g.Couriers {
		if c.PIN != 0 {
			withPIN++
		}
	}
	need, ok := g.PINDigits(withPIN)
	if !ok {
		list = append(list, fmt.Sprintf("%d couriers with a PIN are too many: give them badges", withPIN))
	}
	for _, c := range g.Couriers {
		if 0 < c.PIN && c.PIN < need {
			list = append(list, fmt.Sprintf("give courier %s a PIN of %d digits", c.Courier, need))
		}
		if 0 < c.Badge && c.Badge < locker.LeastBadge {
			list = append(list, fmt.Sprintf("give courier %s a badge of %d characters by chance", c.Courier, locker.LeastBadge))
		}
	}
	if len(list) == 0 {
		list = append(list, "see to the length of the pickup codes")
	}
	return list
}

// unsaid are the couriers with a PIN or badge of unknown length.
func unsaid(couriers []locker.CourierLengths) (list []string) {
	for _, c := range couriers {
		if c.PIN == locker.UnknownLength || c.Badge == locker.UnknownLength {
			list = append(list, c.Courier)
		}
	}
	return list
}

func oneIn(odds float64) string {
	switch {
	case odds <= 0:
		return "nothing"
	case odds < 1e-6:
		return "less than 1 in 1,000,000"
	}
	return fmt.Sprintf("1 in %.0f", 1/odds)
}
