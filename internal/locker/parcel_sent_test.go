package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// What people send: a code of their own opens an empty door, and a courier of the company collects what they put in.

// expects has the cloud announce a parcel that its sender brings, and is the sender's code.
func (c *cabinet) expects(tracking string) string {
	c.t.Helper()
	a := want[locker.ParcelAnnounced](c.t, c.order(locker.Order{Kind: "parcel.announce", Announce: &locker.AnnounceOrder{Tracking: tracking,
		Size: "S", Company: "Example Parcel", From: locker.FromSender, Offers: c.offers()}}))
	if a.From != locker.FromSender || a.CodeHash.IsZero() || a.Company != "Example Parcel" {
		c.t.Fatalf("want a sender announced, with a code, got %+v", a)
	}
	return string(a.Personal.Code)
}

// sender is a cabinet with an announced sender before an open door.
func sender(t *testing.T) (c *cabinet, door int, code string) {
	c = newCabinet(t)
	code = c.expects("RETURN-1")
	u := want[locker.UnlockRequested](t, c.scan(code))
	if u.Why != locker.WhyDrop {
		t.Fatalf("want a door for what is sent, got %+v", u)
	}
	c.onScreen(locker.StepDrop)
	c.sense(u.Door, locker.Open)
	return c, u.Door, code
}

// sent is a cabinet with a parcel that its sender has put in, nobody at the kiosk.
func sent(t *testing.T) (c *cabinet, door int, code string) {
	c, door, code = sender(t)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionDone)
	c.tap(locker.ActionFinish)
	return c, door, code
}

// collector signs somebody in who collects.
func (c *cabinet) collector(company string, rights ...locker.Right) {
	c.t.Helper()
	c.put(locker.Courier{ID: "col", Company: company, Rights: rights})
	c.scan("badge-col")
	c.onScreen(locker.StepScan)
}

func TestSentAndCollected(t *testing.T) {
	c := newCabinet(t)
	if c.view().Senders {
		t.Error("want no word of senders where none is expected")
	}
	code := c.expects("RETURN-1")
	if !c.view().Senders {
		t.Error("want the way to the keypad to be for senders, too")
	}
	c.tap(locker.ActionPickup)
	events := c.typed(code)
	if s := want[locker.DropStarted](t, events); s.From != locker.FromSender || len(s.Personal.Code) > 0 || s.Tracking != "RETURN-1" {
		t.Fatalf("want a sender's drop-off, got %+v", s)
	}
	door := want[locker.UnlockRequested](t, events).Door
	c.sense(door, locker.Open)
	if v := c.view(); !v.Sends || slices.Contains(v.Actions, locker.ActionDone) {
		t.Fatalf("want nothing said of an open door but that it is given up, got %v", v.Actions)
	}
	wantNo[locker.ParcelSent](t, c.sense(door, locker.Closed))
	events = c.tap(locker.ActionDone)
	if s := want[locker.ParcelSent](t, events); s.Unsure || s.Door != door || s.Tracking != "RETURN-1" || s.Company != "Example Parcel" {
		t.Fatalf("want it sent for certain, got %+v", s)
	}
	wantNo[locker.ParcelStored](t, events)
	c.onScreen(locker.StepThanks)
	if v := c.view(); v.Tracking != "RETURN-1" || !v.Sends || v.Senders {
		t.Errorf("want the receipt to name the parcel, got %+v", v.Tracking)
	}
	if d := c.state.Summary(c.now); d.Sent != 1 || d.Parcels != 1 || d.Doors[door-1].Contents != "sent" {
		t.Errorf("want it told as sent, got %+v", d.Doors[door-1])
	}
	wantNo[locker.ParcelExpired](t, c.wait(30*24*time.Hour)) // no pickup period
	c.collector("Example Parcel", locker.RightCollect)
	if !c.view().Collects {
		t.Error("want the screen to say that there is something to collect")
	}
	c.tap(locker.ActionRecall)
	if u := want[locker.UnlockRequested](t, c.tap(locker.ActionRecallOpen)); u.Door != door || u.Why != locker.WhyRecall {
		t.Fatalf("want door %d opened for the courier, got %+v", door, u)
	}
	events = c.sense(door, locker.Open)
	if e := want[locker.ParcelDispatched](t, events); e.Courier != "col" || e.Tracking != "RETURN-1" {
		t.Fatalf("want it collected by the courier, got %+v", e)
	}
	wantNo[locker.ParcelRecalled](t, events)
	wantNo[locker.DoorEmptied](t, c.sense(door, locker.Closed))
	if e := want[locker.DoorEmptied](t, c.tap(locker.ActionEmpty)); e.Proof != locker.ProofCourier {
		t.Fatalf("want the courier's look as proof, got %+v", e)
	}
	c.status("RETURN-1", locker.StatusDispatched)
}

