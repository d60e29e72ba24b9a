package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAProfileOfARunningCabinet: of what goroutines do and of processor time, with the owners' names; nothing that is there is
// overwritten, and check names who runs.
func TestAProfileOfARunningCabinet(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	// What stands in a cpu profile's samples is for the scheduler to say: an idle cabinet has few.
	says := map[string][]string{"goroutine": {"owner", "scanner front", "controller"}, "cpu": {"cpu", "nanoseconds"}}
	for kind, args := range map[string][]string{"goroutine": nil, "cpu": {"--for", "1s"}} {
		file := filepath.Join(r.dir, kind)
		if out, err := r.tool(append([]string{"profile", kind, file}, args...)...); err != nil {
			t.Fatalf("%s: %v: %s", kind, err, out)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		packed, err := gzip.NewReader(f)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		text, err := io.ReadAll(packed)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		for _, want := range says[kind] {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: want %q in the profile", kind, want)
			}
		}
	}
	if out, err := r.tool("profile", "heap", filepath.Join(r.dir, "cpu")); err == nil || !strings.Contains(out, "exists") {
		t.Errorf("over a file that is there: %v: %s", err, out)
	}
	if out, _ := r.tool("check"); !strings.Contains(out, "lockerd runs: ") || !strings.Contains(out, "scanner front") {
		t.Errorf("want check to name who runs, got\n%s", out)
	}
}
