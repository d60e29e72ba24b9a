package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// put makes the cloud tell of a courier whose badge is "badge-" and their id.
func (c *cabinet) put(k locker.Courier) []locker.Event {
	c.t.Helper()
	k.Badge, k.BadgeCharacters = hash("badge-"+k.ID), locker.LeastBadge
	return c.order(locker.Order{CourierPut: &k})
}

// order follows an order of no special time.
func (c *cabinet) order(o locker.Order) []locker.Event {
	c.t.Helper()
	c.codes++
	o.ID = "order-" + string(rune('a'+c.codes))
	o.Cabinet, o.Expires = "test", c.now.Wall.Add(time.Hour)
	return c.feed(locker.OrderReceived{Order: o})
}

func TestCouriersWorkInTheirTime(t *testing.T) {
	c := newCabinet(t)
	start := c.now.Wall.Add(time.Hour)
	want[locker.CourierPut](t, c.put(locker.Courier{ID: "eve", Company: "Third Parcel", From: start, Until: start.Add(time.Hour)}))
	for _, tt := range []struct {
		wait time.Duration
		may  bool
	}{{0, false}, {time.Hour, true}, {time.Hour, false}} {
		c.wait(tt.wait)
		events := c.scan("badge-eve")
		if _, in := find[locker.CourierSignedIn](events); in != tt.may {
			t.Errorf("at %s: want signed in: %v, got %s", c.now.Wall, tt.may, names(events))
		}
		if !tt.may {
			c.notice(locker.NoticeNotNow)
		}
	}
	c.now.Known = false
	wantNo[locker.CourierSignedIn](t, c.scan("badge-eve")) // the journal proves that the time is over
}

func TestCourierWithoutTheRight(t *testing.T) {
	c := newCabinet(t)
	c.put(locker.Courier{ID: "eve", Company: "Third Parcel", Rights: []locker.Right{locker.RightCollect}})
	c.scan("badge-eve")
	wantNo[locker.ParcelScanned](t, c.scan("PARCEL-9"))
	c.notice(locker.NoticeNoRight)
}

// TestNoCodeNoParcel: where a code has no way to its recipient nobody brings a parcel, whatever their rights, and the screen
// says why; what lies there is taken back as ever.
func TestNoCodeNoParcel(t *testing.T) {
	c, _, _ := stored(t)
	c.wait(c.plan.Times.Pickup)
	c.plan.NoCodes = true
	c.scan("badge-ada")
	v := c.view()
	if v.Brings || !v.NoCodes || slices.Contains(v.Actions, locker.ActionType) || !slices.Contains(v.Actions, locker.ActionRecall) {
		t.Errorf("want no way to bring a parcel, and one to take back: %+v", v.Actions)
	}
	wantNo[locker.ParcelScanned](t, c.scan("PARCEL-9"))
	c.notice(locker.NoticeNoCodes)
}

func TestUnknownRightsAreRefused(t *testing.T) {
	c := newCabinet(t)
	want[locker.OrderRefused](t, c.put(locker.Courier{ID: "eve", Rights: []locker.Right{"everything"}}))
	want[locker.OrderRefused](t, c.put(locker.Courier{ID: "eve", From: c.now.Wall, Until: c.now.Wall}))
}

// TestParcelOfAnotherCompany: the announced company's couriers bring it, and nobody else.
func TestParcelOfAnotherCompany(t *testing.T) {
	c := newCabinet(t)
	c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "PARCEL-1", Company: "Example Parcel"}})
	c.scan("badge-bob")
	wantNo[locker.ParcelScanned](t, c.scan("PARCEL-1"))
	c.notice(locker.NoticeOtherCompany)
	c.tap(locker.ActionSignOut)
	c.scan("badge-ada")
	want[locker.ParcelScanned](t, c.scan("PARCEL-1"))
}

// expired is a cabinet with a parcel of Ada's that nobody fetched.
func expired(t *testing.T) (c *cabinet, door int, code string) {
	c, door, code = stored(t)
	c.wait(73 * time.Hour)
	return c, door, code
}

