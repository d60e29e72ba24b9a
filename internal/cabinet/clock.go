package cabinet

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/locker"
)

// built is a time before which no clock of this program can be right.
var built = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// newClock reads the clocks. Whether the time of day claims to be right is asked of the kernel ("ntp": it is in step with a
// time server) or taken for granted ("system"); whether it is believed is for the rules.
func newClock(kind string, pc func() time.Time) func() locker.Now {
	return func() locker.Now {
		wall := pc().UTC().Round(0)
		claims := !wall.Before(built) && (kind == "system" || ClockInStep())
		return locker.Now{Wall: wall, Up: time.Since(started), Known: claims}
	}
}

// started is when the process's own time began to be counted.
var started = time.Now()

// begun tells the rules of a run that begins: which start of the machine it is in, so that the machine's own time, which
// goes on while lockerd does not, tells how long there was no run. Without /proc it says nothing of that.
func begun(version string) locker.Started {
	s := locker.Started{Version: version}
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	var since unix.Timespec
	if err != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &since) != nil {
		return s
	}
	s.Boot, _, _ = strings.Cut(strings.TrimSpace(string(id)), "-")
	s.Booted = time.Duration(since.Nano()) - time.Since(started)
	return s
}

// ClockInStep asks the kernel whether its clock is in step with a time server: adjtimex(2), status without STA_UNSYNC.
func ClockInStep() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}
