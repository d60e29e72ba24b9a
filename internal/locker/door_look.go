package locker

import (
	"slices"
	"time"
)

// A courier's look proves a door empty: their session had it opened, it was seen open and then closed while they stood at
// it, and they say so. A look also resolves the doubt about a door into which nobody has looked since it was pulsed, without
// a technician.

// aim asks a courier another question about the door that they look into, and remembers the purpose.
func (d *decision) aim(step Step, aim Aim, door int) { d.aimNotice(step, aim, NoticeNone, door) }

func (d *decision) aimNotice(step Step, aim Aim, notice Notice, door int) {
	d.emit(SessionMoved{Session: d.s.Session.ID, Step: step, Notice: notice, Door: door, Aim: aim})
}

// mayLook says that the courier at the kiosk may be asked to look into a door.
func (s *State) mayLook(number int) bool {
	d := s.door(number)
	if s.Session.sends() || !s.usable(number) || s.blind(number) || d.State != Closed || !s.heals(d) || s.forOther(d) ||
		slices.Contains(s.Session.Passed, number) {
		return false
	}
	return d.Holds.Tracking == "" || d.Holds.Company != "" && d.Holds.Company == s.Session.Company
}

// heals says that a courier's look can resolve the doubt about a door: nothing indicates that it holds something, and the
// books know of no parcel that may be inside, except one from a drop-off of the courier's own company that was broken off. A
// parcel that a journal has forgotten may belong to somebody: only a technician may look for it.
func (s *State) heals(d *Door) bool {
	if s.plan.NoLooks || d.Holds.Kind != Doubtful || d.Presence == PresencePresent {
		return false
	}
	switch d.Holds.Why {
	case DoubtRestored, DoubtShortened, DoubtLost, DoubtNew, DoubtNever, DoubtSensed, DoubtWired:
		return false
	default:
		return true
	}
}

// lookFor asks the courier to look into a door that may well be empty. It returns false if there is none.
func (d *decision) lookFor(size string, ok suits) bool {
	door := d.s.best(size, ok, d.s.mayLook)
	if door == 0 {
		return false
	}
	why := d.unlock(door, UnlockRequested{Why: WhyLook, Session: d.s.Session.ID})
	d.aimNotice(StepLook, AimLook, why, door)
	return true
}

// sawOpen says that the door in use was seen open during this look.
func (s *State) sawOpen() bool { return s.Session.Saw != 0 && s.Session.Saw == s.Session.Door }

// lookActions are the buttons of the question whether a door is empty. One of them leaves it without opening another door.
func (s *State) lookActions(door *Door, still bool) []Action {
	n := s.Session
	switch {
	case !still:
		return nil
	case n.Aim != AimLook:
		switch {
		case aims[n.Aim] == nil:
			return s.recallLookActions()
		case n.Relooked || n.Aim == AimSame || !s.usable(n.Door): // that something else is in it they have said before
			return s.orCancel(ActionEmpty, ActionOccupied)
		}
		return s.orCancel(ActionEmpty, ActionTryAgain) // who is not sure looks once more before the door is set aside
	case s.sawOpen() && door.State == Unknown: // its board fell silent: nobody sees how it is shut
		return []Action{ActionOccupied, ActionSkip, ActionBack, ActionLanguage}
	case s.sawOpen():
		return []Action{ActionEmpty, ActionOccupied, ActionBack, ActionLanguage}
	case door.State != Open && !n.Retried:
		return []Action{ActionTryAgain, ActionSkip, ActionBack, ActionLanguage}
	}
	return []Action{ActionSkip, ActionBack, ActionLanguage}
}

// takeOutActions are the buttons while the parcel is taken out. They allow for a contact that does not notice that the door
// is shut.
func (s *State) takeOutActions(door *Door) []Action {
	if door.State == Open {
		return s.orCancel(ActionSkip)
	}
	return s.orCancel(ActionTryAgain, ActionSkip)
}

