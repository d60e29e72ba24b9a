package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"lockerd/internal/locker"
)

// formatVersion is "v" in every public line.
const formatVersion = 1

// fileVersion is the version of the file as a whole. Version 1 has its public lines in full; it is read, and becomes 2 with the
// next record, since a release that knows only 1 would take what it cannot read for damage.
const fileVersion = 2

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

// encode writes the line. What is on the disk holds only what differs from record to record, so these bytes are for ever.
func (l *line) encode() []byte {
	b := make([]byte, 0, 400+len(l.Cabinet)+len(l.Event))
	b = strconv.AppendInt(append(b, `{"v":`...), int64(l.V), 10)
	b = appendText(append(b, `,"cabinet":`...), l.Cabinet)
	b = appendText(append(b, `,"epoch":`...), l.Epoch)
	b = strconv.AppendUint(append(b, `,"seq":`...), l.Seq, 10)
	b = time.Time(l.At).UTC().AppendFormat(append(b, `,"at":"`...), stampLayout)
	b = strconv.AppendBool(append(b, `","known":`...), l.Known)
	b = strconv.AppendInt(append(b, `,"up":`...), l.Up, 10)
	b = append(hex.AppendEncode(append(b, `,"prev":"`...), l.Prev[:]), '"')
	if l.Sealed != (sum{}) {
		b = append(hex.AppendEncode(append(b, `,"sealed":"`...), l.Sealed[:]), '"')
	}
	b = appendText(append(b, `,"kind":`...), l.Kind)
	return append(append(append(b, `,"event":`...), l.Event...), '}')
}

// appendText writes a string as JSON does.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := encodeJSON(s)
			if err != nil {
				panic(err) // a string
			}
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
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

// entry is a record as it lies on disk: the SHA-256 of its public line, then
//
//	0 | flags | uvarint seq | varint at | varint up | prev | cabinet | epoch | kind | event | sealed part
//
// with times in milliseconds (at since 1970, UTC), hashes as 32 bytes, and each text with its length before it as a uvarint. The
// only flag is 1: the time was known. The public line is made of that anew, and the hash says whether it is the one that was.
// Version 1 has the uvarint length of the public line, which is not 0, and the line.
type entry struct {
	line
	own    sum
	public []byte
	sealed []byte // nil where nothing is sealed
}

const flagKnown = 1

func encodeEntry(l line, sealed []byte) []byte {
	if l.Sealed = (sum{}); len(sealed) > 0 {
		l.Sealed = sha256.Sum256(sealed)
	}
	own := sha256.Sum256(l.encode())
	flags := byte(0)
	if l.Known {
		flags = flagKnown
	}
	value := make([]byte, 0, 2*len(own)+64+len(l.Cabinet)+len(l.Epoch)+len(l.Kind)+len(l.Event)+len(sealed))
	value = append(append(value, own[:]...), 0, flags)
	value = binary.AppendUvarint(value, l.Seq)
	value = binary.AppendVarint(value, time.Time(l.At).UnixMilli())
	value = binary.AppendVarint(value, l.Up)
	value = append(value, l.Prev[:]...)
	for _, text := range [][]byte{[]byte(l.Cabinet), []byte(l.Epoch), []byte(l.Kind), l.Event} {
		value = append(binary.AppendUvarint(value, uint64(len(text))), text...)
	}
	return append(value, sealed...)
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
	if size == 0 {
		if err := e.unpack(rest[n:]); err != nil {
			return entry{}, err
		}
	} else {
		e.public, e.sealed = rest[n:n+int(size)], rest[n+int(size):]
	}
	if len(e.sealed) == 0 {
		e.sealed = nil
	}
	if sha256.Sum256(e.public) != e.own { // of the sealed part's hash, too, where the line is made anew
		return entry{}, errors.New("it does not match its hash")
	}
	if size == 0 {
		return e, nil
	}
	l, err := decodeLine(e.public)
	if err != nil {
		return entry{}, err
	}
	e.line = l
	switch {
	case e.sealed == nil && l.Sealed != sum{}:
		return entry{}, errors.New("its sealed part is missing")
	case e.sealed != nil && l.Sealed != sha256.Sum256(e.sealed):
		return entry{}, errors.New("its sealed part does not match its hash")
	}
	return e, nil
}

// unpack reads a record's parts and makes its public line of them.
func (e *entry) unpack(b []byte) error {
	bad := false
	take := func(n uint64) (part []byte) {
		if bad = bad || n > uint64(len(b)); !bad {
			part, b = b[:n], b[n:]
		}
		return part
	}
	uvarint := func() uint64 {
		v, n := binary.Uvarint(b)
		bad = bad || n <= 0
		take(uint64(max(n, 0)))
		return v
	}
	varint := func() int64 {
		v, n := binary.Varint(b)
		bad = bad || n <= 0
		take(uint64(max(n, 0)))
		return v
	}
	e.V = formatVersion
	flags := take(1)
	e.Seq, e.At, e.Up = uvarint(), stamp(time.UnixMilli(varint()).UTC()), varint()
	copy(e.Prev[:], take(uint64(len(e.Prev))))
	e.Cabinet, e.Epoch, e.Kind, e.Event = string(take(uvarint())), string(take(uvarint())), string(take(uvarint())), take(uvarint())
	if bad || flags[0]&^flagKnown != 0 {
		return errors.New("its parts make no record")
	}
	e.Known = flags[0] == flagKnown
	if e.sealed = b; len(b) > 0 {
		e.Sealed = sha256.Sum256(b)
	}
	e.public = e.encode()
	return nil
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
