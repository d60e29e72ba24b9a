package locker

import (
	"slices"
	"time"
)

// A door is rented for luggage, or for what several people share: what lies behind it is a parcel that stays. Its renter puts it in
// as a sender does, and from then on the codes of all who share it open the door again and again, until one of them ends it, or a
// courier clears what was not fetched in time.
//
// What is behind it is believed to be there after each visit. It ends by an opening that was its people's own, seen to open and
// to close with them there, and by their word that nothing is left: the opening is the proof, as at any pickup, and the word says
// which of their openings was the last.

// FromRenter is who brings what stays until they end it.
const FromRenter = "renter"

const (
	// maxSharers is how many people share a door besides its renter.
	maxSharers = 50
	// endsWithin is how long after they have shown their code whoever pushes the door shut, and speaks then, is taken for them: as long as
	// everywhere. Later the code is asked for once more, and opens nothing: somebody who packs for long has done nothing wrong.
	endsWithin = 2 * stoodFor
)

// Sharer is one of the people who share a rented door, besides its renter.
type Sharer struct {
	Person string `json:"person"` // an id, as the order has it; of the renter it is empty
	Order  string `json:"order"`  // that gave them their code
	Code   Hash   `json:"code"`
	Ends   bool   `json:"ends,omitempty"` // they may end it, as the renter may
}

// rents says that a renter brings it.
func (a *Announcement) rents() bool { return a.sends() && a.Rented }

// sharerOf finds whose code it is; the renter's is nobody's of the list. It compares every one.
func sharerOf(people []Sharer, h Hash) (found Sharer) {
	for _, x := range people {
		if x.Code.Equal(h) {
			found = x
		}
	}
	return found
}

// opensBy says that a code is the parcel's: its recipient's, or one of those who share its door. It compares every one.
func (p *Parcel) opensBy(h Hash) bool {
	shared := sharerOf(p.People, h).Order != ""
	return p.Code.Equal(h) || shared
}

// heldBy is opensBy for what is announced.
func (a *Announcement) heldBy(h Hash) bool {
	shared := sharerOf(a.People, h).Order != ""
	return a.Code.Equal(h) || shared
}

// overdue says that a parcel is to be taken back. What is behind a rented door is its people's all the same: until a courier has
// cleared it, their codes open.
func (p *Parcel) overdue() bool { return p.State == ParcelOverstays || p.kept() && p.Expired }

// kept says that something lies behind a rented door, and its people's codes open it.
func (p *Parcel) kept() bool { return p.Rented && p.State == ParcelStoredAt }

// period is how long a parcel waits, or a door is rented.
func (s *State) period(p *Parcel) time.Duration {
	if p.Term > 0 {
		return p.Term
	}
	return s.plan.Times.Pickup
}

// ends says that whoever has shown their code may end it.
func (p *Parcel) ends(person string) bool {
	return person == "" || slices.ContainsFunc(p.People, func(x Sharer) bool { return x.Person == person && x.Ends })
}

// spendAll remembers a parcel's codes, so that their owners can be told their fate.
func (s *State) spendAll(p *Parcel, as Spent) {
	as.Parcel, as.Code = p.ID, p.Code
	s.spent(as)
	for _, x := range p.People {
		as.Code = x.Code
		s.spent(as)
	}
}

// Visit is the newest opening of a rented door in a session, with one of its people there.
type Visit struct {
	Parcel string `json:"parcel,omitempty"`
	Unlock string `json:"unlock,omitempty"` // none: it stood open
}

// renterCame handles somebody with a code, or a token, for a rented door.
func (d *decision) renterCame(p Parcel, token TokenUse) {
	n, confirms := d.s.Session, d.confirmsEnd(&p)
	e := RenterClaimed{Session: n.ID, Parcel: p.ID, Tracking: p.Tracking, Door: p.Door}
	if token.ID == "" {
		e.Person = sharerOf(p.People, d.shown).Person
	}
	d.emit(e)
	if confirms && e.Person == n.Renter && p.ends(e.Person) { // somebody else who shares the door wants it open
		d.rentalEnds(p, n.Visit)
		return
	}
	d.pickup(p, token)
}

// visits says that the person at the kiosk stands at a rented door that is theirs, and was seen open for them.
func (s *State) visits(door int) bool {
	n := &s.Session
	p := s.parcel(n.Visit.Parcel)
	return p != nil && p.kept() && p.Door == door && n.Door == door && n.Parcel == p.ID
}

// visited handles an opening of a rented door with one of its people there.
func (d *decision) visited(p Parcel, unlock string) {
	d.emit(ParcelOpened{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Person: d.s.Session.Renter, Unlock: unlock})
}

// shutByRenter handles a rented door that closes while one of its people stands there, and asks whether they keep it. Where nobody
// saw it fall shut, nothing is known of who did it.
func (d *decision) shutByRenter(was Door) {
	p := d.s.parcel(was.Holds.Parcel)
	if was.State == Open {
		d.emit(d.s.keeps(p, d.s.Session.Renter))
	}
	d.move(StepKeep, NoticeNone, was.Number)
}

func (s *State) keeps(p *Parcel, person string) ParcelKept {
	plan, _ := s.planned(p.Door)
	return ParcelKept{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Size: plan.Size, Company: p.Company, Order: p.Order, Person: person}
}

// keepActions are the answers to whether they keep the door.
func (s *State) keepActions(door *Door) []Action {
	p := s.parcel(s.Session.Parcel)
	if door == nil || p == nil || !s.visits(door.Number) {
		return []Action{ActionFinish, ActionLanguage}
	}
	list := []Action{ActionFinish}
	if p.ends(s.Session.Renter) && door.State == Closed && door.Fell {
		if list = append(list, ActionEmpty); p.Expired {
			slices.Reverse(list)
		}
	}
	if s.usable(door.Number) {
		list = append(list, ActionForgot)
	}
	return append(list, ActionLanguage)
}

