package locker

import (
	"slices"
	"time"
)

// Switch is something that the cabinet's pins watch.
type Switch string

// Switches.
const (
	SwitchTamper Switch = "tamper" // the casing of the electronics
	SwitchMains  Switch = "mains"
)

// Moment is when a still is taken.
type Moment string

// Moments.
const (
	MomentDrop      Moment = "drop"      // the courier has closed the door
	MomentPickup    Moment = "pickup"    // the recipient's door is open
	MomentRefusal   Moment = "refusal"   // the recipient has put back what they do not want
	MomentLook      Moment = "look"      // a courier looks into a door
	MomentInventory Moment = "inventory" // a door is open for whoever walks from door to door
)

// maxPhotos is how many stills are remembered, for a technician to look at.
const maxPhotos = 50

// Photo is a still on disk.
type Photo struct {
	Seq    uint64    `json:"seq"` // the record that holds its key
	Photo  string    `json:"photo"`
	Door   int       `json:"door"`
	Moment Moment    `json:"moment"`
	At     time.Time `json:"at"`
}

// PhotoWanted asks for a still as evidence.
type PhotoWanted struct {
	Parcel string
	Door   int
	Moment Moment
}

// ScannerLost and ScannerBack say whether a scanner can be used.
type ScannerLost struct{ Name, Why string }

func (ScannerLost) input() {}

// ScannerBack says that a scanner works again.
type ScannerBack struct{ Name string }

func (ScannerBack) input() {}

// CameraLost says that a camera gives no picture, or none that shows anything; CameraBack that it does again.
type CameraLost struct{ Name, Why string }

func (CameraLost) input() {}

// CameraBack says that a camera works again.
type CameraBack struct{ Name string }

func (CameraBack) input() {}

// SwitchSensed says that a switch of the cabinet has changed, or how it is at the start.
type SwitchSensed struct {
	Switch Switch
	Alarm  bool // what it watches is not as it should be: the casing is open, the mains are gone
}

func (SwitchSensed) input() {}

// PhotoTaken says that a still is on disk.
type PhotoTaken struct {
	Wanted PhotoWanted
	Photo  string // the file's name
	SHA256 string // of the file as it lies there, sealed; hex
	Key    []byte // what opens it
}

func (PhotoTaken) input() {}

// gear is what is believed of what is around the doors.
type gear struct {
	Scanners []string `json:"scanners_gone"`
	Cameras  []string `json:"cameras_gone"`
	Switches []Switch `json:"alarms"`
	Photos   []Photo  `json:"photos"` // newest last
}

// Only photos are never taken out in place: see less.
func (g gear) clone() gear {
	return gear{slices.Clone(g.Scanners), slices.Clone(g.Cameras), slices.Clone(g.Switches), slices.Clip(g.Photos)}
}

// restart forgets what is no longer connected.
func (g *gear) restart(plan *Config) {
	g.Scanners = without(g.Scanners, func(n string) bool { return !slices.Contains(plan.Scanners, n) })
	g.Cameras = without(g.Cameras, func(n string) bool { return !slices.Contains(plan.Cameras, n) })
}

// gear hears of what is around the doors. What is known already is not recorded again.
func (d *decision) gear(in Input) {
	switch in := in.(type) {
	case ScannerLost:
		if !slices.Contains(d.s.Scanners, in.Name) {
			d.emit(ScannerGone{Scanner: in.Name, Why: in.Why})
		}
	case ScannerBack:
		if slices.Contains(d.s.Scanners, in.Name) && d.hears(d.s.Source(in)) {
			d.emit(ScannerReturned{Scanner: in.Name})
		}
	case CameraLost:
		if !slices.Contains(d.s.Cameras, in.Name) {
			d.emit(CameraSilent{Camera: in.Name, Why: in.Why, Parcel: d.s.watching(in.Name)})
		}
	case CameraBack:
		if slices.Contains(d.s.Cameras, in.Name) && d.hears(d.s.Source(in)) {
			d.emit(CameraAnswered{Camera: in.Name})
		}
	case SwitchSensed:
		switch known := slices.Contains(d.s.Switches, in.Switch); {
		case in.Alarm && !known:
			d.emit(SwitchAlarmed{Switch: in.Switch})
		case !in.Alarm && known && d.hears(d.s.Source(in)): // what cannot be relied upon stays an alarm
			d.emit(SwitchCleared{Switch: in.Switch})
		}
	case PhotoTaken:
		w := in.Wanted
		d.emit(PhotoKept{Parcel: w.Parcel, Door: w.Door, Moment: w.Moment, Photo: in.Photo, SHA256: in.SHA256,
			Personal: Personal{Key: in.Key}})
	}
}

// Wants says which still a record calls for, if any: of the parcel that was just put in, and of the door that was
// opened for its recipient. The record has been applied.
func (s *State) Wants(r Record) (PhotoWanted, bool) {
	switch e := r.Event.(type) {
	case DoorOpened:
		if s.Session.Step == StepInventoryDoor && s.Session.Door == e.Door && s.sawOpen() {
			return PhotoWanted{Door: e.Door, Moment: MomentInventory}, true
		}
	case ParcelCollected:
		return PhotoWanted{Parcel: e.Parcel, Door: e.Door, Moment: MomentPickup}, true
	case ParcelRefused:
		if e.Unlock != "" && !e.Unsure {
			return PhotoWanted{Parcel: e.Parcel, Door: e.Door, Moment: MomentRefusal}, true
		}
	case DoorClosed:
		d := s.door(e.Door)
		if d == nil {
			return PhotoWanted{}, false
		}
		if p := s.parcel(d.Holds.Parcel); p != nil && p.State == ParcelDropping && p.Shut {
			return PhotoWanted{Parcel: p.ID, Door: e.Door, Moment: MomentDrop}, true
		}
	}
	return PhotoWanted{}, false
}

// scanner says that at least one scanner works.
func (s *State) scanner() bool {
	return slices.ContainsFunc(s.plan.Scanners, func(n string) bool { return !slices.Contains(s.Scanners, n) })
}
