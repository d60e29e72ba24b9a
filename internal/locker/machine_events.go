package locker

import (
	"errors"
	"time"
)

// Reasons of a new epoch.
const (
	EpochNew       = "new"       // a cabinet's first journal
	EpochRestored  = "restored"  // a backup took the place of a damaged journal
	EpochShortened = "shortened" // the newest records may be missing
	EpochLost      = "lost"      // the journal was damaged and there was no good backup
)

// EpochBegun is the first event of every new, restored or shortened journal.
type EpochBegun struct {
	Reason   string `json:"reason"`
	Previous string `json:"previous,omitempty"`
	// Missing is how many records of the epoch before the cloud has that are not here; 0: none that we know of.
	Missing int `json:"missing,omitempty"`
}

// aged says that much may have happened since: codes may have been used and doors given to others.
func (e EpochBegun) aged() bool { return e.Reason == EpochRestored || e.Missing > 0 }

// ErrShortened says that the cloud has records that the journal has not, so that it has begun a new epoch.
var ErrShortened = errors.New("the cloud has records that are not here: the journal has lost its end, or is a copy")

// Kind is "journal.epoch_begun".
func (EpochBegun) Kind() string { return "journal.epoch_begun" }

// RunStarted says that the process began: sessions of before are over, no door is known, nothing of before is released.
type RunStarted struct {
	Version string `json:"version"`
	Boot    string `json:"boot,omitempty"`      // names the machine's start
	Booted  int64  `json:"booted_ms,omitempty"` // how long after it this run's time began
}

func (e RunStarted) booted() time.Duration { return time.Duration(e.Booted) * time.Millisecond }

// Kind is "run.started".
func (RunStarted) Kind() string { return "run.started" }

// RunHeldUp says that the process stood still while a door was being opened: it is judged once the boards were asked.
type RunHeldUp struct {
	For int64 `json:"for_ms"`
}

// Kind is "run.held_up".
func (RunHeldUp) Kind() string { return "run.held_up" }

// ClockLost says that the time of day is not known any more: the calendar waits.
type ClockLost struct{}

// ClockDoubted says that a clock that claims to be right has jumped, and is not believed: the calendar waits.
type ClockDoubted struct {
	Read time.Time `json:"read"`    // the time of day as it was read
	Jump int64     `json:"jump_ms"` // how far that is from where it should be; below 0: it is behind
}

// Kind is "clock.doubted".
func (ClockDoubted) Kind() string { return "clock.doubted" }

// ClockCorrected says that somebody has told how late it is: what was held to be later was wrong.
type ClockCorrected struct {
	By     string    `json:"by"`     // "technician:ida", "order:o-1", "hand tool"
	Time   time.Time `json:"time"`   // how late it is
	Newest time.Time `json:"newest"` // what it was held to be later than
}

// Kind is "clock.corrected".
func (ClockCorrected) Kind() string { return "clock.corrected" }

// Kind is "clock.lost".
func (ClockLost) Kind() string { return "clock.lost" }

// BoardSilent and BoardAnswered: whether a board's doors can be used.
type BoardSilent struct {
	Bus   string `json:"bus"`
	Board int    `json:"board"`
	Why   string `json:"why"`
}

// Kind is "board.lost".
func (BoardSilent) Kind() string { return "board.lost" }

// BoardAnswered says that a board came back.
type BoardAnswered struct {
	Bus   string `json:"bus"`
	Board int    `json:"board"`
}

// Kind is "board.back".
func (BoardAnswered) Kind() string { return "board.back" }

// ScannerGone and ScannerReturned: whether a scanner can be used.
type ScannerGone struct {
	Scanner string `json:"scanner"`
	Why     string `json:"why"`
}

// Kind is "scanner.lost".
func (ScannerGone) Kind() string { return "scanner.lost" }

// ScannerReturned says that a scanner came back.
type ScannerReturned struct {
	Scanner string `json:"scanner"`
}

// Kind is "scanner.back".
func (ScannerReturned) Kind() string { return "scanner.back" }

// ClockSet says that the time of day has become known.
type ClockSet struct {
	// By is who has said the same, after a jump: "order:o-1", "technician:ida", "constancy".
	By string `json:"by,omitempty"`
	// Own says that it is known by the machine's own time: the clock that has jumped is still doubted.
	Own bool `json:"own,omitempty"`
}

// Kind is "clock.set".
func (ClockSet) Kind() string { return "clock.set" }

// SwitchAlarmed is an alarm: the casing is open, or the mains are gone.
type SwitchAlarmed struct {
	Switch Switch `json:"switch"`
}

// Kind is "switch.alarm".
func (SwitchAlarmed) Kind() string { return "switch.alarm" }

// SwitchCleared says that what a switch watches is as it should be again.
type SwitchCleared struct {
	Switch Switch `json:"switch"`
}

// Kind is "switch.cleared".
func (SwitchCleared) Kind() string { return "switch.cleared" }

// CameraSilent says that a camera gives no picture, or none that shows anything.
type CameraSilent struct {
	Camera string `json:"camera"`
	Why    string `json:"why"`
}

// Kind is "camera.lost".
func (CameraSilent) Kind() string { return "camera.lost" }

// CameraAnswered says that a camera works again.
type CameraAnswered struct {
	Camera string `json:"camera"`
}

// Kind is "camera.back".
func (CameraAnswered) Kind() string { return "camera.back" }

// PhotoKept says that a still lies on disk, sealed under a key that only the journal holds.
type PhotoKept struct {
	Parcel   string   `json:"parcel"`
	Door     int      `json:"door"`
	Moment   Moment   `json:"moment"`
	Photo    string   `json:"photo"`  // the file's name
	SHA256   string   `json:"sha256"` // of the sealed file, hex
	Personal Personal `json:"-"`
}

// Kind is "photo.kept".
func (PhotoKept) Kind() string { return "photo.kept" }

// Subject is whose key seals the personal part.
func (e PhotoKept) Subject() string { return "photo:" + e.Photo }

// Private is the personal part.
func (e PhotoKept) Private() Personal { return e.Personal }

func (e PhotoKept) withPersonal(p Personal) Event { e.Personal = p; return e }
