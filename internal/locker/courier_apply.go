package locker

import "slices"

func (s *State) applyCourier(r Record, e Event) {
	switch e := e.(type) {
	case CourierSignedIn:
		s.Session.Shown, s.Session.Proven = r.Up, r.Up
		s.touch(e.Session, r)
		s.Session.Courier, s.Session.Company, s.Session.Crowded, s.Session.Late = e.Courier, e.Company, false, false
		s.hand()
	case CourierPut:
		s.Removed = without(s.Removed, func(id string) bool { return id == e.Courier })
		s.Couriers = append(without(s.Couriers, func(c Courier) bool { return c.ID == e.Courier }),
			Courier{ID: e.Courier, Name: e.Personal.Name, Company: e.Company, Badge: e.Badge, PIN: e.PIN,
				PINDigits: e.PINDigits, BadgeCharacters: e.BadgeCharacters,
				Rights: e.Rights, From: e.From, Until: e.Until})
	case CourierRemoved:
		s.Couriers = without(s.Couriers, func(c Courier) bool { return c.ID == e.Courier })
		s.Removed = without(s.Removed, func(id string) bool { return id == e.Courier })
		if slices.ContainsFunc(s.plan.Couriers, func(c Courier) bool { return c.ID == e.Courier }) {
			s.Removed = append(s.Removed, e.Courier) // nobody else comes back by themselves
		}
	}
}
