package locker

import "fmt"

// Guards is how those stand that count what is compared with a secret and misses, and what they guard beside the codes of the
// doors: for the hand tools. It holds no secret, and shares nothing with the state.
type Guards struct {
	Keypad      Typing `json:"keypad"`      // codes, couriers' PINs and answers that are typed
	Scanner     Typing `json:"scanner"`     // codes that are held before a scanner
	Technicians Typing `json:"technicians"` // the pair of PIN and app
	// Couriers are the lengths of what they show: of all of them, the cloud's and the configuration's.
	Couriers []CourierLengths `json:"couriers"`
}

// CourierLengths are how long a courier's PIN and badge are: 0 where they have none, UnknownLength where nobody has said.
type CourierLengths struct {
	Courier string `json:"courier"`
	PIN     int    `json:"pin_digits"`
	Badge   int    `json:"badge_characters"`
}

// UnknownLength is of what was put before lengths were kept, and of what the configuration does not say.
const UnknownLength = -1

func (s *State) howGuarded() Guards {
	g := Guards{Keypad: s.Typing, Scanner: s.Scans, Technicians: s.TechPIN}
	for c := range s.allCouriers() {
		g.Couriers = append(g.Couriers, c.lengths())
	}
	return g
}

// lengths are what is known of them.
func (c *Courier) lengths() CourierLengths {
	known := func(h Hash, length int) int {
		switch {
		case h.IsZero():
			return 0
		case length == 0:
			return UnknownLength
		}
		return length
	}
	return CourierLengths{c.ID, known(c.PIN, c.PINDigits), known(c.Badge, c.BadgeCharacters)}
}

// Lengths are those of the couriers of the configuration.
func (c *Config) Lengths() []CourierLengths {
	list := make([]CourierLengths, len(c.Couriers))
	for i := range c.Couriers {
		list[i] = c.Couriers[i].lengths()
	}
	return list
}

func (s *State) refusalToPut(c Courier) string {
	if c.ID == "" { // one without badge and PIN signs in by tokens
		return "a courier needs an id"
	}
	why := ""
	c.validateRights(func(format string, args ...any) { why = fmt.Sprintf(format, args...) })
	if why != "" {
		return why
	}
	if why := s.refusalOfLengths(c); why != "" {
		return why
	}
	for _, k := range s.plan.Technicians {
		if k.ID == c.ID {
			return "the id is taken"
		}
	}
	for k := range s.allCouriers() {
		same := !c.Badge.IsZero() && k.Badge.Equal(c.Badge) || !c.PIN.IsZero() && k.PIN.Equal(c.PIN)
		if k.ID != c.ID && same {
			return "the badge or the PIN is taken"
		}
	}
	return ""
}

// refusalOfLengths is why a courier's PIN or badge is too short: all of them together are guarded by one keypad, or one scanner.
func (s *State) refusalOfLengths(c Courier) string {
	if !c.Badge.IsZero() && c.BadgeCharacters < LeastBadge {
		return fmt.Sprintf("a badge must have at least %d characters, by chance", LeastBadge)
	}
	if c.PIN.IsZero() {
		return ""
	}
	n := 1
	for k := range s.allCouriers() {
		if k.ID != c.ID && !k.PIN.IsZero() {
			n++
		}
	}
	need, ok := s.plan.Guessing(0).PINDigits(n)
	switch {
	case !ok:
		return fmt.Sprintf("too many couriers have a PIN, %d: give them badges", n)
	case c.PINDigits < need:
		return fmt.Sprintf("with %d couriers who have a PIN it must have at least %d digits", n, need)
	}
	return ""
}
