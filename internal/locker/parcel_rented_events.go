package locker

import (
	"cmp"
	"slices"
)

// RenterClaimed says that somebody at the kiosk has a code, or a token, for a rented door behind which something lies.
type RenterClaimed struct {
	Session  string `json:"session"`
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	// Person is which of those who share the door; none: its renter, or a token for it.
	Person string `json:"sharer,omitempty"`
}

// Kind is "renter.claimed".
func (RenterClaimed) Kind() string { return "renter.claimed" }

// ParcelOpened says that a rented door was seen to open with one of its people there, or that one of them came to it while it stood
// open. What is behind it stays theirs.
type ParcelOpened struct {
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	Person   string `json:"sharer,omitempty"` // as in RenterClaimed
	Unlock   string `json:"unlock,omitempty"` // none: it stood open
}

// Kind is "parcel.opened".
func (ParcelOpened) Kind() string { return "parcel.opened" }

// ParcelKept says that something lies behind a rented door: its renter has put it in, or the door was seen to close at the end of a
// visit with one of its people there.
type ParcelKept struct {
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	Size     string `json:"size"`
	Company  string `json:"company"`          // whose couriers clear it once its time is over
	Order    string `json:"order"`            // that announced it
	Person   string `json:"sharer,omitempty"` // as in RenterClaimed
	First    bool   `json:"first,omitempty"`  // it was put in
	// Unsure says that its door was not seen to open and to close again while its renter stood there: it may be empty.
	Unsure bool `json:"unsure,omitempty"`
}

// Kind is "parcel.kept".
func (ParcelKept) Kind() string { return "parcel.kept" }

// ParcelShared says that one more person shares a rented door. Its personal part contains their code.
type ParcelShared struct {
	Order     string   `json:"order"`
	Tracking  string   `json:"tracking"`
	Parcel    string   `json:"parcel,omitempty"`    // once something lies there;
	Announced string   `json:"announced,omitempty"` // until then the order that announced it
	Person    string   `json:"sharer"`
	Ends      bool     `json:"may_end,omitempty"`
	CodeHash  Hash     `json:"code_hash"`
	Personal  Personal `json:"-"`
}

// Kind is "parcel.shared".
func (ParcelShared) Kind() string { return "parcel.shared" }

// Subject is whose key seals the personal part: it goes with the parcel's, or the announcement's.
func (e ParcelShared) Subject() string { return sharedSubject(e.Parcel, e.Announced, e.Order) }

// Private is the personal part.
func (e ParcelShared) Private() Personal { return e.Personal }

func (e ParcelShared) withPersonal(p Personal) Event { e.Personal = p; return e }

// ParcelUnshared says that a person shares a rented door no longer: their code opens nothing.
type ParcelUnshared struct {
	Order     string `json:"order"`
	Tracking  string `json:"tracking"`
	Parcel    string `json:"parcel,omitempty"`    // as in ParcelShared,
	Announced string `json:"announced,omitempty"` // both
	Person    string `json:"sharer"`
	Shared    string `json:"shared"` // the order that had given them their code
}

// Kind is "parcel.unshared".
func (ParcelUnshared) Kind() string { return "parcel.unshared" }

// Forgets is whose key dies once this is confirmed.
func (e ParcelUnshared) Forgets() string { return sharedSubject(e.Parcel, e.Announced, e.Shared) }

func sharedSubject(parcel, announced, order string) string {
	if parcel != "" {
		return "parcel:" + parcel + Below + order
	}
	return "order:" + announced + Below + order
}

func (s *State) applyRented(r Record, e Event) {
	switch e := e.(type) {
	case RenterClaimed:
		s.touch(e.Session, r)
		s.Session.Proven = r.Up
		s.Session.Parcel, s.Session.Renter, s.Session.Visit, s.Session.parcelInHand = e.Parcel, e.Person, Visit{}, parcelInHand{}
	case ParcelOpened:
		s.Session.Visit = Visit{Parcel: e.Parcel, Unlock: e.Unlock}
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Fee.Cleared = false
			if d := s.door(e.Door); d != nil {
				p.Doubt = d.Holds.Why
			}
			if e.Unlock == "" { // it stood open, before whom nobody knows
				p.Doubt = cmp.Or(p.Doubt, DoubtAlone)
			}
		}
	case ParcelKept:
		s.keepIt(r, e)
	case ParcelShared:
		s.share(e, func(people []Sharer) []Sharer {
			return append(slices.Clone(people), Sharer{Person: e.Person, Order: e.Order, Code: e.CodeHash, Ends: e.Ends})
		})
	case ParcelUnshared:
		s.share(ParcelShared{Parcel: e.Parcel, Announced: e.Announced}, func(people []Sharer) []Sharer {
			return without(slices.Clone(people), func(x Sharer) bool {
				if x.Order == e.Shared {
					s.spent(Spent{Code: x.Code, Parcel: e.Parcel, Replaced: true})
				}
				return x.Order == e.Shared
			})
		})
	}
}

// keepIt applies that something lies behind a rented door. What was in doubt about it before the visit stays so.
func (s *State) keepIt(r Record, e ParcelKept) {
	p, d := s.changeParcel(e.Parcel), s.changeDoor(e.Door)
	if e.First {
		if p != nil {
			p.State, p.Since, p.Sender, p.Personal = ParcelStoredAt, r.At, false, Personal{}
		}
		if d != nil {
			d.Holds = Contents{Kind: Occupied, Parcel: e.Parcel}
		}
		s.usedUp(e.Tracking, e.Door)
		return
	}
	if p != nil && d != nil && d.Holds.Parcel == p.ID {
		d.Holds.Why = p.Doubt
	}
}

// share changes who shares a rented door, or is to.
func (s *State) share(of ParcelShared, change func([]Sharer) []Sharer) {
	if p := s.changeParcel(of.Parcel); p != nil {
		p.People = change(p.People)
		return
	}
	s.Announced = slices.Clone(s.Announced) // drafts share it
	for i := range s.Announced {
		if a := &s.Announced[i]; of.Announced != "" && a.Order == of.Announced {
			a.People = change(a.People)
		}
	}
}
