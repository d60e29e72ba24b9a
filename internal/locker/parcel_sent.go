package locker

import "slices"

// People send parcels with a code of their own: it opens an empty door for them, and nothing else. What they put in waits for a
// courier of the company that collects it, by the same walk from door to door by which couriers take back what nobody fetched.
//
// Nobody vouches for a sender. So a door that was opened for one is never free by their word: it is given to somebody else once a
// courier or a technician has looked, or a sensor. And what they may have put in is believed to be there, whatever they did
// afterwards, unless they say that it is not.

// FromSender is who brings an announced parcel that no courier does.
const FromSender = "sender"

// sendings is how many visits a sender's code opens a door for, should they go without having put anything in: each leaves a door
// to be looked into.
const sendings = 3

// sendingBy finds the announcement that a sender's code belongs to; nil: none. It compares every one, so that its duration reveals
// nothing.
func (s *State) sendingBy(h Hash) *Announcement {
	var found *Announcement
	for i := range s.Announced {
		if a := &s.Announced[i]; a.sends() && a.heldBy(h) {
			found = a
		}
	}
	return found
}

// senders says that a sender is expected.
func (s *State) senders() bool {
	return slices.ContainsFunc(s.Announced, func(a Announcement) bool { return a.sends() })
}

// sends says that a sender brings it.
func (a *Announcement) sends() bool { return !a.Code.IsZero() }

// sends says that the person at the kiosk is a sender.
func (n *Session) sends() bool { return n.Collector != "" && n.Courier == "" }

// sendHeld serves the holder of a sender's code, unless somebody else is in the middle of something at the kiosk.
func (d *decision) sendHeld(a Announcement) {
	n := d.s.Session
	switch {
	case n.sends() && n.Order == a.Order && (d.s.parcel(n.Parcel) != nil || n.Step.choosesDoor()): // their own code, read again
		if !d.shown.IsZero() { // a label is no secret: it proves nobody
			d.shownAgain()
		}
	case n.sends() && n.Order == a.Order && d.now.Up-n.Moved < d.s.plan.Times.SameScan: // they have just been told what came of it
	case d.inHand():
		d.firstThat()
	default:
		d.next()
		if a := d.s.announced(a.Tracking); a != nil && a.sends() { // as the end of the session before has left it
			d.send(*a, false)
			return
		}
		if d.shown.IsZero() {
			d.move(StepCode, NoticeSentCode, 0)
			return
		}
		d.code(d.shown, false)
	}
}

// labelHeld serves a sender who holds the label before the scanner that their parcel has already. A label is no secret: it opens an
// empty door as often as a code would, where its announcement says that it may. False: it is no such label.
func (d *decision) labelHeld(tracking string) bool {
	if tracking == "" {
		return false
	}
	if a := d.s.announced(tracking); a != nil && a.sends() && a.Label {
		d.shown = Hash{} // it is no code
		d.sendHeld(*a)
		return true
	}
	return d.s.Session.sends() && d.s.Session.Tracking == tracking // read again: nothing is meant by that
}

// send gives a door to the sender of an announced parcel, or asks which size.
func (d *decision) send(a Announcement, typed bool) {
	d.fresh()
	switch {
	case d.s.here(a.Tracking) != nil:
		d.refuse(NoticeSentCode, StepCode, typed)
		return
	case a.Tried >= sendings, d.tooOld(&a): // what is too old is dropped only once this is decided
		d.refuse(NoticeExpired, StepCode, typed)
		return
	}
	d.emit(SendingClaimed{Session: d.s.Session.ID, Order: a.Order, Tracking: a.Tracking, Person: sharerOf(a.People, d.shown).Person, Label: d.shown.IsZero()})
	if !d.unwatched(a) {
		d.declares()
	}
}

// sentTo begins the drop-off of a sender at a door.
func (d *decision) sentTo(door int) {
	n := d.s.Session
	a := d.s.announced(n.Tracking)
	if a == nil || !a.sends() {
		d.move(StepCode, NoticeExpired, 0) // cancelled while they chose
		return
	}
	if d.unwatched(*a) {
		return
	}
	from := FromSender
	if a.Rented {
		from = FromRenter
	}
	d.emit(DropStarted{Session: n.ID, Parcel: d.id("p"), Tracking: n.Tracking, Door: door, CodeHash: a.Code, From: from})
	d.opening(door, NoticeNone)
}

