package metrics_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/metrics"
)

const monitoring = "../../systemd/monitoring/"

// TestAlerts: Prometheus' own tool takes the rules and tries each, once as it fires and once as it does not; and they ask for
// metrics that there are.
func TestAlerts(t *testing.T) {
	rules, err := os.ReadFile(monitoring + "lockerd-alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", "rules", "lockerd-alerts.yml"}, {"test", "rules", "alerts.test.yml"}} {
		if args[0] == "test" && testing.Short() {
			continue // days of each alert
		}
		cmd := exec.Command("promtool", args...)
		cmd.Dir = monitoring
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	tests, err := os.ReadFile(monitoring + "alerts.test.yml")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^ +- alert: (\w+)$`).FindAllStringSubmatch(string(rules), -1)
	if len(names) < 15 {
		t.Fatalf("only %d alerts were found", len(names))
	}
	for _, m := range names {
		_, fires, _ := strings.Cut(string(tests), "name: "+m[1]+" fires\n")
		_, quiet, _ := strings.Cut(string(tests), "name: "+m[1]+" is quiet\n")
		if !expects(fires, "[{labels: 'ALERTS{alertname=\""+m[1]+`"`) || !expects(quiet, "[]") {
			t.Errorf("%s: want a case in which it fires and one in which it does not", m[1])
		}
	}
	var known []string
	for _, f := range metrics.Families() {
		known = append(known, f.Name, f.Name+"_bucket")
	}
	for _, name := range regexp.MustCompile(`\b(?:lockerd|process|go)_[a-z_]+\b`).FindAllString(strings.Join(regexp.MustCompile(`(?m)^ +expr: .*$`).FindAllString(string(rules), -1), "\n"), -1) {
		if !slices.Contains(known, name) {
			t.Errorf("an alert asks for %s, which there is not", name)
		}
	}
}

// expects says that the first thing that is expected in a case begins so.
func expects(text, want string) bool {
	_, after, _ := strings.Cut(text, "exp_samples: ")
	return strings.HasPrefix(after, want)
}
