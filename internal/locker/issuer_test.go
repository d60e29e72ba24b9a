package locker_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// signs lets a key sign an order.
func (c *cabinet) signs(key string, o locker.Order) []locker.Event {
	c.t.Helper()
	c.codes++
	o.ID, o.Cabinet = fmt.Sprint("i-", c.codes), "test"
	o.Issuer, o.Issued, o.Expires = key, c.now.Wall, c.now.Wall.Add(time.Hour)
	return c.give(o)
}

func put(id string, signs ...string) locker.Order {
	return locker.Order{IssuerPut: &locker.Issuer{ID: id, Key: "key of " + id, Signs: signs}}
}

func remove(id string) locker.Order {
	return locker.Order{IssuerRemove: &locker.IssuerRemoveOrder{ID: id}}
}

func (c *cabinet) trusted() (ids []string) {
	for _, i := range c.state.Trusted() {
		ids = append(ids, i.ID)
	}
	slices.Sort(ids)
	return ids
}

// TestAKeyIsPutAndRemoved: it counts at once and after a restart, until it is removed.
func TestAKeyIsPutAndRemoved(t *testing.T) {
	c := newCabinet(t)
	status := locker.Order{Status: &locker.StatusOrder{Tracking: "A"}}
	if e := want[locker.OrderRefused](t, c.signs("daily", status)); !e.Unkept {
		t.Fatalf("want a stranger's key to use up nothing, got %+v", e)
	}
	e := want[locker.IssuerPut](t, c.signs("cloud", put("daily", locker.SignsOrders)))
	if e.ID != "daily" || e.Key != "key of daily" || e.Order == "" {
		t.Fatalf("want it put, got %+v", e)
	}
	want[locker.ParcelStatus](t, c.signs("daily", status))
	c.restart()
	want[locker.ParcelStatus](t, c.signs("daily", status))
	if ids := c.trusted(); !slices.Equal(ids, []string{"cloud", "daily"}) {
		t.Fatalf("want both, got %q", ids)
	}
	want[locker.IssuerRemoved](t, c.signs("daily", remove("daily")))
	c.restart()
	want[locker.OrderRefused](t, c.signs("daily", status))
	want[locker.ParcelStatus](t, c.signs("cloud", status))
	c.orderRefused(c.signs("cloud", remove("daily")), "no such key")
}

// TestSomebodyAlwaysGivesOrders: no order leaves the cabinet without a key that signs orders and does not end.
func TestSomebodyAlwaysGivesOrders(t *testing.T) {
	c := newCabinet(t)
	c.orderRefused(c.signs("cloud", remove("cloud")), "no key without an end")
	c.orderRefused(c.signs("cloud", locker.Order{IssuerPut: &locker.Issuer{ID: "cloud", Key: "AAAA", Signs: []string{locker.SignsTokens}}}), "no key without an end")
	c.orderRefused(c.signs("cloud", locker.Order{IssuerPut: &locker.Issuer{ID: "cloud", Key: "AAAA", Signs: []string{locker.SignsOrders},
		Until: c.now.Wall.Add(time.Hour)}}), "no key without an end")
	want[locker.IssuerPut](t, c.signs("cloud", put("tokens", locker.SignsTokens)))
	c.orderRefused(c.signs("cloud", remove("cloud")), "no key without an end")
	short := put("short", locker.SignsOrders)
	short.IssuerPut.Until = c.now.Wall.Add(time.Hour)
	want[locker.IssuerPut](t, c.signs("cloud", short))
	c.orderRefused(c.signs("cloud", remove("cloud")), "no key without an end")
	want[locker.IssuerPut](t, c.signs("cloud", put("next", locker.SignsOrders)))
	want[locker.IssuerRemoved](t, c.signs("cloud", remove("cloud")))
	if ids := c.trusted(); !slices.Equal(ids, []string{"next", "short", "tokens"}) {
		t.Fatalf("want the others, got %q", ids)
	}
	c.restart()
	c.orderRefused(c.signs("next", put("cloud", locker.SignsOrders)), "configuration alone")
}

