package main_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/books/bookstest"
	"lockerd/internal/desk/orders"
	"lockerd/internal/fleet"
	"lockerd/internal/sim"
	"lockerd/internal/sync/cloudtest"
)

// cluster is NATS servers with JetStream and MQTT, as processes.
type cluster struct {
	t         *testing.T
	program   string
	dir       string
	addresses []string // of MQTT
	nodes     []*exec.Cmd
}

// startCluster builds NATS and starts so many nodes.
func startCluster(t *testing.T, n int) *cluster {
	t.Helper()
	c := &cluster{t: t, dir: t.TempDir(), nodes: make([]*exec.Cmd, n)}
	c.program = filepath.Join(c.dir, "nats-server")
	if out, err := exec.Command("go", "build", "-o", c.program, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		t.Fatalf("build nats-server: %v\n%s", err, out)
	}
	var routes, peers []string
	for range n {
		for _, list := range []*[]string{&c.addresses, &peers} {
			free, err := sim.FreeAddress()
			fatal(t, err)
			*list = append(*list, free)
		}
		routes = append(routes, "nats://"+peers[len(peers)-1])
	}
	for i := range n {
		clients, err := sim.FreeAddress()
		fatal(t, err)
		fatal(t, os.WriteFile(c.config(i), fmt.Appendf(nil, natsConfig, i, clients, filepath.Join(c.dir, strconv.Itoa(i)), c.addresses[i], peers[i],
			strings.Join(routes, ", ")), 0o600))
		c.start(i)
	}
	t.Cleanup(func() {
		for i := range c.nodes {
			c.kill(i)
		}
	})
	return c
}

// natsConfig is docs/scale.md's.
const natsConfig = `server_name: node-%d
listen: "%s"
jetstream { store_dir: %q, limits { default_max_consumers: -1 } }
mqtt { listen: "%s" }
cluster { name: lockers, listen: "%s", routes: [%s] }
`

func (c *cluster) config(i int) string { return filepath.Join(c.dir, fmt.Sprintf("node-%d.conf", i)) }

func (c *cluster) start(i int) {
	c.t.Helper()
	log, err := os.OpenFile(filepath.Join(c.dir, fmt.Sprintf("node-%d.log", i)), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	fatal(c.t, err)
	defer log.Close()
	c.nodes[i] = exec.Command(c.program, "-c", c.config(i))
	c.nodes[i].Stderr = log
	dies(c.nodes[i])
	fatal(c.t, c.nodes[i].Start())
}

func (c *cluster) kill(i int) { kill(c.nodes[i]) }

// up waits until all nodes listen.
func (c *cluster) up() {
	for _, address := range c.addresses {
		cloudtest.Eventually(c.t, "NATS listens at "+address, func() bool {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				_ = conn.Close()
			}
			return err == nil
		})
	}
}

// company is an operator of a fleet: a cluster of brokers, two lockerdesks on one PostgreSQL, a mail server, and cabinets.
type company struct {
	*depot
	cluster *cluster
	relay   *fleet.Relay // before the cluster, for cabinets
	fleet   *fleet.Fleet
	desks   []*exec.Cmd
	configs []string

	mu     sync.Mutex
	copies map[string]int // mails, by Message-ID
}

