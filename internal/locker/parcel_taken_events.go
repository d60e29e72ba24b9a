package locker

import "slices"

// ParcelNotTaken says that a site's rules, or what its announcement asks, did not let a parcel be put in: whoever brought it was told
// so, and no door was opened.
type ParcelNotTaken struct {
	Session   string   `json:"session"`
	Tracking  string   `json:"tracking"`
	Order     string   `json:"order,omitempty"`   // that announced it
	Courier   string   `json:"courier,omitempty"` // who brought it; none: its sender
	Why       NotTaken `json:"why" enum:"unwatched,declined,heavy,no_consent"`
	Cameras   []string `json:"cameras,omitempty"`   // with "unwatched": those that see nothing
	Statement string   `json:"statement,omitempty"` // with "declined": to what they do not agree
}

// Kind is "parcel.not_taken".
func (ParcelNotTaken) Kind() string { return "parcel.not_taken" }

// SendingDeclared says that a sender has agreed to a statement that the announcement asks, or how heavy their parcel is.
type SendingDeclared struct {
	Session   string `json:"session"`
	Order     string `json:"order"` // that announced the parcel
	Tracking  string `json:"tracking"`
	Statement string `json:"statement,omitempty"`
	Language  string `json:"language,omitempty"` // of the screen that they read it on
	AtMost    int    `json:"at_most_g,omitempty"`
}

// Kind is "sending.declared".
func (SendingDeclared) Kind() string { return "sending.declared" }

// ParcelConsented says that, by their courier's word, a parcel's recipient has agreed that it goes in here.
type ParcelConsented struct {
	Session  string    `json:"session"`
	Tracking string    `json:"tracking"`
	Order    string    `json:"order,omitempty"` // that announced it
	Courier  string    `json:"courier"`
	Why      ConsentBy `json:"why" enum:"told,standing"`
	Denied   bool      `json:"denied,omitempty"` // the announcement says otherwise
}

// Kind is "parcel.consented".
func (ParcelConsented) Kind() string { return "parcel.consented" }

func (s *State) applyTaken(r Record, e Event) {
	n := &s.Session
	switch e := e.(type) {
	case ParcelNotTaken:
		s.touch(e.Session, r)
		n.NotTaken = e.Why
	case SendingDeclared:
		s.touch(e.Session, r)
		if e.AtMost > 0 {
			n.AtMost = e.AtMost
			return
		}
		n.Agreed = append(slices.Clip(n.Agreed), e.Statement)
	case ParcelConsented:
		s.touch(e.Session, r)
		n.Consent = ConsentGiven
	}
}
