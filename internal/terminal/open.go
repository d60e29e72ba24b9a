package terminal

import (
	"slices"

	"lockerd/internal/locker"
)

// deniedMost is how many payments are remembered that somebody else than the adapter has ended: as many as can be open.
const deniedMost = 20

// failed lets go of a payment by which nothing was taken. Where the operator says so, the adapter's word that it was may be on its way.
func (t *Terminal) failed(e locker.ChargeFailed) {
	if c := t.open[e.Charge]; c != nil && c.ended && c.result.Outcome == locker.ChargePaid {
		return // it has come, and is still to be recorded
	}
	if e.Order != "" {
		t.denied = append(t.denied, e.Charge)
		t.denied = t.denied[max(0, len(t.denied)-deniedMost):]
	}
	t.noted(e.Charge)
}

// charge is the payment that a result is of; nil: nobody has asked for it.
func (t *Terminal) charge(r Result) *charge {
	if i := slices.Index(t.denied, r.ID); i >= 0 && r.Outcome == locker.ChargePaid && t.open[r.ID] == nil {
		t.denied = slices.Delete(t.denied, i, i+1)
		t.open[r.ID] = &charge{}
	}
	return t.open[r.ID]
}

// asking says that the adapter was asked what has become of a payment and has not answered: it may look up one at a time.
func (t *Terminal) asking() bool {
	for _, c := range t.open {
		if c.ask && !c.deadline.IsZero() {
			return true
		}
	}
	return false
}
