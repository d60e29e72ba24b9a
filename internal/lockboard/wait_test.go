package lockboard_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// clocked is a line of which it is known when something was written to it, and when it last brought something.
type clocked struct {
	io.ReadWriteCloser
	wrote func(p []byte, at, heard time.Time)

	mu    sync.Mutex
	heard time.Time
}

func (c *clocked) Write(p []byte) (int, error) {
	c.mu.Lock()
	heard := c.heard
	c.mu.Unlock()
	c.wrote(p, time.Now(), heard)
	return c.ReadWriteCloser.Write(p)
}

func (c *clocked) Read(p []byte) (int, error) {
	n, err := c.ReadWriteCloser.Read(p)
	c.mu.Lock()
	c.heard = time.Now()
	c.mu.Unlock()
	return n, err
}

// clock has wrote told of all that is written to the line, and when the line last brought something before that.
func (b *bench) clock(wrote func(p []byte, at, heard time.Time)) {
	b.wrap = func(rw io.ReadWriteCloser) io.ReadWriteCloser { return &clocked{ReadWriteCloser: rw, wrote: wrote} }
}

// What an exchange takes: as long as its bytes, what the simulated boards need to begin, and the silence after it.
const (
	turnaround = 5 * time.Millisecond
	reportGap  = 8 * time.Millisecond // what a line is left to boards that speak by themselves
)

func lineTime(baud, bytes int) time.Duration {
	return time.Duration(bytes) * 10 * time.Second / time.Duration(baud)
}

// frameRest is the silence after a frame: 3.5 bytes, and at high speeds 1.75 ms.
func frameRest(baud int) time.Duration { return max(1750*time.Microsecond, lineTime(baud, 7)/2) }

// longestRequest is how many bytes the longest request of a family has.
func longestRequest(t *testing.T, fam lockboard.Family) (n int) {
	for frame := range requests(t, fam) {
		n = max(n, len(frame))
	}
	return n
}

// A release waits for the exchange under way, and for no more: where a board is mute, for the time that it has to
// answer. The worst of 10,000 releases at any moment; with LOCKERD_NOISE of 10,000 in each case. Where pulses are ended
// by us, that may come first.
func TestReleaseWaitsForOneExchange(t *testing.T) {
	t.Parallel()
	each := 10_000 / (2 * len(lockboard.Families()))
	switch {
	case os.Getenv(noiseExchanges) != "":
		each = 10_000
	case testing.Short():
		each /= 5
	}
	var table strings.Builder
	fmt.Fprint(&table, "| family | line | all boards answer: half wait less than | the longest wait | "+
		"an exchange takes at most | a board is mute: half wait less than | the longest wait | its time-out |\n|---|---|---|---|---|---|---|---|\n")
	for _, name := range lockboard.Families() {
		fam, _ := lockboard.FamilyNamed(name)
		request := longestRequest(t, fam)
		exchange := lineTime(fam.Baud, request+fam.Longest) + turnaround + frameRest(fam.Baud)
		silence := fam.Answer + lineTime(fam.Baud, request+fam.Longest)
		fmt.Fprintf(&table, "| %s | %d |", name, fam.Baud)
		for _, mute := range []bool{false, true} {
			most := map[bool]time.Duration{false: exchange, true: silence}[mute]
			if fam.SwitchedOff {
				most += exchange
			}
			waits := waitsOf(t, fam, mute, each)
			slices.Sort(waits)
			worst := waits[len(waits)-1]
			if len(waits) != each || worst > most {
				t.Errorf("%s, mute %v: want each of %d releases to wait for %s at most, %d waited up to %s",
					name, mute, each, most, len(waits), worst)
			}
			fmt.Fprintf(&table, " %s | %s | %s |", millis(waits[len(waits)/2]), millis(worst), millis(most))
		}
		fmt.Fprintln(&table)
	}
	t.Logf("\n%s", table.String())
	if path := os.Getenv(noiseInto); path != "" && !t.Failed() {
		between(t, path, "waits", table.String())
	}
}

func millis(d time.Duration) string { return fmt.Sprintf("%.0f ms", float64(d)/1e6) }

