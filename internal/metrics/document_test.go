package metrics_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"lockerd/internal/metrics"
)

var update = flag.Bool("update", false, "write docs/metrics.md anew")

// TestTheDocumentListsEveryMetric: the table of docs/metrics.md is made from the metrics that there are.
func TestTheDocumentListsEveryMetric(t *testing.T) {
	const path, head, tail = "../../docs/metrics.md", "| metric | type | labels | meaning |\n|---|---|---|---|\n", "\n\n<!-- end of the metrics -->"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), head)
	_, after, closed := strings.Cut(rest, tail)
	if !ok || !closed {
		t.Fatalf("%s has no table of metrics", path)
	}
	var rows []string
	for _, f := range metrics.Families() {
		labels := ""
		if len(f.Labels) > 0 {
			labels = "`" + strings.Join(f.Labels, "`, `") + "`"
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s |", f.Name, f.Kind, labels, f.Help))
	}
	want := before + head + strings.Join(rows, "\n") + tail + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s does not list the metrics that there are: go test ./internal/metrics -update", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil { //nolint:gosec // a document
		t.Fatal(err)
	}
}
