package ui

import (
	"html/template"
	"slices"

	"lockerd/internal/locker"
)

// sign is a mark in the picture of all doors, and what it means.
type sign struct {
	Icon string
	Text template.HTML
}

// The marks of doors, by what is so.
const (
	markOpen     = "open"
	markOut      = "pause"
	markUnknown  = "blind"
	markParcel   = "parcel"
	markDoubtful = "about"
)

// doorsKey is what the marks mean.
func (s *screen) doorsKey() []sign {
	return []sign{{markOpen, s.Say("state.open")}, {markUnknown, s.Say("state.unknown")}, {markOut, s.Say("door_fact.aside")},
		{markParcel, s.Say("holds.parcel")}, {markDoubtful, s.Say("holds.doubtful")}}
}

// doorsPlan is all doors as they stand, each with what is known of it. Whoever hears the screen hears them one by one.
func (s *screen) doorsPlan() *plan {
	p := &plan{Text: s.words.Say("map.doors", args{"count": len(s.Doors)})}
	var high []int
	details := make(map[int]*locker.DoorDetail, len(s.Details))
	for i := range s.Details {
		details[s.Details[i].Number] = &s.Details[i]
	}
	for _, d := range s.Doors {
		known := details[d.Number]
		if known == nil {
			continue
		}
		for len(p.Columns) < d.Column {
			p.Columns, high = append(p.Columns, planColumn{}), append(high, 0)
		}
		p.Columns[d.Column-1].Doors += s.hole(s.knownDoor(d, *known))
		high[d.Column-1] += d.Height / 10
	}
	if p.Columns == nil {
		return nil
	}
	most := slices.Max(high)
	for i := range p.Columns {
		p.Columns[i].Rest = most - high[i]
	}
	return p
}

// knownDoor is a door with all that is known of it.
func (s *screen) knownDoor(v locker.DoorView, d locker.DoorDetail) planDoor {
	p := planDoor{Number: d.Number, Tall: v.Height / 10, Class: "known", Tap: slices.Contains(s.Actions, locker.ActionDoor)}
	says := s.words.Say("list.more", args{"list": s.Say("state." + string(d.State)), "next": s.word("holds", string(d.Holds))})
	more := func(next template.HTML) { says = s.words.Say("list.more", args{"list": says, "next": next}) }
	more(s.basis(d))
	if d.Blocked != "" {
		p.Marks[0] = markOut
		more(s.word("reason", string(d.Blocked)))
	}
	switch d.State {
	case locker.Open:
		p.Class, p.Marks[1] = "known ajar", markOpen
	case locker.Unknown:
		p.Class, p.Marks[1] = "known unknown", markUnknown
	case locker.Closed:
	}
	switch d.Holds {
	case locker.Occupied, locker.Reserved:
		p.Marks[2] = markParcel
	case locker.Doubtful:
		p.Marks[2] = markDoubtful
	default: // nothing lies there
	}
	p.Says = s.words.Say("plan.door", args{"door": d.Number, "what": says})
	return p
}
