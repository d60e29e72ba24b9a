package controller_test

import (
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/locker"
)

// TestTrustIsPublished: whose signatures count is told at a start, and once a key is put or removed, after it was recorded.
func TestTrustIsPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		do := func(id string, o locker.Order) {
			t.Helper()
			o.ID, o.Cabinet, o.Issuer, o.Issued, o.Expires = id, "test", "cloud", time.Now(), time.Now().Add(time.Hour)
			if err := c.Do(t.Context(), locker.OrderReceived{Order: o}); err != nil {
				t.Fatal(err)
			}
		}
		told := func(want ...string) {
			t.Helper()
			var is []string
			for _, i := range e.trusted[len(e.trusted)-1] {
				is = append(is, i.ID)
			}
			if len(is) != len(want) || is[0] != want[0] || is[len(is)-1] != want[len(want)-1] {
				t.Fatalf("want %q told, got %q", want, is)
			}
		}
		told("cloud")
		do("o1", locker.Order{IssuerPut: &locker.Issuer{ID: "daily", Key: "BBBB", Signs: []string{locker.SignsOrders}}})
		told("daily", "cloud")
		do("o2", locker.Order{Status: &locker.StatusOrder{Tracking: "A"}})
		if len(e.trusted) != 2 {
			t.Fatalf("want nothing told where nothing has changed, got %d", len(e.trusted))
		}
		_, again := start(t, m)
		e = again
		told("daily", "cloud")
	})
}
