package lockboard_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// bench is a bus on a simulated line, and what it told.
type bench struct {
	t    *testing.T
	cfg  lockboard.Config
	line *sim.Line
	bus  *lockboard.Bus

	mu      sync.Mutex
	told    []locker.Input
	unlocks int           // on the line
	refuse  error         // opening the port gives this
	pull    func()        // unplugs it
	stall   chan struct{} // telling waits for this
}

// config is a line with the boards given.
func config(boards ...sim.Board) lockboard.Config {
	cfg := lockboard.Config{Name: "main", Port: "sim", Family: "8A", Baud: 9600, LostAfter: 8 * time.Second}
	for _, b := range boards {
		c := lockboard.BoardConfig{
			Address: b.Address, Locks: b.Locks, Contact: lockboard.Latch, ClosedWhen: lockboard.Shorted, Inverted: b.Inverted,
		}
		if b.ShortedOpen {
			c.ClosedWhen = lockboard.Open
		}
		cfg.Boards = append(cfg.Boards, c)
	}
	return cfg
}

// story runs a bus against a simulated line in a bubble of its own time. set prepares the line before the bus starts.
func story(t *testing.T, boards []sim.Board, set, tell func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, cfg: config(boards...), line: sim.NewLine(9600, boards...)}
		if err := b.cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		b.line.Watch(b.passed)
		b.bus = lockboard.New(b.cfg, b.open, b.tell, slog.New(slog.DiscardHandler))
		if set != nil {
			set(b)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- b.bus.Run(ctx) }()
		tell(b)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run after cancel: want nil, got %v", err)
		}
		b.unplug()
		synctest.Wait()
	})
}

// open plugs the simulated line in.
func (b *bench) open(context.Context) (io.ReadWriteCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse != nil {
		return nil, b.refuse
	}
	near, far := sim.Pipe()
	ctx, cancel := context.WithCancel(b.t.Context())
	b.pull = cancel
	go func() { _ = b.line.Run(ctx, far) }()
	return near, nil
}

func (b *bench) unplug() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pull != nil {
		b.pull()
	}
}

func (b *bench) passed(p sim.Passed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r, ok := (lockboard.Family8A{}).DecodeRequest(p.Bytes); p.FromHost && ok && r.Op == lockboard.Unlock {
		b.unlocks++
	}
}

func (b *bench) tell(ctx context.Context, in locker.Input) error {
	b.mu.Lock()
	stall := b.stall
	b.mu.Unlock()
	if stall != nil {
		select {
		case <-stall:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told = append(b.told, in)
	return nil
}

// release asks for a lock.
func (b *bench) release(unlock string, board, channel int, within time.Duration) {
	b.bus.Release(locker.Release{Unlock: unlock, Lock: lockAt(board, channel), Within: within})
}

func lockAt(board, channel int) locker.Lock {
	return locker.Lock{Bus: "main", Board: board, Channel: channel}
}

// take gives what was told since it was last called.
func (b *bench) take() []locker.Input {
	b.mu.Lock()
	defer b.mu.Unlock()
	told := b.told
	b.told = nil
	return told
}

// brief writes inputs down without their evidence. States in a row come in the order of their locks.
func brief(inputs []locker.Input) (lines []string) {
	states := 0
	for _, in := range inputs {
		if _, ok := in.(locker.LockSensed); ok {
			states++
		} else {
			states = 0
		}
		switch in := in.(type) {
		case locker.LockSensed:
			lines = append(lines, fmt.Sprintf("%d/%d %s", in.Lock.Board, in.Lock.Channel, in.State))
		case locker.ReleaseEnded:
			lines = append(lines, fmt.Sprintf("%s sent=%v: %s", in.Unlock, in.Sent, in.Why))
		case locker.BoardLost:
			lines = append(lines, fmt.Sprintf("%d lost: %s", in.Board, in.Why))
		case locker.BoardBack:
			lines = append(lines, fmt.Sprintf("%d back", in.Board))
		}
		slices.Sort(lines[len(lines)-states:])
	}
	return lines
}

// after waits and then wants exactly this to have been told meanwhile.
func (b *bench) after(d time.Duration, want ...string) {
	b.t.Helper()
	time.Sleep(d)
	if got := brief(b.take()); !slices.Equal(want, got) {
		b.t.Errorf("after %s: want told\n %q, got\n %q", d, want, got)
	}
}

// pulses wants a lock to have been pulsed so often.
func (b *bench) pulses(board, channel, want int) {
	b.t.Helper()
	if got := len(b.line.Pulses(board, channel)); got != want {
		b.t.Errorf("lock %d/%d: want %d pulses, got %d", board, channel, want, got)
	}
}

func one(b sim.Board) []sim.Board {
	b.Address = 1
	if b.Locks == 0 {
		b.Locks = 2
	}
	return []sim.Board{b}
}

const second = time.Second

func TestDoorOpensAndCloses(t *testing.T) {
	tests := []struct {
		name  string
		board sim.Board
	}{
		{"shorted when closed", sim.Board{}},
		{"shorted when open", sim.Board{ShortedOpen: true}},
		{"one lock the other way round", sim.Board{Inverted: []int{1}}},
		{"no query for all", sim.Board{StateBytes: -1}},
		{"four bytes of state", sim.Board{StateBytes: 4}},
		{"reports", sim.Board{Reports: true}},
	}
	for _, tt := range tests {
		for _, echo := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, echo %v", tt.name, echo), func(t *testing.T) {
				story(t, one(tt.board), func(b *bench) { b.line.Echo(echo) }, func(b *bench) {
					b.after(4*second, "1/1 closed", "1/2 closed")
					b.release("u1", 1, 1, 2*second)
					b.after(1*second, "u1 sent=true: acknowledged", "1/1 open")
					b.after(30 * second)
					b.line.Push(1, 1)
					b.after(1*second, "1/1 closed")
					b.pulses(1, 1, 1)
					b.pulses(1, 2, 0)
				})
			})
		}
	}
}

