package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

func TestUnlockOrder(t *testing.T) {
	c := newCabinet(t)
	order := locker.Order{ID: "o1", Kind: "door.unlock", Cabinet: "test", Expires: c.now.Wall.Add(time.Minute),
		Unlock: &locker.UnlockOrder{Door: 5}}
	events := c.feed(locker.OrderReceived{Order: order})
	want[locker.OrderAccepted](t, events)
	if u := want[locker.UnlockRequested](t, events); u.Door != 5 || u.Order != "o1" {
		t.Fatalf("want door 5 by o1, got %+v", u)
	}
	if got := c.feed(locker.OrderReceived{Order: order}); len(got) > 0 {
		t.Fatalf("want an order once, got %s", names(got))
	}
	wantNo[locker.DoorForced](t, c.sense(5, locker.Open))
	c.sense(5, locker.Closed)
	if k := c.holds(5).Kind; k != locker.Doubtful {
		t.Fatalf("want a door that the operator opened doubtful, got %q", k)
	}
}

func TestOrdersThatAreNotFollowed(t *testing.T) {
	soon := time.Date(2026, 11, 24, 18, 30, 0, 0, time.UTC)
	announce := &locker.AnnounceOrder{Tracking: "PARCEL-2"}
	for _, tt := range []struct {
		name  string
		order locker.Order
		clock bool
	}{
		{"refused before the rules", locker.Order{Cabinet: "test", Refusal: "not signed", Announce: announce}, true},
		{"another cabinet", locker.Order{Cabinet: "other", Announce: announce}, true},
		{"nothing to do", locker.Order{Cabinet: "test"}, true},
		{"expired", locker.Order{Cabinet: "test", Expires: soon.Add(-time.Hour), Unlock: &locker.UnlockOrder{Door: 1}}, true},
		{"no expiry", locker.Order{Cabinet: "test", Unlock: &locker.UnlockOrder{Door: 1}}, true},
		{"clock unknown", locker.Order{Cabinet: "test", Expires: soon, Unlock: &locker.UnlockOrder{Door: 1}}, false},
		{"no such door", locker.Order{Cabinet: "test", Expires: soon, Unlock: &locker.UnlockOrder{Door: 99}}, true},
		{"no such size", locker.Order{Cabinet: "test", Announce: &locker.AnnounceOrder{Tracking: "X", Size: "XXL"}}, true},
		{"no number", locker.Order{Cabinet: "test", Announce: &locker.AnnounceOrder{}}, true},
		{"here already", locker.Order{Cabinet: "test", Announce: &locker.AnnounceOrder{Tracking: "PARCEL-1"}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _, _ := stored(t)
			c.now.Known = tt.clock
			tt.order.ID, tt.order.Kind = "o1", "x"
			events := c.feed(locker.OrderReceived{Order: tt.order})
			if e := want[locker.OrderRefused](t, events); e.Why == "" {
				t.Fatal("want a reason")
			}
			wantNo[locker.UnlockRequested](t, events)
			wantNo[locker.ParcelAnnounced](t, events)
		})
	}
}

func TestAnAnnouncementReplacesTheOneBefore(t *testing.T) {
	c := newCabinet(t)
	for _, id := range []string{"o1", "o2"} {
		c.feed(locker.OrderReceived{Order: locker.Order{ID: id, Cabinet: "test",
			Announce: &locker.AnnounceOrder{Tracking: "PARCEL-1", Size: "S", Mask: "•••" + id}}})
	}
	c.scan("badge-ada")
	if e := want[locker.ParcelScanned](t, c.scan("PARCEL-1")); e.Announced != "o2" {
		t.Fatalf("want the newer order, got %q", e.Announced)
	}
	if len(c.state.Announced) != 1 {
		t.Fatalf("want one announcement, got %d", len(c.state.Announced))
	}
}

func TestAnUnlockOrderWaitsForWhoeverUsesTheDoor(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	e := want[locker.OrderRefused](t, c.feed(locker.OrderReceived{Order: locker.Order{ID: "o1", Cabinet: "test",
		Expires: c.now.Wall.Add(time.Minute), Unlock: &locker.UnlockOrder{Door: door}}}))
	if e.Why != "somebody is using the door" {
		t.Fatalf("want it to say why, got %q", e.Why)
	}
}
