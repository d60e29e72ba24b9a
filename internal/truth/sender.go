package truth

import (
	"fmt"
	"slices"
	"time"

	"lockerd/internal/locker"
)

// sendersOf plans who sends something on a day, with which company, and what goes wrong before they come.
func (w *world) sendersOf(today int, often func(int, float64, time.Duration, time.Duration, func(uint64, time.Duration))) {
	made := 1000 // no courier brings these
	often(8, 2.5, 8*time.Hour, 20*time.Hour, func(id uint64, in time.Duration) {
		x := w.newParcel(fmt.Sprintf("T%d-%d", today, made), w.dice(id))
		made++
		x.sender, x.company, x.label, x.declares = true, crew[id%uint64(len(crew))].company, id%5 < 2, id%7 < 3
		announced := in - time.Duration(id%uint64(3*time.Hour))
		w.later(announced, func() {
			if w.happens(mix(id, 3), x.tracking+" is announced for its sender") {
				w.order(locker.Order{Kind: "parcel.announce", Announce: &locker.AnnounceOrder{Tracking: x.tracking, Size: x.size, Company: x.company,
					From: locker.FromSender, Label: x.label, Agree: x.agree(), Weights: x.weights(), Offers: w.offers()}})
			}
		})
		w.send(id, "the sender of "+x.tracking, in, func(p *person) {
			p.parcel = x
			p.sends(0)
		})
	})
}

// sends is a sender at the cabinet; tries is how often they have come for nothing.
func (p *person) sends(tries int) {
	w, x := p.w, p.parcel
	if x.code == "" || p.whim("changes their mind at home", 0.03) {
		w.order(locker.Order{Kind: "parcel.cancel", Cancel: &locker.CancelOrder{Tracking: x.tracking}})
		return
	}
	if !p.stepUp() {
		return
	}
	p.showsSending()
	h := &hand{x: x}
	for n := range 40 {
		p.pause(700*time.Millisecond, 2*time.Second)
		v := p.view()
		if !v.Sends || v.Tracking != x.tracking {
			if p.sendRefused(v, n) {
				break
			}
			continue
		}
		if !p.sendStep(h, v) {
			break
		}
	}
	p.leave()
	if x.sent && p.whim("wants it back", 0.1) {
		p.wantsBack()
		return
	}
	if x.out() && !x.sent && tries < 2 && p.either(0.5) {
		w.count("senders who come again")
		p.wait(p.some(time.Hour, 3*time.Hour))
		p.sends(tries + 1)
	}
}

// wantsBack is a sender who has sent it, and tries whatever may open its door: nothing does.
func (p *person) wantsBack() {
	w, x := p.w, p.parcel
	p.wait(p.some(5*time.Second, 2*time.Hour))
	if !p.stepUp() {
		return
	}
	if p.either(0.5) {
		x.tokens++
		p.feed(locker.Scanned{Token: &locker.Token{ID: "t" + x.id + digits(uint64(x.tokens)), Cabinet: w.plan.Cabinet, Parcel: x.id,
			Issued: w.now().Add(-time.Minute), Expires: w.now().Add(day)}})
		p.pause(time.Second, 4*time.Second)
	}
	p.showsSending()
	p.pause(time.Second, 20*time.Second)
}

// showsSending types or scans the sender's code, or holds the label before the scanner that the parcel has already; not where a courier
// stands: there a number is what the courier brings.
func (p *person) showsSending() {
	if p.parcel.label && p.w.state.Session.Courier == "" && p.whim("shows the label", 0.5) {
		p.feed(locker.Scanned{Tracking: p.parcel.tracking, Hash: hash(p.parcel.tracking), Offers: p.w.offers()})
		return
	}
	if p.either(0.3) && p.tap(locker.ActionPickup) {
		p.pause(2*time.Second, 5*time.Second)
		if v := p.view(); v.Step == locker.StepCode && v.LockedFor == 0 {
			if p.whim("mistypes", 0.08) {
				p.typed(p.parcel.code + "9")
				p.pause(2*time.Second, 5*time.Second)
			}
			p.typed(p.parcel.code)
			return
		}
	}
	p.code(p.parcel.code)
}

