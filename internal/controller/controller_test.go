package controller_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/controller"
	"lockerd/internal/locker"
)

// memory is a journal that can be made to fail. After a failure it holds what the test says reached the disk.
type memory struct {
	mu       sync.Mutex
	records  []locker.Record
	fails    error
	reaches  bool          // what failed is on the disk all the same
	slow     time.Duration // what the next write takes
	confirms []uint64
	untidy   error         // what Tidy says
	begun    *locker.Event // what the next confirmation makes the journal begin with
}

func (m *memory) Load() ([]byte, []locker.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails != nil {
		return nil, nil, m.fails
	}
	return nil, slices.Clone(m.records), nil
}

func (m *memory) Append(now locker.Now, events []locker.Event) ([]locker.Record, error) {
	m.mu.Lock()
	slow := m.slow
	m.slow = 0
	m.mu.Unlock()
	time.Sleep(slow)
	m.mu.Lock()
	defer m.mu.Unlock()
	var made []locker.Record
	for _, e := range events {
		made = append(made, locker.Record{Epoch: "0011223344556677", Seq: uint64(len(m.records) + len(made) + 1),
			At: now.Wall, Known: now.Known, Up: now.Up.Truncate(time.Millisecond), Event: e})
	}
	if m.fails == nil || m.reaches {
		m.records = append(m.records, made...)
	}
	return made, m.fails
}

func (m *memory) Tidy(locker.Now, uint64, func() ([]byte, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.untidy
}

func (m *memory) Confirm(a locker.Ack) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.confirms = append(m.confirms, a.Seq)
	if m.begun == nil {
		return nil
	}
	m.records = append(m.records, locker.Record{Epoch: m.records[0].Epoch, Seq: uint64(len(m.records) + 1), Event: *m.begun})
	m.begun = nil
	return locker.ErrShortened
}

// fail makes every write and read fail from now on, or none.
func (m *memory) fail(err error, reaches bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails, m.reaches = err, reaches
}

// stall lets the next write take a while.
func (m *memory) stall(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.slow = d
}

// last is the newest event.
func (m *memory) last() locker.Event { return m.records[len(m.records)-1].Event }

// wait lets time pass and everybody finish what they then do.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// ears hear what the controller says to the world.
type ears struct {
	mu       sync.Mutex // over expects and releases, where a test looks between two of them
	expects  []locker.Lock
	releases []locker.Release
	rechecks atomic.Int64
	views    []locker.View
	reports  []locker.Summary
	surveys  int
	installs []locker.Setup
	undone   int
	roster   locker.Roster
	erased   []locker.Erasure
	trusted  [][]locker.Issuer
	carried  []locker.Event // of payments, and to the machine
	shown    func()         // called at each view, if there is one
	resends  int
	alive    atomic.Int64
	serves   atomic.Bool
}

func (e *ears) Expect(l locker.Lock) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expects = append(e.expects, l)
}

func (e *ears) Release(r locker.Release) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.releases = append(e.releases, r)
}

// lines is what the locks' lines were told so far.
func (e *ears) lines() ([]locker.Lock, []locker.Release) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.expects), slices.Clone(e.releases)
}

func (e *ears) serve(yes bool) { e.serves.Store(yes) }
func (e *ears) Recheck()       { e.rechecks.Add(1) }
func (e *ears) Show(v locker.View) {
	e.views = append(e.views, v)
	if e.shown != nil {
		e.shown()
	}
}
func (e *ears) Report(s locker.Summary) { e.reports = append(e.reports, s) }
func (e *ears) Resend(uint64)           { e.resends++ }
func (e *ears) Resume(uint64, uint64)   { e.resends++ }
func (e *ears) Take(locker.PhotoWanted) {}
func (e *ears) Brief(r locker.Roster)   { e.roster = r }
func (e *ears) Survey()                 { e.surveys++ }
func (e *ears) Install(s locker.Setup)  { e.installs = append(e.installs, s) }
func (e *ears) Undo()                   { e.undone++ }
func (e *ears) Erase(under []locker.Erasure, _ uint64, _ []byte) {
	e.erased = append(e.erased, under...)
}
func (e *ears) Trust(list []locker.Issuer) { e.trusted = append(e.trusted, list) }
func (e *ears) Grown()                     {}
func (e *ears) Carry(c locker.Event)       { e.carried = append(e.carried, c) }
func (e *ears) screen() locker.View        { return e.views[len(e.views)-1] }
func (e *ears) lastReport() locker.Summary { return e.reports[len(e.reports)-1] }

var lock = locker.Lock{Bus: "main", Board: 1, Channel: 1}

func plan() *locker.Config {
	return &locker.Config{Cabinet: "test", Doors: []locker.DoorPlan{{Number: 1, Size: "S", Column: 1, Lock: lock}},
		Sizes: []locker.Size{{Name: "S", Height: 80}}, Languages: []string{"en"}, Times: locker.DefaultTimes(),
		WrongTries: 5, FailedUnlocks: 3, BreakerDoors: 5, Undo: true, Resend: true,
		Issuers:     []locker.Issuer{{ID: "cloud", Key: "AAAA", Signs: []string{locker.SignsOrders}}},
		Technicians: []locker.Technician{{ID: "grace", Name: "Grace", Role: locker.RoleChief}}}
}

