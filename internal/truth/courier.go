package truth

import (
	"slices"
	"time"

	"lockerd/internal/locker"
)

// courierVisit is a courier who brings parcels, and takes back those that were not collected.
func (w *world) courierVisit(id uint64, in time.Duration, who int, bag []*parcel) {
	k := crew[who]
	w.send(id, k.id+" (courier)", in, func(p *person) {
		p.courier, p.company = k.id, k.company
		for _, x := range bag {
			x.courier, x.company = k.id, k.company
		}
		if !p.stepUp() || !p.signIn() {
			return
		}
		p.recalls()
		for i, x := range bag {
			if !p.drop(x, i == len(bag)-1) {
				break
			}
			p.amends()
		}
		p.signOut()
	})
}

// mine says that the screen is the courier's.
func (p *person) mine() bool { return p.view().Courier == "n4me-"+p.courier }

func (p *person) signIn() bool {
	for range 4 {
		if p.mine() {
			return true
		}
		switch v := p.view(); {
		case v.Step == "dark", v.Step == locker.StepOutOfOrder:
			return false
		case p.either(0.8):
			p.tell("scans their badge")
			p.feed(locker.Scanned{Hash: hash("badge " + p.courier)})
		case v.Step == locker.StepPIN:
			p.typed("pin " + p.courier)
		case !p.tap(locker.ActionCourier):
			p.tell("scans their badge")
			p.feed(locker.Scanned{Hash: hash("badge " + p.courier)})
		}
		p.pause(time.Second, 3*time.Second)
	}
	return p.mine()
}

func (p *person) signOut() {
	if !p.mine() || p.whim("goes without signing out", 0.15) {
		return
	}
	for range 3 {
		if !p.mine() {
			return
		}
		if !p.tap(locker.ActionDone) && !p.tap(locker.ActionSignOut) && !p.tap(locker.ActionFinish) && !p.tap(locker.ActionBack) {
			return
		}
		p.pause(time.Second, 2*time.Second)
	}
}

// hand is what a courier has in mind with the parcel in hand.
type hand struct {
	x       *parcel
	last    bool
	put     int  // the door that they have put it behind; 0: it is in their hands
	settled bool // they are done with it, wherever it is
	moved   bool // they have asked for another door once
	seen    int  // the door that they have looked into last, and
	found   bool // whether something was in it
	none    bool // and nothing of what they were to collect
	before  *hand
}

// drop puts one parcel in. False: the courier has had enough.
func (p *person) drop(x *parcel, last bool) bool {
	h := &hand{x: x, last: last, before: p.handled}
	p.handled = h
	if !p.mine() {
		return false
	}
	if p.whim("has a torn label", 0.05) && p.tap(locker.ActionType) {
		p.pause(5*time.Second, 20*time.Second)
		p.tell("types %s", x.tracking)
		p.feed(locker.TrackingTyped{Revision: p.view().Revision, Tracking: x.tracking, Offers: p.w.offers()})
	} else {
		p.tell("scans %s", x.tracking)
		p.feed(locker.Scanned{Tracking: x.tracking, Offers: p.w.offers()})
	}
	return p.handles(h)
}

// handles answers the screens about a parcel in hand. False: the courier has had enough.
func (p *person) handles(h *hand) bool {
	p.handled = h
	for range 40 {
		p.pause(800*time.Millisecond, 3*time.Second)
		if !p.mine() {
			if p.view().Step == locker.StepBadge {
				p.feed(locker.Scanned{Hash: hash("badge " + p.courier)})
				continue
			}
			return false
		}
		if on, more := p.dropStep(h); !on {
			return more
		}
	}
	return false
}

