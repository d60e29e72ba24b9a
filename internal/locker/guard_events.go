package locker

// CodeRefused says that a code or a PIN was not good. Typed ones count towards a lock-out.
type CodeRefused struct {
	Session string `json:"session"`
	Why     Notice `json:"why"`
	Typed   bool   `json:"typed"`
	// Technician says that it was typed at the technicians' keypad.
	Technician bool `json:"technician,omitempty"`
	// Keypad is the step whose keypad it was typed on: the way there is not recorded.
	Keypad Step `json:"keypad,omitempty"`
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
