package lockboard

import (
	"fmt"
	"math/bits"
)

// A line is judged by its newest exchanges. Where too many of them were damaged it is shut: nothing that is said on it
// is believed and no unlock leaves, since what damages answers damages unlocks too, and some damage passes every sum.
// docs/lockboards.md has the arithmetic.
const (
	gateWindow = 64 // exchanges
	gateShut   = 5  // damaged ones among them that shut the line; it opens again when there is none
)

// gate is the judgement of a line.
type gate struct {
	window uint64 // the newest exchange is bit 0; set: damaged
	shut   bool
}

// note takes an exchange and says whether the line was shut or opened by it.
func (g *gate) note(damaged bool) (turned bool) {
	g.window <<= 1
	if damaged {
		g.window |= 1
	}
	before := g.shut
	switch n := g.damaged(); {
	case n >= gateShut:
		g.shut = true
	case n == 0:
		g.shut = false
	}
	return g.shut != before
}

// damaged is how many of the newest exchanges were.
func (g *gate) damaged() int { return bits.OnesCount64(g.window) }

// clean says that none of the newest exchanges was damaged.
func (g *gate) clean() bool { return g.damaged() == 0 }

// why says it to the technician.
func (g *gate) why() string {
	return fmt.Sprintf("the line is too disturbed: %d of the last %d answers were damaged", g.damaged(), gateWindow)
}

// Shut says that the line is too disturbed for anything on it to be believed or sent.
func (b *Bus) Shut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.shut
}

// note has the gate take an exchange.
func (b *Bus) note(damaged bool) {
	if b.gate.note(damaged) {
		b.mu.Lock()
		b.shut = b.gate.shut
		b.mu.Unlock()
		b.log.Warn("line judged", "shut", b.gate.shut, "why", b.gate.why())
	}
}
