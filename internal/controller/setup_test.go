package controller_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"lockerd/internal/controller"
	"lockerd/internal/locker"
)

// kiosk has somebody before it.
type kiosk struct {
	t *testing.T
	c *controller.Controller
	e *ears
}

func (k kiosk) do(in locker.Input) error {
	synctest.Wait()
	return k.c.Do(k.t.Context(), in)
}

func (k kiosk) tap(actions ...locker.Action) {
	k.t.Helper()
	for _, a := range actions {
		synctest.Wait()
		if err := k.do(locker.Tapped{Revision: k.e.screen().Revision, Action: a, Size: "S", Door: 2}); err != nil {
			k.t.Fatal(err)
		}
	}
}

// atLock is a technician with lock 2 of the found board at hand, and a second door to wire.
func atLock(t *testing.T, m *memory) kiosk {
	t.Helper()
	for i, event := range []locker.Event{locker.EpochBegun{Reason: locker.EpochNew},
		locker.TechnicianInvited{Technician: "grace", Enrolment: "e"},
		locker.TechnicianEnrolled{Technician: "grace", Enrolment: "e"}} {
		m.records = append(m.records, locker.Record{Epoch: "0011223344556677", Seq: uint64(i + 1), Event: event})
	}
	c, e := start(t, m)
	k := kiosk{t, c, e}
	k.tap(locker.ActionTechnician)
	app := []locker.AppCode{{Enrolment: "e", Step: 1}}
	for _, in := range []locker.TechnicianTyped{{PIN: []string{"grace"}}, {App: app}} {
		synctest.Wait()
		if !e.roster.Step.ForTechnicians() || e.roster.Revision != e.screen().Revision {
			t.Fatalf("want the desk briefed about what is on the screen, got %q", e.roster.Step)
		}
		in.Revision = e.roster.Revision
		if err := k.do(in); err != nil {
			t.Fatal(err)
		}
	}
	k.tap(locker.ActionSetup, locker.ActionLayout, locker.ActionAddDoor, locker.ActionBack, locker.ActionSurvey)
	if e.surveys != 1 {
		t.Fatalf("want boards looked for once, got %d", e.surveys)
	}
	found := []locker.FoundBoard{{Bus: "main", Family: "8A", Board: 1, Channels: 2}}
	if err := k.do(locker.SurveyEnded{Found: found}); err != nil {
		t.Fatal(err)
	}
	k.tap(locker.ActionWire)
	return k
}

func TestASetup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		k := atLock(t, m)
		k.tap(locker.ActionOpen)
		tried := locker.Lock{Bus: "main", Board: 1, Channel: 2}
		if r := k.e.releases; len(r) != 1 || r[0].Lock != tried || r[0].Unlock == "" || r[0].Until.IsZero() {
			t.Fatalf("want lock 2 released once, got %+v", r)
		}
		wait(plan().Times.Judge)
		k.tap(locker.ActionDoor, locker.ActionNoContact, locker.ActionSave, locker.ActionSaveEmpty)
		if len(k.e.installs) != 1 || len(k.e.installs[0].Doors) != 2 || k.e.installs[0].Doors[1].Lock != tried {
			t.Fatalf("want both doors put in force, got %+v", k.e.installs)
		}
		rechecks := k.e.rechecks.Load()
		k.tap(locker.ActionUndo, locker.ActionUndoYes)
		if k.e.undone != 1 || k.e.rechecks.Load() == rechecks {
			t.Fatalf("want the wiring before, and all states told anew; got %d, %d", k.e.undone, k.e.rechecks.Load())
		}

		_, after := start(t, m) // a restart does none of it again
		if len(after.releases) > 0 || after.surveys > 0 || len(after.installs) > 0 || after.undone > 0 {
			t.Fatalf("a restart did %+v", after)
		}
	})
}

func TestNoRecordNoTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		k := atLock(t, m)
		m.fail(errors.New("disk full"), true)
		err := k.do(locker.Tapped{Revision: k.e.screen().Revision, Action: locker.ActionOpen})
		if !errors.Is(err, controller.ErrOutOfOrder) || len(k.e.releases) > 0 {
			t.Fatalf("want nothing released without a record, got %v, %v", err, k.e.releases)
		}
	})
}