// TestRecall: the courier takes back what nobody fetched, and the door is proven empty by that.
func TestRecall(t *testing.T) {
	c, door, code := expired(t)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.onScreen(locker.StepRecall)
	if u := want[locker.UnlockRequested](t, c.tap(locker.ActionRecallOpen)); u.Why != locker.WhyRecall || u.Door != door {
		t.Fatalf("want door %d opened for a recall, got %+v", door, u)
	}
	if e := want[locker.ParcelRecalled](t, c.sense(door, locker.Open)); e.Courier != "ada" {
		t.Fatalf("want it taken back by ada, got %+v", e)
	}
	wantNo[locker.DoorEmptied](t, c.sense(door, locker.Closed))
	if e := want[locker.DoorEmptied](t, c.tap(locker.ActionEmpty)); e.Proof != locker.ProofCourier {
		t.Fatalf("want the courier's proof, got %+v", e)
	}
	c.onScreen(locker.StepScan)
	c.notice(locker.NoticeRecalled)
	c.tap(locker.ActionSignOut)
	c.tap(locker.ActionPickup)
	c.typed(code)
	c.notice(locker.NoticeExpired)
}

// TestRecallLeftAtTheQuestion: a courier who takes a parcel back and leaves before saying that the door is empty proves
// nothing, also where the door was in doubt before.
func TestRecallLeftAtTheQuestion(t *testing.T) {
	for _, before := range []struct {
		name string
		do   func(c *cabinet, door int)
		why  locker.Doubt
	}{
		{"in no doubt", func(*cabinet, int) {}, locker.DoubtLeft},
		{"opened by order and left open", func(c *cabinet, door int) {
			c.order(locker.Order{Expires: c.now.Wall.Add(time.Minute), Unlock: &locker.UnlockOrder{Door: door}})
			c.sense(door, locker.Open)
			c.wait(10 * time.Minute)
			c.sense(door, locker.Closed)
		}, locker.DoubtAlone},
	} {
		t.Run(before.name, func(t *testing.T) {
			c, door, _ := expired(t)
			before.do(c, door)
			c.scan("badge-ada")
			c.tap(locker.ActionRecall)
			c.tap(locker.ActionRecallOpen)
			want[locker.ParcelRecalled](t, c.sense(door, locker.Open))
			c.sense(door, locker.Closed)
			c.onScreen(locker.StepLook)
			if e := want[locker.DoorDoubted](t, c.wait(10*time.Minute)); e.Why != before.why {
				t.Errorf("want it in doubt because %q, got %q", before.why, e.Why)
			}
			if h := c.holds(door); h.Kind != locker.Doubtful {
				t.Errorf("want it doubtful, got %+v", h)
			}
		})
	}
}

func TestWhoMayRecall(t *testing.T) {
	for _, tt := range []struct {
		name string
		k    locker.Courier
		may  bool
	}{
		{"another company's courier", locker.Courier{ID: "eve", Company: "Other Parcel", Rights: locker.Rights()}, false},
		{"a colleague without the right", locker.Courier{ID: "eve", Company: "Example Parcel"}, false},
		{"a colleague with it", locker.Courier{ID: "eve", Company: "Example Parcel", Rights: locker.Rights()}, true},
		{"of no company", locker.Courier{ID: "eve", Rights: locker.Rights()}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _, _ := expired(t)
			c.put(tt.k)
			c.scan("badge-eve")
			if got := slices.Contains(c.view().Actions, locker.ActionRecall); got != tt.may {
				t.Errorf("want %v, got %v", tt.may, got)
			}
			c.press(locker.Tapped{Action: locker.ActionRecallOpen})
			if u := c.state.Doors[0].Unlock; u.ID != "" {
				t.Errorf("a button that is not on the screen opens: %+v", u)
			}
		})
	}
}

func TestRecallPassedOver(t *testing.T) {
	c, _, _ := expired(t)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	want[locker.RecallPassed](t, c.tap(locker.ActionSkip))
	c.onScreen(locker.StepScan)
	if slices.Contains(c.view().Actions, locker.ActionRecall) {
		t.Error("want nothing left to take back in this session")
	}
}

// TestRecallLeftOpen: the courier goes away from the open door; nobody can say what is behind it.
func TestRecallLeftOpen(t *testing.T) {
	c, door, _ := expired(t)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.sense(door, locker.Open)
	c.wait(time.Hour)
	c.sense(door, locker.Closed)
	if k := c.holds(door); k.Kind != locker.Doubtful {
		t.Fatalf("want door %d doubtful, got %+v", door, k)
	}
}

func TestRecallOfADoorThatDoesNotOpen(t *testing.T) {
	c, door, _ := expired(t)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.wait(8 * time.Second)
	c.onScreen(locker.StepRecallDoor)
	u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
	if !u.Again || u.Door != door || u.Why != locker.WhyRecall {
		t.Fatalf("want the one new unlock, got %+v", u)
	}
	c.wait(8 * time.Second)
	if slices.Contains(c.view().Actions, locker.ActionTryAgain) {
		t.Error("want no third pulse offered")
	}
	c.tap(locker.ActionSkip)
	c.onScreen(locker.StepScan)
}

