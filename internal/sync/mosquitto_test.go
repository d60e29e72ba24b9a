package sync_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
	"lockerd/internal/relay"
	link "lockerd/internal/sync"
	"lockerd/internal/sync/cloudtest"
)

var eventually = cloudtest.Eventually

// cloud is the operator's side: a durable subscriber that keeps what it has not seen, by (epoch, seq) and in order, and
// acknowledges it.
type cloud struct {
	t      *testing.T
	client mqtt.Client
	mu     sync.Mutex
	seen   []string // public lines, by seq
	twice  int      // dropped: seen before
	gaps   int      // dropped: something before it is missing
	other  map[string][]string
	mute   bool // no acks
}

// newCloud connects to a broker at an address, host and port or a whole URL.
func newCloud(t *testing.T, addr string) *cloud {
	t.Helper()
	c := &cloud{t: t, other: make(map[string][]string)}
	c.client = cloudtest.Subscribe(t, addr, c.take)
	return c
}

func (c *cloud) take(client mqtt.Client, m mqtt.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := m.Topic()[strings.LastIndex(m.Topic(), "/")+1:]
	if name == "state" {
		state, err := contract.UnpackState(m.Payload())
		if err != nil {
			c.t.Errorf("cloud: %v", err)
		}
		c.other[name] = append(c.other[name], string(state))
		return
	}
	if name != "events" {
		c.other[name] = append(c.other[name], string(m.Payload()))
		return
	}
	records, err := contract.Unpack(m.Payload())
	if err != nil {
		c.t.Errorf("cloud: %v", err)
	}
	for _, r := range records {
		c.record(string(r))
	}
	if n := len(c.seen); n > 0 && !c.mute {
		client.Publish("lockerd/v1/demo-1/acks", 1, false, signAck(cloudtest.Word("demo-1", epoch, uint64(n), sha256.Sum256([]byte(c.seen[n-1])))))
	}
}

// record takes a record in plain form, or does not.
func (c *cloud) record(record string) {
	line, _, _ := strings.Cut(record, "\n")
	var r struct {
		Epoch string
		Seq   uint64
	}
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		c.t.Errorf("cloud: record: %v", err)
		return
	}
	switch next := uint64(len(c.seen) + 1); {
	case r.Seq < next:
		c.twice++
	case r.Seq > next:
		c.gaps++
		return
	default:
		c.seen = append(c.seen, line)
	}
}

func (c *cloud) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen)
}

func (c *cloud) last(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.other[name]; len(l) > 0 {
		return l[len(l)-1]
	}
	return ""
}

func (c *cloud) order(payload string) {
	c.client.Publish("lockerd/v1/demo-1/orders", 1, false, payload)
}

func through(r *relay.Relay) link.Config {
	cfg := config()
	cfg.Broker = "mqtt://" + r.Addr()
	return cfg
}

// Records arrive once and in order, whatever is killed or cut on the way.
func TestMosquittoKilledAndCut(t *testing.T) {
	t.Parallel()
	m := cloudtest.StartMosquitto(t, "")
	r := cloudtest.NewRelay(t, m.Addr)
	c := &cabinet{}
	l := newLink(t, through(r), c)
	l.Pause(20*time.Millisecond, 500*time.Millisecond)
	up := newCloud(t, m.Addr)
	stop := run(t, l)
	total := 0
	// A broker that was killed may have lost what it had acknowledged: then the link waits a minute before it sends
	// again, or the next connection does: so this cuts it where nothing moves any more.
	// On a computer that has too much to do, what was cut needs longer to move again: each cut in vain is waited after
	// for twice as long, or one would be the reason for the next.
	const patience = time.Second
	before, moved, wait := 0, time.Now(), patience
	shake := func() {
		switch now := up.count(); {
		case now != before:
			before, moved, wait = now, time.Now(), patience
		case time.Since(moved) >= wait:
			moved, wait = time.Now(), 2*wait
			r.Cut()
		}
	}
	rounds := 6
	if testing.Short() {
		rounds = 3 // each kind of trouble once
	}
	for round := range rounds {
		for range 50 {
			c.grow(10)
			l.Grown()
		}
		total += 500
		eventually(t, "half of the round", func() bool { shake(); return up.count() > total-250 })
		switch round % 3 {
		case 0:
			m.Kill()
			m.Start()
		case 1:
			r.Cut()
		case 2:
			r.Swallow(true)
			c.grow(1)
			l.Grown()
			total++
			r.Cut()
			r.Swallow(false)
		}
	}
	eventually(t, "the last record", func() bool { shake(); return up.count() == total && c.Confirmed() == uint64(total) })
	stop()
	for i, line := range up.seen {
		if want := string(c.records[i].Public); want != line {
			t.Fatalf("record %d:\nwant %s\n got %s", i+1, want, line)
		}
	}
	t.Logf("%d records over %d connections; dropped: %d seen before, %d after a gap",
		total, l.Gauges().Connections, up.twice, up.gaps)
}

func TestMosquittoPresenceAndState(t *testing.T) {
	t.Parallel()
	m := cloudtest.StartMosquitto(t, "")
	r := cloudtest.NewRelay(t, m.Addr)
	c := &cabinet{}
	l := newLink(t, through(r), c)
	l.Pause(20*time.Millisecond, 500*time.Millisecond)
	l.Report(locker.Summary{Cabinet: "demo-1", Service: "ok", Free: map[string]int{}, Seq: 41})
	stop := run(t, l)
	eventually(t, "connected", func() bool { return !l.Gauges().Since.IsZero() && l.Gauges().InFlight == 0 })

	up := newCloud(t, m.Addr) // comes later: it sees what was retained
	online := func(is bool) func() bool {
		return func() bool { return strings.HasPrefix(up.last("presence"), fmt.Sprintf(`{"online":%t`, is)) }
	}
	eventually(t, "online", online(true))
	eventually(t, "the state", func() bool { return strings.Contains(up.last("state"), `"seq":41`) })

	r.Off(true) // no way back
	eventually(t, "the will", func() bool { return up.last("presence") == `{"online":false}` })
	stop()

	l = newLink(t, through(cloudtest.NewRelay(t, m.Addr)), c)
	stop = run(t, l)
	eventually(t, "online again", online(true))
	stop()
	eventually(t, "a goodbye", func() bool {
		return online(false)() && strings.Contains(up.last("presence"), `"version":"1.0"`)
	})
}

