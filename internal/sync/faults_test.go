package sync_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"lockerd/internal/locker"
	link "lockerd/internal/sync"
)

// faults are those of the newest published state, as "kind what".
func (b *broker) faults(t *testing.T) []string {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var newest locker.Summary
	for _, p := range b.pubs {
		if strings.HasSuffix(p.TopicName, "/state") {
			newest = locker.Summary{}
			if err := json.Unmarshal(p.Payload, &newest); err != nil {
				t.Fatal(err)
			}
		}
	}
	var said []string
	for _, f := range newest.Faults {
		said = append(said, strings.TrimSpace(f.Kind+" "+f.What))
	}
	return said
}

// sound is a state with a fault that is none of the link's.
func sound() locker.Summary { return locker.Summary{Faults: []locker.Fault{{Kind: "setup"}}} }

// TestOneSubscriptionRefused: one of them alone is told by its name, and asked for again.
func TestOneSubscriptionRefused(t *testing.T) {
	for _, denied := range []string{"acks", "orders"} {
		scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
			b.denied = "/" + denied
			l.Report(sound())
			run(t, l)
			pass(2 * time.Second)
			equal(t, "faults", []string{"setup", "cloud_refused " + denied}, b.faults(t))
			b.with(func() { b.denied = "" })
			pass(time.Minute)
			equal(t, "faults once it is granted", []string{"setup"}, b.faults(t))
		})
	}
}

// A broker that forbids the subscriptions still gets the records; it is asked again, and the state says so meanwhile.
func TestSubscriptionRefused(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		b.granted = 0x80
		c.grow(1)
		l.Report(sound())
		run(t, l)
		pass(2 * time.Second)
		equal(t, "faults", []string{"setup", "cloud_refused acks", "cloud_refused orders"}, b.faults(t))
		equal(t, "published", []string{"presence true", "state 0", "events 1"}, b.take())
		if got := c.log.String(); strings.Count(got, "cloud_refused") != 2 {
			t.Errorf("want both refusals in the log, once, got\n%s", got)
		}
		l.Report(sound())
		pass(time.Hour)
		equal(t, "faults after an hour", []string{"setup", "cloud_refused acks", "cloud_refused orders", "cloud_backlog"},
			b.faults(t))
		if connections, asked := b.counts(); asked < 6 || asked > 30 || connections != 1 {
			t.Errorf("in an hour: want it asked again now and then on one connection, got %d on %d", asked, connections)
		}
		if got := c.log.String(); strings.Count(got, "cloud_refused") != 2 {
			t.Errorf("want each refusal in the log once, got\n%s", got)
		}
		b.with(func() { b.granted = 1 })
		pass(10 * time.Minute)
		b.write(ack(1))
		pass(time.Minute)
		equal(t, "faults once they are granted", []string{"setup"}, b.faults(t))
		_, before := b.counts()
		pass(time.Hour)
		if _, after := b.counts(); after != before {
			t.Errorf("want it asked no more, got %d times", after-before)
		}
	})
}

// A broker that does not answer the question is given up.
func TestSubscriptionNeverAnswered(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, _ *cabinet, l *link.Link) {
		b.granted = 0x80
		run(t, l)
		pass(time.Second)
		b.with(func() { b.noSub = true })
		pass(time.Minute)
		b.with(func() { b.noSub, b.granted = false, 1 })
		pass(2 * time.Minute)
		if connections, _ := b.counts(); connections < 2 || l.Gauges().Since.IsZero() || len(l.Gauges().Faults) != 0 {
			t.Errorf("want a new connection, and all well on it: got %d, %+v", connections, l.Gauges())
		}
	})
}

// The broker takes everything and the cloud confirms nothing.
func TestBacklogThatStays(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		l.Report(sound())
		run(t, l)
		pass(time.Hour)
		c.grow(3)
		l.Grown()
		pass(2 * time.Minute)
		equal(t, "faults of two silent minutes", []string{"setup"}, b.faults(t))
		pass(9 * time.Minute)
		equal(t, "faults of ten", []string{"setup", "cloud_backlog"}, b.faults(t))
		b.write(ack(3))
		pass(time.Minute)
		equal(t, "faults when it has confirmed", []string{"setup"}, b.faults(t))
	})
}

// The link breaks again and again, and the cloud confirms nothing in between.
func TestBacklogOverManyConnections(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		l.Report(sound())
		c.grow(3)
		run(t, l)
		for range 60 {
			pass(20 * time.Second)
			b.cut()
		}
		pass(2 * time.Second)
		equal(t, "faults", []string{"setup", "cloud_backlog"}, b.faults(t))
	})
}

