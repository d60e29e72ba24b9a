package locker_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockerd/internal/locker"
)

// unbuilt is a cabinet of which nobody has said yet which doors it has.
func unbuilt(t *testing.T, boards ...locker.FoundBoard) *metal {
	t.Helper()
	p := plan()
	p.Doors = nil
	return newMetal(bareCabinet(t, p), boards...)
}

func (c *cabinet) addDoor(size string) {
	c.t.Helper()
	want[locker.SetupDoorAdded](c.t, c.press(locker.Tapped{Action: locker.ActionAddDoor, Size: size}))
}

func board(address, channels int) locker.FoundBoard {
	return locker.FoundBoard{Bus: "main", Family: "8A", Board: address, Channels: channels, Baud: 9600}
}

// TestFromNothing commissions a cabinet whose wires are shuffled and whose contacts are any way round, and then uses
// it.
func TestFromNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := unbuilt(t, board(1, rapid.IntRange(1, 6).Draw(r, "channels")), board(4, 4))
		m.random = true
		doors := min(len(m.locks()), rapid.IntRange(1, 8).Draw(r, "doors"))
		for i, lock := range rapid.Permutation(m.locks()).Draw(r, "locks") {
			if i < doors {
				m.holds[lock] = i + 1
			}
			m.closed[lock] = rapid.Bool().Draw(r, "shorted")
			m.blind[lock] = rapid.IntRange(0, 5).Draw(r, "blind") == 0
		}
		m.onScreen(locker.StepOutOfOrder)
		m.signIn("grace")
		m.tap(locker.ActionSetup)
		m.survey()
		m.tap(locker.ActionLayout)
		for n := range doors {
			if n == 4 {
				m.tap(locker.ActionAddColumn)
			}
			m.addDoor([]string{"S", "M", "L"}[n%3])
		}
		m.tap(locker.ActionBack)
		m.wire()
		m.tap(locker.ActionSave)
		saved := want[locker.SetupSaved](t, m.tap(locker.ActionSaveEmpty))
		for _, d := range saved.Doors {
			closedWhen := locker.ContactOpen
			if m.closed[d.Lock] {
				closedWhen = locker.ContactShorted
			}
			if m.holds[d.Lock] != d.Number || d.Blind != m.blind[d.Lock] || !d.Blind && d.ClosedWhen != closedWhen {
				t.Fatalf("learnt %+v; the lock holds door %d, blind %v, closed when %s",
					d, m.holds[d.Lock], m.blind[d.Lock], closedWhen)
			}
		}
		if e := want[locker.SetupEnded](t, m.reinstall(saved.Doors)); e.Why != locker.SetupInstalled {
			t.Fatalf("want it in force, got %q", e.Why)
		}
		m.tell()
		m.onScreen(locker.StepHome)
		seen, free := 0, 0
		for lock := range m.holds {
			if !m.blind[lock] {
				seen++
			}
		}
		for _, n := range m.state.Summary(m.now).Free {
			free += n
		}
		if free != seen {
			t.Fatalf("want the %d doors with a contact free, got %d", seen, free)
		}
	})
}

// TestAColumnIsAdded in service: the doors that are there do not notice.
func TestAColumnIsAdded(t *testing.T) {
	c, door, code := stored(t)
	m := newMetal(c, board(1, 3), board(2, 2), board(9, 4))
	for _, p := range c.plan.Doors {
		m.holds[p.Lock], m.closed[p.Lock] = p.Number, true
	}
	for n := range 3 {
		m.holds[locker.Lock{Bus: "main", Board: 9, Channel: 4 - n}] = 6 + n
	}
	m.signIn("grace")
	m.tap(locker.ActionSetup)
	m.survey()
	m.tap(locker.ActionLayout)
	m.tap(locker.ActionAddColumn)
	for range 3 {
		m.addDoor("M")
	}
	m.tap(locker.ActionBack)
	m.wire()
	v := m.view().Setup
	if !v.Changed || fmt.Sprint(v.Wired) != "[6 7 8]" || len(v.Unwired) > 0 {
		t.Fatalf("want doors 6, 7 and 8 wired, got %+v", v)
	}
	for i, low := range []bool{false, true, true} {
		if got := v.Doors[5+i]; got.Low != low || got.Column != 3 {
			t.Fatalf("want the two lowest of column 3 low, got %+v", got)
		}
	}
	m.tap(locker.ActionSave)
	saved := want[locker.SetupSaved](t, m.tap(locker.ActionSaveAsIs))
	want[locker.SetupEnded](t, m.reinstall(saved.Doors))
	m.tell()
	if k := m.cabinet.holds(7).Kind; k != locker.Doubtful {
		t.Fatalf("want a door that nobody has looked into doubtful, got %q", k)
	}
	for _, n := range []int{2, 3, 4, 5} {
		if h := m.cabinet.holds(n); h.Kind != locker.Empty {
			t.Fatalf("want door %d untouched, got %+v", n, h)
		}
	}
	if u := want[locker.UnlockRequested](t, m.scan(code)); u.Door != door {
		t.Fatalf("want the parcel's door %d, got %d", door, u.Door)
	}
}