func TestEvidence(t *testing.T) {
	story(t, one(sim.Board{}), nil, func(b *bench) {
		time.Sleep(4 * second)
		b.take()
		pushed := time.Now()
		b.line.Force(1, 2)
		time.Sleep(2 * second)
		told := b.take()
		if len(told) != 1 {
			b.t.Fatalf("want one input, got %v", told)
		}
		s := told[0].(locker.LockSensed)
		e := s.Evidence
		if s.State != locker.Open || e.Contact != "latch" || e.Answers < 2 || e.First.Before(pushed) ||
			e.Last.Sub(e.First) < 50*time.Millisecond {
			b.t.Errorf("state %s, evidence %+v", s.State, e)
		}
	})
}

// What the contact says while the lock is energised is the pulse's doing.
func TestJammed(t *testing.T) {
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.line.Jam(1, 1, true)
		b.release("u1", 1, 1, 2*second)
		b.after(8*second, "u1 sent=true: acknowledged")
		b.pulses(1, 1, 1)
	})
}

func TestFrozenDoorSpringsLate(t *testing.T) {
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.line.Slow(1, 1, 5*second)
		b.release("u1", 1, 1, 2*second)
		b.after(5*second, "u1 sent=true: acknowledged")
		b.after(second, "1/1 open")
	})
}

// A board that pulses and never answers gets exactly one pulse.
func TestPulsesAndNeverAnswers(t *testing.T) {
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.line.Mute(1, true)
		b.release("u1", 1, 1, 2*second)
		b.after(3*second, "u1 sent=true: no answer")
		b.after(time.Minute, "1 lost: no answer for 8s")
		b.pulses(1, 1, 1)
		b.line.Mute(1, false)
		b.after(5*second, "1 back", "1/1 open", "1/2 closed")
		b.after(time.Minute)
		b.pulses(1, 1, 1)
	})
}

func TestLostAndBack(t *testing.T) {
	boards := []sim.Board{{Address: 1, Locks: 1}, {Address: 2, Locks: 1}}
	story(t, boards, func(b *bench) { b.line.Power(2, false) }, func(b *bench) {
		b.after(7*second, "1/1 closed")
		b.after(3*second, "2 lost: no answer for 8s")
		b.after(time.Hour)
		b.line.Power(2, true)
		b.after(5*second, "2 back", "2/1 closed")
		b.line.Power(2, false)
		b.after(4 * second)
		b.line.Power(2, true) // not long enough to be lost
		b.after(time.Minute)
		if g := b.bus.Gauges(); g[0].Silent != 0 || g[1].Silent == 0 || g[1].Answered == 0 || g[1].Lost {
			b.t.Errorf("gauges: %+v", g)
		}
	})
}

