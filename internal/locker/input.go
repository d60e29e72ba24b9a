package locker

import "time"

// Input is something we were told. It is true that we were told it; whether it is so is for the rules to judge.
type Input interface{ input() }

// Started is the first input of a run: the process began, and no door is known.
type Started struct {
	Version string
	Boot    string        // names the machine's start; empty where nobody knows
	Booted  time.Duration // how long after that Now.Up began to be counted
}

func (in Started) event() RunStarted {
	return RunStarted{Version: in.Version, Boot: in.Boot, Booted: in.Booted.Milliseconds()}
}

// HeldUp says that the process stood still for a while, or the whole machine: nobody has listened meanwhile. The boards
// are being asked how their doors are.
type HeldUp struct{ For time.Duration }

// Tick says that a deadline has come.
type Tick struct{}

// LockSensed is a debounced state of a lock's contact that differs from the one told before (or is the first one).
type LockSensed struct {
	Lock     Lock
	State    DoorState // Unknown where the board itself says that it does not know; its silence is told as BoardLost
	Evidence Evidence
	// Ago is how long ago the contact said so first. The evidence's times are of a clock that may jump.
	Ago time.Duration
	// Contact is what the contact is electrically: ContactShorted or ContactOpen. Where it is not told, a contact is taken
	// to be as its door's plan says, or, of a lock that holds no door, to be shorted while closed.
	Contact string
}

// BoardLost says that a board has not answered for so long that nothing is known of its doors.
type BoardLost struct {
	Bus   string
	Board int
	Why   string // for the technician: "no answer for 8s", "port gone"
}

// BoardBack says that a board answers again; its locks' states follow as LockSensed.
type BoardBack struct {
	Bus   string
	Board int
}

// ReleaseEnded says what became of a release on the wire. What became of the door is for its contact to tell.
type ReleaseEnded struct {
	Unlock string
	Sent   bool   // false: no byte of it went out, and none will
	Why    string // for the technician: "past its deadline", "port gone", "acknowledged", "no answer"
}

// ScannerLost and ScannerBack say whether a scanner can be used.
type ScannerLost struct{ Name, Why string }

// ScannerBack says that a scanner works again.
type ScannerBack struct{ Name string }

// Scanned is something held before the scanner.
type Scanned struct {
	// Tracking is the text as a parcel's number; empty where it has the form of a person's own code, or names no parcel.
	Tracking string
	// Format names how the text is written, and Likely is how likely it is that it means what it is taken for, beside others on
	// the same label: the larger, the likelier. Both are empty of what a person has typed: they mean it.
	Format string
	Likely int
	// Hash is the keyed hash of the text as a person's own code (pickup code or badge); zero where it could not be read.
	Hash Hash
	// Code says that the text has the form of a pickup code: nothing else is looked up as one.
	Code bool
	// Bare says that it lacks the prefix of one: digits may be on a parcel as well.
	Bare bool
	// Token is what a signed token claims; nil where it is none.
	Token *Token
	// Offers are pickup codes to choose from should a drop-off begin.
	Offers []Offer
}

// Tapped is a button pressed on the kiosk's screen.
type Tapped struct {
	Revision uint64 // the View that the finger meant
	Action   Action
	Size     string      // with ActionSize
	Language string      // with ActionLanguage
	Door     int         // with ActionDoor
	Reason   BlockReason // with ActionReason
	Board    Board       // with ActionRewire
	Offers   []Offer     // as in Scanned
}

// TechnicianTyped is what was typed at the technicians' keypad, as far as the rules may know it. What of it is told
// follows from the screen.
type TechnicianTyped struct {
	Revision uint64
	// Invitation is the keyed hash of what has the form of a one-time secret.
	Invitation Hash
	PIN        []string  // the technicians whose PIN it is: their ids
	App        []AppCode // those whose app shows it
	Recovery   Hash      // its keyed hash as a recovery code
	Chosen     string    // with StepNewPIN: its argon2id, as a PHC string; empty: it is too simple
	Same       bool      // with StepNewPINAgain: it is the one that was chosen
}

// InviteAsked says that somebody at the hand tool invites a technician to choose a PIN.
type InviteAsked struct {
	Technician string
	Secrets    Secrets // all but the PIN
}

// RemoveAsked says that somebody at the hand tool wants a technician's PIN and app forgotten.
type RemoveAsked struct{ Technician string }

// ClearAsked says that somebody at the hand tool lets everybody try again at once.
type ClearAsked struct{ By string }

// Typed is a code or a PIN from the kiosk's keypad: what it is follows from the screen.
type Typed struct {
	Revision uint64
	Hash     Hash
}

// PhoneTyped is a recipient's phone number from the keypad.
type PhoneTyped struct {
	Revision uint64
	Mask     string // what may be shown of it: "•••••67"
	Phone    Box
	Offers   []Offer
}

// TrackingTyped is a parcel's number from the screen's keyboard: no scanner works.
type TrackingTyped struct {
	Revision uint64
	Tracking string
	Offers   []Offer // as in Scanned
}

// OpenAsked says that somebody at the hand tool wants a door open.
type OpenAsked struct {
	Door int
	By   string // their name
}

