package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// The text of packed records has a line for each of these:
//
//	{"cabinet":"demo-1","epoch":"8d41f0c2a7b95e13","seq":16,"at":1795605753020,"known":true,"up":12242,"prev":R32}
//	0 door.closed {"door":7,"evidence":{"contact":"latch","answers":3,"first":T-410,"last":T-10}}
//	103,R32 parcel.stored {"parcel":"p-4f1c",...}
//	+{"phone":B61,"code":B56}
//
// The first names the record that follows. Each record's line has the milliseconds since the record before (since the first line's at
// for the first): at and up grow by them. A sign after them says that up grows by one more or less, and a colon by how many it grows.
// After a comma comes the hash of a sealed part. What the line does not say follows from the line before: v is 1, seq is one more, prev
// is the hash of the public line before. A line with + is the second line of the record before it. Tokens are as in air_text.go,
// with the record's own at as the base of its times.
//
// A record that cannot be told so comes whole in the bytes of chance, and a new first line after it:
//
//	!312

const stampLayout = "2006-01-02T15:04:05.000Z"

// head is all of a public line but what happened.
type head struct {
	cabinet, epoch []byte // as JSON
	seq            uint64
	at, up         int64 // milliseconds since 1970, and since the process started
	known          bool
	prev, sealed   string // hex; sealed may be empty
	kind           []byte
	event          []byte // JSON
}

// publicLine is the line as it is hashed.
func (h *head) publicLine(dst []byte) []byte {
	dst = append(append(dst, `{"v":1,"cabinet":`...), h.cabinet...)
	dst = append(append(dst, `,"epoch":`...), h.epoch...)
	dst = strconv.AppendUint(append(dst, `,"seq":`...), h.seq, 10)
	dst = time.UnixMilli(h.at).UTC().AppendFormat(append(dst, `,"at":"`...), stampLayout)
	dst = strconv.AppendBool(append(dst, `","known":`...), h.known)
	dst = strconv.AppendInt(append(dst, `,"up":`...), h.up, 10)
	dst = append(append(append(dst, `,"prev":"`...), h.prev...), '"')
	if h.sealed != "" {
		dst = append(append(append(dst, `,"sealed":"`...), h.sealed...), '"')
	}
	dst = append(append(append(dst, `,"kind":"`...), h.kind...), '"')
	return append(append(append(dst, `,"event":`...), h.event...), '}')
}

// readHead reads a public line; false if it is not written as publicLine writes it.
func readHead(line []byte) (h head, ok bool) {
	rest := line
	next := func(name string) []byte { // the value after a name
		if !bytes.HasPrefix(rest, []byte(name)) {
			ok = false
			return nil
		}
		rest = rest[len(name):]
		n := 0
		if len(rest) > 0 && rest[0] == '"' {
			n = quoted(rest)
		} else if n = bytes.IndexByte(rest, ','); n < 0 {
			n = len(rest)
		}
		value := rest[:n]
		rest = rest[n:]
		return value
	}
	text := func(name string) string {
		v := next(name)
		return string(v[min(1, len(v)):max(min(1, len(v)), len(v)-1)])
	}
	ok = true
	h.cabinet, h.epoch = next(`{"v":1,"cabinet":`), next(`,"epoch":`)
	h.seq, _ = strconv.ParseUint(string(next(`,"seq":`)), 10, 64)
	at, _ := time.Parse(stampLayout, text(`,"at":`))
	h.at, h.known = at.UnixMilli(), string(next(`,"known":`)) == "true"
	h.up, _ = strconv.ParseInt(string(next(`,"up":`)), 10, 64)
	if h.prev = text(`,"prev":`); bytes.HasPrefix(rest, []byte(`,"sealed":`)) {
		h.sealed = text(`,"sealed":`)
	}
	h.kind = []byte(text(`,"kind":`))
	if ok = ok && bytes.HasPrefix(rest, []byte(`,"event":`)) && isHash(h.prev) && (h.sealed == "" || isHash(h.sealed)) && isKind(h.kind); !ok {
		return h, false
	}
	h.event = rest[len(`,"event":`):max(len(`,"event":`), len(rest)-1)]
	return h, bytes.Equal(h.publicLine(nil), line)
}

func isHash(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == sha256.Size && hex.EncodeToString(raw) == s
}

// isKind says that a kind has only what needs no quotes.
func isKind(kind []byte) bool {
	for _, c := range kind {
		if (c < 'a' || c > 'z') && c != '.' && c != '_' {
			return false
		}
	}
	return len(kind) > 0
}

// packer makes the text of records.
type packer struct {
	text, chance []byte
	last         head
	hash         string // of the public line before; empty: a first line is needed
}

func newPacker(records [][]byte) *packer {
	size := 0
	for _, r := range records {
		size += len(r)
	}
	return &packer{text: make([]byte, 0, size/2)}
}

// add appends a record, or takes it whole.
func (p *packer) add(record []byte) {
	if before := *p; p.told(record) {
		return
	} else {
		*p = before
	}
	p.hash = ""
	p.text = append(strconv.AppendInt(append(p.text, '!'), int64(len(record)), 10), '\n')
	p.chance = append(p.chance, record...)
}

