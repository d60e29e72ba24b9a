// Package controller runs the rules: it owns the state and is the only goroutine that changes it.
// It records, believes, acts and shows, in that order and in one place; it never decides anything itself.
package controller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"lockerd/internal/locker"
)

// Journal stores the events. An event that is not in it has not happened.
type Journal interface {
	// Load reads again what is on disk: the newest snapshot (the state's JSON; nil if there is none) and the records after
	// it.
	Load() (snapshot []byte, after []locker.Record, err error)
	// Append writes events, all or none, and returns once they are safe from a power cut.
	Append(now locker.Now, events []locker.Event) ([]locker.Record, error)
}

// Keeper does the journal's periodic work.
type Keeper interface {
	// Tidy may store a snapshot of the state and drop records that are no longer needed. An error says that the journal is
	// unusable.
	Tidy(now locker.Now, seq uint64, state func() ([]byte, error)) error
	// Confirm records that the cloud has everything up to a record. After locker.ErrShortened a new epoch has begun.
	Confirm(locker.Ack) error
}

// Board opens locks. None of its methods blocks.
type Board interface {
	// Expect says that a release of the lock follows once its record is written, if it can be: until then its line had better
	// be free. It opens nothing.
	Expect(locker.Lock)
	// Release pulses a lock once, or reports that it did not.
	Release(locker.Release)
	// Recheck reports the state of every lock again.
	Recheck()
}

// Screen shows the newest view. It never blocks.
type Screen interface {
	Show(locker.View)
}

// Desk judges what technicians type before it is an input. It never blocks.
type Desk interface {
	Brief(locker.Roster)
}

// Gate checks signatures before anything that is signed is an input. It never blocks.
type Gate interface {
	// Trust says whose signatures count from now on.
	Trust([]locker.Issuer)
}

// Cloud sends records and the state to the cloud. None of its methods blocks.
type Cloud interface {
	Report(locker.Summary)
	// Grown says that the journal has new records.
	Grown()
	// Resend asks for everything after a record once more.
	Resend(after uint64)
	// Resume is Resend for a request of which nobody knows whether it was done; it is if the cloud has confirmed the record asked.
	Resume(after, asked uint64)
}

// Camera takes photos. It does not block: the result returns as an input.
type Camera interface {
	Take(locker.PhotoWanted)
}

// Eraser destroys a person's data. It does not block: its completion returns as an input.
type Eraser interface {
	// Erase receives all erasures in progress, and the state without the persons' data: its JSON as of record seq.
	Erase(under []locker.Erasure, seq uint64, state []byte)
}

// Remote carries out what orders ask of the machine itself. It does not block: the results return as inputs.
type Remote interface {
	Carry(locker.Event)
}

// Parts are what the controller works with.
type Parts struct {
	Started   func() locker.Started // what each begin tells the rules
	Clock     func() locker.Now
	Journal   Journal
	Keeper    Keeper
	Board     Board
	Screen    Screen
	Desk      Desk
	Gate      Gate
	Cloud     Cloud
	Camera    Camera
	Installer Installer
	Terminal  Terminal // nil: there is none
	Eraser    Eraser
	Remote    Remote
	// Serve is told whether inputs are recorded and followed. It does not block.
	Serve func(bool)
	// Alive is called from the loop at least every Beat. It pings the watchdog, so that a stuck loop is noticed.
	Alive func()
	Log   *slog.Logger
}

// Beat is how often the loop shows that it is alive; Retry is how often it tries a journal that could not be written.
const (
	Beat  = time.Second
	Retry = 3 * time.Second
)

// heldUp is how long beyond a beat the loop may stand still before the boards are asked again: short delays of a busy
// machine are below it.
const heldUp = 500 * time.Millisecond

// ErrOutOfOrder says that an input was not accepted because the journal cannot be written at the moment.
var ErrOutOfOrder = errors.New("controller: out of order: the journal cannot be written")

type job struct {
	in   locker.Input
	made time.Time    // when it was handed in
	done chan<- error // nil: nobody waits
}

// Controller owns the state. All its methods but Run may be called from any goroutine.
type Controller struct {
	parts   Parts
	plan    *locker.Config
	state   *locker.State
	jobs    chan job
	confirm chan locker.Ack
	// broken is why the cabinet is out of order; the state is then invalid until it is loaded again.
	broken error
	retry  time.Time // when the journal is tried again
	// awake is when the loop was last seen running.
	awake time.Time
	// unheard holds the newest inputs of muted sources; again, those to be repeated now that their source is heard.
	unheard map[string]unheard
	again   []locker.Input
	picture locker.Picture
	// times is what the state believes about the time of day, for code outside the loop that must not trust the clock
	// itself; nil before it is known.
	times atomic.Pointer[locker.Timekeeping]
	// deadline rings when something changes by itself. It is set after every step: only steps change the state.
	deadline *time.Timer
}

