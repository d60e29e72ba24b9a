package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// What a contact that moved proves, and what takes somebody who stood there.

// inAndShut is a courier's parcel behind a shut door, not confirmed yet.
func inAndShut(t *testing.T) (c *cabinet, door int) {
	t.Helper()
	c = newCabinet(t)
	c.dropTo("PARCEL-1", "S")
	door = c.view().Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	return c, door
}

// freeDoors are the doors that the next courier may be given.
func (c *cabinet) freeDoors() int {
	n := 0
	for _, free := range c.state.Summary(c.now).Free {
		n += free
	}
	return n
}

func TestAnotherDoorForAParcelThatIsIn(t *testing.T) {
	for _, a := range []locker.Action{locker.ActionLarger, locker.ActionCancel} {
		t.Run(string(a), func(t *testing.T) {
			c, door := inAndShut(t)
			before := c.freeDoors()
			events := c.says(a)
			if a == locker.ActionCancel {
				events = c.tap(locker.ActionCancelYes)
			}
			if u := want[locker.UnlockRequested](t, events); u.Door != door {
				t.Fatalf("want door %d opened again first, got %+v", door, u)
			}
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
			c.onScreen(locker.StepLook)
			if c.holds(door).Kind == locker.Empty || c.freeDoors() > before {
				t.Fatalf("nobody has said that door %d is empty: %+v", door, c.holds(door))
			}
			if a == locker.ActionLarger {
				want[locker.DropMoved](t, c.tap(locker.ActionEmpty))
			} else {
				want[locker.DropCancelled](t, c.tap(locker.ActionEmpty))
			}
			if h := c.holds(door); h.Kind != locker.Empty || h.Proof != locker.ProofCourier {
				t.Fatalf("want it proven by the courier's look, got %+v", h)
			}
		})
	}
}

func TestWhoLeavesAtTheQuestionProvesNothing(t *testing.T) {
	c, door := inAndShut(t)
	c.says(locker.ActionLarger)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.DropAbandoned](t, c.wait(5*time.Minute))
	if h := c.holds(door); h.Kind != locker.Doubtful {
		t.Fatalf("want it doubtful, got %+v", h)
	}
}

func TestSomethingIsStillInIt(t *testing.T) {
	c, door := inAndShut(t)
	c.says(locker.ActionLarger)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)) // let me look once more
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.DoorBlocked](t, c.says(locker.ActionOccupied))
	if h := c.holds(door); h.Kind != locker.Doubtful {
		t.Fatalf("want it doubtful, got %+v", h)
	}
	c.onScreen(locker.StepDrop) // with another door
}

// A contact that sticks at "closed" sees nothing of a door that opens, takes a parcel in and is pushed shut.
func TestAPulseTakesTheProofAway(t *testing.T) {
	for _, sent := range []bool{true, false} {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		door := c.view().Door
		if sent {
			c.wait(c.plan.Times.Judge)
		} else {
			c.feed(locker.ReleaseEnded{Unlock: c.door(door).Unlock.ID, Why: "port gone"})
		}
		c.says(locker.ActionCancel)
		c.tap(locker.ActionCancelYes)
		want := locker.Empty
		if sent {
			want = locker.Doubtful
		}
		if h := c.holds(door); h.Kind != want {
			t.Errorf("pulse sent: %v: want the door %q, got %+v", sent, want, h)
		}
	}
}

func TestAnOrderedPulseTakesTheProofAway(t *testing.T) {
	c := newCabinet(t)
	want[locker.UnlockRequested](t, c.order(locker.Order{Expires: c.now.Wall.Add(time.Minute), Unlock: &locker.UnlockOrder{Door: 5}}))
	c.wait(c.plan.Times.Judge)
	if h := c.holds(5); h.Kind != locker.Doubtful || h.Why != locker.DoubtUnseen {
		t.Fatalf("want a door that may have opened unseen doubtful, got %+v", h)
	}
}

// A door that springs open after its recipient has gone collects nothing and spends nothing, however it is shut.
func TestALateOpeningWithNobodyThere(t *testing.T) {
	c, door, code := stored(t)
	c.tap(locker.ActionPickup)
	c.typed(code)
	c.wait(c.plan.Times.Judge)
	c.onScreen(locker.StepPress)
	c.tap(locker.ActionFinish)
	c.pass(10 * time.Second)
	events := c.sense(door, locker.Open)
	wantNo[locker.ParcelCollected](t, events)
	want[locker.DoorOpenedLate](t, events)
	c.pass(time.Minute)
	c.sense(door, locker.Closed)
	wantNo[locker.DoorEmptied](t, c.wait(10*time.Minute))
	if h := c.holds(door); h.Kind != locker.Occupied {
		t.Fatalf("want the parcel its recipient's, got %+v", h)
	}
	if u := want[locker.UnlockRequested](t, c.scan(code)); u.Why != locker.WhyPickup {
		t.Fatalf("want the code good, got %+v", u)
	}
}

