package lockboard_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// visit is a line in use on a true tty at 9600 baud: what passes on it, and what it tells.
type visit struct {
	b    *testing.B
	line *sim.Line
	bus  *lockboard.Bus
	told chan locker.Input
	sent chan time.Time // of unlocks, when their first byte was about to leave
}

// BenchmarkLineInUse is a courier's visit at one board of 24 locks, on a tty that takes the time that 9600 baud take: a door is
// unlocked, springs open and is pushed shut, and the next one is unlocked some moments later. It tells how long an unlock waits
// from when it is handed over (unlock), the same where its record took 20 ms to be written before that (written), the same while
// another door stands open (beside), and how long a door that moves is not told (opened, closed).
//
//	go test -run '^$' -bench LineInUse -benchtime 200x ./internal/lockboard
func BenchmarkLineInUse(b *testing.B) {
	v := newVisit(b)
	series := make(map[string][]time.Duration)
	add := func(name string, d time.Duration) { series[name] = append(series[name], d) }
	for round := 0; b.Loop(); round++ {
		channel := 2 + round%23
		moments := func() { time.Sleep(time.Duration(rand.Int64N(int64(300 * time.Millisecond)))) }
		moments()
		add("unlock", v.unlock(channel, 0))
		add("opened", v.moved(channel, locker.Open, func() { v.line.Force(1, channel) }))
		moments()
		add("closed", v.moved(channel, locker.Closed, func() { v.line.Push(1, channel) }))
		moments()
		add("written", v.unlock(channel, 20*time.Millisecond))
		v.moved(channel, locker.Open, func() { v.line.Force(1, channel) })
		moments()
		v.moved(channel, locker.Closed, func() { v.line.Push(1, channel) })
		v.line.Force(1, 1)
		v.until(1, locker.Open)
		moments()
		add("beside", v.unlock(channel, 0))
		v.moved(channel, locker.Open, func() { v.line.Force(1, channel) })
		v.moved(channel, locker.Closed, func() { v.line.Push(1, channel) })
		v.moved(1, locker.Closed, func() { v.line.Push(1, 1) })
	}
	for name, all := range series {
		slices.Sort(all)
		for what, share := range map[string]int{"p50": 50, "p95": 95} {
			b.ReportMetric(float64(all[len(all)*share/100])/1e6, name+"-ms-"+what)
		}
	}
}

func newVisit(b *testing.B) *visit {
	pty, err := sim.OpenPTY()
	if err != nil {
		b.Fatal(err)
	}
	boards := []sim.Board{{Address: 1, Locks: 24}}
	cfg := config(boards...)
	cfg.Port = pty.Path()
	v := &visit{b: b, line: sim.NewLine(cfg.Baud, boards...), told: make(chan locker.Input, 256), sent: make(chan time.Time, 1)}
	for channel := 1; channel <= 24; channel++ {
		v.line.Jam(1, channel, true) // it springs open when the bench says so, and not somewhere in the pulse
	}
	tell := func(_ context.Context, in locker.Input) error { v.told <- in; return nil }
	v.bus = lockboard.New(cfg, lockboard.NewSupply(1, 0), cfg.Open, tell, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 2)
	go func() { ended <- v.line.Run(ctx, pty) }()
	go func() { ended <- v.bus.Run(ctx) }()
	go v.bus.Watch(ctx, func(fromHost bool, at time.Time, bytes []byte) {
		if r, n := (lockboard.Family8A{}).DecodeRequest(bytes); fromHost && n > 0 && r.Op == lockboard.Unlock {
			v.sent <- at
		}
	})
	b.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				b.Error(err)
			}
		}
		_ = pty.Close()
	})
	v.until(24, locker.Closed)
	return v
}

// until waits until a state is told of a lock.
func (v *visit) until(channel int, state locker.DoorState) {
	for in := range v.told {
		if s, ok := in.(locker.LockSensed); ok && s.Lock.Channel == channel && s.State == state {
			return
		}
	}
}

// unlock pulses a lock and gives how long it took from when the release was handed over; its record took so long before that.
func (v *visit) unlock(channel int, record time.Duration) time.Duration {
	if record > 0 {
		v.bus.Expect()
		time.Sleep(record)
	}
	at := locker.Lock{Bus: "main", Board: 1, Channel: channel}
	began := time.Now()
	v.bus.Release(locker.Release{Unlock: "u", Lock: at, Until: began.Add(2 * time.Second)})
	sent := <-v.sent
	for in := range v.told {
		if r, ok := in.(locker.ReleaseEnded); ok {
			if !r.Sent {
				v.b.Fatal(r.Why)
			}
			return sent.Sub(began)
		}
	}
	return 0
}

// moved moves a door and gives how long it took until that was told.
func (v *visit) moved(channel int, state locker.DoorState, move func()) time.Duration {
	time.Sleep(time.Duration(rand.Int64N(int64(50 * time.Millisecond))))
	began := time.Now()
	move()
	v.until(channel, state)
	return time.Since(began)
}
