package locker

import (
	"fmt"
	"time"
)

// Why is the reason of an unlock.
type Why string

// Reasons of unlocks.
const (
	WhyPickup Why = "pickup"  // the recipient fetches
	WhyReopen Why = "reopen"  // "forgot something?"
	WhyDrop   Why = "drop"    // the courier puts in
	WhyCancel Why = "cancel"  // the courier takes out what was just put in
	WhyOrder  Why = "order"   // the cloud asked
	WhyTech   Why = "service" // a technician asked
	WhyToken  Why = "token"   // somebody holds a signed token for the door
	WhyRecall Why = "recall"  // a courier takes back what nobody fetched
	WhyLook   Why = "look"    // a courier looks into a door of which nobody knows what is behind it
)

// Outcome is how an unlock ended.
type Outcome string

// Outcomes of an unlock. OutcomeUnknown is resolved by asking for the door's state, never by a second pulse.
const (
	Opened         Outcome = "opened"
	StillClosed    Outcome = "still_closed"
	OutcomeUnknown Outcome = "unknown"
	NotSent        Outcome = "not_sent"
)

// Unlock is an unlock in progress, or one that seemed to fail.
type Unlock struct {
	ID      string        `json:"id,omitempty"`
	Why     Why           `json:"why,omitempty"`
	Session string        `json:"session,omitempty"`
	Parcel  string        `json:"parcel,omitempty"`
	Order   string        `json:"order,omitempty"`
	Token   TokenUse      `json:"token,omitzero"`
	Again   bool          `json:"again,omitempty"`
	Asked   time.Duration `json:"asked,omitempty"`   // Up when it was asked for
	Wall    time.Time     `json:"wall,omitzero"`     // and the time of day,
	Known   bool          `json:"known,omitempty"`   // if that was known to be right
	Earlier bool          `json:"earlier,omitempty"` // in an earlier run: Asked says nothing
	Waits   time.Duration `json:"waits,omitempty"`   // for its supply, as expected when it was asked for
	At      time.Duration `json:"at,omitempty"`      // Up from when it is judged: its turn at the latest; of Last: when it ended, or its person had last to do with it
	Held    int           `json:"held,omitempty"`    // how often its judgement was put off, because the process stood still
	Outcome Outcome       `json:"outcome,omitempty"`
	Said    bool          `json:"said,omitempty"` // somebody said that it did open
}

// ReleaseEnded is the result of a release on the wire. The door's contact tells what the door did.
type ReleaseEnded struct {
	Unlock string
	Sent   bool   // false: no byte of it went out, and none will
	Why    string // for the technician: "past its deadline", "port gone", "acknowledged", "no answer"
	// Frame is when its frame was on the line, if it was; it is measured, and no rule asks for it.
	Frame time.Time
}

func (ReleaseEnded) input() {}

// OpenAsked says that somebody asks for a door with a `lockerd` command.
type OpenAsked struct {
	Door int
	By   string // their name
}

func (OpenAsked) input() {}

// stands says that the person of an unlock still stands at its door, as far as the kiosk can tell: the screen shows their
// session and that door, and has not been waiting for a late opening for long. Only such an opening collects a parcel, or
// spends anything.
func (d *decision) stands(u Unlock, door int) bool {
	n := d.s.Session
	late := u.Outcome != "" && d.now.Up-n.Moved > 2*stoodFor
	return n.ID != "" && n.ID == u.Session && n.Door == door && !late
}

// explanation is the unlock that explains an opening: one that was requested before the contact moved, and at most
// Times.Late before, whether it is in progress or seemed to be over (a loaded or frozen door springs late, or its end was
// unknown).
func (d *decision) explanation(door Door) Unlock {
	moved := d.now.Up - d.ago
	for _, u := range []Unlock{door.Unlock, door.Last} {
		if u.ID == "" || u.Outcome == NotSent {
			continue
		}
		if since, known := d.since(u); known && since <= d.s.plan.Times.Late && (u.Earlier || moved >= u.Asked) {
			return u
		}
	}
	return Unlock{}
}

// since is how long ago an unlock was requested. For an unlock of an earlier run that needs a known clock.
func (d *decision) since(u Unlock) (since time.Duration, known bool) {
	switch {
	case !u.Earlier:
		return d.now.Up - u.Asked, true
	case u.Known && d.now.Known:
		return d.now.Wall.Sub(u.Wall), true
	}
	return 0, false
}

// bounced says that an opening continues the previous one: the door was pushed shut moments ago, its latch did not catch,
// and nothing else was unlocked.
func (d *decision) bounced(door Door) bool {
	return door.State == Closed && door.Fell && door.Unlock.ID == "" && d.now.Up-door.Since <= d.s.plan.Times.Bounce
}