// waitsOf are how long releases wait at random moments on a line with doors in use, one at a time.
func waitsOf(t *testing.T, fam lockboard.Family, mute bool, releases int) (waits []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var boards []sim.Board
		for i := range 3 {
			boards = append(boards, sim.Board{Family: fam.Name, Address: fam.Lowest + i, Locks: min(fam.Locks, 16)})
		}
		cfg := config(boards...)
		cfg.Baud = fam.Baud
		b := plug(t, cfg, lockboard.NewSupply(64, 0), boards...)
		var asked time.Time
		b.clock(func(p []byte, at, _ time.Time) {
			if r, n := fam.Peer.DecodeRequest(p); n == len(p) && r.Op == lockboard.Unlock {
				waits = append(waits, at.Sub(asked))
			}
		})
		stop := b.run()
		time.Sleep(20 * second)
		b.line.Mute(fam.Lowest+2, mute)
		dice := rand.New(rand.NewPCG(8, 9))
		for range releases {
			if fam.SwitchedOff { // some come when the pulse before is to be ended, and none while two are under way
				time.Sleep(fam.Pulse - 50*time.Millisecond)
			}
			time.Sleep(time.Duration(dice.Int64N(int64(100 * time.Millisecond))))
			asked = time.Now()
			b.release("u", fam.Lowest+dice.IntN(2), 1+dice.IntN(boards[0].Locks), 10*second)
			for ended := false; !ended; {
				time.Sleep(5 * time.Millisecond)
				for _, in := range b.take() {
					_, is := in.(locker.ReleaseEnded)
					ended = ended || is
				}
			}
		}
		stop()
	})
	return waits
}

// Where something is due on a line nothing but turnaround and silence keeps it from being used more, however many boards there
// are. An idle cabinet is asked calmly, and so are boards that read no contacts: nothing can be seen on them.
func TestLineTime(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	fmt.Fprint(&table, "| family | line | used of what is possible | "+
		"a board with an open door is asked every, with 1 board | 4 | 8 | 16 | an idle line of as many uses |\n|---|---|---|---|---|---|---|---|\n")
	for _, name := range lockboard.Families() {
		fam, _ := lockboard.FamilyNamed(name)
		for _, baud := range []int{9600, 19200} {
			least, idle, cycles := 1.0, 0.0, ""
			for _, n := range []int{1, 4, 8, 16} {
				if testing.Short() && n > 4 {
					continue // sixteen boards are as many goroutines, which take no more turns than four
				}
				if n > fam.Highest-fam.Lowest+1 { // so many addresses there are not
					cycles += " – |"
					continue
				}
				u := usageOf(t, fam, baud, n)
				if u.used > 1.02 || u.used < 0.95 && !fam.NoContacts { // an exchange more or less at the ends of what is measured
					t.Errorf("%s at %d baud, %d boards: want 95 %% of the line's time used, got %.1f %%", name, baud, n, 100*u.used)
				}
				if u.asked > 1 {
					t.Errorf("%s at %d baud, %d boards: want an idle board asked once a second, got %.2f", name, baud, n, u.asked)
				}
				least, idle, cycles = min(least, u.used), u.idle, cycles+" "+millis(u.cycle)+" |"
			}
			used := fmt.Sprintf("%.0f %%", 100*least)
			if fam.NoContacts {
				used = "–"
			}
			fmt.Fprintf(&table, "| %s | %d | %s |%s %.0f %% |\n", name, baud, used, cycles, 100*idle)
		}
	}
	t.Logf("\n%s", table.String())
	if path := os.Getenv(noiseInto); path != "" && !t.Failed() {
		between(t, path, "line", table.String())
	}
}

// usage is how a line is used.
type usage struct {
	used  float64       // of what is possible, with a door in use
	cycle time.Duration // between two queries of the board with that door
	idle  float64       // of what is possible, with all doors at rest
	asked float64       // queries a second of each board, with all doors at rest
}

// usageOf measures a line with so many boards.
func usageOf(t *testing.T, fam lockboard.Family, baud, boards int) (u usage) {
	t.Helper()
	const measured = 5 * time.Second
	synctest.Test(t, func(t *testing.T) {
		var built []sim.Board
		for i := range boards {
			built = append(built, sim.Board{Family: fam.Name, Address: fam.Lowest + i, Locks: min(fam.Locks, 16)})
		}
		cfg := config(built...)
		cfg.Baud = baud
		b := plug(t, cfg, lockboard.NewSupply(1, 100*time.Millisecond), built...)
		var bytes, requests atomic.Int64
		b.line.Watch(func(p sim.Passed) {
			bytes.Add(int64(len(p.Bytes)))
			if p.FromHost {
				requests.Add(1)
			}
		})
		stop := b.run()
		share := func() float64 {
			bytes.Store(0)
			requests.Store(0)
			time.Sleep(measured)
			took := lineTime(baud, int(bytes.Load())) + time.Duration(requests.Load())*(turnaround+frameRest(baud))
			return float64(took) / float64(measured)
		}
		time.Sleep(20 * second)
		u.idle = share()
		u.asked = float64(requests.Load()) / float64(boards) / measured.Seconds()
		b.release("u", fam.Lowest, 1, 2*second)
		time.Sleep(fam.Pulse + second)
		before := b.bus.Gauges()[0].Asked
		u.used = share()
		u.cycle = measured / time.Duration(b.bus.Gauges()[0].Asked-before)
		stop()
	})
	return u
}

