// Package truth tests the rules of internal/locker against a model of the real world: hardware that fails, people who stand at
// the cabinet or have left, and the real contents of each compartment. It never decides anything for a cabinet, and uses the
// rules only as people and boards do: it taps what a View offers and reports what a contact says.
//
// A world is one cabinet and its surroundings. After every input the package asks whether what the rules believe is true, and whether
// they treated everybody fairly. A seed determines everything, so a failure can be replayed and shortened to its cause.
package truth

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"lockerd/internal/locker"
)

// Question is a property that must always hold.
type Question string

// Questions.
const (
	QuestionEntitled Question = "entitled" // a door opens to those alone who are entitled to what is really inside
	QuestionEmpty    Question = "empty"    // what is believed to be empty is
	QuestionFetch    Question = "fetch"    // what is stored can be fetched
	QuestionReach    Question = "reach"    // nothing that is inside is out of everybody's reach
	QuestionSpent    Question = "spent"    // a code is spent by an opening at which its owner stands
	QuestionReopen   Question = "reopen"   // who forgot something can open again for a while
	QuestionLost     Question = "lost"     // a door is usable, holds a parcel, or is in a list that says what is needed
	QuestionPulse    Question = "pulse"    // one pulse an unlock, none by a restart, none after its deadline
	QuestionReplay   Question = "replay"   // the journal gives the live state, through a snapshot too
	QuestionSession  Question = "session"  // every session ends, and home comes back
	QuestionBounded  Question = "bounded"  // the state does not grow for ever
	QuestionClear    Question = "clear"    // nothing personal and nothing secret is in clear in an event
	QuestionEarly    Question = "early"    // nothing ends before its time
	QuestionLive     Question = "live"     // when trouble stops, what can come back comes back
	QuestionPanic    Question = "panic"    // the rules accept any input
)

// Broken is a question that was answered wrongly.
type Broken struct {
	Question Question
	Kind     string // cases that break the same question for the same cause have the same kind
	What     string
	At       time.Duration
}

func (b *Broken) key() string { return string(b.Question) + ": " + b.Kind }

// books are the truth about parcels, unlocks and sessions, beside what the rules believe.
type books struct {
	broken  *Broken
	ignored map[Question]bool
	counts  map[string]int

	parcels map[string]*parcel // by tracking number
	byID    map[string]*parcel
	charges map[string]*charge // at the terminal
	unlocks map[string]*unlock
	under   map[int]string // the unlock under way, by door
	asks    []asking
	kinds   map[string]int                // events by kind
	doubted map[int]time.Duration         // since when doors are doubtful
	booked  map[string]locker.DoorsBooked // by the id of the order
	newest  int                           // the place of the door that was asked to open last
	session string
	ended   time.Duration // when the newest session ended
	begun   time.Duration
	proven  time.Duration // when it began, or when its person last proved who they are
	clears  uint64
	recent  []*parcel // in the order in which they were made
	orders  uint64
}

// parcel is a parcel, wherever it is.
type parcel struct {
	tracking, size string
	rank           int
	courier        string
	company        string
	pieces         []*thing
	pin, last4     string // asked of its recipient
	zone           string // that it was announced for,
	announced      string // by the order of that id
	phone          string // of a household, which several parcels may go to
	fee            *locker.Terms
	money          int64  // that was paid for it, and not given back
	nextPIN        string // asked of the new recipient whom an order names
	id             string
	door           int
	code           string
	sender         bool          // somebody sends it,
	label          bool          // has a label on it already, which its sender may show,
	declares       bool          // asks its sender to agree to something and for its weight,
	declared       int           // of which so much was said in this visit
	unwatched      bool          // the camera was lost while it was put in,
	sent           bool          // and the cabinet has told them that it is in
	renter         bool          // it stays behind a rented door,
	term           time.Duration // for so long,
	shared         string        // and this is the code of the one who shares it
	stored         bool          // its recipient was told that it is here
	refusing       bool          // its recipient is putting it back,
	refused        bool          // or did
	over           string        // why it is no longer its recipient's to fetch: fetched, expired, cancelled, refused, recalled, restored
	changedAt      time.Duration // when an order has changed whose it is, its code, or until when it waits
	before         string        // what over was before somebody had spoken for its renter
	until          time.Time
	recipient      uint64
	tokens         int
	recoded        time.Time // since when tokens for it count: its code was replaced
	reopened       int
	gone           bool // every piece has left the cabinet for good
	collected      time.Duration
	began          time.Duration // how long the cabinet had run when its pickup period began,
	cuts           int           // how often the power had been cut,
	unmeasured     time.Duration // and for how long nobody can tell that it was
	ahead          time.Duration // of the time of day the clock was when the pickup period began, and so is its end
	misdated       bool          // the clock was wrong then, or at the end of a stop: the end is by that clock
}

