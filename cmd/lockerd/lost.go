package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"lockerd/internal/controller"
	"lockerd/internal/credential"
	"lockerd/internal/journal"
	"lockerd/internal/locker"
	"lockerd/internal/sync"
	"lockerd/internal/ui"
)

// lostKey says which key an error is about, if it is about one. A key that is missing, damaged or another one than the
// journal's is a state of its own: nothing is begun anew and nothing is called damaged for it.
func lostKey(err error) (*credential.LostKey, bool) {
	var lost *credential.LostKey
	var wrong *journal.WrongKey
	switch {
	case errors.As(err, &lost):
		return lost, true
	case errors.Is(err, journal.ErrKey):
		return &credential.LostKey{Name: credential.MasterFile, Why: "not the one that the journal is under"}, true
	case errors.As(err, &wrong):
		return &credential.LostKey{Name: wrong.Name, Why: "not the one that it was"}, true
	}
	return nil, false
}

// lookAgain is how often it is looked whether the keys are there.
const lookAgain = 10 * time.Second

// wait keeps the cabinet out of order, for everybody to see, until its keys are there, and returns with the journal open;
// without one when ctx ends. There is no controller meanwhile and no board is opened, so nothing can open; an order is not
// acknowledged, so it comes again.
func wait(ctx context.Context, cfg *config, lost *credential.LostKey, log *slog.Logger) (
	*credential.Keys, *journal.Journal, error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	password, err := cfg.password()
	if err != nil {
		return nil, nil, err
	}
	s := &standby{cfg: cfg, clock: newClock(cfg.Clock), alive: newWatchdog(log), log: log, end: end}
	s.cloud, err = sync.New(cfg.Cabinet, release(), cfg.Cloud, password, nobody{}, nobody{}, nobody{}, log.With("part", "cloud"))
	if err != nil {
		return nil, nil, err
	}
	s.kiosk, err = ui.New(cfg.Kiosk, nobody{}, nobody{}, log.With("part", "kiosk"))
	if err != nil {
		return nil, nil, err
	}
	s.tell(lost)
	c := &cabinet{log: log}
	c.owners = append(c.owners, s.kiosk.Run, s.cloud.Run, c.ready(s.kiosk), s.Run)
	err = c.run(ctx)
	return s.keys, s.memory, err
}

// standby is a cabinet without its keys.
type standby struct {
	cfg   *config
	kiosk *ui.Server
	cloud *sync.Link
	clock func() locker.Now
	alive func()
	log   *slog.Logger
	end   func() // ends the wait

	lost   credential.LostKey
	keys   *credential.Keys
	memory *journal.Journal
}

// tell says which key is lost. Of the doors nothing is known.
func (s *standby) tell(lost *credential.LostKey) {
	s.lost = *lost
	s.log.Error("ALARM: a key is lost; out of order, and nothing opens; see docs/operator.md",
		"key", lost.Name, "because", lost.Why)
	state := locker.NewState(s.cfg.plan())
	s.kiosk.Show(state.OutOfOrder(s.clock()))
	sum := state.Summary(s.clock())
	sum.Version, sum.Service = release(), "out_of_order"
	sum.Faults = []locker.Fault{{Kind: "key_lost", What: lost.Name, Why: lost.Why}}
	s.cloud.Report(sum)
}

// Run looks whether the keys are there until they are, or ctx ends. It shows that it is alive as the controller would.
func (s *standby) Run(ctx context.Context) error {
	tick := time.NewTicker(controller.Beat)
	defer tick.Stop()
	for next := time.Now().Add(lookAgain); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if s.alive(); time.Now().Before(next) {
			continue
		}
		next = time.Now().Add(lookAgain)
		var err error
		s.keys, s.memory, err = s.cfg.remember(s.log)
		lost, isLost := lostKey(err)
		if !isLost {
			s.end()
			return err
		}
		if *lost != s.lost {
			s.tell(lost)
		}
	}
}

// nobody stands for all that is not there while a key is lost.
type nobody struct{}

var errKeyLost = errors.New("a key is lost")

func (nobody) Outgoing(uint64, int) ([]locker.Outgoing, error) { return nil, nil }
func (nobody) Confirmed() uint64                               { return 0 }
func (nobody) Last() (string, uint64)                          { return "", 0 }
func (nobody) Do(context.Context, locker.Input) error          { return errKeyLost }
func (nobody) Confirm(string, uint64)                          {}
func (nobody) Order([]byte) ([]byte, string, error)            { return nil, "", errKeyLost }
func (nobody) Open([]byte) ([]byte, error)                     { return nil, errKeyLost }
func (nobody) Box([]byte) locker.Box                           { return nil }
func (nobody) Hash(string) locker.Hash                         { return locker.Hash{} }
func (nobody) Press(context.Context, ui.Press) error           { return nil }
func (nobody) Measure(context.Context) ui.Measured             { return ui.Measured{} }
func (nobody) Photo(context.Context, uint64) ([]byte, error)   { return nil, errKeyLost }
