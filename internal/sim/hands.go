package sim

import (
	"slices"
	"time"

	"lockerd/internal/lockboard"
)

// lock runs f on a lock, if there is such a lock.
func (l *Line) lock(address, channel int, f func(*board, *lock)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.boards[address]; b != nil && channel >= 1 && channel <= b.Locks {
		f(b, &b.locks[channel-1])
	}
}

// Push pushes a door shut. A board that reports says so.
func (l *Line) Push(address, channel int) {
	l.lock(address, channel, func(b *board, k *lock) {
		wasOpen := k.open
		k.open, k.released = false, false
		if wasOpen && b.Reports {
			l.sayFrame(b, lockboard.Request{Op: lockboard.Report, Channel: channel}, l.plug)
		}
	})
}

// Force opens a door by force.
func (l *Line) Force(address, channel int) {
	l.lock(address, channel, func(_ *board, k *lock) { k.open = true })
}

// Jam keeps a lock's latch from moving, or frees it.
func (l *Line) Jam(address, channel int, jammed bool) {
	l.lock(address, channel, func(_ *board, k *lock) { k.jammed = jammed })
}

// Hold leans against a door, or lets it go: then it springs open if its latch has let go meanwhile.
func (l *Line) Hold(address, channel int, held bool) {
	l.lock(address, channel, func(_ *board, k *lock) {
		k.held = held
		if !held && k.released {
			k.open, k.released = true, false
		}
	})
}

// Slow makes a door spring open only so long after the pulse, as a loaded or a frozen one does.
func (l *Line) Slow(address, channel int, d time.Duration) {
	l.lock(address, channel, func(_ *board, k *lock) { k.slow = d })
}

// CutSensor cuts the wire to a lock's contact, which then is never shorted, or mends it.
func (l *Line) CutSensor(address, channel int, cut bool) {
	l.lock(address, channel, func(_ *board, k *lock) { k.cut = cut })
}

// Mute has a board say nothing though it hears and acts.
func (l *Line) Mute(address int, mute bool) {
	l.board(address, func(b *board) { b.mute = mute })
}

// Power takes a board's power away, or gives it back: without it, it neither hears nor acts.
func (l *Line) Power(address int, on bool) {
	l.board(address, func(b *board) { b.dead = !on })
}

func (l *Line) board(address int, f func(*board)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.boards[address]; b != nil {
		f(b)
	}
}

// Noise flips each bit on the line with the given probability.
func (l *Line) Noise(rate float64) { l.set(func() { l.noise = rate }) }

// Echo has the host's adapter give back what it sends.
func (l *Line) Echo(on bool) { l.set(func() { l.echo = on }) }

// Late delays every answer.
func (l *Line) Late(d time.Duration) { l.set(func() { l.late = d }) }

// Twist changes every answer on its way; nil ends it. See Half.
func (l *Line) Twist(f func([]byte) []byte) { l.set(func() { l.twist = f }) }

// Half is a Twist: the first half of a frame alone arrives.
func Half(b []byte) []byte { return b[:len(b)/2] }

// Say puts bytes on the line as they are. While nothing is plugged in, nobody hears them.
func (l *Line) Say(b []byte) { l.set(func() { l.say(utterance{bytes: b, plug: l.plug}) }) }

// Watch calls f with whatever passes on the line from now on, in the line's own goroutine.
func (l *Line) Watch(f func(Passed)) { l.set(func() { l.watch = append(slices.Clone(l.watch), f) }) }

func (l *Line) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// Boards are the boards on the line, by address.
func (l *Line) Boards() []Board {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Board
	for _, b := range l.boards {
		all = append(all, b.Board)
	}
	slices.SortFunc(all, func(a, b Board) int { return a.Address - b.Address })
	return all
}

// LockState is how a simulated lock is.
type LockState struct {
	Open   bool // what somebody before the cabinet would see
	Jammed bool
	Held   bool
	Cut    bool // the contact's wire
	Pulses int  // since the start
}

// State says how a lock is.
func (l *Line) State(address, channel int) (s LockState) {
	l.lock(address, channel, func(_ *board, k *lock) {
		s = LockState{Open: k.open, Jammed: k.jammed, Held: k.held, Cut: k.cut, Pulses: len(k.pulses)}
	})
	return s
}

// IsOpen says whether a door stands open.
func (l *Line) IsOpen(address, channel int) bool { return l.State(address, channel).Open }

// Pulses are the times at which a lock was pulsed.
func (l *Line) Pulses(address, channel int) (at []time.Time) {
	l.lock(address, channel, func(_ *board, k *lock) { at = slices.Clone(k.pulses) })
	return at
}

// BoardState is how a simulated board is.
type BoardState struct {
	Mute    bool
	Powered bool
}

// BoardState says how a board is.
func (l *Line) BoardState(address int) (s BoardState) {
	l.board(address, func(b *board) { s = BoardState{Mute: b.mute, Powered: !b.dead} })
	return s
}
