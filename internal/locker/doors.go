package locker

import (
	"slices"
	"time"
)

// sensed believes a contact. What it means depends on whether an unlock explains it.
func (d *decision) sensed(in LockSensed) {
	if contact, setup := d.s.setupContact(in); setup {
		d.contactSeen(in.Lock, contact)
		return
	}
	door := d.s.on(in.Lock)
	if door == nil || door.State == in.State || d.s.blind(door.Number) {
		return
	}
	switch in.State {
	case Open:
		d.opened(*door, in.Evidence)
	case Closed:
		d.closed(*door, in.Evidence)
	case Unknown:
		d.emit(DoorUnknown{Door: door.Number, Evidence: in.Evidence})
	}
}

// explanation is the unlock that explains an opening now: one under way, or one that seemed to fail a short while ago
// (a loaded or frozen door springs late), or one whose end a restart or a silent board hid.
func (d *Door) explanation(up, late time.Duration) Unlock {
	switch {
	case d.Unlock.ID != "":
		return d.Unlock
	case d.Last.Outcome == NotSent:
		return Unlock{}
	case d.Last.ID != "" && (up-d.Last.At <= late || d.Last.Outcome == OutcomeUnknown && d.State == Unknown):
		return d.Last
	}
	return Unlock{}
}

func (d *decision) opened(door Door, ev Evidence) {
	u := door.explanation(d.now.Up, d.s.plan.Times.Late)
	d.emit(DoorOpened{Door: door.Number, Unlock: u.ID, Evidence: ev})
	if u.ID == "" {
		if door.SeenClosed {
			d.emit(DoorForced{Door: door.Number})
		}
		d.doubt(door.Number, DoubtUnasked)
		return
	}
	if door.Unlock.ID == u.ID {
		d.emit(UnlockEnded{Unlock: u.ID, Door: door.Number, Outcome: Opened})
	}
	d.spend(u)
	switch u.Why {
	case WhyPickup:
		d.collected(u, door.Number)
	case WhyRecall:
		d.recalled(u, door.Number)
		d.back(u, door.Number)
	case WhyToken:
		d.doubt(door.Number, DoubtToken)
		d.back(u, door.Number)
	case WhyDrop, WhyCancel, WhyReopen:
		d.back(u, door.Number)
	case WhyOrder, WhyTech:
		d.doubt(door.Number, Doubt("opened by "+string(u.Why)))
	}
	if d.s.door(door.Number).Holds.Kind == Empty {
		d.doubt(door.Number, DoubtLate) // whoever it was released for has gone elsewhere
	}
}

// collected: the entitled person's door was seen to open.
func (d *decision) collected(u Unlock, door int) {
	if p := d.s.parcel(u.Parcel); p != nil && (p.State == ParcelStoredAt || p.State == ParcelOverstays) {
		d.emit(ParcelCollected{Parcel: p.ID, Door: door, Unlock: u.ID})
	}
	d.back(u, door)
}

// back brings the screen back from "it did not open" when the door opened after all.
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
	}
}

func (d *decision) closed(door Door, ev Evidence) {
	d.emit(DoorClosed{Door: door.Number, Evidence: ev})
	n := d.s.Session
	using := n.ID != "" && n.Door == door.Number
	if using && n.Step == StepTest && door.State == Open {
		d.testShut(door.Number)
		return
	}
	if using && n.Step == StepPickup && n.Token.ID != "" && n.Parcel == "" {
		d.move(StepThanks, NoticeNone, door.Number) // opened by a token for the door, whatever is in it
		return
	}
	switch door.Holds.Kind {
	case Collected:
		if using && n.Step == StepRecallDoor {
			d.recallShut(door.Number)
		} else if using && n.Step == StepPickup {
			d.move(StepThanks, NoticeNone, door.Number)
		} else if p := d.s.parcel(door.Holds.Parcel); !using && p != nil && p.State == ParcelReturned {
			d.doubt(door.Number, DoubtLeft) // the courier had gone: nobody says that it was taken out
		} else if !using && door.Presence == "" { // a sensor would say it better, in a moment
			d.emit(DoorEmptied{Door: door.Number, Proof: ProofPickup})
		}
	case Reserved:
		if using && n.Step == StepTakeOut && d.s.parcel(door.Holds.Parcel).Opened {
			d.takenOut(door)
		}
	case Doubtful:
		if door.Holds.Session != "" && door.Holds.Session == n.ID {
			d.emit(DoorEmptied{Door: door.Number, Proof: ProofCourier, By: n.Courier})
		}
	case Empty, Occupied:
	}
}

// doubt takes a proof of emptiness away. Where a parcel lies it changes nothing: the parcel is its recipient's.
func (d *decision) doubt(number int, why Doubt) {
	switch d.s.door(number).Holds.Kind {
	case Empty, Collected:
		d.emit(DoorDoubted{Door: number, Why: why})
	case Doubtful, Occupied, Reserved:
	}
}

