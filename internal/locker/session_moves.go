package locker

import (
	"encoding/json"
	"slices"
)

// Move is an event that is not recorded: it says where somebody is on the screen, and no more. It is decided and applied as
// events are, kept in memory, and gone after a restart, which ends every session. So no unlock and no promise follows from
// it, and the cloud is told nothing: what of it must be known later is in a record that stands by itself.
type Move struct{ Event }

// Kind is none that a journal reads.
func (Move) Kind() string { return "move" }

// Recorded are the events of a decision that are to be written down: all but moves.
func Recorded(events []Event) []Event {
	return without(events, func(e Event) bool { _, moves := e.(Move); return moves })
}

// quiet are the notices of which a record of their own tells.
var quiet = []Notice{NoticeNone, NoticeStored, NoticeRecalled, NoticeCancelled, NoticeTested}

// moves says that an event is a move. A step that says more is recorded: what somebody was refused, what they have said of
// a door or of what is behind it (a restart judges by that what their drop-off came to), and what a commissioning is at.
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

// lasts says that a step is more than a place on the screen.
func (p Step) lasts() bool {
	switch p {
	case StepPress, StepDropPress, StepTrouble,
		StepSetup, StepSurvey, StepLayout, StepWire, StepWireClose, StepSave, StepRewire, StepDiscard, StepUndo:
		return true
	}
	return false
}

// applyMove changes where somebody is, and when.
func (s *State) applyMove(r Record, m Move) {
	s.applySession(r, m.Event)
	s.settleParcels()
}

// Lasting is the state's JSON but for what moves change: what a start finds again.
func (s *State) Lasting() ([]byte, error) {
	c := *s
	c.Session.place, c.Revision = place{}, 0
	return json.Marshal(&c)
}

// A revision names a question on the screen: by the record that asked it, or by the newest record before a move and how many
// moves ago that was. No two questions have the same one, over restarts, too, since every run begins with a record.
const revisionRecord = 40 // bits

// Record is the newest record that the question on the screen is of.
func (v View) Record() uint64 { return v.Revision & (1<<revisionRecord - 1) }

// ask is another question, that a move asks after a record.
func (k *kiosk) ask(seq uint64) {
	n := uint64(1)
	if k.Revision&(1<<revisionRecord-1) == seq {
		n += k.Revision >> revisionRecord
	}
	k.Revision = n<<revisionRecord | seq
}
