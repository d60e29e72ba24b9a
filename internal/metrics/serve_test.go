package metrics_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/journal"
	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/metrics"
	"lockerd/internal/sim"
	cloud "lockerd/internal/sync"
)

// served runs a meter on an address of its own until the test ends.
func served(t *testing.T) (m *metrics.Meter, addr string) {
	t.Helper()
	addr, err := sim.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	m = newMeter(metrics.Config{Listen: addr}, cloud.Gauges{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return m, addr
		}
	}
}

// asked is what the meter answers to a request.
func asked(m *metrics.Meter, method, path, host string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Host = host
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, r)
	return w
}

// TestWhoMayLook: by which names, from which pages, and how.
func TestWhoMayLook(t *testing.T) {
	m := newMeter(metrics.Config{Listen: "192.0.2.7:9464", Hosts: []string{"Cabinet-7.example.net"}}, cloud.Gauges{})
	for _, tt := range []struct {
		method, path, host string
		header             []string
		want               int
	}{
		{"GET", "/metrics", "192.0.2.7:9464", nil, 200},
		{"HEAD", "/metrics", "192.0.2.7:9464", nil, 200},
		{"GET", "/metrics", "127.0.0.1:9000", nil, 200}, // through a tunnel
		{"GET", "/metrics", "[::1]:9464", nil, 200},
		{"GET", "/metrics", "[::1]", nil, 200},
		{"GET", "/metrics", "localhost:9464", nil, 200},
		{"GET", "/metrics", "cabinet-7.EXAMPLE.net:9464", nil, 200},
		{"GET", "/metrics", "evil.example:9464", nil, 403}, // a name that was rebound
		{"GET", "/healthz", "evil.example:9464", nil, 403},
		{"GET", "/metrics", "192.0.2.7.evil.example:9464", nil, 403},
		{"GET", "/metrics", "", nil, 403},
		{"GET", "/metrics", "192.0.2.7:9464", []string{"Origin", "https://evil.example"}, 403},
		{"GET", "/metrics", "192.0.2.7:9464", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"GET", "/metrics", "192.0.2.7:9464", []string{"Sec-Fetch-Site", "none"}, 200}, // typed into a browser
		{"POST", "/metrics", "192.0.2.7:9464", nil, 405},
		{"DELETE", "/healthz", "192.0.2.7:9464", nil, 405},
		{"GET", "/", "192.0.2.7:9464", nil, 404},
		{"GET", "/debug/pprof/", "192.0.2.7:9464", nil, 404},
	} {
		answer := asked(m, tt.method, tt.path, tt.host, tt.header...)
		if answer.Code != tt.want {
			t.Errorf("%s %s of %q %q: want %d, got %d", tt.method, tt.path, tt.host, tt.header, tt.want, answer.Code)
		}
		if answer.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Error("want no other site's page let in")
		}
	}
}

// TestAFloodCostsOnePageASecond, plain or compressed.
func TestAFloodCostsOnePageASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(metrics.Config{Listen: "127.0.0.1:1"}, cloud.Gauges{})
		read := func(zipped bool) string {
			answer := asked(m, "GET", "/metrics", "127.0.0.1:1")
			body := io.Reader(answer.Body)
			if zipped {
				answer = asked(m, "GET", "/metrics", "127.0.0.1:1", "Accept-Encoding", "gzip")
				var err error
				if body, err = gzip.NewReader(answer.Body); err != nil {
					t.Fatal(err)
				}
			}
			text, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		before := read(false)
		has(t, before, `lockerd_scans_total{scanner="front"} 0`)
		m.Scanned("front")
		time.Sleep(metrics.Fresh - 1)
		if read(false) != before || read(true) != before {
			t.Error("want the same page for a second, plain or compressed")
		}
		time.Sleep(time.Nanosecond)
		has(t, read(true), `lockerd_scans_total{scanner="front"} 1`)
	})
}

