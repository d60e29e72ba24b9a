package locker

import (
	"iter"
	"slices"
	"time"
)

// State is all that is believed. It is the fold of the journal's records by Apply and nothing else; its JSON is the
// journal's snapshot.
type State struct {
	plan    *Config
	index   *index
	awake   set     // turns of the doors that do not rest; see awake.go
	faulty  set     // and of those that have a fault
	parcels parcels // see parcels.go
	moved   moved   // see picture.go
	faced   []faced // doors handed out since the end of the newest Apply
	// draft is set in the copy that a decision is tried out on: it shares doors and parcels with the state, and copies
	// one before it changes.
	draft bool

	Epoch   string        `json:"epoch"`
	Seq     uint64        `json:"seq"`
	Up      time.Duration `json:"up"`    // the newest record's, in its run
	Known   bool          `json:"known"` // the clock was known at the newest record
	Version string        `json:"version,omitempty"`
	Timekeeping

	// Revision is the newest record that changed the question on the screen.
	Revision  uint64          `json:"revision"`
	Session   Session         `json:"session"`
	Typing    Typing          `json:"typing"`
	Scans     Typing          `json:"scans,omitzero"` // pickup codes held before a scanner are guarded as typed ones are
	TechPIN   Typing          `json:"tech_pin"`       // the technicians' keypad has a guard of its own
	Doors     []*Door         `json:"doors"`
	Parcels   []*Parcel       `json:"parcels"`
	Announced []Announcement  `json:"announced"`
	Spent     []Spent         `json:"spent"`
	Used      []UsedToken     `json:"used,omitempty"`
	Breaker   Breaker         `json:"breaker,omitzero"`
	Resent    []time.Duration `json:"resent,omitempty"` // Up of the newest times that a code was asked for once more
	Silent    []SilentBoard   `json:"silent"`
	Scanners  []string        `json:"scanners_gone"`
	Cameras   []string        `json:"cameras_gone"`
	Switches  []Switch        `json:"alarms"`
	Photos    []Photo         `json:"photos"`   // newest last
	Couriers  []Courier       `json:"couriers"` // put by the cloud; they outrank the configuration's
	Removed   []string        `json:"removed"`  // ids of couriers that the cloud has removed
	Orders    []Answered      `json:"orders"`   // newest last
	Unkept    Unkept          `json:"unkept,omitzero"`
	// Forgot says that orders may have been followed that a restored journal does not know; once the clock is known,
	// OrdersFrom is since when it does.
	Forgot     bool      `json:"forgot,omitempty"`
	OrdersFrom time.Time `json:"orders_from,omitzero"`
	// Gone is until when the latest of the orders and tokens would have counted that were forgotten because they had expired.
	Gone     time.Time      `json:"gone,omitzero"`
	Revoked  []RevokedToken `json:"revoked,omitempty"`
	Erasing  []Erasure      `json:"erasing,omitempty"` // under way
	Setup    Setup          `json:"setup,omitzero"`
	Sequence Sequence       `json:"sequence,omitzero"`
	Findings []Raised       `json:"findings,omitempty"`
	Sources  []Source       `json:"sources,omitempty"` // those that have used some of their budget

	// Technicians are those who have enrolled, and those who were invited to.
	Technicians []Enrolment `json:"technicians,omitempty"`
}

// Door is what is believed of a door.
type Door struct {
	Number     int           `json:"number"`
	State      DoorState     `json:"state"`
	Since      time.Duration `json:"since"` // Up when State began
	Evidence   Evidence      `json:"evidence"`
	SeenClosed bool          `json:"seen_closed"`       // in this run: an opening can be told from a door found open
	Before     DoorState     `json:"before,omitempty"`  // what was known of it last, while State is unknown
	Fell       bool          `json:"fell,omitempty"`    // it was open right before it was seen closed
	Opening    string        `json:"opening,omitempty"` // the unlock that explains its newest opening; none: nothing does
	LeftOpen   bool          `json:"left_open"`         // it was reported as left open
	Sprang     bool          `json:"sprang,omitempty"`  // it stands open since its latch did not catch: whoever pushed it shut believes that it is
	Blocked    BlockReason   `json:"blocked,omitempty"`
	BlockedBy  string        `json:"blocked_by,omitempty"`
	Failed     int           `json:"failed"` // unlocks in a row that were sent and did not open it
	Holds      Contents      `json:"holds"`
	Unlock     Unlock        `json:"unlock"` // the one that is under way; none has no ID
	Last       Unlock        `json:"last"`   // the newest one that seemed to fail: it may still explain an opening
	Lock       Lock          `json:"lock,omitzero"`
	Presence   Presence      `json:"presence,omitempty"`
	Habits     Habits        `json:"habits,omitzero"`
}

