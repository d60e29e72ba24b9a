package credential_test

import (
	"testing"
	"time"

	"lockerd/internal/credential"
)

var lockouts = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute}

func TestDigitsFollowFromTheDoors(t *testing.T) {
	for _, tt := range []struct{ doors, digits int }{{1, 7}, {5, 7}, {6, 8}, {24, 8}, {58, 8}, {60, 9}, {500, 9}, {1000, 10}} {
		g := credential.Guessing{Doors: tt.doors, Tries: 5, Lockouts: lockouts}
		if got, ok := g.Digits(); got != tt.digits || !ok {
			t.Errorf("%d doors: want %d digits, got %d, %v (chance %.2g)", tt.doors, tt.digits, got, ok, g.Chance(got))
		}
	}
}

func TestGuessesOfAWeek(t *testing.T) {
	g := credential.Guessing{Doors: 24, Tries: 5, Lockouts: lockouts}
	// 1 and 5 minutes, then 335 rests of 30 minutes fit into what is left of 10,080 minutes; five tries before each, and
	// five after the last.
	if got, want := g.Guesses(7*24*time.Hour), 5*(2+335+1); got != want {
		t.Errorf("want %d, got %d", want, got)
	}
	if c := g.Chance(8); c > 1e-3 || c < 3e-4 {
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