// The cloud confirms, but ever less than comes.
func TestBacklogThatGrows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		ahead, grow int // records that are there at first, and come in each minute
		confirms    uint64
		want        []string
	}{
		{"it keeps up", 0, 100, 100, []string{"setup"}},
		{"it works off an outage", 5000, 10, 50, []string{"setup"}},
		{"it falls behind", 0, 100, 50, []string{"setup", "cloud_backlog"}},
		{"it falls behind, slowly", 500, 12, 8, []string{"setup", "cloud_backlog"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene(t, config(), func(t *testing.T, b *broker, cab *cabinet, l *link.Link) {
				l.Report(sound())
				cab.grow(c.ahead)
				run(t, l)
				var word uint64
				for range 60 {
					cab.grow(c.grow)
					l.Grown()
					pass(30 * time.Second)
					_, last := cab.Last()
					word = min(word+c.confirms, last)
					b.write(ack(word))
					pass(30 * time.Second)
				}
				equal(t, "faults", c.want, b.faults(t))
			})
		})
	}
}

// Records that wait while the cabinet is away are no fault of anybody's at the cloud.
func TestBacklogWhileAway(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		l.Report(sound())
		run(t, l)
		pass(time.Minute)
		b.with(func() { b.refused = true })
		b.cut()
		for range 600 {
			c.grow(1)
			l.Grown()
			pass(time.Minute)
		}
		b.with(func() { b.refused = false })
		pass(2 * time.Minute)
		b.write(ack(600))
		pass(10 * time.Minute)
		if log := c.log.String(); strings.Contains(log, "cloud_backlog") {
			t.Errorf("want no fault, got\n%s", log)
		}
	})
}

// A second cabinet with our name takes the session over each time, and we take it back.
func TestTwin(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		throw := true
		b.onPub = func(p *packets.PublishPacket) {
			if throw && describe(p) == "presence true" {
				conn := b.conn
				time.AfterFunc(time.Second, func() { conn.Close() })
			}
		}
		l.Report(sound())
		run(t, l)
		pass(time.Minute)
		equal(t, "faults", []string{"setup", "cloud_twin lockerd-demo-1"}, b.faults(t))
		if log := c.log.String(); strings.Count(log, `msg="cloud: fault"`) != 1 {
			t.Errorf("want it in the log once, got\n%s", log)
		}
		before, _ := b.counts()
		pass(time.Hour)
		if after, _ := b.counts(); after-before < 40 || after-before > 130 {
			t.Errorf("connections in an hour: want 40 to 130, so that each of the two has its turn, got %d", after-before)
		}
		equal(t, "faults after an hour", []string{"setup", "cloud_twin lockerd-demo-1"}, b.faults(t))
		b.with(func() { throw = false })
		pass(10 * time.Minute)
		equal(t, "faults when it is gone", []string{"setup"}, b.faults(t))
		b.cut()
		pass(2 * time.Second)
		if l.Gauges().Since.IsZero() {
			t.Error("want it back at once after one more cut")
		}
	})
}

// What is no second cabinet is not called one.
func TestNoTwin(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(*broker){
		"a link that breaks every 20 s":    func(b *broker) { cutAfter(b, 20*time.Second) },
		"a broker that is away":            func(b *broker) { b.refused = true },
		"a broker that forbids to publish": func(b *broker) { b.onPub = func(*packets.PublishPacket) { b.conn.Close() } },
		"a broker that says nothing":       func(b *broker) { b.mute = true },
		"a broker that refuses us":         func(b *broker) { b.greet = []byte{0x20, 2, 0, 5} },
	} {
		t.Run(name, func(t *testing.T) {
			scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
				trouble(b)
				l.Report(sound())
				run(t, l)
				pass(time.Hour)
				if log := c.log.String(); strings.Contains(log, "cloud_twin") {
					t.Errorf("want no such fault, got\n%s", log)
				}
			})
		})
	}
}

func cutAfter(b *broker, d time.Duration) {
	b.onPub = func(p *packets.PublishPacket) {
		if describe(p) == "presence true" {
			conn := b.conn
			time.AfterFunc(d, func() { conn.Close() })
		}
	}
}

// The link's faults come and go with whatever state is reported.
func TestFaultsAreOfTheNewestState(t *testing.T) {
	scene(t, config(), func(t *testing.T, b *broker, _ *cabinet, l *link.Link) {
		b.granted = 0x80
		run(t, l)
		synctest.Wait()
		for seq := range uint64(3) {
			pass(2 * time.Second)
			l.Report(locker.Summary{Seq: seq})
			pass(2 * time.Second)
			equal(t, fmt.Sprint("faults of state ", seq), []string{"cloud_refused acks", "cloud_refused orders"}, b.faults(t))
		}
		if got := len(l.Gauges().Faults); got != 2 {
			t.Errorf("gauges: want two faults, got %d", got)
		}
	})
}