// unlock is the truth about an unlock.
type unlock struct {
	id, session string
	door        int
	why         locker.Why
	of          *parcel
	actor       *person
	at          time.Duration
	pulses      int
	stood       bool     // its door opened by it while its owner stood there
	own         []*thing // what lay there when they asked, and was theirs to take
	soon        bool     // another person had used the screen a moment before
	next        bool     // it opens since the door before was pushed shut
	paid        bool     // it opens since the terminal has the money
}

// handover is how soon after a person the next one may be taken for them, since no rule can tell them apart: 20 s from what the cabinet
// has heard of them last, and a second in which a contact says that a door is shut and a latch springs.
const handover = 21 * time.Second

func newBooks() books {
	return books{counts: map[string]int{}, parcels: map[string]*parcel{}, byID: map[string]*parcel{},
		unlocks: map[string]*unlock{}, under: map[int]string{}, doubted: map[int]time.Duration{}, booked: map[string]locker.DoorsBooked{}, charges: map[string]*charge{}, kinds: map[string]int{}}
}

func (w *world) count(what string) { w.counts[what]++ }

// breaks ends the world: a question is answered wrongly.
func (w *world) breaks(q Question, format string, args ...any) {
	w.breaksAs(q, "", format, args...)
}

func (w *world) breaksAs(q Question, kind, format string, args ...any) {
	w.count("broken: " + string(q))
	if w.broken != nil || w.ignored[q] || w.ignored[Question(string(q)+": "+kind)] {
		return
	}
	w.broken = &Broken{Question: q, Kind: kind, What: fmt.Sprintf(format, args...), At: w.at}
	w.tell("BROKEN %s: %s", w.broken.key(), w.broken.What)
}

// excuse notes what a person, or metal that lies, did wrong with a thing: from a time on the rules cannot know better.
func (w *world) excuse(t *thing, why string, from time.Duration) {
	if t.excuse == "" {
		w.count("error: " + why)
	}
	t.excuse, t.from = why, from
}

// excused says why the rules may be wrong about a thing; empty: they may not. No error of a person excuses what a sensor
// that works says otherwise.
func (w *world) excused(t *thing) string {
	b := w.box(t.in)
	if t.excuse == "" || w.at < t.from {
		return ""
	}
	if t.of != nil && t.of.door == t.in && w.inBooks(t.of) && b.feels() && b.holdsOnly(t.of) {
		return ""
	}
	return t.excuse
}

// holdsOnly says that nothing lies there but a parcel: what a sensor says is about it alone.
func (b *box) holdsOnly(p *parcel) bool {
	return !slices.ContainsFunc(b.things, func(t *thing) bool { return t.of != p })
}

// feels says that a presence sensor that works has told that something is there.
func (b *box) feels() bool { return b.sensor == honest && b.toldSensor == locker.PresencePresent }

// heard is told every event, once it is believed.
func (w *world) heard(e locker.Event, in locker.Input) {
	w.clear(e)
	w.lasts(e)
	defer w.heardOfHands(e) // once the books know the parcel
	switch e := e.(type) {
	case locker.SessionStarted:
		w.session, w.begun = e.Session, w.at
	case locker.SessionEnded:
		w.session, w.ended = "", w.at
	case locker.OrderRefused:
		if o := in.(locker.OrderReceived).Order; o.Issuer != "" && e.Why == "expired" && w.now().Before(o.Expires) && !w.stood() {
			w.breaksAs(QuestionEarly, "order", "an order that is meant until %s is refused", o.Expires)
		}
	case locker.UnlockRequested:
		w.asked(e, in)
	case locker.UnlockEnded:
		delete(w.under, e.Door)
	case locker.DoorEmptied:
		w.believed(e.Door, "emptied by "+string(e.Proof))
	case locker.DoorForced:
		w.count("forced")
		if w.box(e.Door).cause != "force" {
			w.count("forced, but by nobody")
		}
	case locker.DoorOpenedLate:
		w.count("opened late")
	case locker.SourceMuted:
		w.count("muted")
	case locker.DoorBlocked:
		w.count("blocked: " + string(e.Why))
		w.doubted[e.Door] = w.at
	case locker.DoorDoubted:
		w.doubted[e.Door] = w.at
		w.count("doubted: " + string(e.Why))
	case locker.TypingLocked:
		w.count("typing locked")
	case locker.CodeRefused:
		if e.Scanned && w.state.Session.Step != locker.StepCode {
			w.spoken = nil // the screen goes on about whoever is in the middle of something
		}
	default:
		w.heardOf(e)
	}
}

