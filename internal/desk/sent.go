package desk

import "lockerd/internal/locker"

// sentBy is a parcel that its sender has put in. Nobody is told of it: there is no recipient, and whoever sends it has seen that it is in.
func sentBy(r Record, e locker.ParcelSent) *Parcel {
	return &Parcel{Cabinet: r.Cabinet, ID: e.Parcel, Tracking: e.Tracking, Door: e.Door, Size: e.Size, Company: e.Company, Order: e.Order,
		Status: ToCollect, Stored: r.At}
}

// collected follows a courier who collects what a sender put in, or finds nothing.
func (p *Parcel) collected(r Record) {
	switch r.Event.(type) {
	case locker.ParcelDispatched:
		p.end(Dispatched, r.At)
	case locker.ParcelMissing:
		p.end(Missing, r.At)
	}
}
