package locker_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// signed is an order to open a door that an issuer signed now, for so long.
func (c *cabinet) signed(id string, door int, life time.Duration) locker.Order {
	return locker.Order{ID: id, Kind: "door.unlock", Cabinet: "test", Issuer: "cloud", Issued: c.now.Wall,
		Expires: c.now.Wall.Add(life), Unlock: &locker.UnlockOrder{Door: door}}
}

func (c *cabinet) give(o locker.Order) []locker.Event {
	c.t.Helper()
	return c.feed(locker.OrderReceived{Order: o})
}

// shut lets an unlock end and the door be shut again.
func (c *cabinet) shut(door int) {
	c.t.Helper()
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
}

func TestASignedOrder(t *testing.T) {
	c := newCabinet(t)
	o := c.signed("o1", 5, 5*time.Minute)
	e := want[locker.OrderAccepted](t, c.give(o))
	if e.Issuer != "cloud" || !e.Expires.Equal(o.Expires) {
		t.Fatalf("want it said who signed and until when, got %+v", e)
	}
}

func TestWhenASignedOrderIsMeant(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(o *locker.Order)
		why    string // empty: it is followed
	}{
		{"a week", func(o *locker.Order) { o.Expires = o.Issued.Add(7 * 24 * time.Hour) }, ""},
		{"more than a week", func(o *locker.Order) { o.Expires = o.Issued.Add(7*24*time.Hour + 1) },
			"meant for more than 7 days"},
		{"for ever", func(o *locker.Order) { o.Expires = time.Time{} }, "must say when"},
		{"issued never", func(o *locker.Order) { o.Issued = time.Time{} }, "must say when"},
		{"backwards", func(o *locker.Order) { o.Issued = o.Expires }, "expires before it is issued"},
		{"by a clock a minute fast", func(o *locker.Order) { o.Issued = o.Issued.Add(time.Minute) }, ""},
		{"by a clock an hour fast", func(o *locker.Order) { o.Issued, o.Expires = o.Issued.Add(time.Hour), o.Expires.Add(time.Hour) }, "in the future"},
		{"by a clock faster than that", func(o *locker.Order) {
			o.Issued, o.Expires = o.Issued.Add(time.Hour+1), o.Expires.Add(2*time.Hour)
		}, "the clock is not set"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCabinet(t)
			o := c.signed("o1", 5, time.Hour)
			tt.change(&o)
			events := c.give(o)
			if tt.why == "" {
				want[locker.UnlockRequested](t, events)
				return
			}
			if e := want[locker.OrderRefused](t, events); !strings.Contains(e.Why, tt.why) || e.Unkept {
				t.Fatalf("want %q, got %+v", tt.why, e)
			}
		})
	}
}

// What anybody may have sent is answered, and does not use up the id of the true order that is still to come.
func TestAForgerUsesUpNoID(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(o *locker.Order)
	}{
		{"not signed", func(o *locker.Order) {
			*o = locker.Order{ID: o.ID, Refusal: "the signature is wrong", Unproven: true}
		}},
		{"not signed, all else being right", func(o *locker.Order) {
			o.Issuer, o.Unlock, o.Refusal, o.Unproven = "", nil, "the signature is wrong", true
		}},
		{"signed for another cabinet", func(o *locker.Order) { o.Cabinet = "other" }},
		{"expired", func(o *locker.Order) { o.Issued, o.Expires = o.Issued.Add(-time.Hour), o.Issued }},
		{"signed, but not to be read", func(o *locker.Order) {
			*o = locker.Order{ID: o.ID, Issuer: "cloud", Refusal: "not UTF-8"}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCabinet(t)
			forged := c.signed("o1", 4, time.Hour)
			tt.change(&forged)
			for range 2 {
				events := c.give(forged)
				wantNo[locker.UnlockRequested](t, events)
				if e := want[locker.OrderRefused](t, events); !e.Unkept || e.Why == "" {
					t.Fatalf("want it refused for what it is, got %+v", e)
				}
			}
			want[locker.UnlockRequested](t, c.give(c.signed("o1", 5, time.Hour)))
			if events := c.give(forged); len(events) > 0 {
				t.Fatalf("want nothing said of an id that was answered, got %s", names(events))
			}
		})
	}
}

func TestAFloodOfForgeriesFillsNoDisk(t *testing.T) {
	c := newCabinet(t)
	c.pass(5 * time.Hour)
	flood := func() (n int) {
		for i := range 500 {
			n += len(c.give(locker.Order{ID: fmt.Sprint("f", i), Refusal: "not signed", Unproven: true}))
		}
		return n
	}
	if n := flood(); n != 100 {
		t.Fatalf("want 100 of them recorded, got %d", n)
	}
	want[locker.OrderAccepted](t, c.give(c.signed("o1", 5, time.Hour)))
	c.now.Up = 0
	c.feed(locker.Started{Version: "test"})
	if n := flood(); n != 0 {
		t.Fatalf("want a restart to be no new beginning, got %d", n)
	}
	c.pass(time.Hour)
	if n := flood(); n != 100 {
		t.Fatalf("want 100 in the next hour, got %d", n)
	}
}

