package locker

import "slices"

// What habits remember: of the newest openings, and of one of them at the most (one that took ten pulses is no more
// worn than one that took three: somebody leant against the door).
const (
	habitOpenings = 20
	habitPulses   = 3
)

func (s *State) applyHabits(e Event) {
	switch e := e.(type) {
	case FindingRaised:
		s.Findings = append(s.otherFindings(Raised(e)), Raised(e))
		s.changeDoor(e.Door) // it does not rest
	case FindingCleared:
		s.Findings = s.otherFindings(Raised{Finding: e.Finding, Bus: e.Bus, Board: e.Board, Door: e.Door})
	case DoorPresence:
		if d := s.changeDoor(e.Door); d != nil {
			d.Presence = e.Presence
		}
	case DoorSaidOpen:
		if d := s.changeDoor(e.Door); d != nil && d.Last.ID == e.Unlock && !d.Last.Said {
			d.Last.Said = true
			d.Habits.Unseen++
		}
	case DoorWired:
		if d := s.changeDoor(e.Door); d != nil {
			if d.Lock != (Lock{}) && d.Lock != e.Lock {
				d.Habits, d.Failed, d.Last = Habits{}, 0, Unlock{}
			}
			d.Lock = e.Lock
		}
	case UnlockRefused, LookRefused:
		// Nothing changes.
	}
}

// about says whether two findings are the same one, whatever their details.
func (f Raised) about(o Raised) bool { f.Detail, o.Detail = "", ""; return f == o }

func (s *State) otherFindings(f Raised) []Raised { return without(s.Findings, f.about) }

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
