package sync_test

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"lockerd/internal/locker"
	"lockerd/internal/sim"
	link "lockerd/internal/sync"
	"lockerd/internal/sync/cloudtest"
)

// works holds a link to what every broker must let it do: it connects, publishes and is acknowledged; it hears orders, those
// too that came while it was away; what the cloud asks for once more comes once more. The cloud comes by plain TCP.
func works(t *testing.T, cfg link.Config, broker string) {
	t.Helper()
	cab := &cabinet{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(cab.log.String())
		}
	})
	cab.grow(100)
	up := newCloud(t, broker)
	l := quick(newLink(t, cfg, cab))
	l.Report(locker.Summary{Cabinet: "demo-1", Service: "ok", Free: map[string]int{}, Seq: 41})
	stop := run(t, l)
	eventually(t, "all records are with the cloud", func() bool { return up.count() == 100 && cab.Confirmed() == 100 })
	eventually(t, "presence", func() bool { return strings.HasPrefix(up.last("presence"), `{"online":true`) })
	eventually(t, "the state", func() bool { return strings.Contains(up.last("state"), `"seq":41`) })
	up.order(unlock("o1"))
	eventually(t, "an order", func() bool { done, _ := cab.orders(); return len(done) == 1 })
	stop()
	eventually(t, "a goodbye", func() bool { return strings.HasPrefix(up.last("presence"), `{"online":false`) })

	up.order(unlock("while-away"))
	cab.grow(10)
	cfg.Form = link.FormPacked // and what is asked for once more was plain before
	l = quick(newLink(t, cfg, cab))
	stop = run(t, l)
	eventually(t, "the order that waited", func() bool { done, _ := cab.orders(); return len(done) == 2 && done[1].ID == "while-away" })
	eventually(t, "what happened meanwhile", func() bool { return up.count() == 110 && cab.Confirmed() == 110 })
	before := up.again()
	l.Resend(0)
	eventually(t, "all of it once more", func() bool { return up.again() >= before+110 })
	if since := l.Gauges(); since.Since.IsZero() || len(since.Faults) != 0 {
		t.Errorf("want it connected and without a fault, got %+v", since)
	}
	stop()
	for i, record := range up.seen {
		if want := string(cab.records[i].Public); want != record {
			t.Fatalf("record %d:\nwant %s\n got %s", i+1, want, record)
		}
	}
}

// again is how many records came that the cloud had already.
func (c *cloud) again() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.twice
}

func TestMosquittoWebsockets(t *testing.T) {
	t.Parallel()
	ca, trusted := cloudtest.Authority(t)
	t.Run("in the open", func(t *testing.T) {
		address, err := sim.FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(address)
		m := cloudtest.StartMosquitto(t, fmt.Sprintf("listener %s 127.0.0.1\nprotocol websockets\n", port))
		cfg := config()
		cfg.Broker = "ws://" + address
		works(t, cfg, m.Addr)
	})
	t.Run("over TLS", func(t *testing.T) {
		m, address := startSecure(t, ca, trusted, "protocol websockets")
		cfg := config()
		cfg.Broker, cfg.Username, cfg.CAFile = "wss://"+cloudtest.NewRelay(t, address).Addr(), "", trusted
		dir := t.TempDir()
		cfg.Certificate, cfg.Key = dir+"/cabinet.pem", dir+"/cabinet.key"
		issued(t, ca, "demo-1", cfg.Certificate, cfg.Key)
		works(t, cfg, m.Addr)
	})
}
