package locker

import "time"

// ClockSet says that the time of day has become known.
type ClockSet struct {
	// By is the source that confirmed a reading after a jump: "order:o-1", "technician:ida", "constancy".
	By string `json:"by,omitempty"`
	// Own says that the time is known by the machine's own time: the clock that has jumped is still doubted.
	Own bool `json:"own,omitempty"`
}

// Kind is "clock.set".
func (ClockSet) Kind() string { return "clock.set" }

// ClockLost says that the time of day is no longer known: the calendar waits.
type ClockLost struct{}

// ClockDoubted says that a clock that claims to be right has jumped, and is not believed: the calendar waits.
type ClockDoubted struct {
	Read time.Time `json:"read"`    // the time of day as it was read
	Jump int64     `json:"jump_ms"` // how far that is from where it should be; below 0: it is behind
}

// Kind is "clock.doubted".
func (ClockDoubted) Kind() string { return "clock.doubted" }

// ClockCorrected says that somebody has corrected the time: a later time that was believed was wrong.
type ClockCorrected struct {
	By     string    `json:"by"`     // "technician:ida", "order:o-1", "hand tool"
	Time   time.Time `json:"time"`   // how late it is
	Newest time.Time `json:"newest"` // what it was held to be later than
}

// Kind is "clock.corrected".
func (ClockCorrected) Kind() string { return "clock.corrected" }

// Kind is "clock.lost".
func (ClockLost) Kind() string { return "clock.lost" }
