package ui

import (
	"html/template"
	"slices"
	"strconv"
)

// sprung are the doors of this visit that stand open behind its courier.
func (s *screen) sprung() (doors []int) {
	for _, d := range s.LeftOpen {
		if slices.Contains(s.Filled, d) {
			doors = append(doors, d)
		}
	}
	return doors
}

// leftOpen asks for doors to be pushed shut.
func (s *screen) leftOpen(doors []int) {
	const most = 6 // that fit on a line
	s.Notice = line{Text: s.words.Say("notice.left_open", args{"count": len(doors), "doors": s.doorList(doors, most)}), Tone: "bad"}
}

// doorList is door numbers, at most so many, in the direction of the language.
func (s *screen) doorList(doors []int, most int) template.HTML {
	list := template.HTML(strconv.Itoa(doors[0]))
	for i, d := range doors[1:] {
		next := template.HTML(strconv.Itoa(d))
		if i+1 == most {
			next = "…"
		}
		list = s.words.Say("list.more", args{"list": list, "next": next})
		if i+1 == most {
			break
		}
	}
	return list
}
