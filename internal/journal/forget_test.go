package journal_test

import (
	"errors"
	"slices"
	"testing"

	"lockerd/internal/locker"
)

// TestForgetTheRecipientBefore: once the cloud has the record that a parcel is somebody else's, what is personal of the one before is
// gone, and the new one's is there until the parcel has ended.
func TestForgetTheRecipientBefore(t *testing.T) {
	j := open(t, config(t))
	p := stored("").Personal
	add(t, j, at(0), stored("p1"), // record 2
		locker.ParcelCodeChanged{Parcel: "p1", Personal: p},
		locker.ParcelRecipientChanged{Parcel: "p1", Recipients: 1, Personal: p}, // record 4: forgets the first
		locker.ParcelCodeChanged{Parcel: "p1", Recipients: 1, Personal: p},
		stored("p11"),
		locker.ParcelRecipientChanged{Parcel: "p1", Recipients: 2, Personal: p}, // record 7: forgets the second
		locker.ParcelCollected{Parcel: "p1"})
	epoch, _ := j.Last()
	for _, c := range []struct {
		confirm uint64
		want    []bool
	}{
		{3, []bool{true, true, true, true, true, true}},
		{4, []bool{false, false, true, true, true, true}},
		{7, []bool{false, false, false, false, true, true}},
		{8, []bool{false, false, false, false, true, false}},
	} {
		if err := errors.Join(confirm(j, epoch, c.confirm), j.Settle()); err != nil {
			t.Fatal(err)
		}
		var got []bool
		_, records := load(t, j)
		for _, r := range records {
			if e, ok := r.Event.(locker.Private); ok {
				got = append(got, !e.Private().IsZero())
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("after %d: want %v readable, got %v", c.confirm, c.want, got)
		}
	}
}
