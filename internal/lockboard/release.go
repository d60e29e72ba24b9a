package lockboard

import (
	"context"
	"errors"
	"time"
)

const (
	// ackWithin is how long a board may take to answer an unlock after the pulse (drivers in the field wait 1.5 to 3 s),
	// and maybeWithin where it need not answer at all: then its contacts are asked instead.
	ackWithin   = 1200 * time.Millisecond
	maybeWithin = 100 * time.Millisecond
	// offAgain is how soon a pulse that could not be ended is ended again. To say "off" twice does no harm.
	offAgain = 50 * time.Millisecond
)

// unlock pulses a lock, once. slot is the supply's.
func (b *Bus) unlock(ctx context.Context, w *wire, l letter, slot int) error {
	bd := b.board(l.Lock)
	now := time.Now()
	over := time.Time{} // the pulse, if there is one
	defer func() { b.supply.done(slot, over) }()
	switch {
	case bd == nil:
		return b.end(ctx, l.Unlock, false, "no such lock: "+l.Lock.String())
	case b.gate.shut:
		return b.end(ctx, l.Unlock, false, b.gate.why())
	case w.echo == echoUnknown && bd.fam.EchoOpens && bd.cfg.anyClosedOpen():
		return b.end(ctx, l.Unlock, false, "not known whether the line echoes: no board answers")
	case !now.Before(l.until):
		return b.end(ctx, l.Unlock, false, "past its deadline")
	}
	lk, pulse := bd.pulse(l.Lock.Channel, now), bd.pulseTime()
	within := answerWithin
	switch bd.fam.Ack {
	case AckAfter:
		within = pulse + ackWithin
	case AckMaybe:
		within = maybeWithin
	case AckSoon:
	}
	over = now.Add(pulse)
	if bd.fam.SwitchedOff {
		lk.off = over
	}
	a, err := w.ask(ctx, bd.fam, Request{Op: Unlock, Board: l.Lock.Board, Channel: l.Lock.Channel, Pulse: bd.cfg.Pulse}, within)
	if after := time.Now(); bd.fam.Ack == AckAfter && after.After(over) {
		over = after
	}
	lk.deaf, bd.due = over, time.Now()
	b.log.Info("unlock", "unlock", l.Unlock, "lock", l.Lock.String(), "sent", a.sent > 0, "answer", a.verdict.String(),
		"err", err)
	if ended := b.end(ctx, l.Unlock, a.sent > 0, endedHow(bd.fam, a, err)); ended != nil {
		return ended
	}
	if err != nil {
		return err
	}
	if a.verdict == garbled || a.verdict == answered { // silence after an unlock says nothing of the line
		return b.tellAll(ctx, b.judged(bd, a.verdict))
	}
	return nil
}

// burning is the board with a pulse that is to be ended next, and when.
func (b *Bus) burning() (found *board, at time.Time) {
	for _, bd := range b.boards {
		for i := range bd.locks {
			if off := bd.locks[i].off; !off.IsZero() && (found == nil || off.Before(at)) {
				found, at = bd, off
			}
		}
	}
	return found, at
}

// switchOff ends the board's oldest pulse.
func (b *Bus) switchOff(ctx context.Context, w *wire, bd *board) error {
	best := -1
	for i := range bd.locks {
		if off := bd.locks[i].off; !off.IsZero() && (best < 0 || off.Before(bd.locks[best].off)) {
			best = i
		}
	}
	lk := &bd.locks[best]
	a, err := w.ask(ctx, bd.fam, Request{Op: Off, Board: bd.cfg.Address, Channel: best + 1}, answerWithin)
	switch now := time.Now(); {
	case err != nil:
		return err
	case a.verdict == answered:
		lk.off = time.Time{}
	case bd.lost != "":
		lk.off = now.Add(paceLost)
	default:
		lk.off = now.Add(offAgain)
	}
	return nil
}

// endedHow says in words what became of an unlock.
func endedHow(fam Family, a answer, err error) string {
	broke := (*gone)(nil)
	switch {
	case err == nil && a.verdict == answered && a.frame.Failed:
		return "the board says that it failed"
	case err == nil && a.verdict == silent && fam.Ack == AckMaybe:
		return "sent; such boards need not answer"
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