func TestPortGoneAndBack(t *testing.T) {
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.mu.Lock()
		b.refuse = errors.New("no such device")
		b.mu.Unlock()
		b.unplug()
		b.after(second, "1 lost: port gone: EOF")
		b.release("u1", 1, 1, 2*second)
		b.after(time.Second)
		b.after(1500*time.Millisecond, "u1 sent=false: past its deadline")
		b.release("u2", 1, 1, 20*second)
		b.mu.Lock()
		b.refuse = nil
		b.mu.Unlock()
		b.after(8*second, "u2 sent=true: acknowledged", "1 back", "1/1 open", "1/2 closed")
		b.pulses(1, 1, 1)
	})
}

func TestPortMissingAtStart(t *testing.T) {
	story(t, one(sim.Board{}), func(b *bench) { b.refuse = errors.New("no such device") }, func(b *bench) {
		b.after(time.Minute, "1 lost: port gone: no such device")
	})
}

func TestDisturbedAnswersSayNothing(t *testing.T) {
	tests := []struct {
		name  string
		twist func([]byte) []byte
	}{
		{"half a frame", sim.Half},
		{"no end", func(f []byte) []byte { return f[:len(f)-1] }},
		{"another board's address", func(f []byte) []byte { return resum(f, 1, 2) }},
		{"wrong sum", func(f []byte) []byte { return append(f[:len(f)-1], f[len(f)-1]^1) }},
		{"wrong head", func(f []byte) []byte { return resum(f, 0, 0x81) }},
		{"doubled", func(f []byte) []byte { return append(f, f...) }},
		{"a byte too many", func(f []byte) []byte { return append(f, 0x55) }},
		{"noise", func(f []byte) []byte {
			for i := range f {
				f[i] = f[i]*167 + 13
			}
			return f
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			story(t, one(sim.Board{}), nil, func(b *bench) {
				b.after(4*second, "1/1 closed", "1/2 closed")
				b.line.Twist(tt.twist)
				b.release("u1", 1, 1, 2*second)
				time.Sleep(5 * second)
				got := brief(b.take())
				if len(got) != 1 || (got[0] != "u1 sent=true: no answer" && got[0] != "u1 sent=true: no good answer") {
					b.t.Errorf("want only the unlock without an answer, got %q", got)
				}
				b.pulses(1, 1, 1)
				time.Sleep(8 * second)
				if got := brief(b.take()); len(got) != 1 || got[0][:6] != "1 lost" {
					b.t.Errorf("want the board lost, got %q", got)
				}
				b.line.Twist(nil)
				b.after(5*second, "1 back", "1/1 open", "1/2 closed")
			})
		})
	}
}

// resum changes a byte of a frame and makes its sum right again.
func resum(f []byte, i int, v byte) []byte {
	f[len(f)-1] ^= f[i] ^ v
	f[i] = v
	return f
}

func TestLateAnswers(t *testing.T) {
	for _, late := range []time.Duration{250 * time.Millisecond, 400 * time.Millisecond} {
		t.Run(late.String(), func(t *testing.T) {
			story(t, one(sim.Board{}), nil, func(b *bench) {
				b.after(4*second, "1/1 closed", "1/2 closed")
				b.line.Late(late)
				b.release("u1", 1, 1, 2*second)
				if late < 300*time.Millisecond {
					b.after(3*second, "u1 sent=true: acknowledged", "1/1 open")
				} else {
					b.after(3*second, "u1 sent=true: acknowledged")
					b.after(10*second, "1 lost: no answer for 8s")
				}
				b.pulses(1, 1, 1)
			})
		})
	}
}

