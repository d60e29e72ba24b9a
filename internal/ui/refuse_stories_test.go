package ui_test

import (
	"time"

	"lockerd/internal/locker"
)

// refuseStories are the screens of recipients who do not want their parcel, and of who takes it back.
func refuseStories() []story {
	var all []story
	add := func(name string, v locker.View, change ...func(*locker.View)) {
		v.Door, v.DoorState = 14, locker.Closed
		for _, c := range change {
			c(&v)
		}
		all = append(all, story{name: name, view: v})
	}
	open := func(v *locker.View) {
		v.DoorState, v.WasOpen, v.Doors = locker.Open, true, cabinetDoors([]int{14}, nil)
	}
	refused := func(v *locker.View) { v.Refused = true }
	courier := func(v *locker.View) { v.Courier, v.Recallable = "Ada", 2 }
	notice := func(n locker.Notice) func(*locker.View) { return func(v *locker.View) { v.Notice = n } }

	add("wrong-or-refuse", base(locker.StepWrong, locker.ActionBack, locker.ActionNotOpen, locker.ActionRefuse, locker.ActionFinish, locker.ActionLanguage), open)
	add("thanks-or-refuse", base(locker.StepThanks, locker.ActionFinish, locker.ActionForgot, locker.ActionRefuse, locker.ActionLanguage),
		func(v *locker.View) { v.WasOpen, v.ForgotFor = true, 47*time.Second })
	add("refuse", base(locker.StepRefuse, locker.ActionPackaging, locker.ActionGoods, locker.ActionNotOrdered, locker.ActionOtherReason, locker.ActionBack,
		locker.ActionLanguage), open)
	add("refuse-unseen", base(locker.StepRefuse, locker.ActionNotOrdered, locker.ActionOtherReason, locker.ActionBack, locker.ActionLanguage),
		func(v *locker.View) { v.Door, v.DoorState = 0, "" })
	back := base(locker.StepPutBack, locker.ActionKeep, locker.ActionFinish, locker.ActionLanguage)
	add("put-back-opening", back, func(v *locker.View) { v.Opening, v.Actions = true, nil })
	add("put-back-open", back, open)
	add("put-back-close-first", back, open, notice(locker.NoticeCloseFirst))
	waiting := base(locker.StepPutBack, locker.ActionTryAgain, locker.ActionItOpened, locker.ActionKeep, locker.ActionLanguage)
	add("put-back-waiting", waiting, notice(locker.NoticeNotOpened))
	add("put-back-sprung", base(locker.StepPutBack, locker.ActionFinish, locker.ActionLanguage), open, refused)
	thanks := base(locker.StepThanks, locker.ActionFinish, locker.ActionLanguage)
	add("refused", thanks, refused)
	add("refused-more", thanks, refused, notice(locker.NoticeMore))
	add("code-refused", base(locker.StepCode, locker.ActionBack, locker.ActionResend, locker.ActionLanguage), notice(locker.NoticeRefused),
		func(v *locker.View) { v.Door, v.DoorState = 0, "" })
	add("recall-refused", base(locker.StepRecall, locker.ActionRecallOpen, locker.ActionSkip, locker.ActionBack, locker.ActionLanguage), refused, courier)
	add("recall-withdrawn", base(locker.StepRecall, locker.ActionRecallOpen, locker.ActionSkip, locker.ActionBack, locker.ActionLanguage), courier,
		func(v *locker.View) { v.Withdrawn = true })
	add("recall-refused-look", base(locker.StepLook, locker.ActionEmpty, locker.ActionMissing, locker.ActionTryAgain, locker.ActionLanguage), refused, courier,
		func(v *locker.View) { v.Aim = locker.AimRecall })
	return all
}
