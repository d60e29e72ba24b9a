package truth

import (
	"slices"
	"time"

	"lockerd/internal/locker"
)

// stored: the recipient is told where their parcel is, and comes for it some day.
func (w *world) stored(e locker.ParcelStored) {
	w.count("parcels")
	p := w.byID[e.Parcel]
	if p == nil {
		return
	}
	p.stored, p.over, p.door, p.money = true, "", e.Door, 0
	if e.Order == "" {
		p.fee = nil // it was not announced when it came
	}
	if p.fee != nil {
		w.tells(p)
	}
	p.recipient = mix(w.seed, hashOf(p.tracking), hashOf(p.id), 5)
	dice := w.dice(p.recipient)
	if dice.Float64() < 0.03 && !w.skip[mix(p.recipient, 1)] {
		w.did = append(w.did, happening{mix(p.recipient, 1), "never comes"})
		w.count("recipients who never come")
		return
	}
	in := time.Hour + time.Duration(dice.ExpFloat64()*float64(9*time.Hour))
	if dice.Float64() < 0.3 { // a tram arrives: some come at the same time
		in = (w.at + in).Truncate(20*time.Minute) - w.at + 20*time.Minute
	}
	w.comes(p, p.recipient, in)
}

// comes sends a recipient, or another person on their behalf, by day.
func (w *world) comes(p *parcel, id uint64, in time.Duration) {
	at := w.at + in
	if hour := at % day; hour < 7*time.Hour {
		at += 7*time.Hour - hour + time.Duration(id%uint64(3*time.Hour))
	} else if hour > 22*time.Hour {
		at += 31*time.Hour - hour + time.Duration(id%uint64(3*time.Hour))
	}
	w.send(id, "the recipient of "+p.tracking, at-w.at, func(x *person) {
		x.parcel = p
		x.fetches(0)
	})
}

// hashOf is a text's number.
func hashOf(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return h
}

// fetches is a recipient at the cabinet; tries is how often they have come for nothing.
func (p *person) fetches(tries int) {
	if !p.stepUp() {
		p.again(tries)
		return
	}
	p.identifies()
	for n := 0; n < 25; n++ {
		p.pause(700*time.Millisecond, 2*time.Second)
		v, own := p.view(), p.ownDoor()
		if v.Step == locker.StepPickup && own == nil && p.w.touched == p {
			own = p.w.box(v.Door)
		}
		if own != nil {
			if !p.atOwnDoor(own) {
				if p.silently {
					p.again(tries)
				}
				return
			}
			continue
		}
		step := v.Step
		if p.w.touched != p || v.Notice == locker.NoticeCloseFirst {
			step = locker.StepHome // the screen is about another person
		}
		if p.answers(v, step, n, tries) {
			return
		}
	}
	p.again(tries)
}

// answers is what they do at a step that is about them, the n-th that they look at. ended: this visit is over.
func (p *person) answers(v locker.View, step locker.Step, n, tries int) (ended bool) {
	switch step {
	case locker.StepPress, locker.StepTrouble:
		if !p.doorFails(v) {
			p.again(tries)
			return true
		}
	case locker.StepWrong, locker.StepRefuse:
		p.tap(locker.ActionBack)
	case locker.StepLastDigits:
		p.typed(p.answer(p.parcel.last4))
	case locker.StepSecond:
		p.typed(p.answer(p.parcel.pin))
	case locker.StepPay:
		if p.pays(v) {
			p.again(tries)
			return true
		}
	case locker.StepCard, locker.StepCardBusy:
		p.pause(2*time.Second, 8*time.Second) // for the terminal
	case locker.StepUnclear:
		p.tap(locker.ActionFinish)
		p.again(tries)
		return true
	case locker.StepConfirm:
		p.confirmed()
	case locker.StepPutBack: // somebody has brushed against it, or it has sprung open
		if !p.tap(locker.ActionKeep) {
			p.tap(locker.ActionFinish)
		}
	case locker.StepThanks:
		if p.done() {
			p.says()
			return true
		}
		p.identifies()
	case locker.StepCode:
		if !p.refused(v) {
			p.says()
			p.again(tries)
			return true
		}
	default: // the screen is another person's, or home
		if n > 15 || v.Step == "dark" || v.Step == locker.StepOutOfOrder {
			p.again(tries)
			return true
		}
		p.pause(2*time.Second, 6*time.Second)
		p.identifies()
	}
	return false
}

