package truth

import (
	"time"

	"lockerd/internal/locker"
)

// metal is doors, contacts, sensors and boards as they really are.
type metal struct {
	plan   *locker.Config
	boxes  []*box
	boards []*board
	// portGone is until when no release leaves.
	portGone time.Duration
}

// box is one compartment with its door.
type box struct {
	number, rank int
	lock         locker.Lock
	board        *board

	things []*thing
	open   bool
	cause  string // of the newest opening: an unlock's id, "bounce" or "force"
	shutAt time.Duration
	shutBy *person // who pushed it shut last; nil: nobody who is known
	openAt time.Duration

	// springs is the pulse that opens it late, if one does.
	springs string

	contact string // "" is honest; stuck open, stuck closed, flapping
	told    locker.DoorState
	moves   uint64 // how often it moved: what was to be told of a move before is not told any more

	sensor     string // "" there is none; honest, stuck present, stuck empty
	toldSensor locker.Presence
}

// What a contact or a sensor may be.
const (
	honest       = "honest"
	stuckOpen    = "stuck open"
	stuckClosed  = "stuck closed"
	flapping     = "flapping"
	stuckPresent = "stuck present"
	stuckEmpty   = "stuck empty"
)

// board is a lock board. One without power pulses nothing; one whose answers do not arrive does.
type board struct {
	locker.Board
	silent bool
	deaf   bool // and does nothing either
	lost   bool // and the cabinet was told
	n      uint64
}

// thing is something that lies behind a door or did.
type thing struct {
	of   *parcel // nil: rubbish
	what string
	in   int // the door that it lies behind; 0: none
	// excuse is what a person, or metal that lies, did wrong with it, and from when on that excuses the rules.
	excuse  string
	from    time.Duration
	counted bool
}

func (w *world) box(number int) *box {
	if number < 1 || number > len(w.boxes) {
		return nil
	}
	return w.boxes[number-1]
}

// boxOf is the compartment that a lock shuts.
func (w *world) boxOf(lock locker.Lock) *box {
	for _, b := range w.boxes {
		if b.lock == lock {
			return b
		}
	}
	return nil
}

// release does what the bus does with a release: it leaves once, and not after its deadline, which is counted from when
// the machine has decided.
func (w *world) release(u locker.UnlockRequested, b *box) {
	asked, within := w.at, time.Duration(u.Within)*time.Millisecond
	delay := w.between(b.number, 20*time.Millisecond, 300*time.Millisecond) + time.Duration(u.Waits)*time.Millisecond
	if w.at < w.portGone || w.chance("release not sent", b.number, w.profile.NotSent) {
		if w.at >= w.portGone {
			w.portGone = w.at + w.between(b.number, 3*time.Second, 40*time.Second)
		}
		w.later(max(0, within), func() { w.feed(locker.ReleaseEnded{Unlock: u.Unlock, Why: "port gone"}) })
		return
	}
	run := w.run
	w.later(delay, func() {
		if w.run != run {
			return // the power was cut before it left
		}
		if w.at-asked > within {
			w.feed(locker.ReleaseEnded{Unlock: u.Unlock, Why: "past its deadline"})
			return
		}
		w.pulse(b, u.Unlock)
		w.feed(locker.ReleaseEnded{Unlock: u.Unlock, Sent: true, Why: "acknowledged"})
	})
}

// pulse is current in a lock.
func (w *world) pulse(b *box, unlock string) {
	w.pulsed(b, unlock)
	switch {
	case b.board.silent && b.board.deaf, b.open:
	case w.chance("dead pulse", b.number, w.profile.DeadPulse):
	case w.chance("late spring", b.number, w.profile.LatePulse):
		b.springs = unlock
		w.later(w.between(b.number, 5*time.Second, 55*time.Second), func() {
			if b.springs == unlock && !b.open {
				w.spring(b, unlock)
			}
		})
	default:
		w.later(w.between(b.number, 50*time.Millisecond, 250*time.Millisecond), func() {
			if !b.open {
				w.spring(b, unlock)
			}
		})
	}
}

// spring opens a door: by a pulse, by itself or by force.
func (w *world) spring(b *box, cause string) {
	b.open, b.openAt, b.cause, b.springs = true, w.at, cause, ""
	w.tell("metal: door %d opens (%s)", b.number, cause)
	w.opensTo(b, cause)
	w.moved(b)
	w.passBy(b)
}

// shut pushes a door shut. It may spring back.
func (w *world) shut(b *box) {
	if !b.open {
		return
	}
	b.open, b.shutAt, b.shutBy = false, w.at, nil
	u := w.unlocks[b.cause]
	for _, t := range b.things {
		fetched := t.of != nil && (t.of.over == "fetched" || u != nil && u.of == t.of && u.why == locker.WhyPickup && u.stood && !t.of.renter)
		if fetched && t.excuse == "" && !t.of.refusing { // when the time for coming back is over the rules cannot know better
			w.excuse(t, "it was left there at a pickup", w.at+w.plan.Times.Thanks-2*time.Second)
		}
	}
	w.tell("metal: door %d falls shut with %d things in it", b.number, len(b.things))
	w.moved(b)
	if w.chance("bounces", b.number, w.profile.Bounce) {
		shut := b.moves
		w.later(w.between(b.number, 700*time.Millisecond, 1800*time.Millisecond), func() {
			if !b.open && b.moves == shut {
				w.spring(b, "bounce")
			}
		})
	}
}

