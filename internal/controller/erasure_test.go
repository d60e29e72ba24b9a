package controller_test

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/locker"
)

// TestAnErasureGoesOnAfterARestart: it is handed over once it is recorded, and at every start until it is done.
func TestAnErasureGoesOnAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		c, e := start(t, m)
		erasure := locker.Erasure{Order: "o1", Courier: "eve"}
		if err := c.Do(t.Context(), locker.OrderReceived{Order: locker.Order{ID: "o1", Cabinet: "test",
			Erase: &locker.Erasure{Courier: "eve"}}}); err != nil {
			t.Fatal(err)
		}
		want := []locker.Erasure{erasure}
		if !reflect.DeepEqual(want, e.erased) {
			t.Errorf("want %v, got %v", want, e.erased)
		}
		c, e = start(t, m)
		if wait(time.Second); !reflect.DeepEqual(want, e.erased) {
			t.Errorf("after a restart: want %v, got %v", want, e.erased)
		}
		if err := c.Do(t.Context(), locker.Erased{Order: "o1"}); err != nil {
			t.Fatal(err)
		}
		_, e = start(t, m)
		if wait(time.Second); e.erased != nil {
			t.Errorf("once it is done: want nothing, got %v", e.erased)
		}
	})
}
