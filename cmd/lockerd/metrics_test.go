package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// measured has a rig's cabinet serve metrics, and gives their address. It is for before the start.
func (r *rig) measured() (addr string) {
	r.t.Helper()
	addr = freeAddr(r.t)
	text, err := os.ReadFile(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	r.write(r.config, fmt.Appendf(text, "[metrics]\nlisten = %q\n", addr))
	return addr
}

// looked is what is answered at an address.
func looked(t *testing.T, url string) (status int, text string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(all)
}

// TestMetrics: what a running cabinet shows is what docs/metrics.md lists, Prometheus' own tool takes it, and nobody is named in it.
func TestMetrics(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	addr := r.measured()
	r.commission()
	door, code := r.broughtIn("PARCEL-SECRET")
	r.scan("LD1:" + code)
	r.push(door)
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	var page string
	eventually(t, "the parcel is on the page", func() bool {
		_, page = looked(t, "http://"+addr+"/metrics")
		return strings.Contains(page, `lockerd_parcel_events_total{event="collected"} 1`) && strings.Contains(page, "lockerd_cloud_connected 1")
	})
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	shown, listed := make(map[string]bool), make(map[string]bool)
	for _, m := range regexp.MustCompile("(?m)^# TYPE ([a-z_]+) ").FindAllStringSubmatch(page, -1) {
		shown[m[1]] = true
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (?:gauge|counter|histogram) ").FindAllStringSubmatch(string(text), -1) {
		listed[m[1]] = true
		if !shown[m[1]] && m[1] != "lockerd_temperature_celsius" { // not every machine has a sensor
			t.Errorf("docs/metrics.md lists %s, which a running cabinet does not show", m[1])
		}
	}
	for name := range shown {
		if !listed[name] {
			t.Errorf("a running cabinet shows %s, which docs/metrics.md does not list", name)
		}
	}
	for _, want := range []string{`lockerd_unlocks_total{outcome="opened"} 2`, "lockerd_unlock_frame_seconds_count 2", "lockerd_unlock_opened_seconds_count 2",
		`lockerd_board_lost{bus="main",board="2",family="8A"} 0`, "lockerd_clock_known 1", `lockerd_camera_up{camera="front"} 1`} {
		if !strings.Contains(page, want+"\n") {
			t.Errorf("want %s in\n%s", want, page)
		}
	}
	for _, secret := range []string{code, "BADGE-ADA", "15112345667", "Ada", "ada", "PARCEL-SECRET", "grace"} {
		if strings.Contains(page, secret) {
			t.Errorf("the page holds %q", secret)
		}
	}
	check := exec.Command("promtool", "check", "metrics")
	check.Stdin = strings.NewReader(page)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v: %s", err, out)
	}
	if status, text := looked(t, "http://"+addr+"/healthz"); status != http.StatusOK {
		t.Errorf("want a healthy cabinet, got %d: %s", status, text)
	}
}

// TestHealthWithoutKeys: a cabinet that is out of order says so to whoever looks, and goes on showing it.
func TestHealthWithoutKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	addr := r.measured()
	if err := os.Rename(r.dir+"/keys/lookup.key", r.dir+"/keys/lost"); err != nil {
		t.Fatal(err)
	}
	r.start()
	eventually(t, "it listens", func() bool {
		conn, err := net.Dial("tcp", addr) // the kiosk may be there before
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	eventually(t, "it says so", func() bool {
		status, text := looked(t, "http://"+addr+"/healthz")
		return status == http.StatusServiceUnavailable && strings.Contains(text, `"journal":"key_lost"`)
	})
	if _, page := looked(t, "http://"+addr+"/metrics"); !strings.Contains(page, "lockerd_in_order 0\n") || !strings.Contains(page, `lockerd_faults{kind="key_lost"} 1`) {
		t.Errorf("want it on the page, got\n%s", page)
	}
	if err := os.Rename(r.dir+"/keys/lost", r.dir+"/keys/lookup.key"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is well again", func() bool {
		answer, err := http.Get("http://" + addr + "/healthz")
		if err != nil {
			return false // between the two
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}
