package locker

import "time"

// ParcelScanned says that a courier holds a parcel before the cabinet.
type ParcelScanned struct {
	Session   string `json:"session"`
	Tracking  string `json:"tracking"`
	Announced string `json:"announced,omitempty"` // the order that told of it
	Size      string `json:"size,omitempty"`
	Format    string `json:"format,omitempty"` // how the number is written: "sscc", "ups"; docs/scanners.md lists them
	Likely    int    `json:"likely,omitempty"` // how likely it is the parcel's number, beside others on its label
}

// Kind is "parcel.scanned".
func (ParcelScanned) Kind() string { return "parcel.scanned" }

// RecipientGiven names the recipient of a parcel.
type RecipientGiven struct {
	Session string `json:"session"`
	Mask    string `json:"mask"`
	Whose
	Personal Personal `json:"-"`
}

// Kind is "parcel.recipient_given".
func (RecipientGiven) Kind() string { return "parcel.recipient_given" }

// Subject is whose key seals the personal part.
func (e RecipientGiven) Subject() string { return "session:" + e.Session }

// Private is the personal part.
func (e RecipientGiven) Private() Personal { return e.Personal }

func (e RecipientGiven) withPersonal(p Personal) Event { e.Personal = p; return e }

// LowDoorAsked says that a courier asks for a door that can be reached from a wheelchair, for the parcel in hand.
type LowDoorAsked struct {
	Session  string `json:"session"`
	Tracking string `json:"tracking"`
}

// Kind is "parcel.low_door_asked".
func (LowDoorAsked) Kind() string { return "parcel.low_door_asked" }

// DropStarted says that a door is reserved for a parcel. CodeHash will open it once the parcel is stored.
type DropStarted struct {
	Session  string `json:"session"`
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	CodeHash Hash   `json:"code_hash"`
	Whose
	// With is the parcel whose code it shares: both open with one.
	With string `json:"with,omitempty"`
	// Looked says that its courier has just looked into the door, which stands open: it is not opened again.
	Looked bool `json:"looked,omitempty"`
	// From is FromSender where its sender puts it in. CodeHash is the sender's then, and opens nothing once it is in. FromRenter: a renter
	// does, whose code opens again and again.
	From     string   `json:"from,omitempty" enum:"sender,renter"`
	Personal Personal `json:"-"`
}

// Kind is "drop.started".
func (DropStarted) Kind() string { return "drop.started" }

// Subject is whose key seals the personal part.
func (e DropStarted) Subject() string { return "parcel:" + e.Parcel }

// Private is the personal part.
func (e DropStarted) Private() Personal { return e.Personal }

func (e DropStarted) withPersonal(p Personal) Event { e.Personal = p; return e }

// DropMoved says that the parcel gets another door: its courier asked for one, or the previous one did not open.
type DropMoved struct {
	Parcel string `json:"parcel"`
	From   int    `json:"from"`
	To     int    `json:"to"`
	// Jammed says that the previous door was never seen to open. With a broken contact it may have opened, and hold the
	// parcel.
	Jammed bool `json:"jammed,omitempty"`
}

// Kind is "drop.moved".
func (DropMoved) Kind() string { return "drop.moved" }

// DropCancelled says that the parcel was not put in, or was taken out again.
type DropCancelled struct {
	Parcel string `json:"parcel"`
	Door   int    `json:"door"`
}

// Kind is "drop.cancelled".
func (DropCancelled) Kind() string { return "drop.cancelled" }

// Forgets is whose key dies once this is confirmed.
func (e DropCancelled) Forgets() string { return "parcel:" + e.Parcel }

// DropAbandoned is an alarm: the courier left, and nobody knows whether the parcel is in the door.
type DropAbandoned struct {
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
}

// Kind is "drop.abandoned".
func (DropAbandoned) Kind() string { return "drop.abandoned" }

// Forgets is whose key dies once this is confirmed.
func (e DropAbandoned) Forgets() string { return "parcel:" + e.Parcel }

// ParcelStored says that a parcel waits in a door for its recipient. Its personal part contains the code and the phone.
type ParcelStored struct {
	Parcel   string   `json:"parcel"`
	Tracking string   `json:"tracking"`
	Door     int      `json:"door"`
	Size     string   `json:"size"`
	Courier  string   `json:"courier"`
	Company  string   `json:"company"`
	Mask     string   `json:"mask"`
	Order    string   `json:"order,omitempty"` // the order that announced it
	Personal Personal `json:"-"`
}

// Kind is "parcel.stored".
func (ParcelStored) Kind() string { return "parcel.stored" }

// Subject is whose key seals the personal part.
func (e ParcelStored) Subject() string { return "parcel:" + e.Parcel }

// Private is the personal part.
func (e ParcelStored) Private() Personal { return e.Personal }

func (e ParcelStored) withPersonal(p Personal) Event { e.Personal = p; return e }

// PickupPeriodBegan sets the end of a parcel's pickup period. It waits for a known clock.
type PickupPeriodBegan struct {
	Parcel string    `json:"parcel"`
	Until  time.Time `json:"until"`
}

// Kind is "parcel.period_began".
func (PickupPeriodBegan) Kind() string { return "parcel.period_began" }

// ParcelCollected says that the entitled person's door was seen to open. The code is spent. What lay behind a rented door is collected
// when one of its people says, after such an opening, that nothing is left.
type ParcelCollected struct {
	Parcel string `json:"parcel"`
	Door   int    `json:"door"`
	Unlock string `json:"unlock"`
	Person string `json:"sharer,omitempty"` // which of those who share a rented door
}

// Kind is "parcel.collected".
func (ParcelCollected) Kind() string { return "parcel.collected" }

// Forgets is whose key dies once this is confirmed.
func (e ParcelCollected) Forgets() string { return "parcel:" + e.Parcel }

// CollectionDisputed says that a parcel was not taken out although its door was seen to open: its recipient says that it did
// not open, a sensor sees something, or the courier who was to take it back left it there. It returns to its previous state:
// waiting for its recipient, or to be taken back.
type CollectionDisputed struct {
	Parcel string `json:"parcel"`
	Door   int    `json:"door"`
	By     string `json:"by,omitempty"` // "sensor", "courier:<id>"; none: the recipient
}

// Kind is "parcel.disputed".
func (CollectionDisputed) Kind() string { return "parcel.disputed" }

// ParcelExpired says that a parcel was not collected in time: its code no longer opens.
type ParcelExpired struct {
	Parcel string `json:"parcel"`
	Door   int    `json:"door"`
}

// Kind is "parcel.expired".
func (ParcelExpired) Kind() string { return "parcel.expired" }

// ParcelCancelled says that the cloud cancelled a parcel's pickup: its code no longer opens.
type ParcelCancelled struct {
	Order  string `json:"order"`
	Parcel string `json:"parcel"`
	Door   int    `json:"door"`
}

// Kind is "parcel.cancelled".
func (ParcelCancelled) Kind() string { return "parcel.cancelled" }

// Forgets is whose key dies once this is confirmed: its code opens nothing any more.
func (e ParcelCancelled) Forgets() string { return "parcel:" + e.Parcel }

// ParcelHandedOver says that, according to the operator, a parcel's recipient has it: its code no longer opens. Nobody has
// looked into the door.
type ParcelHandedOver struct {
	Order  string `json:"order"`
	Parcel string `json:"parcel"`
	Door   int    `json:"door"`
}

// Kind is "parcel.handed_over".
func (ParcelHandedOver) Kind() string { return "parcel.handed_over" }

// Forgets is whose key dies once this is confirmed.
func (e ParcelHandedOver) Forgets() string { return "parcel:" + e.Parcel }
