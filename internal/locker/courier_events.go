package locker

import "time"

// CourierPut says that a courier may drop off, from now on and as given here. Badge and PIN are keyed hashes.
type CourierPut struct {
	Order   string `json:"order"`
	Courier string `json:"courier"`
	Company string `json:"company"`
	Badge   Hash   `json:"badge,omitzero"`
	PIN     Hash   `json:"pin,omitzero"`
	// PINDigits and BadgeCharacters are how long they are.
	PINDigits       int `json:"pin_digits,omitempty"`
	BadgeCharacters int `json:"badge_characters,omitempty"`

	Rights   []Right   `json:"rights,omitempty"`
	From     time.Time `json:"from,omitzero"`
	Until    time.Time `json:"until,omitzero"`
	Personal Personal  `json:"-"` // the name
}

// Kind is "courier.put".
func (CourierPut) Kind() string { return "courier.put" }

// Subject is whose key seals the personal part.
func (e CourierPut) Subject() string { return "courier:" + e.Courier }

// Private is the personal part.
func (e CourierPut) Private() Personal { return e.Personal }

func (e CourierPut) withPersonal(p Personal) Event { e.Personal = p; return e }

// CourierRemoved says that a courier may drop off no more.
type CourierRemoved struct {
	Order   string `json:"order"`
	Courier string `json:"courier"`
}

// Kind is "courier.removed".
func (CourierRemoved) Kind() string { return "courier.removed" }

// Forgets is whose key dies once this is confirmed.
func (e CourierRemoved) Forgets() string { return "courier:" + e.Courier }

// CourierSignedIn says who works at the kiosk.
type CourierSignedIn struct {
	Session string `json:"session"`
	Courier string `json:"courier"`
	Company string `json:"company"`
	By      string `json:"by" enum:"badge,pin,token"` // "badge", "pin", "token"
}

// Kind is "courier.signed_in".
func (CourierSignedIn) Kind() string { return "courier.signed_in" }
