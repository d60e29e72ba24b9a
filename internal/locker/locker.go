// Package locker holds the rules of a parcel locker: doors, parcels, people, sessions and unlocks.
// It owns what the cabinet believes and decides what follows from each input; it never reads a clock, does I/O, starts a
// goroutine or imports anything but the standard library, and package tariff, which is as pure.
//
// Two functions hold all the rules. Decide reads the state and turns an input into events; State.Apply applies a recorded
// event to the state. A decision counts only once it is recorded.
package locker

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Now is one reading of the clocks.
type Now struct {
	// Wall is the time of day in UTC. It may be wrong: see Known.
	Wall time.Time
	// Up is the time since the process started. It never jumps; deadlines within a run are counted in it.
	Up time.Duration
	// Known says that Wall is known to be right. Calendar rules (expiry) wait until it is. In a reading that Trust has not
	// judged, it is only the clock's own claim.
	Known bool
	// Age is how long ago the input was made: a queue or a disk may have held it up since. An old request is not carried
	// out, because the person who made it may have left.
	Age time.Duration
	// Read is the time of day as it was read, and Claimed whether the clock itself claimed to be right. Trust sets both.
	Read    time.Time
	Claimed bool
	// Jump is how far a reading that claims to be right is from where it should be; 0 if it is there.
	Jump time.Duration
}

// Record is an event that has been written to the journal: it has happened. (Epoch, Seq) is its name.
type Record struct {
	Epoch string        // the journal's life: a new, restored or shortened journal begins another
	Seq   uint64        // counts up by one within a journal, across epochs
	At    time.Time     // Now.Wall when it was decided
	Known bool          // Now.Known when it was decided
	Up    time.Duration // Now.Up when it was decided, in whole milliseconds
	Event Event
}

// Lock is a piece of hardware: one channel of one board on one line. What a person sees is a door.
type Lock struct {
	Bus     string `json:"bus"`     // the line's name in the configuration
	Board   int    `json:"board"`   // the board's address on that line
	Channel int    `json:"channel"` // the lock's number on the board, from 1
}

func (l Lock) String() string { return fmt.Sprintf("%s/%d/%d", l.Bus, l.Board, l.Channel) }

// Hash is the keyed hash of something that a person types or scans: a pickup code, a badge, a PIN. The plain text never
// reaches the rules.
type Hash [32]byte

// Equal compares in constant time. It compares eight bytes at once, because every typed code is compared with the code of
// every parcel.
func (h Hash) Equal(o Hash) bool {
	var differ uint64
	for i := 0; i < len(h); i += 8 {
		differ |= binary.LittleEndian.Uint64(h[i:]) ^ binary.LittleEndian.Uint64(o[i:])
	}
	return differ == 0
}

// IsZero says that there is no hash.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText writes the hash as hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h[:])), nil }

// UnmarshalText reads 64 hex digits.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != 2*len(h) {
		return fmt.Errorf("locker: a hash has %d hex digits, not %d", 2*len(h), len(text))
	}
	if _, err := hex.Decode(h[:], text); err != nil {
		return fmt.Errorf("locker: hash: %w", err)
	}
	return nil
}

// Box is something personal, encrypted to the operator's public key (a libsodium sealed box). The cabinet cannot open
// it.
type Box []byte

// Personal is the part of an event that holds personal data. It is not in the event's JSON: the journal seals it under a key
// of its own, and only its boxes leave the cabinet.
type Personal struct {
	Phone Box `json:"phone,omitempty"`
	Code  Box `json:"code,omitempty"`
	// Name is a courier's name in clear, for the greeting. Key opens a photo. Neither leaves the cabinet.
	Name string `json:"name,omitempty"`
	Key  []byte `json:"key,omitempty"`
	// Secrets are a technician's. They do not leave the cabinet either.
	Secrets Secrets `json:"secrets,omitzero"`
}

// IsZero says that there is nothing personal.
func (p Personal) IsZero() bool {
	return len(p.Phone) == 0 && len(p.Code) == 0 && p.Name == "" && len(p.Key) == 0 && p.Secrets.IsZero()
}

// Boxes are the parts that may leave the cabinet.
func (p Personal) Boxes() Personal { return Personal{Phone: p.Phone, Code: p.Code} }

// MaskPhone says whether a text is a phone number (5 to 15 digits, as ITU-T E.164 allows, with or without a leading +), and
// returns the mask that may be shown: its last two digits.
func MaskPhone(text string) (mask string, ok bool) {
	digits := strings.TrimPrefix(text, "+")
	if len(digits) < 5 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	return "•••••" + digits[len(digits)-2:], true
}

// PersonOf is the text of a phone number whose keyed hash tells one recipient from another: the same for a number with and
// without its plus, and no code or PIN.
func PersonOf(phone string) string { return "phone:" + strings.TrimLeft(phone, "+0") }

// Offer is a random pickup code, made before the input enters the loop: its keyed hash, and the code itself in a box for the
// operator.
type Offer struct {
	Hash Hash
	Code Box
}

// on is the board of a lock.
func (l Lock) on() Board { return Board{Bus: l.Bus, Board: l.Board} }
