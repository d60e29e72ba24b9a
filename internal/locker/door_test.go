package locker_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
)

func TestForced(t *testing.T) {
	c, door, _ := stored(t)
	c.wait(time.Minute)
	want[locker.DoorForced](t, c.sense(door, locker.Open))
	if k := c.holds(door).Kind; k != locker.Occupied {
		t.Fatalf("want the parcel still its recipient's, got %q", k)
	}
	empty := 5
	want[locker.DoorForced](t, c.sense(empty, locker.Open))
	c.sense(empty, locker.Closed)
	if k := c.holds(empty).Kind; k != locker.Doubtful {
		t.Fatalf("want a forced door doubtful, got %q", k)
	}
}

// TestADoorWithoutAContact: nothing is ever known of its door, so nobody is given it, whoever has looked in.
func TestADoorWithoutAContact(t *testing.T) {
	p := plan()
	p.Doors[4].Blind = true
	c := bareCabinet(t, p)
	if got := c.sense(5, locker.Closed); len(got) > 0 {
		t.Fatalf("want nothing believed, got %s", names(got))
	}
	c.feed(locker.Inspected{By: "the builder"})
	if n := c.state.Summary(c.now).Free["L"]; n != 0 {
		t.Fatalf("want it given to nobody, got %d free", n)
	}
	c.signIn("grace")
	c.atDoor(5)
	if d := c.view().Details[4]; !d.Blind || d.State != locker.Unknown {
		t.Fatalf("want the technician to see it, got %+v", d)
	}
	c.tap(locker.ActionOpen)
	if e := want[locker.UnlockEnded](t, c.wait(c.plan.Times.Judge)); e.Outcome != locker.OutcomeUnknown {
		t.Fatalf("want nobody to know, got %+v", e)
	}
	c.tap(locker.ActionBack)
	c.tap(locker.ActionBack)
	for _, d := range p.Doors[:4] {
		c.sense(d.Number, locker.Closed)
	}
	events := c.tap(locker.ActionSelfTest)
	for _, n := range []int{1, 2, 3, 4} {
		c.sense(n, locker.Open)
		events = c.sense(n, locker.Closed)
	}
	if e := want[locker.DoorTested](t, events[len(events)-2:]); e.Result != locker.TestNoContact {
		t.Fatalf("want it passed over, got %+v", e)
	}
}

// TestABoardThatDoesNotKnow: what was known of the door holds no longer, and it is given to nobody.
func TestABoardThatDoesNotKnow(t *testing.T) {
	c := newCabinet(t)
	want[locker.DoorUnknown](t, c.sense(5, locker.Unknown))
	if d := c.door(5); d.State != locker.Unknown || c.state.Summary(c.now).Free["L"] != 0 {
		t.Fatalf("want nothing known of door 5, got %+v", d)
	}
	if got := c.sense(5, locker.Unknown); len(got) > 0 {
		t.Fatalf("want it said once, got %s", names(got))
	}
	c.sense(5, locker.Closed)
	if n := c.state.Summary(c.now).Free["L"]; n != 1 {
		t.Fatalf("want it free again once it is seen closed, got %d", n)
	}
}

func TestADoorNeverSeenClosedIsNotForced(t *testing.T) {
	c := newCabinet(t)
	c.restart()
	events := c.sense(1, locker.Open)
	wantNo[locker.DoorForced](t, events)
	want[locker.DoorDoubted](t, events) // anybody may have put something in
}

func TestANewCabinetGivesNoDoor(t *testing.T) {
	c := bareCabinet(t, plan())
	for _, d := range c.plan.Doors {
		c.sense(d.Number, locker.Closed)
	}
	c.scan("badge-ada")
	c.scan("PARCEL-1")
	c.phone()
	wantNo[locker.UnlockRequested](t, c.size("S"))
	c.onScreen(locker.StepNoDoor)
}

