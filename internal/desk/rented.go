package desk

import "lockerd/internal/locker"

// Sharer is somebody who shares a rented door besides its renter. The code is personal.
type Sharer struct {
	Person string `json:"sharer"` // an id
	MayEnd bool   `json:"may_end,omitempty"`
	Code   string `json:"code"`
}

// keptBy is what a renter has put in; nil: it lay there before. The code goes on with it. Nobody is written to: whoever announced it gives the
// codes to its people.
func keptBy(k Known, r Record, e locker.ParcelKept) *Parcel {
	if !e.First {
		return nil
	}
	p := &Parcel{Cabinet: r.Cabinet, ID: e.Parcel, Tracking: e.Tracking, Door: e.Door, Size: e.Size, Company: e.Company, Order: e.Order,
		Status: Kept, Rented: true, Stored: r.At}
	if a := k.Announced; a != nil {
		p.Code, p.People = a.Code, a.People
		if a.Fee != nil {
			p.Fee = &Fee{Account: locker.Account{Terms: a.Fee}, Currency: a.Fee.Currency}
		}
	}
	return p
}

// theirs says that its people can open it: a rented door opens to them also when its time is over.
func (p *Parcel) theirs() bool {
	return p.Status == Waiting || p.Status == Kept || p.Rented && p.Status == Expired
}

// shares follows a record about who shares a rented door, or is to.
func (o *Outcome) shares(k Known, r Record) {
	change := func([]Sharer) []Sharer { return nil }
	switch e := r.Event.(type) {
	case locker.ParcelShared:
		change = func(people []Sharer) []Sharer {
			return append(others(people, e.Person), Sharer{Person: e.Person, MayEnd: e.Ends, Code: r.Code})
		}
	case locker.ParcelUnshared:
		change = func(people []Sharer) []Sharer { return others(people, e.Person) }
	}
	switch {
	case k.Parcel != nil:
		p := *k.Parcel
		p.People = change(p.People)
		o.Parcel = &p
	case k.Announced != nil:
		a := *k.Announced
		a.People = change(a.People)
		o.Announced = &a
	}
}

// others are all but one of those who share a door.
func others(people []Sharer, person string) (list []Sharer) {
	for _, x := range people {
		if x.Person != person {
			list = append(list, x)
		}
	}
	return list
}

// livedRented is lived for what lies behind a rented door: nobody is told by this desk. It returns false for everything else.
func (o *Outcome) livedRented(k Known, r Record) bool {
	if k.Parcel == nil || !k.Parcel.Rented || untrue(k.Parcel, r.Event) {
		return false
	}
	p := *k.Parcel
	if p.rented(r) {
		o.Parcel = &p
		return true
	}
	o.lived(k, r)
	o.Notices = nil
	return true
}

// rented follows what only rented doors have. It returns false if the record is about something else.
func (p *Parcel) rented(r Record) bool {
	f := Fee{}
	if p.Fee != nil {
		f = *p.Fee
	}
	switch e := r.Event.(type) {
	case locker.ParcelOpened:
		f.Cleared = false
	case locker.PickupPeriodBegan: // time costs something from now on
		p.began(e.Until)
		f.From = r.At
	default:
		return false
	}
	if p.Fee != nil {
		p.Fee = &f
	}
	return true
}