// sendActions are the buttons while a sender stands before their door. What they say of it counts once it is shut.
func (s *State) sendActions(door *Door) []Action {
	p := s.parcel(s.Session.Parcel)
	switch {
	case p == nil:
		return []Action{ActionLanguage}
	case !p.Opened:
		return []Action{ActionNotOpen, ActionLanguage}
	case !p.Shut || door.State != Closed:
		return []Action{ActionWrong, ActionLanguage} // no stray touch gives up what is being put in
	}
	return []Action{ActionDone, ActionWrong, ActionLanguage}
}

// sendWrongActions are what a sender may do whose parcel is not in their shut door, or does not lie well there.
func (s *State) sendWrongActions(door *Door) []Action {
	list := []Action{ActionBack}
	if door.State != Closed {
		return append(list, ActionCancel, ActionLanguage)
	}
	unseen := s.unseen(s.Session.Parcel)
	if !s.Session.Reopened && s.usable(door.Number) && !unseen {
		list = append(list, ActionAgain)
	}
	if plan, _ := s.planned(door.Number); s.pick(plan.Size, larger) != 0 && !unseen {
		list = append(list, ActionLarger)
	}
	return append(list, ActionCancel, ActionLanguage)
}

// sendPressActions are those of a door that did not open, as far as anybody can tell.
func (s *State) sendPressActions(door *Door) []Action {
	list := []Action{ActionTryAgain}
	if p := s.parcel(s.Session.Parcel); p != nil && p.Opened { // it was to open once more
		return append(list, ActionDone, ActionCancel, ActionLanguage)
	}
	if door != nil && door.unseen() && door.Last.Session == s.Session.ID {
		list = append(list, ActionItOpened)
	}
	return append(list, ActionCancel, ActionLanguage)
}

// sendTapped carries out a button of a sender's screens.
func (d *decision) sendTapped(in Tapped) {
	n := d.s.Session
	p := d.s.parcel(n.Parcel)
	if p == nil {
		return
	}
	if d.senderAway(in.Action, *p) {
		d.askAgain()
		return
	}
	switch in.Action {
	case ActionNotOpen:
		if n.Retried {
			d.emit(DoorBlocked{Door: n.Door, Why: BlockJammed, By: FromSender})
			d.elsewhere(sameSize, NoticeSetAside)
			return
		}
		d.move(StepDropPress, NoticeNone, n.Door)
	case ActionTryAgain:
		d.tryAgain()
	case ActionItOpened:
		d.saidOpen(FromSender)
		d.sent(*p, true)
	case ActionDone:
		d.sent(*p, d.s.unopened(p))
	case ActionAgain:
		d.sendAgain()
	case ActionWrong:
		d.move(StepWrong, NoticeNone, n.Door)
	case ActionLarger:
		plan, _ := d.s.planned(n.Door)
		to := d.s.pick(plan.Size, larger)
		d.emit(DropMoved{Parcel: p.ID, From: n.Door, To: to})
		d.opening(to, NoticeNone)
	case ActionCancel:
		d.emit(DropCancelled{Parcel: p.ID, Door: n.Door})
		d.move(StepThanks, NoticeCancelled, n.Door)
	}
}

// senderAway says that the person at a sender's screen may now be somebody else, whose touch would open the door of what was put
// in, or give it up.
func (d *decision) senderAway(a Action, p Parcel) bool {
	patience := leftAlone // a layman reads slowly
	if p.Opened && (a == ActionAgain || a == ActionTryAgain) {
		patience = 2 * stoodFor
	}
	return a != ActionDone && a != ActionWrong && (d.s.Session.Crowded || d.idle() > patience)
}

// sendAgain opens a sender's door once more in their visit: something was forgotten, or does not lie well.
func (d *decision) sendAgain() {
	n := d.s.Session
	why := d.unlock(n.Door, UnlockRequested{Why: WhyReopen, Session: n.ID, Parcel: n.Parcel})
	d.move(StepDrop, why, n.Door)
}

