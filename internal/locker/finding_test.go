package locker_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// street plays people at a cabinet for days: parcels come and go, and its doors do what doors do.
type street struct {
	*cabinet
	chance  *rand.Rand
	codes   map[int]string // of the parcels that lie there, by door
	parcel  int
	retries func(door int) int // how many pulses more than one a door needs
}

func newStreet(t *testing.T) *street {
	return &street{cabinet: newCabinet(t), chance: rand.New(rand.NewPCG(4, 2)), codes: map[int]string{},
		retries: func(int) int { return 0 }}
}

// day brings and fetches parcels. In the evening nothing is left: nobody is late.
func (s *street) day() {
	evening := s.now.Up + 24*time.Hour
	for range 12 {
		s.wait(time.Duration(1+s.chance.IntN(3)) * 30 * time.Minute)
		if s.chance.IntN(2) == 0 {
			s.bring()
		} else {
			s.fetch()
		}
	}
	for n := len(s.codes); n > 0; n-- {
		s.fetch()
	}
	s.wait(evening - s.now.Up)
}

// spring lets a door that was asked to open do so, after as many pulses as it needs, and somebody shut it.
func (s *street) spring(door int) {
	for range s.retries(door) {
		s.wait(s.plan.Times.Judge)
		s.tap(locker.ActionTryAgain)
	}
	s.wait(time.Second)
	s.sense(door, locker.Open)
	s.wait(time.Duration(5+s.chance.IntN(100)) * time.Second)
	s.sense(door, locker.Closed)
}

func (s *street) bring() {
	size := []string{"S", "M", "L"}[s.chance.IntN(3)]
	if s.state.Summary(s.now).Free[size] == 0 {
		return
	}
	s.parcel++
	s.dropTo(fmt.Sprint("PARCEL-", s.parcel), size)
	door := s.view().Door
	s.spring(door)
	stored := want[locker.ParcelStored](s.t, s.tap(locker.ActionDone))
	s.codes[door] = string(stored.Personal.Code)
	s.tap(locker.ActionFinish)
}

func (s *street) fetch() {
	for _, d := range s.plan.Doors {
		if code, parcel := s.codes[d.Number]; parcel {
			s.scan(code)
			s.spring(d.Number)
			delete(s.codes, d.Number)
			s.tap(locker.ActionFinish)
			return
		}
	}
}

// TestAHealthyMonth: whoever finds something every week is not heard when it matters.
func TestAHealthyMonth(t *testing.T) {
	s := newStreet(t)
	s.retries = func(int) int {
		if s.chance.IntN(100) < 2 { // somebody leans against the door
			return 1
		}
		return 0
	}
	for day := range 30 {
		s.day()
		if day%7 == 6 {
			s.restart()
			for _, d := range s.plan.Doors {
				s.sense(d.Number, locker.Closed)
			}
		}
	}
	for _, r := range s.records {
		if f, found := r.Event.(locker.FindingRaised); found {
			t.Errorf("found %+v", f)
		}
	}
	if s.parcel < 40 {
		t.Fatalf("want a lively month, got %d parcels", s.parcel)
	}
}

func TestAWornLock(t *testing.T) {
	s := newStreet(t)
	s.retries = func(door int) int {
		if door == 5 && s.chance.IntN(2) == 0 {
			return 1
		}
		return 0
	}
	for range 40 {
		s.day()
	}
	if !s.finds(5, locker.FindingWorn) {
		t.Fatalf("want door 5 found worn; its openings took %v", s.door(5).Habits.Openings)
	}
	for _, n := range []int{1, 2, 3, 4} {
		if s.finds(n, locker.FindingWorn) {
			t.Errorf("door %d is not worn: %v", n, s.door(n).Habits.Openings)
		}
	}
	s.retries = func(int) int { return 0 }
	for range 60 {
		s.day()
	}
	if s.finds(5, locker.FindingWorn) {
		t.Fatalf("want the finding cleared after the lock was changed: %v", s.door(5).Habits.Openings)
	}
}

// TestDoorsThatSpringLate: an opening after the unlock seemed to have failed took one pulse, not two.
func TestDoorsThatSpringLate(t *testing.T) {
	c, _ := serviced(t)
	for range 12 {
		c.atDoor(5)
		c.tap(locker.ActionOpen)
		c.wait(c.plan.Times.Judge)
		c.sense(5, locker.Open)
		c.sense(5, locker.Closed)
		c.tap(locker.ActionBack)
		c.tap(locker.ActionBack)
	}
	if h := c.door(5).Habits; len(h.Openings) != 12 || c.finds(5, locker.FindingWorn) {
		t.Fatalf("want nothing found, got %+v", h)
	}
}

