package controller

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/locker"
)

// built is a time before which no clock of this program can be right.
var built = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// Clock reads the clocks. Whether the time of day claims to be right is asked of the kernel ("ntp": it is in step with a
// time server) or assumed ("system"); the rules decide whether it is believed.
func Clock(kind string, pc func() time.Time) func() locker.Now {
	return func() locker.Now {
		wall := pc().UTC().Round(0)
		claims := !wall.Before(built) && (kind == "system" || InStep())
		return locker.Now{Wall: wall, Up: time.Since(started), Known: claims}
	}
}

// started is the zero of the process's own time.
var started = time.Now()

// Begun tells the rules about the start of a run: which start of the machine it is in, so that the machine's own time, which
// continues while lockerd does not run, measures the gap between runs. Without /proc that is unknown. Alive is the last sign of life of
// the run before, and stands is which configuration is in force.
func Begun(version string, alive time.Time, stands locker.ConfigStands) locker.Started {
	s := locker.Started{Version: version, Alive: alive, Stands: stands}
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	var since unix.Timespec
	if err != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &since) != nil {
		return s
	}
	s.Boot, _, _ = strings.Cut(strings.TrimSpace(string(id)), "-")
	s.Booted = time.Duration(since.Nano()) - time.Since(started)
	return s
}

// InStep asks the kernel whether its clock is in step with a time server: adjtimex(2), status without STA_UNSYNC.
func InStep() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}
