// Package sim simulates lock boards at the level of bytes: they answer real frames on ttys, TCP connections and pipes, and have locks, contacts
// and supplies that a test can hold, jam, cut off or watch. It owns no production code: the product never knows that a board is
// simulated.
package sim

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"lockerd/internal/lockboard"
)

const (
	// usualTurnaround is the default time until a board begins an answer.
	usualTurnaround = 5 * time.Millisecond
	// heldUp is how late this computer may begin an answer. A later one would collide with the answer of the next board,
	// which no real board causes: it is dropped.
	heldUp = 150 * time.Millisecond
	// usualPulse is the pulse of families whose pulse is not known.
	usualPulse = 300 * time.Millisecond
	// bootTime is how long a board ignores requests after its supply broke down.
	bootTime = time.Second
)

// Board is the construction of a simulated board and the wiring of its locks. Zero values mean the defaults.
type Board struct {
	// Family is the board's protocol, by its name in package lockboard; empty: "8A".
	Family  string
	Address int
	// Number identifies the board for tests if it is not its address: so two boards with the same address can be
	// distinguished. Both act then, and their answers garble each other.
	Number int
	Locks  int
	// ShortedOpen says that the contacts are shorted while the locks are open; Inverted are the channels wired the other way
	// round.
	ShortedOpen bool
	Inverted    []int
	// Pulse is how long a lock is energised if the request does not say; zero: the family's factory setting.
	Pulse time.Duration
	// Turnaround is how long the board takes to begin an answer; zero: 5 ms.
	Turnaround time.Duration
	// StateBytes is the length of the answer to a query for all, in families where the board chooses it: three, even on
	// boards of eight locks. Below zero: it lacks that query.
	StateBytes int
	// Acks says that it answers unlocks although its family need not.
	Acks bool
	// Reports says that it reports a closed door unasked, if its family can.
	Reports bool
	// Supply feeds its locks; nil is one that never breaks down.
	Supply *Supply
}

// board is a board at work. Line.mu guards it.
type board struct {
	Board
	line  *Line
	fam   lockboard.Family
	locks []lock    // by channel-1
	mute  bool      // hears and acts, says nothing
	dead  bool      // has no power
	up    time.Time // from when it hears again after a reset
	lives int       // counts the losses of power: what was to be said in one life is not said in the next
}

func newBoard(l *Line, built Board) *board {
	if built.Family == "" {
		built.Family = "8A"
	}
	fam, ok := lockboard.FamilyNamed(built.Family)
	if !ok {
		panic(fmt.Sprintf("sim: there are no boards of family %q", built.Family))
	}
	if built.Number == 0 {
		built.Number = built.Address
	}
	if built.Pulse == 0 {
		built.Pulse = fam.Pulse
	}
	if built.Pulse == 0 {
		built.Pulse = usualPulse
	}
	if built.Turnaround == 0 {
		built.Turnaround = usualTurnaround
	}
	if built.StateBytes == 0 {
		built.StateBytes = max(3, (built.Locks+7)/8)
	}
	b := &board{Board: built, line: l, fam: fam, locks: make([]lock, built.Locks)}
	for i := range b.locks {
		b.locks[i].board = b
		b.locks[i].shortedOpen = built.ShortedOpen != slices.Contains(built.Inverted, i+1)
	}
	if _, err := fam.Peer.EncodeFrame(b.frame(lockboard.Request{Op: lockboard.QueryAll})); err != nil && b.StateBytes > 0 {
		panic(fmt.Sprintf("sim: there is no such board: %v", err))
	}
	built.Supply.feed(b)
	return b
}

// awake says whether the board receives and acts.
func (b *board) awake() bool { return !b.dead && !time.Now().Before(b.up) }

// lose interrupts the board's power: its coils drop, and pending answers are lost.
func (b *board) lose() {
	b.lives++
	for i := range b.locks {
		b.locks[i].cool()
	}
}

// reset is what a breakdown of its supply does to the board.
func (b *board) reset() {
	b.lose()
	b.up = time.Now().Add(bootTime)
}

