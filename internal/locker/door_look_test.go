package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// doubted is a cabinet in which nobody knows what is behind its small doors, 1 and 2.
func doubted(t *testing.T) *cabinet {
	t.Helper()
	c := newCabinet(t)
	for _, door := range []int{1, 2} {
		c.pass(time.Minute)
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		if h := c.holds(door); h.Kind != locker.Doubtful {
			t.Fatalf("want door %d doubtful, got %+v", door, h)
		}
	}
	c.pass(time.Minute)
	return c
}

// lookFor is a courier with a small parcel for whom no door is known to be empty.
func (c *cabinet) lookFor() int {
	c.t.Helper()
	c.scan("badge-ada")
	c.scan("PARCEL-9")
	c.phone()
	u := want[locker.UnlockRequested](c.t, c.size("S"))
	c.onScreen(locker.StepLook)
	if u.Why != locker.WhyLook || u.Door != c.view().Door || u.Parcel != "" || c.view().Aim != locker.AimLook {
		c.t.Fatalf("want the courier asked to look, got %+v", u)
	}
	return u.Door
}

func TestADoubtfulDoorHealsByALook(t *testing.T) {
	c := doubted(t)
	door := c.lookFor()
	c.sense(door, locker.Open)
	if got := c.view().Actions; !slices.Equal(got, []locker.Action{locker.ActionEmpty, locker.ActionOccupied, locker.ActionBack, locker.ActionLanguage}) {
		t.Fatalf("want the question, got %v", got)
	}
	events := c.tap(locker.ActionEmpty)
	wantNo[locker.UnlockRequested](t, events) // it stands open already
	c.onScreen(locker.StepDrop)
	c.sense(door, locker.Closed)
	if e := want[locker.ParcelStored](t, c.tap(locker.ActionDone)); e.Door != door {
		t.Fatalf("want it stored behind door %d, got %+v", door, e)
	}
}

// TestSomebodyElseLooks: a courier has gone from the door that they were to look into; a stranger's word is no proof, and opens nothing.
func TestSomebodyElseLooks(t *testing.T) {
	t.Run("it is empty", func(t *testing.T) {
		c := doubted(t)
		door := c.lookFor()
		c.sense(door, locker.Open)
		c.pass(50 * time.Second)
		wantNo[locker.DropStarted](t, c.tap(locker.ActionEmpty))
		c.onScreen(locker.StepBadge)
		c.scan("badge-ada")
		c.onScreen(locker.StepLook)
		if e := want[locker.DropStarted](t, c.tap(locker.ActionEmpty)); e.Door != door {
			t.Errorf("want door %d, got %+v", door, e)
		}
	})
	t.Run("another size", func(t *testing.T) {
		c := doubted(t)
		c.scan("badge-ada")
		c.scan("PARCEL-9")
		c.phone()
		c.pass(15 * time.Second)
		wantNo[locker.UnlockRequested](t, c.size("S"))
		c.onScreen(locker.StepBadge)
		c.tap(locker.ActionBack)
		c.onScreen(locker.StepSize)
		wantNo[locker.UnlockRequested](t, c.size("S"))
		c.scan("badge-ada")
		c.onScreen(locker.StepSize)
		if u := want[locker.UnlockRequested](t, c.size("S")); u.Why != locker.WhyLook {
			t.Errorf("want them to look, got %+v", u)
		}
	})
	t.Run("it did not open", func(t *testing.T) {
		c := doubted(t)
		c.lookFor()
		c.wait(c.plan.Times.Judge)
		c.onScreen(locker.StepLook)
		c.pass(25 * time.Second)
		wantNo[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
		c.onScreen(locker.StepBadge)
		c.tap(locker.ActionBack)
		c.onScreen(locker.StepLook)
	})
}

func TestALookIntoADoorThatIsShutAgain(t *testing.T) {
	c := doubted(t)
	door := c.lookFor()
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	events := c.tap(locker.ActionEmpty)
	if e := want[locker.DoorEmptied](t, events); e.Proof != locker.ProofCourier {
		t.Fatalf("want the courier's look, got %+v", e)
	}
	if u := want[locker.UnlockRequested](t, events); u.Why != locker.WhyDrop || u.Door != door {
		t.Fatalf("want it opened for the parcel, got %+v", u)
	}
}

// TestALookThatASensorContradicts: the door is given to nobody, whether it stands open or is shut again.
func TestALookThatASensorContradicts(t *testing.T) {
	for _, shut := range []bool{false, true} {
		c := doubted(t)
		door := c.lookFor()
		c.sense(door, locker.Open)
		c.present(door, true)
		if shut {
			c.sense(door, locker.Closed)
		}
		events := c.tap(locker.ActionEmpty)
		wantNo[locker.DropStarted](t, events)
		wantNo[locker.DoorEmptied](t, events)
		if v := c.view(); v.Door == door {
			t.Errorf("shut %t: want the courier led on, got %+v", shut, v)
		}
		c.sense(door, locker.Closed)
		c.notGiven(door)
	}
}

func TestALookThatFindsSomething(t *testing.T) {
	c := doubted(t)
	first := c.lookFor()
	c.sense(first, locker.Open)
	events := c.says(locker.ActionOccupied)
	if b := want[locker.DoorBlocked](t, events); b.Door != first || b.Why != locker.BlockOccupied {
		t.Fatalf("want door %d set aside, got %+v", first, b)
	}
	second := want[locker.UnlockRequested](t, events).Door
	c.sense(first, locker.Closed)
	c.wait(c.plan.Times.Judge) // the second does not open
	c.tap(locker.ActionSkip)
	c.onScreen(locker.StepNoDoor)
	if first == second || c.holds(first).Kind != locker.Doubtful || c.holds(second).Kind != locker.Doubtful {
		t.Fatalf("want neither given: %+v, %+v", c.holds(first), c.holds(second))
	}
}

func TestALookThatIsNotAnswered(t *testing.T) {
	c := doubted(t)
	door := c.lookFor()
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.wait(5 * time.Minute)
	if h := c.holds(door); h.Kind != locker.Doubtful {
		t.Fatalf("want it doubtful still, got %+v", h)
	}
}

func TestIntoWhatNoCourierLooks(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(*cabinet)
		lack locker.Lack
	}{
		{"a restored journal may have forgotten a parcel", func(c *cabinet) {
			c.write([]locker.Event{locker.EpochBegun{Reason: locker.EpochRestored}})
			c.restart()
			for _, d := range c.plan.Doors {
				c.sense(d.Number, locker.Closed)
			}
		}, locker.LackUnsure},
		{"a sensor sees something", func(c *cabinet) { c.present(1, true); c.present(2, true) }, locker.LackUnsure},
		{"set aside", func(c *cabinet) {
			for _, door := range []int{1, 2} {
				c.order(locker.Order{Block: &locker.BlockOrder{Door: door, Reason: locker.BlockDirty}})
			}
		}, locker.LackService},
		{"the site forbids it", func(c *cabinet) { c.plan.NoLooks = true }, locker.LackUnsure},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := doubted(t)
			tt.make(c)
			c.scan("badge-ada")
			c.scan("PARCEL-9")
			c.phone()
			wantNo[locker.UnlockRequested](t, c.size("S"))
			c.onScreen(locker.StepNoDoor)
			if z := c.view().Sizes[0]; z.Lack != tt.lack {
				t.Errorf("want the screen to say why: %q, got %+v", tt.lack, z)
			}
		})
	}
}