func (d *decision) opened(door Door, ev Evidence) {
	if d.bounced(door) {
		d.emit(DoorOpened{Door: door.Number, Unlock: door.Opening, Bounced: true, Evidence: ev})
		d.sprangBack(door.Number)
		return
	}
	u := d.explanation(door)
	stands := d.stands(u, door.Number) // before the opening counts as a touch
	d.emit(DoorOpened{Door: door.Number, Unlock: u.ID, Evidence: ev})
	if u.ID == "" {
		if door.SeenClosed || door.Before == Closed && door.Holds.Kind == Occupied { // nobody has watched, but it matters
			d.emit(DoorForced{Door: door.Number})
		}
		d.doubt(door.Number, DoubtUnasked)
		return
	}
	if door.Unlock.ID == u.ID {
		d.emit(UnlockEnded{Unlock: u.ID, Door: door.Number, Outcome: Opened})
	}
	if door.Blocked == BlockJammed && (door.BlockedBy == "rules" || u.Outcome == StillClosed) { // it refutes that itself
		d.emit(DoorUnblocked{Door: door.Number, By: "rules"})
	}
	if u.Session != "" && u.Why != WhyTech && !stands {
		d.emit(DoorOpenedLate{Door: door.Number, Unlock: u.ID})
		d.doubt(door.Number, DoubtLate)
		return
	}
	d.openedFor(u, door.Number)
}

// openedFor handles an opening at which the person of the unlock stands.
func (d *decision) openedFor(u Unlock, door int) {
	d.spend(u)
	switch u.Why {
	case WhyPickup:
		d.collected(u, door)
	case WhyRecall:
		d.recalled(u, door)
		d.back(u, door)
	case WhyToken:
		d.doubt(door, DoubtToken)
		d.back(u, door)
	case WhyDrop, WhyCancel, WhyReopen, WhyLook:
		d.back(u, door)
	case WhyOrder, WhyTech:
		d.doubt(door, Doubt("opened by "+string(u.Why)))
	}
	d.doubtEmpty(door, DoubtLate) // whoever it was released for has gone elsewhere
}

// collected handles a collection: the entitled person's door was seen to open while they stood before it.
func (d *decision) collected(u Unlock, door int) {
	switch p := d.s.parcel(u.Parcel); {
	case p == nil:
	case p.kept():
		d.visited(*p, u.ID)
	case p.State == ParcelStoredAt:
		d.emit(ParcelCollected{Parcel: p.ID, Door: door, Unlock: u.ID})
	}
	d.back(u, door)
}

// back returns the screen from "it did not open" when the door opened after all.
func (d *decision) back(u Unlock, door int) {
	n := d.s.Session
	if n.ID != u.Session || n.Door != door {
		return
	}
	switch n.Step {
	case StepPress, StepTrouble:
		d.move(StepPickup, NoticeNone, door)
	case StepDropPress:
		d.move(StepDrop, NoticeNone, door)
	case StepPutBack:
		d.move(StepPutBack, NoticeNone, door)
	}
}

// sprangBack shows the person who still stands there that the door is open again.
func (d *decision) sprangBack(door int) {
	n := d.s.Session
	if n.ID == "" || n.Door != door {
		return
	}
	switch {
	case n.Step == StepDropPress:
		d.move(StepDrop, NoticeNone, door)
	case n.Step == StepThanks && d.s.aboutRefused():
		d.move(StepPutBack, NoticeNone, door)
	case n.Step == StepKeep, n.Step == StepThanks && n.Courier == "" && !n.sends():
		d.move(StepPickup, NoticeNone, door)
	case n.Step == StepLook && n.Aim == AimRecall:
		d.aim(StepRecallDoor, n.Aim, door)
	case n.Step == StepLook && n.Aim != AimLook:
		d.aim(StepTakeOut, n.Aim, door)
	}
}

// judge ends an unlock whose door has had enough time.
func (d *decision) judge(door Door) {
	outcome := OutcomeUnknown // silent, or its contact said "open" all along
	if door.State == Closed {
		outcome = StillClosed
	}
	d.failed(door, outcome, "")
}

// released handles the result of a release. Only a release that was never sent is known to have failed; otherwise the
// contact decides.
func (d *decision) released(in ReleaseEnded) {
	if in.Unlock != "" && in.Unlock == d.s.Setup.Hand.Unlock && !in.Sent {
		d.tryEnded(NotSent, in.Why)
		return
	}
	if in.Unlock == "" || in.Sent {
		return
	}
	for turn := d.s.nextAwake(0); turn >= 0; turn = d.s.nextAwake(turn + 1) {
		if door := *d.s.at(turn); door.Unlock.ID == in.Unlock {
			d.failed(door, NotSent, in.Why)
			return
		}
	}
}

