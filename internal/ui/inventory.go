package ui

import (
	"strconv"

	"lockerd/internal/locker"
)

// addInventory tells how far a walk from door to door has come.
func (s *screen) addInventory() {
	x := s.Inventory
	s.Progress = &progress{Label: s.Say("inventory_fact.progress"), Value: x.Done, Max: x.Total}
	if len(s.Actions) > 3 {
		return // the answers need the room
	}
	s.Chips = append(s.Chips, chip{s.Say("inventory_fact.progress"), strconv.Itoa(x.Done) + " / " + strconv.Itoa(x.Total)},
		chip{s.Say("inventory_fact.differences"), strconv.Itoa(x.Differences)})
}

// inventory is what a walk has found: what differs from the books first, then where nobody has looked.
func (s *screen) inventory() *panel {
	differ, unseen := group{Title: s.Say("inventory_fact.differences")}, group{Title: s.Say("inventory_fact.unseen")}
	for _, c := range s.Inventory.Counted {
		r := row{Head: s.words.Say("panel.doors", args{"count": 1, "doors": c.Door}), Facts: []fact{
			s.fact("inventory_fact.believed", s.word("holds", string(c.Believed))), s.fact("inventory_fact.found", s.word("found", string(c.Found)))}}
		if c.Tracking != "" {
			r.Facts = append(r.Facts, s.fact("door_fact.parcel", verbatim(c.Tracking)))
		}
		switch {
		case c.Differs:
			r.Tone = "bad"
			differ.Rows = append(differ.Rows, r)
		case c.Unseen || c.Found != locker.FoundEmpty && c.Found != locker.FoundParcel && c.Found != locker.FoundOther:
			unseen.Rows = append(unseen.Rows, r)
		}
	}
	for _, g := range []*group{&differ, &unseen} {
		if g.Rows == nil {
			g.Rows = s.none("inventory_fact.none")
		}
	}
	return &panel{Groups: []group{differ, unseen}}
}

// placeStage is where somebody stands who walks from door to door.
func placeStage(v *locker.View) string {
	switch {
	case v.Step == locker.StepInventoryOver && v.Inventory.Differences > 0:
		return "differs"
	case v.Step == locker.StepInventoryOver:
		return ""
	case v.Opening:
		return "opening"
	case v.DoorState == locker.Open:
		return "open"
	}
	return "shut"
}