// replaced is a cabinet with a parcel behind door 1, whose board 1 was replaced by one that is wired otherwise: Grace
// has the wizard forget it.
func replaced(t *testing.T) (m *metal, code string) {
	t.Helper()
	c, _, code := stored(t)
	m = newMetal(c, board(1, 3), board(2, 2))
	for _, p := range c.plan.Doors {
		m.holds[p.Lock], m.closed[p.Lock] = p.Number, true
	}
	for i, n := range []int{3, 1, 2} { // the new wires
		lock := locker.Lock{Bus: "main", Board: 1, Channel: i + 1}
		m.holds[lock], m.closed[lock] = n, false
	}
	m.signIn("grace")
	m.tap(locker.ActionSetup)
	m.survey()
	m.press(locker.Tapped{Action: locker.ActionRewire, Board: locker.Board{Bus: "main", Board: 1}})
	m.tap(locker.ActionRewireYes)
	return m, code
}

// TestANumberThatWasAnotherDoors: what was proven of it is not proven of the new door, and a parcel that lies behind
// the old one keeps its number.
func TestANumberThatWasAnotherDoors(t *testing.T) {
	c, _, _ := stored(t) // behind door 1
	p := *c.plan
	p.Doors = nil
	c.begin(&p)
	m := newMetal(c, board(1, 2))
	m.holds[lock1], m.closed[lock1] = 2, true
	m.signIn("grace")
	m.tap(locker.ActionSetup)
	m.survey()
	m.tap(locker.ActionLayout)
	m.addDoor("S")
	m.tap(locker.ActionBack)
	if d := m.view().Setup.Doors[0]; d.Number != 2 {
		t.Fatalf("want number 1 left to the parcel, got %d", d.Number)
	}
	m.wire()
	m.tap(locker.ActionSave)
	if e := want[locker.DoorDoubted](t, m.tap(locker.ActionSaveAsIs)); e.Door != 2 || e.Why != locker.DoubtWired {
		t.Fatalf("want door 2 doubted, got %+v", e)
	}
}

// TestWhileABoardIsReplaced its doors open for nobody but the wizard.
func TestWhileABoardIsReplaced(t *testing.T) {
	m, code := replaced(t)
	order := locker.Order{ID: "o1", Cabinet: "test", Expires: m.now.Wall.Add(time.Minute),
		Unlock: &locker.UnlockOrder{Door: 2}}
	const why = "the door is being wired anew"
	if e := want[locker.OrderRefused](t, m.feed(locker.OrderReceived{Order: order})); e.Why != why {
		t.Fatalf("want it to say why, got %q", e.Why)
	}
	if e := want[locker.UnlockRefused](t, m.feed(locker.OpenAsked{Door: 2, By: "Ada"})); e.Why != why {
		t.Fatalf("want it to say why, got %q", e.Why)
	}
	m.tap(locker.ActionBack)
	m.atDoor(2)
	wantNo[locker.UnlockRequested](t, m.tap(locker.ActionOpen))
	m.notice(locker.NoticeDoorSilent)
	m.wait(time.Hour) // Grace has gone for a tool
	wantNo[locker.UnlockRequested](t, m.scan(code))
	m.onScreen(locker.StepTrouble)
	m.tap(locker.ActionFinish)
	m.move(2, false)
	m.scan("badge-ada")
	m.scan("PARCEL-2")
	m.phone()
	wantNo[locker.UnlockRequested](t, m.size("S"))
	m.onScreen(locker.StepNoDoor)
}

