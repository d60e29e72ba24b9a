package ui

import (
	"html/template"
	"slices"
	"strconv"

	"lockerd/internal/locker"
)

// plan is the cabinet that a setup makes. Unlike the cabinet's picture its doors can be buttons, and none is too small
// for a finger. It stands as the cabinet does: never mirrored, whatever the language.
type plan struct {
	Text    template.HTML
	Columns []planColumn
}

// planColumn is a column of doors, and how much is free below them.
type planColumn struct {
	Doors template.HTML // the holes that the doors' pieces go into
	Rest  int           // in centimetres
	Here  bool          // doors are added to it
}

// planDoor is a door in the plan.
type planDoor struct {
	Number int
	Tall   int       // in centimetres
	Class  string    // how it looks: "wired", "fresh" (in this setup), "bare", "target"
	Marks  [3]string // pictograms; empty: none
	Size   string
	Says   template.HTML
	Tap    bool // it can be touched
}

// tallest is how high a cabinet is at the least, in centimetres: a column under construction is drawn beside its room.
const tallest = 140

// newPlan draws a setup's doors. Those that can be touched are those that have no lock yet.
func (s *screen) newPlan() *plan {
	v := s.Setup
	p := &plan{}
	var high []int
	tap := slices.Contains(s.Actions, locker.ActionDoor)
	for _, d := range v.Doors {
		for len(p.Columns) < d.Column {
			p.Columns, high = append(p.Columns, planColumn{}), append(high, 0)
		}
		c := &p.Columns[d.Column-1]
		c.Doors += s.hole(s.planDoor(d, tap))
		high[d.Column-1] += d.Height / 10
	}
	if s.Step == locker.StepLayout {
		for len(p.Columns) < v.Column {
			p.Columns, high = append(p.Columns, planColumn{}), append(high, 0)
		}
		if v.Column > 0 {
			p.Columns[v.Column-1].Here = true
		}
	}
	if p.Columns == nil {
		return nil
	}
	most := max(tallest, slices.Max(high))
	for i := range p.Columns {
		p.Columns[i].Rest = most - high[i]
	}
	wired := 0
	for _, d := range v.Doors {
		if d.Wired {
			wired++
		}
	}
	p.Text = s.words.Say("plan.text", args{"count": len(v.Doors), "wired": wired})
	return p
}

// ID is the door's in the page.
func (d planDoor) ID() string {
	if d.Tap {
		return "d-" + strconv.Itoa(d.Number)
	}
	return "p-" + strconv.Itoa(d.Number)
}

func (s *screen) planDoor(d locker.SetupDoorView, tap bool) planDoor {
	p := planDoor{Number: d.Number, Tall: d.Height / 10, Size: d.Size, Class: "bare", Tap: tap && !d.Wired}
	switch {
	case d.Number == s.Door:
		p.Class = "target"
	case d.Wired && d.Anew:
		p.Class, p.Marks[0] = "fresh", "check"
	case d.Wired:
		p.Class, p.Marks[0] = "wired", "check"
	}
	if d.Wired && d.Blind {
		p.Marks[0] = "blind"
	}
	p.Says = s.words.Say("plan."+s.plight(d), args{"door": d.Number, "size": d.Size})
	return p
}

// plight is how a door in the plan is, in a word.
func (s *screen) plight(d locker.SetupDoorView) string {
	switch {
	case d.Number == s.Door:
		return "at_hand"
	case !d.Wired:
		return "bare"
	case d.Blind:
		return "blind"
	}
	return "wired"
}
