package locker

// SequenceKind is which doors are opened one after the other.
type SequenceKind string

// Kinds of sequences.
const (
	SequenceEmpty SequenceKind = "empty" // those that hold no parcel
	SequenceAll   SequenceKind = "all"
)

// SequenceEnd is why a sequence is over.
type SequenceEnd string

// Ends of sequences.
const (
	SequenceDone    SequenceEnd = "done"
	SequenceStopped SequenceEnd = "stopped" // by the technician, or since the machine stood still
	SequenceBreaker SequenceEnd = "breaker" // three doors in a row did not open
	SequenceLeft    SequenceEnd = "session" // the technician's session is over
)

// Sequence is doors that are opened one after the other, or were.
type Sequence struct {
	Kind    SequenceKind `json:"kind,omitempty"`
	Left    []int        `json:"left,omitempty"` // doors still to be opened
	Door    int          `json:"door,omitempty"` // the one that is being opened
	Total   int          `json:"total,omitempty"`
	Done    int          `json:"done,omitempty"`
	Failed  int          `json:"failed,omitempty"`
	Row     int          `json:"row,omitempty"`     // failures in a row
	Unknown int          `json:"unknown,omitempty"` // nobody can tell: a lock without contact, or its board fell silent
	Ended   SequenceEnd  `json:"ended,omitempty"`
}

// sequenceRow is how many doors in a row may fail to open before a sequence stops by itself.
const sequenceRow = 3

func (q *Sequence) running() bool { return q.Kind != "" && q.Ended == "" }

// sequenceDoors are the doors of a sequence, in the order of the plan.
func (s *State) sequenceDoors(kind SequenceKind) []int {
	list := []int{}
	for _, p := range s.plan.Doors {
		held := s.door(p.Number).Holds.Kind
		if !s.anew(p.Number) && (kind == SequenceAll || held != Occupied && held != Reserved) {
			list = append(list, p.Number)
		}
	}
	return list
}

// startSequence begins to open doors, perhaps with a second technician; sequence opens the first.
func (d *decision) startSequence(kind SequenceKind, with string) {
	n := d.s.Session
	d.emit(SequenceStarted{Session: n.ID, Sequence: kind, Doors: d.s.sequenceDoors(kind), By: n.Technician, With: with})
	d.move(StepSequence, NoticeNone, 0)
}

// sequence continues with the next door once the previous unlock has ended.
func (d *decision) sequence() {
	for {
		q := d.s.Sequence
		switch {
		case !q.running() || q.Door != 0:
			return
		case q.Row >= sequenceRow:
			d.endSequence(SequenceBreaker)
		case len(q.Left) == 0:
			d.endSequence(SequenceDone)
		default:
			d.sequenceNext(q.Left[0])
		}
	}
}

func (d *decision) sequenceNext(number int) {
	door := d.s.door(number)
	_, built := d.s.planned(number)
	switch {
	case door == nil || !built || d.s.silent(number) || d.s.anew(number) || door.Unlock.ID != "":
		d.emit(SequencePassed{Door: number})
	case door.State == Open:
		d.emit(SequencePassed{Door: number, Open: true})
	default:
		if d.unlock(number, UnlockRequested{Why: WhyTech, Session: d.s.Session.ID}) != NoticeNone {
			d.emit(SequencePassed{Door: number})
		}
	}
}

// endSequence ends the sequence. An unlock in progress runs to its end.
func (d *decision) endSequence(why SequenceEnd) {
	q := d.s.Sequence
	if q.running() {
		d.emit(SequenceEnded{Session: d.s.Session.ID, Why: why, Done: q.Done, Failed: q.Failed, Unknown: q.Unknown})
	}
}

// sequenceView is what a screen shows of it.
func (s *State) sequenceView() SequenceView {
	q := s.Sequence
	switch s.Session.Step {
	case StepOpenEmpty:
		return SequenceView{Kind: SequenceEmpty, Total: len(s.sequenceDoors(SequenceEmpty))}
	case StepOpenAll:
		return SequenceView{Kind: SequenceAll, Total: len(s.sequenceDoors(SequenceAll))}
	case StepSequence:
		return SequenceView{Kind: q.Kind, Total: q.Total, Done: q.Done, Failed: q.Failed, Unknown: q.Unknown,
			Door: q.Door, Ended: q.Ended}
	}
	return SequenceView{}
}

// SequenceView is doors that are opened one after the other.
type SequenceView struct {
	Kind    SequenceKind
	Total   int
	Done    int // doors that opened, or stood open
	Failed  int
	Unknown int         // nobody can tell: a lock without contact, or its board fell silent
	Door    int         // the one that is being opened; 0 if none
	Ended   SequenceEnd // empty while it is under way
}
