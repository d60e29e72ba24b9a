package locker

import (
	"slices"
	"time"
)

// Habits is what diagnoses look at: how a door behaves over weeks. It outlives a restart.
type Habits struct {
	// OpenAt is when its contact began to say open, and Passed how many unlocks, of any door, there have been since.
	OpenAt time.Time `json:"open_at,omitzero"`
	Passed int       `json:"passed,omitempty"`
	// Unseen is how many unlocks in a row did open the door, as people say, without its contact moving.
	Unseen int `json:"unseen,omitempty"`
	// Pulses is how many pulses went out since it opened last; Openings, how many each of the newest openings took.
	Pulses   int   `json:"pulses,omitempty"`
	Openings []int `json:"openings,omitempty"`
}

// What habits remember: of the newest openings, and of one of them at the most (one that took ten pulses is no more
// worn than one that took three: somebody leant against the door).
const (
	habitOpenings = 20
	habitPulses   = 3
)

// open notes that a door was seen to open: by its pulses, if an unlock explains it.
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

// passBy notes for every door that stands open, as its contact says, that somebody used the cabinet meanwhile.
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
