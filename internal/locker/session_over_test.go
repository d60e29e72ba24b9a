package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// A session has an absolute life: whoever touches the screen for ever is not who it was opened for for ever.

// lives keeps a session by what it does every twenty seconds, until it ends.
func (c *cabinet) lives(does func()) (lived time.Duration, how locker.SessionEnded) {
	c.t.Helper()
	began := c.now.Up
	seen := len(c.records)
	for c.now.Up-began < 5*time.Hour {
		c.wait(20 * time.Second)
		for _, r := range c.records[seen:] {
			if e, is := r.Event.(locker.SessionEnded); is {
				return r.Up - began, e
			}
		}
		seen = len(c.records)
		does()
	}
	c.t.Fatal("the session never ends")
	return 0, how
}

func (c *cabinet) presses() { c.feed(locker.Present{Revision: c.view().Revision}) }

func TestASessionIsOver(t *testing.T) {
	times := locker.DefaultTimes()
	for name, tt := range map[string]struct {
		begins func(c *cabinet)
		does   func(c *cabinet)
		life   time.Duration
	}{
		"of a stranger who chooses languages": {func(c *cabinet) { c.tap(locker.ActionPickup) }, func(c *cabinet) {
			language := map[string]string{"en": "ar", "ar": "en"}[c.view().Language]
			c.press(locker.Tapped{Action: locker.ActionLanguage, Language: language})
		}, times.Session},
		"of a courier with steady scans": {func(c *cabinet) { c.scan("badge-ada") }, func(c *cabinet) {
			c.scan("PARCEL" + c.now.Wall.String())
		}, times.SessionCourier},
		"of a technician": {func(c *cabinet) { c.signIn("grace") }, (*cabinet).presses, times.SessionTechnician},
		"of a technician at an open door": {func(c *cabinet) {
			c.signIn("grace")
			c.tap(locker.ActionDoors)
			c.press(locker.Tapped{Action: locker.ActionDoor, Door: 1})
			c.tap(locker.ActionOpen)
			c.sense(1, locker.Open)
		}, (*cabinet).presses, times.SessionTechnician},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCabinet(t)
			tt.begins(c)
			warned := false
			lived, how := c.lives(func() {
				v := c.view()
				warned = warned || v.OverIn > 0
				if left := tt.life - (c.now.Up - c.state.Session.Proven); left < 2*time.Minute && v.OverIn == 0 {
					t.Fatalf("want it said %s before the end", left)
				}
				tt.does(c)
			})
			if off := lived - tt.life; off < -time.Minute || off > time.Minute || how.Why != "over" || !warned {
				t.Errorf("want it over after %s, and said before, got %s, %q, %v", tt.life, lived, how.Why, warned)
			}
		})
	}
}

// TestACourierGoesOn: their badge before the end gives them as long again, and disturbs nothing.
func TestACourierGoesOn(t *testing.T) {
	c := newCabinet(t)
	c.dropTo("PARCEL-1", "S")
	c.sense(c.view().Door, locker.Open)
	shown := 0
	lived, _ := c.lives(func() {
		c.presses()
		if c.view().OverIn > 0 && shown < 2 {
			shown++
			want[locker.CourierSignedIn](t, c.scan("badge-ada"))
			c.onScreen(locker.StepDrop)
			if c.view().OverIn > 0 {
				t.Fatal("want it not said any more")
			}
		}
	})
	if most := 3 * c.plan.Times.SessionCourier; lived > most || lived < most-10*time.Minute {
		t.Errorf("want about %s, got %s", most, lived)
	}
}

// TestWhatIsInHandWhenItIsOver is treated as when nobody touches anything: a door that stands open is no parcel stored.
func TestWhatIsInHandWhenItIsOver(t *testing.T) {
	for _, closes := range []bool{false, true} {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		door := c.view().Door
		c.sense(door, locker.Open)
		if closes {
			c.sense(door, locker.Closed)
		}
		before := len(c.records)
		c.lives(c.presses)
		_, stored := find[locker.ParcelStored](events(c.records[before:]))
		if stored != closes {
			t.Errorf("door shut: %v: want it stored if so, got %v", closes, stored)
		}
		if kind := c.holds(door).Kind; !closes && kind != locker.Doubtful {
			t.Errorf("want door %d doubtful, got %s", door, kind)
		}
	}
}

func events(records []locker.Record) (list []locker.Event) {
	for _, r := range records {
		list = append(list, r.Event)
	}
	return list
}
