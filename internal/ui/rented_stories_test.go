package ui_test

import "lockerd/internal/locker"

// rentedStories are the screens of people who rent a door.
func rentedStories() []story {
	var all []story
	add := func(name string, v locker.View, change ...func(*locker.View)) {
		v.Rents, v.Door, v.DoorState = true, 14, locker.Closed
		for _, c := range change {
			c(&v)
		}
		all = append(all, story{name: name, view: v})
	}
	open := func(v *locker.View) {
		v.DoorState, v.WasOpen, v.Doors = locker.Open, true, cabinetDoors([]int{14}, nil)
	}
	sends := func(v *locker.View) { v.Sends, v.WasOpen, v.Tracking = true, true, "LUGGAGE-17" }
	until := func(v *locker.View) { v.RentedUntil = longAgo }
	costs := func(v *locker.View) { v.Fee = locker.FeeView{Amount: 450, Currency: "EUR"} }
	over := func(v *locker.View) {
		v.Over = true
		v.Actions = []locker.Action{locker.ActionEmpty, locker.ActionFinish, locker.ActionForgot, locker.ActionLanguage}
	}
	noScanner := func(v *locker.View) { v.Scanner = false }
	add("rent-open", base(locker.StepDrop, locker.ActionWrong, locker.ActionLanguage), sends, open)
	add("rent-closed", base(locker.StepDrop, locker.ActionDone, locker.ActionWrong, locker.ActionLanguage), sends)
	add("rent-not", base(locker.StepThanks, locker.ActionFinish, locker.ActionLanguage), sends, func(v *locker.View) { v.Notice = locker.NoticeCancelled })
	add("rent-sprung", base(locker.StepThanks, locker.ActionFinish, locker.ActionLanguage), sends, open)
	add("rented", base(locker.StepThanks, locker.ActionFinish, locker.ActionLanguage), sends, until)
	add("rented-open", base(locker.StepPickup, locker.ActionWrong, locker.ActionLanguage), open, until)
	add("rented-wrong", base(locker.StepWrong, locker.ActionBack, locker.ActionNotOpen, locker.ActionFinish, locker.ActionLanguage), open)
	keep := base(locker.StepKeep, locker.ActionFinish, locker.ActionEmpty, locker.ActionForgot, locker.ActionLanguage)
	add("keep", keep, until)
	add("keep-costs", keep, until, costs)
	add("keep-others", base(locker.StepKeep, locker.ActionFinish, locker.ActionForgot, locker.ActionLanguage), until) // who may not end it
	add("keep-over", keep, over, costs)
	code := base(locker.StepCode, locker.ActionBack, locker.ActionLanguage)
	code.Notice = locker.NoticeEnds
	add("keep-code", code)
	add("keep-code-no-scanner", code, noScanner)
	return all
}
