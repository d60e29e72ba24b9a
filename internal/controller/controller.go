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

// Journal is the memory. What it does not hold has not happened.
type Journal interface {
	// Load reads anew what is on disk: the newest snapshot (the state's JSON; nil if there is none) and the records
	// after it.
	Load() (snapshot []byte, after []locker.Record, err error)
	// Append writes events down, all or none, and returns once they are safe from a power cut.
	Append(now locker.Now, events []locker.Event) ([]locker.Record, error)
}

// Keeper does what the journal needs now and then.
type Keeper interface {
	// Tidy may keep a snapshot of the state and drop what nobody needs any more. An error says that the journal is not fit
	// for use.
	Tidy(now locker.Now, seq uint64, state func() ([]byte, error)) error
	// Confirm notes that the cloud has everything up to a record. After locker.ErrShortened a new epoch has begun.
	Confirm(locker.Ack) error
}

// Board opens locks. None of its methods blocks.
type Board interface {
	// Expect says that a release of the lock follows once its record is written, if it can be: until then its line had better
	// be free. It opens nothing.
	Expect(locker.Lock)
	// Release pulses a lock once, or tells that it did not.
	Release(locker.Release)
	// Recheck tells the state of every lock anew.
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

// Cloud is told what there is to send. None of its methods blocks.
type Cloud interface {
	Report(locker.Summary)
	// Grown says that the journal has new records.
	Grown()
	// Resend asks for everything after a record once more.
	Resend(after uint64)
}

// Camera takes stills. It does not block: what became of one is told as an input.
type Camera interface {
	Take(locker.PhotoWanted)
}

// Installer changes how the cabinet is wired. None of its methods blocks.
type Installer interface {
	// Survey looks for boards on all lines; what answers is told as an input.
	Survey()
	// Install puts a setup in force and begins the program anew with it, or tells that it could not.
	Install(locker.Setup)
	// Undo does the same with the wiring before the present one.
	Undo()
}

// Eraser destroys what is kept of somebody. It does not block: that it is done is told as an input.
type Eraser interface {
	// Erase is handed all erasures under way, and the state that holds nothing of them: its JSON, as after record seq.
	Erase(under []locker.Erasure, seq uint64, state []byte)
}

// Parts are what the controller is made of.
type Parts struct {
	Started   locker.Started // what each begin tells the rules
	Clock     func() locker.Now
	Journal   Journal
	Keeper    Keeper
	Board     Board
	Screen    Screen
	Desk      Desk
	Cloud     Cloud
	Camera    Camera
	Installer Installer
	Eraser    Eraser
	// Alive is called from the loop at least every Beat: it pings the watchdog, so a stuck loop is noticed.
	Alive func()
	Log   *slog.Logger
}

// How often the loop shows that it is alive, and tries a journal that could not be written.
const (
	Beat  = time.Second
	Retry = 3 * time.Second
)

// heldUp is how long beyond a beat the loop may stand still before the boards are asked anew: a busy machine's hiccup is
// shorter.
const heldUp = 500 * time.Millisecond

// ErrOutOfOrder says that an input was not taken because the cabinet cannot remember at the moment.
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
	// broken is why the cabinet is out of order; the state is then not to be trusted until it is loaded anew.
	broken error
	retry  time.Time // when the journal is tried again
	// awake is when the loop was last seen to go on.
	awake time.Time
	// unheard is what muted sources have said; again, what is told again now that they are heard.
	unheard map[string]unheard
	again   []locker.Input
	picture locker.Picture
	// times is what is held of the time of day, for those who must not take the clock at its word; nil before it is known.
	times atomic.Pointer[locker.Timekeeping]
	// deadline rings when something changes by itself. It is set after every step: only steps change the state.
	deadline *time.Timer
}

// New makes a controller for a cabinet. Nothing happens until Run.
func New(plan *locker.Config, parts Parts) *Controller {
	return &Controller{
		parts: parts, plan: plan, state: locker.NewState(plan),
		unheard: make(map[string]unheard), jobs: make(chan job, 64), confirm: make(chan locker.Ack, 1), deadline: time.NewTimer(time.Hour),
	}
}

