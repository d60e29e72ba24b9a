package truth

import (
	"slices"
	"time"

	"lockerd/internal/locker"
)

// rentersOf plans who rents a door on a day, for how long, and who shares it.
func (w *world) rentersOf(today int, often func(int, float64, time.Duration, time.Duration, func(uint64, time.Duration))) {
	made := 2000 // nobody else brings these
	often(18, 1.5, 7*time.Hour, 18*time.Hour, func(id uint64, in time.Duration) {
		x := w.newParcel("R"+digits(uint64(today*10_000+made)), w.dice(id))
		made++
		x.sender, x.renter, x.company = true, true, crew[id%uint64(len(crew))].company
		x.term = time.Duration(2+id%40) * time.Hour
		fee := fees(mix(id, 5))
		w.later(in-time.Duration(id%uint64(2*time.Hour)), func() {
			if w.happens(mix(id, 3), x.tracking+" is announced for its renter") {
				w.order(locker.Order{Kind: "parcel.announce", Announce: &locker.AnnounceOrder{Tracking: x.tracking, Size: x.size, Company: x.company,
					From: locker.FromRenter, Term: x.term, Fee: fee, Offers: w.offers()}})
			}
		})
		w.send(id, "the renter of "+x.tracking, in, func(p *person) {
			p.parcel = x
			p.sends(0)
			p.rents(x, "")
		})
		if id%2 == 0 {
			w.send(mix(id, 9), "a friend of the renter of "+x.tracking, in+time.Hour, func(p *person) {
				p.parcel = x
				p.wait(p.some(0, 6*time.Hour))
				if p.either(0.9) {
					w.order(locker.Order{Kind: "parcel.share", Share: &locker.ShareOrder{Tracking: x.tracking, Person: "friend", Ends: id%4 == 0, Offers: w.offers()}})
				}
				p.rents(x, "friend")
			})
		}
	})
}

// rents is somebody who comes to a rented door again and again.
func (p *person) rents(x *parcel, who string) {
	w := p.w
	for range 6 {
		if !x.stored || x.over != "" && x.over != "expired" || who != "" && x.shared == "" {
			return
		}
		p.wait(p.some(20*time.Minute, 14*time.Hour))
		if who != "" && p.whim("shares it no longer", 0.1) {
			w.order(locker.Order{Kind: "parcel.unshare", Unshare: &locker.UnshareOrder{Tracking: x.tracking, Person: who}})
		}
		code := x.code
		if who != "" {
			code = x.shared
		}
		if !p.stepUp() {
			continue
		}
		p.visitsRented(x, who, code, p.either(0.35))
		p.leave()
	}
}

// visitsRented is one visit; last: they mean to end it.
func (p *person) visitsRented(x *parcel, who, code string, last bool) {
	w := p.w
	p.code(code)
	for n := range 25 {
		p.pause(700*time.Millisecond, 2*time.Second)
		v := p.view()
		if w.spoken != p || v.Notice == locker.NoticeCloseFirst {
			v.Step = locker.StepHome // it is about somebody else
		}
		switch v.Step {
		case locker.StepPickup:
			if !p.atRented(x, v, code, last) {
				return
			}
		case locker.StepKeep:
			if !p.keeps(x, v, last) {
				return
			}
		case locker.StepPay:
			if p.pays(v) {
				return
			}
		case locker.StepPress:
			p.tap([]locker.Action{locker.ActionTryAgain, locker.ActionFinish}[p.dice.IntN(2)])
		case locker.StepWrong:
			p.tap(locker.ActionBack)
		case locker.StepCode:
			if v.Notice == locker.NoticeEnds || v.Notice == locker.NoticeCodeAgain {
				p.code(code)
				continue
			}
			p.w.refusesRenter(x, who, code, v.Notice)
			return
		case locker.StepThanks, locker.StepTrouble:
			p.tap(locker.ActionFinish)
			return
		default:
			if n > 12 {
				return
			}
			p.pause(2*time.Second, 6*time.Second)
			p.code(code)
		}
	}
}

// refusesRenter asks whether a refusal is right: what lies behind a rented door is its people's until it is cleared.
func (w *world) refusesRenter(x *parcel, who, code string, n locker.Notice) {
	if n == locker.NoticeReplaced && code != x.code { // the operator has given them another one, while they stood there
		return
	}
	if n != locker.NoticeUsedCode && n != locker.NoticeExpired && n != locker.NoticeReplaced || who != "" || x.over != "" && x.over != "expired" {
		return
	}
	for _, t := range x.pieces {
		if t.in == x.door && w.excused(t) == "" {
			w.breaksAs(QuestionFetch, "renter", "the renter of %s, of which %s lies behind door %d, is told %q", x.tracking, t.what, t.in, n)
		}
	}
}

