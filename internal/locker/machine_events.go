package locker

import (
	"errors"
	"time"
)

// Reasons for a new epoch.
const (
	EpochNew       = "new"       // a cabinet's first journal
	EpochRestored  = "restored"  // a backup took the place of a damaged journal
	EpochShortened = "shortened" // the newest records may be missing
	EpochLost      = "lost"      // the journal was damaged and there was no good backup
)

// EpochBegun is the first event of every new, restored or shortened journal.
type EpochBegun struct {
	Reason   string `json:"reason" enum:"new,restored,shortened,lost"`
	Previous string `json:"previous,omitempty"`
	// Missing is how many records of the previous epoch the cloud has that are not here; 0: none known.
	Missing int `json:"missing,omitempty"`
}

// aged says that much may have happened since: codes may have been used and doors given to others.
func (e EpochBegun) aged() bool { return e.Reason == EpochRestored || e.Missing > 0 }

// ErrShortened says that the cloud has records that the journal has not, so that it has begun a new epoch.
var ErrShortened = errors.New("the cloud has records that are not here: the journal has lost its end, or is a copy")

// Kind is "journal.epoch_begun".
func (EpochBegun) Kind() string { return "journal.epoch_begun" }

// RunStarted says that the process began: earlier sessions are over, no door is known, and earlier releases are void.
type RunStarted struct {
	Version string `json:"version"`
	Boot    string `json:"boot,omitempty"`      // names the machine's start
	Booted  int64  `json:"booted_ms,omitempty"` // how long after it this run's time began
	// Alive is the last sign of life of the run before, as the clock read.
	Alive time.Time `json:"alive,omitzero"`
}

func (e RunStarted) booted() time.Duration { return time.Duration(e.Booted) * time.Millisecond }

// Kind is "run.started".
func (RunStarted) Kind() string { return "run.started" }

// RunHeldUp says that the process stood still while a door was being opened: the unlock is judged after the boards were
// asked.
type RunHeldUp struct {
	For int64 `json:"for_ms"`
}

// Kind is "run.held_up".
func (RunHeldUp) Kind() string { return "run.held_up" }
