package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// measureAirBacklog takes how fast a backlog leaves over a link with a round trip of 100 ms, in each form, and how fast bare paho sends as
// much on the same link with the same window.
func measureAirBacklog(t *testing.T, f *figures) {
	const half, window = 50 * time.Millisecond, 64
	for _, form := range []string{"plain", "packed"} {
		st, a := aired(t, small, form)
		a.delay = half
		h := st.past(1)
		for wanted := uint64(some(10000, 200)); h.state.Seq < wanted; {
			h.collect(h.store())
		}
		if err := h.book.Close(); err != nil { // the cloud has nothing of it
			t.Fatal(err)
		}
		owed, size := int(h.state.Seq), 0
		st.launch()
		st.cloud.await("the first", func(c *cloud) bool { return len(c.all()) > 0 })
		began := time.Now()
		st.cloud.await("the backlog", func(c *cloud) bool { c.mu.Lock(); defer c.mu.Unlock(); return len(c.events) >= owed })
		ours := time.Since(began)
		for _, b := range st.cloud.heard() {
			size += len(b)
		}
		st.cloud.check()
		f.add(fmt.Sprintf("a backlog of 10,000 events, round trip 100 ms, %s", form), "%.1f s", most("< 60 s", 60), ours.Seconds()*10000/float64(owed))
		if form == "plain" {
			trust, err := os.ReadFile(st.broker.CAFile)
			if err != nil {
				t.Fatal(err)
			}
			options := mqtt.NewClientOptions().AddBroker("ssl://" + a.through(t, st.broker.Secure)).SetTLSConfig(trusting(trust))
			bare := barePaho(t, options, "bare", owed, size/owed, window)
			f.add("  its pace, of bare paho's", "%.0f %%", least("≥ 80 %", 80), 100*bare.Seconds()/ours.Seconds())
		}
		st.stop()
	}
}

// measureBacklog takes how fast a backlog leaves to a broker on loopback, to which nobody listens but a counter, and what is written for
// it; and how fast bare paho sends as much to the same counter.
func measureBacklog(t *testing.T, f *figures) {
	const window, size = 64, 480 // bytes: an event's message
	for _, confirm := range []string{"cloud", "broker"} {
		st := newStand(t, shape{lines: 1, boards: 1, locks: 24, cloud: fmt.Sprintf("confirm = %q\n", confirm)})
		h := st.pastIn(inMemory(t), 30)
		h.owing = true
		h.long(uint64(some(50_000, 3_000)), pastSnapshots)
		if err := h.book.Close(); err != nil {
			t.Fatal(err)
		}
		st.settle(h)
		owed := int(h.state.Seq)
		st.cloud.client.Disconnect(0)
		came := counted(t, st.broker.Addr)
		st.launch()
		eventually(t, "the first", func() bool { return came.Load() > 0 })
		began, first, disk := time.Now(), came.Load(), st.status("write_bytes")
		eventually(t, "the backlog", func() bool { return int(came.Load()) >= owed })
		took := time.Since(began)
		pace := float64(owed-int(first)) / took.Seconds()
		f.add(fmt.Sprintf("a backlog of 50,000 events, loopback, confirm = %q", confirm), "%.0f a second", least("≥ 32,000", 32_000), pace)
		after(2 * time.Second)
		f.add(fmt.Sprintf("  written for an event, confirm = %q", confirm), "%.2f kB", most("≤ 1 kB", 1), (st.status("write_bytes")-disk)/float64(owed)/1000)
		if confirm == "cloud" {
			bare := barePaho(t, mqtt.NewClientOptions().AddBroker("tcp://"+st.broker.Addr), "lockerd/v1/bare/events", owed, size, window)
			f.add("  bare paho, as many messages of 480 bytes, to the same counter", "%.0f a second", goal{}, float64(owed)/bare.Seconds())
			f.add("  its pace, of bare paho's there", "%.0f %%", least("≥ 80 %", 80), 100*pace*bare.Seconds()/float64(owed))
		}
		st.stop()
	}
}

// counted counts the events that a broker passes on.
func counted(t *testing.T, broker string) *atomic.Int64 {
	t.Helper()
	came := new(atomic.Int64)
	client := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + broker).SetClientID("counter"))
	for _, step := range []func() mqtt.Token{
		client.Connect,
		func() mqtt.Token {
			return client.Subscribe("lockerd/v1/+/events", 0, func(mqtt.Client, mqtt.Message) { came.Add(1) })
		},
	} {
		if token := step(); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	t.Cleanup(func() { client.Disconnect(0) })
	return came
}

// barePaho publishes as many messages of a size to a topic and says how long the broker took from the first
// acknowledgement to the last.
func barePaho(t *testing.T, options *mqtt.ClientOptions, topic string, messages, size, window int) time.Duration {
	t.Helper()
	client := mqtt.NewClient(options.SetClientID("bare"))
	if token := client.Connect(); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	defer client.Disconnect(0)
	payload := make([]byte, size)
	var flying []mqtt.Token
	var began time.Time
	land := func() {
		if flying[0].Wait(); flying[0].Error() != nil {
			t.Fatal(flying[0].Error())
		}
		if began.IsZero() {
			began = time.Now()
		}
		flying = flying[1:]
	}
	for range messages {
		if len(flying) == window {
			land()
		}
		flying = append(flying, client.Publish(topic, 1, false, payload))
	}
	for len(flying) > 0 {
		land()
	}
	return time.Since(began)
}

// trusting is TLS that trusts an authority.
func trusting(pem []byte) *tls.Config {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}
