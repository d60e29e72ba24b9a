package lockboard_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// judged are the findings among what was told since it was last asked for.
func (b *bench) judged() (lines []string) {
	for _, in := range b.take() {
		if j, ok := in.(locker.BoardJudged); ok {
			lines = append(lines, fmt.Sprintf("%d %s=%v", j.Board, j.Finding, j.Bad))
		}
	}
	return lines
}

// finds waits and then wants exactly these findings.
func (b *bench) finds(d time.Duration, want ...string) {
	b.t.Helper()
	time.Sleep(d)
	if got := b.judged(); !slices.Equal(want, got) {
		b.t.Errorf("after %s: want found\n %q, got\n %q", d, want, got)
	}
}

// well is what is told of each board once, when so many exchanges went well: a run before may have found something
// else. How fast it is shows in the second window.
var well = []string{"1 address=false", "1 refuses=false", "1 errors=false", "1 slow=false"}

const window = 10 * time.Minute // of 500 exchanges, a second apart

// keep has the good findings kept too.
func keep(b *bench) { b.fine = true }

func TestFindsErrors(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), keep, func(b *bench) {
		b.finds(2*window, well...)
		b.line.Trouble(sim.Trouble{Lost: 0.01, Truncated: 0.01})
		b.finds(2*window, "1 errors=true")
		b.finds(4 * window) // once
		b.line.Trouble(sim.Trouble{})
		b.finds(2*window, "1 errors=false")
	})
}

// A board that is gone for a while is told lost, and not found to be bad on top of it.
func TestFindsNothingInALostBoard(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), keep, func(b *bench) {
		b.finds(2*window, well...)
		for range 10 {
			b.line.Power(1, false)
			time.Sleep(time.Minute)
			b.line.Power(1, true)
			time.Sleep(time.Minute)
		}
		b.finds(2 * window)
	})
}

func TestFindsSlow(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), keep, func(b *bench) {
		b.finds(2*window, well...)
		b.line.Trouble(sim.Trouble{Late: 1, LateBy: 30 * time.Millisecond})
		b.finds(2*window, "1 slow=true")
		b.finds(2 * window)
		b.line.Trouble(sim.Trouble{})
		b.finds(2*window, "1 slow=false")
		b.line.Trouble(sim.Trouble{Late: 1, LateBy: 5 * time.Millisecond}) // a quarter more is none
		b.finds(4 * window)
	})
}

// Two boards that share an address garble each other: one answers a little later than the other.
func TestFindsTwoBoardsAtOneAddress(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Address: 1, Locks: 2}, {Address: 1, Number: 99, Locks: 2, Turnaround: 6500 * time.Microsecond}}
	storyOf(t, config(boards[0]), boards, func(b *bench) {
		b.fine = true
		b.line.Power(99, false)
	}, func(b *bench) {
		b.finds(2*window, well...)
		b.line.Power(99, true)
		b.finds(window, "1 address=true")
		b.finds(2 * window)
		b.line.Power(99, false)
		time.Sleep(3 * window)
		got := b.judged()
		if !slices.Contains(got, "1 address=false") || slices.Contains(got, "1 address=true") {
			b.t.Errorf("want the finding gone, got %q", got)
		}
	})
}

// A cabinet that is well has no findings: boards of several families, people at its doors. Four hours, or with
// LOCKERD_LONG a month.
func TestHealthy(t *testing.T) {
	t.Parallel()
	visits := 8
	if testing.Short() {
		visits = 3
	}
	if os.Getenv("LOCKERD_LONG") != "" {
		visits = 30 * 48
	}
	boards := []sim.Board{
		{Address: 1, Locks: 8, Reports: true},
		{Family: "WKLY", Address: 2, Locks: 8},
		{Family: "KERONG-5", Address: 3, Locks: 8},
	}
	story(t, boards, nil, func(b *bench) {
		time.Sleep(time.Minute)
		b.take()
		for visit := range visits {
			board, channel := 1+visit%3, 1+visit/3%8
			b.release("u", board, channel, 2*second)
			time.Sleep(20 * second)
			b.line.Push(board, channel)
			time.Sleep(30*time.Minute - 20*second)
			for _, line := range brief(b.take()) {
				switch line {
				case "u sent=true: acknowledged", "u sent=true: sent; such boards need not answer",
					fmt.Sprintf("%d/%d open", board, channel), fmt.Sprintf("%d/%d closed", board, channel):
				default:
					b.t.Errorf("visit %d: %s", visit, line)
				}
			}
			b.pulses(board, channel, 1+visit/24)
		}
		for _, g := range b.bus.Gauges() {
			if g.Silent > 0 || g.Lost {
				b.t.Errorf("gauge: %+v", g)
			}
		}
	})
}
