package locker

import (
	"slices"
	"time"
)

// Habits is how a door behaves over weeks, for the diagnoses. It survives a restart.
type Habits struct {
	// OpenAt is when its contact began to report open, and Passed how many unlocks, of any door, there have been since.
	OpenAt time.Time `json:"open_at,omitzero"`
	Passed int       `json:"passed,omitempty"`
	// Unseen is how many unlocks in a row opened the door, according to people, without its contact moving.
	Unseen int `json:"unseen,omitempty"`
	// Pulses is how many pulses were sent since the door last opened; Openings, how many each of the newest openings needed.
	Pulses   int   `json:"pulses,omitempty"`
	Openings []int `json:"openings,omitempty"`
}

// Limits of what habits remember: how many openings, and the most pulses counted for one of them (one that took ten pulses
// shows no more wear than one that took three: somebody leant against the door).
const (
	habitOpenings = 20
	habitPulses   = 3
)

// open records that a door was seen to open; if an unlock explains that, with its number of pulses.
func (h *Habits) open(r Record, pulsed, counted bool) {
	if h.OpenAt.IsZero() && r.Known {
		h.OpenAt = r.At
	}
	h.Unseen = 0
	if !pulsed {
		return
	}
	pulses := h.Pulses
	if !counted {
		pulses++
	}
	h.Openings = append(slices.Clone(h.Openings[max(0, len(h.Openings)-habitOpenings+1):]), min(pulses, habitPulses))
	h.Pulses = 0
}

// passBy records, for every door whose contact reports open, that somebody used the cabinet meanwhile.
func (s *State) passBy(r Record) {
	for turn := s.nextAwake(0); turn >= 0; turn = s.nextAwake(turn + 1) {
		if s.at(turn).State != Open {
			continue
		}
		d := s.editDoor(s.index.order[turn])
		d.Habits.Passed++
		if d.Habits.OpenAt.IsZero() && r.Known {
			d.Habits.OpenAt = r.At
		}
	}
}