// Habits is what diagnoses look at: how a door behaves over weeks. It outlives a restart.
type Habits struct {
	// OpenAt is when its contact began to say open, and Passed how many unlocks, of any door, there have been since.
	OpenAt time.Time `json:"open_at,omitzero"`
	Passed int       `json:"passed,omitempty"`
	// Unseen is how many unlocks in a row did open the door, as people say, without its contact moving.
	Unseen int `json:"unseen,omitempty"`
	// Pulses is how many pulses went out since it opened last; Openings, how many each of the newest openings took.
	Pulses   int   `json:"pulses,omitempty"`
	Openings []int `json:"openings,omitempty"`
}

// Holding is what is behind a door.
type Holding string

// What may be behind a door. Only Empty may be given to someone new.
const (
	Empty     Holding = "empty"
	Reserved  Holding = "reserved"  // a parcel is being put in
	Occupied  Holding = "parcel"    // a parcel lies there for its recipient
	Collected Holding = "collected" // fetched, but not proven empty
	Doubtful  Holding = "doubtful"  // nobody knows
)

// Contents is what is believed to be behind a door, and why.
type Contents struct {
	Kind     Holding `json:"kind"`
	Proof    Proof   `json:"proof,omitempty"` // of Empty; kept while Reserved
	Parcel   string  `json:"parcel,omitempty"`
	Why      Doubt   `json:"why,omitempty"`      // of Doubtful; of Collected: will be, once the reopening time is over
	Tracking string  `json:"tracking,omitempty"` // Doubtful: the parcel that may be there,
	Company  string  `json:"company,omitempty"`  // and whose courier brought it
}

// Unlock is an unlock under way, or one that seemed to fail.
type Unlock struct {
	ID      string        `json:"id,omitempty"`
	Why     Why           `json:"why,omitempty"`
	Session string        `json:"session,omitempty"`
	Parcel  string        `json:"parcel,omitempty"`
	Order   string        `json:"order,omitempty"`
	Token   TokenUse      `json:"token,omitzero"`
	Again   bool          `json:"again,omitempty"`
	Asked   time.Duration `json:"asked,omitempty"`   // Up when it was asked for
	Wall    time.Time     `json:"wall,omitzero"`     // and the time of day,
	Known   bool          `json:"known,omitempty"`   // if that was known to be right
	Earlier bool          `json:"earlier,omitempty"` // in an earlier run: Asked says nothing
	At      time.Duration `json:"at,omitempty"`      // Up from when it is judged; of Last: when it ended
	Held    int           `json:"held,omitempty"`    // how often its judgement was put off, because the process stood still
	Outcome Outcome       `json:"outcome,omitempty"`
	Said    bool          `json:"said,omitempty"` // somebody said that it did open
}

