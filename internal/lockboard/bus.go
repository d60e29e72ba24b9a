package lockboard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"lockerd/internal/locker"
)

const (
	// reportGap is how long a line on which boards speak by themselves is left to them after each exchange: a report of
	// five bytes at 9600 baud.
	reportGap = 8 * time.Millisecond

	// A port that cannot be opened, or on which nobody answers before it breaks, is tried again after the first, then twice as
	// long, up to the second. One that worked is tried again after the first.
	reopenFirst = 200 * time.Millisecond
	reopenLast  = 5 * time.Second
)

// Bus drives the boards on one line. Release, Expect, Recheck, Gauges, Shut and Watch may be called from anywhere; all but
// Watch never block. Everything else happens in Run.
type Bus struct {
	cfg    Config
	supply *Supply
	open   func(context.Context) (io.ReadWriteCloser, error)
	tell   func(context.Context, locker.Input) error
	log    *slog.Logger

	mail    *mailbox
	recheck chan struct{} // of size 1

	boards   []*board
	judges   []judge // by board
	gate     gate
	worked   bool          // a board has answered since the port was opened
	reported bool          // a board has spoken by itself
	drain    time.Time     // until when the line is left to a board that did not answer in time
	drained  *board        // it
	blocked  time.Duration // by telling, since the last query

	mu       sync.Mutex // over what follows
	gauges   []Gauge
	attended []attended
	expected time.Time // until when a release is expected
	shut     bool      // the gate, for those outside
	taps     map[*Tap]struct{}
}

// New makes a bus of a valid configuration whose locks hang on a supply. open opens the line, each time it is needed; a
// Read on it may return 0 and nil for silence, and must return once the line is closed. tell passes on what is found;
// it may block, and its error ends Run.
func New(
	cfg Config, supply *Supply, open func(context.Context) (io.ReadWriteCloser, error),
	tell func(context.Context, locker.Input) error, log *slog.Logger,
) *Bus {
	b := &Bus{
		cfg: cfg, supply: supply, open: open, log: log.With("bus", cfg.Name),
		mail: newMailbox(), recheck: make(chan struct{}, 1), judges: make([]judge, len(cfg.Boards)),
		taps: make(map[*Tap]struct{}),
	}
	b.tell = func(ctx context.Context, in locker.Input) error {
		began := time.Now()
		err := tell(ctx, in)
		if took := time.Since(began); took > heldUp {
			b.blocked += took
		}
		return err
	}
	for _, c := range cfg.Boards {
		bd := newBoard(cfg.Name, c)
		bd.within = cfg.within(bd.fam)
		b.boards = append(b.boards, bd)
		b.gauges = append(b.gauges, Gauge{Board: c.Address, Family: bd.fam.Name, Locks: c.Locks})
	}
	return b
}

// AssumeLost has every board begin as one that was told lost, for the reason given: the first answer tells that it is
// back. It is for before Run.
func (b *Bus) AssumeLost(why string) {
	for _, bd := range b.boards {
		bd.lost = why
	}
}

// Release hands a release over. What became of it is told as ReleaseEnded, once; its lock is pulsed at most once, and
// not after the deadline.
func (b *Bus) Release(r locker.Release) {
	b.expect(time.Time{})
	b.mail.put(r, time.Now())
}

// Recheck has everything told anew: lost boards as lost, the others as back, and then the state of each lock.
func (b *Bus) Recheck() {
	select {
	case b.recheck <- struct{}{}:
	default: // one is waiting already
	}
	b.mail.ring()
}

// Gauges gives what has been measured of each board.
func (b *Bus) Gauges() []Gauge {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Gauge(nil), b.gauges...)
}

