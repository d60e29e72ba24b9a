package locker_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockerd/internal/locker"
)

// Whatever one source does, it makes no more than some records at once, a few a minute, and so many a day. The numbers
// are of records, not of things: a door that was forced makes four.

// sources are what may go mad, each with its way of doing so.
var sources = map[string]func(r *rapid.T, c *cabinet) locker.Input{
	"contact": func(r *rapid.T, c *cabinet) locker.Input {
		return locker.LockSensed{Lock: c.plan.Doors[0].Lock, State: either(r)}
	},
	"presence": func(r *rapid.T, c *cabinet) locker.Input {
		return locker.PresenceSensed{Lock: c.plan.Doors[0].Lock, Present: rapid.Bool().Draw(r, "present")}
	},
	"pin": func(r *rapid.T, c *cabinet) locker.Input {
		return locker.SwitchSensed{Switch: locker.SwitchTamper, Alarm: rapid.Bool().Draw(r, "alarm")}
	},
	"scanner": func(r *rapid.T, c *cabinet) locker.Input {
		if rapid.Bool().Draw(r, "back") {
			return locker.ScannerBack{Name: "front"}
		}
		return locker.ScannerLost{Name: "front", Why: "pulled"}
	},
	"camera": func(r *rapid.T, c *cabinet) locker.Input {
		if rapid.Bool().Draw(r, "back") {
			return locker.CameraBack{Name: "front"}
		}
		return locker.CameraLost{Name: "front", Why: "pulled"}
	},
	"board": func(r *rapid.T, c *cabinet) locker.Input {
		if rapid.Bool().Draw(r, "back") {
			return locker.BoardBack{Bus: "main", Board: 2}
		}
		return locker.BoardLost{Bus: "main", Board: 2, Why: "no answer"}
	},
	"line": func(r *rapid.T, c *cabinet) locker.Input {
		return locker.BoardJudged{Bus: "main", Board: 2, Finding: locker.FindingSlow, Bad: rapid.Bool().Draw(r, "bad")}
	},
	"clock": func(r *rapid.T, c *cabinet) locker.Input {
		c.now.Known = rapid.Bool().Draw(r, "known")
		return locker.Tick{}
	},
	"stranger": stranger,
	"broker": func(r *rapid.T, c *cabinet) locker.Input {
		o := locker.Order{ID: fmt.Sprint("o", c.state.Seq), Cabinet: "test", Unproven: rapid.Bool().Draw(r, "forged")}
		if o.Unproven {
			o.Refusal = "the signature is wrong"
		} else {
			o.Announce = &locker.AnnounceOrder{Tracking: fmt.Sprint("A", c.state.Seq), Mask: "•••89", Phone: locker.Box("x")}
		}
		return locker.OrderReceived{Order: o}
	},
}

// stranger is somebody who knows nothing and tries everything.
func stranger(r *rapid.T, c *cabinet) locker.Input {
	v := c.view()
	rubbish := hash(fmt.Sprint(rapid.IntRange(0, 1000).Draw(r, "rubbish")))
	switch rapid.IntRange(0, 6).Draw(r, "stranger") {
	case 0:
		return locker.Typed{Revision: v.Revision, Hash: rubbish}
	case 1:
		return locker.Scanned{Tracking: "X", Hash: rubbish}
	case 2:
		return locker.Scanned{Hash: rubbish, Code: true}
	case 3:
		return locker.Scanned{Token: &locker.Token{Refusal: locker.TokenSignature}}
	case 4:
		return locker.PhoneTyped{Revision: v.Revision, Mask: "•67", Phone: locker.Box("phone")}
	case 5:
		return locker.TechnicianTyped{Revision: v.Revision, PIN: []string{}}
	default:
		if len(v.Actions) == 0 {
			return locker.Present{Revision: v.Revision}
		}
		return locker.Tapped{Revision: v.Revision, Action: rapid.SampledFrom(v.Actions).Draw(r, "action"),
			Language: rapid.SampledFrom([]string{"en", "ar"}).Draw(r, "language")}
	}
}

