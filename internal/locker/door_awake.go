package locker

import "math/bits"

// Most doors rest: shut, nothing in progress, nothing to report. Rules that look at the doors again and again (deadlines,
// sensors, diagnoses) only look at the others, so that the cost of a step does not grow with the cabinet.
//
// A door wakes when editDoor hands it out to be changed, or when a finding about it is raised. The end of Apply puts it to
// rest if asleep then says so: State.awake is always exactly the set of doors for which asleep is false. Only this file
// maintains it.

// set is a set of small numbers.
type set []uint64

func (x set) has(i int) bool { return i>>6 < len(x) && x[i>>6]&(1<<(i&63)) != 0 }

func (x *set) add(i int) {
	for i>>6 >= len(*x) {
		*x = append(*x, 0)
	}
	(*x)[i>>6] |= 1 << (i & 63)
}

func (x set) drop(i int) {
	if i>>6 < len(x) {
		x[i>>6] &^= 1 << (i & 63)
	}
}

// next is the smallest member that is at least i; -1 if there is none.
func (x set) next(i int) int {
	for w := i >> 6; w < len(x); w++ {
		word := x[w]
		if w == i>>6 {
			word &= ^uint64(0) << (i & 63)
		}
		if word != 0 {
			return w<<6 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

// nextAwake is the turn of the next door that does not rest, starting at a turn; -1 if there is none. Turns follow the order
// of the plan; doors that are no longer built come last.
func (s *State) nextAwake(turn int) int { return s.awake.next(turn) }

// at is the door of a turn. It is for reading.
func (s *State) at(turn int) *Door { return s.Doors[s.index.order[turn]] }

// isPlanned says that a turn is that of a door of the plan: then it is also its place in the plan.
func (s *State) isPlanned(turn int) bool { return turn < len(s.plan.Doors) }

// wakeAll is for a state that was just read, and for the start of a run.
func (s *State) wakeAll() {
	for turn := range s.Doors {
		s.awake.add(turn)
	}
}

// settle puts doors to rest, and notes which doors that may have changed have a fault.
func (s *State) settle() {
	for turn := s.nextAwake(0); turn >= 0; turn = s.nextAwake(turn + 1) {
		d := s.at(turn)
		if d.faulty() {
			s.faulty.add(turn)
		} else {
			s.faulty.drop(turn)
		}
		if s.asleep(d) {
			s.awake.drop(turn)
		}
	}
}

// faulty says that there is a fault of a door.
func (d *Door) faulty() bool { return d.Blocked != "" || d.LeftOpen || d.Holds.Kind == Doubtful }

// asleep says that a door changes nothing by itself: not by time, not by its sensor, not by its habits. Its conditions must
// cover everything that due, reopeningOver, sensors, diagnose, Deadline and passBy look for.
func (s *State) asleep(d *Door) bool {
	return d.Unlock.ID == "" && d.State != Open && d.Holds.Kind != Collected && !d.senses(s) && d.Habits.usual() &&
		!s.found(d.Number)
}

// senses says that the report of a door's sensor may have consequences.
func (d *Door) senses(s *State) bool {
	if rest, sensed := d.rests(); sensed && s.Up < rest {
		return true // the screen waits for it
	}
	switch d.Presence {
	case PresencePresent:
		return d.Holds.Kind == Empty
	case PresenceEmpty:
		return d.Holds.Kind != Empty && d.Holds.Kind != Reserved
	}
	return false
}

// usual says that habits cannot lead to a finding.
func (h *Habits) usual() bool { return h.OpenAt.IsZero() && h.Unseen == 0 && h.perOpening() <= wornBad }

// found says that a finding about a door is raised.
func (s *State) found(door int) bool {
	for i := range s.Findings {
		if s.Findings[i].Door == door {
			return true
		}
	}
	return false
}
