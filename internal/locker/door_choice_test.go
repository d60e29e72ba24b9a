package locker_test

import (
	"slices"
	"testing"

	"lockerd/internal/locker"
)

// TestTheChoiceOfADoor is the whole policy as a table: which doors may be given, the best first.
func TestTheChoiceOfADoor(t *testing.T) {
	const s, m, l = 0, 1, 2
	small := locker.Wish{Size: s, Suits: locker.Fits}
	for _, c := range []struct {
		name  string
		doors []locker.Offered
		wish  locker.Wish
		want  []int
	}{
		{"the smallest that fits", []locker.Offered{{Number: 1, Size: l}, {Number: 2, Size: s}, {Number: 3, Size: m}},
			locker.Wish{Size: m, Suits: locker.Fits}, []int{3, 1}},
		{"that size and no other", []locker.Offered{{Number: 1, Size: l}, {Number: 2, Size: s}, {Number: 3, Size: m}},
			locker.Wish{Size: m, Suits: locker.SameSize}, []int{3}},
		{"never one that is not proven empty", []locker.Offered{{Number: 1, Taken: true}, {Number: 2, Taken: true, Booked: true}}, small, []int{}},
		{"the stronger proof first, none last", []locker.Offered{{Number: 1}, {Number: 2, Proof: locker.ProofPickup},
			{Number: 3, Proof: locker.ProofSensor}, {Number: 4, Proof: locker.ProofCourier}}, small, []int{3, 4, 2, 1}},
		{"a weak proof before a larger door", []locker.Offered{{Number: 1, Size: m, Proof: locker.ProofSensor}, {Number: 2, Proof: locker.ProofPickup}}, small, []int{2, 1}},
		{"low doors last", []locker.Offered{{Number: 1, Low: true}, {Number: 2, Size: l}, {Number: 3}}, small, []int{3, 2, 1}},
		{"low doors first where one is needed, however they fit", []locker.Offered{{Number: 1, Size: s}, {Number: 2, Size: l, Low: true}, {Number: 3, Booked: true}},
			locker.Wish{Suits: locker.Fits, Low: true}, []int{2, 3, 1}},
		{"what is booked for it", []locker.Offered{{Number: 1}, {Number: 2, Size: l, Booked: true}}, small, []int{2, 1}},
		{"a zone that is needed, and no other door", []locker.Offered{{Number: 1}, {Number: 2, Zone: "cold"}, {Number: 3, Zone: "outdoors"}},
			locker.Wish{Suits: locker.Fits, Zone: "cold"}, []int{2}},
		{"a zone that is needed outranks a booking", []locker.Offered{{Number: 1, Booked: true}}, locker.Wish{Suits: locker.Fits, Zone: "cold"}, []int{}},
		{"ordinary doors before zones", []locker.Offered{{Number: 1, Zone: "cold"}, {Number: 2, Size: l}}, small, []int{2, 1}},
		{"the last two of a size are kept for what was announced", []locker.Offered{{Number: 1, Size: m}, {Number: 2, Size: m}, {Number: 3, Size: l}},
			locker.Wish{Size: m, Suits: locker.Fits, Keep: []int{0, 2, 0}}, []int{3}},
		{"and given to that, after others", []locker.Offered{{Number: 1, Size: m}, {Number: 2, Size: m}, {Number: 3, Size: l}},
			locker.Wish{Size: m, Suits: locker.Fits, Keep: []int{0, 2, 0}, Kept: true}, []int{3, 1, 2}},
		{"as long as more are free nothing is kept from anybody", []locker.Offered{{Number: 1, Size: m}, {Number: 2, Size: m}, {Number: 3, Size: m}},
			locker.Wish{Size: m, Suits: locker.Fits, Keep: []int{0, 2, 0}}, []int{1, 2, 3}},
		{"what is taken is not kept", []locker.Offered{{Number: 1, Size: m}, {Number: 2, Size: m, Taken: true}, {Number: 3, Size: m, Taken: true}},
			locker.Wish{Size: m, Suits: locker.Fits, Keep: []int{0, 1, 0}}, []int{}},
		{"a booked door is not among the kept", []locker.Offered{{Number: 1, Size: m, Booked: true}, {Number: 2, Size: m}},
			locker.Wish{Size: m, Suits: locker.Fits, Keep: []int{0, 1, 0}}, []int{1}},
		{"fewer failures", []locker.Offered{{Number: 1, Failed: 2}, {Number: 2, Failed: 1}, {Number: 3}}, small, []int{3, 2, 1}},
		{"near to what its recipient has", []locker.Offered{{Number: 1, Apart: 900}, {Number: 2, Apart: 80, Pulses: 90}}, small, []int{2, 1}},
		{"the least worn among equals", []locker.Offered{{Number: 1, Pulses: 7}, {Number: 2, Pulses: 3}, {Number: 3, Pulses: 3}}, small, []int{2, 3, 1}},
		{"wear does not outrank a proof", []locker.Offered{{Number: 1, Proof: locker.ProofPickup}, {Number: 2, Proof: locker.ProofTechnician, Pulses: 900}}, small, []int{2, 1}},
		{"nothing at all", nil, small, []int{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.doors {
				if c.doors[i].Proof == "" && c.name != "the stronger proof first, none last" {
					c.doors[i].Proof = locker.ProofTechnician
				}
			}
			if got := locker.Choose(c.doors, c.wish); !slices.Equal(got, c.want) {
				t.Errorf("want %v, got %v", c.want, got)
			}
		})
	}
}

