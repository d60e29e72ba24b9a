package main

import (
	"errors"
	"net/http"
	"time"

	"lockerd/internal/sim"
)

// errShares refuses trouble that cannot be.
var errShares = errors.New("shares go from 0 to 1, and those of the answers are not more than 1 together")

// LineTrouble is what is wrong with the line, in shares from 0 to 1: see sim.Trouble.
type LineTrouble struct {
	Noise     float64 `json:"noise"` // of all bits are flipped
	Echo      float64 `json:"echo"`  // of every piece that lockerd sends comes back
	Lost      float64 `json:"lost"`  // of all answers; so are those that follow
	Doubled   float64 `json:"doubled"`
	Truncated float64 `json:"truncated"`
	Glued     float64 `json:"glued"` // to the next answer
	Late      float64 `json:"late"`
	LateMS    int     `json:"late_ms"` // how late late is
}

func (t LineTrouble) valid() bool {
	answers := 0.0
	for _, share := range []float64{t.Lost, t.Doubled, t.Truncated, t.Glued, t.Late} {
		if answers += share; share < 0 {
			return false
		}
	}
	return t.Noise >= 0 && t.Noise <= 1 && t.Echo >= 0 && t.Echo <= 1 && answers <= 1 && t.LateMS >= 0
}

// LockTrouble is what is wrong with a lock: see sim.Contact, and sim.Line.Slow.
type LockTrouble struct {
	Cut      bool `json:"cut"`       // the wire of its contact
	Stuck    bool `json:"stuck"`     // its contact goes on saying what it says now
	Bounces  int  `json:"bounces"`   // so often the contact falls back after the door moved
	WithinMS int  `json:"within_ms"` // in which time it does so
	SlowMS   int  `json:"slow_ms"`   // so long after the pulse the door springs open
}

// Trouble makes trouble on the line in place of all that there was.
func (l *Line) Trouble(t LineTrouble) error {
	if !t.valid() {
		return errShares
	}
	l.change(func(now *sim.Trouble) {
		*now = sim.Trouble{
			Noise: t.Noise, Echo: t.Echo, Lost: t.Lost, Doubled: t.Doubled, Truncated: t.Truncated, Glued: t.Glued,
			Late: t.Late, LateBy: millis(t.LateMS),
		}
	})
	return nil
}

// troubled is the trouble that there is.
func troubled(t sim.Trouble) LineTrouble {
	return LineTrouble{
		Noise: t.Noise, Echo: t.Echo, Lost: t.Lost, Doubled: t.Doubled, Truncated: t.Truncated, Glued: t.Glued,
		Late: t.Late, LateMS: int(t.LateBy / time.Millisecond),
	}
}

// LockTrouble makes trouble with a door's lock in place of all that there was, but for a jammed latch.
func (c *Cabinet) LockTrouble(door int, t LockTrouble) error {
	if t.Bounces < 0 || t.WithinMS < 0 || t.SlowMS < 0 {
		return errors.New("nothing lasts for less than no time")
	}
	return c.spoil(door, func(now *LockTrouble) { *now = t })
}

// spoil changes what is wrong with a door's lock.
func (c *Cabinet) spoil(door int, f func(*LockTrouble)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.door(door, func(metal *sim.Line, board, channel int) {
		t := c.locks[door]
		f(&t)
		c.locks[door] = t
		metal.Contact(board, channel, sim.Contact{
			Cut: t.Cut, Stuck: t.Stuck, Bounces: t.Bounces, Within: millis(t.WithinMS),
		})
		metal.Slow(board, channel, millis(t.SlowMS))
	})
}

// lockTrouble is what is wrong with a door's lock.
func (c *Cabinet) lockTrouble(door int) LockTrouble {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.locks[door]
}

func millis(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// troubles are the addresses that make trouble.
func (b *Bench) troubles(mux *http.ServeMux) {
	mux.Handle("POST /api/lines/{line}/trouble", hand(func(r *http.Request, t LineTrouble) (any, error) {
		l, err := b.Cabinet.line(r.PathValue("line"))
		if err != nil {
			return nil, err
		}
		return nil, l.Trouble(t)
	}))
	mux.Handle("POST /api/doors/{number}/trouble", hand(func(r *http.Request, t LockTrouble) (any, error) {
		return nil, b.Cabinet.LockTrouble(pathNumber(r), t)
	}))
}