// atRented is somebody before their rented door. False: they have gone.
func (p *person) atRented(x *parcel, v locker.View, code string, last bool) bool {
	w, b := p.w, p.w.box(v.Door)
	if b == nil {
		return false
	}
	if !b.open && !p.opens(v.Door, locker.StepPickup) {
		return true
	}
	p.pause(2*time.Second, 20*time.Second)
	if p.whim("packs for long", 0.15) {
		p.pause(30*time.Second, 4*time.Minute)
	}
	if !b.open {
		return true
	}
	for _, t := range x.pieces {
		switch {
		case t.in == b.number && (last || p.either(0.4)):
			if !last || !p.whim("overlooks a piece", 0.05) {
				w.take(t)
			}
		case t.in == 0 && !last && b.number == x.door && (x.over == "" || x.over == "expired") && p.either(0.7):
			w.put(t, b)
			if !w.inBooks(x) {
				w.excuse(t, "a renter has put it behind a door that is no longer theirs", 0)
			}
		}
	}
	p.brushes()
	if p.whim("holds their code up once more", 0.04) {
		p.code(code)
		p.pause(time.Second, 18*time.Second)
	}
	if p.whim("walks off from the open door", w.profile.WalkOff) {
		p.silently = true
		return false
	}
	p.shuts(b)
	return true
}

// keeps answers whether they keep the door. False: they have gone.
func (p *person) keeps(x *parcel, v locker.View, last bool) bool {
	if p.whim("goes without a word", 0.2) {
		p.silently = true
		return false
	}
	if p.whim("reads for long", 0.1) {
		p.pause(20*time.Second, 50*time.Second)
	}
	left := slices.ContainsFunc(x.pieces, func(t *thing) bool { return t.in == v.Door })
	switch {
	case last && (!left || p.whim("says that nothing is left without looking", 0.5)) || p.whim("touches the wrong answer", 0.02):
		if !p.tap(locker.ActionEmpty) {
			p.tap(locker.ActionFinish)
			return false
		}
		return true
	case p.whim("opens it once more", 0.1):
		return p.tap(locker.ActionForgot)
	}
	p.tap(locker.ActionFinish)
	return false
}

// asksAgain says that a renter's door may open once more without their code: it was shut within 20 s of that, and somebody touched the
// screen within 10 s more.
func (w *world) asksAgain(p *parcel) bool {
	return w.passed != nil && w.passed.mayFetch(p) && w.at-w.passedAt <= handover+10*time.Second
}

// heardOfRenters is what is said of rented doors.
func (w *world) heardOfRenters(e locker.Event) {
	switch e := e.(type) {
	case locker.ParcelKept:
		w.count("rented doors kept")
		if p := w.byID[e.Parcel]; p != nil && e.First {
			w.count("rented doors")
			p.stored, p.over, p.door, p.money = true, "", e.Door, 0
			if e.Unsure {
				w.count("rented doors, perhaps with nothing in them")
			}
		}
	case locker.ParcelOpened:
		w.count("rented doors opened")
		if p, b := w.byID[e.Parcel], w.box(e.Door); p != nil && !w.stands(p) && !w.justLeft(p) && b.contact == "" && !w.asksAgain(p) {
			if u := w.unlocks[e.Unlock]; e.Unlock != "" && (u == nil || !u.soon && (u.actor == nil || !u.actor.silently)) {
				w.breaksAs(QuestionSpent, "opened", "%s is said to be visited at door %d with nobody of its own there", p.tracking, e.Door)
			}
		}
	case locker.ParcelShared:
		if p := w.parcels[e.Tracking]; p != nil {
			p.shared = string(e.Personal.Code)
		}
	case locker.ParcelUnshared:
		w.count("people who share a door no longer")
		if p := w.parcels[e.Tracking]; p != nil {
			w.triesOn(p, p.shared)
			p.shared = ""
		}
	case locker.ParcelCollected:
		w.rentalEnds(e)
	case locker.DoorEmptied:
		for _, p := range w.recent {
			if p.renter && p.door == e.Door && p.stored && p.over != "" && p.out() {
				p.gone = true
			}
		}
	default:
	}
}

// triesOn has somebody whose code was taken away try it.
func (w *world) triesOn(x *parcel, code string) {
	id := mix(w.seed, hashOf(code), 43)
	w.send(id, "somebody who shares "+x.tracking+" no longer", time.Duration(id%uint64(9*time.Hour)), func(p *person) {
		if p.stepUp() {
			p.code(code)
			p.pause(time.Second, 10*time.Second)
		}
	})
}

// endedByAnother is a rental that somebody has spoken for after its renter had gone.
const endedByAnother = "ended by another"

// rentalEnds asks of a rental that is over by somebody's word whose word it was. What they have left there is their loss.
func (w *world) rentalEnds(e locker.ParcelCollected) {
	x := w.byID[e.Parcel]
	if x == nil || !x.renter {
		return
	}
	w.count("rentals ended")
	own := w.actor != nil && w.actor.mayFetch(x)
	if !own {
		x.before, x.over = x.over, endedByAnother
	}
	for _, t := range x.pieces {
		switch {
		case t.in != e.Door:
		case own:
			w.excuse(t, "a renter has said that nothing was left", 0)
		case w.justLeft(x), w.passed != nil && w.passed.mayFetch(x) && w.at-max(w.passedAt, w.box(e.Door).shutAt) <= handover: // or had pushed it shut
			w.excuse(t, "somebody has spoken for a renter who had just gone", 0)
		default:
			w.breaksAs(QuestionSpent, "ended", "the rental of %s is ended at door %d, with %s in it, by nobody of its own", x.tracking, e.Door, t.what)
		}
	}
}