// TestHostileReaders: who reads slowly, says nothing, or opens connections without end keeps nobody else from looking.
func TestHostileReaders(t *testing.T) {
	_, addr := served(t)
	dial := func(say string) net.Conn {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_, _ = io.WriteString(conn, say)
		return conn
	}
	slow := dial(strings.Repeat("GET /metrics HTTP/1.1\r\nHost: "+addr+"\r\n\r\n", 200)) // and reads nothing
	var silent []net.Conn
	for range 10 * metrics.MostOf {
		silent = append(silent, dial("GET /metrics HTTP/1.1\r\nHost: "))
	}
	for range 3 {
		answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + addr + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || !strings.Contains(string(text), "\nlockerd_in_order 0\n") {
			t.Fatalf("want the page, got %v and %d bytes", err, len(text))
		}
	}
	// Those who came first have gone.
	for _, conn := range append(silent[:metrics.MostOf], slow) {
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Error("want the oldest connections closed")
		}
	}
	// What is too long is refused.
	long := dial("GET /metrics HTTP/1.1\r\nHost: " + addr + "\r\nX: " + strings.Repeat("a", 64<<10) + "\r\n\r\n")
	line, _ := bufio.NewReader(long).ReadString('\n')
	if strings.Contains(line, "200") {
		t.Errorf("want a head without end refused, got %q", line)
	}
}

// TestAPortThatIsTaken is tried again, and ends nothing.
func TestAPortThatIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- newMeter(metrics.Config{Listen: l.Addr().String()}, cloud.Gauges{}).Run(ctx) }()
	select {
	case err := <-ended:
		t.Fatalf("want it to go on trying, it ended: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestHealth: what makes a cabinet unable to do its job, and what does not.
func TestHealth(t *testing.T) {
	for name, tt := range map[string]struct {
		boards, lost int
		fault        string
		still        time.Duration
		silent       bool // no summary was reported
		want         metrics.Health
	}{
		"all is well":        {boards: 2, want: metrics.Health{Healthy: true, Loop: "ok", Journal: "ok", Boards: "ok"}},
		"another fault":      {boards: 2, fault: "tamper", want: metrics.Health{Healthy: true, Loop: "ok", Journal: "ok", Boards: "ok"}},
		"one board is lost":  {boards: 2, lost: 1, want: metrics.Health{Healthy: true, Loop: "ok", Journal: "ok", Boards: "some_lost", Lost: []string{"line1/1"}}},
		"all boards":         {boards: 1, lost: 1, want: metrics.Health{Loop: "ok", Journal: "ok", Boards: "all_lost", Lost: []string{"line1/1"}}},
		"no board is known":  {want: metrics.Health{Loop: "ok", Journal: "ok", Boards: "none"}},
		"the disk is full":   {boards: 2, fault: "journal_unwritable", want: metrics.Health{Loop: "ok", Journal: "journal_unwritable", Boards: "ok"}},
		"a key is lost":      {boards: 2, fault: "key_lost", want: metrics.Health{Loop: "ok", Journal: "key_lost", Boards: "ok"}},
		"a slow disk":        {boards: 2, still: metrics.Stuck, want: metrics.Health{Healthy: true, Loop: "ok", Journal: "ok", Boards: "ok"}},
		"the loop is stuck":  {boards: 2, still: metrics.Stuck + 1, want: metrics.Health{Loop: "stuck", Journal: "ok", Boards: "ok"}},
		"it has just begun":  {boards: 2, silent: true, want: metrics.Health{Loop: "ok", Journal: "unknown", Boards: "ok"}},
		"nothing was loaded": {silent: true, want: metrics.Health{Loop: "ok", Journal: "unknown", Boards: "none"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMeter(metrics.Config{Listen: "127.0.0.1:1"}, cloud.Gauges{})
				m.Watch(linesOf(t, tt.boards, tt.lost), func() cloud.Gauges { return cloud.Gauges{} })
				passed := false
				m.Alive(func() { passed = true })()
				if !passed {
					t.Error("want the watchdog pinged")
				}
				if !tt.silent {
					m.Report(locker.Summary{Service: "ok", Faults: []locker.Fault{{Kind: tt.fault, Why: "/var/lib/secret"}}})
				}
				time.Sleep(tt.still)
				answer := asked(m, "GET", "/healthz", "127.0.0.1:1")
				text, _ := io.ReadAll(answer.Body)
				var got metrics.Health
				if err := json.Unmarshal(text, &got); err != nil || fmt.Sprint(got) != fmt.Sprint(tt.want) {
					t.Errorf("want %+v, got %s %v", tt.want, text, err)
				}
				if want := map[bool]int{true: 200, false: 503}[tt.want.Healthy]; answer.Code != want || strings.Contains(string(text), "secret") {
					t.Errorf("want %d and no more than is needed, got %d: %s", want, answer.Code, text)
				}
			})
		})
	}
}

