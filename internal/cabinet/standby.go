package cabinet

import (
	"context"
	"errors"
	"time"

	"lockerd/internal/controller"
	"lockerd/internal/credential"
	"lockerd/internal/journal"
	"lockerd/internal/locker"
	"lockerd/internal/metrics"
	"lockerd/internal/sync"
	"lockerd/internal/ui"
)

// LostKey says which key an error is about, if any. A key that is missing, damaged or not the journal's is a state of its
// own: nothing is begun anew, and nothing counts as damaged because of it.
func LostKey(err error) (*credential.LostKey, bool) {
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

// outage is why there is no journal, as a fault of the state.
func outage(err error) locker.Fault {
	if lost, ok := LostKey(err); ok {
		return locker.Fault{Kind: "key_lost", What: lost.Name, Why: lost.Why}
	}
	return locker.Fault{Kind: "journal_unwritable", Why: err.Error()}
}

// wait keeps the cabinet visibly out of order until its keys are there and its journal is open, whatever the disk refuses;
// without a journal it returns when ctx ends. Meanwhile there is no controller and no board is open, so nothing can unlock;
// orders are not acknowledged, so they come again.
func (c *Cabinet) wait(ctx context.Context, why error) (*credential.Keys, *journal.Journal, error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	issuers, err := credential.NewIssuers(c.cfg.Issuers)
	if err != nil {
		return nil, nil, err
	}
	s := &standby{Cabinet: c, clock: controller.Clock(c.cfg.Clock, c.Clock), end: end}
	s.meter = c.meter(nil, s.clock)
	s.alive = s.meter.Alive(controller.Watchdog(c.Log))
	s.cloud = sync.New(c.cfg.Cabinet, c.Version, c.cfg.Cloud, c.cfg.Password, nobody{}, nobody{},
		unkeyed{issuers, nobody{}}, c.part("cloud"))
	s.meter.Watch(nil, s.cloud.Gauges)
	if s.kiosk, err = ui.New(c.cfg.kioskConfig(nil), nobody{}, nobody{}, c.part("kiosk")); err != nil {
		return nil, nil, err
	}
	s.tell(outage(why))
	all := &owners{log: c.Log}
	all.add("kiosk", s.kiosk.Run)
	all.add("cloud", s.cloud.Run)
	all.add("metrics", s.meter.Run)
	all.add("ready", ready(s.kiosk))
	all.add("standby", s.Run)
	err = all.run(ctx)
	return s.keys, s.memory, err
}

// standby is a cabinet without its keys or its journal.
type standby struct {
	*Cabinet
	kiosk *ui.Server
	cloud *sync.Link
	meter *metrics.Meter
	clock func() locker.Now
	alive func()
	end   func() // ends the wait

	why    locker.Fault
	keys   *credential.Keys
	memory *journal.Journal
}

// tell reports why nothing opens. Nothing is known of the doors.
func (s *standby) tell(why locker.Fault) {
	s.why = why
	s.Log.Error("ALARM: out of order, and nothing opens; see docs/operator.md", "fault", why.Kind, "key", why.What, "because", why.Why)
	state := locker.NewState(s.cfg.Plan())
	s.kiosk.Show(state.OutOfOrder(s.clock()))
	sum := state.Summary(s.clock())
	sum.Version, sum.Service = s.Version, "out_of_order"
	sum.Faults = []locker.Fault{why}
	s.meter.Report(sum)
	s.cloud.Report(sum)
}

// Run tries again until keys and journal are there, or ctx ends. It pings the watchdog as the controller would.
func (s *standby) Run(ctx context.Context) error {
	tick := time.NewTicker(controller.Beat)
	defer tick.Stop()
	for next := time.Now().Add(controller.Retry); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if s.alive(); time.Now().Before(next) {
			continue
		}
		err := s.try()
		if err == nil {
			s.end()
			return nil
		}
		if why := outage(err); why != s.why {
			s.tell(why)
		}
		next = time.Now().Add(controller.Retry)
	}
}

// try does what a start does. It reads the configuration again, since the wiring may be on the missing disk.
func (s *standby) try() error {
	cfg, err := Load(s.cfg.path)
	if err != nil {
		return err
	}
	keys, memory, err := cfg.remember(s.Log)
	if err != nil {
		return err
	}
	s.cfg, s.keys, s.memory = cfg, keys, memory
	return nil
}

// unkeyed only knows whose signatures count: so real orders are distinguished from others, which are not kept for later.
type unkeyed struct {
	*credential.Issuers
	nobody
}

// nobody replaces the parts that do not exist without a journal.
type nobody struct{}

var errOutOfOrder = errors.New("out of order: there is no journal")

func (nobody) Outgoing(uint64, int) ([]locker.Outgoing, error)  { return nil, nil }
func (nobody) Confirmed() uint64                                { return 0 }
func (nobody) Last() (string, uint64)                           { return "", 0 }
func (nobody) Do(context.Context, locker.Input) error           { return errOutOfOrder }
func (nobody) Check(locker.Ack) error                           { return locker.ErrAcked }
func (nobody) Confirm(locker.Ack)                               {}
func (nobody) Open([]byte) ([]byte, error)                      { return nil, errOutOfOrder }
func (nobody) Box([]byte) locker.Box                            { return nil }
func (nobody) Hash(string) locker.Hash                          { return locker.Hash{} }
func (nobody) Press(context.Context, ui.Press) error            { return nil }
func (nobody) Measure(context.Context, locker.Step) ui.Measured { return ui.Measured{} }
func (nobody) Photo(context.Context, uint64) ([]byte, error)    { return nil, errOutOfOrder }
