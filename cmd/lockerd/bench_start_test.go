package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Sizes of the past that a start has behind it: so many events, the last of them so many after the snapshot.
var (
	pastEvents    = uint64(some(100_000, 2_000))
	pastSnapshots = uint64(some(900, 90))
	longPast      = uint64(some(1_000_000, 4_000))
)

// measureLong takes the same with a journal larger than any retention period leaves: a million events are seven months at 200 parcels
// a day.
func measureLong(t *testing.T, f *figures) {
	st := newStand(t, shape{lines: 1, boards: 3, locks: 24})
	h := st.pastIn(inMemory(t), 90)
	h.long(longPast, pastSnapshots)
	h.close()
	st.settle(h)
	if info, err := os.Stat(h.file); err == nil {
		f.add("  journal's file of 1,000,000 events", "%.0f MB", goal{}, float64(info.Size())/1e6)
	}
	f.add("  the first start, whose mark does not know the file: all of it is examined before", "%.0f ms", goal{}, milliseconds(st.launch()))
	st.kill()
	var took []time.Duration
	var memory, ran float64
	starts := some(5, 2)
	for range starts {
		took = append(took, st.launch())
		memory = max(memory, st.status("RssAnon")/1024)
		after(time.Duration(some(5, 1)) * time.Second) // what a start leaves for later is done
		memory, ran = max(memory, st.status("RssAnon")/1024), max(ran, st.ticks())
		st.kill()
	}
	slices.Sort(took)
	f.add("exec to READY=1 with 1,000,000 events behind it, p50", "%.0f ms", most("≤ 200 ms", 200), milliseconds(at(took, 0.5)))
	f.add("  the slowest", "%.0f ms", goal{}, milliseconds(took[len(took)-1]))
	f.add("  processor time of its first five seconds", "%.2f s", goal{}, ran)
	f.add("  memory (RssAnon) at READY=1 and five seconds later, the larger", "%.1f MB", most("≤ 20 MB", 20), memory)
}

// measureStart takes the time of a start after kill -9, and what an idle cabinet costs. Its kiosk has a screen.
func measureStart(t *testing.T, f *figures) {
	st := newStand(t, shape{lines: 1, boards: 3, locks: 24})
	h := st.past(60)
	h.long(pastEvents, pastSnapshots)
	h.close()
	if info, err := os.Stat(h.file); err == nil {
		f.add("  journal's file behind a start", "%.0f MB", goal{}, float64(info.Size())/1e6)
	}
	var took []time.Duration
	starts := some(11, 2)
	for range starts {
		took = append(took, st.launch())
		if len(took) < starts {
			st.kill()
		}
	}
	slices.Sort(took)
	f.add("exec to READY=1 with 100,000 events behind it, p50", "%.0f ms", most("≤ 200 ms", 200), milliseconds(at(took, 0.5)))
	f.add("  the slowest of 11", "%.0f ms", goal{}, milliseconds(took[len(took)-1]))

	st.told()
	st.watch()
	after(cold)
	before := st.ticks()
	idle := time.Duration(some(30, 2)) * time.Second
	after(idle)
	f.add("processor time while idle, of a core", "%.2f %%", most("≤ 1 %", 1), 100*(st.ticks()-before)/idle.Seconds())
	f.add("memory while idle (RssAnon)", "%.1f MB", most("≤ 35 MB", 35), st.status("RssAnon")/1024)
	f.add("  with the mapped file and the program (VmRSS)", "%.1f MB", goal{}, st.status("VmRSS")/1024)
}

func (st *stand) proc(name string) string {
	st.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", st.process.Process.Pid, name))
	if err != nil {
		st.t.Fatal(err)
	}
	return string(text)
}

// ticks is the processor time that lockerd has used, in seconds.
func (st *stand) ticks() float64 {
	st.t.Helper()
	_, rest, _ := strings.Cut(st.proc("stat"), ") ") // the name may hold anything
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return float64(user+system) / 100 // USER_HZ
}

// status is a number of /proc's status or io.
func (st *stand) status(name string) float64 {
	st.t.Helper()
	for line := range strings.Lines(st.proc("status") + st.proc("io")) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			n, _ := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return n
		}
	}
	st.t.Fatalf("there is no %s", name)
	return 0
}
