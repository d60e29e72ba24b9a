package sync_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"lockerd/internal/locker"
	link "lockerd/internal/sync"
)

func config() link.Config {
	c := link.Defaults()
	c.Broker, c.Username = "mqtt://broker.test", "demo-1"
	return c
}

// scene runs a story in a bubble of its own time. That nothing is left of the link when Run has returned is part of
// every story: a bubble with a goroutine left over fails.
func scene(t *testing.T, cfg link.Config, story func(*testing.T, *broker, *cabinet, *link.Link)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b, c := &broker{granted: 1}, &cabinet{}
		l := newLink(t, cfg, c)
		l.DialWith(b.dial)
		story(t, b, c, l)
	})
}

// pass lets time pass and everybody finish what they began.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestComesUpInOrder(t *testing.T) {
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(5)
		c.confirmed = 2
		l.Report(locker.Summary{Seq: 5})
		stop := run(t, l)
		synctest.Wait()
		equal(t, "published", append([]string{"presence true", "state 5"}, events(3, 5)...), b.take())
		if c := b.connect; c.CleanSession || c.ClientIdentifier != "lockerd-demo-1" || string(c.Password) != "secret" {
			t.Errorf("connect: want a lasting session of lockerd-demo-1 with its password, got %v", c)
		}
		if !b.connect.WillFlag || !b.connect.WillRetain || string(b.connect.WillMessage) != `{"online":false}` {
			t.Errorf("connect: want a retained will, got %v", b.connect)
		}
		if g := l.Gauges(); g.Since.IsZero() || g.Backlog != 3 || g.InFlight != 0 || g.Confirmed != 2 || g.Connections != 1 {
			t.Errorf("gauges: got %+v", g)
		}
		c.grow(1)
		l.Grown()
		synctest.Wait()
		equal(t, "published after growth", events(6, 6), b.take())
		stop()
		synctest.Wait()
		equal(t, "published at the end", []string{"presence false"}, b.take())
		if !b.left {
			t.Error("want a DISCONNECT at the end")
		}
	})
}

// Brokers have their own ideas of names.
func TestClientIDAndTopics(t *testing.T) {
	cfg := config()
	cfg.ClientID, cfg.Topics = "thing-7", "acme/lockers"
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(1)
		l.Report(locker.Summary{})
		run(t, l)
		synctest.Wait()
		if b.connect.ClientIdentifier != "thing-7" || b.connect.WillTopic != "acme/lockers/demo-1/presence" {
			t.Errorf("connect: got %v", b.connect)
		}
		var topics []string
		for _, p := range b.pubs {
			topics = append(topics, p.TopicName)
		}
		equal(t, "topics", []string{"acme/lockers/demo-1/presence", "acme/lockers/demo-1/state", "acme/lockers/demo-1/events"}, topics)
		equal(t, "subscribed", []string{"acme/lockers/demo-1/acks", "acme/lockers/demo-1/orders"}, b.topics)
		b.write(toTopic("acme/lockers/demo-1/orders", 1, false, 1, []byte(unlock("o1"))))
		b.write(toTopic("acme/lockers/demo-1/acks", 1, false, 2, []byte(signAck(word(1)))))
		b.write(order(3, unlock("elsewhere")))
		synctest.Wait()
		if done, _ := c.orders(); len(done) != 1 || done[0].ID != "o1" || c.Confirmed() != 1 {
			t.Errorf("want one order followed and one record confirmed, got %v, %d", done, c.Confirmed())
		}
	})
}

func TestPersonalPartIsASecondLine(t *testing.T) {
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(3)
		run(t, l)
		synctest.Wait()
		got := string(b.pubs[len(b.pubs)-1].Payload)
		want := string(c.records[2].Public) + "\n" + `{"phone":"cGhvbmUgYm94","code":"/wA="}`
		if want != got {
			t.Errorf("payload:\nwant %s\n got %s", want, got)
		}
		if got := b.pubs[len(b.pubs)-2]; string(got.Payload) != string(c.records[1].Public) || got.Qos != 1 || got.Retain {
			t.Errorf("without a personal part: want the public line, QoS 1, not retained, got %v", got)
		}
	})
}

