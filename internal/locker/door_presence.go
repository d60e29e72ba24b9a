package locker

import "time"

// PresenceSensed is a debounced word of a presence sensor that differs from the one told before (or is the first one).
type PresenceSensed struct {
	Lock     Lock
	Present  bool
	Evidence Evidence
}

func (PresenceSensed) input() {}

// sensorSettles is how long a door must have been closed before its presence sensor proves anything: contact and sensor
// are told apart, each once its answers agree, and parcels slide.
const sensorSettles = 2 * time.Second

// presenceSensed believes a presence sensor. What follows from it is for sensors to say.
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

// sensors is what follows from what presence sensors say. That a door is empty they prove of one that is closed, at
// rest and nobody's; that it is not, they say at any time.
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

// stillThere: its sensor sees something behind a door whose parcel was taken out as it seemed. The strongest proof counts,
// and for whoever was to have it: the parcel is there, and its code good.
func (d *decision) stillThere(door *Door) {
	if d.s.parcel(door.Holds.Parcel) == nil {
		d.emit(DoorDoubted{Door: door.Number, Why: DoubtSensed})
		return
	}
	d.emit(CollectionDisputed{Parcel: door.Holds.Parcel, Door: door.Number, By: "sensor"})
}

// atRest says that a door is closed, has been for a while, and is in nobody's hands.
func (d *decision) atRest(door *Door) bool {
	return door.State == Closed && d.now.Up >= door.Since+sensorSettles && door.Unlock.ID == "" &&
		d.s.Session.Door != door.Number && !d.s.anew(door.Number)
}

// rests is when a closed door's sensor says more than it says now.
func (d *Door) rests() (time.Duration, bool) {
	return d.Since + sensorSettles, d.State == Closed && d.Presence != ""
}

// Presence is what a presence sensor says of the space behind a door; empty: nothing is known.
type Presence string

// What presence sensors say.
const (
	PresencePresent Presence = "present"
	PresenceEmpty   Presence = "empty"
)

// DoorPresence says what a presence sensor says of the space behind a door.
type DoorPresence struct {
	Door     int      `json:"door"`
	Presence Presence `json:"presence"`
	Evidence Evidence `json:"evidence"`
}

// Kind is "door.presence".
func (DoorPresence) Kind() string { return "door.presence" }
