package locker

// SequenceStarted says that doors are opened one after the other, which, and which technicians do it.
type SequenceStarted struct {
	Session  string       `json:"session"`
	Sequence SequenceKind `json:"sequence"`
	Doors    []int        `json:"doors"`
	By       string       `json:"by,omitempty"`
	With     string       `json:"with,omitempty"` // the second one, without whom it would not be done
}

// Kind is "sequence.started".
func (SequenceStarted) Kind() string { return "sequence.started" }

// SequencePassed says that a door of a sequence was not asked to open: Open is set where it stood open already;
// otherwise it could not be reached.
type SequencePassed struct {
	Door int  `json:"door"`
	Open bool `json:"open,omitempty"`
}

// Kind is "sequence.passed".
func (SequencePassed) Kind() string { return "sequence.passed" }

// SequenceEnded says that a sequence is over, and what came of it.
type SequenceEnded struct {
	Session string      `json:"session"`
	Why     SequenceEnd `json:"why"`
	Done    int         `json:"done"`
	Failed  int         `json:"failed"`
	Unknown int         `json:"unknown"`
}

// Kind is "sequence.ended".
func (SequenceEnded) Kind() string { return "sequence.ended" }
