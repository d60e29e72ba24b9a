package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// A courier opens again, within the visit, what they have put in.

// visiting is a cabinet with a courier who has put two parcels in: PARCEL-1 behind a small door, with the code, and PARCEL-2 behind a
// medium one.
func visiting(t *testing.T) (c *cabinet, door int, code string) {
	t.Helper()
	c = newCabinet(t)
	door, code = c.drop("PARCEL-1", "S")
	c.drop("PARCEL-2", "M")
	return c, door, code
}

// reopens has the door of a parcel of the visit opened once more.
func (c *cabinet) reopens(door int) []locker.Event {
	c.t.Helper()
	c.tap(locker.ActionVisit)
	c.onScreen(locker.StepVisit)
	return c.press(locker.Tapped{Action: locker.ActionReopen, Door: door})
}

// inHandAgain is a cabinet with a courier before the door of PARCEL-1, which stands open once more.
func inHandAgain(t *testing.T) (c *cabinet, door int, code string) {
	t.Helper()
	c, door, code = visiting(t)
	events := c.reopens(door)
	if e := want[locker.ParcelInHand](t, events); e.Door != door || e.Tracking != "PARCEL-1" || e.Courier != "ada" {
		t.Fatalf("want it in ada's hands, got %+v", e)
	}
	if u := want[locker.UnlockRequested](t, events); u.Door != door || u.Why != locker.WhyDrop {
		t.Fatalf("want door %d opened once more, got %+v", door, u)
	}
	c.onScreen(locker.StepDrop)
	c.sense(door, locker.Open)
	return c, door, code
}

func TestPutInAgain(t *testing.T) {
	c, _, _ := visiting(t)
	c.tap(locker.ActionVisit)
	var listed []string
	for _, p := range c.view().Visited {
		listed = append(listed, p.Tracking)
	}
	if !slices.Equal(listed, []string{"PARCEL-2", "PARCEL-1"}) {
		t.Errorf("want what was put in, the newest first, got %v", listed)
	}
	c.tap(locker.ActionBack)
	c, door, code := inHandAgain(t)
	if v := c.view(); v.Tracking != "PARCEL-1" || v.Stored != 1 {
		t.Errorf("want it named, and one parcel stored, got %q and %d", v.Tracking, v.Stored)
	}
	c.status("PARCEL-1", locker.StatusDropping)
	wantNo[locker.ParcelStoredAgain](t, c.sense(door, locker.Closed))
	events := c.tap(locker.ActionDone)
	if e := want[locker.ParcelStoredAgain](t, events); e.Unsure || e.Door != door || e.Tracking != "PARCEL-1" {
		t.Fatalf("want it stored as before, got %+v", e)
	}
	wantNo[locker.ParcelStored](t, events)
	if n := c.view().Stored; n != 2 {
		t.Errorf("want two parcels stored, got %d", n)
	}
	c.tap(locker.ActionFinish)
	c.codeOpens(code, door)
	c.status("PARCEL-1", locker.StatusCollected)
}

// TestScanningOnStoresItAgain, as the first time.
func TestScanningOnStoresItAgain(t *testing.T) {
	c, door, _ := inHandAgain(t)
	c.sense(door, locker.Closed)
	want[locker.ParcelStoredAgain](t, c.scan("PARCEL-3"))
	c.onScreen(locker.StepPhone)
}

// TestTakenOutAgain: the courier's look proves the door empty, and the code, which may have been sent, opens nothing.
func TestTakenOutAgain(t *testing.T) {
	c, door, code := inHandAgain(t)
	c.says(locker.ActionCancel)
	c.tap(locker.ActionCancelYes)
	c.onScreen(locker.StepTakeOut)
	c.sense(door, locker.Closed)
	c.onScreen(locker.StepLook)
	events := c.tap(locker.ActionEmpty)
	if e := want[locker.ParcelWithdrawn](t, events); e.Unsure || e.Door != door || e.Courier != "ada" {
		t.Fatalf("want it withdrawn by ada, got %+v", e)
	}
	wantNo[locker.DropCancelled](t, events)
	if e := want[locker.DoorEmptied](t, events); e.Proof != locker.ProofCourier {
		t.Errorf("want the courier's look as proof, got %+v", e)
	}
	if n := c.view().Stored; n != 1 {
		t.Errorf("want one parcel stored, got %d", n)
	}
	c.tap(locker.ActionSignOut)
	c.codeDead(code, locker.NoticeExpired)
	c.status("PARCEL-1", locker.StatusNotStored)
}

