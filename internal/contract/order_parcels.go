package contract

import (
	"time"

	"lockerd/internal/locker"
)

// Limits of orders about parcels and doors.
const (
	MaxHours = 90 * 24 // that a pickup period is extended by, or a door is rented for
	MaxDoors = 400     // that one order books
)

// Extend is the body of parcel.extend: a parcel's pickup period ends later. One of Until and ByHours is set.
type Extend struct {
	Tracking string    `json:"tracking" form:"tracking 1..64"` // the parcel's number
	Until    time.Time `json:"until,omitzero"`                 // when it is to end, at most 90 days ahead
	// ByHours is how many hours later it is to end, at most MaxHours. For a parcel that has expired: from now.
	ByHours int `json:"by_hours,omitempty"`
	// Price is what that costs its recipient, in minor units of the parcel's currency; only for a parcel that has a fee.
	Price int64 `json:"price,omitempty"`
}

// NewCode is the body of parcel.new_code: a waiting parcel gets another code, and what opened it before opens it no more.
type NewCode struct {
	Tracking string `json:"tracking" form:"tracking 1..64"` // the parcel's number
}

// NewRecipient is the body of parcel.new_recipient: a waiting parcel is somebody else's, with another code. Its personal part is a Recipient.
type NewRecipient struct {
	Tracking string `json:"tracking" form:"tracking 1..64"`    // the parcel's number
	Group    string `json:"group,omitempty" form:"text 0..64"` // as in parcel.announce
	// Ask are conditions at pickup, in the place of those about the recipient before; "confirm" stays if it was asked.
	Ask []locker.Condition `json:"ask,omitempty"`
}

// AskStatus is the body of parcel.status: what has become of a parcel. One of the two is set.
type AskStatus struct {
	Tracking string `json:"tracking,omitempty" form:"tracking 0..64"` // the parcel's number
	Parcel   string `json:"parcel,omitempty" form:"text 0..64"`       // its id, as in the events
}

// Share is the body of parcel.share: one more person has a code for a rented door.
type Share struct {
	Tracking string `json:"tracking" form:"tracking 1..64"` // the number that it was announced with
	Person   string `json:"sharer" form:"text 1..64"`       // an id, by which records name them: no name
	// MayEnd says that they may end the rental, as its renter may.
	MayEnd bool `json:"may_end,omitempty"`
}

// Unshare is the body of parcel.unshare: a person's code for a rented door opens nothing from now on.
type Unshare struct {
	Tracking string `json:"tracking" form:"tracking 1..64"` // the number that it was announced with
	Person   string `json:"sharer" form:"text 1..64"`       // as in parcel.share
}

// Book is the body of doors.book: doors are given to nothing but what they are booked for. Doors, or Size and Count; Tracking or Company.
type Book struct {
	Doors    []int     `json:"doors,omitempty"`                          // these, whatever is in them now
	Size     string    `json:"size,omitempty" form:"text 0..16"`         // or so many of a size that are free now
	Count    int       `json:"count,omitempty"`                          // at most MaxDoors
	Tracking string    `json:"tracking,omitempty" form:"tracking 0..64"` // for the parcel of that number,
	Company  string    `json:"company,omitempty" form:"text 0..64"`      // or for what that company's couriers bring
	Until    time.Time `json:"until,omitzero"`                           // when the booking ends by itself: at most 30 days ahead
}

// Unbook is the body of doors.unbook: a booking ends before its time.
type Unbook struct {
	Booking string `json:"booking" form:"text 1..64"` // the id of the order that made it
}

// IssuerPut is the body of issuer.put: a key's signatures count from now on.
type IssuerPut struct {
	ID    string    `json:"issuer" form:"text 1..16"` // the key's name, as "kid" in what it signs
	Key   string    `json:"key" form:"text 44..44"`   // the public key: Ed25519, 32 bytes in base64
	Signs []string  `json:"signs" form:"text 1..16"`  // of "orders", "acks" and "tokens"
	Until time.Time `json:"until,omitzero"`           // when it ends by itself; without it: never
}

// IssuerRemove is the body of issuer.remove: a key's signatures no longer count.
type IssuerRemove struct {
	ID string `json:"issuer" form:"text 1..16"` // the key's name
}
