package locker

import (
	"slices"
	"time"
)

// parcels is what the cabinet believes about the parcels that are here, and remembers of earlier ones.
type parcels struct {
	parcelIndex

	Parcels []*Parcel       `json:"parcels"`
	Spent   []Spent         `json:"spent"`
	Ended   []Ended         `json:"ended,omitempty"`  // newest last
	Resent  []time.Duration `json:"resent,omitempty"` // Up of the newest times that a code was asked for once more
	Absence absence         `json:"absence,omitzero"`
	resumed []resumed       // to be recorded in the same decision
}

// A draft copies a parcel before changing it: see changeParcel. A pickup appends to Spent; a draft does so in the spare
// capacity behind the state's list, which the state does not see, and is done before the state appends itself.
func (x parcels) clone() parcels {
	x.parcelIndex = x.parcelIndex.clone()
	x.Parcels, x.Resent, x.Ended = slices.Clone(x.Parcels), slices.Clip(x.Resent), slices.Clip(x.Ended)
	x.resumed = slices.Clip(x.resumed)
	return x
}

// restart counts from the beginning of a run.
func (x *parcels) restart(up time.Duration) {
	x.Resent = slices.Repeat([]time.Duration{up}, len(x.Resent))
}

// ParcelState is the stage of a parcel's life.
type ParcelState string

// A parcel's life.
const (
	ParcelDropping  ParcelState = "dropping"
	ParcelStoredAt  ParcelState = "stored"
	ParcelTaken     ParcelState = "collected" // until its door is proven empty
	ParcelOverstays ParcelState = "expired"   // still there, expired, cancelled or refused; its code no longer opens
	ParcelReturned  ParcelState = "returned"  // taken back by a courier, until its door is proven empty
	ParcelToGo      ParcelState = "sent"      // put in by its sender: a courier collects it
	ParcelHeld      ParcelState = "held"      // a backup says so; nobody knows what became of it since
)