// judge ends an unlock whose door had time enough.
func (d *decision) judge(door Door) {
	outcome := OutcomeUnknown // silent, or its contact said "open" all along
	if door.State == Closed {
		outcome = StillClosed
	}
	d.failed(door, outcome, "")
}

// released hears what became of a release. Only one that was never sent is known to have failed; all else is for the
// contact.
func (d *decision) released(in ReleaseEnded) {
	if in.Unlock != "" && in.Unlock == d.s.Setup.Hand.Unlock && !in.Sent {
		d.tryEnded(NotSent, in.Why)
		return
	}
	i := slices.IndexFunc(d.s.Doors, func(x *Door) bool { return x.Unlock.ID == in.Unlock })
	if in.Unlock == "" || i < 0 || in.Sent {
		return
	}
	d.failed(*d.s.Doors[i], NotSent, in.Why)
}

// failed ends an unlock that did not open its door as far as anybody can tell, and lets the screen ask the person.
func (d *decision) failed(door Door, outcome Outcome, detail string) {
	u := door.Unlock
	d.emit(UnlockEnded{Unlock: u.ID, Door: door.Number, Outcome: outcome, Detail: detail})
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
	notice := NoticeNone
	if outcome == NotSent {
		notice = NoticeTryAgain
	}
	switch n.Step {
	case StepPickup:
		if over {
			d.move(StepTrouble, NoticeNone, door.Number)
		} else {
			d.move(StepPress, notice, door.Number)
		}
	case StepDrop:
		if over {
			d.elsewhere(sameSize, NoticeSetAside)
		} else {
			d.move(StepDropPress, notice, door.Number)
		}
	case StepTakeOut:
		d.move(StepTakeOut, NoticeTryAgain, door.Number)
	case StepRecallDoor:
		d.move(StepRecallDoor, NoticeNotOpened, door.Number)
	case StepDoor:
		d.move(StepDoor, NoticeNotOpened, door.Number)
	case StepTest:
		if outcome == NotSent {
			d.tested(TestUnreachable, TestUnreachable)
		} else {
			d.tested(TestNotOpened, TestNotOpened)
		}
	}
}

func (d *decision) boardLost(in BoardLost) {
	if why, silent := d.s.silence(Board{Bus: in.Bus, Board: in.Board}); silent && (why == in.Why || in.Why == "") {
		return
	}
	d.emit(BoardSilent(in))
}

// unlock writes the intent down. Nothing is released before it is on disk. That no second one is under way is for every
// caller to know; this is the last guard. False: the breaker lets no door open, and nothing was asked.
func (d *decision) unlock(number int, u UnlockRequested) bool {
	plan, ok := d.s.planned(number)
	if !ok || d.s.door(number).Unlock.ID != "" || d.s.anew(number) {
		return true
	}
	if d.tripped(number, u) {
		return false
	}
	u.Unlock, u.Door, u.Lock = d.id("u"), number, plan.Lock
	u.Within = d.s.plan.Times.Within.Milliseconds()
	d.emit(u)
	return true
}

// usable says that a door can be asked to open now.
func (s *State) usable(number int) bool {
	d := s.door(number)
	_, built := s.planned(number)
	return built && d != nil && d.Blocked == "" && d.Unlock.ID == "" && !s.silent(number) && !s.anew(number)
}

// free says that a door can be given to someone new: in order, known to be closed, proven empty, and no sensor says
// otherwise. Of a lock without a contact nothing is ever known.
func (s *State) free(number int) bool {
	d := s.door(number)
	return s.usable(number) && d.State == Closed && d.Holds.Kind == Empty && d.Presence != PresencePresent &&
		!s.blind(number)
}

// blind says that a door's lock has no contact.
func (s *State) blind(number int) bool {
	p, _ := s.planned(number)
	return p.Blind
}

// inspected takes a technician's look as proof. A parcel that still is its recipient's is never looked away; one that
// nobody may fetch any more is, when its door is named.
func (d *decision) inspected(in Inspected) {
	for _, door := range slices.Clone(d.s.Doors) {
		if len(in.Doors) > 0 && !slices.Contains(in.Doors, door.Number) {
			continue
		}
		p := d.s.parcel(door.Holds.Parcel)
		if p != nil && p.State != ParcelTaken &&
			(p.State == ParcelStoredAt || p.State == ParcelDropping || len(in.Doors) == 0) {
			continue
		}
		if door.Blocked != "" {
			d.emit(DoorUnblocked{Door: door.Number, By: "technician:" + in.By})
		}
		d.emit(DoorEmptied{Door: door.Number, Proof: ProofTechnician, By: in.By})
	}
}