func TestInspection(t *testing.T) {
	c, door, code := stored(t)
	c.feed(locker.Inspected{By: "Grace"})
	c.feed(locker.Inspected{Doors: []int{door}, By: "Grace"})
	if k := c.holds(door).Kind; k != locker.Occupied {
		t.Fatalf("a parcel that is its recipient's is not looked away, but the door is %q", k)
	}
	c.wait(c.plan.Times.Pickup + time.Minute)
	c.feed(locker.Inspected{By: "Grace"})
	if k := c.holds(door).Kind; k != locker.Occupied {
		t.Fatalf("an expired parcel is not looked away unless its door is named, but the door is %q", k)
	}
	want[locker.DoorEmptied](t, c.feed(locker.Inspected{Doors: []int{door}, By: "Grace"}))
	wantNo[locker.UnlockRequested](t, c.scan(code))
}

// A word that is not taken is refused, door by door: nobody goes away and believes that it was.
func TestAWordThatIsNotTaken(t *testing.T) {
	c, parcel, _ := stored(t)
	c.feed(locker.PresenceSensed{Lock: c.plan.Doors[4].Lock, Present: true})
	c.sense(3, locker.Open)
	refused := func(events []locker.Event) map[int]string {
		why := make(map[int]string)
		for _, e := range events {
			if e, no := e.(locker.LookRefused); no {
				if e.By != "Grace" || why[e.Door] != "" {
					t.Fatalf("want each door once, by Grace, got %+v", e)
				}
				why[e.Door] = e.Why
			}
		}
		return why
	}
	const open, waits = "the door stands open", "a parcel waits there for its recipient: say that it was handed over, or cancel it, first"
	events := c.feed(locker.Inspected{By: "Grace"})
	if got, want := refused(events), map[int]string{3: open, 5: "its sensor says that something is in it", parcel: waits}; !reflect.DeepEqual(got, want) {
		t.Errorf("all: want %v, got %v", want, got)
	}
	events = c.feed(locker.Inspected{By: "Grace", Doors: []int{2, 3, 3, 99}})
	if got, want := refused(events), map[int]string{3: open, 99: "no such door"}; !reflect.DeepEqual(got, want) {
		t.Errorf("named: want %v, got %v", want, got)
	}
	if e := want[locker.DoorEmptied](t, events); e.Door != 2 {
		t.Errorf("want door 2 taken, got %+v", e)
	}
	c.wait(c.plan.Times.Pickup + time.Minute)
	if why := refused(c.feed(locker.Inspected{By: "Grace"}))[parcel]; !strings.Contains(why, "name the door") {
		t.Errorf("want it to say how, got %q", why)
	}
}

func TestABoardLostAndBack(t *testing.T) {
	c := newCabinet(t)
	c.feed(locker.BoardLost{Bus: "main", Board: 1})
	if got := c.feed(locker.BoardLost{Bus: "main", Board: 1}); len(got) > 0 {
		t.Fatalf("want it said once, got %s", names(got))
	}
	for _, d := range c.view().Doors {
		if lost := d.Column == 1; d.Out != lost || (d.State == locker.Unknown) != lost {
			t.Fatalf("door %d: want out of service and unknown %v, got %v, %q", d.Number, lost, d.Out, d.State)
		}
	}
	c.feed(locker.BoardLost{Bus: "main", Board: 2})
	c.onScreen(locker.StepOutOfOrder)
	c.feed(locker.BoardBack{Bus: "main", Board: 2})
	c.onScreen(locker.StepHome)
	c.feed(locker.BoardBack{Bus: "main", Board: 1})
	wantNo[locker.DoorForced](t, c.sense(1, locker.Open))
}

func TestARestoredBackupTrustsNothing(t *testing.T) {
	c, door, code := stored(t)
	c.dropTo("PARCEL-2", "S")
	other := c.view().Door
	c.sense(other, locker.Open)
	c.sense(other, locker.Closed)

	c.epoch = "8899aabbccddeeff"
	c.write([]locker.Event{locker.EpochBegun{Reason: locker.EpochRestored, Previous: "0011223344556677"}})
	wantNo[locker.ParcelStored](t, c.restart())
	for _, d := range c.plan.Doors {
		if k := c.holds(d.Number).Kind; k == locker.Empty {
			t.Fatalf("door %d: nothing is proven empty by a backup", d.Number)
		}
		c.sense(d.Number, locker.Closed)
	}
	wantNo[locker.UnlockRequested](t, c.scan(code)) // door %d may hold somebody else's parcel by now
	c.onScreen(locker.StepTrouble)
	c.tap(locker.ActionFinish)
	want[locker.DoorEmptied](t, c.feed(locker.Inspected{Doors: []int{door}, By: "Grace"}))
}

