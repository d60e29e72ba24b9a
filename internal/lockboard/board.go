package lockboard

import (
	"fmt"
	"time"

	"lockerd/internal/locker"
)

const (
	// settledSpan is how long answers must agree, from the first to the last of two or more, before a state counts:
	// contacts bounce, and a damaged frame can pass its sum.
	settledSpan = 50 * time.Millisecond

	// afterRelease is how long after a release or a closing a lock is asked at full speed: loaded doors spring late.
	afterRelease = 10 * time.Second
	// afterOpening is the same for a door that stands open: somebody is at it.
	afterOpening = 5 * time.Minute

	// How often a board is asked: where nothing moves, where a door has stood open for long, where it did not answer,
	// and where it is lost. A board that does not answer holds the line for a whole time-out, and what it says too late
	// must not be taken for the answer to the next query.
	paceCalm   = time.Second
	paceOpen   = 250 * time.Millisecond
	paceSilent = 500 * time.Millisecond
	paceLost   = 3 * time.Second

	// allFailures is how many times in a row a board may not answer a query for all before its locks are asked one by
	// one, and singleFor for how long that is done before it is tried again: some boards lack that query, others had a
	// bad line.
	allFailures = 3
	singleFor   = 10 * time.Minute
)

// lock is what is known of one lock's contact.
type lock struct {
	closedShorted bool
	asked         time.Time
	busy          time.Time // until when it is asked at full speed
	deaf          time.Time // until when what its contact says is the pulse's doing

	// The present run of equal answers, and what was told last.
	state       locker.DoorState
	answers     int
	first, last time.Time
	told        locker.DoorState
}

// hear takes an answer and says whether it makes a state that is to be told.
func (l *lock) hear(shorted bool, now time.Time) bool {
	if now.Before(l.deaf) {
		return false
	}
	state := locker.Open
	if shorted == l.closedShorted {
		state = locker.Closed
	}
	if state != l.state {
		l.state, l.answers, l.first = state, 0, now
		l.busy = now.Add(afterRelease)
		if state == locker.Open {
			l.busy = now.Add(afterOpening)
		}
	}
	l.answers++
	l.last = now
	return l.settled() && l.told != state
}

func (l *lock) settled() bool { return l.answers > 0 && l.last.Sub(l.first) >= settledSpan }

// hot says whether the lock is asked at full speed.
func (l *lock) hot(now time.Time) bool {
	return now.Before(l.busy) || !l.settled() || l.told != l.state
}

// forget drops what was heard and told: nothing is known.
func (l *lock) forget() { l.state, l.answers, l.told = "", 0, "" }

// board is what is known of one board. The goroutine in Bus.Run owns it.
type board struct {
	bus    string
	cfg    BoardConfig
	locks  []lock // by channel-1
	due    time.Time
	heard  time.Time // when it last answered; at first, when the run began
	silent bool      // it did not answer last time
	alive  bool      // it has answered since the start, or since it was lost
	lost   string    // why it was told lost; empty if it was not

	length int       // of its answer to a query for all; 0 until two in a row had the same
	seen   int       // of the last one
	failed int       // queries for all in a row that were not answered
	single time.Time // until when its locks are asked one by one
}

func newBoard(bus string, cfg BoardConfig) *board {
	b := &board{bus: bus, cfg: cfg, locks: make([]lock, cfg.Locks)}
	for i := range b.locks {
		b.locks[i].closedShorted = cfg.closedShorted(i + 1)
	}
	return b
}

// next is what to ask the board. While it is not known whether the line echoes, single queries alone will do: only
// their echo can be told from an answer.
func (b *board) next(echoKnown bool, now time.Time) Request {
	if echoKnown && b.alive && !now.Before(b.single) {
		return Request{Op: QueryAll, Board: b.cfg.Address, Length: b.length}
	}
	best, bestAt := 0, time.Time{}
	for i := range b.locks {
		at := b.locks[i].asked
		if !b.locks[i].hot(now) {
			at = at.Add(paceCalm)
		}
		if i == 0 || at.Before(bestAt) {
			best, bestAt = i, at
		}
	}
	b.locks[best].asked = now
	return Request{Op: Query, Board: b.cfg.Address, Channel: best + 1}
}

