package locker

// Finding is something that a diagnosis found: nothing that stops anybody now, but somebody should look.
type Finding string

// Findings about boards.
const (
	FindingErrors  Finding = "errors"  // too many of its answers are damaged or missing
	FindingSlow    Finding = "slow"    // its answers take far longer than they did
	FindingAddress Finding = "address" // two boards seem to share its address
)

// Findings about doors.
const (
	FindingStuckOpen   Finding = "stuck_open"         // its contact has said open for days while people came and went
	FindingStuckClosed Finding = "stuck_closed"       // people say that it opened; its contact never moved
	FindingWorn        Finding = "worn"               // it needs more and more pulses to open
	FindingSensor      Finding = "sensor_contradicts" // a parcel lies there, but its presence sensor says that nothing does
)

// Findings are all findings.
func Findings() []Finding {
	return []Finding{FindingErrors, FindingSlow, FindingAddress, FindingStuckOpen, FindingStuckClosed, FindingWorn, FindingSensor}
}

// BoardJudged says what a board's line measures: a finding, or that it is none any more.
type BoardJudged struct {
	Bus     string
	Board   int
	Finding Finding
	Bad     bool
	Detail  string // for the technician
}

// Raised is a finding that stands: about a board, or about a door.
type Raised struct {
	Finding Finding `json:"finding"`
	Bus     string  `json:"bus,omitempty"`
	Board   int     `json:"board,omitempty"`
	Door    int     `json:"door,omitempty"`
	Detail  string  `json:"detail,omitempty"` // for the technician
}

func (BoardJudged) input() {}
