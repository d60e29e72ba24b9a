package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

func TestDropOff(t *testing.T) {
	c := newCabinet(t)
	c.tap(locker.ActionCourier)
	want[locker.CourierSignedIn](t, c.typed("135790"))
	c.onScreen(locker.StepScan)
	c.scan("PARCEL-1")
	c.onScreen(locker.StepPhone)
	c.phone()
	if c.view().Mask != "•••67" {
		t.Fatalf("want the phone masked, got %q", c.view().Mask)
	}
	events := c.size("M")
	started, u := want[locker.DropStarted](t, events), want[locker.UnlockRequested](t, events)
	if started.Door != 4 || u.Door != 4 || u.Why != locker.WhyDrop {
		t.Fatalf("want door 4 (3 is low, kept for those who need it), got %+v", u)
	}
	c.sense(4, locker.Open)
	wantNo[locker.ParcelStored](t, c.sense(4, locker.Closed))
	s := want[locker.ParcelStored](t, c.tap(locker.ActionDone))
	if s.Door != 4 || s.Size != "M" || s.Courier != "ada" || s.Company != "Example Parcel" || s.Mask != "•••67" {
		t.Fatalf("want the whole story of the parcel, got %+v", s)
	}
	if string(s.Personal.Phone) != "phone" || len(s.Personal.Code) == 0 {
		t.Fatalf("want phone and code for the operator, got %q", s.Personal)
	}
	c.onScreen(locker.StepThanks)
	if v := c.view(); v.Stored != 1 || !slices.Equal(v.Filled, []int{4}) || v.Courier != "Ada" {
		t.Fatalf("want one parcel by Ada behind door 4, got %d behind %v by %q", v.Stored, v.Filled, v.Courier)
	}
}

func TestScanningOnConfirms(t *testing.T) {
	c := newCabinet(t)
	c.dropTo("PARCEL-1", "S")
	first := c.view().Door
	if c.scan("PARCEL-2"); c.view().Notice != locker.NoticeCloseFirst {
		t.Fatalf("want the door closed first, got %q", c.view().Notice)
	}
	c.sense(first, locker.Open)
	if got := c.scan("PARCEL-1"); len(got) > 0 {
		t.Fatalf("want nothing from the parcel in hand read again, got %s", names(got))
	}
	c.scan("PARCEL-2")
	c.notice(locker.NoticeCloseFirst)
	c.sense(first, locker.Closed)
	if s := want[locker.ParcelStored](t, c.scan("PARCEL-2")); s.Tracking != "PARCEL-1" {
		t.Fatalf("want the first parcel stored, got %+v", s)
	}
	c.onScreen(locker.StepPhone)
}

func TestAnnouncedParcelNeedsNoQuestion(t *testing.T) {
	c := newCabinet(t)
	c.feed(locker.OrderReceived{Order: locker.Order{ID: "o1", Kind: "parcel.announce", Cabinet: "test",
		Announce: &locker.AnnounceOrder{Tracking: "PARCEL-1", Size: "S", Mask: "•••89",
			Phone: locker.Box("cloud's phone")}}})
	c.scan("badge-ada")
	if u := want[locker.UnlockRequested](t, c.scan("PARCEL-1")); u.Door != 1 {
		t.Fatalf("want the smallest that fits, got door %d", u.Door)
	}
	c.sense(1, locker.Open)
	c.sense(1, locker.Closed)
	events := c.tap(locker.ActionDone)
	if s := want[locker.ParcelStored](t, events); s.Order != "o1" || string(s.Personal.Phone) != "cloud's phone" {
		t.Fatalf("want the order and its phone, got %+v", s)
	}
	want[locker.AnnouncementDropped](t, events)
}

func TestAnnouncedParcelTakesALargerDoorWhenItsSizeIsFull(t *testing.T) {
	c := newCabinet(t)
	c.drop("A", "S")
	c.drop("B", "S")
	c.feed(locker.OrderReceived{Order: locker.Order{ID: "o1", Cabinet: "test",
		Announce: &locker.AnnounceOrder{Tracking: "C", Size: "S", Mask: "•••89"}}})
	if u := want[locker.UnlockRequested](t, c.scan("C")); u.Door != 4 {
		t.Fatalf("want door 4, got %d", u.Door)
	}
}

