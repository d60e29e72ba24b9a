package truth

import (
	"cmp"
	"time"

	"lockerd/internal/locker"
)

// stood says that the clock was wrong for so long that it had to be believed, and that no signed order corrected it.
func (w *world) stood() bool {
	if w.off == 0 && w.misled {
		now := w.state.Trust(w.clock())
		w.misled = !now.Known || now.Jump != 0 // it goes on by what it was told until it knows better
	}
	return w.misled || w.off != 0 && w.at-w.jumped >= w.off.Abs()-time.Minute
}

// wrongTime says that the cabinet may go by a wrong time of day.
func (w *world) wrongTime() bool { return w.off != 0 || w.misled || w.stood() }

// jump lets the clock be wrong for a while, and say of itself that it is right.
func (w *world) jump(by, lasts time.Duration) {
	if !w.on || !w.known || w.off != 0 {
		return
	}
	w.tell("metal: the clock jumps by %s", by)
	w.count("clocks that jump")
	run := w.run
	w.off, w.jumped = by, w.at
	w.later(time.Second, func() { w.feed(locker.Tick{}) })
	w.later(lasts, func() {
		if w.run != run || w.off == 0 {
			return
		}
		w.tell("metal: the clock is right once more")
		w.misled = w.stood()
		w.off = 0
		w.feed(locker.Tick{})
		w.later(w.between(5, 10*time.Minute, 5*time.Hour), w.corrects)
	})
}

// setClock lets the clock be right, and say so. A cabinet that has believed a wrong one goes by that until it knows better.
func (w *world) setClock() {
	if w.known && w.off == 0 || !w.on {
		return
	}
	if w.known { // one that does not claim to be right misleads nobody
		w.misled = w.stood()
	}
	w.known, w.off = true, 0
	w.feed(locker.Tick{})
}

// hadItsTime asks whether a parcel could be fetched for as long as it was promised, by a cabinet that ran. A power cut of less than
// ten minutes is nobody's loss.
func (w *world) hadItsTime(id string) {
	p := w.byID[id]
	if p == nil || p.misdated || w.wrongTime() {
		return
	}
	short := 11*time.Minute*time.Duration(w.cuts-p.cuts) + w.unmeasured - p.unmeasured
	promised := cmp.Or(p.term, w.plan.Times.Pickup)
	if had := w.running() - p.began; had < promised-short-time.Minute {
		w.breaksAs(QuestionEarly, "stood", "%s expired after %s of a running cabinet", p.tracking, had)
	}
}
