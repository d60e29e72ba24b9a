package locker_test

import (
	"fmt"
	"reflect"
	"strings"
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

func TestCancelOrder(t *testing.T) {
	c, door, code := stored(t)
	cancel := func(id, tracking string) []locker.Event {
		return c.feed(locker.OrderReceived{Order: locker.Order{ID: id, Cabinet: "test",
			Cancel: &locker.CancelOrder{Tracking: tracking}}})
	}
	want[locker.OrderRefused](t, cancel("o1", "NOT-HERE"))
	want[locker.ParcelCancelled](t, cancel("o2", "PARCEL-1"))
	wantNo[locker.UnlockRequested](t, c.scan(code))
	if k := c.holds(door).Kind; k != locker.Occupied {
		t.Fatalf("want the parcel to stay for the operator, got %q", k)
	}
	c.feed(locker.OrderReceived{Order: locker.Order{ID: "o3", Cabinet: "test",
		Announce: &locker.AnnounceOrder{Tracking: "P"}}})
	want[locker.AnnouncementDropped](t, cancel("o4", "P"))
}

func TestBlockOrders(t *testing.T) {
	c := newCabinet(t)
	order := func(id string, o locker.Order) []locker.Event {
		o.ID, o.Cabinet = id, "test"
		return c.feed(locker.OrderReceived{Order: o})
	}
	want[locker.OrderRefused](t, order("o1", locker.Order{Block: &locker.BlockOrder{Door: 1, Reason: "whim"}}))
	want[locker.OrderRefused](t, order("o2", locker.Order{Block: &locker.BlockOrder{Door: 99, Reason: locker.BlockDirty}}))
	want[locker.OrderRefused](t, order("o3", locker.Order{Unblock: &locker.UnblockOrder{Door: 1}}))
	want[locker.DoorBlocked](t, order("o4", locker.Order{Block: &locker.BlockOrder{Door: 1, Reason: locker.BlockDirty}}))
	c.scan("badge-ada")
	c.scan("P")
	c.phone()
	if u := want[locker.UnlockRequested](t, c.size("S")); u.Door != 2 {
		t.Fatalf("want the door that is not set aside, got %d", u.Door)
	}
	want[locker.DoorUnblocked](t, order("o5", locker.Order{Unblock: &locker.UnblockOrder{Door: 1}}))
}

func TestCourierOrders(t *testing.T) {
	c := newCabinet(t)
	order := func(id string, o locker.Order) []locker.Event {
		o.ID, o.Cabinet = id, "test"
		return c.feed(locker.OrderReceived{Order: o})
	}
	put := locker.Courier{ID: "eve", Name: "Eve", Company: "New Parcel", Badge: hash("badge-eve"), BadgeCharacters: 12}
	want[locker.CourierPut](t, order("o1", locker.Order{CourierPut: &put}))
	c.scan("badge-eve")
	if v := c.view(); v.Courier != "Eve" {
		t.Fatalf("want Eve signed in, got %q", v.Courier)
	}
	want[locker.SessionEnded](t, order("o2", locker.Order{CourierRemove: &locker.CourierRemoveOrder{ID: "eve"}}))
	wantNo[locker.CourierSignedIn](t, c.scan("badge-eve"))

	want[locker.CourierRemoved](t, order("o3", locker.Order{CourierRemove: &locker.CourierRemoveOrder{ID: "ada"}}))
	wantNo[locker.CourierSignedIn](t, c.scan("badge-ada")) // though the configuration has her
	stolen := locker.Courier{ID: "mallory", Badge: hash("badge-bob")}
	want[locker.OrderRefused](t, order("o4", locker.Order{CourierPut: &stolen}))
	want[locker.OrderRefused](t, order("o5", locker.Order{CourierRemove: &locker.CourierRemoveOrder{ID: "nobody"}}))
}

func TestResendOrder(t *testing.T) {
	c := newCabinet(t)
	e := want[locker.ResendAsked](t, c.feed(locker.OrderReceived{Order: locker.Order{ID: "o1", Cabinet: "test",
		Resend: &locker.ResendOrder{After: 3}}}))
	if e.After != 3 {
		t.Fatalf("want everything after 3, got %d", e.After)
	}
	want[locker.OrderRefused](t, c.feed(locker.OrderReceived{Order: locker.Order{ID: "o2", Cabinet: "test",
		Resend: &locker.ResendOrder{After: 3_000_000}}}))
}

func TestRevokeOrder(t *testing.T) {
	c := newCabinet(t)
	n := 0
	revoke := func(until time.Time, ids ...string) []locker.Event {
		n++
		return c.feed(locker.OrderReceived{Order: locker.Order{ID: fmt.Sprint("r", n), Cabinet: "test",
			Revoke: &locker.RevokeOrder{IDs: ids, Until: until}}})
	}
	soon, late := c.now.Wall.Add(time.Hour), c.now.Wall.Add(24*time.Hour)
	want[locker.OrderRefused](t, revoke(soon))
	want[locker.OrderRefused](t, revoke(time.Time{}, "t1"))
	want[locker.OrderRefused](t, revoke(c.now.Wall.Add(-time.Hour), "t1"))

	want[locker.TokensRevoked](t, revoke(late, "t1"))
	want[locker.TokensRevoked](t, revoke(soon, "t1", "t2", "t2"))
	list := []locker.RevokedToken{{ID: "t1", Until: late}, {ID: "t2", Until: soon}}
	if !reflect.DeepEqual(c.state.Revoked, list) {
		t.Fatalf("want each once, until its later end, got %+v", c.state.Revoked)
	}
	c.wait(2 * time.Hour)
	c.scan("badge-ada") // a record with the time: t2 has ended by itself
	want[locker.TokensRevoked](t, revoke(late, "t3"))
	list[1] = locker.RevokedToken{ID: "t3", Until: late}
	if !reflect.DeepEqual(c.state.Revoked, list) {
		t.Fatalf("want what has ended forgotten, got %+v", c.state.Revoked)
	}

	many := make([]string, 999)
	for i := range many {
		many[i] = fmt.Sprint("m", i)
	}
	if e := want[locker.OrderRefused](t, revoke(late, many...)); !strings.Contains(e.Why, "more tokens") {
		t.Fatalf("want none forgotten for others, got %q", e.Why)
	}
	want[locker.TokensRevoked](t, revoke(late, many[:998]...))
}

func TestALowDoorForWhoNeedsOne(t *testing.T) {
	c := newCabinet(t)
	c.feed(locker.OrderReceived{Order: locker.Order{ID: "o1", Cabinet: "test",
		Announce: &locker.AnnounceOrder{Tracking: "P", Size: "S", Mask: "•••89", Low: true}}})
	c.scan("badge-ada")
	if u := want[locker.UnlockRequested](t, c.scan("P")); u.Door != 3 {
		t.Fatalf("want the low door 3, got %d", u.Door)
	}
}

func TestTheHandToolOpensADoor(t *testing.T) {
	c, door, code := stored(t)
	u := want[locker.UnlockRequested](t, c.feed(locker.OpenAsked{Door: 5, By: "Ada"}))
	if u.Door != 5 || u.Why != locker.WhyTech || u.By != "Ada" {
		t.Fatalf("want door 5 for Ada, got %+v", u)
	}
	for _, tt := range []struct {
		door int
		why  string
	}{{5, "the door is just being opened"}, {99, "no such door"}, {door, "somebody is using the door"}} {
		if tt.door == door {
			c.scan(code)
			c.sense(door, locker.Open)
		}
		events := c.feed(locker.OpenAsked{Door: tt.door, By: "Ada"})
		wantNo[locker.UnlockRequested](t, events)
		if e := want[locker.UnlockRefused](t, events); e.Why != tt.why || e.By != "Ada" {
			t.Fatalf("want %q, got %+v", tt.why, e)
		}
	}
	c.sense(5, locker.Open)
	if k := c.holds(5).Kind; k != locker.Doubtful {
		t.Fatalf("want a door that somebody opened doubtful, got %q", k)
	}
}
