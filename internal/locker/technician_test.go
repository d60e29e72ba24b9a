package locker_test

import (
	"testing"

	"lockerd/internal/locker"
)

// serviced is a cabinet with a parcel behind door 1, and Grace at the technician's menu.
func serviced(t *testing.T) (c *cabinet, code string) {
	t.Helper()
	c, _, code = stored(t)
	c.signIn("grace")
	return c, code
}

func (c *cabinet) atDoor(door int) {
	c.t.Helper()
	c.tap(locker.ActionDoors)
	c.press(locker.Tapped{Action: locker.ActionDoor, Door: door})
	c.onScreen(locker.StepDoor)
}

func TestATechnicianOpensADoor(t *testing.T) {
	c, _ := serviced(t)
	c.atDoor(5)
	if u := want[locker.UnlockRequested](t, c.tap(locker.ActionOpen)); u.Door != 5 || u.Why != locker.WhyTech {
		t.Fatalf("want door 5 for service, got %+v", u)
	}
	wantNo[locker.DoorForced](t, c.sense(5, locker.Open))
	c.sense(5, locker.Closed)
	if k := c.holds(5).Kind; k != locker.Doubtful {
		t.Fatalf("want a door that was open doubtful until somebody says what is in it, got %q", k)
	}
	if e := want[locker.DoorEmptied](t, c.tap(locker.ActionEmpty)); e.Proof != locker.ProofTechnician || e.By != "grace" {
		t.Fatalf("want Grace's look as proof, got %+v", e)
	}
}

func TestATechnicianSetsADoorAside(t *testing.T) {
	c, _ := serviced(t)
	c.atDoor(2)
	c.tap(locker.ActionBlock)
	if got := c.press(locker.Tapped{Action: locker.ActionReason, Reason: "whim"}); len(got) > 0 {
		t.Fatalf("want a reason from the list, got %s", names(got))
	}
	c.press(locker.Tapped{Action: locker.ActionReason, Reason: locker.BlockDirty})
	if d := c.door(2); d.Blocked != locker.BlockDirty || d.BlockedBy != "technician:grace" {
		t.Fatalf("want door 2 set aside by Grace, got %+v", d)
	}
	c.tap(locker.ActionUnblock)
	if d := c.door(2); d.Blocked != "" {
		t.Fatalf("want door 2 back, got %+v", d)
	}
}

func TestAnOccupiedDoorIsNotLookedAway(t *testing.T) {
	c, _ := serviced(t)
	c.atDoor(1)
	c.tap(locker.ActionOpen)
	c.sense(1, locker.Open)
	c.sense(1, locker.Closed)
	for _, a := range c.view().Actions {
		if a == locker.ActionEmpty {
			t.Fatal("a parcel that is its recipient's cannot be declared away")
		}
	}
	if k := c.holds(1).Kind; k != locker.Occupied {
		t.Fatalf("want the parcel still there, got %q", k)
	}
}

func TestSelfTest(t *testing.T) {
	c, _ := serviced(t)
	if u := want[locker.UnlockRequested](t, c.tap(locker.ActionSelfTest)); u.Door != 2 {
		t.Fatalf("want door 1 with its parcel passed over and 2 opened, got %d", u.Door)
	}
	c.sense(2, locker.Open)
	if u := want[locker.UnlockRequested](t, c.sense(2, locker.Closed)); u.Door != 3 {
		t.Fatalf("want door 3 next, got %d", u.Door)
	}
	if u := want[locker.UnlockRequested](t, c.wait(c.plan.Times.Judge)); u.Door != 4 {
		t.Fatalf("want door 4 after 3 did not open, got %d", u.Door)
	}
	c.sense(4, locker.Open)
	c.says(locker.ActionOccupied)
	u := c.door(5).Unlock
	c.feed(locker.ReleaseEnded{Unlock: u.ID, Sent: false})
	c.onScreen(locker.StepTested)
	if k := c.holds(2).Kind; k != locker.Doubtful {
		t.Fatalf("a door that was pushed shut is not proven empty by that, but is %q", k)
	}
	want[locker.DoorEmptied](t, c.tap(locker.ActionEmpty))
	c.onScreen(locker.StepMenu)
	c.notice(locker.NoticeTested)
	wants := []locker.DoorTest{{Door: 1, Result: locker.TestSkipped}, {Door: 2, Result: locker.TestOK},
		{Door: 3, Result: locker.TestNotOpened}, {Door: 4, Result: locker.TestOccupied},
		{Door: 5, Result: locker.TestUnreachable}}
	got := c.view().Tests
	for i, w := range wants {
		if i >= len(got) || got[i] != w {
			t.Fatalf("want %v, got %v", wants, got)
		}
	}
	if k := c.holds(2).Kind; k != locker.Empty {
		t.Fatalf("want door 2 looked into and empty, got %q", k)
	}
}

