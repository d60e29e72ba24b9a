package desk

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"lockerd/internal/locker"
)

// Contact is how a recipient is reached. It is personal: the books seal it.
type Contact struct {
	Mail     string `json:"mail,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Name     string `json:"name,omitempty"`
	Language string `json:"language,omitempty"` // of the notices, as in BCP 47; empty: the operator's
}

// IsZero says that nothing is known.
func (c Contact) IsZero() bool { return c == Contact{} }

// Reached says that there is a way to them.
func (c Contact) Reached() bool { return c.Mail != "" || c.Phone != "" }

// Announcement is a parcel that this desk told a cabinet of.
type Announcement struct {
	Order    string // the order's id
	Cabinet  string
	Tracking string
	Company  string        // whose couriers alone may bring it, or collect it from its sender; empty: anybody's, or not known
	Size     string        // of its door; empty: whoever brings it chooses
	Fee      *locker.Terms // what it costs; nil: nothing
	Contact  Contact
	Sends    bool      // its sender brings it, and is told; no courier does
	Rents    bool      // its renter does, and is told; no courier does
	Hours    int       // for how long they have the door; 0: it is no renter's, or not known
	Code     string    // its sender's, or renter's, as long as the cabinet expects it
	People   []Sharer  // who else has a code for the door that is to be rented, as long
	Link     string    // what the address of its sender's, or renter's, page ends with, as a parcel's; empty: there is none
	Until    time.Time // when it is expected no more, or when that ended; zero: as long as the cabinet's setting says
	State    AnnouncementState
	Why      string // it was refused, in words
}

// AnnouncementState is what became of an announcement.
type AnnouncementState string

// The states of an announcement.
const (
	Sent    AnnouncementState = "sent"    // on its way: the cabinet has not answered
	Expects AnnouncementState = "expects" // the cabinet expects the parcel
	Refused AnnouncementState = "refused" // by the cabinet
	Over    AnnouncementState = "over"    // the parcel came, or something took the announcement's place
	// Sharing is no announcement's: somebody is to share a rented door, and the cabinet has not answered.
	Sharing AnnouncementState = "sharing"
)

func (a *Announcement) with(state AnnouncementState, why string) *Announcement {
	if a == nil {
		return nil
	}
	b := *a
	b.State, b.Why, b.Code = state, why, ""
	b.People = slices.Clone(b.People)
	for i := range b.People { // whom to tell that it is over
		b.People[i].Code = ""
	}
	return &b
}

func (a *Announcement) over() *Announcement { return a.with(Over, "") }

// refused is an announcement that the cabinet does not follow. One whose parcel came before it is over: its recipient was told. One that the
// cabinet follows already may come to it once more when it has expired, or be forged: it goes on.
func (a *Announcement) refused(e locker.OrderRefused) *Announcement {
	if a != nil && (a.State == Over || a.State == Expects && e.Unkept) {
		return nil
	}
	return a.with(Refused, e.Why)
}

// Status is where a parcel is in its life.
type Status string

// The statuses of a parcel that has reached a cabinet.
const (
	Waiting    Status = "waiting"     // for its recipient
	Expired    Status = "expired"     // not fetched in time: a courier is to take it back
	Cancelled  Status = "cancelled"   // by order: the same
	Collected  Status = "collected"   // its recipient has it
	TakenBack  Status = "taken_back"  // a courier has it
	HandedOver Status = "handed_over" // its recipient has it, as somebody at the desk said
	ToCollect  Status = "to_collect"  // its sender has put it in: a courier is to collect it
	NotWanted  Status = "refused"     // its recipient does not want it: a courier is to take it back
	Dispatched Status = "dispatched"  // a courier has collected it from its sender
	Missing    Status = "missing"     // the courier who was to collect it found nothing
	NotBack    Status = "not_back"    // it was refused, and the courier who was to take it back found nothing
	Withdrawn  Status = "withdrawn"   // its courier has taken it out again in the same visit
	Kept       Status = "kept"        // it lies behind a rented door
)

// Sent says that its sender has put it in, or may have.
func (s Status) Sent() bool { return s == ToCollect || s == Dispatched || s == Missing }

// What the sender of a parcel that has not reached a cabinet sees of it: Announcement.Sending.
const (
	ToSend  Status = "to_send"  // the cabinet expects it from them
	NotSent Status = "not_sent" // it does not, or not yet
)

// Lies says that the parcel is in the cabinet.
func (s Status) Lies() bool {
	return s == Waiting || s == Expired || s == Cancelled || s == NotWanted || s == ToCollect || s == Kept
}

// Owes says that something may be owed for it: whoever has it, or has refused it, owes nothing.
func (s Status) Owes() bool { return s.Lies() && s != NotWanted }

// Parcel is a parcel that has reached a cabinet.
type Parcel struct {
	Cabinet  string
	ID       string // in the cabinet's events
	Tracking string
	Door     int
	Size     string
	Company  string
	Order    string // that announced it; empty: nobody did
	Status   Status
	Before   Status    // what it was before it ended; a disputed one is that again
	Stored   time.Time // by the cabinet's clock
	Until    time.Time // the end of its pickup period; zero: it has not begun, since the cabinet's clock is not set
	Ended    time.Time // zero: it lies there
	Fee      *Fee      // nil: nothing is ever owed, as far as this desk knows
	Told     time.Time // when its recipient had the notice with which the fee's time begins; zero: no notice yet. Known where it is read
	Contact  Contact
	Code     string // the pickup code: personal
	// Tokens is when its code was replaced by order: tokens that were issued by then no longer count (see Issued). Zero: it was not.
	Tokens time.Time
	Rented bool     // it stays behind a rented door, whatever its status
	People []Sharer // who share that besides its renter, and who did
	Sharer string   // as which of them somebody sees it; empty: its renter
	Hours  int      // for how long it may be rented, before it is
	// Link is what the address of the recipient's page ends with, made by whoever keeps the parcel; it cannot be guessed and counts
	// as a secret.
	Link string
}

// Opens says that the parcel's code opens a door: the one behind which it lies, or an empty one for its sender.
func (p Parcel) Opens() bool {
	return (p.theirs() || p.Status == ToSend || p.Status == ToRent) && p.Code != ""
}

// Issued is when a token for the parcel that is made now says that it was issued. Tokens have whole seconds: one that is made in the very
// second of the order that replaced the code would count as made before it, so it has the next second.
func (p Parcel) Issued(now time.Time) time.Time {
	now = now.Truncate(time.Second)
	if now.After(p.Tokens) {
		return now
	}
	return p.Tokens.Truncate(time.Second).Add(time.Second)
}

// TokenID names the token that opens the parcel: the same on every letter and page, so that it is spent with the parcel. Once its code was replaced
// it is another: the one of before may be spent, as of what was fetched and refused.
func (p Parcel) TokenID() string {
	if p.Tokens.IsZero() {
		return p.ID
	}
	id := sha256.Sum256(fmt.Appendf(nil, "%s %d", p.ID, p.Tokens.UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(id[:9])
}

// stored is a parcel that has just been put in. What the operator knows of its recipient outranks what a courier typed.
func stored(r Record, e locker.ParcelStored, a *Announcement) *Parcel {
	p := &Parcel{Cabinet: r.Cabinet, ID: e.Parcel, Tracking: e.Tracking, Door: e.Door, Size: e.Size, Company: e.Company, Order: e.Order,
		Status: Waiting, Stored: r.At, Code: r.Code, Fee: newFee(e, a)}
	if a != nil { // also if it came too late for the cabinet: the courier was quicker
		p.Contact, p.Order = a.Contact, a.Order
	}
	if p.Contact.Phone == "" {
		p.Contact.Phone = r.Phone
	}
	return p
}

// began sets the end of the pickup period. It begins once more where a clock turns out to have been wrong: the parcel waits again.
func (p *Parcel) began(until time.Time) {
	p.Until = until
	switch {
	case p.Status == Expired && p.Rented:
		p.Status = Kept
	case p.Status == Expired:
		p.Status = Waiting
	}
}

// changed gives the parcel a new code, and a new page: who knew the old one knew the other.
// One that was refused waits again: its period begins anew, and what was given back for it is owed again.
func (p *Parcel) changed(code string, tokens time.Time, again bool) {
	p.Code, p.Link, p.Tokens = code, "", tokens
	if again {
		p.Status, p.Until = Waiting, time.Time{}
		p.unsettle()
	}
}

// isFor makes it another recipient's: nothing goes to the one of before.
func (p *Parcel) isFor(a *Announcement, phone string) {
	p.Contact = Contact{}
	if a != nil {
		p.Contact = a.Contact
	}
	if p.Contact.Phone == "" {
		p.Contact.Phone = phone
	}
}

func (p *Parcel) end(as Status, at time.Time) {
	if p.Status.Lies() {
		p.Before = p.Status
	}
	p.Status, p.Ended = as, at
}

// disputed takes an end back: the parcel lies there as before.
func (p *Parcel) disputed() {
	if p.Status.Lies() {
		return
	}
	p.Status, p.Ended = p.Before, time.Time{}
}