// failed ends an unlock that, as far as anybody can tell, did not open its door, and lets the screen ask the person.
func (d *decision) failed(door Door, outcome Outcome, detail string) {
	u := door.Unlock
	d.emit(UnlockEnded{Unlock: u.ID, Door: door.Number, Outcome: outcome, Detail: detail})
	if outcome != NotSent {
		d.unseen(door.Number)
	}
	seenOpen := door.State == Open
	jammed := outcome == StillClosed && (u.Again || d.s.door(door.Number).Failed >= d.s.plan.FailedUnlocks)
	over := jammed || outcome == OutcomeUnknown && u.Again // the one new unlock was used
	if jammed && door.Blocked == "" {
		d.emit(DoorBlocked{Door: door.Number, Why: BlockJammed, By: "rules"})
	}
	n := d.s.Session
	if n.ID == "" || n.ID != u.Session || n.Door != door.Number || seenOpen {
		return
	}
	d.failedFor(door.Number, outcome, over)
}

// failedFor tells the person who stands there that their door did not open.
func (d *decision) failedFor(door int, outcome Outcome, over bool) {
	notice := NoticeNone
	if outcome == NotSent {
		notice = NoticeTryAgain
	}
	switch n := d.s.Session; n.Step {
	case StepPickup:
		if over {
			d.move(StepTrouble, NoticeNone, door)
		} else {
			d.move(StepPress, notice, door)
		}
	case StepDrop:
		switch {
		case over && d.now.Up-n.Moved <= 2*stoodFor:
			d.elsewhere(sameSize, NoticeSetAside)
		case over: // it took so long that they may have gone: another one opens when they touch
			d.move(StepDropPress, NoticeDoorOut, door)
		default:
			d.move(StepDropPress, notice, door)
		}
	case StepTakeOut, StepLook:
		d.aimNotice(n.Step, n.Aim, NoticeTryAgain, door)
	case StepRecallDoor, StepPutBack:
		d.move(n.Step, NoticeNotOpened, door)
	case StepDoor:
		d.move(StepDoor, NoticeNotOpened, door)
	case StepInventoryDoor:
		d.inventoryFailed()
	case StepTest:
		if outcome == NotSent {
			d.tested(TestUnreachable, TestUnreachable)
		} else {
			d.tested(TestNotOpened, TestNotOpened)
		}
	}
}

// unlock records the intent of an unlock. Nothing is released before it is on disk. If the unlock is not allowed nothing is
// recorded, and the notice says why.
func (d *decision) unlock(number int, u UnlockRequested) Notice {
	plan, ok := d.s.planned(number)
	waits, most := d.s.turn(number, d.now.Up)
	within := d.within(u, most)
	switch {
	case !ok || d.s.anew(number):
		return NoticeDoorOut
	case d.s.door(number).Unlock.ID != "":
		return NoticeTryAgain
	case within <= 0: // whoever asked may have gone
		d.emit(UnlockRefused{Door: number, By: string(u.Why), Code: CodeExpired,
			Why: fmt.Sprintf("asked for %s ago: too late", d.now.Age.Round(100*time.Millisecond))})
		return NoticeTryAgain
	case d.s.unseen(u.Parcel):
		return NoticeUnwatched
	case d.tripped(number, u):
		return NoticeBreaker
	}
	u.Unlock, u.Door, u.Lock = d.id("u"), number, plan.Lock
	u.Within, u.Waits = within.Milliseconds(), waits.Milliseconds()
	d.emit(u)
	return NoticeNone
}

// asked is what the screen has asked for: "try again" repeats it, and takes nothing from the door's last unlock.
func (s *State) asked() UnlockRequested {
	n := s.Session
	if n.Asked.Why == "" {
		n.Asked = s.stoodOpenFor()
	}
	u := UnlockRequested{Why: n.Asked.Why, Session: n.ID, Parcel: n.Asked.Parcel, Token: n.Asked.Token}
	switch n.Step {
	case StepDropPress:
		u.Why, u.Parcel, u.Token = WhyDrop, n.Parcel, TokenUse{}
	case StepTakeOut, StepLook:
		u.Why, u.Parcel, u.Token = WhyCancel, n.Parcel, TokenUse{}
		switch n.Aim {
		case AimLook:
			u.Why = WhyLook
		case AimRecall:
			u.Why = WhyRecall
		case AimCancel, AimSame, AimLarger, AimSmaller, AimVisit:
		}
	}
	return u
}