// linesOf are lines with a board each, the first of which have no port and so are lost.
func linesOf(t *testing.T, boards, lost int) *lockboard.Lines {
	t.Helper()
	var plans []lockboard.LinePlan
	for n := range boards {
		cfg := lockboard.Config{Name: fmt.Sprint("line", n+1), Port: "/nowhere", Baud: 9600, Boards: []lockboard.BoardConfig{{Address: 1, Family: "8A", Locks: 12}}}
		plans = append(plans, lockboard.LinePlan{Config: cfg, Supply: lockboard.NewSupply(1, 0)})
	}
	lines := lockboard.NewLines(plans, nil, func(context.Context, locker.Input) error { return nil }, quiet)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, lost)
	for _, plan := range plans[:lost] {
		go func() { ended <- lines.Bus(plan.Name).Run(ctx) }()
	}
	synctest.Wait()
	cancel()
	for range lost {
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

// TestNotices are the records that somebody waits for, until the cloud has them; found in a true journal, whoever wrote it.
func TestNotices(t *testing.T) {
	j, err := journal.Open(journal.Config{Cabinet: "demo", Path: filepath.Join(t.TempDir(), "journal.db")}, [32]byte{1}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	at := time.Now().UTC().Add(-time.Hour).Truncate(time.Second)
	write := func(at time.Time, events ...locker.Event) {
		t.Helper()
		if _, err := j.Append(locker.Now{Wall: at, Known: true}, events); err != nil {
			t.Fatal(err)
		}
	}
	confirm := func(back uint64) {
		t.Helper()
		_, last := j.Last()
		list, err := j.Outgoing(last-back-1, 1)
		if err != nil || len(list) != 1 {
			t.Fatal(err)
		}
		if err := j.Confirm(locker.Ack{Epoch: list[0].Epoch, Seq: list[0].Seq, Hash: list[0].Hash}); err != nil {
			t.Fatal(err)
		}
	}
	now := at.Add(time.Hour)
	m := metrics.New(metrics.Config{}, metrics.Sources{Plan: plan, Journal: j, Clock: func() locker.Now { return locker.Now{Wall: now, Known: true} }}, quiet)
	m.Watch(nil, func() cloud.Gauges { return cloud.Gauges{} })
	is := func(notice, oldest, backlog float64) {
		t.Helper()
		has(t, m.Text(), fmt.Sprint("lockerd_journal_oldest_notice_seconds ", notice), fmt.Sprint("lockerd_journal_oldest_unconfirmed_seconds ", oldest),
			fmt.Sprint("lockerd_journal_backlog_records ", backlog))
	}
	confirm(0)                                                // the journal's own beginning
	write(at, locker.ParcelStored{Parcel: "p-1"})             // before anybody looks
	write(at.Add(10*time.Minute), locker.DoorClosed{Door: 1}) // nobody waits for it
	write(at.Add(20*time.Minute), locker.ParcelStored{Parcel: "p-2"})
	is(3600, 3600, 3)
	confirm(2)
	is(2400, 3000, 2)
	confirm(0)
	is(0, 0, 0)
	for range 3 { // more than are read at once
		var many []locker.Event
		for range 400 {
			many = append(many, locker.DoorClosed{Door: 1})
		}
		write(at.Add(30*time.Minute), many...)
	}
	is(0, 1800, 1200)
	write(at.Add(40*time.Minute), locker.CodeResendAsked{})
	is(1200, 1800, 1201)
}