// TestAStolenKeyIsTakenAway: whoever steals a key that was put by order cannot shut the configuration's out.
func TestAStolenKeyIsTakenAway(t *testing.T) {
	c := newCabinet(t)
	want[locker.IssuerPut](t, c.signs("cloud", put("daily", locker.SignsOrders)))
	want[locker.IssuerPut](t, c.signs("daily", put("thief", locker.SignsOrders)))
	for _, thief := range []string{"daily", "thief"} {
		c.orderRefused(c.signs(thief, remove("cloud")), "configuration alone")
		c.orderRefused(c.signs(thief, put("cloud", locker.SignsTokens)), "configuration alone")
	}
	c.orderRefused(c.signs("cloud", put("cloud", locker.SignsOrders)), "another key has that id")
	other := put("daily", locker.SignsOrders)
	other.IssuerPut.Key = "the thief's"
	c.orderRefused(c.signs("thief", other), "another key has that id")
	for _, id := range []string{"daily", "thief"} {
		want[locker.IssuerRemoved](t, c.signs("cloud", remove(id)))
	}
	want[locker.OrderRefused](t, c.signs("thief", put("again", locker.SignsOrders)))
	if ids := c.trusted(); !slices.Equal(ids, []string{"cloud"}) {
		t.Fatalf("want the configuration's alone, got %q", ids)
	}
}

// TestAKeyEnds when its time is over, as far as the time is known; and there are only so many.
func TestAKeyEnds(t *testing.T) {
	c := newCabinet(t)
	o := put("short", locker.SignsOrders)
	o.IssuerPut.Until = c.now.Wall.Add(2 * time.Hour)
	want[locker.IssuerPut](t, c.signs("cloud", o))
	c.wait(2*time.Hour - time.Minute)
	want[locker.OrderAccepted](t, c.signs("short", locker.Order{Status: &locker.StatusOrder{Tracking: "A"}}))
	if e := want[locker.IssuerRemoved](t, c.wait(2*time.Minute)); e.Issuer != "short" || e.Why != locker.RemovedOver {
		t.Fatalf("want it ended, got %+v", e)
	}
	want[locker.OrderRefused](t, c.signs("short", locker.Order{Status: &locker.StatusOrder{Tracking: "A"}}))
	c.orderRefused(c.signs("cloud", o), "end at once")
	for i := range 16 {
		want[locker.IssuerPut](t, c.signs("cloud", put(fmt.Sprint("k", i), locker.SignsTokens)))
	}
	c.orderRefused(c.signs("cloud", put("k16", locker.SignsTokens)), "16 were")
	want[locker.IssuerPut](t, c.signs("cloud", put("k15", locker.SignsAcks))) // changes one
}

// TestKeysAreChangedBySignedOrdersAlone, also where others are followed unsigned.
func TestKeysAreChangedBySignedOrdersAlone(t *testing.T) {
	c := newCabinet(t)
	c.orderRefused(c.order(put("daily", locker.SignsOrders)), "not signed")
	want[locker.IssuerPut](t, c.signs("cloud", put("daily", locker.SignsOrders)))
	c.orderRefused(c.order(remove("daily")), "not signed")
}

// TestARemovedKeyMovesNoClock: what was verified before its key was removed is no witness of the time.
func TestARemovedKeyMovesNoClock(t *testing.T) {
	c := newCabinet(t)
	before := c.state.Signed
	c.now.Wall = c.now.Wall.Add(30 * time.Minute)
	c.signs("nobody", locker.Order{Status: &locker.StatusOrder{Tracking: "A"}})
	if c.state.Signed != before || c.state.Trust(c.now).Known {
		t.Fatalf("want the jump doubted, got %+v", c.state.Timekeeping)
	}
}
