package ui

import "lockerd/internal/locker"

// textsOf is the name that a screen's texts begin with.
func textsOf(v *locker.View) string {
	key := string(v.Step)
	if v.Step == locker.StepDropPress {
		key = string(locker.StepPress) // whoever it is for
	}
	switch {
	case v.Rents:
		key = rentTexts(v, key)
	case v.Sends:
		key = sendTexts(v, key)
	case v.Refused && refusedTexts[v.Step] != "":
		return refusedTexts[v.Step]
	case v.Step == locker.StepRecall && v.Collects:
		return "collect"
	case v.Step == locker.StepRecall && v.Withdrawn:
		return "recall_withdrawn"
	}
	switch {
	case v.Step == "":
		return "start"
	case v.Step.ForTechnicians() && v.LockedFor > 0:
		return string(locker.StepTechPIN) + "_locked" // it is one keypad, whatever is asked for
	}
	if st := stage(v); st != "" {
		return key + "_" + st
	}
	switch {
	case v.Step == locker.StepCode && v.Senders:
		return "code_any"
	case v.Step == locker.StepHome && v.Labels:
		return "home_label"
	}
	return key
}

// sendTexts is the name that the texts of a sender's screen begin with, where they are not those of a courier's.
func sendTexts(v *locker.View, key string) string {
	switch {
	case v.Step == locker.StepDrop && stage(v) == "closed":
		return "send"
	case v.Step == locker.StepThanks && v.Notice == locker.NoticeCancelled:
		return "sent_not"
	case v.Step == locker.StepThanks && v.DoorState == locker.Open:
		return "sent_open"
	case v.Step == locker.StepThanks:
		return "sent"
	}
	return key
}

// refusedTexts are the names that the texts of screens about a refused parcel begin with.
var refusedTexts = map[locker.Step]string{
	locker.StepThanks: "refused", locker.StepPutBack: "refused_open", locker.StepRecall: "recall_refused",
}
