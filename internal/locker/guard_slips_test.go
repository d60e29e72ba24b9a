package locker_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// TestHonestSlips plays a busy cabinet: 100 pickups a day, most of them in the evening, and 15 of 100 codes mistyped; of
// those who mistype, one in ten gives up. Of 1,000 people fewer than one may stand before a locked keypad.
func TestHonestSlips(t *testing.T) {
	days := 120
	if testing.Short() {
		days = 20
	}
	dice := rand.New(rand.NewPCG(1, 2))
	p := plan()
	p.Doors = p.Doors[:1]
	c := bareCabinet(t, p)
	c.random = true
	c.sense(1, locker.Closed)
	c.feed(locker.Inspected{By: "the builder"})
	people, locked := 0, 0
	_, code := c.drop("PARCEL", "S")
	c.tap(locker.ActionSignOut)
	for range days * 100 {
		// Half of the day's pickups come within three hours of the evening.
		mean := 42 * time.Minute
		if people%100 >= 50 {
			mean = 3 * time.Minute
		}
		c.wait(time.Minute + time.Duration(dice.ExpFloat64()*float64(mean)).Truncate(time.Second))
		people++
		c.tap(locker.ActionPickup)
		if c.view().LockedFor > 0 {
			locked++
			continue
		}
		gone := false
		for dice.IntN(100) < 15 {
			c.typed("mistyped")
			if gone = dice.IntN(10) == 0; gone || c.view().LockedFor > 0 {
				break
			}
		}
		if gone {
			continue
		}
		if c.view().LockedFor > 0 {
			locked++
			continue
		}
		want[locker.UnlockRequested](t, c.typed(code))
		c.sense(1, locker.Open)
		c.sense(1, locker.Closed)
		c.tap(locker.ActionFinish)
		c.wait(c.plan.Times.Thanks)
		c.wait(time.Second)
		_, code = c.drop("PARCEL", "S")
		c.tap(locker.ActionSignOut)
		c.records = nil // nobody restarts
	}
	t.Logf("%d of %d people stood before a locked keypad", locked, people)
	if locked*1000 >= people {
		t.Errorf("want fewer than 1 in 1,000")
	}
}

// Two wrong codes before the right one are forgiven, once for each parcel; more are not, and no other's.
func TestSlipsAreForgivenByTheRightCode(t *testing.T) {
	c, door, code := stored(t)
	c.tap(locker.ActionPickup)
	for range 3 {
		c.typed("mistyped")
	}
	c.typed(code)
	if n := c.state.Typing.Wrong; n != 1 {
		t.Fatalf("want two of three forgiven, got %d left", n)
	}
	c.sense(door, locker.Open)
	c.says(locker.ActionNotOpen) // the parcel is theirs again
	c.tap(locker.ActionFinish)
	c.sense(door, locker.Closed)
	c.wait(time.Second)
	c.tap(locker.ActionPickup)
	c.typed("a guess")
	c.typed("a guess")
	c.typed(code)
	if n := c.state.Typing.Wrong; n != 3 {
		t.Fatalf("want no guesses for one's own parcel again and again, got %d", n)
	}
}

// TestWhoseKeypadItWas: what is mistyped at one keypad after the other counts at its own, also once it is read from the journal, which
// does not hold the way from the one to the other.
func TestWhoseKeypadItWas(t *testing.T) {
	c, door, code := asking(t, locker.Conditions{PIN: hash("2468")})
	c.tap(locker.ActionTechnician)
	want[locker.CodeRefused](t, c.nonsense())
	c.toTechnicians()
	c.scan(code)
	c.onScreen(locker.StepSecond)
	want[locker.CodeRefused](t, c.typed("1357"))
	if n := c.state.TechPIN.Wrong; n != 1 {
		t.Fatalf("want one wrong try of a technician's, got %d", n)
	}
	if u := want[locker.UnlockRequested](t, c.typed("2468")); u.Door != door {
		t.Fatalf("want door %d, got %+v", door, u)
	}
	c.restart() // the journal gives the same
}