// Run drives the line until ctx is cancelled. A line that breaks is opened again.
func (b *Bus) Run(ctx context.Context) error {
	defer b.supply.join(b.mail)()
	for _, bd := range b.boards {
		bd.heard = time.Now()
	}
	pause := reopenFirst
	for {
		b.worked = false
		opened := time.Now()
		err := b.session(ctx)
		if ctx.Err() != nil {
			return nil
		}
		broke := (*gone)(nil)
		if !errors.As(err, &broke) {
			return fmt.Errorf("lockboard: run %s: %w", b.cfg.Name, err)
		}
		b.log.Warn("port gone", "err", err)
		if err := b.loseAll(ctx, "port gone: "+err.Error()); err != nil {
			return b.ended(ctx, err)
		}
		if b.worked || time.Since(opened) > reopenLast { // a loose plug is back as soon as it makes contact
			pause = reopenFirst
		}
		if err := b.rest(ctx, time.Now().Add(pause)); err != nil {
			return b.ended(ctx, err)
		}
		pause = min(2*pause, reopenLast)
	}
}

// ended is what Run returns for an error: none where we were asked to stop.
func (b *Bus) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("lockboard: run %s: %w", b.cfg.Name, err)
}

// session opens the line and drives it until it breaks.
func (b *Bus) session(ctx context.Context) error {
	line, err := b.open(ctx)
	if err != nil {
		return &gone{err}
	}
	w := (&wire{
		line: line, families: b.families(), baud: b.cfg.Baud, network: b.cfg.network(), log: b.log, unasked: b.report,
		spoilt: func() { b.note(true) }, overdue: b.overdue, tap: b.tapped,
	}).start()
	defer w.close()
	b.drained = nil
	b.log.Info("port open", "port", b.cfg.Port)
	now := time.Now()
	for _, bd := range b.boards {
		bd.due = now
		for i := range bd.locks {
			if bd.fam.SwitchedOff || bd.fam.LeftOn && !bd.swept {
				// Whatever a run before or somebody else has left burning; but first a query, from which it is known
				// whether the line echoes. To switch off opens nothing, so no record has to go before it; and it is done
				// once, where the board ends our own pulses: nothing of the kind goes into one of those.
				bd.locks[i].off = now.Add(bd.within)
			}
		}
		bd.swept = true
	}
	for ctx.Err() == nil {
		if err := b.turn(ctx, w); err != nil && ctx.Err() == nil {
			return err
		}
	}
	b.endPulses(ctx, w)
	return ctx.Err()
}

// families are those of the boards on the line, each once.
func (b *Bus) families() (list []Family) {
	for _, bd := range b.boards {
		if !slices.ContainsFunc(list, func(f Family) bool { return f.Name == bd.fam.Name }) {
			list = append(list, bd.fam)
		}
	}
	return list
}

// turn does what is most urgent: to end a pulse that no board ends, an unlock, then a query, then to wait.
func (b *Bus) turn(ctx context.Context, w *wire) error {
	if err := b.tellDead(ctx); err != nil {
		return err
	}
	if err := b.lull(ctx, w); err != nil {
		return err
	}
	now := time.Now()
	b.attend(now)
	until := now.Add(paceCalm)
	if lk := b.burning(); lk != nil && !now.Before(lk.off) {
		return b.switchOff(ctx, w, lk)
	} else if lk != nil {
		until = lk.off
	}
	draining := b.draining(now)
	if draining && b.drained.isTardy(now) {
		return w.listen(ctx, earlier(until, b.drain), nil)
	}
	done, next, err := b.release(ctx, w, now)
	if done || err != nil {
		b.drained = nil
		return err
	}
	if !next.IsZero() && next.Before(until) {
		until = next // before any deadline: longer ones do not matter here, shorter ones are refused then
	}
	if draining {
		return w.listen(ctx, earlier(until, b.drain), b.mail.wake)
	}
	if i, bd := b.first(); bd != nil && !now.Before(bd.due) {
		if held := b.held(bd.due); now.Before(held) {
			return w.listen(ctx, earlier(until, held), b.mail.wake)
		}
		return b.poll(ctx, w, i, bd)
	} else if bd != nil && bd.due.Before(until) {
		until = bd.due
	}
	return w.listen(ctx, until, b.mail.wake)
}

