package main

import "testing"

// TestAReturnWithoutALabel, over the broker: the operator decrypts the sender's code, which opens an empty door, also after a restart; a
// courier put by order collects what is in it; and the code opens nothing more.
func TestAReturnWithoutALabel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	r.cloud.order("return", "parcel.announce", map[string]any{"tracking": "RETURN-1", "from": "sender", "size": "S", "company": "Example Parcel"}, "", nil)
	code := r.answered("return", "parcel.announced").personal["code"]
	if len(code) != 8 {
		t.Fatalf("want a code for the operator, got %d characters", len(code))
	}
	r.cloud.order("collector", "courier.put", map[string]any{"courier": "col", "company": "Example Parcel", "rights": []string{"collect"}}, r.public,
		map[string]string{"name": "Col", "badge": "K7Q2XW9MTB4N"})
	r.answered("collector", "courier.put")
	r.kill()
	r.start()
	r.ready()
	r.scan("LD1:" + code)
	door := r.given("RETURN-1")
	r.push(door)
	r.press("action", "done")
	r.cloud.await("sent", func(c *cloud) bool { return c.count("parcel.sent") == 1 })
	r.finish()
	pulses := r.pulses()
	r.scan("LD1:" + code)
	r.cloud.await("the code refused", func(c *cloud) bool { _, ok := c.last("code.refused", "why", "sent_code"); return ok })
	if r.pulses() != pulses {
		t.Fatal("a lock was pulsed for a code that is spent")
	}
	r.scan("K7Q2XW9MTB4N")
	r.cloud.await("the courier", func(c *cloud) bool { _, ok := c.last("courier.signed_in", "courier", "col"); return ok })
	r.press("action", "recall")
	r.asked("recall")
	r.press("action", "recall_open")
	r.push(door)
	r.asked("look")
	r.press("action", "empty")
	r.cloud.await("collected", func(c *cloud) bool {
		_, ok := c.last("parcel.dispatched", "courier", "col")
		return ok && c.count("door.emptied") > 0
	})
	r.cloud.complete()
	r.matched()
}
