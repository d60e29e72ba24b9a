package lockboard

import (
	"fmt"
	"time"
)

// familyKerong8: 550 ms is what the board is said to pulse as it comes from the factory. When it answers an unlock is
// said nowhere; since it may answer that the unlock failed, it may have to wait for the lock.
var familyKerong8 = Family{
	Name: "KERONG-8", Codec: kerong8{}, Peer: kerong8{}, Lowest: 0, Highest: 15, Locks: locksKerong8, Baud: 19200,
	Probe: QueryAll, Longest: statusKerong8, Ack: AckAfter, Pulse: 550 * time.Millisecond,
	Answer: usualAnswer, Refusals: kerong8Refusals, Agree: 2,
}

// kerong8 is the frames of Kerong's CU12: a head of seven bytes, the sum of all others, and then the data. Boards are
// counted from 0, and so are locks: l is one less than the channel.
//
//	unlock     02 bb ll 81 00 00 03 SUM    answer 02 bb ll 81 AA 00 03 SUM
//	query all  02 bb 00 80 00 00 03 SUM    answer 02 bb 00 80 10 02 03 SUM S1 S2, or 02 bb 00 80 AA 00 03 SUM
//
// AA: 10 done, 11 failed, 12 too late, 13 no such command, 14 wrong sum. S1: locks 1 to 8, bit 0 the lowest; S2: locks
// 9 to 12; 1: locked.
//
// Bytes: one team's CU12 application in several revisions, with the literals of its test and no capture. Another draft
// of theirs has the data before the sum, and a third other commands under an XOR: neither is spoken here.
//
// What else the boards know is not here because lockerd must never say it: board 10 (all boards), lock 0C (all locks),
// 82 to 85 and 8E (settings).
type kerong8 struct{}

const (
	statusOfKerong8 = 0x80
	unlockKerong8   = 0x81

	doneKerong8     = 0x10
	failedKerong8   = 0x11
	wrongSumKerong8 = 0x14 // the last of the words for failed

	headKerong8   = 8 // bytes before the data, the sum among them
	dataKerong8   = 2 // bytes
	statusKerong8 = headKerong8 + dataKerong8

	locksKerong8    = 12
	allLocksKerong8 = 0x0C // known so that a simulated board obeys it
)

// sealKerong8 makes a frame.
func sealKerong8(board, lock int, command, ask byte, data ...byte) []byte {
	b := []byte{stxKerong, byte(board), byte(lock), command, ask, byte(len(data)), etxKerong}
	return append(append(b, sum8(b)+sum8(data)), data...)
}

// openKerong8 gives the frame at the start of b, if it is whole.
func openKerong8(b []byte) (frame []byte, ok bool) {
	if len(b) < headKerong8 || b[0] != stxKerong || b[6] != etxKerong || int(b[1]) > familyKerong8.Highest {
		return nil, false
	}
	n := headKerong8 + int(b[5])
	if len(b) < n || sum8(b[:7])+sum8(b[headKerong8:n]) != b[7] {
		return nil, false
	}
	return b[:n], true
}

// Encode gives a request's bytes.
func (kerong8) Encode(r Request) ([]byte, error) {
	if r.Board < familyKerong8.Lowest || r.Board > familyKerong8.Highest {
		return nil, fmt.Errorf("lockboard: encode KERONG-8 %s: there is no board %d", r.Op, r.Board)
	}
	switch {
	case r.Op == Unlock && r.Channel >= 1 && r.Channel <= locksKerong8 && r.Pulse == 0:
		return sealKerong8(r.Board, r.Channel-1, unlockKerong8, 0), nil
	case r.Op == QueryAll && r.Channel == 0:
		return sealKerong8(r.Board, 0, statusOfKerong8, 0), nil
	}
	return nil, fmt.Errorf("lockboard: encode KERONG-8: %s of lock %d for %s is nothing to ask", r.Op, r.Channel, r.Pulse)
}

// Decode reads a burst. Our own request, come back, has 00 where an answer says how it went.
func (kerong8) Decode(burst []byte, _ Request) ([]Frame, error) {
	return readBurst("KERONG-8", burst, answerAtKerong8)
}

// answerAtKerong8 reads the answer at the start of b.
func answerAtKerong8(b []byte) (Frame, bool) {
	b, ok := openKerong8(b)
	if !ok || b[4] < doneKerong8 || b[4] > wrongSumKerong8 {
		return Frame{}, false
	}
	f := Frame{Board: int(b[1]), Failed: b[4] != doneKerong8, Length: len(b)}
	if f.Failed {
		f.Code = int(b[4])
	}
	switch lock, data := int(b[2]), b[headKerong8:]; {
	case b[3] == unlockKerong8 && lock < locksKerong8 && len(data) == 0:
		f.Op, f.Channel = Unlock, lock+1
	case b[3] != statusOfKerong8 || lock != 0:
		return Frame{}, false
	case f.Failed && len(data) == 0:
		f.Op = QueryAll
	case !f.Failed && len(data) == dataKerong8: // four bits are of no lock
		f.Op, f.Channels, f.Shorted = QueryAll, 8*dataKerong8, uint64(data[0])|uint64(data[1])<<8
	default:
		return Frame{}, false
	}
	return f, true
}

// EncodeFrame gives the bytes of what a board says.
func (kerong8) EncodeFrame(f Frame) ([]byte, error) {
	ask := byte(doneKerong8)
	if f.Failed {
		if ask = failedKerong8; f.Code != 0 {
			ask = byte(f.Code)
		}
	}
	switch {
	case f.Op == Unlock && f.Channel >= 1 && f.Channel <= locksKerong8:
		return sealKerong8(f.Board, f.Channel-1, unlockKerong8, ask), nil
	case f.Op == QueryAll && f.Failed:
		return sealKerong8(f.Board, 0, statusOfKerong8, ask), nil
	case f.Op == QueryAll:
		return sealKerong8(f.Board, 0, statusOfKerong8, ask, byte(f.Shorted), byte(f.Shorted>>8)), nil
	}
	return nil, fmt.Errorf("lockboard: encode KERONG-8 answer: %s of lock %d is nothing to say", f.Op, f.Channel)
}

// DecodeRequest reads the request at the start of b.
func (kerong8) DecodeRequest(b []byte) (r Request, n int) {
	switch {
	case len(b) > 0 && b[0] != stxKerong:
		return Request{}, -1
	case len(b) < headKerong8:
		return Request{}, 0
	}
	b, ok := openKerong8(b[:headKerong8])
	if !ok || b[4] != 0 {
		return Request{}, -1
	}
	r = Request{Board: int(b[1])}
	switch lock := int(b[2]); {
	case b[3] == statusOfKerong8 && lock == 0:
		r.Op = QueryAll
	case b[3] == unlockKerong8 && lock < locksKerong8:
		r.Op, r.Channel = Unlock, lock+1
	case b[3] == unlockKerong8 && lock == allLocksKerong8:
		r.Op = Unlock
	default:
		return Request{}, -1
	}
	return r, headKerong8
}