// lasts asks whether a session goes on for longer than one may.
func (w *world) lasts(e locker.Event) {
	switch e := e.(type) {
	case locker.SessionStarted, locker.CourierSignedIn, locker.TechnicianSignedIn, locker.PickupClaimed, locker.FeeAsked, locker.RenterClaimed, locker.SendingClaimed:
		w.proven = w.at
	case locker.ChargeUncertain:
		if e.Session != "" {
			w.proven = w.at
		}
	case locker.UnlockRequested:
		if e.Why == locker.WhyPickup && !e.Again {
			w.proven = w.at
		}
	case locker.SessionMoved, locker.SessionKept, locker.LanguageChosen, locker.ParcelScanned:
		most, n := w.plan.Times.Session, w.state.Session
		switch {
		case n.Technician != "":
			most = w.plan.Times.SessionTechnician
		case n.Courier != "":
			most = w.plan.Times.SessionCourier
		}
		if lasted := w.at - w.proven; n.ID != "" && lasted > most+time.Minute {
			w.breaksAs(QuestionSession, "too long", "a session goes on after %s: %s", lasted, e.Kind())
		}
	default: // nothing that a session goes on by
	}
}

// heardOf takes the events about parcels.
func (w *world) heardOf(e locker.Event) {
	switch e := e.(type) {
	case locker.DropStarted:
		if p := w.parcels[e.Tracking]; p != nil {
			p.id, p.door, p.code = e.Parcel, e.Door, cmp.Or(string(e.Personal.Code), p.code) // a sender has theirs
			p.stored, p.sent, p.over = false, false, ""
			w.byID[e.Parcel] = p
		}
	case locker.DropMoved:
		if p := w.byID[e.Parcel]; p != nil {
			p.door = e.To
			w.movedByAnother(p, w.box(e.From))
		}
		w.doubted[e.From] = w.at
		w.believed(e.From, "left for another door")
	case locker.DropCancelled:
		w.count("drop-offs cancelled")
		w.believed(e.Door, "drop-off cancelled")
	case locker.DropAbandoned:
		w.count("drop-offs abandoned")
		w.doubted[e.Door] = w.at
	case locker.ParcelStored:
		w.stored(e)
	case locker.PickupPeriodBegan:
		if p := w.byID[e.Parcel]; p != nil {
			p.until, p.began, p.cuts, p.unmeasured = e.Until, w.running(), w.cuts, w.unmeasured
			p.misdated, p.ahead = w.wrongTime(), max(0, w.off)
			if p.over == "expired" {
				w.count("expired by a wrong clock, and brought back")
				p.over = ""
			}
		}
	case locker.ParcelCollected:
		w.collected(e)
	case locker.CollectionDisputed:
		w.count("disputed")
		w.disputed(w.byID[e.Parcel])
	case locker.ParcelExpired:
		w.count("expired")
		w.over(e.Parcel, "expired")
		if p := w.byID[e.Parcel]; p != nil && w.now().Before(p.until.Add(-p.ahead-time.Minute)) {
			if w.stood() {
				for _, t := range p.pieces {
					w.excuse(t, "its clock was wrong for long", 0)
				}
			} else {
				w.breaks(QuestionEarly, "%s expired before %s", p.tracking, p.until)
			}
		}
		w.hadItsTime(e.Parcel)
	case locker.ParcelHandedOver:
		w.over(e.Parcel, "handed over")
	case locker.ParcelCancelled:
		w.over(e.Parcel, "cancelled")
	case locker.ParcelRecalled:
		w.count("recalled")
		w.over(e.Parcel, "recalled")
	}
}

// disputed: it is theirs once more. Somebody, or a sensor, knows better.
func (w *world) disputed(p *parcel) {
	switch {
	case p == nil:
	case p.over == "fetched":
		p.over = ""
	case p.over == endedByAnother:
		p.over = p.before
	}
}

func (w *world) over(id, why string) {
	if p := w.byID[id]; p != nil {
		p.over = why
	}
}

