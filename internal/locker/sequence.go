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
	SequenceStopped SequenceEnd = "stopped" // by the technician
	SequenceBreaker SequenceEnd = "breaker" // three doors in a row did not open: something is wrong with more than a door
	SequenceLeft    SequenceEnd = "session" // the technician's session is over
)

// Sequence is doors that are opened one after the other, or were.
type Sequence struct {
	Kind   SequenceKind `json:"kind,omitempty"`
	Left   []int        `json:"left,omitempty"` // doors still to be opened
	Door   int          `json:"door,omitempty"` // the one that is being opened
	Total  int          `json:"total,omitempty"`
	Done   int          `json:"done,omitempty"`
	Failed int          `json:"failed,omitempty"`
	Row    int          `json:"row,omitempty"` // failures in a row
	Ended  SequenceEnd  `json:"ended,omitempty"`
}
