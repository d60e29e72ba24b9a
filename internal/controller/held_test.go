package controller_test

import (
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/locker"
)

// A disk that stalls, a queue, a process that stands still: what comes too late is not sent, and nothing is judged by a
// clock that went on alone.

func events[E locker.Event](m *memory) (found []E) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.records {
		if e, ok := r.Event.(E); ok {
			found = append(found, e)
		}
	}
	return found
}

func TestAReleaseHasAnAbsoluteDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		asked := time.Now()
		m.stall(8 * time.Second) // fsync takes its time
		if err := c.Do(t.Context(), order("o1")); err != nil {
			t.Fatal(err)
		}
		if len(e.releases) != 1 || e.releases[0].Until.After(asked.Add(locker.DefaultTimes().Within)) {
			t.Fatalf("want a release that nobody sends any more at %s, got %+v", time.Now(), e.releases)
		}
		_ = c.Do(t.Context(), locker.ReleaseEnded{Unlock: e.releases[0].Unlock, Why: "past its deadline"})
		ended := events[locker.UnlockEnded](m)
		if len(ended) != 1 || ended[0].Outcome != locker.NotSent {
			t.Fatalf("want it said that nothing was sent, and nothing before, got %+v", ended)
		}
	})
}

func TestWhatWaitedInTheQueueIsNotDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		m.stall(8 * time.Second)
		go func() { _ = c.Do(t.Context(), locker.SwitchSensed{Switch: locker.SwitchMains, Alarm: true}) }()
		wait(time.Second)
		_ = c.Submit(t.Context(), locker.OpenAsked{Door: 1, By: "Ada"})
		wait(20 * time.Second)
		if refused := events[locker.UnlockRefused](m); len(refused) != 1 || len(e.releases) != 0 {
			t.Fatalf("want it refused after 7 s in the queue, got %+v and %+v", refused, e.releases)
		}
	})
}

func TestTheBoardsAreAskedAfterAHoldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		if err := c.Do(t.Context(), order("o1")); err != nil {
			t.Fatal(err)
		}
		wait(500 * time.Millisecond)
		m.stall(7 * time.Second) // the machine stands still for so long
		_ = c.Do(t.Context(), locker.SwitchSensed{Switch: locker.SwitchMains, Alarm: true})
		_ = c.Do(t.Context(), locker.Present{}) // whatever comes next
		if held := events[locker.RunHeldUp](m); len(held) != 1 || e.rechecks.Load() != 1 {
			t.Fatalf("want the boards asked, got %+v and %d", held, e.rechecks.Load())
		}
		if ended := events[locker.UnlockEnded](m); len(ended) > 0 {
			t.Fatalf("want nothing judged before they have answered, got %+v", ended)
		}
		_ = c.Do(t.Context(), locker.LockSensed{Lock: lock, State: locker.Open})
		if ended := events[locker.UnlockEnded](m); len(ended) != 1 || ended[0].Outcome != locker.Opened {
			t.Fatalf("want it judged by the contact, got %+v", ended)
		}
	})
}

// A lock's line is told before the record is written that a release follows, so that it is free by then. It is not told where
// nothing opens.
func TestALineExpectsARelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		_ = c.Do(t.Context(), locker.SwitchSensed{Switch: locker.SwitchMains, Alarm: true})
		if expected, _ := e.lines(); len(expected) > 0 {
			t.Fatalf("want nothing expected of what opens nothing, got %v", expected)
		}
		m.stall(time.Second) // the write
		if err := c.Submit(t.Context(), order("o1")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if expected, sent := e.lines(); len(expected) != 1 || expected[0] != lock || len(sent) > 0 {
			t.Fatalf("want a release of %s expected and none sent, got %v and %v", lock, expected, sent)
		}
		wait(2 * time.Second)
		if _, sent := e.lines(); len(sent) != 1 {
			t.Fatalf("want it sent once it is written, got %v", sent)
		}
	})
}

func TestAnIdleLoopIsNotHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		if err := c.Do(t.Context(), order("o1")); err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		if held := events[locker.RunHeldUp](m); len(held) > 0 || e.rechecks.Load() > 0 {
			t.Fatalf("want nothing held up, got %+v", held)
		}
	})
}