// ownDoor is the door that was opened for them and stands open, or behind which they see their parcel, independent of the
// screen.
func (p *person) ownDoor() *box {
	for _, b := range p.w.boxes {
		if !b.open {
			continue
		}
		u := p.w.unlocks[b.cause]
		if u != nil && u.actor == p || slices.ContainsFunc(b.things, func(t *thing) bool { return p.mayFetch(t.of) }) {
			return b
		}
	}
	return nil
}

// again comes another time, unless they have what is theirs or have had enough.
func (p *person) again(tries int) {
	p.leave()
	if p.done() || tries >= 3 || p.parcel.over != "" && p.parcel.over != "fetched" {
		return
	}
	p.w.count("recipients who come again")
	p.wait(p.some(3*time.Hour, 20*time.Hour))
	if hour := p.w.at % day; hour < 7*time.Hour {
		p.wait(7*time.Hour - hour)
	}
	p.fetches(tries + 1)
}

// done says that they have all that is theirs and lies here.
func (p *person) done() bool {
	for _, x := range p.w.recent {
		if p.mayFetch(x) && !x.out() && x.over != "refused" && (x == p.parcel || x.stored && (x.over == "" || x.over == "fetched")) {
			return false
		}
	}
	return true
}

// identifies shows or types the code, or shows a token.
func (p *person) identifies() {
	w := p.w
	if slip := 0.08; p.either(0.3) {
		if v := p.view(); v.Step != locker.StepCode && !p.tap(locker.ActionPickup) {
			p.code(p.parcel.code)
			return
		}
		p.pause(2*time.Second, 5*time.Second)
		if v := p.view(); v.Step != locker.StepCode || v.LockedFor > 0 {
			p.code(p.parcel.code)
			return
		}
		if p.whim("mistypes", slip) {
			p.typed(p.parcel.code + "9")
			return
		}
		p.typed(p.parcel.code)
		return
	}
	if p.either(0.1) && w.known && !w.wrongTime() && p.showsToken() {
		return
	}
	p.code(p.parcel.code)
}

// showsToken shows a token, made for them a minute ago, or since their parcel's code was replaced: of before none counts. False:
// they have none yet.
func (p *person) showsToken() bool {
	w, x := p.w, p.parcel
	issued := w.now().Add(-time.Minute)
	if !issued.After(x.recoded) {
		issued = x.recoded.Add(time.Millisecond)
	}
	if issued.After(w.now()) {
		return false
	}
	p.tell("shows a token for %s", x.tracking)
	x.tokens++
	p.feed(locker.Scanned{Token: &locker.Token{ID: "t" + x.id + digits(uint64(x.tokens)), Cabinet: w.plan.Cabinet, Parcel: x.id, Issued: issued,
		Expires: w.now().Add(day)}})
	return true
}

// answer is what they answer, with a slip now and then.
func (p *person) answer(right string) string {
	if p.whim("answers wrongly", 0.05) {
		return right + "9"
	}
	return right
}

// confirmed waits for the operator to look at a camera and to confirm who they are.
func (p *person) confirmed() {
	p.pause(5*time.Second, 20*time.Second)
	if p.whim("is not confirmed", 0.05) {
		p.tap(locker.ActionBack)
		return
	}
	p.w.orderFor(p, locker.Order{Kind: "pickup.confirm", Confirm: &locker.ConfirmOrder{Tracking: p.parcel.tracking}})
}

