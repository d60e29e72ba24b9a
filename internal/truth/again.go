package truth

import (
	"time"

	"lockerd/internal/locker"
)

// amends is a courier who has what they have just put in opened once more, and handles it as the first time.
func (p *person) amends() {
	was := p.handled
	if was == nil || was.put == 0 || !p.mine() || p.view().Step != locker.StepScan || !p.whim("looks again at what they put in", 0.05) {
		return
	}
	p.pause(time.Second, 14*time.Second)
	if !p.tap(locker.ActionVisit) {
		return
	}
	p.pause(time.Second, 3*time.Second)
	if p.view().Step == locker.StepBadge {
		p.feed(locker.Scanned{Hash: hash("badge " + p.courier)})
		p.pause(time.Second, 2*time.Second)
	}
	for _, x := range p.view().Visited {
		if x.Tracking == was.x.tracking && p.tapWith(locker.Tapped{Action: locker.ActionReopen, Door: x.Door}) {
			p.w.count("doors opened again within a visit")
			if p.whim("wants it back", 0.4) && p.opens(x.Door, locker.StepDrop) && p.complains(locker.ActionCancel) {
				p.pause(time.Second, 4*time.Second)
				p.tap(locker.ActionCancelYes)
			}
			p.handles(&hand{x: was.x, put: was.put, before: was})
			return
		}
	}
	p.tap(locker.ActionBack)
}

// heardOfAgain is what is said of parcels that their couriers have in hand once more.
func (w *world) heardOfAgain(e locker.Event) {
	switch e := e.(type) {
	case locker.ParcelInHand:
		if p := w.byID[e.Parcel]; p != nil {
			p.stored = false
		}
	case locker.ParcelStoredAgain:
		w.count("parcels stored again")
		if p := w.byID[e.Parcel]; p != nil {
			p.stored, p.door = true, e.Door
		}
	case locker.ParcelWithdrawn:
		w.count("parcels withdrawn")
		w.over(e.Parcel, "withdrawn")
		w.doubted[e.Door] = w.at
		w.believed(e.Door, "withdrawn")
	default:
	}
}
