package locker

import (
	"slices"
	"time"
)

// DoorState is what a door's contact reports, or that nothing is known.
type DoorState string

// Door states. A time-out leads to Unknown, never to Closed.
const (
	Unknown DoorState = "unknown"
	Open    DoorState = "open"
	Closed  DoorState = "closed"
)

// Evidence is the basis of a door's state.
type Evidence struct {
	// Contact is what the contact watches: "latch" (a finger can press it with the door wide open) or "door".
	Contact string `json:"contact,omitempty" enum:"latch,door"`
	// Answers is how many equal answers in a row gave the state, and First and Last when the first and the last of them
	// came.
	Answers int       `json:"answers,omitempty"`
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
}

// BlockReason is why a door is set aside (out of service).
type BlockReason string

// Reasons to set a door aside.
const (
	BlockJammed   BlockReason = "jammed"   // it did not open for somebody who was entitled
	BlockOccupied BlockReason = "occupied" // a courier found something in it
	BlockService  BlockReason = "service"  // an operator or a technician said so
	BlockDamaged  BlockReason = "damaged"  // it is broken, bent or was forced
	BlockDirty    BlockReason = "dirty"    // it must be cleaned
	BlockRestless BlockReason = "restless" // its contact moves without end: nothing is known of it
)

// BlockReasons are those that people may choose from.
func BlockReasons() []BlockReason {
	return []BlockReason{BlockJammed, BlockOccupied, BlockDamaged, BlockDirty, BlockService}
}

// doors is what the cabinet believes about the doors.
type doors struct {
	awake  set // turns of the doors that do not rest; see door_awake.go
	faulty set // and of those that have a fault

	Doors []*Door `json:"doors"`
}

// A draft copies a door before it changes it: see editDoor.
func (x doors) clone() doors {
	return doors{slices.Clone(x.awake), slices.Clone(x.faulty), slices.Clone(x.Doors)}
}

// Door is what the cabinet believes about one door.
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
	Late       bool          `json:"late,omitempty"`    // it stands open since its lock sprang after its unlock had ended: nobody need have waited for it
	Blocked    BlockReason   `json:"blocked,omitempty"`
	BlockedBy  string        `json:"blocked_by,omitempty"`
	Failed     int           `json:"failed"` // unlocks in a row that were sent and did not open it
	Holds      Contents      `json:"holds"`
	Unlock     Unlock        `json:"unlock"`           // the one that is under way; none has no ID
	Last       Unlock        `json:"last"`             // the newest one that seemed to fail: it may still explain an opening
	Booked     string        `json:"booked,omitempty"` // the booking that it is kept free for
	Lock       Lock          `json:"lock,omitzero"`
	Presence   Presence      `json:"presence,omitempty"`
	Pulses     int           `json:"pulses,omitempty"` // that its lock was sent: its wear
	Habits     Habits        `json:"habits,omitzero"`
}

// Holding is what kind of thing a compartment holds.
type Holding string

// What a compartment may hold. Only an Empty one may be given to someone new.
const (
	Empty     Holding = "empty"
	Reserved  Holding = "reserved"  // a parcel is being put in
	Occupied  Holding = "parcel"    // a parcel lies there for its recipient
	Collected Holding = "collected" // fetched, but not proven empty
	Doubtful  Holding = "doubtful"  // nobody knows
)

// Contents is what the cabinet believes a compartment holds, and why.
type Contents struct {
	Kind     Holding `json:"kind"`
	Proof    Proof   `json:"proof,omitempty"` // of Empty; kept while Reserved
	Parcel   string  `json:"parcel,omitempty"`
	Why      Doubt   `json:"why,omitempty"`      // of Doubtful; of Occupied and Collected: will be, once fetched and the reopening time is over
	Tracking string  `json:"tracking,omitempty"` // Doubtful: the parcel that may be there,
	Company  string  `json:"company,omitempty"`  // and whose courier brought it
}

// Proof is why a door is held to be empty, the strongest first.
type Proof string

// Proofs that a door is empty.
const (
	ProofSensor     Proof = "sensor"     // a presence sensor
	ProofTechnician Proof = "technician" // somebody with the right to look has looked
	ProofCourier    Proof = "courier"    // a signed-in courier has looked in, and said so
	ProofSaid       Proof = "said"       // the operator says that somebody has looked in
	ProofPickup     Proof = "pickup"     // the entitled person's pickup, seen open and then closed, reopening time over
)

// Doubt is why nobody knows the contents of a compartment.
type Doubt string

// Reasons of doubt.
const (
	DoubtNever     Doubt = "never looked into"
	DoubtUnasked   Doubt = "opened without an unlock"
	DoubtLate      Doubt = "opened late" // after whoever it was released for had gone elsewhere
	DoubtOrder     Doubt = "opened by order"
	DoubtService   Doubt = "opened by service"
	DoubtAbandoned Doubt = "drop-off abandoned"
	DoubtLeft      Doubt = "left for another door" // by a courier
	DoubtSetAside  Doubt = "set aside"             // by a courier
	DoubtRestored  Doubt = "journal restored"
	DoubtShortened Doubt = "journal shortened"
	DoubtLost      Doubt = "journal lost"
	DoubtNew       Doubt = "journal new"
	DoubtSensed    Doubt = "something is sensed"  // by a presence sensor
	DoubtWired     Doubt = "wired anew"           // its lock is another than before
	DoubtToken     Doubt = "opened by token"      // one for the door, not for a parcel
	DoubtUnseen    Doubt = "never seen open"      // a pulse was sent, and its contact did not move: it may have opened
	DoubtGiven     Doubt = "handed over"          // the operator says that its recipient has the parcel
	DoubtAlone     Doubt = "shut by nobody known" // it stood open with nobody at it, or nobody saw how it was shut
)

