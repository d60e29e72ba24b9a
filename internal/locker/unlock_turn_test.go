package locker_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// fed is the cabinet of plan, whose locks all hang on one supply.
func fed(t *testing.T, draw locker.Draw) *cabinet {
	t.Helper()
	p := plan()
	for i := range p.Doors {
		p.Doors[i].Draw = draw
	}
	c := bareCabinet(t, p)
	for _, d := range p.Doors {
		c.sense(d.Number, locker.Closed)
	}
	return c
}

const ms = time.Millisecond

var oneAtATime = locker.Draw{Supply: "main", Pulses: 1, Takes: 400 * ms, Most: 1600 * ms}

// opensBefore orders a door open with an order that is good for so long.
func (c *cabinet) opensBefore(door int, life time.Duration) []locker.Event {
	c.t.Helper()
	c.pass(ms)
	return c.give(c.signed("o"+strconv.Itoa(len(c.records)), door, life))
}

// Unlocks that are asked for at once have their turns one after the other, and are told when; none is late by waiting for it.
func TestAnUnlockWaitsForItsSupply(t *testing.T) {
	for _, pulses := range []int{1, 2} {
		draw := oneAtATime
		draw.Pulses = pulses
		c := fed(t, draw)
		var asked [6]time.Duration
		for door := 1; door <= 5; door++ {
			u := want[locker.UnlockRequested](t, c.opensBefore(door, time.Hour))
			asked[door] = c.now.Up
			before := (door - 1) / pulses
			if waits := time.Duration(u.Waits) * ms; waits > time.Duration(before)*draw.Takes || waits < time.Duration(before)*draw.Takes-5*ms {
				t.Errorf("%d pulses, door %d: want it told to wait for %s, got %s", pulses, door, time.Duration(before)*draw.Takes, waits)
			}
			most := c.plan.Times.Within + time.Duration(before)*draw.Most
			if within := time.Duration(u.Within) * ms; within > most || within < most-5*ms {
				t.Errorf("%d pulses, door %d: want it sent within %s, got %s", pulses, door, most, within)
			}
		}
		if ended, is := find[locker.UnlockEnded](c.wait(c.plan.Times.Judge)); !is || ended.Door != 1 {
			t.Errorf("want the first door judged first, got %+v", ended)
		}
		if d := c.door(5); d.Unlock.ID == "" {
			t.Error("want the last door not judged before it had its turn")
		}
		c.sense(5, locker.Open)
		if d := c.door(5); d.Unlock.ID != "" || d.State != locker.Open {
			t.Errorf("want the last door open, got %+v", d)
		}
	}
}

// An order whose turn comes after it has expired is refused; one that expires later is sent by then, or not at all.
func TestAnOrderHasItsOwnDeadline(t *testing.T) {
	c := fed(t, oneAtATime)
	want[locker.UnlockRequested](t, c.opensBefore(1, time.Hour))
	want[locker.UnlockRequested](t, c.opensBefore(2, time.Hour))
	if r := want[locker.OrderRefused](t, c.opensBefore(3, 700*ms)); !strings.Contains(r.Why, "turn") {
		t.Errorf("want it refused for its turn, got %q", r.Why)
	}
	if u := want[locker.UnlockRequested](t, c.opensBefore(3, 900*ms)); u.Within != 900 {
		t.Errorf("want it sent before it expires, within 900 ms, got %d", u.Within)
	}
}

// Whoever stands at the cabinet while others' doors are opened reads how long theirs takes.
func TestAPersonIsToldHowLongTheyWait(t *testing.T) {
	p := plan()
	for i := range p.Doors {
		p.Doors[i].Draw = locker.Draw{Supply: "main", Pulses: 1, Takes: 2100 * ms, Most: 3300 * ms}
	}
	c := bareCabinet(t, p)
	for _, d := range p.Doors {
		c.sense(d.Number, locker.Closed)
	}
	c.feed(locker.Inspected{By: "the builder"})
	door, code := c.drop("PARCEL-1", "S")
	c.tap(locker.ActionSignOut)
	for other := 1; other <= 5; other++ {
		if other != door && other > 3 {
			want[locker.UnlockRequested](t, c.opensBefore(other, time.Hour))
		}
	}
	if u := want[locker.UnlockRequested](t, c.scan(code)); u.Waits < 4000 || u.Waits > 4200 {
		t.Errorf("want it to wait for two pulses of 2.1 s, got %d ms", u.Waits)
	}
	if w := c.view().Waits; w != 4*time.Second {
		t.Errorf("want 4 s on the screen, got %s", w)
	}
	c.pass(3 * time.Second)
	if w := c.view().Waits; w != time.Second {
		t.Errorf("want 1 s on the screen, got %s", w)
	}
	c.sense(door, locker.Open)
	if v := c.view(); v.Waits != 0 || v.DoorState != locker.Open {
		t.Errorf("want the door open and nothing waited for, got %+v", v)
	}
}

// A person's release counts no longer than their session, and nobody waits for another supply or for what is over.
func TestWhoWaitsForASupply(t *testing.T) {
	c := fed(t, oneAtATime)
	c.plan.Doors[3].Draw.Supply = "other"
	want[locker.UnlockRequested](t, c.opensBefore(1, time.Hour))
	if u := want[locker.UnlockRequested](t, c.opensBefore(4, time.Hour)); u.Waits != 0 || u.Within != c.plan.Times.Within.Milliseconds() {
		t.Errorf("want no waiting for another supply, got %+v", u)
	}
	c.sense(1, locker.Open)
	if u := want[locker.UnlockRequested](t, c.opensBefore(2, time.Hour)); u.Waits != 0 {
		t.Errorf("want no waiting for what is over, got %+v", u)
	}
	c.pass(time.Second)
	if u := want[locker.UnlockRequested](t, c.opensBefore(3, time.Hour)); u.Waits != 0 {
		t.Errorf("want no waiting for a pulse that must be over, got %+v", u)
	}
}
