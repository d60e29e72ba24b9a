package controller_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/controller"
	"lockerd/internal/locker"
)

// What a muted source says is counted, and the newest of it is told again once it is heard.
func TestAMutedSourceIsHeardAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		tell := func(is locker.DoorState) {
			if err := c.Do(t.Context(), locker.LockSensed{Lock: lock, State: is}); err != nil {
				t.Fatal(err)
			}
		}
		for range 100 {
			wait(100 * time.Millisecond)
			tell(locker.Open)
			wait(100 * time.Millisecond)
			tell(locker.Closed)
		}
		wait(controller.Beat) // a tap or two on the way
		m.mu.Lock()
		n := len(m.records)
		m.mu.Unlock()
		if n > 40 {
			t.Fatalf("want few records, got %d", n)
		}
		wait(2 * time.Hour)
		count := events[locker.SourceUnrecorded](m)
		if len(count) != 1 || count[0].Count < 150 {
			t.Fatalf("want what was not recorded counted, got %+v", count)
		}
		closed, ok := m.last().(locker.DoorClosed)
		if !ok || closed.Door != 1 || e.screen().Doors[0].State != locker.Closed {
			t.Fatalf("want the newest word believed, got %+v", m.last())
		}
	})
}

// mute has a contact move until its source is muted. Its last word is open.
func mute(t *testing.T, m *memory, c *controller.Controller) {
	t.Helper()
	for len(events[locker.SourceMuted](m)) == 0 {
		senses(t, c, locker.Closed)
		senses(t, c, locker.Open)
	}
}

func senses(t *testing.T, c *controller.Controller, is locker.DoorState) {
	t.Helper()
	wait(100 * time.Millisecond)
	if err := c.Do(t.Context(), locker.LockSensed{Lock: lock, State: is}); err != nil {
		t.Fatal(err)
	}
}

// The word that mutes a source, and one that comes as something else is due, are told again, too: a door may stand open from then on.
func TestTheLastWordOfAMutedSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		mute(t, m, c)
		wait(6 * time.Hour)
		if is := e.screen().Doors[0].State; is != locker.Open {
			t.Errorf("want it open, got %s", is)
		}
	})
}

// A word that comes when its source is due to be heard again, and before anything else has, is newer than what was kept.
func TestTheWordWithWhichASourceIsHeardAgain(t *testing.T) {
	var after time.Duration // from the beginning
	for _, early := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			m := &memory{}
			began := time.Now()
			c, e := start(t, m)
			mute(t, m, c)
			if early == 0 {
				wait(6 * time.Hour)
				for _, r := range m.records {
					if _, heard := r.Event.(locker.SourceUnmuted); heard {
						after = r.At.Sub(began)
					}
				}
				return
			}
			wait(time.Until(began.Add(after - early)))
			m.stall(1300 * time.Millisecond) // a slow disk: the deadline passes meanwhile
			go func() { _ = c.Do(t.Context(), locker.SwitchSensed{Switch: locker.SwitchMains, Alarm: true}) }()
			wait(500 * time.Millisecond)
			if err := c.Submit(t.Context(), locker.LockSensed{Lock: lock, State: locker.Closed}); err != nil {
				t.Fatal(err)
			}
			wait(6 * time.Hour)
			if is := e.screen().Doors[0].State; is != locker.Closed {
				t.Errorf("want the newest word believed, got %s", is)
			}
		})
	}
}

// A line is judged in several ways; each has its last word.
func TestEachFindingHasItsLastWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, _ := start(t, m)
		both := func(bad bool) {
			for _, f := range []locker.Finding{locker.FindingErrors, locker.FindingSlow} {
				if err := c.Do(t.Context(), locker.BoardJudged{Bus: "main", Board: 1, Finding: f, Bad: bad}); err != nil {
					t.Fatal(err)
				}
				wait(time.Second)
			}
		}
		for len(events[locker.SourceMuted](m)) == 0 {
			both(true)
			both(false)
		}
		both(true)
		both(false)
		wait(48 * time.Hour)
		if raised, cleared := events[locker.FindingRaised](m), events[locker.FindingCleared](m); len(raised) != len(cleared) {
			t.Errorf("want none left, got %d raised and %d cleared", len(raised), len(cleared))
		}
	})
}