func TestWindow(t *testing.T) {
	cfg := config()
	cfg.Window, cfg.Confirm = 3, link.ConfirmBroker
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		run(t, l)
		synctest.Wait()
		b.take()
		b.with(func() { b.mute = true })
		c.grow(10)
		l.Grown()
		synctest.Wait()
		equal(t, "in the window", events(1, 3), b.take())
		ids := b.unacked

		b.write(puback(ids[1])) // the second before the first
		synctest.Wait()
		equal(t, "after the second's PUBACK", nil, b.take())
		equal(t, "confirmed after the second's PUBACK", nil, c.words)

		b.write(puback(ids[0]))
		synctest.Wait()
		equal(t, "after the first's PUBACK", events(4, 5), b.take())
		equal(t, "confirmed", []string{epoch + "/2"}, c.words)

		for _, strange := range []uint16{ids[0], 0, 65535} { // once more, and from the future
			b.write(puback(strange))
		}
		synctest.Wait()
		equal(t, "after strange PUBACKs", nil, b.take())
		equal(t, "confirmed after strange PUBACKs", []string{epoch + "/2"}, c.words)
	})
}

// The broker takes everything and the cloud gets nothing, as with an access list that forbids the topic.
func TestPubackWithoutAckIsSentAgain(t *testing.T) {
	cfg := config()
	cfg.Window = 4
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(10)
		run(t, l)
		synctest.Wait()
		equal(t, "first", append([]string{"presence true"}, events(1, 10)...), b.take())
		if c.confirmed != 0 || len(c.words) != 0 {
			t.Fatalf("a PUBACK confirmed something: %v", c.words)
		}
		pass(59 * time.Second)
		equal(t, "before a minute of silence", nil, b.take())
		pass(2 * time.Second)
		equal(t, "after a minute of silence", events(1, 4), b.take())
		pass(time.Minute)
		equal(t, "a minute later", nil, b.take())
		pass(time.Minute)
		equal(t, "two minutes later", events(1, 4), b.take())

		b.write(ack(3)) // now it gets through: the next ones, no further ahead of the cloud than the window
		pass(2 * time.Second)
		equal(t, "after ack 3", events(5, 7), b.take())
		b.write(ack(7))
		pass(2 * time.Second)
		equal(t, "after ack 7", events(8, 10), b.take())
		b.write(ack(10))
		pass(2 * time.Second)
		if g := l.Gauges(); g.Confirmed != 10 || g.Backlog != 0 {
			t.Errorf("gauges: got %+v", g)
		}
		pass(3 * time.Hour)
		equal(t, "with nothing owed", nil, b.take())
		c.grow(1)
		l.Grown()
		pass(59 * time.Second)
		equal(t, "a record after a long silence is sent once", events(11, 11), b.take())
	})
}

func TestStateIsCoalesced(t *testing.T) {
	scene(t, config(), func(t *testing.T, b *broker, _ *cabinet, l *link.Link) {
		run(t, l)
		synctest.Wait()
		b.take()
		for seq := range uint64(100) {
			l.Report(locker.Summary{Seq: seq + 1})
			synctest.Wait()
			pass(time.Millisecond)
		}
		pass(2 * time.Second)
		equal(t, "published", []string{"state 1", "state 100"}, b.take())
		b.cut()
		pass(time.Minute)
		equal(t, "on the next connection", []string{"presence true", "state 100"}, b.take())
	})
}

func TestCutLinkResumesFromConfirmed(t *testing.T) {
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		run(t, l)
		synctest.Wait()
		b.with(func() { b.mute = true })
		c.grow(5)
		l.Grown()
		synctest.Wait()
		b.write(puback(b.unacked[0]))
		b.write(ack(1))
		synctest.Wait()
		b.take()
		b.with(func() { b.mute = false })
		b.cut()
		pass(time.Minute)
		equal(t, "on the next connection", append([]string{"presence true"}, events(2, 5)...), b.take())
	})
}

func TestBrokenBrokerIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]func(*broker){
		"no PUBACK":        func(b *broker) { b.mute = true },
		"no greeting":      func(b *broker) { b.greet = []byte{} },
		"refuses us":       func(b *broker) { b.greet = []byte{0x20, 2, 0, 5} },
		"unknown refusal":  func(b *broker) { b.greet = []byte{0x20, 2, 0, 99} },
		"greets badly":     func(b *broker) { b.greet = []byte{0x20, 0} },
		"too many answers": func(b *broker) { b.surplus = 3 },
		"another greeting": func(b *broker) { b.greet = []byte{0xd0, 0} },
		"hangs up on us":   func(b *broker) { b.onPub = func(*packets.PublishPacket) { b.conn.Close() } },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config()
			cfg.Confirm = link.ConfirmBroker
			scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
				broken(b)
				c.grow(1)
				run(t, l)
				pass(3 * time.Minute)
				if b.count < 2 || len(c.words) != 0 {
					t.Errorf("while it is broken: want new attempts and nothing confirmed, got %d and %v", b.count, c.words)
				}
				b.with(func() { b.mute, b.greet, b.onPub, b.pubs, b.surplus = false, nil, nil, nil, 0 })
				b.cut()
				pass(2 * time.Minute)
				equal(t, "afterwards", []string{"presence true", "events 1"}, b.take())
			})
		})
	}
}

func TestBackOff(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, _ *cabinet, l *link.Link) {
		b.refused = true
		stop := run(t, l)
		pass(time.Hour)
		// 1 + 2 + 4 ... s, then one a minute, each between half of that and all of it.
		if b.count < 60 || b.count > 130 {
			t.Errorf("attempts in an hour: want 60 to 130, got %d", b.count)
		}
		before := time.Now()
		stop()
		if d := time.Since(before); d != 0 {
			t.Errorf("stop within a pause: took %s", d)
		}
	})
}

// A link that works, and breaks every 20 seconds, is there nearly always.
func TestBreakingLinkComesBackSoon(t *testing.T) {
	scene(t, config(), func(t *testing.T, b *broker, _ *cabinet, l *link.Link) {
		run(t, l)
		synctest.Wait()
		var up, all int
		for last := uint64(0); all < 36_000; all++ { // an hour, in tenths of a second
			if g := l.Gauges(); !g.Since.IsZero() {
				if up++; g.Connections != last && time.Since(g.Since) >= 20*time.Second {
					last = g.Connections
					b.cut()
				}
			}
			pass(100 * time.Millisecond)
		}
		if share := float64(up) / float64(all); share < 0.9 {
			t.Errorf("connected for %.1f %% of an hour, want more than 90 %%", 100*share)
		} else {
			t.Logf("connected for %.1f %% of an hour over %d connections", 100*share, b.count)
		}
	})
}

// A broker that takes our subscriptions and throws us out at the first message gains nothing by our coming back at once.
func TestUselessConnectionsAreNotHurried(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, _ *cabinet, l *link.Link) {
		b.onPub = func(*packets.PublishPacket) { b.conn.Close() }
		run(t, l)
		pass(time.Hour)
		if b.count < 60 || b.count > 130 {
			t.Errorf("attempts in an hour: want 60 to 130, got %d", b.count)
		}
	})
}

func TestUnreadableJournal(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(2)
		c.unread = errors.New("input/output error")
		run(t, l)
		pass(time.Minute)
		equal(t, "while it cannot be read", []string{"presence true"}, b.take())
		c.mu.Lock()
		c.unread = nil
		c.mu.Unlock()
		pass(time.Minute)
		equal(t, "afterwards", events(1, 2), b.take())
	})
}

// A broker that no longer reads must not keep Run from returning.
func TestStopsThoughNothingIsRead(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		block := make(chan struct{})
		b.onPub = func(p *packets.PublishPacket) {
			if describe(p) == "events 1" {
				<-block // with the lock held: this broker does nothing any more
			}
		}
		c.grow(20)
		stop := run(t, l)
		pass(time.Second)
		before := time.Now()
		stop()
		if d := time.Since(before); d > 15*time.Second {
			t.Errorf("stop took %s", d)
		}
		close(block)
	})
}

func TestNoCloud(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.Broker = ""
	scene(t, cfg, func(t *testing.T, b *broker, _ *cabinet, l *link.Link) {
		stop := run(t, l)
		l.Report(locker.Summary{})
		pass(time.Hour)
		stop()
		if b.count != 0 {
			t.Errorf("want no attempt, got %d", b.count)
		}
	})
}