// Session is one person's turn at the kiosk; none has no ID.
type Session struct {
	ID       string        `json:"id,omitempty"`
	Language string        `json:"language,omitempty"`
	Step     Step          `json:"step,omitempty"`
	Notice   Notice        `json:"notice,omitempty"`
	Touched  time.Duration `json:"touched,omitempty"` // Up at its newest event
	Moved    time.Duration `json:"moved,omitempty"`   // Up when Step began
	Proven   time.Duration `json:"proven,omitempty"`  // Up when it began, or whoever it is for has shown last that it is them
	Door     int           `json:"door,omitempty"`
	Parcel   string        `json:"parcel,omitempty"` // being fetched, or being put in
	Retried  bool          `json:"retried,omitempty"`
	Reopened bool          `json:"reopened,omitempty"`
	Token    TokenUse      `json:"token,omitzero"`     // with which the door is being opened
	Asked    Asked         `json:"asked,omitzero"`     // what the door at hand was asked to open for
	Slips    int           `json:"slips,omitempty"`    // wrong codes that were typed in it
	Shown    time.Duration `json:"shown,omitempty"`    // Up when its courier has shown a badge, or a parcel, last
	Crowded  bool          `json:"crowded,omitempty"`  // somebody else has shown a code or a badge, and was told to wait
	Aim      Aim           `json:"aim,omitempty"`      // what a courier's look is for
	Saw      int           `json:"saw,omitempty"`      // the door that was seen open in this look
	Relooked bool          `json:"relooked,omitempty"` // it was opened once more for it
	Met      []Condition   `json:"met,omitempty"`      // of the conditions of the parcel being fetched

	Courier  string     `json:"courier,omitempty"`
	Company  string     `json:"company,omitempty"`
	Tracking string     `json:"tracking,omitempty"` // the parcel in the courier's hand,
	Likely   int        `json:"likely,omitempty"`   // and how likely that is its number, beside others of its label
	Order    string     `json:"order,omitempty"`    // the order that announced it
	Size     string     `json:"size,omitempty"`
	Mask     string     `json:"mask,omitempty"`
	Phone    Box        `json:"phone,omitempty"`
	Low      bool       `json:"low,omitempty"`
	Stored   int        `json:"stored,omitempty"`
	Filled   []int      `json:"filled,omitempty"` // the doors of those parcels, in their order
	Ask      Conditions `json:"ask,omitzero"`     // of the parcel in hand
	Passed   []int      `json:"passed,omitempty"` // doors whose parcels are not taken back

	Technician string     `json:"technician,omitempty"`
	Tests      []DoorTest `json:"tests,omitempty"`
	Board      Board      `json:"board,omitzero"`      // with StepRewire
	Knows      []string   `json:"knows,omitempty"`     // the technicians whose PIN was typed
	Twice      bool       `json:"twice,omitempty"`     // the app is asked for two codes in a row, and one was typed:
	First      []AppCode  `json:"first,omitempty"`     // whose it is
	Enrolling  string     `json:"enrolling,omitempty"` // the enrolment whose PIN is being chosen
}

// Asked is what somebody has asked a door to open for.
type Asked struct {
	Why    Why      `json:"why,omitempty"`
	Parcel string   `json:"parcel,omitempty"`
	Token  TokenUse `json:"token,omitzero"`
}

// ParcelState is where a parcel is in its life.
type ParcelState string

// A parcel's life.
const (
	ParcelDropping  ParcelState = "dropping"
	ParcelStoredAt  ParcelState = "stored"
	ParcelTaken     ParcelState = "collected" // until its door is proven empty
	ParcelOverstays ParcelState = "expired"   // still there; its code no longer opens
	ParcelReturned  ParcelState = "returned"  // taken back by a courier, until its door is proven empty
	ParcelHeld      ParcelState = "held"      // a backup says so; nobody knows what became of it since
)

// Parcel is a parcel with a door.
type Parcel struct {
	ID       string      `json:"id"`
	Tracking string      `json:"tracking"`
	Door     int         `json:"door"`
	Courier  string      `json:"courier"`
	Company  string      `json:"company"`
	Mask     string      `json:"mask,omitempty"`
	Order    string      `json:"order,omitempty"`
	Code     Hash        `json:"code"`
	State    ParcelState `json:"state"`
	Until    time.Time   `json:"until,omitzero"`    // zero until the clock was known
	Expired  bool        `json:"expired,omitempty"` // it overstays because that has come, and was not taken back by an order
	Ask      Conditions  `json:"ask,omitzero"`
	Wrong    int         `json:"wrong,omitempty"`    // wrong answers to what it asks
	Forgiven bool        `json:"forgiven,omitempty"` // what its recipient mistyped was forgiven
	// Reopened is how often its door was opened again since it was fetched.
	Reopened int `json:"reopened,omitempty"`
	// Opened and Shut: since the drop-off began its door was seen to open, and then to close.
	Opened bool `json:"opened,omitempty"`
	Shut   bool `json:"shut,omitempty"`
	// Jammed says that its door before was never seen to open. It may lie there: only a tap says that it lies here.
	Jammed bool `json:"jammed,omitempty"`
	// Personal goes out with ParcelStored and is forgotten here then.
	Personal Personal `json:"personal,omitzero"`
}