func TestABoardIsReplaced(t *testing.T) {
	m, code := replaced(t)
	if v := m.view().Setup; fmt.Sprint(v.Unwired) != "[1 2 3]" {
		t.Fatalf("want the doors of board 1 to be wired anew, got %v", v.Unwired)
	}
	if slices.Contains(m.view().Actions, locker.ActionSave) {
		t.Fatal("a door with a parcel cannot be left out")
	}
	wantNo[locker.UnlockRequested](t, m.feed(locker.OpenAsked{Door: 1, By: "Grace"}))
	before := len(m.records)
	m.wire()
	for _, r := range m.records[before:] {
		switch e := r.Event.(type) {
		case locker.DoorForced, locker.DoorOpened, locker.DoorClosed:
			t.Fatalf("nothing is believed of a door that is being wired anew, got %T %+v", e, e)
		}
	}
	if v := m.view().Setup; fmt.Sprint(v.Wired) != "[2 3]" {
		t.Fatalf("want the question about the doors without a parcel, got %v", v.Wired)
	}
	want[locker.UnlockRequested](t, m.feed(locker.OpenAsked{Door: 4, By: "Ada"}))
	if slices.Contains(m.view().Actions, locker.ActionSave) {
		t.Fatal("want nothing put in force while an unlock is under way")
	}
	m.move(4, true)
	m.move(4, false)
	m.tap(locker.ActionSave)
	events := m.tap(locker.ActionSaveEmpty)
	if k := m.cabinet.holds(4).Kind; k != locker.Doubtful {
		t.Fatalf("want the word to be about the doors that were wired, but door 4 is %q", k)
	}
	saved := want[locker.SetupSaved](t, events)
	if e := want[locker.DoorEmptied](t, events); e.Proof != locker.ProofTechnician || e.By != "grace" {
		t.Fatalf("want Grace's look as proof, got %+v", e)
	}
	events = m.reinstall(saved.Doors)
	wantNo[locker.DoorDoubted](t, events)
	want[locker.SetupEnded](t, events)
	m.tell()
	if u := want[locker.UnlockRequested](t, m.scan(code)); u.Door != 1 || m.holds[u.Lock] != 1 {
		t.Fatalf("want the parcel's door by its new lock, got %+v", u)
	}
}

func TestASetupIsDiscarded(t *testing.T) {
	m, code := replaced(t)
	m.tap(locker.ActionDiscard)
	if e := want[locker.SetupEnded](t, m.tap(locker.ActionDiscardYes)); e.Why != locker.SetupDiscarded {
		t.Fatalf("want it discarded, got %q", e.Why)
	}
	m.tap(locker.ActionSignOut)
	if k := m.cabinet.holds(2).Kind; k != locker.Doubtful {
		t.Fatalf("want a door whose locks were anybody's doubtful, got %q", k)
	}
	if u := want[locker.UnlockRequested](t, m.scan(code)); u.Lock != m.plan.Doors[0].Lock {
		t.Fatalf("want the lock of the wiring in force, got %+v", u)
	}
}

// TestRewiringTakesTheProofAway though no contact has moved yet: its locks are opened from now on, and nobody knows
// which door is whose.
func TestRewiringTakesTheProofAway(t *testing.T) {
	c := newCabinet(t)
	c.signIn("grace")
	c.tap(locker.ActionSetup)
	wantNo[locker.SetupBoardForgotten](t, c.press(locker.Tapped{Action: locker.ActionRewire, Board: locker.Board{Bus: "main", Board: 1}}))
	events := c.tap(locker.ActionRewireYes)
	if e := want[locker.DoorDoubted](t, events); e.Door != 1 || e.Why != locker.DoubtWired {
		t.Fatalf("want the doors of board 1 doubted, got %+v", e)
	}
	if k := c.holds(4).Kind; k != locker.Empty {
		t.Fatalf("want those of board 2 untouched, got %q", k)
	}
	unknown := locker.Board{Bus: "main", Board: 7}
	if got := c.press(locker.Tapped{Action: locker.ActionRewire, Board: unknown}); len(got) > 0 {
		t.Fatalf("want nothing, got %s", names(got))
	}
}

