package lockboard

import (
	"slices"
	"time"
)

const (
	// owedFor is how long after a time-out an answer may still come: what is heard then and reads as that answer is
	// neither noise nor anybody else's.
	owedFor = 2 * time.Second
	// drainTries is how often in tardyFor, and each time for longer, a line is left to a board that did not answer in
	// time: two boards that speak at once garble each other, and neither is understood. One that says nothing then is gone
	// rather than late.
	drainTries = 3
	// tardyFor is how long a board that was heard too late counts as one that may be so again: then the line is left to
	// it for as long as it took, and tardyRoom more.
	tardyFor  = 10 * time.Minute
	tardyRoom = 50 * time.Millisecond
)

// owing is an answer that did not come in time.
type owing struct {
	fam    Family
	req    Request
	asked  time.Time // when the request was sent
	until  time.Time // when it is no longer waited for
	counts bool      // that it is late is the board's doing
}

// owe notes that the answer to a request did not come in time.
func (w *wire) owe(fam Family, req Request, a answer) {
	now := time.Now()
	w.owing = slices.DeleteFunc(w.owing, func(o owing) bool { return !now.Before(o.until) })
	if a.verdict == silent {
		w.owing = append(w.owing, owing{fam, req, a.asked, now.Add(owedFor), !a.held && req.Op != Unlock})
	}
}

// answers says whether the answer to a request is in what was heard, and nothing else but what may be.
func answers(fam Family, got []byte, req Request) bool {
	frames, err := fam.Decode(got, req)
	return err == nil && slices.ContainsFunc(frames, req.AnsweredBy)
}

// settle takes late answers off both ends of what was heard. Nothing that they say is believed: it is old.
func (w *wire) settle(got []byte) (rest []byte) {
	now := time.Now()
	for i := 0; i < len(w.owing) && len(got) > 0; {
		o := w.owing[i]
		from, to, ok := o.within(got)
		if !ok || !now.Before(o.until) {
			i++
			continue
		}
		w.owing = slices.Delete(w.owing, i, i+1)
		if o.counts {
			w.overdue(o)
		}
		got = slices.Concat(got[:from], got[to:])
	}
	return got
}

// within finds the owed answer at the beginning or at the end of what was heard.
func (o owing) within(got []byte) (from, to int, ok bool) {
	is := func(b []byte) bool {
		frames, err := o.fam.Decode(b, o.req)
		return err == nil && len(frames) == 1 && o.req.AnsweredBy(frames[0])
	}
	for n := short8A; n <= len(got) && n <= o.fam.Longest; n++ { // no family has shorter ones
		if is(got[:n]) {
			return 0, n, true
		}
	}
	for n := short8A; n <= len(got) && n <= o.fam.Longest; n++ {
		if is(got[len(got)-n:]) {
			return len(got) - n, len(got), true
		}
	}
	return 0, 0, false
}

// overdue takes an answer of a board that came after its time-out.
func (b *Bus) overdue(o owing) {
	for i, bd := range b.boards {
		if bd.cfg.Address != o.req.Board {
			continue
		}
		now := time.Now()
		if took := now.Sub(o.asked); !bd.isTardy(now) || took > bd.lateness {
			bd.lateness = took
		}
		bd.tardy, bd.vain = now, 0
		b.judges[i].late++
		b.drained = nil
		b.log.Warn("answered too late", "board", bd.cfg.Address, "after", bd.lateness, "may take", bd.within)
		b.count(i, func(g *Gauge) { g.Late++ })
	}
}

// isTardy says that the board was heard too late not long ago.
func (b *board) isTardy(now time.Time) bool { return !b.tardy.IsZero() && now.Sub(b.tardy) < tardyFor }

// earlier is the earlier of two times.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// leave leaves the line to a board whose answer did not come in time. A release does not wait for that, unless the board
// is known to answer late: then it would only be garbled.
func (b *Bus) leave(bd *board, req Request, asked, now time.Time) {
	switch {
	case bd.isTardy(now):
		b.drained, b.drain = bd, asked.Add(bd.lateness+tardyRoom)
		if most := now.Add(owedFor / 2); b.drain.After(most) {
			b.drain = most
		}
	case req.Op == QueryAll && bd.fam.Single && bd.length == 0: // which it may lack
	case bd.alive && (bd.vain < drainTries || now.Sub(bd.vainAt) >= tardyFor):
		bd.vain %= drainTries
		b.drained, b.drain = bd, asked.Add(owedFor*time.Duration(bd.vain+1)/drainTries)
	}
}

// draining says whether the line is left to a board.
func (b *Bus) draining(now time.Time) bool {
	if b.drained != nil && !now.Before(b.drain) {
		if !b.drained.isTardy(now) {
			b.drained.vain++
			b.drained.vainAt = now
		}
		b.drained = nil
	}
	return b.drained != nil
}

// spoiltByOther says that what spoilt an exchange with a board may be the late answer of another one: two that speak at
// once garble each other. Then neither that board nor the line is to blame.
func (b *Bus) spoiltByOther(w *wire, bd *board, a answer, now time.Time) bool {
	return a.verdict != answered && slices.ContainsFunc(w.owing, func(o owing) bool {
		return o.req.Board != bd.cfg.Address && now.Before(o.until) && slices.ContainsFunc(b.boards, func(other *board) bool {
			return other.cfg.Address == o.req.Board && other.isTardy(now)
		})
	})
}
