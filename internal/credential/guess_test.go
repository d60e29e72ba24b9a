package credential_test

import (
	mathrand "math/rand/v2"
	"testing"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

var lockouts = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute}

func TestDigitsFollowFromTheDoors(t *testing.T) {
	for _, tt := range []struct{ doors, digits int }{{1, 7}, {2, 7}, {3, 8}, {24, 8}, {29, 8}, {30, 9}, {295, 9}, {1000, 10}} {
		g := credential.Guessing{Doors: tt.doors, Tries: 5, Lockouts: lockouts}
		if got, ok := g.Digits(); got != tt.digits || !ok {
			t.Errorf("%d doors: want %d digits, got %d, %v (chance %.2g)", tt.doors, tt.digits, got, ok, g.Chance(got))
		}
	}
}

func TestGuessesOfAWeek(t *testing.T) {
	g := credential.Guessing{Doors: 24, Tries: 5, Lockouts: lockouts}
	// One is forgiven, or let through by a lock-out, every six minutes of 10,080, and there are five tries for each of the
	// three lock-outs; and as many scanned.
	if got, want := g.Guesses(7*24*time.Hour), 2*(10_080/6+3*5); got != want {
		t.Errorf("want %d, got %d", want, got)
	}
	if c := g.Chance(8); c > 1e-3 || c < 7e-4 {
		t.Errorf("24 doors, 8 digits: want a chance under 1 in 1,000, got %.3g", c)
	}
}

func TestCodesThatCannotBeLongEnough(t *testing.T) {
	for _, g := range []credential.Guessing{
		{Doors: 24, Tries: 5},
		{Doors: 24, Tries: 1000, Lockouts: []time.Duration{time.Millisecond}},
	} {
		if digits, ok := g.Digits(); ok {
			t.Errorf("%+v: want none, got %d digits", g, digits)
		}
	}
}

// TestAWeekOfGuessing plays somebody who types codes and shows QRs for a week, as fast as the rules let them, and holds the number of
// tries to what the length of the codes rests on; and the chance of a hit to what comes of so many tries.
func TestAWeekOfGuessing(t *testing.T) {
	t.Run("hasty", func(t *testing.T) { aWeekOfGuessing(t, 0) })
	t.Run("patient", func(t *testing.T) { aWeekOfGuessing(t, 6*time.Minute) }) // never locked out
}

// aWeekOfGuessing is by somebody who types the first tries at once, and then waits before each so that the one before is
// forgiven, or not at all.
func aWeekOfGuessing(t *testing.T, patience time.Duration) {
	plan := &locker.Config{Cabinet: "test", Languages: []string{"en"}, Times: locker.DefaultTimes(), WrongTries: 5,
		FailedUnlocks: 3, BreakerDoors: 5, Sizes: []locker.Size{{Name: "S", Height: 80}},
		Doors: []locker.DoorPlan{{Number: 1, Size: "S", Column: 1, Lock: locker.Lock{Bus: "main", Board: 1, Channel: 1}}}}
	if err := plan.Validate(); err != nil {
		t.Fatal(err)
	}
	state := locker.NewState(plan)
	now := locker.Now{Wall: time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC), Known: true}
	tries := 0
	feed := func(in locker.Input) {
		for _, e := range locker.Decide(state, now, in) {
			state.Apply(locker.Record{Epoch: "0011223344556677", Seq: state.Seq + 1, At: now.Wall, Known: true, Up: now.Up, Event: e})
			if refused, ok := e.(locker.CodeRefused); ok && (refused.Typed || refused.Scanned) {
				tries++
			}
		}
	}
	feed(locker.Started{Version: "test"})
	const week = 7 * 24 * time.Hour
	waited := time.Duration(0)
	for now.Up < week {
		if !state.Scans.Locked {
			feed(locker.Scanned{Code: true, Hash: locker.Hash{1}})
			continue
		}
		switch v := state.View(now); {
		case state.Typing.Locked:
			wait, _ := state.Deadline(now)
			now.Up, now.Wall = now.Up+wait, now.Wall.Add(wait)
			feed(locker.Tick{})
		case v.Step == locker.StepCode && patience > 0 && state.Typing.Wrong >= plan.WrongTries-1 && waited < patience:
			now.Up, now.Wall, waited = now.Up+patience, now.Wall.Add(patience), patience
			feed(locker.Tick{})
		case v.Step == locker.StepCode:
			waited = 0
			feed(locker.Typed{Revision: v.Revision, Hash: locker.Hash{1}})
		default:
			feed(locker.Tapped{Revision: v.Revision, Action: locker.ActionPickup})
		}
	}
	g := credential.Guessing{Doors: 24, Tries: plan.WrongTries, Lockouts: plan.Times.Lockouts}
	t.Logf("%d tries in a week; 24 doors full, 8 digits: a hit in 1 of %.0f weeks", tries, 1/g.Chance(8))
	if most := g.Guesses(week); tries > most || tries < most-4*plan.WrongTries {
		t.Errorf("want at most %d tries, and about as many, got %d", most, tries)
	}

	const weeks, space = 4000, 1_000_000 // six digits, so that there are hits to be counted
	dice := mathrand.New(mathrand.NewPCG(1, 2))
	hits := 0
	for range weeks {
		for range tries {
			if dice.IntN(space) < g.Doors {
				hits++
				break
			}
		}
	}
	want := g.Chance(6) * weeks
	t.Logf("with 6 digits: %d hits in %d weeks, %.0f expected", hits, weeks, want)
	if off := float64(hits) - want; off*off > 25*want { // five standard deviations
		t.Errorf("want about %.0f hits, got %d", want, hits)
	}
}