// A report in the middle of a transaction completes nothing and is believed nothing.
func TestReportsCompleteNothing(t *testing.T) {
	report := []byte{0x82, 0x01, 0x01, 0x00, 0x82} // 1/1, contact open: as if the door had opened
	boards := []sim.Board{{Address: 1, Locks: 2}}
	for _, tt := range []struct {
		name string
		at   func(b *bench)
	}{
		{"between unlock and answer", func(b *bench) {
			time.Sleep(100 * time.Millisecond)
			b.line.Say(report)
		}},
		{"glued before the answer", func(b *bench) {
			b.line.Twist(func(f []byte) []byte { return append(slices.Clone(report), f...) })
		}},
		{"glued behind the answer", func(b *bench) {
			b.line.Twist(func(f []byte) []byte { return append(f, report...) })
		}},
		{"while the board says nothing", func(b *bench) {
			b.line.Mute(1, true)
			time.Sleep(100 * time.Millisecond)
			b.line.Say(report)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			story(t, boards, nil, func(b *bench) {
				b.after(4*second, "1/1 closed", "1/2 closed")
				b.line.Jam(1, 1, true)
				b.release("u1", 1, 1, 2*second)
				tt.at(b)
				why := "acknowledged"
				if b.line.BoardState(1).Mute {
					why = "no answer"
				}
				b.after(3*second, "u1 sent=true: "+why)
				if g := b.bus.Gauges(); g[0].Reports == 0 {
					b.t.Error("the report was not seen")
				}
			})
		})
	}
}

// A report has the board asked at once.
func TestReportHurries(t *testing.T) {
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(20*second, "1/1 closed", "1/2 closed")
		asked := func() uint64 { return b.bus.Gauges()[0].Asked }
		for before := asked(); asked() == before; { // so the next query is a second away
			time.Sleep(time.Millisecond)
		}
		before := asked()
		b.line.Say([]byte{0x82, 0x01, 0x01, 0x11, 0x93})
		time.Sleep(200 * time.Millisecond)
		if got := asked() - before; got != 1 {
			b.t.Errorf("want one query within 200 ms of the report, got %d", got)
		}
	})
}

func TestReleasePastItsDeadline(t *testing.T) {
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.line.Mute(1, true)
		b.release("u1", 1, 1, 2*second)
		b.release("u2", 1, 2, 500*time.Millisecond) // u1 holds the line for longer
		b.after(3*second, "u1 sent=true: no answer", "u2 sent=false: past its deadline")
		b.pulses(1, 2, 0)
	})
}

func TestReleaseWhileTellingStalls(t *testing.T) {
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		stall := make(chan struct{})
		b.mu.Lock()
		b.stall = stall
		b.mu.Unlock()
		b.line.Force(1, 2)
		time.Sleep(3 * second) // the bus is about to tell of it
		b.release("u1", 1, 1, 2*second)
		time.Sleep(3 * second)
		close(stall)
		b.after(second, "1/2 open", "u1 sent=false: past its deadline")
		b.pulses(1, 1, 0)
	})
}

func TestFullMailbox(t *testing.T) {
	const handed, fits = 20, 16
	story(t, one(sim.Board{}), func(b *bench) {
		for i := range handed { // before anybody looks into it
			b.release(fmt.Sprintf("u%d", i), 1, 1+i%2, time.Minute)
		}
	}, func(b *bench) {
		time.Sleep(30 * second)
		sent, full := 0, 0
		for _, in := range b.take() {
			if r, ok := in.(locker.ReleaseEnded); ok && r.Sent {
				sent++
			} else if ok && r.Why == "too many releases are waiting" {
				full++
			}
		}
		if sent != fits || full != handed-fits {
			b.t.Errorf("want %d sent and %d refused, got %d and %d", fits, handed-fits, sent, full)
		}
		b.pulses(1, 1, fits/2)
		b.pulses(1, 2, fits/2)
		all := append(b.line.Pulses(1, 1), b.line.Pulses(1, 2)...)
		slices.SortFunc(all, time.Time.Compare)
		for i := range all[1:] {
			if gap := all[i+1].Sub(all[i]); gap < 400*time.Millisecond {
				b.t.Errorf("pulse %d: %s after the one before; the power supply needs 400 ms", i+1, gap)
			}
		}
	})
}

func TestNoSuchLock(t *testing.T) {
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		for _, l := range []locker.Lock{lockAt(1, 0), lockAt(1, 3), lockAt(2, 1), {Bus: "other", Board: 1, Channel: 1}} {
			b.bus.Release(locker.Release{Unlock: "u", Lock: l, Within: second})
			b.after(second, "u sent=false: no such lock: "+l.String())
		}
		if b.unlocks != 0 {
			b.t.Errorf("want no unlock on the line, got %d", b.unlocks)
		}
	})
}

