package ui

import "lockerd/internal/locker"

// rentTexts is the name that the texts of the screen of somebody begin with who rents a door, where they are not those of others.
func rentTexts(v *locker.View, key string) string {
	switch st := stage(v); {
	case v.Step == locker.StepDrop && (st == "open" || st == "closed"):
		return "rent"
	case v.Step == locker.StepPickup && st == "open":
		return "rented"
	case v.Step == locker.StepKeep && v.Over:
		return "keep_over"
	case v.Step == locker.StepThanks && v.Notice == locker.NoticeCancelled:
		return "rent_not"
	case v.Step == locker.StepThanks && v.Sends && v.DoorState == locker.Open:
		return "rent_sprung"
	case v.Step == locker.StepThanks && v.Sends:
		return "rented"
	}
	return key
}

// keepLabel is the text of an answer to whether somebody keeps the door that they rent.
func (s *screen) keepLabel(a locker.Action) string {
	switch {
	case a == locker.ActionEmpty:
		return "all_out"
	case a == locker.ActionForgot:
		return "look_again"
	case a == locker.ActionFinish && s.Over:
		return "leave"
	}
	return "keep_door"
}

// wrongStage is whom the question is for what is wrong with a door.
func wrongStage(v *locker.View) string {
	switch {
	case isCourier(v):
		return "courier"
	case v.Rents:
		return "renter"
	case v.Sends:
		return "sender"
	}
	return ""
}
