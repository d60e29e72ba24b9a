// Package terminal speaks with the payment terminal at the kiosk, through an adapter: a program of whoever builds it in, which lockerd starts,
// watches and starts again. It owns the adapter's process; it never decides what is charged, asks for no payment twice, and keeps no card's number.
package terminal

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"lockerd/internal/locker"
)

// Times and limits of an adapter.
const (
	// answerWithin is how long it may take to say anything about what it was asked; firstWithin, after it was started, whether payments can be made.
	answerWithin = 15 * time.Second
	firstWithin  = 30 * time.Second
	// pingEvery is how often it is asked whether payments can be made while nothing else is said.
	pingEvery = time.Minute
	// stale is how old a payment may be that it has not been told: whoever wanted it may have gone.
	stale = 5 * time.Second

	firstPause = time.Second // before it is started again
	longPause  = time.Minute // the pause doubles up to this; and so long it must have run for it to begin anew
	firstAsk   = time.Second // before it is asked again what has become of a payment
	longAsk    = 5 * time.Minute

	lineBurst = 60                     // lines at once,
	lineEvery = 100 * time.Millisecond // and one more after each
	badMost   = 10                     // lines within a minute that mean nothing
	stepsMost = 20                     // that are told of one payment
	retry     = time.Second            // before what could not be recorded is told again
)

// Why no payments can be made, of the adapter: what its own reasons do not say.
const (
	whyUnstarted = "unstarted"
	whyEnded     = "ended"
	whySilent    = "silent"
	whyGarbage   = "garbage"
	whyFlood     = "flood"
)

// what is to be done about an adapter that cannot be used, for the log.
var remedies = map[string]string{
	whyUnstarted: "see that terminal.command names a program that lockerd may run",
	whyEnded:     "see its own lines above: it is started again",
	whySilent:    "it did not answer in time and is started anew; if that goes on it is its maker's to look at",
	whyGarbage:   "it says what is no part of docs/terminals.md and is started anew; its maker is to look at it",
	whyFlood:     "it says more than anybody asks for and is started anew; its maker is to look at it",
	"offline":    "see whether the terminal has power and its network",
	"busy":       "somebody works at the terminal itself; if that goes on, restart it",
	"paper":      "put paper into the terminal",
	"error":      "see the terminal's own screen",
}

// adapter is an adapter that runs.
type adapter interface {
	// lines are what it says; the channel is closed once it is gone.
	lines() <-chan heard
	// write gives it a line. unsent says that for certain nothing of it has arrived.
	write(line []byte) (unsent bool, err error)
	kill()
	// stop asks it to end, and makes it.
	stop()
}

// heard is a line, or why it is none.
type heard struct {
	line []byte
	err  error
}

// order is something that a record asks for, and since when.
type order struct {
	event locker.Event
	at    time.Time
}

// charge is a payment whose end is not written down yet.
type charge struct {
	ask      bool               // nobody knows what has become of it
	next     time.Time          // when it is asked again, and how long after that once more
	pause    time.Duration      //
	deadline time.Time          // something must have been said about it by then; zero: nothing was asked
	steps    int                // that were told
	result   locker.ChargeEnded // to be recorded
	ended    bool               // there is one
}

// Terminal is the terminal at the kiosk. Run owns it; Carry may be called from anywhere.
type Terminal struct {
	cfg   Config
	start func() (adapter, error)
	tell  func(context.Context, locker.Input) error
	log   *slog.Logger

	mu   sync.Mutex
	mail []order
	wake chan struct{}

	runs    adapter // nil: none does
	works   bool    // payments can be made
	why     string  // it is being ended
	began   time.Time
	spoke   time.Time // when it has said something that means something; zero: not yet
	pinged  time.Time // zero: no answer is waited for
	again   time.Time // when it is started
	pause   time.Duration
	told    locker.Input // TerminalReady or TerminalLost, as it was recorded last
	untold  locker.Input // the same, to be recorded
	toldAt  time.Time
	retry   time.Time
	open    map[string]*charge
	denied  []string // the newest payments that were ended by the operator's word that nothing was taken
	talk    bucket
	bad     bucket
	notices bucket
}