// An unlock's echo is the answer "contact shorted": opened, on these boards. While it is not known whether the line echoes,
// nothing is opened there.
func TestEchoUnknown(t *testing.T) {
	for _, tt := range []struct {
		name  string
		board sim.Board
		want  string
	}{
		{"shorted when open", sim.Board{ShortedOpen: true}, "u1 sent=false: not known whether the line echoes: no board answers"},
		{"one such lock", sim.Board{Inverted: []int{2}}, "u1 sent=false: not known whether the line echoes: no board answers"},
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

// A board without power on a line that echoes has not acknowledged anything.
func TestEchoIsNoAnswer(t *testing.T) {
	for _, shortedOpen := range []bool{false, true} {
		story(t, one(sim.Board{ShortedOpen: shortedOpen}), func(b *bench) { b.line.Echo(true) }, func(b *bench) {
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

func TestRecheck(t *testing.T) {
	boards := []sim.Board{{Address: 1, Locks: 1}, {Address: 2, Locks: 1}}
	story(t, boards, func(b *bench) { b.line.Power(2, false) }, func(b *bench) {
		b.after(10*second, "1/1 closed", "2 lost: no answer for 8s")
		b.bus.Recheck()
		b.after(second, "1 back", "2 lost: no answer for 8s", "1/1 closed")
	})
}

// A cut wire reads as an open contact: that is what is told, and nothing else.
func TestCutSensor(t *testing.T) {
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.line.CutSensor(1, 1, true)
		b.after(2*second, "1/1 open")
	})
}

// A contact that bounces faster than it is asked is no state until it rests.
func TestBounce(t *testing.T) {
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		flip := []byte{0x80, 0x01, 0x00, 0x00, 0x00, 0x33, 0xB2}
		n := 0
		b.line.Twist(func(f []byte) []byte {
			if n++; len(f) == 7 && n%2 == 0 {
				return flip // all open
			}
			return f
		})
		b.after(5 * second)
	})
}

// Idle boards are asked calmly, boards in use at once after the answer, and none is forgotten.
func TestPace(t *testing.T) {
	boards := []sim.Board{{Address: 1, Locks: 12}, {Address: 2, Locks: 12}}
	story(t, boards, nil, func(b *bench) {
		time.Sleep(30 * second)
		before := b.bus.Gauges()
		time.Sleep(60 * second)
		calm := b.bus.Gauges()
		for i := range calm {
			if n := calm[i].Asked - before[i].Asked; n < 50 || n > 61 {
				b.t.Errorf("board %d, idle: want about one query a second, got %d in a minute", calm[i].Board, n)
			}
		}
		b.release("u1", 1, 1, 2*second)
		time.Sleep(2 * second)
		before = b.bus.Gauges()
		time.Sleep(60 * second)
		used := b.bus.Gauges()
		if n := used[0].Asked - before[0].Asked; n < 1000 {
			b.t.Errorf("board in use: want it asked some 20 times a second, got %d in a minute", n)
		}
		if n := used[1].Asked - before[1].Asked; n < 50 || n > 61 {
			b.t.Errorf("board not in use: want about one query a second, got %d in a minute", n)
		}
	})
}

// On a noisy line nothing false is told, and nothing is pulsed that was not asked for.
func TestNoise(t *testing.T) {
	boards := []sim.Board{{Address: 1, Locks: 12}, {Address: 2, Locks: 12}}
	for _, rate := range []float64{1e-4, 1e-3} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			story(t, boards, nil, func(b *bench) {
				time.Sleep(5 * second)
				if got := len(b.take()); got != 24 {
					b.t.Fatalf("want 24 states, got %d", got)
				}
				b.line.Noise(rate)
				b.after(time.Hour)
				for _, board := range []int{1, 2} {
					for channel := 1; channel <= 12; channel++ {
						b.pulses(board, channel, 0)
					}
				}
			})
		})
	}
}

func TestTellErrorEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broke := errors.New("nobody listens")
		cfg := config(sim.Board{Address: 1, Locks: 1})
		bus := lockboard.New(cfg,
			func(context.Context) (io.ReadWriteCloser, error) { return nil, errors.New("no such device") },
			func(context.Context, locker.Input) error { return broke }, slog.New(slog.DiscardHandler))
		if err := bus.Run(t.Context()); !errors.Is(err, broke) {
			t.Errorf("want %v, got %v", broke, err)
		}
	})
}
