package main

import (
	"fmt"
	"testing"
	"time"

	"lockerd/internal/credential"
)

// answered waits for what came of an order.
func (r *rig) answered(id, kind string) (h happened) {
	r.t.Helper()
	r.cloud.await(kind+" of "+id, func(c *cloud) (ok bool) {
		h, ok = c.last(kind, "order", id)
		return ok
	})
	return h
}

// TestAParcelChangesHands, by orders over the broker: it waits longer, is somebody else's, and opens with the code that the operator
// decrypts and with no other, also after a restart; a door is kept for the next one; and a question is answered without the log.
func TestAParcelChangesHands(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	door, old := r.broughtIn("PARCEL-1")
	r.scan("BADGE-ADA")
	r.press("action", "sign_out")

	r.cloud.order("extend", "parcel.extend", map[string]any{"tracking": "PARCEL-1", "by_hours": 48}, "", nil)
	if h := r.answered("extend", "parcel.extended"); h.field("by_ms") != fmt.Sprint(float64(48*3600*1000)) {
		t.Errorf("want two days more, got %s", h.Event)
	}
	r.cloud.order("hand over", "parcel.new_recipient", map[string]any{"tracking": "PARCEL-1"}, r.public, map[string]string{"phone": "+4915187654321"})
	changed := r.answered("hand over", "parcel.recipient_changed")
	code := changed.personal["code"]
	if changed.personal["phone"] != "+4915187654321" || len(code) != 8 || code == old {
		t.Fatalf("want another phone and another code for the operator, got %d and %d characters", len(changed.personal["phone"]), len(code))
	}
	r.kill()
	r.start()
	r.ready()
	pulses := r.pulses()
	r.scan("LD1:" + old)
	r.cloud.await("the old code refused", func(c *cloud) bool { _, ok := c.last("code.refused", "why", "replaced_code"); return ok })
	if r.pulses() != pulses {
		t.Fatal("a lock was pulsed for the old code")
	}
	r.cloud.order("status", "parcel.status", map[string]any{"tracking": "PARCEL-1"}, "", nil)
	if h := r.answered("status", "parcel.status"); h.field("status") != "waiting" || h.field("code") != "opens" || h.field("recipients") != "1" {
		t.Errorf("want it to wait for its second recipient, got %s", h.Event)
	}
	r.cloud.order("book", "doors.book", map[string]any{"size": "S", "count": 1, "company": "Nobody's", "until": time.Now().Add(time.Hour).UTC()}, "", nil)
	r.answered("book", "doors.booked")
	r.cloud.order("unbook", "doors.unbook", map[string]any{"booking": "book"}, "", nil)
	r.answered("unbook", "doors.unbooked")

	r.scan("LD1:" + code)
	r.push(door)
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	r.cloud.complete()
	r.matched()
}

// TestAKeyFromAfar: another key gives orders at once and after a restart, and no more once it is removed.
func TestAKeyFromAfar(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	daily := newSigner("daily", 3)
	by := func(signer *credential.Signer, id string) {
		r.cloud.publish(r.cloud.sign(signer, fmt.Appendf(nil, `{"id":%q,"cabinet":"rig","kind":"parcel.status","issued":%q,"expires":%q,"body":{"tracking":"X"}}`,
			id, time.Now().UTC().Format(time.RFC3339), time.Now().Add(time.Hour).UTC().Format(time.RFC3339))))
	}
	by(daily, "too early")
	if h := r.answered("too early", "order.refused"); h.field("code") != "unknown_key" {
		t.Fatalf("want a stranger's refused, got %s", h.Event)
	}
	key := daily.Issuer().Key
	r.cloud.order("put", "issuer.put", map[string]any{"issuer": "daily", "key": key, "signs": []string{"orders"}}, "", nil)
	r.answered("put", "issuer.put")
	by(daily, "at once")
	r.answered("at once", "parcel.status")
	r.kill()
	r.start()
	by(daily, "after a restart")
	r.answered("after a restart", "parcel.status")
	r.cloud.order("example", "issuer.put", map[string]any{"issuer": "ex", "key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "signs": []string{"orders"}}, "", nil)
	if h := r.answered("example", "order.refused"); h.field("code") != "malformed" {
		t.Errorf("want an example's key refused, got %s", h.Event)
	}
	r.cloud.order("last", "issuer.remove", map[string]any{"issuer": "daily"}, "", nil)
	r.answered("last", "issuer.removed")
	by(daily, "too late")
	if h := r.answered("too late", "order.refused"); h.field("code") != "unknown_key" {
		t.Errorf("want it refused, got %s", h.Event)
	}
	r.cloud.order("itself", "issuer.remove", map[string]any{"issuer": "cloud"}, "", nil)
	if h := r.answered("itself", "order.refused"); h.field("code") != "last_key" {
		t.Errorf("want the last key kept, got %s", h.Event)
	}
}
