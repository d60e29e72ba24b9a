package desk_test

import (
	"testing"

	"lockerd/internal/desk"
	"lockerd/internal/locker"
)

// TestWhatACourierLooksAtAgain: its recipient is told where it lies now, or that it is not there.
func TestWhatACourierLooksAtAgain(t *testing.T) {
	s := &story{t: t}
	s.record(locker.ParcelStored{Parcel: "p1", Tracking: "T1", Door: 7, Size: "S"})
	s.record(locker.ParcelInHand{Parcel: "p1", Tracking: "T1", Door: 7}).is(desk.Waiting)
	s.record(locker.ParcelStoredAgain{Parcel: "p1", Tracking: "T1", Door: 7, Size: "S"}).is(desk.Waiting)
	s.record(locker.ParcelStoredAgain{Parcel: "p1", Tracking: "T1", Door: 9, Size: "M"}).is(desk.Waiting, desk.ToldStored)
	if p := s.known.Parcel; p.Door != 9 || p.Size != "M" || p.Code == "" {
		t.Errorf("want it behind door 9 with its code, got %+v", p)
	}
	s.record(locker.ParcelWithdrawn{Parcel: "p1", Tracking: "T1", Door: 9}).is(desk.Withdrawn, desk.ToldWithdrawn)
	p := *s.known.Parcel
	if p.Status.Lies() || p.Ended.IsZero() || !desk.ToldStored.Moot(p) || desk.ToldWithdrawn.Moot(p) {
		t.Errorf("want it gone, and a late notice to say so, got %+v", p)
	}
}
