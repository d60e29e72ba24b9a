package metrics_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/metrics"
	cloud "lockerd/internal/sync"
)

var quiet = slog.New(slog.DiscardHandler)

// plan is a cabinet of two sizes.
var plan = &locker.Config{Sizes: []locker.Size{{Name: "S"}, {Name: "M"}}, Scanners: []string{"front"}, Cameras: []string{"above"}}

// newMeter is the meter of a cabinet without lines.
func newMeter(cfg metrics.Config, link cloud.Gauges) *metrics.Meter {
	m := metrics.New(cfg, metrics.Sources{Plan: plan, Version: "v1", Clock: func() locker.Now { return locker.Now{Wall: time.Now(), Known: true} }}, quiet)
	m.Watch(nil, func() cloud.Gauges { return link })
	return m
}

// log is a journal that takes everything, or nothing.
type log struct {
	takes time.Duration
	err   error
}

func (l *log) Load() ([]byte, []locker.Record, error) { return nil, nil, nil }

func (l *log) Append(_ locker.Now, events []locker.Event) (list []locker.Record, err error) {
	time.Sleep(l.takes)
	for _, e := range events {
		list = append(list, locker.Record{Event: e})
	}
	return list, l.err
}

// has says that the page has these samples, each a whole line.
func has(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, line := range want {
		if !slices.Contains(strings.Split(page, "\n"), line) {
			name, _, _ := strings.Cut(line, "{")
			t.Errorf("want %s, got\n%s", line, strings.Join(regexp.MustCompile("(?m)^"+name+".*$").FindAllString(page, -1), "\n"))
		}
	}
}

// TestRecordsAreCountedAsTheyPass, and those that could not be written are counted as such.
func TestRecordsAreCountedAsTheyPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(metrics.Config{}, cloud.Gauges{})
		l := &log{takes: 7 * time.Millisecond}
		c := metrics.Counting{Log: l, Meter: m}
		_, err := c.Append(locker.Now{}, []locker.Event{locker.SessionStarted{}, locker.DoorForced{Door: 3}, locker.OrderRefused{}, locker.ParcelStored{},
			locker.SessionEnded{Why: "timeout"}, locker.UnlockEnded{Outcome: locker.StillClosed}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Append(locker.Now{}, nil); err != nil {
			t.Fatal(err)
		}
		l.err = os.ErrClosed
		if _, err := c.Append(locker.Now{}, []locker.Event{locker.ParcelStored{}}); err == nil {
			t.Fatal("want the log's error passed on")
		}
		m.Scanned("front")
		has(t, m.Text(), "lockerd_records_total 6", "lockerd_sessions_total 1", `lockerd_sessions_ended_total{why="timeout"} 1`,
			`lockerd_alarms_total{kind="door.forced"} 1`, `lockerd_alarms_total{kind="order.refused"} 1`, `lockerd_alarms_total{kind="board.lost"} 0`,
			`lockerd_orders_total{result="refused"} 1`, `lockerd_parcel_events_total{event="stored"} 1`, `lockerd_unlocks_total{outcome="still_closed"} 1`,
			`lockerd_unlocks_total{outcome="opened"} 0`, "lockerd_journal_append_failures_total 1", `lockerd_scans_total{scanner="front"} 1`,
			`lockerd_journal_append_seconds_bucket{le="0.005"} 0`, `lockerd_journal_append_seconds_bucket{le="0.01"} 1`,
			"lockerd_journal_append_seconds_sum 0.007", "lockerd_journal_append_seconds_count 1")
	})
}

// TestUnlocksAreTimed: whether a line says first that the frame was sent, or the door that it is open.
func TestUnlocksAreTimed(t *testing.T) {
	for name, frameFirst := range map[string]bool{"frame first": true, "door first": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMeter(metrics.Config{}, cloud.Gauges{})
				c := metrics.Counting{Log: &log{}, Meter: m}
				passed := 0
				hear := m.Heard(func(context.Context, locker.Input) error { passed++; return nil })
				write := func(e locker.Event) { _, _ = c.Append(locker.Now{}, []locker.Event{e}) }
				write(locker.UnlockRequested{Unlock: "u"})
				write(locker.UnlockRequested{Unlock: "not sent"})
				write(locker.UnlockRequested{Unlock: "jammed"})
				time.Sleep(4 * time.Millisecond)
				frame := time.Now()
				told := func() {
					if err := hear(t.Context(), locker.ReleaseEnded{Unlock: "u", Sent: true, Frame: frame}); err != nil {
						t.Fatal(err)
					}
				}
				if frameFirst {
					told()
				}
				time.Sleep(180 * time.Millisecond)
				write(locker.UnlockEnded{Unlock: "u", Outcome: locker.Opened})
				if !frameFirst {
					time.Sleep(time.Second)
					told()
				}
				_ = hear(t.Context(), locker.ReleaseEnded{Unlock: "not sent", Why: "past its deadline"})
				write(locker.UnlockEnded{Unlock: "not sent", Outcome: locker.NotSent})
				_ = hear(t.Context(), locker.ReleaseEnded{Unlock: "jammed", Sent: true, Frame: frame})
				write(locker.UnlockEnded{Unlock: "jammed", Outcome: locker.StillClosed})
				_ = hear(t.Context(), locker.ReleaseEnded{Unlock: "of an earlier run", Sent: true, Frame: frame})
				has(t, m.Text(), "lockerd_unlock_frame_seconds_sum 0.008", "lockerd_unlock_frame_seconds_count 2",
					`lockerd_unlock_opened_seconds_bucket{le="0.15"} 0`, `lockerd_unlock_opened_seconds_bucket{le="0.2"} 1`,
					"lockerd_unlock_opened_seconds_sum 0.18", "lockerd_unlock_opened_seconds_count 1")
				if m.Following() != 0 || passed != 4 {
					t.Errorf("want nothing left behind and all passed on, got %d and %d", m.Following(), passed)
				}
			})
		})
	}
}

