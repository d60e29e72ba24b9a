package lockboard_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// The same where the board answers early and the coil makes the contact rattle.
func TestRattleDuringPulse(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{Pulse: 10 * time.Millisecond}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.line.Jam(1, 1, true)
		b.release("u1", 1, 1, 2*second)
		over := time.Now().Add(250 * time.Millisecond)
		b.twist(func(f []byte) []byte {
			if len(f) == 7 && time.Now().Before(over) {
				return []byte{0x80, 0x01, 0x00, 0x00, 0x02, 0x33, 0xB0} // lock 1 open, lock 2 closed
			}
			return f
		})
		b.after(8*second, "u1 sent=true: acknowledged")
		b.pulses(1, 1, 1)
	})
}

func TestDisturbedAnswersSayNothing(t *testing.T) {
	t.Parallel()
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
				b.line.Trouble(sim.Trouble{Twist: tt.twist})
				b.release("u1", 1, 1, 2*second)
				time.Sleep(13 * second)
				got := brief(b.take())
				if len(got) != 2 || got[0] != "u1 sent=true: no answer" && got[0] != "u1 sent=true: no good answer" ||
					got[1][:6] != "1 lost" {
					b.t.Errorf("want only the unlock without an answer and the board lost, got %q", got)
				}
				b.pulses(1, 1, 1)
				b.line.Trouble(sim.Trouble{})
				b.after(15*second, "1 back", "1/1 open", "1/2 closed")
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

// twist changes every answer on its way.
func (b *bench) twist(f func([]byte) []byte) { b.line.Trouble(sim.Trouble{Twist: f}) }

func TestLateAnswers(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{250 * time.Millisecond, 400 * time.Millisecond} {
		t.Run(late.String(), func(t *testing.T) {
			story(t, one(sim.Board{}), nil, func(b *bench) {
				b.after(4*second, "1/1 closed", "1/2 closed")
				b.line.Trouble(sim.Trouble{Late: 1, LateBy: late})
				b.release("u1", 1, 1, 2*second)
				if late < 300*time.Millisecond {
					b.after(3*second, "u1 sent=true: acknowledged", "1/1 open")
				} else {
					b.after(3*second, "u1 sent=true: acknowledged")
					time.Sleep(10 * second)
					if got := brief(b.take()); len(got) != 1 || !strings.HasPrefix(got[0], "1 lost: its answers come too late: after ") {
						b.t.Errorf("want the board lost for being late, got %q", got)
					}
				}
				b.pulses(1, 1, 1)
			})
		})
	}
}

// A report in the middle of a transaction completes nothing and is believed nothing.
func TestReportsCompleteNothing(t *testing.T) {
	t.Parallel()
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
			b.twist(func(f []byte) []byte { return append(slices.Clone(report), f...) })
		}},
		{"glued behind the answer", func(b *bench) {
			b.twist(func(f []byte) []byte { return append(f, report...) })
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
	t.Parallel()
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

// A cut wire reads as an open contact: that is what is told, and nothing else.
func TestCutSensor(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		b.line.Contact(1, 1, sim.Contact{Cut: true})
		b.after(2*second, "1/1 open")
	})
}

// A contact that bounces faster than it is asked is no state until it rests.
func TestBounce(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		flip := []byte{0x80, 0x01, 0x00, 0x00, 0x00, 0x33, 0xB2}
		n := 0
		b.twist(func(f []byte) []byte {
			if n++; len(f) == 7 && n%2 == 0 {
				return flip // all open
			}
			return f
		})
		b.after(5 * second)
	})
}

// A board whose answers to a query for all are of changing length is not believed but asked lock by lock.
func TestLengthNeverLearnt(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), func(b *bench) {
		n := 0
		b.twist(func(f []byte) []byte {
			if len(f) != 7 {
				return f
			}
			n++
			open := []byte{0x80, 0x01, 0x00, 0x00, 0x00, 0x33, 0xB2}
			return slices.Insert(open, 2, make([]byte, n%2)...) // zeros leave the sum as it is
		})
	}, func(b *bench) {
		b.after(20*second, "1/1 closed", "1/2 closed")
		before := b.bus.Gauges()[0].Asked
		b.after(10 * second)
		if n := b.bus.Gauges()[0].Asked - before; n < 18 || n > 21 {
			b.t.Errorf("want each lock asked once a second, got %d queries in 10 s", n)
		}
	})
}

// On a noisy line nothing false is told, and nothing is pulsed that was not asked for.
func TestNoise(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Address: 1, Locks: 12}, {Address: 2, Locks: 12}}
	for _, rate := range []float64{1e-4, 1e-3} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			story(t, boards, nil, func(b *bench) {
				time.Sleep(5 * second)
				if got := len(b.take()); got != 24 {
					b.t.Fatalf("want 24 states, got %d", got)
				}
				b.line.Trouble(sim.Trouble{Noise: rate})
				time.Sleep(time.Hour)
				for _, in := range b.take() {
					if s, ok := in.(locker.LockSensed); ok && s.State != locker.Closed {
						b.t.Errorf("false: %+v", s)
					}
				}
				for _, board := range []int{1, 2} {
					for channel := 1; channel <= 12; channel++ {
						b.pulses(board, channel, 0)
					}
				}
			})
		})
	}
}

// halting is a line whose computer or adapter is held up in the middle of every answer.
type halting struct {
	io.ReadWriteCloser
	on    *atomic.Bool
	bytes int
}

func (l *halting) Read(p []byte) (int, error) {
	n, err := l.ReadWriteCloser.Read(p[:1])
	if l.bytes += n; l.bytes%4 == 0 && l.on.Load() {
		time.Sleep(120 * time.Millisecond)
	}
	return n, err
}

// An answer that comes in two pieces is no damaged one: its rest is waited for, and its line is not shut.
func TestAnswersInPieces(t *testing.T) {
	t.Parallel()
	var on atomic.Bool
	story(t, one(sim.Board{}), func(b *bench) {
		b.wrap = func(rw io.ReadWriteCloser) io.ReadWriteCloser { return &halting{ReadWriteCloser: rw, on: &on} }
	}, func(b *bench) {
		b.after(4*second, "1/1 closed", "1/2 closed")
		on.Store(true)
		b.line.Force(1, 1)
		b.after(4*second, "1/1 open")
		b.line.Push(1, 1)
		b.after(4*second, "1/1 closed")
		b.release("u1", 1, 1, 2*second)
		b.after(4*second, "u1 sent=true: acknowledged", "1/1 open")
		b.after(time.Minute)
		if g := b.bus.Gauges()[0]; g.Garbled > 0 || g.Silent > 0 {
			b.t.Errorf("want every answer understood, got %+v", g)
		}
	})
}