// TestADoorThatSprangOpenAfterItsTest is not taken with the others, and the technician is shown that.
func TestADoorThatSprangOpenAfterItsTest(t *testing.T) {
	c := newCabinet(t)
	c.signIn("grace")
	c.tap(locker.ActionSelfTest)
	for _, door := range []int{1, 2} {
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
	}
	c.tap(locker.ActionStop)
	c.onScreen(locker.StepTested)
	c.sense(2, locker.Open)
	events := c.tap(locker.ActionEmpty)
	if e := want[locker.DoorEmptied](t, events); e.Door != 1 {
		t.Fatalf("want door 1 taken, got %+v", e)
	}
	if e := want[locker.LookRefused](t, events); e.Door != 2 {
		t.Fatalf("want door 2 refused, got %+v", e)
	}
	c.onScreen(locker.StepMenu)
	c.notice(locker.NoticeNotTaken)
}

func TestATechnicianAtTheScannerOpensNothing(t *testing.T) {
	c, code := serviced(t)
	if got := c.scan(code); len(got) > 0 {
		t.Fatalf("want nothing, got %s", names(got))
	}
}

func TestSwitchesAndCameras(t *testing.T) {
	c := newCabinet(t)
	want[locker.SwitchAlarmed](t, c.feed(locker.SwitchSensed{Switch: locker.SwitchTamper, Alarm: true}))
	if got := c.feed(locker.SwitchSensed{Switch: locker.SwitchTamper, Alarm: true}); len(got) > 0 {
		t.Fatalf("want an alarm once, got %s", names(got))
	}
	if !c.view().Buzzer {
		t.Fatal("want the buzzer while the casing is open")
	}
	want[locker.SwitchCleared](t, c.feed(locker.SwitchSensed{Switch: locker.SwitchTamper}))
	want[locker.CameraSilent](t, c.feed(locker.CameraLost{Name: "front", Why: "covered"}))
	want[locker.CameraAnswered](t, c.feed(locker.CameraBack{Name: "front"}))
}

func TestWhenAStillIsWanted(t *testing.T) {
	c := newCabinet(t)
	wanted := func() (list []locker.PhotoWanted) {
		for _, r := range c.records[len(c.records)-1:] {
			if w, ok := c.state.Wants(r); ok {
				list = append(list, w)
			}
		}
		return list
	}
	c.dropTo("PARCEL-1", "S")
	door := c.view().Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	if w := wanted(); len(w) != 1 || w[0].Moment != locker.MomentDrop || w[0].Door != door {
		t.Fatalf("want a still of the drop-off, got %+v", w)
	}
	stored := want[locker.ParcelStored](t, c.tap(locker.ActionDone))
	c.tap(locker.ActionFinish)
	c.scan(string(stored.Personal.Code))
	c.sense(door, locker.Open)
	if w := wanted(); len(w) != 1 || w[0].Moment != locker.MomentPickup {
		t.Fatalf("want a still of the pickup, got %+v", w)
	}
}