// New makes what speaks with a terminal by an adapter, which has a folder of its own. tell is called with TerminalReady, TerminalLost, ChargeMoved
// and ChargeEnded; it returns once that is recorded, or an error if it is not.
func New(cfg Config, dir string, tell func(context.Context, locker.Input) error, log *slog.Logger) *Terminal {
	t := &Terminal{cfg: cfg, tell: tell, log: log, wake: make(chan struct{}, 1), open: map[string]*charge{}, pause: firstPause,
		notices: bucket{most: 20, every: 10 * time.Second}}
	t.start = func() (adapter, error) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		return startProcess(cfg.Command, dir, log)
	}
	return t
}

// Carry takes what a record about a payment asks. It never blocks.
func (t *Terminal) Carry(e locker.Event) {
	t.mu.Lock()
	t.mail = append(t.mail, order{e, time.Now()})
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default: // it has been told and has not looked yet
	}
}

// Run keeps the adapter going until ctx is cancelled; then it ends it and returns nil. An adapter that cannot be used is no error: it is
// told as TerminalLost.
func (t *Terminal) Run(ctx context.Context) error {
	runtime.LockOSThread() // the kernel kills the adapter when the thread that has started it is gone
	defer runtime.UnlockOSThread()
	look := time.NewTimer(0)
	defer look.Stop()
	for {
		var lines <-chan heard
		if t.runs != nil {
			lines = t.runs.lines()
		}
		select {
		case <-ctx.Done():
			if t.runs != nil {
				t.runs.stop()
			}
			return nil
		case <-t.wake:
			t.deliver()
		case h, runs := <-lines:
			if runs {
				t.hear(ctx, h)
			} else {
				t.gone()
			}
		case <-look.C:
		}
		t.look(time.Now())
		t.report(ctx)
		look.Reset(time.Until(t.next(time.Now())))
	}
}

// deliver carries out what records ask.
func (t *Terminal) deliver() {
	t.mu.Lock()
	mail := t.mail
	t.mail = nil
	t.mu.Unlock()
	for _, o := range mail {
		switch e := o.event.(type) {
		case locker.ChargeBegun:
			t.pay(e, o.at)
		case locker.ChargeStopped:
			if c := t.open[e.Charge]; c != nil && !c.ended {
				t.ask(e.Charge, c, Asked{Cancel: &Of{e.Charge}})
			}
		case locker.ChargeUncertain:
			c := t.open[e.Charge]
			if c == nil {
				c = &charge{}
				t.open[e.Charge] = c
			}
			c.ask, c.next, c.pause = true, time.Now(), firstAsk
		case locker.ChargeFailed:
			t.failed(e)
		case locker.FeePaid:
			t.noted(e.Charge)
		}
	}
}

// pay has the adapter ask for money: at once, or not at all.
func (t *Terminal) pay(e locker.ChargeBegun, at time.Time) {
	c := &charge{}
	t.open[e.Charge] = c
	if t.runs == nil || !t.works || t.why != "" || time.Since(at) >= stale {
		c.end(locker.ChargeEnded{Charge: e.Charge, Outcome: locker.ChargeUnsent})
		return
	}
	if unsent := t.ask(e.Charge, c, Asked{Pay: &Pay{ID: e.Charge, Amount: e.Amount, Currency: e.Currency, Language: e.Language}}); unsent {
		c.end(locker.ChargeEnded{Charge: e.Charge, Outcome: locker.ChargeUnsent})
	}
}

// ask gives the adapter a line about a payment. It returns true if for certain it has not arrived.
func (t *Terminal) ask(id string, c *charge, line Asked) (unsent bool) {
	if t.runs == nil || t.why != "" {
		return true
	}
	unsent, err := t.runs.write(line.Line())
	if err != nil {
		t.log.Warn("terminal: the adapter does not read", "because", err, "charge", id)
		t.end(whySilent)
		return unsent
	}
	c.deadline = time.Now().Add(answerWithin)
	return false
}

// end sets what is to be recorded.
func (c *charge) end(with locker.ChargeEnded) {
	c.result, c.ended, c.deadline = with, true, time.Time{}
}

