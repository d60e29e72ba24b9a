package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// books doors for an hour.
func (c *cabinet) books(o locker.BookOrder) []locker.Event {
	c.t.Helper()
	if o.Until.IsZero() {
		o.Until = c.now.Wall.Add(time.Hour)
	}
	return c.order(locker.Order{Book: &o})
}

func (c *cabinet) free(size string) int { return c.state.Summary(c.state.Trust(c.now)).Free[size] }

// TestABookedDoorIsForItsParcel: others do not get it, even where no other door is left; its parcel does, and is asked for no size.
func TestABookedDoorIsForItsParcel(t *testing.T) {
	c := newCabinet(t)
	e := want[locker.DoorsBooked](t, c.books(locker.BookOrder{Size: "L", Count: 1, Tracking: "PARCEL-L"}))
	if !slices.Equal(e.Doors, []int{5}) || c.free("L") != 0 {
		t.Fatalf("want the large door booked and not counted as free, got %+v, %d free", e, c.free("L"))
	}
	for _, d := range c.state.Summary(c.now).Doors {
		if want := map[int]string{5: e.Order}[d.Door]; d.Booked != want || d.Contents != "empty" {
			t.Errorf("door %d: want it booked by %q, got %+v", d.Door, want, d)
		}
	}
	c.scan("badge-ada")
	c.scan("OTHER")
	c.phone()
	c.size("L")
	c.onScreen(locker.StepNoDoor)
	if lack := c.view().Sizes[2].Lack; lack != locker.LackFull {
		t.Errorf("want it said that they are taken, got %q", lack)
	}
	c.restart()
	for _, d := range c.plan.Doors {
		c.sense(d.Number, locker.Closed)
	}
	c.scan("badge-ada")
	c.scan("PARCEL-L")
	if n := c.view().Sizes[2].Free; n != 1 {
		t.Errorf("want it free for this parcel, got %d", n)
	}
	c.phone()
	if v := c.view(); v.Step != locker.StepDrop || v.Door != 5 {
		t.Fatalf("want door 5 opened, got %+v", v)
	}
	c.sense(5, locker.Open)
	c.sense(5, locker.Closed)
	want[locker.ParcelStored](t, c.tap(locker.ActionNextParcel))
	if len(c.state.Bookings) != 0 || c.door(5).Booked != "" {
		t.Fatalf("want the booking used up, got %+v", c.state.Bookings)
	}
}

// TestACompanysDoors: its couriers get the booked ones first, one for each parcel; another company's none of them.
func TestACompanysDoors(t *testing.T) {
	c := newCabinet(t)
	want[locker.DoorsBooked](t, c.books(locker.BookOrder{Doors: []int{2, 4}, Company: "Other Parcel"}))
	if door, _ := c.drop("A", "S"); door != 1 {
		t.Fatalf("want door 1 for Ada, got %d", door)
	}
	c.scan("B")
	c.phone()
	c.size("S")
	c.onScreen(locker.StepNoDoor)
	c.scan("badge-bob")
	c.scan("C")
	c.phone()
	c.size("S")
	if v := c.view(); v.Step != locker.StepDrop || v.Door != 2 {
		t.Fatalf("want door 2 for Bob, got %+v", v)
	}
	c.sense(2, locker.Open)
	c.sense(2, locker.Closed)
	c.tap(locker.ActionNextParcel)
	if b := c.state.Bookings; len(b) != 1 || c.door(2).Booked != "" || c.door(4).Booked == "" {
		t.Fatalf("want door 4 booked alone, got %+v", b)
	}
	c.scan("D")
	c.phone()
	c.size("M")
	if v := c.view(); v.Door != 4 { // 3 is low, but what was booked comes first
		t.Fatalf("want door 4, got %d", v.Door)
	}
}

// TestABookingEnds: when its time is over, by order, and when its parcel is not expected any more.
func TestABookingEnds(t *testing.T) {
	c := newCabinet(t)
	want[locker.DoorsBooked](t, c.books(locker.BookOrder{Size: "S", Count: 2, Company: "Example Parcel"}))
	wantNo[locker.DoorsUnbooked](t, c.wait(time.Hour-time.Second))
	if e := want[locker.DoorsUnbooked](t, c.wait(2*time.Second)); e.Why != locker.UnbookedOver || !slices.Equal(e.Doors, []int{1, 2}) || c.free("S") != 2 {
		t.Fatalf("want both given back, got %+v", e)
	}
	booked := want[locker.DoorsBooked](t, c.books(locker.BookOrder{Size: "S", Count: 1, Tracking: "A"}))
	c.orderRefused(c.order(locker.Order{Unbook: &locker.UnbookOrder{Booking: "another"}}), "no such booking")
	e := want[locker.DoorsUnbooked](t, c.order(locker.Order{Unbook: &locker.UnbookOrder{Booking: booked.Order}}))
	if e.Why != locker.UnbookedOrder || e.Booking != booked.Order || c.free("S") != 2 {
		t.Fatalf("want it ended, got %+v", e)
	}
	c.books(locker.BookOrder{Size: "S", Count: 1, Tracking: "A"})
	c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "A"}})
	if e := want[locker.DoorsUnbooked](t, c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "A"}})); e.Why != locker.UnbookedCancelled {
		t.Fatalf("want it ended with the announcement, got %+v", e)
	}
	c.books(locker.BookOrder{Size: "S", Count: 1, Tracking: "A"})
	c.now.Known = false
	wantNo[locker.DoorsUnbooked](t, c.wait(24*time.Hour)) // nobody knows whether it is over
	c.now.Known = true
	want[locker.DoorsUnbooked](t, c.feed(locker.Tick{}))
}