// keepEnds ends a rental by the word of whoever stands there, or asks for their code first: it may be anybody's.
func (d *decision) keepEnds() {
	n := d.s.Session
	p := d.s.parcel(n.Parcel)
	if p == nil || !d.s.visits(n.Door) {
		return
	}
	if n.Crowded || d.now.Up-n.Moved > 2*stoodFor || n.Moved-n.Proven > endsWithin {
		d.move(StepCode, NoticeEnds, n.Door)
		return
	}
	d.rentalEnds(*p, n.Visit)
}

// confirmsEnd says that whoever shows a code for the parcel was asked for it to end the rental, and nothing has moved since.
func (d *decision) confirmsEnd(p *Parcel) bool {
	n := d.s.Session
	door := d.s.door(p.Door)
	return n.Step == StepCode && n.Parcel == p.ID && n.Door == p.Door && door != nil && d.s.visits(p.Door) && door.State == Closed &&
		door.Fell && door.Unlock.ID == ""
}

// rentalEnds is the pickup that the newest visit was: its codes are spent, and open again for a moment.
func (d *decision) rentalEnds(p Parcel, by Visit) {
	d.emit(ParcelCollected{Parcel: p.ID, Door: p.Door, Unlock: by.Unlock, Person: d.s.Session.Renter})
	d.move(StepThanks, NoticeNone, p.Door)
}

// viewRental is what a screen says of a rented door.
func (s *State) viewRental(v *View) {
	n := &s.Session
	p := s.parcel(n.Parcel)
	switch {
	case n.Courier != "", n.Technician != "":
	case p == nil:
		a := s.announced(n.Tracking)
		v.Rents = n.sends() && a != nil && a.Rented
	case p.Rented && p.State != ParcelTaken: // once it is ended, what is put in would be behind somebody else's door
		v.Rents, v.Over, v.RentedUntil = true, p.kept() && p.Expired, p.Until
	}
}

// refusalToRent says why a renter cannot be expected; that they send is judged before.
func refusalToRent(a AnnounceOrder) string {
	switch {
	case a.Term <= 0:
		return "hours: a renter's needs the time for which the door is rented"
	case a.Term > longestWait:
		return "more than 90 days ahead"
	}
	return ""
}

// rentedHere is why an order about a recipient is refused.
const rentedHere = "the door is rented: it is shared, or ended, and has no other recipient"

// ShareOrder gives one more person a code for a rented door.
type ShareOrder struct {
	Tracking string
	Person   string  // an id, by which records name them
	Ends     bool    // they may end the rental
	Offers   []Offer // codes to choose from, made at the cabinet
}

// UnshareOrder takes a person's code away.
type UnshareOrder struct {
	Tracking string
	Person   string
}

// rental finds what is rented under a number: what lies there, or what is expected.
func (s *State) rental(tracking string) (p *Parcel, a *Announcement, people []Sharer) {
	if p = s.here(tracking); p != nil {
		return p, nil, p.People
	}
	if a = s.announced(tracking); a != nil {
		return nil, a, a.People
	}
	return nil, nil, nil
}

func (s *State) refusalToShare(tracking, person string, share bool, offers []Offer) string {
	p, a, people := s.rental(tracking)
	has := slices.ContainsFunc(people, func(x Sharer) bool { return x.Person == person })
	switch _, some := s.unused(offers); {
	case p == nil && a == nil:
		return "no such parcel"
	case p != nil && !p.Rented, a != nil && !a.rents():
		return "no rented door has that number"
	case p == nil && s.Session.Tracking == tracking:
		return "the parcel is just being put in"
	case p != nil && p.State == ParcelHeld:
		return "a restored backup says that the parcel is here: say first what became of it"
	case p != nil && p.State == ParcelOverstays:
		return "the parcel was cancelled"
	case !share && !has:
		return "no such person shares the door"
	case !share && p != nil && s.Session.Parcel == p.ID && s.Session.Renter == person && s.door(p.Door) != nil && s.door(p.Door).Unlock.ID != "":
		return "the parcel is just being fetched"
	case !share:
		return ""
	case has:
		return "the person shares the door already"
	case len(people) >= maxSharers:
		return "more people than can share a door"
	case s.plan.NoCodes:
		return "codes have no way to their recipients here"
	case !some:
		return "every code that was made is in use: order it once more"
	}
	return ""
}

// shared carries out an order about who shares a rented door.
func (d *decision) shared(o Order) {
	of := func(tracking string) (parcel, announced string) {
		p, a, _ := d.s.rental(tracking)
		if p != nil {
			return p.ID, ""
		}
		return "", a.Order
	}
	if x := o.Share; x != nil {
		offer, _ := d.s.unused(x.Offers)
		e := ParcelShared{Order: o.ID, Tracking: x.Tracking, Person: x.Person, Ends: x.Ends, CodeHash: offer.Hash, Personal: Personal{Code: offer.Code}}
		e.Parcel, e.Announced = of(x.Tracking)
		d.emit(e)
		return
	}
	x := o.Unshare
	_, _, people := d.s.rental(x.Tracking)
	i := slices.IndexFunc(people, func(k Sharer) bool { return k.Person == x.Person })
	e := ParcelUnshared{Order: o.ID, Tracking: x.Tracking, Person: x.Person, Shared: people[i].Order}
	e.Parcel, e.Announced = of(x.Tracking)
	if e.Parcel != "" && d.s.Session.Parcel == e.Parcel && d.s.Session.Renter == x.Person {
		d.endSession("removed")
	}
	d.emit(e)
}
