package locker

import (
	"slices"
	"time"
)

// Announcement is a parcel that the cloud has announced.
type Announcement struct {
	Order    string        `json:"order"`
	Tracking string        `json:"tracking"`
	Size     string        `json:"size,omitempty"`
	Mask     string        `json:"mask,omitempty"`
	Phone    Box           `json:"phone,omitempty"`
	Low      bool          `json:"low,omitempty"`
	Zone     string        `json:"zone,omitempty"`
	Company  string        `json:"company,omitempty"` // whose couriers bring it, or collect it from its sender; empty: anybody's
	Code     Hash          `json:"code,omitzero"`     // its sender's, or renter's, who brings it; zero: a courier does
	Label    bool          `json:"label,omitempty"`   // its sender may show the label that is on it instead
	Agree    []Statement   `json:"agree,omitempty"`   // what its sender is to agree to,
	Weights  []int         `json:"weights,omitempty"` // and may say of its weight
	Consent  Consent       `json:"consent,omitempty"` // of its recipient
	Rented   bool          `json:"rented,omitempty"`  // a renter brings it,
	Term     time.Duration `json:"term,omitempty"`    // for so long
	People   []Sharer      `json:"people,omitempty"`  // who shares its door
	Tried    int           `json:"tried,omitempty"`   // visits for which that opened a door
	Until    time.Time     `json:"until,omitzero"`    // when it is dropped at the latest
	Ask      Conditions    `json:"ask,omitzero"`
	Fee      *Terms        `json:"fee,omitempty"`
	Whose
	At    time.Time `json:"at"`
	Known bool      `json:"known"`
}

// announcements are the parcels that the cloud has announced and nobody has brought yet. They are many and change seldom:
// drafts share them until they append, and removal copies them.
type announcements struct {
	Announced []Announcement `json:"announced"`
}

func (x announcements) clone() announcements { return announcements{slices.Clip(x.Announced)} }

// AnnounceOrder announces a parcel that will be brought.
type AnnounceOrder struct {
	Tracking string
	Size     string // empty: the courier chooses
	Mask     string // what may be shown of the recipient's phone; empty: the courier is asked for it
	Phone    Box
	Low      bool   // its recipient needs a door that can be reached from a wheelchair
	Zone     string // it may be given doors of that zone only, as "cold"; empty: any, ordinary ones first
	// From says who brings it: FromSender, or FromRenter; empty: a courier.
	From  string
	Label bool // its sender may show the label that it has already
	// Agree are statements that its sender is to agree to, Weights what they may say of its weight, in grams, the lowest first.
	Agree   []Statement
	Weights []int
	Consent Consent       // whether its recipient agrees that it goes in here; empty: nothing is known
	Term    time.Duration // for which a renter has the door
	Until   time.Time     // when it is no longer expected; zero: after Times.Announced, as all
	// Offers are codes for its sender to choose from, made at the cabinet.
	Offers []Offer
	// Company is the company whose couriers may bring it, or collect it from its sender; empty: anybody's.
	Company string
	// Group names the recipient, if the cloud does: parcels of one group have one code. Person is the keyed hash of all digits
	// of the phone.
	Group  string
	Person Hash
	// Ask holds the conditions at pickup besides the code or the token: keyed hashes, not yet bound to this order.
	Ask Conditions
	// Fee is what the parcel costs its recipient; nil: nothing.
	Fee *Terms
}

// CancelOrder cancels an announcement, or the pickup of a parcel that is here.
type CancelOrder struct {
	Tracking string
}

func (x *announcements) announced(tracking string) *Announcement {
	for i := range x.Announced {
		if x.Announced[i].Tracking == tracking {
			return &x.Announced[i]
		}
	}
	return nil
}

func (d *decision) announce(order string, a AnnounceOrder) {
	if known := d.s.announced(a.Tracking); known != nil {
		d.emit(AnnouncementDropped{Order: known.Order, Why: "replaced"})
	}
	if a.From != "" {
		offer, _ := d.s.unused(a.Offers)
		d.emit(ParcelAnnounced{Order: order, Tracking: a.Tracking, Size: a.Size, Low: a.Low, Zone: a.Zone, Company: a.Company,
			From: a.From, Label: a.Label, Agree: a.Agree, Weights: a.Weights, Term: a.Term.Milliseconds(), CodeHash: offer.Hash, Until: a.Until, Fee: a.Fee, Personal: Personal{Code: offer.Code}})
		return
	}
	ask := a.Ask
	ask.Phone, ask.PIN = bound(ask.Phone, order), bound(ask.PIN, order)
	d.emit(ParcelAnnounced{Order: order, Tracking: a.Tracking, Size: a.Size, Mask: a.Mask, Low: a.Low, Zone: a.Zone,
		Company: a.Company, Until: a.Until, Ask: ask, Fee: a.Fee, Consent: a.Consent, Whose: d.whose(a.Group, a.Person),
		Personal: Personal{Phone: a.Phone}})
}

// cancelled cancels an announcement, or the pickup of a parcel that is here, which then stays for the operator.
func (d *decision) cancelled(order, tracking string) {
	if a := d.s.announced(tracking); a != nil {
		d.emit(AnnouncementDropped{Order: a.Order, Why: "cancelled"})
	}
	d.unbook(UnbookedCancelled, order, func(b Booking) bool { return b.Tracking == tracking })
	if p := d.s.here(tracking); p != nil {
		d.emit(ParcelCancelled{Order: order, Parcel: p.ID, Door: p.Door})
	}
}