// collected asks whether the code was spent by an opening at which its owner stood.
func (w *world) collected(e locker.ParcelCollected) {
	w.count("pickups")
	p, u := w.byID[e.Parcel], w.unlocks[e.Unlock]
	if p == nil {
		return
	}
	p.collected = w.at
	if p.over == "" {
		p.over = "fetched"
	}
	b := w.box(e.Door)
	switch {
	case w.stands(p), u != nil && u.stood:
	case b.contact != "":
		w.count("collected by a contact that lies")
	case p.out():
		w.count("collected once more, with nothing left")
	case u != nil && u.soon:
		w.count("collected by somebody who tapped a moment after the owner")
	case u != nil && w.inTheirWake(u, p):
		w.count("collected by somebody who had pushed the door before shut, a moment after its person had gone")
	case u != nil && u.actor != nil && u.actor.mayFetch(p) && u.actor.silently && u.session == w.session,
		u != nil && u.paid && w.justLeft(p): // a moment before the terminal had the money
		w.count("error: walked off from an opening door")
		for _, t := range b.things {
			w.excuse(t, "walked off from an opening door", 0)
		}
	default:
		w.breaksAs(QuestionSpent, w.spentBy(b, u), "%s is said to be collected at door %d, opened by %s, with nobody of its own there",
			p.tracking, e.Door, b.cause)
	}
}

// out says that nothing of a parcel lies in the cabinet.
func (p *parcel) out() bool {
	return !slices.ContainsFunc(p.pieces, func(t *thing) bool { return t.in != 0 })
}

// spentBy is the kind of a code that was spent without its owner.
func (w *world) spentBy(b *box, u *unlock) string {
	switch {
	case b.cause == "force" || b.cause == "bounce":
		return "the door was opened by " + b.cause
	case u != nil && u.actor != nil && u.of != nil && !u.actor.mayFetch(u.of):
		return "for somebody else"
	}
	return "the owner had gone"
}

// movedByAnother excuses what somebody has left behind a door from which another person, who came while a layman may still be reading,
// had it moved in their place.
func (w *world) movedByAnother(p *parcel, from *box) {
	const reads = 46 * time.Second // 45 s, and one in which a contact says that a door is shut
	if !p.sender && !p.renter || w.actor == nil || w.actor.courier != "" || w.actor.mayFetch(p) || w.at-max(w.passedAt, from.shutAt) > reads {
		return
	}
	for _, t := range from.things {
		w.excuse(t, "somebody has had it moved whose it was not", 0)
	}
}

// believed asks whether a door that is held to be empty is.
func (w *world) believed(number int, why string) {
	if soon := w.passed != nil && w.passed != w.actor && w.at-w.passedAt <= handover; soon && w.actor != nil && w.actor.courier == "" {
		for _, t := range w.box(number).things {
			w.excuse(t, "somebody has spoken for a courier who had just gone", 0)
		}
	}
	w.asks = append(w.asks, asking{number, why})
}

// asking is a question that waits until all that follows from an input is believed.
type asking struct {
	door int
	why  string
}

// answers asks what has waited.
func (w *world) answers() {
	for _, a := range w.asks {
		w.isEmpty(a.door, a.why)
	}
	w.asks = w.asks[:0]
}

func (w *world) isEmpty(number int, why string) {
	b := w.box(number)
	if b == nil || len(b.things) == 0 || w.state.Doors[number-1].Holds.Kind != locker.Empty {
		return
	}
	for _, t := range b.things {
		if excuse := w.excused(t); excuse != "" && !b.feels() {
			if !t.counted {
				w.count("believed empty: " + excuse)
			}
			t.counted = true
			continue
		}
		w.breaksAs(QuestionEmpty, why, "door %d is held to be empty (%s) with %s in it", number, why, t.what)
	}
}

// look asks the same when something was put behind a door.
func (w *world) look(b *box) { w.isEmpty(b.number, "put in") }

// restored: the rules cannot know what a backup does not contain.
func (w *world) restored() {
	w.count("restored")
	for _, c := range w.charges {
		c.booked = false // the cabinet may have forgotten it
	}
	for _, p := range w.parcels {
		if p.id != "" && !p.gone {
			p.over = "restored"
		}
		if !slices.ContainsFunc(w.state.Announced, func(a locker.Announcement) bool { return a.Order == p.announced }) {
			p.zone = "" // that it was announced for
		}
	}
}

// dark: without power no person is served.
func (w *world) dark() {
	w.session, w.ended = "", w.at
	clear(w.under)
}

// Questions are all questions.
func Questions() []Question {
	return []Question{QuestionEntitled, QuestionEmpty, QuestionFetch, QuestionReach, QuestionSpent, QuestionReopen, QuestionLost,
		QuestionPulse, QuestionReplay, QuestionSession, QuestionBounded, QuestionClear, QuestionEarly, QuestionLive, QuestionPanic}
}