// orCancel adds the offer to give up the drop-off, where all other buttons lead to another door.
func (s *State) orCancel(list ...Action) []Action {
	if aims[s.Session.Aim] != nil {
		list = append(list, ActionCancel)
	}
	return append(list, ActionLanguage)
}

// looked handles the courier's answer.
func (d *decision) looked(in Tapped) {
	n := d.s.Session
	switch {
	case in.Action == ActionCancel:
		d.aim(StepLook, AimCancel, n.Door)
	case in.Action == ActionMissing:
		d.missing()
	case in.Action == ActionSkip:
		d.lookOn(NoticeNone)
	case in.Action == ActionOccupied:
		d.notEmpty()
	case n.Aim == AimLook:
		d.lookedEmpty(in.Offers)
	default:
		d.takenOut()
	}
}

// lookedEmpty gives the door to the courier's parcel: while it stands open, or after opening it once more.
func (d *decision) lookedEmpty(offers []Offer) {
	n := d.s.Session
	switch door := d.s.door(n.Door); {
	case door.Presence == PresencePresent: // somebody's word does not outweigh a sensor's, be it of what they have put in already
		d.lookOn(NoticeNone)
		return
	case door.State == Open:
		d.begun(n.Door, offers, true)
		return
	}
	d.emptied(n.Door)
	if d.s.free(n.Door) {
		d.begun(n.Door, offers, false)
		return
	}
	d.lookOn(NoticeNone)
}

// emptied accepts the courier's word that a door is empty.
func (d *decision) emptied(door int) {
	d.emit(DoorEmptied{Door: door, Proof: ProofCourier, By: d.s.Session.Courier})
}

// takenOut handles the end of a taking-out: the door was opened for the courier, who took the parcel out, pushed it shut and
// says that it is empty.
func (d *decision) takenOut() {
	n := d.s.Session
	if n.Aim == AimRecall {
		notice := NoticeRecalled
		if p := d.s.parcel(d.s.door(n.Door).Holds.Parcel); p != nil && p.Missing {
			notice = NoticeNone
		} else if p != nil && p.Sender {
			notice = NoticeTakenAlong
		}
		if !d.anybodys(n.Door) {
			d.emptied(n.Door)
		}
		d.recallNext(notice)
		return
	}
	from, _ := d.s.planned(n.Door)
	to := 0
	if ok := aims[n.Aim]; ok != nil {
		to = d.s.pick(from.Size, ok)
	}
	if to == 0 {
		p := d.s.parcel(n.Parcel)
		d.notStored(n.Parcel, n.Door)
		d.emptied(n.Door)
		if n.Aim == AimCancel || p != nil && p.Again { // of what was withdrawn neither phone nor conditions are known any more: it is scanned anew
			d.move(StepScan, NoticeCancelled, 0)
		} else {
			d.move(StepNoDoor, NoticeNone, 0)
		}
		return
	}
	d.emit(DropMoved{Parcel: n.Parcel, From: n.Door, To: to})
	d.emptied(n.Door)
	d.opening(to, NoticeNone)
}

// anybodys says that what is said of a door of a recall may be anybody's word: then nobody knows what is behind it.
func (d *decision) anybodys(door int) bool {
	n := d.s.Session
	left := d.idle() > 2*stoodFor || n.Crowded && n.Late
	if left {
		d.doubt(door, DoubtLeft)
	}
	return left
}

// aims are the sizes that a courier may ask for instead.
var aims = map[Aim]suits{AimSame: sameSize, AimLarger: larger, AimSmaller: smaller}

