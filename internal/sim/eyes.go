package sim

import (
	"slices"
	"time"
)

// Watch calls f with everything that passes on the line from now on, in the line's own goroutine. Simultaneous answers are
// shown separately.
func (l *Line) Watch(f func(Passed)) { l.set(func() { l.watch = append(slices.Clone(l.watch), f) }) }

// Boards are the boards on the line, by number, with the defaults filled in.
func (l *Line) Boards() (all []Board) {
	l.set(func() {
		for _, b := range l.boards {
			all = append(all, b.Board)
		}
	})
	slices.SortFunc(all, func(a, b Board) int { return a.Number - b.Number })
	return all
}

// LockState is the state of a simulated lock.
type LockState struct {
	Open   bool // what somebody before the cabinet would see
	Filled bool // something is behind the door
	Jammed bool
	Held   bool
	Cut    bool // the contact's wire
	Pulses int  // since the start
	// On is how long the coil has been energised, 0 if it is not; Longest is its longest time so far.
	On, Longest time.Duration
}

// State is the state of a lock.
func (l *Line) State(number, channel int) (s LockState) {
	l.lock(number, channel, func(k *lock) {
		s = LockState{
			Open: k.open, Filled: k.filled, Jammed: k.jammed, Held: k.held, Cut: k.contact.Cut, Pulses: len(k.pulses),
			Longest: k.longest,
		}
		if !k.on.IsZero() {
			s.On = time.Since(k.on)
			s.Longest = max(s.Longest, s.On)
		}
	})
	return s
}

// IsOpen says whether a door stands open.
func (l *Line) IsOpen(number, channel int) bool { return l.State(number, channel).Open }

// Pulses are the times at which a lock was pulsed.
func (l *Line) Pulses(number, channel int) (at []time.Time) {
	l.lock(number, channel, func(k *lock) { at = slices.Clone(k.pulses) })
	return at
}

// BoardState is the state of a simulated board.
type BoardState struct {
	Mute    bool
	Powered bool
}

// BoardState is the state of a board.
func (l *Line) BoardState(number int) (s BoardState) {
	l.board(number, func(b *board) { s = BoardState{Mute: b.mute, Powered: !b.dead} })
	return s
}
