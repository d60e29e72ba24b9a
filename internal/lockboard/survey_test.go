package lockboard_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/sim"
)

// surveyed is a line under survey: it works at one speed, and at any other nobody is there.
type surveyed struct {
	baud int
	line *sim.Line
}

// open plugs the line in until it is closed.
func (s *surveyed) open(ctx context.Context, baud int) (io.ReadWriteCloser, error) {
	near, far := sim.Pipe()
	line := s.line
	if baud != s.baud {
		line = sim.NewLine(baud)
	}
	go func() { _ = line.Run(ctx, far) }()
	return near, nil
}

// survey looks for boards. It fails where a lock was pulsed.
func survey(
	t *testing.T, baud int, plan lockboard.SurveyPlan, trouble sim.Trouble, boards ...sim.Board,
) (found []lockboard.Found, took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := &surveyed{baud, sim.NewLine(baud, boards...)}
		s.line.Trouble(trouble)
		began, last := time.Now(), lockboard.SurveyProgress{Done: -1}
		found, err = lockboard.Survey(ctx, s.open, plan, func(p lockboard.SurveyProgress) {
			if p.Done != last.Done+1 || p.Done >= p.Total {
				t.Errorf("progress: %+v after %+v", p, last)
			}
			last = p
		})
		took = time.Since(began)
		if err == nil && last.Done != last.Total-1 {
			t.Errorf("progress ends at %+v", last)
		}
		for _, b := range s.line.Boards() {
			for channel := 1; channel <= b.Locks; channel++ {
				if n := len(s.line.Pulses(b.Number, channel)); n != 0 {
					t.Errorf("lock %d of %+v was pulsed %d times", channel, b, n)
				}
			}
		}
		synctest.Wait()
	})
	return found, took, err
}

func unwatched(lockboard.SurveyProgress) {}

func shown(found []lockboard.Found) (lines []string) {
	for _, f := range found {
		s := fmt.Sprintf("%d: %s %d of %d channels", f.Baud, f.Family, f.Address, f.Channels)
		if len(f.Also) > 0 {
			s += ", or " + strings.Join(f.Also, " or ")
		}
		lines = append(lines, s)
	}
	return lines
}

func TestSurveyFindsEveryFamily(t *testing.T) {
	t.Parallel()
	relays := []string{"MODBUS-WAVESHARE", "MODBUS-LCTECH", "MODBUS-0100"}
	for _, tt := range []struct {
		board    sim.Board
		channels int
	}{
		{sim.Board{Family: "8A", Address: 3, Locks: 8}, 24},
		{sim.Board{Family: "8A", Address: 99, Locks: 50}, 50},
		{sim.Board{Family: "8A", Address: 7, Locks: 12, StateBytes: -1}, 12},
		{sim.Board{Family: "WKLY", Address: 0, Locks: 12}, 12},
		{sim.Board{Family: "WKLY", Address: 31, Locks: 24}, 24},
		{sim.Board{Family: "MODBUS-WAVESHARE", Address: 1, Locks: 8}, 8},
		{sim.Board{Family: "MODBUS-WAVESHARE", Address: 247, Locks: 32}, 32},
		{sim.Board{Family: "MODBUS-LCTECH", Address: 255, Locks: 4}, 4},
		{sim.Board{Family: "KERONG-5", Address: 9, Locks: 16}, 16},
		{sim.Board{Family: "KERONG-8", Address: 15, Locks: 12}, 12},
		{sim.Board{Family: "WINNSEN-90", Address: 2, Locks: 16}, 16},
		{sim.Board{Family: "MODBUS-0100", Address: 5, Locks: 4}, 4},
	} {
		for _, echo := range []float64{0, 1} {
			b := tt.board
			t.Run(fmt.Sprintf("%s %d, echo %v", b.Family, b.Address, echo), func(t *testing.T) {
				fam, _ := lockboard.FamilyNamed(b.Family)
				plan := lockboard.SurveyPlan{Bauds: []int{fam.Baud}}
				found, _, err := survey(t, fam.Baud, plan, sim.Trouble{Echo: echo}, b)
				want := []lockboard.Found{{Family: b.Family, Address: b.Address, Channels: tt.channels, Baud: fam.Baud}}
				for _, other := range relays {
					kin, _ := lockboard.FamilyNamed(other)
					if slices.Contains(relays, b.Family) && other != b.Family && b.Address <= kin.Highest {
						want[0].Also = append(want[0].Also, other)
					}
				}
				if b.Address == 255 && b.Family == "MODBUS-LCTECH" {
					want[0].Also = []string{"MODBUS-0100"}
				}
				if got := shown(found); err != nil || !slices.Equal(got, shown(want)) {
					t.Errorf("want %q, got %q, %v", shown(want), got, err)
				}
			})
		}
	}
}

