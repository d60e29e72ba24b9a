package locker

import (
	"slices"
	"unicode"
)

// maxTracking is the longest text that is accepted as a parcel's number, in bytes. Carriers' numbers have up to 34
// characters; GS1 element strings up to some 90.
const maxTracking = 128

// parcelScanned handles a scanned parcel. Scanning the next parcel confirms the previous one.
func (d *decision) parcelScanned(in Scanned) {
	d.late()
	n := d.s.Session
	switch {
	case d.s.plan.NoCodes:
		d.move(n.Step, NoticeNoCodes, n.Door)
		return
	case !d.s.may(RightDrop):
		d.move(n.Step, NoticeNoRight, n.Door)
		return
	}
	if in.Tracking != "" && in.Tracking == n.Tracking && n.Step != StepScan {
		return // the same parcel, read again
	}
	switch n.Step {
	case StepScan, StepTracking, StepConsent, StepPhone, StepSize, StepNoDoor, StepHere, StepThanks:
	case StepLook:
		d.firstThat()
		return
	case StepDrop, StepWrong:
		p := d.s.parcel(n.Parcel)
		if p == nil || !p.Shut || d.s.door(n.Door).State == Open {
			d.move(StepDrop, NoticeCloseFirst, n.Door)
			return
		}
		if n.Denied || d.s.unopened(p) {
			d.move(StepDropPress, NoticeNone, n.Door)
			return
		}
		if p.Jammed { // whoever took the door before for the right one scans on without looking
			d.move(StepDrop, NoticeSetAside, n.Door)
			return
		}
		if trackable(in.Tracking) {
			d.store(*p)
		}
	default:
		return
	}
	switch none := in.Tracking == "" && in.Format != ""; {
	case none && d.s.inHand():
		// The parcel has its number: this is another barcode of its label.
	case none:
		d.say(NoticeNoNumber)
	case !trackable(in.Tracking):
		d.move(n.Step, NoticeUnreadable, n.Door)
	case d.s.outdone(in):
		d.say(NoticeKeepsNumber)
	default:
		d.parcelInHand(in)
	}
}

// say shows a notice on the present screen, anew each time, so that a repetition is visible.
func (d *decision) say(notice Notice) { d.move(d.s.Session.Step, notice, d.s.Session.Door) }

// inHand says that the courier has scanned a parcel that has no door yet.
func (s *State) inHand() bool {
	switch s.Session.Step {
	case StepConsent, StepPhone, StepSize, StepNoDoor, StepHere:
		return s.Session.Tracking != ""
	}
	return false
}

// outdone says that the courier's parcel already has a more likely number than the scanned one: a label carries several
// barcodes, and their order does not matter. An equally likely or announced number belongs to another parcel: two numbers of
// no format can only be distinguished by their looks.
func (s *State) outdone(in Scanned) bool {
	n := s.Session
	if !s.inHand() || in.Format == "" || in.Likely == n.Likely || s.announced(in.Tracking) != nil || s.here(in.Tracking) != nil {
		return false
	}
	return n.Order != "" || n.Likely > in.Likely
}

// trackingTyped handles a number that was typed because the label cannot be read: it counts like a scan.
func (d *decision) trackingTyped(in TrackingTyped) {
	n := d.s.Session
	switch {
	case in.Revision != d.s.Revision || n.Step != StepTracking:
	case !trackable(in.Tracking):
		d.late()
		d.move(StepTracking, NoticeMistyped, 0)
	default:
		d.parcelScanned(Scanned{Tracking: in.Tracking, Offers: in.Offers})
	}
}

// trackable says that a text can be a parcel's number. Whether it is a known carrier's does not matter.
func trackable(text string) bool {
	if text == "" || len(text) > maxTracking {
		return false
	}
	for _, r := range text {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) && r != '\x1d' {
			return false
		}
	}
	return true
}

func (d *decision) parcelInHand(in Scanned) {
	id := d.s.Session.ID
	if p := d.s.here(in.Tracking); p != nil {
		d.emit(ParcelScanned{Session: id, Tracking: in.Tracking, Format: in.Format, Likely: in.Likely})
		d.move(StepHere, NoticeNone, p.Door)
		return
	}
	scanned := ParcelScanned{Session: id, Tracking: in.Tracking, Format: in.Format, Likely: in.Likely}
	if a := d.s.announced(in.Tracking); a != nil && !a.sends() {
		if a.Company != "" && a.Company != d.s.Session.Company {
			d.move(StepScan, NoticeOtherCompany, 0)
			return
		}
		scanned.Announced, scanned.Size = a.Order, a.Size
	}
	d.emit(scanned)
	if d.consents() {
		d.goesOn(in.Offers)
	}
}

// giveOrAsk gives a door of the size that was announced, or booked, or asks the courier which one.
func (d *decision) giveOrAsk(offers []Offer) {
	size := d.s.Session.Size
	if size == "" {
		size = d.s.bookedSize()
	}
	if size == "" {
		d.move(StepSize, NoticeNone, 0)
		return
	}
	d.give(size, fits, offers)
}

