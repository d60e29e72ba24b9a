package locker

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

func (s *State) guards() Guards {
	g := Guards{Keypad: s.Typing, Scanner: s.Scans, Technicians: s.TechPIN}
	for c := range s.couriers() {
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
