package locker

import (
	"fmt"
	"slices"
)

// refusal is why an order is not followed; empty if it is.
func (s *State) refusal(o Order, now Now) string {
	signed := o.Issuer != ""
	switch {
	case o.Refusal != "":
		return o.Refusal
	case signed && s.refusalToSigned(o, now) != "":
		return s.refusalToSigned(o, now)
	case o.Unlock == nil:
		return s.refusalToOther(o, now)
	case o.Expires.IsZero():
		return "an unlock needs an expiry: it must not open a door when nobody is there any more"
	case !now.Known:
		return "the clock is not set: the order may have expired"
	case signed && o.Issued.After(now.Wall.Add(tolerance)):
		return "issued in the future: whose clock is wrong?"
	case now.Age >= s.plan.Times.Within:
		return "it waited here for too long: whoever it was for may have gone"
	}
	return s.refusalToUnlock(*o.Unlock)
}

func (s *State) refusalToUnlock(u UnlockOrder) string {
	_, built := s.planned(u.Door)
	switch d := s.door(u.Door); {
	case !built:
		return "no such door"
	case s.anew(u.Door):
		return "the door is being wired anew"
	case s.silent(u.Door):
		return "the door's board does not answer"
	case d.Unlock.ID != "":
		return "the door is just being opened"
	case s.Session.Door == u.Door:
		return "somebody is using the door"
	}
	return ""
}

// refusalToOther is about orders that open no door.
func (s *State) refusalToOther(o Order, now Now) string {
	switch {
	case o.Revoke != nil:
		return s.refusalToRevoke(*o.Revoke, now)
	case o.Erase != nil:
		return s.refusalToErase(*o.Erase)
	case o.Announce != nil:
		return s.refusalToAnnounce(*o.Announce)
	case o.Cancel != nil:
		return s.refusalToCancel(o.Cancel.Tracking)
	case o.Block != nil:
		return s.refusalToBlock(o.Block.Door, !slices.Contains(BlockReasons(), o.Block.Reason), "no such reason")
	case o.Unblock != nil:
		d := s.door(o.Unblock.Door)
		return s.refusalToBlock(o.Unblock.Door, d != nil && d.Blocked == "", "the door is not set aside")
	case o.CourierPut != nil:
		return s.refusalToPut(*o.CourierPut)
	case o.CourierRemove != nil:
		if !s.isCourier(o.CourierRemove.ID) {
			return "no such courier"
		}
		return ""
	case o.Confirm != nil:
		return s.refusalToConfirm(o, now)
	case o.Resend != nil:
		if o.Resend.After > s.Seq {
			return "there is no such record yet"
		}
		return ""
	}
	return s.refusalToWayOut(o, now)
}

func (s *State) refusalToAnnounce(a AnnounceOrder) string {
	switch {
	case !trackable(a.Tracking):
		return "the tracking number is empty, too long or not printable"
	case a.Size != "" && s.rank(a.Size) < 0:
		return "no such size"
	case s.here(a.Tracking) != nil:
		return "the parcel is here already"
	case s.Session.Tracking == a.Tracking:
		return "the parcel is just being put in"
	case !a.Ask.Phone.IsZero() && len(a.Phone) == 0:
		return "the phone's last digits are asked for, but there is no phone"
	}
	return ""
}

func (s *State) refusalToCancel(tracking string) string {
	p := s.here(tracking)
	switch {
	case s.Session.Tracking == tracking && tracking != "":
		return "the parcel is just being put in"
	case p == nil && s.announced(tracking) == nil:
		return "no such parcel"
	case p != nil && s.Session.Parcel == p.ID:
		return "the parcel is just being fetched"
	}
	return ""
}

func (s *State) refusalToBlock(door int, wrong bool, why string) string {
	if _, built := s.planned(door); !built {
		return "no such door"
	}
	if wrong {
		return why
	}
	return ""
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
	for k := range s.couriers() {
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
	for k := range s.couriers() {
		if k.ID != c.ID && !k.PIN.IsZero() {
			n++
		}
	}
	need, ok := s.plan.Guessing(0).PINDigits(n)
	switch {
	case !ok:
		return fmt.Sprintf("%d couriers with a PIN are too many: give them badges", n)
	case c.PINDigits < need:
		return fmt.Sprintf("with %d couriers who have a PIN it must have at least %d digits", n, need)
	}
	return ""
}