// TestMovedToAnotherDoor: its code opens that one, and the door before is proven empty.
func TestMovedToAnotherDoor(t *testing.T) {
	c, door, code := inHandAgain(t)
	c.says(locker.ActionLarger)
	c.onScreen(locker.StepTakeOut)
	c.sense(door, locker.Closed)
	events := c.tap(locker.ActionEmpty)
	want[locker.DropMoved](t, events)
	want[locker.DoorEmptied](t, events)
	to := want[locker.UnlockRequested](t, events).Door
	c.sense(to, locker.Open)
	c.sense(to, locker.Closed)
	if e := want[locker.ParcelStoredAgain](t, c.tap(locker.ActionDone)); e.Door != to || to == door {
		t.Fatalf("want it behind door %d, got %+v", to, e)
	}
	c.tap(locker.ActionFinish)
	c.codeOpens(code, to)
}

// TestSomethingElseIsInItToo: what they have put in there they take out first.
func TestSomethingElseIsInItToo(t *testing.T) {
	c, door, code := inHandAgain(t)
	c.sense(door, locker.Closed)
	events := c.says(locker.ActionOccupied)
	wantNo[locker.DropMoved](t, events)
	c.onScreen(locker.StepTakeOut)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	events = c.tap(locker.ActionOccupied)
	if b := want[locker.DoorBlocked](t, events); b.Door != door || b.Why != locker.BlockOccupied {
		t.Fatalf("want door %d set aside, got %+v", door, b)
	}
	to := want[locker.UnlockRequested](t, events).Door
	c.sense(to, locker.Open)
	c.sense(to, locker.Closed)
	want[locker.ParcelStoredAgain](t, c.tap(locker.ActionDone))
	c.tap(locker.ActionFinish)
	c.codeOpens(code, to)
	c.notGiven(door)
}

// TestIsItStillThem: where nothing was touched for a while, the badge is asked for.
func TestIsItStillThem(t *testing.T) {
	c, door, _ := visiting(t)
	c.wait(11 * time.Second)
	c.tap(locker.ActionVisit)
	c.onScreen(locker.StepBadge)
	c.scan("badge-ada")
	c.onScreen(locker.StepVisit)
	c.wait(11 * time.Second)
	wantNo[locker.UnlockRequested](t, c.press(locker.Tapped{Action: locker.ActionReopen, Door: door}))
	c.onScreen(locker.StepBadge)
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepScan)
}

// TestThatCourierInThatVisit, and nobody else, later or otherwise.
func TestThatCourierInThatVisit(t *testing.T) {
	c, door, _ := visiting(t)
	c.press(locker.Tapped{Action: locker.ActionReopen, Door: door}) // not on the screen
	c.tap(locker.ActionVisit)
	wantNo[locker.UnlockRequested](t, c.press(locker.Tapped{Action: locker.ActionReopen, Door: 5}))
	c.notice(locker.NoticeTryAgain)
	c.tap(locker.ActionBack)
	c.order(locker.Order{HandOver: &locker.HandOverOrder{Tracking: "PARCEL-2"}})
	c.tap(locker.ActionVisit)
	if v := c.view().Visited; len(v) != 1 || v[0].Tracking != "PARCEL-1" {
		t.Errorf("want what was handed over not listed, got %+v", v)
	}
	c.tap(locker.ActionBack)
	c.tap(locker.ActionSignOut)
	for _, badge := range []string{"badge-ada", "badge-bob"} {
		c.scanLater(badge)
		if a := c.view().Actions; slices.Contains(a, locker.ActionVisit) {
			t.Errorf("want nothing of another visit listed for %s, got %v", badge, a)
		}
		c.tap(locker.ActionSignOut)
	}
}