// moved lets the contact tell of it, after a moment.
func (w *world) moved(b *box) {
	b.moves++
	delay := w.between(b.number, 150*time.Millisecond, 450*time.Millisecond)
	if w.chance("slow contact", b.number, w.profile.SlowContact) {
		delay += w.between(b.number, 500*time.Millisecond, 2500*time.Millisecond)
	}
	now, first := b.moves, w.at
	w.later(delay, func() {
		if b.moves == now {
			w.sense(b, first)
		}
	})
	if b.sensor != "" {
		w.later(delay+300*time.Millisecond, func() { w.feel(b) })
	}
}

// sense tells what a door's contact says, if it says something new and its board answers.
func (w *world) sense(b *box, first time.Duration) {
	is := locker.Closed
	if b.open && b.contact != stuckClosed || b.contact == stuckOpen {
		is = locker.Open
	}
	if b.contact == flapping {
		is = locker.Open
		if b.told == locker.Open {
			is = locker.Closed
		}
	}
	if !w.on || b.board.silent || b.told == is {
		return
	}
	b.told = is
	w.feed(locker.LockSensed{Lock: b.lock, State: is, Evidence: locker.Evidence{Contact: "latch", Answers: 2,
		First: birth.Add(first), Last: birth.Add(w.at)}, Ago: w.at - first})
}

// feel tells what a door's presence sensor says, if it says something new.
func (w *world) feel(b *box) {
	is := locker.PresenceEmpty
	if len(b.things) > 0 && b.sensor != stuckEmpty || b.sensor == stuckPresent {
		is = locker.PresencePresent
	}
	if b.sensor == "" || !w.on || b.board.silent || b.toldSensor == is {
		return
	}
	b.toldSensor = is
	w.feed(locker.PresenceSensed{Lock: b.lock, Present: is == locker.PresencePresent,
		Evidence: locker.Evidence{Contact: "presence", Answers: 2, First: birth.Add(w.at), Last: birth.Add(w.at)}})
}

// changed lets a presence sensor notice that something was put in or taken out.
func (w *world) changed(b *box) {
	if b.sensor != "" {
		w.later(400*time.Millisecond, func() { w.feel(b) })
	}
}

// mute lets a board fall silent for a while; deaf, it does nothing either.
func (w *world) mute(bd *board, deaf bool, lasts time.Duration) {
	if bd.silent {
		return
	}
	bd.silent, bd.deaf = true, deaf
	bd.n++
	n := bd.n
	w.tell("metal: board %d falls silent (deaf: %v) for %s", bd.Board.Board, deaf, lasts.Round(time.Second))
	w.later(8*time.Second, func() {
		if bd.silent && bd.n == n && w.on {
			w.lose(bd)
		}
	})
	w.later(lasts, func() {
		if bd.n == n {
			w.answer(bd)
		}
	})
}

func (w *world) lose(bd *board) {
	bd.lost = true
	for _, b := range w.boxes {
		if b.board == bd {
			b.told, b.toldSensor = "", ""
		}
	}
	w.feed(locker.BoardLost{Bus: bd.Bus, Board: bd.Board.Board, Why: "no answer for 8s"})
}

// answer lets a board answer again.
func (w *world) answer(bd *board) {
	if !bd.silent {
		return
	}
	bd.silent, bd.deaf = false, false
	w.tell("metal: board %d answers again", bd.Board.Board)
	if bd.lost && w.on {
		w.feed(locker.BoardBack{Bus: bd.Bus, Board: bd.Board.Board})
	}
	bd.lost = false
	w.survey(bd)
}

// survey tells how all locks of a board are; nil is every board.
func (w *world) survey(bd *board) {
	for _, b := range w.boxes {
		if bd == nil || b.board == bd {
			w.sense(b, w.at)
			w.feel(b)
		}
	}
}

// fail lets a contact or a sensor lie for a while.
func (w *world) fail(b *box, how string, lasts time.Duration) {
	if b.contact != "" || how == "" {
		return
	}
	w.tell("metal: the contact of door %d is %s for %s", b.number, how, lasts.Round(time.Second))
	b.contact = how
	w.sense(b, w.at)
	if how == flapping {
		for _, t := range b.things {
			w.excuse(t, "its contact flapped", 0)
		}
		w.flap(b)
	}
	w.later(lasts, func() { w.repair(b) })
}

func (w *world) flap(b *box) {
	w.later(w.between(b.number, 300*time.Millisecond, 20*time.Second), func() {
		if b.contact == flapping {
			w.sense(b, w.at)
			w.flap(b)
		}
	})
}

// repair makes a contact and a sensor honest again.
func (w *world) repair(b *box) {
	if b.contact == "" && (b.sensor == "" || b.sensor == honest) {
		return
	}
	b.contact = ""
	if b.sensor != "" {
		b.sensor = honest
	}
	w.sense(b, w.at)
	w.feel(b)
}

// put lays a thing behind a door, if a person holds it.
func (w *world) put(t *thing, b *box) {
	if t.in != 0 {
		return
	}
	t.in = b.number
	b.things = append(b.things, t)
	w.tell("%s is laid behind door %d", t.what, b.number)
	if b.contact == flapping {
		w.excuse(t, "its contact flapped", 0)
	}
	if b.sensor == stuckEmpty {
		w.excuse(t, "its sensor says that nothing is there", 0)
	}
	if t.of != nil && !t.of.stored && t.of.door != b.number { // the screen shows another one by now
		w.excuse(t, "a courier has put it behind another door", 0)
	}
	w.changed(b)
	w.look(b)
}

// take takes a thing out of wherever it lies.
func (w *world) take(t *thing) {
	b := w.box(t.in)
	if b == nil {
		return
	}
	for i, x := range b.things {
		if x == t {
			b.things = append(b.things[:i:i], b.things[i+1:]...)
			break
		}
	}
	w.tell("%s is taken out of door %d", t.what, b.number)
	t.in = 0
	w.changed(b)
}