// lull hears whoever is speaking, and leaves a line on which boards speak by themselves to them for a while. A release
// does not wait for that.
func (b *Bus) lull(ctx context.Context, w *wire) error {
	until := time.Now()
	if b.reported {
		until = until.Add(reportGap)
	}
	for {
		if err := w.listen(ctx, until, b.mail.wake); err != nil {
			return err
		}
		if _, waiting := b.mail.first(); waiting || !time.Now().Before(until) {
			return nil
		}
	}
}

// first is the board that has been due for longest; nil where there is none.
func (b *Bus) first() (best int, bd *board) {
	for i := range b.boards {
		if bd == nil || b.boards[i].due.Before(bd.due) {
			best, bd = i, b.boards[i]
		}
	}
	return best, bd
}

// report takes a report: nothing is believed of it, but the board is asked at once.
func (b *Bus) report(f Frame) {
	b.reported = true
	for i, bd := range b.boards {
		if bd.cfg.Address == f.Board {
			bd.due = time.Time{}
			b.count(i, func(g *Gauge) { g.Reports++ })
		}
	}
}

// poll asks a board for the state of its locks.
func (b *Bus) poll(ctx context.Context, w *wire, i int, bd *board) error {
	req := bd.next(w.echo != echoUnknown, b.gate.clean(), time.Now())
	bd.due = time.Now()
	a, err := w.ask(ctx, bd.fam, req, bd.within)
	if err != nil {
		return err
	}
	b.worked = b.worked || a.verdict == answered
	now := time.Now()
	b.excuse(w.takeLate(), now)
	if a.verdict == silent && !a.held {
		b.leave(bd, req, a.asked, now)
	}
	a.spoilt = b.spoiltByOther(w, bd, a, now)
	var told []locker.Input
	refused := b.refuse(i, bd, req, a)
	if !a.held && !a.spoilt { // else it counts for nobody, though an answer is one
		told = append(b.judges[i].note(bd, req, a, refused), b.judged(bd, a.verdict)...)
	}
	switch {
	case a.held && a.verdict != answered:
		b.log.Warn("held up", "board", bd.cfg.Address, "answer", a.verdict.String())
	case a.verdict != answered:
		told = append(told, bd.miss(req, a.verdict, b.cfg.LostAfter, now)...)
	case b.gate.shut:
		bd.heard, bd.silent = now, false
	default:
		if bd.lost != "" { // what brought it back may bring others back
			b.hurry(now)
		}
		told = append(told, bd.hear(req, a.frame, now)...)
	}
	if a.held && a.verdict != answered && bd.lost == "" {
		bd.due = now.Add(paceShut) // what comes late has come by then
	} else if !bd.due.IsZero() { // no report came in between
		bd.due = b.next(bd, a.verdict, now)
	}
	b.count(i, func(g *Gauge) {
		g.count(a, now)
		g.Damaged, g.Lost, g.Why = b.judges[i].share(), bd.lost != "", bd.lost
	})
	return b.tellAll(ctx, told)
}

// excuse has a time for which we were held up not count as any board's silence.
func (b *Bus) excuse(late time.Duration, now time.Time) {
	late += b.blocked
	b.blocked = 0
	for _, bd := range b.boards {
		if bd.heard = bd.heard.Add(late); bd.heard.After(now) {
			bd.heard = now
		}
	}
}

// next is when a board is to be asked again after an exchange. One that does not answer holds the line for a whole
// time-out, so those that are lost are asked one after the other: together they have a tenth of the line.
func (b *Bus) next(bd *board, v verdict, now time.Time) time.Time {
	pace := bd.pace(now)
	switch {
	case b.gate.shut && v == answered:
		return now.Add(paceShut)
	case b.gate.shut:
		pace = paceSpoilt * time.Duration(max(b.gate.damaged(), gateShut)) / gateShut
	case bd.lost == "":
		return now.Add(pace)
	}
	last := now
	for _, each := range b.boards {
		if bd.silent && each.silent && each.due.After(last) {
			last = each.due
		}
	}
	return last.Add(pace)
}

