package locker

import "slices"

// order follows an order from the cloud, or says why not. One that was answered before is not answered again.
func (d *decision) order(o Order) {
	if o.ID == "" || slices.Contains(d.s.Orders, o.ID) {
		return
	}
	if why := d.s.refusal(o, d.now); why != "" {
		d.emit(OrderRefused{Order: o.ID, Of: o.Kind, Why: why})
		return
	}
	d.emit(OrderAccepted{Order: o.ID, Of: o.Kind})
	if a := o.Announce; a != nil {
		if known := d.s.announced(a.Tracking); known != nil {
			d.emit(AnnouncementDropped{Order: known.Order, Why: "replaced"})
		}
		d.emit(ParcelAnnounced{Order: o.ID, Tracking: a.Tracking, Size: a.Size, Mask: a.Mask, Personal: Personal{Phone: a.Phone}})
	}
	if u := o.Unlock; u != nil {
		d.unlock(u.Door, UnlockRequested{Why: WhyOrder, Order: o.ID})
	}
}

// refusal is why an order is not followed; empty if it is.
func (s *State) refusal(o Order, now Now) string {
	switch {
	case o.Refusal != "":
		return o.Refusal
	case o.Cabinet != s.plan.Cabinet:
		return "for another cabinet"
	case !o.Expires.IsZero() && now.Known && !now.Wall.Before(o.Expires):
		return "expired"
	case o.Announce != nil:
		return s.refusalToAnnounce(*o.Announce)
	case o.Unlock == nil:
		return "nothing to do"
	case o.Expires.IsZero():
		return "an unlock needs an expiry: it must not open a door when nobody is there any more"
	case !now.Known:
		return "the clock is not set: the order may have expired"
	}
	return s.refusalToUnlock(*o.Unlock)
}

func (s *State) refusalToAnnounce(a AnnounceOrder) string {
	switch {
	case !trackable(a.Tracking):
		return "the tracking number is empty, too long or not printable"
	case a.Size != "" && s.plan.rank(a.Size) < 0:
		return "no such size"
	case s.here(a.Tracking) != nil:
		return "the parcel is here already"
	case s.Session.Tracking == a.Tracking:
		return "the parcel is just being put in"
	}
	return ""
}

func (s *State) refusalToUnlock(u UnlockOrder) string {
	_, built := s.plan.door(u.Door)
	switch d := s.door(u.Door); {
	case !built:
		return "no such door"
	case s.silent(u.Door):
		return "the door's board does not answer"
	case d.Unlock.ID != "":
		return "the door is just being opened"
	case s.Session.Door == u.Door:
		return "somebody is using the door"
	}
	return ""
}
