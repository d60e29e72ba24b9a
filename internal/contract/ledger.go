// Package contract is what cabinet and cloud say to each other: the messages, their forms on the air, and the rules by which a receiver takes
// records. Both ends use it. It has no state that outlives a value, and knows no broker, disk or clock.
//
// docs/cloud.md describes it in words.
package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Ledger is what a receiver of a cabinet's events has to remember, and the rules by which it takes a record or not:
//
//   - A record is named by (epoch, seq). One that was had before is dropped: delivery is at least once. So is one of a name
//     that another record was taken under, but people are to look: two cabinets have one name, or a cabinet is a copy.
//   - Within an epoch the records come without a gap. One that comes too early is not taken and not acknowledged: the
//     cabinet keeps whatever was not acknowledged and sends it again.
//   - Every record names the SHA-256 of the public line before it. A record whose prev is not the hash of its
//     predecessor is taken, since it happened, but comes with a problem: history was changed, or some of it lost.
//   - A new epoch says that the journal is new or was restored. Its first record may follow on any record of before, or
//     on one that never came here; the latter is a problem too.
//   - An epoch is taken from its beginning, journal.epoch_begun, or not at all: what came before was acknowledged by
//     somebody who has it no more, and is asked for once more.
//
// A Ledger is a Past in memory and no more than a value: whoever owns it stores the payloads and replays them to have it back.
type Ledger struct {
	cabinet string
	seqs    map[string]uint64   // the newest seq of each epoch
	hashes  map[[32]byte]uint64 // the records taken, to know what an epoch's first one follows on
	epoch   string              // of the record taken last
	last    [32]byte            // the hash of the record taken last
}

// Past is what a receiver remembers of the records that it took from a cabinet, wherever it keeps them.
type Past interface {
	// Newest is the seq of the newest record of an epoch; false if none was taken.
	Newest(epoch string) (seq uint64, taken bool)
	// Last is the epoch and the hash of the record that was taken last, of any epoch; empty if none was.
	Last() (epoch string, hash [32]byte)
	// Find is the seq of the record with a hash; false if it was not taken.
	Find(hash [32]byte) (seq uint64, taken bool)
}

// NewLedger begins a ledger for one cabinet.
func NewLedger(cabinet string) *Ledger {
	return &Ledger{cabinet: cabinet, seqs: map[string]uint64{}, hashes: map[[32]byte]uint64{}}
}

// Received is a record as it came: the public line read, and the personal part still in its boxes.
type Received struct {
	Version int    `json:"v"`       // of the record: 1
	Cabinet string `json:"cabinet"` // with Epoch and Seq, the record's name
	Epoch   string `json:"epoch"`   // the life of the journal until it is restored or shortened
	Seq     uint64 `json:"seq"`     // counts up by one, and continues in the next epoch
	// At is the cabinet's clock, in UTC with milliseconds.
	At time.Time `json:"at"`
	// Known says whether the clock is known to be right: a cabinet may boot without one.
	Known bool `json:"known"`
	// Up is milliseconds since the process started: right within a run even while the clock is not known.
	Up int64 `json:"up"`
	// Prev is the SHA-256 of the public line of the record before; zeros in the first of all.
	Prev string `json:"prev" form:"hash"`
	// Sealed is the SHA-256 of the personal part as it is on the cabinet's disk; absent without one.
	Sealed string `json:"sealed,omitempty" form:"hash"`
	// Kind is what sort of thing happened.
	Kind string `json:"kind"`
	// Event is what happened. Its fields depend on the kind.
	Event json.RawMessage `json:"event"`

	Public []byte   `json:"-"` // the public line as it came: what is hashed
	Phone  []byte   `json:"-"` // a sealed box to the operator, empty if there is none
	Code   []byte   `json:"-"` // a sealed box to the operator, empty if there is none
	Hash   [32]byte `json:"-"` // SHA-256 of the public line
}

