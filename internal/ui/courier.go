package ui

import (
	"slices"

	"lockerd/internal/locker"
)

// theirs are the steps that only couriers see.
var theirs = []locker.Step{locker.StepScan, locker.StepVisit, locker.StepTracking, locker.StepPhone, locker.StepConsent, locker.StepHere, locker.StepCancel,
	locker.StepTakeOut, locker.StepLook, locker.StepBadge, locker.StepRecall, locker.StepRecallDoor}

// isCourier says that a courier stands there. The order that lets them work may leave out their name: then it shows by what they are asked, have
// in hand or have put in.
func isCourier(v *locker.View) bool {
	return v.Courier != "" || len(v.Filled) > 0 || slices.Contains(theirs, v.Step) || v.Tracking != "" && !v.Sends
}
