package ui_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"slices"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

// long ago: a time is at its longest where it is not of today.
var longAgo = time.Date(2026, 11, 21, 14, 35, 7, 0, time.Local)

// bins are how long answers took, within the bounds that lock boards have.
func bins(counts ...uint64) []ui.Bin {
	var all []ui.Bin
	for i, most := range []time.Duration{10, 20, 30, 50, 75, 100, 200, 0} {
		all = append(all, ui.Bin{Most: most * time.Millisecond, Count: counts[i]})
	}
	return all
}

// gauges are instruments that show the same at every look.
type gauges struct{ link ui.Link }

// connected is a link that is up.
var connected = ui.Link{Broker: "mqtts://mqtt.example.org:8883", Since: longAgo, Backlog: 3, InFlight: 2,
	Confirmed: 123456, Connections: 4, Unsigned: true, UnsignedAcks: true}

// troubled is a link with all that can be wrong with it while it is up.
var troubled = ui.Link{Broker: connected.Broker, Since: longAgo, Faults: []locker.Fault{{Kind: "cloud_unusable", What: "login"}, {Kind: "cloud_refused", What: "orders"},
	{Kind: "cloud_backlog", Why: "640 records wait, connected"}, {Kind: "cloud_twin", What: "lockerd-demo-1"},
	{Kind: "cloud_unproven", What: "not signed"}, {Kind: "cloud_disagrees", What: "8d41f0c2a7b95e13/18"}}}

func (g gauges) Measure(context.Context, locker.Step) ui.Measured {
	m := ui.Measured{
		Scans: []ui.Scan{
			{At: longAgo.Add(9 * time.Second), Scanner: "front", Own: true, Length: 8},
			{At: longAgo.Add(5 * time.Second), Scanner: "front", Length: 20, Tail: "701"},
			{At: longAgo, Scanner: "side", Length: 1, Tail: "7"},
			{At: longAgo, Scanner: "side", Own: true, Length: 1},
			{At: longAgo, Scanner: "side", Length: 1}, {At: longAgo, Scanner: "side", Length: 9},
		},
		Lines: []ui.Line{
			{Bus: "main", Port: "/dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0", Board: 1, Family: "KERONG-8A",
				Asked: 1234567, Answered: 1234560, Silent: 6, Garbled: 1, Refused: 3, Reports: 12, Refusal: "no_address", RefusedOf: "1–16", Last: longAgo,
				Took: 5430 * time.Microsecond, Damaged: 0.0042, Times: bins(0, 1200000, 34000, 500, 0, 60, 0, 1)},
			{Bus: "main", Board: 2, Family: "WKLY", Asked: 1234567, Silent: 1234567, Lost: true, Why: "no answer for 8s"},
			{Bus: "side", Port: "tcp://10.0.0.7:4001", Board: 3, Family: "MODBUS", Lost: true,
				Why: "the line is too disturbed: 7 of the last 64 answers were damaged"},
			{Bus: "side", Board: 4, Family: "MODBUS", Lost: true, Why: "no good answer for 8s"},
			{Bus: "back", Board: 1, Family: "WINNSEN", Lost: true, Why: "port gone: read /dev/ttyUSB1: input/output error"},
			{Bus: "back", Board: 2, Family: "WINNSEN", Lost: true, Why: "a reason of a later release",
				Refused: 1, Refusal: "another one", RefusedOf: "7"},
			{Bus: "back", Board: 3, Family: "WINNSEN", Lost: true,
				Why: "its answers come too late: after 420ms, and may take 300ms (answer_within)"},
		},
		Link: g.link, Survey: surveying,
		Versions: []ui.Fact{
			{Name: "cabinet", Value: "demo-1"}, {Name: "version", Value: "v1.2.3-14-g0123456"},
			{Name: "go", Value: "go1.26.0 linux/amd64"}, {Name: "kernel", Value: "6.1.0-38-amd64"},
			{Name: "started", Value: "2026-11-21 14:35:07"}, {Name: "journal", Value: "opened"},
			{Name: "epoch", Value: "0123456789abcdef"}, {Name: "records", Value: "123459"},
			{Name: "size", Value: "64.0 MB"}, {Name: "poster", Value: "poster.pdf: no such file"},
			{Name: "unheard-of", Value: "?"},
		},
	}
	for i, why := range []string{"no_function", "bad_value", "failed", "busy", "too_few"} {
		m.Lines = append(m.Lines, ui.Line{Bus: "far", Board: 1 + i, Family: "MODBUS", Asked: 4, Answered: 4, Refused: 4,
			Refusal: why, RefusedOf: "1–16"})
	}
	kinds := slices.Sorted(slices.Values(locker.Kinds()))
	if g.link.Broker == "" {
		kinds = nil // a young cabinet: nothing has happened yet
	}
	for i, kind := range kinds {
		l := ui.LogLine{Seq: 123459 - uint64(i), At: longAgo.Add(-time.Duration(i) * time.Second), Kind: kind, Door: 7}
		switch kind {
		case "board.lost":
			l.What, l.Why = "main/2", "no answer for 8s"
		case "door.blocked":
			l.Why = "jammed"
		case "door.doubted":
			l.Why = "opened late"
		case "finding.raised":
			l.What = string(locker.FindingStuckOpen)
		case "code.refused":
			l.Why = "wrong_code"
		case "parcel.stored":
			l.What = "JD014600006281230701"
		}
		m.Log = append(m.Log, l)
	}
	m.Log = append(m.Log, ui.LogLine{Unreadable: "journal: input/output error"})
	return m
}