func TestAContactThatSaysOpenForDays(t *testing.T) {
	s := newStreet(t)
	s.sense(5, locker.Open)
	for range 2 {
		s.day()
	}
	if passed := s.door(5).Habits.Passed; passed < 10 || s.finds(5, locker.FindingStuckOpen) {
		t.Fatalf("want nothing found before three days are over, after %d unlocks", passed)
	}
	s.restart() // does not begin the days anew
	for _, d := range s.plan.Doors[:4] {
		s.sense(d.Number, locker.Closed)
	}
	s.sense(5, locker.Open)
	for range 3 {
		s.day()
	}
	if !s.finds(5, locker.FindingStuckOpen) {
		t.Fatalf("want it found: %+v", s.door(5).Habits)
	}
	s.sense(5, locker.Closed)
	if s.finds(5, locker.FindingStuckOpen) {
		t.Fatal("want the finding cleared by the contact")
	}
}

// TestADoorLeftOpenOverAHoliday: nobody came by who could have shut it, so its contact is not blamed.
func TestADoorLeftOpenOverAHoliday(t *testing.T) {
	c := newCabinet(t)
	c.sense(5, locker.Open)
	c.wait(10 * 24 * time.Hour)
	if c.finds(5, locker.FindingStuckOpen) {
		t.Fatal("want nothing found")
	}
}

func TestAContactThatDoesNotMove(t *testing.T) {
	s := newStreet(t)
	s.bring()
	var door int
	for n := range s.codes {
		door = n
	}
	for i := range 3 {
		if s.finds(door, locker.FindingStuckClosed) {
			t.Fatalf("want nothing found after %d", i)
		}
		s.scan(s.codes[door])
		s.wait(s.plan.Times.Judge)
		want[locker.DoorSaidOpen](t, s.tap(locker.ActionItOpened))
		s.onScreen(locker.StepHome)
		if k := s.cabinet.holds(door).Kind; k != locker.Occupied {
			t.Fatalf("a word is no proof of what is in it, but the door is %q", k)
		}
	}
	if !s.finds(door, locker.FindingStuckClosed) {
		t.Fatalf("want it found: %+v", s.door(door).Habits)
	}
	s.sense(door, locker.Open)
	if s.finds(door, locker.FindingStuckClosed) {
		t.Fatal("want the finding cleared by the contact")
	}
}

func TestATechnicianSaysThatItOpened(t *testing.T) {
	c, _ := serviced(t)
	c.atDoor(5)
	c.tap(locker.ActionOpen)
	c.wait(c.plan.Times.Judge)
	c.notice(locker.NoticeNotOpened)
	if e := want[locker.DoorSaidOpen](t, c.tap(locker.ActionItOpened)); e.By != "technician:grace" {
		t.Fatalf("want Grace's word, got %+v", e)
	}
	if got := c.door(5).Habits.Unseen; got != 1 {
		t.Fatalf("want it counted once, got %d", got)
	}
	c.onScreen(locker.StepDoor)
	if got := c.feed(locker.Tapped{Revision: c.view().Revision, Action: locker.ActionItOpened}); len(got) > 0 {
		t.Fatalf("want it said once, got %s", names(got))
	}
}

func TestFindingsAboutBoards(t *testing.T) {
	c := newCabinet(t)
	bad := locker.BoardJudged{Bus: "main", Board: 1, Finding: locker.FindingErrors, Bad: true, Detail: "2.0 % are damaged"}
	want[locker.FindingRaised](t, c.feed(bad))
	if got := c.feed(bad); len(got) > 0 {
		t.Fatalf("want it said once, got %s", names(got))
	}
	other := bad
	other.Board = 7
	if got := c.feed(other); len(got) > 0 {
		t.Fatalf("want nothing about a board that holds no door, got %s", names(got))
	}
	faults := c.state.Summary(c.now).Faults
	if len(faults) != 1 || faults[0] != (locker.Fault{Kind: "finding", What: "main/1", Why: "errors"}) {
		t.Fatalf("want the operator to see it, got %+v", faults)
	}
	c.restart()
	if len(c.state.Findings) != 1 {
		t.Fatal("want it to outlive a restart")
	}
	bad.Bad = false
	want[locker.FindingCleared](t, c.feed(bad))
	bad.Bad = true
	c.feed(bad)
	p := plan()
	p.Doors = p.Doors[3:]
	want[locker.FindingCleared](t, c.begin(p)) // board 1 is gone
}

func TestASilentBoardSaysWhy(t *testing.T) {
	c := newCabinet(t)
	c.feed(locker.BoardLost{Bus: "main", Board: 1, Why: "no answer for 8s"})
	want[locker.BoardSilent](t, c.feed(locker.BoardLost{Bus: "main", Board: 1, Why: "port gone"}))
	f := c.state.Summary(c.now).Faults[0]
	if f != (locker.Fault{Kind: "board_lost", What: "main/1", Why: "port gone"}) {
		t.Fatalf("want the newest reason, got %+v", f)
	}
}
