package locker_test

import (
	"pgregory.net/rapid"

	"lockerd/internal/locker"
)

// given: a door goes to someone new only closed, in order and proven empty.
func (w *world) given(r *rapid.T, door int) {
	d := w.door(door)
	proven := d.Holds.Kind == locker.Empty && d.Holds.Proof != "" && d.Presence != locker.PresencePresent
	if !proven || d.State != locker.Closed || d.Blocked != "" {
		r.Fatalf("door %d was given to someone: %+v", door, d)
	}
}

// lookedInto: or it stands open before its courier, who was asked to look into it, has seen it open and says that it is empty.
func (w *world) lookedInto(r *rapid.T, door int, in locker.Input) {
	d, n := w.door(door), w.state.Session
	tap, _ := in.(locker.Tapped)
	asked := n.Courier != "" && n.Step == locker.StepLook && n.Aim == locker.AimLook && n.Door == door && n.Saw == door
	if !asked || tap.Action != locker.ActionEmpty || d.State != locker.Open || d.Blocked != "" || d.Presence == locker.PresencePresent {
		r.Fatalf("door %d was given to whoever looked in, because of %T: %+v", door, in, d)
	}
}
