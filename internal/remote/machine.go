package remote

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"lockerd/internal/locker"
)

// Parts are what Machine works with.
type Parts struct {
	Configs *Configs
	Look    func() Seen
	Report  func() locker.Report // without its log
	Ring    *Ring
	Brought
	// Tell returns once an input is recorded, or why it could not be.
	Tell func(context.Context, locker.Input) error
	// Restart ends the run, so that another one begins.
	Restart func()
	Log     *slog.Logger
}

// Brought is what goes over the network for orders.
type Brought struct {
	Uploads   *Uploads
	Playlists *Playlists
}

// Offer checks and keeps what only an order says, before the order is judged. A refusal is a text; an error says that the disk did not
// take it.
func (b Brought) Offer(o *locker.Order) (refusal string, err error) {
	switch {
	case o.Upload != nil:
		return b.Uploads.Offer(o.ID, o.Upload)
	case o.Playlist != nil:
		return b.Playlists.Offer(o.ID, o.Playlist)
	}
	return "", nil
}

// Times of Machine.
const (
	lookEvery = time.Second     // at a trial
	tellAgain = 3 * time.Second // after something could not be recorded
)

// Machine carries out what was recorded of orders about the machine. Run owns it.
type Machine struct {
	Parts
	asked chan locker.Event
}

// NewMachine makes one.
func NewMachine(p Parts) *Machine { return &Machine{Parts: p, asked: make(chan locker.Event, 32)} }

// Carry takes a record that asks for something. It never blocks; there is room for as many as the rules let be asked at a time.
func (m *Machine) Carry(e locker.Event) {
	switch e := e.(type) {
	case locker.EvidenceAsked:
		m.Uploads.add(e)
		return
	case locker.PlaylistAsked:
		m.Playlists.add(e)
		return
	}
	select {
	case m.asked <- e:
	default:
		m.Log.Error("more is asked of the machine than there is room for", "kind", e.Kind())
	}
}

// Run carries out what is asked until ctx ends, and judges the trial of the configuration in force.
func (m *Machine) Run(ctx context.Context) error {
	began := time.Now()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	if m.Configs.Trial() == nil {
		look.Stop()
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-m.asked:
			m.carry(ctx, e)
		case <-look.C:
			if m.judge(ctx, time.Since(began)) {
				look.Stop()
			}
		}
	}
}

// tell tells the rules something until it is recorded; false if ctx ended before.
func (m *Machine) tell(ctx context.Context, in locker.Input) bool {
	for m.Tell(ctx, in) != nil {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(tellAgain):
		}
	}
	return ctx.Err() == nil
}

func (m *Machine) carry(ctx context.Context, e locker.Event) {
	switch e := e.(type) {
	case locker.ConfigBegun:
		m.apply(ctx, e)
	case locker.RestartBegun:
		m.Log.Info("beginning anew by order", "order", e.Order)
		m.Restart()
	case locker.ReportAsked:
		report := m.Report()
		report.Log, report.Left = m.Ring.Lines(e.From, e.Until, mostLog)
		m.tell(ctx, locker.Reported{Order: e.Order, Report: report})
	}
}

// apply puts a configuration in force and restarts.
func (m *Machine) apply(ctx context.Context, e locker.ConfigBegun) {
	trial := Trial{Within: cmp.Or(time.Duration(e.Within)*time.Millisecond, UsualTrial), Silent: m.Look().Dead}
	if err := m.Configs.Apply(locker.Configured{Order: e.Order, Version: e.Version, SHA256: e.SHA256}, trial); err != nil {
		m.Log.Error("the configuration stays as it is", "order", e.Order, "err", err)
		m.tell(ctx, locker.ConfigUnapplied{Order: e.Order, Why: locker.ConfigLost, Detail: Short(err.Error())})
		return
	}
	m.Log.Info("beginning anew with another configuration, on trial", "version", e.Version, "within", trial.Within)
	m.Restart()
}

// judge judges the trial of the configuration in force; true: it is over.
func (m *Machine) judge(ctx context.Context, lasted time.Duration) bool {
	verdict, why, detail := m.Configs.Trial().judge(lasted, m.Look())
	var err error
	switch verdict {
	case undecided:
		return false
	case kept:
		if err = m.Configs.Keep(); err == nil {
			return m.tell(ctx, m.Configs.Stands())
		}
	case failed:
		if err = m.Configs.RollBack(why, detail); err == nil {
			m.Log.Error("ALARM: the configuration is rolled back; beginning anew with the one before", "why", why, "detail", detail)
			m.Restart()
			return true
		}
	}
	m.Log.Error("the trial of a configuration cannot end", "err", err) // again in a second
	return false
}