// Families side by side on a line, and one speed of two.
func TestSurveyOfAMixedLine(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{
		{Family: "8A", Address: 1, Locks: 8}, {Family: "8A", Address: 2, Locks: 24},
		{Family: "WKLY", Address: 3, Locks: 24}, {Family: "MODBUS-LCTECH", Address: 4, Locks: 4},
		{Family: "WINNSEN-90", Address: 1, Number: 9, Locks: 16}, {Family: "KERONG-5", Address: 6, Locks: 16},
		{Family: "KERONG-8", Address: 7, Locks: 12},
	}
	found, took, err := survey(t, 9600, lockboard.SurveyPlan{Highest: 8}, sim.Trouble{}, boards...)
	want := []string{
		"9600: 8A 1 of 24 channels", "9600: 8A 2 of 24 channels", "9600: WKLY 3 of 24 channels",
		"9600: MODBUS-WAVESHARE 4 of 4 channels, or MODBUS-LCTECH or MODBUS-0100",
		"9600: KERONG-5 6 of 16 channels", "9600: KERONG-8 7 of 12 channels", "9600: WINNSEN-90 1 of 16 channels",
	}
	if got := shown(found); err != nil || !slices.Equal(got, want) {
		t.Errorf("want %q, got %q, %v", want, got, err)
	}
	t.Logf("took %s", took)
}

func TestSurveyOfNobody(t *testing.T) {
	t.Parallel()
	for _, echo := range []float64{0, 1} {
		found, took, err := survey(t, 9600, lockboard.SurveyPlan{}, sim.Trouble{Echo: echo})
		if err != nil || len(found) != 0 {
			t.Errorf("echo %v: got %q, %v", echo, shown(found), err)
		}
		t.Logf("echo %v: took %s", echo, took)
	}
}

// A board that answers only after the next question was asked is found all the same.
func TestSurveyOfASlowBoard(t *testing.T) {
	t.Parallel()
	for _, b := range []sim.Board{
		{Family: "8A", Address: 2, Locks: 8}, {Family: "WKLY", Address: 31, Locks: 12},
		{Family: "MODBUS-WAVESHARE", Address: 5, Locks: 8},
	} {
		b.Turnaround = 130 * time.Millisecond
		found, _, err := survey(t, 9600, lockboard.SurveyPlan{Families: []string{b.Family}}, sim.Trouble{}, b)
		if err != nil || len(found) != 1 || found[0].Address != b.Address {
			t.Errorf("%s: got %q, %v", b.Family, shown(found), err)
		}
	}
}

func TestSurveyOfTwoBoardsOnOneAddress(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{
		{Address: 1, Locks: 8}, {Address: 2, Number: 20, Locks: 8},
		{Address: 2, Number: 21, Locks: 8, Turnaround: 7 * time.Millisecond},
	}
	found, _, err := survey(t, 9600, lockboard.SurveyPlan{Bauds: []int{9600}}, sim.Trouble{}, boards...)
	shared := (*lockboard.Shared)(nil)
	if !errors.As(err, &shared) || *shared != (lockboard.Shared{Family: "8A", Address: 2, Baud: 9600}) {
		t.Errorf("got %v", err)
	}
	if got := shown(found); !slices.Equal(got, []string{"9600: 8A 1 of 24 channels"}) {
		t.Errorf("got %q", got)
	}
}

// One answer is none: it may have been chance.
func TestSurveyAsksTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := &surveyed{9600, sim.NewLine(9600, sim.Board{Address: 1, Locks: 8})}
		s.line.Watch(func(p sim.Passed) {
			if !p.FromHost {
				s.line.Power(1, false)
			}
		})
		plan := lockboard.SurveyPlan{Families: []string{"8A"}, Highest: 2}
		found, err := lockboard.Survey(ctx, s.open, plan, unwatched)
		if len(found) > 0 || err != nil {
			t.Errorf("got %q, %v", shown(found), err)
		}
	})
}

// A relay board without inputs says that it cannot tell of them. What it tells of its coils makes it no other board.
func TestSurveyOfRelaysWithoutInputs(t *testing.T) {
	t.Parallel()
	cannot := []byte{0x01, 0x82, 0x01, 0x81, 0x60} // no such function
	inputs := sim.Trouble{Twist: func(b []byte) []byte {
		if b[1] == 0x02 {
			return cannot
		}
		return b
	}}
	bare := sim.Board{Family: "MODBUS-WAVESHARE", Address: 1, Locks: 8}
	coils := sim.Board{Family: "MODBUS-0100", Address: 1, Locks: 8}
	plan := lockboard.SurveyPlan{Highest: 2, Bauds: []int{9600}}
	for _, tt := range []struct {
		boards []sim.Board
		want   string
	}{
		// Its relays are 0 to 7, and so the other family's 1 to 8 are none.
		{[]sim.Board{bare}, "9600: MODBUS-0100 1 of 4 channels, or MODBUS-WAVESHARE or MODBUS-LCTECH"},
		{[]sim.Board{coils}, "9600: MODBUS-0100 1 of 8 channels, or MODBUS-WAVESHARE or MODBUS-LCTECH"},
	} {
		found, _, err := survey(t, 9600, plan, inputs, tt.boards...)
		if got := shown(found); err != nil || !slices.Equal(got, []string{tt.want}) {
			t.Errorf("want %q, got %q, %v", tt.want, got, err)
		}
	}
}