// TestTheSetupGoesOnAfterAPowerCut: what was wired stays, but the boards must be found again: a new run does not drive
// them.
func TestTheSetupGoesOnAfterAPowerCut(t *testing.T) {
	m := unbuilt(t, board(1, 3))
	for i, lock := range m.locks() {
		m.holds[lock], m.closed[lock] = i+1, true
	}
	m.signIn("grace")
	m.tap(locker.ActionSetup)
	m.survey()
	m.tap(locker.ActionLayout)
	for range 3 {
		m.addDoor("S")
	}
	m.tap(locker.ActionBack)
	m.tap(locker.ActionWire)
	m.name(m.pulse(locker.ActionOpen))
	m.move(1, false)
	want[locker.LockTried](t, m.tap(locker.ActionOpen))

	events := m.restart()
	want[locker.SessionEnded](t, events)
	if e := want[locker.LockTryEnded](t, events); e.Outcome != locker.OutcomeUnknown {
		t.Fatalf("want an unlock whose end nobody saw unknown, got %+v", e)
	}
	wantNo[locker.LockTried](t, events)
	m.signIn("grace")
	m.tap(locker.ActionSetup)
	if v := m.view(); slices.Contains(v.Actions, locker.ActionWire) || slices.Contains(v.Actions, locker.ActionSave) {
		t.Fatalf("want the boards to be found again first, got %v", v.Actions)
	}
	m.survey()
	if v := m.view().Setup; fmt.Sprint(v.Unwired) != "[2 3]" || v.Left != 2 {
		t.Fatalf("want doors 2 and 3 left, got %v, %d locks", v.Unwired, v.Left)
	}
	m.move(2, false)
	m.wire()
	m.tap(locker.ActionSave)
}

// TestSavingFails: all stays as it is, and the technician is told.
func TestSavingFails(t *testing.T) {
	m, _ := replaced(t)
	m.wire()
	m.tap(locker.ActionSave)
	m.tap(locker.ActionSaveEmpty)
	want[locker.SetupFailed](t, m.feed(locker.InstallFailed{Why: "no space left on device"}))
	m.notice(locker.NoticeFailed)
	v := m.view()
	if v.Setup.Failed != "no space left on device" || v.Setup.Saved || !slices.Contains(v.Actions, locker.ActionSave) {
		t.Fatalf("want another try, got %+v", v.Setup)
	}
	// With the wiring of before: the proofs were for the other locks.
	if k := m.cabinet.holds(2).Kind; k != locker.Doubtful {
		t.Fatalf("want door 2 doubtful behind its old lock, got %q", k)
	}
	m.tap(locker.ActionDiscard)
	m.tap(locker.ActionDiscardYes)
	m.tap(locker.ActionSignOut)
	m.tell()
	m.restart()
	if k := m.cabinet.holds(2).Kind; k != locker.Doubtful {
		t.Fatalf("want it doubtful as long as nobody has looked, got %q", k)
	}
}

// TestSavingSucceedsAtTheSecondTry: a failure takes nothing away that the technician has to do again.
func TestSavingSucceedsAtTheSecondTry(t *testing.T) {
	m, _ := replaced(t)
	m.wire()
	m.tap(locker.ActionSave)
	m.tap(locker.ActionSaveEmpty)
	m.feed(locker.InstallFailed{Why: "no space left on device"})
	m.tap(locker.ActionSave)
	saved := want[locker.SetupSaved](t, m.tap(locker.ActionSaveEmpty))
	want[locker.SetupEnded](t, m.reinstall(saved.Doors))
	if k := m.cabinet.holds(2).Kind; k != locker.Empty {
		t.Fatalf("want door 2 empty on the technician's word, got %q", k)
	}
}

func TestGoingBackToTheWiringBefore(t *testing.T) {
	p := plan()
	p.Undo = true
	c := bareCabinet(t, p)
	for _, d := range p.Doors {
		c.sense(d.Number, locker.Closed)
	}
	c.feed(locker.Inspected{By: "the builder"})
	c.signIn("grace")
	c.tap(locker.ActionSetup)
	c.tap(locker.ActionUndo)
	want[locker.SetupUndone](t, c.tap(locker.ActionUndoYes))
	before := *p
	before.Doors = slices.Clone(p.Doors)
	before.Doors[0].Lock, before.Doors[1].Lock = p.Doors[1].Lock, p.Doors[0].Lock
	c.begin(&before)
	for n, kind := range map[int]locker.Holding{1: locker.Doubtful, 2: locker.Doubtful, 3: locker.Empty} {
		if got := c.holds(n).Kind; got != kind {
			t.Errorf("door %d: want %q, got %q", n, kind, got)
		}
	}
}

func TestNothingIsWiredWhileAnUnlockIsUnderWay(t *testing.T) {
	c := newCabinet(t)
	c.signIn("grace")
	c.tap(locker.ActionSetup)
	c.feed(locker.OpenAsked{Door: 4, By: "Ada"})
	for _, a := range []locker.Action{locker.ActionSurvey, locker.ActionRewire, locker.ActionSave, locker.ActionDiscard} {
		if slices.Contains(c.view().Actions, a) {
			t.Errorf("%s is offered", a)
		}
	}
}