// sendRefused is a screen that is not about what they send. True: they give up for now.
func (p *person) sendRefused(v locker.View, n int) bool {
	switch {
	case n > 12, v.Step == "dark", v.Step == locker.StepOutOfOrder:
		return true
	case v.Step == locker.StepCode && (v.Notice == locker.NoticeSentCode || v.Notice == locker.NoticeExpired || v.Notice == locker.NoticeReplaced):
		if p.parcel.id != "" && !p.parcel.sent && p.w.spoken == p && v.Notice == locker.NoticeSentCode {
			p.w.breaksAs(QuestionFetch, "sender", "the sender of %s, which is not in, is told %q", p.parcel.tracking, v.Notice)
		}
		return true
	case p.w.touched == p && v.Session && v.Step != locker.StepCode && v.Step != locker.StepHome:
		return true // somebody else's business
	}
	p.pause(2*time.Second, 8*time.Second)
	p.showsSending()
	return false
}

// sendStep answers a screen that is about what they send. False: they have gone.
func (p *person) sendStep(h *hand, v locker.View) bool {
	switch v.Step {
	case locker.StepSize, locker.StepNoDoor:
		if h.moved || !p.size(h, v) {
			p.tap(locker.ActionBack)
			return false
		}
		h.moved = true
	case locker.StepDrop:
		return p.sendsAt(h, v)
	case locker.StepDropPress:
		return p.sendPress(h, v)
	case locker.StepWrong:
		p.tap(locker.ActionBack)
	case locker.StepAgree:
		if p.whim("does not agree", 0.04) {
			p.tap(locker.ActionDisagree)
			return true
		}
		p.tap(locker.ActionAgree)
	case locker.StepWeight:
		if p.whim("has a heavy parcel", 0.04) {
			p.tap(locker.ActionHeavier)
			return true
		}
		p.tapWith(locker.Tapped{Action: locker.ActionWeight, Weight: v.Weights[p.dice.IntN(len(v.Weights))]})
	case locker.StepNotTaken:
		if p.either(0.6) {
			p.tap(locker.ActionFinish)
		}
		return false
	case locker.StepThanks:
		if b := p.w.box(v.Door); b != nil && b.open {
			p.shuts(b)
		}
		if p.either(0.6) {
			p.tap(locker.ActionFinish)
		}
		return false
	default:
		return false
	}
	return true
}

// sendsAt is a sender before the door that they were given. False: they have gone.
func (p *person) sendsAt(h *hand, v locker.View) bool {
	w, b := p.w, p.w.box(v.Door)
	if b == nil {
		return false
	}
	if h.put != b.number && !b.open {
		if p.whim("walks off before the door has opened", w.profile.WalkOff) {
			p.silently = true
			return false
		}
		if !p.opens(v.Door, locker.StepDrop) {
			return true
		}
	}
	if b.open {
		p.pause(2*time.Second, 12*time.Second)
		if !b.open {
			return true
		}
		if gone := p.putsIn(h, b); gone {
			return false
		}
		p.shuts(b)
		p.pause(time.Second, 4*time.Second)
	}
	return p.saysIn(h, b)
}

// putsIn is what a sender does before an open door. True: they have gone.
func (p *person) putsIn(h *hand, b *box) (gone bool) {
	w := p.w
	foreign := slices.ContainsFunc(b.things, func(t *thing) bool { return t.of != h.x })
	switch {
	case p.whim("walks off without putting anything in", 0.02):
		p.silently = true
		return true
	case foreign && !p.whim("puts it to what lies there", 0.3):
		w.count("senders who found something in their door")
		return false
	case h.x.rank > b.rank, h.put != 0, p.whim("puts nothing in", 0.03):
		return false
	}
	to := b
	if other := p.otherOpen(b); other != nil && p.whim("puts it behind another open door", 0.1) {
		to = other
	}
	for _, t := range h.x.pieces {
		if to != b || foreign {
			w.excuse(t, "a sender has put it where something else may lie", 0)
		}
		w.put(t, to)
	}
	if foreign {
		p.mixes(b)
	}
	h.put = to.number
	p.pause(time.Second, 6*time.Second)
	p.brushes()
	if p.whim("walks off from the open door", w.profile.WalkOff) {
		p.silently = true
		return true
	}
	return false
}