// TestItsRecipientComesMeanwhile: they wait until the door is shut, which costs no try, and fetch it.
func TestItsRecipientComesMeanwhile(t *testing.T) {
	for _, by := range []string{"code", "token", "token by id"} {
		t.Run(by, func(t *testing.T) {
			c, door, code := inHandAgain(t)
			token := c.parcelToken("t1")
			if by == "token by id" {
				token.Parcel = c.parcelIn(door).ID
			}
			show := func() []locker.Event {
				if by != "code" {
					return c.show(token)
				}
				return c.feed(locker.Scanned{Hash: hash(code), Code: true}) // with its prefix: bare digits are a parcel's to a courier
			}
			events := show()
			wantNo[locker.UnlockRequested](t, events)
			wantNo[locker.CodeRefused](t, events)
			c.notice(locker.NoticeCloseFirst)
			c.sense(door, locker.Closed)
			events = show()
			want[locker.ParcelStoredAgain](t, events)
			if u := want[locker.UnlockRequested](t, events); u.Door != door || u.Why != locker.WhyPickup {
				t.Errorf("want it fetched, got %+v", u)
			}
		})
	}
}

// TestWhatBecomesOfIt: wherever the visit is cut, by a power cut or by walking off.
func TestWhatBecomesOfIt(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(c *cabinet, door int)
		is     locker.Status
		unsure bool
	}{
		{"while it opens", func(c *cabinet, door int) { c.reopens(door) }, locker.StatusWaiting, true},
		{"at the open door", func(c *cabinet, door int) {
			c.reopens(door)
			c.sense(door, locker.Open)
		}, locker.StatusWaiting, true},
		{"once it is shut", func(c *cabinet, door int) {
			c.reopens(door)
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
		}, locker.StatusWaiting, false},
		{"while it is taken out", func(c *cabinet, door int) {
			c.reopens(door)
			c.sense(door, locker.Open)
			c.says(locker.ActionLarger)
		}, locker.StatusAbandoned, true},
	} {
		for cut, end := range map[string]func(c *cabinet) []locker.Event{
			"power": (*cabinet).restart,
			"left":  func(c *cabinet) []locker.Event { return c.wait(10 * time.Minute) },
		} {
			t.Run(tt.name+"/"+cut, func(t *testing.T) {
				c, door, code := visiting(t)
				tt.before(c, door)
				events := end(c)
				wantNo[locker.DropAbandoned](t, events)
				if tt.is == locker.StatusAbandoned {
					if e := want[locker.ParcelWithdrawn](t, events); !e.Unsure {
						t.Errorf("want it unsure, got %+v", e)
					}
					if h := c.holds(door); h.Kind != locker.Doubtful || h.Tracking != "PARCEL-1" || h.Company != "Example Parcel" {
						t.Errorf("want its company to look, got %+v", h)
					}
				} else if e := want[locker.ParcelStoredAgain](t, events); e.Unsure != tt.unsure {
					t.Errorf("want unsure: %v, got %+v", tt.unsure, e)
				}
				c.sense(door, locker.Closed)
				c.status("PARCEL-1", tt.is)
				_, opens := find[locker.UnlockRequested](c.scanLater(code))
				if opens != (tt.is == locker.StatusWaiting) {
					t.Errorf("want its code to open: %v", tt.is == locker.StatusWaiting)
				}
				c.notGiven(door)
			})
		}
	}
}

