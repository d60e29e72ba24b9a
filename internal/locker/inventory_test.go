package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// walks has a chief begin the walk from door to door.
func walks(t *testing.T, c *cabinet) {
	t.Helper()
	c.signIn("grace")
	c.tap(locker.ActionInventory)
	c.onScreen(locker.StepInventory)
	if e := want[locker.InventoryStarted](t, c.tap(locker.ActionInventoryYes)); e.By != "grace" || len(e.Doors) != len(c.plan.Doors) {
		t.Fatalf("want every door walked by grace, got %+v", e)
	}
}

// lookInto opens the door at hand and shuts it again.
func (c *cabinet) lookInto(door int) {
	c.t.Helper()
	c.onScreen(locker.StepInventoryDoor)
	if at := c.view().Door; at != door {
		c.t.Fatalf("want door %d at hand, got %d", door, at)
	}
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
}

func countedOf(t *testing.T, e locker.InventoryEnded, door int) locker.Counted {
	t.Helper()
	i := slices.IndexFunc(e.Doors, func(k locker.Counted) bool { return k.Door == door })
	if i < 0 {
		t.Fatalf("want door %d in the report, got %+v", door, e.Doors)
	}
	return e.Doors[i]
}

// TestAnInventory: a parcel that is there, one that is gone, something that nobody knows of, a door that does not open, and a board that
// is silent; and what the report says of each.
func TestAnInventory(t *testing.T) {
	c := newCabinet(t)
	there, _ := c.drop("P1", "S")
	gone, _ := c.drop("P2", "S")
	c.tap(locker.ActionSignOut)
	walks(t, c)
	empty := func(door int) locker.DoorCounted {
		c.lookInto(door)
		return want[locker.DoorCounted](t, c.tap(locker.ActionEmpty))
	}
	var report locker.InventoryEnded
	for n := range c.plan.Doors {
		door := c.plan.Doors[n].Number
		switch {
		case door == there:
			c.lookInto(door)
			events := c.tap(locker.ActionParcel)
			if e := want[locker.DoorCounted](t, events); e.Differs || e.Tracking != "P1" || e.Believed != locker.Occupied {
				t.Fatalf("want a parcel where one is believed to be, got %+v", e)
			}
			wantNo[locker.DoorBlocked](t, events)
		case door == gone:
			if e := empty(door); !e.Differs || e.Found != locker.FoundEmpty || e.Tracking != "P2" {
				t.Fatalf("want it told that the parcel is gone, got %+v", e)
			}
			if k := c.holds(door); k.Kind != locker.Occupied {
				t.Fatalf("a parcel that waits is its recipient's, whoever looks: got %+v", k)
			}
		case n == 2:
			c.lookInto(door)
			want[locker.DoorBlocked](t, c.tap(locker.ActionOther))
			if k := c.holds(door); k.Kind != locker.Doubtful {
				t.Fatalf("want what holds something given to nobody, got %+v", k)
			}
		case n == 3:
			wantNo[locker.UnlockRequested](t, c.wait(c.plan.Times.Judge)) // it did not open: whoever has gone opens no other
			c.tap(locker.ActionSkip)
		case n == len(c.plan.Doors)-1:
			c.lookInto(door)
			report = want[locker.InventoryEnded](t, c.tap(locker.ActionEmpty))
		default:
			empty(door)
			if k := c.holds(door); k.Kind != locker.Empty || k.Proof != locker.ProofTechnician {
				t.Fatalf("want door %d proven empty by the look, got %+v", door, k)
			}
		}
	}
	c.onScreen(locker.StepInventoryOver)
	if report.Differences != 2 || report.Why != locker.InventoryDone || len(report.Doors) != len(c.plan.Doors) {
		t.Fatalf("want two differences in a whole report, got %+v", report)
	}
	if k := countedOf(t, report, c.plan.Doors[2].Number); k.Found != locker.FoundOther || k.Believed != locker.Empty || !k.Differs {
		t.Fatalf("want what was found behind a door that was held to be empty, got %+v", k)
	}
	if k := countedOf(t, report, c.plan.Doors[3].Number); k.Found != locker.FoundNotOpened || k.Differs {
		t.Fatalf("want a door into which nobody looked, got %+v", k)
	}
	if v := c.view().Inventory; v.Differences != 2 || len(v.Counted) != len(c.plan.Doors) {
		t.Fatalf("want the differences on the screen, got %+v", v)
	}
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepMenu)
}

// TestAnInventoryProvesNothingUnseen: what nobody saw open is proven by nobody's word, and a door that stands open by none either.
func TestAnInventoryProvesNothingUnseen(t *testing.T) {
	c := newCabinet(t)
	walks(t, c)
	first, second := c.plan.Doors[0].Number, c.plan.Doors[1].Number
	c.feed(locker.BoardLost{Bus: "main", Board: 1, Why: "no answer"})
	c.wait(c.plan.Times.Judge)
	if c.view().Door != first {
		t.Fatalf("want whoever stands there asked, got %+v", c.view().Step)
	}
	events := c.tap(locker.ActionEmpty)
	if e := want[locker.DoorCounted](t, events); !e.Unseen || e.Found != locker.FoundEmpty {
		t.Fatalf("want it said that nobody else saw it, got %+v", e)
	}
	wantNo[locker.DoorEmptied](t, events)
	if e := all[locker.DoorCounted](events)[1]; e.Door != second || e.Found != locker.FoundUnreachable {
		t.Fatalf("want a door that could not be asked, got %+v", e)
	}
}

