package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var updateDashboard = flag.Bool("update-dashboard", false, "write systemd/monitoring/lockerd-dashboard.json anew")

// panel is a panel of the dashboard: what it asks, by how the answers are called.
type panel struct {
	title, unit string
	asks        map[string]string
}

const chosen = `{instance=~"$instance"}`

// panels are those of the dashboard, from the top left, two a row.
var panels = []panel{
	{"In order", "short", map[string]string{"{{instance}}": "lockerd_in_order" + chosen}},
	{"Faults", "short", map[string]string{"{{kind}}": "sum by (kind) (lockerd_faults" + chosen + ")"}},
	{"Doors by contents", "short", map[string]string{"{{contents}}": "sum by (contents) (lockerd_doors_holding" + chosen + ")"}},
	{"Free doors by size", "short", map[string]string{"{{size}}": "sum by (size) (lockerd_doors_free" + chosen + ")"}},
	{"Parcels an hour", "short", map[string]string{"{{event}}": "sum by (event) (increase(lockerd_parcel_events_total" + chosen + "[1h]))"}},
	{"Sessions an hour, by how they end", "short", map[string]string{"{{why}}": "sum by (why) (increase(lockerd_sessions_ended_total" + chosen + "[1h]))"}},
	{"Unlocks an hour, by outcome", "short", map[string]string{"{{outcome}}": "sum by (outcome) (increase(lockerd_unlocks_total" + chosen + "[1h]))"}},
	{"Alarms a day", "short", map[string]string{"{{kind}}": "sum by (kind) (increase(lockerd_alarms_total" + chosen + "[1d]))"}},
	{"Time of an unlock (90 % are quicker)", "s", map[string]string{
		"to the frame":            "histogram_quantile(0.9, sum by (le) (rate(lockerd_unlock_frame_seconds_bucket" + chosen + "[$__rate_interval])))",
		"from there to open door": "histogram_quantile(0.9, sum by (le) (rate(lockerd_unlock_opened_seconds_bucket" + chosen + "[$__rate_interval])))",
	}},
	{"Time to write a record (99 % are quicker)", "s", map[string]string{
		"{{instance}}": "histogram_quantile(0.99, sum by (instance, le) (rate(lockerd_journal_append_seconds_bucket" + chosen + "[$__rate_interval])))"}},
	{"Damaged or missing answers", "percentunit", map[string]string{"{{bus}}/{{board}}": "lockerd_board_damaged_ratio" + chosen}},
	{"Boards lost", "short", map[string]string{"{{bus}}/{{board}}": "lockerd_board_lost" + chosen}},
	{"Queries to boards a second", "ops", map[string]string{"{{bus}}/{{board}} {{result}}": "rate(lockerd_board_exchanges_total" + chosen + "[$__rate_interval])"}},
	{"Boards' answers (90 % are quicker)", "s", map[string]string{
		"{{bus}}/{{board}}": "histogram_quantile(0.9, sum by (bus, board, le) (rate(lockerd_board_answer_seconds_bucket" + chosen + "[$__rate_interval])))"}},
	{"Records that the cloud has not confirmed", "short", map[string]string{"{{instance}}": "lockerd_journal_backlog_records" + chosen}},
	{"Who waits longest to hear of a parcel", "s", map[string]string{"{{instance}}": "lockerd_journal_oldest_notice_seconds" + chosen}},
	{"Connected to the broker", "short", map[string]string{"{{instance}}": "lockerd_cloud_connected" + chosen}},
	{"Bytes to and from the broker", "Bps", map[string]string{"{{direction}}": "sum by (direction) (rate(lockerd_cloud_bytes_total" + chosen + "[$__rate_interval]))"}},
	{"Room on the disk", "bytes", map[string]string{"{{instance}} {{of}}": "lockerd_disk_free_bytes" + chosen}},
	{"Size of the journal", "bytes", map[string]string{"{{instance}}": "lockerd_journal_size_bytes" + chosen}},
	{"Temperature", "celsius", map[string]string{"{{instance}} {{sensor}}": "lockerd_temperature_celsius" + chosen}},
	{"Memory and processor", "short", map[string]string{"MB": "process_resident_memory_bytes" + chosen + " / 1e6",
		"% of a core": "100 * rate(process_cpu_seconds_total" + chosen + "[$__rate_interval])"}},
}