// A line on which boards speak by themselves is left to them for a while after each exchange, once one has done so. A
// release does not wait for that.
func TestListeningGap(t *testing.T) {
	t.Parallel()
	for name, exchange := range map[string]int{"8A": 5 + 7, "WKLY": 8 + 14} { // bytes, of a query for all and its answer
		t.Run(name, func(t *testing.T) {
			fam, _ := lockboard.FamilyNamed(name)
			var asked time.Time
			var least, waited time.Duration
			boards := []sim.Board{{Family: name, Address: 1, Locks: 4, Reports: true}}
			story(t, boards, func(b *bench) {
				b.clock(func(p []byte, at, heard time.Time) {
					b.mu.Lock()
					defer b.mu.Unlock()
					r, _ := fam.Peer.DecodeRequest(p)
					if rest := at.Sub(heard); r.Op != lockboard.Unlock {
						least = min(least, rest)
					} else {
						waited = at.Sub(asked)
					}
				})
			}, func(b *bench) {
				now := func(f func()) {
					b.mu.Lock()
					defer b.mu.Unlock()
					f()
				}
				time.Sleep(10 * second)
				b.line.Force(1, 1)
				now(func() { least = time.Hour })
				time.Sleep(10 * second)
				now(func() {
					if least > frameRest(9600)+time.Millisecond {
						b.t.Errorf("want no gap where no board has ever spoken by itself, got %s", least)
					}
				})
				b.line.Push(1, 1)
				time.Sleep(10*second + 400*time.Millisecond) // and the line is quiet
				b.line.Force(1, 2)
				b.line.Push(1, 2) // which the board says
				time.Sleep(second)
				if b.bus.Gauges()[0].Reports == 0 {
					b.t.Fatal("want a report")
				}
				b.line.Force(1, 1)
				now(func() { least = time.Hour })
				for range 250 {
					time.Sleep(37 * time.Millisecond)
					b.bus.Recheck() // which wakes it, and is no release
				}
				now(func() {
					if least < reportGap {
						b.t.Errorf("want a gap of %s after each exchange, got %s", reportGap, least)
					}
				})
				most := lineTime(9600, exchange) + turnaround + frameRest(9600) + time.Millisecond
				for i := range 100 {
					time.Sleep(second + time.Duration(i)*time.Millisecond)
					now(func() { asked = time.Now() })
					b.release("u", 1, 3, 2*second)
					time.Sleep(second)
					now(func() {
						if waited > most {
							b.t.Errorf("want a release to wait for %s at most, got %s", most, waited)
						}
					})
				}
			})
		})
	}
}

// Boards that are lost take little of the line from those that are not, however many they are; and what brings one back
// has the others asked at once.
func TestLostBoardsTakeATenth(t *testing.T) {
	t.Parallel()
	var boards []sim.Board
	for address := 1; address <= 12; address++ {
		boards = append(boards, sim.Board{Address: address, Locks: 2})
	}
	story(t, boards, nil, func(b *bench) {
		time.Sleep(20 * second)
		b.line.Force(1, 1)
		asked := func() uint64 {
			before := b.bus.Gauges()[0].Asked
			time.Sleep(time.Minute)
			return b.bus.Gauges()[0].Asked - before
		}
		alone := asked()
		for _, s := range boards[1:] {
			b.line.Power(s.Address, false)
		}
		time.Sleep(time.Minute)
		if lost := asked(); float64(lost) < 0.85*float64(alone) {
			b.t.Errorf("want the board with a door in use asked as good as ever, got %d queries a minute after %d", lost, alone)
		}
		b.take()
		for _, s := range boards[1:] {
			b.line.Power(s.Address, true)
		}
		time.Sleep(6 * second)
		back := 0
		for _, in := range b.take() {
			if _, is := in.(locker.BoardBack); is {
				back++
			}
		}
		if back != len(boards)-1 {
			b.t.Errorf("want all %d boards back, got %d", len(boards)-1, back)
		}
	})
}
