package lockboard

import (
	"context"
	"errors"
	"time"

	"lockerd/internal/locker"
)

const (
	// ackWithin is how long a board may take to answer an unlock after the pulse (drivers in the field wait 1.5 to 3 s),
	// and maybeWithin where it need not answer at all: then its contacts are asked instead.
	ackWithin   = 1200 * time.Millisecond
	maybeWithin = 100 * time.Millisecond
	// burnRoom is how much longer a lock may burn on a board that ends no pulse for the sake of another board's answer.
	burnRoom = 300 * time.Millisecond
	// offAgain is how soon a pulse that could not be ended is ended again. To say "off" twice does no harm; meanwhile
	// others have their turn.
	offAgain = 50 * time.Millisecond
	// offAtLast is for how long that is tried when Run is to end.
	offAtLast = 2 * time.Second
)

// release sends the oldest release, if it can go now. Where the supply has to rest first, next says when.
func (b *Bus) release(ctx context.Context, w *wire, now time.Time) (done bool, next time.Time, err error) {
	l, waiting := b.mail.first()
	if !waiting {
		b.supply.leave(b.mail)
		return false, time.Time{}, nil
	}
	bd := b.board(l.Lock)
	if why := b.refusal(w, bd, l); why != "" {
		b.mail.drop()
		return true, time.Time{}, b.unsent(ctx, l.Unlock, why)
	}
	if off := bd.sweeps(); !off.IsZero() {
		return false, off, nil
	}
	if lk := b.burning(); lk != nil && lk.burns != nil && !lk.stuck {
		if now.Add(bd.ackWithin()).After(lk.off.Add(burnRoom)) {
			return false, lk.off, nil // its answer may take so long that another lock would burn
		}
	}
	p, next := b.supply.take(b.mail, l.since, now, now.Add(bd.pulseTime()+ackWithin))
	if p == nil {
		return false, next, nil
	}
	b.mail.drop()
	return true, time.Time{}, b.unlock(ctx, w, bd, l, p)
}

// refusal says why a release will not be sent; empty: it may be.
func (b *Bus) refusal(w *wire, bd *board, l letter) string {
	switch {
	case bd == nil:
		return "no such lock: " + l.Lock.String()
	case b.gate.shut:
		return b.gate.why()
	case w.echo == echoUnknown && bd.fam.EchoOpens && bd.cfg.anyClosedOpen():
		return "not known whether the line echoes: no board answers"
	case !time.Now().Before(l.until):
		return "past its deadline"
	}
	return ""
}

// unlock pulses a lock, once.
func (b *Bus) unlock(ctx context.Context, w *wire, bd *board, l letter, p *pulse) error {
	began := time.Now()
	lk := bd.pulse(l.Lock.Channel, began)
	if lk.off = (time.Time{}); bd.fam.SwitchedOff {
		lk.off, lk.burns, lk.stuck = began.Add(bd.pulseTime()), p, false
	}
	req := Request{Op: Unlock, Board: l.Lock.Board, Channel: l.Lock.Channel, Pulse: bd.cfg.Pulse}
	a, err := w.ask(ctx, bd.fam, req, bd.ackWithin())
	lk.deaf, bd.due = w.over(bd, began.Add(bd.pulseTime()), a), time.Now()
	if lk.burns == nil { // else it is over once it was ended
		b.supply.over(p, lk.deaf)
	}
	b.log.Info("unlock", "unlock", l.Unlock, "lock", l.Lock.String(), "sent", a.sent > 0, "answer", a.verdict.String(),
		"err", err)
	b.refuse(b.index(bd), bd, req, a)
	told := locker.ReleaseEnded{Unlock: l.Unlock, Sent: a.sent > 0, Frame: a.asked, Why: endedHow(bd, req, a, err)}
	if ended := b.tell(ctx, told); ended != nil {
		return ended
	}
	if err != nil {
		return err
	}
	if !a.held && !b.spoiltByOther(w, bd, a, time.Now()) && (a.verdict == garbled || a.verdict == answered) { // silence after an unlock says nothing of the line
		return b.tellAll(ctx, b.judged(bd, a.verdict))
	}
	return nil
}