// Announcement is a parcel that the cloud told of.
type Announcement struct {
	Order    string     `json:"order"`
	Tracking string     `json:"tracking"`
	Size     string     `json:"size,omitempty"`
	Mask     string     `json:"mask,omitempty"`
	Phone    Box        `json:"phone,omitempty"`
	Low      bool       `json:"low,omitempty"`
	Company  string     `json:"company,omitempty"` // whose couriers bring it; empty: anybody's
	Ask      Conditions `json:"ask,omitzero"`
	At       time.Time  `json:"at"`
	Known    bool       `json:"known"`
}

// Spent is a code that opened its door and opens no more.
type Spent struct {
	Code     Hash   `json:"code"`
	Parcel   string `json:"parcel"`
	Returned bool   `json:"returned,omitempty"` // a courier has taken the parcel back
}

// Typing is the guard against guessing.
type Typing struct {
	Wrong   int           `json:"wrong"`             // wrong codes since the last lock-out that are not forgiven
	Forgave time.Duration `json:"forgave,omitempty"` // Up until when those of before were forgiven
	Step    int           `json:"step"`              // lock-outs in a row
	Last    time.Duration `json:"last"`              // Up of the newest wrong code
	Locked  bool          `json:"locked"`
	For     time.Duration `json:"for"`   // how long the lock-out is
	Since   time.Duration `json:"since"` // Up when it began
}

// Board is a board on a line.
type Board struct {
	Bus   string `json:"bus"`
	Board int    `json:"board"`
}

// SilentBoard is a board that does not answer, and why.
type SilentBoard struct {
	Bus   string `json:"bus"`
	Board int    `json:"board"`
	Why   string `json:"why,omitempty"` // for the technician: "no answer for 8s", "port gone"
}

// What is remembered at the most.
const (
	maxSpent  = 300 // spent codes, so that a used code is called used
	maxPhotos = 50  // stills that a technician may look at
)

// NewState is the state before the first record: every door unknown, and none proven empty.
func NewState(plan *Config) *State {
	s := &State{}
	s.Adopt(plan)
	return s
}

// Adopt gives a state read from a snapshot the cabinet as it is built now. Doors that are no longer built keep what is
// known of them; new ones are not proven empty.
func (s *State) Adopt(plan *Config) {
	s.plan = plan
	s.index = newIndex(s)
	for _, p := range plan.Doors {
		if s.door(p.Number) == nil {
			s.Doors = append(s.Doors, newDoor(p.Number))
		}
	}
	s.index = newIndex(s)
	s.indexParcels()
	s.awake, s.faulty = nil, nil
	s.wakeAll()
	s.settle()
}

func (s *State) clone() *State {
	c := *s
	c.draft = true
	c.awake, c.faulty = slices.Clone(s.awake), slices.Clone(s.faulty)
	c.Doors = slices.Clone(s.Doors)
	c.Parcels = slices.Clone(s.Parcels)
	// To Spent a pickup appends. A draft does that in the room behind the state's list, which the state does not see; it is
	// over before the state appends to it.
	c.parcels.touched = nil
	c.parcels.drafted = slices.Clone(s.parcels.drafted)
	c.Silent = slices.Clone(s.Silent)
	c.Technicians = slices.Clone(s.Technicians)
	c.Scanners = slices.Clone(s.Scanners)
	c.Cameras = slices.Clone(s.Cameras)
	c.Switches = slices.Clone(s.Switches)
	c.Setup.Doors = slices.Clone(s.Setup.Doors)
	c.Setup.Unused, c.Setup.Passed = slices.Clip(s.Setup.Unused), slices.Clip(s.Setup.Passed)
	c.Setup.Seen = slices.Clip(s.Setup.Seen)
	c.Findings = slices.Clip(s.Findings)
	c.Session.Tests = slices.Clip(s.Session.Tests)
	// These grow long and change seldom: shared until appended to, and removed from only by copying.
	c.Announced = slices.Clip(s.Announced)
	c.Used = slices.Clip(s.Used)
	c.Breaker.Released = slices.Clip(s.Breaker.Released)
	c.Resent = slices.Clip(s.Resent)
	c.Session.Met, c.Session.Passed = slices.Clip(s.Session.Met), slices.Clip(s.Session.Passed)
	c.Orders = slices.Clip(s.Orders)
	c.Photos = slices.Clip(s.Photos)
	c.Couriers = slices.Clip(s.Couriers)
	c.Removed = slices.Clip(s.Removed)
	c.Revoked = slices.Clip(s.Revoked)
	c.Erasing = slices.Clip(s.Erasing)
	return &c
}

