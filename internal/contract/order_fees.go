package contract

import (
	"encoding/json"
	"time"
)

// MaxAmount is the most that an order may say, in minor units of a currency: more is a mistake.
const MaxAmount = 100_000_000

// Fee is what a parcel costs its recipient before its door opens.
type Fee struct {
	Name     string `json:"name,omitempty" form:"text 0..64"` // as the operator calls it, with its version
	Currency string `json:"currency" form:"text 3..3"`        // its code by ISO 4217, as "EUR"
	// Due is owed in any case, whatever the time (cash on delivery), in minor units: 0 to MaxAmount.
	Due int64 `json:"due,omitempty"`
	// Tariff is what time costs from parcel.told on, in the same currency: see docs/contract/tariffs.jsonl.
	Tariff json.RawMessage `json:"tariff,omitempty"`
}

// Told is the body of parcel.told: when the recipient of a waiting parcel was told of it. Its tariff begins then; without it time costs nothing.
type Told struct {
	Tracking string    `json:"tracking" form:"tracking 1..64"` // the parcel's number
	At       time.Time `json:"at" form:"given"`                // not in the future; before it was stored means then
}

// FeeLink is the body of fee.link: where a recipient pays what is owed. The cabinet shows it as a QR code while just that amount is owed.
type FeeLink struct {
	Tracking string    `json:"tracking" form:"tracking 1..64"` // the parcel's number
	Amount   int64     `json:"amount" form:"given"`            // that it is for, in minor units: 1 to MaxAmount
	Currency string    `json:"currency" form:"text 3..3"`      // the parcel's
	URL      string    `json:"url" form:"text 1..300"`         // https://
	Until    time.Time `json:"until,omitzero"`                 // when it ends; without it: with what is owed
}

// Money is the body of fee.paid and of fee.refunded: money for a parcel has come in, or was given back.
type Money struct {
	Tracking string `json:"tracking" form:"tracking 1..64"` // the parcel's number
	// Parcel is its id, as in the events; without it: the one of this number that is there, or was last.
	Parcel    string `json:"parcel,omitempty" form:"text 0..64"`
	Amount    int64  `json:"amount" form:"given"`         // in minor units: 1 to MaxAmount
	Currency  string `json:"currency" form:"text 3..3"`   // the parcel's
	Reference string `json:"reference" form:"text 1..64"` // the operator's name of the payment, or of the refund: it counts once
}

// Unpaid is the body of fee.unpaid: nothing was taken by a payment at the terminal of which nobody knows what came of it.
type Unpaid struct {
	Charge string `json:"charge" form:"text 1..64"` // its name, as fee.uncertain has it
	// Tracking is the parcel's number, for people who read the order later.
	Tracking string `json:"tracking,omitempty" form:"tracking 0..64"`
}