// TestWhyNoneIsFree: a size of which no door is free says why, and one that a look can free can be chosen.
func TestWhyNoneIsFree(t *testing.T) {
	c := doubted(t)
	c.scan("badge-ada")
	if z := c.view().Sizes[0]; z.Free != 0 || z.Lack != locker.LackLook {
		t.Errorf("two doors to look into: %+v", z)
	}
	c = newCabinet(t)
	c.drop("PARCEL-1", "S")
	if z := c.view().Sizes[0]; z.Free != 1 || z.Lack != "" {
		t.Errorf("one is free: %+v", z)
	}
	c.drop("PARCEL-2", "S")
	if z := c.view().Sizes[0]; z.Free != 0 || z.Lack != locker.LackFull {
		t.Errorf("both are full: %+v", z)
	}
}

// A parcel may lie where a drop-off was broken off: only its own company's couriers look there.
func TestALookAtABrokenOffDropOff(t *testing.T) {
	c := newCabinet(t)
	for range 2 {
		c.dropTo("PARCEL-1", "S")
		c.sense(c.view().Door, locker.Open)
		door := c.view().Door
		c.wait(5 * time.Minute) // the courier has gone
		c.sense(door, locker.Closed)
	}
	for badge, looks := range map[string]bool{"badge-bob": false, "badge-ada": true} {
		c.scan(badge)
		c.scan("PARCEL-8")
		c.phone()
		if _, asked := find[locker.UnlockRequested](c.size("S")); asked != looks {
			t.Errorf("%s: want asked to look: %v", badge, looks)
		}
		c.wait(5 * time.Minute)
	}
}

// The strongest proof is given first.
func TestTheStrongestProofFirst(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.wait(2 * time.Minute)
	other := 3 - door
	c.dropTo("PARCEL-2", "S")
	if got := c.view().Door; got != other {
		t.Fatalf("want door %d, into which a technician has looked, before %d, got %d", other, door, got)
	}
}
