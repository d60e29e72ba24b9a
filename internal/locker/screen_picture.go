package locker

import "slices"

// Picture caches what views and summaries show of every door, and renews it only when a door has changed. The code that
// shows a state owns one; its zero value is ready. Views and summaries share its contents: nobody writes to their Doors.
type Picture struct {
	of    *State
	moved moved // State.moved when it was made
	doors []DoorView
	told  []DoorSummary
	free  []int // doors that can be given, by rank of size
}

// moved counts the changes that a Picture shows.
type moved struct {
	doors uint64 // to people at the screen
	all   uint64 // to anybody: what is behind a door, too
}

func (m *moved) everything() { m.doors++; m.all++ }

// faces is how Pictures see that a door has changed.
type faces struct {
	moved moved
	faced []faced // doors handed out since the end of the newest Apply
}

// draw makes anew what has to be.
func (p *Picture) draw(s *State) {
	if p.of != s {
		*p = Picture{}
	}
	if p.of != s || p.moved.doors != s.moved.doors {
		p.drawDoors(s)
	}
	if p.of != s || p.moved.all != s.moved.all {
		p.drawTold(s)
	}
	p.of, p.moved = s, s.moved
}

func (p *Picture) drawDoors(s *State) {
	if len(s.plan.Doors) == 0 {
		return
	}
	p.doors = make([]DoorView, len(s.plan.Doors))
	for turn := range p.doors {
		plan, d, v := &s.plan.Doors[turn], s.at(turn), &p.doors[turn] // in its place: these are many
		v.Number, v.Size, v.Height = plan.Number, plan.Size, s.plan.Sizes[s.index.sizes[turn]].Height
		v.Column, v.Low, v.State = plan.Column, plan.Low, d.State
		v.Out = d.Blocked != "" || s.mute(plan) || s.anew(plan.Number)
	}
}

func (p *Picture) drawTold(s *State) {
	p.told, p.free = make([]DoorSummary, len(s.plan.Doors)), make([]int, len(s.plan.Sizes))
	for turn := range p.told {
		plan, d, t := &s.plan.Doors[turn], s.at(turn), &p.told[turn]
		t.Door, t.Size, t.State, t.Contents, t.Blocked, t.Booked = plan.Number, plan.Size, d.State, s.contents(d), d.Blocked, d.Booked
		if s.gives(plan, d) {
			p.free[s.index.sizes[turn]]++
		}
	}
}

// face is the part of a door's state that a Picture shows. It also depends on silent boards and setups (applyMachine,
// applyBoard, applySetup) and on the door's parcel (settleParcels): every change of one of these increases State.moved.
type face struct {
	state   DoorState
	holds   Holding
	parcel  string
	blocked BlockReason
	booked  string
	gives   bool
}

// faced is a door that was handed out to be changed, with its face before.
type faced struct {
	turn int
	was  face
}

func (s *State) face(turn int) face {
	d := s.at(turn)
	return face{state: d.State, holds: d.Holds.Kind, parcel: d.Holds.Parcel, blocked: d.Blocked, booked: d.Booked,
		gives: s.isPlanned(turn) && s.gives(&s.plan.Doors[turn], d)}
}

// settlePicture checks whether doors have changed visibly.
func (s *State) settlePicture() {
	for _, f := range s.faced {
		is := s.face(f.turn)
		if f.was.state != is.state || f.was.blocked != is.blocked {
			s.moved.doors++
		}
		if f.was != is {
			s.moved.all++
		}
	}
	s.faced = s.faced[:0]
}

// viewDoors shows the doors.
func (s *State) viewDoors(v *View, now Now, p *Picture) {
	p.draw(s)
	v.Doors = slices.Clip(p.doors)
	free := p.free
	if choosing(v.Step) || v.Step == StepPhone {
		free = s.countFree()
	}
	for rank, size := range s.plan.Sizes {
		z := SizeChoice{Name: size.Name, Height: size.Height, Free: free[rank]}
		if z.Free == 0 && choosing(v.Step) {
			z.Lack = s.lack(size.Name, p.free[rank])
		}
		v.Sizes = append(v.Sizes, z)
	}
	for turn := s.nextAwake(0); turn >= 0 && s.isPlanned(turn); turn = s.nextAwake(turn + 1) {
		d := s.at(turn)
		if d.Number != s.Session.Door && d.urges(now, s.plan.Times.DoorWarn) {
			v.LeftOpen = append(v.LeftOpen, d.Number)
		}
	}
}

// choosing says that sizes are shown to a courier.
func choosing(step Step) bool { return step == StepScan || step == StepSize || step == StepNoDoor }

// lack says why no door of a size can be given to the courier's parcel, where so many of it are free.
func (s *State) lack(size string, free int) Lack {
	switch {
	case s.best(size, sameSize, s.mayLook) != 0:
		return LackLook
	case free > 0:
		return LackKept
	}
	why := LackService
	for i := range s.plan.Doors {
		p := &s.plan.Doors[i]
		d := s.door(p.Number)
		switch {
		case p.Size != size || p.Blind || !s.opens(p, d):
		case d.Holds.Kind == Doubtful || d.Presence == PresencePresent && d.Holds.Kind == Empty:
			return LackUnsure
		case d.Holds.Kind != Empty || d.State == Open || s.forOther(d):
			why = LackFull
		}
	}
	return why
}