// status asks what has become of a parcel.
func (c *cabinet) status(tracking string, is locker.Status) {
	c.t.Helper()
	if s := want[locker.ParcelStatus](c.t, c.order(locker.Order{Status: &locker.StatusOrder{Tracking: tracking}})); s.Status != is {
		c.t.Errorf("want %s %s, got %+v", tracking, is, s)
	}
}

// TestNothingWasInIt: a sender has put nothing in, and says that they have.
func TestNothingWasInIt(t *testing.T) {
	c, door, _ := sent(t)
	c.collector("Example Parcel", locker.RightCollect)
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	events := c.tap(locker.ActionMissing)
	if e := want[locker.ParcelMissing](t, events); e.Courier != "col" || e.Tracking != "RETURN-1" || e.Door != door {
		t.Fatalf("want it told missing, got %+v", e)
	}
	want[locker.DoorEmptied](t, events)
	c.status("RETURN-1", locker.StatusMissing)
}

// TestLeftWhereItWas: a courier who leaves it there leaves it for the next one of the company.
func TestLeftWhereItWas(t *testing.T) {
	c, door, code := sent(t)
	c.collector("Example Parcel", locker.RightCollect)
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionTryAgain)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.CollectionDisputed](t, c.tap(locker.ActionOccupied))
	c.status("RETURN-1", locker.StatusSent)
	c.tap(locker.ActionSignOut)
	c.scan(code)
	c.notice(locker.NoticeSentCode)
	c.scan("badge-col")
	if !slices.Contains(c.view().Actions, locker.ActionRecall) {
		t.Error("want it collected by whoever comes next")
	}
}

func TestWhoMayCollect(t *testing.T) {
	for _, tt := range []struct {
		name, company string
		rights        []locker.Right
		may           bool
	}{
		{"with the right", "Example Parcel", []locker.Right{locker.RightCollect}, true},
		{"without it", "Example Parcel", []locker.Right{locker.RightDrop, locker.RightRecallOwn, locker.RightRecallCompany}, false},
		{"of whom nothing is said", "Example Parcel", nil, false},
		{"of another company", "Other Parcel", locker.Rights(), false},
		{"of no company", "", locker.Rights(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, door, _ := sent(t)
			c.collector(tt.company, tt.rights...)
			if got := slices.Contains(c.view().Actions, locker.ActionRecall); got != tt.may {
				t.Errorf("want %v, got %v", tt.may, got)
			}
			c.press(locker.Tapped{Action: locker.ActionRecallOpen})
			if u := c.door(door).Unlock; u.ID != "" {
				t.Errorf("a button that is not on the screen opens: %+v", u)
			}
		})
	}
}

// TestWhatSomebodySendsIsNobodysToFetch: neither the sender's code nor a token for the parcel opens its door.
func TestWhatSomebodySendsIsNobodysToFetch(t *testing.T) {
	c, door, code := sent(t)
	c.scanLater(code)
	c.notice(locker.NoticeSentCode)
	c.tap(locker.ActionBack)
	c.tap(locker.ActionPickup)
	wantNo[locker.UnlockRequested](t, c.typed(code))
	c.notice(locker.NoticeSentCode)
	token := c.parcelToken("t1")
	token.Parcel = "RETURN-1"
	wantNo[locker.UnlockRequested](t, c.show(token))
	if u := c.door(door).Unlock; u.ID != "" {
		t.Errorf("want door %d left shut, got %+v", door, u)
	}
}

// TestSentAndWalkedOff: who says nothing after their door was seen to open and to close has sent it.
func TestSentAndWalkedOff(t *testing.T) {
	c, door, _ := sender(t)
	c.sense(door, locker.Closed)
	if s := want[locker.ParcelSent](t, c.wait(10*time.Minute)); s.Unsure {
		t.Errorf("want it believed, got %+v", s)
	}
	if h := c.holds(door); h.Kind != locker.Occupied {
		t.Errorf("want the door kept for the courier, got %+v", h)
	}
}

// TestWalkedOffFromTheOpenDoor: nobody knows what is in it, so that a courier of the company looks.
func TestWalkedOffFromTheOpenDoor(t *testing.T) {
	c, door, code := sender(t)
	if s := want[locker.ParcelSent](t, c.wait(time.Hour)); !s.Unsure {
		t.Errorf("want it unsure, got %+v", s)
	}
	c.sense(door, locker.Closed)
	c.scan(code)
	c.notice(locker.NoticeSentCode)
	c.tap(locker.ActionBack)
	c.collector("Example Parcel", locker.RightCollect)
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.ParcelMissing](t, c.tap(locker.ActionMissing))
}

