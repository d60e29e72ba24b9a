package locker

// State is everything that the cabinet believes. It is the fold of the journal's records by Apply and nothing else; its JSON
// is the journal's snapshot. It consists of one small state per subject, which the subject's files declare, apply, copy and
// reset at the start of a run.
type State struct {
	plan  *Config
	index *index
	// draft marks the copy that a decision works on. It shares doors and parcels with the state, and copies one before
	// changing it.
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
	bookings
	kiosk
	guards
	couriers
	technicians
	orders
	tokens
	issuers
	erasures
	charges
	Breaker   Breaker   `json:"breaker,omitzero"`
	Sequence  Sequence  `json:"sequence,omitzero"`
	Inventory Inventory `json:"inventory,omitzero"`
	Setup     Setup     `json:"setup,omitzero"`
	Remote    Remote    `json:"remote,omitzero"`
}

// NewState is the state before the first record: every door is unknown, and none is proven empty.
func NewState(plan *Config) *State {
	s := &State{}
	s.Adopt(plan)
	return s
}

// Adopt combines a state read from a snapshot with the cabinet's present plan. Doors that are no longer built keep their
// state; new ones are not proven empty.
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

// clone makes a draft of the state. Data that a subject shares between state and draft are never changed in place: they are
// copied first, or only appended to.
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
	c.bookings = s.bookings.clone()
	c.Session = s.Session.clone()
	c.couriers = s.couriers.clone()
	c.technicians = s.technicians.clone()
	c.orders = s.orders.clone()
	c.tokens = s.tokens.clone()
	c.issuers = s.issuers.clone()
	c.erasures = s.erasures.clone()
	c.charges = s.charges.clone()
	c.Breaker = s.Breaker.clone()
	c.Inventory = s.Inventory.clone()
	c.Setup = s.Setup.clone()
	c.Remote = s.Remote.clone()
	return &c
}
