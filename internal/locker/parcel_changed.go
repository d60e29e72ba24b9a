package locker

import (
	"slices"
	"strconv"
	"time"
)

// NewCodeOrder gives a waiting parcel another code. It means that somebody else may know the present one.
type NewCodeOrder struct {
	Tracking string
	Offers   []Offer // codes to choose from, made at the cabinet
}

// NewRecipientOrder gives a waiting parcel to another recipient.
type NewRecipientOrder struct {
	Tracking string
	Mask     string // as in AnnounceOrder
	Phone    Box
	Ask      Conditions // in the place of what was asked of the earlier recipient
	Group    string     // as in AnnounceOrder,
	Person   Hash       // both
	Offers   []Offer
}

// refusalToChange says why a parcel cannot have another code. While its door is just being opened somebody who was entitled
// stands there: the order can be given once more when it is known what came of it.
func (s *State) refusalToChange(tracking string, offers []Offer) string {
	p := s.here(tracking)
	switch _, some := s.unused(offers); {
	case p == nil:
		return "no such parcel"
	case p.Again:
		return "a parcel is just being put in"
	case p.State == ParcelToGo:
		return sentHere
	case p.State == ParcelHeld:
		return "a restored backup says that the parcel is here: say first what became of it"
	case p.State == ParcelOverstays && p.Expired:
		return "its pickup period is over: extend it first"
	case p.Refused != "" && s.recalling(p):
		return "somebody is using the door"
	case p.State == ParcelOverstays && p.Refused == "":
		return "the parcel was cancelled"
	case s.beingJoined(p):
		return "a parcel is just being put in that shares its code"
	case slices.ContainsFunc(s.changing(p), func(x Parcel) bool { d := s.door(x.Door); return d == nil || d.Unlock.ID != "" }):
		return "the parcel is just being fetched"
	case s.plan.NoCodes:
		return "codes have no way to their recipients here"
	case !some:
		return "every code that was made is in use: order it once more"
	}
	return ""
}

func (s *State) refusalToNewRecipient(o NewRecipientOrder) string {
	if !o.Ask.Phone.IsZero() && len(o.Phone) == 0 {
		return "the phone's last digits are asked for, but there is no phone"
	}
	if p := s.here(o.Tracking); p != nil && p.Rented {
		return rentedHere
	}
	return s.refusalToChange(o.Tracking, o.Offers)
}

// newCode replaces a parcel's code. From this record on the old one opens nothing: nobody can keep it alive by holding
// messages back.
func (d *decision) newCode(o Order) {
	p := *d.s.here(o.NewCode.Tracking)
	offer, _ := d.s.unused(o.NewCode.Offers)
	for _, x := range d.s.changing(&p) {
		d.emit(ParcelCodeChanged{Order: o.ID, Parcel: x.ID, Door: x.Door, CodeHash: offer.Hash, Tokens: d.ordered(o),
			Recipients: x.Recipients, Again: x.Refused != "", Personal: Personal{Code: offer.Code}})
		d.replaced(x.ID)
	}
}

// changing are the parcels that lose their code with a parcel, itself first: if somebody else may know it, it opens nothing. The code
// of a refused one does not open it, and stays that of the others.
func (s *State) changing(p *Parcel) []Parcel {
	list := []Parcel{*p}
	if p.Refused != "" {
		return list
	}
	for _, x := range s.together(p) {
		if x.ID != p.ID && (x.State == ParcelStoredAt || x.State == ParcelOverstays && x.Expired) {
			list = append(list, *x)
		}
	}
	return list
}

// newRecipient hands a parcel over to somebody else, with a code of their own. What is asked besides the code is about the
// person, and so is asked of the new one; that the cloud confirms who comes is about the parcel, and stays.
func (d *decision) newRecipient(o Order) {
	n := o.NewRecipient
	p := *d.s.here(n.Tracking)
	offer, _ := d.s.unused(n.Offers)
	ask := n.Ask
	ask.Phone, ask.PIN, ask.Confirm = bound(ask.Phone, o.ID), bound(ask.PIN, o.ID), ask.Confirm || p.Ask.Confirm
	d.emit(ParcelRecipientChanged{Order: o.ID, Parcel: p.ID, Door: p.Door, Mask: n.Mask, CodeHash: offer.Hash, Ask: ask, Whose: d.whose(n.Group, n.Person),
		Tokens: d.ordered(o), Recipients: p.Recipients + 1, Again: p.Refused != "", Personal: Personal{Phone: n.Phone, Code: offer.Code}})
	d.replaced(p.ID)
}

