package ui_test

import (
	"slices"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

// surveying is a search for boards that is under way.
var surveying = ui.Survey{Done: 412, Total: 1530, Bus: "main", Baud: 19200, Family: "KERONG-8A", Address: 17, Found: 3}

// setupDoors are the doors of a cabinet as a setup holds them: those up to and including a number wired, the last of
// them in this setup, and one without a contact among them.
func setupDoors(doors []locker.DoorView, wired int) []locker.SetupDoorView {
	var all []locker.SetupDoorView
	for _, d := range doors {
		v := locker.SetupDoorView{SetupDoor: locker.SetupDoor{Number: d.Number, Size: d.Size, Column: d.Column},
			Height: d.Height, Wired: d.Number <= wired}
		if v.Wired {
			v.Lock = locker.Lock{Bus: "main", Board: 1, Channel: d.Number}
			v.ClosedWhen, v.Anew, v.Blind = locker.ContactShorted, d.Number > wired-3, d.Number == 2
		}
		all = append(all, v)
	}
	return all
}

// wideCabinet is the largest cabinet: sixty doors in eight columns.
func wideCabinet() []locker.DoorView {
	var doors []locker.DoorView
	for n := range 60 {
		z := sizes(0, 0, 0)[[]int{0, 0, 1, 0, 0, 1, 2, 0}[n%8]]
		doors = append(doors, locker.DoorView{Number: n + 1, Size: z.Name, Height: z.Height, Column: n*8/60 + 1,
			State: locker.Closed})
	}
	return doors
}

// setupStories are the screens of a commissioning, and of doors opened one after the other.
func setupStories() []story {
	var all []story
	add := func(name string, step locker.Step, change func(*locker.View), actions ...locker.Action) {
		v := base(step, actions...)
		v.Technician, v.Details, v.EndsIn = "Grace Hopper", details(), 5*time.Minute
		v.Setup = locker.SetupView{Under: true, Changed: true, Undo: true, Column: 4, Boards: setupBoards(),
			Doors: setupDoors(v.Doors, 9), Unwired: []int{10, 11, 12}, Wired: []int{7, 8, 9}, Left: 15,
			Lock: locker.Lock{Bus: "main", Board: 1, Channel: 10}}
		if change != nil {
			change(&v)
		}
		all = append(all, story{name: name, view: v})
	}
	do := func(changes ...func(*locker.View)) func(*locker.View) {
		return func(v *locker.View) {
			for _, change := range changes {
				change(v)
			}
		}
	}
	notice := func(n locker.Notice) func(*locker.View) { return func(v *locker.View) { v.Notice = n } }
	wired := func(v *locker.View) { v.Setup.Doors, v.Setup.Unwired = setupDoors(v.Doors, 24), nil }
	wide := func(v *locker.View) {
		v.Doors = wideCabinet()
		v.Setup.Doors = setupDoors(v.Doors, 23)
	}

	overview := []locker.Action{locker.ActionSurvey, locker.ActionLayout, locker.ActionWire, locker.ActionSave,
		locker.ActionRewire, locker.ActionDiscard, locker.ActionUndo, locker.ActionBack}
	done := slices.DeleteFunc(slices.Clone(overview), func(a locker.Action) bool { return a == locker.ActionWire })
	same := slices.DeleteFunc(slices.Clone(done), func(a locker.Action) bool { return a == locker.ActionSave })
	add("setup-nothing", locker.StepSetup, func(v *locker.View) {
		v.Doors, v.Setup = nil, locker.SetupView{Under: true}
	}, locker.ActionSurvey, locker.ActionBack)
	add("setup-found", locker.StepSetup, do(notice(locker.NoticeFound), func(v *locker.View) {
		v.Setup.Doors, v.Setup.Unwired = nil, nil
	}), locker.ActionLayout, locker.ActionSurvey, locker.ActionDiscard, locker.ActionBack)
	add("setup-half-many", locker.StepSetup, nil, overview...)
	add("setup-wired-many", locker.StepSetup, do(wired, notice(locker.NoticeAllWired)), done...)
	add("setup-calm-many", locker.StepSetup, do(wired, func(v *locker.View) { v.Setup.Changed = false }), same...)
	add("setup-failed-many", locker.StepSetup, do(wired, func(v *locker.View) {
		v.Notice, v.Setup.Failed = locker.NoticeFailed, "write /etc/lockerd/wiring.toml: read-only file system"
	}), done...)
	add("setup-saving-many", locker.StepSetup, do(wired, notice(locker.NoticeSaving), func(v *locker.View) {
		v.Setup.Saved = true
	}))
	add("setup-wide-many", locker.StepSetup, wide, overview...)
	add("survey", locker.StepSurvey, nil, locker.ActionBack)

	layout := []locker.Action{locker.ActionAddDoor, locker.ActionAddColumn, locker.ActionRemoveDoor, locker.ActionBack}
	add("layout", locker.StepLayout, func(v *locker.View) {
		v.Setup.Doors, v.Setup.Column = slices.DeleteFunc(v.Setup.Doors, func(d locker.SetupDoorView) bool {
			return d.Number > 16
		}), 3
	}, layout...)
	add("layout-first", locker.StepLayout, func(v *locker.View) { v.Setup.Doors, v.Setup.Column = nil, 1 },
		locker.ActionAddDoor, locker.ActionBack)
	add("layout-wide", locker.StepLayout, do(wide, func(v *locker.View) { v.Setup.Column = 9 }), layout...)

	wire := []locker.Action{locker.ActionOpen, locker.ActionNext, locker.ActionBack}
	tried := []locker.Action{locker.ActionDoor, locker.ActionNoneMoved, locker.ActionAgain, locker.ActionNext,
		locker.ActionBack}
	pulsed := func(v *locker.View) { v.Setup.Tried, v.Setup.Moved = true, true }
	add("wire", locker.StepWire, nil, wire...)
	add("wire-trying", locker.StepWire, func(v *locker.View) { v.Setup.Trying, v.Setup.Tried = true, true },
		locker.ActionDoor)
	add("wire-tried", locker.StepWire, pulsed, tried...)
	add("wire-tried-wide", locker.StepWire, do(wide, pulsed), tried...)
	for _, n := range []locker.Notice{locker.NoticeWired, locker.NoticeNotSent, locker.NoticeNothing,
		locker.NoticeOnceMore, locker.NoticeContradict, locker.NoticeCrossed} {
		add("wire-"+string(n), locker.StepWire, do(notice(n), func(v *locker.View) {
			v.Setup.Other = locker.Lock{Bus: "main", Board: 1, Channel: 13}
		}), wire...)
	}
	add("wire-close", locker.StepWireClose, do(pulsed, func(v *locker.View) { v.Door = 10 }), locker.ActionNoContact,
		locker.ActionAgain, locker.ActionBack)

	add("save", locker.StepSave, nil, locker.ActionSaveEmpty, locker.ActionSaveAsIs, locker.ActionBack)
	add("save-same", locker.StepSave, do(wired, func(v *locker.View) { v.Setup.Wired = nil }), locker.ActionSaveAsIs,
		locker.ActionBack)
	add("rewire", locker.StepRewire, func(v *locker.View) { v.Setup.Board = locker.Board{Bus: "main", Board: 2} },
		locker.ActionRewireYes, locker.ActionBack)
	add("discard", locker.StepDiscard, nil, locker.ActionDiscardYes, locker.ActionBack)
	add("undo", locker.StepUndo, nil, locker.ActionUndoYes, locker.ActionBack)

	sequence := func(q locker.SequenceView) func(*locker.View) { return func(v *locker.View) { v.Sequence = q } }
	add("open-empty", locker.StepOpenEmpty, sequence(locker.SequenceView{Kind: locker.SequenceEmpty, Total: 21}),
		locker.ActionOpenEmptyYes, locker.ActionBack)
	add("open-all", locker.StepOpenAll, sequence(locker.SequenceView{Kind: locker.SequenceAll, Total: 24}),
		locker.ActionOpenAllYes, locker.ActionBack)
	add("sequence", locker.StepSequence, sequence(locker.SequenceView{Total: 24, Done: 4, Failed: 1, Unknown: 2, Door: 8}),
		locker.ActionStop)
	for _, end := range []locker.SequenceEnd{locker.SequenceDone, locker.SequenceStopped, locker.SequenceBreaker} {
		add("sequence-"+string(end), locker.StepSequence,
			sequence(locker.SequenceView{Total: 24, Done: 20, Failed: 4, Ended: end}), locker.ActionBack)
	}
	return all
}

// setupBoards are boards of three families, one of them silent.
func setupBoards() []locker.SetupBoard {
	return []locker.SetupBoard{
		{FoundBoard: locker.FoundBoard{Bus: "main", Family: "KERONG-8A", Board: 1, Channels: 16, Baud: 9600},
			Answers: true, Wired: 9, Unused: 2},
		{FoundBoard: locker.FoundBoard{Bus: "main", Family: "WKLY", Board: 2, Channels: 24, Baud: 9600}, Answers: true},
		{FoundBoard: locker.FoundBoard{Bus: "side", Board: 1}, Wired: 4},
	}
}