// notEmpty handles the answer that something is in the door. A parcel to be taken back is still there; any other door is set
// aside.
func (d *decision) notEmpty() {
	n := d.s.Session
	if n.Aim == AimRecall {
		if p := d.s.parcel(d.s.door(n.Door).Holds.Parcel); p != nil && !d.anybodys(n.Door) {
			d.emit(CollectionDisputed{Parcel: p.ID, Door: n.Door, By: "courier:" + n.Courier})
		}
		d.emit(RecallPassed{Session: n.ID, Door: n.Door})
		d.recallNext(NoticeNone)
		return
	}
	d.emit(DoorBlocked{Door: n.Door, Why: BlockOccupied, By: "courier:" + n.Courier})
	switch n.Aim {
	case AimLook:
		d.lookOn(NoticeAside)
	case AimCancel:
		d.notStored(n.Parcel, n.Door)
		d.move(StepScan, NoticeAside, 0)
	default:
		d.elsewhere(aims[n.Aim], NoticeSetAside)
	}
}

// lookOn leaves a door as it is and continues with the next one of its size, proven empty or to be looked into.
func (d *decision) lookOn(notice Notice) {
	n := d.s.Session
	plan, _ := d.s.planned(n.Door)
	d.emit(LookPassed{Session: n.ID, Door: n.Door})
	switch {
	case d.strange() && d.s.best(plan.Size, sameSize, d.s.mayLook) != 0: // there may be something in that one, too
		d.aim(StepBadge, AimLook, 0)
	case !d.lookFor(plan.Size, sameSize):
		d.move(StepNoDoor, notice, 0)
	}
}

// stopLooking leaves the door as it is: the courier takes the parcel along, or puts it into a door of another size.
func (d *decision) stopLooking() {
	n := d.s.Session
	d.emit(LookPassed{Session: n.ID, Door: n.Door})
	d.move(StepNoDoor, NoticeNone, 0)
}

// leaveOut continues without seeing the door shut: it is given to nobody before somebody has looked.
func (d *decision) leaveOut() {
	n := d.s.Session
	if p := d.s.parcel(n.Parcel); p != nil && p.Shut && !n.Relooked && !d.s.sawOpen() && d.s.door(n.Door).State != Open {
		d.leaveIn(*p)
		return
	}
	from, _ := d.s.planned(n.Door)
	if ok := aims[n.Aim]; ok != nil {
		if to := d.s.pick(from.Size, ok); to != 0 {
			d.emit(DropMoved{Parcel: n.Parcel, From: n.Door, To: to})
			d.opening(to, NoticeNone)
			return
		}
	}
	d.notStored(n.Parcel, n.Door)
	d.move(StepScan, NoticeCancelled, 0)
}

// leaveIn gives up taking a parcel out whose door was not seen to open for that: as far as anybody can tell it is in there. One that was
// stored before stays so; for another one a courier of its company looks.
func (d *decision) leaveIn(p Parcel) {
	if p.Again {
		d.stays(p, NoticeNotOpened)
		return
	}
	d.emit(DropAbandoned{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door})
	d.move(StepScan, NoticeNotOpened, 0)
}

// away says that the person at a courier's screen may now be somebody else: nothing was touched for a while, the courier's
// parcel or what they look for may be in the door, and the touched button would open the door or give it away.
func (d *decision) away(a Action) bool {
	n := d.s.Session
	p, door := d.s.parcel(n.Parcel), d.s.door(n.Door)
	switch a {
	case ActionLarger, ActionSmaller, ActionOccupied, ActionCancel, ActionCancelYes, ActionNotOpen, ActionTryAgain, ActionEmpty,
		ActionSkip, ActionWrong:
	default:
		return false
	}
	looks := n.Step == StepLook && n.Aim == AimLook
	if n.Courier == "" || n.Step == StepBadge || door == nil {
		return false
	}
	if !looks && !p.laid() { // the door may have opened all the same: who waits at one that jams tries again sooner than that
		return a == ActionTryAgain && p != nil && n.Step == StepDropPress && !d.s.neverPulsed(p) && d.idle() > 2*stoodFor
	}
	patience := stoodFor
	if n.Step == StepLook || n.Step == StepTakeOut || n.Step == StepWrong {
		patience = 2 * stoodFor // it takes a while to look, to see that a door does not open, and to read what may be wrong
	}
	// A door that was seen to open and shut is opened once more only for a courier who has recently shown badge or PIN, not
	// for somebody who taps at an abandoned screen.
	if a == ActionTryAgain && n.Step == StepDropPress && p.Shut && d.now.Up-n.Shown > leftAlone {
		return true
	}
	return n.Crowded || d.idle() > leftAlone || door.State == Closed && d.idle() > patience
}

