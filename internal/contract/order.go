package contract

import (
	"encoding/json"
	"time"

	"lockerd/internal/locker"
)

// MaxID is the longest id that an order can have, in characters.
const MaxID = 64

// MaxOrder is the longest payload of an order, signed or not, in bytes: a configuration (MaxConfig) in JSON and base64.
const MaxOrder = 80 << 10

// An Order is an order as it is sent: the payload of the JWS (docs/cloud.md, orders). A cabinet reads it strictly, by
// form.Read and Check; so it reads the body and the personal part.
type Order struct {
	// ID is never used twice: a repeated one is the same order, and is carried out once.
	ID string `json:"id" form:"text 1..64"`
	// Cabinet is the cabinet that the order is for: it must be this one.
	Cabinet string `json:"cabinet"`
	// Kind says what to do; it decides what the body and the personal part are.
	Kind string `json:"kind"`
	// Issued is when the order was signed. It proves to the cabinet that the time is not earlier than this.
	Issued time.Time `json:"issued,omitzero"`
	// Expires is from when on the order is refused: at most seven days after Issued.
	Expires time.Time `json:"expires,omitzero"`
	// Body is what the order says, without personal data.
	Body json.RawMessage `json:"body"`
	// Personal is a sealed box (crypto_box_seal) to the cabinet's public key with the personal part, a JSON object in UTF-8.
	Personal []byte `json:"personal,omitempty"`
}

// An OrderForm is what an order of one kind carries: zero values of its types.
type OrderForm struct {
	Body any
	// Personal is nil where an order is about no person: it has no personal part then.
	Personal any
	// MustPersonal says that the personal part may not be left out.
	MustPersonal bool
}

// Orders are the kinds of orders of this version. A cabinet reads these and no others.
var Orders = map[string]OrderForm{
	"parcel.announce": {Body: Announce{}, Personal: Recipient{}},
	"parcel.cancel":   {Body: Cancel{}},
	"door.unlock":     {Body: Unlock{}},
	"door.block":      {Body: Block{}},
	"door.unblock":    {Body: Unblock{}},
	"courier.put":     {Body: CourierPut{}, Personal: CourierPerson{}, MustPersonal: true},
	"courier.remove":  {Body: CourierRemove{}},
	"resend":          {Body: Resend{}},
	"tokens.revoke":   {Body: Revoke{}},
	"pickup.confirm":  {Body: Confirm{}},
	"person.erase":    {Body: Erase{}},
	// What waits, what is booked, whose signatures count.
	"parcel.extend":        {Body: Extend{}},
	"parcel.told":          {Body: Told{}},
	"fee.link":             {Body: FeeLink{}},
	"fee.paid":             {Body: Money{}},
	"fee.refunded":         {Body: Money{}},
	"fee.unpaid":           {Body: Unpaid{}},
	"parcel.new_code":      {Body: NewCode{}},
	"parcel.new_recipient": {Body: NewRecipient{}, Personal: Recipient{}},
	"parcel.status":        {Body: AskStatus{}},
	"parcel.share":         {Body: Share{}},
	"parcel.unshare":       {Body: Unshare{}},
	"doors.book":           {Body: Book{}},
	"doors.unbook":         {Body: Unbook{}},
	"issuer.put":           {Body: IssuerPut{}},
	"issuer.remove":        {Body: IssuerRemove{}},
	// Statements of the operator about what a cabinet cannot know.
	"parcel.handed_over": {Body: HandOver{}},
	"door.looked":        {Body: Looked{}},
	"pickup.reset":       {Body: Reset{}},
	"clock.correct":      {Body: Correct{}},
	// About the machine itself.
	"config.put":      {Body: PutConfig{}},
	"cabinet.restart": {Body: Restart{}},
	"report":          {Body: AskReport{}},
	"evidence.upload": {Body: Upload{}},
	"playlist.put":    {Body: PutPlaylist{}},
	"notice.put":      {Body: PutNotice{}},
}

// Announce is the body of parcel.announce: a parcel that will be brought. An earlier announcement of the same parcel is dropped.
type Announce struct {
	// Tracking is the parcel's number. Events carry it as scanners will read it.
	Tracking string `json:"tracking" form:"tracking 1..64"`
	// Size is one of the cabinet's; without it the courier chooses.
	Size string `json:"size,omitempty" form:"text 0..16"`
	// Low says that the recipient needs a door that can be reached from a wheelchair.
	Low bool `json:"low,omitempty"`
	// Zone is that in which its door must lie, one of the cabinet's configuration, as "cold"; empty: any, ordinary doors first.
	Zone string `json:"zone,omitempty" form:"text 0..16"`
	// From is "sender" where somebody brings it who sends it by a code of their own, that parcel.announced brings; "renter" where that
	// code opens the same door again and again, until its renter ends it; empty: a courier.
	From string `json:"from,omitempty" form:"text 0..16" enum:"sender,renter"`
	// Label says that the parcel has a label already, with its number: its sender may hold that before the scanner instead of the code.
	Label bool `json:"label,omitempty"`
	// Agree are statements that a sender is to agree to at the kiosk before a door opens for them, at most MaxStatements, one after the other.
	Agree []Statement `json:"agree,omitempty"`
	// Weights are what a sender may say of their parcel, at most so many grams, the lowest first: at most MaxWeights. With none they are not asked.
	Weights []int `json:"weights,omitempty"`
	// Consent is whether the recipient agrees that the parcel goes into the cabinet; empty: that is not known. What a cabinet does then is a setting of its own.
	Consent string `json:"consent,omitempty" form:"text 0..16" enum:"given,denied"`
	// Hours is for how long a renter has the door, from when something was put in: 1 to MaxHours. Only a renter's has them.
	Hours int `json:"hours,omitempty"`
	// Until is when it is no longer expected; without it: after times.announced, as all. Only with a clock that is known.
	Until time.Time `json:"until,omitzero"`
	// Company is the one whose couriers alone may bring it, or who collect it from its sender, or clear what was rented for too long; empty: any. A sender's and a renter's need one.
	Company string `json:"company,omitempty" form:"text 0..64"`
	// Group names the recipient: parcels of one group that wait at the same time have one code. Parcels with the same phone have one anyway.
	Group string `json:"group,omitempty" form:"text 0..64"`
	// Ask are conditions at pickup besides the code or token.
	Ask []locker.Condition `json:"ask,omitempty"`
	// Fee is what the parcel costs its recipient; without it nothing is ever owed.
	Fee *Fee `json:"fee,omitempty"`
}

