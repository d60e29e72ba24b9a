package locker

// UnlockRequested is the intent of an unlock: it is on disk before the frame is on the wire, and it is acted on once, in its
// own run.
type UnlockRequested struct {
	Unlock  string `json:"unlock"`
	Door    int    `json:"door"`
	Lock    Lock   `json:"lock"`
	Why     Why    `json:"why"`
	Session string `json:"session,omitempty"`
	Parcel  string `json:"parcel,omitempty"`
	Order   string `json:"order,omitempty"`
	By      string `json:"by,omitempty"` // who asked at the hand tool
	// Token is the signed token that opens it; it is spent once the door is seen to open.
	Token TokenUse `json:"token,omitzero"`
	// Again marks the one new unlock that "it did not open" allows.
	Again bool `json:"again,omitempty"`
	// Within is how long the release may wait for its supply and the wire; after it, it is dropped unsent. In milliseconds.
	Within int64 `json:"within_ms"`
	// Waits is how long it is expected to wait for its supply, in milliseconds: others go first.
	Waits int64 `json:"waits_ms,omitempty"`
}

// Kind is "unlock.requested".
func (UnlockRequested) Kind() string { return "unlock.requested" }

// UnlockEnded says how an unlock ended.
type UnlockEnded struct {
	Unlock  string  `json:"unlock"`
	Door    int     `json:"door"`
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail,omitempty"`
}

// Kind is "unlock.ended".
func (UnlockEnded) Kind() string { return "unlock.ended" }

// UnlockRefused says that somebody asked for a door with a `lockerd` command, and why it was not unlocked.
type UnlockRefused struct {
	Door int    `json:"door"`
	By   string `json:"by"`
	Why  string `json:"why"` // in words, for people
	// Code says the same for programs. Records of before it was there have none.
	Code RefusalCode `json:"code,omitempty"`
}

// Kind is "unlock.refused".
func (UnlockRefused) Kind() string { return "unlock.refused" }

// DoorSaidOpen says that, according to the person before it, a door did open although its contact says that it did not. It
// proves nothing about the contents.
type DoorSaidOpen struct {
	Door   int    `json:"door"`
	Unlock string `json:"unlock"`
	By     string `json:"by"` // "recipient", "technician:<id>"
}

// Kind is "door.said_open".
func (DoorSaidOpen) Kind() string { return "door.said_open" }
