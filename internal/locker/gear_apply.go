package locker

import "slices"

// with and less put a thing into a list, once, and take it out; the list is not shared.
func with[T comparable](list []T, x T) []T {
	if slices.Contains(list, x) {
		return list
	}
	return append(list, x)
}

func less[T comparable](list []T, x T) []T {
	return slices.DeleteFunc(list, func(y T) bool { return y == x })
}

func (s *State) applyGear(r Record, e Event) {
	switch e := e.(type) {
	case ScannerGone:
		s.Scanners = with(s.Scanners, e.Scanner)
	case ScannerReturned:
		s.Scanners = less(s.Scanners, e.Scanner)
	case CameraSilent:
		s.Cameras = with(s.Cameras, e.Camera)
	case CameraAnswered:
		s.Cameras = less(s.Cameras, e.Camera)
	case SwitchAlarmed:
		s.Switches = with(s.Switches, e.Switch)
	case SwitchCleared:
		s.Switches = less(s.Switches, e.Switch)
	case PhotoKept:
		s.Photos = append(s.Photos, Photo{Seq: r.Seq, Photo: e.Photo, Door: e.Door, Moment: e.Moment, At: r.At})
		if len(s.Photos) > maxPhotos {
			s.Photos = slices.Clone(s.Photos[len(s.Photos)-maxPhotos:])
		}
	}
}

func (s *State) applyOrder(r Record, e Event) {
	switch e := e.(type) {
	case OrderAccepted:
		s.answer(Answered{ID: e.Order, Until: e.Expires})
	case OrderRefused:
		if e.Unkept {
			s.Unkept.count(r.Up)
			return
		}
		s.answer(Answered{ID: e.Order, Until: e.Expires})
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
	case TokensRevoked:
		s.revoke(e)
	case ResendAsked:
		// For the link to the cloud; nothing here changes.
	}
}