// SurveyEnded says which boards answered when they were looked for, on all lines. From now on the contacts of locks
// that hold no door are told as they are: LockSensed with Closed for a shorted contact, and Open for one that is not.
type SurveyEnded struct {
	Found  []FoundBoard
	Failed string // for the technician: what could not be looked at, and why; empty if nothing
}

// InstallFailed says that a setup could not be put in force, or the wiring before could not: all stays as it is.
type InstallFailed struct{ Why string }

// Present says that somebody is still at the screen.
type Present struct{ Revision uint64 }

// OrderReceived is an order from the cloud, read and checked for form. Exactly one of its bodies is set, or Refusal.
type OrderReceived struct {
	Order Order
}

// Order is an order from the cloud.
type Order struct {
	ID      string
	Kind    string // "parcel.announce", "door.unlock", ...
	Cabinet string // the cabinet it is for
	// Issuer is the key that signed it; empty where nobody did and nobody needs to.
	Issuer string
	Issued time.Time
	// Expires is when it stops being meant; the zero time is never.
	Expires time.Time
	// Refusal is why the order could not be read, was not signed as it must be, or is otherwise not to be followed.
	Refusal string
	// Unproven, with a Refusal: anybody may have sent it. Its ID is good for an answer, and for nothing else.
	Unproven bool

	Announce      *AnnounceOrder
	Cancel        *CancelOrder
	Unlock        *UnlockOrder
	Block         *BlockOrder
	Unblock       *UnblockOrder
	CourierPut    *Courier
	CourierRemove *CourierRemoveOrder
	Resend        *ResendOrder
	HandOver      *HandOverOrder
	Looked        *LookedOrder
	Reset         *ResetOrder
	Revoke        *RevokeOrder
	Confirm       *ConfirmOrder
	Erase         *Erasure
	Correct       *CorrectOrder
}

// AnnounceOrder tells of a parcel that will be brought.
type AnnounceOrder struct {
	Tracking string
	Size     string // empty: the courier chooses
	Mask     string // what may be shown of the recipient's phone; empty: the courier is asked for it
	Phone    Box
	Low      bool // its recipient needs a door that can be reached from a wheelchair
	// Company is whose couriers may bring it; empty: anybody's.
	Company string
	// Ask is what is asked of the recipient besides the code or the token: keyed hashes, not yet bound to this order.
	Ask Conditions
}

// ConfirmOrder says that the person who waits at the cabinet for a parcel is who they should be, or is old enough.
type ConfirmOrder struct {
	Tracking string
	Session  string // that they wait in, as PickupClaimed has named it; empty: whichever waits
}

// CancelOrder takes an announcement back, or the pickup of a parcel that is here.
type CancelOrder struct {
	Tracking string
}

// BlockOrder sets a door aside.
type BlockOrder struct {
	Door   int
	Reason BlockReason
}

// UnblockOrder puts a door back into service.
type UnblockOrder struct {
	Door int
}

// CourierRemoveOrder takes a courier's right to drop off.
type CourierRemoveOrder struct {
	ID string
}

// ResendOrder asks for everything after a record once more.
type ResendOrder struct {
	After uint64
}

// UnlockOrder asks for a door to be opened.
type UnlockOrder struct {
	Door   int
	Reason string
}

// SwitchSensed says that a switch of the cabinet has changed, or how it is at the start.
type SwitchSensed struct {
	Switch Switch
	Alarm  bool // what it watches is not as it should be: the casing is open, the mains are gone
}

// PhotoTaken says that a still is on disk.
type PhotoTaken struct {
	Wanted PhotoWanted
	Photo  string // the file's name
	SHA256 string // of the file as it lies there, sealed; hex
	Key    []byte // what opens it
}

// CameraLost says that a camera gives no picture, or none that shows anything; CameraBack that it does again.
type CameraLost struct{ Name, Why string }

// CameraBack says that a camera works again.
type CameraBack struct{ Name string }

// Inspected says that somebody with the right to look has looked into doors and found them empty.
type Inspected struct {
	Doors []int // empty: every door
	By    string
}

func (TechnicianTyped) input() {}
func (InviteAsked) input()     {}
func (RemoveAsked) input()     {}
func (ClearAsked) input()      {}
func (TrackingTyped) input()   {}
func (OpenAsked) input()       {}
func (SurveyEnded) input()     {}
func (InstallFailed) input()   {}
func (Started) input()         {}
func (Tick) input()            {}
func (HeldUp) input()          {}
func (LockSensed) input()      {}
func (BoardLost) input()       {}
func (BoardBack) input()       {}
func (ReleaseEnded) input()    {}
func (ScannerLost) input()     {}
func (ScannerBack) input()     {}
func (Scanned) input()         {}
func (Tapped) input()          {}
func (Typed) input()           {}
func (PhoneTyped) input()      {}
func (Present) input()         {}
func (OrderReceived) input()   {}
func (Inspected) input()       {}
func (SwitchSensed) input()    {}
func (PhotoTaken) input()      {}
func (CameraLost) input()      {}
func (CameraBack) input()      {}
