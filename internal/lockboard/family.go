package lockboard

import (
	"slices"
	"time"
)

// Ack is when a board answers an unlock.
type Ack byte

// When boards answer unlocks.
const (
	AckAfter Ack = iota // once the pulse is over
	AckSoon             // at once
	AckMaybe            // perhaps: no answer says nothing
)

// Family is a protocol: its frames, and the properties of the boards that speak it. docs/lockboards.md says where each
// number is from.
type Family struct {
	Name string // as the configuration has it
	Codec
	Peer Peer

	Lowest, Highest int // addresses
	Locks           int // of the largest board
	Baud            int // as boards come from the factory

	// Single is set where a board answers Query; all answer QueryAll.
	Single bool
	// AllRisky is set where a query for all is two flipped bits away from "open all", and boards answer Query too: once
	// anything was damaged on the line, they are asked lock by lock.
	AllRisky bool
	// Probe is the request whose echo can be told from every answer: by it, and nothing else, it becomes known whether
	// the line echoes.
	Probe Op
	// EchoOpens is set where the echo of an unlock is byte for byte the answer of a lock whose contact is shorted.
	EchoOpens bool
	// Varies is set where the length of the answer to QueryAll is not in it and must be learnt.
	Varies bool
	// Longest is how many bytes the longest answer has.
	Longest int

	// Answer is how long a board may take to begin an answer to a query, where the line does not say: see
	// Config.AnswerWithin.
	Answer time.Duration

	// Refusals are what the codes of a refusal mean; others are Other.
	Refusals map[int]Refusal

	Ack   Ack
	Pulse time.Duration // how long a board energises a lock as it comes from the factory
	// PulseStep and PulseMost are set where the request says how long: in which steps, and what is the most.
	PulseStep, PulseMost time.Duration
	// SwitchedOff is set where the board never ends a pulse by itself: it is sent Off, and with the power of this
	// computer gone the lock would burn. Such boards need the configuration's word that this is understood.
	SwitchedOff bool

	// LeftOn is set where a lock burns if its relay was left on, though the board ends our pulses by itself: they are switched
	// off once at the start.
	LeftOn bool

	// Agree is how many answers in a row must agree before a state counts: more where no sum guards a frame.
	Agree int
	// NoContacts is set where a board reads no contacts: QueryAll then only shows that it lives.
	NoContacts bool
	// Senses is set where QueryAll tells of presence.
	Senses bool
	// Reports is set where boards may speak unasked.
	Reports bool
}

// usualAnswer is for families whose answering time is not documented: what drivers of 8A boards wait.
const usualAnswer = 300 * time.Millisecond

// families are the protocols that there are.
var families = []Family{
	family8A,
	familyWKLY,
	familyWaveshare,
	familyLCTech,
	familyKerong5,
	familyKerong8,
	familyWinnsen,
	family0100,
	familyR421A08,
}

// FamilyNamed finds a family by its name.
func FamilyNamed(name string) (Family, bool) {
	i := slices.IndexFunc(families, func(f Family) bool { return f.Name == name })
	if i < 0 {
		return Family{}, false
	}
	return families[i], true
}

// Families are the names of all families, the most common first.
func Families() []string {
	var names []string
	for _, f := range families {
		names = append(names, f.Name)
	}
	return names
}