func (gauges) Photo(_ context.Context, seq uint64) ([]byte, error) {
	if seq == goneStill {
		return nil, errors.New("it is gone")
	}
	picture := image.NewRGBA(image.Rect(0, 0, 320, 240))
	paint := image.NewUniform(color.RGBA{R: uint8(seq * 20), G: 90, B: 80, A: 255})
	draw.Draw(picture, picture.Bounds(), paint, image.Point{}, draw.Src)
	var b bytes.Buffer
	err := jpeg.Encode(&b, picture, nil)
	return b.Bytes(), err
}

// goneStill is a record whose still cannot be read.
const goneStill = 404

// details is all that is known of the cabinet's doors, with one of each thing that can be known.
func details() []locker.DoorDetail {
	var all []locker.DoorDetail
	for _, d := range cabinetDoors(nil, nil) {
		all = append(all, locker.DoorDetail{
			Number: d.Number, State: locker.Closed, Holds: locker.Empty,
			Evidence: locker.Evidence{Contact: "latch", Answers: 3, First: longAgo, Last: longAgo.Add(time.Second)},
		})
	}
	all[1].Holds, all[1].Tracking = locker.Occupied, "JD014600006281230701"
	all[2].State, all[2].Holds, all[2].Evidence.Contact = locker.Open, locker.Collected, "door"
	all[3].Holds, all[3].Tracking = locker.Reserved, "JD014600006281230702"
	for i, why := range append(locker.Doubts(), "a reason of a later release") {
		all[5+i].Holds, all[5+i].Why = locker.Doubtful, why
	}
	for i, r := range locker.BlockReasons() {
		all[8+i].Blocked = r
		all[8+i].BlockedBy = []string{"rules", "recipient", "courier:c1", "technician:grace", "order:2026-11-21-0042"}[i]
	}
	all[13].Blocked, all[13].BlockedBy = locker.BlockRestless, "rules"
	all[10].Tracking, all[10].Failed = "JD014600006281230703", 2
	all[4].Presence, all[5].Presence = locker.PresenceEmpty, locker.PresencePresent
	all[1].Presence = locker.PresenceEmpty
	all[1].Findings = []locker.Finding{locker.FindingStuckOpen, locker.FindingSensor}
	all[21].State, all[21].Evidence, all[21].Blind = locker.Unknown, locker.Evidence{}, true
	all[22].State, all[22].Evidence, all[22].Silent = locker.Unknown, locker.Evidence{}, true
	all[23].State, all[23].Evidence = locker.Unknown, locker.Evidence{}
	return all
}

