package locker

import (
	"cmp"
	"slices"
	"time"
)

// sensed believes a contact. The consequences depend on whether an unlock explains the change.
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
	if n := d.s.Session; n.Door == door.Number && d.idle() > leftAlone {
		d.late() // they had left it open, and whoever shuts it now may be anybody
	}
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
		if door.LeftOpen && d.now.Up-n.Moved > 2*stoodFor { // it had stood open, and whoever shuts it now may be anybody
			d.stoodOpen(door)
		}
		d.onward(door) // with a token for the door: whatever is in it
	case n.Step == StepPutBack:
		d.putBack(door)
	case (n.Step == StepPickup || n.Step == StepWrong) && d.s.visits(door.Number):
		d.shutByRenter(door)
	case n.Step == StepRecallDoor && door.Holds.Kind == Collected && (door.State == Open || door.Before == Open): // not that its board was silent
		d.aim(StepLook, AimRecall, door.Number)
	case n.Step == StepTakeOut && door.State == Open:
		d.aim(StepLook, n.Aim, door.Number)
	}
}

// shutAlone handles a door that closes while nobody stands at it, as far as the kiosk can tell.
func (d *decision) shutAlone(door Door) {
	if p := d.s.parcel(door.Holds.Parcel); p != nil && p.State == ParcelReturned {
		d.doubt(door.Number, DoubtLeft) // the courier had gone: nobody says that it was taken out
	}
}

// stoodOpen is shutAlone for a door whose last known state was open. A person who declared it empty has not seen what was
// put in since; the recipient of its pickup has left if it was reported as left open, or if nobody saw it fall shut.
func (d *decision) stoodOpen(door Door) {
	unseen := door.State == Unknown && door.Before == Open
	switch {
	case door.State != Open && !unseen:
	case door.Holds.Kind == Empty, door.Holds.Kind == Collected && (unseen || door.LeftOpen):
		d.doubt(door.Number, DoubtAlone)
	}
}

// setAside takes a door out of service. If the reason is that something is inside, the proof of emptiness goes, too.
func (d *decision) setAside(door int, why BlockReason, by string) {
	d.emit(DoorBlocked{Door: door, Why: why, By: by})
	if why == BlockOccupied {
		d.doubt(door, DoubtSetAside)
	}
}

// doubt removes a proof of emptiness. A door with a parcel stays as it is: the parcel is its recipient's. Of a fetched parcel
// the doubt is said once, and takes effect when the reopening time is over; a parcel taken back has none.
func (d *decision) doubt(number int, why Doubt) {
	switch h := d.s.door(number).Holds; h.Kind {
	case Empty, Collected:
		if p := d.s.parcel(h.Parcel); h.Why == "" || p != nil && p.State == ParcelReturned {
			d.emit(DoorDoubted{Door: number, Why: cmp.Or(h.Why, why)}) // what was seen first stays the reason
		}
	case Doubtful, Occupied, Reserved:
	}
}

// unseen handles a door that was pulsed and whose contact did not move: it may have opened all the same.
func (d *decision) unseen(door int) {
	h := d.s.door(door).Holds
	if p := d.s.parcel(h.Parcel); h.Kind == Empty || h.Kind == Collected && p != nil && p.State == ParcelTaken {
		d.doubt(door, DoubtUnseen)
	}
}

// doubtEmpty is doubt for a door that was held to be empty.
func (d *decision) doubtEmpty(number int, why Doubt) {
	if d.s.door(number).Holds.Kind == Empty {
		d.doubt(number, why)
	}
}

// inspected accepts a technician's look as proof. A parcel that its recipient may still collect is never declared gone;
// another parcel is, if its door is named.
func (d *decision) inspected(in Inspected) {
	doors, named := slices.Compact(slices.Sorted(slices.Values(in.Doors))), len(in.Doors) > 0
	if !named {
		for _, p := range d.s.plan.Doors {
			doors = append(doors, p.Number)
		}
	}
	for _, number := range doors {
		if why := d.s.refusalToLook(number, named); why != "" {
			d.emit(LookRefused{Door: number, By: in.By, Why: why, Code: CodeOf(why)})
			continue
		}
		if d.s.door(number).Blocked != "" {
			d.emit(DoorUnblocked{Door: number, By: "technician:" + in.By})
		}
		d.emit(DoorEmptied{Door: number, Proof: ProofTechnician, By: in.By})
	}
}

// LockSensed is a debounced state of a lock's contact that differs from the previous one (or is the first).
type LockSensed struct {
	Lock     Lock
	State    DoorState // Unknown where the board itself says that it does not know; its silence is told as BoardLost
	Evidence Evidence
	// Ago is how long ago the contact first reported it. The evidence's times come from a clock that may jump.
	Ago time.Duration
	// Contact is the electrical state: ContactShorted or ContactOpen. If it is missing, the contact is assumed to be wired
	// as its door's plan says, or, for a lock without a door, to be shorted while closed.
	Contact string
}

func (LockSensed) input() {}

// Inspected says that somebody with the right to do so has looked into doors and found them empty.
type Inspected struct {
	Doors []int // empty: every door
	By    string
}

func (Inspected) input() {}
