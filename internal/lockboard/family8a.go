package lockboard

import (
	"fmt"
	"time"
)

// family8A: vendor text says up to 99 boards; boards of up to 50 channels are sold, and pulses of 300 ms.
var family8A = Family{
	Name: "8A", Codec: Family8A{}, Peer: Family8A{}, Lowest: 1, Highest: 99, Locks: 50, Baud: 9600,
	Single: true, Probe: Query, EchoOpens: true, Varies: true, Longest: maxAll8A,
	Ack: AckAfter, Pulse: 300 * time.Millisecond, PulseStep: time.Second, PulseMost: 9 * time.Second,
	Answer: 300 * time.Millisecond, Agree: 2, Reports: true, // lockertest waits as long
}

// Family8A is the widest spread family: XOR over all bytes before the last, boards and locks counted from 1.
//
//	open one    8A bb ll 11 X    answer 8A bb ll ST X        ST: 00 contact open, 11 contact shorted
//	  for a time 8A bb ll 11 SS X                            SS: 1 to 9 seconds (one source)
//	query one   80 bb ll 33 X    answer 80 bb ll ST X
//	query all   80 bb 00 33 X    answer 80 bb Sn..S1 33 X    S1: locks 1 to 8, bit 0 the lowest; at least three S
//	                             report 82 bb ll ST X        unasked
//	                                or  81 bb ll ST X        of some boards (one driver): 00 locked, 11 unlocked
//
// Bytes: vendor text (CSDN u012909822/147892413) and public drivers. What else the boards know is not here because
// lockerd must never say it: lock 0 (open all), 90 (batch), 9A and 9B (hold), 9D.
type Family8A struct{}

// The first byte of a frame, and the fourth.
const (
	head8AUnlock = 0x8A
	head8AQuery  = 0x80
	head8AReport = 0x82
	head8AOther  = 0x81 // a report, too: what it says of the contact is another matter, and is not believed either

	mark8AUnlock  = 0x11 // in an unlock
	mark8AQuery   = 0x33 // in a query, and last but one in the answer to a query for all
	mark8AShorted = 0x11 // in an answer
	mark8AOpen    = 0x00
)

const (
	short8A  = 5  // bytes of every frame but the answer to a query for all
	minAll8A = 7  // of that answer: three bytes of state even on an 8-way board (Open-Locker, seen on hardware)
	maxAll8A = 12 // eight bytes of state: more channels than any board has
)

func xor8A(b []byte) (x byte) {
	for _, v := range b {
		x ^= v
	}
	return x
}

func seal8A(b ...byte) []byte { return append(b, xor8A(b)) }

func whole8A(b []byte) bool { return xor8A(b) == 0 }

// Encode gives a request's bytes.
func (Family8A) Encode(r Request) ([]byte, error) {
	if r.Board < family8A.Lowest || r.Board > family8A.Highest {
		return nil, fmt.Errorf("lockboard: encode 8A %s: there is no board %d", r.Op, r.Board)
	}
	isLock := r.Channel >= 1 && r.Channel <= 64 // 0 would be all
	switch {
	case r.Op == Unlock && isLock && r.Pulse != 0:
		return timed8A(r)
	case r.Op == Unlock && isLock:
		return seal8A(head8AUnlock, byte(r.Board), byte(r.Channel), mark8AUnlock), nil
	case r.Op == Query && isLock:
		return seal8A(head8AQuery, byte(r.Board), byte(r.Channel), mark8AQuery), nil
	case r.Op == QueryAll && r.Channel == 0:
		return seal8A(head8AQuery, byte(r.Board), 0, mark8AQuery), nil
	}
	return nil, fmt.Errorf("lockboard: encode 8A: %s of lock %d is nothing to ask", r.Op, r.Channel)
}

// timed8A gives the unlock that says how long.
func timed8A(r Request) ([]byte, error) {
	if r.Pulse < 0 || r.Pulse > family8A.PulseMost || r.Pulse%family8A.PulseStep != 0 {
		return nil, fmt.Errorf("lockboard: encode 8A: pulse %s: is whole seconds up to %s", r.Pulse, family8A.PulseMost)
	}
	return seal8A(head8AUnlock, byte(r.Board), byte(r.Channel), mark8AUnlock, byte(r.Pulse/time.Second)), nil
}

// Decode reads a burst. Lines without bias resistors put bytes 00 and FF between frames; those alone are passed over.
func (Family8A) Decode(burst []byte, pending Request) ([]Frame, error) {
	var frames []Frame
	for rest := burst; len(rest) > 0; {
		if rest[0] == 0x00 || rest[0] == 0xFF {
			rest = rest[1:]
			continue
		}
		all := pending.Op == QueryAll && rest[0] == head8AQuery
		n := short8A
		if all {
			if n = pending.Length; n == 0 {
				n = findAll8A(rest)
			}
		}
		f, ok := Frame{}, n > 0 && len(rest) >= n
		if ok && all {
			f, ok = all8A(rest[:n])
		} else if ok {
			f, ok = one8A(rest[:n])
		}
		if !ok {
			return nil, fmt.Errorf("lockboard: decode 8A: no frame at byte %d of % X", len(burst)-len(rest), burst)
		}
		frames = append(frames, f)
		rest = rest[n:]
	}
	return frames, nil
}

