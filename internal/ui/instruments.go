package ui

import (
	"context"
	"slices"
	"time"

	"lockerd/internal/locker"
)

// Instruments are measurements, and the photos on disk: only for technicians, and never believed by the rules.
type Instruments interface {
	// Measure reads the gauges that a step shows. It is called every two seconds while a screen shows one.
	Measure(ctx context.Context, step locker.Step) Measured
	// Photo is the photo of a record, as a JPEG.
	Photo(ctx context.Context, seq uint64) ([]byte, error)
}

// Measured is a reading of the instruments.
type Measured struct {
	Scans    []Scan // the newest first
	Lines    []Line
	Link     Link
	Log      []LogLine // the newest first
	Versions []Fact
	Survey   Survey
}

// Survey is the progress of the search for lock boards. A Total of 0 says that there is none.
type Survey struct {
	Done, Total int    // questions
	Bus         string // the line that is asked now
	Baud        int
	Family      string // whose boards are asked for
	Address     int    // which is asked
	Found       int    // boards, so far
}

// Scan is a scan without its text, which may be somebody's code.
type Scan struct {
	At      time.Time
	Scanner string
	Own     bool   // it has the form of a person's own code: nothing of it is shown
	Length  int    // in characters
	Tail    string // its last characters; empty where it may be a secret
}

// Line is what was measured of a lock board on its line since the start.
type Line struct {
	Bus      string
	Port     string
	Board    int // its address
	Family   string
	Asked    uint64
	Answered uint64
	Silent   uint64        // queries that nothing came back for
	Garbled  uint64        // answers that were damaged
	Refused  uint64        // answers that say that it was not done, or cannot be
	Reports  uint64        // that came unasked
	Last     time.Time     // its newest answer
	Took     time.Duration // from a query to its answer
	Times    []Bin         // its answers by how long they took, the shortest first
	Damaged  float64       // the share of damaged or missing answers among the newest exchanges, 0 to 1
	Lost     bool          // nothing is known of its doors
	Why      string        // it is lost
	// Refusal is the reason of its last refusal, as package lockboard names it, and RefusedOf the channels of the refused
	// query; empty: it never refused.
	Refusal, RefusedOf string
}

// Bin counts the answers that took at most this long, and longer than the previous bin's limit. The last bin has no limit.
type Bin struct {
	Most  time.Duration
	Count uint64
}

// Link is what was measured of the link to the cloud.
type Link struct {
	Broker      string    // its address; empty: there is none
	Since       time.Time // when the connection came up; zero while there is none
	Backlog     uint64    // records that the cloud has not confirmed
	InFlight    int       // messages that the broker has not acknowledged
	Confirmed   uint64    // the newest confirmed record
	Connections uint64    // that came up in this run
	Unsigned    bool      // orders that nobody signed are followed
	// UnsignedAcks says that unsigned acks free records.
	UnsignedAcks bool
	// Faults are the link's own, as the published state has them; the rules know nothing of them.
	Faults []locker.Fault
}

// LogLine is a record of the journal, of those that are shown (Logged).
type LogLine struct {
	Seq  uint64
	At   time.Time
	Kind string
	Door int    // 0: it is about none
	What string // a parcel's number, a board, a scanner, a finding: as the record names it
	Why  string // likewise
	// Unreadable says instead why the journal cannot be read.
	Unreadable string
}

// Fact is a fixed property. Its name is one of the catalogues' "about" texts, or is shown as it is.
type Fact struct{ Name, Value string }

const (
	// measureEvery is how often gauges that are shown are read, in signs of life.
	measureEvery = 2
	// measureWithin is how long that may take.
	measureWithin = time.Second
)

// gauged says that a screen shows gauges.
func gauged(v *locker.View) bool {
	steps := []locker.Step{locker.StepMenu, locker.StepScans, locker.StepLines, locker.StepLog, locker.StepAbout, locker.StepSurvey}
	return v != nil && v.Technician != "" && slices.Contains(steps, v.Step)
}

// measure reads the gauges for a screen that shows some.
func (s *Server) measure(ctx context.Context, v *locker.View) Measured {
	if !gauged(v) {
		return Measured{}
	}
	ctx, stop := context.WithTimeout(ctx, measureWithin)
	defer stop()
	return s.instruments.Measure(ctx, v.Step)
}
