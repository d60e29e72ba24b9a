package lockboard_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// span is a pulse, from its beginning to its end.
type span struct {
	from, till time.Time
	of         string
}

// Lines that hang on one supply never pulse more locks at once than it carries, and let it rest after each: boards of
// every family, and a line that lies behind a network.
func TestOneSupply(t *testing.T) {
	const gap = 100 * time.Millisecond
	for _, carries := range []int{1, 2} {
		t.Run(fmt.Sprint(carries), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				feeds := sim.NewSupply(carries)
				supply := lockboard.NewSupply(carries, gap)
				left, right := mixed(), mixed()
				var benches []*bench
				for i, boards := range [][]sim.Board{left, right} {
					for j := range boards {
						boards[j].Supply = feeds
					}
					cfg := config(boards...)
					cfg.Name = fmt.Sprint("line", i)
					if i == 1 {
						cfg.Port = "tcp://192.0.2.9:4001"
					}
					b := plug(t, cfg, supply, boards...)
					if i == 1 {
						b.wrap = slow(200 * time.Millisecond)
					}
					benches = append(benches, b)
				}
				var stops []func()
				for _, b := range benches {
					stops = append(stops, b.run())
				}
				time.Sleep(time.Minute)
				dice, released := rand.New(rand.NewPCG(5, 6)), 0
				offs := make([]map[locker.Lock][]time.Time, len(benches))
				for i, b := range benches {
					offs[i] = b.offs()
				}
				for range 40 {
					for _, b := range benches {
						s := left[dice.IntN(len(left))]
						b.release("u", s.Address, 1+dice.IntN(s.Locks), time.Minute)
						released++
					}
					time.Sleep(time.Duration(dice.Int64N(int64(5 * second))))
				}
				time.Sleep(time.Minute)
				pulsed := pulsesOf(t, benches, offs, left)
				if len(pulsed) != released {
					t.Errorf("want each of %d releases to pulse, got %d pulses", released, len(pulsed))
				}
				if n := feeds.Breakdowns(); n > 0 {
					t.Errorf("the supply broke down %d times", n)
				}
				for i := range pulsed[:len(pulsed)-carries] {
					// The one that follows when all places are taken follows the one that ends first.
					if rest := pulsed[i+carries].from.Sub(earliest(pulsed[i : i+carries])); rest < gap {
						t.Errorf("%v: %s after the one before; the supply rests for %s", pulsed[i:i+carries+1], rest, gap)
					}
				}
				for _, stop := range stops {
					stop()
				}
			})
		})
	}
}

// offs notes when "off" arrived at which lock, from now on.
func (b *bench) offs() map[locker.Lock][]time.Time {
	fam, _ := lockboard.FamilyNamed("MODBUS-0100")
	at := make(map[locker.Lock][]time.Time)
	b.line.Watch(func(p sim.Passed) {
		if r, n := fam.Peer.DecodeRequest(p.Bytes); p.FromHost && n > 0 && r.Op == lockboard.Off {
			lock := lockAt(r.Board, r.Channel)
			at[lock] = append(at[lock], p.At)
		}
	})
	return at
}

