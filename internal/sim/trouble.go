package sim

import (
	"bytes"
	"math"
	"slices"
	"time"

	"lockerd/internal/lockboard"
)

// Trouble is what is wrong with a line. The zero Trouble is a good line. Shares go from 0 to 1.
type Trouble struct {
	// Noise is the share of bits that are flipped, whoever says them.
	Noise float64
	// Echo is how much of what the host sends its adapter gives back: 1 is all of it, 0.5 the first half of every piece.
	Echo float64
	// What befalls the boards' answers: the share of those that are lost, said twice without a pause, cut off anywhere,
	// glued in front of the next one instead of coming in time, or late by the given time. One misfortune befalls an
	// answer at most, so the shares are not more than 1 together. Reports are spared.
	Lost, Doubled, Truncated, Glued, Late float64
	LateBy                                time.Duration
	// LateOf is the number of the board whose answers alone are late; 0: of all boards.
	LateOf int
	// Twist changes an answer in any other way before all that; nil leaves it as it is.
	Twist func([]byte) []byte
}

// Trouble makes trouble on the line; the zero Trouble ends it.
func (l *Line) Trouble(t Trouble) {
	l.set(func() {
		l.trouble = t
		l.spared = l.spare()
		if t.Glued == 0 {
			l.kept = nil
		}
	})
}

// Half is a Twist: the first half of a frame alone arrives.
func Half(b []byte) []byte { return b[:len(b)/2] }

// befall puts what a board says on the line, if nothing befalls it. Line.mu is held.
func (l *Line) befall(u utterance, op lockboard.Op) {
	if op == lockboard.Report {
		l.send(u)
		return
	}
	t := l.trouble
	if t.Twist != nil {
		u.bytes = t.Twist(u.bytes)
	}
	fate := l.dice.Float64()
	befalls := func(share float64) bool {
		fate -= share
		return fate < 0
	}
	switch {
	case befalls(t.Lost):
		return
	case befalls(t.Glued):
		l.kept = append(l.kept, u.bytes...)
		return
	case (t.LateOf == 0 || u.from != nil && u.from.Number == t.LateOf) && befalls(t.Late):
		time.AfterFunc(t.LateBy, func() { l.set(func() { l.send(u) }) })
		return
	case befalls(t.Doubled):
		u.bytes = slices.Concat(u.bytes, u.bytes)
	case befalls(t.Truncated):
		u.bytes = u.bytes[:l.dice.IntN(max(1, len(u.bytes)))]
	}
	u.bytes = slices.Concat(l.kept, u.bytes)
	l.kept = nil
	l.send(u)
}

// damage flips bits at the line's error rate. Line.mu is held.
func (l *Line) damage(b []byte) []byte {
	if l.trouble.Noise <= 0 {
		return b
	}
	out := bytes.Clone(b)
	for l.spared < 8*len(out) {
		out[l.spared/8] ^= 1 << (l.spared % 8)
		l.spared += 1 + l.spare()
	}
	l.spared -= 8 * len(out)
	return out
}

// spare draws how many bits are spared until the next one is flipped.
func (l *Line) spare() int {
	switch rate := l.trouble.Noise; {
	case rate <= 0:
		return math.MaxInt32
	case rate >= 1:
		return 0
	default:
		return int(math.Log(1-l.dice.Float64()) / math.Log1p(-rate))
	}
}
