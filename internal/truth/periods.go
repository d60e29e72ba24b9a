package truth

import (
	"cmp"
	"time"
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