func TestWhateverASourceDoes(t *testing.T) {
	for name, does := range sources {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				c := newCabinet(t)
				c.random = true
				c.plan.Cameras = []string{"front"}
				before := len(c.records)
				pause := time.Duration(rapid.IntRange(1, 2000).Draw(r, "pause")) * time.Millisecond
				steps := rapid.IntRange(1, 1500).Draw(r, "steps")
				for range steps {
					c.pass(pause)
					c.feed(does(r, c))
				}
				took := time.Duration(steps) * pause
				// A burst, and then one thing every five seconds at the most, and 4 records for a thing; what is counted as a
				// wrong code or badge comes on top, which its own guard bounds.
				if n, most := len(c.records)-before, 4*(140+int(took/(5*time.Second))+int(took/(30*time.Second))); n > most {
					r.Fatalf("%d records in %s, want at most %d", n, took, most)
				}
			})
		})
	}
}

// A day of the worst that each can do.
func TestADayOfMadness(t *testing.T) {
	if testing.Short() {
		t.Skip("eleven days")
	}
	for name, most := range map[string]int{"contact": 600, "presence": 700, "pin": 500, "scanner": 500, "camera": 500, "board": 2500,
		"line": 200, "clock": 500, "stranger": 27_000, "finger": 18_500, "broker": 8_500} {
		t.Run(name, func(t *testing.T) {
			c := newCabinet(t)
			c.random = true
			c.plan.Cameras = []string{"front"}
			before := len(c.records)
			turn := 0
			for c.now.Up < 24*time.Hour {
				c.pass(2 * time.Second)
				turn++
				c.feed(worst(name, c, turn))
			}
			if n := len(c.records) - before; n > most {
				t.Errorf("%d records in a day, want at most %d", n, most)
			} else {
				t.Logf("%d records in a day", n)
			}
		})
	}
}

// worst is a source that says another thing each time.
func worst(name string, c *cabinet, turn int) locker.Input {
	odd := turn%2 == 1
	state := locker.Closed
	if odd {
		state = locker.Open
	}
	switch name {
	case "contact":
		return locker.LockSensed{Lock: c.plan.Doors[0].Lock, State: state}
	case "presence":
		return locker.PresenceSensed{Lock: c.plan.Doors[0].Lock, Present: odd}
	case "pin":
		return locker.SwitchSensed{Switch: locker.SwitchTamper, Alarm: odd}
	case "scanner":
		if odd {
			return locker.ScannerLost{Name: "front"}
		}
		return locker.ScannerBack{Name: "front"}
	case "camera":
		if odd {
			return locker.CameraLost{Name: "front"}
		}
		return locker.CameraBack{Name: "front"}
	case "board":
		if odd {
			return locker.BoardLost{Bus: "main", Board: 2}
		}
		return locker.BoardBack{Bus: "main", Board: 2}
	case "line":
		return locker.BoardJudged{Bus: "main", Board: 2, Finding: locker.FindingSlow, Bad: odd}
	case "clock":
		c.now.Known = !odd
		return locker.Tick{}
	case "broker":
		return locker.OrderReceived{Order: locker.Order{ID: fmt.Sprint("o", turn), Cabinet: "test",
			Announce: &locker.AnnounceOrder{Tracking: fmt.Sprint("A", turn), Mask: "•", Phone: locker.Box("x")}}}
	}
	v := c.view()
	switch {
	case turn%5 == 0:
		return locker.Scanned{Hash: hash(fmt.Sprint(turn)), Code: true}
	case name == "finger", turn%3 == 0: // which is recorded nowhere
		return locker.Tapped{Revision: v.Revision, Action: locker.ActionLanguage, Language: []string{"en", "ar"}[turn%2]}
	case v.Step == locker.StepHome || !v.Session:
		return locker.Tapped{Revision: v.Revision, Action: locker.ActionPickup}
	}
	return locker.Tapped{Revision: v.Revision, Action: locker.ActionBack}
}