func (s *State) refusalToAnnounce(a AnnounceOrder) string {
	switch {
	case !trackable(a.Tracking):
		return "the tracking number is empty, too long or not printable"
	case a.Size != "" && s.rank(a.Size) < 0:
		return "no such size"
	case a.Zone != "" && !s.plan.hasZone(a.Zone):
		return "no such zone"
	case s.here(a.Tracking) != nil:
		return "the parcel is here already"
	case s.Session.Tracking == a.Tracking:
		return "the parcel is just being put in"
	case !a.Ask.Phone.IsZero() && len(a.Phone) == 0:
		return "the phone's last digits are asked for, but there is no phone"
	case a.From != FromSender && (a.Label || len(a.Agree) > 0 || len(a.Weights) > 0):
		return "label, agree, weights: only a sender's parcel has them"
	case a.Term != 0 && a.From != FromRenter:
		return "hours: only a renter's door has them"
	case a.From != "":
		return s.refusalToSend(a)
	}
	return ""
}

// tooOld says that an announced parcel is no longer expected.
func (d *decision) tooOld(a *Announcement) bool {
	return d.now.Known && (a.Known && d.now.Wall.Sub(a.At) >= d.s.plan.Times.Announced || !a.Until.IsZero() && !d.now.Wall.Before(a.Until))
}

func (s *State) refusalToCancel(tracking string) string {
	p := s.here(tracking)
	switch {
	case s.Session.Tracking == tracking && tracking != "":
		return "the parcel is just being put in"
	case p == nil && s.announced(tracking) == nil:
		return "no such parcel"
	case p != nil && p.State == ParcelToGo:
		return "a courier is to collect the parcel anyway"
	case p != nil && s.Session.Parcel == p.ID:
		return "the parcel is just being fetched"
	case p != nil && p.State == ParcelOverstays && p.Refused != "":
		return refusedHere
	}
	return ""
}

// date sets the time of announcements that came while the clock was not known, once it is.
func (s *State) date(r Record) {
	if !r.Known || !slices.ContainsFunc(s.Announced, func(a Announcement) bool { return !a.Known }) {
		return
	}
	s.Announced = slices.Clone(s.Announced)
	for i := range s.Announced {
		if a := &s.Announced[i]; !a.Known {
			a.At, a.Known = r.At, true
		}
	}
}

// ParcelAnnounced says that a parcel will be brought.
type ParcelAnnounced struct {
	Order    string `json:"order"`
	Tracking string `json:"tracking"`
	Size     string `json:"size,omitempty"`
	Mask     string `json:"mask,omitempty"`
	Low      bool   `json:"low,omitempty"`
	Zone     string `json:"zone,omitempty"`    // that it must lie in, as "cold"
	Company  string `json:"company,omitempty"` // whose couriers may bring it, or collect it from its sender
	// From is FromSender where its sender brings it, and FromRenter where it stays behind a rented door, with the code in the personal
	// part; CodeHash is its keyed hash.
	From     string      `json:"from,omitempty" enum:"sender,renter"`
	Label    bool        `json:"label,omitempty"`                       // its sender may show the label that is on it instead of the code
	Agree    []Statement `json:"agree,omitempty"`                       // what its sender is to agree to
	Weights  []int       `json:"weights,omitempty"`                     // what they may say of its weight: at most so many grams
	Consent  Consent     `json:"consent,omitempty" enum:"given,denied"` // of its recipient
	Term     int64       `json:"for_ms,omitempty"`                      // for how long the door is rented, in milliseconds
	CodeHash Hash        `json:"code_hash,omitzero"`
	Until    time.Time   `json:"until,omitzero"` // when it is no longer expected
	Ask      Conditions  `json:"ask,omitzero"`
	Fee      *Terms      `json:"fee,omitempty"` // what it costs its recipient
	Whose
	Personal Personal `json:"-"`
}

// Kind is "parcel.announced".
func (ParcelAnnounced) Kind() string { return "parcel.announced" }

// Subject is whose key seals the personal part.
func (e ParcelAnnounced) Subject() string { return "order:" + e.Order }

// Private is the personal part.
func (e ParcelAnnounced) Private() Personal { return e.Personal }

func (e ParcelAnnounced) withPersonal(p Personal) Event { e.Personal = p; return e }

// AnnouncementDropped says that an announced parcel is no longer expected.
type AnnouncementDropped struct {
	Order string `json:"order"`
	Why   string `json:"why" enum:"too old,replaced,cancelled,stored,erased"` // "replaced", "stored", "too old"
}

// Kind is "parcel.announcement_dropped".
func (AnnouncementDropped) Kind() string { return "parcel.announcement_dropped" }

// Forgets is whose key dies once this is confirmed.
func (e AnnouncementDropped) Forgets() string { return "order:" + e.Order }

func (s *State) applyAnnouncement(r Record, e Event) {
	switch e := e.(type) {
	case ParcelAnnounced:
		s.Announced = append(s.Announced, Announcement{Order: e.Order, Tracking: e.Tracking, Size: e.Size, Mask: e.Mask,
			Phone: e.Personal.Phone, Low: e.Low, Zone: e.Zone, Company: e.Company, Code: e.CodeHash, Label: e.Label, Agree: e.Agree, Weights: e.Weights, Consent: e.Consent, Rented: e.From == FromRenter, Term: time.Duration(e.Term) * time.Millisecond, Until: e.Until, Ask: e.Ask, Fee: e.Fee, Whose: e.Whose, At: r.At, Known: r.Known})
	case AnnouncementDropped:
		s.forgetSending(e)
		s.Announced = without(s.Announced, func(a Announcement) bool { return a.Order == e.Order })
	}
}