// act has the board do what it was asked.
func (b *board) act(r lockboard.Request) {
	one := r.Channel >= 1 && r.Channel <= b.Locks
	switch {
	case r.Op == lockboard.Query && one, r.Op == lockboard.QueryAll && b.StateBytes > 0:
		b.answer(r, b.line.plug)
	case r.Op == lockboard.Unlock && one:
		b.unlock(r)
	case r.Op == lockboard.Unlock && r.Channel == 0:
		for i := range b.locks {
			b.locks[i].energise(b.Pulse, func() {})
		}
	case r.Op == lockboard.Off && one:
		b.locks[r.Channel-1].cool()
		b.answer(r, b.line.plug)
	case r.Channel > b.Locks && b.isModbus(): // which says so
		b.answer(r, b.line.plug)
	}
}

// modbus is how the names of the families of relay boards begin.
const modbus = "MODBUS-"

// isModbus says whether the board speaks Modbus.
func (b *board) isModbus() bool { return strings.HasPrefix(b.Family, modbus) }

// unlock pulses a lock, and answers when boards of its family do so.
func (b *board) unlock(r lockboard.Request) {
	pulse := b.Pulse
	if r.Pulse > 0 {
		pulse = r.Pulse
	}
	plug := b.line.plug
	b.locks[r.Channel-1].energise(pulse, func() {
		if b.fam.Ack == lockboard.AckAfter {
			b.answer(r, plug)
		}
	})
	if b.fam.Ack == lockboard.AckSoon || b.Acks && b.fam.Ack == lockboard.AckMaybe {
		b.answer(r, plug)
	}
}

// answer has the board turn around and answer, as things are then, whoever asked through that plug.
func (b *board) answer(r lockboard.Request, plug int) {
	b.later(func() { b.say(r, plug) })
}

// answerModbus has the board answer what only the simulator knows to answer.
func (b *board) answerModbus(body []byte) {
	plug, out := b.line.plug, append([]byte{byte(b.Address)}, b.relay(body)...)
	out = binary.LittleEndian.AppendUint16(out, lockboard.CRC16(out))
	b.later(func() {
		if !b.mute {
			b.line.befall(utterance{bytes: out, from: b, plug: plug}, lockboard.QueryAll)
		}
	})
}

// later has the board turn around and then do something.
func (b *board) later(do func()) {
	lives, at := b.lives, time.Now().Add(b.Turnaround-b.line.late)
	time.AfterFunc(time.Until(at), func() {
		b.line.mu.Lock()
		defer b.line.mu.Unlock()
		if b.line.late = time.Since(at); b.line.late > heldUp {
			b.line.late = 0
			return
		}
		if b.lives == lives && b.awake() {
			do()
		}
	})
}

// report has the board say by itself that a lock was closed.
func (b *board) report(channel int) {
	if b.Reports && b.awake() {
		b.say(lockboard.Request{Op: lockboard.Report, Channel: channel}, b.line.plug)
	}
}

// say puts on the line what answers a request, or a report.
func (b *board) say(r lockboard.Request, plug int) {
	if b.mute {
		return
	}
	if out, err := b.fam.Peer.EncodeFrame(b.frame(r)); err == nil { // else its family has no words for that
		b.line.befall(utterance{bytes: out, from: b, plug: plug}, r.Op)
	}
}

// frame is what answers a request, or a report.
func (b *board) frame(r lockboard.Request) lockboard.Frame {
	f := lockboard.Frame{
		Op: r.Op, Board: b.Address, Channel: r.Channel, Pulse: r.Pulse, Shorted: b.bits((*lock).shorted),
		Present: b.bits(func(k *lock) bool { return k.filled }), Length: 4 + b.StateBytes,
	}
	if b.fam.NoContacts {
		f.Shorted = b.bits(func(k *lock) bool { return !k.on.IsZero() })
	}
	if r.Op == lockboard.QueryAll {
		f.Channels = b.Locks
		if r.Channels > 0 {
			f.Channels = r.Channels
		}
		f.Failed = r.Channels > b.Locks
	} else {
		f.Failed = r.Channel > b.Locks
	}
	if f.Failed && b.isModbus() {
		f.Code = noSuchAddress
	}
	return f
}

// bits has bit n-1 set where the lock of channel n is as asked.
func (b *board) bits(is func(*lock) bool) (bits uint64) {
	for i := range b.locks {
		if is(&b.locks[i]) {
			bits |= 1 << i
		}
	}
	return bits
}