// TestDoorsParcelsAndFaults: a summary becomes counts, and what is lost is named.
func TestDoorsParcelsAndFaults(t *testing.T) {
	m := newMeter(metrics.Config{}, cloud.Gauges{Since: time.Now(), Connections: 3, Sent: 70, Received: 7, Faults: []locker.Fault{{Kind: "cloud_twin"}}})
	has(t, m.Text(), "lockerd_in_order 0") // nobody has said anything yet
	m.Report(locker.Summary{Service: "ok", Parcels: 5, Overdue: 2, Held: 1, Free: map[string]int{"S": 7}, Doors: []locker.DoorSummary{
		{Size: "S", State: locker.Closed, Contents: "empty"}, {Size: "S", State: locker.Open, Contents: "empty", Blocked: locker.BlockJammed},
		{Size: "M", State: locker.Unknown, Contents: "doubtful"},
	}, Faults: []locker.Fault{{Kind: "camera_lost", What: "above"}, {Kind: "board_lost"}, {Kind: "board_lost"}, {Kind: "of a later release"}}})
	has(t, m.Text(), "lockerd_in_order 1", `lockerd_doors{size="S",state="closed"} 1`, `lockerd_doors{size="S",state="open"} 1`,
		`lockerd_doors{size="M",state="unknown"} 1`, `lockerd_doors{size="M",state="closed"} 0`, `lockerd_doors_holding{size="S",contents="empty"} 2`,
		`lockerd_doors_holding{size="M",contents="doubtful"} 1`, `lockerd_doors_free{size="S"} 7`, `lockerd_doors_free{size="M"} 0`,
		`lockerd_doors_blocked{reason="jammed"} 1`, `lockerd_doors_blocked{reason="dirty"} 0`, `lockerd_parcels{state="waiting"} 2`,
		`lockerd_parcels{state="overdue"} 2`, `lockerd_parcels{state="held"} 1`, `lockerd_faults{kind="board_lost"} 2`, `lockerd_faults{kind="cloud_twin"} 1`,
		`lockerd_faults{kind="of a later release"} 1`, `lockerd_faults{kind="mains"} 0`, `lockerd_camera_up{camera="above"} 0`, `lockerd_scanner_up{scanner="front"} 1`,
		"lockerd_cloud_connected 1", "lockerd_cloud_connections_total 3", `lockerd_cloud_bytes_total{direction="sent"} 70`)
}

