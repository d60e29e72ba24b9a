package locker

import "time"

// TokenSpent says that a token has opened its door, and opens nothing more.
type TokenSpent struct {
	Token  string    `json:"token"` // its id
	Until  time.Time `json:"until"` // when it would have expired
	Parcel string    `json:"parcel,omitempty"`
}

// Kind is "token.spent".
func (TokenSpent) Kind() string { return "token.spent" }