// TestNotPutIn: a sender's word that nothing is in the door proves nothing. Their code still opens another.
func TestNotPutIn(t *testing.T) {
	for _, tt := range []struct {
		name string
		shut bool
	}{{"the door stands open", false}, {"the door is shut", true}} {
		t.Run(tt.name, func(t *testing.T) {
			c, door, code := sender(t)
			if tt.shut {
				c.sense(door, locker.Closed)
			}
			want[locker.DropCancelled](t, c.says(locker.ActionCancel))
			if h := c.holds(door); h.Kind != locker.Doubtful || h.Tracking != "RETURN-1" || h.Company != "Example Parcel" {
				t.Fatalf("want the door in doubt, for the company to look into, got %+v", h)
			}
			c.sense(door, locker.Closed)
			c.wait(10 * time.Minute)
			if u := want[locker.UnlockRequested](t, c.scan(code)); u.Door == door {
				t.Errorf("want another door than %d, into which nobody has looked", door)
			}
		})
	}
}

// TestASensorProvesASendersDoor: where a sensor looks in, the door is given again.
func TestASensorProvesASendersDoor(t *testing.T) {
	c, door, _ := sender(t)
	c.sense(door, locker.Closed)
	c.says(locker.ActionCancel)
	c.tap(locker.ActionFinish)
	c.feed(locker.PresenceSensed{Lock: c.plan.Doors[door-1].Lock, Present: false})
	if e := want[locker.DoorEmptied](t, c.wait(time.Minute)); e.Proof != locker.ProofSensor {
		t.Errorf("want the sensor's proof, got %+v", e)
	}
}

// TestASendersCodeTiresOut: each visit without a parcel leaves a door to be looked into, so that there are not many of them.
func TestASendersCodeTiresOut(t *testing.T) {
	c, door, code := sender(t)
	for range 2 {
		c.sense(door, locker.Closed)
		c.says(locker.ActionCancel)
		c.tap(locker.ActionFinish)
		door = want[locker.UnlockRequested](t, c.scanLater(code)).Door
		c.sense(door, locker.Open)
	}
	c.sense(door, locker.Closed)
	c.says(locker.ActionCancel)
	wantNo[locker.UnlockRequested](t, c.scanLater(code))
	c.notice(locker.NoticeExpired)
}

// TestALargerDoor: the door before is given to nobody before somebody has looked.
func TestSendersLargerDoor(t *testing.T) {
	c, door, _ := sender(t)
	c.sense(door, locker.Closed)
	u := want[locker.UnlockRequested](t, c.says(locker.ActionLarger))
	if h := c.holds(door); u.Door == door || h.Kind != locker.Doubtful || h.Company != "Example Parcel" {
		t.Fatalf("want another door, and %d in doubt: %+v", door, h)
	}
	c.sense(u.Door, locker.Open)
	c.sense(u.Door, locker.Closed)
	if s := want[locker.ParcelSent](t, c.tap(locker.ActionDone)); s.Door != u.Door {
		t.Errorf("want it behind %d, got %+v", u.Door, s)
	}
}

// TestOpenedOnceMore: a sender may open their door once more within the visit, while they stand there.
func TestOpenedOnceMore(t *testing.T) {
	c, door, _ := sender(t)
	c.sense(door, locker.Closed)
	if u := want[locker.UnlockRequested](t, c.says(locker.ActionAgain)); u.Door != door {
		t.Fatalf("want door %d once more, got %d", door, u.Door)
	}
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionWrong)
	if slices.Contains(c.view().Actions, locker.ActionAgain) {
		t.Error("want it opened once more, and no more often")
	}
	c.tap(locker.ActionBack)
	want[locker.ParcelSent](t, c.tap(locker.ActionDone))
}

// TestNobodyElseOpensASendersDoor: once they may have gone, the door stays shut, and the parcel is sent.
func TestNobodyElseOpensASendersDoor(t *testing.T) {
	for _, a := range []locker.Action{locker.ActionAgain, locker.ActionCancel, locker.ActionLarger} {
		t.Run(string(a), func(t *testing.T) {
			c, door, _ := sender(t)
			c.sense(door, locker.Closed)
			c.wait(46 * time.Second)
			events := c.says(a)
			wantNo[locker.UnlockRequested](t, events)
			if s := want[locker.ParcelSent](t, events); s.Unsure {
				t.Errorf("want it sent, got %+v", s)
			}
			c.onScreen(locker.StepCode)
		})
	}
}

