package sync_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/locker"
	"lockerd/internal/sim"
	link "lockerd/internal/sync"
)

// mosquitto is a true broker on loopback that keeps its sessions on disk, as an operator's would.
type mosquitto struct {
	t    *testing.T
	addr string
	conf string
	cmd  *exec.Cmd
}

// startMosquitto starts one; more is added to its configuration.
func startMosquitto(t *testing.T, more string) *mosquitto {
	t.Helper()
	if _, err := exec.LookPath("mosquitto"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("mosquitto is missing: apt install mosquitto")
		}
		t.Skip("mosquitto is missing: apt install mosquitto")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil { // started by root, it becomes the user mosquitto
		t.Fatal(err)
	}
	addr, err := sim.FreeAddress() // it is started there more than once
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(addr)
	m := &mosquitto{t: t, addr: addr, conf: filepath.Join(dir, "mosquitto.conf")}
	conf := fmt.Sprintf("listener %s %s\nallow_anonymous true\npersistence true\npersistence_location %s/\n"+
		"autosave_interval 1\nautosave_on_changes true\nmax_queued_messages 100000\nuser root\n%s\n", port, host, dir, more)
	if err := os.WriteFile(m.conf, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	m.start()
	t.Cleanup(m.kill)
	return m
}

func (m *mosquitto) start() {
	m.t.Helper()
	m.cmd = exec.Command("mosquitto", "-c", m.conf)
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	eventually(m.t, "mosquitto listens", func() bool {
		c, err := net.Dial("tcp", m.addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// kill is kill -9: whatever it had not written is gone.
func (m *mosquitto) kill() {
	_ = m.cmd.Process.Kill()
	_ = m.cmd.Wait()
}

// eventually waits for something that a process outside will do. How long is no part of any test.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(3 * time.Minute)
	for !is() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("never came: %s", what)
		}
	}
}

// relay stands between the link and the broker and can cut, or swallow what passes.
type relay struct {
	to     string
	listen net.Listener
	mu     sync.Mutex
	conns  []net.Conn
	hole   bool
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{to: to, listen: l}
	t.Cleanup(func() { _ = l.Close(); r.cut() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", r.to)
			if err != nil {
				_ = near.Close()
				continue
			}
			r.mu.Lock()
			r.conns = append(r.conns, near, far)
			r.mu.Unlock()
			go r.pump(near, far)
			go r.pump(far, near)
		}
	}()
	return r
}

func (r *relay) pump(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		r.mu.Lock()
		hole := r.hole
		r.mu.Unlock()
		if hole {
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0) // a reset, not a goodbye
		}
		_ = c.Close()
	}
	r.conns = nil
}

func (r *relay) swallow(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hole = on
}

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
	if !strings.Contains(addr, "://") {
		addr = "tcp://" + addr
	}
	c := &cloud{t: t, other: make(map[string][]string)}
	listening := make(chan struct{}, 1)
	o := mqtt.NewClientOptions().AddBroker(addr).SetClientID("cloud").SetCleanSession(false)
	o.SetMaxReconnectInterval(50 * time.Millisecond).SetConnectRetry(true).SetConnectRetryInterval(50 * time.Millisecond)
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { c.take(m) })
	o.SetOnConnectHandler(func(client mqtt.Client) {
		token := client.SubscribeMultiple(map[string]byte{
			"lockerd/v1/+/events": 1, "lockerd/v1/+/state": 1, "lockerd/v1/+/presence": 1}, nil)
		if token.Wait() && token.Error() == nil {
			select {
			case listening <- struct{}{}:
			default:
			}
		}
	})
	c.client = mqtt.NewClient(o)
	if token := c.client.Connect(); !token.WaitTimeout(30*time.Second) || token.Error() != nil {
		t.Fatalf("cloud: connect: %v", token.Error())
	}
	t.Cleanup(func() { c.client.Disconnect(100) })
	// What is retained in the very moment of a subscription never comes to it from NATS.
	select {
	case <-listening:
	case <-time.After(3 * time.Minute):
		t.Fatal("cloud: no subscription")
	}
	return c
}