// noted lets the adapter forget a payment whose end is written down.
func (t *Terminal) noted(id string) {
	if t.open[id] != nil && t.runs != nil && t.why == "" {
		if _, err := t.runs.write(Asked{Noted: &Of{id}}.Line()); err != nil {
			t.end(whySilent)
		}
	}
	delete(t.open, id)
}

// hear takes a line of the adapter.
func (t *Terminal) hear(ctx context.Context, h heard) {
	if t.why != "" {
		return // it is being ended: what it says now is asked for later
	}
	now := time.Now()
	if !t.talk.take(now) {
		t.end(whyFlood)
		return
	}
	var said Said
	err := h.err
	if err == nil {
		said, err = Read(h.line)
	}
	if err != nil {
		t.oddity(err.Error(), len(h.line))
		if !errors.Is(err, errReference) {
			return
		}
	}
	t.spoke, t.pinged = now, time.Time{}
	switch {
	case said.Ready != nil:
		t.works, t.untold = true, locker.TerminalReady{}
	case said.Unready != nil:
		t.lost(locker.TerminalLost{Why: said.Unready.Why})
	case said.State != nil:
		t.moved(ctx, *said.State)
	case said.Result != nil:
		t.came(*said.Result)
	}
}

// oddity notes what the adapter says that means nothing. What it was never stands in the log: it may be anything.
func (t *Terminal) oddity(because string, bytes int) {
	if t.notices.take(time.Now()) {
		t.log.Warn("terminal: the adapter says what is not taken", "because", because, "bytes", bytes, "do", remedies[whyGarbage])
	}
	if !t.bad.take(time.Now()) {
		t.end(whyGarbage)
	}
}

// moved tells how far a payment is.
func (t *Terminal) moved(ctx context.Context, s State) {
	c := t.open[s.ID]
	if c == nil || c.ended {
		t.oddity(errID.Error(), 0)
		return
	}
	c.deadline = time.Time{}
	if c.steps < stepsMost {
		c.steps++
		_ = t.tell(ctx, locker.ChargeMoved{Charge: s.ID, Step: s.Text}) // it only says where somebody is
	}
}

// came takes what came of a payment. The first word that decides it counts.
func (t *Terminal) came(r Result) {
	c := t.charge(r)
	switch {
	case c == nil:
		t.oddity(errID.Error(), 0)
	case c.ended && c.result.Outcome != locker.ChargeUnknown:
		// It says it again: once counts.
	case r.Outcome == locker.ChargeUnknown && c.ask:
		c.deadline = time.Time{} // it is asked again
	default:
		c.end(locker.ChargeEnded{Charge: r.ID, Outcome: r.Outcome, Amount: r.Paid, Receipt: r.Reference})
	}
}

// lost notes that no payments can be made.
func (t *Terminal) lost(in locker.TerminalLost) { t.works, t.untold = false, in }

// end ends an adapter that cannot be relied upon; it is started anew.
func (t *Terminal) end(why string) {
	if t.runs != nil && t.why == "" {
		t.why = why
		t.runs.kill()
	}
}

// gone notes that the adapter is gone.
func (t *Terminal) gone() {
	why := t.why
	if why == "" {
		why = whyEnded
	}
	t.runs, t.why = nil, ""
	now := time.Now()
	if now.Sub(t.began) >= longPause {
		t.pause = firstPause
	}
	t.again, t.pause = now.Add(t.pause), min(2*t.pause, longPause)
	for _, c := range t.open {
		c.deadline = time.Time{}
	}
	t.lost(locker.TerminalLost{Why: why, Gone: true})
}