// with changes the plan of a cabinet that then has just started, with all doors known to be empty.
func with(t *testing.T, change func(*locker.Config)) *cabinet {
	t.Helper()
	p := plan()
	change(p)
	c := bareCabinet(t, p)
	for _, d := range c.plan.Doors {
		c.sense(d.Number, locker.Closed)
	}
	c.feed(locker.Inspected{By: "the builder"})
	return c
}

func (c *cabinet) announce(id string, a locker.AnnounceOrder) []locker.Event {
	c.t.Helper()
	return c.feed(locker.OrderReceived{Order: locker.Order{ID: id, Kind: "parcel.announce", Cabinet: "test", Announce: &a}})
}

// TestWearIsEvenedOut: of two doors that are alike the one that was pulsed less is given.
func TestWearIsEvenedOut(t *testing.T) {
	c := newCabinet(t)
	used := map[int]int{}
	for range 4 {
		door, code := c.drop("P", "S")
		used[door]++
		c.tap(locker.ActionSignOut)
		c.scanLater(code)
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.wait(c.plan.Times.Thanks + thanksStays)
		c.feed(locker.Inspected{Doors: []int{door}, By: "grace"})
	}
	if used[1] != 2 || used[2] != 2 {
		t.Fatalf("want both small doors used twice, got %v", used)
	}
	if c.door(1).Pulses != 4 {
		t.Fatalf("want the pulses of door 1 counted, got %d", c.door(1).Pulses)
	}
}

const thanksStays = 30e9

// TestALowDoorIsAskedForAtTheKiosk: its recipient uses a wheelchair, as nobody has told the cabinet before.
func TestALowDoorIsAskedForAtTheKiosk(t *testing.T) {
	c := newCabinet(t)
	c.scan("badge-ada")
	c.scan("PARCEL-1")
	c.phone()
	want[locker.LowDoorAsked](t, c.tap(locker.ActionLow))
	c.onScreen(locker.StepSize)
	if v := c.view(); !v.Low || slices.Contains(v.Actions, locker.ActionLow) {
		t.Fatalf("want it said, and not asked again: %v %v", v.Low, v.Actions)
	}
	if u := want[locker.UnlockRequested](t, c.size("M")); u.Door != 3 {
		t.Fatalf("want door 3, the low one, got %d", u.Door)
	}
	c.notice(locker.NoticeNone)
	c.sense(3, locker.Open)
	c.sense(3, locker.Closed)
	c.tap(locker.ActionNextParcel)
	c.scan("PARCEL-2")
	c.phone()
	c.tap(locker.ActionLow)
	c.size("M")
	c.notice(locker.NoticeNotLow) // and it is said that this one is higher
}

// TestAZoneIsForWhatNeedsIt: a cold parcel goes behind a cold door or behind none; an ordinary one behind a cold door only when
// all others are taken.
func TestAZoneIsForWhatNeedsIt(t *testing.T) {
	c := with(t, func(p *locker.Config) { p.Doors[0].Zone = "cold" })
	if e := want[locker.OrderRefused](t, c.announce("o0", locker.AnnounceOrder{Tracking: "ICE", Size: "S", Mask: "•••89", Zone: "frozen"})); e.Code != locker.CodeNoSuchZone {
		t.Fatalf("want no such zone, got %+v", e)
	}
	c.announce("o1", locker.AnnounceOrder{Tracking: "FISH", Size: "S", Mask: "•••89", Zone: "cold"})
	c.announce("o2", locker.AnnounceOrder{Tracking: "MILK", Size: "S", Mask: "•••89", Zone: "cold"})
	if door, _ := c.drop("BOOK", "S"); door != 2 {
		t.Fatalf("want the ordinary door 2, got %d", door)
	}
	if u := want[locker.UnlockRequested](t, c.scan("FISH")); u.Door != 1 {
		t.Fatalf("want the cold door 1, got %d", u.Door)
	}
	c.sense(1, locker.Open)
	c.sense(1, locker.Closed)
	c.tap(locker.ActionNextParcel)
	wantNo[locker.UnlockRequested](t, c.scan("MILK"))
	c.onScreen(locker.StepNoDoor)
	for _, z := range c.view().Sizes {
		if z.Free != 0 || z.Lack == "" {
			t.Fatalf("want no door offered for it, got %+v", c.view().Sizes)
		}
	}
}

// TestDoorsAreKeptForWhatWasAnnounced: the last medium door is.
func TestDoorsAreKeptForWhatWasAnnounced(t *testing.T) {
	c := with(t, func(p *locker.Config) { p.Sizes[1].Keep = 1 })
	c.drop("PARCEL-1", "M")
	c.scan("PARCEL-2")
	c.phone()
	if z := c.view().Sizes[1]; z.Free != 0 || z.Lack != locker.LackKept {
		t.Fatalf("want none free for it, and why, got %+v", z)
	}
	wantNo[locker.UnlockRequested](t, c.size("M"))
	c.onScreen(locker.StepNoDoor)
	c.tap(locker.ActionBack)
	c.announce("o1", locker.AnnounceOrder{Tracking: "PARCEL-3", Mask: "•••89"})
	c.scan("PARCEL-3")
	if u := want[locker.UnlockRequested](t, c.size("M")); u.Door != 3 {
		t.Fatalf("want door 3, which was kept, got %d", u.Door)
	}
}

// TestLowByHeight: which heights are low is the site's to say.
func TestLowByHeight(t *testing.T) {
	reach := locker.Reach{From: 350, To: 1230}
	for height, low := range map[int]bool{0: false, 349: false, 350: true, 900: true, 1230: true, 1231: false} {
		if reach.Holds(height) != low {
			t.Errorf("%d mm: want low %v", height, low)
		}
	}
}
