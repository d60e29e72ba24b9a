package desk

import "lockerd/internal/locker"

// sentBy is a parcel that its sender has put in. Nobody is told of it: there is no recipient, and whoever sends it has seen that it is in.
func sentBy(r Record, e locker.ParcelSent) *Parcel {
	return &Parcel{Cabinet: r.Cabinet, ID: e.Parcel, Tracking: e.Tracking, Door: e.Door, Size: e.Size, Company: e.Company, Order: e.Order,
		Status: ToCollect, Stored: r.At}
}

// collected is a parcel whose courier has collected what its sender put in, or has found nothing; nil: this desk does not know it.
func (p *Parcel) collected(r Record) *Parcel {
	if p == nil {
		return nil
	}
	is := *p
	as := Dispatched
	if _, missing := r.Event.(locker.ParcelMissing); missing {
		as = Missing
	}
	is.end(as, r.At)
	return &is
}

// cancelled is a parcel that waits for its recipient no more. What a sender put in waits as before: a backup had remembered it.
func (p *Parcel) cancelled() {
	if p.Status != ToCollect {
		p.Status = Cancelled
	}
}