// TestWhatCannotBeBooked: what is not there, what is taken, and without end.
func TestWhatCannotBeBooked(t *testing.T) {
	c := newCabinet(t)
	for _, tt := range []struct {
		order locker.BookOrder
		words string
	}{
		{locker.BookOrder{Size: "S", Count: 1}, "for which parcel"},
		{locker.BookOrder{Size: "S", Count: 1, Tracking: "A", Company: "B"}, "one of them only"},
		{locker.BookOrder{Size: "S", Count: 3, Tracking: "A"}, "2 can be booked"},
		{locker.BookOrder{Size: "XXL", Count: 1, Tracking: "A"}, "no such size"},
		{locker.BookOrder{Size: "S", Tracking: "A"}, "must name doors"},
		{locker.BookOrder{Size: "S", Count: 1, Doors: []int{1}, Tracking: "A"}, "must name doors"},
		{locker.BookOrder{Doors: []int{9}, Tracking: "A"}, "no such door"},
		{locker.BookOrder{Doors: []int{1, 1}, Tracking: "A"}, "named twice"},
		{locker.BookOrder{Doors: []int{1}, Tracking: "A", Until: c.now.Wall}, "over already"},
		{locker.BookOrder{Doors: []int{1}, Tracking: "A", Until: c.now.Wall.Add(31 * 24 * time.Hour)}, "more than 30 days"},
	} {
		c.orderRefused(c.books(tt.order), tt.words)
	}
	c.books(locker.BookOrder{Doors: []int{1}, Tracking: "A"})
	c.orderRefused(c.books(locker.BookOrder{Doors: []int{1}, Tracking: "B"}), "booked already")
	c.orderRefused(c.books(locker.BookOrder{Size: "S", Count: 2, Tracking: "B"}), "1 can be booked")
	c, _, _ = stored(t)
	c.orderRefused(c.books(locker.BookOrder{Doors: []int{2}, Tracking: "PARCEL-1"}), "here already")
	c.now.Known = false
	c.feed(locker.Tick{})
	c.orderRefused(c.books(locker.BookOrder{Doors: []int{2}, Tracking: "A"}), "the clock is not set")
}

// TestABookedDoorIsNotLookedInto by whoever it is not for.
func TestABookedDoorIsNotLookedInto(t *testing.T) {
	c, door := doubtfulDoors(t)
	c.books(locker.BookOrder{Doors: []int{door}, Company: "Other Parcel"})
	c.scan("badge-ada")
	c.scan("A")
	c.phone()
	c.size("L")
	c.onScreen(locker.StepNoDoor)
	c.scan("badge-bob")
	c.scan("A")
	c.phone()
	c.size("L")
	if v := c.view(); v.Step != locker.StepLook || v.Door != door {
		t.Fatalf("want Bob asked to look, got %+v", v)
	}
}

// doubtfulDoors is a cabinet whose large door may well be empty.
func doubtfulDoors(t *testing.T) (*cabinet, int) {
	c := newCabinet(t)
	c.sense(5, locker.Open)
	c.sense(5, locker.Closed)
	if c.holds(5).Kind != locker.Doubtful {
		t.Fatalf("want nobody to know, got %+v", c.holds(5))
	}
	return c, 5
}

// TestABookingOfTwoDoors for one parcel is over with the parcel: the other door is given back.
func TestABookingOfTwoDoors(t *testing.T) {
	c := newCabinet(t)
	want[locker.DoorsBooked](t, c.books(locker.BookOrder{Doors: []int{1, 4}, Tracking: "A"}))
	if door, _ := c.dropBooked("A"); door != 1 && door != 4 {
		t.Fatalf("want a booked door, got %d", door)
	}
	if len(c.state.Bookings) != 0 || c.door(1).Booked != "" || c.door(4).Booked != "" {
		t.Fatalf("want the booking over, got %+v", c.state.Bookings)
	}
}

// dropBooked stores a parcel for which a door is booked: nobody asks for its size.
func (c *cabinet) dropBooked(tracking string) (door int, code string) {
	c.t.Helper()
	c.scan("badge-ada")
	c.scan(tracking)
	c.phone()
	c.onScreen(locker.StepDrop)
	door = c.view().Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	return door, string(want[locker.ParcelStored](c.t, c.tap(locker.ActionNextParcel)).Personal.Code)
}
