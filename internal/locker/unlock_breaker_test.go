package locker_test

import (
	"fmt"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// many is a cabinet with doors enough to be opened by somebody who wants too many.
func many(t *testing.T) *cabinet {
	t.Helper()
	p := plan()
	p.Doors = nil
	for n := 1; n <= 12; n++ {
		p.Doors = append(p.Doors, locker.DoorPlan{Number: n, Size: "S", Column: 1,
			Lock: locker.Lock{Bus: "main", Board: 1, Channel: n}})
	}
	p.BreakerDoors = 3
	c := bareCabinet(t, p)
	for n := 1; n <= 12; n++ {
		c.sense(n, locker.Closed)
	}
	c.feed(locker.Inspected{By: "the builder"})
	return c
}

func (c *cabinet) unlockOrder(door int) []locker.Event {
	c.t.Helper()
	return c.order(locker.Order{Unlock: &locker.UnlockOrder{Door: door}})
}

// askers are the ways to ask for a door from elsewhere, and what is said to the one too many.
var askers = map[string]func(*cabinet, int) (opened, refused bool){
	"the cloud": func(c *cabinet, door int) (bool, bool) {
		events := c.unlockOrder(door)
		_, opened := find[locker.UnlockRequested](events)
		_, refused := find[locker.OrderRefused](events)
		return opened, refused
	},
	"the hand tool": func(c *cabinet, door int) (bool, bool) {
		events := c.feed(locker.OpenAsked{Door: door, By: "somebody"})
		_, opened := find[locker.UnlockRequested](events)
		_, refused := find[locker.UnlockRefused](events)
		return opened, refused
	},
}

func TestBreakerWhoeverAsks(t *testing.T) {
	for name, ask := range askers {
		t.Run(name, func(t *testing.T) {
			c := many(t)
			for n := 1; n <= 3; n++ {
				if opened, _ := ask(c, n); !opened {
					t.Fatalf("door %d: want it asked to open", n)
				}
				c.sense(n, locker.Open)
			}
			opened, refused := ask(c, 4)
			if opened || !refused || !c.state.Breaker.Tripped {
				t.Fatalf("want the fourth door refused with an alarm: opened %v, refused %v, %+v", opened, refused, c.state.Breaker)
			}
			// Time does not help whoever is elsewhere, nor does a power cut, nor asking by another way.
			c.wait(24 * time.Hour)
			c.restart()
			for n := 1; n <= 12; n++ {
				c.sense(n, locker.Closed)
			}
			for other, ask := range askers {
				if opened, _ := ask(c, 5); opened {
					t.Fatalf("%s opens a door after the breaker has tripped", other)
				}
			}
			// A hand does.
			c.scan("badge-ada")
			c.tap(locker.ActionSignOut)
			if opened, _ := ask(c, 5); !opened {
				t.Fatal("want it to open again once somebody is there")
			}
		})
	}
}

// TestBreakerAndTime: doors opened now and then trip nothing.
func TestBreakerAndTime(t *testing.T) {
	c := many(t)
	for n := 1; n <= 6; n++ {
		want[locker.UnlockRequested](t, c.unlockOrder(n))
		c.wait(4 * time.Minute)
	}
}

func TestBreakerSeesAHand(t *testing.T) {
	c := many(t)
	for n := 1; n <= 9; n++ {
		want[locker.UnlockRequested](t, c.unlockOrder(n))
		c.sense(n, locker.Open)
		if n%3 == 0 {
			c.sense(n, locker.Closed)
		}
	}
}

// TestBreakerAtTheKiosk: somebody with many codes opens door after door and shuts none.
func TestBreakerAtTheKiosk(t *testing.T) {
	c := many(t)
	var codes []string
	for n := range 5 {
		_, code := c.drop(fmt.Sprintf("PARCEL-%d", n), "S")
		codes = append(codes, code)
	}
	c.tap(locker.ActionSignOut)
	for _, code := range codes[:3] {
		u := want[locker.UnlockRequested](t, c.scan(code))
		c.sense(u.Door, locker.Open)
	}
	wantNo[locker.UnlockRequested](t, c.scan(codes[3]))
	c.notice(locker.NoticeBreaker)
	wantNo[locker.UnlockRequested](t, c.unlockOrder(12))
	c.wait(10 * time.Minute)
	want[locker.UnlockRequested](t, c.scan(codes[3]))
	wantNo[locker.UnlockRequested](t, c.unlockOrder(12))
}

// TestTechniciansAreNotCounted: who stands there with PIN and menu may open what they like.
func TestTechniciansAreNotCounted(t *testing.T) {
	c := many(t)
	c.signIn("grace")
	c.openEmpty()
	for n := 1; n <= 12; n++ {
		c.sense(n, locker.Open)
	}
	if q := c.view().Sequence; q.Done != 12 {
		t.Fatalf("want all doors opened, got %+v", q)
	}
}

// TestBreakerAfterAPowerCut: what was opened before it still counts, and no longer than it would have.
func TestBreakerAfterAPowerCut(t *testing.T) {
	c := many(t)
	c.wait(48 * time.Hour)
	for n := 1; n <= 2; n++ {
		want[locker.UnlockRequested](t, c.unlockOrder(n))
	}
	c.restart()
	want[locker.UnlockRequested](t, c.unlockOrder(3))
	c.wait(11 * time.Minute)
	want[locker.UnlockRequested](t, c.unlockOrder(4))
}
