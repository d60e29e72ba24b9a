package main

import (
	"fmt"
	"strconv"
	"testing"
)

// TestOrdersAtOnce: as many orders at once as there are doors, on one supply as it comes from the factory. All open, in their
// order, and each is told how long it waits.
func TestOrdersAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.setting("[rules]\nbreaker_doors = 6\n")
	r.commission()
	for _, d := range rigDoors {
		r.cloud.order(fmt.Sprint("open-", d[0]), "door.unlock", map[string]any{"door": d[0]}, "", nil)
	}
	for _, d := range rigDoors {
		r.cloud.await("opened", func(c *cloud) bool { return c.doorIs(d[0], "door.opened") })
	}
	if n := r.pulses(); n != len(rigDoors) {
		t.Errorf("want %d pulses, got %d", len(rigDoors), n)
	}
	opened, waits := 0, 0
	for _, h := range r.journal() {
		switch h.Kind {
		case "door.opened":
			if opened++; h.field("door") != strconv.Itoa(opened) {
				t.Errorf("want door %d opened next, got %s", opened, h.field("door"))
			}
		case "unlock.requested":
			if _, err := strconv.Atoi(h.field("waits_ms")); err == nil {
				waits++
			}
		}
	}
	if waits != len(rigDoors)-1 {
		t.Errorf("want all but the first told how long they wait, got %d", waits)
	}
}
