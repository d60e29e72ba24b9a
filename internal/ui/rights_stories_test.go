package ui_test

import (
	"time"

	"lockerd/internal/locker"
)

// rightsStories are the screens about who may open: what is asked besides a code, what is taken back, what is refused.
func rightsStories() []story {
	var all []story
	add := func(name string, v locker.View, change ...func(*locker.View)) {
		for _, c := range change {
			c(&v)
		}
		all = append(all, story{name: name, view: v})
	}
	notice := func(n locker.Notice) func(*locker.View) { return func(v *locker.View) { v.Notice = n } }
	locked := func(v *locker.View) { v.LockedFor, v.Notice = 272*time.Second, locker.NoticeLocked }

	code := base(locker.StepCode, locker.ActionBack, locker.ActionResend, locker.ActionLanguage)
	for i, n := range []locker.Notice{
		locker.NoticeNoClock, locker.NoticeInvalid, locker.NoticeElsewhere, locker.NoticeEarly, locker.NoticeAskOperator,
		locker.NoticeResent, locker.NoticeScansLocked, locker.NoticeLater, locker.NoticeBreaker,
	} {
		add("code-"+string(n), code, notice(n))
		all[len(all)-1].alike = i > 0 // the first is the longest
	}
	add("resend", base(locker.StepResend, locker.ActionBack, locker.ActionLanguage))
	digits := base(locker.StepLastDigits, locker.ActionBack, locker.ActionLanguage)
	add("last-digits", digits)
	add("last-digits-wrong", digits, notice(locker.NoticeWrongAnswer))
	add("last-digits-locked", digits, locked)
	second := base(locker.StepSecond, locker.ActionBack, locker.ActionLanguage)
	add("second", second)
	add("second-locked", second, locked)
	pay := func(link string) locker.View {
		v := base(locker.StepPay, locker.ActionBack, locker.ActionLanguage)
		v.Fee = locker.FeeView{Amount: 250, Currency: "EUR", Link: link}
		return v
	}
	add("pay", pay(""))
	add("pay-link", pay("https://pay.example.org/p/77d0e1"))
	card := func(v *locker.View) {
		v.Fee.Card, v.Actions = true, []locker.Action{locker.ActionCard, locker.ActionBack, locker.ActionLanguage}
	}
	with := func(v locker.View, change ...func(*locker.View)) locker.View {
		for _, c := range change {
			c(&v)
		}
		return v
	}
	add("pay-card", pay(""), card)
	add("pay-card-link", pay("https://pay.example.org/p/77d0e1"), card)
	add("pay-out", pay(""), func(v *locker.View) { v.Fee.NoCard = true })
	for i, n := range []locker.Notice{locker.NoticeDeclined, locker.NoticeNotPaid, locker.NoticeTerminal} {
		add("pay-"+string(n), pay(""), card, notice(n))
		all[len(all)-1].alike = i > 0
	}
	add("pay-no-scanner", pay(""), card, func(v *locker.View) { v.Scanner = false })
	at := func(step locker.Step, actions ...locker.Action) locker.View {
		return with(pay(""), func(v *locker.View) { v.Step, v.Actions = step, append(actions, locker.ActionLanguage) })
	}
	add("card", at(locker.StepCard, locker.ActionBack))
	add("card-busy", at(locker.StepCardBusy))
	add("unclear", at(locker.StepUnclear, locker.ActionFinish))
	owed := pay("")
	owed.Actions = []locker.Action{locker.ActionBack, locker.ActionRefuse, locker.ActionLanguage}
	add("pay-or-refuse", owed)
	owed.Fee.Card, owed.Actions = true, []locker.Action{locker.ActionCard, locker.ActionBack, locker.ActionRefuse, locker.ActionLanguage}
	add("pay-card-or-refuse", owed)
	add("confirm", base(locker.StepConfirm, locker.ActionBack, locker.ActionLanguage))

	courier := func(v *locker.View) { v.Courier = "Ada" }
	add("pin-not-now", base(locker.StepPIN, locker.ActionBack, locker.ActionLanguage), notice(locker.NoticeNotNow))
	scan := base(locker.StepScan, locker.ActionType, locker.ActionRecall, locker.ActionSignOut, locker.ActionLanguage)
	add("scan-recall", scan, courier)
	add("scan-visit", base(locker.StepScan, locker.ActionType, locker.ActionRecall, locker.ActionVisit, locker.ActionSignOut, locker.ActionLanguage), courier,
		notice(locker.NoticeStored), func(v *locker.View) { v.Stored, v.Filled = 3, []int{5, 12, 19} })
	visited := base(locker.StepVisit, locker.ActionReopen, locker.ActionBack, locker.ActionLanguage)
	add("visited", visited, courier, func(v *locker.View) {
		for _, n := range []int{19, 12, 5, 21, 2, 8} {
			v.Visited = append(v.Visited, locker.VisitParcel{Door: n, Tracking: "JD014600006281230701"})
		}
	})
	add("visited-one", visited, courier, notice(locker.NoticeTryAgain), func(v *locker.View) {
		v.Visited = []locker.VisitParcel{{Door: 12, Tracking: "P1"}}
	})
	add("scan-other-company", scan, courier, notice(locker.NoticeOtherCompany))
	add("scan-no-right", scan, courier, notice(locker.NoticeNoRight))
	add("scan-recalled", scan, courier, notice(locker.NoticeRecalled))
	recall := base(locker.StepRecall, locker.ActionRecallOpen, locker.ActionSkip, locker.ActionBack, locker.ActionLanguage)
	add("recall", recall, courier, func(v *locker.View) {
		v.Door, v.DoorState, v.Recallable = 14, locker.Closed, 3
	})
	door := base(locker.StepRecallDoor, locker.ActionTryAgain, locker.ActionSkip, locker.ActionLanguage)
	add("recall-opening", door, courier, func(v *locker.View) {
		v.Door, v.DoorState, v.Opening, v.Actions = 14, locker.Closed, true, nil
	})
	add("recall-open", door, courier, func(v *locker.View) {
		v.Door, v.DoorState, v.Doors = 14, locker.Open, cabinetDoors([]int{14}, nil)
		v.Actions = []locker.Action{locker.ActionSkip, locker.ActionLanguage}
	})
	add("recall-waiting", door, courier, notice(locker.NoticeNotOpened), func(v *locker.View) {
		v.Door, v.DoorState = 14, locker.Closed
	})
	add("recall-tried", door, courier, notice(locker.NoticeNotOpened), func(v *locker.View) {
		v.Door, v.DoorState, v.Actions = 14, locker.Closed, []locker.Action{locker.ActionSkip, locker.ActionLanguage}
	})
	collects := func(v *locker.View) { v.Door, v.DoorState, v.Recallable, v.Collects = 14, locker.Closed, 2, true }
	add("scan-collect", scan, courier, func(v *locker.View) { v.Collects = true }, notice(locker.NoticeTakenAlong))
	add("collect", recall, courier, collects)
	add("collect-look", base(locker.StepLook, locker.ActionEmpty, locker.ActionMissing, locker.ActionTryAgain, locker.ActionLanguage), courier, collects,
		func(v *locker.View) { v.Aim = locker.AimRecall })
	return all
}

