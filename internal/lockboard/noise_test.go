package lockboard_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// The noise campaign: every family on lines that flip bits, doors moving and people releasing them, for so many
// exchanges. LOCKERD_NOISE is how many in all, and LOCKERD_NOISE_INTO the document that the table is written into;
// `make noise` sets both. What is asserted holds for any number.
const (
	noiseExchanges = "LOCKERD_NOISE"
	noiseInto      = "LOCKERD_NOISE_INTO"
	noiseUsual     = 100_000
	noiseShort     = 20_000
)

var noiseRates = []float64{1e-4, 1e-3, 1e-2}

// tally is what a campaign counted.
type tally struct {
	exchanges, answered     uint64
	releases, sent          int
	falseOpen, falseClosed  int // states told that the contact did not have
	second, wrong, openAlls int // pulses beyond the one that was asked for, on another lock, on all locks at once
	out                     time.Duration
	lasted                  time.Duration
}

func TestNoiseCampaign(t *testing.T) {
	t.Parallel()
	total := noiseUsual
	if testing.Short() {
		total = noiseShort
	}
	if n, err := strconv.ParseFloat(os.Getenv(noiseExchanges), 64); err == nil {
		total = int(n)
	}
	names := lockboard.Families()
	each := uint64(total / len(names) / len(noiseRates))
	var table strings.Builder
	fmt.Fprintf(&table, "| family | bit errors | exchanges | in hours | got through | releases sent of | "+
		"false \"open\" | false \"closed\" | second pulses | wrong door | all doors | line shut |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, name := range names {
		for _, rate := range noiseRates {
			t.Run(fmt.Sprintf("%s at %g", name, rate), func(t *testing.T) {
				c := campaign(t, name, rate, each)
				if c.falseOpen+c.falseClosed > 0 || c.second > 0 {
					t.Errorf("false words or second pulses: %+v", c)
				}
				if c.exchanges < each || c.releases == 0 {
					t.Errorf("nothing was measured: %+v", c)
				}
				fmt.Fprintf(&table, "| %s | %g | %d | %.0f | %.1f %% | %d of %d | %d | %d | %d | %d | %d | %.0f %% |\n",
					name, rate, c.exchanges, c.lasted.Hours(), 100*float64(c.answered)/float64(c.exchanges), c.sent, c.releases,
					c.falseOpen, c.falseClosed, c.second, c.wrong, c.openAlls, 100*float64(c.out)/float64(c.lasted))
			})
		}
	}
	if path := os.Getenv(noiseInto); path != "" && !t.Failed() {
		between(t, path, "noise", table.String())
	}
}

// between writes text between two marks of a document.
func between(t *testing.T, path, mark, text string) {
	t.Helper()
	begin, end := "<!-- "+mark+" -->\n", "<!-- /"+mark+" -->"
	document, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(document), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no %q and %q to write between", path, begin, end)
	}
	if err := os.WriteFile(path, []byte(before+begin+text+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// crowd are the people at a line, and what they saw.
type crowd struct {
	t     *testing.T
	line  *sim.Line
	bus   *lockboard.Bus
	locks int
	pulse time.Duration
	dice  *rand.Rand

	mu       sync.Mutex
	moved    []time.Time // by channel-1: when a door last may have moved
	open     map[string]*asked
	asked    []*asked
	lostAt   time.Time // zero: the board is not lost
	c        tally
	children sync.WaitGroup
}

// asked is a release, from when it was asked for to when it was told how it ended.
type asked struct {
	channel    int
	from, till time.Time
	used       bool
}

// campaign has people at one board of a family until so many exchanges are over.
func campaign(t *testing.T, name string, rate float64, exchanges uint64) (c tally) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		fam, _ := lockboard.FamilyNamed(name)
		locks := min(fam.Locks, 16)
		built := sim.Board{Family: name, Address: fam.Lowest + 1, Locks: locks}
		line := sim.NewLine(fam.Baud, built)
		line.Seed(uint64(rate * 1e6))
		w := &crowd{t: t, line: line, locks: locks, dice: rand.New(rand.NewPCG(uint64(rate*1e6), 7)), pulse: fam.Pulse,
			moved: make([]time.Time, locks), open: make(map[string]*asked)}
		cfg := lockboard.Config{Name: "main", Port: "sim", Baud: fam.Baud, LostAfter: 8 * time.Second,
			Boards: []lockboard.BoardConfig{{Address: built.Address, Family: name, Locks: locks, Contact: lockboard.Latch,
				ClosedWhen: lockboard.Shorted, SwitchedOff: fam.SwitchedOff}}}
		if fam.NoContacts {
			cfg.Boards[0].Contact = lockboard.None
		}
		if err := cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ours, theirs := sim.Pipe()
		open := func(context.Context) (io.ReadWriteCloser, error) { return ours, nil }
		w.bus = lockboard.New(cfg, lockboard.NewSupply(1, 100*time.Millisecond), open, w.told, slog.New(slog.DiscardHandler))
		w.children.Go(func() { _ = line.Run(ctx, theirs) })
		w.children.Go(func() { _ = w.bus.Run(ctx) })
		began := time.Now()
		time.Sleep(5 * time.Second)
		line.Trouble(sim.Trouble{Noise: rate})
		for w.bus.Gauges()[0].Asked < exchanges {
			w.visit(built.Address)
		}
		w.mu.Lock()
		if w.c.lasted = time.Since(began); !w.lostAt.IsZero() {
			w.c.out += time.Since(w.lostAt)
			w.lostAt = time.Now()
		}
		w.mu.Unlock()
		line.Trouble(sim.Trouble{})
		time.Sleep(10 * time.Second)
		cancel()
		w.children.Wait()
		w.count(built.Address)
		g := w.bus.Gauges()[0]
		w.c.exchanges, w.c.answered = g.Asked, g.Answered
		c = w.c
	})
	return c
}

