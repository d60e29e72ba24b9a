package sim

import (
	"math/rand/v2"
	"time"
)

func (l *Line) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// board runs f on a board, if there is such a board.
func (l *Line) board(number int, f func(*board)) {
	l.set(func() {
		if b := l.find(number); b != nil {
			f(b)
		}
	})
}

// lock runs f on a lock, if there is such a lock.
func (l *Line) lock(number, channel int, f func(*lock)) {
	l.set(func() {
		if b := l.find(number); b != nil && channel >= 1 && channel <= b.Locks {
			f(&b.locks[channel-1])
		}
	})
}

// Push pushes a door shut. A board that reports closed doors does so.
func (l *Line) Push(number, channel int) {
	l.lock(number, channel, func(k *lock) {
		wasOpen := k.open
		k.move(false)
		k.released = false
		if wasOpen {
			k.board.report(channel)
		}
	})
}

// Force opens a door by force.
func (l *Line) Force(number, channel int) {
	l.lock(number, channel, func(k *lock) { k.move(true) })
}

// Hold leans against a door, or releases it: then it springs open if its latch has released meanwhile.
func (l *Line) Hold(number, channel int, held bool) {
	l.lock(number, channel, func(k *lock) {
		k.held = held
		if !held && k.released {
			k.released = false
			k.move(true)
		}
	})
}

// LeaveOn switches a lock's relay on and leaves it on, as another program may do.
func (l *Line) LeaveOn(number, channel int) {
	l.lock(number, channel, (*lock).leaveOn)
}

// Fill puts something into a compartment, or takes it out. Boards that sense it report it.
func (l *Line) Fill(number, channel int, filled bool) {
	l.lock(number, channel, func(k *lock) { k.filled = filled })
}

// Jam keeps a lock's latch from moving, or frees it.
func (l *Line) Jam(number, channel int, jammed bool) {
	l.lock(number, channel, func(k *lock) { k.jammed = jammed })
}

// Slow makes a door spring open with this delay after the pulse, as a loaded or a frozen one does.
func (l *Line) Slow(number, channel int, d time.Duration) {
	l.lock(number, channel, func(k *lock) { k.slow = d })
}

// Contact spoils a lock's contact; the zero Contact repairs it.
func (l *Line) Contact(number, channel int, c Contact) {
	l.lock(number, channel, func(k *lock) {
		k.stuck = k.shorted()
		k.contact = c
	})
}

// Mute stops a board's answers; it still receives and acts.
func (l *Line) Mute(number int, mute bool) {
	l.board(number, func(b *board) { b.mute = mute })
}

// Power switches a board's power: without it, it neither receives nor acts.
func (l *Line) Power(number int, on bool) {
	l.board(number, func(b *board) {
		if b.dead = !on; b.dead {
			b.lose()
		}
	})
}

// Say puts bytes on the line as they are. While nothing is plugged in they are lost.
func (l *Line) Say(b []byte) { l.set(func() { l.send(utterance{bytes: b, plug: l.plug}) }) }

// Seed changes the course of chance (noise, and troubles of answers), which is otherwise the same on every line.
func (l *Line) Seed(seed uint64) { l.set(func() { l.dice = rand.New(rand.NewPCG(seed, 2)) }) }
