package ui_test

import "lockerd/internal/locker"

// livesStories are the screens of ways a parcel goes: several parcels of one person, and doors for those who need them.
func livesStories() []story {
	door := func(v locker.View, n int, state locker.DoorState) locker.View {
		v.Door, v.DoorState, v.WasOpen = n, state, true
		if state == locker.Open {
			v.Doors = cabinetDoors([]int{n}, []int{11})
		}
		return v
	}
	second := door(base(locker.StepPickup, locker.ActionWrong, locker.ActionLanguage), 14, locker.Open)
	second.Turn, second.Turns = 2, 3
	more := door(base(locker.StepThanks, locker.ActionFinish, locker.ActionLanguage), 14, locker.Closed)
	more.Turn, more.Turns, more.Notice = 1, 3, locker.NoticeMore
	hand := func(v locker.View) locker.View {
		v.Tracking, v.Mask, v.Courier = "JD014600006281230701", "•••••••67", "Ada"
		return v
	}
	low := hand(base(locker.StepSize, locker.ActionSize, locker.ActionLow, locker.ActionBack, locker.ActionLanguage))
	low.Sizes = sizes(2, 0, 3)
	low.Sizes[1].Lack = locker.LackKept
	asked := hand(base(locker.StepSize, locker.ActionSize, locker.ActionBack, locker.ActionLanguage))
	asked.Low = true
	high := hand(door(base(locker.StepDrop, locker.ActionWrong, locker.ActionLanguage), 19, locker.Open))
	high.Low, high.Notice = true, locker.NoticeNotLow
	return []story{{name: "pickup-second", view: second}, {name: "thanks-more", view: more}, {name: "size-low", view: low},
		{name: "size-low-asked", view: asked}, {name: "drop-not-low", view: high}}
}
