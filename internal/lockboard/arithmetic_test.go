package lockboard_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"lockerd/internal/lockboard"
)

// residue is what damage can make of a request, per family: at a bit error rate p about c1*p + c2*p*p of the unlocks
// pulse another lock of the board, another board's, or all; and q1*p + q2*p*p of the queries pulse one.
type residue struct {
	c1, c2, q1, q2 float64
	allLock        bool // some of that damage opens every lock
}

// residueOf enumerates every damage of one and of two bits to the unlock of every lock of the family's largest common
// board, and to the queries that the bus asks, on a line with boards at the first eight addresses.
func residueOf(t *testing.T, fam lockboard.Family) (r residue) {
	t.Helper()
	locks := min(fam.Locks, 24)
	board := fam.Lowest + 1
	for channel := 1; channel <= locks; channel++ {
		one, two := r.damage(t, fam, lockboard.Request{Op: lockboard.Unlock, Board: board, Channel: channel}, locks)
		r.c1 += float64(one) / float64(locks)
		r.c2 += float64(two) / float64(locks)
	}
	queries := []lockboard.Request{{Op: lockboard.QueryAll, Board: board, Channels: locks}}
	if fam.Single {
		queries = append(queries, lockboard.Request{Op: lockboard.Query, Board: board, Channel: 1})
	}
	for _, q := range queries {
		one, two := r.damage(t, fam, q, locks)
		r.q1, r.q2 = max(r.q1, float64(one)), max(r.q2, float64(two))
	}
	return r
}

// damage counts the damages of one and of two bits to a request that pulse a lock which it does not ask for.
func (r *residue) damage(t *testing.T, fam lockboard.Family, sent lockboard.Request, locks int) (one, two int) {
	t.Helper()
	frame, err := fam.Encode(sent)
	if err != nil {
		t.Fatal(err)
	}
	wrong := func(flips ...int) bool {
		b := append([]byte(nil), frame...)
		for _, bit := range flips {
			b[bit/8] ^= 1 << (bit % 8)
		}
		got, n := fam.Peer.DecodeRequest(b)
		if n <= 0 || got.Op != lockboard.Unlock || sent.Op == lockboard.Unlock && got.Board == sent.Board && got.Channel == sent.Channel {
			return false
		}
		r.allLock = r.allLock || got.Channel == 0
		return got.Board >= fam.Lowest && got.Board < fam.Lowest+8 && got.Channel <= locks
	}
	for i := range 8 * len(frame) {
		if wrong(i) {
			one++
		}
		for j := range i {
			if wrong(i, j) {
				two++
			}
		}
	}
	return one, two
}

// The risk that is left: what docs/lockboards.md says of it is what the frames give.
func TestResidualRisk(t *testing.T) {
	if testing.Short() {
		t.Skip("arithmetic alone, of seconds")
	}
	t.Parallel()
	var table strings.Builder
	fmt.Fprint(&table, "| family | unlocks that pulse a wrong door, of 1 at a bit error rate p | at 1e-4 | at 1e-3 | at 1e-2 | measured there | one may open all | "+
		"queries that pulse a lock |\n|---|---|---|---|---|---|---|---|\n")
	for _, name := range lockboard.Families() {
		fam, _ := lockboard.FamilyNamed(name)
		r := residueOf(t, fam)
		at := func(p float64) float64 { return r.c1*p + r.c2*p*p }
		all := map[bool]string{true: "yes", false: "no"}[r.allLock]
		fmt.Fprintf(&table, "| %s | %s | %.0e | %.0e | %.0e | %.0e | %s | %s |\n", name, polynomial(r.c1, r.c2), at(1e-4), at(1e-3), at(1e-2),
			measured(t, fam, 1e-2), all, polynomial(r.q1, r.q2))
		if r.q1 > 0 {
			t.Errorf("%s: one flipped bit makes an unlock of a query: it must not be asked", name)
		}
	}
	if path := os.Getenv(noiseInto); path != "" {
		between(t, path, "residue", table.String())
		return
	}
	document, err := os.ReadFile("../../docs/lockboards.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(document), table.String()) {
		t.Errorf("docs/lockboards.md does not hold what the frames give; `make noise` writes it:\n%s", table.String())
	}
}

func polynomial(one, two float64) string {
	switch {
	case one == 0 && two == 0:
		return "none of one or two flipped bits"
	case one == 0:
		return fmt.Sprintf("%.1f p²", two)
	}
	return fmt.Sprintf("%.1f p + %.1f p²", one, two)
}

// measured is the share of a million unlocks that pulse a wrong door at a bit error rate.
func measured(t *testing.T, fam lockboard.Family, rate float64) float64 {
	t.Helper()
	const unlocks = 1_000_000
	dice := rand.New(rand.NewPCG(3, 4))
	locks, wrong := min(fam.Locks, 24), 0
	for n := range unlocks {
		sent := lockboard.Request{Op: lockboard.Unlock, Board: fam.Lowest + 1, Channel: 1 + n%locks}
		b, err := fam.Encode(sent)
		if err != nil {
			t.Fatal(err)
		}
		hit := false
		for bit := gap(dice, rate); bit < 8*len(b); bit += 1 + gap(dice, rate) {
			b[bit/8] ^= 1 << (bit % 8)
			hit = true
		}
		if !hit {
			continue
		}
		got, n := fam.Peer.DecodeRequest(b)
		other := got.Board != sent.Board || got.Channel != sent.Channel
		if n > 0 && got.Op == lockboard.Unlock && other && got.Board >= fam.Lowest && got.Board < fam.Lowest+8 && got.Channel <= locks {
			wrong++
		}
	}
	return float64(wrong) / unlocks
}

// gap is how many bits are whole before the next flipped one.
func gap(dice *rand.Rand, rate float64) int {
	return int(math.Log(1-dice.Float64()) / math.Log(1-rate))
}
