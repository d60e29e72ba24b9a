package locker

// SequenceStarted says that doors are opened one after the other, which, and which technicians do it.
type SequenceStarted struct {
	Session  string       `json:"session"`
	Sequence SequenceKind `json:"sequence"`
	Doors    []int        `json:"doors"`
	By       string       `json:"by,omitempty"`
	With     string       `json:"with,omitempty"` // the second one, without whom it would not be done
}

// Kind is "sequence.started".
func (SequenceStarted) Kind() string { return "sequence.started" }

// SequencePassed says that a door of a sequence was not asked to open: Open is set where it stood open already;
// otherwise it could not be reached.
type SequencePassed struct {
	Door int  `json:"door"`
	Open bool `json:"open,omitempty"`
}

// Kind is "sequence.passed".
func (SequencePassed) Kind() string { return "sequence.passed" }

// SequenceEnded says that a sequence is over, and what came of it.
type SequenceEnded struct {
	Session string      `json:"session"`
	Why     SequenceEnd `json:"why"`
	Done    int         `json:"done"`
	Failed  int         `json:"failed"`
	Unknown int         `json:"unknown"`
}

// Kind is "sequence.ended".
func (SequenceEnded) Kind() string { return "sequence.ended" }

// FindingRaised says that a diagnosis found something: about a board, or about a door.
type FindingRaised struct {
	Finding Finding `json:"finding"`
	Bus     string  `json:"bus,omitempty"`
	Board   int     `json:"board,omitempty"`
	Door    int     `json:"door,omitempty"`
	Detail  string  `json:"detail,omitempty"`
}

// Kind is "finding.raised".
func (FindingRaised) Kind() string { return "finding.raised" }

// FindingCleared says that it is found no more.
type FindingCleared struct {
	Finding Finding `json:"finding"`
	Bus     string  `json:"bus,omitempty"`
	Board   int     `json:"board,omitempty"`
	Door    int     `json:"door,omitempty"`
}

// Kind is "finding.cleared".
func (FindingCleared) Kind() string { return "finding.cleared" }

// DoorPresence says what a presence sensor says of the space behind a door.
type DoorPresence struct {
	Door     int      `json:"door"`
	Presence Presence `json:"presence"`
	Evidence Evidence `json:"evidence"`
}

// Kind is "door.presence".
func (DoorPresence) Kind() string { return "door.presence" }

// DoorSaidOpen says that somebody who stands before a door says that it did open, though its contact says that it did
// not. It proves nothing about what is behind it.
type DoorSaidOpen struct {
	Door   int    `json:"door"`
	Unlock string `json:"unlock"`
	By     string `json:"by"` // "recipient", "technician:<id>"
}

// Kind is "door.said_open".
func (DoorSaidOpen) Kind() string { return "door.said_open" }

// DoorWired says which lock holds a door from now on. One that had another lock before is not proven empty.
type DoorWired struct {
	Door int  `json:"door"`
	Lock Lock `json:"lock"`
}

// Kind is "door.wired".
func (DoorWired) Kind() string { return "door.wired" }

// UnlockRefused says that somebody at the hand tool wanted a door open, and why it was not asked to.
type UnlockRefused struct {
	Door int    `json:"door"`
	By   string `json:"by"`
	Why  string `json:"why"`
}

// Kind is "unlock.refused".
func (UnlockRefused) Kind() string { return "unlock.refused" }

// LookRefused says that somebody's word that a door is empty was not taken, and why.
type LookRefused struct {
	Door int    `json:"door"`
	By   string `json:"by"`
	Why  string `json:"why"`
}

// Kind is "look.refused".
func (LookRefused) Kind() string { return "look.refused" }
