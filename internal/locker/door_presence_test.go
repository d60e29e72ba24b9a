package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// present tells what a presence sensor says of a door.
func (c *cabinet) present(door int, present bool) []locker.Event {
	return c.feed(locker.PresenceSensed{Lock: c.plan.Doors[door-1].Lock, Present: present})
}

func TestASensorProvesAFetchedDoorEmpty(t *testing.T) {
	c, door, code := stored(t)
	c.present(door, true)
	c.scan(code)
	c.sense(door, locker.Open)
	c.present(door, false)
	c.sense(door, locker.Closed)
	wantNo[locker.DoorEmptied](t, c.wait(10*time.Second)) // the reopening time is not over
	c.tap(locker.ActionFinish)
	events := c.wait(c.plan.Times.Thanks)
	if e := want[locker.DoorEmptied](t, events); e.Proof != locker.ProofSensor {
		t.Fatalf("want the sensor's word, got %+v", e)
	}
	if d := c.door(door); d.Holds.Proof != locker.ProofSensor || d.Presence != locker.PresenceEmpty {
		t.Fatalf("want it proven by the sensor, got %+v", d)
	}
}

func TestSomethingWasLeftBehind(t *testing.T) {
	c, door, code := stored(t)
	c.present(door, true)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.wait(10 * time.Second)
	events := c.tap(locker.ActionFinish)
	wantNo[locker.DoorEmptied](t, events)
	if e := want[locker.CollectionDisputed](t, events); e.By != "sensor" {
		t.Fatalf("want the sensor's word, got %+v", e)
	}
	if u := want[locker.UnlockRequested](t, c.scan(code)); u.Why != locker.WhyPickup {
		t.Fatalf("want the parcel still its recipient's, got %+v", u)
	}
}

// TestASensorCountsForWhoComesNext: the session of before keeps the sensor from counting until somebody shows something, and it
// counts before that is judged.
func TestASensorCountsForWhoComesNext(t *testing.T) {
	for by, again := range map[string]func(c *cabinet, code string) []locker.Event{
		"a code":  func(c *cabinet, code string) []locker.Event { return c.scan(code) },
		"a token": func(c *cabinet, _ string) []locker.Event { return c.show(c.parcelToken("t1")) },
	} {
		t.Run(by, func(t *testing.T) {
			c, door, code := stored(t)
			c.present(door, true)
			again(c, code)
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
			c.wait(c.plan.Times.Thanks - 2*time.Second)
			want[locker.CodeRefused](t, c.scan("code-of-nobody"))
			c.wait(3 * time.Second)
			if v := c.view(); v.Door != door {
				t.Fatalf("want the session of before still there, got %+v", v)
			}
			events := again(c, code)
			wantNo[locker.CodeRefused](t, events)
			want[locker.CollectionDisputed](t, events)
			if u := want[locker.UnlockRequested](t, events); u.Why != locker.WhyPickup {
				t.Fatalf("want the parcel still its recipient's, got %+v", u)
			}
		})
	}
}

// TestASensorCountsWhenASessionEndsByItself, just as its recipient shows their code.
func TestASensorCountsWhenASessionEndsByItself(t *testing.T) {
	c, door, code := stored(t)
	c.present(door, true)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.pass(2 * c.plan.Times.Thanks)
	events := c.scan(code)
	wantNo[locker.CodeRefused](t, events)
	if u := want[locker.UnlockRequested](t, events); u.Why != locker.WhyPickup {
		t.Fatalf("want the parcel still its recipient's, got %+v", u)
	}
}

func TestADoubtfulDoorIsProvenOnceItIsAtRest(t *testing.T) {
	c := bareCabinet(t, plan())
	c.present(1, false)
	wantNo[locker.DoorEmptied](t, c.sense(1, locker.Closed)) // what it says may be of before
	if e := want[locker.DoorEmptied](t, c.wait(3*time.Second)); e.Door != 1 || e.Proof != locker.ProofSensor {
		t.Fatalf("want door 1 empty by its sensor, got %+v", e)
	}
	want[locker.DoorDoubted](t, c.present(1, true))
	if n := c.state.Summary(c.now).Free["S"]; n != 0 {
		t.Fatalf("want no door given with something in it, got %d", n)
	}
	c.feed(locker.BoardLost{Bus: "main", Board: 1})
	if p := c.door(1).Presence; p != "" {
		t.Fatalf("want nothing known of a silent board's sensor, got %q", p)
	}
}

func TestASensorSeesWhatComesAfterTheClosing(t *testing.T) {
	c := bareCabinet(t, plan())
	c.present(1, false)
	c.sense(1, locker.Closed)
	c.pass(time.Second)
	c.present(1, true)
	wantNo[locker.DoorEmptied](t, c.wait(time.Minute))
}

// TestAParcelThatASensorDoesNotSee is still its recipient's.
func TestAParcelThatASensorDoesNotSee(t *testing.T) {
	c, door, code := stored(t)
	c.present(door, false)
	wantNo[locker.DoorEmptied](t, c.wait(time.Minute))
	if !c.finds(door, locker.FindingSensor) {
		t.Fatal("want it found")
	}
	c.present(door, true)
	if c.finds(door, locker.FindingSensor) {
		t.Fatal("want the finding cleared")
	}
	want[locker.UnlockRequested](t, c.scan(code))
}

// finds says whether a finding about a door stands, for the operator as for the technician.
func (c *cabinet) finds(door int, f locker.Finding) bool {
	for _, fault := range c.state.Summary(c.now).Faults {
		if fault.Kind == "finding" && fault.Door == door && fault.Why == string(f) {
			return true
		}
	}
	return false
}