// leftAlone is how long a courier works at an open door without touching the screen.
const leftAlone = 45 * time.Second

// again handles the courier's proof of identity, and continues with the interrupted question.
func (d *decision) again(by string) {
	n := d.s.Session
	d.emit(CourierSignedIn{Session: n.ID, Courier: n.Courier, Company: n.Company, By: by})
	switch n.Aim {
	case AimRecall:
		d.recallOn()
	case AimVisit:
		d.move(StepVisit, NoticeNone, 0)
	default:
		d.leaveBadge()
	}
}

// leaveBadge returns to where the courier was. Leaving proves no identity.
func (d *decision) leaveBadge() {
	n := d.s.Session
	door := d.s.door(n.Door)
	switch n.Aim {
	case "":
		d.move(d.s.dropStep(), NoticeNone, n.Door)
	case AimRecall, AimVisit:
		if door != nil && door.State == Closed {
			d.shutAlone(*door)
		}
		d.move(StepScan, NoticeNone, 0)
	case AimLook:
		if door == nil {
			d.move(StepSize, NoticeNone, 0)
			return
		}
		d.aim(StepLook, n.Aim, n.Door)
	default:
		d.aim(StepTakeOut, n.Aim, n.Door)
	}
}

// inHand says that the person at the kiosk is using a door, and nobody else's code, badge or token may interrupt them: the
// door is about to open, stands open in a courier's hands, or a question about it is on screen.
func (d *decision) inHand() bool {
	n := d.s.Session
	p, door := d.s.parcel(n.Parcel), d.s.door(n.Door)
	if n.ID == "" || door == nil {
		return false
	}
	switch {
	case door.Unlock.ID != "" && door.Unlock.Session == n.ID:
		return true
	case n.sends() && p != nil && p.State == ParcelDropping:
		return p.Opened && (!p.Shut || door.State == Open)
	case p != nil && p.Refusing != "":
		return p.Opened
	case n.Courier == "":
		return false
	case n.Step == StepLook, n.Step == StepRecallDoor:
		return door.State == Open || d.now.Up-n.Touched <= stoodFor
	case p != nil && p.State == ParcelDropping && p.Jammed && d.idle() <= 2*stoodFor:
		return true // behind which of two doors it is they are about to say
	}
	return p != nil && p.State == ParcelDropping && (n.Step == StepDropPress || n.Step == StepTakeOut || !p.Shut || door.State == Open)
}

// firstThat tells somebody else to wait until the door is no longer in use.
func (d *decision) firstThat() {
	if n := d.s.Session; n.Notice != NoticeCloseFirst { // saying so again would keep the session alive
		d.aimNotice(n.Step, n.Aim, NoticeCloseFirst, n.Door)
	}
}

// Aim is what a courier's look into a door is for.
type Aim string

// Purposes of a courier's look.
const (
	AimCancel  Aim = "cancel"  // the parcel is taken out again
	AimSame    Aim = "same"    // the parcel goes behind another door of that size,
	AimLarger  Aim = "larger"  // a larger one,
	AimSmaller Aim = "smaller" // or a smaller one
	AimRecall  Aim = "recall"  // the parcel was taken back
	AimVisit   Aim = "visit"   // what was put in in this visit
	AimLook    Aim = "look"    // whether the door can be used
)

// LookPassed says that a courier leaves a door without looking into it as asked.
type LookPassed struct {
	Session string `json:"session"`
	Door    int    `json:"door"`
}

// Kind is "look.passed".
func (LookPassed) Kind() string { return "look.passed" }
