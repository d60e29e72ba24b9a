package locker

import (
	"cmp"
	"time"
)

// code opens the door of the parcel that a code belongs to.
func (d *decision) code(h Hash, typed bool) {
	d.shown = h
	p := d.s.byCode(h, d.now.Up)
	was, spent := d.s.spentBy(h)
	sending := d.s.sendingBy(h)
	switch {
	case p != nil:
		d.claim(*p, TokenUse{}, typed)
	case sending != nil:
		d.send(*sending, typed)
	case spent && was.Sent:
		d.refuse(NoticeSentCode, StepCode, typed)
	case spent && was.Replaced:
		d.refuse(NoticeReplaced, StepCode, typed)
	case spent && was.Returned:
		d.refuse(NoticeExpired, StepCode, typed)
	case spent:
		d.refuse(NoticeUsedCode, StepCode, typed)
	default:
		d.refuse(NoticeWrongCode, StepCode, typed)
	}
}

// pickup opens the door of a parcel for the entitled person: for the first time, or again within the reopening time.
func (d *decision) pickup(p Parcel, token TokenUse) {
	if token.ID != "" && d.s.revoked(token.ID) {
		d.refuse(NoticeExpired, StepCode, false)
		return
	}
	if d.askFee(&p, token) {
		return
	}
	if p.kept() && d.s.door(p.Door).State == Open { // somebody has left it so
		d.visited(p, "")
		d.move(StepPickup, NoticeNone, p.Door)
		return
	}
	u := UnlockRequested{Why: WhyPickup, Session: d.s.Session.ID, Parcel: p.ID, Token: token}
	if p.State == ParcelTaken {
		u.Why, u.Token = WhyReopen, TokenUse{}
		if d.s.door(p.Door).State == Open {
			d.move(StepPickup, NoticeNone, p.Door)
			return
		}
	}
	if why := d.unlock(p.Door, u); why != NoticeNone {
		d.move(StepCode, why, 0)
		return
	}
	d.move(StepPickup, NoticeNone, p.Door)
}

// The reopening time belongs to a person and a door: for Times.Thanks after it was pushed shut their own code, or token,
// opens it again, even while somebody else uses the kiosk, and nobody else is given the door.

// reopenings is how often one parcel's door is opened again: enough to fetch what was forgotten.
const reopenings = 3

// stoodFor is how long after the last touch, or after their door was pushed shut, a person is presumed to still stand there.
// After that, actions reserved for them require their code or badge again.
const stoodFor = 10 * time.Second

// reopenable says that the code of a collected parcel still opens its door.
func (s *State) reopenable(p *Parcel, up time.Duration) bool {
	if p == nil || p.State != ParcelTaken || p.Reopened >= reopenings {
		return false
	}
	d := s.door(p.Door)
	return d != nil && d.Holds.Parcel == p.ID && (d.State != Closed || up < s.reopensUntil(d))
}

// reopensUntil is how long the door of a collected parcel opens again: it is counted from when it was pushed shut, or from the end of an
// unlock after which it was not seen open, and may have been open all the same.
func (s *State) reopensUntil(d *Door) time.Duration {
	shut := d.Since
	if l := d.Last; l.Parcel == d.Holds.Parcel && !l.Earlier && l.Outcome != NotSent {
		shut = max(shut, l.At)
	}
	return shut + s.plan.Times.Thanks
}

// mayForget says that the recipient may have left something in the door of the parcel just collected.
func (s *State) mayForget(d *Door) bool {
	p := s.parcel(d.Holds.Parcel)
	return d.Holds.Kind == Collected && p != nil && p.State == ParcelTaken && p.Reopened < reopenings
}

// over says that the reopening time of a door is over, and nothing contradicts its being empty.
func (s *State) over(d *Door, up time.Duration) bool {
	if d.Holds.Kind != Collected || d.State != Closed || d.Unlock.ID != "" || d.Blocked != "" {
		return false
	}
	p := s.parcel(d.Holds.Parcel)
	return (p == nil || p.State == ParcelTaken && p.Refusing == "") && up >= s.reopensUntil(d) && s.Session.Door != d.Number
}