// Whoever kept a signed order cannot give it again, however many came in between: not while it is meant, nor later.
func TestASignedOrderIsNotReplayed(t *testing.T) {
	for _, clock := range []bool{true, false} {
		t.Run(fmt.Sprint("clock known afterwards: ", clock), func(t *testing.T) {
			c := newCabinet(t)
			old := c.signed("old", 5, 24*time.Hour)
			want[locker.UnlockRequested](t, c.give(old))
			c.shut(5)
			long := make([]locker.Order, 1500)
			for i := range long {
				long[i] = c.signed(fmt.Sprint("o", i), 99, time.Hour)
				want[locker.OrderRefused](t, c.give(long[i]))
			}
			c.now.Known = clock
			c.feed(locker.Tick{})
			if events := c.give(old); len(events) > 0 {
				t.Fatalf("want a replay not even answered, got %s", names(events))
			}
			c.now.Known = true
			c.pass(2 * time.Hour) // the others have expired
			for i := range 1500 {
				c.give(c.signed(fmt.Sprint("p", i), 99, time.Minute))
			}
			if n := len(c.state.Orders); n < 1000 || n > 1700 {
				t.Fatalf("want what has expired forgotten, got %d ids", n)
			}
			c.now.Known = clock
			wantNo[locker.UnlockRequested](t, c.give(old))
			wantNo[locker.UnlockRequested](t, c.give(long[0]))

			c.now.Known = true
			c.pass(24 * time.Hour)
			for i := range 3000 {
				c.give(c.signed(fmt.Sprint("q", i), 99, time.Minute))
			}
			if slices.ContainsFunc(c.state.Orders, func(a locker.Answered) bool { return a.ID == "old" }) {
				t.Fatal("want an order that has expired forgotten one day")
			}
			c.now = locker.Now{Wall: time.Unix(0, 0), Up: c.now.Up} // a battery is dead
			if e := want[locker.OrderRefused](t, c.give(old)); e.Why != "expired" {
				t.Fatalf("want the journal to know that it has expired, got %q", e.Why)
			}
		})
	}
}

// No answered order is forgotten to make room for one that comes.
func TestMoreOrdersThanCanBeRemembered(t *testing.T) {
	c := newCabinet(t)
	for i := range 10_000 { // as records alone: deciding each would take long
		c.write([]locker.Event{locker.OrderAccepted{Order: fmt.Sprint("o", i), Expires: c.now.Wall.Add(time.Hour)}})
	}
	o := c.signed("more", 5, 2*time.Hour)
	if e := want[locker.OrderRefused](t, c.give(o)); !e.Unkept {
		t.Fatalf("want it refused and not remembered, got %+v", e)
	}
	c.pass(90 * time.Minute)
	c.scan("badge-ada") // a record tells the journal the time
	want[locker.UnlockRequested](t, c.give(o))
}

// A journal that was restored does not know what it followed since the backup.
func TestOrdersOfBeforeARestoredJournal(t *testing.T) {
	c := newCabinet(t)
	before := c.signed("before", 5, 24*time.Hour)
	c.pass(10 * time.Minute)
	c.write([]locker.Event{locker.EpochBegun{Reason: locker.EpochRestored}})
	c.now.Known = false
	c.feed(locker.Started{Version: "test"})
	block := locker.Order{ID: "b", Cabinet: "test", Issuer: "cloud", Issued: c.now.Wall.Add(5 * time.Minute),
		Expires: c.now.Wall.Add(time.Hour), Block: &locker.BlockOrder{Door: 1, Reason: locker.BlockDirty}}
	if e := want[locker.OrderRefused](t, c.give(block)); !strings.Contains(e.Why, "restored and the clock is not set") {
		t.Fatalf("got %q", e.Why)
	}
	c.now.Known = true
	c.feed(locker.Tick{})
	if e := want[locker.OrderRefused](t, c.give(before)); !strings.Contains(e.Why, "before the journal was restored") {
		t.Fatalf("got %q", e.Why)
	}
	c.pass(2 * time.Minute)
	want[locker.UnlockRequested](t, c.give(c.signed("after", 5, time.Hour)))
}

func TestASnapshotOfBeforeSignedOrders(t *testing.T) {
	s := &locker.State{}
	if err := json.Unmarshal([]byte(`{"orders":["o1",{"id":"o2","until":"2026-11-24T18:00:00Z"}]}`), s); err != nil {
		t.Fatal(err)
	}
	if len(s.Orders) != 2 || s.Orders[0].ID != "o1" || s.Orders[1].ID != "o2" || s.Orders[1].Until.IsZero() {
		t.Fatalf("got %+v", s.Orders)
	}
}
