package locker

// State is all that is believed. It is the fold of the journal's records by Apply and nothing else; its JSON is the
// journal's snapshot. It is made of the subjects' own states: each is declared, folded, copied and begun anew with a run in its
// subject's files.
type State struct {
	plan  *Config
	index *index
	// draft is set in the copy that a decision is tried out on: it shares doors and parcels with the state, and copies
	// one before it changes.
	draft bool
	faces // see screen_picture.go

	machine
	Timekeeping
	boards
	gear
	sources
	findings
	doors
	parcels
	announcements
	kiosk
	guards
	couriers
	technicians
	orders
	tokens
	erasures
	Breaker  Breaker  `json:"breaker,omitzero"`
	Sequence Sequence `json:"sequence,omitzero"`
	Setup    Setup    `json:"setup,omitzero"`
}

// NewState is the state before the first record: every door unknown, and none proven empty.
func NewState(plan *Config) *State {
	s := &State{}
	s.Adopt(plan)
	return s
}

// Adopt gives a state read from a snapshot the cabinet as it is built now. Doors that are no longer built keep what is
// known of them; new ones are not proven empty.
func (s *State) Adopt(plan *Config) {
	s.plan = plan
	s.index = newIndex(s)
	for _, p := range plan.Doors {
		if s.door(p.Number) == nil {
			s.Doors = append(s.Doors, newDoor(p.Number))
		}
	}
	s.index = newIndex(s)
	s.indexParcels()
	s.awake, s.faulty = nil, nil
	s.wakeAll()
	s.settle()
}

// clone is a draft of the state. What a subject shares with it does not change: it is copied before, or appended to where
// nobody else looks.
func (s *State) clone() *State {
	c := *s
	c.draft = true
	c.boards = s.boards.clone()
	c.gear = s.gear.clone()
	c.sources = s.sources.clone()
	c.findings = s.findings.clone()
	c.doors = s.doors.clone()
	c.parcels = s.parcels.clone()
	c.announcements = s.announcements.clone()
	c.Session = s.Session.clone()
	c.couriers = s.couriers.clone()
	c.technicians = s.technicians.clone()
	c.orders = s.orders.clone()
	c.tokens = s.tokens.clone()
	c.erasures = s.erasures.clone()
	c.Breaker = s.Breaker.clone()
	c.Setup = s.Setup.clone()
	return &c
}