// TestASendersDoorThatDoesNotOpen: one new unlock, then another door.
func TestASendersDoorThatDoesNotOpen(t *testing.T) {
	c := newCabinet(t)
	code := c.expects("RETURN-1")
	door := want[locker.UnlockRequested](t, c.scan(code)).Door
	c.wait(c.plan.Times.Judge)
	c.onScreen(locker.StepDropPress)
	if u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)); !u.Again || u.Door != door {
		t.Fatalf("want the one new unlock, got %+v", u)
	}
	events := c.wait(c.plan.Times.Judge)
	want[locker.DoorBlocked](t, events)
	u := want[locker.UnlockRequested](t, events)
	if u.Door == door {
		t.Fatalf("want another door than %d", door)
	}
	c.sense(u.Door, locker.Open)
	c.sense(u.Door, locker.Closed)
	if s := want[locker.ParcelSent](t, c.tap(locker.ActionDone)); s.Door != u.Door {
		t.Errorf("want it behind %d, got %+v", u.Door, s)
	}
}

// TestALateTouchAtASendersDoor: whoever touches the screen of a door that was not seen to open, long after anybody did, may be
// anybody. Nothing opens for them; the sender's code opens another door, and what they may have put behind this one is looked for.
func TestALateTouchAtASendersDoor(t *testing.T) {
	c := newCabinet(t)
	code := c.expects("RETURN-1")
	door := want[locker.UnlockRequested](t, c.scan(code)).Door
	c.wait(c.plan.Times.Judge)
	c.pass(46 * time.Second)
	c.onScreen(locker.StepDropPress)
	events := c.tap(locker.ActionTryAgain)
	wantNo[locker.UnlockRequested](t, events)
	want[locker.DropAbandoned](t, events)
	c.onScreen(locker.StepCode)
	if h := c.holds(door); h.Kind != locker.Doubtful {
		t.Fatalf("want door %d looked into, got %+v", door, h)
	}
	if u := want[locker.UnlockRequested](t, c.scan(code)); u.Door == door {
		t.Fatalf("want another door than %d", door)
	}
}

// TestASendersContactThatNoticesNothing: the sender says that it did open, and the parcel waits for a courier's look.
func TestASendersContactThatNoticesNothing(t *testing.T) {
	c := newCabinet(t)
	door := want[locker.UnlockRequested](t, c.scan(c.expects("RETURN-1"))).Door
	c.wait(c.plan.Times.Judge)
	if s := want[locker.ParcelSent](t, c.tap(locker.ActionItOpened)); !s.Unsure || s.Door != door {
		t.Errorf("want it unsure, got %+v", s)
	}
	c.onScreen(locker.StepThanks)
}

// TestASendersReopeningThatFails: what was put in stays where it is, also if its sender leaves it there at once.
func TestASendersReopeningThatFails(t *testing.T) {
	c, door, _ := sender(t)
	c.sense(door, locker.Closed)
	c.says(locker.ActionAgain)
	c.wait(c.plan.Times.Judge)
	c.onScreen(locker.StepDropPress)
	if got := c.view().Actions; !slices.Contains(got, locker.ActionDone) || slices.Contains(got, locker.ActionItOpened) {
		t.Fatalf("want to be asked whether it is in, got %v", got)
	}
	c.tap(locker.ActionTryAgain)
	events := c.wait(c.plan.Times.Judge)
	wantNo[locker.DropMoved](t, events)
	if s := want[locker.ParcelSent](t, events); s.Door != door || !s.Unsure {
		t.Errorf("want it behind %d, got %+v", door, s)
	}
}

// TestASenderComesTooLate: by the date of their announcement itself, also in the moment in which it comes.
func TestASenderComesTooLate(t *testing.T) {
	until := func(c *cabinet) string {
		a := want[locker.ParcelAnnounced](t, c.order(locker.Order{Kind: "parcel.announce", Announce: &locker.AnnounceOrder{Tracking: "RETURN-1",
			Size: "S", Company: "Example Parcel", From: locker.FromSender, Offers: c.offers(), Until: c.now.Wall.Add(time.Hour)}}))
		return string(a.Personal.Code)
	}
	c := newCabinet(t)
	until(c)
	wantNo[locker.AnnouncementDropped](t, c.wait(59*time.Minute))
	if after, due := c.state.Deadline(c.state.Trust(c.now)); !due || after != time.Minute {
		t.Fatalf("want it due in a minute, got %s", after)
	}
	if e := want[locker.AnnouncementDropped](t, c.wait(time.Minute)); e.Why != "too old" {
		t.Fatalf("want it too old, got %+v", e)
	}

	c = newCabinet(t)
	code := until(c)
	c.pass(50 * time.Hour)
	events := c.scan(code)
	wantNo[locker.UnlockRequested](t, events)
	want[locker.AnnouncementDropped](t, events)
	c.notice(locker.NoticeExpired)

	c = newCabinet(t) // announced before the time was known
	c.now.Known = false
	c.feed(locker.Tick{})
	until(c)
	c.now.Known = true
	c.feed(locker.Tick{})
	want[locker.AnnouncementDropped](t, c.wait(time.Hour))
}
