package locker

// SetupBegun says that a technician began to commission the cabinet, and from what.
type SetupBegun struct {
	Session string      `json:"session"`
	Doors   []SetupDoor `json:"doors"`
}

// Kind is "setup.begun".
func (SetupBegun) Kind() string { return "setup.begun" }

// SetupSurveyAsked says that boards are to be looked for: by status queries, never by an unlock.
type SetupSurveyAsked struct {
	Session string `json:"session"`
}

// Kind is "setup.survey_asked".
func (SetupSurveyAsked) Kind() string { return "setup.survey_asked" }

// SetupSurveyed says which boards answered.
type SetupSurveyed struct {
	Found  []FoundBoard `json:"found"`
	Failed string       `json:"failed,omitempty"` // what could not be looked at, and why
}

// Kind is "setup.surveyed".
func (SetupSurveyed) Kind() string { return "setup.surveyed" }

// SetupColumnAdded says that doors are added to another column from now on.
type SetupColumnAdded struct {
	Session string `json:"session"`
	Column  int    `json:"column"`
}

// Kind is "setup.column_added".
func (SetupColumnAdded) Kind() string { return "setup.column_added" }

// SetupDoorAdded says that a door was added to the picture.
type SetupDoorAdded struct {
	Session string `json:"session"`
	Door    int    `json:"door"`
	Size    string `json:"size"`
	Column  int    `json:"column"`
}

// Kind is "setup.door_added".
func (SetupDoorAdded) Kind() string { return "setup.door_added" }

// SetupDoorRemoved says that a door was taken out of the picture.
type SetupDoorRemoved struct {
	Session string `json:"session"`
	Door    int    `json:"door"`
}

// Kind is "setup.door_removed".
func (SetupDoorRemoved) Kind() string { return "setup.door_removed" }

// SetupBoardForgotten says that a board is to be wired anew: which doors its locks hold is forgotten within the setup.
type SetupBoardForgotten struct {
	Session string `json:"session"`
	Bus     string `json:"bus"`
	Board   int    `json:"board"`
}

// Kind is "setup.board_forgotten".
func (SetupBoardForgotten) Kind() string { return "setup.board_forgotten" }

// SetupLockTaken names the next lock to be wired. Passed is set if the previous one was left for later.
type SetupLockTaken struct {
	Session string `json:"session"`
	Lock    Lock   `json:"lock,omitzero"`
	Passed  bool   `json:"passed,omitempty"`
}

// Kind is "setup.lock_taken".
func (SetupLockTaken) Kind() string { return "setup.lock_taken" }

// LockTried is the intent to open a lock whose door is not known. As with every unlock it is on disk before the frame is on
// the wire, and it is acted on once, in its own run.
type LockTried struct {
	Session string `json:"session"`
	Unlock  string `json:"unlock"`
	Lock    Lock   `json:"lock"`
	// Within is how long the release may wait for the wire; after it, it is dropped unsent. In milliseconds.
	Within int64 `json:"within_ms"`
}

// Kind is "setup.lock_tried".
func (LockTried) Kind() string { return "setup.lock_tried" }

// LockTryEnded says how the opening of a lock ended: "opened" if its contact moved or the technician named the door
// that did, "not_sent", or "unknown".
type LockTryEnded struct {
	Unlock  string  `json:"unlock"`
	Lock    Lock    `json:"lock"`
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail,omitempty"`
}

// Kind is "setup.lock_try_ended".
func (LockTryEnded) Kind() string { return "setup.lock_try_ended" }

// SetupContact gives the electrical state of the contact of a lock without a door: "shorted", "open", or empty if its board
// does not know.
type SetupContact struct {
	Lock    Lock   `json:"lock"`
	Contact string `json:"contact"`
}

// Kind is "setup.contact".
func (SetupContact) Kind() string { return "setup.contact" }

// SetupDoorWired says which lock holds a door, and its contact's state while closed. Blind says, according to the
// technician, that it has no contact.
type SetupDoorWired struct {
	Session    string `json:"session"`
	Door       int    `json:"door"`
	Lock       Lock   `json:"lock"`
	ClosedWhen string `json:"closed_when,omitempty"`
	Blind      bool   `json:"blind,omitempty"`
}

// Kind is "setup.door_wired".
func (SetupDoorWired) Kind() string { return "setup.door_wired" }

// SetupLockUnused says, according to the technician, that nothing is wired to a lock.
type SetupLockUnused struct {
	Session string `json:"session"`
	Lock    Lock   `json:"lock"`
}

// Kind is "setup.lock_unused".
func (SetupLockUnused) Kind() string { return "setup.lock_unused" }

// SetupSaved says that a setup is to be put in force. Doors without a lock are left out. It is in force when
// "setup.ended" says so.
type SetupSaved struct {
	Session    string      `json:"session"`
	Technician string      `json:"technician"`
	Doors      []SetupDoor `json:"doors"`
}

// Kind is "setup.saved".
func (SetupSaved) Kind() string { return "setup.saved" }

// SetupFailed says that a setup, or the previous wiring, could not be put in force: nothing changes.
type SetupFailed struct {
	Why string `json:"why"`
}

// Kind is "setup.failed".
func (SetupFailed) Kind() string { return "setup.failed" }

// SetupEnded says that a setup is over: "installed" (its wiring is in force from now on), "discarded", "undone".
type SetupEnded struct {
	Session string `json:"session,omitempty"`
	Why     string `json:"why" enum:"installed,discarded,undone"`
}

// Kind is "setup.ended".
func (SetupEnded) Kind() string { return "setup.ended" }

// SetupUndone says that the previous wiring is to be put in force again.
type SetupUndone struct {
	Session    string `json:"session"`
	Technician string `json:"technician"`
}

// Kind is "setup.undone".
func (SetupUndone) Kind() string { return "setup.undone" }
