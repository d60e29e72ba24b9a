package remote

import (
	"time"

	"lockerd/internal/locker"
)

// Guard is what an address that a name leads to must pass.
var Guard = guard

// Judge is a trial's verdict: "kept", "failed" or "".
func (t *Trial) Judge(lasted time.Duration, s Seen) (string, locker.ConfigEnd, string) {
	v, why, detail := t.judge(lasted, s)
	return map[verdict]string{kept: "kept", failed: "failed"}[v], why, detail
}

// BackOff is the pause after so many failed attempts.
var BackOff = backOff

// Hurry makes the pauses of uploads short.
func (u *Uploads) Hurry(pause time.Duration) { u.pause = func(int) time.Duration { return pause } }

// Limits that tests reach.
const (
	MostTexts  = mostTexts
	MostPhotos = mostPhotos
	TusPart    = tusPart
)
