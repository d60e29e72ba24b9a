package sync_test

import (
	"testing"
	"testing/synctest"
	"time"

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
