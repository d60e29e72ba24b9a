package main

import (
	"fmt"
	"time"

	"lockerd/internal/sim"
)

// Frame is what passed on the line, with a few words for people.
type Frame struct {
	At   time.Time `json:"at"`
	Line string    `json:"line"`
	From string    `json:"from"` // "cabinet" (lockerd) or "board"
	Hex  string    `json:"hex"`
	Says string    `json:"says"`
	Poll bool      `json:"poll"` // one of the many by which lockerd asks how the doors are
}

func newFrame(p sim.Passed) Frame {
	f := Frame{At: p.At.UTC(), From: "board", Hex: fmt.Sprintf("% X", p.Bytes)}
	if p.FromHost {
		f.From = "cabinet"
	}
	return f
}

// readFrame says what a frame of family 8A is about. It is for the eye, and written apart from lockerd's codec on
// purpose: who looks for a mistake there must not see it through the same glasses. Bytes: vendor text (CSDN
// u012909822/147892413).
func readFrame(p sim.Passed) Frame {
	f, b := newFrame(p), p.Bytes
	var sum byte
	for _, v := range b {
		sum ^= v
	}
	switch {
	case len(b) < 5:
		f.Says = "a piece"
	case sum != 0:
		f.Says = "several, or damaged: the sum is wrong"
	case p.FromHost:
		f.Says, f.Poll = readRequest(b)
	default:
		f.Says, f.Poll = readReply(b)
	}
	return f
}

func readRequest(b []byte) (says string, poll bool) {
	lock := fmt.Sprintf("board %d lock %d", b[1], b[2])
	switch {
	case len(b) != 5:
		return "several", false
	case b[0] == 0x8A && b[2] == 0:
		return fmt.Sprintf("unlock everything on board %d", b[1]), false
	case b[0] == 0x8A:
		return "unlock " + lock, false
	case b[0] == 0x80 && b[2] == 0:
		return fmt.Sprintf("how are the locks of board %d?", b[1]), true
	case b[0] == 0x80:
		return "how is " + lock + "?", true
	}
	return "not of this family", false
}

func readReply(b []byte) (says string, poll bool) {
	if b[0] == 0x80 && len(b) >= 7 && b[len(b)-2] == 0x33 {
		return fmt.Sprintf("board %d: contacts %08b, from lock %d down", b[1], b[2:len(b)-2], 8*(len(b)-4)), true
	}
	contact := map[byte]string{0x00: "open", 0x11: "shorted"}[b[3]]
	if len(b) != 5 || contact == "" {
		return "not of this family", false
	}
	says = fmt.Sprintf("board %d lock %d: contact %s", b[1], b[2], contact)
	switch b[0] {
	case 0x8A:
		return "pulsed; " + says, false
	case 0x80:
		return says, true
	case 0x82:
		return "by itself: " + says, false
	}
	return "not of this family", false
}
