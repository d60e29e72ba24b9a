package lockboard_test

import (
	"fmt"
	"testing"
	"time"

	"lockerd/internal/sim"
)

// An unlock's echo is the answer "contact shorted": opened, on these boards. While it is not known whether the line
// echoes, nothing is opened there.
func TestEchoUnknown(t *testing.T) {
	t.Parallel()
	const refused = "u1 sent=false: not known whether the line echoes: no board answers"
	for _, tt := range []struct {
		name  string
		board sim.Board
		want  string
	}{
		{"shorted when open", sim.Board{ShortedOpen: true}, refused},
		{"one such lock", sim.Board{Inverted: []int{2}}, refused},
		{"shorted when closed", sim.Board{}, "u1 sent=true: no answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			story(t, one(tt.board), func(b *bench) { b.line.Power(1, false) }, func(b *bench) {
				time.Sleep(second)
				b.release("u1", 1, 1, 2*second)
				b.after(3*second, tt.want)
			})
		})
	}
}

// An adapter may be changed for one that echoes, or that does not, without the port being opened anew.
func TestEchoChanges(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{ShortedOpen: true}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		for i, echo := range []float64{1, 0} {
			b.line.Trouble(sim.Trouble{Echo: echo})
			b.after(5 * second)
			u := fmt.Sprintf("u%d", i)
			b.release(u, 1, 1, 2*second)
			b.after(2*second, u+" sent=true: acknowledged", "1/1 open")
			b.line.Push(1, 1)
			b.after(2*second, "1/1 closed")
		}
	})
}

// A board without power on a line that echoes has not acknowledged anything.
func TestEchoIsNoAnswer(t *testing.T) {
	t.Parallel()
	for _, shortedOpen := range []bool{false, true} {
		story(t, one(sim.Board{ShortedOpen: shortedOpen}), func(b *bench) { b.line.Trouble(sim.Trouble{Echo: 1}) }, func(b *bench) {
			b.after(4*second, "1/1 closed", "1/2 closed")
			b.line.Power(1, false)
			b.release("u1", 1, 1, 2*second)
			b.after(3*second, "u1 sent=true: no answer")
			b.after(10*second, "1 lost: no answer for 8s")
			b.release("u2", 1, 1, 2*second)
			b.after(3*second, "u2 sent=true: no answer")
		})
	}
}
