package locker

import "slices"

// Picture keeps what views and summaries say of every door from one to the next, so that it is made only when a door has
// changed. Whoever shows a state keeps one; its zero value is ready. Views and summaries share it: nobody writes into their
// Doors.
type Picture struct {
	of    *State
	moved uint64 // State.moved when it was made
	doors []DoorView
	told  []DoorSummary
	free  []int // doors that can be given, by rank of size
}

// draw makes it anew where it has to be.
func (p *Picture) draw(s *State) {
	if p.of == s && p.moved == s.moved {
		return
	}
	n := len(s.plan.Doors)
	*p = Picture{of: s, moved: s.moved, told: make([]DoorSummary, n), free: make([]int, len(s.plan.Sizes))}
	if n > 0 {
		p.doors = make([]DoorView, n)
	}
	for turn := range s.plan.Doors {
		plan, d := &s.plan.Doors[turn], s.at(turn)
		rank := s.index.sizes[turn]
		if s.gives(plan, d) {
			p.free[rank]++
		}
		shown, told := &p.doors[turn], &p.told[turn] // in their place: these are many
		shown.Number, shown.Size, shown.Height = plan.Number, plan.Size, s.plan.Sizes[rank].Height
		shown.Column, shown.Low, shown.State = plan.Column, plan.Low, d.State
		shown.Out = d.Blocked != "" || s.mute(plan) || s.anew(plan.Number)
		told.Door, told.Size, told.State, told.Contents, told.Blocked = plan.Number, plan.Size, d.State, s.contents(d), d.Blocked
	}
}

// face is what a Picture depends on of a door, besides which boards are silent, what a setup says (applyMachine, applySetup)
// and what its parcel is (settleParcels): whatever changes one of these counts State.moved up.
type face struct {
	state   DoorState
	holds   Holding
	parcel  string
	blocked BlockReason
	gives   bool
}

// faced is the face of a door that was handed out to be changed, before that.
type faced struct {
	turn int
	was  face
}

func (s *State) face(turn int) face {
	d := s.at(turn)
	return face{state: d.State, holds: d.Holds.Kind, parcel: d.Holds.Parcel, blocked: d.Blocked,
		gives: s.isPlanned(turn) && s.gives(&s.plan.Doors[turn], d)}
}

// settlePicture sees whether doors have changed so that it shows.
func (s *State) settlePicture() {
	for _, f := range s.faced {
		if f.was != s.face(f.turn) {
			s.moved++
			break
		}
	}
	s.faced = s.faced[:0]
}

// viewDoors shows the doors.
func (s *State) viewDoors(v *View, now Now, p *Picture) {
	p.draw(s)
	v.Doors = slices.Clip(p.doors)
	for rank, size := range s.plan.Sizes {
		v.Sizes = append(v.Sizes, SizeChoice{Name: size.Name, Height: size.Height, Free: p.free[rank]})
	}
	for turn := s.nextAwake(0); turn >= 0 && s.isPlanned(turn); turn = s.nextAwake(turn + 1) {
		d := s.at(turn)
		if d.State == Open && now.Up-d.Since >= s.plan.Times.DoorWarn && d.Number != s.Session.Door {
			v.LeftOpen = append(v.LeftOpen, d.Number)
		}
	}
}
