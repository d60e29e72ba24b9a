package lockboard

import (
	"fmt"
	"time"
)

// familyKerong5: one driver has boards 0 to 9. How long a board pulses as it comes from the factory was not found; 550
// ms is what the same maker's CU12 does.
var familyKerong5 = Family{
	Name: "KERONG-5", Codec: kerong5{}, Peer: kerong5{}, Lowest: 0, Highest: 9, Locks: 16, Baud: 19200,
	Probe: QueryAll, Longest: statusKerong5, Ack: AckMaybe, Pulse: 550 * time.Millisecond,
	Answer: usualAnswer, Agree: 2, Senses: true,
}

// kerong5 is the frames of Kerong's CU16, also sold as KU16: the sum of all bytes before it, boards counted from 0, and
// board and lock in one byte: b is the board, l the lock counted from 0.
//
//	unlock     02 bl 31 03 SUM    answer, perhaps: 02 bl 35 H1 H2 I1 I2 03 SUM
//	query all  02 b0 30 03 SUM    answer 02 b0 35 H1 H2 I1 I2 03 SUM
//
// H1: the hooks of locks 1 to 8, bit 0 the lowest; H2: 9 to 16; 1: closed. I1 and I2: the same of the infrared inputs;
// 1: something is there. That is what six drivers say of the hooks and three of the inputs; no capture of an answer
// was found, so answers are known by their layout alone.
//
// Bytes: jin0949/KR-CU16_locker, julio-alv/lkaas-kerong, CartWise rs485.py, and a KU16 driver's table of all unlocks.
//
// Whether an unlock is answered is disputed: two drivers never listen, one expects a status and often gets none. A
// status looks the same whatever it answers, so only one with the address of the unlock, lock and all, passes as the
// answer to it; one of the board alone may have been late. Nothing hangs on it: it says that the board has heard, and
// the contacts say what came of it.
//
// What else the boards know is not here because lockerd must never say it: 33 (unlock all), 37 to 40 (times, speeds),
// and 32 (all boards at once), whose answer has a length that nobody gives.
type kerong5 struct{}

const (
	stxKerong = 0x02 // first byte
	etxKerong = 0x03 // last before the sum, or before the data that KERONG-8 has

	statusOfKerong5 = 0x30
	unlockKerong5   = 0x31
	allKerong5      = 0x33 // known so that a simulated board obeys it
	isKerong5       = 0x35

	requestKerong5 = 5 // bytes
	statusKerong5  = 9 // bytes

	locksKerong5 = 16
)

func sum8(b []byte) (sum byte) {
	for _, v := range b {
		sum += v
	}
	return sum
}

func sealSum8(b ...byte) []byte { return append(b, sum8(b)) }

func wholeSum8(b []byte) bool { return sum8(b[:len(b)-1]) == b[len(b)-1] }

// Encode gives a request's bytes.
func (kerong5) Encode(r Request) ([]byte, error) {
	if r.Board < familyKerong5.Lowest || r.Board > familyKerong5.Highest {
		return nil, fmt.Errorf("lockboard: encode KERONG-5 %s: there is no board %d", r.Op, r.Board)
	}
	switch {
	case r.Op == Unlock && r.Channel >= 1 && r.Channel <= locksKerong5 && r.Pulse == 0:
		return sealSum8(stxKerong, addressKerong5(r.Board, r.Channel), unlockKerong5, etxKerong), nil
	case r.Op == QueryAll && r.Channel == 0:
		return sealSum8(stxKerong, addressKerong5(r.Board, 1), statusOfKerong5, etxKerong), nil
	}
	return nil, fmt.Errorf("lockboard: encode KERONG-5: %s of lock %d for %s is nothing to ask", r.Op, r.Channel, r.Pulse)
}

// addressKerong5 is a board and one of its locks in a byte.
func addressKerong5(board, channel int) byte { return byte(board)<<4 | byte(channel-1) }

// Decode reads a burst.
func (kerong5) Decode(burst []byte, pending Request) ([]Frame, error) {
	return readBurst("KERONG-5", burst, func(b []byte) (Frame, bool) { return statusAtKerong5(b, pending) })
}

// statusAtKerong5 reads the status at the start of b.
func statusAtKerong5(b []byte, pending Request) (Frame, bool) {
	if len(b) < statusKerong5 {
		return Frame{}, false
	}
	b = b[:statusKerong5]
	f := Frame{Op: QueryAll, Board: int(b[1] >> 4), Channels: locksKerong5, Length: statusKerong5}
	if b[0] != stxKerong || b[2] != isKerong5 || b[7] != etxKerong || !wholeSum8(b) || f.Board > familyKerong5.Highest {
		return Frame{}, false
	}
	f.Shorted = uint64(b[3]) | uint64(b[4])<<8
	f.Present = uint64(b[5]) | uint64(b[6])<<8
	unlocked := Frame{Op: Unlock, Board: f.Board, Channel: int(b[1]&0x0F) + 1, Length: f.Length}
	if unlocked.Channel > 1 || pending.AnsweredBy(unlocked) {
		unlocked.Shorted = f.Shorted & (1 << (unlocked.Channel - 1))
		return unlocked, true
	}
	return f, true
}

// EncodeFrame gives the bytes of what a board says.
func (kerong5) EncodeFrame(f Frame) ([]byte, error) {
	address := addressKerong5(f.Board, 1)
	switch {
	case f.Op == Unlock && f.Channel >= 1 && f.Channel <= locksKerong5:
		address = addressKerong5(f.Board, f.Channel)
	case f.Op != QueryAll:
		return nil, fmt.Errorf("lockboard: encode KERONG-5 answer: %s of lock %d is nothing to say", f.Op, f.Channel)
	}
	return sealSum8(stxKerong, address, isKerong5, byte(f.Shorted), byte(f.Shorted>>8), byte(f.Present),
		byte(f.Present>>8), etxKerong), nil
}

// DecodeRequest reads the request at the start of b.
func (kerong5) DecodeRequest(b []byte) (r Request, n int) {
	switch {
	case len(b) > 0 && b[0] != stxKerong:
		return Request{}, -1
	case len(b) < requestKerong5:
		return Request{}, 0
	}
	b = b[:requestKerong5]
	r = Request{Board: int(b[1] >> 4)}
	if b[3] != etxKerong || !wholeSum8(b) || r.Board > familyKerong5.Highest {
		return Request{}, -1
	}
	switch lock := int(b[1] & 0x0F); {
	case b[2] == unlockKerong5:
		r.Op, r.Channel = Unlock, lock+1
	case b[2] == allKerong5 && lock == 0:
		r.Op = Unlock
	case b[2] == statusOfKerong5 && lock == 0:
		r.Op = QueryAll
	default:
		return Request{}, -1
	}
	return r, requestKerong5
}
