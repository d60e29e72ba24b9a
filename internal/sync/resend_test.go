package sync_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	link "lockerd/internal/sync"
)

// What the cloud has confirmed and lost is sent once more from where it wants to begin, and then what is new.
func TestResendAsked(t *testing.T) {
	cfg := config()
	cfg.Window = 3
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(8)
		c.confirmed = 8
		run(t, l)
		synctest.Wait()
		b.take()
		l.Resend(2)
		synctest.Wait()
		equal(t, "sent once more", events(3, 8), b.take())
		c.grow(1)
		l.Grown()
		synctest.Wait()
		equal(t, "then what is new", events(9, 9), b.take())
	})
}

// A connection that ends in the middle leaves the rest to the next one.
func TestResendSurvivesACut(t *testing.T) {
	cfg := config()
	cfg.Window = 2
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(6)
		c.confirmed = 6
		run(t, l)
		synctest.Wait()
		b.take()
		b.with(func() { b.mute = true })
		l.Resend(0)
		synctest.Wait()
		equal(t, "the window", events(1, 2), b.take())
		b.with(func() { b.mute = false })
		b.cut()
		pass(time.Minute)
		got := b.take()
		equal(t, "all of it on the next connection", events(1, 6), got[1:])
	})
}

// A run that does not know whether a resend of the one before is done does it, unless the cloud has confirmed the record that follows it.
func TestResendOfARunBefore(t *testing.T) {
	for confirmed, want := range map[uint64][]string{7: events(3, 8), 8: nil} {
		scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
			c.grow(8)
			c.confirmed = confirmed
			l.Resume(2, 8)
			run(t, l)
			synctest.Wait()
			got := b.take()
			equal(t, "what was asked for", want, got[1:])
		})
	}
}

// A cloud that said nothing for more than a minute, and then asks for what it has lost, gets it, and what is new.
func TestResendAfterSilence(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.Window = 4
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(10)
		c.confirmed = 6
		run(t, l)
		pass(62 * time.Second)
		b.take()
		l.Resend(0)
		pass(2 * time.Second)
		equal(t, "as asked, a window ahead of the cloud", events(1, 10), b.take())
		b.write(ack(10))
		c.grow(1)
		l.Grown()
		pass(2 * time.Second)
		equal(t, "then what is new", events(11, 11), b.take())
	})
}

// What is asked for while something is sent again as asked is asked for once more.
func TestResendAskedTwice(t *testing.T) {
	cfg := config()
	cfg.Window = 3
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(9)
		c.confirmed = 9
		run(t, l)
		synctest.Wait()
		b.take()
		b.with(func() { b.mute = true })
		l.Resend(2)
		synctest.Wait()
		equal(t, "the window", events(3, 5), b.take())
		l.Resend(3)
		b.with(func() { b.mute = false })
		for _, id := range b.unacked {
			b.write(puback(id))
		}
		synctest.Wait()
		equal(t, "from where it was asked the second time", events(4, 9), b.take())
	})
}

// The cloud falls silent in the middle of what it asked for: nothing of it is passed over.
func TestSilenceInAResend(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.Window = 2
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(8)
		c.confirmed = 6
		run(t, l)
		pass(45 * time.Second)
		equal(t, "first", []string{"presence true", "events 7", "events 8"}, b.take())
		b.with(func() { b.mute = true })
		l.Resend(0)
		pass(20 * time.Second) // a minute since 8
		equal(t, "the window", events(1, 2), b.take())
		b.with(func() { b.mute = false })
		for _, id := range b.unacked {
			b.write(puback(id))
		}
		pass(2 * time.Second)
		equal(t, "the rest", events(3, 8), b.take())
	})
}

// A link that breaks again and again gets through with what was asked, however long it is.
func TestResendOverManyCuts(t *testing.T) {
	cfg := config()
	cfg.Window = 2
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(20)
		c.confirmed = 20
		run(t, l)
		synctest.Wait()
		b.take()
		first := true
		b.with(func() {
			left := 0
			b.onPub = func(p *packets.PublishPacket) {
				if p.TopicName == "lockerd/v1/demo-1/presence" {
					left = 5
				}
				if left--; left < 0 && !first {
					b.conn.Close()
				}
				first = false
			}
		})
		l.Resend(0)
		pass(time.Hour)
		got := b.take()
		if last := got[len(got)-1]; last != "events 20" {
			t.Errorf("want all of it in an hour, got up to %s", last)
		}
		if b.count > 12 {
			t.Errorf("want each connection to go on where the one before was cut, got %d connections", b.count)
		}
	})
}
