package controller_test

import (
	"reflect"
	"testing"
	"testing/synctest"

	"lockerd/internal/locker"
)

// TestARestartAsksOfEachOpenCharge, also of one that an earlier restart has asked of; none tells an amount again.
func TestARestartAsksOfEachOpenCharge(t *testing.T) {
	begun := locker.ChargeBegun{Session: "s-1", Parcel: "p-1", Door: 1, Charge: "c-00112233-3", Amount: 250, Currency: "EUR", Language: "en"}
	m := &memory{records: []locker.Record{{Epoch: "0011223344556677", Seq: 1, Event: locker.EpochBegun{Reason: locker.EpochNew}},
		{Epoch: "0011223344556677", Seq: 2, Event: begun}}}
	asked := func(why string) locker.ChargeUncertain {
		return locker.ChargeUncertain{Charge: begun.Charge, Parcel: "p-1", Door: 1, Amount: 250, Currency: "EUR", Why: why}
	}
	for n, want := range [][]locker.Event{{asked("restart"), asked("")}, {asked("")}, {asked("")}} {
		synctest.Test(t, func(t *testing.T) {
			if _, e := start(t, m); !reflect.DeepEqual(e.carried, want) {
				t.Errorf("restart %d: want it asked %+v, got %+v", n+1, want, e.carried)
			}
		})
	}
}
