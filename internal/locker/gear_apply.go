package locker

import "slices"

func (s *State) applyGear(r Record, e Event) {
	switch e := e.(type) {
	case ScannerGone:
		s.Scanners = with(s.Scanners, e.Scanner)
	case ScannerReturned:
		s.Scanners = less(s.Scanners, e.Scanner)
	case CameraSilent:
		s.Cameras = with(s.Cameras, e.Camera)
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Unwatched = true
		}
	case CameraAnswered:
		s.Cameras = less(s.Cameras, e.Camera)
	case SwitchAlarmed:
		s.Switches = with(s.Switches, e.Switch)
	case SwitchCleared:
		s.Switches = less(s.Switches, e.Switch)
	case PhotoKept:
		s.inventoryStill(e)
		s.Photos = append(s.Photos, Photo{Seq: r.Seq, Photo: e.Photo, Door: e.Door, Moment: e.Moment, At: r.At})
		if len(s.Photos) > maxPhotos {
			s.Photos = slices.Clone(s.Photos[len(s.Photos)-maxPhotos:])
		}
	}
}
