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

// measureLine looks at one line with two boards of 24: how often they are asked while nothing happens, how well the
// line is used while somebody is at a door, and how soon a door that moves is seen.
func measureLine(t *testing.T, f *figures) {
	st, doors := stocked(t, shape{lines: 1, boards: 2, locks: parcels / 2})
	after(cold)
	f.add("queries a second to each board of an idle cabinet", "%.2f", most("≤ 1", 1), st.asked(20*time.Second)/2)

	for door := 1; door <= parcels; door++ {
		_, board, channel := st.shape.place(door)
		st.lines[0].Slow(board, channel, time.Second)
	}
	seen := st.watch()
	var screens, events []time.Duration
	moved := func(since time.Time, door int, kind, step string) {
		g := next(t, seen, since, func(g glimpse) bool { return step == "" || g.Step == step })
		st.cloud.await("the door is told", func(c *cloud) bool { return c.doorIs(door, kind) })
		told, _ := st.cloud.last(kind, "", "")
		screens, events = append(screens, g.at.Sub(since)), append(events, told.At.Sub(since))
	}
	var share float64
	for i, door := range doors {
		_, board, channel := st.shape.place(door)
		scanned(t, st.scanner, "LD1:"+code(i+1))
		eventually(t, "the door springs open", func() bool { return st.lines[0].IsOpen(board, channel) })
		pulses := st.lines[0].Pulses(board, channel)
		moved(pulses[len(pulses)-1].Add(1300*time.Millisecond), door, "door.opened", "") // pulse and slowness
		if i == 0 {
			allowed := bareAsker(t)
			share = st.asked(10*time.Second) / allowed
			f.add("queries a second while a door is in use, of what the boards allow", "%.1f %%", least("≥ 95 %", 95), 100*share)
			f.add("  queries a second that a bare asker brings about", "%.1f", goal{}, allowed)
		}
		after(time.Duration(i*7%50) * time.Millisecond) // anywhere in the cycle
		pushed := time.Now()
		st.lines[0].Push(board, channel)
		moved(pushed, door, "door.closed", "thanks")
	}
	cycle := time.Duration(float64(time.Second) / st.asked(2*time.Second))
	f.ms("  a poll cycle while a door is in use", cycle)
	for _, x := range []struct {
		what  string
		times []time.Duration
	}{{"a door that moves is in its event", events}, {"a door that moves is on screen", screens}} {
		slices.Sort(x.times)
		f.add(x.what+", p95 over cycle and debounce", "%.2fx", most("≤ 1.2x", 1.2),
			float64(at(x.times, 0.95))/float64(cycle+debounce))
		f.ms("  "+x.what+", p50", at(x.times, 0.50))
		f.ms("  "+x.what+", p95", at(x.times, 0.95))
	}
}

// asked is how many queries a second pass on the first line.
func (st *stand) asked(within time.Duration) float64 {
	began := time.Now()
	after(within)
	queries := st.taps[0].queries(began)
	if len(queries) < 2 {
		return 0
	}
	return float64(len(queries)-1) / queries[len(queries)-1].Sub(queries[0]).Seconds()
}

// bareAsker is how many queries a second the same board answers to somebody who does nothing but ask: the next query
// leaves when the last byte of the answer is there.
func bareAsker(t *testing.T) float64 {
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
	const rounds, answer = 300, 7 // bytes: three of them states
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
	}
	return rounds / time.Since(began).Seconds()
}