func TestTheClock(t *testing.T) {
	c := newCabinet(t)
	c.drop("PARCEL-1", "S")
	c.tap(locker.ActionSignOut)
	c.restart()

	t.Run("unset: nothing expires, and the newest record's time is a lower bound", func(t *testing.T) {
		c.now.Known, c.now.Wall = false, time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
		c.sense(1, locker.Closed)
		wantNo[locker.ParcelExpired](t, c.wait(100*24*time.Hour))
		if now := c.state.Trust(c.now); now.Wall.Before(c.state.Newest) || now.Known {
			t.Fatalf("want at least %s and not known, got %+v", c.state.Newest, now)
		}
	})
	t.Run("jumped back: it is not known to be right", func(t *testing.T) {
		c.now.Known, c.now.Wall = true, c.state.Newest.Add(-time.Hour)
		if c.state.Trust(c.now).Known {
			t.Fatal("want a clock an hour before the newest record not to be trusted")
		}
	})
	t.Run("set: the calendar goes on", func(t *testing.T) {
		c.now.Known, c.now.Wall = true, c.state.Newest.Add(4*24*time.Hour)
		c.reboot()
		want[locker.ClockDoubted](t, c.feed(locker.Tick{}))
		events := c.wait(4 * 24 * time.Hour)
		want[locker.ClockSet](t, events)
		want[locker.PickupPeriodResumed](t, events) // tokens opened nothing meanwhile
		want[locker.ParcelExpired](t, c.wait(9*24*time.Hour))
	})
}

func TestAPickupPeriodBeginsWhenTheClockIsKnown(t *testing.T) {
	p := plan()
	c := bareCabinet(t, p)
	c.now.Known = false
	for _, d := range p.Doors {
		c.sense(d.Number, locker.Closed)
	}
	c.feed(locker.Inspected{By: "the builder"})
	c.drop("PARCEL-1", "S")
	c.pass(time.Hour)
	c.now.Known = true
	if e := want[locker.PickupPeriodBegan](t, c.feed(locker.Tick{})); !e.Until.Equal(c.now.Wall.Add(p.Times.Pickup)) {
		t.Fatalf("want %s from now, got %s", p.Times.Pickup, e.Until)
	}
}

// A door whose contact is on another board is out of service where either does not answer; unknown is it only without
// the one that reads the contact.
func TestAContactOnAnotherBoard(t *testing.T) {
	p := plan()
	contact := locker.Lock{Bus: "inputs", Board: 9, Channel: 4}
	p.Doors[0].Contact = contact
	c := bareCabinet(t, p)
	for _, d := range p.Doors {
		c.sense(d.Number, locker.Closed)
	}
	is := func(out bool, state locker.DoorState) {
		t.Helper()
		for _, d := range c.view().Doors {
			if d.Number == p.Doors[0].Number && (d.Out != out || d.State != state) {
				t.Fatalf("want out of service %v and %q, got %v, %q", out, state, d.Out, d.State)
			}
		}
	}
	is(false, locker.Closed)
	lock := locker.Board{Bus: p.Doors[0].Lock.Bus, Board: p.Doors[0].Lock.Board}
	c.feed(locker.BoardLost{Bus: lock.Bus, Board: lock.Board, Why: "no answer for 8s"})
	is(true, locker.Closed)
	c.feed(locker.BoardBack(lock))
	is(false, locker.Closed)
	c.feed(locker.BoardLost{Bus: contact.Bus, Board: contact.Board, Why: "no answer for 8s"})
	is(true, locker.Unknown)
	c.feed(locker.BoardBack{Bus: contact.Bus, Board: contact.Board})
	is(false, locker.Unknown)
	c.sense(p.Doors[0].Number, locker.Closed)
	is(false, locker.Closed)
	p.Doors[0].Contact.Channel = 0
	if err := p.Validate(); err == nil {
		t.Error("want a contact without a channel refused")
	}
}
