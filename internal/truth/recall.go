package truth

import (
	"slices"
	"time"

	"lockerd/internal/locker"
)

// recalls takes back parcels that were not collected.
func (p *person) recalls() {
	if p.view().Recallable == 0 || p.whim("takes nothing back", 0.2) || !p.tap(locker.ActionRecall) {
		return
	}
	h := &hand{x: &parcel{}, settled: true}
	for range 60 {
		p.pause(time.Second, 3*time.Second)
		v := p.view()
		if !p.mine() {
			return
		}
		switch v.Step {
		case locker.StepRecall:
			if p.whim("passes a door over", 0.05) {
				p.tap(locker.ActionSkip)
			} else {
				p.tap(locker.ActionRecallOpen)
			}
		case locker.StepRecallDoor:
			p.recallsAt(v, h)
		case locker.StepLook:
			p.looks(h, v)
		case locker.StepBadge:
			p.feed(locker.Scanned{Hash: hash("badge " + p.courier)})
		default:
			return
		}
	}
}

func (p *person) recallsAt(v locker.View, h *hand) {
	b := p.w.box(v.Door)
	if !p.opens(v.Door, locker.StepRecallDoor) {
		if p.view().Step == locker.StepRecallDoor && p.whim("walks off from the door of a recall that does not open", p.w.profile.WalkOff) {
			p.silently = true
			p.leave()
			return
		}
		if p.view().Step == locker.StepRecallDoor && !p.tap(locker.ActionTryAgain) {
			p.tap(locker.ActionSkip)
		}
		return
	}
	p.pause(2*time.Second, 6*time.Second)
	if p.whim("walks off from the door of a recall", p.w.profile.WalkOff/10) {
		p.silently = true
		p.leave()
		return
	}
	h.none = true
	for _, t := range slices.Clone(b.things) {
		if !p.mayTake(t) {
			continue
		}
		if p.whim("overlooks what is to be taken back", 0.005) {
			p.w.excuse(t, "a courier has overlooked what was to be taken back", 0)
			continue
		}
		h.none = false
		p.w.take(t)
		p.w.carryOff(t)
	}
	h.seen, h.found = b.number, len(b.things) > 0
	p.shuts(b)
	p.pause(time.Second, 2*time.Second)
}

// carryOff notes that a thing has left for good.
func (w *world) carryOff(t *thing) {
	if t.of == nil {
		return
	}
	for _, x := range t.of.pieces {
		if x.in != 0 {
			return
		}
	}
	t.of.gone = true
}