// dropStep answers one screen. on: there is more to do for this parcel; more: they go on with the next one.
func (p *person) dropStep(h *hand) (on, more bool) {
	v := p.view()
	switch v.Step {
	case locker.StepPhone:
		if p.whim("does not know the phone number", 0.05) {
			p.tap(locker.ActionNoPhone)
			return true, true
		}
		p.tell("types a phone number")
		p.feed(locker.PhoneTyped{Revision: v.Revision, Mask: "•••••67", Phone: locker.Box(h.x.phone), Person: hash(h.x.phone), Offers: p.w.offers()})
	case locker.StepConsent:
		return p.consents(v), true
	case locker.StepSize:
		return p.size(h, v), true
	case locker.StepNoDoor:
		if h.settled {
			return false, true
		}
		if !h.moved && p.size(h, v) {
			h.moved = true
			return true, true
		}
		p.tap(locker.ActionBack)
		return false, h.put == 0
	case locker.StepHere, locker.StepRecall, locker.StepVisit:
		p.tap(locker.ActionBack)
		return false, true
	case locker.StepDrop:
		if v.Tracking != h.x.tracking { // the door of the one before has sprung back
			if b := p.w.box(v.Door); b != nil {
				p.shuts(b)
			}
			if p.lostTrack(h.before, v) {
				return true, true
			}
			p.tell("scans %s", h.x.tracking)
			p.feed(locker.Scanned{Tracking: h.x.tracking, Offers: p.w.offers()})
			return true, true
		}
		return p.atDoor(h, v)
	case locker.StepDropPress:
		return p.pressDoor(h, v)
	case locker.StepWrong:
		p.tap(locker.ActionBack)
	case locker.StepCancel:
		p.tap(locker.ActionCancelYes)
	case locker.StepTakeOut:
		return p.takesOut(h, v), true
	case locker.StepLook:
		p.looks(h, v)
	case locker.StepBadge:
		p.feed(locker.Scanned{Hash: hash("badge " + p.courier)})
	case locker.StepScan, locker.StepThanks:
		return false, true
	default:
		return false, false
	}
	return true, true
}

// lostTrack answers a screen that has another door for the parcel before, which lies behind one that did not open.
func (p *person) lostTrack(h *hand, v locker.View) bool {
	if v.Notice != locker.NoticeSetAside || h == nil || h.x.tracking != v.Tracking || h.put == 0 || h.put == v.Door {
		return false
	}
	if p.whim("says that it lies behind the door that is shown", 0.1) {
		for _, t := range h.x.pieces {
			p.w.excuse(t, "a courier has taken one door for another", 0)
		}
		return p.tap(locker.ActionNextParcel)
	}
	return p.complains(locker.ActionCancel)
}

// size chooses a size that the parcel fits into, or a smaller one by mistake.
func (p *person) size(h *hand, v locker.View) bool {
	from := h.x.rank
	if from > 0 && p.whim("chooses too small a door", 0.02) {
		from--
	}
	if p.whim("needs a low door", 0.05) && p.tap(locker.ActionLow) {
		p.pause(time.Second, 3*time.Second)
		v = p.view()
	}
	for _, s := range v.Sizes[min(from, len(v.Sizes)):] {
		if s.Free > 0 {
			return p.tapWith(locker.Tapped{Action: locker.ActionSize, Size: s.Name})
		}
	}
	p.tap(locker.ActionBack)
	return false
}

// atDoor is a courier before the door that they were given.
func (p *person) atDoor(h *hand, v locker.View) (on, more bool) {
	w := p.w
	b := w.box(v.Door)
	if b == nil {
		return false, false
	}
	p.clearOld(h, v.Door)
	if h.settled && (h.put == 0 || h.put != v.Door && !b.open) { // they want it back, or have it, also after the badge was asked for
		p.complains(locker.ActionCancel)
		return true, true
	}
	if h.put != v.Door && !b.open {
		if p.whim("walks off before the door has opened", w.profile.WalkOff/5) {
			p.silently = true
			return false, false
		}
		if !p.opens(v.Door, locker.StepDrop) {
			return true, true
		}
	}
	if b.open {
		p.pause(2*time.Second, 8*time.Second)
		if !b.open {
			return true, true
		}
		h.seen, h.found = b.number, p.foreign(b)
		if on, more, done := p.atOpenDoor(h, b); done {
			return on, more
		}
		p.shuts(b)
		p.pause(500*time.Millisecond, 2*time.Second)
	}
	return p.afterShut(h, b)
}

