package lockboard

import (
	"fmt"
	"time"
)

// Op is what a frame is about.
type Op byte

// What frames are about.
const (
	Unlock   Op = iota + 1 // pulse one lock
	Query                  // the contact of one lock
	QueryAll               // the contacts of all locks
	Report                 // only from a board: a contact changed, nobody had asked
	Off                    // end a pulse: only for boards that cannot do so by themselves
)

func (o Op) String() string {
	switch o {
	case Unlock:
		return "unlock"
	case Query:
		return "query"
	case QueryAll:
		return "query all"
	case Report:
		return "report"
	case Off:
		return "off"
	}
	return fmt.Sprintf("op %d", byte(o))
}

// Request is what the bus asks of a board. The zero Request asks nothing.
type Request struct {
	Op      Op
	Board   int
	Channel int // from 1; 0 with QueryAll
	// Channels is how many channels the board is asked about, from 1, by families whose QueryAll names a number or a
	// mask. The others pay no heed to it.
	Channels int
	// Length is how many bytes this board's answer to QueryAll has, where the family does not say; 0 while that is not
	// known.
	Length int
	// Pulse is how long an Unlock energises its lock, by families whose request says so; 0 is as the board has it.
	Pulse time.Duration
}

// AnsweredBy says whether a frame is the answer to the request, and not a report, a late answer or somebody else's.
func (r Request) AnsweredBy(f Frame) bool {
	return f.Op == r.Op && f.Board == r.Board && f.Channel == r.Channel
}

// Frame is what a board says.
type Frame struct {
	Op      Op // the request that it answers, or Report
	Board   int
	Channel int // from 1; 0 with QueryAll
	// Shorted has bit n-1 set where the contact of channel n is shorted, or, in families that have other words for it,
	// where the board calls the lock closed. Whether it is closed is a matter of wiring.
	Shorted uint64
	// Present has bit n-1 set where the board senses something behind channel n; only of families that sense it.
	Present uint64
	// Channels is of how many channels, from 1, a QueryAll's answer tells; 0 in others.
	Channels int
	// Failed is set where the board says that it did not do what it was asked.
	Failed bool
	// Code is why, in the family's own numbers: see Family.Refusals. 0: it does not say.
	Code int
	// Pulse is how long the board says that it energises the lock, in families whose answer to an Unlock repeats that.
	Pulse time.Duration
	// Length is how many bytes the frame has on the wire.
	Length int
}

// ShortedAt says whether a channel's contact is shorted.
func (f Frame) ShortedAt(channel int) bool { return f.Shorted>>(channel-1)&1 == 1 }

// PresentAt says whether something is sensed behind a channel.
func (f Frame) PresentAt(channel int) bool { return f.Present>>(channel-1)&1 == 1 }

// Codec is the frames of one family of boards: pure functions between bytes and values.
type Codec interface {
	// Encode gives the bytes of a request. What must never be sent (open all, hold) is an error.
	Encode(Request) ([]byte, error)
	// Decode reads a burst, which is what came before the line fell quiet, with the echo taken off. Every byte must
	// belong to a good frame: a burst of which a part is damaged says nothing at all. pending is what was asked last;
	// the zero Request where nothing was.
	Decode(burst []byte, pending Request) ([]Frame, error)
}

// Peer is a board's side of the same frames, for what plays a board.
type Peer interface {
	// EncodeFrame gives the bytes of what a board says.
	EncodeFrame(Frame) ([]byte, error)
	// DecodeRequest reads the request at the start of b and says how many bytes it has. n is 0 where b may be the
	// beginning of one, and below 0 where it is not. An Unlock of channel 0 means all locks of the board: Encode
	// never makes one, but a disturbed line may.
	DecodeRequest(b []byte) (r Request, n int)
}
