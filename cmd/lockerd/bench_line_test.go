package main

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"lockerd/internal/sim"
)

// debounce is how long answers must agree before a state counts: lockboard's settledSpan.
const debounce = 50 * time.Millisecond

// measureLine looks at two lines with a board of 24 each: how often a board is asked while nothing happens, how well its
// line is used while somebody is at a door, and how soon a door that moves is seen.
func measureLine(t *testing.T, f *figures) {
	st, doors := stocked(t, shape{lines: 2, boards: 1, locks: parcels / 2})
	after(cold)
	f.add("queries a second to a board of an idle cabinet", "%.2f", most("≤ 1", 1), st.taps[0].pace(time.Duration(some(20, 4))*time.Second))

	seen := st.watch()
	var screens, events []time.Duration
	var used float64 // queries a second while a door stands open
	moved := func(since time.Time, door int, kind, step string) {
		g := next(t, seen, since, func(g glimpse) bool { return step == "" || g.Step == step })
		st.cloud.await("the door is told", func(c *cloud) bool { return c.doorIs(door, kind) })
		told, _ := st.cloud.last(kind, "", "")
		screens, events = append(screens, g.at.Sub(since)), append(events, told.At.Sub(since))
	}
	for i, door := range doors[:len(doors)/2] {
		line, board, channel := st.shape.place(door)
		st.lines[line].Slow(board, channel, time.Second)
		scanned(t, st.scanner, "LD1:"+code(i+1))
		eventually(t, "the door springs open", func() bool { return st.lines[line].IsOpen(board, channel) })
		pulses := st.lines[line].Pulses(board, channel)
		moved(pulses[len(pulses)-1].Add(1300*time.Millisecond), door, "door.opened", "") // pulse and slowness
		if i == 0 {
			used = st.taps[line].pace(time.Duration(some(10, 2)) * time.Second)
			allowed := bareAsker(t, rest)
			f.add("queries a second while a door stands open, of what a bare asker brings about", "%.1f %%",
				least("≥ 95 %", 95), 100*used/allowed)
			f.add("  queries a second", "%.1f", goal{}, used)
			f.add("  a bare asker's", "%.1f", goal{}, allowed)
			f.add("  a bare asker's that leaves no silence between frames", "%.1f", goal{}, bareAsker(t, 0))
		}
		after(time.Duration(i*7%50) * time.Millisecond) // anywhere in the cycle
		pushed := time.Now()
		st.lines[line].Push(board, channel)
		moved(pushed, door, "door.closed", "thanks")
	}
	cycle := time.Duration(float64(time.Second) / used)
	settled := (debounce + cycle - 1) / cycle * cycle
	f.ms("  a poll cycle while a door stands open", cycle)
	f.ms("  debounce, in whole cycles", settled)
	for _, x := range []struct {
		what  string
		times []time.Duration
	}{{"a door that moves is in its event", events}, {"a door that moves is on screen", screens}} {
		slices.Sort(x.times)
		f.add(x.what+", p95 over cycle and debounce", "%.2fx", most("≤ 1.2x", 1.2),
			float64(at(x.times, 0.95))/float64(cycle+settled))
		f.ms("  "+x.what+", p50", at(x.times, 0.50))
		f.ms("  "+x.what+", p95", at(x.times, 0.95))
	}
}

// pace is how many queries a second pass on a line.
func (p *tap) pace(within time.Duration) float64 {
	began := time.Now()
	after(within)
	queries := p.queries(began)
	if len(queries) < 2 {
		return 0
	}
	return float64(len(queries)-1) / queries[len(queries)-1].Sub(queries[0]).Seconds()
}

// rest is the silence that lines of this kind need between two frames: 3.5 bytes at 9600 baud.
const rest = 35 * time.Second / 9600

// bareAsker is how many queries a second the same board answers to somebody who does nothing but ask: the next query
// leaves when the line was silent for so long after the last byte of the answer.
func bareAsker(t *testing.T, silence time.Duration) float64 {
	t.Helper()
	port, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	line := sim.NewLine(9600, sim.Board{Address: 1, Locks: parcels / 2})
	ctx, unplug := context.WithCancel(context.Background())
	plugged := make(chan error, 1)
	go func() { plugged <- line.Run(ctx, port) }()
	defer func() {
		unplug()
		if err := <-plugged; err != nil {
			t.Error(err)
		}
	}()
	host, err := os.OpenFile(port.Path(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	rounds := some(300, 30)
	const answer = 7 // bytes: three of them states
	buffer := make([]byte, 64)
	began := time.Now()
	for range rounds {
		if _, err := host.Write([]byte{0x80, 0x01, 0x00, 0x33, 0xB2}); err != nil {
			t.Fatal(err)
		}
		for got := 0; got < answer; {
			n, err := host.Read(buffer)
			if err != nil {
				t.Fatal(err)
			}
			got += n
		}
		if silence > 0 {
			after(silence)
		}
	}
	return float64(rounds) / time.Since(began).Seconds()
}