// TestItsDoorDoesNotOpenOnceMore: it is where it was.
func TestItsDoorDoesNotOpenOnceMore(t *testing.T) {
	stuck := func(t *testing.T) (c *cabinet, door int) {
		c, door, _ = visiting(t)
		c.reopens(door)
		c.wait(c.plan.Times.Judge)
		c.onScreen(locker.StepDropPress)
		return c, door
	}
	t.Run("ever", func(t *testing.T) {
		c, door := stuck(t)
		c.tap(locker.ActionTryAgain)
		events := c.wait(c.plan.Times.Judge)
		wantNo[locker.DropMoved](t, events)
		if e := want[locker.ParcelStoredAgain](t, events); e.Door != door || !e.Unsure {
			t.Errorf("want it behind %d, got %+v", door, e)
		}
		c.onScreen(locker.StepScan)
		c.status("PARCEL-1", locker.StatusWaiting)
	})
	t.Run("and the courier goes", func(t *testing.T) {
		c, door := stuck(t)
		c.pass(15 * time.Second)
		for _, a := range []locker.Action{locker.ActionTryAgain, locker.ActionCancel} {
			wantNo[locker.UnlockRequested](t, c.tap(a)) // it is still in there
			c.onScreen(locker.StepBadge)
			c.tap(locker.ActionBack)
			c.onScreen(locker.StepDropPress)
		}
		c.tap(locker.ActionTryAgain)
		c.scan("badge-ada")
		c.onScreen(locker.StepDropPress)
		if u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)); u.Door != door {
			t.Errorf("want door %d for its courier, got %+v", door, u)
		}
	})
	t.Run("and the courier gives up", func(t *testing.T) {
		c, door := stuck(t)
		c.tap(locker.ActionCancel)
		events := c.tap(locker.ActionCancelYes)
		wantNo[locker.ParcelWithdrawn](t, events)
		want[locker.ParcelStoredAgain](t, events)
		c.notGiven(door)
	})
	t.Run("since nothing was sent", func(t *testing.T) {
		c, door, _ := visiting(t)
		u := want[locker.UnlockRequested](t, c.reopens(door))
		c.feed(locker.ReleaseEnded{Unlock: u.Unlock, Why: "port gone"})
		if e := want[locker.ParcelStoredAgain](t, c.wait(10*time.Minute)); e.Unsure {
			t.Errorf("want it where it was for certain, got %+v", e)
		}
	})
	t.Run("though its contact says so", func(t *testing.T) {
		c, door, _ := inHandAgain(t)
		c.says(locker.ActionNotOpen)
		c.tap(locker.ActionTryAgain)
		c.wait(c.plan.Times.Judge)
		events := c.says(locker.ActionNotOpen)
		wantNo[locker.DropMoved](t, events)
		if e := want[locker.ParcelStoredAgain](t, events); !e.Unsure {
			t.Errorf("want it unsure, got %+v", e)
		}
		if p := c.parcelIn(door); p.Tracking != "PARCEL-1" {
			t.Errorf("want it behind door %d, got %+v", door, p)
		}
	})
}

