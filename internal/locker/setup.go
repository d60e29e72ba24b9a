package locker

import "time"

// Setup is a commissioning under way: the cabinet as it will be once this is put in force. It begins as a copy of the plan
// and changes nothing that is in force until then.
type Setup struct {
	Under bool `json:"under,omitempty"`
	// Saved says that it is being put in force: the next run shows whether it was.
	Saved     bool   `json:"saved,omitempty"`
	Surveying bool   `json:"surveying,omitempty"` // boards are being looked for
	Failed    string `json:"failed,omitempty"`    // why looking for boards, or the saving, failed
	// Found are the boards that the newest search found. Only they, and the plan's, are driven; a new run forgets them.
	Found  []FoundBoard `json:"found,omitempty"`
	Column int          `json:"column,omitempty"` // doors are added to it
	Doors  []SetupDoor  `json:"doors,omitempty"`  // in the order of the picture
	Unused []Lock       `json:"unused,omitempty"` // nothing is wired to them
	// Seen is what the contacts of locks that hold no door say.
	Seen []SeenContact `json:"seen,omitempty"`
	Hand SetupLock     `json:"hand,omitzero"`
	// Passed are locks left for later: they come to hand again when the wiring is begun anew.
	Passed []Lock `json:"passed,omitempty"`
}

// FoundBoard is a board that answered.
type FoundBoard struct {
	Bus      string `json:"bus"`
	Family   string `json:"family"`
	Board    int    `json:"board"` // its address
	Channels int    `json:"channels"`
	Baud     int    `json:"baud,omitempty"` // bits per second
}

// SetupDoor is a door of a Setup.
type SetupDoor struct {
	Number int    `json:"door"`
	Size   string `json:"size"`
	Column int    `json:"column"`
	Low    bool   `json:"low,omitempty"`
	Lock   Lock   `json:"lock,omitzero"` // none: the door is not wired yet
	// ClosedWhen is what the contact of the closed lock is: ContactShorted or ContactOpen.
	ClosedWhen string `json:"closed_when,omitempty"`
	Blind      bool   `json:"blind,omitempty"` // its lock has no contact, by the technician's word
	Added      bool   `json:"added,omitempty"` // in this setup
	// Anew says that the door was wired in this setup, or is to be: what a contact says is not believed of it before this
	// is in force.
	Anew bool `json:"anew,omitempty"`
}

// What a contact is, electrically.
const (
	ContactShorted = "shorted"
	ContactOpen    = "open"
)

// SeenContact is what the contact of a lock is, electrically.
type SeenContact struct {
	Lock    Lock   `json:"lock"`
	Contact string `json:"contact"`
}

// SetupLock is the lock at hand, and what came of opening it.
type SetupLock struct {
	Lock   Lock          `json:"lock,omitzero"`
	Unlock string        `json:"unlock,omitempty"` // under way
	At     time.Duration `json:"at,omitempty"`     // Up when it was asked for
	Tried  bool          `json:"tried,omitempty"`
	Before string        `json:"before,omitempty"` // what its contact was before the pulse; empty: not known
	Moved  bool          `json:"moved,omitempty"`  // its contact has been otherwise since
	Other  Lock          `json:"other,omitzero"`   // another lock without a door whose contact moved since
}
