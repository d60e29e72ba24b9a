package sim

import "sync"

// Supply feeds the locks of boards, on one line or on several. When more coils are energised at once than it can feed, it
// breaks down: every board on it loses power for a second, all coils drop, and no latch moves.
type Supply struct {
	most int

	mu     sync.Mutex // is taken with a Line.mu held, never the other way round
	boards []*board
	on     int // coils
	broken int // breakdowns
}

// NewSupply makes a supply that can feed this many coils at once.
func NewSupply(most int) *Supply { return &Supply{most: most} }

// Breakdowns says how often the supply broke down.
func (s *Supply) Breakdowns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// feed adds a board.
func (s *Supply) feed(b *board) {
	if s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.boards = append(s.boards, b)
	}
}

// draw records coils that are energised or drop.
func (s *Supply) draw(coils int) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on += coils; coils > 0 && s.on == s.most+1 {
		s.broken++
		go s.breakDown() // apart from here, where a line is held: the boards may be on another
	}
}

func (s *Supply) breakDown() {
	s.mu.Lock()
	boards := s.boards
	s.mu.Unlock()
	for _, b := range boards {
		b.line.set(b.reset)
	}
}
