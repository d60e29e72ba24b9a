package lockboard

import (
	"fmt"
	"time"

	"lockerd/internal/locker"
)

const (
	// settledSpan is how long answers must agree, from the first to the last of as many as the family asks for, before
	// what they say counts: contacts bounce, and a damaged frame can pass its sum.
	settledSpan = 50 * time.Millisecond

	// afterRelease is how long after a release its door is expected to spring open, as loaded doors do late, and for how long
	// a door counts as in use after it has moved.
	afterRelease = 10 * time.Second
	// afterOpening is how long a door that stands open is expected to be shut at any moment: a person is at it.
	afterOpening = 5 * time.Minute

	// How often a board is asked that has nothing due: where nothing moves, where a door has moved not long ago, where one has
	// stood open for long, where it did not answer, where it is lost, and where its line is shut. A board that does not
	// answer holds the line for a whole time-out, and what it says too late must not be taken for the answer to the next
	// query.
	paceCalm = time.Second
	// paceUsed is so long that fewer than one release in twenty comes into an exchange of some 20 ms, and so short that a door
	// that springs back is still seen to.
	paceUsed   = 400 * time.Millisecond
	paceOpen   = 250 * time.Millisecond
	paceSilent = 500 * time.Millisecond
	paceLost   = 3 * time.Second
	paceShut   = 100 * time.Millisecond
	// paceSpoilt is for a shut line whose last exchange was damaged: the less is said on it, the less can be damaged
	// into something else. In some families a status query is two flipped bits away from an unlock. That is with as
	// much damage as shuts a line; with more it is longer, up to 38 s.
	paceSpoilt = 3 * time.Second

	// allFailures is how many times in a row a board may not answer a query for all before its locks are asked one by
	// one, and singleFor for how long that is done before it is tried again: some boards lack that query, others had a
	// bad line.
	allFailures = 3
	singleFor   = 10 * time.Minute

	// ownFault is after how many damaged answers in a row they are the board's fault and not the line's: two boards
	// that share an address sound so.
	ownFault = 8
)

// bit is something that boards say again and again, and what is believed of it.
type bit struct {
	value       bool
	answers     int // the present run of equal ones
	first, last time.Time
	known       bool // something was told
	was         bool // told last
}

// hear takes an answer and says whether it differs from the one before.
func (b *bit) hear(value bool, now time.Time) (changed bool) {
	if b.answers == 0 || value != b.value {
		b.value, b.answers, b.first, changed = value, 0, now, true
	}
	b.answers++
	b.last = now
	return changed
}

// settled says that enough answers agree.
func (b *bit) settled(agree int) bool {
	return b.answers >= agree && b.last.Sub(b.first) >= settledSpan
}

// news says whether what is settled differs from what was told, and notes that it is being told.
func (b *bit) news(agree int) bool {
	if !b.settled(agree) || b.known && b.was == b.value {
		return false
	}
	b.known, b.was = true, b.value
	return true
}

// moving says that what was heard is not what was told.
func (b *bit) moving(agree int) bool { return !b.settled(agree) || !b.known || b.was != b.value }

// evidence is what a state rests on. Its times are of milliseconds, as all that leaves the cabinet: what is finer is chance, which costs
// six bytes each on the air and on the disk, for ever.
func (b *bit) evidence(contact string) locker.Evidence {
	return locker.Evidence{
		Contact: contact, Answers: b.answers, First: b.first.UTC().Truncate(time.Millisecond), Last: b.last.UTC().Truncate(time.Millisecond),
	}
}

// lock is what is known of one lock.
type lock struct {
	at            locker.Lock
	closedShorted bool
	blind         bool // it has no contact
	asked         time.Time
	opens         time.Time // until when a pulse may still have it spring open; zero: it did, or there was none
	moved         time.Time // when its contact last changed
	deaf          time.Time // until when what its contact says is the pulse's doing
	shorted       bit
	present       bit
	denied        bit // set: the board says that it does not know

	// Of boards that end no pulse by themselves:
	off   time.Time // from when we must end it; zero: we need not
	burns *pulse    // it, if it is one of ours and not one that a run before may have left
	stuck bool      // it could not be ended when it was time
}

// state is what the contact says.
func (l *lock) state() locker.DoorState {
	switch {
	case l.shorted.answers == 0:
		return ""
	case l.shorted.value == l.closedShorted:
		return locker.Closed
	}
	return locker.Open
}

// contact is what it is electrically.
func (l *lock) contact() string {
	if l.shorted.value {
		return locker.ContactShorted
	}
	return locker.ContactOpen
}