func TestMosquittoOrders(t *testing.T) {
	t.Parallel()
	m := cloudtest.StartMosquitto(t, "")
	r := cloudtest.NewRelay(t, m.Addr)
	c := &cabinet{}
	up := newCloud(t, m.Addr)
	l := newLink(t, through(r), c)
	stop := run(t, l)
	eventually(t, "connected", func() bool { return !l.Gauges().Since.IsZero() })
	stop()

	up.order(unlock("while-away")) // waits at the broker
	c.do = func(locker.OrderReceived) error { return io.ErrShortWrite }
	l = newLink(t, through(r), c)
	stop = run(t, l)
	eventually(t, "the order is tried", func() bool { _, tried := c.orders(); return tried > 0 })
	stop()
	if done, _ := c.orders(); len(done) != 0 {
		t.Fatalf("nothing could be recorded, and yet: %v", done)
	}

	c.do = nil // the next run gets it again, and then never more
	l = newLink(t, through(r), c)
	stop = run(t, l)
	eventually(t, "the order", func() bool { done, _ := c.orders(); return len(done) == 1 })
	up.order(unlock("second"))
	eventually(t, "the second order", func() bool { done, _ := c.orders(); return len(done) == 2 })
	stop()
	l = newLink(t, through(r), c)
	stop = run(t, l)
	up.order(unlock("third"))
	eventually(t, "the third order", func() bool { done, _ := c.orders(); return len(done) >= 3 })
	stop()
	var ids []string
	for _, o := range c.done {
		ids = append(ids, o.ID)
	}
	equal(t, "orders", []string{"while-away", "second", "third"}, ids)
}

// Mosquitto acknowledges what its access list throws away: only the cloud's word counts.
func TestMosquittoAccessList(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acl := filepath.Join(dir, "acl")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(acl, []byte("topic readwrite lockerd/v1/demo-1/presence\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	m := cloudtest.StartMosquitto(t, "acl_file "+acl)
	r := cloudtest.NewRelay(t, m.Addr)
	c := &cabinet{}
	c.grow(5)
	l := newLink(t, through(r), c)
	stop := run(t, l)
	eventually(t, "all are with the broker", func() bool {
		g := l.Gauges()
		return !g.Since.IsZero() && g.InFlight == 0 && g.Backlog == 5
	})
	stop()
	if c.Confirmed() != 0 || len(c.words) != 0 {
		t.Errorf("want nothing confirmed, got %d, %v", c.Confirmed(), c.words)
	}
}

// Two cabinets with one name, as after a disk was copied, push each other off: both notice, and each has its turns.
func TestMosquittoTwin(t *testing.T) {
	t.Parallel()
	m := cloudtest.StartMosquitto(t, "")
	r := cloudtest.NewRelay(t, m.Addr)
	var both []*link.Link
	var stop []func()
	for range 2 {
		l := newLink(t, through(r), &cabinet{})
		l.Pause(20*time.Millisecond, 500*time.Millisecond)
		l.Report(locker.Summary{Cabinet: "demo-1", Service: "ok", Free: map[string]int{}})
		both, stop = append(both, l), append(stop, run(t, l))
	}
	up := newCloud(t, m.Addr)
	for _, l := range both {
		eventually(t, "noticed", func() bool { f := l.Gauges().Faults; return len(f) == 1 && f[0].Kind == "cloud_twin" })
	}
	eventually(t, "told", func() bool { return strings.Contains(up.last("state"), `"cloud_twin"`) })
	stop[1]()
	eventually(t, "the other one is connected", func() bool {
		since := both[0].Gauges().Since
		return !since.IsZero() && time.Since(since) > time.Second // which is longer than they wait for each other
	})
}

// A thousand forged orders that lie at the broker before a true one.
func TestMosquittoForgedOrders(t *testing.T) {
	t.Parallel()
	m := cloudtest.StartMosquitto(t, "")
	c := &cabinet{}
	up := newCloud(t, m.Addr)
	l := newLink(t, through(cloudtest.NewRelay(t, m.Addr)), c)
	stop := run(t, l)
	eventually(t, "connected", func() bool { return !l.Gauges().Since.IsZero() })
	stop()
	bad := forged(0)
	for range 1000 {
		up.order(bad)
	}
	if token := up.client.Publish("lockerd/v1/demo-1/orders", 1, false, unlock("true")); !token.WaitTimeout(time.Minute) {
		t.Fatal("the broker does not take the orders")
	}
	l = newLink(t, through(cloudtest.NewRelay(t, m.Addr)), c)
	stop = run(t, l)
	eventually(t, "connected again", func() bool { return !l.Gauges().Since.IsZero() })
	since := time.Now()
	eventually(t, "the true order", func() bool { done, _ := c.orders(); return before(done, "true") >= 0 })
	took := time.Since(since)
	stop()
	done, _ := c.orders()
	if n := before(done, "true"); n > 100 {
		t.Errorf("want next to nothing recorded before it, got %d of 1000", n)
	} else {
		t.Logf("a true order after 1000 forged ones: %d recorded before it, %s", n, took.Round(time.Millisecond))
	}
}
