package locker

import "slices"

// TestResult is what a self test found of a door.
type TestResult string

// Results of the self test.
const (
	TestOK          TestResult = "ok"            // opened, and was pushed shut
	TestNotOpened   TestResult = "did_not_open"  // by its contact
	TestNotClosed   TestResult = "did_not_close" // or its contact does not say so
	TestOccupied    TestResult = "occupied"      // something was in it
	TestSkipped     TestResult = "skipped"       // a parcel lies in it, or the technician passed it over
	TestUnreachable TestResult = "unreachable"   // its board does not answer, or nothing was sent
	TestNoContact   TestResult = "no_contact"    // its lock has none: nobody could tell
)

// DoorTest is what the self test found of a door.
type DoorTest struct {
	Door   int        `json:"door"`
	Result TestResult `json:"result"`
}

// testNext opens the next door of the self test. Doors with parcels are skipped: a test exposes nobody's parcel.
func (d *decision) testNext() {
	for _, p := range d.s.plan.Doors {
		if slices.ContainsFunc(d.s.Session.Tests, func(t DoorTest) bool { return t.Door == p.Number }) {
			continue
		}
		door := d.s.door(p.Number)
		switch {
		case door.Holds.Kind == Occupied || door.Holds.Kind == Reserved:
			d.emit(DoorTested{Session: d.s.Session.ID, Door: p.Number, Result: TestSkipped})
		case d.s.silent(p.Number) || d.s.anew(p.Number) || door.Unlock.ID != "":
			d.emit(DoorTested{Session: d.s.Session.ID, Door: p.Number, Result: TestUnreachable})
		case p.Blind:
			d.emit(DoorTested{Session: d.s.Session.ID, Door: p.Number, Result: TestNoContact})
		default:
			if d.unlock(p.Number, UnlockRequested{Why: WhyTech, Session: d.s.Session.ID}) == NoticeNone {
				d.move(StepTest, NoticeNone, p.Number)
				return
			}
			d.emit(DoorTested{Session: d.s.Session.ID, Door: p.Number, Result: TestUnreachable})
		}
	}
	d.testOver()
}

// stopTest leaves the doors that were not tested yet as they are.
func (d *decision) stopTest() {
	n := d.s.Session
	if door := d.s.door(n.Door); door != nil {
		result := TestSkipped
		if door.State == Open {
			result = TestNotClosed
		}
		d.emit(DoorTested{Session: n.ID, Door: n.Door, Result: result})
	}
	d.testOver()
}

// testOver asks whether the doors that were pushed shut are empty.
func (d *decision) testOver() {
	if len(d.s.testedShut()) > 0 {
		d.move(StepTested, NoticeTested, 0)
		return
	}
	d.move(StepMenu, NoticeTested, 0)
}

// testedShut are the doors that were opened and pushed shut in a self test and that nobody has declared empty yet.
func (s *State) testedShut() []int {
	var doors []int
	for _, t := range s.Session.Tests {
		if d := s.door(t.Door); t.Result == TestOK && d != nil && d.Holds.Kind == Doubtful && d.State == Closed {
			doors = append(doors, t.Door)
		}
	}
	return doors
}

// testedEmpty accepts the technician's word for all of them. If one has sprung open since, the menu says that not all were
// accepted.
func (d *decision) testedEmpty() {
	var doors []int
	for _, t := range d.s.Session.Tests {
		if door := d.s.door(t.Door); t.Result == TestOK && door != nil && door.Holds.Kind == Doubtful {
			doors = append(doors, t.Door)
		}
	}
	before := len(d.events)
	if len(doors) > 0 {
		d.inspected(Inspected{Doors: doors, By: d.s.Session.Technician})
	}
	if slices.ContainsFunc(d.events[before:], func(e Event) bool { return e.Kind() == LookRefused{}.Kind() }) {
		d.move(StepMenu, NoticeNotTaken, 0)
		return
	}
	d.move(StepMenu, NoticeTested, 0)
}

// tested ends the test of the present door: with one result while it is shut, another while it stands open.
func (d *decision) tested(shut, open TestResult) {
	n := d.s.Session
	result := shut
	if d.s.door(n.Door).State == Open {
		result = open
	}
	d.emit(DoorTested{Session: n.ID, Door: n.Door, Result: result})
	d.testNext()
}
