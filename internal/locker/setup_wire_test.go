package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

var lock1, lock2 = locker.Lock{Bus: "main", Board: 1, Channel: 1}, locker.Lock{Bus: "main", Board: 1, Channel: 2}

// wiring is a cabinet of two doors with lock 1 at hand. Lock 1 holds door 2 and lock 2 holds door 1; the contacts are
// shorted while the locks are closed.
func wiring(t *testing.T) *metal {
	t.Helper()
	m := unbuilt(t, board(1, 3))
	m.holds[lock1], m.closed[lock1] = 2, true
	m.holds[lock2], m.closed[lock2] = 1, true
	m.signIn("grace")
	m.tap(locker.ActionSetup)
	m.tap(locker.ActionLayout)
	m.addDoor("S")
	m.addDoor("S")
	m.tap(locker.ActionBack)
	m.survey()
	m.tap(locker.ActionWire)
	return m
}

func (m *metal) atHand(lock locker.Lock, notice locker.Notice) {
	m.t.Helper()
	m.onScreen(locker.StepWire)
	if v := m.view(); v.Setup.Lock != lock || v.Notice != notice {
		m.t.Fatalf("want lock %s at hand, notice %q; got %s, %q", lock, notice, v.Setup.Lock, v.Notice)
	}
}

func TestALockIsPulsedOnceAtATime(t *testing.T) {
	m := wiring(t)
	first := want[locker.LockTried](t, m.tap(locker.ActionOpen))
	v := m.view()
	for _, a := range []locker.Action{locker.ActionOpen, locker.ActionAgain, locker.ActionNext, locker.ActionBack,
		locker.ActionNoneMoved} {
		wantNo[locker.LockTried](t, m.feed(locker.Tapped{Revision: v.Revision, Action: a}))
	}
	if e := want[locker.LockTryEnded](t, m.wait(m.plan.Times.Judge)); e.Outcome != locker.OutcomeUnknown {
		t.Fatalf("want a time-out unknown, got %q", e.Outcome)
	}
	m.notice(locker.NoticeNothing)
	again := want[locker.LockTried](t, m.tap(locker.ActionAgain))
	if again.Unlock == first.Unlock || again.Lock != first.Lock {
		t.Fatalf("want another unlock of the same lock, got %+v after %+v", again, first)
	}
}

func TestAReleaseThatWasNotSent(t *testing.T) {
	m := wiring(t)
	tried := want[locker.LockTried](t, m.tap(locker.ActionOpen))
	want[locker.LockTryEnded](t, m.feed(locker.ReleaseEnded{Unlock: tried.Unlock, Why: "port gone"}))
	m.atHand(lock1, locker.NoticeNotSent)
	if slices.Contains(m.view().Actions, locker.ActionDoor) {
		t.Fatal("nothing was pulsed: no door can have moved")
	}
}

// TestShutBeforeItIsNamed: the technician's hand is faster than their word.
func TestShutBeforeItIsNamed(t *testing.T) {
	m := wiring(t)
	m.pulse(locker.ActionOpen)
	m.move(2, false)
	if e := want[locker.SetupDoorWired](t, m.name(2)); e.Lock != lock1 || e.ClosedWhen != locker.ContactShorted {
		t.Fatalf("want door 2 on lock 1, got %+v", e)
	}
	m.atHand(lock2, locker.NoticeWired)
}

// TestADoorThatStoodOpen: its contact moves at the closing only, and would be taken for the other way round.
func TestADoorThatStoodOpen(t *testing.T) {
	for name, after := range map[string]time.Duration{"at once": 0, "after a while": time.Minute} {
		t.Run(name, func(t *testing.T) {
			m := wiring(t)
			m.move(2, true)
			m.pulse(locker.ActionOpen)
			wantNo[locker.SetupDoorWired](t, m.name(2))
			m.wait(after)
			wantNo[locker.SetupDoorWired](t, m.move(2, false))
			if after == 0 {
				m.wait(m.plan.Times.Judge)
				m.tap(locker.ActionNoContact)
			}
			m.atHand(lock1, locker.NoticeOnceMore)
			m.pulse(locker.ActionOpen)
			m.name(2)
			if e := want[locker.SetupDoorWired](t, m.move(2, false)); e.ClosedWhen != locker.ContactShorted {
				t.Fatalf("want it the right way round, got %+v", e)
			}
		})
	}
}