// look does what is due.
func (t *Terminal) look(now time.Time) {
	if t.runs == nil {
		if now.Before(t.again) {
			return
		}
		t.begin(now)
	}
	if t.runs == nil || t.why != "" || len(t.runs.lines()) > 0 { // what it has said in time is heard before it is held to be silent
		return
	}
	if t.spoke.IsZero() && now.Sub(t.began) >= firstWithin || !t.pinged.IsZero() && now.Sub(t.pinged) >= answerWithin {
		t.end(whySilent)
		return
	}
	asking := t.asking()
	for _, id := range slices.Sorted(maps.Keys(t.open)) {
		c := t.open[id]
		switch {
		case !c.deadline.IsZero() && !now.Before(c.deadline):
			t.end(whySilent)
			return
		case c.ask && !c.ended && !asking && !t.spoke.IsZero() && c.deadline.IsZero() && !now.Before(c.next):
			asking = true
			c.next, c.pause = now.Add(c.pause), min(2*c.pause, longAsk)
			t.ask(id, c, Asked{Status: &Of{id}})
		}
	}
	if t.why == "" && t.idle() && t.pinged.IsZero() && now.Sub(t.spoke) >= pingEvery {
		t.pinged = now
		if _, err := t.runs.write(Asked{Ping: &struct{}{}}.Line()); err != nil {
			t.end(whySilent)
		}
	}
}

// idle says that nobody is paying: an adapter that waits for a card may have no ear for questions.
func (t *Terminal) idle() bool {
	for _, c := range t.open {
		if !c.ask && !c.ended {
			return false
		}
	}
	return !t.spoke.IsZero()
}

// begin starts the adapter.
func (t *Terminal) begin(now time.Time) {
	runs, err := t.start()
	if err != nil {
		t.log.Error("terminal: the adapter cannot be started", "because", err, "do", remedies[whyUnstarted])
		t.again, t.pause = now.Add(t.pause), min(2*t.pause, longPause)
		t.lost(locker.TerminalLost{Why: whyUnstarted, Gone: true})
		return
	}
	t.runs, t.began, t.spoke, t.pinged = runs, now, time.Time{}, time.Time{}
	t.talk, t.bad = bucket{most: lineBurst, every: lineEvery}, bucket{most: badMost, every: time.Minute / badMost}
}

// report has recorded what is to be, in its order: what came of payments first. What is not taken is told again.
func (t *Terminal) report(ctx context.Context) {
	if time.Now().Before(t.retry) {
		return
	}
	t.retry = time.Time{}
	for _, id := range slices.Sorted(maps.Keys(t.open)) {
		c := t.open[id]
		if c == nil || !c.ended {
			continue
		}
		if t.tell(ctx, c.result) != nil {
			t.retry = time.Now().Add(retry)
			return
		}
		c.ended = false
		t.deliver()                                             // what was recorded says that it is to be asked, or noted
		if c.result.Outcome != locker.ChargeUnknown || !c.ask { // nobody wants to know
			delete(t.open, id)
		}
	}
	if t.untold == nil || t.untold == t.told && time.Since(t.toldAt) < pingEvery/2 {
		return
	}
	if t.tell(ctx, t.untold) != nil {
		t.retry = time.Now().Add(retry)
		return
	}
	same := t.told == t.untold
	t.told, t.toldAt, t.untold = t.untold, time.Now(), nil
	if same {
		return // said again: the rules may have begun anew
	}
	if l, is := t.told.(locker.TerminalLost); is {
		t.log.Warn("terminal: no payments can be made", "because", l.Why, "do", remedies[l.Why])
	} else {
		t.log.Info("terminal: payments can be made")
	}
}

// next is when something is due.
func (t *Terminal) next(now time.Time) time.Time {
	next := now.Add(pingEvery)
	at := func(when time.Time) {
		if !when.IsZero() && when.Before(next) {
			next = when
		}
	}
	at(t.retry)
	switch {
	case t.runs == nil:
		at(t.again)
		return next
	case t.why != "":
		return next
	case t.spoke.IsZero():
		at(t.began.Add(firstWithin))
	case t.pinged.IsZero() && !t.idle():
	case t.pinged.IsZero():
		at(t.spoke.Add(pingEvery))
	default:
		at(t.pinged.Add(answerWithin))
	}
	asking := t.asking()
	for _, c := range t.open {
		at(c.deadline)
		if c.ask && !c.ended && !asking && c.deadline.IsZero() && !t.spoke.IsZero() {
			at(c.next)
		}
	}
	return next
}
