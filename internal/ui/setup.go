package ui

import (
	"html/template"
	"slices"
	"strconv"

	"lockerd/internal/locker"
)

// progress is how far something has come.
type progress struct {
	Label      template.HTML
	Value, Max int // a Max of 0: nobody knows yet
}

// planned are the steps that show the plan in the picture's place.
var planned = []locker.Step{locker.StepLayout, locker.StepWire, locker.StepWireClose, locker.StepSave}

// setupStage is where a commissioning stands: what is to be done next, or what a lock's opening has come to.
func setupStage(v *locker.View) string {
	u := v.Setup
	switch v.Step {
	case locker.StepSetup:
		return nextStage(v)
	case locker.StepWire:
		switch {
		case u.Trying:
			return "trying"
		case u.Tried:
			return "tried"
		}
	case locker.StepSave:
		if len(u.Wired) == 0 {
			return "same"
		}
	default: // the others have one
	}
	return ""
}

// nextStage is what a commissioning asks for next.
func nextStage(v *locker.View) string {
	u := v.Setup
	can := func(a locker.Action) bool { return slices.Contains(v.Actions, a) }
	switch {
	case u.Saved:
		return "saving"
	case !searched(u) && (len(u.Doors) == 0 || len(u.Unwired) > 0) && can(locker.ActionSurvey):
		return "search"
	case len(u.Doors) == 0:
		return "build"
	case can(locker.ActionWire):
		return "wire"
	case can(locker.ActionSave):
		return "save"
	}
	return ""
}

// nexts are the buttons that the stages ask for.
var nexts = map[string]locker.Action{
	"search": locker.ActionSurvey, "build": locker.ActionLayout, "wire": locker.ActionWire, "save": locker.ActionSave,
}

// searched says that boards were looked for in this run.
func searched(u locker.SetupView) bool {
	return slices.ContainsFunc(u.Boards, func(b locker.SetupBoard) bool { return b.Answers })
}

// addSetup adds what a commissioning's screens show.
func (s *screen) addSetup(m Measured) {
	if slices.Contains(planned, s.Step) {
		s.Plan = s.newPlan()
	}
	switch s.Step {
	case locker.StepSurvey:
		s.addSurvey(m.Survey)
	case locker.StepWire:
		if s.Setup.Left > 0 {
			s.Chips = append(s.Chips, chip{s.Say("wire_fact.left"), strconv.Itoa(s.Setup.Left)})
		}
	case locker.StepSave:
		if doors := s.Setup.Unwired; len(doors) > 0 {
			s.Chips = append(s.Chips, chip{s.Say("wire_fact.left_out"), string(s.doorList(doors, 12))})
		}
	default: // nothing
	}
}

// addSurvey tells how far the search for boards has come.
func (s *screen) addSurvey(v Survey) {
	s.Progress = &progress{Label: s.Say("survey_fact.progress"), Value: v.Done, Max: v.Total}
	if v.Total == 0 {
		return
	}
	s.Chips = []chip{
		{s.Say("survey_fact.line"), v.Bus},
		{s.Say("survey_fact.asking"), v.Family + " · " + strconv.Itoa(v.Address) + " · " + strconv.Itoa(v.Baud)},
		{s.Say("survey_fact.found"), strconv.Itoa(v.Found)},
	}
}

// setup is the overview of a commissioning: the cabinet as it will be, and the boards.
func (s *screen) setup() *panel {
	v := s.Setup
	p := &panel{Plan: s.newPlan()}
	if v.Failed != "" {
		p.Groups = append(p.Groups, group{Rows: []row{{Head: s.Say("panel.failed"), Note: verbatim(v.Failed), Tone: "bad"}}})
	}
	boards := group{Title: s.Say("panel.boards")}
	for _, b := range v.Boards {
		boards.Rows = append(boards.Rows, s.setupBoard(b))
	}
	if boards.Rows == nil {
		boards.Rows = s.none("panel.no_boards")
	}
	p.Groups = append(p.Groups, boards)
	return p
}

func (s *screen) setupBoard(b locker.SetupBoard) row {
	at := locker.Board{Bus: b.Bus, Board: b.Board}
	name := at.String()
	if b.Family != "" {
		name += " · " + b.Family
	}
	r := row{Head: verbatim(name)}
	for _, f := range []struct {
		key   string
		value int
		zero  bool // is told
	}{{"locks", b.Channels, false}, {"wired", b.Wired, true}, {"unused", b.Unused, false}, {"baud", b.Baud, false}} {
		if f.value > 0 || f.zero {
			r.Facts = append(r.Facts, s.fact("board_fact."+f.key, number(f.value)))
		}
	}
	switch {
	case b.Answers:
		r.Tone = "good"
	case searched(s.Setup):
		r.Tone, r.Note = "bad", s.Say("board_fact.silent")
	}
	if b.Wired+b.Unused > 0 && slices.Contains(s.Actions, locker.ActionRewire) {
		r.Button = &button{ID: "w-" + b.Bus + "-" + strconv.Itoa(b.Board), Action: locker.ActionRewire, Board: at,
			Label: s.Say("action.rewire"), Icon: icons["rewire"], Weight: "quiet"}
	}
	return r
}

// addSequence tells how far doors opened one after the other have come.
func (s *screen) addSequence() {
	q := s.Sequence
	seen := q.Done + q.Failed + q.Unknown
	s.Progress = &progress{Label: s.Say("sequence_fact.progress"), Value: seen, Max: q.Total}
	s.Chips = append(s.Chips,
		chip{s.Say("sequence_fact.progress"), strconv.Itoa(seen) + " / " + strconv.Itoa(q.Total)})
	if q.Failed > 0 {
		s.Chips = append(s.Chips, chip{s.Say("sequence_fact.failed"), strconv.Itoa(q.Failed)})
	}
	if q.Unknown > 0 {
		s.Chips = append(s.Chips, chip{s.Say("sequence_fact.unknown"), strconv.Itoa(q.Unknown)})
	}
}
