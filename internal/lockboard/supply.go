package lockboard

import (
	"sync"
	"time"
)

// Supply is a power supply for locks: so many pulses at a time, and a rest after each. Lines that hang on the same one
// share it. A lock takes up to 3 A, and a dip of the voltage resets the boards.
type Supply struct {
	gap time.Duration

	mu    sync.Mutex
	slots []time.Time // from when each may carry the next pulse
	rings []func()    // wake those who may be waiting
}

// NewSupply makes a supply that carries so many pulses at a time and rests for a gap after each.
func NewSupply(pulses int, gap time.Duration) *Supply {
	return &Supply{gap: gap, slots: make([]time.Time, pulses)}
}

// join has ring called whenever a pulse is over.
func (s *Supply) join(ring func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rings = append(s.rings, ring)
}

// take reserves a pulse that is over by most at the latest. Where none can be had, slot is below 0 and next says when to
// ask again.
func (s *Supply) take(now, most time.Time) (slot int, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, free := range s.slots {
		if !now.Before(free) {
			s.slots[i] = most.Add(s.gap)
			return i, time.Time{}
		}
		if next.IsZero() || free.Before(next) {
			next = free
		}
	}
	return -1, next
}

// done says when a pulse was, or will be, over; the zero time: there was none.
func (s *Supply) done(slot int, over time.Time) {
	s.mu.Lock()
	s.slots[slot] = time.Time{}
	if !over.IsZero() {
		s.slots[slot] = over.Add(s.gap)
	}
	rings := s.rings
	s.mu.Unlock()
	for _, ring := range rings {
		ring()
	}
}