// statement is what a sender is to agree to, as long as it may be, in two of the kiosk's languages.
var statement = []locker.NoticeText{
	{Language: "en", Text: "There is nothing in my parcel that may not be sent: no explosives, no gas under pressure, no fuel or other liquids that burn, no loose or damaged lithium batteries, no weapons, no living animals and nothing that is forbidden in the country that it goes to. I pay for damage that it does."},
	{Language: "de", Text: "In meinem Paket ist nichts, was nicht verschickt werden darf: keine Sprengstoffe, keine Gase unter Druck, keine brennbaren Flüssigkeiten, keine losen oder beschädigten Lithium-Akkus, keine Waffen, keine lebenden Tiere und nichts, was im Zielland verboten ist. Für Schäden komme ich auf."},
}

// sendStories are the screens of people who send.
func sendStories() []story {
	var all []story
	add := func(name string, v locker.View, change ...func(*locker.View)) {
		v.Sends, v.Tracking, v.Door, v.DoorState = true, "JJD000390007", 14, locker.Closed
		for _, c := range change {
			c(&v)
		}
		all = append(all, story{name: name, view: v})
	}
	open := func(v *locker.View) {
		v.DoorState, v.WasOpen, v.Doors = locker.Open, true, cabinetDoors([]int{14}, nil)
	}
	was := func(v *locker.View) { v.WasOpen = true }
	nowhere := func(v *locker.View) { v.Door, v.DoorState = 0, "" }
	code := base(locker.StepCode, locker.ActionBack, locker.ActionLanguage)
	code.Notice = locker.NoticeSentCode
	all = append(all, story{name: "code-sent", view: code, alike: true})
	add("send-open", base(locker.StepDrop, locker.ActionWrong, locker.ActionLanguage), open)
	add("send-closed", base(locker.StepDrop, locker.ActionDone, locker.ActionWrong, locker.ActionLanguage), was)
	add("send-wrong", base(locker.StepWrong, locker.ActionBack, locker.ActionAgain, locker.ActionLarger, locker.ActionCancel, locker.ActionLanguage), was)
	add("send-press", base(locker.StepDropPress, locker.ActionTryAgain, locker.ActionItOpened, locker.ActionCancel, locker.ActionLanguage),
		func(v *locker.View) { v.Trouble = locker.TroubleStuck })
	add("send-press-again", base(locker.StepDropPress, locker.ActionTryAgain, locker.ActionDone, locker.ActionCancel, locker.ActionLanguage),
		func(v *locker.View) { v.Trouble = locker.TroubleStuck })
	for _, why := range []locker.NotTaken{locker.NotTakenUnwatched, locker.NotTakenDeclined, locker.NotTakenHeavy} {
		add("not-taken-"+string(why), base(locker.StepNotTaken, locker.ActionFinish, locker.ActionLanguage), nowhere, func(v *locker.View) { v.NotTaken = why })
	}
	add("agree", base(locker.StepAgree, locker.ActionAgree, locker.ActionDisagree, locker.ActionLanguage), nowhere, func(v *locker.View) { v.Posted = statement })
	add("weight", base(locker.StepWeight, locker.ActionWeight, locker.ActionHeavier, locker.ActionBack, locker.ActionLanguage), nowhere,
		func(v *locker.View) { v.Weights = []int{500, 2000, 5000, 10000, 20000, 31500} })
	add("send-press-unwatched", base(locker.StepDropPress, locker.ActionTryAgain, locker.ActionCancel, locker.ActionLanguage),
		func(v *locker.View) { v.Trouble, v.Notice = locker.TroubleUnsent, locker.NoticeUnwatched })
	add("sent", base(locker.StepThanks, locker.ActionFinish, locker.ActionLanguage))
	add("sent-receipt", base(locker.StepThanks, locker.ActionFinish, locker.ActionLanguage), func(v *locker.View) {
		v.Receipt = &locker.Receipt{Tracking: v.Tracking, Door: 14, At: longAgo, Known: true, Epoch: "8d41f0c2a7b95e13", Seq: 1023456, Unsure: true}
	})
	add("sent-open", base(locker.StepThanks, locker.ActionFinish, locker.ActionLanguage), open)
	add("sent-not", base(locker.StepThanks, locker.ActionFinish, locker.ActionLanguage), func(v *locker.View) { v.Notice = locker.NoticeCancelled })
	return all
}
