package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lockerd/internal/locker"
)

// formatVersion is "v" in every public line and the version of the file as a whole.
const formatVersion = 1

// sum is a SHA-256. In JSON it is 64 hex digits.
type sum [sha256.Size]byte

// MarshalText writes hex.
func (s sum) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(s[:])), nil }

// UnmarshalText reads 64 hex digits.
func (s *sum) UnmarshalText(text []byte) error {
	if len(text) != 2*len(s) {
		return fmt.Errorf("a hash has %d hex digits, not %d", 2*len(s), len(text))
	}
	_, err := hex.Decode(s[:], text)
	return err
}

// stamp is a time of day in UTC with exactly three decimals, so that a line always encodes to the same bytes.
type stamp time.Time

const stampLayout = "2006-01-02T15:04:05.000Z"

// MarshalText writes "2026-11-24T11:22:33.123Z".
func (s stamp) MarshalText() ([]byte, error) {
	return time.Time(s).UTC().AppendFormat(nil, stampLayout), nil
}

// UnmarshalText reads what MarshalText writes.
func (s *stamp) UnmarshalText(text []byte) error {
	t, err := time.Parse(stampLayout, string(text))
	*s = stamp(t)
	return err
}

// line is the public part of a record: one line of JSON with its fields in this order. A record's hash is the SHA-256
// of that line, which names the record before it and the hash of its own sealed part: so a receiver can check the chain
// on the bytes as sent, and destroying a sealed part's key breaks nothing.
type line struct {
	V       int    `json:"v"`
	Cabinet string `json:"cabinet"`
	Epoch   string `json:"epoch"`
	Seq     uint64 `json:"seq"`
	At      stamp  `json:"at"`
	Known   bool   `json:"known"`
	Up      int64  `json:"up"`              // milliseconds since the process started
	Prev    sum    `json:"prev"`            // zeros in the first record of all
	Sealed  sum    `json:"sealed,omitzero"` // absent where nothing is sealed
	Kind    string `json:"kind"`
	Event   body   `json:"event"`
}

// dated says that a record's time was known, and was right: one that is still to come was of a clock that lied.
func (l *line) dated(now time.Time) bool { return l.Known && !time.Time(l.At).After(now) }

// body is an event's own JSON, kept as it stands.
type body = json.RawMessage

// encodeJSON leaves <, > and & alone: the bytes are for machines and are hashed, never pasted into a page.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func decodeLine(public []byte) (line, error) {
	var l line
	if err := json.Unmarshal(public, &l); err != nil {
		return line{}, fmt.Errorf("public line: %w", err)
	}
	if l.V != formatVersion {
		return line{}, fmt.Errorf("public line: version %d, not %d", l.V, formatVersion)
	}
	return l, nil
}

// entry is a record as it lies on disk: SHA-256 of the public line | uvarint length | public line | sealed part.
type entry struct {
	line
	own    sum
	public []byte
	sealed []byte // nil where nothing is sealed
}

func encodeEntry(l line, sealed []byte) ([]byte, error) {
	if sealed != nil {
		l.Sealed = sha256.Sum256(sealed)
	}
	public, err := encodeJSON(l)
	if err != nil {
		return nil, err
	}
	own := sha256.Sum256(public)
	value := make([]byte, 0, len(own)+binary.MaxVarintLen32+len(public)+len(sealed))
	value = append(value, own[:]...)
	value = binary.AppendUvarint(value, uint64(len(public)))
	value = append(value, public...)
	return append(value, sealed...), nil
}

// decodeEntry checks both hashes. What it returns shares memory with value.
func decodeEntry(value []byte) (entry, error) {
	var e entry
	if len(value) < len(e.own) {
		return entry{}, fmt.Errorf("%d bytes are too few", len(value))
	}
	rest := value[copy(e.own[:], value):]
	size, n := binary.Uvarint(rest)
	if n <= 0 || size > uint64(len(rest)-n) {
		return entry{}, errors.New("its length is wrong")
	}
	e.public, e.sealed = rest[n:n+int(size)], rest[n+int(size):]
	if sha256.Sum256(e.public) != e.own {
		return entry{}, errors.New("its public line does not match its hash")
	}
	l, err := decodeLine(e.public)
	if err != nil {
		return entry{}, err
	}
	e.line = l
	if len(e.sealed) == 0 {
		e.sealed = nil
	}
	switch {
	case e.sealed == nil && l.Sealed != sum{}:
		return entry{}, errors.New("its sealed part is missing")
	case e.sealed != nil && l.Sealed != sha256.Sum256(e.sealed):
		return entry{}, errors.New("its sealed part does not match its hash")
	}
	return e, nil
}

// chain checks one record after another: numbers without a gap, each naming the one before, epochs begun as they must.
type chain struct {
	cabinet string
	started bool // false: the next record is taken as it comes
	seq     uint64
	epoch   string
	own     sum
}

func (c *chain) next(key uint64, e *entry, event locker.Event) error {
	_, begins := event.(locker.EpochBegun)
	switch {
	case e.Seq != key:
		return fmt.Errorf("it says that it is record %d", e.Seq)
	case e.Cabinet != c.cabinet:
		return fmt.Errorf("it is of cabinet %q, not %q", e.Cabinet, c.cabinet)
	case key == 1 && (e.Prev != sum{} || !begins):
		return errors.New("it is not how a journal begins")
	case c.started && key != c.seq+1:
		return fmt.Errorf("it follows record %d", c.seq)
	case c.started && e.Prev != c.own:
		return errors.New("it does not follow from the record before it")
	case c.started && (e.Epoch != c.epoch) != begins:
		return errors.New("its epoch does not follow from the record before it")
	}
	c.started, c.seq, c.epoch, c.own = true, key, e.Epoch, e.own
	return nil
}
