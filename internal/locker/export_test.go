package locker

import "fmt"

// CheckIndexes holds what is kept to find things quickly against the state that it was made of.
func (s *State) CheckIndexes() error {
	for turn := range s.Doors {
		if d := s.at(turn); s.awake.has(turn) == s.asleep(d) {
			return fmt.Errorf("door %d is awake: %v, but asleep: %v: %+v", d.Number, s.awake.has(turn), s.asleep(d), *d)
		}
	}
	for turn, p := range s.plan.Doors {
		if s.at(turn).Number != p.Number {
			return fmt.Errorf("turn %d is that of door %d, not of door %d", turn, s.at(turn).Number, p.Number)
		}
	}
	return nil
}