func TestARestlessContact(t *testing.T) {
	c, door, code := stored(t)
	c.pass(time.Minute)
	lock := c.plan.Doors[door-1].Lock
	var all []locker.Event
	for i := range 200 {
		c.pass(110 * time.Millisecond)
		all = append(all, c.feed(worstOf(lock, i))...)
	}
	var raised, muted int
	for _, e := range all {
		switch e := e.(type) {
		case locker.FindingRaised:
			raised++
		case locker.SourceMuted:
			muted++
		case locker.DoorForced:
			if raised > 0 {
				t.Errorf("want no alarm after it is known to be restless: %+v", e)
			}
		}
	}
	if raised != 1 || muted != 1 || len(all) > 30 {
		t.Fatalf("want one finding and few records, got %d and %d", raised, len(all))
	}
	if d := c.door(door); d.Blocked != locker.BlockRestless || d.State != locker.Unknown {
		t.Fatalf("want it set aside and nothing known of it, got %+v", d)
	}
	c.scan(code)
	c.onScreen(locker.StepTrouble)
	if !c.state.Muted(locker.LockSensed{Lock: lock, State: locker.Closed}) {
		t.Fatal("want whoever runs the rules to know that it is not listened to")
	}

	events := c.wait(time.Hour)
	want[locker.SourceUnmuted](t, events)
	want[locker.DoorUnblocked](t, events)
	want[locker.FindingCleared](t, events)
	c.feed(locker.Unrecorded{Source: "contact 1", Count: 190})
	c.sense(door, locker.Closed) // as whoever runs the rules tells it again
	if u := want[locker.UnlockRequested](t, c.scan(code)); u.Why != locker.WhyPickup {
		t.Fatalf("want the parcel its recipient's, got %+v", u)
	}
}

func worstOf(lock locker.Lock, i int) locker.Input {
	return locker.LockSensed{Lock: lock, State: map[bool]locker.DoorState{true: locker.Open, false: locker.Closed}[i%2 == 0]}
}

// Somebody who plays with the screen keeps nobody out.
func TestWhoCanIsServedInTheMiddleOfIt(t *testing.T) {
	c, _, code := stored(t)
	for i := range 500 {
		c.pass(100 * time.Millisecond)
		c.feed(worst("stranger", c, i*5+1))
	}
	if !c.state.Muted(locker.Tapped{}) {
		t.Fatal("want the page muted")
	}
	want[locker.UnlockRequested](t, c.scan(code))
	c.wait(5 * time.Minute)
	for i := range 500 {
		c.pass(100 * time.Millisecond)
		c.feed(worst("stranger", c, i*5+1))
	}
	want[locker.CourierSignedIn](t, c.scan("badge-ada"))
	want[locker.ParcelScanned](t, c.scan("PARCEL-2"))
}

// What is compared with a secret is counted, muted or not.
func TestAMutedPageCountsWrongCodes(t *testing.T) {
	c, _, _ := stored(t)
	for i := range 500 {
		c.pass(100 * time.Millisecond)
		c.feed(worst("stranger", c, i*5+1))
	}
	for range c.plan.WrongTries {
		c.feed(locker.Scanned{Hash: hash("x"), Code: true})
	}
	if !c.state.Scans.Locked {
		t.Fatal("want them counted")
	}
}

// Debts are counted in the time of the run, also where a restored journal begins an epoch before it.
func TestAMutedSourceInARestoredJournal(t *testing.T) {
	c, door, _ := stored(t)
	c.wait(200 * time.Hour)
	for i := range 40 {
		c.pass(200 * time.Millisecond)
		c.feed(worstOf(c.plan.Doors[door-1].Lock, i))
	}
	c.now.Up = 0
	c.epoch = "8899aabbccddeeff"
	c.write([]locker.Event{locker.EpochBegun{Reason: locker.EpochRestored, Previous: "0011223344556677"}})
	c.restart()
	want[locker.SourceUnmuted](t, c.wait(2*time.Hour))
}
