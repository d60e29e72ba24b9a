// Package cloudtest holds the operator's end of MQTT for the tests of several packages: a real broker, a durable subscriber, a
// relay that breaks connections, and the words of an ack.
package cloudtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/sim"
)

// Mosquitto is a real broker on loopback that keeps its sessions on disk, as an operator's would, unless it is Forgetful.
type Mosquitto struct {
	Addr   string // host and port
	Secure string // the same with TLS, of StartSecureMosquitto
	CAFile string // PEM, vouches for the broker at Secure
	t      *testing.T
	conf   string
	cmd    *exec.Cmd
}

// Forgetful is for a broker's configuration: it keeps nothing on disk, so that its writing is in no figure.
const Forgetful = "persistence false"

// StartMosquitto starts a broker until the test ends; more is added to its configuration. Without mosquitto the test is skipped, or
// fails where CI is set.
func StartMosquitto(t *testing.T, more string) *Mosquitto {
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
	addr, err := sim.FreeAddress() // it may be started there more than once
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(addr)
	m := &Mosquitto{Addr: addr, t: t, conf: filepath.Join(dir, "mosquitto.conf")}
	conf := fmt.Sprintf("listener %s %s\nallow_anonymous true\nset_tcp_nodelay true\npersistence true\npersistence_location %s/\n"+
		"autosave_interval 1\nautosave_on_changes true\nmax_queued_messages 100000\nuser root\n%s\n", port, host, dir, more)
	if err := os.WriteFile(m.conf, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	m.Start()
	t.Cleanup(m.Kill)
	return m
}

// StartSecureMosquitto starts a broker that also listens with TLS.
func StartSecureMosquitto(t *testing.T, more string) *Mosquitto {
	t.Helper()
	ca, trusted := Authority(t)
	key := filepath.Join(t.TempDir(), "server.key")
	WriteKey(t, key, ca.PrivateKey)
	address, err := sim.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(address)
	m := StartMosquitto(t, fmt.Sprintf("%s\nlistener %s %s\ncertfile %s\nkeyfile %s", more, port, host, trusted, key))
	m.Secure, m.CAFile = address, trusted
	return m
}

// Start starts a broker that was killed, at the same address and with what it had written.
func (m *Mosquitto) Start() {
	m.t.Helper()
	m.cmd = exec.Command("mosquitto", "-c", m.conf)
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	Eventually(m.t, "mosquitto listens", func() bool {
		c, err := net.Dial("tcp", m.Addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// Kill is kill -9: whatever the broker had not written is gone.
func (m *Mosquitto) Kill() {
	_ = m.cmd.Process.Kill()
	_ = m.cmd.Wait()
}

// Stop ends the broker as a service is ended: it writes what it has.
func (m *Mosquitto) Stop() {
	_ = m.cmd.Process.Signal(syscall.SIGTERM)
	_ = m.cmd.Wait()
}

// Subscribe connects the operator's end, as client "cloud" with a durable session, to a broker (host and port, or a URL) until the test
// ends. take is called with every message of every cabinet, one after the other. What is said is held against the contract.
func Subscribe(t *testing.T, broker string, take mqtt.MessageHandler) mqtt.Client {
	t.Helper()
	return subscribe(t, "cloud", broker, take)
}

func subscribe(t *testing.T, id, broker string, take mqtt.MessageHandler) mqtt.Client {
	t.Helper()
	if !strings.Contains(broker, "://") {
		broker = "tcp://" + broker
	}
	watch := newAudit(t)
	listening := make(chan struct{}, 1)
	o := mqtt.NewClientOptions().AddBroker(broker).SetClientID(id).SetCleanSession(false)
	o.SetMaxReconnectInterval(50 * time.Millisecond).SetConnectRetry(true).SetConnectRetryInterval(50 * time.Millisecond)
	o.SetDefaultPublishHandler(func(client mqtt.Client, m mqtt.Message) {
		watch.came(m.Topic(), m.Payload())
		take(client, m)
	})
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
	client := mqtt.NewClient(o)
	if token := client.Connect(); !token.WaitTimeout(30*time.Second) || token.Error() != nil {
		t.Fatalf("cloud: connect: %v", token.Error())
	}
	t.Cleanup(func() { client.Disconnect(100) })
	// NATS never delivers what is retained in the very moment of a subscription.
	select {
	case <-listening:
	case <-time.After(patience):
		t.Fatal("cloud: no subscription")
	}
	return audited{client, watch}
}

// Word is the content of an ack: the cloud has the record of that name and hash.
func Word(cabinet, epoch string, seq uint64, hash [32]byte) string {
	return fmt.Sprintf(`{"cabinet":%q,"epoch":%q,"seq":%d,"hash":"%x"}`, cabinet, epoch, seq, hash)
}

// patience is how long a process outside may take. It is no part of any test: it only ends one that hangs.
const patience = 3 * time.Minute

// Eventually waits for something that a process outside will do, and fails the test if it never does. It looks soon at first and then
// ever less often: looks of many tests at once are work for the processes that are waited for.
func Eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	end := time.Now().Add(patience)
	for wait := 5 * time.Millisecond; !is(); wait = min(wait*5/4, 50*time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never came: %s", what)
		}
		time.Sleep(wait)
	}
}