// ordered is the time of an order in the words of whoever signs tokens, too. Of one that nobody signed it is when it came.
func (d *decision) ordered(o Order) time.Time {
	switch {
	case !o.signedAt().IsZero():
		return o.signedAt()
	case d.now.Known:
		return d.now.Wall
	}
	return d.s.Newest
}

// replaced ends the session of somebody who had shown the parcel's earlier code: what they have shown counts no longer.
func (d *decision) replaced(parcel string) {
	if d.s.Session.Parcel == parcel {
		d.endSession("replaced")
	}
}

// outdated says that a token for a parcel was issued before the parcel's code was replaced.
func (p *Parcel) outdated(t Token) bool { return !p.Tokens.IsZero() && !t.Issued.After(p.Tokens) }

// subject is whose key seals what is personal about a parcel's recipient: each has a key of their own.
func subject(parcel string, recipients int) string {
	if recipients == 0 {
		return "parcel:" + parcel
	}
	return "parcel:" + parcel + Below + strconv.Itoa(recipients)
}

// ParcelCodeChanged says that a waiting parcel has another code. Its personal part contains the code.
type ParcelCodeChanged struct {
	Order      string    `json:"order"`
	Parcel     string    `json:"parcel"`
	Door       int       `json:"door"`
	CodeHash   Hash      `json:"code_hash"`
	Tokens     time.Time `json:"tokens_after,omitzero"` // tokens for the parcel that were issued by then no longer count
	Recipients int       `json:"recipients,omitempty"`  // how many it has had after the first
	Again      bool      `json:"again,omitempty"`       // it was refused: it waits once more, and its pickup period begins anew
	Personal   Personal  `json:"-"`
}

// Kind is "parcel.code_changed".
func (ParcelCodeChanged) Kind() string { return "parcel.code_changed" }

// Subject is whose key seals the personal part.
func (e ParcelCodeChanged) Subject() string { return subject(e.Parcel, e.Recipients) }

// Private is the personal part.
func (e ParcelCodeChanged) Private() Personal { return e.Personal }

func (e ParcelCodeChanged) withPersonal(p Personal) Event { e.Personal = p; return e }

// ParcelRecipientChanged says that a waiting parcel is somebody else's, with another code. Its personal part contains the
// code, and the phone.
type ParcelRecipientChanged struct {
	Order      string     `json:"order"`
	Parcel     string     `json:"parcel"`
	Door       int        `json:"door"`
	Mask       string     `json:"mask,omitempty"`
	CodeHash   Hash       `json:"code_hash"`
	Ask        Conditions `json:"ask,omitzero"`
	Tokens     time.Time  `json:"tokens_after,omitzero"` // as in ParcelCodeChanged
	Recipients int        `json:"recipients"`            // as in ParcelCodeChanged
	Again      bool       `json:"again,omitempty"`       // as in ParcelCodeChanged
	Whose
	Personal Personal `json:"-"`
}

// Kind is "parcel.recipient_changed".
func (ParcelRecipientChanged) Kind() string { return "parcel.recipient_changed" }

// Subject is whose key seals the personal part.
func (e ParcelRecipientChanged) Subject() string { return subject(e.Parcel, e.Recipients) }

// Private is the personal part.
func (e ParcelRecipientChanged) Private() Personal { return e.Personal }

// Replaces is whose key dies once this is confirmed: the earlier recipient's.
func (e ParcelRecipientChanged) Replaces() string { return subject(e.Parcel, e.Recipients-1) }

func (e ParcelRecipientChanged) withPersonal(p Personal) Event { e.Personal = p; return e }

func (s *State) applyChanged(r Record, e Event) {
	switch e := e.(type) {
	case ParcelCodeChanged:
		if p := s.changeParcel(e.Parcel); p != nil {
			s.spent(Spent{Code: p.Code, Parcel: p.ID, Replaced: true})
			p.Code, p.Tokens = e.CodeHash, later(p.Tokens, e.Tokens)
			p.Shared = p.sharedCode(e.Personal.Code, p.Ask)
			if e.Again {
				p.waitsAgain(r)
			}
		}
	case ParcelRecipientChanged:
		if p := s.changeParcel(e.Parcel); p != nil {
			s.spent(Spent{Code: p.Code, Parcel: p.ID, Replaced: true})
			p.Code, p.Tokens = e.CodeHash, later(p.Tokens, e.Tokens)
			p.Mask, p.Ask, p.Order, p.Recipients, p.Wrong = e.Mask, e.Ask, e.Order, e.Recipients, 0
			p.Whose, p.Shared = e.Whose, e.sharedCode(e.Personal.Code, e.Ask)
			if e.Again {
				p.waitsAgain(r)
			}
		}
	}
}
