package lockboard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"lockerd/internal/locker"
)

const (
	// answerWithin is how long a board may take to answer a query.
	answerWithin = 300 * time.Millisecond
	// ackWithin is how long it may take to answer an unlock: it does so after the pulse (drivers in the field wait 1.5
	// to 3 s).
	ackWithin = 1500 * time.Millisecond
	// pulseTime is how long the boards energise a lock as they come from the factory (vendor text).
	pulseTime = 300 * time.Millisecond
	// pulseGap is the rest for the power supply between two pulses.
	pulseGap = 100 * time.Millisecond

	// A port that cannot be opened is tried again after the first, then twice as long, up to the second.
	reopenFirst = 200 * time.Millisecond
	reopenLast  = 5 * time.Second
)

// Gauge is what has been measured of one board since the start.
type Gauge struct {
	Board    int           `json:"board"`
	Asked    uint64        `json:"asked"`
	Answered uint64        `json:"answered"`
	Silent   uint64        `json:"silent"`
	Garbled  uint64        `json:"garbled"`
	Reports  uint64        `json:"reports"`
	Last     time.Time     `json:"last,omitzero"` // when it last answered
	Took     time.Duration `json:"took_ns"`       // from a query sent to its answer whole, quiet time included
	Lost     bool          `json:"lost"`
}

// Bus drives the boards on one line. Release, Recheck and Gauges may be called from anywhere and never block;
// everything else happens in Run.
type Bus struct {
	cfg   Config
	codec Codec
	open  func(context.Context) (io.ReadWriteCloser, error)
	tell  func(context.Context, locker.Input) error
	log   *slog.Logger

	mail    *mailbox
	recheck chan struct{} // of size 1

	boards []*board
	free   time.Time // from when the power supply may take the next pulse

	mu     sync.Mutex // over gauges
	gauges []Gauge
}

// New makes a bus of a valid configuration. open opens the line, each time it is needed; a Read on it may return 0 and
// nil for silence, and must return once the line is closed. tell passes on what is found; it may block, and its error
// ends Run.
func New(
	cfg Config, open func(context.Context) (io.ReadWriteCloser, error), tell func(context.Context, locker.Input) error,
	log *slog.Logger,
) *Bus {
	b := &Bus{
		cfg: cfg, codec: families[cfg.Family].codec, open: open, tell: tell, log: log.With("bus", cfg.Name),
		mail: newMailbox(), recheck: make(chan struct{}, 1),
	}
	for _, c := range cfg.Boards {
		b.boards = append(b.boards, newBoard(cfg.Name, c))
		b.gauges = append(b.gauges, Gauge{Board: c.Address})
	}
	return b
}

