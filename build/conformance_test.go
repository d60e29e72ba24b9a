package build

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lockerd/internal/conformance"
	"lockerd/internal/sim"
	"lockerd/internal/sync/cloudtest"
)

// TestConformance: what docs/simulator.md promises of `lockersim conformance`. lockerd, as it is built, keeps every rule, each of them is
// tried, and the exit status says so.
func TestConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("builds both programs and starts a cabinet")
	}
	t.Parallel()
	built(t)
	broker := cloudtest.StartMosquitto(t, cloudtest.Forgetful)
	through, err := sim.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	dir, kiosk, bench := t.TempDir(), freeAddress(t), freeAddress(t)
	var log outputs
	cabinet := exec.Command("../bin/lockersim", "--lockerd", "../bin/lockerd", "--dir", dir, "--kiosk", kiosk, "--bench", bench, "--broker", "mqtt://"+through)
	cabinet.Stdout, cabinet.Stderr = &log, &log
	if err := cabinet.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cabinet.Process.Signal(syscall.SIGINT)
		_ = cabinet.Wait()
		if t.Failed() {
			t.Logf("lockersim said:\n%s", log.String())
		}
	})
	d := &demo{t: t, kiosk: "http://" + kiosk, bench: "http://" + bench + "/api"}
	d.until("all doors are looked into", "/log?after=0", func(string) bool {
		_, err := os.Stat(filepath.Join(dir, "inspected"))
		return err == nil
	})
	report := filepath.Join(dir, "report.json")
	tool := exec.Command("../bin/lockersim", "conformance", "--keys", filepath.Join(dir, "operator/cloud.json"), "--broker", "mqtt://"+broker.Addr,
		"--cabinet", "demo-1", "--listen", through, "--door", "7", "--new-epoch", "--patience", "2m", "--json", report)
	var said outputs
	tool.Stdout, tool.Stderr = &said, &said
	if err := tool.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- tool.Wait() }()
	t.Cleanup(func() { _ = tool.Process.Kill() })
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("%v\n%s", err, said.String())
			}
			judged(t, report, said.String())
			return
		case <-time.After(500 * time.Millisecond):
			d.pushAll()
		}
	}
}

// judged holds that every rule was tried and kept, and is told to people, too.
func judged(t *testing.T, file, said string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r conformance.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Results {
		if x.Verdict != conformance.Passed || !strings.Contains(said, x.ID+"\n") {
			t.Errorf("%s: want it kept, and in the report, got %s %v", x.ID, x.Verdict, x.Why)
		}
	}
	if len(r.Results) < 40 || r.Records == 0 {
		t.Errorf("want some forty rules, got %d of %d records", len(r.Results), r.Records)
	}
}
