package truth

import (
	"slices"
	"time"

	"lockerd/internal/locker"
)

// inventory has a technician walk from door to door and say what is behind each.
func (w *world) inventory(id uint64, in time.Duration) {
	w.send(id, "the technician with the list", in, func(p *person) {
		if !p.stepUp() || !p.enters() {
			return
		}
		for range 3 {
			if p.tap(locker.ActionInventory) {
				break
			}
			p.tap(locker.ActionBack)
			p.pause(time.Second, 2*time.Second)
		}
		p.pause(time.Second, 4*time.Second)
		if !p.tap(locker.ActionInventoryYes) {
			return
		}
		w.count("inventories begun")
		for range 3 * len(w.boxes) {
			v := p.view()
			if v.Step != locker.StepInventoryDoor || v.Technician == "" {
				break
			}
			if p.whim("walks off in the middle of an inventory", 0.01) {
				p.leave()
				return
			}
			p.countsAt(w.box(v.Door))
		}
		for range 3 {
			p.tap(locker.ActionBack)
			p.tap(locker.ActionSignOut)
		}
	})
}

// countsAt looks into the door that the walk is at, shuts it, and says what was there.
func (p *person) countsAt(b *box) {
	p.until(12*time.Second, func() bool { return b.open || !p.view().Opening })
	if !b.open {
		p.tap(locker.ActionSkip)
		p.pause(time.Second, 2*time.Second)
		return
	}
	p.pause(2*time.Second, 6*time.Second)
	found := locker.ActionEmpty
	switch {
	case slices.ContainsFunc(b.things, func(t *thing) bool { return t.of != nil }):
		found = locker.ActionParcel
	case len(b.things) > 0:
		found = locker.ActionOther
	}
	p.shuts(b)
	p.pause(2*time.Second, 4*time.Second)
	if b.open || !p.tap(found) { // or its contact does not say that it is shut
		p.tap(locker.ActionSkip)
	}
	p.pause(time.Second, 2*time.Second)
}

// heardOfInventory holds a report against what lies behind the doors that somebody has seen open.
func (w *world) heardOfInventory(e locker.DoorCounted) {
	w.count("inventory: " + string(e.Found))
	if e.Differs {
		w.count("inventory: differs from the books")
	}
}