// visit is somebody who has a door opened, and shuts it.
func (w *crowd) visit(board int) {
	channel := 1 + w.dice.IntN(w.locks)
	a := &asked{channel: channel, from: time.Now()}
	w.mu.Lock()
	id := fmt.Sprint("u", len(w.asked))
	w.asked, w.open[id] = append(w.asked, a), a
	w.moved[channel-1] = a.from.Add(3 * time.Second)
	w.mu.Unlock()
	w.bus.Release(locker.Release{Unlock: id, Lock: lockAt(board, channel), Until: time.Now().Add(2 * time.Second)})
	time.Sleep(time.Duration(4+w.dice.IntN(5)) * time.Second)
	for ch := 1; ch <= w.locks; ch++ {
		if w.line.IsOpen(board, ch) {
			w.mu.Lock()
			w.moved[ch-1] = time.Now()
			w.mu.Unlock()
			w.line.Push(board, ch)
		}
	}
	time.Sleep(time.Duration(1+w.dice.IntN(4)) * time.Second)
}

// told hears what the bus holds to be true.
func (w *crowd) told(_ context.Context, in locker.Input) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	switch in := in.(type) {
	case locker.ReleaseEnded:
		a := w.open[in.Unlock]
		a.till = now
		if in.Sent {
			w.c.sent++
		}
	case locker.BoardLost:
		w.lostAt = now
	case locker.BoardBack:
		if w.c.lasted == 0 { // else the campaign is over
			w.c.out += now.Sub(w.lostAt)
		}
		w.lostAt = time.Time{}
	case locker.LockSensed:
		open := w.line.IsOpen(in.Lock.Board, in.Lock.Channel)
		if now.Sub(w.moved[in.Lock.Channel-1]) < 2*time.Second || open == (in.State == locker.Open) {
			return nil
		}
		if at := w.line.Pulses(in.Lock.Board, in.Lock.Channel); len(at) > 0 && now.Sub(at[len(at)-1]) < 2*time.Second {
			return nil // of a pulse that nobody asked for: counted below
		}
		if in.State == locker.Open {
			w.c.falseOpen++
		} else {
			w.c.falseClosed++
		}
	}
	return nil
}

// count lays the pulses beside the releases.
func (w *crowd) count(board int) {
	at := make(map[time.Time]int) // pulses at one moment
	for ch := 1; ch <= w.locks; ch++ {
		for _, p := range w.line.Pulses(board, ch) {
			at[p]++
		}
	}
	for _, n := range at {
		if n > w.locks/2 {
			w.c.openAlls++
		}
	}
	w.c.releases = len(w.asked)
	for ch := 1; ch <= w.locks; ch++ {
		for _, p := range w.line.Pulses(board, ch) {
			if at[p] <= w.locks/2 {
				w.judge(ch, p)
			}
		}
	}
}

// judge says whether a pulse was asked for.
func (w *crowd) judge(channel int, at time.Time) {
	for _, a := range w.asked {
		if at.Before(a.from) || !a.till.IsZero() && at.After(a.till.Add(100*time.Millisecond)) || a.channel != channel {
			continue
		}
		if a.used {
			w.c.second++
		}
		a.used = true
		return
	}
	w.c.wrong++
}