// Doubts are all reasons of doubt.
func Doubts() []Doubt {
	return []Doubt{DoubtNever, DoubtUnasked, DoubtLate, DoubtOrder, DoubtService, DoubtAbandoned, DoubtLeft,
		DoubtSetAside, DoubtRestored, DoubtShortened, DoubtLost, DoubtNew, DoubtSensed, DoubtWired, DoubtToken,
		DoubtUnseen, DoubtGiven, DoubtAlone}
}

// usable says that a door can be unlocked now.
func (s *State) usable(number int) bool {
	d, p := s.door(number), s.built(number)
	return p != nil && d != nil && s.opens(p, d)
}

// opens is usable for a door whose plan and state the caller already has.
func (s *State) opens(p *DoorPlan, d *Door) bool {
	return d.Blocked == "" && d.Unlock.ID == "" && !s.mute(p) && !s.anew(p.Number)
}

// free says that a door can be given to the parcel in the courier's hand: in order, known to be closed, proven empty, not
// contradicted by a sensor, and not booked for another. A door without a contact is never free, since its state is never known.
func (s *State) free(number int) bool {
	d, p := s.door(number), s.built(number)
	return p != nil && d != nil && s.ready(p, d) && !s.forOther(d)
}

// gives says that a door can be given to anyone.
func (s *State) gives(p *DoorPlan, d *Door) bool { return d.Booked == "" && s.ready(p, d) }

// ready is free, whatever a door is booked for, for one whose plan and state the caller already has.
func (s *State) ready(p *DoorPlan, d *Door) bool {
	return d.State == Closed && d.Holds.Kind == Empty && d.Presence != PresencePresent && !p.Blind && s.opens(p, d)
}

// outOf says why a door cannot be unlocked now.
func (s *State) outOf(number int) Notice {
	if s.silent(number) {
		return NoticeDoorSilent
	}
	return NoticeDoorOut
}

// trouble says what is known about the door in use that did not open, or cannot be used now.
func (s *State) trouble(d *Door) Trouble {
	p := s.parcel(d.Holds.Parcel)
	switch {
	case p != nil && p.State == ParcelHeld:
		return TroubleHeld
	case d.Last.Outcome == OutcomeUnknown && d.Last.Session == s.Session.ID:
		return TroubleUnknown
	case s.silent(d.Number):
		return TroubleSilent
	case d.Blocked != "" && d.Blocked != BlockJammed || s.anew(d.Number):
		return TroubleAside
	case d.Blocked == BlockJammed:
		return TroubleStuck
	case d.Last.Outcome == NotSent:
		return TroubleUnsent
	}
	return TroubleStuck
}

// blind says that a door's lock has no contact.
func (s *State) blind(number int) bool {
	p := s.built(number)
	return p != nil && p.Blind
}

// urges says that a door is to be pushed shut: it has stood open for long, or has sprung open behind the person who pushed
// it shut, who must be told before they have left.
func (d *Door) urges(now Now, after time.Duration) bool {
	return d.State == Open && (d.Sprang || now.Up-d.Since >= after)
}

// tellable says that a person's word about the contents can count: the door is not open, and no sensor sees something.
func (d *Door) tellable() bool { return d.State != Open && d.Presence != PresencePresent }

// refusalToLook says why a person's word that a door is empty is not accepted; empty: it is. A parcel that its recipient may
// still collect is never declared gone; another parcel is, if its door is named. While a door is open nobody can know what
// it will be shut with, and where a sensor looks in, the sensor decides.
func (s *State) refusalToLook(number int, named bool) string {
	door, built := s.door(number), s.built(number) != nil
	if door == nil || !built {
		return "no such door"
	}
	p := s.parcel(door.Holds.Parcel)
	switch {
	case door.State == Open:
		return "the door stands open"
	case door.Presence == PresencePresent:
		return "its sensor says that something is in it"
	case p == nil, p.State == ParcelTaken:
		return ""
	case p.State == ParcelDropping:
		return "a parcel is just being put in"
	case p.State == ParcelStoredAt && !p.overdue():
		return "a parcel waits there for its recipient: say that it was handed over, or cancel it, first"
	case !named:
		return "a parcel may lie there that nobody may fetch any more: name the door"
	}
	return ""
}

// DoorView is a door in the picture of the cabinet.
type DoorView struct {
	Number int
	Size   string
	Height int // in millimetres
	Column int // from 1
	State  DoorState
	Low    bool
	// Out says that the door cannot be used: it is set aside, its board is silent, or it is being rewired.
	Out bool
}
