package lockboard_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/sim"
)

// slowPairs are a healthy board and one beside it whose answers come late now and then, of one family and of two.
var slowPairs = [][]sim.Board{
	{{Address: 1, Locks: 2}, {Address: 2, Locks: 8}},
	{{Address: 1, Locks: 2}, {Address: 2, Locks: 36}}, // whose answers are longer
	{{Address: 1, Locks: 2}, {Family: "WKLY", Address: 2, Locks: 2}},
	{{Family: "WKLY", Address: 1, Locks: 2}, {Address: 2, Locks: 2}},
	{{Family: "KERONG-8", Address: 1, Locks: 2}, {Family: "KERONG-5", Address: 2, Locks: 2}},
	{{Family: "MODBUS-WAVESHARE", Address: 1, Locks: 2}, {Family: "MODBUS-LCTECH", Address: 2, Locks: 2}},
}

// A board whose answers come after their time-out is slow, and its line is not disturbed: the neighbour is asked, heard
// and released as ever. Soon after the time-out, and so late that the answer falls into whatever is going on then.
func TestALateBoardIsNobodyElsesTrouble(t *testing.T) {
	t.Parallel()
	for i, boards := range slowPairs {
		for j, late := range []time.Duration{350, 520, 800, 1100, 1700} {
			if testing.Short() && j != i%5 {
				continue // one delay for each pair
			}
			late *= time.Millisecond
			share := []float64{13. / 93, 0.5, 1}[(i+j)%3]
			name := fmt.Sprintf("%s and %s of %d locks, %s, %.2f", boards[0].Family, boards[1].Family, boards[1].Locks, late, share)
			t.Run(name, func(t *testing.T) { lateNeighbour(t, boards, sim.Trouble{Late: share, LateBy: late, LateOf: 2}) })
		}
	}
}

func lateNeighbour(t *testing.T, boards []sim.Board, trouble sim.Trouble) {
	story(t, boards, nil, func(b *bench) {
		time.Sleep(10 * second)
		b.take()
		b.line.Trouble(trouble)
		for i := range 10 {
			b.release(fmt.Sprint("u", i), 1, 1, 2*second)
			time.Sleep(20*second + time.Duration(i)*37*time.Millisecond)
			b.line.Push(1, 1)
			time.Sleep(20 * second)
		}
		sent := 0
		for _, line := range brief(b.take()) {
			if strings.Contains(line, "sent=true: ") {
				sent++
			} else if !strings.HasPrefix(line, "2") && !strings.HasPrefix(line, "1/1 ") {
				b.t.Errorf("told %q", line)
			}
		}
		if sent != 10 {
			b.t.Errorf("want 10 releases sent, got %d", sent)
		}
		g := b.bus.Gauges()
		if g[0].Lost || g[0].Damaged > 0.01 || g[0].Answered < g[0].Asked*95/100 {
			b.t.Errorf("its neighbour: %+v", g[0])
		}
		b.pulses(1, 1, 10)
		b.line.Trouble(sim.Trouble{})
		time.Sleep(20 * second)
		if g := b.bus.Gauges()[1]; g.Lost {
			b.t.Errorf("when it is over: %+v", g)
		}
	})
}

// What comes late is said of the board, in words.
func TestALateBoardIsFoundSlow(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), keep, func(b *bench) {
		b.finds(2*window, well...)
		b.line.Trouble(sim.Trouble{Late: 0.1, LateBy: 350 * time.Millisecond})
		b.finds(2*window, "1 slow=true")
		if g := b.bus.Gauges()[0]; g.Late == 0 || g.Late > g.Silent || g.Garbled > 0 {
			b.t.Errorf("gauge: %+v", g)
		}
		b.line.Trouble(sim.Trouble{})
		b.finds(2*window, "1 slow=false")
	})
}

// Noise, half frames and wrong sums are damage of the line still, also beside a board that is slow.
func TestDamageBesideALateBoard(t *testing.T) {
	t.Parallel()
	story(t, slowPairs[0], nil, func(b *bench) {
		b.line.Trouble(sim.Trouble{Late: 0.2, LateBy: 350 * time.Millisecond, LateOf: 2})
		time.Sleep(time.Minute)
		b.take()
		n := 0
		b.line.Trouble(sim.Trouble{Late: 0.2, LateBy: 350 * time.Millisecond, LateOf: 2, Twist: func(f []byte) []byte {
			if n++; f[1] == 1 && n%3 == 0 {
				f = slices.Clone(f)
				f[len(f)-1] ^= 1
			}
			return f
		}})
		time.Sleep(time.Minute)
		if got := cut(brief(b.take())); !slices.Contains(got, "1 lost: "+disturbed+"...") {
			b.t.Errorf("want the line shut, got %q", got)
		}
	})
}

