package locker

// DoorOpened says that a door was seen open. Unlock is the unlock that explains it, if one does.
type DoorOpened struct {
	Door     int      `json:"door"`
	Unlock   string   `json:"unlock,omitempty"`
	Evidence Evidence `json:"evidence"`
	// Bounced says that this continues the previous opening: the door had just been pushed shut, and sprang back.
	Bounced bool `json:"bounced,omitempty"`
}

// Kind is "door.opened".
func (DoorOpened) Kind() string { return "door.opened" }

// DoorClosed says that a door was seen closed.
type DoorClosed struct {
	Door     int      `json:"door"`
	Evidence Evidence `json:"evidence"`
}

// Kind is "door.closed".
func (DoorClosed) Kind() string { return "door.closed" }

// DoorUnknown says that a door's state is no longer known: its board reports that it does not know.
type DoorUnknown struct {
	Door     int      `json:"door"`
	Evidence Evidence `json:"evidence"`
}

// Kind is "door.unknown".
func (DoorUnknown) Kind() string { return "door.unknown" }

// DoorForced is an alarm: a closed door has opened, and no unlock explains it.
type DoorForced struct {
	Door int `json:"door"`
}

// Kind is "door.forced".
func (DoorForced) Kind() string { return "door.forced" }

// DoorOpenedLate is an alarm: a door opened after the person it was unlocked for had left. It stands open with nobody there,
// and its contents are still its recipient's.
type DoorOpenedLate struct {
	Door   int    `json:"door"`
	Unlock string `json:"unlock"`
}

// Kind is "door.opened_late".
func (DoorOpenedLate) Kind() string { return "door.opened_late" }

// DoorLeftOpen is an alarm: a door has stood open for long.
type DoorLeftOpen struct {
	Door int `json:"door"`
}

// Kind is "door.left_open".
func (DoorLeftOpen) Kind() string { return "door.left_open" }

// DoorBlocked sets a door aside: it is given to nobody. With the reason jammed it is also an alarm.
type DoorBlocked struct {
	Door int         `json:"door"`
	Why  BlockReason `json:"why"`
	By   string      `json:"by"` // "recipient", "courier:<id>", "rules", "technician:<name>", "order:<id>"
}

// Kind is "door.blocked".
func (DoorBlocked) Kind() string { return "door.blocked" }

// DoorUnblocked puts a door back into service.
type DoorUnblocked struct {
	Door int    `json:"door"`
	By   string `json:"by"`
}

// Kind is "door.unblocked".
func (DoorUnblocked) Kind() string { return "door.unblocked" }

// DoorEmptied says that a door is proven empty, by which proof and by whom.
type DoorEmptied struct {
	Door  int    `json:"door"`
	Proof Proof  `json:"proof"`
	By    string `json:"by,omitempty"`
}

// Kind is "door.emptied".
func (DoorEmptied) Kind() string { return "door.emptied" }

// DoorDoubted says that a door that was held to be empty no longer is.
type DoorDoubted struct {
	Door int   `json:"door"`
	Why  Doubt `json:"why"`
}

// Kind is "door.doubted".
func (DoorDoubted) Kind() string { return "door.doubted" }

// DoorWired says which lock holds a door from now on. A door that had another lock is not proven empty.
type DoorWired struct {
	Door int  `json:"door"`
	Lock Lock `json:"lock"`
}

// Kind is "door.wired".
func (DoorWired) Kind() string { return "door.wired" }

// LookRefused says that a person's word that a door is empty was not accepted, and why.
type LookRefused struct {
	Door int    `json:"door"`
	By   string `json:"by"`
	Why  string `json:"why"` // in words, for people
	// Code says the same for programs. Records of before it was there have none.
	Code RefusalCode `json:"code,omitempty"`
}

// Kind is "look.refused".
func (LookRefused) Kind() string { return "look.refused" }