// newCompany makes all of it but the fleet's day.
func newCompany(t *testing.T, n int, day time.Duration, parcels int) *company {
	t.Helper()
	c := &company{cluster: startCluster(t, 3), copies: make(map[string]int)}
	c.cluster.up()
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	t.Cleanup(func() { stop(); all.Wait() })
	relay := func() *fleet.Relay {
		r, err := fleet.NewRelay("127.0.0.1:0", c.cluster.addresses)
		fatal(t, err)
		all.Go(func() { _ = r.Run(ctx) }) // its end is the test's
		return r
	}
	c.relay = relay()
	c.depot = newDepotAt(t, relay().Addr(), bookstest.Postgres(t))
	operator, err := credential.ReadOperator(c.key("operator.key"))
	fatal(t, err)
	signer, err := credential.ReadSigner(c.key("signer.key"))
	fatal(t, err)
	dir, err := os.MkdirTemp("", "fleet-") // sockets lie in it: its path must be short
	fatal(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	c.fleet, err = fleet.New(fleet.Config{N: n, Name: "f", Dir: dir, Broker: "mqtt://" + c.relay.Addr(), Packed: true, Operator: operator.Public(),
		Issuer: signer.Issuer("orders", "tokens"), Day: day, Parcels: parcels, Seed: 1, Starting: 8, Log: slog.New(slog.DiscardHandler)})
	fatal(t, err)
	readers, err := c.fleet.Keys()
	fatal(t, err)
	for name, key := range readers {
		fatal(t, c.books.Enrol(t.Context(), books.Cabinet{Name: name, Place: "Example Street 5", Reader: key}))
	}
	c.mail.Each(c.read)
	c.configs = []string{c.config(), c.another("second")}
	for _, config := range c.configs {
		desk, _ := c.process(config)
		c.desks = append(c.desks, desk)
	}
	ready, ended := make(chan struct{}), make(chan error, 1)
	all.Go(func() { ended <- c.fleet.Run(ctx, func() { close(ready) }) })
	select {
	case <-ready:
	case err := <-ended:
		t.Fatalf("the fleet does not start: %v", err)
	}
	return c
}

// pickupCode is how a letter names it.
var pickupCode = regexp.MustCompile(`Pickup code: (\d+)`)

// read has whoever gets a letter read it: the recipients of the fleet's parcels.
func (c *company) read(body string) {
	m, err := mail.ReadMessage(strings.NewReader(body))
	if err != nil {
		c.t.Error(err)
		return
	}
	c.mu.Lock()
	c.copies[m.Header.Get("Message-ID")]++
	again := c.copies[m.Header.Get("Message-ID")] > 1
	c.mu.Unlock()
	to, err := mail.ParseAddress(m.Header.Get("To"))
	if err != nil || m.Header.Get("Subject") != "Your parcel is here" || again {
		return
	}
	all := make(map[string]string)
	parts(c.t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, all)
	tracking, _, _ := strings.Cut(to.Address, "@")
	if code := pickupCode.FindStringSubmatch(all["text/plain"]); code != nil {
		c.fleet.Told(strings.ToUpper(tracking), code[1])
	}
}

// Announce is how a shop tells the operator of a parcel.
func (c *company) Announce(ctx context.Context, cabinet, tracking string) error {
	_, err := c.office.Announce(ctx, cabinet, "test", orders.Announcement{Tracking: tracking, Size: fleet.Size,
		Contact: desk.Contact{Mail: strings.ToLower(tracking) + "@recipient.example", Phone: fleet.Phone(tracking)}})
	return err
}

// connected waits until all cabinets are connected and hear what is sent to them, and says for how long it took. A cabinet whose
// subscriptions a broker refuses is connected, too: NATS did so beyond 500 of them, with 1,000 consumers a stream unless told otherwise.
func (c *company) connected(n int, limit time.Duration) time.Duration {
	c.t.Helper()
	began := time.Now()
	for said := began; c.relay.Counts().Connected < n; time.Sleep(100 * time.Millisecond) {
		if time.Since(said) > 10*time.Second {
			said = time.Now()
			c.t.Logf("%s: %d of %d are connected", time.Since(began).Round(time.Second), c.relay.Counts().Connected, n)
		}
		if time.Since(began) > limit {
			c.t.Fatalf("want all connected within %s, got %d of %d", limit, c.relay.Counts().Connected, n)
		}
	}
	for deaf := c.fleet.Deaf(); len(deaf) > 0; deaf = c.fleet.Deaf() {
		if time.Since(began) > limit {
			c.t.Fatalf("want all to hear of orders within %s, %d do not: %q", limit, len(deaf), deaf[:min(5, len(deaf))])
		}
		time.Sleep(time.Second)
	}
	return time.Since(began)
}

// memory is the resident memory of processes, in megabytes.
func memory(list ...*exec.Cmd) (each []int) {
	for _, c := range list {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid))
		found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(text)
		if err != nil || found == nil {
			continue
		}
		kB, _ := strconv.Atoi(string(found[1])) // digits
		each = append(each, kB>>10)
	}
	return each
}

