package locker

// SequenceStarted says that doors are being opened one after the other: which doors, and by which technicians.
type SequenceStarted struct {
	Session  string       `json:"session"`
	Sequence SequenceKind `json:"sequence"`
	Doors    []int        `json:"doors"`
	By       string       `json:"by,omitempty"`
	With     string       `json:"with,omitempty"` // the second one, without whom it would not be done
}

// Kind is "sequence.started".
func (SequenceStarted) Kind() string { return "sequence.started" }

// SequencePassed says that a door of a sequence was skipped: Open is set if it already stood open; otherwise it could not be
// reached.
type SequencePassed struct {
	Door int  `json:"door"`
	Open bool `json:"open,omitempty"`
}

// Kind is "sequence.passed".
func (SequencePassed) Kind() string { return "sequence.passed" }

// SequenceEnded says that a sequence is over, with its result.
type SequenceEnded struct {
	Session string      `json:"session"`
	Why     SequenceEnd `json:"why"`
	Done    int         `json:"done"`
	Failed  int         `json:"failed"`
	Unknown int         `json:"unknown"`
}

// Kind is "sequence.ended".
func (SequenceEnded) Kind() string { return "sequence.ended" }