// refused is a screen that asks for a code, after one was given. False: they give up for today.
func (p *person) refused(v locker.View) bool {
	if p.w.at < p.w.still { // what the screen says is of before
		p.pause(time.Second, 3*time.Second)
		return true
	}
	switch v.Notice {
	case locker.NoticeUsedCode, locker.NoticeExpired, locker.NoticeRefused, locker.NoticeReplaced, locker.NoticeWrongCode, locker.NoticeNotHere:
		if p.w.refuses(p, v.Notice) || v.Notice != locker.NoticeWrongCode && v.Notice != locker.NoticeNotHere {
			return false
		}
	case locker.NoticeLocked, locker.NoticeScansLocked, locker.NoticeBreaker:
		p.w.count("recipients who find it locked")
		p.pause(20*time.Second, time.Minute)
	case locker.NoticeAskOperator:
		p.calls(v)
		return false
	default: // they try again
	}
	p.pause(time.Second, 3*time.Second)
	p.identifies()
	return true
}

// refuses asks whether a refusal is right. True: it is the parcel's, not a slip.
func (w *world) refuses(p *person, n locker.Notice) bool {
	x := p.parcel
	inside := !x.out()
	switch {
	case n == locker.NoticeWrongCode || n == locker.NoticeNotHere:
		return false // a slip: they try again
	case x.changedAt > 0 && w.at-x.changedAt < 10*time.Second:
		return false // they had shown their code before that
	case x.over != "" && x.over != "fetched", !inside, x.reopened >= 3:
		return true
	}
	for _, t := range x.pieces {
		if t.in == 0 || w.box(t.in).open {
			continue
		}
		if why := w.excused(t); why != "" {
			w.count("refused: " + why)
			return true
		}
		if t.from > w.at { // the time for coming back is not over
			w.breaksAs(QuestionReopen, string(n), "the recipient of %s, who has shut door %d %s ago and has left %s there, is told %q", x.tracking, t.in,
				(w.at - w.box(t.in).shutAt).Round(time.Second), t.what, n)
			return true
		}
		w.breaksAs(QuestionFetch, string(n), "the recipient of %s, which lies behind door %d, is told %q", x.tracking, t.in, n)
	}
	return true
}

// atOwnDoor is a recipient before the door that is theirs. False: they have gone.
func (p *person) atOwnDoor(b *box) bool {
	w := p.w
	if !b.open {
		if p.whim("walks off before the door has opened", w.profile.WalkOff/2) {
			p.silently = true
			p.says()
			return false
		}
		if !p.opens(b.number, locker.StepPickup) {
			return true
		}
	}
	if p.either(0.5) {
		p.aside()
	}
	if p.whim("takes their time at the open door", 0.03) {
		p.pause(30*time.Second, 4*time.Minute)
	}
	p.pause(2*time.Second, 10*time.Second)
	if !b.open {
		return true
	}
	if p.whim("holds their code up once more", 0.04) {
		p.code(p.parcel.code)
		p.pause(time.Second, 18*time.Second)
	}
	if p.refusesAt(b) {
		return p.afterRefusing()
	}
	if !p.takes(b) {
		return false
	}
	p.brushes()
	if p.whim("leaves the door open", w.profile.WalkOff/5) {
		p.says()
		return false
	}
	p.shuts(b)
	if v := p.view(); v.Step == locker.StepPickup && v.Door != b.number && w.touched == p && !p.done() { // the next one opens
		w.count("next doors that their person went to")
		return true
	}
	p.refusesLate(b)
	if p.whim("stays at the screen", 0.3) {
		p.pause(time.Second, 20*time.Second)
	}
	if p.done() {
		if p.view().Step == locker.StepThanks && p.either(0.5) && w.front == p {
			p.tap(locker.ActionFinish)
		}
		p.says()
		return false
	}
	return p.comesBack(b)
}