// New makes a controller for a cabinet. It does nothing until Run.
func New(plan *locker.Config, parts Parts) *Controller {
	return &Controller{
		parts: parts, plan: plan, state: locker.NewState(plan),
		unheard: make(map[string]unheard), jobs: make(chan job, 64), confirm: make(chan locker.Ack, 1), deadline: time.NewTimer(time.Hour),
	}
}

// Submit hands in an input without waiting for the result. It fails only when ctx ends first.
func (c *Controller) Submit(ctx context.Context, in locker.Input) error {
	select {
	case c.jobs <- job{in: in, made: time.Now()}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Do hands in an input and returns once its events are on disk and acted on, or the reason why that was impossible.
func (c *Controller) Do(ctx context.Context, in locker.Input) error {
	done := make(chan error, 1)
	select {
	case c.jobs <- job{in: in, made: time.Now(), done: done}:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Confirm records that the cloud has everything up to a record. It does not block: of several waiting acks the one that goes
// furthest counts.
func (c *Controller) Confirm(a locker.Ack) {
	for {
		select {
		case c.confirm <- a:
			return
		default:
		}
		select {
		case waiting := <-c.confirm:
			if waiting.Seq > a.Seq {
				a = waiting
			}
		default:
		}
	}
}

// Run is the loop. It returns nil when ctx ends.
func (c *Controller) Run(ctx context.Context) error {
	if err := c.begin(false); err != nil {
		c.breakDown(err)
	}
	beat := time.NewTicker(Beat)
	defer beat.Stop()
	defer c.deadline.Stop()
	c.awake = time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case j := <-c.jobs:
			c.wake()
			err := c.input(j.in, j.made)
			if j.done != nil {
				j.done <- err
			}
		case a := <-c.confirm:
			c.wake()
			c.confirmed(a)
		case <-c.deadline.C:
			c.wake()
			_ = c.input(locker.Tick{}, time.Now()) // input has handled it
		case <-beat.C:
			c.wake()
			c.parts.Alive()
			c.beat()
		}
	}
}

// wake notices that the loop has stood still: the process was stopped, or the disk was slow. It tells the rules before
// anything else, so that nothing is judged merely because time has passed.
func (c *Controller) wake() {
	now := time.Now()
	still := now.Sub(c.awake) - Beat
	c.awake = now
	if still > heldUp && c.broken == nil {
		_ = c.input(locker.HeldUp{For: still}, now) // input has handled it
	}
}

// beat does the periodic work.
func (c *Controller) beat() {
	switch {
	case c.broken != nil && time.Now().After(c.retry):
		c.resume()
	case c.broken != nil:
	case c.state.Stirs(c.parts.Clock()):
		_ = c.input(locker.Tick{}, time.Now()) // the clock was set: the calendar goes on
	default:
		c.tidy()
	}
}

// begin loads the state and records the start of a run, which is one for the rules also where the journal came back (resumed). Requests of
// the previous run are not acted on: only records made now are.
func (c *Controller) begin(resumed bool) error {
	state, err := c.load()
	if err != nil {
		return err
	}
	c.state = state
	c.parts.Gate.Trust(state.Trusted())
	started := c.parts.Started()
	started.Resumed = resumed
	if err := c.step(started, time.Now()); err != nil {
		return err
	}
	if len(c.state.Erasing) > 0 { // what was destroyed already can be destroyed again
		c.erase()
	}
	for _, e := range c.state.Remote.Unfinished() {
		c.parts.Remote.Carry(e)
	}
	for _, e := range c.state.Unsettled() {
		c.charge(e)
	}
	if r := c.state.Resend; r.Asked != 0 {
		c.parts.Cloud.Resume(r.After, r.Asked)
	}
	c.parts.Serve(true)
	return nil
}

// erase starts the erasures in progress.
func (c *Controller) erase() {
	state, err := json.Marshal(c.state)
	if err != nil {
		c.parts.Log.Error("erase: write state", "err", err)
		return
	}
	c.parts.Eraser.Erase(slices.Clone(c.state.Erasing), c.state.Seq, state)
}

func (c *Controller) load() (*locker.State, error) {
	snapshot, after, err := c.parts.Journal.Load()
	if err != nil {
		return nil, err
	}
	state := locker.NewState(c.plan)
	if snapshot != nil {
		state = &locker.State{}
		if err := json.Unmarshal(snapshot, state); err != nil {
			return nil, fmt.Errorf("controller: read snapshot: %w", err)
		}
		state.Adopt(c.plan)
	}
	for _, r := range after {
		state.Apply(r)
	}
	return state, nil
}

// input processes one input. A journal that cannot be written puts the cabinet out of order: a mode, not an exit.
func (c *Controller) input(in locker.Input, made time.Time) error {
	if c.broken != nil {
		return ErrOutOfOrder
	}
	if err := c.step(in, made); err != nil {
		c.breakDown(err)
		return fmt.Errorf("%w: %w", ErrOutOfOrder, err)
	}
	c.repeat()
	return nil
}

// step is the core: record, believe, act, show. The input was made some time ago: see locker.Now.
func (c *Controller) step(in locker.Input, made time.Time) error {
	now := c.state.Hear(c.parts.Clock(), in)
	decided := time.Now()
	now.Age = max(0, decided.Sub(made))
	events := locker.Decide(c.state, now, in)
	c.announce(events)
	records, err := c.record(now, locker.Recorded(events))
	if err != nil {
		return err // a locker that cannot remember must not open
	}
	c.believe(now, events, records)
	if len(records) > 0 {
		times := c.state.Timekeeping
		c.times.Store(&times)
	}
	c.reword(in)
	for _, r := range records {
		c.act(r, decided)
	}
	if c.state.Muted(in) {
		c.unhear(in, len(events) == 0)
	}
	if _, due := in.(locker.Tick); due || len(events) > 0 { // else the screen shows it already
		c.show(now, len(records) > 0)
	}
	now.Up += time.Since(decided)
	c.arm(now)
	for _, r := range records { // last: nobody waits for a log
		level, words, fields := tell(r)
		c.parts.Log.Log(context.Background(), level, words, fields...)
	}
	return nil
}

// announce has the lines free by the time that what was decided is written down.
func (c *Controller) announce(events []locker.Event) {
	for _, e := range events {
		switch e := e.(type) {
		case locker.UnlockRequested:
			c.parts.Board.Expect(e.Lock)
		case locker.LockTried:
			c.parts.Board.Expect(e.Lock)
		}
	}
}

// believe applies the decided events in their order: recorded ones as their records, moves as they are.
func (c *Controller) believe(now locker.Now, events []locker.Event, records []locker.Record) {
	for _, e := range events {
		if _, moves := e.(locker.Move); moves {
			c.state.Apply(locker.Record{Up: now.Up.Truncate(time.Millisecond), Event: e})
			continue
		}
		c.state.Apply(records[0])
		records = records[1:]
	}
}

// record writes events to the journal. The rules have made names from the number of the next record, so that number must be
// the expected one.
func (c *Controller) record(now locker.Now, events []locker.Event) ([]locker.Record, error) {
	if len(events) == 0 {
		return nil, nil
	}
	records, err := c.parts.Journal.Append(now, events)
	if err != nil {
		return nil, err
	}
	if records[0].Seq != c.state.Seq+1 || records[0].Epoch != c.state.Epoch {
		return nil, fmt.Errorf("controller: the journal is at %s/%d where the state is at %s/%d: something else writes to it",
			records[0].Epoch, records[0].Seq, c.state.Epoch, c.state.Seq)
	}
	return records, nil
}

// act carries out a record that was just decided.
func (c *Controller) act(r locker.Record, decided time.Time) {
	switch e := r.Event.(type) {
	case locker.UnlockRequested:
		c.parts.Board.Release(locker.Release{Unlock: e.Unlock, Lock: e.Lock,
			Until: decided.Add(time.Duration(e.Within) * time.Millisecond)})
	case locker.RunHeldUp:
		c.parts.Board.Recheck()
	case locker.SourceUnmuted:
		c.hear(e.Source)
	case locker.ResendAsked:
		c.parts.Cloud.Resend(e.After)
	case locker.ErasureBegun:
		c.erase()
	case locker.ConfigBegun, locker.RestartBegun, locker.ReportAsked, locker.EvidenceAsked, locker.PlaylistAsked:
		c.parts.Remote.Carry(e)
	case locker.IssuerPut, locker.IssuerRemoved:
		c.parts.Gate.Trust(c.state.Trusted())
	default:
		c.install(e, decided)
	}
	if wanted, ok := c.state.Wants(r); ok {
		c.parts.Camera.Take(wanted)
	}
}

func (c *Controller) show(now locker.Now, changed bool) {
	c.parts.Desk.Brief(c.state.Roster()) // before a finger can answer to the view
	c.parts.Screen.Show(c.picture.View(c.state, now))
	if changed {
		c.parts.Cloud.Grown()
		c.parts.Cloud.Report(c.picture.Summary(c.state, now))
	}
}

// arm sets the one timer to the state's next deadline.
func (c *Controller) arm(now locker.Now) {
	c.deadline.Stop()
	if after, ok := c.state.Deadline(now); ok {
		c.deadline.Reset(after)
	}
}
