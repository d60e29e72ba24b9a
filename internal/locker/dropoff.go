package locker

import (
	"slices"
	"unicode"
)

// maxTracking is the longest text taken for a parcel's number, in bytes. Carriers' numbers have up to 34 characters;
// GS1 element strings up to some 90.
const maxTracking = 128

// parcelScanned is a parcel in the courier's hand. Scanning on confirms the parcel before.
func (d *decision) parcelScanned(in Scanned) {
	n := d.s.Session
	if !d.s.may(RightDrop) {
		d.move(n.Step, NoticeNoRight, n.Door)
		return
	}
	if in.Tracking != "" && in.Tracking == n.Tracking && n.Step != StepScan {
		return // the same parcel, read again
	}
	switch n.Step {
	case StepScan, StepTracking, StepPhone, StepSize, StepNoDoor, StepHere, StepThanks:
	case StepDrop:
		p := d.s.parcel(n.Parcel)
		if p == nil || !p.Shut || d.s.door(n.Door).State == Open {
			d.move(StepDrop, NoticeCloseFirst, n.Door)
			return
		}
		if trackable(in.Tracking) {
			d.store(*p)
		}
	default:
		return
	}
	if !trackable(in.Tracking) {
		d.move(n.Step, NoticeUnreadable, n.Door)
		return
	}
	d.parcelInHand(in)
}

// trackingTyped is a parcel's number typed because no scanner works: the same as a scan.
func (d *decision) trackingTyped(in TrackingTyped) {
	if n := d.s.Session; in.Revision == d.s.Revision && n.Step == StepTracking {
		d.parcelScanned(Scanned{Tracking: in.Tracking, Offers: in.Offers})
	}
}

// trackable says that a text can be a parcel's number. Which carrier's it is, if any, is never a gate.
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
		d.emit(ParcelScanned{Session: id, Tracking: in.Tracking})
		d.move(StepHere, NoticeNone, p.Door)
		return
	}
	scanned := ParcelScanned{Session: id, Tracking: in.Tracking}
	if a := d.s.announced(in.Tracking); a != nil {
		if a.Company != "" && a.Company != d.s.Session.Company {
			d.move(StepScan, NoticeOtherCompany, 0)
			return
		}
		scanned.Announced, scanned.Size = a.Order, a.Size
	}
	d.emit(scanned)
	n := d.s.Session
	switch {
	case n.Mask == "":
		d.move(StepPhone, NoticeNone, 0)
	case n.Size == "":
		d.move(StepSize, NoticeNone, 0)
	default:
		d.give(d.s.pick(n.Size, fits), in.Offers)
	}
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
	d.emit(RecipientGiven{Session: n.ID, Mask: in.Mask, Personal: Personal{Phone: in.Phone}})
	if n.Size == "" {
		d.move(StepSize, NoticeNone, 0)
		return
	}
	d.give(d.s.pick(n.Size, fits), in.Offers)
}

func (d *decision) sizeChosen(in Tapped) {
	if d.s.rank(in.Size) < 0 {
		return
	}
	d.give(d.s.pick(in.Size, sameSize), in.Offers)
}

// give reserves a door for the parcel in hand and opens it.
func (d *decision) give(door int, offers []Offer) {
	n := d.s.Session
	offer, ok := d.s.unused(offers)
	switch {
	case door == 0:
		d.move(StepNoDoor, NoticeNone, 0)
	case !ok:
		d.move(StepScan, NoticeTryAgain, 0) // every code that was made is in use: next to impossible
	default:
		parcel := d.id("p")
		d.emit(DropStarted{Session: n.ID, Parcel: parcel, Tracking: n.Tracking, Door: door, CodeHash: offer.Hash,
			Personal: Personal{Phone: n.Phone, Code: offer.Code}})
		d.unlock(door, UnlockRequested{Why: WhyDrop, Session: n.ID, Parcel: parcel})
		d.move(StepDrop, NoticeNone, door)
	}
}