// reopeningOver frees doors whose reopening time is over. Where a sensor looks in, the sensor decides.
func (d *decision) reopeningOver() {
	for turn := d.s.nextAwake(0); turn >= 0; turn = d.s.nextAwake(turn + 1) {
		if door := d.s.at(turn); door.Holds.Kind == Collected && door.Presence == "" && d.s.over(door, d.now.Up) {
			d.fetched(*door)
		}
	}
}

// fetched handles a door whose parcel was collected: it is empty, if nothing contradicts that.
func (d *decision) fetched(door Door) {
	if door.Holds.Why != "" {
		d.emit(DoorDoubted{Door: door.Number, Why: door.Holds.Why})
		return
	}
	d.emit(DoorEmptied{Door: door.Number, Proof: ProofPickup})
}

// forgot opens the door of the parcel just collected once more. If nothing was touched since it was pushed shut, the
// recipient may have left: then the code is required.
func (d *decision) forgot() {
	n := d.s.Session
	if d.other() || d.now.Up-n.Moved > stoodFor {
		d.askAgain()
		return
	}
	if p := d.s.parcel(n.Parcel); p != nil && p.kept() {
		if n.Moved-n.Proven > endsWithin { // whoever has pushed it shut may be anybody
			d.askAgain()
			return
		}
		d.pickup(*p, TokenUse{})
		return
	}
	parcel := d.s.door(n.Door).Holds.Parcel
	if why := d.unlock(n.Door, UnlockRequested{Why: WhyReopen, Session: n.ID, Parcel: parcel}); why != NoticeNone {
		d.move(StepThanks, why, n.Door)
		return
	}
	d.move(StepPickup, NoticeNone, n.Door)
}

// other says that the person at the screen may be somebody else than the one whose door it shows: nothing was touched for a
// while, or somebody else has shown a code of their own meanwhile.
func (d *decision) other() bool {
	return d.s.Session.Crowded || d.idle() > stoodFor
}

// strange says that the person at a courier's screen may be somebody else than the courier, or has been since the badge was shown.
func (d *decision) strange() bool { return d.s.Session.Late || d.other() }

func (d *decision) idle() time.Duration { return d.s.idle(d.now.Up) }

// idle is the time since the person being served last did something that only they can do: actions that anybody can perform
// at a screen, such as choosing a language, do not count.
func (s *State) idle(up time.Duration) time.Duration {
	n := &s.Session
	newest := n.Moved
	if n.Courier != "" || n.sends() {
		newest = max(newest, s.pushedShut())
	}
	return up - newest
}

// pushedShut is when the door at hand was seen to fall shut, so soon that it was whoever had it opened. That it is known to be shut once
// its board answers again is nobody's doing.
func (s *State) pushedShut() time.Duration {
	d := s.door(s.Session.Door)
	if d == nil || d.State != Closed || !d.Fell || d.Since-s.Session.Moved > leftAlone {
		return 0
	}
	return d.Since
}

// askAgain asks for the code again, or for the token or badge that opened the door.
func (d *decision) askAgain() {
	d.next()
	d.move(StepCode, NoticeCodeAgain, 0)
}

