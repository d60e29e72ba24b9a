package lockboard

import (
	"sync"
	"time"
)

// Supply is a power supply for locks: so many pulses at a time, and a rest after each. Lines that hang on the same one
// share it. A lock takes up to 3 A, and a dip of the voltage resets the boards.
type Supply struct {
	gap time.Duration

	mu      sync.Mutex
	places  []*pulse               // as many as the supply carries; nil: nothing was pulsed there yet
	rings   map[*mailbox]struct{}  // of those who may be waiting
	waiting map[*mailbox]time.Time // those who were told to ask again, and since when their release waits
}

// turnFor is how long a place is kept for the release that has waited for longest, once it is free: its line may have an exchange
// under way. A line that comes later than that has other troubles, and others go first.
const turnFor = 30 * time.Millisecond

// pulse is one that a supply carries. Supply.mu guards it.
type pulse struct {
	rested time.Time // from when another may be carried in its place
}

// NewSupply makes a supply that carries so many pulses at a time and rests for a gap after each.
func NewSupply(pulses int, gap time.Duration) *Supply {
	return &Supply{gap: gap, places: make([]*pulse, pulses), rings: make(map[*mailbox]struct{}),
		waiting: make(map[*mailbox]time.Time)}
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
		delete(s.waiting, m)
	}
}

// take begins a pulse that is over by most, should nobody say more of it, for a release that has waited in m since a time. Where
// the supply carries as many as it can, or it is another's turn, there is none, and next says when to ask again.
func (s *Supply) take(m *mailbox, since, now, most time.Time) (p *pulse, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.first(m, since)
	for i, last := range s.places {
		free := time.Time{}
		if last != nil && first {
			free = last.rested
		} else if last != nil {
			free = last.rested.Add(turnFor)
		}
		if !now.Before(free) {
			delete(s.waiting, m)
			s.places[i] = &pulse{most.Add(s.gap)}
			return s.places[i], time.Time{}
		}
		if next.IsZero() || free.Before(next) {
			next = free
		}
	}
	s.waiting[m] = since
	return nil, next
}

// first says that no release has waited for longer.
func (s *Supply) first(m *mailbox, since time.Time) bool {
	for other, at := range s.waiting {
		if other != m && at.Before(since) {
			return false
		}
	}
	return true
}

// leave says that nothing waits in a mailbox any more.
func (s *Supply) leave(m *mailbox) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, m)
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