// reconnect is how soon all are connected after their cluster has restarted.
const reconnect = time.Minute

// spent is how long a process has computed, in seconds; of one that has ended it is nothing.
func spent(pid int) (itself, ended float64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, found := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if err != nil || !found || len(fields) < 15 {
		return 0, 0
	}
	seconds := func(user, kernel string) float64 { // in hundredths, as the kernel counts them
		u, _ := strconv.Atoi(user)
		k, _ := strconv.Atoi(kernel)
		return float64(u+k) / 100
	}
	return seconds(fields[11], fields[12]), seconds(fields[13], fields[14]) // of children that have ended
}

// work is how long each part of the company has computed.
type work struct{ cabinets, nats, desks, postgres float64 }

func (c *company) work() (w work) {
	w.cabinets, _ = spent(os.Getpid())
	for _, n := range c.cluster.nodes {
		itself, _ := spent(n.Process.Pid)
		w.nats += itself
	}
	for _, d := range c.desks {
		itself, _ := spent(d.Process.Pid)
		w.desks += itself
	}
	server := c.postgres.PID()
	itself, ended := spent(server)
	w.postgres = itself + ended
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", server, server))
	for _, child := range strings.Fields(string(children)) {
		pid, _ := strconv.Atoi(child) // the kernel writes numbers
		itself, _ := spent(pid)
		w.postgres += itself
	}
	return w
}

// TestFleet: cabinets at three NATS servers and two lockerdesks. The cluster restarts, and all connect again within a minute; in the middle
// of the day a node and a lockerdesk die, and come back later: no record is lost, nobody is told twice. LOCKERD_FLEET says how many cabinets
// (make fleet); what it prints is for docs/scale.md, where how soon people are told is judged.
func TestFleet(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("LOCKERD_FLEET"))
	if err != nil {
		t.Skip("takes minutes: make fleet; a small one at Mosquitto is internal/fleet's")
	}
	day, limit := 12*time.Minute, 15*time.Minute
	if n < 50 {
		day = 40 * time.Second
	}
	if d, err := time.ParseDuration(os.Getenv("LOCKERD_FLEET_DAY")); err == nil {
		day = d
	}
	began := time.Now()
	c := newCompany(t, n, day, 2)
	t.Logf("%d cabinets can be used after %s", n, time.Since(began).Round(time.Second))
	t.Logf("the last of them was connected %s later", c.connected(n, limit).Round(time.Second))
	for i := range c.cluster.nodes {
		c.cluster.kill(i)
	}
	cloudtest.Eventually(t, "all have lost their connections", func() bool { return c.relay.Counts().Connected == 0 })
	for i := range c.cluster.nodes {
		c.cluster.start(i)
	}
	took := c.connected(n, limit).Round(time.Second)
	if t.Logf("all connected again %s after the cluster was started", took); took > reconnect {
		t.Errorf("want all connected within %s", reconnect)
	}
	before, worked, lived := c.relay.Counts(), c.work(), time.Now()
	var from, to time.Time
	var cut sync.WaitGroup
	died := work{} // with those that were killed
	cut.Go(func() {
		time.Sleep(day / 2)
		from = time.Now()
		died.nats, _ = spent(c.cluster.nodes[1].Process.Pid)
		died.desks, _ = spent(c.desks[1].Process.Pid)
		c.cluster.kill(1)
		kill(c.desks[1])
		time.Sleep(day / 10)
		c.cluster.start(1)
		c.desks[1], _ = c.process(c.configs[1])
		to = time.Now().Add(30 * time.Second)
		t.Logf("a node and a lockerdesk were dead for %s", time.Since(from).Round(time.Second))
	})
	c.fleet.Live(t.Context(), c)
	cut.Wait()
	s := c.arrived(limit)
	now := c.work()
	share := func(after, before, died float64) float64 {
		return 100 * (after + died - before) / time.Since(lived).Seconds()
	}
	t.Logf("computed in the day, in %% of one core of %d: cabinets and people %.0f, NATS %.0f, lockerdesk %.0f, PostgreSQL %.0f", runtime.NumCPU(),
		share(now.cabinets, worked.cabinets, 0), share(now.nats, worked.nats, died.nats), share(now.desks, worked.desks, died.desks),
		share(now.postgres, worked.postgres, 0))
	c.report(s, before, from, to)
}