// hear takes what an answer says of the contact.
func (l *lock) hear(shorted bool, agree int, now time.Time) {
	if l.shorted.hear(shorted, now) {
		l.moved = now
	}
	if l.state() == Open && l.shorted.settled(agree) {
		l.opens = time.Time{}
	}
}

// awaited says that something is due that is to be seen at once, so that the lock is asked at full speed: its door is to
// spring open after a pulse, or stands open and is to be shut, or what was heard does not agree yet.
func (l *lock) awaited(agree int, now time.Time) bool {
	switch {
	case l.present.answers > 0 && l.present.moving(agree):
		return true
	case l.blind:
		return false
	}
	return now.Before(l.opens) || l.state() == Open && now.Sub(l.moved) < afterOpening ||
		!l.denied.known && l.shorted.moving(agree)
}

// pace is how long the lock can be left alone.
func (l *lock) pace(agree int, now time.Time) time.Duration {
	switch {
	case l.awaited(agree, now):
		return 0
	case l.blind:
		return paceCalm
	case l.state() == Open:
		return paceOpen
	case now.Sub(l.moved) < afterRelease:
		return paceUsed
	}
	return paceCalm
}

// forget drops what was heard and told: nothing is known.
func (l *lock) forget() { l.shorted, l.present, l.denied = bit{}, bit{}, bit{} }

// board is what is known of one board. The goroutine in Bus.Run owns it.
type board struct {
	bus    string
	cfg    BoardConfig
	fam    Family
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

	missed int // queries in a row without an answer
	broken int // damaged answers in a row

	swept    bool          // what somebody left on was told to be off, or is about to be
	refusal  Refused       // the newest
	within   time.Duration // how long it may take to begin an answer
	tardy    time.Time     // when an answer of it last came too late; zero: never
	lateness time.Duration // by how much after its request that one came, or one before
	vain     int           // how often in a row the line was left to it, and nothing came
	vainAt   time.Time     // when that was last
}

func newBoard(bus string, cfg BoardConfig) *board {
	fam, _ := FamilyNamed(cfg.Family)
	b := &board{bus: bus, cfg: cfg, fam: fam, locks: make([]lock, cfg.Locks)}
	for i := range b.locks {
		b.locks[i] = lock{
			at:            locker.Lock{Bus: bus, Board: cfg.Address, Channel: i + 1},
			closedShorted: cfg.closedShorted(i + 1), blind: cfg.Blind(i + 1),
		}
	}
	return b
}

// all is the query for all locks.
func (b *board) all() Request {
	return Request{Op: QueryAll, Board: b.cfg.Address, Channels: len(b.locks), Length: b.length}
}

// next is what to ask the board. While it is not known whether the line echoes, only that will do whose echo can be
// told from an answer. clean says that nothing was damaged on the line lately: where a query for all is close to "open
// all", the first damage is warning enough, for noise comes in bursts.
func (b *board) next(echoKnown, clean bool, now time.Time) Request {
	safe := (echoKnown || b.fam.Probe == QueryAll) && (clean || !b.fam.AllRisky)
	if !b.fam.Single || b.alive && !now.Before(b.single) && safe {
		return b.all()
	}
	best, bestAt := 0, time.Time{}
	for i := range b.locks {
		at := b.locks[i].asked.Add(b.locks[i].pace(b.fam.Agree, now))
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
		pace = min(pace, b.locks[i].pace(b.fam.Agree, now))
	}
	switch {
	case b.lost != "":
		return paceLost
	case b.silent:
		return paceSilent
	case b.fam.Single && now.Before(b.single): // one answer tells of one lock
		return pace / time.Duration(len(b.locks))
	case b.fam.Varies && b.length == 0:
		return 0
	}
	return pace
}

// hear takes an answer and gives what is to be told.
func (b *board) hear(req Request, f Frame, now time.Time) (told []locker.Input) {
	b.heard, b.silent, b.alive = now, false, true
	if b.lost != "" {
		b.lost = ""
		for i := range b.locks { // it may have been lost right after a pulse, and has to show what it is worth
			b.locks[i].opens = now.Add(afterRelease)
		}
		told = append(told, locker.BoardBack{Bus: b.bus, Board: b.cfg.Address})
	}
	switch {
	case b.fam.NoContacts: // it lives, and that is all it says
		return told
	case f.Failed && req.Op == QueryAll && b.fam.Single: // perhaps because of one lock: each is asked by itself
		b.failAll(true, now)
		return told
	case f.Failed && req.Op == QueryAll:
		for channel := 1; channel <= len(b.locks); channel++ {
			told = b.deny(told, channel, now)
		}
		return told
	case f.Failed:
		return b.deny(told, req.Channel, now)
	case req.Op == Query:
		return b.sense(told, f, req.Channel, now)
	}
	if b.learn(f, now) {
		for channel := 1; channel <= len(b.locks); channel++ {
			told = b.sense(told, f, channel, now)
		}
	}
	return told
}

