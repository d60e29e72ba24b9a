package lockboard_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/sim"
)

// pulse0100 is how long we energise a lock on a board that ends no pulse by itself.
const pulse0100 = 400 * time.Millisecond

func is(op lockboard.Op) func(lockboard.Request) bool {
	return func(r lockboard.Request) bool { return r.Op == op }
}

// burnt wants no lock to be energised now, and none ever to have been for longer than most.
func (b *bench) burnt(board, locks int, most time.Duration) {
	b.t.Helper()
	for channel := 1; channel <= locks; channel++ {
		if s := b.line.State(board, channel); s.On > 0 || s.Longest > most {
			b.t.Errorf("lock %d/%d: want it energised for %s at most, was for %s, is for %s",
				board, channel, most, s.Longest, s.On)
		}
	}
}

// A board that ends no pulse by itself is told to, while everything else goes on.
func TestPulseThatWeEnd(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Family: "MODBUS-0100", Address: 7, Locks: 8}, {Address: 1, Locks: 2}}
	story(t, boards, nil, func(b *bench) {
		b.after(10*second, "1/1 closed", "1/2 closed")
		b.line.Force(1, 2) // which has that board asked at full speed
		b.after(2*second, "1/2 open")
		b.release("u1", 7, 3, 2*second)
		before := b.bus.Gauges()[1].Asked
		b.after(pulse0100-50*time.Millisecond, "u1 sent=true: acknowledged")
		if n := b.bus.Gauges()[1].Asked - before; n < 5 {
			b.t.Errorf("want the other board asked meanwhile, got %d queries", n)
		}
		if b.line.State(7, 3).On == 0 {
			b.t.Error("want the lock energised still")
		}
		b.after(second)
		b.burnt(7, 8, pulse0100+50*time.Millisecond)
		b.pulses(7, 3, 1)
	})
}

// Where the supply carries more than one pulse, others are released meanwhile; but not such whose answer may take so
// long that the first lock would burn.
func TestOthersAreReleasedMeanwhile(t *testing.T) {
	boards := []sim.Board{
		{Family: "MODBUS-0100", Address: 7, Locks: 2},
		{Family: "MODBUS-WAVESHARE", Address: 8, Locks: 2},
		{Address: 1, Locks: 2},
	}
	synctest.Test(t, func(t *testing.T) {
		b := plug(t, config(boards...), lockboard.NewSupply(3, 100*time.Millisecond), boards...)
		stop := b.run()
		time.Sleep(10 * second)
		b.take()
		asked := time.Now()
		b.release("u1", 7, 1, 2*second)
		b.release("u2", 8, 1, 2*second)
		b.release("u3", 1, 1, 2*second)
		time.Sleep(200 * time.Millisecond)
		b.line.Mute(1, true) // so that its answer is awaited for as long as can be
		time.Sleep(5 * second)
		for lock, most := range map[[2]int]time.Duration{
			{7, 1}: 50 * time.Millisecond, {8, 1}: 150 * time.Millisecond, {1, 1}: second,
		} {
			at := b.line.Pulses(lock[0], lock[1])
			if len(at) != 1 || at[0].Sub(asked) > most {
				t.Errorf("lock %v: want one pulse within %s, got %v after %s", lock, most, at, asked)
			}
		}
		b.burnt(7, 2, pulse0100+350*time.Millisecond) // a query of the mute board may be under way
		stop()
	})
}

// "Off" is said again until it is acknowledged, and until then the supply carries nothing else, on no line.
func TestOffIsLost(t *testing.T) {
	const tries = 6 // are lost
	boards := []sim.Board{{Family: "MODBUS-0100", Address: 7, Locks: 1}}
	others := []sim.Board{{Address: 1, Locks: 1}}
	synctest.Test(t, func(t *testing.T) {
		supply := lockboard.NewSupply(1, 100*time.Millisecond)
		b, other := plug(t, config(boards...), supply, boards...), plug(t, config(others...), supply, others...)
		began, lost := time.Now(), 0
		b.losing("MODBUS-0100", func(r lockboard.Request) bool {
			if r.Op != lockboard.Off || time.Since(began) < 5*second || lost == tries {
				return false
			}
			lost++
			return true
		})
		stop, stopOther := b.run(), other.run()
		time.Sleep(10 * second)
		b.take()
		b.release("u1", 7, 1, 5*second)
		time.Sleep(50 * time.Millisecond)
		other.release("u2", 1, 1, 10*second)
		b.after(10*second, "u1 sent=true: acknowledged")
		burnt, next := b.line.State(7, 1).Longest, other.line.Pulses(1, 1)[0].Sub(b.line.Pulses(7, 1)[0])
		if burnt < pulse0100+tries*550*time.Millisecond || burnt > pulse0100+tries*600*time.Millisecond {
			t.Errorf("want %d tries of some 570 ms lost, the lock was energised for %s", tries, burnt)
		}
		if rest := next - burnt; rest < 100*time.Millisecond || rest > 500*time.Millisecond {
			t.Errorf("want the supply to rest for 100 ms and not for long, got %s", rest)
		}
		b.burnt(7, 1, burnt)
		stop()
		stopOther()
	})
}

