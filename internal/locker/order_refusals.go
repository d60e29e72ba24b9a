package locker

import (
	"slices"
)

// refusal says why an order is not followed; empty if it is.
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
	if why := s.refusalToUnlock(*o.Unlock); why != "" {
		return why
	}
	if s.inVain(o, now) {
		return "its turn comes after it has expired: other doors are opened first"
	}
	return ""
}

// refusalToOther judges orders that open no door.
func (s *State) refusalToOther(o Order, now Now) string {
	switch {
	case o.remote():
		return s.refusalToRemote(o, now)
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
	return s.refusalToChanging(o, now)
}

// refusalToChanging judges orders that change what waits, what is booked, and whose signatures count.
func (s *State) refusalToChanging(o Order, now Now) string {
	switch {
	case o.Extend != nil:
		return s.refusalToExtend(*o.Extend, now)
	case o.aboutMoney():
		return s.refusalToFee(o, now)
	case o.NewCode != nil:
		return s.refusalToChange(o.NewCode.Tracking, o.NewCode.Offers)
	case o.NewRecipient != nil:
		return s.refusalToNewRecipient(*o.NewRecipient)
	case o.Share != nil:
		return s.refusalToShare(o.Share.Tracking, o.Share.Person, true, o.Share.Offers)
	case o.Unshare != nil:
		return s.refusalToShare(o.Unshare.Tracking, o.Unshare.Person, false, nil)
	case o.Book != nil:
		return s.refusalToBook(*o.Book, now)
	case o.Unbook != nil && s.booking(o.Unbook.Booking) == nil:
		return "no such booking"
	case o.Status != nil, o.Unbook != nil:
		return ""
	case o.IssuerPut != nil:
		return s.refusalToPutIssuer(o, now)
	case o.IssuerRemove != nil:
		return s.refusalToRemoveIssuer(o)
	}
	return s.refusalToWayOut(o, now)
}