func (d *decision) phoneTyped(in PhoneTyped) {
	n := d.s.Session
	if in.Revision == d.s.Revision && n.Step == StepResend {
		d.resendCode(in)
		return
	}
	if in.Revision != d.s.Revision || n.Step != StepPhone || in.Mask == "" {
		return
	}
	d.late()
	d.emit(RecipientGiven{Session: n.ID, Mask: in.Mask, Whose: d.whose("", in.Person), Personal: Personal{Phone: in.Phone}})
	d.giveOrAsk(in.Offers)
}

// noPhone continues without a phone number: only the operator receives the code, and finds the recipient by the parcel's
// number. If the site does not accept such parcels, the screen says so.
func (d *decision) noPhone(offers []Offer) {
	if d.s.plan.NeedsPhone {
		d.move(StepScan, NoticeNeedsPhone, 0)
		return
	}
	d.giveOrAsk(offers)
}

func (d *decision) sizeChosen(in Tapped) {
	if d.s.rank(in.Size) < 0 {
		return
	}
	d.give(in.Size, sameSize, in.Offers)
}

// give reserves a door for the courier's parcel and opens it. If no door is known to be empty, the courier is asked to look
// into one that may well be.
func (d *decision) give(size string, ok suits, offers []Offer) {
	door := d.s.pick(size, ok)
	switch {
	case door != 0 && d.s.Session.sends():
		d.sentTo(door)
	case door != 0:
		d.begun(door, offers, false)
	case d.strange() && d.s.best(size, ok, d.s.mayLook) != 0: // there may be something in it
		d.aim(StepBadge, AimLook, 0)
	case !d.lookFor(size, ok):
		d.move(StepNoDoor, NoticeNone, 0)
	}
}

// begun starts a drop-off at a door. A door that stands open because the courier has just looked into it is not opened
// again.
func (d *decision) begun(door int, offers []Offer, looked bool) {
	n := d.s.Session
	offer, with, ok := d.s.codeFor(offers)
	if !ok {
		step, at := StepScan, 0
		if n.Step == StepLook {
			step, at = StepLook, door
		}
		d.move(step, NoticeTryAgain, at) // every code that was made is in use: next to impossible
		return
	}
	parcel := d.id("p")
	d.emit(DropStarted{Session: n.ID, Parcel: parcel, Tracking: n.Tracking, Door: door, CodeHash: offer.Hash, Whose: n.Whose, With: with, Looked: looked,
		Personal: Personal{Phone: n.Phone, Code: offer.Code}})
	if looked {
		d.move(StepDrop, NoticeNone, door)
		return
	}
	notice := NoticeNone
	if plan, _ := d.s.planned(door); n.Low && !plan.Low {
		notice = NoticeNotLow
	}
	d.opening(door, notice)
}

// opening opens the door of the drop-off, or lets the courier try again.
func (d *decision) opening(door int, notice Notice) {
	n := d.s.Session
	if why := d.unlock(door, UnlockRequested{Why: WhyDrop, Session: n.ID, Parcel: n.Parcel}); why != NoticeNone {
		d.move(StepDropPress, why, door)
		return
	}
	d.move(StepDrop, notice, door)
}

// codeFor is the code of the courier's parcel: that of another one of the same recipient, with that parcel's id, or one that
// nobody has.
func (s *State) codeFor(offers []Offer) (code Offer, with string, ok bool) {
	if p := s.sharing(); p != nil {
		return Offer{Hash: p.Code, Code: p.Shared}, p.ID, true
	}
	code, ok = s.unused(offers)
	return code, "", ok
}

// unused picks a code that differs from every live or recently spent one.
func (s *State) unused(offers []Offer) (Offer, bool) {
	for _, o := range offers {
		live := s.sendingBy(o.Hash) != nil || slices.ContainsFunc(s.Parcels, func(p *Parcel) bool { return p.opensBy(o.Hash) })
		if o.Hash.IsZero() || s.isSpent(o.Hash) || live {
			continue
		}
		return o, true
	}
	return Offer{}, false
}

// elsewhere gives the courier's parcel another door, since this one is set aside, or says that there is none.
func (d *decision) elsewhere(ok suits, notice Notice) {
	n := d.s.Session
	p := d.s.parcel(n.Parcel)
	switch {
	case p != nil && p.Sender && p.Opened: // it may be in there: that door is no longer theirs to leave
		d.sent(*p, true)
		return
	case p.untouched(), p != nil && p.Again && !p.between() && d.s.door(n.Door).Blocked == BlockJammed:
		d.stays(*p, NoticeNotOpened)
		return
	}
	from, _ := d.s.planned(n.Door)
	to := d.s.pick(from.Size, ok)
	if to == 0 {
		to = d.s.pick(from.Size, fits)
	}
	if to == 0 {
		d.notStored(n.Parcel, n.Door)
		d.doubtEmpty(n.Door, DoubtSetAside)
		if p != nil && p.Again { // it is scanned anew, with phone and conditions
			d.move(StepScan, NoticeAside, 0)
			return
		}
		d.move(StepNoDoor, notice, 0)
		return
	}
	d.emit(DropMoved{Parcel: n.Parcel, From: n.Door, To: to, Jammed: d.s.door(n.Door).Blocked == BlockJammed})
	d.opening(to, notice)
}