// breaksAsHeard fails the journal between the record that a source is heard again and the repetition of its word.
func breaksAsHeard(m *memory, e *ears) {
	e.shown = func() {
		if len(events[locker.SourceUnmuted](m)) > 0 {
			e.shown = nil
			m.fail(errors.New("disk full"), false)
		}
	}
}

// A word that waited for the journal comes before what the boards say once it can be written, and is not lost.
func TestAWordThatWaitsForTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		breaksAsHeard(m, e)
		mute(t, m, c)
		senses(t, c, locker.Closed)
		senses(t, c, locker.Open)
		wait(2 * time.Hour)
		m.fail(nil, false)
		for e.rechecks.Load() == 0 {
			wait(100 * time.Millisecond)
		}
		senses(t, c, locker.Closed) // as the boards answer
		wait(6 * time.Hour)
		if is := e.screen().Doors[0].State; is != locker.Closed {
			t.Errorf("want what is so now, got %s", is)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		breaksAsHeard(m, e)
		tamper := func(alarm bool) {
			if err := c.Do(t.Context(), locker.SwitchSensed{Switch: locker.SwitchTamper, Alarm: alarm}); err != nil {
				t.Fatal(err)
			}
			wait(time.Second)
		}
		for len(events[locker.SourceMuted](m)) == 0 {
			tamper(true)
			tamper(false) // taken: the pin does not say it again
		}
		wait(3 * time.Hour)
		m.fail(nil, false)
		wait(48 * time.Hour)
		if on, off := events[locker.SwitchAlarmed](m), events[locker.SwitchCleared](m); len(on) != len(off) {
			t.Errorf("want the casing shut, got %d alarms and %d ends", len(on), len(off))
		}
	})
}

// TestAResendThatReachedTheDiskAlone is still done, once the journal can be written.
func TestAResendThatReachedTheDiskAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		m.fail(errors.New("i/o error"), true)
		o := locker.Order{Kind: "resend", ID: "r1", Cabinet: "test", Issuer: "cloud", Issued: time.Now(), Expires: time.Now().Add(time.Hour), Resend: &locker.ResendOrder{}}
		if err := c.Do(t.Context(), locker.OrderReceived{Order: o}); err == nil {
			t.Fatal("want it out of order")
		}
		m.fail(nil, false)
		wait(2 * controller.Retry)
		if err := c.Do(t.Context(), locker.OrderReceived{Order: o}); err != nil { // as the link does until it is taken
			t.Fatal(err)
		}
		if asked := events[locker.ResendAsked](m); len(asked) != 1 || e.resends != 1 {
			t.Errorf("want it recorded and done once, got %d and %d", len(asked), e.resends)
		}
	})
}

// TestAnOutageIsNoRestart: one that was ordered is still to come.
func TestAnOutageIsNoRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		senses(t, c, locker.Open) // nothing restarts while a door stands open
		o := locker.Order{Kind: "restart", ID: "r1", Cabinet: "test", Issuer: "cloud", Issued: time.Now(), Expires: time.Now().Add(time.Hour), Restart: &locker.RestartOrder{}}
		if err := c.Do(t.Context(), locker.OrderReceived{Order: o}); err != nil {
			t.Fatal(err)
		}
		m.fail(errors.New("disk full"), false)
		_ = c.Do(t.Context(), locker.SwitchSensed{Switch: locker.SwitchMains, Alarm: true})
		m.fail(nil, false)
		wait(2 * controller.Retry)
		if done := events[locker.Restarted](m); len(done) > 0 {
			t.Errorf("want the restart still to come, got %+v", done)
		}
		senses(t, c, locker.Closed)
		wait(time.Hour)
		if begun := events[locker.RestartBegun](m); len(begun) != 1 || len(e.carried) != 1 {
			t.Errorf("want it begun, got %+v, carried %+v", begun, e.carried)
		}
	})
}