// start runs a controller in the bubble of the test.
func start(t *testing.T, m *memory) (*controller.Controller, *ears) {
	t.Helper()
	if len(m.records) == 0 {
		m.records = []locker.Record{{Epoch: "0011223344556677", Seq: 1, Event: locker.EpochBegun{Reason: locker.EpochNew}}}
	}
	e := &ears{}
	began := time.Now()
	c := controller.New(plan(), controller.Parts{Started: func() locker.Started { return locker.Started{Version: "test", Alive: time.Now().UTC()} }, Serve: e.serve, Journal: m, Keeper: m, Board: e, Screen: e,
		Cloud: e, Camera: e, Installer: e, Desk: e, Gate: e, Eraser: e, Terminal: e, Remote: e,
		Clock: func() locker.Now { return locker.Now{Wall: time.Now().UTC(), Up: time.Since(began), Known: true} },
		Alive: func() { e.alive.Add(1) }, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("want nil from Run, got %v", err)
		}
	})
	synctest.Wait()
	return c, e
}

// order asks for door 1.
func order(id string) locker.Input {
	return locker.OrderReceived{Order: locker.Order{ID: id, Kind: "door.unlock", Cabinet: "test",
		Expires: time.Now().Add(time.Hour), Unlock: &locker.UnlockOrder{Door: 1}}}
}

func TestNoRecordNoUnlock(t *testing.T) {
	for _, reaches := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := &memory{}
			c, e := start(t, m)
			m.fail(errors.New("disk full"), reaches)
			if err := c.Do(t.Context(), order("o1")); !errors.Is(err, controller.ErrOutOfOrder) {
				t.Fatalf("want out of order, got %v", err)
			}
			if len(e.releases) > 0 {
				t.Fatalf("the journal failed and the board heard %v", e.releases)
			}
			if s := e.screen().Step; s != locker.StepOutOfOrder {
				t.Fatalf("want out of order on the screen, got %q", s)
			}
			if s := e.lastReport().Service; s != "out_of_order" {
				t.Fatalf("want out of order in the state, got %q", s)
			}

			// Back again: what the failed write left on the disk has happened, but nobody acts on it any more.
			m.fail(nil, false)
			wait(2 * controller.Retry)
			if s := e.screen().Step; s != locker.StepHome {
				t.Fatalf("want the kiosk back, got %q", s)
			}
			begun := events[locker.RunStarted](m)
			if last := begun[len(begun)-1]; len(begun) != 2 || !last.Alive.After(begun[0].Alive) {
				t.Fatalf("want a start of its own, since what was alive last, got %+v", begun)
			}
			if len(e.releases) > 0 || e.rechecks.Load() != 1 {
				t.Fatalf("want no release and the doors asked anew, got %v and %d", e.releases, e.rechecks.Load())
			}
			if err := c.Do(t.Context(), order("o2")); err != nil || len(e.releases) != 1 {
				t.Fatalf("want the next order followed, got %v and %v", err, e.releases)
			}
		})
	}
}

func TestAnUnlockIsOnDiskBeforeItIsOnTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		if err := c.Do(t.Context(), order("o1")); err != nil {
			t.Fatal(err)
		}
		if len(e.releases) != 1 || e.releases[0].Lock != lock {
			t.Fatalf("want one release of %s, got %v", lock, e.releases)
		}
		found := slices.ContainsFunc(m.records, func(r locker.Record) bool {
			u, ok := r.Event.(locker.UnlockRequested)
			return ok && u.Unlock == e.releases[0].Unlock
		})
		if !found {
			t.Fatal("want the intent in the journal")
		}
	})
}

func TestARestartReplaysNoUnlock(t *testing.T) {
	m := &memory{}
	synctest.Test(t, func(t *testing.T) {
		c, e := start(t, m)
		if err := c.Do(t.Context(), order("o1")); err != nil || len(e.releases) != 1 {
			t.Fatalf("want one release, got %v, %v", e.releases, err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		_, e := start(t, m)
		if len(e.releases) > 0 {
			t.Fatalf("the run before asked for it, and this one released %v", e.releases)
		}
	})
}

func TestAnUnreadableJournalAtTheStartIsAMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{fails: errors.New("input/output error")}
		_, e := start(t, m)
		if s := e.screen().Step; s != locker.StepOutOfOrder {
			t.Fatalf("want out of order, got %q", s)
		}
		before := e.alive.Load()
		if wait(time.Minute); e.serves.Load() {
			t.Fatal("what records nothing serves nobody")
		}
		if e.alive.Load() == before {
			t.Fatal("out of order is a mode: the watchdog hears of it")
		}
		m.fail(nil, false)
		wait(2 * controller.Retry)
		if s := e.screen().Step; s != locker.StepHome {
			t.Fatalf("want the kiosk, got %q", s)
		}
		if !e.serves.Load() {
			t.Fatal("want it serving again")
		}
	})
}

func TestDeadlinesComeByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, _ := start(t, m)
		if err := c.Do(t.Context(), order("o1")); err != nil {
			t.Fatal(err)
		}
		wait(locker.DefaultTimes().Judge + time.Second)
		ended, ok := m.last().(locker.UnlockEnded)
		if !ok || ended.Outcome != locker.OutcomeUnknown {
			t.Fatalf("want the unlock judged unknown, got %+v", m.last())
		}
	})
}

func TestConfirmTellsTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, _ := start(t, m)
		for seq := range uint64(100) {
			c.Confirm(locker.Ack{Epoch: "0011223344556677", Seq: seq})
		}
		synctest.Wait()
		if n := len(m.confirms); n == 0 || m.confirms[n-1] != 99 {
			t.Fatalf("want 99 to be the last, got %v", m.confirms)
		}
		m.stall(time.Second)
		if err := c.Submit(t.Context(), order("o1")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		c.Confirm(locker.Ack{Epoch: "0011223344556677", Seq: 200})
		for range 1000 {
			c.Confirm(locker.Ack{Epoch: "0011223344556677", Seq: 150}) // repeated, while the loop is busy
		}
		wait(2 * time.Second)
		if n := len(m.confirms); m.confirms[n-1] != 200 {
			t.Errorf("want 200 to be heard whatever was repeated after it, got %v", m.confirms)
		}
	})
}

// TestATakenJournalIsNoticedWhileNobodyComes: the keeper looks at each beat.
func TestATakenJournalIsNoticedWhileNobodyComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		_, e := start(t, m)
		gone := errors.New("it was removed")
		m.mu.Lock()
		m.untidy = gone
		m.mu.Unlock()
		m.fail(gone, false)
		wait(2 * controller.Beat)
		if s := e.screen().Step; s != locker.StepOutOfOrder || e.serves.Load() {
			t.Fatalf("want out of order and nobody served, got %q", s)
		}
		if f := e.lastReport().Faults; len(f) == 0 || f[len(f)-1].Why != gone.Error() {
			t.Errorf("want it said why, got %v", f)
		}
	})
}

// TestAShortenedJournalBeginsAnew: once the cloud has said that records are missing nothing opens on what is here before the
// new epoch is believed.
func TestAShortenedJournalBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		begun := locker.Event(locker.EpochBegun{Reason: locker.EpochShortened})
		m.mu.Lock()
		m.begun = &begun
		m.mu.Unlock()
		c.Confirm(locker.Ack{Epoch: "0011223344556677", Seq: 99})
		synctest.Wait()
		if _, ok := m.last().(locker.RunStarted); !ok || e.screen().Step != locker.StepHome || e.rechecks.Load() != 1 {
			t.Errorf("want it begun as after a restart, got %+v, %q and %d", m.last(), e.screen().Step, e.rechecks.Load())
		}
		if err := c.Do(t.Context(), order("o1")); err != nil {
			t.Errorf("want it to go on, got %v", err)
		}
	})
}

// TestAMoveIsNotWritten: what only says where somebody is on the screen is shown, and needs no disk, not even one that works;
// what is written down is what it was before: of the rest, in order.
func TestAMoveIsNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		tap := func(a locker.Action, language string) {
			t.Helper()
			if err := c.Do(t.Context(), locker.Tapped{Revision: e.screen().Revision, Action: a, Language: language}); err != nil {
				t.Fatal(err)
			}
		}
		tap(locker.ActionPickup, "")
		if last := m.records[len(m.records)-1]; last.Event.Kind() != "session.started" || e.screen().Step != locker.StepCode {
			t.Fatalf("want a session and no more written, and the code asked for; got %s and %s", last.Event.Kind(), e.screen().Step)
		}
		before, reports := len(m.records), e.lastReport().Seq
		tap(locker.ActionResend, "")
		if e.screen().Step != locker.StepResend {
			t.Fatalf("want the phone asked for, got %s", e.screen().Step)
		}
		tap(locker.ActionBack, "")
		if n := len(m.records) - before; n > 0 || e.lastReport().Seq != reports {
			t.Fatalf("want nothing written and the cloud told nothing, got %d records", n)
		}
		if err := c.Do(t.Context(), order("o1")); err != nil || len(e.releases) != 1 {
			t.Fatalf("want an order followed after moves, got %v and %v", err, e.releases)
		}
	})
}

func TestAnInputThatYieldsNothingWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, _ := start(t, m)
		before := len(m.records)
		if err := c.Do(t.Context(), locker.Present{}); err != nil {
			t.Fatal(err)
		}
		if len(m.records) != before {
			t.Fatalf("want nothing written, got %d records", len(m.records)-before)
		}
	})
}