// How long an answer may take is each family's, or the line's where the configuration says so.
func TestHowLongAnAnswerMayTake(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		family   string
		takes    time.Duration
		within   time.Duration
		answered bool
	}{
		{"8A", 250 * time.Millisecond, 0, true},
		{"8A", 400 * time.Millisecond, 0, false},
		{"8A", 400 * time.Millisecond, 500 * time.Millisecond, true},
		{"8A", 900 * time.Millisecond, time.Second, true},
		{"8A", 100 * time.Millisecond, 80 * time.Millisecond, false},
		{"MODBUS-WAVESHARE", 400 * time.Millisecond, 0, true},
		{"MODBUS-LCTECH", 450 * time.Millisecond, 0, true},
		{"MODBUS-0100", 400 * time.Millisecond, 0, true},
		{"MODBUS-WAVESHARE", 700 * time.Millisecond, 0, false},
		{"MODBUS-WAVESHARE", 700 * time.Millisecond, 800 * time.Millisecond, true},
		{"WKLY", 350 * time.Millisecond, 0, true},
		{"KERONG-5", 400 * time.Millisecond, 600 * time.Millisecond, true},
	} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			board := sim.Board{Family: tt.family, Address: 1, Locks: 2, Turnaround: tt.takes}
			cfg := config(board)
			cfg.AnswerWithin = tt.within
			storyOf(t, cfg, []sim.Board{board}, nil, func(b *bench) {
				time.Sleep(30 * second)
				g := b.bus.Gauges()[0]
				if answered := g.Silent == 0 && g.Answered > 0; answered != tt.answered || g.Lost == tt.answered || g.Garbled > 0 {
					b.t.Errorf("gauge: %+v", g)
				}
				if !tt.answered {
					return
				}
				b.take()
				b.release("u1", 1, 1, 2*second)
				time.Sleep(8 * second)
				got := brief(b.take())
				opened := slices.Contains(got, "1/1 open") || tt.family == "MODBUS-0100"
				if !strings.HasPrefix(got[0], "u1 sent=true: ") || !opened {
					b.t.Errorf("got %q", got)
				}
				b.pulses(1, 1, 1)
			})
		})
	}
}

// A healthy line is asked as often as ever, however long answers may take.
func TestALongTimeOutCostsAHealthyLineNothing(t *testing.T) {
	t.Parallel()
	var asked [2]uint64
	for i, within := range []time.Duration{0, 2 * second} {
		board := sim.Board{Address: 1, Locks: 2}
		cfg := config(board)
		cfg.AnswerWithin = within
		storyOf(t, cfg, []sim.Board{board}, nil, func(b *bench) {
			time.Sleep(10 * second)
			b.line.Force(1, 1)
			time.Sleep(10 * second)
			asked[i] = b.bus.Gauges()[0].Asked
		})
	}
	if asked[0] != asked[1] || asked[0] < 300 {
		t.Errorf("asked %d times, and with a long time-out %d", asked[0], asked[1])
	}
}

func TestAnswerWithinIsValidated(t *testing.T) {
	t.Parallel()
	for within, want := range map[time.Duration]string{
		0: "", 50 * time.Millisecond: "", 2 * second: "",
		10 * time.Millisecond: "answer_within 10ms: is 50ms to 2s",
		3 * second:            "answer_within 3s: is 50ms to 2s",
		-second:               "answer_within -1s: is 50ms to 2s",
	} {
		cfg := config(sim.Board{Address: 1, Locks: 1})
		cfg.AnswerWithin = within
		if err := cfg.Validate(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", within, err)
		}
	}
	cfg := config(sim.Board{Address: 1, Locks: 1})
	cfg.AnswerWithin, cfg.LostAfter = 2*second, 4*second
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "lost_after 4s: with answer_within = 2s needs at least 6s") {
		t.Errorf("%v", err)
	}
}

// Slow boards are found: those that take no longer than their family may, and others where it is said how long.
func TestSurveyOfVerySlowBoards(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		board  sim.Board
		within time.Duration
	}{
		{sim.Board{Family: "MODBUS-WAVESHARE", Address: 3, Locks: 8, Turnaround: 400 * time.Millisecond}, 0},
		{sim.Board{Family: "MODBUS-WAVESHARE", Address: 8, Locks: 8, Turnaround: 400 * time.Millisecond}, 0},
		{sim.Board{Family: "8A", Address: 8, Locks: 8, Turnaround: 280 * time.Millisecond}, 0},
		{sim.Board{Family: "8A", Address: 8, Locks: 8, Turnaround: 900 * time.Millisecond}, second},
	} {
		plan := lockboard.SurveyPlan{Families: []string{tt.board.Family}, Highest: 8, Within: tt.within}
		found, _, err := survey(t, 9600, plan, sim.Trouble{}, tt.board)
		if err != nil || len(found) != 1 || found[0].Address != tt.board.Address || found[0].Channels < 8 {
			t.Errorf("%+v: got %q, %v", tt, shown(found), err)
		}
	}
}
