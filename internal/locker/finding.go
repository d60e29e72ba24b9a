package locker

import (
	"fmt"
	"slices"
	"time"
)

// Finding is something that a diagnosis found: nothing that stops anybody now, but somebody should look.
type Finding string

// Findings about boards.
const (
	FindingErrors  Finding = "errors"  // too many of its answers are damaged or missing
	FindingSlow    Finding = "slow"    // its answers take far longer than they did
	FindingAddress Finding = "address" // two boards seem to share its address
	FindingRefuses Finding = "refuses" // it answers that it cannot do what it is asked
)

// Findings about doors.
const (
	FindingStuckOpen   Finding = "stuck_open"         // its contact has said open for days while people came and went
	FindingStuckClosed Finding = "stuck_closed"       // people say that it opened; its contact never moved
	FindingWorn        Finding = "worn"               // it needs more and more pulses to open
	FindingSensor      Finding = "sensor_contradicts" // a parcel lies there; its presence sensor says no
	FindingRestless    Finding = "restless"           // its contact moves without end
)

// Findings are all findings.
func Findings() []Finding {
	return []Finding{FindingErrors, FindingSlow, FindingAddress, FindingRefuses, FindingStuckOpen, FindingStuckClosed, FindingWorn,
		FindingSensor, FindingRestless}
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

// Thresholds of the findings about doors. Two of each, so that a finding does not flutter.
const (
	stuckOpenFor    = 72 * time.Hour // its contact says open for so long,
	stuckOpenPassed = 10             // and so many unlocks in the cabinet have not made anybody push it shut
	stuckClosedRow  = 3              // unlocks in a row that people say did open it
	wornOpenings    = 10             // before so many openings nothing is said
	wornBad         = 1.3            // pulses per opening
	wornGood        = 1.1
)

// boardJudged notes what a board's line measures. A board that is only being tried out in a setup is nobody's concern
// yet.
func (d *decision) boardJudged(in BoardJudged) {
	b := Board{Bus: in.Bus, Board: in.Board}
	if d.s.has(b) && (in.Bad || d.hears(d.s.Source(in))) {
		d.find(Raised{Finding: in.Finding, Bus: in.Bus, Board: in.Board, Detail: in.Detail}, in.Bad, !in.Bad)
	}
}

// find raises a finding, or clears it. Between bad and good it stays as it is.
func (d *decision) find(f Raised, bad, good bool) {
	d.findWhy(f, bad, good, func() string { return f.Detail })
}

// findWhy is the same with a text that is made only where the finding is raised: diagnoses look at every door again and
// again, and almost never raise any.
func (d *decision) findWhy(f Raised, bad, good bool, detail func() string) {
	if !bad && (!good || len(d.s.Findings) == 0) {
		return
	}
	stands := slices.ContainsFunc(d.s.Findings, f.about)
	switch {
	case bad && !stands:
		f.Detail = detail()
		d.emit(FindingRaised(f))
	case good && stands:
		d.emit(FindingCleared{Finding: f.Finding, Bus: f.Bus, Board: f.Board, Door: f.Door})
	}
}

// diagnose looks at what the doors' habits and contacts say.
func (d *decision) diagnose() {
	for turn := d.s.nextAwake(0); turn >= 0 && d.s.isPlanned(turn); turn = d.s.nextAwake(turn + 1) {
		number := d.s.at(turn).Number
		d.diagnoseHabits(number, &d.s.at(turn).Habits)
		door := d.s.at(turn)
		lies := door.Holds.Kind == Occupied
		d.find(Raised{Finding: FindingSensor, Door: number, Detail: "a parcel lies there; its sensor says no"},
			lies && door.Presence == PresenceEmpty && d.atRest(door), !lies || door.Presence == PresencePresent)
	}
}

func (d *decision) diagnoseHabits(door int, h *Habits) {
	days := d.now.Known && !h.OpenAt.IsZero() && d.now.Wall.Sub(h.OpenAt) >= stuckOpenFor
	d.findWhy(Raised{Finding: FindingStuckOpen, Door: door}, days && h.Passed >= stuckOpenPassed, h.OpenAt.IsZero(),
		func() string {
			return fmt.Sprintf("its contact has said open for 3 days, while there were %d unlocks", h.Passed)
		})
	d.findWhy(Raised{Finding: FindingStuckClosed, Door: door}, h.Unseen >= stuckClosedRow, h.Unseen == 0,
		func() string {
			return fmt.Sprintf("people say that it opened %d times; its contact never moved", h.Unseen)
		})
	pulses := h.perOpening()
	d.findWhy(Raised{Finding: FindingWorn, Door: door}, pulses > wornBad, pulses < wornGood,
		func() string { return fmt.Sprintf("%.1f pulses for an opening", pulses) })
}

// perOpening is how many pulses an opening took lately; 1 before enough of them were seen.
func (h *Habits) perOpening() float64 {
	if len(h.Openings) < wornOpenings {
		return 1
	}
	sum := 0
	for _, n := range h.Openings {
		sum += n
	}
	return float64(sum) / float64(len(h.Openings))
}

// gone clears the findings about what is no longer built.
func (d *decision) gone() {
	for _, f := range d.s.Findings {
		_, built := d.s.planned(f.Door)
		if !built && !d.s.has(Board{Bus: f.Bus, Board: f.Board}) {
			d.find(f, false, true)
		}
	}
}

// findings are those about a door.
func (s *State) findingsOf(door int) []Finding {
	var list []Finding
	for _, f := range s.Findings {
		if f.Door == door {
			list = append(list, f.Finding)
		}
	}
	return list
}

// saidOpen takes somebody's word that a door did open though its contact says no. It is no proof of anything that is in
// it.
func (d *decision) saidOpen(by string) {
	door := d.s.door(d.s.Session.Door)
	d.emit(DoorSaidOpen{Door: door.Number, Unlock: door.Last.ID, By: by})
}

// unseen says that a door's newest unlock may have opened it without its contact noticing, and nobody said so yet.
func (d *Door) unseen() bool {
	return d != nil && d.Unlock.ID == "" && d.Last.Outcome == StillClosed && !d.Last.Said && d.State == Closed
}

// FindingRaised says that a diagnosis found something: about a board, or about a door.
type FindingRaised struct {
	Finding Finding `json:"finding"`
	Bus     string  `json:"bus,omitempty"`
	Board   int     `json:"board,omitempty"`
	Door    int     `json:"door,omitempty"`
	Detail  string  `json:"detail,omitempty"`
}

// Kind is "finding.raised".
func (FindingRaised) Kind() string { return "finding.raised" }

// FindingCleared says that it is found no more.
type FindingCleared struct {
	Finding Finding `json:"finding"`
	Bus     string  `json:"bus,omitempty"`
	Board   int     `json:"board,omitempty"`
	Door    int     `json:"door,omitempty"`
}

// Kind is "finding.cleared".
func (FindingCleared) Kind() string { return "finding.cleared" }

// about says whether two findings are the same one, whatever their details.
func (f Raised) about(o Raised) bool { f.Detail, o.Detail = "", ""; return f == o }

func (s *State) otherFindings(f Raised) []Raised { return without(s.Findings, f.about) }

// findings are those that stand.
type findings struct {
	Findings []Raised `json:"findings,omitempty"`
}

func (x findings) clone() findings { return findings{slices.Clip(x.Findings)} }

func (s *State) applyFinding(e Event) {
	switch e := e.(type) {
	case FindingRaised:
		s.Findings = append(s.otherFindings(Raised(e)), Raised(e))
		s.changeDoor(e.Door) // it does not rest
	case FindingCleared:
		s.Findings = s.otherFindings(Raised{Finding: e.Finding, Bus: e.Bus, Board: e.Board, Door: e.Door})
	}
}