// A token is spent by the opening at which whoever held it stood, too.
func TestATokenIsNotSpentByALateOpening(t *testing.T) {
	c, door, _ := stored(t)
	c.show(c.parcelToken("t1"))
	c.wait(c.plan.Times.Judge)
	c.tap(locker.ActionFinish)
	wantNo[locker.TokenSpent](t, c.sense(door, locker.Open))
	c.sense(door, locker.Closed)
	c.wait(time.Minute)
	want[locker.UnlockRequested](t, c.show(c.parcelToken("t1")))
}

// A courier who has gone takes nothing back.
func TestALateRecall(t *testing.T) {
	c, door, _ := expired(t)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.wait(c.plan.Times.Judge)
	c.tap(locker.ActionSkip)
	c.tap(locker.ActionSignOut)
	wantNo[locker.ParcelRecalled](t, c.sense(door, locker.Open))
	c.sense(door, locker.Closed)
	if h := c.holds(door); h.Kind != locker.Occupied {
		t.Fatalf("want the parcel still there, got %+v", h)
	}
}

// While the pulse is on its way the door is in its recipient's hand: the next in the queue is told to wait.
func TestNobodyInterruptsAnOpening(t *testing.T) {
	c := newCabinet(t)
	first, code1 := c.drop("PARCEL-1", "S")
	_, code2 := c.drop("PARCEL-2", "S")
	c.tap(locker.ActionSignOut)
	c.scan(code1)
	wantNo[locker.SessionEnded](t, c.scan(code2))
	c.notice(locker.NoticeCloseFirst)
	wantNo[locker.SessionEnded](t, c.scan("badge-bob"))
	want[locker.ParcelCollected](t, c.sense(first, locker.Open))
	want[locker.UnlockRequested](t, c.scan(code2)) // it is open: whose it is stands before it
}

// A retry repeats what was asked, and for whom: a cleaner's token for a door never fetches the parcel behind it.
func TestARetryRepeatsWhatWasAsked(t *testing.T) {
	c, door, code := stored(t)
	token := c.token("t1")
	token.Door = door
	c.show(token)
	for range 3 {
		c.feed(locker.ReleaseEnded{Unlock: c.door(door).Unlock.ID, Why: "port gone"})
		c.onScreen(locker.StepPress)
		if u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)); u.Why != locker.WhyToken || u.Parcel != "" || u.Token.ID != "t1" {
			t.Fatalf("want the same once more, got %+v", u)
		}
	}
	wantNo[locker.ParcelCollected](t, c.sense(door, locker.Open))
	c.sense(door, locker.Closed)
	c.tap(locker.ActionFinish)
	if u := want[locker.UnlockRequested](t, c.scan(code)); u.Why != locker.WhyPickup {
		t.Fatalf("want the parcel its recipient's, got %+v", u)
	}
}

// A retry asks the door's health again, and shows what is true.
func TestARetryOfADoorThatIsGone(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.feed(locker.ReleaseEnded{Unlock: c.door(door).Unlock.ID, Why: "port gone"})
	c.feed(locker.BoardLost{Bus: "main", Board: 1, Why: "port gone"})
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
	c.onScreen(locker.StepTrouble)
}

func TestARetryOfACancelledPickup(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.feed(locker.ReleaseEnded{Unlock: c.door(door).Unlock.ID, Why: "port gone"})
	c.order(locker.Order{HandOver: &locker.HandOverOrder{Tracking: "PARCEL-1"}}) // refused: it is being fetched
	c.order(locker.Order{Block: &locker.BlockOrder{Door: door, Reason: locker.BlockDamaged}})
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
	c.onScreen(locker.StepTrouble)
}

