package locker

import "time"

// A recipient who does not want their parcel says so at its open door, puts it back and pushes the door shut, or says so before it was
// opened, where something is owed first. From then on it is no longer theirs, and waits for a courier who takes it back.
//
// What they say frees no door. What they may have put back is believed to be there, whatever they did afterwards, unless they say that
// they keep it, or their door is known to have stayed shut: a courier looks.

// RefuseReason is why a recipient does not want their parcel.
type RefuseReason string

// Why parcels are refused.
const (
	RefusePackaging  RefuseReason = "packaging_damaged"
	RefuseGoods      RefuseReason = "goods_damaged"
	RefuseNotOrdered RefuseReason = "not_ordered"
	RefuseOther      RefuseReason = "other"
)

// refuseReasons are those that are chosen at the kiosk.
var refuseReasons = map[Action]RefuseReason{
	ActionPackaging: RefusePackaging, ActionGoods: RefuseGoods, ActionNotOrdered: RefuseNotOrdered, ActionOtherReason: RefuseOther,
}

// refusedHere is why an order about a refused parcel is not followed.
const refusedHere = "its recipient has refused the parcel: a courier takes it back, unless it is given a new code"

// refusable finds the parcel that the recipient at the kiosk may refuse: the one that they have just been given, or, where something
// is owed for it first, the one behind its shut door. What lies behind a rented door was sent by nobody. nil: there is none.
func (s *State) refusable() *Parcel {
	n := &s.Session
	if s.plan.NoRefusals || n.Courier != "" || n.Technician != "" || n.sends() {
		return nil
	}
	if n.Door == 0 {
		if p := s.parcel(n.Parcel); p != nil && p.State == ParcelStoredAt && !p.Rented {
			return p
		}
		return nil
	}
	d := s.door(n.Door)
	if d == nil || d.Holds.Kind != Collected || n.Token.ID != "" && n.Parcel == "" { // a token for the door says nothing of whose parcel it is
		return nil
	}
	if p := s.parcel(d.Holds.Parcel); p != nil && p.State == ParcelTaken && !p.Rented {
		return p
	}
	return nil
}

// orRefuse adds the offer to refuse the parcel, where there is one to refuse.
func (s *State) orRefuse(list ...Action) []Action {
	if s.refusable() != nil {
		list = append(list, ActionRefuse)
	}
	return list
}

// refuseActions are the answers to why it is not wanted. Whoever has not seen it cannot say that it is damaged.
func (s *State) refuseActions() []Action {
	list := []Action{ActionNotOrdered, ActionOtherReason, ActionBack, ActionLanguage}
	if s.Session.Door != 0 {
		list = append([]Action{ActionPackaging, ActionGoods}, list...)
	}
	return list
}

// putBackActions are the buttons while a parcel is put back. They allow for a contact that does not notice that the door is open, or
// that it is shut.
func (s *State) putBackActions(door *Door) []Action {
	p := s.parcel(door.Holds.Parcel)
	switch {
	case p == nil || p.Refusing == "": // it has sprung open behind them
		return []Action{ActionFinish, ActionLanguage}
	case p.Opened:
		return []Action{ActionKeep, ActionFinish, ActionLanguage}
	case door.unseen() && door.Last.Session == s.Session.ID:
		return append(s.tryOnce(), ActionItOpened, ActionKeep, ActionLanguage)
	}
	return append(s.tryOnce(), ActionKeep, ActionLanguage)
}

// tryOnce is the one new unlock of a door that did not open.
func (s *State) tryOnce() []Action {
	if n := s.Session; n.Retried || !s.usable(n.Door) {
		return nil
	}
	return []Action{ActionTryAgain}
}

// refuses says that a button is about refusing a parcel.
func (n *Session) refuses(a Action) bool {
	return a == ActionRefuse || n.Step == StepRefuse || n.Step == StepPutBack && a != ActionFinish
}

// refuseTapped carries out such a button.
func (d *decision) refuseTapped(a Action) {
	n := d.s.Session
	p, why := d.s.refusable(), refuseReasons[a]
	switch {
	case p == nil:
		d.endSession("the parcel is gone")
	case a == ActionRefuse && n.Step == StepThanks && d.other(): // whoever says why has the door opened, as with ActionForgot
		d.askAgain()
	case a == ActionRefuse:
		d.move(StepRefuse, NoticeNone, n.Door)
	case n.Step == StepRefuse && a == ActionBack:
		d.leaveRefuse(*p)
	case a == ActionTryAgain:
		d.tryAgain()
	case a == ActionItOpened:
		d.itOpened()
	case d.refuserAway(*p):
		d.askAgain()
	case a == ActionKeep:
		d.emit(RefusalDropped{Session: n.ID, Parcel: p.ID, Door: p.Door})
		d.leaveRefuse(*p)
	default:
		d.wontHave(*p, why)
	}
}

// refuserAway says that the person at the screen may now be somebody else: a parcel is refused by its recipient alone.
func (d *decision) refuserAway(p Parcel) bool {
	patience := leftAlone // they read, and look at what they were given
	if p.State == ParcelTaken && d.s.door(p.Door).State != Open && p.Refusing == "" {
		patience = 2 * stoodFor // its door is to open for them
	}
	return d.s.Session.Crowded || d.idle() > patience
}

// leaveRefuse returns to where the recipient was: they keep their parcel.
func (d *decision) leaveRefuse(p Parcel) {
	switch {
	case p.State == ParcelTaken && d.s.door(p.Door).State == Closed:
		d.thanks(p)
	case p.State == ParcelTaken:
		d.move(StepPickup, NoticeNone, p.Door)
	case d.s.owes(&p, d.now) == 0:
		d.askAgain() // it was paid meanwhile: the code opens
	default:
		d.move(StepPay, NoticeNone, 0)
	}
}