// What is not understood is no board, however much of it comes.
func TestSurveyBelievesNoNoise(t *testing.T) {
	t.Parallel()
	board := sim.Board{Address: 1, Locks: 8}
	for _, tt := range []struct {
		name    string
		trouble sim.Trouble
		want    string
	}{
		{"partial echo", sim.Trouble{Echo: 0.5}, "damaged bytes come back whatever is asked"},
		{"half answers", sim.Trouble{Twist: sim.Half}, "only damaged answers from address 1 (8A)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, _, err := survey(t, 9600, lockboard.SurveyPlan{Bauds: []int{9600}}, tt.trouble, board)
			if len(found) > 0 || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, %v", shown(found), err)
			}
		})
	}
}

// A bad line may hide a board, but makes none up and does not call it by another name.
func TestSurveyOfANoisyLine(t *testing.T) {
	board := sim.Board{Family: "WKLY", Address: 3, Locks: 24}
	seen := 0
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := &surveyed{9600, sim.NewLine(9600, board)}
			s.line.Seed(seed)
			s.line.Trouble(sim.Trouble{Noise: 1e-3})
			found, _ := lockboard.Survey(ctx, s.open, lockboard.SurveyPlan{Bauds: []int{9600}, Highest: 8}, unwatched)
			for _, f := range found {
				if f.Family != board.Family || f.Address != board.Address || f.Channels != board.Locks && f.Channels != 0 {
					t.Errorf("found %+v", f)
				}
				seen++
			}
		})
	}
	t.Logf("found in %d of 30 surveys", seen)
}

// A line on which something else speaks is left alone.
func TestSurveyLeavesABusyLineAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := &surveyed{9600, sim.NewLine(9600, sim.Board{Address: 1, Locks: 8})}
		asked := 0
		s.line.Watch(func(p sim.Passed) {
			if p.FromHost {
				asked++
			}
		})
		go func() {
			for ctx.Err() == nil {
				s.line.Say([]byte{0x01, 0x03, 0x00, 0x00})
				time.Sleep(100 * time.Millisecond)
			}
		}()
		found, err := lockboard.Survey(ctx, s.open, lockboard.SurveyPlan{Bauds: []int{9600}}, unwatched)
		if len(found) > 0 || err == nil || !strings.Contains(err.Error(), "never quiet") || asked > 0 {
			t.Errorf("asked %d times, got %q, %v", asked, shown(found), err)
		}
		cancel()
		time.Sleep(time.Second)
	})
}

func TestSurveyErrors(t *testing.T) {
	_, err := lockboard.Survey(t.Context(), nil, lockboard.SurveyPlan{Families: []string{"9B"}}, unwatched)
	if err == nil || !strings.Contains(err.Error(), `"9B"`) {
		t.Errorf("unknown family: %v", err)
	}
	used := errors.New("another process uses it")
	_, err = lockboard.Survey(t.Context(), func(context.Context, int) (io.ReadWriteCloser, error) { return nil, used },
		lockboard.SurveyPlan{}, unwatched)
	if !errors.Is(err, used) {
		t.Errorf("port in use: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &surveyed{9600, sim.NewLine(9600, sim.Board{Address: 1, Locks: 8})}
		found, err := lockboard.Survey(ctx, s.open, lockboard.SurveyPlan{}, func(p lockboard.SurveyProgress) {
			if p.Address == 5 {
				cancel()
			}
		})
		if len(found) != 1 || !errors.Is(err, context.Canceled) {
			t.Errorf("stopped: got %q, %v", shown(found), err)
		}
	})
}

// Whatever a survey says, no board of any family can hear an unlock in it, wherever it begins to listen.
func TestSurveyNeverSaysUnlock(t *testing.T) {
	var said []byte
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var boards []sim.Board
		for i, name := range lockboard.Families() { // so that every kind of question is asked
			fam, _ := lockboard.FamilyNamed(name)
			boards = append(boards, sim.Board{Family: name, Address: fam.Highest, Number: 1000 + i, Locks: min(fam.Locks, 16)})
		}
		boards = append(boards, sim.Board{Address: 1, Locks: 50, StateBytes: -1})
		s := &surveyed{9600, sim.NewLine(9600, boards...)}
		s.line.Watch(func(p sim.Passed) {
			if p.FromHost {
				said = append(said, p.Bytes...)
			}
		})
		_, _ = lockboard.Survey(ctx, s.open, lockboard.SurveyPlan{Bauds: []int{9600}}, unwatched)
	})
	for _, name := range lockboard.Families() {
		fam, _ := lockboard.FamilyNamed(name)
		for i := range said {
			if r, n := fam.Peer.DecodeRequest(said[i:]); n > 0 && r.Op != lockboard.Query && r.Op != lockboard.QueryAll {
				t.Errorf("%s hears %s of board %d, lock %d in % X", name, r.Op, r.Board, r.Channel, said[i:i+n])
			}
		}
	}
	t.Logf("%d bytes said", len(said))
}
