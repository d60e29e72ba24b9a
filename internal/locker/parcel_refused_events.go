package locker

// RefusalBegun says that a recipient does not want the parcel that they were given, and is to put it back.
type RefusalBegun struct {
	Session string       `json:"session"`
	Parcel  string       `json:"parcel"`
	Door    int          `json:"door"`
	Reason  RefuseReason `json:"reason" enum:"packaging_damaged,goods_damaged,not_ordered,other"`
}

// Kind is "refusal.begun".
func (RefusalBegun) Kind() string { return "refusal.begun" }

// RefusalDropped says that the parcel is its recipient's after all: they keep it, or their door did not open to put it back.
type RefusalDropped struct {
	Session string `json:"session"`
	Parcel  string `json:"parcel"`
	Door    int    `json:"door"`
}

// Kind is "refusal.dropped".
func (RefusalDropped) Kind() string { return "refusal.dropped" }

// ParcelRefused says that a recipient does not want their parcel: it waits for a courier who takes it back. Its code opens nothing.
type ParcelRefused struct {
	Session  string       `json:"session"`
	Parcel   string       `json:"parcel"`
	Tracking string       `json:"tracking"`
	Door     int          `json:"door"`
	Reason   RefuseReason `json:"reason" enum:"packaging_damaged,goods_damaged,not_ordered,other"`
	// Unlock is the one whose opening they have put it back at; none: its door was never opened for them, and it lies there untouched.
	Unlock string `json:"unlock,omitempty"`
	// Unsure says that its door was not seen to fall shut while they stood there: it may be empty.
	Unsure bool `json:"unsure,omitempty"`
	// Paid is what was paid for it, in minor units of Currency: the operator's to give back. Nothing more is owed.
	Paid     int64  `json:"paid,omitempty"`
	Currency string `json:"currency,omitempty"` // by ISO 4217, of a parcel with a fee
}

// Kind is "parcel.refused".
func (ParcelRefused) Kind() string { return "parcel.refused" }

// Forgets is whose key dies once this is confirmed: its code opens nothing any more.
func (e ParcelRefused) Forgets() string { return "parcel:" + e.Parcel }