// Limits of what is asked of a sender.
const (
	MaxStatements = 4
	MaxWeights    = 6
)

// A Statement is what a sender is to agree to.
type Statement struct {
	Key   string    `json:"key" form:"text 1..32"` // by which records name it
	Texts []Wording `json:"texts" form:"given"`    // at most MaxTexts, each in another language
}

// Recipient is the personal part of parcel.announce.
type Recipient struct {
	// Phone has 5 to 15 digits, with or without a leading +. Without it the courier is asked.
	Phone string `json:"phone,omitempty" form:"phone"`
	// PIN has 4 to 8 digits, where it is asked for: it is told to the recipient by another way than the code.
	PIN string `json:"pin,omitempty" form:"digits 4..8"`
}

// Cancel is the body of parcel.cancel: an announcement is dropped, or a parcel in the cabinet can no longer be collected.
type Cancel struct {
	Tracking string `json:"tracking" form:"tracking 1..64"` // the parcel's number
}

// Unlock is the body of door.unlock.
type Unlock struct {
	Door int `json:"door" form:"door"` // the door's number
	// Reason is why, for people who read it later.
	Reason string `json:"reason,omitempty" form:"text 0..200"`
}

// Block is the body of door.block: the door is given to nobody.
type Block struct {
	Door   int                `json:"door" form:"door"` // the door's number
	Reason locker.BlockReason `json:"reason"`
}

// Unblock is the body of door.unblock: the door is in service again.
type Unblock struct {
	Door int `json:"door" form:"door"` // the door's number
}

// CourierPut is the body of courier.put: who may work at the cabinet. It takes precedence over the configuration's entry of that id.
type CourierPut struct {
	ID      string         `json:"courier" form:"text 1..64"`           // the courier's id; no name
	Company string         `json:"company,omitempty" form:"text 0..64"` // whose courier it is
	Rights  []locker.Right `json:"rights,omitempty"`                    // without any: to drop off, and to recall their own parcels
	From    time.Time      `json:"from,omitzero"`                       // from when on they may sign in
	Until   time.Time      `json:"until,omitzero"`                      // until when
}

// CourierPerson is the personal part of courier.put: a name, and a badge, a PIN, both, or neither for a courier who signs in by token.
type CourierPerson struct {
	Name string `json:"name,omitempty" form:"text 0..64"`
	// Badge is a badge's text: at least 12 random characters.
	Badge string `json:"badge,omitempty" form:"text 0..64"`
	// PIN has 6 to 10 digits; how many the cabinet requires depends on the number of couriers, and a refusal says it.
	PIN string `json:"pin,omitempty" form:"digits 6..10"`
}

// CourierRemove is the body of courier.remove: the courier may no longer sign in.
type CourierRemove struct {
	ID string `json:"courier" form:"text 1..64"` // the courier's id
}

// Resend is the body of resend: every record after one, once more.
type Resend struct {
	After uint64 `json:"after,omitempty"` // a seq; 0: from the beginning
}

// Revoke is the body of tokens.revoke: these tokens no longer open anything.
type Revoke struct {
	IDs   []string  `json:"ids" form:"ids 1..64"` // the tokens' jti
	Until time.Time `json:"until" form:"given"`   // when the last of them expires by itself
}

// Confirm is the body of pickup.confirm: the person who waits at the cabinet is the right one.
type Confirm struct {
	Tracking string `json:"tracking" form:"tracking 1..64"` // the parcel's number
	Session  string `json:"session,omitempty"`              // the one in the pickup.claimed that is answered
}

// Erase is the body of person.erase: one of the three is set.
type Erase struct {
	Tracking string `json:"tracking,omitempty" form:"tracking 0..64"` // a parcel's number
	Parcel   string `json:"parcel,omitempty" form:"text 0..64"`       // a parcel's id, as in the events
	Courier  string `json:"courier,omitempty" form:"text 0..64"`      // a courier's id
}

// HandOver is the body of parcel.handed_over: the recipient has the parcel, in whatever way.
type HandOver struct {
	Tracking string `json:"tracking" form:"tracking 1..64"` // the parcel's number
}

// Looked is the body of door.looked: somebody has looked into the door and found it empty.
type Looked struct {
	Door int    `json:"door" form:"door"`     // the door's number
	By   string `json:"by" form:"text 1..64"` // who has looked: an id, not a name
}

// Reset is the body of pickup.reset: the parcel's condition may be answered again.
type Reset struct {
	Tracking string `json:"tracking" form:"tracking 1..64"` // the parcel's number
}

// Correct is the body of clock.correct: the PC's clock is right, and a later time, which the cabinet had believed, was wrong.
type Correct struct {
	// Newest is the time that was wrong, as given in the cabinet's state.
	Newest time.Time `json:"newest" form:"given"`
}
