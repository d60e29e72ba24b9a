package lockboard

import "fmt"

// Op is what a frame is about.
type Op byte

// What frames are about.
const (
	Unlock   Op = iota + 1 // pulse one lock
	Query                  // the contact of one lock
	QueryAll               // the contacts of all locks
	Report                 // only from a board: a contact changed, nobody had asked
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
	}
	return fmt.Sprintf("op %d", byte(o))
}

// Request is what the bus asks of a board. The zero Request asks nothing.
type Request struct {
	Op      Op
	Board   int
	Channel int // from 1; 0 with QueryAll
	// Length is how many bytes this board's answer to QueryAll has; 0 while that is not known.
	Length int
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
	// Shorted has bit n-1 set where the contact of channel n is shorted. Whether that is a closed door is a matter of
	// wiring.
	Shorted uint64
	// Length is how many bytes the frame has on the wire.
	Length int
}

// ShortedAt says whether a channel's contact is shorted.
func (f Frame) ShortedAt(channel int) bool { return f.Shorted>>(channel-1)&1 == 1 }

// Codec is the frames of one family of boards: pure functions between bytes and values.
type Codec interface {
	// Encode gives the bytes of a request. What must never be sent (open all, hold) is an error.
	Encode(Request) ([]byte, error)
	// Decode reads a burst, which is what came before the line fell quiet, with the echo taken off. Every byte must
	// belong to a good frame: a burst of which a part is damaged says nothing at all.
	Decode(burst []byte, pending Request) ([]Frame, error)
}