// TestNeitherBehindTheOneNorTheOther: it was taken out for another door, and that one does not open.
func TestNeitherBehindTheOneNorTheOther(t *testing.T) {
	between := func(t *testing.T, says locker.Action) (c *cabinet, door, to int, code string) {
		c, door, code = inHandAgain(t)
		c.says(says)
		c.onScreen(locker.StepTakeOut)
		c.sense(door, locker.Closed)
		answer := locker.ActionEmpty
		if says == locker.ActionOccupied {
			answer = says
		}
		events := c.tap(answer)
		to = want[locker.UnlockRequested](t, events).Door
		if c.wait(c.plan.Times.Judge); to == door {
			t.Fatalf("want another door than %d", door)
		}
		c.onScreen(locker.StepDropPress)
		return c, door, to, code
	}
	for _, says := range []locker.Action{locker.ActionLarger, locker.ActionOccupied} {
		t.Run("and is taken along, "+string(says), func(t *testing.T) {
			c, door, to, code := between(t, says)
			c.tap(locker.ActionCancel)
			events := c.tap(locker.ActionCancelYes)
			wantNo[locker.ParcelStoredAgain](t, events)
			if e := want[locker.ParcelWithdrawn](t, events); e.Door != to || e.Unsure {
				t.Errorf("want it in its courier's hands, got %+v", e)
			}
			if says == locker.ActionOccupied {
				c.notGiven(door)
			}
			c.notGiven(to)
			c.status("PARCEL-1", locker.StatusNotStored)
			c.codeDead(code, locker.NoticeExpired)
		})
	}
	t.Run("and is left there", func(t *testing.T) {
		c, _, to, code := between(t, locker.ActionLarger)
		events := c.wait(10 * time.Minute)
		wantNo[locker.ParcelStoredAgain](t, events)
		if e := want[locker.ParcelWithdrawn](t, events); e.Door != to || !e.Unsure {
			t.Errorf("want it looked for behind %d, got %+v", to, e)
		}
		c.codeDead(code, locker.NoticeExpired)
	})
	t.Run("and a third one is given", func(t *testing.T) {
		c, door, to, code := between(t, locker.ActionOccupied)
		c.tap(locker.ActionTryAgain)
		events := c.wait(c.plan.Times.Judge)
		wantNo[locker.ParcelStoredAgain](t, events)
		third := want[locker.UnlockRequested](t, events).Door
		if third == to {
			t.Fatalf("want another door than %d, %d", door, to)
		}
		c.sense(third, locker.Open)
		c.sense(third, locker.Closed)
		want[locker.ParcelStoredAgain](t, c.tap(locker.ActionDone))
		c.tap(locker.ActionFinish)
		c.codeOpens(code, third)
	})
}

// TestALatchThatDoesNotCatchAgain: it is shut once it stays shut.
func TestALatchThatDoesNotCatchAgain(t *testing.T) {
	c, door, _ := inHandAgain(t)
	c.sense(door, locker.Closed)
	c.pass(time.Second)
	c.sense(door, locker.Open)
	if a := c.view().Actions; slices.Contains(a, locker.ActionDone) {
		t.Errorf("want it pushed shut first, got %v", a)
	}
	c.sense(door, locker.Closed)
	want[locker.ParcelStoredAgain](t, c.tap(locker.ActionDone))
}

// TestADoorThatSprangOpenIsInHandAtOnce: it stands open behind its courier, and is not pulsed.
func TestADoorThatSprangOpenIsInHandAtOnce(t *testing.T) {
	c := newCabinet(t)
	door, _ := c.drop("PARCEL-1", "S")
	c.pass(time.Second)
	c.sense(door, locker.Open)
	events := c.reopens(door)
	want[locker.ParcelInHand](t, events)
	wantNo[locker.UnlockRequested](t, events)
	c.sense(door, locker.Closed)
	want[locker.ParcelStoredAgain](t, c.tap(locker.ActionDone))
}

// TestOrdersWhileItIsInHand find it in use.
func TestOrdersWhileItIsInHand(t *testing.T) {
	for name, o := range map[string]locker.Order{
		"cancel":        {Cancel: &locker.CancelOrder{Tracking: "PARCEL-1"}},
		"new code":      {NewCode: &locker.NewCodeOrder{Tracking: "PARCEL-1", Offers: []locker.Offer{{Hash: hash("x")}}}},
		"new recipient": {NewRecipient: &locker.NewRecipientOrder{Tracking: "PARCEL-1", Offers: []locker.Offer{{Hash: hash("x")}}}},
		"handed over":   {HandOver: &locker.HandOverOrder{Tracking: "PARCEL-1"}},
		"erase":         {Erase: &locker.Erasure{Tracking: "PARCEL-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _, _ := inHandAgain(t)
			if e := want[locker.OrderRefused](t, c.order(o)); e.Code != locker.CodeParcelInUse {
				t.Errorf("want it in use, got %s: %s", e.Code, e.Why)
			}
		})
	}
}