// pulsesOf are the pulses on all lines in the order in which they began.
func pulsesOf(t *testing.T, benches []*bench, offs []map[locker.Lock][]time.Time, boards []sim.Board) (all []span) {
	t.Helper()
	for i, b := range benches {
		for _, in := range b.take() {
			if r, ok := in.(locker.ReleaseEnded); ok && !r.Sent {
				t.Errorf("not sent: %s", r.Why)
			}
		}
		for _, s := range boards {
			fam, _ := lockboard.FamilyNamed(s.Family)
			for channel := 1; channel <= s.Locks; channel++ {
				for _, at := range b.line.Pulses(s.Address, channel) {
					till := at.Add(fam.Pulse)
					if fam.SwitchedOff {
						ends := offs[i][lockAt(s.Address, channel)]
						till = ends[slices.IndexFunc(ends, at.Before)]
					}
					all = append(all, span{at, till, b.cfg.Name + " " + s.Family})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b span) int { return a.from.Compare(b.from) })
	return all
}

// earliest is the end of the pulse that ends first.
func earliest(pulses []span) time.Time {
	return slices.MinFunc(pulses, func(a, b span) int { return a.till.Compare(b.till) }).till
}

// A supply that is at rest delays a release and does not refuse it; one that would leave too late is refused.
func TestTheSupplyIsWaitedFor(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Family: "WINNSEN-90", Address: 1, Locks: 2}, {Family: "KERONG-5", Address: 2, Locks: 2}}
	story(t, boards, nil, func(b *bench) {
		b.after(10*second, "1/1 closed", "1/2 closed", "2/1 closed", "2/2 closed")
		b.release("u1", 2, 1, 2*second)
		b.release("u2", 2, 2, 2*second)
		time.Sleep(5 * second)
		b.take()
		b.pulses(2, 1, 1)
		b.pulses(2, 2, 1)
		b.release("u3", 1, 1, 2*second) // its board pulses for two seconds, and answers then
		b.release("u4", 2, 1, 2*second)
		b.after(5*second, "u3 sent=true: acknowledged", "u4 sent=false: past its deadline", "1/1 open")
		b.pulses(2, 1, 1)
	})
}

// What cannot be sent anyhow is refused at once, whatever the supply does.
func TestRefusedWhileTheSupplyRests(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Family: "KERONG-5", Address: 2, Locks: 2}}
	story(t, boards, nil, func(b *bench) {
		b.after(10*second, "2/1 closed", "2/2 closed")
		b.release("u1", 2, 1, 2*second)
		b.release("u2", 2, 9, 2*second)
		b.after(300*time.Millisecond, "u1 sent=true: sent; such boards need not answer",
			"u2 sent=false: no such lock: main/2/9")
	})
}

// Releases on several lines that hang on one supply go in the order in which they were asked for, each as soon as the supply has
// rested; one whose line is away loses its turn, and holds nobody up.
func TestReleasesGoInOrder(t *testing.T) {
	t.Parallel()
	const gap = 100 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		fam, _ := lockboard.FamilyNamed("8A")
		supply := lockboard.NewSupply(1, gap)
		boards := []sim.Board{{Address: 1, Locks: 12}}
		var benches []*bench
		for i := range 3 {
			cfg := config(boards...)
			cfg.Name = fmt.Sprint("line", i)
			b := plug(t, cfg, supply, boards...)
			defer b.run()()
			benches = append(benches, b)
		}
		pulsed := func(n int) (at time.Time) {
			for _, p := range benches[n%3].line.Pulses(1, 1+n) {
				at = p
			}
			return at
		}
		time.Sleep(20 * second)
		asked := time.Now()
		for n := range 12 {
			benches[n%3].release(fmt.Sprint("u", n), 1, 1+n, 20*second)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(20 * second)
		most := fam.Pulse + gap + 3*exchange8A
		last := asked.Add(-fam.Pulse - gap)
		for n := range 12 {
			if waited := pulsed(n).Sub(last); waited < 0 || waited > most {
				t.Errorf("release %d: %s after the one before; want it next, within %s", n, waited, most)
			}
			last = pulsed(n)
		}
		if took := last.Sub(asked); took > 12*most {
			t.Errorf("want all within %s, got %s", 12*most, took)
		}
		benches[0].release("v0", 1, 1, 20*second)
		benches[1].release("v1", 1, 2, 20*second)
		benches[0].mu.Lock()
		benches[0].refuse = errors.New("unplugged")
		benches[0].mu.Unlock()
		time.Sleep(50 * time.Millisecond) // v0 has the supply, and v1 waits
		benches[0].release("v2", 1, 3, 20*second)
		benches[0].unplug()
		began := time.Now()
		benches[2].release("v3", 1, 4, 20*second)
		time.Sleep(20 * second)
		if got := len(benches[2].line.Pulses(1, 4)); got != 1 || benches[2].line.Pulses(1, 4)[0].Sub(began) > 6*second {
			t.Errorf("want v3 not held up by a line that is away, got %d pulses", got)
		}
	})
}
