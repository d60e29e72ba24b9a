package desk

import "lockerd/internal/locker"

// Sending is what the sender of a parcel, or the renter of a door, sees before it is in a cabinet.
func (a Announcement) Sending() Parcel {
	p := Parcel{Cabinet: a.Cabinet, Tracking: a.Tracking, Size: a.Size, Company: a.Company, Order: a.Order, Status: NotSent, Until: a.Until,
		Contact: a.Contact, Link: a.Link}
	if a.State == Expects {
		p.Status, p.Code = ToSend, a.Code
	}
	if a.Rents {
		p.Status = map[bool]Status{true: ToRent, false: NotRented}[a.State == Expects]
		p.Rented, p.People, p.Hours = true, a.People, a.Hours
	}
	return p
}

// expected follows a parcel that a cabinet expects. Its sender, or renter, is told their code.
func (o *Outcome) expected(k Known, r Record, e locker.ParcelAnnounced) {
	a := k.Announced.with(Expects, "")
	if o.Announced = a; a == nil || !a.Sends && !a.Rents {
		return
	}
	a.Code, a.Until = r.Code, e.Until
	if a.Code != "" && a.Contact.Reached() {
		o.tell(map[bool]Told{true: ToldToRent, false: ToldToSend}[a.Rents])
	}
}

// dropped follows a parcel that a cabinet expects no more. Its sender is told if that is not because it came, or because a new announcement
// brings them another code. So is a renter, and who shares their door also of a new announcement, which brings them none.
func (o *Outcome) dropped(k Known, r Record, e locker.AnnouncementDropped) {
	a := k.Announced.over()
	if o.Announced = a; a == nil || !a.Sends && !a.Rents {
		return
	}
	if a.Until.IsZero() || r.At.Before(a.Until) {
		a.Until = r.At
	}
	over := e.Why == "too old" || e.Why == "cancelled"
	switch {
	case k.Announced.State != Expects:
	case a.Rents && over:
		o.tellAll(ToldNotRented, a.Contact, a.People)
	case a.Rents && e.Why == "replaced":
		o.tellAll(ToldNotRented, Contact{}, a.People)
	case a.Sends && over && a.Contact.Reached():
		o.tell(ToldNotSent)
	}
}

// sent follows a parcel that its sender has put in. They keep their page, and are told that it is in. What a cabinet with a restored
// journal says once more is the page of nobody: it was the first one's.
func (o *Outcome) sent(k Known, r Record, e locker.ParcelSent) {
	p := &Parcel{Cabinet: r.Cabinet, ID: e.Parcel, Tracking: e.Tracking, Door: e.Door, Size: e.Size, Company: e.Company, Order: e.Order,
		Status: ToCollect, Stored: r.At}
	o.Parcel = p
	switch a := k.Announced; {
	case k.Parcel != nil:
		p.Contact, p.Link = k.Parcel.Contact, k.Parcel.Link
	case a != nil && a.Sends && a.State != Over:
		p.Contact, p.Link = a.Contact, a.Link
		o.tellSender(*p, map[bool]Told{true: ToldUnsure, false: ToldSent}[e.Unsure])
	}
	o.Announced = k.Announced.over()
}

// collected follows what a courier says who was to collect what a sender put in.
func (o *Outcome) collected(k Known, r Record) {
	if k.Parcel == nil { // this desk does not know it
		return
	}
	if k.Parcel.Refused() {
		o.notBack(*k.Parcel, r)
		return
	}
	p, as, told := *k.Parcel, Dispatched, ToldDispatched
	if _, missing := r.Event.(locker.ParcelMissing); missing {
		as, told = Missing, ToldMissing
	}
	p.end(as, r.At)
	o.Parcel = &p
	o.tellSender(p, told)
}

// tellSender tells the sender of a parcel something, if this desk has a way to them.
func (o *Outcome) tellSender(p Parcel, what Told) {
	if p.Contact.Reached() {
		o.tell(what)
	}
}

// cancelled is a parcel that waits for its recipient no more. What a sender put in waits as before: a backup had remembered it.
func (p *Parcel) cancelled() {
	if p.Status != ToCollect {
		p.Status = Cancelled
	}
}
