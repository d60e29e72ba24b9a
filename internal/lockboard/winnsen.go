package lockboard

import (
	"bytes"
	"fmt"
	"math/bits"
	"time"
)

// familyWinnsen: 16 locks, and two DIP switches for the station (pudokiosk). The board of pudokiosk pulses for 2 s
// and answers an unlock before it does; in the document (as LocQar/winnsen-test has it) the answer tells whether the
// lock opened. So the answer is awaited for as long as the later one can take. With no sum, twice as many answers
// must agree as elsewhere.
var familyWinnsen = Family{
	Name: "WINNSEN-90", Codec: winnsen{}, Peer: winnsen{}, Lowest: 1, Highest: 3, Locks: 16, Baud: 9600,
	Probe: QueryAll, Longest: longWinnsen,
	Ack: AckAfter, Pulse: 2 * time.Second,
	Answer: usualAnswer, Agree: 4,
}

// winnsen is the boards of Winnsen whose frames begin with 90: LEN is how many bytes there are, from 90 to 03, and no
// sum guards them.
//
//	unlock     90 06 05 st ll 03       answer 90 07 85 st ll RS 03    RS: 01 opened, 00 failed
//	query all  90 07 02 st ML MH 03    answer 90 07 82 st SL SH 03    bit 0 of the low byte: lock 1; set: open
//
// Bytes: LocQar/winnsen-test, from Winnsen's Serial Command Document V202104. A real board of theirs answered A2
// where the document has 82, so A5 passes for 85 too. What the board calls closed is Shorted here: closed_when is
// "shorted", as with most boards.
//
// Left out: the query for one lock (12, answered by 92), of which no example was found; station 0, which is
// pudokiosk's first board and LocQar's word to all boards at once. Disputed is what RS 00 means, that the lock failed
// (the document) or that it has not opened yet (pudokiosk): it is passed on as failed, and the contact tells. Not
// found is what a board says of locks that the mask leaves out.
//
// A payload may hold 90 and 03, so a frame is cut by LEN alone. Where a byte is not fixed, one flipped bit passes: in
// a request, ll is another door; in an answer, another lock is open. Such boards need a short and quiet line.
type winnsen struct{}

const (
	headWinnsen = 0x90
	tailWinnsen = 0x03

	unlockWinnsen = 0x05
	queryWinnsen  = 0x02
	answerWinnsen = 0x80 // in an answer, added to what was asked
	otherWinnsen  = 0xA0 // the same, as a real board has it

	openedWinnsen = 0x01
	failedWinnsen = 0x00

	shortWinnsen = 6 // bytes of an unlock
	longWinnsen  = 7 // and of all others

	locksWinnsen = 16
)

func sealWinnsen(function byte, station int, data ...byte) []byte {
	b := append([]byte{headWinnsen, byte(5 + len(data)), function, byte(station)}, data...)
	return append(b, tailWinnsen)
}

// Encode gives a request's bytes.
func (winnsen) Encode(r Request) ([]byte, error) {
	switch {
	case r.Board < familyWinnsen.Lowest || r.Board > familyWinnsen.Highest:
		return nil, fmt.Errorf("lockboard: encode WINNSEN-90 %s: there is no board %d", r.Op, r.Board)
	case r.Pulse != 0:
		return nil, fmt.Errorf("lockboard: encode WINNSEN-90: pulse %s: no request says how long", r.Pulse)
	case r.Op == Unlock && r.Channel >= 1 && r.Channel <= locksWinnsen:
		return sealWinnsen(unlockWinnsen, r.Board, byte(r.Channel)), nil
	case r.Op == QueryAll && r.Channel == 0 && r.Channels >= 1 && r.Channels <= locksWinnsen:
		mask := uint16(1)<<r.Channels - 1
		return sealWinnsen(queryWinnsen, r.Board, byte(mask), byte(mask>>8)), nil
	}
	return nil, fmt.Errorf("lockboard: encode WINNSEN-90: %s of lock %d of %d is nothing to ask",
		r.Op, r.Channel, r.Channels)
}

// Decode reads a burst.
func (winnsen) Decode(burst []byte, _ Request) ([]Frame, error) {
	return readBurst("WINNSEN-90", burst, readWinnsen)
}

// readWinnsen reads the frame at the start of b.
func readWinnsen(b []byte) (Frame, bool) {
	if len(b) < longWinnsen || b[0] != headWinnsen || b[1] != longWinnsen || b[longWinnsen-1] != tailWinnsen {
		return Frame{}, false
	}
	f := Frame{Board: int(b[3]), Length: longWinnsen}
	if f.Board < familyWinnsen.Lowest || f.Board > familyWinnsen.Highest {
		return Frame{}, false
	}
	switch b[2] {
	case queryWinnsen | answerWinnsen, queryWinnsen | otherWinnsen:
		f.Op, f.Channels = QueryAll, locksWinnsen
		f.Shorted = uint64(^(uint16(b[4]) | uint16(b[5])<<8))
		return f, true
	case unlockWinnsen | answerWinnsen, unlockWinnsen | otherWinnsen:
		f.Op, f.Channel, f.Failed = Unlock, int(b[4]), b[5] == failedWinnsen
		return f, f.Channel >= 1 && f.Channel <= locksWinnsen && b[5] <= openedWinnsen
	}
	return Frame{}, false
}

// EncodeFrame gives the bytes of what a board says, as the document has them.
func (winnsen) EncodeFrame(f Frame) ([]byte, error) {
	switch {
	case f.Op == QueryAll && f.Channels >= 1 && f.Channels <= locksWinnsen:
		open := ^uint16(f.Shorted) & (1<<f.Channels - 1)
		return sealWinnsen(queryWinnsen|answerWinnsen, f.Board, byte(open), byte(open>>8)), nil
	case f.Op == Unlock && f.Channel >= 1 && f.Channel <= locksWinnsen:
		result := byte(openedWinnsen)
		if f.Failed || f.ShortedAt(f.Channel) {
			result = failedWinnsen
		}
		return sealWinnsen(unlockWinnsen|answerWinnsen, f.Board, byte(f.Channel), result), nil
	}
	return nil, fmt.Errorf("lockboard: encode WINNSEN-90 answer: %s of lock %d of %d is nothing to say",
		f.Op, f.Channel, f.Channels)
}

// DecodeRequest reads the request at the start of b. Of a mask with gaps it knows the highest lock alone: lockerd
// never sends one, but a disturbed line may.
func (winnsen) DecodeRequest(b []byte) (Request, int) {
	for _, head := range [][]byte{
		{headWinnsen, shortWinnsen, unlockWinnsen},
		{headWinnsen, longWinnsen, queryWinnsen},
	} {
		k, n := min(len(b), len(head)), int(head[1])
		switch {
		case !bytes.Equal(b[:k], head[:k]):
			continue
		case len(b) < n:
			return Request{}, 0
		case b[n-1] != tailWinnsen:
		case head[2] == queryWinnsen:
			mask := uint16(b[4]) | uint16(b[5])<<8
			return Request{Op: QueryAll, Board: int(b[3]), Channels: bits.Len16(mask)}, n
		case b[4] != 0:
			return Request{Op: Unlock, Board: int(b[3]), Channel: int(b[4])}, n
		}
	}
	return Request{}, -1
}