// TestAnInventoryThatIsWalkedAwayFrom: who speaks of a door long after it was shut may be anybody, and later still nothing opens for them.
func TestAnInventoryThatIsWalkedAwayFrom(t *testing.T) {
	for after, ends := range map[time.Duration]bool{25 * time.Second: false, 46 * time.Second: true} {
		c := newCabinet(t)
		walks(t, c)
		c.lookInto(1)
		events := c.wait(after)
		if ends {
			want[locker.SessionEnded](t, events)
			if e := want[locker.InventoryEnded](t, events); e.Why != locker.InventoryLeft {
				t.Fatalf("want it left, got %+v", e)
			}
			continue
		}
		events = c.tap(locker.ActionEmpty)
		if e := want[locker.DoorCounted](t, events); e.Found != locker.FoundEmpty {
			t.Fatalf("want it in the report as said, got %+v", e)
		}
		wantNo[locker.DoorEmptied](t, events)
		c.lookInto(2) // by whoever goes on
		wantNo[locker.DoorEmptied](t, c.tap(locker.ActionEmpty))
	}
}

func TestAnInventoryIsStopped(t *testing.T) {
	c := newCabinet(t)
	walks(t, c)
	c.lookInto(1)
	c.tap(locker.ActionEmpty)
	c.sense(2, locker.Open)
	events := c.tap(locker.ActionStop)
	report := want[locker.InventoryEnded](t, events)
	if report.Why != locker.InventoryStopped {
		t.Fatalf("want it stopped, got %+v", report)
	}
	wantNo[locker.DoorEmptied](t, events)
	for door, found := range map[int]locker.Found{1: locker.FoundEmpty, 2: locker.FoundNotShut, 3: locker.FoundNotWalked} {
		if k := countedOf(t, report, door); k.Found != found {
			t.Errorf("door %d: want %q, got %+v", door, found, k)
		}
	}
	if len(c.wait(time.Second)) > 0 {
		t.Error("want no door opened after it")
	}
}

// TestAnInventoryThatIsLeft: whoever walks away leaves a report of what they have seen, and opens nothing more; so does a cut of the power.
func TestAnInventoryThatIsLeft(t *testing.T) {
	for name, leaves := range map[string]func(*cabinet) []locker.Event{
		"walks away": func(c *cabinet) []locker.Event { return c.wait(time.Hour) },
		"a cut":      func(c *cabinet) []locker.Event { return c.restart() },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCabinet(t)
			walks(t, c)
			c.lookInto(1)
			c.tap(locker.ActionEmpty)
			events := leaves(c)
			report := want[locker.InventoryEnded](t, events)
			if report.Why != locker.InventoryLeft || countedOf(t, report, 1).Found != locker.FoundEmpty {
				t.Fatalf("want what was seen, got %+v", report)
			}
			wantNo[locker.UnlockRequested](t, events)
			if k := c.holds(2); k.Kind == locker.Empty {
				t.Fatalf("want the pulsed door in doubt, got %+v", k)
			}
		})
	}
}

// TestAnInventoryOfService: somebody's parcel is for chiefs alone.
func TestAnInventoryOfService(t *testing.T) {
	c := newCabinet(t)
	door, _ := c.drop("P1", "S")
	c.tap(locker.ActionSignOut)
	c.signIn("lin")
	c.tap(locker.ActionInventory)
	for _, e := range all[locker.UnlockRequested](c.tap(locker.ActionInventoryYes)) {
		if e.Door == door {
			t.Fatal("want the parcel's door left shut")
		}
	}
	c.tap(locker.ActionStop)
	i := slices.IndexFunc(c.view().Inventory.Counted, func(k locker.Counted) bool { return k.Door == door })
	if k := c.view().Inventory.Counted[i]; k.Found != locker.FoundForOthers {
		t.Fatalf("want it said that nobody has looked, got %+v", k)
	}
}

func TestStillsOfAnInventory(t *testing.T) {
	c := newCabinet(t)
	walks(t, c)
	before := len(c.records)
	c.sense(1, locker.Open)
	var w locker.PhotoWanted
	for _, r := range c.records[before:] {
		if one, wanted := c.state.Wants(r); wanted {
			w = one
		}
	}
	if w.Moment != locker.MomentInventory || w.Door != 1 {
		t.Fatalf("want a still of the open door, got %+v", w)
	}
	c.feed(locker.PhotoTaken{Wanted: w, Photo: "a.jpg", SHA256: "00", Key: []byte("k")})
	c.sense(1, locker.Closed)
	c.tap(locker.ActionEmpty)
	c.feed(locker.PhotoTaken{Wanted: w, Photo: "b.jpg", SHA256: "01", Key: []byte("k")}) // it comes late
	report := want[locker.InventoryEnded](t, c.tap(locker.ActionStop))
	if k := countedOf(t, report, 1); len(k.Stills) != 2 || k.Stills[0].Photo != "a.jpg" || k.Stills[1].SHA256 != "01" {
		t.Fatalf("want both stills in the report, got %+v", k)
	}
}
