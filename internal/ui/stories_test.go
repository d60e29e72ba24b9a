package ui_test

import (
	"slices"
	"time"

	"lockerd/internal/locker"
)

// story is a screen that the rules can ask for.
type story struct {
	name string
	view locker.View
	// alike is one that differs from another by no more than a word: it is read, but not looked at on every glass.
	alike bool
}

// cabinetDoors is a cabinet of four columns with 24 doors, as seen in the field.
func cabinetDoors(open, out []int) []locker.DoorView {
	columns := [][]string{
		{"S", "S", "M", "M", "L", "L"},
		{"M", "M", "M", "S", "S", "M", "L"},
		{"S", "S", "S", "S", "M", "M", "L"},
		{"L", "M", "M", "L"},
	}
	heights := map[string]int{"S": 80, "M": 190, "L": 410}
	has := func(list []int, n int) bool {
		for _, i := range list {
			if i == n {
				return true
			}
		}
		return false
	}
	var doors []locker.DoorView
	for c, sizes := range columns {
		for _, size := range sizes {
			n := len(doors) + 1
			d := locker.DoorView{
				Number: n, Size: size, Height: heights[size], Column: c + 1, State: locker.Closed, Out: has(out, n),
			}
			if has(open, n) {
				d.State = locker.Open
			}
			doors = append(doors, d)
		}
	}
	return doors
}

// base is what every screen has.
func base(step locker.Step, actions ...locker.Action) locker.View {
	return locker.View{
		Revision: 41, Session: step != locker.StepHome && step != locker.StepOutOfOrder, Step: step, Language: "en",
		Languages: []string{"en", "de", "ar", "zh"}, Actions: actions,
		Sizes: sizes(8, 10, 5), Brings: true,
		EndsIn: time.Minute, Scanner: true, Doors: cabinetDoors(nil, []int{11}),
	}
}

func sizes(s, m, l int) []locker.SizeChoice {
	return []locker.SizeChoice{
		{Name: "S", Height: 80, Free: s}, {Name: "M", Height: 190, Free: m}, {Name: "L", Height: 410, Free: l},
	}
}