// hurry has the boards that are lost asked at once.
func (b *Bus) hurry(now time.Time) {
	for _, bd := range b.boards {
		if bd.lost != "" && bd.due.After(now) {
			bd.due = now
		}
	}
}

// judged has an exchange judge the line, and gives what is to be told where it was shut by it. Opened again, each board
// is back with its next answer.
func (b *Bus) judged(bd *board, v verdict) (told []locker.Input) {
	if counts, damaged := bd.damage(v); counts {
		b.note(damaged)
	}
	if !b.gate.shut {
		return nil
	}
	for i, each := range b.boards {
		told = append(told, each.lose(b.gate.why())...)
		b.count(i, func(g *Gauge) { g.Lost, g.Why = true, each.lost })
	}
	return told
}

// board finds the board of a lock; nil where there is no such lock.
func (b *Bus) board(l locker.Lock) *board {
	for _, bd := range b.boards {
		if l.Bus == b.cfg.Name && l.Board == bd.cfg.Address && l.Channel >= 1 && l.Channel <= len(bd.locks) {
			return bd
		}
	}
	return nil
}

// rest waits while there is no port. Releases wait too, until they are overdue.
func (b *Bus) rest(ctx context.Context, until time.Time) error {
	for {
		if err := b.tellDead(ctx); err != nil {
			return err
		}
		now := time.Now()
		if !now.Before(until) {
			return nil
		}
		wakeAt := until
		if first, any := b.mail.next(); any && first.Before(wakeAt) {
			wakeAt = first
		}
		timer := time.NewTimer(wakeAt.Sub(now))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-b.mail.wake:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// tellDead tells of releases that will not be sent any more, and everything anew where that was asked for.
func (b *Bus) tellDead(ctx context.Context) error {
	refused, overdue := b.mail.dead(time.Now())
	for _, unlock := range refused {
		if err := b.unsent(ctx, unlock, "too many releases are waiting"); err != nil {
			return err
		}
	}
	for _, unlock := range overdue {
		if err := b.unsent(ctx, unlock, "past its deadline"); err != nil {
			return err
		}
	}
	select {
	case <-b.recheck:
	default:
		return nil
	}
	for i := range b.judges {
		b.judges[i].bad = nil // nor does anybody know what was said of the line
	}
	for _, bd := range b.boards {
		if err := b.tellAll(ctx, bd.again(time.Now())); err != nil {
			return err
		}
	}
	return nil
}

// unsent tells of a release that was not sent, and will not be.
func (b *Bus) unsent(ctx context.Context, unlock, why string) error {
	return b.tell(ctx, locker.ReleaseEnded{Unlock: unlock, Why: why})
}

func (b *Bus) loseAll(ctx context.Context, why string) error {
	for i, bd := range b.boards {
		b.count(i, func(g *Gauge) { g.Lost, g.Why = true, why })
		if err := b.tellAll(ctx, bd.lose(why)); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bus) tellAll(ctx context.Context, told []locker.Input) error {
	for _, in := range told {
		switch in := in.(type) {
		case locker.BoardLost:
			b.log.Warn("board lost", "board", in.Board, "why", in.Why)
		case locker.BoardBack:
			b.log.Info("board back", "board", in.Board)
		case locker.LockSensed:
			if in.State == locker.Unknown {
				b.log.Warn("lock not known", "lock", in.Lock.String(), "answers", in.Evidence.Answers)
			}
		}
		if err := b.tell(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bus) count(i int, f func(*Gauge)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.gauges[i])
}

// Watch calls tap with whatever passes on the line, until ctx is cancelled. tap must not block.
func (b *Bus) Watch(ctx context.Context, tap Tap) {
	b.mu.Lock()
	b.taps[&tap] = struct{}{}
	b.mu.Unlock()
	<-ctx.Done()
	b.mu.Lock()
	delete(b.taps, &tap)
	b.mu.Unlock()
}
