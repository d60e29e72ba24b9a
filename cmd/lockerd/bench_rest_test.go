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

	ran, switched := st.threads()
	after(idle)
	ranNow, switchedNow := st.threads()
	goal := map[int]float64{1: 0.10, 4: 0.25}[boards]
	rest := fmt.Sprintf("idle, no screen, boards: %d", boards)
	f.add(rest+", of a core", "%.2f %%", most(fmt.Sprintf("≤ %.2f %%", goal), goal), 100*(ranNow-ran).Seconds()/idle.Seconds())
	f.add("  context switches a second, boards: "+strconv.Itoa(boards), "%.0f", most("≤ 20", 20), float64(switchedNow-switched)/idle.Seconds())
}

// threads is how long lockerd's threads have run, and how often one was switched to.
func (st *stand) threads() (ran time.Duration, switched int) {
	st.t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", st.process.Process.Pid))
	if err != nil {
		st.t.Fatal(err)
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
