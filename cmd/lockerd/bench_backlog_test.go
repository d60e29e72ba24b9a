package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
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
			bare := barePaho(t, st, a, owed, size/owed, window)
			f.add("  its pace, of bare paho's", "%.0f %%", least("≥ 80 %", 80), 100*bare.Seconds()/ours.Seconds())
		}
		st.stop()
	}
}

// barePaho publishes as many messages of a size through the same relay and says how long the broker took from the first
// acknowledgement to the last.
func barePaho(t *testing.T, st *stand, a *air, messages, size, window int) time.Duration {
	t.Helper()
	trust, err := os.ReadFile(st.broker.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	client := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("ssl://" + a.through(t, st.broker.Secure)).SetClientID("bare").SetTLSConfig(trusting(trust)))
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
		flying = append(flying, client.Publish("bare", 1, false, payload))
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
