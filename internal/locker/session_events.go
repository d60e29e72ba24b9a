package locker

import "time"

// SessionStarted says that somebody began to use the kiosk.
type SessionStarted struct {
	Session  string `json:"session"`
	Language string `json:"language"`
}

// Kind is "session.started".
func (SessionStarted) Kind() string { return "session.started" }

// SessionMoved says that the kiosk asks another question.
type SessionMoved struct {
	Session string `json:"session"`
	Step    Step   `json:"step"`
	Notice  Notice `json:"notice,omitempty"`
	Door    int    `json:"door,omitempty"`
	Aim     Aim    `json:"aim,omitempty"`  // what a courier looks into the door for
	Board   Board  `json:"board,omitzero"` // with StepRewire
}

// Kind is "session.moved".
func (SessionMoved) Kind() string { return "session.moved" }

// SessionKept says that somebody is still there.
type SessionKept struct {
	Session string `json:"session"`
}

// Kind is "session.kept".
func (SessionKept) Kind() string { return "session.kept" }

// SessionEnded says that a session is over, and why: "finished", "timeout", "over" (it has lasted as long as a
// session may), "next person", "restart", "removed".
type SessionEnded struct {
	Session string `json:"session"`
	Why     string `json:"why"`
}

// Kind is "session.ended".
func (SessionEnded) Kind() string { return "session.ended" }

// Forgets is whose key dies once this is confirmed.
func (e SessionEnded) Forgets() string { return "session:" + e.Session }

// LanguageChosen changes the session's language.
type LanguageChosen struct {
	Session  string `json:"session"`
	Language string `json:"language"`
}

// Kind is "session.language".
func (LanguageChosen) Kind() string { return "session.language" }

// CourierSignedIn says who works at the kiosk.
type CourierSignedIn struct {
	Session string `json:"session"`
	Courier string `json:"courier"`
	Company string `json:"company"`
	By      string `json:"by"` // "badge", "pin", "token"
}

// Kind is "courier.signed_in".
func (CourierSignedIn) Kind() string { return "courier.signed_in" }

// CodeRefused says that a code or a PIN was not good. Typed ones count towards a lock-out.
type CodeRefused struct {
	Session string `json:"session"`
	Why     Notice `json:"why"`
	Typed   bool   `json:"typed"`
	// Scanned says that it was held before a scanner, and has the form of a pickup code.
	Scanned bool `json:"scanned,omitempty"`
	// Held says that it was held before a scanner and is no courier's badge, or is a token that nobody has signed.
	Held bool `json:"held,omitempty"`
	// Token is the id of a signed token that was refused, where it says one that can be believed; Because, why.
	Token   string       `json:"token,omitempty"`
	Because TokenRefusal `json:"because,omitempty"`
}

// Kind is "code.refused".
func (CodeRefused) Kind() string { return "code.refused" }

// TypingLocked is an alarm: too many wrong codes; nothing can be typed for a while. Scans go on. With Scans it is the
// other way round: no pickup code can be scanned for a while; typing, tokens and badges go on. With Technician it is the
// short wait that each wrong try costs at the technicians' keypad.
type TypingLocked struct {
	Step int   `json:"step"`   // how often in a row, from 1
	For  int64 `json:"for_ms"` // in milliseconds
	// Technician is set where it is the technicians' keypad that is locked, and only that.
	Technician bool `json:"technician,omitempty"`
	Scans      bool `json:"scans,omitempty"`
}

// Kind is "typing.locked".
func (TypingLocked) Kind() string { return "typing.locked" }

// TypingUnlocked says that codes can be typed again.
type TypingUnlocked struct {
	Technician bool `json:"technician,omitempty"`
	Scans      bool `json:"scans,omitempty"`
}

// Kind is "typing.unlocked".
func (TypingUnlocked) Kind() string { return "typing.unlocked" }

// GuardsCleared says that somebody has cleared the guards against guessing: nothing is locked, and no wrong code counts.
type GuardsCleared struct {
	By string `json:"by"`
}

// Kind is "guards.cleared".
func (GuardsCleared) Kind() string { return "guards.cleared" }

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