// learn looks at the length of an answer to a query for all and says whether the answer can be believed.
func (b *board) learn(f Frame, now time.Time) bool {
	switch {
	case f.Channels < len(b.locks), b.seen != 0 && b.seen != f.Length:
		b.failAll(false, now)
	case b.seen == f.Length || !b.fam.Varies:
		b.seen, b.length, b.failed = f.Length, f.Length, 0
	default:
		b.seen = f.Length
	}
	return b.length == f.Length
}

// failAll notes that a query for all was not answered, or that the board said that it failed.
func (b *board) failAll(said bool, now time.Time) {
	b.seen = 0
	b.failed++
	if (said || b.length == 0) && b.failed >= allFailures {
		b.failed, b.single = 0, now.Add(singleFor)
	}
}

// sense takes what an answer says of one lock and adds what is to be told.
func (b *board) sense(told []locker.Input, f Frame, channel int, now time.Time) []locker.Input {
	l := &b.locks[channel-1]
	if now.Before(l.deaf) {
		return told
	}
	l.denied = bit{}
	if !l.blind {
		l.hear(f.ShortedAt(channel), b.fam.Agree, now)
		if l.shorted.news(b.fam.Agree) {
			told = append(told, locker.LockSensed{
				Lock: l.at, State: l.state(), Evidence: l.shorted.evidence(b.cfg.Contact), Contact: l.contact(),
				Ago: now.Sub(l.shorted.first),
			})
		}
	}
	if b.cfg.Presence != "" && f.Op == QueryAll {
		l.present.hear(f.PresentAt(channel) == (b.cfg.Presence == Set), now)
		if l.present.news(b.fam.Agree) {
			told = append(told, locker.PresenceSensed{Lock: l.at, Present: l.present.value, Evidence: l.present.evidence("")})
		}
	}
	return told
}

// deny takes an answer that says that the board does not know how a lock is. After as many of them as make a state,
// what was told of the lock holds no longer; that is told once.
func (b *board) deny(told []locker.Input, channel int, now time.Time) []locker.Input {
	l := &b.locks[channel-1]
	if now.Before(l.deaf) || l.blind {
		return told
	}
	l.denied.hear(true, now)
	if !l.denied.news(b.fam.Agree) {
		return told
	}
	was := l.shorted.known
	l.shorted = bit{}
	if !was {
		return told
	}
	return append(told, locker.LockSensed{Lock: l.at, State: locker.Unknown, Evidence: l.denied.evidence(b.cfg.Contact)})
}

// miss takes a query that was not answered and gives what is to be told.
func (b *board) miss(req Request, v verdict, lostAfter time.Duration, now time.Time) []locker.Input {
	b.silent = v == silent
	if req.Op == QueryAll {
		b.failAll(false, now)
	}
	if now.Sub(b.heard) < lostAfter {
		return nil
	}
	if b.isTardy(now) {
		return b.lose(fmt.Sprintf("its answers come too late: after %s, and may take %s (answer_within)",
			b.lateness.Round(10*time.Millisecond), b.within))
	}
	return b.lose(fmt.Sprintf("%s for %s", v, lostAfter))
}

// damage says what an exchange tells of the line: whether it counts, and whether as damaged. Silence tells of its board
// alone: it may be gone, or slow.
func (b *board) damage(v verdict) (counts, damaged bool) {
	switch v {
	case answered:
		b.missed, b.broken = 0, 0
		return true, false
	case garbled:
		b.broken++
		return b.broken <= ownFault, true
	case silent:
		b.missed++
	}
	return false, false
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
		b.locks[i].shorted.known, b.locks[i].present.known = false, false
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
	l.shorted.answers = 0
	l.opens = now.Add(afterRelease)
	return l
}

// ackWithin is how long the board may take to answer an unlock.
func (b *board) ackWithin() time.Duration {
	switch b.fam.Ack {
	case AckAfter:
		return b.pulseTime() + ackWithin + b.slack()
	case AckMaybe:
		return maybeWithin + b.slack()
	case AckSoon:
	}
	return b.within
}

// slack is by how much more it may take than its family does on a line of its own.
func (b *board) slack() time.Duration { return max(0, b.within-b.fam.Answer) }

// pulseTime is how long its locks are energised.
func (b *board) pulseTime() time.Duration { return b.cfg.PulseTime() }
