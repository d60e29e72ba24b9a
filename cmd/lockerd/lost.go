package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

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
	keys *credential.Keys, memory *journal.Journal, err error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	password, err := cfg.password()
	if err != nil {
		return nil, nil, err
	}
	cloud, err := sync.New(cfg.Cabinet, release(), cfg.Cloud, password, nobody{}, nobody{}, nobody{}, log.With("part", "cloud"))
	if err != nil {
		return nil, nil, err
	}
	kiosk, err := ui.New(cfg.Kiosk, nobody{}, nobody{}, log.With("part", "kiosk"))
	if err != nil {
		return nil, nil, err
	}
	clock, alive := newClock(cfg.Clock), newWatchdog(log)
	tell := func(lost *credential.LostKey) {
		log.Error("ALARM: a key is lost; out of order, and nothing opens; see docs/operator.md",
			"key", lost.Name, "because", lost.Why)
		state := locker.NewState(cfg.plan())
		kiosk.Show(state.OutOfOrder(clock()))
		sum := state.Summary(clock())
		sum.Version, sum.Service = release(), "out_of_order"
		sum.Faults = []locker.Fault{{Kind: "key_lost", What: lost.Name, Why: lost.Why}} // of the doors nothing is known
		cloud.Report(sum)
	}
	tell(lost)
	look := func(ctx context.Context) error {
		tick := time.NewTicker(time.Second) // as often as the controller shows that it is alive
		defer tick.Stop()
		for next := time.Now().Add(lookAgain); ; {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
			if alive(); time.Now().Before(next) {
				continue
			}
			next = time.Now().Add(lookAgain)
			var err error
			keys, memory, err = cfg.remember(log)
			now, isLost := lostKey(err)
			if !isLost {
				end()
				return err
			}
			if *now != *lost {
				lost = now
				tell(lost)
			}
		}
	}
	c := &cabinet{log: log}
	c.owners = append(c.owners, kiosk.Run, cloud.Run, c.ready(kiosk), look)
	err = c.run(ctx)
	return keys, memory, err
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
