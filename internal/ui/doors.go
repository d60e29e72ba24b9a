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
	p := &plan{Text: s.words.say("map.doors", args{"count": len(s.Doors)})}
	var high []int
	for _, d := range s.Doors {
		i := slices.IndexFunc(s.Details, func(k locker.DoorDetail) bool { return k.Number == d.Number })
		if i < 0 {
			continue
		}
		for len(p.Columns) < d.Column {
			p.Columns, high = append(p.Columns, planColumn{}), append(high, 0)
		}
		p.Columns[d.Column-1].Doors = append(p.Columns[d.Column-1].Doors, s.knownDoor(d, s.Details[i]))
		high[d.Column-1] += d.Height / 10
	}
	if p.Columns == nil {
		return nil
	}
	for i := range p.Columns {
		p.Columns[i].Rest = slices.Max(high) - high[i]
	}
	return p
}

// knownDoor is a door with all that is known of it.
func (s *screen) knownDoor(v locker.DoorView, d locker.DoorDetail) planDoor {
	p := planDoor{Number: d.Number, Tall: v.Height / 10, Class: "known", Tap: slices.Contains(s.Actions, locker.ActionDoor)}
	says := s.words.say("list.more", args{"list": s.Say("state." + string(d.State)), "next": s.word("holds", string(d.Holds))})
	more := func(next template.HTML) { says = s.words.say("list.more", args{"list": says, "next": next}) }
	more(s.basis(d))
	switch d.State {
	case locker.Open:
		p.Class, p.Marks = "known ajar", append(p.Marks, markOpen)
	case locker.Unknown:
		p.Class, p.Marks = "known unknown", append(p.Marks, markUnknown)
	case locker.Closed:
	}
	switch d.Holds {
	case locker.Occupied, locker.Reserved:
		p.Marks = append(p.Marks, markParcel)
	case locker.Doubtful:
		p.Marks = append(p.Marks, markDoubtful)
	default: // nothing lies there
	}
	if d.Blocked != "" {
		p.Marks = append([]string{markOut}, p.Marks...)
		more(s.word("reason", string(d.Blocked)))
	}
	p.Says = s.words.say("plan.door", args{"door": d.Number, "what": says})
	return p
}