// over is when a pulse is over at the latest that would be at the given time if its request took no time.
func (w *wire) over(bd *board, at time.Time, a answer) time.Time {
	at = at.Add(w.lineTime(a.sent))
	switch now := time.Now(); {
	case bd.fam.Ack == AckAfter && now.After(at): // also without an answer: it may have been lost, and the board slow
		return now
	case bd.fam.Ack != AckAfter:
		return at.Add(bd.slack())
	}
	return at
}

// burning is the lock whose pulse we must end next; nil where there is none.
func (b *Bus) burning() (next *lock) {
	for _, bd := range b.boards {
		for i := range bd.locks {
			if lk := &bd.locks[i]; bd.awaitsOff(lk) && (next == nil || lk.off.Before(next.off)) {
				next = lk
			}
		}
	}
	return next
}

// awaitsOff says that a lock is to be switched off. What was left on by a board that is lost waits until it is back.
func (b *board) awaitsOff(lk *lock) bool {
	return !lk.off.IsZero() && (b.lost == "" || b.fam.SwitchedOff)
}

// sweeps is when the next lock of the board that may have been left on is to be switched off, until each was tried:
// no unlock goes before that. Zero: there is none.
func (b *board) sweeps() time.Time {
	for i := range b.locks {
		if lk := &b.locks[i]; b.awaitsOff(lk) && lk.burns == nil && !lk.stuck {
			return lk.off
		}
	}
	return time.Time{}
}

// switchOff ends a lock's pulse.
func (b *Bus) switchOff(ctx context.Context, w *wire, lk *lock) error {
	bd := b.board(lk.at)
	req := Request{Op: Off, Board: lk.at.Board, Channel: lk.at.Channel}
	a, err := w.ask(ctx, bd.fam, req, bd.within)
	now := time.Now()
	switch {
	case err != nil:
		return err
	case a.verdict == answered && a.frame.Failed: // a channel that the board does not have
		b.refuse(b.index(bd), bd, req, a)
		fallthrough
	case a.verdict == answered && !a.echoed:
		if lk.burns != nil {
			b.supply.over(lk.burns, now)
		}
		if lk.burns == nil {
			b.log.Info("told to be off at the start", "lock", lk.at.String(), "failed", a.frame.Failed)
		}
		lk.off, lk.burns, lk.stuck = time.Time{}, nil, false
		return nil
	}
	lk.stuck = true
	again := now.Add(offAgain)
	if lk.burns == nil { // none of ours
		again = now.Add(paceSilent)
	}
	if bd.lost != "" && !b.gate.shut {
		again = now.Add(paceLost)
	} else if lk.burns != nil {
		b.supply.over(lk.burns, again.Add(bd.within))
	}
	for i := range bd.locks { // else one try after another would leave no turn to other boards
		other := &bd.locks[i]
		if fresh := other.burns != nil && !other.stuck; !fresh && !other.off.IsZero() && other.off.Before(again) {
			other.off, other.stuck = again, true
		}
	}
	return nil
}

// endPulses ends the pulses that we began, before this process ends and cannot any more.
func (b *Bus) endPulses(ctx context.Context, w *wire) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), offAtLast)
	defer cancel()
	for _, bd := range b.boards {
		for i := range bd.locks {
			for lk := &bd.locks[i]; lk.burns != nil; {
				if w.listen(ctx, time.Now().Add(quietTime), nil) != nil || b.switchOff(ctx, w, lk) != nil {
					return
				}
			}
		}
	}
}

// endedHow says in words what became of an unlock.
func endedHow(bd *board, req Request, a answer, err error) string {
	broke := (*gone)(nil)
	switch {
	case err == nil && a.verdict == answered && a.frame.Failed && a.frame.Code != 0:
		r, _ := bd.refused(req, a.frame)
		return "refused: " + r.String()
	case err == nil && a.verdict == answered && a.frame.Failed:
		return "the board says that it failed"
	case err == nil && a.verdict == silent && bd.fam.Ack == AckMaybe:
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