// another gives the courier's parcel a door of another size. If the present door was pulsed the parcel may be inside: then
// the courier first takes it out and looks.
func (d *decision) another(aim Aim) {
	n := d.s.Session
	from, _ := d.s.planned(n.Door)
	to := d.s.pick(from.Size, aims[aim])
	if to == 0 || d.takeOut(aim) {
		return
	}
	if p := d.s.parcel(n.Parcel); p.untouched() {
		d.stays(*p, NoticeNotOpened)
		return
	}
	d.emit(DropMoved{Parcel: n.Parcel, From: n.Door, To: to})
	d.opening(to, NoticeNone)
}

// besides gives the courier's parcel another door since something else is in this one. What they have put in already, and had opened once
// more, they take out first.
func (d *decision) besides() {
	n := d.s.Session
	if p := d.s.parcel(n.Parcel); p != nil && p.Again && !p.Moved && d.takeOut(AimSame) {
		return
	}
	d.emit(DoorBlocked{Door: n.Door, Why: BlockOccupied, By: "courier:" + n.Courier})
	d.elsewhere(sameSize, NoticeSetAside)
	d.doubtEmpty(n.Door, DoubtSetAside) // whatever was proven of it before
}

// takeOut has the courier take the parcel out again if it may be in the door, which must be seen to open and then to close.
// It returns false if the door was never seen open.
func (d *decision) takeOut(aim Aim) bool {
	n := d.s.Session
	p, door := d.s.parcel(n.Parcel), d.s.door(n.Door)
	switch {
	case door.State == Open:
		d.aim(StepTakeOut, aim, n.Door)
	case p.Opened && !d.s.usable(n.Door):
		d.aimNotice(StepTakeOut, aim, d.s.outOf(n.Door), n.Door)
	case p.Opened:
		why := d.unlock(n.Door, UnlockRequested{Why: WhyCancel, Session: n.ID, Parcel: p.ID})
		d.aimNotice(StepTakeOut, aim, why, n.Door)
	default:
		return false
	}
	return true
}

// cancel ends the drop-off and returns the parcel to the courier.
func (d *decision) cancel() {
	if d.takeOut(AimCancel) {
		return
	}
	n := d.s.Session
	if p := d.s.parcel(n.Parcel); p.untouched() {
		d.stays(*p, NoticeNotOpened)
		return
	}
	d.notStored(n.Parcel, n.Door)
	d.move(StepScan, NoticeCancelled, 0)
}

// store declares the parcel stored in its door: from now on it is its recipient's.
func (d *decision) store(p Parcel) {
	if p.Again {
		d.storedAgain(p, false)
		return
	}
	plan, _ := d.s.planned(p.Door)
	d.emit(ParcelStored{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Size: plan.Size, Courier: p.Courier,
		Company: p.Company, Mask: p.Mask, Order: p.Order, Personal: p.Personal})
	if p.Order != "" {
		d.emit(AnnouncementDropped{Order: p.Order, Why: "stored"})
	}
}

// TrackingTyped is a parcel's number from the screen's keyboard: no scanner works.
type TrackingTyped struct {
	Revision uint64
	Tracking string
	Offers   []Offer // as in Scanned
}

func (TrackingTyped) input() {}

// PhoneTyped is a recipient's phone number from the keypad.
type PhoneTyped struct {
	Revision uint64
	Mask     string // what may be shown of it: "•••••67"
	Phone    Box
	Person   Hash // the keyed hash of all its digits
	Offers   []Offer
}

func (PhoneTyped) input() {}

// settle decides the result of a drop-off after the courier has left: stored if the door was seen to open and to close (only
// "cancel" asks), nothing if it never had a chance to open, and otherwise unknown.
func (d *decision) settle(p Parcel, n Session) {
	door := d.s.door(p.Door)
	switch {
	case p.Sender:
		d.settleSent(p, n)
	case p.Again:
		d.settleAgain(p, n)
	case door == nil:
		d.emit(DropAbandoned{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door})
	case p.Shut && n.Aim == "" && !n.Denied && door.State != Open && !d.s.unopened(&p):
		// Otherwise they wanted it back, or have said that the door did not open.
		d.store(p)
	case d.s.neverPulsed(&p):
		d.emit(DropCancelled{Parcel: p.ID, Door: p.Door})
	default:
		d.emit(DropAbandoned{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door})
	}
}

// neverPulsed says that the door of a drop-off had no chance to open: it is as it was.
func (s *State) neverPulsed(p *Parcel) bool {
	door := s.door(p.Door)
	return door != nil && !p.Opened && door.Unlock.ID == "" && door.Last.Outcome == NotSent && door.Last.Parcel == p.ID &&
		door.State == Closed
}

// unopened says that the door of a drop-off was pulsed since it was last seen to open. The courier has said that it did not
// open, whatever its contact reports, and so may still hold the parcel.
func (s *State) unopened(p *Parcel) bool {
	d := s.door(p.Door)
	return d != nil && (d.Unlock.Parcel == p.ID || d.Last.Parcel == p.ID)
}