// stoodOpenFor is what the door at hand is to open for if it was not asked to open, since it stood open as far as its contact told: the
// parcel whose code was shown.
func (s *State) stoodOpenFor() Asked {
	p := s.visitor()
	if door := s.door(s.Session.Door); p == nil && door != nil && s.Session.Token.ID == "" { // a token for a door is for no parcel
		p = s.parcel(door.Holds.Parcel)
	}
	switch {
	case p == nil:
		return Asked{}
	case p.State == ParcelTaken:
		return Asked{Why: WhyReopen, Parcel: p.ID}
	}
	return Asked{Why: WhyPickup, Parcel: p.ID}
}

// tryAgain is the one new unlock that a failed one allows, for the same purpose and person, if it is still possible. An
// unlock that was never sent does not count: there was no pulse.
func (d *decision) tryAgain() {
	n := d.s.Session
	if n.Courier == "" && !n.sends() && d.other() { // of a sender it was asked before
		d.askAgain()
		return
	}
	if n.Step == StepDropPress && d.s.door(n.Door).Blocked == BlockJammed {
		d.elsewhere(sameSize, NoticeSetAside)
		return
	}
	u := d.s.asked()
	u.Again = d.s.door(n.Door).Last.Outcome != NotSent && n.Step != StepLook
	notice := d.s.outOf(n.Door)
	if d.s.usable(n.Door) {
		notice = d.s.lapsed(u)
	}
	if notice == NoticeNone {
		notice = d.unlock(n.Door, u)
	}
	switch n.Step {
	case StepDropPress:
		d.retried(StepDrop, StepDropPress, notice)
	case StepTakeOut:
		d.aimNotice(n.Step, n.Aim, notice, n.Door)
	case StepLook:
		d.lookAgain(notice)
	case StepRecallDoor, StepPutBack:
		d.move(n.Step, notice, n.Door)
	default:
		d.retriedPickup(notice)
	}
}

// lookAgain waits for a door to be opened and shut once more, for another look.
func (d *decision) lookAgain(notice Notice) {
	n := d.s.Session
	step := StepTakeOut
	switch {
	case n.Aim == AimLook || notice != NoticeNone:
		step = StepLook
	case n.Aim == AimRecall:
		step = StepRecallDoor
	}
	d.aimNotice(step, n.Aim, notice, n.Door)
}

// retried continues with one screen if the door was unlocked once more, and stays at another if not.
func (d *decision) retried(on, stay Step, notice Notice) {
	if notice == NoticeNone {
		stay = on
	}
	d.move(stay, notice, d.s.Session.Door)
}

// retriedPickup is retried for a recipient.
func (d *decision) retriedPickup(notice Notice) {
	n := d.s.Session
	switch notice {
	case NoticeNone:
		d.move(StepPickup, NoticeNone, n.Door)
	case NoticeTryAgain:
		d.move(StepPress, notice, n.Door)
	case NoticeDoorOut, NoticeDoorSilent:
		d.move(StepTrouble, NoticeNone, n.Door)
	default:
		d.move(StepCode, notice, 0)
	}
}

// Release instructs the board of a lock to pulse it once, and not after the deadline.
type Release struct {
	Unlock string
	Lock   Lock
	// Until is the time after which it is not sent. It counts from when somebody asked for it, whatever has held it up
	// since.
	Until time.Time
}

// openAsked opens a door for a `lockerd` command, or records why not.
func (d *decision) openAsked(in OpenAsked) {
	why := d.s.refusalToUnlock(UnlockOrder{Door: in.Door})
	if why == "" && d.tripped(in.Door, UnlockRequested{Why: WhyTech}) {
		why = breakerWhy
	}
	if why != "" {
		d.emit(UnlockRefused{Door: in.Door, By: in.By, Why: why, Code: CodeOf(why)})
		return
	}
	_ = d.unlock(in.Door, UnlockRequested{Why: WhyTech, By: in.By}) // the same
}

// lapsed says why the person may no longer have what they asked for.
func (s *State) lapsed(u UnlockRequested) Notice {
	p := s.parcel(u.Parcel)
	if u.Token.ID != "" && s.revoked(u.Token.ID) {
		return NoticeExpired
	}
	switch u.Why {
	case WhyPickup:
		if p == nil || p.State != ParcelStoredAt {
			return NoticeExpired
		}
	case WhyReopen:
		if p == nil || p.State != ParcelTaken {
			return NoticeUsedCode
		}
	case WhyDrop, WhyCancel, WhyRecall, WhyLook, WhyToken, WhyOrder, WhyTech:
	}
	return NoticeNone
}
