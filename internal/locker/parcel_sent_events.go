package locker

import "slices"

// SendingClaimed says that somebody at the kiosk has the code of a sender, or of a renter who has not put anything in yet.
type SendingClaimed struct {
	Session  string `json:"session"`
	Order    string `json:"order"` // that announced the parcel
	Tracking string `json:"tracking"`
	Person   string `json:"sharer,omitempty"` // which of those who are to share a rented door; none: its renter, or a sender
	Label    bool   `json:"label,omitempty"`  // they have shown the label that is on the parcel, and no code
}

// Kind is "sending.claimed".
func (SendingClaimed) Kind() string { return "sending.claimed" }

// ParcelSent says that a sender has put a parcel in: it waits for a courier of its company who collects. The sender's code is spent.
type ParcelSent struct {
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	Size     string `json:"size"`
	Company  string `json:"company"` // whose couriers collect it
	Order    string `json:"order"`   // that announced it
	// Unsure says that its door was not seen to open and to close again while its sender stood there: it may be empty.
	Unsure bool `json:"unsure,omitempty"`
	// Unwatched says that a camera that the site wants to see it gave no picture at some time meanwhile.
	Unwatched bool `json:"unwatched,omitempty"`
	// Agreed are the statements that its sender has agreed to, and AtMost is how heavy it is, as they say.
	Agreed []string `json:"agreed,omitempty"`
	AtMost int      `json:"at_most_g,omitempty"`
}

// Kind is "parcel.sent".
func (ParcelSent) Kind() string { return "parcel.sent" }

// ParcelDispatched says that a courier's door was seen to open, to collect what a sender put in.
type ParcelDispatched struct {
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	Courier  string `json:"courier,omitempty"` // none: they had gone before it opened
	Unlock   string `json:"unlock"`
}

// Kind is "parcel.dispatched".
func (ParcelDispatched) Kind() string { return "parcel.dispatched" }

// Forgets is whose key dies once this is confirmed.
func (e ParcelDispatched) Forgets() string { return "parcel:" + e.Parcel }

// ParcelMissing says that the courier who was to collect what a sender put in, or to take back what its recipient refused, has found
// nothing behind its door.
type ParcelMissing struct {
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	Courier  string `json:"courier"`
}

// Kind is "parcel.missing".
func (ParcelMissing) Kind() string { return "parcel.missing" }

func (s *State) applySent(r Record, e Event) {
	switch e := e.(type) {
	case SendingClaimed:
		s.touch(e.Session, r)
		s.Session.Proven = r.Up
		s.Session.Renter, s.Session.parcelInHand = e.Person, parcelInHand{}
		if a := s.announced(e.Tracking); a != nil && a.Order == e.Order {
			s.Session.parcelInHand = parcelInHand{Tracking: a.Tracking, Order: a.Order, Size: a.Size, Low: a.Low, Zone: a.Zone, Collector: a.Company}
		}
	case ParcelSent:
		if p := s.changeParcel(e.Parcel); p != nil {
			p.State, p.Since = ParcelToGo, r.At
		}
		if d := s.changeDoor(e.Door); d != nil {
			d.Holds = Contents{Kind: Occupied, Parcel: e.Parcel}
		}
		s.usedUp(e.Tracking, e.Door)
		s.Session.Receipt = Receipt{e.Tracking, e.Door, r.At, r.Known, r.Epoch, r.Seq, e.Unsure}
		s.leave(e.Parcel)
	case ParcelDispatched:
		if p := s.changeParcel(e.Parcel); p != nil {
			p.State, p.Since = ParcelReturned, r.At
		}
		if d := s.changeDoor(e.Door); d != nil {
			d.Holds = Contents{Kind: Collected, Parcel: e.Parcel, Why: d.Holds.Why}
		}
	case ParcelMissing:
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Missing = true
		}
	}
}

// trySending counts a visit for which a sender's code opened a door.
func (s *State) trySending(e DropStarted) {
	if e.From == "" {
		return
	}
	s.Announced = slices.Clone(s.Announced) // drafts share it
	if a := s.announced(e.Tracking); a != nil {
		a.Tried++
	}
}

// forgetSending remembers the code of a sender who is no longer expected, so that it is called used, replaced or expired.
func (s *State) forgetSending(e AnnouncementDropped) {
	for i := range s.Announced {
		a := &s.Announced[i]
		if a.Order != e.Order || !a.sends() || a.Rented && e.Why == "stored" { // those of a rented door go on
			continue
		}
		as := Spent{Replaced: e.Why == "replaced", Sent: e.Why == "stored", Returned: e.Why != "replaced" && e.Why != "stored"}
		s.spendAll(&Parcel{Code: a.Code, People: a.People}, as)
	}
}
