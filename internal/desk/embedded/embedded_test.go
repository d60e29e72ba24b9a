package embedded_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/desk/embedded"
	"lockerd/internal/sim"
	"lockerd/internal/sync/cloudtest"
)

// site is a running broker with two cabinets that may come in.
type site struct {
	t         *testing.T
	addr      string
	passwords string // the file
	secret    map[string]string
	roots     *x509.CertPool
	broker    *embedded.Broker
	stop      func()
	log       *logged
}

// logged is a log that tests may read.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newSite(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{t: t, passwords: filepath.Join(dir, "passwords"), secret: map[string]string{}, roots: x509.NewCertPool(), log: &logged{}}
	for _, name := range []string{"demo-1", "demo-2"} {
		s.enrol(name)
	}
	pair, file := cloudtest.Authority(t)
	pem, err := os.ReadFile(file)
	fatal(t, err)
	s.roots.AppendCertsFromPEM(pem)
	key := filepath.Join(dir, "key.pem")
	cloudtest.WriteKey(t, key, pair.PrivateKey)
	s.addr, err = sim.FreeAddress()
	fatal(t, err)
	s.start(embedded.Config{Listen: s.addr, Certificate: file, Key: key, Passwords: s.passwords})
	return s
}

// start starts the broker until the test ends or stop is called.
func (s *site) start(cfg embedded.Config) {
	s.t.Helper()
	fatal(s.t, cfg.Validate())
	s.broker = embedded.New(cfg, "lockerd/v1", slog.New(slog.NewTextHandler(s.log, nil)))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.broker.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("want nil after a stop, got %v", err)
		}
	})
	s.t.Cleanup(func() { s.stop() })
	cloudtest.Eventually(s.t, "the broker listens", func() bool { return strings.Contains(s.log.String(), "the broker listens") })
}

func (s *site) enrol(name string) {
	s.t.Helper()
	password, err := embedded.NewPassword(s.passwords, name)
	fatal(s.t, err)
	s.secret[name] = password
}

// heard are the messages that a client has got.
type heard struct {
	mqtt.Client
	mu   sync.Mutex
	list []string // "topic payload"
	lost chan error
}

func (h *heard) has(message string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Contains(h.list, message)
}

func (h *heard) note(_ mqtt.Client, m mqtt.Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, m.Topic()+" "+string(m.Payload()))
}

func client(o *mqtt.ClientOptions) (*heard, error) {
	h := &heard{lost: make(chan error, 1)}
	o.SetProtocolVersion(4).SetAutoReconnect(false).SetDefaultPublishHandler(h.note).SetConnectTimeout(20 * time.Second).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { h.lost <- err })
	h.Client = mqtt.NewClient(o)
	t := h.Connect()
	t.WaitTimeout(time.Minute)
	return h, t.Error()
}

// desk connects the desk, and subscribes as it does.
func (s *site) desk() *heard {
	s.t.Helper()
	h, err := client(mqtt.NewClientOptions().AddBroker("tcp://embedded").SetClientID("lockerdesk").SetCleanSession(false).
		SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return s.broker.Dial() }))
	fatal(s.t, err)
	wait(s.t, h.SubscribeMultiple(map[string]byte{"lockerd/v1/+/events": 1, "lockerd/v1/+/state": 1, "lockerd/v1/+/presence": 1}, nil))
	s.t.Cleanup(func() { h.Disconnect(0) })
	return h
}

// options are a cabinet's.
func (s *site) options(user, password string) *mqtt.ClientOptions {
	return mqtt.NewClientOptions().AddBroker("ssl://"+s.addr).SetClientID("lockerd-"+user).SetCleanSession(false).
		SetUsername(user).SetPassword(password).SetTLSConfig(&tls.Config{RootCAs: s.roots, ServerName: "127.0.0.1"}).
		SetBinaryWill("lockerd/v1/"+user+"/presence", []byte(`{"online":false}`), 1, true)
}

// cabinet connects a cabinet.
func (s *site) cabinet(name string) *heard {
	s.t.Helper()
	h, err := client(s.options(name, s.secret[name]))
	fatal(s.t, err)
	wait(s.t, h.SubscribeMultiple(map[string]byte{"lockerd/v1/" + name + "/acks": 1, "lockerd/v1/" + name + "/orders": 1}, nil))
	s.t.Cleanup(func() { h.Disconnect(0) })
	return h
}

