package locker

import "time"

// TokenSpent says that a token opened what it was for, and opens no more.
type TokenSpent struct {
	Token  string    `json:"token"` // its id
	Until  time.Time `json:"until"` // when it would have expired
	Parcel string    `json:"parcel,omitempty"`
}

// Kind is "token.spent".
func (TokenSpent) Kind() string { return "token.spent" }

// PickupClaimed says that somebody has a good code or token for a parcel that asks for more. Where Asked is
// ConditionConfirm they wait for the cloud to say who they are.
type PickupClaimed struct {
	Session string    `json:"session"`
	Parcel  string    `json:"parcel"`
	Door    int       `json:"door"`
	Token   TokenUse  `json:"token,omitzero"`
	Asked   Condition `json:"asked"`
}

// Kind is "pickup.claimed".
func (PickupClaimed) Kind() string { return "pickup.claimed" }

// ConditionMet says that one of a parcel's conditions is met in this session.
type ConditionMet struct {
	Session   string    `json:"session"`
	Parcel    string    `json:"parcel"`
	Condition Condition `json:"condition"`
}

// Kind is "pickup.condition_met".
func (ConditionMet) Kind() string { return "pickup.condition_met" }

// ConditionFailed says that an answer was wrong. Too many of them, and the parcel is given out by the operator alone.
type ConditionFailed struct {
	Session   string    `json:"session"`
	Parcel    string    `json:"parcel"`
	Condition Condition `json:"condition"`
}

// Kind is "pickup.condition_failed".
func (ConditionFailed) Kind() string { return "pickup.condition_failed" }

// CodeResendAsked says that somebody at the kiosk wants the code of their parcel sent once more, to the phone in the
// personal part and to no other.
type CodeResendAsked struct {
	Session  string   `json:"session"`
	Personal Personal `json:"-"`
}

// Kind is "code.resend_asked".
func (CodeResendAsked) Kind() string { return "code.resend_asked" }

// Subject is whose key seals the personal part.
func (e CodeResendAsked) Subject() string { return "session:" + e.Session }

// Private is the personal part.
func (e CodeResendAsked) Private() Personal { return e.Personal }

func (e CodeResendAsked) withPersonal(p Personal) Event { e.Personal = p; return e }

// BreakerTripped is an alarm: too many doors were to be opened while nobody was seen at the cabinet. Until somebody is,
// orders and hand tools open none.
type BreakerTripped struct {
	Door  int `json:"door"` // the one that was refused
	Why   Why `json:"why"`
	Doors int `json:"doors"` // how many had been opened before it
}

// Kind is "breaker.tripped".
func (BreakerTripped) Kind() string { return "breaker.tripped" }

// ParcelRecalled says that a courier's door was seen to open, to take back a parcel that nobody fetched.
type ParcelRecalled struct {
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
	Courier  string `json:"courier,omitempty"` // none: they had gone before it opened
	Unlock   string `json:"unlock"`
}

// Kind is "parcel.recalled".
func (ParcelRecalled) Kind() string { return "parcel.recalled" }

// Forgets is whose key dies once this is confirmed.
func (e ParcelRecalled) Forgets() string { return "parcel:" + e.Parcel }

// ParcelHandedOver says that, by the operator's word, a parcel's recipient has it: its code opens no more. Nobody has looked
// into the door.
type ParcelHandedOver struct {
	Order  string `json:"order"`
	Parcel string `json:"parcel"`
	Door   int    `json:"door"`
}

// Kind is "parcel.handed_over".
func (ParcelHandedOver) Kind() string { return "parcel.handed_over" }

// Forgets is whose key dies once this is confirmed.
func (e ParcelHandedOver) Forgets() string { return "parcel:" + e.Parcel }

// ConditionsReset says that what a parcel asks may be answered again, however often the answer was wrong.
type ConditionsReset struct {
	Order  string `json:"order"`
	Parcel string `json:"parcel"`
}

// Kind is "pickup.conditions_reset".
func (ConditionsReset) Kind() string { return "pickup.conditions_reset" }

// LookPassed says that a courier leaves a door that they were to look into.
type LookPassed struct {
	Session string `json:"session"`
	Door    int    `json:"door"`
}

// Kind is "look.passed".
func (LookPassed) Kind() string { return "look.passed" }

// RecallPassed says that a courier leaves a parcel where it is.
type RecallPassed struct {
	Session string `json:"session"`
	Door    int    `json:"door"`
}

// Kind is "recall.passed".
func (RecallPassed) Kind() string { return "recall.passed" }