// clearOld takes the parcel out of a door that was left for another one, where it stands open.
func (p *person) clearOld(h *hand, now int) {
	old := p.w.box(h.put)
	if h.put == 0 || h.put == now || old == nil || !old.open {
		return
	}
	p.pause(time.Second, 3*time.Second)
	p.takeAll(h)
	p.shuts(old)
}

// takeAll takes the parcel back into the hands.
func (p *person) takeAll(h *hand) {
	for _, t := range h.x.pieces {
		p.w.take(t)
	}
	h.put = 0
}

// foreign says that something lies behind a door that is not the courier's to put there.
func (p *person) foreign(b *box) bool {
	return slices.ContainsFunc(b.things, func(t *thing) bool { return t.of == nil || t.of.courier != p.courier || t.of.stored })
}

// atOpenDoor is what they do before they push it shut. done: something else comes first.
func (p *person) atOpenDoor(h *hand, b *box) (on, more, done bool) {
	w := p.w
	switch {
	case h.found && !p.whim("puts the parcel to what lies there", 0.05):
		w.count("couriers who found something in their door")
		p.shuts(b)
		if !p.complains(locker.ActionOccupied) {
			return false, false, true
		}
		return true, true, true
	case h.put == b.number:
		return false, false, false
	case h.found && p.mixes(b):
	case h.x.rank > b.rank && p.complains(locker.ActionLarger):
		h.moved = true
		p.pause(time.Second, 2*time.Second)
		p.shuts(b)
		return true, true, true
	case h.x.rank > b.rank:
		p.shuts(b)
		p.complains(locker.ActionCancel)
		h.settled = true
		return true, true, true
	case !h.moved && p.whim("says that something is in it, wrongly", 0.003):
		p.complains(locker.ActionOccupied)
		h.moved = true
		p.shuts(b)
		return true, true, true
	case p.whim("changes their mind at the open door", 0.01):
		h.settled = true
		p.complains(locker.ActionCancel)
		return true, true, true
	}
	return p.puts(h, b)
}

// puts is what they do with the parcel before an open door that they take to be theirs.
func (p *person) puts(h *hand, b *box) (on, more, done bool) {
	w := p.w
	if p.whim("keeps the parcel", 0.002) {
		for _, t := range h.x.pieces {
			w.excuse(t, "a courier has put nothing in", 0)
		}
	} else if other := p.otherOpen(b); other != nil && p.whim("puts the parcel behind another open door", 0.1) {
		for _, t := range h.x.pieces {
			w.excuse(t, "a courier has put it behind another door", 0)
			w.put(t, other)
		}
	} else {
		for _, t := range h.x.pieces {
			w.put(t, b)
		}
	}
	if h.x.pieces[0].in != b.number && h.x.pieces[0].in == h.put && h.put != 0 { // it is still behind the door before
		p.shuts(b)
		p.complains(locker.ActionCancel)
		h.settled = true
		return true, true, true
	}
	h.put = b.number
	p.pause(time.Second, 6*time.Second)
	p.brushes()
	if p.whim("walks off from the open door", w.profile.WalkOff/5) {
		for _, t := range h.x.pieces {
			w.excuse(t, "a courier walked off from the open door", 0)
		}
		p.silently = true
		return false, false, true
	}
	return false, false, false
}

// mixes notes that a thing is put beside another one: from then on it cannot be known whose door it is.
func (p *person) mixes(b *box) bool {
	for _, t := range b.things {
		p.w.excuse(t, "a courier has put something to it", 0)
	}
	return false
}

func (p *person) otherOpen(b *box) *box {
	for _, x := range p.w.boxes {
		if x != b && x.open {
			return x
		}
	}
	return nil
}

