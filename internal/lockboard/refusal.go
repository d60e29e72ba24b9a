package lockboard

import (
	"fmt"
	"slices"
)

// Refusal is why a board did not do what it was asked, or cannot tell all that it was asked: it answers, so neither the
// line nor the board is lost, and yet nothing is known of its doors.
type Refusal string

// Why boards refuse.
const (
	NoFunction Refusal = "no_function" // it does not know what it was asked
	NoAddress  Refusal = "no_address"  // it has no such lock, relay or input
	BadValue   Refusal = "bad_value"   // not with that number: so many locks, so long a pulse
	Failure    Refusal = "failed"      // it tried
	Busy       Refusal = "busy"
	TooFew     Refusal = "too_few" // its answer tells of fewer locks than there should be
	Other      Refusal = "other"
)

// Refused is the newest refusal of a board: what it was asked, and what became of it.
type Refused struct {
	Op      Op
	First   int // the channel, or the first of those
	Last    int // and the last
	Refusal Refusal
	Code    int // the family's own number for it; 0: it has none
}

// modbusRefusals are the exceptions that boards give (Modbus application protocol 1.1b3, section 7).
var modbusRefusals = map[int]Refusal{
	0x01: NoFunction, 0x02: NoAddress, 0x03: BadValue, 0x04: Failure, 0x05: Busy, 0x06: Busy, 0x0A: Failure, 0x0B: Failure,
}

// kerong8Refusals are the words of its ASK byte (a public driver: 11 failed, 12 time-out, 13 unknown command, 14 checksum).
var kerong8Refusals = map[int]Refusal{0x11: Failure, 0x12: Failure, 0x13: NoFunction, 0x14: Other}

// refused says whether an answer is a refusal.
func (b *board) refused(req Request, f Frame) (r Refused, is bool) {
	r = Refused{Op: req.Op, First: req.Channel, Last: req.Channel, Refusal: Failure, Code: f.Code}
	if req.Op == QueryAll {
		r.First, r.Last = 1, len(b.locks)
	}
	switch {
	case f.Failed && f.Code != 0:
		r.Refusal = Other
		if why, known := b.fam.Refusals[f.Code]; known {
			r.Refusal = why
		}
	case f.Failed:
	case req.Op == QueryAll && !b.fam.NoContacts && f.Channels < len(b.locks):
		r.Refusal = TooFew
	default:
		return Refused{}, false
	}
	return r, true
}

// Channels are the channels that it is about: "7", or "1–16".
func (r Refused) Channels() string {
	if r.First == r.Last {
		return fmt.Sprint(r.First)
	}
	return fmt.Sprintf("%d–%d", r.First, r.Last)
}

// String says what was refused and why, and what to do.
func (r Refused) String() string {
	code := ""
	if r.Code != 0 {
		code = fmt.Sprintf(" (%02X)", r.Code)
	}
	what, locks := map[Op]string{Unlock: "unlock", Query: "state", QueryAll: "states", Off: "off"}[r.Op], "lock "
	if r.First != r.Last {
		locks = "locks "
	}
	return fmt.Sprintf("%s of %s%s: %s", what, locks, r.Channels(), map[Refusal]string{
		NoFunction: "it does not know what it is asked" + code + ": is its family right?",
		NoAddress:  "it has no such channel" + code + ": say fewer locks, or look at its model",
		BadValue:   "it refuses the number" + code + ": are there too many locks, is the pulse too long, is its family right?",
		Failure:    "it says that it failed" + code + ": look at the board and its supply",
		Busy:       "it says that it is busy" + code + ": does another computer ask it, too?",
		TooFew:     "it tells of fewer channels: say fewer locks",
		Other:      "it refuses" + code,
	}[r.Refusal])
}

// refuse counts an answer that is a refusal.
func (b *Bus) refuse(i int, bd *board, req Request, a answer) (is bool) {
	r, is := bd.refused(req, a.frame)
	if a.verdict != answered || !is {
		return false
	}
	if r != bd.refusal {
		b.log.Warn("refused", "board", bd.cfg.Address, "what", r.String())
	}
	bd.refusal = r
	b.count(i, func(g *Gauge) {
		g.Refused++
		g.Refusal, g.RefusedWhy, g.RefusedOf = r.String(), r.Refusal, r.Channels()
	})
	return true
}

// index is where a board stands among those of the line.
func (b *Bus) index(bd *board) int { return slices.Index(b.boards, bd) }
