package lockboard

import (
	"bytes"
	"fmt"
	"time"
)

// familyWKLY: boards of 12 and 24 locks are sold, with 32 addresses by DIP switch. LockDemo takes a pulse for 350 ms
// and waits for the answer until it is over, and the answer tells the lock's state. Another driver (a kiosk's README)
// says that its board never answers an unlock: there the answer is awaited in vain, and the contact tells.
var familyWKLY = Family{
	Name: "WKLY", Codec: wkly{}, Peer: wkly{}, Lowest: 0, Highest: 31, Locks: 24, Baud: 9600,
	Single: true, AllRisky: true, Probe: Query, Longest: minAllWKLY + 24,
	Ack: AckAfter, Pulse: 350 * time.Millisecond,
	Answer: 400 * time.Millisecond, Agree: 2, Reports: true, // twice what LockDemo gives a query for all
}

// wkly is the family whose frames begin with the letters WKLY and say how long they are: LEN bytes from W to X, where
// X is the XOR of all before it, the letters too. Boards are counted from 0, locks from 1.
//
//	unlock      57 4B 4C 59 09 bb 82 ll X    answer 57 4B 4C 59 0B bb 82 ST ll LS X
//	query one   57 4B 4C 59 09 bb 83 ll X    answer 57 4B 4C 59 0B bb 83 ST ll LS X
//	query all   57 4B 4C 59 08 bb 84 X       answer 57 4B 4C 59 LEN bb 84 ST NN LS1..LSn X
//	                                         report 57 4B 4C 59 0A bb 85 ll LS X           unasked
//
// ST: 00 done, FF failed. LS: 01 closed, 00 open, FF not known.
//
// Bytes: the vendor's demo as LockDemo quotes it, an ESP32 firmware, a kiosk's README, several Java libraries.
// Disputed is LS: a C library has it the other way round, so closed_when says which it is, as with contacts. Not
// found is how long an answer is that says FF: it is taken to be as long as any other, since a shorter one could be a
// request come back. A query for all that failed, be it for one lock, tells of none. One library lets boards answer
// with 53 for 57, saying that its board deviates from the document: no frame of such a board was found, and it is
// refused here.
//
// What else the boards know is not here because lockerd must never say it: 80 and 87 (open several), 86 (open all),
// 88 and 89 (hold on, hold off), 81 (a lamp).
//
// A query is two bits away from something worse: the same bit flipped in the command and in X makes an unlock (82) of
// 83 and open all (86) of 84.
type wkly struct{}

var headWKLY = []byte("WKLY")

// The bytes of a frame after its head.
const (
	atLenWKLY   = 4
	atBoardWKLY = 5
	atCmdWKLY   = 6
	dataWKLY    = 7 // where the data begin
)

const (
	cmdUnlockWKLY   = 0x82
	cmdQueryWKLY    = 0x83
	cmdQueryAllWKLY = 0x84
	cmdReportWKLY   = 0x85
	cmdOpenAllWKLY  = 0x86

	doneWKLY   = 0x00
	failedWKLY = 0xFF // a status and a lock's state

	openWKLY   = 0x00
	closedWKLY = 0x01
)

const (
	bareWKLY   = 8  // bytes of a frame without data
	minAllWKLY = 10 // and of an answer to a query for all of no locks
)

// sealWKLY makes a frame.
func sealWKLY(board int, cmd byte, data ...byte) []byte {
	b := append(bytes.Clone(headWKLY), byte(bareWKLY+len(data)), byte(board), cmd)
	b = append(b, data...)
	return append(b, xor8A(b))
}

// cutWKLY gives the frame at the start of b, or nothing.
func cutWKLY(b []byte) []byte {
	if !bytes.HasPrefix(b, headWKLY) || len(b) < bareWKLY {
		return nil
	}
	n := int(b[atLenWKLY])
	if n < bareWKLY || n > len(b) || xor8A(b[:n]) != 0 || int(b[atBoardWKLY]) > familyWKLY.Highest {
		return nil
	}
	return b[:n]
}

// Encode gives a request's bytes.
func (wkly) Encode(r Request) ([]byte, error) {
	if r.Board < familyWKLY.Lowest || r.Board > familyWKLY.Highest {
		return nil, fmt.Errorf("lockboard: encode WKLY %s: there is no board %d", r.Op, r.Board)
	}
	isLock := r.Channel >= 1 && r.Channel <= familyWKLY.Locks
	switch {
	case r.Pulse != 0:
		return nil, fmt.Errorf("lockboard: encode WKLY: pulse %s: no request says how long", r.Pulse)
	case r.Op == Unlock && isLock:
		return sealWKLY(r.Board, cmdUnlockWKLY, byte(r.Channel)), nil
	case r.Op == Query && isLock:
		return sealWKLY(r.Board, cmdQueryWKLY, byte(r.Channel)), nil
	case r.Op == QueryAll && r.Channel == 0:
		return sealWKLY(r.Board, cmdQueryAllWKLY), nil
	}
	return nil, fmt.Errorf("lockboard: encode WKLY: %s of lock %d is nothing to ask", r.Op, r.Channel)
}