// told appends a record; false if it would not be restored as it was.
func (p *packer) told(record []byte) bool {
	public, personal, has := bytes.Cut(record, []byte{'\n'})
	h, ok := readHead(public)
	if !ok || bytes.IndexByte(personal, '\n') >= 0 {
		return false
	}
	l := &p.last
	if p.hash != h.prev || !bytes.Equal(l.cabinet, h.cabinet) || !bytes.Equal(l.epoch, h.epoch) || h.seq != l.seq+1 || h.known != l.known {
		p.first(&h)
	}
	p.text = strconv.AppendInt(p.text, h.at-l.at, 10)
	switch more := h.up - l.up - (h.at - l.at); more {
	case 0:
	case 1:
		p.text = append(p.text, '+')
	case -1:
		p.text = append(p.text, '-')
	default:
		p.text = strconv.AppendInt(append(p.text, ':'), h.up-l.up, 10)
	}
	if h.sealed != "" {
		raw, _ := hex.DecodeString(h.sealed)
		p.text, p.chance = token(append(p.text, ','), p.chance, 'R', raw)
	}
	p.text = append(append(append(p.text, ' '), h.kind...), ' ')
	if ok = p.short(h.event, h.at); has {
		p.text = append(p.text, '\n', '+')
		ok = p.short(personal, h.at) && ok
	}
	p.text = append(p.text, '\n')
	hash := sha256.Sum256(public)
	p.last, p.hash = h, hex.EncodeToString(hash[:])
	return ok
}

// first appends a first line.
func (p *packer) first(h *head) {
	p.text = append(append(p.text, `{"cabinet":`...), h.cabinet...)
	p.text = append(append(p.text, `,"epoch":`...), h.epoch...)
	p.text = strconv.AppendUint(append(p.text, `,"seq":`...), h.seq, 10)
	p.text = strconv.AppendInt(append(p.text, `,"at":`...), h.at, 10)
	p.text = strconv.AppendBool(append(p.text, `,"known":`...), h.known)
	p.text = strconv.AppendInt(append(p.text, `,"up":`...), h.up, 10)
	raw, _ := hex.DecodeString(h.prev)
	p.text, p.chance = token(append(p.text, `,"prev":`...), p.chance, 'R', raw)
	p.text = append(p.text, '}', '\n')
	p.last.at, p.last.up = h.at, h.up
}

// short appends a JSON text; false if it would not be restored as it was.
func (p *packer) short(text []byte, base int64) bool {
	from, taken := len(p.text), len(p.chance)
	p.text, p.chance = shorten(p.text, p.chance, text, base)
	e := expander{chance: p.chance, taken: taken, room: maxOut}
	restored, err := e.expand(nil, p.text[from:], base)
	return err == nil && bytes.Equal(restored, text) && bytes.IndexByte(text, '\n') < 0
}

// unpacker makes records of a text.
type unpacker struct {
	chance  expander
	records [][]byte
	last    head
	ready   bool // a first line was there: a record may follow
	second  bool // a second line may follow
}

// line takes a line of the text.
func (u *unpacker) line(line []byte) error {
	second := u.second
	u.second = false
	switch {
	case len(line) == 0:
		return errors.New("empty")
	case line[0] == '+' && second:
		i := len(u.records) - 1
		whole, err := u.chance.expand(append(u.records[i], '\n'), line[1:], u.last.at)
		u.records[i] = whole
		return err
	case line[0] == '{':
		return u.first(line)
	case len(u.records) == MaxRecords:
		return fmt.Errorf("more than %d records", MaxRecords)
	case line[0] == '!':
		length, n := integer(line[1:])
		raw, err := u.chance.take(length, -1)
		if n == 0 || n != len(line)-1 || err != nil {
			return errChance
		}
		u.records, u.ready = append(u.records, raw), false
		return nil
	case !u.ready:
		return errors.New("a record without a first line")
	}
	return u.record(line)
}

// first takes a first line.
func (u *unpacker) first(line []byte) error {
	whole, err := u.chance.expand(nil, line, 0)
	if err != nil {
		return err
	}
	var f struct {
		Cabinet, Epoch json.RawMessage
		Seq            uint64
		At, Up         int64
		Known          bool
		Prev           string
	}
	if err := json.Unmarshal(whole, &f); err != nil {
		return err
	}
	if len(f.Cabinet) == 0 || len(f.Epoch) == 0 || !isHash(f.Prev) {
		return errors.New("a first line has cabinet, epoch and prev")
	}
	u.last = head{cabinet: f.Cabinet, epoch: f.Epoch, seq: f.Seq - 1, at: f.At, up: f.Up, known: f.Known, prev: f.Prev}
	u.ready = true
	return nil
}

// record takes a record's line.
func (u *unpacker) record(line []byte) error {
	h := &u.last
	since, n := integer(line)
	if n == 0 {
		return errToken
	}
	up := since
	switch line = line[n:]; {
	case len(line) == 0:
		return errToken
	case line[0] == '+':
		up, line = up+1, line[1:]
	case line[0] == '-':
		up, line = up-1, line[1:]
	case line[0] == ':':
		if up, n = integer(line[1:]); n == 0 {
			return errToken
		}
		line = line[1+n:]
	}
	sealed, rest, _ := bytes.Cut(line, []byte{' '})
	kind, event, ok := bytes.Cut(rest, []byte{' '})
	if !ok || !isKind(kind) {
		return errors.New("a record's line has a kind and an event")
	}
	h.seq, h.at, h.up, h.kind, h.sealed = h.seq+1, h.at+since, h.up+up, kind, ""
	if len(sealed) > 0 {
		text, err := u.chance.expand(nil, sealed[1:], h.at)
		if err != nil || sealed[0] != ',' || len(text) != 2+2*sha256.Size {
			return errors.New("a sealed part's hash is ,R32")
		}
		h.sealed = string(text[1 : len(text)-1])
	}
	var err error
	if h.event, err = u.chance.expand(nil, event, h.at); err != nil {
		return err
	}
	public := h.publicLine(nil)
	if u.chance.room -= len(public) - len(h.event); u.chance.room < 0 {
		return errRoom
	}
	hash := sha256.Sum256(public)
	u.records, h.prev, u.second = append(u.records, public), hex.EncodeToString(hash[:]), true
	return nil
}