func TestAnotherDoor(t *testing.T) {
	t.Run("larger", func(t *testing.T) {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		first := c.view().Door
		c.sense(first, locker.Open)
		wantNo[locker.UnlockRequested](t, c.says(locker.ActionLarger))
		c.onScreen(locker.StepTakeOut)
		wantNo[locker.DoorEmptied](t, c.sense(first, locker.Closed)) // a contact that moved proves nothing
		c.onScreen(locker.StepLook)
		events := c.tap(locker.ActionEmpty)
		if e := want[locker.DoorEmptied](t, events); e.Door != first || e.Proof != locker.ProofCourier {
			t.Fatalf("want door %d proven by its courier, got %+v", first, e)
		}
		if u := want[locker.UnlockRequested](t, events); u.Door != 4 {
			t.Fatalf("want door 4, got %d", u.Door)
		}
		c.sense(4, locker.Open)
		c.sense(4, locker.Closed)
		if s := want[locker.ParcelStored](t, c.tap(locker.ActionDone)); s.Door != 4 {
			t.Fatalf("want it stored behind 4, got %d", s.Door)
		}
	})
	t.Run("left open and closed by somebody else", func(t *testing.T) {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		first := c.view().Door
		c.sense(first, locker.Open)
		c.says(locker.ActionLarger)
		c.tap(locker.ActionSkip)
		c.sense(4, locker.Open)
		c.sense(4, locker.Closed)
		c.tap(locker.ActionDone)
		c.wait(time.Minute)
		wantNo[locker.DoorEmptied](t, c.sense(first, locker.Closed))
	})
	t.Run("something is in here", func(t *testing.T) {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		first := c.view().Door
		c.sense(first, locker.Open)
		events := c.says(locker.ActionOccupied)
		if b := want[locker.DoorBlocked](t, events); b.Door != first || b.Why != locker.BlockOccupied {
			t.Fatalf("want door %d set aside as occupied, got %+v", first, b)
		}
		if u := want[locker.UnlockRequested](t, events); u.Door == first {
			t.Fatal("want another door")
		}
		c.notice(locker.NoticeSetAside)
		wantNo[locker.DoorEmptied](t, c.sense(first, locker.Closed))
	})
	t.Run("it did not open, and the next one is scanned", func(t *testing.T) {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		c.wait(c.plan.Times.Judge)
		c.tap(locker.ActionTryAgain)
		if moved := want[locker.DropMoved](t, c.wait(c.plan.Times.Judge)); !moved.Jammed {
			t.Fatalf("want a move from a door that did not open, got %+v", moved)
		}
		second := c.view().Door
		c.sense(second, locker.Open)
		c.sense(second, locker.Closed)
		wantNo[locker.ParcelStored](t, c.scan("PARCEL-2"))
		c.onScreen(locker.StepDrop)
		c.notice(locker.NoticeSetAside)
		if p := want[locker.ParcelStored](t, c.tap(locker.ActionNextParcel)); p.Door != second {
			t.Fatalf("want it behind door %d, got %+v", second, p)
		}
	})
	t.Run("it did not open, and a recipient comes", func(t *testing.T) {
		c, _, code := stored(t)
		c.dropTo("PARCEL-2", "S")
		c.wait(c.plan.Times.Judge)
		c.tap(locker.ActionTryAgain)
		c.wait(c.plan.Times.Judge)
		second := c.view().Door
		c.sense(second, locker.Open)
		c.sense(second, locker.Closed)
		c.pass(2 * time.Second)
		held := locker.Scanned{Hash: hash(code), Code: true}
		wantNo[locker.ParcelStored](t, c.feed(held)) // they may be about to say that it lies behind the first
		c.onScreen(locker.StepDrop)
		c.pass(21 * time.Second)
		want[locker.UnlockRequested](t, c.feed(held))
	})
	t.Run("it did not open", func(t *testing.T) {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		first := c.view().Door
		c.wait(c.plan.Times.Judge)
		c.onScreen(locker.StepDropPress)
		c.tap(locker.ActionTryAgain)
		events := c.wait(c.plan.Times.Judge)
		want[locker.DoorBlocked](t, events)
		if u := want[locker.UnlockRequested](t, events); u.Door == first {
			t.Fatal("want another door")
		}
		c.onScreen(locker.StepDrop)
	})
	t.Run("none left", func(t *testing.T) {
		c := newCabinet(t)
		c.drop("L", "L")
		c.scan("PARCEL-2")
		c.phone()
		c.size("L")
		c.onScreen(locker.StepNoDoor)
		c.size("M")
		c.onScreen(locker.StepDrop)
		if slices.Contains(c.view().Actions, locker.ActionLarger) {
			t.Fatal("there is no larger door to offer")
		}
	})
}

