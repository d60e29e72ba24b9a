package ui

import (
	"cmp"
	"html/template"
	"slices"
	"strconv"
	"time"

	"lockerd/internal/locker"
)

// brand is what stands at the top of every screen.
type brand struct {
	Name    template.HTML
	Mark    string // the operator's picture, as the page loads it; empty: the house's own
	Hotline string
	// Reference names the cabinet and the record that led to the screen, after an error: with it the operator finds the
	// cause.
	Reference string
}

// stuck are the steps at which a person may not know how to continue.
var stuck = []locker.Step{
	locker.StepPress, locker.StepTrouble, locker.StepNoDoor, locker.StepDropPress, locker.StepOutOfOrder, locker.StepUnclear, locker.StepNotTaken,
}

// films are the steps before a door opens for somebody, which makes the cameras take a photo.
var films = []locker.Step{locker.StepHome, locker.StepCode, locker.StepPIN}

// addOperator puts the operator's name on the screen, and the hotline where a person may be stuck.
func (s *screen) addOperator(cfg *Config, mark string) {
	o := cfg.Operator
	s.Brand = brand{Name: s.Say("brand.title"), Mark: mark, Hotline: o.Hotline}
	if o.Name != "" {
		s.Brand.Name = template.HTML("<bdi>" + template.HTMLEscapeString(o.Name) + "</bdi>")
	}
	halted := slices.Contains(stuck, s.Step) || locked(s.View)
	s.Call = halted && s.Technician == ""
	if s.Technician == "" && (halted || s.Notice.Tone == "bad" && s.View.Notice != locker.NoticeNone) {
		s.Brand.Reference = cmp.Or(cfg.Cabinet, "–")
		if record := s.Record(); record > 0 {
			s.Brand.Reference += "/" + strconv.FormatUint(record, 10)
		}
	}
	if cfg.Stills > 0 && (s.Step == locker.StepHome || s.Brand.Reference == "") && slices.Contains(films, s.Step) {
		days := max(1, int(cfg.Stills/(24*time.Hour)))
		s.Privacy = s.words.Say("privacy.stills", args{"count": days})
		if o.Privacy != "" {
			s.Privacy += " " + s.words.Say("privacy.ask", args{"where": o.Privacy})
		} else {
			s.Privacy += " " + s.words.Say("privacy.ask_operator", nil)
		}
	}
}

// visit is what a courier sees between two parcels: the free doors, and the work done so far.
type visit struct {
	Free  []card
	Doors template.HTML // those that were filled, in their order; empty: none yet
}

// crowded says that a courier's buttons need the room of what this visit did: one of them lists it.
func (s *screen) crowded() bool {
	return slices.Contains(s.Actions, locker.ActionVisit) && slices.Contains(s.Actions, locker.ActionRecall)
}

// newVisit tells what is free by size, and what this visit did.
func (s *screen) newVisit() *visit {
	const most = 12 // doors that fit on a line
	v := &visit{Free: s.sizeCards("")}
	if s.crowded() {
		return v
	}
	if filled := s.Filled[max(0, len(s.Filled)-most):]; len(filled) > 0 {
		v.Doors = s.words.Say("visit.doors", args{"count": len(s.Filled), "doors": s.doorList(filled, most)})
	}
	return v
}
