package main

import (
	"syscall"
	"testing"
	"time"
)

// The whole process is held up again and again, as on a computer that has too much to do: what the boards answered meanwhile
// lies in the tty and is neither silence nor damage. No line is shut, no board is lost, nothing is found, and people go on.
func TestHeldUpAgainAndAgain(t *testing.T) {
	r := newRig(t)
	r.commission()
	hold := func(rounds int) {
		for i := range rounds {
			_ = r.process.Process.Signal(syscall.SIGSTOP)
			if i%6 == 5 {
				time.Sleep(1100 * time.Millisecond)
			}
			time.Sleep(400 * time.Millisecond) // longer than a board may take to answer
			_ = r.process.Process.Signal(syscall.SIGCONT)
			time.Sleep(time.Duration(20+i%7*20) * time.Millisecond)
			if i%6 == 5 {
				time.Sleep(400 * time.Millisecond)
			}
		}
	}
	hold(12)
	door, code := r.broughtIn("PARCEL-1")
	hold(12) // Ada's door was in use: its board is asked as fast as the line allows
	r.scan("LD1:" + code)
	r.push(door)
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	r.cloud.complete()
	for _, kind := range []string{"board.lost", "finding.raised"} {
		if n := r.cloud.count(kind); n > 0 {
			t.Errorf("want no %s, got %d", kind, n)
		}
	}
	r.matched()
}