// TestNobodyToSendACode: where there is no cloud, nothing is promised.
func TestNobodyToSendACode(t *testing.T) {
	p := plan()
	p.Resend = false
	c := bareCabinet(t, p)
	c.sense(1, locker.Closed)
	c.tap(locker.ActionPickup)
	if slices.Contains(c.view().Actions, locker.ActionResend) {
		t.Error("want no code promised")
	}
}

func TestCodeParcelSentOnceMore(t *testing.T) {
	c, _, _ := stored(t)
	for range 3 {
		c.tap(locker.ActionPickup)
		c.tap(locker.ActionResend)
		c.onScreen(locker.StepResend)
		if e := want[locker.CodeResendAsked](t, c.phone()); string(e.Personal.Phone) != "phone" {
			t.Fatalf("want the phone for the cloud, got %+v", e)
		}
		c.notice(locker.NoticeResent)
		c.tap(locker.ActionBack)
	}
	ask := func() []locker.Event {
		c.tap(locker.ActionPickup)
		c.tap(locker.ActionResend)
		return c.phone()
	}
	wantNo[locker.CodeResendAsked](t, ask())
	c.notice(locker.NoticeLater)
	c.restart()
	wantNo[locker.CodeResendAsked](t, ask())
	c.wait(11 * time.Minute)
	want[locker.CodeResendAsked](t, ask())
}

// TestCourierByTokensAlone: one who has neither badge nor PIN here signs in by tokens.
func TestCourierByTokensAlone(t *testing.T) {
	c := newCabinet(t)
	want[locker.CourierPut](t, c.order(locker.Order{CourierPut: &locker.Courier{ID: "eve", Name: "Eve"}}))
	want[locker.OrderRefused](t, c.order(locker.Order{CourierPut: &locker.Courier{Name: "Nobody"}}))
	token := c.token("t1")
	token.Courier = "eve"
	want[locker.CourierSignedIn](t, c.show(token))
	c.tap(locker.ActionSignOut)
	c.tap(locker.ActionCourier)
	wantNo[locker.CourierSignedIn](t, c.feed(locker.Typed{Revision: c.view().Revision}))
	wantNo[locker.CourierSignedIn](t, c.feed(locker.Scanned{}))
}

// TestRecallIsNotInterrupted: nobody else is served while the courier's door stands open.
func TestRecallIsNotInterrupted(t *testing.T) {
	c, door, _ := expired(t)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.sense(door, locker.Open)
	c.show(c.parcelToken("t1"))
	c.onScreen(locker.StepRecallDoor)
	c.notice(locker.NoticeCloseFirst)
	c.sense(door, locker.Closed)
	want[locker.DoorEmptied](t, c.tap(locker.ActionEmpty))
}

// TestRecallPassedAfterAnotherLook: the door does not open for another look, and its courier goes on: nobody says that the parcel was
// taken out, so it waits for the next one.
func TestRecallPassedAfterAnotherLook(t *testing.T) {
	c, door, _ := expired(t)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	want[locker.ParcelRecalled](t, c.sense(door, locker.Open))
	c.sense(door, locker.Closed)
	c.tap(locker.ActionTryAgain)
	c.wait(c.plan.Times.Judge)
	want[locker.CollectionDisputed](t, c.tap(locker.ActionSkip))
	c.wait(10 * time.Minute)
	if h := c.holds(door); h.Kind != locker.Occupied {
		t.Errorf("want the parcel in the books, got %+v", h)
	}
	c.scan("badge-ada")
	if !slices.Contains(c.view().Actions, locker.ActionRecall) {
		t.Error("want it taken back by whoever comes next")
	}
}

// TestWhyAParcelIsTakenBack: one that was cancelled was not too long there.
func TestWhyAParcelIsTakenBack(t *testing.T) {
	for _, cancelled := range []bool{false, true} {
		c, _, _ := expired(t)
		if cancelled {
			c = newCabinet(t)
			c.drop("PARCEL-1", "S")
			c.tap(locker.ActionSignOut)
			c.order(locker.Order{Expires: c.now.Wall.Add(time.Hour), Cancel: &locker.CancelOrder{Tracking: "PARCEL-1"}})
		}
		c.scan("badge-ada")
		c.tap(locker.ActionRecall)
		c.onScreen(locker.StepRecall)
		if c.view().Withdrawn != cancelled {
			t.Errorf("cancelled %t: want it said", cancelled)
		}
	}
}
