package locker

import "slices"

// move asks another question.
func (d *decision) move(step Step, notice Notice, door int) {
	n := d.s.Session
	if step != n.Step {
		n.Aim = ""
	}
	d.aimNotice(step, n.Aim, notice, door)
}

// begin makes sure that there is a session.
func (d *decision) begin() {
	if d.s.Session.ID == "" {
		d.emit(SessionStarted{Session: d.id("s"), Language: d.s.plan.Languages[0]})
	}
}

// next begins a session for the next person, in the language that was chosen if nobody was served yet.
func (d *decision) next() {
	language := ""
	if n := d.s.Session; n.ID != "" {
		if n.Step == StepHome || n.Step == StepCode || n.Step == StepPIN || n.Step == StepTechPIN {
			return
		}
		language = n.Language
		d.endSession("next person")
	}
	if language == "" {
		language = d.s.plan.Languages[0]
	}
	d.emit(SessionStarted{Session: d.id("s"), Language: language})
}

// endSession ends a session whatever it was in the middle of: what was seen decides, never what was probably meant.
func (d *decision) endSession(why string) {
	n := d.s.Session
	if n.ID == "" {
		return
	}
	if p := d.s.parcel(n.Parcel); p != nil && p.State == ParcelDropping {
		d.settle(*p, n)
	}
	if d.s.Setup.Hand.Unlock != "" {
		d.tryEnded(OutcomeUnknown, "the technician's session ended")
	}
	d.endSequence(SequenceLeft)
	d.emit(SessionEnded{Session: n.ID, Why: why})
	if door := d.s.door(n.Door); door != nil && door.State == Closed && door.Unlock.ID == "" {
		d.shutAlone(*door)
	}
}

// settle decides what a drop-off came to when the courier is gone: stored if the door was seen to open and to close
// (only "cancel" asks), nothing if it never had a chance to open, and otherwise nobody knows.
func (d *decision) settle(p Parcel, n Session) {
	door := d.s.door(p.Door)
	switch {
	case door == nil:
		d.emit(DropAbandoned{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door})
	case p.Shut && n.Aim == "" && n.Step != StepDropPress && door.State != Open && !d.s.unopened(&p):
		// Else they wanted it back, or have said that the door did not open.
		d.store(p)
	case !p.Opened && door.Unlock.ID == "" && door.Last.Outcome == NotSent && door.Last.Parcel == p.ID &&
		door.State == Closed:
		d.emit(DropCancelled{Parcel: p.ID, Door: p.Door})
	default:
		d.emit(DropAbandoned{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door})
	}
}

// unopened says that the door of a drop-off was pulsed since it was last seen to open: its courier has said that it did not,
// whatever its contact says, and so may have the parcel in hand.
func (s *State) unopened(p *Parcel) bool {
	d := s.door(p.Door)
	return d != nil && (d.Unlock.Parcel == p.ID || d.Last.Parcel == p.ID)
}

// tapped does what a button says, if it is a button of the screen that is shown.
func (d *decision) tapped(in Tapped) {
	if in.Revision != d.s.Revision || !slices.Contains(d.s.actions(), in.Action) {
		return
	}
	n := d.s.Session
	switch {
	case d.away(in.Action):
		d.aim(StepBadge, n.Aim, n.Door)
		return
	case in.Action == ActionRecall && n.Courier != "" && d.other():
		d.aim(StepBadge, AimRecall, 0)
		return
	case in.Action == ActionRecallOpen && d.other():
		d.aim(StepBadge, AimRecall, n.Door)
		return
	case in.Action == ActionLanguage, in.Action == ActionSignOut, n.Technician == "":
	case in.Action == ActionBack:
		d.techBack()
		return
	default:
		d.techTapped(in)
		return
	}
	switch in.Action {
	case ActionLanguage:
		d.language(in.Language)
	case ActionTechnician:
		d.toTechnicians()
	case ActionPickup:
		d.begin()
		d.move(StepCode, NoticeNone, 0)
	case ActionResend:
		d.move(StepResend, NoticeNone, 0)
	case ActionCourier:
		d.begin()
		d.move(StepPIN, NoticeNone, 0)
	case ActionBack:
		d.goBack()
	case ActionFinish, ActionSignOut:
		d.endSession("finished")
	case ActionForgot:
		d.forgot()
	case ActionWrong:
		d.move(StepWrong, NoticeNone, n.Door)
	case ActionNotOpen:
		d.notOpen()
	case ActionTryAgain:
		d.tryAgain()
	case ActionItOpened:
		d.saidOpen("recipient")
		d.endSession("finished")
	default:
		d.courierTapped(in)
	}
}

// courierTapped is a button of a courier's screens.
func (d *decision) courierTapped(in Tapped) {
	n := d.s.Session
	switch {
	case n.Step == StepLook:
		d.looked(in)
		return
	case n.Step == StepTakeOut && in.Action == ActionSkip:
		d.leaveOut()
		return
	case n.Step == StepTakeOut && in.Action == ActionCancel:
		d.aim(StepTakeOut, AimCancel, n.Door)
		return
	}
	switch in.Action {
	case ActionRecall, ActionRecallOpen, ActionSkip:
		d.recallTapped(in.Action)
	case ActionType:
		d.move(StepTracking, NoticeNone, 0)
	case ActionNoPhone:
		d.noPhone(in.Offers)
	case ActionSize:
		d.sizeChosen(in)
	case ActionLarger:
		d.another(AimLarger)
	case ActionSmaller:
		d.another(AimSmaller)
	case ActionOccupied:
		d.emit(DoorBlocked{Door: n.Door, Why: BlockOccupied, By: "courier:" + n.Courier})
		d.elsewhere(sameSize, NoticeSetAside)
	case ActionCancel:
		d.move(StepCancel, NoticeNone, n.Door)
	case ActionCancelYes:
		d.cancel()
	case ActionDone:
		d.store(*d.s.parcel(n.Parcel))
		d.move(StepThanks, NoticeStored, 0)
	case ActionNextParcel:
		d.store(*d.s.parcel(n.Parcel))
		d.move(StepScan, NoticeStored, 0)
	}
}