// serviceStories are the technician's screens.
func serviceStories() []story {
	var all []story
	add := func(name string, step locker.Step, change func(*locker.View), actions ...locker.Action) {
		v := base(step, actions...)
		v.Technician, v.Details, v.EndsIn = "Grace Hopper", details(), time.Minute
		if change != nil {
			change(&v)
		}
		all = append(all, story{name: name, view: v})
	}
	menu := []locker.Action{locker.ActionDoors, locker.ActionSelfTest, locker.ActionInventory, locker.ActionOpenEmpty, locker.ActionOpenAll,
		locker.ActionSetup, locker.ActionScans, locker.ActionLines, locker.ActionLog, locker.ActionPhotos,
		locker.ActionAbout, locker.ActionSignOut, locker.ActionLanguage}
	tests := []locker.DoorTest{{Door: 1, Result: locker.TestOK}, {Door: 2, Result: locker.TestSkipped},
		{Door: 3, Result: locker.TestNotClosed}, {Door: 4, Result: locker.TestNotOpened}, {Door: 5, Result: locker.TestOK},
		{Door: 6, Result: locker.TestOccupied}, {Door: 7, Result: locker.TestUnreachable},
		{Door: 9, Result: locker.TestNoContact}}
	faults := []locker.Fault{
		{Kind: "board_lost", What: "main/2", Why: "no answer for 8s"},
		{Kind: "scanner_lost", What: "front"}, {Kind: "camera_lost", What: "front"}, {Kind: "terminal_lost", Why: "offline"}, {Kind: "payment_uncertain", What: "c-8d41f0c2-118"},
		{Kind: "tamper"}, {Kind: "mains"}, {Kind: "door_blocked", Door: 9, What: "jammed"},
		{Kind: "door_left_open", Door: 3}, {Kind: "door_doubtful", Door: 6, What: "never looked into"},
		{Kind: "door_doubtful", Door: 7, What: "opened late"}, {Kind: "door_blocked", Door: 10, What: "dirty"},
		{Kind: "door_left_open", Door: 5},
		{Kind: "typing_locked"}, {Kind: "breaker"}, {Kind: "clock_unknown"}, {Kind: "clock_doubted", What: "2046-11-28T09:00:00Z"}, {Kind: "journal_unwritable"}, {Kind: "mark_unwritten"}, {Kind: "key_lost", What: "master.key"}, {Kind: "setup"}, {Kind: "unheard_of", What: "x"},
	}
	for i, f := range locker.Findings() {
		if i < 3 {
			faults = append(faults, locker.Fault{Kind: "finding", What: "main/1", Why: string(f)})
			continue
		}
		faults = append(faults, locker.Fault{Kind: "finding", Door: 9, Why: string(f)},
			locker.Fault{Kind: "finding", Door: 12, Why: string(f)})
	}
	parcels := append(slices.Clone(faults), []locker.Fault{{Kind: "source_muted", What: "contact 7"},
		{Kind: "parcel_overdue", Door: 1}, {Kind: "parcel_overdue", Door: 2}, {Kind: "parcel_refused", Door: 3}, {Kind: "parcel_held", Door: 4},
		{Kind: "parcel_held", Door: 5}, {Kind: "parcel_closed", Door: 7}, {Kind: "parcel_closed", Door: 8}}...)
	one := []locker.Fault{{Kind: "door_blocked", Door: 9},
		{Kind: "door_left_open", Door: 3}, {Kind: "door_doubtful", Door: 6}}

	add("tech-pin", locker.StepTechPIN, func(v *locker.View) { v.Technician, v.Details = "", nil }, locker.ActionBack)
	add("tech-pin-locked", locker.StepTechPIN, func(v *locker.View) {
		v.Technician, v.Details, v.LockedFor, v.Notice = "", nil, 24*time.Second, locker.NoticeWrongSignIn
	}, locker.ActionBack)
	added := func(name string, step locker.Step, notice locker.Notice, technician, enrolling string) {
		add(name, step, func(v *locker.View) {
			v.Technician, v.Enrolling, v.Details, v.Notice = technician, enrolling, nil, notice
		}, locker.ActionBack)
	}
	added("tech-pin-nobody", locker.StepTechPIN, locker.NoticeNobody, "", "")
	added("tech-pin-wrong", locker.StepTechPIN, locker.NoticeWrongSignIn, "", "")
	added("tech-pin-invitation", locker.StepTechPIN, locker.NoticeWrongInvitation, "", "")
	added("tech-code", locker.StepTechCode, locker.NoticeNone, "", "")
	added("tech-code-next", locker.StepTechCode, locker.NoticeNextCode, "", "")
	added("new-pin", locker.StepNewPIN, locker.NoticeNone, "", "Grace")
	added("new-pin-weak", locker.StepNewPIN, locker.NoticeWeakPIN, "", "Grace")
	added("new-pin-other", locker.StepNewPIN, locker.NoticeOtherPIN, "", "Grace")
	added("new-pin-again", locker.StepNewPINAgain, locker.NoticeNone, "", "Grace")
	added("new-code", locker.StepNewCode, locker.NoticeNone, "", "Grace")
	added("new-code-wrong", locker.StepNewCode, locker.NoticeWrongAppCode, "", "Grace")
	added("second-pin", locker.StepSecondPIN, locker.NoticeNone, "Grace", "")
	added("second-pin-wrong", locker.StepSecondPIN, locker.NoticeWrongSignIn, "Grace", "")
	added("second-code", locker.StepSecondCode, locker.NoticeNone, "Grace", "")
	add("second-pin-locked", locker.StepSecondPIN, func(v *locker.View) {
		v.LockedFor, v.Notice = 24*time.Second, locker.NoticeWrongSignIn
	}, locker.ActionBack)
	add("menu-enrolled", locker.StepMenu, func(v *locker.View) { v.Notice = locker.NoticeEnrolled }, menu...)
	add("menu-not-taken", locker.StepMenu, func(v *locker.View) { v.Notice = locker.NoticeNotTaken }, menu...)
	add("menu-service", locker.StepMenu, nil, slices.DeleteFunc(slices.Clone(menu), func(a locker.Action) bool {
		return a == locker.ActionOpenAll || a == locker.ActionSetup
	})...)
	add("menu", locker.StepMenu, func(v *locker.View) { v.Faults = one }, menu...)
	add("menu-over", locker.StepMenu, func(v *locker.View) { v.OverIn = 90 * time.Second }, menu...)
	add("menu-calm", locker.StepMenu, nil, menu...)
	add("menu-tested-many", locker.StepMenu, func(v *locker.View) {
		v.Faults, v.Tests, v.Notice = faults, tests, locker.NoticeTested
	}, menu...)
	add("doors", locker.StepDoors, nil, locker.ActionDoor, locker.ActionBack)
	add("doors-many", locker.StepDoors, func(v *locker.View) {
		v.Doors = wideCabinet()
		for n := len(v.Details) + 1; n <= len(v.Doors); n++ {
			d := details()[n%24]
			d.Number = n
			v.Details = append(v.Details, d)
		}
	}, locker.ActionDoor, locker.ActionBack)
	actions := []locker.Action{locker.ActionOpen, locker.ActionBlock, locker.ActionBack}
	for n := range 24 {
		door := details()[n]
		name := fmt.Sprintf("door-%d", door.Number)
		if door.Findings != nil {
			name += "-many"
		}
		at := func(v *locker.View) { v.Door, v.DoorState = door.Number, door.State }
		switch {
		case door.Blocked != "":
			add(name, locker.StepDoor, at, locker.ActionOpen, locker.ActionUnblock, locker.ActionEmpty, locker.ActionBack)
		case door.Silent:
			add(name, locker.StepDoor, func(v *locker.View) { at(v); v.Notice = locker.NoticeDoorSilent }, actions...)
		default:
			add(name, locker.StepDoor, at, actions...)
		}
		all[len(all)-1].alike = !slices.Contains([]int{2, 3, 11, 22, 23}, door.Number)
	}
	add("door-not-opened", locker.StepDoor, func(v *locker.View) { v.Door, v.Notice = 6, locker.NoticeNotOpened },
		actions...)
	add("block", locker.StepBlock, func(v *locker.View) { v.Door = 7 }, locker.ActionReason, locker.ActionBack)
	add("tested", locker.StepTested, func(v *locker.View) {
		v.Actions, v.Tests = []locker.Action{locker.ActionEmpty, locker.ActionBack}, tests
	})
	add("test-opening", locker.StepTest, func(v *locker.View) { v.Door, v.Opening, v.Tests = 8, true, tests }, locker.ActionStop)
	add("test-open", locker.StepTest, func(v *locker.View) {
		v.Door, v.DoorState, v.Tests, v.Doors = 8, locker.Open, tests, cabinetDoors([]int{8}, []int{11})
	}, locker.ActionSkip, locker.ActionOccupied, locker.ActionStop)
	add("inventory", locker.StepInventory, func(v *locker.View) { v.Inventory.Total = 24 }, locker.ActionInventoryYes, locker.ActionBack)
	walk := func(name string, is func(*locker.View), actions ...locker.Action) {
		add(name, locker.StepInventoryDoor, func(v *locker.View) {
			v.Door, v.DoorState, v.Inventory = 8, locker.Closed, locker.InventoryView{Total: 24, Done: 7, Differences: 1}
			is(v)
		}, append(actions, locker.ActionStop)...)
	}
	walk("inventory-opening", func(v *locker.View) { v.Opening = true })
	walk("inventory-open", func(v *locker.View) { v.DoorState, v.Doors = locker.Open, cabinetDoors([]int{8}, []int{11}) }, locker.ActionSkip)
	walk("inventory-shut", func(*locker.View) {}, locker.ActionEmpty, locker.ActionParcel, locker.ActionOther)
	walk("inventory-unseen", func(v *locker.View) { v.DoorState = locker.Unknown }, locker.ActionEmpty, locker.ActionParcel, locker.ActionOther,
		locker.ActionSkip)
	counted := []locker.Counted{{Door: 1, Believed: locker.Occupied, Tracking: "JJD000390007", Found: locker.FoundParcel},
		{Door: 2, Believed: locker.Empty, Found: locker.FoundEmpty}, {Door: 3, Believed: locker.Doubtful, Found: locker.FoundUnreachable}}
	add("inventory-over", locker.StepInventoryOver, func(v *locker.View) {
		v.Inventory = locker.InventoryView{Total: 3, Done: 3, Ended: locker.InventoryDone, Counted: counted}
	}, locker.ActionBack)
	add("inventory-differs-many", locker.StepInventoryOver, func(v *locker.View) {
		v.Inventory = locker.InventoryView{Total: 24, Done: 24, Differences: 2, Ended: locker.InventoryStopped, Counted: append(slices.Clone(counted),
			locker.Counted{Door: 4, Believed: locker.Occupied, Tracking: "JJD000390008", Found: locker.FoundEmpty, Differs: true},
			locker.Counted{Door: 5, Believed: locker.Collected, Found: locker.FoundOther, Differs: true},
			locker.Counted{Door: 6, Believed: locker.Empty, Found: locker.FoundEmpty, Unseen: true},
			locker.Counted{Door: 7, Believed: locker.Occupied, Found: locker.FoundForOthers}, locker.Counted{Door: 8, Found: locker.FoundNotOpened},
			locker.Counted{Door: 9, Found: locker.FoundNotShut}, locker.Counted{Door: 10, Found: locker.FoundNotWalked})}
	}, locker.ActionBack)
	add("scans", locker.StepScans, nil, locker.ActionBack)
	add("lines-many", locker.StepLines, func(v *locker.View) { v.Faults = faults }, locker.ActionBack)
	add("menu-parcels-many", locker.StepMenu, func(v *locker.View) { v.Faults = parcels }, menu...)
	add("menu-parcel-many", locker.StepMenu, func(v *locker.View) {
		v.Faults = []locker.Fault{{Kind: "parcel_overdue", Door: 1}, {Kind: "parcel_held", Door: 4}, {Kind: "parcel_closed", Door: 7}}
	}, menu...)
	add("log-many", locker.StepLog, nil, locker.ActionBack)
	add("photos", locker.StepPhotos, nil, locker.ActionBack)
	add("photos-many", locker.StepPhotos, func(v *locker.View) {
		for i := range 14 {
			moment := []locker.Moment{locker.MomentDrop, locker.MomentPickup, locker.MomentLook, locker.MomentInventory}[i%4]
			v.Photos = append(v.Photos, locker.Photo{Seq: uint64(i + 1), Door: i + 1, Moment: moment, At: longAgo})
		}
	}, locker.ActionBack)
	add("about", locker.StepAbout, nil, locker.ActionBack)
	add("about-clock-many", locker.StepAbout, func(v *locker.View) { v.Clock, v.Notice = longAgo, locker.NoticeClockUnset },
		locker.ActionClockRight, locker.ActionBack)
	return append(all, setupStories()...)
}