// arrived waits until all that the cabinets have written is in the books and everybody is told, and returns what there is.
func (c *company) arrived(limit time.Duration) (s fleet.Summary) {
	c.t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(2 * time.Second) {
		var err error
		s, err = c.fleet.Summary()
		fatal(c.t, err)
		var want uint64
		for _, last := range s.Records {
			want += last
		}
		have := c.count(`SELECT COUNT(*) FROM record`)
		waiting := c.count(`SELECT COUNT(*) FROM notice WHERE state = 'waiting'`)
		if uint64(have) == want && waiting == 0 {
			return s
		}
		if time.Now().After(end) {
			c.t.Fatalf("want %d records in the books and nobody to be told, got %d and %d", want, have, waiting)
		}
	}
}

// report holds what the fleet's day came to against what was promised, and prints the figures.
func (c *company) report(s fleet.Summary, before fleet.Counts, from, to time.Time) {
	c.t.Helper()
	if len(s.Missed) > 0 {
		c.t.Errorf("want people to do all that they came for, got %d troubles: %q", len(s.Missed), s.Missed[:min(9, len(s.Missed))])
	}
	if s.Told != s.Brought || s.Fetched != s.Brought || s.Again > 0 {
		c.t.Errorf("want all of %d recipients told once, and their parcels fetched, got %d, %d more than once, %d fetched", s.Brought, s.Told, s.Again, s.Fetched)
	}
	if problems := c.count(`SELECT COUNT(*) FROM record WHERE problem <> ''`); problems > 0 {
		c.t.Errorf("want no broken chain, got %d", problems)
	}
	c.mu.Lock()
	mails, twice := len(c.copies), 0
	for _, n := range c.copies {
		twice += n - 1
	}
	c.mu.Unlock()
	if twice > 1 { // the one that a lockerdesk had handed to the mail server, and not yet written down, when it died
		c.t.Errorf("want no letter twice but the one in hand when a lockerdesk died, got %d", twice)
	}
	var quiet, cut []fleet.Wait
	for _, w := range s.Waits {
		if told := w.Shut.Add(w.For); told.After(from) && w.Shut.Before(to) {
			cut = append(cut, w)
		} else {
			quiet = append(quiet, w)
		}
	}
	records := uint64(0)
	for _, last := range s.Records {
		records += last
	}
	after, n := c.relay.Counts(), uint64(s.Cabinets)
	ms := func(waits []fleet.Wait, share float64) time.Duration {
		return fleet.Percentile(waits, share).Round(time.Millisecond)
	}
	c.t.Logf("%d cabinets, %d parcels, %d records, none lost; %d mails, %d of them twice (in hand when a lockerdesk died)", n, s.Brought, records, mails, twice)
	c.t.Logf("door shut until the mail server has the letter: %s median, %s 99 %% of %d; while a node and a lockerdesk were dead, and 30 s after: %s median, %s 99 %% of %d",
		ms(quiet, 0.5), ms(quiet, 0.99), len(quiet), ms(cut, 0.5), ms(cut, 0.99), len(cut))
	c.t.Logf("the day: %d bytes to the broker and %d from it a cabinet; %d connections", (after.Sent-before.Sent)/n, (after.Received-before.Received)/n, after.Connections)
	c.t.Logf("memory: cabinets %d kB each, NATS %v MB, lockerdesk %v MB", s.Memory/n>>10, memory(c.cluster.nodes...), memory(c.desks...))
}