// TestABoardThatIsLostMeanwhile tells anew what its contacts are: that they are what they were is no movement.
func TestABoardThatIsLostMeanwhile(t *testing.T) {
	m := wiring(t)
	want[locker.LockTried](t, m.tap(locker.ActionOpen))
	m.name(2)
	m.feed(locker.BoardLost{Bus: "main", Board: 1})
	m.feed(locker.BoardBack{Bus: "main", Board: 1})
	for _, e := range m.tell() {
		if d, wired := e.(locker.SetupDoorWired); wired {
			t.Fatalf("nothing has moved, but %+v", d)
		}
	}
}

// TestAContactIsToldAsItIs, whatever its board's other locks are wired like.
func TestAContactIsToldAsItIs(t *testing.T) {
	m := wiring(t)
	m.feed(locker.LockSensed{Lock: lock1, State: locker.Open, Contact: locker.ContactShorted})
	want[locker.LockTried](t, m.tap(locker.ActionOpen))
	m.feed(locker.LockSensed{Lock: lock1, State: locker.Closed, Contact: locker.ContactOpen})
	m.name(2)
	events := m.feed(locker.LockSensed{Lock: lock1, State: locker.Open, Contact: locker.ContactShorted})
	if e := want[locker.SetupDoorWired](t, events); e.ClosedWhen != locker.ContactShorted {
		t.Fatalf("want what the contact is, not what it was taken for, got %+v", e)
	}
}

// TestADoorThatSpringsLate: whether what moved was an opening or a closing is not known.
func TestADoorThatSpringsLate(t *testing.T) {
	m := wiring(t)
	want[locker.LockTried](t, m.tap(locker.ActionOpen))
	m.wait(m.plan.Times.Judge)
	m.move(2, true)
	m.name(2)
	m.atHand(lock1, locker.NoticeOnceMore)
}

// TestTheContactContradicts: a contact moved, so "nothing moved" and "it has no contact" are not believed.
func TestTheContactContradicts(t *testing.T) {
	m := wiring(t)
	m.pulse(locker.ActionOpen)
	wantNo[locker.SetupLockUnused](t, m.tap(locker.ActionNoneMoved))
	m.atHand(lock1, locker.NoticeContradict)
	m.move(2, false)
	m.pulse(locker.ActionOpen)
	m.name(2)
	wantNo[locker.SetupDoorWired](t, m.tap(locker.ActionNoContact))
	m.atHand(lock1, locker.NoticeOnceMore)
}

// TestALockWithoutAContact is believed to be one only by the technician's word, and only if nothing moved.
func TestALockWithoutAContact(t *testing.T) {
	m := wiring(t)
	m.blind[lock1] = true
	m.pulse(locker.ActionOpen)
	m.name(2)
	if slices.Contains(m.view().Actions, locker.ActionNoContact) {
		t.Fatal("want nothing said before the contact had its time")
	}
	m.wait(m.plan.Times.Judge)
	if e := want[locker.SetupDoorWired](t, m.tap(locker.ActionNoContact)); !e.Blind || e.ClosedWhen != "" {
		t.Fatalf("want a lock without a contact, got %+v", e)
	}
	m.atHand(lock2, locker.NoticeWired)
}

// TestCrossedContacts: the lock opens one door, and another lock's contact says so.
func TestCrossedContacts(t *testing.T) {
	m := wiring(t)
	want[locker.LockTried](t, m.tap(locker.ActionOpen))
	m.feed(locker.LockSensed{Lock: lock2, State: locker.Open})
	m.wait(m.plan.Times.Judge)
	m.name(2)
	m.tap(locker.ActionNoContact)
	m.atHand(lock1, locker.NoticeCrossed)
	m.tap(locker.ActionNext)
	m.atHand(lock2, locker.NoticeNone)
}

// TestALockIsLeftForLater: it comes to hand again when the wiring is begun anew.
func TestALockIsLeftForLater(t *testing.T) {
	m := wiring(t)
	m.tap(locker.ActionNext)
	m.atHand(lock2, locker.NoticeNone)
	m.tap(locker.ActionBack)
	m.tap(locker.ActionWire)
	m.atHand(lock1, locker.NoticeNone)
}

// TestAWiredDoorIsNotTakenTwice: only doors that have no lock can be named.
func TestAWiredDoorIsNotTakenTwice(t *testing.T) {
	m := wiring(t)
	m.pulse(locker.ActionOpen)
	m.name(2)
	m.move(2, false)
	m.pulse(locker.ActionOpen)
	if got := m.name(2); len(got) > 0 {
		t.Fatalf("want nothing, got %s", names(got))
	}
	m.name(1)
	m.move(1, false)
	m.onScreen(locker.StepSetup)
	m.notice(locker.NoticeAllWired)
}