// TestEveryKindOfFaultIsKnown: one that some part may report is on the page before it does.
func TestEveryKindOfFaultIsKnown(t *testing.T) {
	found := map[string]bool{"tamper": true, "mains": true} // of the switches
	for _, part := range []string{"locker", "controller", "cabinet", "sync", "journal"} {
		files, err := filepath.Glob("../" + part + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("no files of %s: %v", part, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(string(text), "\n") {
				if strings.HasSuffix(file, "_test.go") || !regexp.MustCompile(`Fault\{|f\.Kind, f\.Do|fault := `).MatchString(line) {
					continue
				}
				for _, m := range regexp.MustCompile(`(?:Kind: |Do = )"([a-z_]+)"`).FindAllStringSubmatch(line, -1) {
					found[m[1]] = true
				}
			}
		}
	}
	if len(found) < 20 {
		t.Fatalf("only %d kinds were found in the source", len(found))
	}
	for kind := range found {
		if !slices.Contains(metrics.FaultKinds, kind) {
			t.Errorf("the page does not know the fault %s", kind)
		}
	}
	text, err := os.ReadFile("../../docs/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range metrics.FaultKinds {
		if !strings.Contains(string(text), "`"+kind+"`") {
			t.Errorf("docs/operator.md does not know the fault %s", kind)
		}
	}
}

// TestLinesAreMeasured: what a line's boards are asked, and that one is lost.
func TestLinesAreMeasured(t *testing.T) {
	boards := []lockboard.BoardConfig{{Address: 1, Family: "8A", Locks: 12}, {Address: 2, Family: "8A", Locks: 12}}
	lines := lockboard.NewLines([]lockboard.LinePlan{{Config: lockboard.Config{Name: "main", Baud: 9600, Boards: boards}, Supply: lockboard.NewSupply(1, 0)}}, nil,
		func(context.Context, locker.Input) error { return nil }, quiet)
	m := newMeter(metrics.Config{}, cloud.Gauges{})
	m.Watch(lines, func() cloud.Gauges { return cloud.Gauges{} })
	has(t, m.Text(), `lockerd_line_shut{bus="main"} 0`, `lockerd_board_lost{bus="main",board="2",family="8A"} 0`,
		`lockerd_board_exchanges_total{bus="main",board="1",result="answered"} 0`, `lockerd_board_answer_seconds_bucket{bus="main",board="1",le="+Inf"} 0`,
		`lockerd_board_answer_seconds_bucket{bus="main",board="1",le="0.2"} 0`)
}

// TestTemperatures are read where the kernel has them, each by a name of its own; a sensor that is asleep is left out.
func TestTemperatures(t *testing.T) {
	class := t.TempDir()
	for file, text := range map[string]string{
		"thermal/thermal_zone0/type": "x86_pkg_temp\n", "thermal/thermal_zone0/temp": "61500\n",
		"hwmon/hwmon0/name": "coretemp\n", "hwmon/hwmon0/temp1_input": "61000\n", "hwmon/hwmon0/temp2_input": "-2500\n",
		"hwmon/hwmon1/name": "nvme\n", "hwmon/hwmon1/temp1_input": "\n",
	} {
		path := filepath.Join(class, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := make(metrics.Page)
	metrics.Temperatures(p, class)
	has(t, string(p.Text()), `lockerd_temperature_celsius{sensor="x86_pkg_temp"} 61.5`, `lockerd_temperature_celsius{sensor="coretemp"} 61`,
		`lockerd_temperature_celsius{sensor="coretemp 2"} -2.5`)
	if strings.Contains(string(p.Text()), "nvme") {
		t.Error("want nothing of a sensor that says nothing")
	}
}

// TestConfig: what is no address, and what is nobody's.
func TestConfig(t *testing.T) {
	for cfg, want := range map[string]string{
		"127.0.0.1:9464":    "",
		"[::1]:9464":        "",
		"192.0.2.7:9464":    "",
		"0.0.0.0:9464":      "",
		"localhost:9464":    "must be an address of this PC",
		"127.0.0.1":         "missing port",
		"127.0.0.1:":        "the port must be a number",
		"127.0.0.1:http":    "the port must be a number",
		"127.0.0.1:09464":   "the port must be a number",
		"127.0.0.1:9464000": "the port must be a number",
	} {
		if err := (metrics.Config{Listen: cfg}).Validate(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got %v", cfg, want, err)
		}
	}
	for _, hosts := range [][]string{{"a.example:9464"}, {""}, {"*.example"}} {
		if err := (metrics.Config{Listen: "127.0.0.1:1", Hosts: hosts}).Validate(); err == nil {
			t.Errorf("want %q refused", hosts)
		}
	}
	if err := (metrics.Config{Hosts: []string{"a.example"}}).Validate(); err == nil {
		t.Error("want hosts without an address refused")
	}
	for listen, want := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "192.0.2.7:1": false, "0.0.0.0:1": false} {
		if got := (metrics.Config{Listen: listen}).Loopback(); got != want {
			t.Errorf("%s: want loopback %v", listen, want)
		}
	}
}

// BenchmarkScrape is what a scrape costs at 400 doors on 20 boards.
func BenchmarkScrape(b *testing.B) {
	var plans []lockboard.LinePlan
	for n := range 2 {
		cfg := lockboard.Config{Name: fmt.Sprint("line", n), Baud: 9600}
		for a := range 10 {
			cfg.Boards = append(cfg.Boards, lockboard.BoardConfig{Address: a + 1, Family: "8A", Locks: 20})
		}
		plans = append(plans, lockboard.LinePlan{Config: cfg, Supply: lockboard.NewSupply(1, 0)})
	}
	m := newMeter(metrics.Config{}, cloud.Gauges{})
	m.Watch(lockboard.NewLines(plans, nil, nil, quiet), func() cloud.Gauges { return cloud.Gauges{} })
	sum := locker.Summary{Service: "ok"}
	for n := range 400 {
		sum.Doors = append(sum.Doors, locker.DoorSummary{Door: n, Size: "SM"[n%2 : n%2+1], State: locker.Closed, Contents: "empty"})
	}
	m.Report(sum)
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		size = len(m.Text())
	}
	b.ReportMetric(float64(size), "bytes")
}