// Decode reads a burst.
func (wkly) Decode(burst []byte, _ Request) ([]Frame, error) {
	return readBurst("WKLY", burst, readWKLY)
}

// readWKLY reads the frame at the start of b.
func readWKLY(b []byte) (f Frame, ok bool) {
	if b = cutWKLY(b); b == nil {
		return Frame{}, false
	}
	f = Frame{Board: int(b[atBoardWKLY]), Length: len(b)}
	switch cmd, data := b[atCmdWKLY], b[dataWKLY:len(b)-1]; {
	case cmd == cmdUnlockWKLY && len(data) == 3:
		f.Op = Unlock
		ok = f.tellWKLY(data[0], data[1], data[2])
	case cmd == cmdQueryWKLY && len(data) == 3:
		f.Op = Query
		ok = f.tellWKLY(data[0], data[1], data[2])
	case cmd == cmdReportWKLY && len(data) == 2:
		f.Op = Report
		ok = f.tellWKLY(doneWKLY, data[0], data[1])
	case cmd == cmdQueryAllWKLY && len(data) > 2 && int(data[1]) == len(data)-2:
		f.Op, f.Channels = QueryAll, len(data)-2
		ok = f.tellAllWKLY(data[0], data[2:])
	}
	return f, ok
}

// tellWKLY takes what a frame says of one lock.
func (f *Frame) tellWKLY(status, channel, state byte) bool {
	f.Channel = int(channel)
	f.Failed = status == failedWKLY || state == failedWKLY
	if state == closedWKLY && !f.Failed {
		f.Shorted = 1 << (channel - 1)
	}
	return channel >= 1 && int(channel) <= familyWKLY.Locks && isStatusWKLY(status) && isStateWKLY(state)
}

// tellAllWKLY takes what an answer says of all locks.
func (f *Frame) tellAllWKLY(status byte, states []byte) bool {
	f.Failed = status == failedWKLY || bytes.IndexByte(states, failedWKLY) >= 0
	for i, state := range states {
		if !isStateWKLY(state) {
			return false
		}
		if state == closedWKLY && !f.Failed {
			f.Shorted |= 1 << i
		}
	}
	return isStatusWKLY(status) && len(states) <= familyWKLY.Locks
}

func isStatusWKLY(b byte) bool { return b == doneWKLY || b == failedWKLY }

func isStateWKLY(b byte) bool { return b == openWKLY || b == closedWKLY || b == failedWKLY }

// EncodeFrame gives the bytes of what a board says.
func (wkly) EncodeFrame(f Frame) ([]byte, error) {
	status, first, states := byte(doneWKLY), f.Channel, make([]byte, 1)
	if f.Op == QueryAll {
		first, states = 1, make([]byte, max(f.Channels, 0))
	}
	if first < 1 || len(states) < 1 || first+len(states)-1 > familyWKLY.Locks {
		return nil, fmt.Errorf("lockboard: encode WKLY answer: %s of lock %d of %d is nothing to say",
			f.Op, f.Channel, f.Channels)
	}
	for i := range states {
		if f.ShortedAt(first + i) {
			states[i] = closedWKLY
		}
		if f.Failed {
			status, states[i] = failedWKLY, failedWKLY
		}
	}
	switch f.Op {
	case Unlock:
		return sealWKLY(f.Board, cmdUnlockWKLY, status, byte(f.Channel), states[0]), nil
	case Query:
		return sealWKLY(f.Board, cmdQueryWKLY, status, byte(f.Channel), states[0]), nil
	case Report:
		return sealWKLY(f.Board, cmdReportWKLY, byte(f.Channel), states[0]), nil
	case QueryAll:
		return sealWKLY(f.Board, cmdQueryAllWKLY, append([]byte{status, byte(len(states))}, states...)...), nil
	default:
		return nil, fmt.Errorf("lockboard: encode WKLY answer: %s is nothing to say", f.Op)
	}
}

// DecodeRequest reads the request at the start of b.
func (wkly) DecodeRequest(b []byte) (Request, int) {
	k := min(len(b), len(headWKLY))
	if !bytes.Equal(b[:k], headWKLY[:k]) {
		return Request{}, -1
	}
	if len(b) <= atLenWKLY {
		return Request{}, 0
	}
	switch n := int(b[atLenWKLY]); {
	case n != bareWKLY && n != bareWKLY+1: // none that is played has more than a lock's number
		return Request{}, -1
	case len(b) < n:
		return Request{}, 0
	}
	whole := cutWKLY(b)
	if whole == nil {
		return Request{}, -1
	}
	r := Request{Board: int(b[atBoardWKLY])}
	switch cmd, data := b[atCmdWKLY], whole[dataWKLY:len(whole)-1]; {
	case cmd == cmdQueryAllWKLY && len(data) == 0:
		r.Op = QueryAll
	case cmd == cmdOpenAllWKLY && len(data) == 0:
		r.Op = Unlock
	case cmd == cmdQueryWKLY && len(data) == 1 && data[0] > 0:
		r.Op, r.Channel = Query, int(data[0])
	case cmd == cmdUnlockWKLY && len(data) == 1 && data[0] > 0:
		r.Op, r.Channel = Unlock, int(data[0])
	default:
		return Request{}, -1
	}
	return r, len(whole)
}
