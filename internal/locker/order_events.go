package locker

import "time"

// OrderAccepted says that an order was understood and is being followed.
type OrderAccepted struct {
	Order   string    `json:"order"`
	Of      string    `json:"of"`               // the kind of order
	Issuer  string    `json:"issuer,omitempty"` // the key that signed it
	Issued  time.Time `json:"issued,omitzero"`  // when it was signed: it is at least as late
	Expires time.Time `json:"expires,omitzero"` // of a signed order: until then its id is remembered
}

// Kind is "order.accepted".
func (OrderAccepted) Kind() string { return "order.accepted" }

// OrderRefused says that an order will not be followed.
type OrderRefused struct {
	Order string `json:"order"`
	Of    string `json:"of"`  // the kind of order
	Why   string `json:"why"` // in words, for people
	// Code says the same for programs. Records of before it was there have none.
	Code    RefusalCode `json:"code,omitempty"`
	Issuer  string      `json:"issuer,omitempty"` // as in OrderAccepted
	Issued  time.Time   `json:"issued,omitzero"`  // as in OrderAccepted
	Expires time.Time   `json:"expires,omitzero"`
	// Unkept says that its id is not used up, since anybody may have sent it: nobody signed it for this cabinet, or it is
	// signed and has expired. Only a limited number of these are recorded.
	Unkept bool `json:"unkept,omitempty"`
}

// Kind is "order.refused".
func (OrderRefused) Kind() string { return "order.refused" }

// ResendAsked says that the cloud wants everything after a record once more.
type ResendAsked struct {
	Order string `json:"order"`
	After uint64 `json:"after"`
}

// Kind is "journal.resend_asked".
func (ResendAsked) Kind() string { return "journal.resend_asked" }
