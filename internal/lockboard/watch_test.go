package lockboard_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/lockboard"
)

// words has a watcher hear a trace's lines ("> 80 01", "< 80"), the line quiet after each, and gives what it says.
func words(t *testing.T, families string, lines ...string) (said []string) {
	t.Helper()
	w, err := lockboard.NewWatcher(strings.Fields(families))
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range lines {
		b, err := hex.DecodeString(strings.ReplaceAll(line[2:], " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		all := w.Hear(line[0] == '>', time.Unix(int64(i), 0), b)
		if line[0] == '<' {
			all = append(all, w.Quiet()...)
		}
		for _, s := range all {
			said = append(said, s.Words)
		}
	}
	return said
}

func TestWatcherWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, families string
		lines, want    []string
	}{
		{"query all", "8A", []string{"> 80 03 00 33 B0", "< 80 03 00 00 05 33 B5"},
			[]string{"board 3: query all", "-> shorted 1,3, open 2,4-24"}},
		{"unlock", "8A", []string{"> 8A 01 01 11 9B", "< 8A 01 01 00 8A"},
			[]string{"board 1: unlock of lock 1", "-> lock 1 open"}},
		{"unlock for a time", "8A", []string{"> 8A 01 01 11 02 99"}, []string{"board 1: unlock of lock 1 for 2s"}},
		{"unlock of all", "8A", []string{"> 8A 02 00 11 99"}, []string{"board 2: unlock of ALL locks"}},
		{"echo of a query", "8A", []string{"> 80 01 01 33 B3", "< 80 01 01 33 B3", "< 80 01 01 11 91"},
			[]string{"board 1: query of lock 1", "our own come back", "-> lock 1 shorted"}},
		{"echo and answer at once", "8A", []string{"> 80 01 01 33 B3", "< 80 01 01 33 B3 80 01 01 11 91"},
			[]string{"board 1: query of lock 1", "our own come back, then -> lock 1 shorted"}},
		{"echo that looks like an answer", "8A", []string{"> 8A 01 01 11 9B", "< 8A 01 01 11 9B"},
			[]string{"board 1: unlock of lock 1", "-> lock 1 shorted, or our own come back"}},
		{"report", "8A", []string{"< 82 01 02 11 90"}, []string{"board 1 reports: lock 2 shorted"}},
		{"report among answers", "8A", []string{"> 80 01 01 33 B3", "< 80 01 01 11 91 82 01 02 11 90"},
			[]string{"board 1: query of lock 1", "-> lock 1 shorted; board 1 reports: lock 2 shorted"}},
		{"late answer", "8A", []string{"> 80 02 01 33 B0", "< 80 01 01 11 91"},
			[]string{"board 2: query of lock 1", "-> not asked: board 1, query: lock 1 shorted"}},
		{"noise", "8A", []string{"> 80 01 01 33 B3", "< 80 01 01 10 91"},
			[]string{"board 1: query of lock 1", "not understood"}},
		{"of another family", "WKLY", []string{"> 80 01 01 33 B3"}, []string{"not understood"}},
		{"two families", "8A WKLY",
			[]string{"> 57 4B 4C 59 08 00 84 85", "< 57 4B 4C 59 0C 00 84 00 02 01 00 82", "< 82 01 02 11 90"},
			[]string{"board 0: query all", "-> shorted 1, open 2", "board 1 reports: lock 2 shorted"}},
		{"presence", "KERONG-5", []string{"> 02 00 30 03 35", "< 02 00 35 FF FF 03 00 03 3B"},
			[]string{"board 0: query all", "-> shorted 1-16, something behind 1-2"}},
		{"failed", "MODBUS-WAVESHARE", []string{"> 01 02 00 00 00 08 79 CC", "< 01 82 02 C1 61"},
			[]string{"board 1: query all", "-> refused (02)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := words(t, tt.families, tt.lines...); !slices.Equal(got, tt.want) {
				t.Errorf("want\n %q, got\n %q", tt.want, got)
			}
		})
	}
}

// What comes in pieces is one thing until the line falls quiet, or the host speaks.
func TestWatcherGathers(t *testing.T) {
	t.Parallel()
	trace := tracedDoors(t)
	w, err := lockboard.NewWatcher(trace.Families)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, p := range trace.Pieces {
		for _, s := range w.Hear(p.FromHost, trace.Began.Add(p.At), p.Bytes) {
			said = append(said, s.Words)
		}
	}
	want := []string{
		"board 1: query of lock 1", "our own come back, then -> lock 1 shorted",
		"board 2: query of lock 1", "our own come back, then -> lock 1 shorted",
		"board 1: query all", "our own come back, then -> shorted 1,3, open 2,4-24",
		"board 2: query all", "our own come back, then -> shorted 1-2",
	}
	if len(said) < len(want) || !slices.Equal(said[:len(want)], want) {
		t.Errorf("want\n %q, got\n %q", want, said[:min(len(said), len(want))])
	}
	if i := slices.IndexFunc(said, func(s string) bool { return strings.Contains(s, "not ") }); i >= 0 {
		t.Errorf("%q after %q", said[i], said[max(0, i-1)])
	}
}

func TestWatcherKnowsItsFamilies(t *testing.T) {
	t.Parallel()
	if _, err := lockboard.NewWatcher([]string{"9B"}); err == nil {
		t.Error("there is no family 9B")
	}
}
