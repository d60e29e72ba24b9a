package sync_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"lockerd/internal/contract/contracttest"
	"lockerd/internal/locker"
	"lockerd/internal/relay"
	link "lockerd/internal/sync"
	"lockerd/internal/sync/cloudtest"
)

// chained writes n more records of a chain that begins as every journal does.
func (c *cabinet) chained(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range n {
		seq, prev, kind, event := len(c.records)+1, "", "journal.epoch_begun", `{"reason":"new"}`
		if seq > 1 {
			prev, kind, event = string(c.records[seq-2].Public), "door.forced", `{"door":7}`
		}
		r := locker.Outgoing{Epoch: epoch, Seq: uint64(seq), Kind: kind, Public: []byte(contracttest.LineWith(epoch, seq, prev, kind, event))}
		r.Hash = sha256.Sum256(r.Public)
		c.records = append(c.records, r)
	}
}

// blows are what strikes a link that stands.
var blows = []struct {
	name   string
	strike func(*cloudtest.Mosquitto, *relay.Relay)
}{
	{"the broker is killed", func(m *cloudtest.Mosquitto, _ *relay.Relay) { m.Kill(); m.Start() }},
	{"the broker is restarted", func(m *cloudtest.Mosquitto, _ *relay.Relay) { m.Stop(); m.Start() }},
	{"a cut", func(_ *cloudtest.Mosquitto, r *relay.Relay) { r.Cut() }},
	{"a cut", func(_ *cloudtest.Mosquitto, r *relay.Relay) { r.Cut() }},
	{"a cut for a moment", func(_ *cloudtest.Mosquitto, r *relay.Relay) {
		r.Off(true)
		time.Sleep(rand.N(50 * time.Millisecond))
		r.Off(false)
	}},
	{"a hole, then a cut", func(_ *cloudtest.Mosquitto, r *relay.Relay) {
		r.Swallow(true)
		time.Sleep(rand.N(50 * time.Millisecond))
		r.Cut()
		r.Swallow(false)
	}},
}

// TestRestartedAndCutAtRandom: whatever the moment, a true broker that is killed or restarted and a link that is cut lose nothing, double nothing
// and change the place of nothing, for whoever keeps the rules of receiving. Each blow strikes a link that stands. 50 of them, or with
// LOCKERD_LONG 1,000: half in the plain form, half in the packed one. The 50 are of the packed form; of the plain one TestMosquittoKilledAndCut has some.
func TestRestartedAndCutAtRandom(t *testing.T) {
	t.Parallel()
	strikes, forms := 50, []string{link.FormPacked}
	if os.Getenv("LOCKERD_LONG") != "" {
		strikes, forms = 500, []string{link.FormPlain, link.FormPacked}
	}
	for _, form := range forms {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			restartedAndCut(t, form, strikes)
		})
	}
}

func restartedAndCut(t *testing.T, form string, strikes int) {
	began, seed := time.Now(), rand.Uint64()
	dice := rand.New(rand.NewPCG(seed, 1))
	m := cloudtest.StartMosquitto(t, "")
	r := cloudtest.NewRelay(t, m.Addr)
	cfg := through(r)
	cfg.Form, cfg.Gather = form, link.Defaults().Gather
	c := &cabinet{}
	l := newLink(t, cfg, c)
	l.Pause(5*time.Millisecond, 100*time.Millisecond)
	k := cloudtest.NewKeeper(t, m.Addr, "demo-1", signAck)
	stop := run(t, l)
	struck, connections := map[string]int{}, uint64(0)
	for range strikes {
		c.chained(1 + dice.IntN(40))
		l.Grown()
		eventually(t, "a new link that stands", func() bool {
			g := l.Gauges()
			return !g.Since.IsZero() && g.Connections > connections
		})
		connections = l.Gauges().Connections
		time.Sleep(time.Duration(dice.IntN(30)) * time.Millisecond)
		blow := blows[dice.IntN(len(blows))]
		blow.strike(m, r)
		struck[blow.name]++
	}
	_, last := c.Last()
	settled(t, k, c, r, int(last))
	stop()
	for i, r := range k.Taken() {
		if want := string(c.records[i].Public); want != string(r.Public) {
			t.Fatalf("record %d (seed %d):\nwant %s\n got %s", i+1, seed, want, r.Public)
		}
	}
	seen, early := k.Dropped()
	t.Logf("%s, seed %d: %d records over %d connections in %s; %v; %d came once more, %d too early", form, seed, last, l.Gauges().Connections,
		time.Since(began).Round(time.Second), fmt.Sprint(struck), seen, early)
}

// settled waits until everything is there and the cabinet knows. A broker that was killed may have lost what it had acknowledged: the cabinet would
// send it again after a minute, or with the next connection: so the link is cut where nothing moves any more, and each cut in vain is waited after
// for twice as long.
func settled(t *testing.T, k *cloudtest.Keeper, c *cabinet, r *relay.Relay, last int) {
	t.Helper()
	before, moved, wait := -1, time.Now(), time.Second
	defer func() {
		if t.Failed() {
			t.Logf("taken %d, confirmed %d, of %d; the cabinet's log ends:\n%s", len(k.Taken()), c.Confirmed(), last, tail(c.log.String()))
		}
	}()
	eventually(t, "the last record", func() bool {
		switch now := len(k.Taken()); {
		case now == last && c.Confirmed() == uint64(last):
			return true
		case now != before:
			before, moved, wait = now, time.Now(), time.Second
		case time.Since(moved) >= wait:
			moved, wait = time.Now(), 2*wait
			r.Cut()
		}
		return false
	})
}

// TestMosquittoForgetsTheSession: a broker that comes back without anything it had, sessions and what waited in them included, loses no record. An order
// that waited there is lost, as docs/cloud.md says; sent once more it is followed, since the cabinet listens again.
func TestMosquittoForgetsTheSession(t *testing.T) {
	t.Parallel()
	m := cloudtest.StartMosquitto(t, cloudtest.Forgetful)
	r := cloudtest.NewRelay(t, m.Addr)
	c := &cabinet{}
	c.chained(10)
	l := newLink(t, through(r), c)
	l.Pause(5*time.Millisecond, 100*time.Millisecond)
	up := newCloud(t, m.Addr)
	up.muted(true)
	k := cloudtest.NewKeeper(t, m.Addr, "demo-1", signAck)
	stop := run(t, l)
	eventually(t, "the first records", func() bool { return c.Confirmed() == 10 })
	r.Off(true)
	eventually(t, "the link is away", func() bool { return l.Gauges().Since.IsZero() })
	if token := up.client.Publish("lockerd/v1/demo-1/orders", 1, false, unlock("forgotten")); !token.WaitTimeout(time.Minute) || token.Error() != nil {
		t.Fatalf("the broker does not take the order: %v", token.Error())
	}
	c.chained(10)
	m.Kill()
	m.Start()
	r.Off(false)
	settled(t, k, c, r, 20)
	if done, _ := c.orders(); len(done) != 0 {
		t.Fatalf("the broker has forgotten nothing: %v", done)
	}
	eventually(t, "the order, sent once more", func() bool {
		up.order(unlock("again"))
		time.Sleep(50 * time.Millisecond)
		done, _ := c.orders()
		return len(done) > 0 && done[0].ID == "again"
	})
	stop()
}

// muted has the cloud acknowledge nothing.
func (c *cloud) muted(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mute = on
}

func tail(text string) string { return text[max(0, len(text)-3000):] }
