package sync_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
	link "lockerd/internal/sync"
)

// packedScene is a scene in the packed form, connected, with nothing to send.
func packedScene(t *testing.T, cfg link.Config, story func(*testing.T, *broker, *cabinet, *link.Link)) {
	t.Helper()
	cfg.Form = link.FormPacked
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		defer run(t, l)()
		l.Report(locker.Summary{})
		pass(5 * time.Second)
		equal(t, "published at first", []string{"presence true", "state 0"}, b.take())
		story(t, b, c, l)
	})
}

// goesOn has something happen, and the state with it.
func goesOn(c *cabinet, l *link.Link, kinds ...string) {
	for _, kind := range kinds {
		c.happen(kind)
		l.Grown()
	}
	_, seq := c.Last()
	l.Report(locker.Summary{Seq: seq, Parcels: int(seq)})
}

func TestTheStepsOfAVisitWaitForEachOther(t *testing.T) {
	cfg := config()
	cfg.Confirm = link.ConfirmBroker // or what came first would be sent again for want of an ack
	packedScene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		goesOn(c, l, "session.started", "courier.signed_in")
		pass(20 * time.Second)
		goesOn(c, l, "door.opened")
		pass(39 * time.Second)
		equal(t, "published before the time is over", nil, b.take())
		pass(time.Second)
		equal(t, "published when the first has waited for a minute", []string{"events 1 to 3", "state 3"}, b.take())
		goesOn(c, l, "door.closed")
		pass(59 * time.Second)
		equal(t, "published in the next minute", nil, b.take())
		pass(time.Second)
		equal(t, "published after them", []string{"events 4", "state 4"}, b.take())
	})
}

func TestANoticeNeverWaits(t *testing.T) {
	packedScene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		goesOn(c, l, "session.started")
		pass(time.Second)
		for i, kind := range []string{"parcel.stored", "door.forced", "order.accepted", "of.another.release"} {
			goesOn(c, l, "door.opened", kind)
			pass(100 * time.Millisecond)
			want := [][]string{{"events 1 to 3", "state 3"}, {"events 4 to 5", "state 5"}, {"events 6 to 7", "state 7"}, {"events 8 to 9", "state 9"}}
			equal(t, kind, want[i], b.take())
			pass(time.Second)
		}
	})
}

// A state that no record brought, as of the link's own faults, leaves by itself.
func TestAStateByItselfWaitsToo(t *testing.T) {
	packedScene(t, config(), func(t *testing.T, b *broker, _ *cabinet, l *link.Link) {
		l.Report(locker.Summary{Seq: 6})
		pass(time.Hour)
		equal(t, "published of a state that says nothing new", nil, b.take())
		l.Report(locker.Summary{Seq: 7, Parcels: 1})
		pass(59 * time.Second)
		equal(t, "published before the time is over", nil, b.take())
		l.Report(locker.Summary{Seq: 8, Parcels: 2})
		pass(time.Second)
		equal(t, "published then", []string{"state 8"}, b.take())
	})
}

// Neither a stop nor a lost connection keeps back what waits.
func TestWhatWaitsIsNotKeptBack(t *testing.T) {
	cfg := config()
	cfg.Form = link.FormPacked
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		stop := run(t, l)
		pass(time.Second)
		goesOn(c, l, "door.opened")
		pass(time.Second)
		b.take()
		b.cut()
		pass(3 * time.Second)
		equal(t, "published on the next connection", []string{"presence true", "state 1", "events 1"}, b.take())
		goesOn(c, l, "door.closed")
		pass(time.Second)
		stop()
		synctest.Wait()
		equal(t, "published at the stop", []string{"events 2", "state 2", "presence false"}, b.take())
	})
}

// A backlog leaves in messages of 64 records, and what the cloud has not acknowledged comes again, no further ahead of it than the window.
func TestABacklogLeavesPacked(t *testing.T) {
	cfg := config()
	cfg.Form, cfg.Window = link.FormPacked, 4
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(150)
		defer run(t, l)()
		synctest.Wait()
		equal(t, "published", []string{"presence true", "events 1 to 64", "events 65 to 128", "events 129 to 150"}, b.take())
		l.Resend(140)
		synctest.Wait()
		equal(t, "published as asked for", []string{"events 141 to 150"}, b.take())
		b.write(ack(60))
		pass(2 * time.Minute)
		equal(t, "published once more", []string{"events 61 to 64"}, b.take())
		b.write(ack(64))
		pass(2 * time.Second)
		equal(t, "published after an ack", []string{"events 65 to 68"}, b.take())
	})
}

// What leaves packed is what would have left in plain form.
func TestPackedIsTheSame(t *testing.T) {
	cfg := config()
	cfg.Form, cfg.Confirm = link.FormPacked, link.ConfirmBroker
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(100)
		defer run(t, l)()
		pass(time.Second)
		var got [][]byte
		for _, p := range b.pubs[1:] {
			records, err := contract.Unpack(p.Payload)
			if err != nil || p.Qos != 1 || p.Retain {
				t.Fatalf("%v: %v", p, err)
			}
			got = append(got, records...)
		}
		for i, r := range got {
			if public, personal, has := bytes.Cut(r, []byte{'\n'}); !bytes.Equal(public, c.records[i].Public) ||
				has != ((i+1)%3 == 0) || has && string(personal) != `{"phone":"cGhvbmUgYm94","code":"/wA="}` {
				t.Fatalf("record %d: %s", i+1, r)
			}
		}
		if len(got) != 100 || c.Confirmed() != 100 {
			t.Errorf("want 100 records sent and confirmed, got %d, %d", len(got), c.Confirmed())
		}
	})
}