// notOpen believes the person, whatever the contact reports: its wire may be cut. It allows one new unlock; after that the
// door is set aside, and the parcel is still its recipient's.
func (d *decision) notOpen() {
	n := d.s.Session
	if n.Courier != "" {
		if n.Retried {
			d.emit(DoorBlocked{Door: n.Door, Why: BlockJammed, By: "courier:" + n.Courier})
			d.elsewhere(sameSize, NoticeSetAside)
			return
		}
		d.move(StepDropPress, NoticeNone, n.Door)
		return
	}
	if n.Crowded || d.idle() > 2*stoodFor { // it takes a while to find out
		d.askAgain()
		return
	}
	if p := d.s.parcel(d.s.door(n.Door).Holds.Parcel); p != nil && p.State == ParcelTaken && !n.Reopened && (n.Parcel == p.ID || n.Asked.Why == "") {
		d.emit(CollectionDisputed{Parcel: p.ID, Door: n.Door})
	}
	if !n.Retried {
		d.move(StepPress, NoticeNone, n.Door)
		return
	}
	d.emit(DoorBlocked{Door: n.Door, Why: BlockJammed, By: "recipient"})
	d.move(StepTrouble, NoticeNone, n.Door)
}

// itOpened believes a recipient that their door did open, whatever its contact says.
func (d *decision) itOpened() {
	d.saidOpen("recipient")
	d.endSession("finished")
}

// codeScanned serves the owner of a code, unless somebody else is in the middle of something at the kiosk.
func (d *decision) codeScanned(h Hash, p *Parcel) {
	d.shown = h
	n := d.s.Session
	if own := d.s.visitor(); p != nil && n.Step != StepCode && own != nil && own.State != ParcelDropping && own.opensBy(h) &&
		sharerOf(own.People, h).Person == n.Renter {
		d.sameCode(*p, TokenUse{})
		return
	}
	if p == nil && n.sends() && n.Step == StepThanks && d.now.Up-n.Moved < d.s.plan.Times.SameScan {
		return // a sender who has just been thanked still holds their phone there
	}
	if d.inHand() {
		d.firstThat()
		return
	}
	d.next()
	if p != nil {
		p = d.asLeft(p.ID)
	}
	if p != nil {
		d.claim(*p, TokenUse{}, false)
		return
	}
	d.code(h, false)
}

// asLeft is a parcel as the end of the session before has left it; if it does not wait, what the code that was shown opens by now: another one may
// wait since then. A token is for one parcel.
func (d *decision) asLeft(id string) *Parcel {
	p := d.s.parcel(id)
	if p == nil || p.State == ParcelStoredAt || d.shown.IsZero() {
		return p
	}
	return cmp.Or(d.s.byCode(d.shown, d.now.Up), p)
}

// visitor is the parcel for which the person at the kiosk has shown a code; nil: it is not known.
func (s *State) visitor() *Parcel {
	n := &s.Session
	if d := s.door(n.Door); n.Parcel == "" && n.Step == StepTrouble && n.Courier == "" && d != nil { // nothing was asked to open
		return s.parcel(d.Holds.Parcel)
	}
	return s.parcel(n.Parcel)
}

// sameCode handles another scan of the code, or token, with which the present session was begun. While something goes on at the door, or
// at the terminal, it is the same scan, and shows that its owner is still there; on a screen that waits for them it acts as the button
// there. p is what the code opens now.
func (d *decision) sameCode(p Parcel, use TokenUse) {
	n := d.s.Session
	goesOn, newly := false, d.now.Up-n.Moved < d.s.plan.Times.SameScan
	switch n.Step {
	case StepPress: // it did not open: their own code asks once more
		goesOn, newly = true, false
	case StepThanks, StepPay, StepUnclear:
		goesOn = true
	case StepKeep:
		goesOn = n.Token.ID == ""
	case StepCode:
		goesOn, newly = d.confirmsEnd(&p), false
	case StepTrouble: // another door may be theirs, or this one is in order again
		goesOn = d.s.usable(p.Door)
	}
	switch {
	case newly:
	case !goesOn:
		d.shownAgain()
	default:
		d.next()
		if left := d.asLeft(p.ID); left != nil {
			p = *left
		}
		d.claim(p, use, false)
	}
}

// shownAgain notes that whoever the session is about has shown once more that it is them.
func (d *decision) shownAgain() {
	if n := d.s.Session; d.now.Up-n.Moved >= d.s.plan.Times.SameScan {
		d.emit(SessionKept{Session: n.ID, Shown: true})
	}
}
