package truth

import (
	"slices"
	"time"

	"lockerd/internal/locker"
)

// refusals are the answers to why a parcel is not wanted.
var refusals = []locker.Action{locker.ActionPackaging, locker.ActionGoods, locker.ActionNotOrdered, locker.ActionOtherReason}

// saysNo gives a reason, if the screen asks for one.
func (p *person) saysNo() bool {
	v := p.view()
	if v.Step != locker.StepRefuse {
		return false
	}
	p.pause(2*time.Second, 9*time.Second)
	if p.whim("wants it after all", 0.1) {
		p.tap(locker.ActionBack)
		return false
	}
	reasons := slices.DeleteFunc(slices.Clone(refusals), func(a locker.Action) bool { return !slices.Contains(v.Actions, a) })
	return len(reasons) > 0 && p.tap(reasons[p.dice.IntN(len(reasons))])
}

// refusesAt is a recipient who does not want what lies behind the open door before them. over: they have put it back, or say so, and are
// done with that door.
func (p *person) refusesAt(b *box) (over bool) {
	if !slices.ContainsFunc(b.things, func(t *thing) bool { return p.mayFetch(t.of) }) || !p.whim("does not want it", 0.05) {
		return false
	}
	if !p.complains(locker.ActionRefuse) || !p.saysNo() || p.view().Step != locker.StepPutBack {
		return false
	}
	p.putsBack(b, b.things)
	return true
}

// refusesLate is a recipient who has looked at what they took out, and does not want it.
func (p *person) refusesLate(b *box) {
	var mine []*thing
	for _, x := range p.w.recent {
		if p.mayFetch(x) && x.over == "fetched" && x.door == b.number {
			mine = append(mine, x.pieces...)
		}
	}
	if len(mine) == 0 || !p.whim("does not want what they took out", 0.03) {
		return
	}
	if !p.tap(locker.ActionRefuse) || !p.saysNo() || p.view().Step != locker.StepPutBack {
		return
	}
	if !p.opens(b.number, locker.StepPutBack) {
		p.pause(time.Second, 5*time.Second)
		if !p.tap(locker.ActionTryAgain) || !p.opens(b.number, locker.StepPutBack) {
			p.tap(locker.ActionKeep)
			return
		}
	}
	for _, t := range mine {
		if t.in == 0 && t.of.refusing { // something else of theirs may have lain behind the same door on another day
			t.of.gone = false
			p.w.put(t, b)
		}
	}
	p.putsBack(b, mine)
}

// putsBack is what a recipient does who is asked to put it back: most do, some keep it all the same, or leave the door open.
func (p *person) putsBack(b *box, mine []*thing) {
	w := p.w
	switch keeps := p.whim("keeps what they have refused", 0.2); {
	case keeps:
		for _, t := range slices.Clone(mine) {
			if t.in == b.number && p.mayFetch(t.of) {
				w.take(t)
				w.carryOff(t)
			}
		}
	case p.whim("keeps it after all", 0.1):
		if p.tap(locker.ActionKeep) {
			return
		}
	}
	p.pause(time.Second, 10*time.Second)
	p.brushes()
	switch {
	case p.whim("walks off while they put it back", w.profile.WalkOff):
		p.silently = true
		return
	case p.whim("says that it is in before the door is shut", 0.05):
		p.tap(locker.ActionFinish)
	}
	p.shuts(b)
	if p.view().Step == locker.StepThanks && p.either(0.5) {
		p.tap(locker.ActionFinish)
	}
}

// doesNotPay is a recipient who does not want what they are to pay for.
func (p *person) doesNotPay() bool {
	return p.whim("does not want what it costs", 0.05) && p.tap(locker.ActionRefuse) && p.saysNo()
}

// heardOfRefusals is what is said of parcels that nobody wants.
func (w *world) heardOfRefusals(e locker.Event) {
	switch e := e.(type) {
	case locker.RefusalBegun:
		if p := w.byID[e.Parcel]; p != nil {
			p.refusing = true
		}
	case locker.RefusalDropped:
		w.count("refusals given up")
		if p := w.byID[e.Parcel]; p != nil {
			p.refusing = false
			w.keptAfterAll(p)
		}
	case locker.ParcelRefused:
		w.count("parcels refused")
		if e.Unsure {
			w.count("parcels refused, perhaps")
		}
		if p := w.byID[e.Parcel]; p != nil {
			p.refusing, p.over = false, "refused"
		}
	case locker.UnlockRequested:
		if p := w.byID[e.Parcel]; p != nil && p.over == "refused" && e.Why != locker.WhyRecall && e.Why != locker.WhyLook {
			w.breaksAs(QuestionEntitled, "refused", "door %d is asked to open (%s) for %s, which its recipient has refused", e.Door, e.Why, p.tracking)
		}
	case locker.ParcelMissing:
		if p := w.byID[e.Parcel]; p != nil && !p.sender {
			w.count("refused parcels that were not there")
		}
	case locker.CollectionDisputed:
		if p := w.byID[e.Parcel]; p != nil && p.over == "recalled" && p.refused {
			p.over = "refused"
		}
	default:
	}
	if r, is := e.(locker.ParcelRefused); is && w.byID[r.Parcel] != nil {
		w.byID[r.Parcel].refused = true
	}
}

// keptAfterAll: what they leave there now is as left at a pickup.
func (w *world) keptAfterAll(p *parcel) {
	for _, t := range p.pieces {
		if b := w.box(t.in); b != nil && !b.open && t.in == p.door && t.excuse == "" {
			w.excuse(t, "it was left there at a pickup", w.at+w.plan.Times.Thanks-2*time.Second)
		}
	}
}

// wantedAgain: the operator has given a refused parcel to somebody once more.
func (w *world) wantedAgain(id string) {
	p := w.byID[id]
	if p == nil {
		return
	}
	w.count("refused parcels given once more")
	p.over, p.refused = "", false
	w.comes(p, mix(p.recipient, uint64(w.at)), time.Hour)
}

// reachRefused asks whether what a recipient has put back waits for a courier.
func (w *world) reachRefused(t *thing, listed bool) {
	x := t.of
	if x.over != "refused" || t.in != x.door {
		return
	}
	waits := slices.ContainsFunc(w.state.Parcels, func(p *locker.Parcel) bool {
		return p.ID == x.id && p.State == locker.ParcelOverstays && p.Refused != "" && p.Door == t.in
	})
	if !waits && !listed {
		w.breaksAs(QuestionReach, "refused", "%s, which its recipient has put back, lies behind door %d, and no courier is told", t.what, t.in)
	}
}

// afterRefusing fetches what else is theirs. False: they have gone.
func (p *person) afterRefusing() bool {
	if p.silently || p.done() {
		p.says()
		return false
	}
	p.pause(time.Second, 4*time.Second)
	p.code(p.parcel.code)
	return true
}
