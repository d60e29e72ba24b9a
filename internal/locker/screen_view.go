package locker

import "time"

// View is everything that a screen may show: a value that shares nothing with the state. Its Doors may be shared with other
// views of the same Picture.
type View struct {
	// Revision changes whenever the question on the screen does. A tap names the revision that it answers.
	Revision uint64
	// Session is true while somebody uses the kiosk.
	Session  bool
	Step     Step
	Notice   Notice
	Language string
	// Languages are those offered, the default first.
	Languages []string
	// Actions are the buttons of this screen, the primary one first. Any other action is ignored.
	Actions []Action

	Door      int       // the door that the screen is about; 0 if none
	DoorState DoorState // of that door
	Opening   bool      // its unlock is on its way
	// Waits is how long its unlock still waits for its power supply, in whole seconds: other doors are opened first.
	Waits   time.Duration
	WasOpen bool    // it was seen open since it was unlocked
	Retried bool    // the one new unlock was used
	Aim     Aim     // with StepTakeOut and StepLook: what follows
	Trouble Trouble // with StepPress, StepDropPress and StepTrouble: what is known of the door

	Sizes    []SizeChoice // of the cabinet, the smallest first
	Size     string       // the size that was asked for
	Tracking string       // the parcel in the courier's hand
	Mask     string       // what may be shown of the recipient's phone
	Low      bool         // its recipient needs a low door
	Courier  string       // the signed-in courier's name
	Stored   int          // parcels stored in this session,
	Filled   []int        // and the doors that they went behind, in their order
	// Visited are the parcels of this visit that the courier may take in hand again, the newest first, on StepVisit.
	Visited []VisitParcel
	// Turn and Turns say the how manieth of how many parcels a recipient is fetching by one code; 0: it is one.
	Turn, Turns int
	// Brings says that the courier may drop off parcels; NoCodes says that nobody may, because pickup codes cannot reach
	// their recipients.
	Brings, NoCodes bool
	// Sends says that the person is a sender; Collects says that a courier is asked about what a sender put in, or, before any door
	// is shown, that there is such among what they may take along.
	Sends, Collects bool
	// Refused says that the screen is about a parcel that its recipient does not want.
	Refused bool
	// Withdrawn says that it is about one that its operator has cancelled, for a courier to take back.
	Withdrawn bool
	// Senders says that somebody is expected who sends a parcel, or rents a door: their code is typed where pickup codes are.
	Senders bool
	// Labels says that of those somebody may show the label that is on their parcel already, on the idle screen.
	Labels bool
	// Rents says that the person is one of those of a rented door; Over that its time is over, and RentedUntil when it is, once that
	// is known.
	Rents, Over bool
	RentedUntil time.Time
	// Recallable is how many parcels the courier may take back.
	Recallable int

	// Receipt is of what its sender has put in; nil: there is none to give.
	Receipt *Receipt
	// Fee is what the parcel at hand costs.
	Fee FeeView

	// LockedFor is how long typing stays locked.
	LockedFor time.Duration
	// ScansLocked says that no code is accepted at the scanner either.
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
	// Sequence is about doors opened one after the other: with StepOpenAll the planned ones, with StepSequence the present
	// ones.
	Sequence SequenceView
	// Inventory is about a walk from door to door.
	Inventory InventoryView
	// Setup is the commissioning under way.
	Setup SetupView

	// NotTaken is why what was brought was not taken in.
	NotTaken NotTaken
	// Denied says that the recipient of the parcel in hand has not agreed, as it was announced.
	Denied bool
	// Weights are what a sender may say of their parcel: at most so many grams.
	Weights []int

	// Posted is the operator's notice, on the idle screen, or what a sender is to agree to: its text in each of its languages.
	Posted []NoticeText

	// Lamp and Buzzer are what the cabinet's lamp and buzzer do.
	Lamp, Buzzer bool

	// LeftOpen are doors that have stood open for long and are not in use.
	LeftOpen []int
	// Scanner is true while at least one scanner works.
	Scanner bool
	Doors   []DoorView // every door, in the order of the plan
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
	LackKept    Lack = "kept"    // those that are free are kept for others, or lie in another zone
)

// Lacks are all of them.
func Lacks() []Lack { return []Lack{LackLook, LackUnsure, LackFull, LackService, LackKept} }
