package locker

import "time"

// View is all that a screen may show: a value that shares nothing with the state. Its Doors may be shared with other views
// of the same Picture.
type View struct {
	// Revision changes whenever the question on the screen does. A tap names the revision it meant.
	Revision uint64
	// Session is true while somebody uses the kiosk.
	Session  bool
	Step     Step
	Notice   Notice
	Language string
	// Languages are those offered, the default first.
	Languages []string
	// Actions are the buttons of this screen, the primary one first. What is not here does nothing.
	Actions []Action

	Door      int       // the door that the screen is about; 0 if none
	DoorState DoorState // of that door
	Opening   bool      // its unlock is on its way
	WasOpen   bool      // it was seen open since it was unlocked
	Retried   bool      // the one new unlock was used
	Aim       Aim       // with StepTakeOut and StepLook: what follows
	Trouble   Trouble   // with StepPress, StepDropPress and StepTrouble: what is known of the door

	Sizes    []SizeChoice // of the cabinet, the smallest first
	Size     string       // the size that was asked for
	Tracking string       // the parcel in the courier's hand
	Mask     string       // what may be shown of the recipient's phone
	Courier  string       // the signed-in courier's name
	Stored   int          // parcels stored in this session,
	Filled   []int        // and the doors that they went behind, in their order
	// Brings says that the courier may bring parcels; NoCodes, why nobody may: pickup codes have no way to recipients.
	Brings, NoCodes bool
	// Recallable is how many parcels the courier may take back.
	Recallable int

	// LockedFor is how long typing stays locked.
	LockedFor time.Duration
	// ScansLocked says that no code is taken before the scanner either.
	ScansLocked bool
	// EndsIn is how long until the session ends by itself unless somebody is there.
	EndsIn time.Duration
	// OverIn is how long until it ends whatever is touched; 0 unless that is soon.
	OverIn time.Duration
	// ForgotFor is how long "forgot something?" is still offered.
	ForgotFor time.Duration

	// Enrolling is the name of the technician who is choosing a PIN.
	Enrolling string
	// Technician is the signed-in technician's name; what follows is for their eyes only.
	Technician string
	Details    []DoorDetail
	Tests      []DoorTest // of the self test under way or just over
	Faults     []Fault
	Photos     []Photo // the newest first
	// Clock is the PC's clock as it is read, on StepAbout.
	Clock time.Time
	// Sequence is about doors opened one after the other: with StepOpenAll, what would be; with StepSequence, what is.
	Sequence SequenceView
	// Setup is the commissioning under way.
	Setup SetupView

	// Lamp and Buzzer are what the cabinet's lamp and buzzer do.
	Lamp, Buzzer bool

	// LeftOpen are doors that have stood open for long and that nobody is using.
	LeftOpen []int
	// Scanner is true while at least one scanner works.
	Scanner bool
	Doors   []DoorView // every door, in the order of the plan
}

// DoorView is a door in the picture of the cabinet.
type DoorView struct {
	Number int
	Size   string
	Height int // in millimetres
	Column int // from 1
	State  DoorState
	Low    bool
	// Out is true where the door cannot be used: set aside, its board is silent, or it is being wired anew.
	Out bool
}

// SequenceView is doors that are opened one after the other.
type SequenceView struct {
	Kind    SequenceKind
	Total   int
	Done    int // doors that opened, or stood open
	Failed  int
	Unknown int         // nobody can tell: a lock without contact, or its board fell silent
	Door    int         // the one that is being opened; 0 if none
	Ended   SequenceEnd // empty while it is under way
}

// SetupView is a commissioning, for the technician's screen.
type SetupView struct {
	Under   bool
	Changed bool // it differs from the wiring in force
	Saved   bool // it is being put in force
	Failed  string
	// Undo says that there is a wiring before the one in force.
	Undo   bool
	Boards []SetupBoard
	Board  Board           // with StepRewire
	Doors  []SetupDoorView // the picture, in its order
	Column int             // the one that doors are added to
	// Unwired are doors without a lock: saved now, they are left out.
	Unwired []int
	// Wired are the doors that were wired in this setup: the question about their emptiness is about them.
	Wired []int

	// What follows is about StepWire and StepWireClose.

	Lock   Lock // the lock at hand
	Left   int  // locks to be tried, this one too
	Trying bool // its pulse is on its way, or has just been
	Tried  bool // it was pulsed since it came to hand
	Moved  bool // its contact has moved since
	Other  Lock // a lock whose contact moved instead
}

// SetupBoard is a board in a SetupView.
type SetupBoard struct {
	FoundBoard
	Answers bool // it was found; false: doors are wired to it, but the newest search did not find it
	Wired   int  // doors on its locks
	Unused  int  // locks to which nothing is wired
}

// SetupDoorView is a door in the picture that a setup makes.
type SetupDoorView struct {
	SetupDoor
	Height int // in millimetres
	Wired  bool
	Parcel bool // something lies there for somebody: it can be wired anew, but not be taken away
}