func (c *cloud) take(m mqtt.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := m.Topic()[strings.LastIndex(m.Topic(), "/")+1:]
	if name != "events" {
		c.other[name] = append(c.other[name], string(m.Payload()))
		return
	}
	line, _, _ := strings.Cut(string(m.Payload()), "\n")
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
	if !c.mute {
		c.client.Publish("lockerd/v1/demo-1/acks", 1, false, signAck(wordOf("demo-1", r.Epoch, uint64(len(c.seen)), sha256.Sum256([]byte(c.seen[len(c.seen)-1])))))
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

func through(r *relay) link.Config {
	cfg := config()
	cfg.Broker = "mqtt://" + r.listen.Addr().String()
	return cfg
}

// Records arrive once and in order, whatever is killed or cut on the way.
func TestMosquittoKilledAndCut(t *testing.T) {
	t.Parallel()
	m := startMosquitto(t, "")
	r := newRelay(t, m.addr)
	c := &cabinet{}
	l := newLink(t, through(r), c)
	l.Pause(20*time.Millisecond, 500*time.Millisecond)
	up := newCloud(t, m.addr)
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
			r.cut()
		}
	}
	for round := range 6 {
		for range 50 {
			c.grow(10)
			l.Grown()
		}
		total += 500
		eventually(t, "half of the round", func() bool { shake(); return up.count() > total-250 })
		switch round % 3 {
		case 0:
			m.kill()
			m.start()
		case 1:
			r.cut()
		case 2:
			r.swallow(true)
			c.grow(1)
			l.Grown()
			total++
			r.cut()
			r.swallow(false)
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
	m := startMosquitto(t, "")
	r := newRelay(t, m.addr)
	c := &cabinet{}
	l := newLink(t, through(r), c)
	l.Pause(20*time.Millisecond, 500*time.Millisecond)
	l.Report(locker.Summary{Cabinet: "demo-1", Seq: 41})
	stop := run(t, l)
	eventually(t, "connected", func() bool { return !l.Gauges().Since.IsZero() && l.Gauges().InFlight == 0 })

	up := newCloud(t, m.addr) // comes later: it sees what was retained
	online := func(is bool) func() bool {
		return func() bool { return strings.HasPrefix(up.last("presence"), fmt.Sprintf(`{"online":%t`, is)) }
	}
	eventually(t, "online", online(true))
	eventually(t, "the state", func() bool { return strings.Contains(up.last("state"), `"seq":41`) })

	r.listen.Close() // no way back
	r.cut()
	eventually(t, "the will", func() bool { return up.last("presence") == `{"online":false}` })
	stop()

	l = newLink(t, through(newRelay(t, m.addr)), c)
	stop = run(t, l)
	eventually(t, "online again", online(true))
	stop()
	eventually(t, "a goodbye", func() bool {
		return online(false)() && strings.Contains(up.last("presence"), `"version":"1.0"`)
	})
}

func TestMosquittoOrders(t *testing.T) {
	t.Parallel()
	m := startMosquitto(t, "")
	r := newRelay(t, m.addr)
	c := &cabinet{}
	up := newCloud(t, m.addr)
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
	m := startMosquitto(t, "acl_file "+acl)
	r := newRelay(t, m.addr)
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
	m := startMosquitto(t, "")
	r := newRelay(t, m.addr)
	var both []*link.Link
	var stop []func()
	for range 2 {
		l := newLink(t, through(r), &cabinet{})
		l.Pause(20*time.Millisecond, 500*time.Millisecond)
		l.Report(locker.Summary{Cabinet: "demo-1"})
		both, stop = append(both, l), append(stop, run(t, l))
	}
	up := newCloud(t, m.addr)
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
	m := startMosquitto(t, "")
	c := &cabinet{}
	up := newCloud(t, m.addr)
	l := newLink(t, through(newRelay(t, m.addr)), c)
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
	l = newLink(t, through(newRelay(t, m.addr)), c)
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
