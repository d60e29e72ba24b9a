package locker

import "slices"

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
			d.emit(CameraSilent{Camera: in.Name, Why: in.Why})
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
	case ParcelCollected:
		return PhotoWanted{Parcel: e.Parcel, Door: e.Door, Moment: MomentPickup}, true
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