// thanks ends a visit to a door, and says whether there is more for its person.
func (d *decision) thanks(p Parcel) {
	notice := NoticeNone
	if next := d.s.byCode(p.Code, d.now.Up); next != nil && next.State == ParcelStoredAt {
		notice = NoticeMore
	}
	d.move(StepThanks, notice, p.Door)
}

// wontHave is a recipient who does not want their parcel. They are asked to put it back, behind a door that is opened once more if it
// is shut; a parcel that was never taken out stays where it is.
func (d *decision) wontHave(p Parcel, why RefuseReason) {
	n := d.s.Session
	if p.State == ParcelStoredAt {
		d.refused(p, why, "", false)
		return
	}
	if d.s.door(p.Door).State != Open {
		if notice := d.unlock(p.Door, UnlockRequested{Why: WhyReopen, Session: n.ID, Parcel: p.ID}); notice != NoticeNone {
			d.move(StepThanks, notice, p.Door)
			return
		}
	}
	d.emit(RefusalBegun{Session: n.ID, Parcel: p.ID, Door: p.Door, Reason: why})
	d.move(StepPutBack, NoticeNone, p.Door)
}

// putBack handles the closing of a door behind which a parcel is put back. It is certain if it was seen to fall shut, and nobody else
// has shown a code meanwhile: it may have been them.
func (d *decision) putBack(was Door) {
	p := d.s.parcel(was.Holds.Parcel)
	switch {
	case p == nil:
	case p.Refusing == "":
		d.thanks(*p) // pushed shut once more
	case p.Opened:
		d.refused(*p, p.Refusing, d.s.door(was.Number).Opening, was.State != Open || d.s.Session.Crowded)
	}
}

// refused believes that a recipient does not want their parcel, and that it lies in its door.
func (d *decision) refused(p Parcel, why RefuseReason, unlock string, unsure bool) {
	d.emitRefused(p, why, unlock, unsure)
	d.thanks(p)
}

func (d *decision) emitRefused(p Parcel, why RefuseReason, unlock string, unsure bool) {
	e := ParcelRefused{Session: d.s.Session.ID, Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Reason: why, Unlock: unlock, Unsure: unsure}
	if p.Fee.Terms != nil {
		e.Paid, e.Currency = p.Fee.paid(), p.Fee.Terms.Currency
	}
	d.emit(e)
}

// settleRefusal decides what became of a parcel whose recipient has gone while they were to put it back.
func (d *decision) settleRefusal(p Parcel) {
	unlock := ""
	switch door := d.s.door(p.Door); {
	case door == nil:
	case p.Opened:
		unlock = door.Opening
	case door.Unlock.ID != "":
		unlock = door.Unlock.ID
	case door.Last.Session == d.s.Session.ID && (door.Last.Said || door.Last.Outcome == OutcomeUnknown):
		unlock = door.Last.ID // it may have opened
	}
	if p.Opened || unlock != "" {
		d.emitRefused(p, p.Refusing, unlock, true)
		return
	}
	d.emit(RefusalDropped{Session: d.s.Session.ID, Parcel: p.ID, Door: p.Door})
}

// doubtedIn says that a door holds, or has just held, what nobody vouches for: a sender has put it in, or a recipient has put it back.
func (s *State) doubtedIn(door int) bool {
	d := s.door(door)
	if d == nil {
		return false
	}
	p := s.parcel(d.Holds.Parcel)
	return p != nil && (p.Sender || p.Refused != "")
}

func (s *State) applyRefused(r Record, e Event) {
	switch e := e.(type) {
	case RefusalBegun:
		s.touch(e.Session, r)
		s.Session.Parcel = e.Parcel
		if p := s.changeParcel(e.Parcel); p != nil {
			d := s.door(e.Door)
			p.Refusing, p.Opened = e.Reason, d != nil && d.State == Open
		}
	case RefusalDropped:
		s.touch(e.Session, r)
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Refusing = ""
		}
		if d := s.changeDoor(e.Door); d != nil && d.Last.Parcel == e.Parcel {
			d.Last.At = r.Up // their reopening time begins
		}
	case ParcelRefused:
		p := s.changeParcel(e.Parcel)
		if p == nil {
			return
		}
		if p.State == ParcelStoredAt {
			s.spent(Spent{Code: p.Code, Parcel: p.ID})
		}
		p.State, p.Since, p.Expired, p.Refusing, p.Refused, p.Shared, p.Stop = ParcelOverstays, r.At, false, "", e.Reason, nil, Stop{}
		if d := s.changeDoor(e.Door); d != nil {
			d.Holds = Contents{Kind: Occupied, Parcel: e.Parcel, Why: d.Holds.Why}
		}
	}
}

// waitsAgain gives a refused parcel to its recipient, or to another one, once more: its pickup period begins anew.
func (p *Parcel) waitsAgain(r Record) {
	p.State, p.Since, p.Refused, p.Until, p.Extra, p.Fee.Cleared, p.Reopened = ParcelStoredAt, r.At, "", time.Time{}, 0, false, 0
}

// aboutRefused says that the screen is about a refused parcel.
func (s *State) aboutRefused() bool {
	switch n := &s.Session; n.Step {
	case StepThanks, StepPutBack, StepRecall, StepRecallDoor, StepLook:
		d := s.door(n.Door)
		if d == nil {
			return false
		}
		p := s.parcel(d.Holds.Parcel)
		return p != nil && p.Refused != ""
	default:
		return false
	}
}