// An unlock explains an opening for a while, also over a restart; it never collects after one.
func TestAnOpeningAfterARestart(t *testing.T) {
	for _, tt := range []struct {
		name   string
		off    time.Duration
		clock  bool
		forced bool
	}{
		{"at once", 10 * time.Second, true, false},
		{"ten hours later", 10 * time.Hour, true, true},
		{"nobody knows when", 10 * time.Second, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, door, code := stored(t)
			c.scan(code)
			c.pass(tt.off)
			c.now.Known = tt.clock
			c.restart()
			events := c.sense(door, locker.Open)
			wantNo[locker.ParcelCollected](t, events)
			if _, forced := find[locker.DoorForced](events); forced != tt.forced {
				t.Fatalf("want an alarm: %v, got %s", tt.forced, names(events))
			}
			c.sense(door, locker.Closed)
			c.now.Known = true
			c.wait(10 * time.Minute)
			if u := want[locker.UnlockRequested](t, c.scan(code)); u.Why != locker.WhyPickup {
				t.Fatalf("want the code good, got %+v", u)
			}
		})
	}
}

// The same over a silent board.
func TestAnOpeningBehindASilentBoard(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.feed(locker.BoardLost{Bus: "main", Board: 1, Why: "no answer"})
	c.wait(10 * time.Hour)
	c.feed(locker.BoardBack{Bus: "main", Board: 1})
	events := c.sense(door, locker.Open)
	wantNo[locker.ParcelCollected](t, events)
	want[locker.DoorForced](t, events)
}

// What happened before an intent is not explained by it.
func TestAnOpeningBeforeTheUnlock(t *testing.T) {
	c, door, code := stored(t)
	c.wait(time.Minute)
	c.scan(code)
	c.pass(100 * time.Millisecond)
	events := c.feed(locker.LockSensed{Lock: c.plan.Doors[door-1].Lock, State: locker.Open,
		Evidence: locker.Evidence{Contact: "latch", First: c.now.Wall.Add(-499 * time.Millisecond)}, Ago: 499 * time.Millisecond})
	wantNo[locker.ParcelCollected](t, events)
	want[locker.DoorForced](t, events)
}

// The reopening time belongs to a person and their door, whoever uses the kiosk meanwhile.
func TestTheReopeningTimeIsItsPersons(t *testing.T) {
	c := newCabinet(t)
	first, code1 := c.drop("PARCEL-1", "S")
	second, code2 := c.drop("PARCEL-2", "S")
	c.tap(locker.ActionSignOut)
	c.scan(code1)
	c.sense(first, locker.Open)
	c.scan(code2)
	c.sense(second, locker.Open)
	c.sense(first, locker.Closed)
	c.sense(second, locker.Closed)
	c.tap(locker.ActionFinish)
	c.pass(30 * time.Second)
	c.feed(locker.Tick{})
	if h := c.holds(first); h.Kind != locker.Collected {
		t.Fatalf("want nobody given door %d yet, got %+v", first, h)
	}
	c.tap(locker.ActionPickup)
	if u := want[locker.UnlockRequested](t, c.typed(code1)); u.Why != locker.WhyReopen || u.Door != first {
		t.Fatalf("want their own code to open it again, got %+v", u)
	}
	c.sense(first, locker.Open)
	c.sense(first, locker.Closed)
	c.tap(locker.ActionFinish)
	events := c.wait(c.plan.Times.Thanks)
	for _, door := range []int{first, second} {
		if h := c.holds(door); h.Kind != locker.Empty || h.Proof != locker.ProofPickup {
			t.Errorf("want door %d free once it is over, got %+v (%s)", door, h, names(events))
		}
	}
	c.tap(locker.ActionPickup)
	if e := want[locker.CodeRefused](t, c.typed(code1)); e.Why != locker.NoticeUsedCode {
		t.Fatalf("want it used, got %q", e.Why)
	}
}

// A token reopens as a code does, over a restart too.
func TestATokenReopens(t *testing.T) {
	c, door, _ := stored(t)
	c.show(c.parcelToken("t1"))
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionFinish)
	c.restart()
	c.sense(door, locker.Closed)
	c.wait(10 * time.Second)
	if u := want[locker.UnlockRequested](t, c.show(c.parcelToken("t1"))); u.Why != locker.WhyReopen {
		t.Fatalf("want it opened again, got %+v", u)
	}
}

// Who touches the last screen later may be anybody: then it takes the code.
func TestReopeningTakesTheCodeOnceThePersonMayHaveGone(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.wait(20 * time.Second)
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionForgot))
	c.onScreen(locker.StepCode)
	c.notice(locker.NoticeCodeAgain)
	want[locker.UnlockRequested](t, c.typed(code))
}

