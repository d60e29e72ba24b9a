package locker_test

import (
	"reflect"
	"slices"
	"testing"

	"lockerd/internal/locker"
)

func (c *cabinet) erase(id string, e locker.Erasure) []locker.Event {
	c.t.Helper()
	return c.feed(locker.OrderReceived{Order: locker.Order{ID: id, Cabinet: "test", Erase: &e}})
}

func TestErasureWaitsForWhatIsHere(t *testing.T) {
	c, door, code := stored(t)
	parcel := c.holds(door).Parcel
	const why = "the parcel is here: what is kept of it is needed to hand it out"
	for i, e := range []locker.Erasure{{Tracking: "PARCEL-1"}, {Parcel: parcel}} {
		if r := want[locker.OrderRefused](t, c.erase("early"+string(rune('a'+i)), e)); r.Why != why {
			t.Errorf("want %q, got %q", why, r.Why)
		}
	}
	c.scan(code)
	c.sense(door, locker.Open)
	want[locker.ErasureBegun](t, c.erase("now", locker.Erasure{Tracking: "PARCEL-1"}))
	if p := c.state.Parcels[0]; p.Mask != "" || p.ID != parcel {
		t.Errorf("want the parcel that was fetched without its recipient, got %+v", p)
	}
	c.feed(locker.PhotoTaken{Wanted: locker.PhotoWanted{Parcel: parcel, Door: door}, Photo: "one"})
	c.feed(locker.PhotoTaken{Wanted: locker.PhotoWanted{Parcel: "another"}, Photo: "two"})
	wantNo[locker.PersonErased](t, c.feed(locker.Erased{Order: "never ordered"}))
	if len(c.state.Erasing) != 1 {
		t.Errorf("want it under way, got %+v", c.state.Erasing)
	}
	done := want[locker.PersonErased](t, c.feed(locker.Erased{Order: "now", Keys: 3, Photos: []string{"one"}}))
	if done.Keys != 3 || len(c.state.Erasing) != 0 || len(c.state.Photos) != 1 || c.state.Photos[0].Photo != "two" {
		t.Errorf("want it done, and the other's photo kept, got %+v, %+v, %+v", done, c.state.Erasing, c.state.Photos)
	}
	wantNo[locker.PersonErased](t, c.feed(locker.Erased{Order: "now"}))
}

func TestErasureOfAnAnnouncement(t *testing.T) {
	c := newCabinet(t)
	c.feed(locker.OrderReceived{Order: locker.Order{ID: "o1", Cabinet: "test",
		Announce: &locker.AnnounceOrder{Tracking: "P", Size: "S", Mask: "•••67", Phone: locker.Box("boxed")}}})
	c.scan("badge-ada")
	c.scan("P")
	if r := want[locker.OrderRefused](t, c.erase("o2", locker.Erasure{Tracking: "P"})); r.Why != "the parcel is just being put in" {
		t.Errorf("want it to say why, got %q", r.Why)
	}
	c = newCabinet(t)
	c.feed(locker.OrderReceived{Order: locker.Order{ID: "o1", Cabinet: "test",
		Announce: &locker.AnnounceOrder{Tracking: "P", Size: "S", Mask: "•••67", Phone: locker.Box("boxed")}}})
	if e := want[locker.AnnouncementDropped](t, c.erase("o2", locker.Erasure{Tracking: "P"})); e.Order != "o1" || e.Why != "erased" {
		t.Errorf("want it expected no more, got %+v", e)
	}
	if len(c.state.Announced) != 0 {
		t.Errorf("want it gone, got %+v", c.state.Announced)
	}
}

func TestErasureOfACourier(t *testing.T) {
	c := newCabinet(t)
	put := locker.Courier{ID: "eve", Name: "Eve", Badge: hash("badge-eve"), BadgeCharacters: 12}
	c.feed(locker.OrderReceived{Order: locker.Order{ID: "o1", Cabinet: "test", CourierPut: &put}})
	const why = "the courier may still come: remove them first"
	if r := want[locker.OrderRefused](t, c.erase("o2", locker.Erasure{Courier: "eve"})); r.Why != why {
		t.Errorf("want %q, got %q", why, r.Why)
	}
	c.feed(locker.OrderReceived{Order: locker.Order{ID: "o3", Cabinet: "test",
		CourierRemove: &locker.CourierRemoveOrder{ID: "eve"}}})
	want[locker.ErasureBegun](t, c.erase("o4", locker.Erasure{Courier: "eve"}))
	want[locker.OrderRefused](t, c.erase("o5", locker.Erasure{}))
	if c.restart(); len(c.state.Erasing) != 1 || c.state.Erasing[0].Courier != "eve" {
		t.Errorf("want it still under way after a restart, got %+v", c.state.Erasing)
	}
}

// TestTraces: whatever is somebody's is found, and nothing of anybody else.
func TestTraces(t *testing.T) {
	day := []locker.Event{
		locker.CourierPut{Courier: "eve"}, locker.CourierPut{Courier: "kim"},
		locker.ParcelAnnounced{Order: "o1", Tracking: "A"}, locker.ParcelAnnounced{Order: "o2", Tracking: "B"},
		locker.ParcelScanned{Session: "s1", Tracking: "A"},
		locker.DropStarted{Session: "s1", Parcel: "p1", Tracking: "A"}, locker.PhotoKept{Parcel: "p1", Photo: "f1"},
		locker.ParcelStored{Parcel: "p1", Tracking: "A", Order: "o1"},
		locker.DropStarted{Session: "s2", Parcel: "p2", Tracking: "B"}, locker.PhotoKept{Parcel: "p2", Photo: "f2"},
		locker.ParcelStored{Parcel: "p2", Tracking: "B", Order: "o2"},
		locker.ParcelScanned{Session: "s3", Tracking: "C"}, // whose courier thought better of it
		locker.PhotoKept{Parcel: "p1", Photo: "f3"}, locker.PhotoKept{Photo: "f4"},
	}
	of1 := []string{"order:o1", "parcel:p1", "photo:f1", "photo:f3", "session:s1"}
	for _, c := range []struct {
		of       locker.Erasure
		subjects []string
		photos   []string
	}{
		{locker.Erasure{Tracking: "A"}, of1, []string{"f1", "f3"}},
		{locker.Erasure{Parcel: "p1"}, of1, []string{"f1", "f3"}},
		{locker.Erasure{Tracking: "C"}, []string{"session:s3"}, nil},
		{locker.Erasure{Courier: "eve"}, []string{"courier:eve"}, nil},
		{locker.Erasure{Parcel: "p9"}, nil, nil},
	} {
		found := locker.TracesOf(c.of)
		for _, e := range day {
			found.See(e)
		}
		slices.Sort(found.Subjects)
		if !reflect.DeepEqual(c.subjects, found.Subjects) || !reflect.DeepEqual(c.photos, found.Photos) {
			t.Errorf("%+v: want %v and %v, got %v and %v", c.of, c.subjects, c.photos, found.Subjects, found.Photos)
		}
	}
}
