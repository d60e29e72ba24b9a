package sim

import (
	"bytes"
	"math"
	"slices"
	"time"

	"lockerd/internal/lockboard"
)

// Trouble is what is wrong with a line. The zero Trouble is a good line. Shares are from 0 to 1.
type Trouble struct {
	// Noise is the share of bits that are flipped, in both directions.
	Noise float64
	// Echo is how much of the host's bytes its adapter returns: 1 is all of it, 0.5 the first half of every piece.
	Echo float64
	// Troubles of the boards' answers: the share of those that are lost, sent twice without a pause, cut off anywhere, glued
	// in front of the next one instead of coming in time, or late by the given time. An answer has at most one trouble, so
	// the sum of the shares is at most 1. Reports are not affected.
	Lost, Doubled, Truncated, Glued, Late float64
	LateBy                                time.Duration
	// LateOf is the number of the only board whose answers are late; 0: all boards.
	LateOf int
	// Twist changes an answer in any other way before that; nil leaves it as it is.
	Twist func([]byte) []byte
}

// Trouble sets the troubles of the line; the zero Trouble ends them.
func (l *Line) Trouble(t Trouble) {
	l.set(func() {
		l.trouble = t
		l.spared = l.spare()
		if t.Glued == 0 {
			l.kept = nil
		}
	})
}

// Half is a Twist: only the first half of a frame arrives.
func Half(b []byte) []byte { return b[:len(b)/2] }

// befall sends a board's answer on the line, with a trouble if chance decides so. Line.mu is held.
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
