package locker_test

import (
	"testing"

	"lockerd/internal/locker"
)

// opens plays a sequence whose doors open as they should, but for those that stay shut, and gives the doors that were
// pulsed.
func (c *cabinet) opens(events []locker.Event, shut ...int) (pulsed []int) {
	c.t.Helper()
	for {
		u, going := find[locker.UnlockRequested](events)
		if !going {
			return pulsed
		}
		if _, second := find[locker.UnlockRequested](events[len(events)-1:]); !second && u.Why != locker.WhyTech {
			c.t.Fatalf("want one unlock for service at a time, got %s", names(events))
		}
		pulsed = append(pulsed, u.Door)
		jammed := false
		for _, n := range shut {
			jammed = jammed || n == u.Door
		}
		if jammed {
			events = c.wait(c.plan.Times.Judge)
		} else {
			events = c.sense(u.Door, locker.Open)
		}
	}
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// openEmpty asks for every door that holds no parcel, and means it.
func (c *cabinet) openEmpty() []locker.Event {
	c.t.Helper()
	wantNo[locker.UnlockRequested](c.t, c.tap(locker.ActionOpenEmpty))
	return c.tap(locker.ActionOpenEmptyYes)
}

func TestOpenEveryEmptyDoor(t *testing.T) {
	c, _ := serviced(t) // a parcel lies behind door 1
	pulsed := c.opens(c.openEmpty(), 4)
	if !equal(pulsed, []int{2, 3, 4, 5}) {
		t.Fatalf("want doors 2 to 5, one after the other, got %v", pulsed)
	}
	c.onScreen(locker.StepSequence)
	if v := c.view().Sequence; v.Done != 3 || v.Failed != 1 || v.Total != 4 || v.Ended != locker.SequenceDone {
		t.Fatalf("want 3 of 4 and the end, got %+v", v)
	}
	if k := c.holds(2).Kind; k != locker.Doubtful {
		t.Fatalf("want a door that stands open doubtful, got %q", k)
	}
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepMenu)
}

func TestOpenEveryDoorAsksFirst(t *testing.T) {
	c, _ := serviced(t)
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionOpenAll))
	c.onScreen(locker.StepOpenAll)
	if v := c.view().Sequence; v.Total != 5 {
		t.Fatalf("want it to say 5 doors, got %+v", v)
	}
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionOpenAllYes))
	c.onScreen(locker.StepSecondPIN)
	if pulsed := c.opens(c.proves("lin")); !equal(pulsed, []int{1, 2, 3, 4, 5}) {
		t.Fatalf("want every door, got %v", pulsed)
	}
	if k := c.holds(1).Kind; k != locker.Occupied {
		t.Fatalf("want the parcel still its recipient's, got %q", k)
	}
}

func TestASequenceStopsByItself(t *testing.T) {
	c, _ := serviced(t)
	c.sense(3, locker.Open) // stands open already: not a failure, not a pulse
	pulsed := c.opens(c.openEmpty(), 2, 4, 5)
	if !equal(pulsed, []int{2, 4, 5}) {
		t.Fatalf("want 2, 4 and 5 pulsed, got %v", pulsed)
	}
	if v := c.view().Sequence; v.Ended != locker.SequenceDone || v.Done != 1 || v.Failed != 3 {
		t.Fatalf("want an opened door to break the row, got %+v", v)
	}
	c.tap(locker.ActionBack)
	c.feed(locker.BoardLost{Bus: "main", Board: 2})
	c.feed(locker.BoardLost{Bus: "main", Board: 1})
	e := want[locker.SequenceEnded](t, c.openEmpty())
	if e.Why != locker.SequenceBreaker || e.Failed != 3 {
		t.Fatalf("want it stopped after three, got %+v", e)
	}
}

func TestASequenceIsStopped(t *testing.T) {
	c, _ := serviced(t)
	u := want[locker.UnlockRequested](t, c.openEmpty())
	if e := want[locker.SequenceEnded](t, c.tap(locker.ActionStop)); e.Why != locker.SequenceStopped {
		t.Fatalf("want it stopped, got %+v", e)
	}
	wantNo[locker.UnlockRequested](t, c.sense(u.Door, locker.Open))
	c.onScreen(locker.StepSequence)
}

func TestASequenceEndsWithItsSession(t *testing.T) {
	c, _ := serviced(t)
	c.openEmpty()
	events := c.restart()
	if e := want[locker.SequenceEnded](t, events); e.Why != locker.SequenceLeft {
		t.Fatalf("want it over with the session, got %+v", e)
	}
	for _, d := range c.plan.Doors {
		wantNo[locker.UnlockRequested](t, c.sense(d.Number, locker.Closed))
	}
}
