package main

import (
	"strings"
	"testing"
)

// TestScansOfALabel: a parcel is announced by the number on paper and scanned by its bars; a route is answered with the
// wish for another barcode; a code behind an AIM identifier opens its parcel's door and is nowhere taken for a parcel.
func TestScansOfALabel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	const parcel, told = "1Z999AA10123456784", "1z 999 aa1 01 2345 6784"
	r.announce(told, "S")
	r.scan("]C0BADGE-ADA")
	r.cloud.await("Ada signed in", func(c *cloud) bool { return c.count("courier.signed_in") == 1 })
	r.scan("]C1420902109")
	r.scan("]C0" + parcel)
	door := r.given(parcel)
	r.push(door)
	r.scan("]C0OTHER-PARCEL")
	code := r.code(parcel)
	r.scan("]Q1LD1:" + code)
	r.push(door)
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	for _, h := range r.cloud.all() {
		if n := h.field("tracking"); strings.Contains(n, code) || strings.HasPrefix(n, "420") {
			t.Errorf("%s is of the parcel %q", h.Kind, n)
		}
	}
}