// saysIn answers whether the parcel is in. False: they have gone.
func (p *person) saysIn(h *hand, b *box) bool {
	v := p.view()
	if v.Step != locker.StepDrop || v.Door != b.number {
		return true
	}
	switch {
	case p.whim("goes without a word", 0.15):
		p.silently = true
		return false
	case h.put == 0 && h.x.rank > b.rank && p.complains(locker.ActionLarger):
		return true
	case h.put == 0 && !p.whim("says that it is in, and keeps it", 0.3), h.put != 0 && p.whim("says that it is not in, though it is", 0.02):
		p.complains(locker.ActionCancel)
		return true
	case !h.settled && p.whim("has it opened once more", 0.06):
		h.settled = true
		p.complains(locker.ActionAgain)
		if h.put == b.number && p.opens(b.number, locker.StepDrop) && p.whim("takes it out again", 0.3) {
			for _, t := range h.x.pieces {
				p.w.take(t)
			}
			h.put = 0
		}
		return true
	}
	if !p.tap(locker.ActionDone) {
		p.pause(2*time.Second, 5*time.Second)
	}
	return true
}

// sendPress is a door that did not open, as the screen says. False: they have gone.
func (p *person) sendPress(h *hand, v locker.View) bool {
	b := p.w.box(v.Door)
	p.pause(time.Second, 5*time.Second)
	if b != nil && b.open { // its contact has not noticed
		if gone := p.putsIn(h, b); gone {
			return false
		}
		p.shuts(b)
	}
	switch {
	case p.view().Step != locker.StepDropPress:
	case h.put != 0 && p.tap(locker.ActionItOpened):
	case p.whim("walks off from a door that does not open", p.w.profile.WalkOff):
		p.silently = true
		return false
	case p.either(0.8):
		p.tap(locker.ActionTryAgain)
	default:
		p.complains(locker.ActionCancel)
	}
	return true
}

// heardOfSenders is what is said of what people send.
func (w *world) heardOfSenders(e locker.Event) {
	switch e := e.(type) {
	case locker.ParcelAnnounced:
		if p := w.parcels[e.Tracking]; p != nil && e.From != "" {
			p.code = string(e.Personal.Code)
		}
	case locker.DropStarted:
		if p := w.byID[e.Parcel]; p != nil && p.sender != (e.From != "") {
			w.breaksAs(QuestionEntitled, "sender", "door %d is given to whoever brings %s: from %q", e.Door, p.tracking, e.From)
		}
	case locker.ParcelSent:
		w.count("parcels sent")
		if e.Unsure {
			w.count("parcels sent, perhaps")
		}
		if p := w.byID[e.Parcel]; p != nil {
			p.sent, p.over, p.door = true, "sent", e.Door
		}
	case locker.UnlockRequested:
		if p := w.byID[e.Parcel]; p != nil && p.sent && p.over != "restored" && e.Why != locker.WhyRecall && e.Why != locker.WhyLook {
			w.breaksAs(QuestionEntitled, "sent", "door %d is asked to open (%s) for %s, which waits for its courier", e.Door, e.Why, p.tracking)
		}
	case locker.ParcelDispatched:
		w.count("parcels collected from senders")
		w.over(e.Parcel, "dispatched")
	case locker.ParcelMissing:
		w.count("parcels that senders had not put in")
	case locker.CollectionDisputed:
		if p := w.byID[e.Parcel]; p != nil && p.over == "dispatched" {
			p.over = "sent"
		}
	default:
	}
}

// reachSent asks whether what a sender has put in, and did not take back, waits for its courier.
func (w *world) reachSent(t *thing, listed bool) {
	x := t.of
	if x.over != "sent" || t.in != x.door {
		return
	}
	toGo := slices.ContainsFunc(w.state.Parcels, func(p *locker.Parcel) bool { return p.ID == x.id && p.State == locker.ParcelToGo && p.Door == t.in })
	if !toGo && !listed {
		w.breaksAs(QuestionReach, "sent", "%s, which somebody sends, lies behind door %d, and no courier is told", t.what, t.in)
	}
}
