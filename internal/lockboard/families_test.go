package lockboard_test

import (
	"fmt"
	"testing"

	"lockerd/internal/lockboard"
	"lockerd/internal/sim"
)

// In every family a release pulses its lock once, and what the board's contacts can tell is told; also on a line that
// gives back what is said on it.
func TestReleaseInEveryFamily(t *testing.T) {
	t.Parallel()
	for _, name := range lockboard.Families() {
		for _, echo := range []float64{0, 1} {
			t.Run(fmt.Sprintf("%s, echo %g", name, echo), func(t *testing.T) {
				fam, _ := lockboard.FamilyNamed(name)
				board := sim.Board{Family: name, Address: max(1, fam.Lowest), Locks: 4, Reports: true}
				set := func(b *bench) { b.line.Trouble(sim.Trouble{Echo: echo}) }
				story(t, []sim.Board{board}, set, func(b *bench) {
					at := func(channel int, state string) string { return fmt.Sprintf("%d/%d %s", board.Address, channel, state) }
					said := "acknowledged"
					if fam.Ack == lockboard.AckMaybe {
						said = "sent; such boards need not answer"
					}
					if fam.NoContacts {
						b.after(10 * second)
						b.release("u1", board.Address, 3, 2*second)
						b.after(10*second, "u1 sent=true: "+said)
					} else {
						b.after(10*second, at(1, "closed"), at(2, "closed"), at(3, "closed"), at(4, "closed"))
						b.release("u1", board.Address, 3, 2*second)
						b.after(10*second, "u1 sent=true: "+said, at(3, "open"))
						b.line.Push(board.Address, 3)
						b.after(2*second, at(3, "closed"))
					}
					for channel, want := range []int{0, 0, 1, 0} {
						b.pulses(board.Address, channel+1, want)
					}
					if s := b.line.State(board.Address, 3); s.On > 0 || s.Longest > fam.Pulse+second/5 {
						t.Errorf("the coil was on for %s, is for %s", s.Longest, s.On)
					}
				})
			})
		}
	}
}