func wait(t *testing.T, token mqtt.Token) {
	t.Helper()
	if !token.WaitTimeout(time.Minute) || token.Error() != nil {
		t.Fatalf("broker: %v", token.Error())
	}
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestBothWays: what a cabinet sends reaches the desk, and orders reach the cabinet, also those that were sent while it was away.
func TestBothWays(t *testing.T) {
	s := newSite(t)
	desk := s.desk()
	cabinet := s.cabinet("demo-1")
	wait(t, cabinet.Publish("lockerd/v1/demo-1/events", 1, false, "e1"))
	wait(t, cabinet.Publish("lockerd/v1/demo-1/presence", 1, true, "here"))
	cloudtest.Eventually(t, "the desk hears the cabinet", func() bool {
		return desk.has("lockerd/v1/demo-1/events e1") && desk.has("lockerd/v1/demo-1/presence here")
	})
	wait(t, desk.Publish("lockerd/v1/demo-1/orders", 1, false, "o1"))
	cloudtest.Eventually(t, "the order arrives", func() bool { return cabinet.has("lockerd/v1/demo-1/orders o1") })
	cabinet.Disconnect(0)
	wait(t, desk.Publish("lockerd/v1/demo-1/orders", 1, false, "o2"))
	cabinet = s.cabinet("demo-1")
	cloudtest.Eventually(t, "the order waited", func() bool { return cabinet.has("lockerd/v1/demo-1/orders o2") })
}

// TestNobodyIsThereAtAStart: a cabinet that was connected when the broker ended is not taken for connected after it.
func TestNobodyIsThereAtAStart(t *testing.T) {
	s := newSite(t)
	desk := s.desk()
	cloudtest.Eventually(t, "the desk is told", func() bool {
		return desk.has(`lockerd/v1/demo-1/presence {"online":false}`) && desk.has(`lockerd/v1/demo-2/presence {"online":false}`)
	})
}

// TestCabinetsWaitForTheDesk: what came before the desk listens would be confirmed, and heard by nobody.
func TestCabinetsWaitForTheDesk(t *testing.T) {
	s := newSite(t)
	sent := make(chan error, 1)
	go func() {
		c, err := client(s.options("demo-1", s.secret["demo-1"]))
		if err == nil {
			token := c.Publish("lockerd/v1/demo-1/events", 1, false, "early")
			token.WaitTimeout(time.Minute)
			err = token.Error()
		}
		sent <- err
	}()
	select {
	case err := <-sent:
		t.Fatalf("want nothing to be confirmed without the desk, got %v", err)
	case <-time.After(time.Second):
	}
	desk := s.desk()
	fatal(t, <-sent)
	cloudtest.Eventually(t, "the desk hears it", func() bool { return desk.has("lockerd/v1/demo-1/events early") })
}

// TestEachUnderItsOwnName: a cabinet whose password was stolen can do nothing in another's name, and hears nothing that is for others.
func TestEachUnderItsOwnName(t *testing.T) {
	s := newSite(t)
	desk := s.desk()
	honest := s.cabinet("demo-2")
	for _, topic := range []string{"lockerd/v1/demo-2/events", "lockerd/v1/demo-2/presence", "lockerd/v1/demo-2/orders", "lockerd/v1/demo-1/orders",
		"lockerd/v1/demo-1/acks", "lockerd/v1/demo-1/events/x", "elsewhere"} {
		thief, err := client(s.options("demo-1", s.secret["demo-1"]))
		fatal(t, err)
		thief.Publish(topic, 1, true, "forged")
		select {
		case err := <-thief.lost:
			t.Logf("the thief is out: %v", err)
		case <-time.After(time.Minute):
			t.Errorf("%s: want the connection to end", topic)
		}
	}
	thief := s.cabinet("demo-1")
	for _, filter := range []string{"#", "lockerd/v1/+/orders", "lockerd/v1/demo-2/orders", "lockerd/v1/demo-1/#", "lockerd/v1/demo-1/events", "$SYS/#", "$share/x/lockerd/v1/demo-2/orders",
		"$share/x/lockerd/v1/demo-1/orders"} {
		token := thief.Subscribe(filter, 1, nil)
		token.WaitTimeout(time.Minute)
		answers := slices.Collect(maps.Values(token.(*mqtt.SubscribeToken).Result())) // paho has its own name for a shared one
		if !slices.Equal(answers, []byte{0x80}) {
			t.Errorf("%s: want the subscription to be refused, got %#x", filter, answers)
		}
	}
	wait(t, desk.Publish("lockerd/v1/demo-2/orders", 1, false, "secret"))
	cloudtest.Eventually(t, "the order arrives", func() bool { return honest.has("lockerd/v1/demo-2/orders secret") })
	for _, who := range []*heard{desk, thief, honest} {
		who.mu.Lock()
		for _, m := range who.list {
			if strings.HasSuffix(m, "forged") || who == thief && strings.HasSuffix(m, "secret") {
				t.Errorf("want nobody to hear %q", m)
			}
		}
		who.mu.Unlock()
	}
}

// TestAWillIsOnesOwn: a will is a message like any other; and nobody takes over a session by calling itself what others do.
func TestAWillIsOnesOwn(t *testing.T) {
	s := newSite(t)
	desk := s.desk()
	o := s.options("demo-1", s.secret["demo-1"]).SetBinaryWill("lockerd/v1/demo-2/orders", []byte("open all"), 1, false)
	if _, err := client(o); err == nil {
		t.Error("want a will on a topic of others to be refused")
	}
	honest := s.cabinet("demo-2")
	for _, id := range []string{"lockerd-demo-2", "demo-2", "lockerdesk", "$desk"} {
		thief, err := client(s.options("demo-1", s.secret["demo-1"]).SetClientID(id))
		fatal(t, err)
		thief.Disconnect(0)
	}
	wait(t, honest.Publish("lockerd/v1/demo-2/events", 1, false, "still here"))
	cloudtest.Eventually(t, "the desk hears the other cabinet", func() bool { return desk.has("lockerd/v1/demo-2/events still here") })
}

// TestPasswords: nobody comes in without one, a changed one ends the connection, and Mosquitto's own tool writes the same file.
func TestPasswords(t *testing.T) {
	s := newSite(t)
	s.desk()
	for user, password := range map[string]string{"demo-1": s.secret["demo-2"], "demo-2": "", "demo-3": s.secret["demo-1"], "": "", "lockerdesk": "", "desk": ""} {
		if _, err := client(s.options(user, password)); err == nil {
			t.Errorf("%q with %q: want to be refused", user, password)
		}
	}
	if strings.Contains(s.log.String(), s.secret["demo-1"]) {
		t.Error("want no password in the log")
	}
	cabinet := s.cabinet("demo-1")
	s.enrol("demo-1")
	select {
	case err := <-cabinet.lost:
		t.Logf("the cabinet is out: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("want the connection to end with its password")
	}
	s.cabinet("demo-1")
	tool, err := exec.LookPath("mosquitto_passwd")
	if err != nil {
		t.Fatal("mosquitto_passwd: build/test-needs installs it")
	}
	fatal(t, exec.Command(tool, "-b", s.passwords, "demo-3", "a password by hand").Run())
	s.secret["demo-3"] = "a password by hand"
	cloudtest.Eventually(t, "the account of Mosquitto's tool counts", func() bool {
		c, err := client(s.options("demo-3", s.secret["demo-3"]))
		if err == nil {
			c.Disconnect(0)
		}
		return err == nil
	})
	if has, err := embedded.HasPassword(s.passwords, "demo-3"); err != nil || !has {
		t.Errorf("want demo-3 to have a password, got %v %v", has, err)
	}
}

// TestADeskThatTakesNothing: cabinets wait then; nothing is dropped, and all arrives in order when it takes again.
func TestADeskThatTakesNothing(t *testing.T) {
	s := newSite(t)
	desk := s.desk()
	cabinet := s.cabinet("demo-1")
	desk.mu.Lock() // its handler stands still
	const many = 6_000
	sent := make(chan error, 1)
	go func() {
		for n := range many {
			token := cabinet.Publish("lockerd/v1/demo-1/events", 1, false, fmt.Sprint(n))
			if !token.WaitTimeout(time.Minute) || token.Error() != nil {
				sent <- fmt.Errorf("message %d: %w", n, token.Error())
				return
			}
		}
		sent <- nil
	}()
	select {
	case err := <-sent:
		t.Fatalf("want the cabinet to wait, got %v", err)
	case <-time.After(5 * time.Second):
	}
	desk.mu.Unlock()
	fatal(t, <-sent)
	cloudtest.Eventually(t, "all arrived", func() bool { return desk.has(fmt.Sprint("lockerd/v1/demo-1/events ", many-1)) })
	desk.mu.Lock()
	defer desk.mu.Unlock()
	next := 0
	for _, m := range desk.list {
		if m == fmt.Sprint("lockerd/v1/demo-1/events ", next) {
			next++
		}
	}
	if next != many {
		t.Errorf("want %d messages in order, got %d", many, next)
	}
}

// TestADeskThatGoes: cabinets go with it, and come in again when it is back.
func TestADeskThatGoes(t *testing.T) {
	s := newSite(t)
	desk := s.desk()
	cabinet := s.cabinet("demo-1")
	desk.Disconnect(100)
	select {
	case err := <-cabinet.lost:
		t.Logf("the cabinet is out: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("want the cabinet's connection to end with the desk's")
	}
	desk = s.desk()
	cabinet = s.cabinet("demo-1")
	wait(t, cabinet.Publish("lockerd/v1/demo-1/events", 1, false, "again"))
	cloudtest.Eventually(t, "the desk hears it", func() bool { return desk.has("lockerd/v1/demo-1/events again") })
}