// Nor does anybody cancel for a courier who has walked off.
func TestACouriersScreenLeftAlone(t *testing.T) {
	for _, a := range []locker.Action{locker.ActionCancel, locker.ActionLarger, locker.ActionNotOpen, locker.ActionOccupied} {
		t.Run(string(a), func(t *testing.T) {
			c, door := inAndShut(t)
			c.wait(20 * time.Second)
			wantNo[locker.UnlockRequested](t, c.says(a))
			c.onScreen(locker.StepBadge)
			c.typed("nonsense")
			c.onScreen(locker.StepBadge)
			c.notice(locker.NoticeWrongPIN)
			if n := c.view().Door; n != door {
				t.Fatalf("want door %d still, got %d", door, n)
			}
			wantNo[locker.UnlockRequested](t, c.scan("badge-bob"))
			if v := c.view(); v.Step == locker.StepBadge { // bob's badge did not end it
				c.scan("badge-ada")
				c.onScreen(locker.StepDrop)
			}
		})
	}
	t.Run("whoever asks what is wrong is not taken for the courier by that", func(t *testing.T) {
		c, _ := inAndShut(t)
		for range 3 {
			c.tap(locker.ActionWrong)
			c.pass(6 * time.Second)
			c.tap(locker.ActionBack)
			c.pass(time.Second)
			if c.view().Step == locker.StepBadge {
				return
			}
		}
		wantNo[locker.UnlockRequested](t, c.says(locker.ActionLarger))
		c.onScreen(locker.StepBadge)
	})
	t.Run("left at that question", func(t *testing.T) {
		c, _ := inAndShut(t)
		c.wait(20 * time.Second)
		c.says(locker.ActionCancel)
		want[locker.ParcelStored](t, c.wait(5*time.Minute))
	})
}

// One rule for all: the door in hand first.
func TestAnotherBadgeInTheMiddle(t *testing.T) {
	c := newCabinet(t)
	c.dropTo("PARCEL-1", "S")
	c.sense(c.view().Door, locker.Open)
	wantNo[locker.SessionEnded](t, c.scan("badge-bob"))
	c.notice(locker.NoticeCloseFirst)
	if got := c.scan("badge-bob"); len(got) > 0 {
		t.Fatalf("want it said once, got %s", names(got))
	}
}

// The strongest proof counts for the recipient, too.
func TestASensorThatSaysNoAllAlong(t *testing.T) {
	c, door, code := stored(t)
	c.present(door, true)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.CollectionDisputed](t, c.wait(c.plan.Times.Thanks+time.Second))
	wantNo[locker.DoorDoubted](t, c.wait(time.Hour))
	if u := want[locker.UnlockRequested](t, c.scan(code)); u.Why != locker.WhyPickup {
		t.Fatalf("want the code good, got %+v", u)
	}
}

func TestASensorAfterARecall(t *testing.T) {
	c, door, _ := expired(t)
	c.present(door, true)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.says(locker.ActionOccupied)
	if n := c.state.Summary(c.now).Overdue; n != 1 {
		t.Fatalf("want it to be taken back another time, got %d", n)
	}
	if slices.ContainsFunc(c.state.Spent, func(s locker.Spent) bool { return s.Returned }) {
		t.Fatal("want it not called returned")
	}
}

// A jam that the door itself refutes is lifted.
func TestAJamThatTheDoorRefutes(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.wait(c.plan.Times.Judge)
	c.tap(locker.ActionTryAgain)
	want[locker.DoorBlocked](t, c.wait(c.plan.Times.Judge))
	events := c.sense(door, locker.Open)
	want[locker.DoorUnblocked](t, events)
	want[locker.ParcelCollected](t, events) // they still stand there
}

// After a hold-up the boards are asked before anything "did not open".
func TestNothingIsJudgedByAClockThatWentOnAlone(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.pass(c.plan.Times.Judge + time.Second) // the process stood still
	want[locker.RunHeldUp](t, c.feed(locker.HeldUp{For: 8 * time.Second}))
	events := c.feed(locker.Present{Revision: c.view().Revision})
	wantNo[locker.UnlockEnded](t, events)
	c.pass(time.Second)
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
	for range 10 { // a machine that stands still for ever judges one day
		c.tap(locker.ActionLanguage)
	}
	c.sense(door, locker.Closed)
}

func TestAHoldUpPutsAJudgementOffOnlySoOften(t *testing.T) {
	c, _, code := stored(t)
	c.scan(code)
	var events []locker.Event
	for range 10 {
		c.pass(8 * time.Second)
		events = append(events, c.feed(locker.HeldUp{For: 8 * time.Second})...)
		events = append(events, c.feed(locker.Tick{})...)
	}
	want[locker.UnlockEnded](t, events)
}