// takes removes what is theirs, mostly all of it. False: they have gone.
func (p *person) takes(b *box) bool {
	w := p.w
	mine := 0
	for _, t := range slices.Clone(b.things) {
		if !p.mayFetch(t.of) {
			continue
		}
		mine++
		switch {
		case len(t.of.pieces) > 1 && p.whim("overlooks a piece", 0.05):
		case p.whim("leaves their parcel there", 0.004):
		default:
			w.take(t)
			t.excuse = ""
			w.carryOff(t)
		}
	}
	if u := w.unlocks[b.cause]; mine == 0 && !p.done() && u != nil && u.actor == p && u.of != nil && p.mayFetch(u.of) {
		w.count("recipients who find an empty box")
		for _, t := range u.of.pieces {
			if t.in != 0 && t.in != b.number && t.excuse == "" {
				w.breaksAs(QuestionFetch, "another door", "the recipient of %s stands before door %d, and it lies behind door %d", u.of.tracking, b.number, t.in)
			}
		}
	}
	return true
}

// comesBack is a person who notices, at once or later, that something is missing. False: they have gone.
func (p *person) comesBack(b *box) bool {
	w := p.w
	if v := p.view(); v.Step == locker.StepThanks && v.Notice == locker.NoticeMore && w.touched == p {
		w.count("codes shown once more for the next door")
		p.pause(time.Second, 4*time.Second)
		p.code(p.parcel.code)
		return true
	}
	if !p.whim("notices at once what is missing", 0.6) {
		p.leave()
		if !p.whim("notices at home what is missing", 0.7) {
			return false
		}
		p.wait(p.some(time.Hour, 12*time.Hour))
		if !p.stepUp() {
			return false
		}
		p.identifies()
		return true
	}
	p.pause(3*time.Second, 50*time.Second)
	if w.front != nil && w.front != p && !p.whim("does not wait for their turn", 0.5) {
		p.until(20*time.Second, func() bool { return w.front == nil })
	}
	w.front = p
	if v := p.view(); v.Step == locker.StepThanks && v.Door == b.number && p.tap(locker.ActionForgot) {
		return true
	}
	p.code(p.parcel.code)
	return true
}

// doorFails is a door that did not open, as the screen says. False: they give up for today.
func (p *person) doorFails(v locker.View) bool {
	b := p.w.box(v.Door)
	if b != nil && b.open { // its contact has not noticed
		p.pause(time.Second, 4*time.Second)
		if b.open {
			p.takes(b)
			p.shuts(b)
		}
		if p.done() && !p.tap(locker.ActionItOpened) {
			p.tap(locker.ActionFinish)
		}
		return !p.done()
	}
	switch {
	case p.whim("walks off from a door that does not open", p.w.profile.WalkOff):
		p.silently = true
		return false
	case v.Step == locker.StepPress && p.either(0.8) && p.tap(locker.ActionTryAgain):
		return true
	}
	if p.either(0.3) && p.calls(v) {
		return false
	}
	p.tap(locker.ActionFinish)
	p.silently = false
	return false
}

// calls asks the operator on the phone to open the door.
func (p *person) calls(v locker.View) bool {
	w := p.w
	b := w.box(p.parcel.door)
	p.pause(20*time.Second, 3*time.Minute)
	p.tell("calls the operator")
	w.count("calls to the operator")
	p.tap(locker.ActionFinish)
	if v.Notice == locker.NoticeAskOperator {
		w.order(locker.Order{Kind: "pickup.reset", Reset: &locker.ResetOrder{Tracking: p.parcel.tracking}})
		return true
	}
	w.order(locker.Order{Kind: "door.unlock", Expires: w.now().Add(2 * time.Minute), Unlock: &locker.UnlockOrder{Door: b.number}})
	if !p.until(15*time.Second, func() bool { return b.open }) {
		return false
	}
	p.pause(time.Second, 5*time.Second)
	p.takes(b)
	p.shuts(b)
	if p.done() && !p.whim("does not say that they have it", 0.1) {
		w.order(locker.Order{Kind: "parcel.handed_over", HandOver: &locker.HandOverOrder{Tracking: p.parcel.tracking}})
	}
	return true
}

// says is the end of a turn: they go.
func (p *person) says() { p.leave() }