// afterShut is a courier before their shut door.
func (p *person) afterShut(h *hand, b *box) (on, more bool) {
	w := p.w
	v := p.view()
	if v.Step != locker.StepDrop || v.Door != b.number {
		return true, true
	}
	switch {
	case h.put != b.number && p.complains(locker.ActionNotOpen):
		return true, true
	case !h.moved && p.whim("wants a larger door after all", 0.01) && p.complains(locker.ActionLarger):
		h.moved = true
		return true, true
	case !h.moved && p.whim("wants a smaller door after all", 0.01) && p.complains(locker.ActionSmaller):
		h.moved = true
		return true, true
	case !h.settled && p.whim("wants the parcel back", 0.01) && p.complains(locker.ActionCancel):
		h.settled = true
		return true, true
	case p.whim("says that it did not open, though it did", 0.002):
		for _, t := range b.things {
			w.excuse(t, "a courier has said that the door did not open", 0)
		}
		p.complains(locker.ActionNotOpen)
		return true, true
	}
	if h.put != b.number {
		p.complains(locker.ActionCancel)
		return true, true
	}
	if h.last {
		return !p.tap(locker.ActionDone), true
	}
	if p.either(0.5) {
		return false, true // scans on
	}
	return !p.tap(locker.ActionNextParcel), true
}

// pressDoor is a door that did not open, as the screen says.
func (p *person) pressDoor(h *hand, v locker.View) (on, more bool) {
	b := p.w.box(v.Door)
	p.pause(time.Second, 5*time.Second)
	if b != nil && b.open && h.put == 0 && !h.settled { // its contact has not noticed
		p.pause(time.Second, 4*time.Second)
		if b.open {
			for _, t := range h.x.pieces {
				p.w.put(t, b)
			}
			h.put = b.number
			p.shuts(b)
		}
	}
	if p.view().Step != locker.StepDropPress {
		return true, true
	}
	if h.put == 0 && p.either(0.8) || p.either(0.5) {
		p.tap(locker.ActionTryAgain)
		return true, true
	}
	if p.whim("walks off from a door that does not open", 0.05) {
		p.silently = true
		return false, false
	}
	h.settled = true
	p.complains(locker.ActionCancel)
	return true, true
}

// takesOut takes the parcel out again.
func (p *person) takesOut(h *hand, v locker.View) bool {
	b := p.w.box(v.Door)
	if p.opens(v.Door, locker.StepTakeOut) {
		p.pause(2*time.Second, 6*time.Second)
		if h.put == b.number && p.whim("leaves the parcel there and pushes the door shut", 0.01) {
			for _, t := range h.x.pieces {
				p.w.excuse(t, "a courier has left it there", 0)
			}
			h.put = 0
		}
		if h.put == b.number {
			p.takeAll(h)
		}
		h.seen, h.found = b.number, len(b.things) > 0
		p.shuts(b)
		p.pause(time.Second, 2*time.Second)
		return true
	}
	if !p.tap(locker.ActionTryAgain) && !p.tap(locker.ActionSkip) {
		p.pause(5*time.Second, 20*time.Second)
	}
	return true
}

// looks answers whether a door is empty.
func (p *person) looks(h *hand, v locker.View) {
	b := p.w.box(v.Door)
	if b == nil {
		return
	}
	if b.open || p.opens(v.Door, locker.StepLook) {
		p.pause(time.Second, 5*time.Second)
		if h.put == b.number && v.Aim != locker.AimLook {
			p.takeAll(h)
		}
		h.seen, h.found = b.number, len(b.things) > 0
		if v.Aim != locker.AimLook {
			p.shuts(b)
		}
		p.pause(time.Second, 2*time.Second)
	}
	empty := h.seen == b.number && !h.found && h.put != b.number
	switch {
	case h.put == b.number && p.tap(locker.ActionTryAgain), h.seen != b.number && p.tap(locker.ActionTryAgain):
	case empty && h.none && p.tap(locker.ActionMissing):
	case empty:
		p.tap(locker.ActionEmpty)
	case p.whim("says that a door is empty, wrongly", 0.01):
		for _, t := range b.things {
			p.w.excuse(t, "a courier has said that the door is empty", 0)
		}
		p.tap(locker.ActionEmpty)
	default:
		if !p.complains(locker.ActionOccupied) {
			p.tap(locker.ActionTryAgain)
		}
		p.shuts(b)
	}
}
