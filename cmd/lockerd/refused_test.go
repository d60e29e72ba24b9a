package main

import (
	"fmt"
	"testing"
)

// doesNotWant has the recipient before their open door say so: what follows is on disk, and at the operator's.
func (r *rig) doesNotWant() {
	r.t.Helper()
	begun := r.cloud.count("refusal.begun")
	eventually(r.t, "they do not want it", func() bool { // a touch of a screen that has just changed counts for nothing
		for _, action := range []string{"wrong", "refuse", "goods_damaged"} {
			r.press("action", action)
		}
		return r.cloud.count("refusal.begun") > begun
	})
}

// TestRefusedAndPutBack, over the broker: lockerd is killed while a parcel is put back, and its door is pushed shut in the dark. It is believed
// to be there, the code is dead, and nothing is unlocked by the start. The operator gives it to its recipient once more, who puts it back with
// the power on; a courier takes it back.
func TestRefusedAndPutBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	door, code := r.broughtIn("PARCEL-1")
	r.scan("BADGE-ADA")
	r.press("action", "sign_out")

	r.showsUntilOpen(code, door)
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	r.doesNotWant()
	r.kill()
	r.lock(door).push()
	pulses := r.pulses()
	r.start()
	r.ready()
	r.cloud.await("refused, and nobody saw it shut", func(c *cloud) bool {
		h, ok := c.last("parcel.refused", "tracking", "PARCEL-1")
		return ok && h.field("unsure") == "true" && h.field("reason") == "goods_damaged" && h.field("door") == fmt.Sprint(door)
	})
	r.scan("LD1:" + code)
	r.cloud.await("the code refused", func(c *cloud) bool { _, ok := c.last("code.refused", "why", "refused_code"); return ok })
	if r.pulses() != pulses {
		t.Fatal("a lock was pulsed by the start, or for a code that is dead")
	}

	r.cloud.order("again", "parcel.new_code", map[string]any{"tracking": "PARCEL-1"}, "", nil)
	fresh := r.answered("again", "parcel.code_changed").personal["code"]
	if fresh == "" || fresh == code {
		t.Fatalf("want another code for the operator, got %d characters", len(fresh))
	}
	r.showsUntilOpen(fresh, door)
	r.cloud.await("collected once more", func(c *cloud) bool { return c.count("parcel.collected") == 2 })
	r.doesNotWant()
	r.push(door)
	r.cloud.await("refused for certain", func(c *cloud) bool { return c.count("parcel.refused") == 2 })
	if h, _ := r.cloud.last("parcel.refused", "tracking", "PARCEL-1"); h.field("unsure") == "true" {
		t.Errorf("want it certain where its door was seen to fall shut, got %s", h.Event)
	}
	r.finish()

	emptied, came := r.cloud.count("door.emptied"), r.cloud.count("courier.signed_in")
	r.scan("BADGE-ADA")
	r.cloud.await("the courier", func(c *cloud) bool { return c.count("courier.signed_in") > came })
	r.press("action", "recall")
	r.asked("recall")
	r.press("action", "recall_open")
	r.push(door)
	r.asked("look")
	r.press("action", "empty")
	r.cloud.await("taken back, and the door proven empty", func(c *cloud) bool {
		_, ok := c.last("parcel.recalled", "courier", "ada")
		return ok && c.count("door.emptied") == emptied+1
	})
	r.cloud.complete()
	r.matched()
}