// dashboard is the JSON that Grafana imports.
func dashboard(t *testing.T) []byte {
	t.Helper()
	source := map[string]any{"type": "prometheus", "uid": "${datasource}"}
	var list []map[string]any
	for i, p := range panels {
		var targets []map[string]any
		for legend, expr := range p.asks {
			targets = append(targets, map[string]any{"datasource": source, "expr": expr, "legendFormat": legend})
		}
		if len(targets) == 2 && fmt.Sprint(targets[0]["expr"]) < fmt.Sprint(targets[1]["expr"]) {
			targets[0], targets[1] = targets[1], targets[0]
		}
		for n := range targets {
			targets[n]["refId"] = string(rune('A' + n))
		}
		list = append(list, map[string]any{"id": i + 1, "type": "timeseries", "title": p.title, "datasource": source, "targets": targets,
			"gridPos":     map[string]int{"x": i % 2 * 12, "y": i / 2 * 8, "w": 12, "h": 8},
			"fieldConfig": map[string]any{"defaults": map[string]any{"unit": p.unit}, "overrides": []any{}}})
	}
	text, err := json.MarshalIndent(map[string]any{"title": "lockerd", "uid": "lockerd", "schemaVersion": 38, "tags": []string{"lockerd"}, "refresh": "1m",
		"time": map[string]string{"from": "now-24h", "to": "now"}, "panels": list, "templating": map[string]any{"list": []map[string]any{
			{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"},
			{"name": "instance", "type": "query", "datasource": source, "query": "label_values(lockerd_build_info, instance)", "label": "Cabinet",
				"multi": true, "includeAll": true, "refresh": 2},
		}}}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// startPrometheus is Debian's Prometheus with our rules, reading a cabinet four times a second, and its own address.
func startPrometheus(t *testing.T, cabinet string) (addr string) {
	t.Helper()
	addr = freeAddr(t)
	dir := t.TempDir()
	rules, err := filepath.Abs("../../systemd/monitoring/lockerd-alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("global: {scrape_interval: 250ms, evaluation_interval: 250ms}\nrule_files: [%q]\n"+
		"scrape_configs: [{job_name: lockerd, static_configs: [{targets: [%q]}]}]\n", rules, cabinet)
	path := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command("prometheus", "--config.file="+path, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+addr)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("Prometheus' log:\n%s", log.String())
		}
	})
	eventually(t, "Prometheus is up", func() bool {
		answer, err := http.Get("http://" + addr + "/-/ready")
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return addr
}

// answers is how many series answer a query.
func answers(t *testing.T, prometheus, query string) int {
	t.Helper()
	status, text := looked(t, "http://"+prometheus+"/api/v1/query?query="+url.QueryEscape(query))
	var answer struct {
		Data struct {
			Result []json.RawMessage `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != http.StatusOK {
		t.Fatalf("%s: %d %v: %s", query, status, err, text)
	}
	return len(answer.Data.Result)
}

// TestDashboardAndAlertsAreAnswered: Debian's Prometheus reads a running cabinet, and each panel's query and each metric that an
// alert asks for has an answer.
func TestDashboardAndAlertsAreAnswered(t *testing.T) {
	t.Parallel()
	const path = "../../systemd/monitoring/lockerd-dashboard.json"
	want := dashboard(t)
	if *updateDashboard {
		if err := os.WriteFile(path, want, 0o644); err != nil { //nolint:gosec // not secret
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the panels are (%v): go test ./cmd/lockerd -run TestDashboard -update-dashboard", path, err)
	}
	r := newRig(t)
	addr := r.measured()
	r.commission()
	prometheus := startPrometheus(t, addr)
	eventually(t, "the cabinet is read", func() bool { return answers(t, prometheus, "lockerd_in_order == 1") == 1 })
	door, code := r.broughtIn("PARCEL-1")
	r.scan("LD1:" + code)
	r.push(door)
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	instance := strings.NewReplacer("$instance", ".+", "$__rate_interval", "1m")
	asked := func(query string) {
		t.Helper()
		if strings.Contains(query, "lockerd_temperature_celsius") { // not every machine has a sensor
			return
		}
		eventually(t, query+" is answered", func() bool { return answers(t, prometheus, query) > 0 })
	}
	for _, p := range panels {
		for _, expr := range p.asks {
			asked(instance.Replace(expr))
		}
	}
	rules, err := os.ReadFile("../../systemd/monitoring/lockerd-alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, m := range regexp.MustCompile(`(?m)^ +expr: (.*)$`).FindAllStringSubmatch(string(rules), -1) {
		answers(t, prometheus, m[1])
		for _, selector := range regexp.MustCompile(`\b(?:lockerd|process)_[a-z_]+(?:\{[^}]*\})?`).FindAllString(m[1], -1) {
			asked(selector)
			seen++
		}
	}
	if seen < 20 || answers(t, prometheus, `ALERTS{alertstate="firing",alertname!~"LockerdDiskFull"}`) != 0 {
		t.Errorf("want every alert asked for and none firing at a cabinet that is well: %d", seen)
	}
}