// pace is how long the board can be left alone.
func (b *board) pace(now time.Time) time.Duration {
	pace := paceCalm
	for i := range b.locks {
		if b.locks[i].hot(now) {
			pace = 0
		} else if b.locks[i].state == locker.Open {
			pace = min(pace, paceOpen)
		}
	}
	switch {
	case b.lost != "":
		return paceLost
	case b.silent:
		return paceSilent
	case now.Before(b.single): // one answer tells of one lock
		return pace / time.Duration(len(b.locks))
	case b.length == 0:
		return 0
	}
	return pace
}

// hear takes an answer and gives what is to be told.
func (b *board) hear(req Request, f Frame, now time.Time) (told []locker.Input) {
	b.heard, b.silent, b.alive = now, false, true
	if b.lost != "" {
		b.lost = ""
		told = append(told, locker.BoardBack{Bus: b.bus, Board: b.cfg.Address})
	}
	if req.Op == Query {
		return b.sense(told, f, req.Channel, now)
	}
	if b.learn(f.Length, now) {
		for channel := 1; channel <= len(b.locks); channel++ {
			told = b.sense(told, f, channel, now)
		}
	}
	return told
}

// learn looks at the length of an answer to a query for all and says whether the answer can be believed.
func (b *board) learn(length int, now time.Time) bool {
	switch {
	case 8*(length-4) < len(b.locks), // tells of fewer locks than there are
		b.seen != 0 && b.seen != length:
		b.failAll(now)
	case b.seen == length:
		b.length, b.failed = length, 0
	default:
		b.seen = length
	}
	return b.length == length
}

func (b *board) failAll(now time.Time) {
	b.seen = 0
	b.failed++
	if b.length == 0 && b.failed >= allFailures {
		b.failed, b.single = 0, now.Add(singleFor)
	}
}

func (b *board) sense(told []locker.Input, f Frame, channel int, now time.Time) []locker.Input {
	l := &b.locks[channel-1]
	if !l.hear(f.ShortedAt(channel), now) {
		return told
	}
	l.told = l.state
	return append(told, locker.LockSensed{
		Lock:  locker.Lock{Bus: b.bus, Board: b.cfg.Address, Channel: channel},
		State: l.state,
		Evidence: locker.Evidence{
			Contact: b.cfg.Contact, Answers: l.answers, First: l.first.Round(0).UTC(), Last: l.last.Round(0).UTC(),
		},
	})
}

// miss takes a query that was not answered and gives what is to be told.
func (b *board) miss(req Request, v verdict, lostAfter time.Duration, now time.Time) []locker.Input {
	b.silent = v == silent
	if req.Op == QueryAll {
		b.failAll(now)
	}
	if now.Sub(b.heard) < lostAfter {
		return nil
	}
	return b.lose(fmt.Sprintf("%s for %s", v, lostAfter))
}

// lose forgets all about the board and gives what is to be told, unless it is lost already.
func (b *board) lose(why string) []locker.Input {
	if b.lost != "" {
		return nil
	}
	b.lost, b.alive = why, false
	b.length, b.seen, b.failed, b.single = 0, 0, 0, time.Time{}
	for i := range b.locks {
		b.locks[i].forget()
	}
	return []locker.Input{locker.BoardLost{Bus: b.bus, Board: b.cfg.Address, Why: why}}
}

// again gives what is to be told to somebody who has forgotten all; the states follow with the next answers.
func (b *board) again(now time.Time) []locker.Input {
	b.due = now
	for i := range b.locks {
		b.locks[i].told = ""
	}
	switch {
	case b.lost != "":
		return []locker.Input{locker.BoardLost{Bus: b.bus, Board: b.cfg.Address, Why: b.lost}}
	case b.alive:
		return []locker.Input{locker.BoardBack{Bus: b.bus, Board: b.cfg.Address}}
	}
	return nil
}

// pulse notes that a lock is being released: what was heard of it before says nothing about what comes.
func (b *board) pulse(channel int, now time.Time) *lock {
	l := &b.locks[channel-1]
	l.state, l.answers = "", 0
	l.busy = now.Add(afterRelease)
	return l
}
