package locker

// index holds the positions of things in the plan and in the state, so that finding a door needs no search. It is built when
// a plan is adopted and rebuilt when a setup adds a door. Drafts share it; it is never changed in place.
type index struct {
	doors map[int]int     // by number: the place in State.Doors
	plans map[int]int     // by number: the place in Config.Doors
	locks map[Lock]int    // by lock: the door's number
	ranks map[string]int  // by size: smallest 0
	on    map[Board][]int // by board: the numbers of its doors, in the plan's order
	order []int           // by turn: the place in State.Doors; the plan's come first, in its order
	sizes []int           // by turn, of the plan's: the rank of its size
	spots []spot          // by turn, of the plan's: where it is
	turns []int           // by place in State.Doors: the turn
}

func newIndex(s *State) *index {
	x := &index{doors: map[int]int{}, plans: map[int]int{}, locks: map[Lock]int{}, ranks: map[string]int{},
		on: map[Board][]int{}}
	for i, d := range s.Doors {
		x.doors[d.Number] = i
	}
	for i, p := range s.plan.Doors {
		x.plans[p.Number] = i
		x.locks[p.Lock] = p.Number
		for _, b := range p.boards() {
			x.on[b] = append(x.on[b], p.Number)
		}
	}
	for i, size := range s.plan.Sizes {
		x.ranks[size.Name] = i
	}
	x.line(s)
	return x
}

// contactBoard is the board that reads the door's contact.
func (p *DoorPlan) contactBoard() Board {
	if p.Contact != (Lock{}) {
		return p.Contact.on()
	}
	return p.Lock.on()
}

// boards are the boards that a door needs: to know its state, and to open it.
func (p *DoorPlan) boards() []Board {
	if there := p.contactBoard(); there != p.Lock.on() {
		return []Board{p.Lock.on(), there}
	}
	return []Board{p.Lock.on()}
}

// line gives every door its turn.
func (x *index) line(s *State) {
	for _, p := range s.plan.Doors {
		if i, ok := x.doors[p.Number]; ok { // Adopt has not added it yet
			x.order = append(x.order, i)
		}
	}
	for i := range s.plan.Doors {
		x.sizes = append(x.sizes, x.rank(s.plan.Doors[i].Size))
	}
	x.spots = x.spotsOf(s.plan)
	for i, d := range s.Doors {
		if _, built := x.plans[d.Number]; !built {
			x.order = append(x.order, i)
		}
	}
	x.turns = make([]int, len(x.order))
	for turn, i := range x.order {
		x.turns[i] = turn
	}
}

// addDoor adds a door to the state.
func (s *State) addDoor(number int) {
	s.Doors = append(s.Doors, newDoor(number))
	s.index = newIndex(s)
}

func newDoor(number int) *Door {
	return &Door{Number: number, State: Unknown, Holds: Contents{Kind: Doubtful, Why: DoubtNever}}
}

// door finds a door's state; nil if there is no such door. It is for reading.
func (s *State) door(number int) *Door {
	i, ok := s.index.doors[number]
	if !ok {
		return nil
	}
	return s.Doors[i]
}

// changeDoor finds a door's state to be changed; nil if there is no such door.
func (s *State) changeDoor(number int) *Door {
	i, ok := s.index.doors[number]
	if !ok {
		return nil
	}
	return s.editDoor(i)
}

// editDoor is the door at a position, to be changed.
func (s *State) editDoor(i int) *Door {
	turn := s.index.turns[i]
	s.awake.add(turn)
	if !s.draft { // of a draft nobody makes a picture
		s.faced = append(s.faced, faced{turn, s.face(turn)})
	}
	if s.draft {
		d := *s.Doors[i]
		s.Doors[i] = &d
	}
	return s.Doors[i]
}

// planned finds a door's plan.
func (s *State) planned(number int) (DoorPlan, bool) {
	if p := s.built(number); p != nil {
		return *p, true
	}
	return DoorPlan{}, false
}

// built is planned without a copy; nil if there is no such door.
func (s *State) built(number int) *DoorPlan {
	i, ok := s.index.plans[number]
	if !ok {
		return nil
	}
	return &s.plan.Doors[i]
}

// rank is a size's place among the sizes, smallest 0; -1 if there is no such size.
func (s *State) rank(size string) int { return s.index.rank(size) }

func (x *index) rank(size string) int {
	if i, ok := x.ranks[size]; ok {
		return i
	}
	return -1
}

// on finds the door of a lock.
func (s *State) on(lock Lock) *Door {
	number, ok := s.index.locks[lock]
	if !ok {
		return nil
	}
	return s.door(number)
}

// has says that a board is in use.
func (s *State) has(b Board) bool { return len(s.index.on[b]) > 0 }
