package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// measureRest takes what a cabinet costs that nobody uses and nobody looks at, with one board and with four on one line, and
// how long it takes to go.
func measureRest(t *testing.T, f *figures) {
	for _, boards := range []int{1, 4} {
		t.Run(fmt.Sprint(boards), func(t *testing.T) { measureIdle(t, f, boards) })
	}
	t.Run("exit", func(t *testing.T) { measureExit(t, f) })
}

func measureIdle(t *testing.T, f *figures, boards int) {
	st := newStand(t, shape{lines: 1, boards: boards, locks: 24})
	st.past(1).close()
	st.launch()
	st.told()
	after(cold)
	idle := time.Duration(some(30, 2)) * time.Second

	ran, switched := threads(t, st.process.Process.Pid, idle)
	limit := map[int]float64{1: 0.10, 4: 0.25}[boards]
	rest := fmt.Sprintf("idle, no screen, boards: %d", boards)
	f.add(rest+", of a core", "%.2f %%", most(fmt.Sprintf("≤ %.2f %%", limit), limit), 100*ran)
	f.add("  context switches a second, boards: "+strconv.Itoa(boards), "%.0f", most("≤ 20", 20), switched)
	if boards > 1 {
		return
	}
	ran, switched = threads(t, startPeer(t, 0, "clock", "").process, idle)
	f.add("  a bare program in Go that asks once a second and hears an answer, of a core", "%.2f %%", goal{}, 100*ran)
	f.add("  its context switches a second", "%.0f", goal{}, switched)
}

// threads is what a process's threads do in a second of a time: which part of it they run, and how often one is switched to.
func threads(t *testing.T, process int, while time.Duration) (ran, switched float64) {
	t.Helper()
	ranBefore, switchedBefore := turns(t, process)
	after(while)
	ranNow, switchedNow := turns(t, process)
	return (ranNow - ranBefore).Seconds() / while.Seconds(), float64(switchedNow-switchedBefore) / while.Seconds()
}

// turns is how long a process's threads have run, and how often one was switched to.
func turns(t *testing.T, process int) (ran time.Duration, switched int) {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", process))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		stat, _ := os.ReadFile(filepath.Join(task, "schedstat")) // "ns on the processor, ns that it waited for it, turns"
		if fields := strings.Fields(string(stat)); len(fields) == 3 {
			ns, _ := strconv.ParseInt(fields[0], 10, 64)
			ran += time.Duration(ns)
		}
		status, _ := os.ReadFile(filepath.Join(task, "status"))
		for line := range strings.Lines(string(status)) {
			if name, value, _ := strings.Cut(line, ":"); strings.HasSuffix(name, "_ctxt_switches") {
				n, _ := strconv.Atoi(strings.TrimSpace(value))
				switched += n
			}
		}
	}
	return ran, switched
}

// measureExit takes the time from SIGTERM to the end of the process, its cloud connected and nothing on its way.
func measureExit(t *testing.T, f *figures) {
	st := newStand(t, shape{lines: 1, boards: 1, locks: 24})
	st.past(1).close()
	var took []time.Duration
	for range some(9, 2) {
		st.launch()
		st.told()
		after(time.Second)
		began := time.Now()
		st.stop()
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	f.add("SIGTERM to exit, p50", "%.0f ms", most("≤ 50 ms", 50), milliseconds(at(took, 0.5)))
	f.add("  the slowest", "%.0f ms", goal{}, milliseconds(took[len(took)-1]))
}