func (d *decision) language(to string) {
	if !slices.Contains(d.s.plan.Languages, to) || to == d.s.Session.Language {
		return
	}
	d.begin()
	d.emit(LanguageChosen{Session: d.s.Session.ID, Language: to})
}

func (d *decision) goBack() {
	n := d.s.Session
	switch n.Step {
	case StepBadge:
		d.leaveBadge()
	case StepWrong:
		d.leaveWrong()
	case StepLook:
		d.stopLooking()
	case StepCancel:
		d.move(StepDrop, NoticeNone, n.Door)
	case StepPhone, StepSize, StepNoDoor, StepHere, StepTracking, StepRecall:
		d.move(StepScan, NoticeNone, 0)
	case StepResend:
		d.move(StepCode, NoticeNone, 0)
	default:
		d.endSession("finished")
	}
}

// present keeps a session. It is recorded only where somebody is asked, or half of the time is gone, so that a finger on the
// screen does not fill the journal.
func (d *decision) present(in Present) {
	n := d.s.Session
	end, some := d.s.sessionEnd()
	if !some || in.Revision != d.s.Revision {
		return
	}
	if end-d.now.Up <= StillThere || d.now.Up-n.Touched >= d.s.plan.Times.Idle/2 {
		d.emit(SessionKept{Session: n.ID})
	}
}

// typed is a code or a PIN from the keypad; which of them the screen has asked for.
func (d *decision) typed(in Typed) {
	n := d.s.Session
	if in.Revision != d.s.Revision || d.s.Typing.Locked {
		return
	}
	switch n.Step {
	case StepCode:
		d.code(in.Hash, true)
	case StepPIN:
		for c := range d.s.couriers() {
			if !c.PIN.IsZero() && c.PIN.Equal(in.Hash) {
				d.signIn(*c, "pin")
				return
			}
		}
		d.refuse(NoticeWrongPIN, StepPIN, true)
	case StepBadge:
		if c := d.s.worker(); !c.PIN.IsZero() && c.PIN.Equal(in.Hash) {
			d.again("pin")
			return
		}
		d.refuse(NoticeWrongPIN, StepBadge, true)
	case StepLastDigits:
		d.answer(in.Hash, ConditionPhone)
	case StepSecond:
		d.answer(in.Hash, ConditionPIN)
	}
}

// badge is a courier's badge. A door in hand comes first, whoever it is that wants to go on.
func (d *decision) badge(c Courier) {
	switch n := d.s.Session; {
	case n.Courier == c.ID && n.Step == StepBadge:
		d.again("badge")
	case n.Courier == c.ID && d.now.Up >= d.s.sessionOver()-overNotice:
		d.emit(CourierSignedIn{Session: n.ID, Courier: c.ID, Company: c.Company, By: "badge"}) // they go on
	case n.Courier == c.ID:
	case d.inHand():
		d.firstThat()
	default:
		d.next()
		d.signIn(c, "badge")
	}
}

// lockout is how long the next one is, in milliseconds.
func (s *State) lockout(k Typing) int64 {
	steps := s.plan.Times.Lockouts
	return steps[min(k.Step, len(steps)-1)].Milliseconds()
}

// codeScanned serves the owner of a code, and of the parcel that it is of, unless the kiosk is in the middle of something
// that is somebody else's.
func (d *decision) codeScanned(h Hash, p *Parcel) {
	n := d.s.Session
	if p != nil && p.ID == n.Parcel && n.Step != StepCode {
		d.sameCode(*p)
		return
	}
	if d.inHand() {
		d.firstThat()
		return
	}
	d.next()
	if p != nil {
		p = d.s.parcel(p.ID) // as the end of the session before has left it
	}
	if p != nil {
		d.claim(*p, TokenUse{}, false)
		return
	}
	d.code(h, false)
}

// sameCode is the code of the parcel that is being fetched, scanned again. While its door is open, or moments after, it
// is the same scan; on the last screen it asks for what the button there asks for.
func (d *decision) sameCode(p Parcel) {
	n := d.s.Session
	press := n.Step == StepPress // it did not open: their own code asks once more
	if !press && (n.Step != StepThanks || d.now.Up-n.Moved < d.s.plan.Times.SameScan) {
		return
	}
	d.next()
	d.claim(p, TokenUse{}, false)
}

// refuse says no, and counts it if it was typed. Too many wrong ones lock the keypad.
func (d *decision) refuse(why Notice, step Step, typed bool) {
	d.emit(CodeRefused{Session: d.s.Session.ID, Why: why, Typed: typed})
	if k := d.s.Typing; k.Wrong >= d.s.plan.WrongTries {
		d.emit(TypingLocked{Step: k.Step + 1, For: d.s.lockout(k)})
		why = NoticeLocked
	}
	door := 0
	if n := d.s.Session; step == n.Step {
		door = n.Door
	}
	d.move(step, why, door)
}

// signIn lets a courier work, if it is their time.
func (d *decision) signIn(c Courier, by string) bool {
	if !d.s.valid(c, d.now) {
		d.refuse(NoticeNotNow, StepPIN, false)
		return false
	}
	d.emit(CourierSignedIn{Session: d.s.Session.ID, Courier: c.ID, Company: c.Company, By: by})
	d.move(StepScan, NoticeNone, 0)
	return true
}