// sent believes that a sender's parcel is in its door. Their code is spent.
func (d *decision) sent(p Parcel, unsure bool) {
	d.sentIn(p, unsure)
	d.move(StepThanks, NoticeNone, p.Door)
}

func (d *decision) sentIn(p Parcel, unsure bool) {
	plan, _ := d.s.planned(p.Door)
	if p.Rented {
		e := d.s.keeps(&p, d.s.Session.Renter)
		e.First, e.Unsure = true, unsure
		d.emit(e)
		d.emit(AnnouncementDropped{Order: p.Order, Why: "stored"})
		return
	}
	d.emit(ParcelSent{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Size: plan.Size, Company: p.Company, Order: p.Order,
		Unsure: unsure, Unwatched: p.Unwatched, Agreed: p.Agreed, AtMost: p.AtMost})
	d.emit(AnnouncementDropped{Order: p.Order, Why: "stored"})
}

// settleSent decides the result of a sender's visit after they have left. A door that was seen to open may hold the parcel: a
// courier looks. One that was not is as after a courier's drop-off that was broken off, and the code opens another.
func (d *decision) settleSent(p Parcel, n Session) {
	door := d.s.door(p.Door)
	switch {
	case door != nil && p.Opened:
		shut := p.Shut && door.State != Open && !n.Denied && !d.s.unopened(&p)
		d.sentIn(p, !shut)
	case d.s.neverPulsed(&p):
		d.emit(DropCancelled{Parcel: p.ID, Door: p.Door})
	default:
		d.emit(DropAbandoned{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door})
	}
}

// refusalToSend says why a sender cannot be expected.
func (s *State) refusalToSend(a AnnounceOrder) string {
	_, some := s.unused(a.Offers)
	switch {
	case a.From != FromSender && a.From != FromRenter:
		return "from: must be \"sender\" or \"renter\", or missing"
	case a.Company == "":
		return "from: a sender's parcel needs the company whose couriers collect it"
	case a.Fee != nil && a.From == FromSender, a.Ask != (Conditions{}), a.Group != "", len(a.Phone) > 0, a.Consent != "":
		return "from: a sender's parcel has no recipient here: no fee, ask, group, phone or consent; a renter's has a fee alone"
	case refusalToDeclare(a) != "":
		return refusalToDeclare(a)
	case a.From == FromRenter && refusalToRent(a) != "":
		return refusalToRent(a)
	case s.plan.NoCodes:
		return "codes have no way to their recipients here"
	case !some:
		return "every code that was made is in use: order it once more"
	}
	return ""
}

// sentHere is why an order about a recipient is refused: there is none.
const sentHere = "the parcel was put in by its sender: a courier collects it"

// collects says that the courier may collect what senders put in for their company.
func (c Courier) collects(p *Parcel) bool {
	return p.State == ParcelToGo && c.Company != "" && p.Company == c.Company && c.may(RightCollect)
}

// collectable says that one of the doors holds what a sender put in.
func (s *State) collectable(doors []int) bool {
	return slices.ContainsFunc(doors, func(n int) bool { return s.holdsSent(n) })
}

// holdsSent says that what a door holds, or has just held, is a sender's.
func (s *State) holdsSent(door int) bool {
	d := s.door(door)
	if d == nil {
		return false
	}
	p := s.parcel(d.Holds.Parcel)
	return p != nil && p.Sender
}

// missing believes a courier who was to collect a parcel, or to take a refused one back, and has found nothing: its sender had put
// nothing in, its recipient has kept it, or it is gone.
func (d *decision) missing() {
	n := d.s.Session
	if d.anybodys(n.Door) {
		d.recallNext(NoticeNone)
		return
	}
	if p := d.s.parcel(d.s.door(n.Door).Holds.Parcel); p != nil && (p.Sender || p.Refused != "") {
		d.emit(ParcelMissing{Parcel: p.ID, Tracking: p.Tracking, Door: n.Door, Courier: n.Courier})
	}
	d.takenOut()
}
