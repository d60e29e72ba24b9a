package main

import "testing"

// TestADoorIsRented, over the broker: the operator decrypts the renter's code, which opens a door; after a power cut it opens the same one, and so
// does the code of somebody who shares it, until that is taken away; the renter ends it, and the code opens nothing more.
func TestADoorIsRented(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	r.cloud.order("rent", "parcel.announce", map[string]any{"tracking": "LUGGAGE-1", "from": "renter", "hours": 24, "size": "S", "company": "Example Parcel"}, "", nil)
	code := r.answered("rent", "parcel.announced").personal["code"]
	if len(code) != 8 {
		t.Fatalf("want a code for the operator, got %d characters", len(code))
	}
	r.scan("LD1:" + code)
	door := r.given("LUGGAGE-1")
	r.push(door)
	r.press("action", "done")
	r.cloud.await("something lies there", func(c *cloud) bool { return c.count("parcel.kept") == 1 })
	r.kill()
	r.start()
	r.ready()
	r.cloud.order("share", "parcel.share", map[string]any{"tracking": "LUGGAGE-1", "sharer": "ben"}, "", nil)
	bens := r.answered("share", "parcel.shared").personal["code"]
	if len(bens) != 8 || bens == code {
		t.Fatalf("want another code for who shares it, got %d characters", len(bens))
	}
	visits := 1
	visit := func(code string) {
		t.Helper()
		r.scan("LD1:" + code)
		visits++
		r.cloud.await("opened", func(c *cloud) bool { return c.count("parcel.opened") == visits-1 })
		r.push(door)
		r.cloud.await("kept", func(c *cloud) bool { return c.count("parcel.kept") == visits })
		r.asked("keep")
	}
	visit(bens)
	r.finish()
	visit(code)
	r.finish()
	r.cloud.order("unshare", "parcel.unshare", map[string]any{"tracking": "LUGGAGE-1", "sharer": "ben"}, "", nil)
	r.answered("unshare", "parcel.unshared")
	refused := func(code string) {
		t.Helper()
		pulses, before := r.pulses(), 0
		r.cloud.await("a look", func(c *cloud) bool { before = c.count("code.refused"); return true })
		r.scan("LD1:" + code)
		r.cloud.await("the code refused", func(c *cloud) bool { return c.count("code.refused") == before+1 })
		if r.pulses() != pulses {
			t.Fatal("a lock was pulsed for a code that is dead")
		}
	}
	refused(bens)
	visit(code)
	emptied := r.cloud.emptied(door)
	r.press("action", "empty")
	r.cloud.await("ended", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	r.finish()
	r.cloud.await("the door is proven empty", func(c *cloud) bool { return c.emptied(door) > emptied }) // until then the code opens it again
	refused(code)
	r.cloud.complete()
	r.matched()
}
