package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The figures of docs/performance.md. They are measured at a true lockerd process, built as it is shipped, and written
// into the document that figuresInto names; `make bench` does both. Nothing is asserted: what a figure is worth is said
// in the document.
const (
	figuresInto = "LOCKERD_FIGURES"      // a path; unset: nothing is measured
	figuresRuns = "LOCKERD_FIGURES_RUNS" // how often all of it is measured; 3 unless set, or "short"
)

// some is how many rounds a figure is taken from: all of them, or a few, which shows that it can be taken and nothing else.
func some(all, few int) int {
	if briefly() {
		return few
	}
	return all
}

// briefly says that the figures are only to be seen to be taken.
func briefly() bool { return os.Getenv(figuresRuns) == "short" }

// goal is what a figure should be: at most, or at least, so much.
type goal struct {
	text  string // as the document has it; empty: the figure only explains others
	limit float64
	least bool
}

func most(text string, limit float64) goal  { return goal{text: text, limit: limit} }
func least(text string, limit float64) goal { return goal{text: text, limit: limit, least: true} }

func (g goal) met(v float64) bool { return v <= g.limit != g.least || v == g.limit }

// figure is a row of the table: one value for each run.
type figure struct {
	what   string
	format string
	goal   goal
	values []float64
	pooled float64 // over the rounds of all runs, where it is a percentile of rounds; 0: it is none
}

// measured is the value that counts.
func (r *figure) measured() float64 {
	if r.pooled > 0 {
		return r.pooled
	}
	return at(slices.Sorted(slices.Values(r.values)), 0.5)
}

// figures are the table.
type figures struct {
	mu     sync.Mutex // the parts of a short form are measured side by side
	rows   []*figure
	notes  []string
	rounds map[string]*against // of all runs
}

// add takes a value of one run. format is how it is written: "%.2fx".
func (f *figures) add(what, format string, g goal, v float64) *figure {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, row := range f.rows {
		if row.what == what {
			row.values = append(row.values, v)
			return row
		}
	}
	f.rows = append(f.rows, &figure{what: what, format: format, goal: g, values: []float64{v}})
	return f.rows[len(f.rows)-1]
}

// ms takes a time that explains a figure.
func (f *figures) ms(what string, d time.Duration) *figure {
	return f.add(what, "%.2f ms", goal{}, milliseconds(d))
}

// note takes something that is no number, once.
func (f *figures) note(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.notes, text) {
		f.notes = append(f.notes, text)
	}
}

// markdown is the table: over all rounds or the median of the runs, and the runs' lowest and highest.
func (f *figures) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n\n| figure | goal | measured | lowest to highest | met |\n|---|---|---|---|---|\n", machine())
	for _, row := range f.rows {
		v := slices.Clone(row.values)
		slices.Sort(v)
		written := func(x float64) string { return fmt.Sprintf(row.format, x) }
		spread, met := "", ""
		if len(v) > 1 {
			spread = written(v[0]) + " to " + written(v[len(v)-1])
		}
		if row.goal.text != "" {
			met = map[bool]string{true: "yes", false: "**no**"}[row.goal.met(row.measured())]
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", row.what, row.goal.text, written(row.measured()), spread, met)
	}
	for _, n := range f.notes {
		fmt.Fprintf(&b, "\n%s\n", n)
	}
	return b.String()
}

// machine says in words what this was measured on.
func machine() string {
	var uname syscall.Utsname
	_ = syscall.Uname(&uname)
	var release []byte
	for _, c := range uname.Release {
		if c == 0 {
			break
		}
		release = append(release, byte(c))
	}
	version, _, _ := bytes.Cut(release, []byte("-"))
	model := "unknown CPU"
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("%s, %d cores, Linux %s, %s, %s", model, runtime.NumCPU(), version, disk(), runtime.Version())
}