// TestARetryThatWasNotSent: the pulse before it counts all the same: it may open the door late, and was the first of two.
func TestARetryThatWasNotSent(t *testing.T) {
	retried := func(t *testing.T) (c *cabinet, door int, first string) {
		c = newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		door = c.view().Door
		first = c.state.Doors[door-1].Unlock.ID
		c.wait(c.plan.Times.Judge)
		again := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
		c.feed(locker.ReleaseEnded{Unlock: again.Unlock, Why: "port gone"})
		c.onScreen(locker.StepDropPress)
		c.notice(locker.NoticeTryAgain)
		return c, door, first
	}
	t.Run("and the door springs late", func(t *testing.T) {
		c, door, first := retried(t)
		if e := want[locker.DoorOpened](t, c.sense(door, locker.Open)); e.Unlock != first {
			t.Fatalf("want it explained by %s, got %+v", first, e)
		}
		c.sense(door, locker.Closed)
		c.onScreen(locker.StepDrop)
		if p := want[locker.ParcelStored](t, c.tap(locker.ActionDone)); p.Door != door {
			t.Fatalf("want it behind door %d, got %+v", door, p)
		}
	})
	t.Run("and the courier goes", func(t *testing.T) {
		c, door, _ := retried(t)
		events := c.wait(10 * time.Minute)
		wantNo[locker.DropCancelled](t, events)
		want[locker.DropAbandoned](t, events)
		c.notGiven(door)
	})
	t.Run("and another is", func(t *testing.T) {
		c, _, _ := retried(t)
		if u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)); !u.Again {
			t.Fatalf("want the one new unlock, got %+v", u)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Run("after the door was closed: it opens again and nothing is stored", func(t *testing.T) {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		door := c.view().Door
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.says(locker.ActionCancel)
		c.onScreen(locker.StepCancel)
		if u := want[locker.UnlockRequested](t, c.tap(locker.ActionCancelYes)); u.Why != locker.WhyCancel || u.Door != door {
			t.Fatalf("want the same door to give it back, got %+v", u)
		}
		c.sense(door, locker.Open)
		wantNo[locker.DropCancelled](t, c.sense(door, locker.Closed))
		c.onScreen(locker.StepLook)
		events := c.tap(locker.ActionEmpty)
		want[locker.DropCancelled](t, events)
		if e := want[locker.DoorEmptied](t, events); e.Proof != locker.ProofCourier {
			t.Fatalf("want the courier as proof, got %q", e.Proof)
		}
		c.onScreen(locker.StepScan)
		want[locker.ParcelScanned](t, c.scan("PARCEL-1"))
	})
	t.Run("asked and then left: not answered is not cancelled", func(t *testing.T) {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		door := c.view().Door
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.says(locker.ActionCancel)
		want[locker.ParcelStored](t, c.wait(2*time.Minute))
	})
	t.Run("with the door open", func(t *testing.T) {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		door := c.view().Door
		c.sense(door, locker.Open)
		c.says(locker.ActionCancel)
		wantNo[locker.UnlockRequested](t, c.tap(locker.ActionCancelYes))
		c.sense(door, locker.Closed)
		want[locker.DropCancelled](t, c.tap(locker.ActionEmpty))
	})
	t.Run("the parcel was not taken out", func(t *testing.T) {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		door := c.view().Door
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.says(locker.ActionCancel)
		c.tap(locker.ActionCancelYes)
		events := c.wait(10 * time.Minute) // the door did not open; the courier went
		want[locker.DropAbandoned](t, events)
		if k := c.holds(door).Kind; k != locker.Doubtful {
			t.Fatalf("want the door doubtful, got %q", k)
		}
	})
}

func TestCouriersWalkOff(t *testing.T) {
	for _, tt := range []struct {
		name    string
		senses  []locker.DoorState
		stored  bool
		becomes locker.Holding
	}{
		{"put in and closed", []locker.DoorState{locker.Open, locker.Closed}, true, locker.Occupied},
		{"door open", []locker.DoorState{locker.Open}, false, locker.Doubtful},
		{"never seen to open", nil, false, locker.Doubtful},
	} {
		for _, how := range []string{"time-out", "power cut"} {
			t.Run(tt.name+", "+how, func(t *testing.T) {
				c := newCabinet(t)
				c.dropTo("PARCEL-1", "S")
				door := c.view().Door
				for _, s := range tt.senses {
					c.sense(door, s)
				}
				var events []locker.Event
				if how == "time-out" {
					events = c.wait(10 * time.Minute)
				} else {
					events = c.restart()
				}
				want[locker.SessionEnded](t, events)
				if _, got := find[locker.ParcelStored](events); got != tt.stored {
					t.Fatalf("want stored %v, got %s", tt.stored, names(events))
				}
				if k := c.holds(door).Kind; k != tt.becomes {
					t.Fatalf("want the door %q, got %q", tt.becomes, k)
				}
				c.sense(door, locker.Open)
				c.sense(door, locker.Closed)
				if k := c.holds(door).Kind; k == locker.Empty {
					t.Fatal("a passer-by who closes a door proves nothing")
				}
			})
		}
	}
}

func TestAParcelThatIsHereAlready(t *testing.T) {
	c := newCabinet(t)
	door, _ := c.drop("PARCEL-1", "S")
	c.scan("PARCEL-1")
	c.onScreen(locker.StepHere)
	if c.view().Door != door {
		t.Fatalf("want door %d named, got %d", door, c.view().Door)
	}
}

func TestABadgeIsNoParcel(t *testing.T) {
	c := newCabinet(t)
	c.scan("badge-ada")
	if got := c.scan("badge-ada"); len(got) > 0 {
		t.Fatalf("want nothing from one's own badge, got %s", names(got))
	}
	if e := want[locker.CourierSignedIn](t, c.scan("badge-bob")); e.Courier != "bob" {
		t.Fatalf("want the next courier, got %+v", e)
	}
}

func TestUnreadableParcels(t *testing.T) {
	c := newCabinet(t)
	c.scan("badge-ada")
	for _, text := range []string{"", "a\x00b", string(make([]byte, 200)), "\xff\xfe"} {
		wantNo[locker.ParcelScanned](t, c.feed(locker.Scanned{Tracking: text, Hash: hash(text), Offers: c.offers()}))
		c.notice(locker.NoticeUnreadable)
	}
}

// What a scanner could not read is told to whoever is there, once; where nobody is, it is a scanner that makes noise.
func TestUnreadableScans(t *testing.T) {
	c := newCabinet(t)
	if got := c.feed(locker.Scanned{}); len(got) > 0 {
		t.Fatalf("want nothing where nobody is, got %s", names(got))
	}
	c.tap(locker.ActionPickup)
	c.feed(locker.Scanned{})
	c.onScreen(locker.StepCode)
	c.notice(locker.NoticeUnreadable)
	if got := c.feed(locker.Scanned{}); len(got) > 0 {
		t.Fatalf("want it said once, got %s", names(got))
	}
	c.scan("badge-ada")
	c.feed(locker.Scanned{})
	c.onScreen(locker.StepScan)
	c.notice(locker.NoticeUnreadable)
}

func TestACodeInUseIsNotGivenAgain(t *testing.T) {
	c, _, code := stored(t)
	c.scan("badge-ada")
	c.scan("PARCEL-2")
	c.phone()
	tap := locker.Tapped{Revision: c.view().Revision, Action: locker.ActionSize, Size: "S",
		Offers: []locker.Offer{{Hash: hash(code)}, {Hash: hash("fresh"), Code: locker.Box("fresh")}}}
	if e := want[locker.DropStarted](t, c.feed(tap)); e.CodeHash != hash("fresh") {
		t.Fatal("want the code that is not in use")
	}
}

func TestADoorThatIsNotKnownToBeShutIsNotGiven(t *testing.T) {
	c := newCabinet(t)
	c.restart() // every door proven empty, and none known
	c.scan("badge-ada")
	c.scan("PARCEL-1")
	c.phone()
	wantNo[locker.UnlockRequested](t, c.size("S"))
	c.onScreen(locker.StepNoDoor)
	c.sense(2, locker.Closed)
	if u := want[locker.UnlockRequested](t, c.size("S")); u.Door != 2 {
		t.Fatalf("want the one that is known, got %d", u.Door)
	}
}

func TestATremblingFingerAsksForOneLargerDoor(t *testing.T) {
	c := newCabinet(t)
	c.dropTo("PARCEL-1", "S")
	c.sense(c.view().Door, locker.Open)
	c.says(locker.ActionLarger)
	c.sense(c.view().Door, locker.Closed)
	tap := locker.Tapped{Revision: c.view().Revision, Action: locker.ActionEmpty}
	want[locker.DropMoved](t, c.feed(tap))
	c.sense(4, locker.Open)
	if got := c.feed(tap); len(got) > 0 {
		t.Fatalf("want nothing from a tap meant for the screen before, got %s", names(got))
	}
}

func TestADoorThatSpringsLateForNobodyIsDoubtful(t *testing.T) {
	c := newCabinet(t)
	c.dropTo("PARCEL-1", "S")
	door := c.view().Door
	c.wait(c.plan.Times.Judge)
	c.says(locker.ActionCancel)
	c.tap(locker.ActionCancelYes)
	if h := c.holds(door); h.Kind != locker.Doubtful || h.Why != locker.DoubtUnseen {
		t.Fatalf("want a pulsed door doubtful until somebody has looked, got %+v", h)
	}
	late := c.sense(door, locker.Open)
	wantNo[locker.DoorForced](t, late)
	want[locker.DoorOpenedLate](t, late)
}

// TestWithoutAScanner: whatever the scanner or the label is worth, the courier types the parcel's number, and all else is as with a scan.
func TestWithoutAScanner(t *testing.T) {
	c := newCabinet(t)
	c.scan("badge-ada")
	typed := func(text string) []locker.Event {
		return c.feed(locker.TrackingTyped{Revision: c.view().Revision, Tracking: text, Offers: c.offers()})
	}
	if got := typed("PARCEL-1"); len(got) > 0 {
		t.Fatalf("want nothing, got %s", names(got))
	}
	c.tap(locker.ActionType) // a torn label: the scanner works
	c.tap(locker.ActionBack)
	c.feed(locker.ScannerLost{Name: "front", Why: "port gone"})
	c.tap(locker.ActionType)
	c.onScreen(locker.StepTracking)
	typed("")
	c.onScreen(locker.StepTracking)
	c.notice(locker.NoticeMistyped)
	if e := want[locker.ParcelScanned](t, typed("PARCEL-1")); e.Tracking != "PARCEL-1" {
		t.Fatalf("want the parcel in hand, got %+v", e)
	}
	c.onScreen(locker.StepPhone)
	c.tap(locker.ActionBack)
	c.tap(locker.ActionType)
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepScan)
}

// TestWhatIsNoLongerConnected cannot come back, so it is forgotten.
func TestWhatIsNoLongerConnected(t *testing.T) {
	c := newCabinet(t)
	for _, name := range []string{"front", "side"} {
		c.feed(locker.ScannerLost{Name: name})
		c.feed(locker.CameraLost{Name: name})
	}
	p := plan()
	p.Cameras = []string{"front"}
	c.begin(p)
	if s := c.state; !slices.Equal(s.Scanners, []string{"front"}) || !slices.Equal(s.Cameras, []string{"front"}) {
		t.Fatalf("want only what there is, got scanners %v, cameras %v", s.Scanners, s.Cameras)
	}
}