// Submit hands an input in and does not wait for what follows from it. It fails only when ctx ends first.
func (c *Controller) Submit(ctx context.Context, in locker.Input) error {
	select {
	case c.jobs <- job{in: in, made: time.Now()}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Do hands an input in and returns once what follows from it is on disk and acted upon, or why it could not be.
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

// Confirm notes that the cloud has everything up to a record. It does not block: of acks that nobody has come to yet the one
// that goes furthest counts, whatever is repeated after it.
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
	if err := c.begin(); err != nil {
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

// wake notices that the loop has stood still: the process was stopped, or the disk took its time. The rules hear of it
// before anything else, so that nothing is judged by a clock alone that went on meanwhile.
func (c *Controller) wake() {
	now := time.Now()
	still := now.Sub(c.awake) - Beat
	c.awake = now
	if still > heldUp && c.broken == nil {
		_ = c.input(locker.HeldUp{For: still}, now) // input has handled it
	}
}

// beat does what is looked at now and then.
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

// begin loads the state and records that a run begins. Nothing that was asked for in the run before is acted upon:
// acting is for records that are made now.
func (c *Controller) begin() error {
	state, err := c.load()
	if err != nil {
		return err
	}
	c.state = state
	if err := c.step(c.parts.Started, time.Now()); err != nil {
		return err
	}
	if len(c.state.Erasing) > 0 { // what was destroyed already can be destroyed again
		c.erase()
	}
	return nil
}

// erase hands over what is to be destroyed.
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

// input takes one input. A journal that cannot be written puts the cabinet out of order: a mode, not an exit.
func (c *Controller) input(in locker.Input, made time.Time) error {
	if c.broken != nil {
		return ErrOutOfOrder
	}
	if err := c.step(in, made); err != nil {
		c.breakDown(err)
		return fmt.Errorf("%w: %w", ErrOutOfOrder, err)
	}
	for len(c.again) > 0 && c.broken == nil {
		next := c.again[0]
		c.again = c.again[1:]
		if err := c.step(next, time.Now()); err != nil {
			c.breakDown(err)
		}
	}
	return nil
}

// step is the heart: record, believe, act, show. The input was made some time ago: see locker.Now.
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
	for _, r := range records {
		c.act(r, decided)
	}
	if len(events) == 0 && c.state.Muted(in) {
		c.unhear(in)
	}
	if _, due := in.(locker.Tick); due || len(events) > 0 { // else the screen shows it already
		c.show(now, len(records) > 0)
	}
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

// believe applies what was decided, in its order: what was written down as its records, moves as they are.
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

// record writes events down. The names that the rules gave to things are made of the number of the record to come, so
// it must be the one they counted on.
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

// unheard is what a muted source has said.
type unheard struct {
	newest locker.Input
	count  int
}

// unhear keeps what a source has said last, and counts: nothing of it is recorded, so nobody else remembers.
func (c *Controller) unhear(in locker.Input) {
	source := c.state.Source(in)
	u := c.unheard[source]
	u.count++
	if source != locker.SourcePage { // who tapped may have gone
		u.newest = in
	}
	c.unheard[source] = u
}

// hear tells again how things are with a source that was muted.
func (c *Controller) hear(source string) {
	u := c.unheard[source]
	delete(c.unheard, source)
	c.again = append(c.again, locker.Unrecorded{Source: source, Count: u.count})
	if u.newest != nil {
		c.again = append(c.again, u.newest)
	}
}

// act does what a record asks for that was made of something decided just before.
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
	default:
		c.install(e, decided)
	}
	if wanted, ok := c.state.Wants(r); ok {
		c.parts.Camera.Take(wanted)
	}
}

// install does what a record of a commissioning asks for.
func (c *Controller) install(e locker.Event, decided time.Time) {
	switch e := e.(type) {
	case locker.LockTried:
		c.parts.Board.Release(locker.Release{Unlock: e.Unlock, Lock: e.Lock,
			Until: decided.Add(time.Duration(e.Within) * time.Millisecond)})
	case locker.SetupEnded:
		c.parts.Board.Recheck() // of doors that were being wired anew nothing was believed
	case locker.SetupSurveyAsked:
		c.parts.Installer.Survey()
	case locker.SetupSaved:
		c.parts.Installer.Install(locker.Setup{Doors: e.Doors})
	case locker.SetupUndone:
		c.parts.Installer.Undo()
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