// disk is the kind of disk that the journals of this run lie on.
func disk() string {
	var stat syscall.Stat_t
	if syscall.Stat(os.TempDir(), &stat) != nil {
		return "unknown disk"
	}
	number := fmt.Sprintf("%d:%d ", stat.Dev>>8&0xfff, stat.Dev&0xff)
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(mounts)) {
		_, after, _ := strings.Cut(line, " - ")
		fields := strings.Fields(after)
		if !strings.Contains(line, " "+number) || len(fields) < 2 {
			continue
		}
		name := strings.TrimPrefix(fields[1], "/dev/")
		kind := map[bool]string{true: "virtual disk", false: name}[strings.HasPrefix(name, "vd")]
		return fields[0] + " on a " + kind
	}
	return "unknown disk"
}

// write puts the table between the document's two marks.
func (f *figures) write(t *testing.T, path string) {
	t.Helper()
	const begin, end = "<!-- figures: written by `make bench` -->\n", "<!-- /figures -->"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no %q and %q to write between", path, begin, end)
	}
	if err := os.WriteFile(path, []byte(before+begin+f.markdown()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestFigures measures everything. A part of it alone: -run TestFigures/start.
func TestFigures(t *testing.T) {
	into := os.Getenv(figuresInto)
	if into == "" {
		t.Skip("`make bench` measures; it takes the better part of an hour")
	}
	runs := some(3, 1)
	if n, err := strconv.Atoi(os.Getenv(figuresRuns)); err == nil {
		runs = n
	}
	f := &figures{rounds: make(map[string]*against)}
	for run := range runs {
		for _, part := range []struct {
			name    string
			measure func(*testing.T, *figures)
		}{
			{"scan", measureScan}, {"used", measureUsed}, {"order", measureOrder}, {"line", measureLine},
			{"start", measureStart}, {"long", measureLong}, {"rest", measureRest}, {"tap", measureTap}, {"visit", measureVisit}, {"life", measureLife}, {"syncs", measureSyncs}, {"backlog", measureBacklog}, {"air", measureAir},
		} {
			t.Run(fmt.Sprint(part.name, "/", run+1), func(t *testing.T) {
				if briefly() {
					t.Parallel()
				}
				part.measure(t, f)
			})
		}
		if !briefly() {
			t.Log("\n" + f.markdown())
		}
	}
	t.Cleanup(func() { // after the parts
		if !t.Failed() {
			f.write(t, into)
		}
	})
}

// at is the value below which the given part of the sorted values lies.
func at[T cmp.Ordered](sorted []T, part float64) T {
	return sorted[min(len(sorted)-1, int(part*float64(len(sorted))))]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// after is a pause of the hands and of the metal.
func after(d time.Duration) { <-time.After(d) }

// against is two things measured turn by turn.
type against struct{ ours, peer []time.Duration }

// tell adds the ratios of two percentiles and what they are made of.
func (a *against) tell(f *figures, what string, p50, upper goal) {
	f.mu.Lock()
	all := f.rounds[what]
	if all == nil {
		all = &against{}
		f.rounds[what] = all
	}
	f.mu.Unlock()
	all.ours, all.peer = append(all.ours, a.ours...), append(all.peer, a.peer...)
	for _, p := range []struct {
		name string
		part float64
		goal goal
	}{{"p50", 0.50, p50}, {"p99", 0.99, upper}} {
		ours, peer := a.at(p.part)
		oursAll, peerAll := all.at(p.part)
		f.add(what+", "+p.name+" over the peer's", "%.2fx", p.goal, float64(ours)/float64(peer)).pooled =
			float64(oursAll) / float64(peerAll)
		f.ms("  lockerd, "+what+", "+p.name, ours).pooled = milliseconds(oursAll)
		f.ms("  peer, "+what+", "+p.name, peer).pooled = milliseconds(peerAll)
	}
	f.add("  rounds, "+what, "%.0f", goal{}, float64(len(a.ours))).pooled = float64(len(all.ours))
}

// at is a percentile of both.
func (a *against) at(part float64) (ours, peer time.Duration) {
	slices.Sort(a.ours)
	slices.Sort(a.peer)
	return at(a.ours, part), at(a.peer, part)
}