// one8A reads a frame of five bytes.
func one8A(b []byte) (Frame, bool) {
	f := Frame{Board: int(b[1]), Channel: int(b[2]), Length: short8A}
	switch b[0] {
	case head8AUnlock:
		f.Op = Unlock
	case head8AQuery:
		f.Op = Query
	case head8AReport, head8AOther:
		f.Op = Report
	default:
		return Frame{}, false
	}
	if !whole8A(b) || f.Board < 1 || f.Channel < 1 || f.Channel > 64 {
		return Frame{}, false
	}
	switch b[3] {
	case mark8AShorted:
		f.Shorted = 1 << (f.Channel - 1)
	case mark8AOpen:
	default: // 33: our own query come back
		return Frame{}, false
	}
	return f, true
}

// all8A reads an answer to a query for all. The query itself, come back as an echo, is two bytes too short to pass.
func all8A(b []byte) (Frame, bool) {
	n := len(b)
	if n < minAll8A || n > maxAll8A || b[0] != head8AQuery || b[1] < 1 || b[n-2] != mark8AQuery || !whole8A(b) {
		return Frame{}, false
	}
	f := Frame{Op: QueryAll, Board: int(b[1]), Channels: 8 * (n - 4), Length: n}
	for _, s := range b[2 : n-2] { // the highest group comes first
		f.Shorted = f.Shorted<<8 | uint64(s)
	}
	return f, true
}

// findAll8A says how long the answer at the start of a burst is, or 0. Its length is not in it: it is the one at which
// the sum is right and after which whole reports follow, or nothing. Where two lengths would do, none is believed.
func findAll8A(b []byte) int {
	found := 0
	for n := minAll8A; n <= min(maxAll8A, len(b)); n++ {
		if _, ok := all8A(b[:n]); !ok {
			continue
		}
		if _, err := (Family8A{}).Decode(b[n:], Request{}); err != nil {
			continue
		}
		if found > 0 {
			return 0
		}
		found = n
	}
	return found
}

// EncodeFrame gives the bytes of what a board says: the board's side of the wire. f.Length matters for QueryAll alone.
func (Family8A) EncodeFrame(f Frame) ([]byte, error) {
	if f.Op == QueryAll {
		if f.Length < minAll8A || f.Length > maxAll8A {
			return nil, fmt.Errorf("lockboard: encode 8A answer: no answer has %d bytes", f.Length)
		}
		b := []byte{head8AQuery, byte(f.Board)}
		for i := f.Length - 5; i >= 0; i-- {
			b = append(b, byte(f.Shorted>>(8*i)))
		}
		return seal8A(append(b, mark8AQuery)...), nil
	}
	heads := map[Op]byte{Unlock: head8AUnlock, Query: head8AQuery, Report: head8AReport}
	head, ok := heads[f.Op]
	if !ok || f.Channel < 1 || f.Channel > 64 {
		return nil, fmt.Errorf("lockboard: encode 8A answer: %s of lock %d is nothing to say", f.Op, f.Channel)
	}
	state := byte(mark8AOpen)
	if f.ShortedAt(f.Channel) {
		state = mark8AShorted
	}
	return seal8A(head, byte(f.Board), byte(f.Channel), state), nil
}

// DecodeRequest reads the request at the start of b. An unlock for a time is a byte longer than one without; which it is,
// its sum says.
func (Family8A) DecodeRequest(b []byte) (r Request, n int) {
	if len(b) > 0 && b[0] != head8AUnlock && b[0] != head8AQuery {
		return Request{}, -1
	}
	if len(b) < short8A {
		return Request{}, 0
	}
	r = Request{Board: int(b[1]), Channel: int(b[2])}
	switch whole := whole8A(b[:short8A]); {
	case whole && b[0] == head8AUnlock && b[3] == mark8AUnlock:
		r.Op = Unlock
	case whole && b[0] == head8AQuery && b[3] == mark8AQuery && r.Channel == 0:
		r.Op = QueryAll
	case whole && b[0] == head8AQuery && b[3] == mark8AQuery:
		r.Op = Query
	case b[0] != head8AUnlock || b[3] != mark8AUnlock || b[4] < 1 || b[4] > 9:
		return Request{}, -1
	case len(b) == short8A:
		return Request{}, 0
	case whole8A(b[:short8A+1]):
		r.Op, r.Pulse = Unlock, time.Duration(b[4])*time.Second
		return r, short8A + 1
	default:
		return Request{}, -1
	}
	return r, short8A
}
