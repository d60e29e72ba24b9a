package locker

import "time"

// PresenceSensed is a debounced report of a presence sensor that differs from the previous one (or is the first).
type PresenceSensed struct {
	Lock     Lock
	Present  bool
	Evidence Evidence
}

func (PresenceSensed) input() {}

// sensorSettles is how long a door must have been closed before its presence sensor proves anything: contact and sensor are
// debounced separately, and parcels slide.
const sensorSettles = 2 * time.Second

// presenceSensed believes a presence sensor. The method sensors decides what follows.
func (d *decision) presenceSensed(in PresenceSensed) {
	door := d.s.on(in.Lock)
	is := PresenceEmpty
	if in.Present {
		is = PresencePresent
	}
	if door == nil || door.Presence == is || d.s.anew(door.Number) {
		return
	}
	if name := presenceOf(door.Number); d.s.muted(name) {
		return
	} else if !d.hears(name) {
		is = "" // nothing can be known of it
	}
	d.emit(DoorPresence{Door: door.Number, Presence: is, Evidence: in.Evidence})
}

// sensors decides what follows from the presence sensors. They prove that a door is empty only if it is closed, at rest and
// nobody's; that it is not empty, at any time.
func (d *decision) sensors() {
	for turn := d.s.nextAwake(0); turn >= 0 && d.s.isPlanned(turn); turn = d.s.nextAwake(turn + 1) {
		door := d.s.at(turn)
		number := door.Number
		kind := door.Holds.Kind
		switch {
		case door.Presence == PresencePresent && kind == Collected && d.atRest(door):
			d.stillThere(door)
		case door.Presence == PresencePresent && kind == Empty:
			d.emit(DoorDoubted{Door: number, Why: DoubtSensed})
		case door.Presence == PresenceEmpty && door.Blocked == "" && (kind == Doubtful || d.s.over(door, d.now.Up)) && d.atRest(door):
			d.emit(DoorEmptied{Door: number, Proof: ProofSensor})
		}
	}
}

// bySensor is who says so.
const bySensor = "sensor"

// stillThere handles a sensor that sees something in a door whose parcel seemed to have been taken out. The strongest proof
// counts, in favour of the recipient: the parcel is there, and its code valid.
func (d *decision) stillThere(door *Door) {
	if d.s.parcel(door.Holds.Parcel) == nil {
		d.emit(DoorDoubted{Door: door.Number, Why: DoubtSensed})
		return
	}
	d.emit(CollectionDisputed{Parcel: door.Holds.Parcel, Door: door.Number, By: bySensor})
}

// atRest says that a door is closed, has been for a while, and is not in use.
func (d *decision) atRest(door *Door) bool {
	return door.State == Closed && d.now.Up >= door.Since+sensorSettles && door.Unlock.ID == "" &&
		d.s.Session.Door != door.Number && !d.s.anew(door.Number)
}

// rests is when the sensor of a closed door becomes reliable.
func (d *Door) rests() (time.Duration, bool) {
	return d.Since + sensorSettles, d.State == Closed && d.Presence != ""
}

// Presence is what a presence sensor reports of a compartment; empty: nothing is known.
type Presence string

// What presence sensors say.
const (
	PresencePresent Presence = "present"
	PresenceEmpty   Presence = "empty"
)

// DoorPresence is a presence sensor's report about a compartment.
type DoorPresence struct {
	Door     int      `json:"door"`
	Presence Presence `json:"presence"`
	Evidence Evidence `json:"evidence"`
}

// Kind is "door.presence".
func (DoorPresence) Kind() string { return "door.presence" }