// What a run before may have left burning is switched off, also where the line broke in the middle of a pulse.
func TestOffAfterARestart(t *testing.T) {
	boards := []sim.Board{{Family: "MODBUS-0100", Address: 7, Locks: 8}}
	story(t, boards, nil, func(b *bench) {
		b.after(10 * second)
		b.release("u1", 7, 5, 2*second)
		time.Sleep(250 * time.Millisecond)
		b.unplug()
		b.after(3*second, "u1 sent=true: acknowledged", "7 lost: port gone: EOF", "7 back")
		b.burnt(7, 8, 2*second)
		b.pulses(7, 5, 1)
		b.release("u2", 7, 6, 2*second)
		b.after(3*second, "u2 sent=true: acknowledged")
		b.burnt(7, 8, 2*second)
	})
	synctest.Test(t, func(t *testing.T) { // another process: this one died
		cfg := config(boards...)
		b := plug(t, cfg, lockboard.NewSupply(1, 0), boards...)
		fam, _ := lockboard.FamilyNamed("MODBUS-0100")
		on, err := fam.Encode(lockboard.Request{Op: lockboard.Unlock, Board: 7, Channel: 2})
		if err != nil {
			t.Fatal(err)
		}
		rw, _ := b.open(t.Context())
		if _, err := rw.Write(on); err != nil {
			t.Fatal(err)
		}
		time.Sleep(second)
		b.unplug()
		if b.line.State(7, 2).On == 0 {
			t.Fatal("want the lock left burning")
		}
		stop := b.run()
		time.Sleep(second)
		b.burnt(7, 8, 2*second)
		stop()
	})
}

// Whoever stops us does not leave a lock burning.
func TestOffWhenStopped(t *testing.T) {
	boards := []sim.Board{{Family: "MODBUS-0100", Address: 7, Locks: 2}}
	for _, after := range []time.Duration{time.Millisecond, 20 * time.Millisecond, 200 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			b := plug(t, config(boards...), lockboard.NewSupply(1, 0), boards...)
			stop := b.run()
			time.Sleep(10 * second)
			b.release("u1", 7, 1, 2*second)
			time.Sleep(after)
			stop()
			b.burnt(7, 2, pulse0100+50*time.Millisecond)
		})
	}
}

// A board that does not answer leaves the others their turn, and is lost as any other.
func TestOffToNobody(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Family: "MODBUS-0100", Address: 7, Locks: 8}, {Address: 1, Locks: 2}}
	story(t, boards, func(b *bench) { b.line.Power(7, false) }, func(b *bench) {
		b.after(5*second, "1/1 closed", "1/2 closed")
		b.release("u1", 1, 1, 2*second)
		b.after(10*second, "u1 sent=true: acknowledged", "1/1 open", "7 lost: no answer for 8s")
		before := b.bus.Gauges()[1].Asked
		b.after(60 * second)
		if n := b.bus.Gauges()[1].Asked - before; n < 1200 {
			b.t.Errorf("want the board with a door in use asked nearly as often as alone, got %d queries in a minute", n)
		}
		b.line.Power(7, true)
		b.after(5*second, "7 back")
	})
}

// While it is not known whether the line echoes, what looks like the answer to "off" may be its echo.
func TestAnEchoEndsNoPulse(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Family: "MODBUS-0100", Address: 7, Locks: 1}}
	story(t, boards, func(b *bench) {
		b.line.Power(7, false)
		b.line.Trouble(sim.Trouble{Echo: 1})
		b.losing("MODBUS-0100", is(lockboard.QueryAll)) // whose echo would tell
	}, func(b *bench) {
		var offs atomic.Int64
		b.line.Watch(func(p sim.Passed) {
			if p.FromHost {
				offs.Add(1)
			}
		})
		time.Sleep(5 * second)
		if n := offs.Load(); n < 5 {
			b.t.Errorf("want \"off\" said again and again, got it said %d times", n)
		}
	})
}