// stories are every step at every stage, and what can be said on it.
func stories() []story {
	var all []story
	add := func(name string, v locker.View, change ...func(*locker.View)) {
		for _, c := range change {
			c(&v)
		}
		all = append(all, story{name: name, view: v})
	}
	door := func(n int) func(*locker.View) {
		return func(v *locker.View) { v.Door = n; v.DoorState = locker.Closed }
	}
	opening := func(v *locker.View) { v.Opening = true }
	open := func(v *locker.View) {
		v.DoorState, v.WasOpen = locker.Open, true
		v.Doors = cabinetDoors([]int{v.Door}, []int{11})
	}
	closed := func(v *locker.View) { v.WasOpen = true }
	noScanner := func(v *locker.View) { v.Scanner = false }
	silent := func(v *locker.View) { v.Actions = nil } // nothing can be touched meanwhile
	notice := func(n locker.Notice) func(*locker.View) { return func(v *locker.View) { v.Notice = n } }
	known := func(k locker.Trouble) func(*locker.View) { return func(v *locker.View) { v.Trouble = k } }
	parcel := func(v *locker.View) {
		v.Tracking, v.Mask, v.Size, v.Courier, v.Stored = "JD014600006281230701", "•••••••67", "M", "Ada", 3
		v.Filled = []int{5, 12, 19}
	}
	sprung := func(v *locker.View) { v.LeftOpen, v.Doors = []int{7, 12}, cabinetDoors([]int{7, 12}, []int{11}) }

	home := base(locker.StepHome, locker.ActionPickup, locker.ActionCourier, locker.ActionLanguage,
		locker.ActionTechnician)
	add("home", home)
	add("home-wide", home, func(v *locker.View) { v.Doors = wideCabinet() })
	add("home-left-open", home, func(v *locker.View) {
		v.LeftOpen, v.Doors = []int{7, 12}, cabinetDoors([]int{7, 12}, []int{11})
	})
	add("home-posted", home, func(v *locker.View) { v.Posted = postedEverywhere() })
	add("home-no-scanner", home, noScanner)
	add("home-senders", home, func(v *locker.View) { v.Senders = true })
	add("home-labels", home, func(v *locker.View) { v.Senders, v.Labels = true, true })
	add("home-labels-no-scanner", home, func(v *locker.View) { v.Senders, v.Labels = true, true }, noScanner)
	for _, n := range []locker.Notice{
		locker.NoticeUsedCode, locker.NoticeExpired, locker.NoticeReplaced, locker.NoticeDoorOut, locker.NoticeNotHere,
		locker.NoticeUnreadable, locker.NoticeNoNumber, locker.NoticeKeepsNumber,
		locker.NoticeAbandoned, locker.NoticeTryAgain,
	} {
		add("home-"+string(n), home, notice(n))
	}

	code := base(locker.StepCode, locker.ActionBack, locker.ActionResend, locker.ActionLanguage)
	add("code", code)
	add("code-senders", code, func(v *locker.View) { v.Senders = true })
	add("code-senders-no-scanner", code, func(v *locker.View) { v.Senders = true }, noScanner)
	add("code-no-scanner", code, noScanner)
	add("code-wrong", code, notice(locker.NoticeWrongCode))
	locked := func(v *locker.View) { v.LockedFor, v.Notice = 272*time.Second, locker.NoticeLocked }
	add("code-locked", code, locked)
	add("code-locked-no-scanner", code, locked, noScanner)

	pickup := base(locker.StepPickup, locker.ActionWrong, locker.ActionLanguage)
	waiting := base(locker.StepPickup, locker.ActionNotOpen, locker.ActionLanguage)
	add("pickup-opening", pickup, door(14), opening, silent)
	add("pickup-waits", pickup, door(14), opening, silent, func(v *locker.View) { v.Waits = 4 * time.Second })
	add("pickup-open", pickup, door(14), open)
	add("pickup-open-free", pickup, door(14), open, func(v *locker.View) { v.Fee = locker.FeeView{Currency: "EUR", FreeUntil: longAgo} })
	add("pickup-open-wide", pickup, door(31), open, func(v *locker.View) { v.Doors = wideCabinet() })
	add("pickup-open-low", pickup, door(24), open)
	add("pickup-open-top", pickup, door(1), open)
	add("pickup-waiting", waiting, door(14))
	add("wrong", base(locker.StepWrong, locker.ActionBack, locker.ActionNotOpen, locker.ActionFinish, locker.ActionLanguage), door(14), open)
	add("pickup-closed", pickup, door(14), closed)
	add("press", base(locker.StepPress, locker.ActionTryAgain, locker.ActionItOpened, locker.ActionFinish,
		locker.ActionLanguage), door(9), known(locker.TroubleStuck))
	for _, k := range []locker.Trouble{locker.TroubleUnknown, locker.TroubleUnsent, locker.TroubleSilent, locker.TroubleAside} {
		add("press-"+string(k), base(locker.StepPress, locker.ActionTryAgain, locker.ActionFinish, locker.ActionLanguage), door(9), known(k))
		all[len(all)-1].alike = k != locker.TroubleUnknown
	}
	add("thanks", base(locker.StepThanks, locker.ActionFinish, locker.ActionForgot), door(14), closed,
		func(v *locker.View) { v.ForgotFor = 47 * time.Second })
	for _, k := range []locker.Trouble{locker.TroubleStuck, locker.TroubleUnknown, locker.TroubleUnsent, locker.TroubleSilent,
		locker.TroubleAside, locker.TroubleHeld} {
		add("trouble-"+string(k), base(locker.StepTrouble, locker.ActionFinish, locker.ActionItOpened, locker.ActionLanguage), door(9), known(k))
		all[len(all)-1].alike = k != locker.TroubleStuck && k != locker.TroubleUnknown
	}
	add("thanks-not-again", base(locker.StepThanks, locker.ActionFinish), door(14), closed, notice(locker.NoticeBreaker))

	pin := base(locker.StepPIN, locker.ActionBack, locker.ActionLanguage)
	add("pin", pin)
	add("pin-no-scanner", pin, noScanner)
	add("pin-wrong", pin, notice(locker.NoticeWrongPIN))
	add("pin-locked", pin, locked)
	add("pin-locked-no-scanner", pin, locked, noScanner)

	scan := base(locker.StepScan, locker.ActionType, locker.ActionSignOut, locker.ActionLanguage)
	add("scan", scan, func(v *locker.View) { v.Courier = "Ada" })
	add("scan-stored", scan, parcel, notice(locker.NoticeStored))
	add("scan-sprung", scan, parcel, notice(locker.NoticeStored), sprung)
	add("scan-cancelled", scan, parcel, notice(locker.NoticeCancelled), func(v *locker.View) { v.Stored = 1 })
	add("scan-no-scanner", scan, parcel, noScanner)
	unable := func(v *locker.View) {
		v.Courier, v.Brings, v.Actions = "Ada", false, []locker.Action{locker.ActionSignOut, locker.ActionLanguage}
	}
	add("scan-no-codes", scan, unable, func(v *locker.View) { v.NoCodes, v.Notice = true, locker.NoticeNoCodes })
	add("scan-no-drop", scan, unable, func(v *locker.View) { v.Actions = append(v.Actions, locker.ActionRecall) })
	add("scan-needs-phone", scan, parcel, notice(locker.NoticeNeedsPhone))
	add("tracking", base(locker.StepTracking, locker.ActionBack, locker.ActionLanguage), noScanner)
	add("tracking-mistyped", base(locker.StepTracking, locker.ActionBack, locker.ActionLanguage), notice(locker.NoticeMistyped))
	add("phone", base(locker.StepPhone, locker.ActionNoPhone, locker.ActionBack, locker.ActionLanguage), parcel,
		func(v *locker.View) { v.Mask = "" })
	size := base(locker.StepSize, locker.ActionSize, locker.ActionBack, locker.ActionLanguage)
	add("size", size, parcel, func(v *locker.View) { v.Size, v.Sizes = "", sizes(12, 1, 0) })
	add("size-lacks", size, parcel, func(v *locker.View) {
		v.Size, v.Sizes = "", sizes(0, 0, 0)
		for i, why := range locker.Lacks()[:3] {
			v.Sizes[i].Lack = why
		}
	})
	add("size-many", size, parcel, func(v *locker.View) {
		v.Sizes = []locker.SizeChoice{
			{Name: "XS", Height: 60, Free: 11}, {Name: "S", Height: 80, Free: 2}, {Name: "M", Height: 190, Free: 101},
			{Name: "L", Height: 410, Free: 3}, {Name: "XL", Height: 800, Lack: locker.LackService},
		}
	})
	add("no-door", base(locker.StepNoDoor, locker.ActionSize, locker.ActionBack, locker.ActionLanguage), parcel,
		func(v *locker.View) { v.Sizes = sizes(2, 0, 3) })
	add("no-door-chosen", base(locker.StepNoDoor, locker.ActionSize, locker.ActionBack, locker.ActionLanguage), parcel,
		func(v *locker.View) { v.Size, v.Sizes = "", sizes(2, 0, 3) })
	add("no-door-full", base(locker.StepNoDoor, locker.ActionSize, locker.ActionBack, locker.ActionLanguage), parcel,
		func(v *locker.View) { v.Sizes = sizes(0, 0, 0) })
	add("here", base(locker.StepHere, locker.ActionBack, locker.ActionLanguage), parcel, door(5))

	consent := base(locker.StepConsent, locker.ActionTold, locker.ActionStanding, locker.ActionBack, locker.ActionLanguage)
	add("consent", consent, parcel)
	add("consent-denied", consent, parcel, func(v *locker.View) {
		v.Denied, v.Actions = true, []locker.Action{locker.ActionTold, locker.ActionBack, locker.ActionLanguage}
	})
	add("scan-no-consent", scan, parcel, notice(locker.NoticeNoConsent))

	drop := base(locker.StepDrop, locker.ActionWrong, locker.ActionLanguage)
	add("wrong-courier", base(locker.StepWrong, locker.ActionBack, locker.ActionLarger, locker.ActionSmaller, locker.ActionOccupied,
		locker.ActionNotOpen, locker.ActionCancel, locker.ActionLanguage), parcel, door(19), closed)
	add("drop-opening", drop, parcel, door(19), opening, silent)
	add("drop-open", drop, parcel, door(19), open)
	add("drop-open-aside", drop, parcel, door(20), open, notice(locker.NoticeSetAside))
	add("drop-open-close-first", drop, parcel, door(19), open, notice(locker.NoticeCloseFirst))
	dropClosed := base(locker.StepDrop, locker.ActionNextParcel, locker.ActionDone, locker.ActionWrong, locker.ActionLanguage)
	add("drop-closed", dropClosed, parcel, door(19), closed)
	add("drop-closed-no-scanner", dropClosed, parcel, door(19), closed, noScanner)
	add("drop-waiting", base(locker.StepDrop, locker.ActionNotOpen, locker.ActionWrong, locker.ActionLanguage), parcel, door(19))
	add("drop-press", base(locker.StepDropPress, locker.ActionTryAgain, locker.ActionCancel, locker.ActionLanguage), parcel, door(19),
		known(locker.TroubleStuck))
	add("cancel", base(locker.StepCancel, locker.ActionBack, locker.ActionCancelYes, locker.ActionLanguage), parcel, door(19), closed)
	takeOut := base(locker.StepTakeOut, locker.ActionTryAgain, locker.ActionSkip, locker.ActionLanguage)
	add("take-out-opening", takeOut, parcel, door(19), closed, opening, silent)
	add("take-out-open", takeOut, parcel, door(19), open, silent)
	add("take-out-waiting", takeOut, parcel, door(19), closed, notice(locker.NoticeTryAgain))
	leave := func(v *locker.View) {
		v.Actions = []locker.Action{locker.ActionSkip, locker.ActionCancel, locker.ActionLanguage}
	}
	add("take-out-larger", takeOut, parcel, door(19), open, leave, func(v *locker.View) { v.Aim = locker.AimLarger })
	look := base(locker.StepLook, locker.ActionEmpty, locker.ActionOccupied, locker.ActionBack, locker.ActionLanguage)
	aim := func(a locker.Aim) func(*locker.View) { return func(v *locker.View) { v.Aim = a } }
	again := func(v *locker.View) {
		v.Actions = []locker.Action{locker.ActionTryAgain, locker.ActionSkip, locker.ActionBack, locker.ActionLanguage}
	}
	add("look-opening", look, parcel, door(19), opening, silent, aim(locker.AimLook))
	add("look-open", look, parcel, door(19), open, aim(locker.AimLook))
	add("look-waiting", look, parcel, door(19), again, aim(locker.AimLook), notice(locker.NoticeTryAgain))
	add("look-tried", base(locker.StepLook, locker.ActionSkip, locker.ActionBack, locker.ActionLanguage), parcel, door(19), aim(locker.AimLook))
	add("look-aside", look, parcel, door(20), open, aim(locker.AimLook), notice(locker.NoticeAside))
	add("look-shut", base(locker.StepLook, locker.ActionEmpty, locker.ActionTryAgain, locker.ActionCancel, locker.ActionLanguage),
		parcel, door(19), closed, aim(locker.AimLarger))
	add("look-shut-cancelled", base(locker.StepLook, locker.ActionEmpty, locker.ActionTryAgain, locker.ActionOccupied, locker.ActionLanguage),
		parcel, door(19), closed, aim(locker.AimCancel))
	add("take-out-besides", takeOut, parcel, door(19), open, leave, aim(locker.AimSame))
	add("look-shut-besides", base(locker.StepLook, locker.ActionEmpty, locker.ActionOccupied, locker.ActionCancel, locker.ActionLanguage),
		parcel, door(19), closed, aim(locker.AimSame))
	badge := base(locker.StepBadge, locker.ActionBack, locker.ActionLanguage)
	add("badge", badge, parcel, door(19), closed)
	add("badge-no-scanner", badge, parcel, door(19), closed, noScanner)
	for _, a := range []locker.Aim{locker.AimRecall, locker.AimVisit, locker.AimLook} {
		add("badge-"+string(a), badge, aim(a))
	}
	add("badge-asked-no-scanner", badge, aim(locker.AimVisit), noScanner)
	add("badge-locked", badge, parcel, door(19), closed, locked)
	add("badge-locked-no-scanner", badge, parcel, door(19), closed, locked, noScanner)
	add("code-again", code, notice(locker.NoticeCodeAgain))
	add("thanks-courier", base(locker.StepThanks, locker.ActionFinish), notice(locker.NoticeStored),
		func(v *locker.View) { v.Courier, v.Stored = "Ada", 4 })
	add("scan-over", scan, func(v *locker.View) { v.Courier, v.OverIn = "Ada", 90*time.Second })
	add("scan-over-told", scan, parcel, notice(locker.NoticeNeedsPhone), func(v *locker.View) { v.OverIn = 90 * time.Second })
	add("code-over", code, func(v *locker.View) { v.OverIn = 90 * time.Second })
	add("still-there", scan, parcel, func(v *locker.View) { v.EndsIn = 12 * time.Second })
	add("out-of-order", base(locker.StepOutOfOrder, locker.ActionTechnician))
	return slices.Concat(all, rightsStories(), refuseStories(), sendStories(), rentedStories(), livesStories(), serviceStories())
}