// Parcel is a parcel with a door.
type Parcel struct {
	ID       string `json:"id"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	Courier  string `json:"courier"`
	Company  string `json:"company"`
	Mask     string `json:"mask,omitempty"`
	Order    string `json:"order,omitempty"` // the newest that named its recipient: what Ask holds is bound to it
	Whose
	// Shared is the code in its box, while a further parcel of the same recipient may get it.
	Shared  Box         `json:"shared,omitempty"`
	Code    Hash        `json:"code"`
	State   ParcelState `json:"state"`
	Since   time.Time   `json:"since,omitzero"`    // when State began, as the clock read
	Until   time.Time   `json:"until,omitzero"`    // zero until the clock was known
	Expired bool        `json:"expired,omitempty"` // it overstays because that has come, and was not taken back by an order
	// Extra is by how much orders and stops have put off the end of its pickup period.
	Extra time.Duration `json:"extra,omitempty"`
	Stop  Stop          `json:"stop,omitzero"` // its pickup period stands still
	// Back is by how much jumps of the clock have put off its end since its period began: those that took the time back, less those forward
	// that gave it nothing. A jump that only undoes one of before gives it no time once more.
	Back time.Duration `json:"back,omitempty"`
	// Tokens is when its code was replaced by order, as that order has it: tokens issued by then no longer count. Zero: it was not.
	Tokens time.Time `json:"tokens_after,omitzero"`
	// Recipients is how many recipients it has had after the first.
	Recipients int        `json:"recipients,omitempty"`
	Fee        Account    `json:"fee,omitzero"`
	Unlocks    int        `json:"unlocks,omitempty"` // how often its door was to be opened for it
	Ask        Conditions `json:"ask,omitzero"`
	Wrong      int        `json:"wrong,omitempty"`    // wrong answers to what it asks
	Forgiven   bool       `json:"forgiven,omitempty"` // what its recipient mistyped was forgiven
	// Reopened is how often its door was opened again since the parcel was collected.
	Reopened int `json:"reopened,omitempty"`
	// Opened and Shut say that since the drop-off began (Opened: or its recipient was to put it back) its door was seen to open, and then to close.
	Opened bool `json:"opened,omitempty"`
	Shut   bool `json:"shut,omitempty"`
	// Jammed says that its previous door was never seen to open. The parcel may be there: only a tap says that it is here.
	Jammed bool `json:"jammed,omitempty"`
	// Refusing is why its recipient, who is putting it back, does not want it; Refused is that once it is behind its door.
	Refusing RefuseReason `json:"refusing,omitempty"`
	Refused  RefuseReason `json:"refused,omitempty"`
	// Unwatched says that a camera that is to see what people send gave no picture while it was put in.
	Unwatched bool `json:"unwatched,omitempty"`
	// Agreed are the statements that its sender has agreed to, and AtMost is how heavy it is, as they say, in grams.
	Agreed []string `json:"agreed,omitempty"`
	AtMost int      `json:"at_most,omitempty"`
	// Again says that its courier, who had put it in, has it in hand once more, and Moved that it was given another door since.
	Again bool `json:"again,omitempty"`
	Moved bool `json:"moved,omitempty"`
	// Sender says that its sender brings it: it has no recipient here, Code is the sender's, and a courier of Company collects it.
	Sender bool `json:"sender,omitempty"`
	// Missing says that the courier who was to collect it, or to take it back after it was refused, has found nothing.
	Missing bool `json:"missing,omitempty"`
	// Rented says that it stays behind a rented door until its people end that: see parcel_rented.go.
	Rented bool          `json:"rented,omitempty"`
	Term   time.Duration `json:"term,omitempty"` // for which the door is rented; 0: as long as all parcels wait
	People []Sharer      `json:"people,omitempty"`
	// Ender is which of them has ended it: it opens again for nobody else, who might put something in.
	Ender string `json:"ender,omitempty"`
	// Doubt is what was in doubt about its door before the newest visit.
	Doubt Doubt `json:"doubt,omitempty"`
	// Personal goes out with ParcelStored and is then dropped here.
	Personal Personal `json:"personal,omitzero"`
}

// here finds, by its tracking number, a parcel that is in a door or believed to be.
func (x *parcels) here(tracking string) *Parcel {
	for _, p := range x.Parcels {
		if p.Tracking == tracking && (p.State == ParcelStoredAt || p.State == ParcelOverstays || p.State == ParcelToGo || p.State == ParcelHeld || p.Again) {
			return p
		}
	}
	return nil
}

// byTracking finds the parcel of a tracking number that was put in, whether or not it has ended: one that is still there
// comes first.
func (x *parcels) byTracking(tracking string) *Parcel {
	if p := x.here(tracking); p != nil {
		return p
	}
	for _, p := range x.Parcels {
		if p.Tracking == tracking && (p.State != ParcelDropping || p.Again) {
			return p
		}
	}
	return nil
}

// kind is the special state of a parcel in the cabinet; empty if it just waits to be collected, or is nowhere.
func (p *Parcel) kind(tries int) string {
	switch {
	case p.overdue() && p.Refused != "":
		return contentsRefused
	case p.overdue():
		return contentsOverdue
	case p.kept():
		return contentsKept
	case p.State == ParcelToGo:
		return contentsSent
	case p.State == ParcelHeld:
		return contentsHeld
	case p.State == ParcelStoredAt && p.Wrong >= tries:
		return contentsClosed
	}
	return ""
}

// maxSpent is how many spent codes are remembered, so that a used code is called used.
const maxSpent = 300

// Spent is a code that has opened its door and no longer opens.
type Spent struct {
	Code     Hash   `json:"code"`
	Parcel   string `json:"parcel"`
	Returned bool   `json:"returned,omitempty"` // a courier has taken the parcel back
	Replaced bool   `json:"replaced,omitempty"` // an order has given the parcel another code
	Sent     bool   `json:"sent,omitempty"`     // its sender has put a parcel in with it
}

// spentBy finds the fate of a spent code. It compares every one, too.
func (x *parcels) spentBy(h Hash) (found Spent, spent bool) {
	for i := range x.Spent {
		if x.Spent[i].Code.Equal(h) {
			found, spent = x.Spent[i], true
		}
	}
	return found, spent
}

func (x *parcels) isSpent(h Hash) bool {
	_, spent := x.spentBy(h)
	return spent
}

// spent remembers a code, so that its owner can be told its fate.
func (x *parcels) spent(code Spent) {
	x.Spent = append(x.Spent[max(0, len(x.Spent)+1-maxSpent):], code) // it moves on in its memory: seldom copied
}