// ParseEvent reads a payload of the events topic: a line of JSON, and after a newline the boxes, where there are any.
func ParseEvent(payload []byte) (Received, error) {
	public, personal, has := bytes.Cut(payload, []byte{'\n'})
	r := Received{Public: public, Hash: sha256.Sum256(public)}
	if err := json.Unmarshal(public, &r); err != nil {
		return Received{}, fmt.Errorf("contract: read event: %w", err)
	}
	if r.Version != 1 {
		return Received{}, fmt.Errorf("contract: read event: version %d is not known", r.Version)
	}
	if !has {
		return r, nil
	}
	var boxes Boxes
	if err := json.Unmarshal(personal, &boxes); err != nil {
		return Received{}, fmt.Errorf("contract: read personal part of %s/%d: %w", r.Epoch, r.Seq, err)
	}
	r.Phone, r.Code = boxes.Phone, boxes.Code
	return r, nil
}

// Reasons why a record is not taken.
var (
	ErrSeen     = errors.New("had before")
	ErrDiffers  = fmt.Errorf("a record of its name was %w, with other bytes: two cabinets have one name, or one is a copy", ErrSeen)
	ErrTooEarly = errors.New("a record before it is missing")
	ErrMidway   = errors.New("the beginning of its epoch never came here: all before it is missing")
	ErrStranger = errors.New("of another cabinet")
)

// Problems that a record can be taken with.
const (
	ProblemChain    = "prev is not the hash of the record before: the chain is broken"
	ProblemGoesOn   = "an epoch goes on after another began"
	ProblemUnknown  = "the epoch follows on a record that never came here"
	ProblemMisnamed = "the epoch begins with another seq than the one after the record that it follows on"
)

// Take takes a record or says why not. A taken record may come with a problem, which is for people to look at.
func (l *Ledger) Take(r Received) (problem string, err error) {
	if problem, err = l.Judge(r); err != nil {
		return "", err
	}
	l.seqs[r.Epoch], l.epoch, l.last = r.Seq, r.Epoch, r.Hash
	l.hashes[r.Hash] = r.Seq
	return problem, nil
}

// Judge says what Take would, and takes nothing: a record is kept on the disk before it is taken.
func (l *Ledger) Judge(r Received) (problem string, err error) { return Judge(l.cabinet, l, r) }

// Newest is the newest record of an epoch.
func (l *Ledger) Newest(epoch string) (seq uint64, taken bool) {
	seq, taken = l.seqs[epoch]
	return seq, taken
}

// Last is the record taken last.
func (l *Ledger) Last() (epoch string, hash [32]byte) { return l.epoch, l.last }

// Find is the record with a hash.
func (l *Ledger) Find(hash [32]byte) (seq uint64, taken bool) {
	seq, taken = l.hashes[hash]
	return seq, taken
}

// Judge says whether a record of a cabinet is to be taken after what was taken before, or why not. One that is may come with a problem,
// which is for people to look at.
func Judge(cabinet string, past Past, r Received) (problem string, err error) {
	if r.Cabinet != cabinet {
		return "", ErrStranger
	}
	seq, known := past.Newest(r.Epoch)
	epoch, last := past.Last()
	switch {
	case known && r.Seq <= seq:
		if _, taken := past.Find(r.Hash); !taken {
			return "", ErrDiffers
		}
		return "", ErrSeen
	case known && r.Seq != seq+1:
		return "", ErrTooEarly
	case known && epoch != r.Epoch:
		problem = ProblemGoesOn
	case known && r.Prev != hex.EncodeToString(last[:]):
		problem = ProblemChain
	case !known && r.Kind != "journal.epoch_begun":
		return "", ErrMidway
	case !known:
		problem = begins(past, r)
	}
	return problem, nil
}

// begins judges the first record of an epoch.
func begins(past Past, r Received) (problem string) {
	prev, err := hex.DecodeString(r.Prev)
	if err != nil || len(prev) != 0 && len(prev) != sha256.Size {
		return ProblemUnknown
	}
	if len(prev) == 0 || bytes.Equal(prev, make([]byte, sha256.Size)) {
		return "" // a new journal: it follows on nothing
	}
	seq, known := past.Find([32]byte(prev))
	switch {
	case !known:
		return ProblemUnknown
	case seq+1 != r.Seq:
		return ProblemMisnamed
	}
	return ""
}

// Head is the newest record taken of the epoch that is current, and its hash: what may be acknowledged.
func (l *Ledger) Head() (epoch string, seq uint64, hash [32]byte) {
	return l.epoch, l.seqs[l.epoch], l.last
}
