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
	name := contactOf(door.Number)
	if d.s.muted(name) {
		return
	}
	unasked := in.State == Unknown || in.State == Open && (d.bounced(*door) || d.explanation(*door).ID == "")
	if unasked && !d.hears(name) {
		d.restless(door.Number, true)
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

func (d *decision) closed(door Door, ev Evidence) {
	d.emit(DoorClosed{Door: door.Number, Evidence: ev})
	n := d.s.Session
	if n.ID == "" || n.Door != door.Number {
		d.shutAlone(door)
		d.stoodOpen(door)
		return
	}
	switch {
	case n.Step == StepTest && door.State == Open:
		d.tested(TestOK, TestOK) // that it is empty is for the technician to say, once for all
	case (n.Step == StepPickup || n.Step == StepWrong && n.Courier == "") && (n.Token.ID != "" && n.Parcel == "" || door.Holds.Kind == Collected):
		d.move(StepThanks, NoticeNone, door.Number) // with a token for the door: whatever is in it
	case n.Step == StepRecallDoor && door.Holds.Kind == Collected:
		d.aim(StepLook, AimRecall, door.Number)
	case n.Step == StepTakeOut && door.State == Open:
		d.aim(StepLook, n.Aim, door.Number)
	}
}

// shutAlone is a door that closes while nobody stands at it, as far as the kiosk can tell.
func (d *decision) shutAlone(door Door) {
	if p := d.s.parcel(door.Holds.Parcel); p != nil && p.State == ParcelReturned {
		d.doubt(door.Number, DoubtLeft) // the courier had gone: nobody says that it was taken out
	}
}

// stoodOpen is the same of a door that stood open as it was known last. Whoever has said that it is empty has not seen what
// was put in since; whose pickup it was has gone if it was reported as left open, or if nobody saw it fall shut.
func (d *decision) stoodOpen(door Door) {
	unseen := door.State == Unknown && door.Before == Open
	switch {
	case door.State != Open && !unseen:
	case door.Holds.Kind == Empty, door.Holds.Kind == Collected && (unseen || door.LeftOpen):
		d.doubt(door.Number, DoubtAlone)
	}
}

// setAside takes a door out of service. Who says that something is in it takes the proof away, too.
func (d *decision) setAside(door int, why BlockReason, by string) {
	d.emit(DoorBlocked{Door: door, Why: why, By: by})
	if why == BlockOccupied {
		d.doubt(door, DoubtSetAside)
	}
}

// doubt takes a proof of emptiness away. Where a parcel lies it changes nothing: the parcel is its recipient's.
func (d *decision) doubt(number int, why Doubt) {
	switch h := d.s.door(number).Holds; h.Kind {
	case Empty, Collected:
		if h.Why == "" { // said already
			d.emit(DoorDoubted{Door: number, Why: why})
		}
	case Doubtful, Occupied, Reserved:
	}
}

// unseen is a door that was pulsed, and whose contact did not move: it may have opened all the same.
func (d *decision) unseen(door int) {
	h := d.s.door(door).Holds
	if p := d.s.parcel(h.Parcel); h.Kind == Empty || h.Kind == Collected && p != nil && p.State == ParcelTaken {
		d.doubt(door, DoubtUnseen)
	}
}

// doubtEmpty is the same of a door that was held to be empty.
func (d *decision) doubtEmpty(number int, why Doubt) {
	if d.s.door(number).Holds.Kind == Empty {
		d.doubt(number, why)
	}
}

func (d *decision) boardLost(in BoardLost) {
	if why, silent := d.s.silence(Board{Bus: in.Bus, Board: in.Board}); silent && (why == in.Why || in.Why == "") {
		return
	}
	d.emit(BoardSilent(in))
}

// usable says that a door can be asked to open now.
func (s *State) usable(number int) bool {
	d, p := s.door(number), s.built(number)
	return p != nil && d != nil && s.opens(p, d)
}

// opens is the same of a door of the plan: whoever walks all of them has both at hand.
func (s *State) opens(p *DoorPlan, d *Door) bool {
	return d.Blocked == "" && d.Unlock.ID == "" && !s.mute(p) && !s.anew(p.Number)
}

// free says that a door can be given to someone new: in order, known to be closed, proven empty, and no sensor says
// otherwise. Of a lock without a contact nothing is ever known.
func (s *State) free(number int) bool {
	d, p := s.door(number), s.built(number)
	return p != nil && d != nil && s.gives(p, d)
}

// gives is the same of a door of the plan.
func (s *State) gives(p *DoorPlan, d *Door) bool {
	return d.State == Closed && d.Holds.Kind == Empty && d.Presence != PresencePresent && !p.Blind && s.opens(p, d)
}

// outOf says of a door that cannot be asked to open now why that is.
func (s *State) outOf(number int) Notice {
	if s.silent(number) {
		return NoticeDoorSilent
	}
	return NoticeDoorOut
}

// trouble is what is known of the door at hand that did not open, or cannot be used now.
func (s *State) trouble(d *Door) Trouble {
	p := s.parcel(d.Holds.Parcel)
	switch {
	case p != nil && p.State == ParcelHeld:
		return TroubleHeld
	case d.Last.Outcome == OutcomeUnknown && d.Last.Session == s.Session.ID:
		return TroubleUnknown
	case s.silent(d.Number):
		return TroubleSilent
	case d.Blocked != "" && d.Blocked != BlockJammed || s.anew(d.Number):
		return TroubleAside
	case d.Blocked == BlockJammed:
		return TroubleStuck
	case d.Last.Outcome == NotSent:
		return TroubleUnsent
	}
	return TroubleStuck
}

// blind says that a door's lock has no contact.
func (s *State) blind(number int) bool {
	p := s.built(number)
	return p != nil && p.Blind
}

// inspected takes a technician's look as proof. A parcel that still is its recipient's is never looked away; one that
// nobody may fetch any more is, when its door is named.
func (d *decision) inspected(in Inspected) {
	doors, named := slices.Compact(slices.Sorted(slices.Values(in.Doors))), len(in.Doors) > 0
	if !named {
		for _, p := range d.s.plan.Doors {
			doors = append(doors, p.Number)
		}
	}
	for _, number := range doors {
		if why := d.s.refusalToLook(number, named); why != "" {
			d.emit(LookRefused{Door: number, By: in.By, Why: why})
			continue
		}
		if d.s.door(number).Blocked != "" {
			d.emit(DoorUnblocked{Door: number, By: "technician:" + in.By})
		}
		d.emit(DoorEmptied{Door: number, Proof: ProofTechnician, By: in.By})
	}
}

// urges says that a door is to be pushed shut: it has stood open for long, or has sprung open behind whoever pushed it shut,
// who is told at once, before they have gone.
func (d *Door) urges(now Now, after time.Duration) bool {
	return d.State == Open && (d.Sprang || now.Up-d.Since >= after)
}

// tellable says that anybody's word can count of what is behind a door.
func (d *Door) tellable() bool { return d.State != Open && d.Presence != PresencePresent }

// refusalToLook is why somebody's word that a door is empty is not taken. A parcel that still is its recipient's is never
// looked away; one that nobody may fetch any more is, when its door is named. Of a door that stands open nobody can say what
// it will be shut with, and a sensor has the word where it looks in.
func (s *State) refusalToLook(number int, named bool) string {
	door, built := s.door(number), s.built(number) != nil
	if door == nil || !built {
		return "no such door"
	}
	p := s.parcel(door.Holds.Parcel)
	switch {
	case door.State == Open:
		return "the door stands open"
	case door.Presence == PresencePresent:
		return "its sensor says that something is in it"
	case p == nil, p.State == ParcelTaken:
		return ""
	case p.State == ParcelDropping:
		return "a parcel is just being put in"
	case p.State == ParcelStoredAt:
		return "a parcel waits there for its recipient: say that it was handed over, or cancel it, first"
	case !named:
		return "a parcel may lie there that nobody may fetch any more: name the door"
	}
	return ""
}