// DoorDetail is what is known of a door, for a technician.
type DoorDetail struct {
	Number    int
	State     DoorState
	Evidence  Evidence
	Holds     Holding
	Why       Doubt  // of Doubtful
	Tracking  string // of the parcel that lies, or may lie, there
	Blocked   BlockReason
	BlockedBy string
	Failed    int // unlocks in a row that did not open it
	Opening   bool
	Silent    bool // its board does not answer
	Blind     bool // its lock has no contact
	Presence  Presence
	Findings  []Finding
}

// DoorTest is what the self test found of a door.
type DoorTest struct {
	Door   int        `json:"door"`
	Result TestResult `json:"result"`
}

// Photo is a still on disk.
type Photo struct {
	Seq    uint64    `json:"seq"` // the record that holds its key
	Photo  string    `json:"photo"`
	Door   int       `json:"door"`
	Moment Moment    `json:"moment"`
	At     time.Time `json:"at"`
}

// SizeChoice is a size and how many doors of it can be given now.
type SizeChoice struct {
	Name   string
	Height int // in millimetres
	Free   int
	// Lack is why none is free, on a courier's screens that show sizes; empty where some are.
	Lack Lack
}

// Lack is why no door of a size is free.
type Lack string

// Lacks.
const (
	LackLook    Lack = "look"    // the courier may choose it, and is asked to look into a door first
	LackUnsure  Lack = "unsure"  // nobody knows what is behind a door of it, and a technician must look
	LackFull    Lack = "full"    // all that can be used are taken
	LackService Lack = "service" // none can be used
)

// Lacks are all of them.
func Lacks() []Lack { return []Lack{LackLook, LackUnsure, LackFull, LackService} }

// Summary is the retained state that the cloud sees: nothing about people.
type Summary struct {
	Cabinet string    `json:"cabinet"`
	Epoch   string    `json:"epoch"`
	Seq     uint64    `json:"seq"` // the newest record that it takes into account
	At      time.Time `json:"at"`
	Known   bool      `json:"clock_known"`
	// Newest is the newest time that was known to be right, where the clock is behind it: what an order names that corrects it.
	Newest  time.Time      `json:"newest,omitzero"`
	Version string         `json:"version"`
	Service string         `json:"service"` // "ok", "out_of_order"
	Doors   []DoorSummary  `json:"doors"`
	Free    map[string]int `json:"free"`    // by size
	Parcels int            `json:"parcels"` // all that lie there; of them
	Overdue int            `json:"overdue"` // are to be taken back,
	Held    int            `json:"held"`    // may lie there, as a restored backup says,
	Closed  int            `json:"closed"`  // are given out by the operator alone
	Faults  []Fault        `json:"faults"`
	// Unsigned says that orders are followed that nobody signed. The rules do not know it: whoever reports fills it in.
	Unsigned bool `json:"unsigned_orders,omitempty"`
	// UnsignedAcks says the same of what frees records.
	UnsignedAcks bool `json:"unsigned_acks,omitempty"`
}

// DoorSummary is a door in the Summary.
type DoorSummary struct {
	Door  int       `json:"door"`
	Size  string    `json:"size"`
	State DoorState `json:"state"`
	// Contents is one of "empty", "reserved", "parcel", "overdue", "held", "closed", "collected", "doubtful".
	Contents string      `json:"contents"`
	Blocked  BlockReason `json:"blocked,omitempty"`
}

// Fault is something that somebody should look at.
type Fault struct {
	// Kind is one of board_lost, scanner_lost, camera_lost, tamper, mains, door_blocked, door_left_open, door_doubtful,
	// clock_unknown, clock_doubted (a clock that claims to be right has jumped; What is its reading), typing_locked, journal_unwritable, breaker, finding, setup (a
	// commissioning is under way), parcel_overdue, parcel_held, parcel_closed, source_muted. Whoever reports adds the link's
	// own, cloud_unusable, cloud_refused, cloud_backlog, cloud_twin, cloud_unproven and cloud_disagrees, mark_unwritten, and
	// key_lost where there is no controller.
	Kind string `json:"kind"`
	Door int    `json:"door,omitempty"`
	What string `json:"what,omitempty"` // "bus1/2", "front"
	// Why is why a board is lost, in words for the technician; of a finding it is the Finding.
	Why string `json:"why,omitempty"`
	// Do is what to do about it, in words.
	Do string `json:"do,omitempty"`
}

// Release is an order to the board that holds a lock: pulse it once, and not after the deadline.
type Release struct {
	Unlock string
	Lock   Lock
	// Until is when it is not sent any more. It is counted from when somebody asked for it, whatever has held it up since.
	Until time.Time
}

// PhotoWanted asks for a still as evidence.
type PhotoWanted struct {
	Parcel string
	Door   int
	Moment Moment
}

// Outgoing is a record as it leaves the cabinet: its public bytes as they were hashed, and its personal part as boxes.
type Outgoing struct {
	Epoch    string
	Seq      uint64
	Kind     string
	Public   []byte   // one line of JSON, without the newline
	Hash     [32]byte // SHA-256 of Public: the next record's prev, and what an ack names
	Personal Personal
}