// unused picks a code that no live or lately spent one equals.
func (s *State) unused(offers []Offer) (Offer, bool) {
	for _, o := range offers {
		live := slices.ContainsFunc(s.Parcels, func(p *Parcel) bool { return p.Code.Equal(o.Hash) })
		if o.Hash.IsZero() || s.isSpent(o.Hash) || live {
			continue
		}
		return o, true
	}
	return Offer{}, false
}

// suits says whether a door of one rank of size serves a parcel of another.
type suits func(door, parcel int) bool

func fits(door, parcel int) bool     { return door >= parcel }
func sameSize(door, parcel int) bool { return door == parcel }
func larger(door, parcel int) bool   { return door > parcel }
func smaller(door, parcel int) bool  { return door < parcel }

// pick finds the best free door: the nearest size that suits, doors that have not failed before those that have, and
// low doors last, unless the parcel's recipient needs one: they are kept for those who do. 0 is none.
func (s *State) pick(size string, ok suits) int {
	best, bestRank := 0, [3]int{}
	want := s.rank(size)
	for _, p := range s.plan.Doors {
		has := s.rank(p.Size)
		if !ok(has, want) || !s.free(p.Number) {
			continue
		}
		rank := [3]int{max(has-want, want-has), s.door(p.Number).Failed, 0}
		if p.Low != s.Session.Low {
			rank[2] = 1
		}
		if s.Session.Low { // to be reached comes before fitting closely
			rank[0], rank[2] = rank[2], rank[0]
		}
		if best == 0 || slices.Compare(rank[:], bestRank[:]) < 0 {
			best, bestRank = p.Number, rank
		}
	}
	return best
}

// elsewhere gives the parcel in hand another door, or says that there is none.
func (d *decision) elsewhere(ok suits, notice Notice) {
	n := d.s.Session
	from, _ := d.s.planned(n.Door)
	to := d.s.pick(from.Size, ok)
	if to == 0 && notice == NoticeSetAside {
		to = d.s.pick(from.Size, fits)
	}
	if to == 0 {
		if notice == NoticeSetAside {
			d.emit(DropCancelled{Parcel: n.Parcel, Door: n.Door})
			d.doubt(n.Door, DoubtSetAside)
			d.move(StepNoDoor, notice, 0)
		}
		return
	}
	shut := d.s.door(n.Door).State == Closed
	d.emit(DropMoved{Parcel: n.Parcel, From: n.Door, To: to})
	if shut && d.s.door(n.Door).Blocked == "" {
		d.emit(DoorEmptied{Door: n.Door, Proof: ProofCourier, By: n.Courier})
	}
	d.unlock(to, UnlockRequested{Why: WhyDrop, Session: n.ID, Parcel: n.Parcel})
	d.move(StepDrop, notice, to)
}

// cancel gives the parcel back: the door opens again, unless it stands open or never opened.
func (d *decision) cancel() {
	n := d.s.Session
	p, door := d.s.parcel(n.Parcel), d.s.door(n.Door)
	if !p.Opened && door.State == Closed {
		d.emit(DropCancelled{Parcel: p.ID, Door: n.Door})
		d.move(StepScan, NoticeCancelled, 0)
		return
	}
	if door.State != Open {
		d.unlock(n.Door, UnlockRequested{Why: WhyCancel, Session: n.ID, Parcel: p.ID})
	}
	d.move(StepTakeOut, NoticeNone, n.Door)
}

// takenOut: the door of a cancelled drop-off was opened for the courier and is closed again.
func (d *decision) takenOut(door Door) {
	n := d.s.Session
	d.emit(DropCancelled{Parcel: door.Holds.Parcel, Door: door.Number})
	d.emit(DoorEmptied{Door: door.Number, Proof: ProofCourier, By: n.Courier})
	d.move(StepScan, NoticeCancelled, 0)
}

// store says that the parcel lies behind its door. From here on it is its recipient's.
func (d *decision) store(p Parcel) {
	plan, _ := d.s.planned(p.Door)
	d.emit(ParcelStored{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Size: plan.Size, Courier: p.Courier,
		Company: p.Company, Mask: p.Mask, Order: p.Order, Personal: p.Personal})
	if p.Order != "" {
		d.emit(AnnouncementDropped{Order: p.Order, Why: "stored"})
	}
}
