package truth

import (
	"slices"
	"time"

	"lockerd/internal/locker"
)

// asked checks a requested unlock: it is requested once, by a person, and one at a time.
func (w *world) asked(e locker.UnlockRequested, in locker.Input) {
	w.count("unlocks")
	if _, restart := in.(locker.Started); restart {
		w.breaks(QuestionPulse, "unlock %s of door %d is asked for by a restart", e.Unlock, e.Door)
	}
	if other := w.under[e.Door]; other != "" || w.unlocks[e.Unlock] != nil {
		w.breaks(QuestionPulse, "unlock %s of door %d is asked for while %q is under way", e.Unlock, e.Door, other)
	}
	w.under[e.Door] = e.Unlock
	if p := w.byID[e.Parcel]; p != nil && e.Why == locker.WhyReopen {
		p.reopened++ // not without end
	}
	w.newest = e.Door - 1
	actor := w.actor
	if told, shut := in.(locker.LockSensed); shut { // a door is pushed shut, and the next one opens
		actor = w.boxOf(told.Lock).shutBy
		w.count("next doors")
		if of := w.byID[e.Parcel]; actor == nil && w.boxOf(told.Lock).contact == "" && of != nil && !w.stands(of) {
			w.breaksAs(QuestionEntitled, "nobody", "door %d is to open (%s) since nobody who is known has pushed another one shut", e.Door, e.Why)
		}
	}
	soon := w.passed != nil && w.passed != actor && w.at-w.passedAt <= handover
	u := &unlock{id: e.Unlock, session: e.Session, door: e.Door, why: e.Why, of: w.byID[e.Parcel],
		actor: actor, at: w.made, soon: soon}
	_, u.next = in.(locker.LockSensed)
	_, u.paid = in.(locker.ChargeEnded)
	w.unlocks[e.Unlock] = u
	if actor != nil {
		for _, t := range w.box(e.Door).things {
			if actor.mayTake(t) {
				u.own = append(u.own, t)
			}
		}
	}
}

// pulsed asks about a pulse that has just left.
func (w *world) pulsed(b *box, id string) {
	u := w.unlocks[id]
	if u == nil {
		return
	}
	if u.pulses++; u.pulses > 1 || u.door != b.number {
		w.breaks(QuestionPulse, "unlock %s of door %d pulsed door %d, for the %dth time", id, u.door, b.number, u.pulses)
	}
	if late := w.at - u.at; late > w.plan.Times.Within+300*time.Millisecond {
		w.breaks(QuestionPulse, "unlock %s of door %d was pulsed after %s", id, u.door, late)
	}
}

// opensTo asks whether the person for whom a door really opens is entitled to what really lies behind it.
func (w *world) opensTo(b *box, cause string) {
	u := w.unlocks[cause]
	if u == nil || u.actor == nil {
		return // by force, by itself or by order
	}
	u.stood = u.of != nil && w.stands(u.of)
	switch u.why {
	case locker.WhyOrder, locker.WhyTech, locker.WhyToken:
		return // independent of its contents
	default: // for one person, or so it should be
	}
	for _, t := range b.things {
		if t.of == nil && u.stood && t.excuse == "" {
			w.excuse(t, "it lay there already at a pickup", 0)
		}
		if u.actor.mayTake(t) || slices.Contains(u.own, t) || u.why == locker.WhyLook && u.actor.courier != "" && (!t.of.stored || t.of.over != "") {
			continue
		}
		switch why := w.excused(t); {
		case why != "":
			w.count("opened to another: " + why)
		case (u.next || u.why == locker.WhyReopen) && w.stands(t.of):
			w.count("opened to another: they had pushed a door shut, with its person beside them")
		case w.inTheirWake(u, t.of):
			w.count("opened to another: they had pushed the door before shut, a moment after its person had gone")
		case u.soon, w.at-b.shutAt <= handover: // of a pickup, or of a drop-off whose courier has gone
			w.count("opened to another: they tapped a moment after the owner, or had pushed the door shut")
		default:
			w.breaksAs(QuestionEntitled, string(u.why), "door %d opens (%s) to %s of %q with %s in it, which is of %q and %q", b.number, u.why, u.actor.name,
				u.actor.company, t.what, t.of.company, t.of.over)
		}
	}
}

// justLeft says whether a person who may take a parcel went away a moment ago.
func (w *world) justLeft(p *parcel) bool {
	return slices.ContainsFunc(w.left, func(x *person) bool { return w.at-x.leftAt <= handover && x.mayFetch(p) })
}

// inTheirWake says whether a door opens since somebody has pushed shut the one before, whose person went away a moment ago or had gone
// before an earlier one of the same row: no contact tells who has pushed a door.
func (w *world) inTheirWake(u *unlock, p *parcel) bool {
	if u.next && u.session != "" && (w.justLeft(p) || w.wake == u.session) {
		w.wake = u.session
		return true
	}
	return false
}

// stands says whether a person who may take a parcel stands at the cabinet.
func (w *world) stands(p *parcel) bool {
	for _, x := range w.people {
		if x.here && x.mayFetch(p) {
			return true
		}
	}
	return false
}
