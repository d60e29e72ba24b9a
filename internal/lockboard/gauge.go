package lockboard

import (
	"time"

	"lockerd/internal/locker"
)

// TimeBounds are the upper bounds of Gauge.Times, a bin each; what took longer is in the last bin.
var TimeBounds = [...]time.Duration{
	10 * time.Millisecond, 20 * time.Millisecond, 30 * time.Millisecond, 50 * time.Millisecond, 75 * time.Millisecond,
	100 * time.Millisecond, 200 * time.Millisecond,
}

// Gauge is what has been measured of one board since the start.
type Gauge struct {
	Board    int           `json:"board"`
	Family   string        `json:"family"`
	Locks    int           `json:"locks"`
	Asked    uint64        `json:"asked"`
	Answered uint64        `json:"answered"`
	Silent   uint64        `json:"silent"`
	Garbled  uint64        `json:"garbled"`
	Late     uint64        `json:"late"`    // of the silent ones: answers that came after their time-out
	Refused  uint64        `json:"refused"` // answers, those to unlocks too, that it did not do what it was asked, or cannot
	Reports  uint64        `json:"reports"`
	Last     time.Time     `json:"last,omitzero"` // when it last answered
	Took     time.Duration `json:"took_ns"`       // from a query sent to its answer whole, quiet time included
	// Times counts the answers by how long they took, but for those during which we were held up ourselves.
	Times [len(TimeBounds) + 1]uint64 `json:"times"`
	Spent time.Duration               `json:"spent_ns"` // all that Times counts, together
	// Interval is the time between the two newest queries.
	Interval time.Duration `json:"interval_ns"`
	// Damaged is the share of damaged or missing answers among the newest exchanges, 0 to 1.
	Damaged float64 `json:"damaged"`
	// Refusal is the newest refusal in words: what was asked, why not, and what to do. RefusedWhy and RefusedOf are its
	// reason and the channels that it is about.
	Refusal    string  `json:"refusal,omitempty"`
	RefusedWhy Refusal `json:"refused_why,omitempty"`
	RefusedOf  string  `json:"refused_of,omitempty"`
	Lost       bool    `json:"lost"`
	Why        string  `json:"why,omitempty"` // it is lost

	queried time.Time // newest
}

// Report is the measurements for a report.
func (g *Gauge) Report(bus string) locker.BoardReport {
	return locker.BoardReport{Bus: bus, Board: g.Board, Family: g.Family, Asked: g.Asked, Answered: g.Answered, Silent: g.Silent,
		Garbled: g.Garbled, Refused: g.Refused, Last: g.Last, Lost: g.Lost, Why: g.Why}
}

// count takes an exchange.
func (g *Gauge) count(a answer, now time.Time) {
	g.Asked++
	if !g.queried.IsZero() {
		g.Interval = a.asked.Sub(g.queried)
	}
	g.queried = a.asked
	switch {
	case a.held && a.verdict == answered:
		g.Answered++
		g.Last = now.Round(0).UTC()
	case a.held, a.spoilt:
	case a.verdict == answered:
		g.Answered++
		g.Last, g.Took = now.Round(0).UTC(), a.took
		bin := 0
		for bin < len(TimeBounds) && a.took > TimeBounds[bin] {
			bin++
		}
		g.Times[bin]++
		g.Spent += a.took
	case a.verdict == silent:
		g.Silent++
	case a.verdict == garbled:
		g.Garbled++
	}
}

// Tap is given what passes on a line: what we say, and what is heard in the pieces in which it came.
type Tap func(fromHost bool, at time.Time, bytes []byte)

// tapped lets those who watch see.
func (b *Bus) tapped(fromHost bool, bytes []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for tap := range b.taps {
		(*tap)(fromHost, time.Now(), bytes)
	}
}
