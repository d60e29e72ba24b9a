package locker_test

import (
	"slices"

	"lockerd/internal/locker"
)

// metal is what a technician stands before: doors, locks, and wires that nobody has written down.
type metal struct {
	*cabinet
	boards []locker.FoundBoard
	holds  map[locker.Lock]int  // which door a lock holds; none: nothing is wired to it
	open   map[int]bool         // doors that stand open
	closed map[locker.Lock]bool // the contact is shorted while the lock is closed
	blind  map[locker.Lock]bool // the lock has no contact
}

func newMetal(c *cabinet, boards ...locker.FoundBoard) *metal {
	return &metal{cabinet: c, boards: boards, holds: map[locker.Lock]int{}, open: map[int]bool{},
		closed: map[locker.Lock]bool{}, blind: map[locker.Lock]bool{}}
}

// locks are all locks of the boards.
func (m *metal) locks() (list []locker.Lock) {
	for _, b := range m.boards {
		for channel := 1; channel <= b.Channels; channel++ {
			list = append(list, locker.Lock{Bus: b.Bus, Board: b.Board, Channel: channel})
		}
	}
	return list
}

// says is what the driver tells of a lock: as its door's wiring in force has it, or the contact as it is.
func (m *metal) says(lock locker.Lock) locker.LockSensed {
	shorted := m.closed[lock] != m.open[m.holds[lock]]
	closedWhen := locker.ContactShorted
	for _, p := range m.plan.Doors {
		if p.Lock == lock && p.ClosedWhen != "" {
			closedWhen = p.ClosedWhen
		}
	}
	is := locker.Open
	if shorted == (closedWhen == locker.ContactShorted) {
		is = locker.Closed
	}
	return locker.LockSensed{Lock: lock, State: is, Evidence: locker.Evidence{Contact: "latch", Answers: 2}}
}

// tell tells the contacts of all locks, as after a start or a search.
func (m *metal) tell() (events []locker.Event) {
	for _, lock := range m.locks() {
		if !m.blind[lock] {
			events = append(events, m.feed(m.says(lock))...)
		}
	}
	return events
}

// move opens or shuts a door and tells its contact.
func (m *metal) move(door int, open bool) (events []locker.Event) {
	m.open[door] = open
	for lock, n := range m.holds {
		if n == door && !m.blind[lock] {
			events = append(events, m.feed(m.says(lock))...)
		}
	}
	return events
}

// survey looks for the boards.
func (m *metal) survey() {
	m.t.Helper()
	want[locker.SetupSurveyAsked](m.t, m.tap(locker.ActionSurvey))
	m.onScreen(locker.StepSurvey)
	m.feed(locker.SurveyEnded{Found: m.boards})
	m.onScreen(locker.StepSetup)
	m.tell()
}

// pulse opens the lock at hand and gives the door that sprang open; 0 is none.
func (m *metal) pulse(a locker.Action) int {
	m.t.Helper()
	tried := want[locker.LockTried](m.t, m.tap(a))
	door := m.holds[tried.Lock]
	m.feed(locker.ReleaseEnded{Unlock: tried.Unlock, Sent: true})
	if door != 0 {
		m.move(door, true)
	}
	return door
}

// name says which door moved.
func (m *metal) name(door int) []locker.Event {
	m.t.Helper()
	v := m.view()
	if !slices.Contains(v.Actions, locker.ActionDoor) {
		m.t.Fatalf("the screen %q has no doors to tap: %v", v.Step, v.Actions)
	}
	return m.feed(locker.Tapped{Revision: v.Revision, Action: locker.ActionDoor, Door: door})
}

// wire goes through all locks as a technician does who looks well.
func (m *metal) wire() {
	m.t.Helper()
	m.tap(locker.ActionWire)
	for m.view().Step == locker.StepWire {
		lock := m.view().Setup.Lock
		door := m.pulse(locker.ActionOpen)
		if door == 0 || m.blind[lock] {
			m.wait(m.plan.Times.Judge)
		}
		if door == 0 {
			want[locker.SetupLockUnused](m.t, m.tap(locker.ActionNoneMoved))
			continue
		}
		m.name(door)
		m.onScreen(locker.StepWireClose)
		m.move(door, false)
		if m.blind[lock] {
			m.tap(locker.ActionNoContact)
		}
	}
	m.onScreen(locker.StepSetup)
}

// reinstall begins a run with the doors of a setup as the plan.
func (m *metal) reinstall(doors []locker.SetupDoor) []locker.Event {
	m.t.Helper()
	p := *m.plan
	p.Doors = nil
	for _, d := range doors {
		if d.Lock != (locker.Lock{}) {
			p.Doors = append(p.Doors, locker.DoorPlan{Number: d.Number, Size: d.Size, Column: d.Column, Low: d.Low,
				Lock: d.Lock, ClosedWhen: d.ClosedWhen, Blind: d.Blind})
		}
	}
	if err := p.Validate(); err != nil {
		m.t.Fatal(err)
	}
	return m.begin(&p)
}
