package locker

// Finding is something that a diagnosis found: nothing that stops anybody now, but somebody should look.
type Finding string

// Findings about boards.
const (
	FindingErrors  Finding = "errors"  // too many of its answers are damaged or missing
	FindingSlow    Finding = "slow"    // its answers take far longer than they did
	FindingAddress Finding = "address" // two boards seem to share its address
)

// BoardJudged says what a board's line measures: a finding, or that it is none any more.
type BoardJudged struct {
	Bus     string
	Board   int
	Finding Finding
	Bad     bool
	Detail  string // for the technician
}

// PresenceSensed is a debounced word of a presence sensor that differs from the one told before (or is the first one).
type PresenceSensed struct {
	Lock     Lock
	Present  bool
	Evidence Evidence
}

func (BoardJudged) input()    {}
func (PresenceSensed) input() {}