// Release hands a release over. What became of it is told as ReleaseEnded, once; its lock is pulsed at most once, and
// not after the deadline.
func (b *Bus) Release(r locker.Release) { b.mail.put(r, time.Now()) }

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
	for _, bd := range b.boards {
		bd.heard = time.Now()
	}
	pause := reopenFirst
	for {
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
		if time.Since(opened) > reopenLast {
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
	w := newWire(line, b.codec, b.cfg.Baud, b.log, b.reported)
	defer w.close()
	b.log.Info("port open", "port", b.cfg.Port)
	for _, bd := range b.boards {
		bd.due = time.Now()
	}
	for ctx.Err() == nil {
		if err := b.turn(ctx, w); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// turn does what is most urgent: an unlock, then a query, then to wait.
func (b *Bus) turn(ctx context.Context, w *wire) error {
	if err := b.tellDead(ctx); err != nil {
		return err
	}
	if err := w.listen(ctx, time.Now(), nil); err != nil { // speak to nobody who is speaking
		return err
	}
	now := time.Now()
	if !now.Before(b.free) {
		if l, ok := b.mail.take(); ok {
			return b.unlock(ctx, w, l)
		}
	}
	i, bd := b.first()
	if !now.Before(bd.due) {
		return b.poll(ctx, w, i, bd)
	}
	until := bd.due
	if _, waiting := b.mail.next(); waiting && b.free.Before(until) {
		until = b.free // before any deadline: longer ones do not matter here, shorter ones are refused then
	}
	return w.listen(ctx, until, b.mail.wake)
}

// first is the board that has been due for longest.
func (b *Bus) first() (int, *board) {
	best := 0
	for i, bd := range b.boards {
		if bd.due.Before(b.boards[best].due) {
			best = i
		}
	}
	return best, b.boards[best]
}

// reported takes a report: nothing is believed of it, but the board is asked at once.
func (b *Bus) reported(f Frame) {
	for i, bd := range b.boards {
		if bd.cfg.Address == f.Board {
			bd.due = time.Time{}
			b.count(i, func(g *Gauge) { g.Reports++ })
		}
	}
}

// poll asks a board for the state of its locks.
func (b *Bus) poll(ctx context.Context, w *wire, i int, bd *board) error {
	req := bd.next(w.echo != echoUnknown, time.Now())
	bd.due = time.Now()
	a, err := w.ask(ctx, req, answerWithin)
	if err != nil {
		return err
	}
	now := time.Now()
	var told []locker.Input
	if a.verdict == answered {
		told = bd.hear(req, a.frame, now)
	} else {
		told = bd.miss(req, a.verdict, b.cfg.LostAfter, now)
	}
	if !bd.due.IsZero() { // no report came in between
		bd.due = now.Add(bd.pace(now))
	}
	b.count(i, func(g *Gauge) {
		g.Asked++
		g.Lost = bd.lost != ""
		switch a.verdict {
		case answered:
			g.Answered++
			g.Last, g.Took = now.Round(0).UTC(), a.took
		case silent:
			g.Silent++
		case garbled:
			g.Garbled++
		}
	})
	return b.tellAll(ctx, told)
}

// unlock pulses a lock, once.
func (b *Bus) unlock(ctx context.Context, w *wire, l letter) error {
	bd := b.board(l.Lock)
	now := time.Now()
	switch {
	case bd == nil:
		return b.end(ctx, l.Unlock, false, "no such lock: "+l.Lock.String())
	case w.echo == echoUnknown && bd.cfg.anyClosedOpen():
		return b.end(ctx, l.Unlock, false, "not known whether the line echoes: no board answers")
	case !now.Before(l.until):
		return b.end(ctx, l.Unlock, false, "past its deadline")
	}
	lk := bd.pulse(l.Lock.Channel, now)
	a, err := w.ask(ctx, Request{Op: Unlock, Board: l.Lock.Board, Channel: l.Lock.Channel}, ackWithin)
	over := time.Now()
	if least := now.Add(pulseTime); over.Before(least) {
		over = least
	}
	lk.deaf, b.free, bd.due = over, over.Add(pulseGap), time.Now()
	b.log.Info("unlock", "unlock", l.Unlock, "lock", l.Lock.String(), "sent", a.sent > 0, "answer", a.verdict.String(),
		"err", err)
	if ended := b.end(ctx, l.Unlock, a.sent > 0, endedHow(a, err)); ended != nil {
		return ended
	}
	return err
}

// endedHow says in words what became of an unlock.
func endedHow(a answer, err error) string {
	broke := (*gone)(nil)
	switch {
	case errors.As(err, &broke) && a.sent == 0:
		return "port gone: " + err.Error()
	case errors.As(err, &broke):
		return "line broke while sending: " + err.Error()
	case err != nil:
		return err.Error()
	case a.verdict == answered && a.echoed:
		return "acknowledged, or echoed"
	case a.verdict == answered:
		return "acknowledged"
	}
	return a.verdict.String()
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
		if err := b.end(ctx, unlock, false, "too many releases are waiting"); err != nil {
			return err
		}
	}
	for _, unlock := range overdue {
		if err := b.end(ctx, unlock, false, "past its deadline"); err != nil {
			return err
		}
	}
	select {
	case <-b.recheck:
	default:
		return nil
	}
	for _, bd := range b.boards {
		if err := b.tellAll(ctx, bd.again(time.Now())); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bus) end(ctx context.Context, unlock string, sent bool, why string) error {
	return b.tell(ctx, locker.ReleaseEnded{Unlock: unlock, Sent: sent, Why: why})
}

func (b *Bus) loseAll(ctx context.Context, why string) error {
	for i, bd := range b.boards {
		b.count(i, func(g *Gauge) { g.Lost = true })
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
