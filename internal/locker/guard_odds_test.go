package locker_test

import (
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// crowd is so many couriers with PINs and badges of some lengths.
func crowd(n, pin, badge int) (list []locker.CourierLengths) {
	for i := range n {
		list = append(list, locker.CourierLengths{Courier: fmt.Sprint("c", i), PIN: pin, Badge: badge})
	}
	return list
}

func guessing(doors, digits int, couriers []locker.CourierLengths) locker.Guessing {
	return locker.Guessing{Doors: doors, Digits: digits, Tries: 5, Lockouts: locker.DefaultTimes().Lockouts, Couriers: couriers, Technicians: 2}
}

func TestDigitsFollowFromTheCrowd(t *testing.T) {
	for _, tt := range []struct{ doors, digits int }{{1, 7}, {2, 7}, {3, 8}, {24, 8}, {26, 8}, {27, 9}, {265, 9}, {1000, 10}} {
		if got, ok := guessing(tt.doors, 0, nil).CodeDigits(); got != tt.digits || !ok {
			t.Errorf("%d doors: want codes of %d digits, got %d, %v", tt.doors, tt.digits, got, ok)
		}
	}
	for _, tt := range []struct{ couriers, digits int }{{1, 8}, {8, 8}, {9, 9}, {50, 9}, {88, 9}, {89, 10}, {884, 10}} {
		if got, ok := guessing(24, 8, nil).PINDigits(tt.couriers); got != tt.digits || !ok {
			t.Errorf("%d couriers: want PINs of %d digits, got %d, %v", tt.couriers, tt.digits, got, ok)
		}
	}
	if _, ok := guessing(24, 8, nil).PINDigits(1000); ok {
		t.Error("want no PIN long enough for 1,000 couriers")
	}
	for _, g := range []locker.Guessing{
		{Doors: 24, Tries: 5},
		{Doors: 24, Tries: 1000, Lockouts: []time.Duration{time.Millisecond}},
	} {
		if digits, ok := g.CodeDigits(); ok {
			t.Errorf("%+v: want none, got %d digits", g, digits)
		}
	}
}

// TestOneBudget: whatever number of doors, couriers and technicians there are, and in whatever order they came, a week of
// guessing at all guards hits with at most 1 in 1,000.
func TestOneBudget(t *testing.T) {
	for _, doors := range []int{1, 2, 3, 12, 24, 26, 27, 60, 265, 500} {
		digits, _ := guessing(doors, 0, nil).CodeDigits()
		var couriers []locker.CourierLengths
		for n := 1; n <= 800; n++ { // each with the shortest that is taken
			pin, _ := guessing(doors, digits, nil).PINDigits(n)
			couriers = append(couriers, crowd(1, pin, locker.LeastBadge)...)
			if o := guessing(doors, digits, couriers).Odds(); !o.Within() {
				t.Fatalf("%d doors, %d couriers: a week of guessing hits with 1 in %.0f", doors, n, 1/o.All)
			}
		}
	}
	if o := guessing(24, 8, crowd(50, 6, 12)).Odds(); o.Within() || 1/o.All > 13 {
		t.Errorf("want 50 PINs of six digits told as what they are, got 1 in %.1f", 1/o.All)
	}
	o := guessing(24, 8, crowd(8, 8, 12)).Odds()
	t.Logf("24 doors, 8 couriers: codes 1 in %.0f, PINs 1 in %.0f, badges 1 in %.0f, technicians 1 in %.0f, all 1 in %.0f",
		1/o.Codes, 1/o.PINs, 1/o.Badges, 1/o.Technicians, 1/o.All)
	o = guessing(24, 8, crowd(50, 9, 12)).Odds()
	t.Logf("24 doors, 50 couriers: codes 1 in %.0f, PINs 1 in %.0f, badges 1 in %.0f, technicians 1 in %.0f, all 1 in %.0f",
		1/o.Codes, 1/o.PINs, 1/o.Badges, 1/o.Technicians, 1/o.All)
}

// TestShortSecretsAreRefused where they are made: PINs by the number of couriers who have one, badges in any case.
func TestShortSecretsAreRefused(t *testing.T) {
	c := newCabinet(t)
	put := func(id string, pin, badge int) []locker.Event {
		k := locker.Courier{ID: id, Name: "Eve", PINDigits: pin, BadgeCharacters: badge}
		if pin > 0 {
			k.PIN = hash("pin of " + id)
		}
		if badge > 0 {
			k.Badge = hash("badge of " + id)
		}
		return c.order(locker.Order{CourierPut: &k})
	}
	refused := func(events []locker.Event, says string) {
		t.Helper()
		if e := want[locker.OrderRefused](t, events); !strings.Contains(e.Why, says) {
			t.Errorf("want it to say %q, got %q", says, e.Why)
		}
	}
	refused(put("eve", 0, 1), "at least 12 characters")
	refused(put("eve", 7, 12), "with 2 couriers who have a PIN it must have at least 8 digits")
	for i := range 7 { // and Ada
		want[locker.CourierPut](t, put(fmt.Sprint("k", i), 8, 12))
	}
	refused(put("eve", 8, 0), "with 9 couriers who have a PIN it must have at least 9 digits")
	want[locker.CourierPut](t, put("k0", 8, 0)) // one of the eight anew
	want[locker.CourierPut](t, put("eve", 9, 0))
	lengths := c.state.Roster().Guards.Couriers
	if n := len(lengths); n != 10 {
		t.Fatalf("want ten couriers told of, got %d", n)
	}
	for _, l := range lengths {
		if l.Courier == "eve" && (l.PIN != 9 || l.Badge != 0) || l.Courier == "ada" && l.PIN != locker.UnknownLength {
			t.Errorf("want the lengths kept, got %+v", l)
		}
	}
}

// week is somebody who guesses for a week at one guard, as fast as the rules let them, and counts the tries.
func aWeekAt(t *testing.T, patience time.Duration, guess func(c *cabinet) bool) (tries int) {
	t.Helper()
	p := plan()
	p.Doors = p.Doors[:1]
	c := bareCabinet(t, p)
	c.random = true
	for c.now.Up < 7*24*time.Hour {
		c.records = nil // nobody restarts
		before := c.now.Up
		if guess(c) {
			tries++
			continue
		}
		if c.now.Up == before { // the guard takes nothing now
			wait, ok := c.state.Deadline(c.now)
			if patience > 0 || !ok || wait <= 0 {
				wait = max(patience, time.Second)
			}
			c.wait(wait)
		}
	}
	return tries
}

// TestAWeekOfGuessing plays them all, and holds the number of tries to what the length of the secrets rests on.
func TestAWeekOfGuessing(t *testing.T) {
	if testing.Short() {
		t.Skip("many weeks")
	}
	wrong := hash("wrong")
	g := guessing(24, 8, nil)
	typed := func(by locker.Action, patient bool) func(c *cabinet) bool {
		return func(c *cabinet) bool {
			if v := c.view(); v.Step != locker.StepCode && v.Step != locker.StepPIN {
				c.press(locker.Tapped{Action: by})
				if c.view().Step == v.Step {
					c.wait(5 * time.Second) // the page takes nothing now
				}
			}
			if patient && c.state.Typing.Wrong >= c.plan.WrongTries-1 && c.now.Up-c.state.Typing.Last < 6*time.Minute {
				return false
			}
			e, is := find[locker.CodeRefused](c.feed(locker.Typed{Revision: c.view().Revision, Hash: wrong}))
			return is && e.Typed
		}
	}
	held := func(in locker.Scanned, counts func(locker.CodeRefused) bool) func(c *cabinet) bool {
		return func(c *cabinet) bool {
			e, is := find[locker.CodeRefused](c.feed(in))
			return is && counts(e)
		}
	}
	technicians, _ := g.TechnicianGuesses()
	for name, tt := range map[string]struct {
		guess    func(c *cabinet) bool
		patience time.Duration
		most     int
		slack    int
	}{
		"codes, typed hastily":   {typed(locker.ActionPickup, false), 0, g.Guesses(), 20},
		"codes, typed patiently": {typed(locker.ActionPickup, true), time.Minute, g.Guesses(), 20},
		"PINs, typed hastily":    {typed(locker.ActionCourier, false), 0, g.Guesses(), 20},
		"codes, scanned":         {held(locker.Scanned{Hash: wrong, Code: true}, func(e locker.CodeRefused) bool { return e.Scanned }), 0, g.Guesses(), 20},
		"digits, scanned":        {held(locker.Scanned{Hash: wrong, Code: true, Bare: true}, func(e locker.CodeRefused) bool { return e.Scanned }), 0, g.Guesses(), 20},
		"badges":                 {held(locker.Scanned{Hash: wrong, Tracking: "X"}, func(e locker.CodeRefused) bool { return e.Held }), 30 * time.Second, locker.BadgeGuesses(), locker.BadgeGuesses()},
		"badges in a courier's session": {func(c *cabinet) bool {
			if c.view().Courier == "" {
				c.scan("badge-bob")
				c.records = nil
			}
			e, is := find[locker.CodeRefused](c.feed(locker.Scanned{Hash: wrong}))
			return is && e.Held
		}, time.Minute, locker.BadgeGuesses(), locker.BadgeGuesses()},
		"technicians": {func(c *cabinet) bool {
			if c.view().LockedFor > 0 {
				return false
			}
			c.toTechnicians()
			c.pin()
			_, is := find[locker.CodeRefused](c.keyed(locker.TechnicianTyped{}))
			if c.view().Step == locker.StepTechCode {
				_, is = find[locker.CodeRefused](c.keyed(locker.TechnicianTyped{}))
			}
			return is
		}, 0, technicians, 200},
	} {
		t.Run(name, func(t *testing.T) {
			tries := aWeekAt(t, tt.patience, tt.guess)
			t.Logf("%d tries in a week", tries)
			if tries > tt.most || tries < tt.most-tt.slack || tries < 1000 {
				t.Errorf("want at most %d tries, and about as many, got %d", tt.most, tries)
			}
		})
	}
}

// TestTheFormulaIsTheOdds throws dice for many weeks, at secrets so short that there are hits to be counted.
func TestTheFormulaIsTheOdds(t *testing.T) {
	const weeks, space = 4000, 1_000_000 // six digits
	g := guessing(24, 6, crowd(50, 6, 0))
	g.Technicians = 0
	dice := mathrand.New(mathrand.NewPCG(1, 2))
	hits := 0
	for range weeks {
		hit := false
		for range g.Guesses() {
			hit = hit || dice.IntN(space) < g.Doors         // a code, scanned
			hit = hit || dice.IntN(space) < len(g.Couriers) // and a PIN, typed: there are more of them
		}
		if hit {
			hits++
		}
	}
	want := g.Odds().All * weeks
	t.Logf("%d hits in %d weeks, %.0f expected", hits, weeks, want)
	if off := float64(hits) - want; off*off > 25*want { // five standard deviations
		t.Errorf("want about %.0f hits, got %d", want, hits)
	}
}
