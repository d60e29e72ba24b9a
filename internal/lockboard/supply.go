package lockboard

import (
	"sync"
	"time"
)

// Supply is a power supply for locks: so many pulses at a time, and a rest after each. Lines that hang on the same one
// share it. A lock takes up to 3 A, and a dip of the voltage resets the boards.
type Supply struct {
	gap time.Duration

	mu     sync.Mutex
	places []*pulse              // as many as the supply carries; nil: nothing was pulsed there yet
	rings  map[*mailbox]struct{} // of those who may be waiting
}

// pulse is one that a supply carries. Supply.mu guards it.
type pulse struct {
	rested time.Time // from when another may be carried in its place
}

// NewSupply makes a supply that carries so many pulses at a time and rests for a gap after each.
func NewSupply(pulses int, gap time.Duration) *Supply {
	return &Supply{gap: gap, places: make([]*pulse, pulses), rings: make(map[*mailbox]struct{})}
}

// join has a mailbox rung whenever it becomes known when a pulse is over, until leave is called.
func (s *Supply) join(m *mailbox) (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rings[m] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.rings, m)
	}
}

// take begins a pulse that is over by most, should nobody say more of it. Where the supply carries as many as it can,
// there is none, and next says when to ask again.
func (s *Supply) take(now, most time.Time) (p *pulse, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, last := range s.places {
		if last == nil || !now.Before(last.rested) {
			s.places[i] = &pulse{most.Add(s.gap)}
			return s.places[i], time.Time{}
		}
		if next.IsZero() || last.rested.Before(next) {
			next = last.rested
		}
	}
	return nil, next
}

// over says when a pulse was, or will be, over. Once another is carried in its place, nothing depends on it any more.
func (s *Supply) over(p *pulse, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.rested = at.Add(s.gap)
	for m := range s.rings {
		m.ring() // which does not block
	}
}
