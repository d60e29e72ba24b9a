package locker

import "slices"

func (s *State) applySequence(r Record, e Event) {
	q := &s.Sequence
	switch e := e.(type) {
	case SequenceStarted:
		s.touch(e.Session, r)
		*q = Sequence{Kind: e.Sequence, Left: slices.Clone(e.Doors), Total: len(e.Doors)}
	case SequencePassed:
		q.Left = without(q.Left, func(n int) bool { return n == e.Door })
		if e.Open {
			q.opened(Opened)
		} else {
			q.opened(NotSent)
		}
	case SequenceEnded:
		s.touch(e.Session, r)
		q.Left, q.Door, q.Ended = nil, 0, e.Why
	}
}

// opening records that the unlock of a door has begun.
func (q *Sequence) opening(door int) {
	q.Door, q.Left = door, without(q.Left, func(n int) bool { return n == door })
}

// opened records how it ended. An unknown end, as of a lock without a contact, is no failure.
func (q *Sequence) opened(o Outcome) {
	q.Door = 0
	switch o {
	case Opened:
		q.Done++
		q.Row = 0
	case StillClosed, NotSent:
		q.Failed++
		q.Row++
	case OutcomeUnknown:
		q.Unknown++
	}
}

// sequenceOpening records that an unlock of the technician's session belongs to the sequence.
func (s *State) sequenceOpening(door int) {
	if q := &s.Sequence; q.running() {
		q.opening(door)
	}
}
