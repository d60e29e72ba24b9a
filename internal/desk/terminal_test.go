package desk_test

import (
	"strings"
	"testing"

	"lockerd/internal/desk"
	"lockerd/internal/locker"
)

// TestAPaymentAtTheTerminal: what nobody knows is an alarm, and known once the cabinet says what came of it.
func TestAPaymentAtTheTerminal(t *testing.T) {
	due := &locker.Terms{Currency: "EUR", Due: 250}
	uncertain := locker.ChargeUncertain{Charge: "c-1-7", Parcel: "p1", Door: 7, Amount: 250, Currency: "EUR", Why: "lost"}
	for name, tt := range map[string]struct {
		then    locker.Event
		unclear string
		paid    int64
	}{
		"it was paid":            {locker.FeePaid{Charge: "c-1-7", Receipt: "T1", Parcel: "p1", Reference: "c-1-7", Amount: 250, Currency: "EUR"}, "", 250},
		"it was not":             {locker.ChargeFailed{Charge: "c-1-7", Parcel: "p1", Door: 7, Why: locker.ChargeCancelled}, "", 0},
		"another was not":        {locker.ChargeFailed{Charge: "c-1-3", Parcel: "p1", Door: 7, Why: locker.ChargeCancelled}, "c-1-7", 0},
		"money by another way":   {locker.FeePaid{Parcel: "p1", Order: "o2", Reference: "r1", Amount: 250, Currency: "EUR"}, "c-1-7", 250},
		"a cabinet's false word": {locker.FeePaid{Charge: "c-1-7", Receipt: "a\nb", Parcel: "p1", Reference: "c-1-7", Amount: 250, Currency: "EUR"}, "c-1-7", 0},
	} {
		s := costs(t, due).record(uncertain)
		if s.alarm == nil || s.alarm.Kind != "fee.uncertain" || !strings.HasSuffix(s.alarm.What, "c-1-7") || s.known.Parcel.Fee.Unclear != "c-1-7" {
			t.Fatalf("want somebody to look, got %+v, %+v", s.alarm, s.known.Parcel.Fee)
		}
		s.record(tt.then)
		if f := s.known.Parcel.Fee; f.Unclear != tt.unclear || f.PaidSum() != tt.paid {
			t.Errorf("%s: want %q unclear and %d paid, got %+v", name, tt.unclear, tt.paid, f)
		}
	}
	s := costs(t, due)
	if o := desk.Follow(s.known, desk.Record{Event: locker.FeePaid{Charge: "c-1-7", Receipt: "T1", Parcel: "p1", Reference: "c-1-7", Amount: 250, Currency: "EUR"}}); o.Payment == nil ||
		o.Payment.Receipt != "T1" || o.Payment.Order != "" {
		t.Errorf("want a payment with its receipt, got %+v", o.Payment)
	}
}
