package desk

import (
	"slices"
	"time"

	"lockerd/internal/locker"
)

// Sharer is somebody who shares a rented door besides its renter. What is known of them is personal.
type Sharer struct {
	Person  string  `json:"sharer"` // an id
	MayEnd  bool    `json:"may_end,omitempty"`
	Code    string  `json:"code,omitempty"`
	Contact Contact `json:"contact,omitzero"` // empty: whoever has it shared tells them
	// Link is what the address of their own page ends with, made by whoever keeps the parcel.
	Link string `json:"link,omitempty"`
	Gone bool   `json:"gone,omitempty"` // they share it no longer: they are told so, and so says their page
}

// ToRent is a door that somebody may rent, as they see it before they do; NotRented that they may not, or not yet. Unshared is a rented door of
// which somebody had a code: For.
const (
	ToRent    Status = "to_rent"
	NotRented Status = "not_rented"
	Unshared  Status = "unshared"
)

// For is a rented door as one of those who share it sees it: with their own code, page and address. An empty id is its renter's. Of somebody who
// was erased there is nothing to see.
func (p Parcel) For(person string) Parcel {
	if person == "" {
		return p
	}
	i := slices.IndexFunc(p.People, func(x Sharer) bool { return x.Person == person })
	if i < 0 {
		return Parcel{Cabinet: p.Cabinet, ID: p.ID, Order: p.Order, Rented: true, Sharer: person}
	}
	x := p.People[i]
	p.Sharer, p.Contact, p.Code, p.Link = person, x.Contact, x.Code, x.Link
	if x.Gone {
		p.Code, p.Status = "", Unshared
	}
	return p
}

// Sharers are those who share a rented door besides its renter, now.
func Sharers(people []Sharer) (list []Sharer) {
	for _, x := range people {
		if !x.Gone {
			list = append(list, x)
		}
	}
	return list
}

// keptBy follows what lies behind a rented door. Once a renter has put it in, the codes and pages go on with it, and all are told where it is. What
// a cabinet with a restored journal says once more has nobody's.
func (o *Outcome) keptBy(k Known, r Record, e locker.ParcelKept) {
	if !e.First {
		return
	}
	p := &Parcel{Cabinet: r.Cabinet, ID: e.Parcel, Tracking: e.Tracking, Door: e.Door, Size: e.Size, Company: e.Company, Order: e.Order,
		Status: Kept, Rented: true, Stored: r.At}
	o.Parcel = p
	a := k.Announced
	o.Announced = a.over()
	if a != nil && a.Fee != nil {
		p.Fee = &Fee{Account: locker.Account{Terms: a.Fee}, Currency: a.Fee.Currency}
	}
	switch {
	case k.Parcel != nil:
		p.Contact, p.Code, p.Link, p.People = k.Parcel.Contact, k.Parcel.Code, k.Parcel.Link, k.Parcel.People
	case a != nil && a.Rents && a.State != Over:
		p.Contact, p.Code, p.Link, p.People = a.Contact, a.Code, a.Link, a.People
		o.Announced.Link = "" // a new code's page is another, and the one before is no more
		for i := range o.Announced.People {
			o.Announced.People[i].Link = ""
		}
		o.tellAll(map[bool]Told{true: ToldKeptUnsure, false: ToldKept}[e.Unsure], p.Contact, p.People)
	}
}

// theirs says that its people can open it: a rented door opens to them also when its time is over.
func (p *Parcel) theirs() bool {
	return p.Status == Waiting || p.InUse()
}

// InUse says that it lies behind a rented door, and its people's codes open that.
func (p *Parcel) InUse() bool { return p.Rented && (p.Status == Kept || p.Status == Expired) }

// shares follows a record about who shares a rented door, or is to. Whoever it is about is told, if what lies behind it is known here.
func (o *Outcome) shares(k Known, r Record) {
	var change func([]Sharer) []Sharer
	var about Sharer
	var what Told
	switch e := r.Event.(type) {
	case locker.ParcelShared:
		about, what = Sharer{Person: e.Person, MayEnd: e.Ends, Code: r.Code}, ToldShared
		if k.Share != nil {
			about.Contact = k.Share.Contact
		}
		o.Share = k.Share.over()
		change = func(people []Sharer) []Sharer { return append(others(people, e.Person), about) }
	case locker.ParcelUnshared:
		what = ToldUnshared
		change = func(people []Sharer) []Sharer {
			i := slices.IndexFunc(people, func(x Sharer) bool { return x.Person == e.Person })
			if i < 0 || people[i].Gone {
				return people
			}
			about = people[i]
			about.Code, about.Gone = "", true
			return append(others(people, e.Person), about)
		}
	}
	switch {
	case k.Parcel != nil:
		p := *k.Parcel
		p.People = change(p.People)
		o.Parcel = &p
	case k.Announced != nil && Concerns(r.Event).Parcel == "":
		a := *k.Announced
		a.People = change(a.People)
		o.Announced = &a
	}
	if (o.Parcel != nil || o.Announced != nil) && (what == ToldUnshared || about.Code != "") {
		o.tellOne(what, about)
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

// tellOne tells one of those who share a door something, if there is a way to them.
func (o *Outcome) tellOne(what Told, x Sharer) {
	if x.Contact.Reached() {
		o.Notices = append(o.Notices, Notice{What: what, Sharer: x.Person})
	}
}

// tellAll tells the renter of a door, and everybody who shares it, something.
func (o *Outcome) tellAll(what Told, renter Contact, people []Sharer) {
	o.Notices = append(o.Notices, Parcel{Contact: renter, People: people}.Tells(what)...)
}

// Tells are the notices by which all who share a rented door are told something, each of whom there is a way to.
func (p Parcel) Tells(what Told) (list []Notice) {
	if p.Contact.Reached() {
		list = append(list, Notice{What: what})
	}
	for _, x := range Sharers(p.People) {
		if x.Contact.Reached() {
			list = append(list, Notice{What: what, Sharer: x.Person})
		}
	}
	return list
}

// saidOfDoors is what the people of a rented door are told where the recipient of a parcel would be told something else.
var saidOfDoors = map[Told]Told{ToldExtended: ToldRentExtended, ToldExpired: ToldOverdue, ToldCollected: ToldEnded, ToldHandedOver: ToldEnded,
	ToldTakenBack: ToldCleared, ToldStored: ToldNewCode}

// livedRented is lived for what lies behind a rented door: all who share it are told, a new code its renter alone. It returns false for everything
// else.
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
	said := o.Notices
	if o.Notices = nil; o.Parcel == nil {
		return true
	}
	if _, is := r.Event.(locker.ParcelCancelled); is {
		o.tellAll(ToldRentCancelled, p.Contact, p.People)
	}
	for _, n := range said {
		switch what := saidOfDoors[n.What]; {
		case what == ToldNewCode:
			o.tellAll(what, p.Contact, nil)
		case what != "":
			o.tellAll(what, p.Contact, p.People)
		}
	}
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
	case locker.PickupPeriodBegan: // time costs something from now on; if it begins once more, since the clock was wrong, it has done so before
		p.began(e.Until)
		if f.From.IsZero() || f.From.After(r.At) {
			f.From = r.At
		}
	default:
		return false
	}
	if p.Fee != nil {
		p.Fee = &f
	}
	return true
}

// lastHour is how long before its end the people of a door are reminded that is rented for no more than a day.
const lastHour = time.Hour

// warned is how long before its end somebody is reminded of a parcel.
func (p Parcel) warned() time.Duration {
	if p.Rented && p.Until.Sub(p.Stored) <= LastDay {
		return lastHour
	}
	return LastDay
}
