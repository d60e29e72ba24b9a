package locker

import (
	"encoding/json"
	"slices"
)

// Move is an event that is not recorded: it only says where a person is on the screen. It is decided and applied like other
// events, kept in memory, and gone after a restart, which ends every session. So no unlock and no promise follows from it,
// and the cloud is not told: anything that must be known later has a record of its own.
type Move struct{ Event }

// Kind is none that a journal reads.
func (Move) Kind() string { return "move" }

// Recorded are the events of a decision that must be written to the journal: all but moves.
func Recorded(events []Event) []Event {
	return without(events, func(e Event) bool { _, moves := e.(Move); return moves })
}

// quiet are the notices that another record already tells.
var quiet = []Notice{NoticeNone, NoticeStored, NoticeRecalled, NoticeCancelled, NoticeTested, NoticeDeclined, NoticeNotPaid, NoticeTerminal, NoticeNoConsent}

// moves says that an event is a move. A step with further meaning is recorded: a refusal, a statement about a door or its
// contents (a restart judges the drop-off by it), and the progress of a commissioning.
func (s *State) moves(e Event) bool {
	switch e := e.(type) {
	case SessionKept, LanguageChosen:
		return true
	case SessionMoved:
		n := s.Session
		return slices.Contains(quiet, e.Notice) && e.Aim == "" && n.Aim == "" && !e.Step.lasts() && !n.Step.lasts()
	}
	return false
}

// lasts says that a step means more than a place on the screen.
func (p Step) lasts() bool {
	switch p {
	case StepPress, StepDropPress, StepTrouble,
		StepSetup, StepSurvey, StepLayout, StepWire, StepWireClose, StepSave, StepRewire, StepDiscard, StepUndo:
		return true
	}
	return false
}

// applyMove changes where a person is, and since when.
func (s *State) applyMove(r Record, m Move) {
	s.applySession(r, m.Event)
	s.settleParcels()
}

// Lasting is the state's JSON without the parts that moves change: the state that a start finds again.
func (s *State) Lasting() ([]byte, error) {
	c := *s
	c.Session.place, c.Revision = place{}, 0
	return json.Marshal(&c)
}

// A revision names a question on the screen: by the record that asked it, or by the newest record before a move and the
// number of moves since. No two questions have the same revision, even over restarts, since every run begins with a record.
const revisionRecord = 40 // bits

// Record is the newest record at the time of the question on the screen.
func (v View) Record() uint64 { return v.Revision & (1<<revisionRecord - 1) }

// ask starts another question, asked by a move after a record.
func (k *kiosk) ask(seq uint64) {
	n := uint64(1)
	if k.Revision&(1<<revisionRecord-1) == seq {
		n += k.Revision >> revisionRecord
	}
	k.Revision = n<<revisionRecord | seq
}