// here finds a parcel that lies behind a door, or is held to, by its tracking number.
func (s *State) here(tracking string) *Parcel {
	for _, p := range s.Parcels {
		if p.Tracking == tracking && (p.State == ParcelStoredAt || p.State == ParcelOverstays || p.State == ParcelHeld) {
			return p
		}
	}
	return nil
}

// byTracking finds the parcel of a tracking number that was put in, what became of it since or not: one that still lies
// there before others.
func (s *State) byTracking(tracking string) *Parcel {
	if p := s.here(tracking); p != nil {
		return p
	}
	for _, p := range s.Parcels {
		if p.Tracking == tracking && p.State != ParcelDropping {
			return p
		}
	}
	return nil
}

func (s *State) announced(tracking string) *Announcement {
	for i := range s.Announced {
		if s.Announced[i].Tracking == tracking {
			return &s.Announced[i]
		}
	}
	return nil
}

// byCode finds the parcel that a code belongs to. It looks at every one, so that the time it takes tells nothing.
func (s *State) byCode(h Hash) *Parcel {
	var found *Parcel
	for _, p := range s.Parcels {
		if h.Equal(p.Code) && p.State != ParcelDropping {
			found = p
		}
	}
	return found
}

// couriers are those who may drop off now.
func (s *State) couriers() iter.Seq[*Courier] {
	return func(yield func(*Courier) bool) {
		for i := range s.Couriers {
			if !yield(&s.Couriers[i]) {
				return
			}
		}
		for i := range s.plan.Couriers {
			c := &s.plan.Couriers[i]
			known := slices.ContainsFunc(s.Couriers, func(k Courier) bool { return k.ID == c.ID })
			if !known && !slices.Contains(s.Removed, c.ID) && !yield(c) {
				return
			}
		}
	}
}

// isCourier says that somebody is one of them.
func (s *State) isCourier(id string) bool {
	for c := range s.couriers() {
		if c.ID == id {
			return true
		}
	}
	return false
}

// spentBy finds what became of a code that opens no more. It looks at every one, too.
func (s *State) spentBy(h Hash) (found Spent, spent bool) {
	for i := range s.Spent {
		if s.Spent[i].Code.Equal(h) {
			found, spent = s.Spent[i], true
		}
	}
	return found, spent
}

func (s *State) isSpent(h Hash) bool {
	_, spent := s.spentBy(h)
	return spent
}

// spent remembers a code, so that its owner is told what became of it.
func (s *State) spent(x Spent) {
	s.Spent = append(s.Spent[max(0, len(s.Spent)+1-maxSpent):], x) // it moves on in its memory: seldom copied
}

// silent says that a door's board does not answer.
func (s *State) silent(number int) bool {
	p := s.built(number)
	return p != nil && s.mute(p)
}

// mute is the same of a door of the plan.
func (s *State) mute(p *DoorPlan) bool {
	if len(s.Silent) == 0 {
		return false
	}
	return slices.ContainsFunc(p.boards(), func(b Board) bool {
		_, silent := s.silence(b)
		return silent
	})
}

// silence says whether and why a board does not answer.
func (s *State) silence(b Board) (why string, silent bool) {
	i := slices.IndexFunc(s.Silent, func(x SilentBoard) bool { return x.Bus == b.Bus && x.Board == b.Board })
	if i < 0 {
		return "", false
	}
	return s.Silent[i].Why, true
}

// spoken are the silent boards but one.
func (s *State) spoken(b Board) []SilentBoard {
	return without(s.Silent, func(x SilentBoard) bool { return x.Bus == b.Bus && x.Board == b.Board })
}
