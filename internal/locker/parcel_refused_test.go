package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// What recipients do not want: they put it back, or leave it where it is, and a courier takes it back.

// fetching is a cabinet with a recipient before the open door of their parcel.
func fetching(t *testing.T) (c *cabinet, door int, code string) {
	t.Helper()
	c, door, code = stored(t)
	c.scan(code)
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
	return c, door, code
}

// refuses says that the parcel at hand is not wanted, and why.
func (c *cabinet) refuses(why locker.Action) []locker.Event {
	c.t.Helper()
	c.says(locker.ActionRefuse)
	c.onScreen(locker.StepRefuse)
	return c.tap(why)
}

// puttingBack is a cabinet with a recipient who is to put their parcel back behind its open door.
func puttingBack(t *testing.T) (c *cabinet, door int, code string) {
	t.Helper()
	c, door, code = fetching(t)
	events := c.refuses(locker.ActionGoods)
	if e := want[locker.RefusalBegun](t, events); e.Reason != locker.RefuseGoods || e.Door != door {
		t.Fatalf("want it to be put back behind %d since the goods are damaged, got %+v", door, e)
	}
	wantNo[locker.UnlockRequested](t, events)
	wantNo[locker.ParcelRefused](t, events)
	c.onScreen(locker.StepPutBack)
	return c, door, code
}

// refusedParcel is a cabinet with a parcel that its recipient has put back, nobody at the kiosk.
func refusedParcel(t *testing.T) (c *cabinet, door int, code string) {
	t.Helper()
	c, door, code = puttingBack(t)
	want[locker.ParcelRefused](t, c.sense(door, locker.Closed))
	c.tap(locker.ActionFinish)
	return c, door, code
}

// waitsForCourier asks whether a refused parcel keeps its door until somebody looks, however long it takes.
func (c *cabinet) waitsForCourier(door int) {
	c.t.Helper()
	wantNo[locker.DoorEmptied](c.t, c.wait(30*24*time.Hour))
	c.notGiven(door)
	if s := c.state.Summary(c.now); s.Refused != 1 || s.Parcels != 1 || s.Overdue != 0 || s.Doors[door-1].Contents != "refused" {
		c.t.Fatalf("want it told as refused, got %d of %d, %+v", s.Refused, s.Parcels, s.Doors[door-1])
	}
	c.isNow("PARCEL-1", locker.StatusRefused, locker.CodeDead)
}

func TestRefusedAndTakenBack(t *testing.T) {
	c, door, code := puttingBack(t)
	events := c.sense(door, locker.Closed)
	e := want[locker.ParcelRefused](t, events)
	if e.Unsure || e.Reason != locker.RefuseGoods || e.Door != door || e.Tracking != "PARCEL-1" || e.Unlock != c.door(door).Opening || e.Unlock == "" {
		t.Fatalf("want it refused for certain, by the opening that its recipient was given, got %+v", e)
	}
	wantNo[locker.DoorEmptied](t, events)
	c.onScreen(locker.StepThanks)
	if v := c.view(); !v.Refused || !slices.Equal(v.Actions, []locker.Action{locker.ActionFinish, locker.ActionLanguage}) {
		t.Errorf("want nothing more to do, got %v", v.Actions)
	}
	wantNo[locker.UnlockRequested](t, c.scanLater(code))
	c.notice(locker.NoticeRefused)
	c.waitsForCourier(door)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	if !c.view().Refused {
		t.Error("want the screen to say why it is taken back")
	}
	c.tap(locker.ActionRecallOpen)
	if e := want[locker.ParcelRecalled](t, c.sense(door, locker.Open)); e.Courier != "ada" {
		t.Fatalf("want it taken back by ada, got %+v", e)
	}
	wantNo[locker.DoorEmptied](t, c.sense(door, locker.Closed))
	if e := want[locker.DoorEmptied](t, c.tap(locker.ActionEmpty)); e.Proof != locker.ProofCourier {
		t.Fatalf("want the courier's look as proof, got %+v", e)
	}
	c.status("PARCEL-1", locker.StatusRecalled)
}

// TestRefusedAndKept: a recipient says that they refuse it, shuts the empty door and keeps it. The courier's look finds out, and the
// record says whose hands it was in.
func TestRefusedAndKept(t *testing.T) {
	c, door, _ := refusedParcel(t)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	events := c.tap(locker.ActionMissing)
	if e := want[locker.ParcelMissing](t, events); e.Courier != "ada" || e.Tracking != "PARCEL-1" || e.Door != door {
		t.Fatalf("want it told missing, got %+v", e)
	}
	want[locker.DoorEmptied](t, events)
	c.status("PARCEL-1", locker.StatusMissing)
	var session string
	for _, r := range c.records {
		if e, refused := r.Event.(locker.ParcelRefused); refused {
			session = e.Session
		}
	}
	if session == "" {
		t.Error("want the record to say in whose visit it was refused")
	}
}

// TestLeftRefused: a courier who leaves it there leaves it for the next one.
func TestLeftRefused(t *testing.T) {
	c, door, code := refusedParcel(t)
	c.scan("badge-ada")
	c.tap(locker.ActionRecall)
	c.tap(locker.ActionRecallOpen)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionTryAgain)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.CollectionDisputed](t, c.tap(locker.ActionOccupied))
	c.tap(locker.ActionSignOut)
	wantNo[locker.UnlockRequested](t, c.scan(code))
	c.notice(locker.NoticeRefused)
	c.waitsForCourier(door)
}

// TestWhoMayTakeRefusedBack: those who may take back what nobody fetched.
func TestWhoMayTakeRefusedBack(t *testing.T) {
	for _, tt := range []struct {
		name, company string
		rights        []locker.Right
		may           bool
	}{
		{"with the right", "Example Parcel", []locker.Right{locker.RightRecallCompany}, true},
		{"who collects", "Example Parcel", []locker.Right{locker.RightCollect, locker.RightDrop, locker.RightRecallOwn}, false},
		{"of another company", "Other Parcel", locker.Rights(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _, _ := refusedParcel(t)
			c.collector(tt.company, tt.rights...)
			if got := slices.Contains(c.view().Actions, locker.ActionRecall); got != tt.may {
				t.Errorf("want %v, got %v", tt.may, got)
			}
		})
	}
}

// TestRefusedAtTheShutDoor: it opens once more, by a record, and only while its recipient is presumed to stand there.
func TestRefusedAtTheShutDoor(t *testing.T) {
	c, door, _ := fetching(t)
	c.sense(door, locker.Closed)
	c.onScreen(locker.StepThanks)
	events := c.refuses(locker.ActionNotOrdered)
	u := want[locker.UnlockRequested](t, events)
	if u.Door != door || u.Why != locker.WhyReopen {
		t.Fatalf("want door %d opened once more, got %+v", door, u)
	}
	c.onScreen(locker.StepPutBack)
	if a := c.view().Actions; len(a) != 0 {
		t.Errorf("want nothing to touch while it opens, got %v", a)
	}
	c.sense(door, locker.Open)
	if e := want[locker.ParcelRefused](t, c.sense(door, locker.Closed)); e.Unlock != u.Unlock || e.Reason != locker.RefuseNotOrdered || e.Unsure {
		t.Fatalf("want it put back at that opening, got %+v", e)
	}
	c.waitsForCourier(door)
}

// TestRefusedBeforeItIsPaid: nothing is opened, and nothing is owed any more.
func TestRefusedBeforeItIsPaid(t *testing.T) {
	c, door, code := brings(t, &locker.Terms{Name: "cod", Currency: "EUR", Due: 1990})
	c.owes(code, 1990)
	c.pays(500, "r1")
	c.tap(locker.ActionRefuse)
	if a := c.view().Actions; slices.Contains(a, locker.ActionGoods) || slices.Contains(a, locker.ActionPackaging) {
		t.Errorf("want nobody asked whether what they have not seen is damaged, got %v", a)
	}
	events := c.tap(locker.ActionNotOrdered)
	wantNo[locker.UnlockRequested](t, events)
	e := want[locker.ParcelRefused](t, events)
	if e.Unlock != "" || e.Unsure || e.Door != door || e.Paid != 500 || e.Currency != "EUR" {
		t.Fatalf("want it refused where it lies, and what was paid, got %+v", e)
	}
	c.onScreen(locker.StepThanks)
	if s := want[locker.ParcelStatus](t, c.order(locker.Order{Status: &locker.StatusOrder{Tracking: "P1"}})); s.Status != locker.StatusRefused || s.Owed != 0 {
		t.Errorf("want nothing owed, got %+v", s)
	}
	if e := want[locker.FeePaid](t, c.pays(1490, "r2")); e.Left != 0 || e.Over != 1490 {
		t.Errorf("want what comes now to be given back, got %+v", e)
	}
	refund := locker.Order{Refund: &locker.MoneyOrder{Tracking: "P1", Amount: 1990, Currency: "EUR", Reference: "r3"}}
	if e := want[locker.FeeRefunded](t, c.order(refund)); e.Left != 0 {
		t.Errorf("want nothing owed after that either, got %+v", e)
	}
	c.scanLater(code)
	c.notice(locker.NoticeRefused)
	c.tap(locker.ActionBack)
	c.feed(locker.Inspected{Doors: []int{door}, By: "grace"})
	c.codeDead(code, locker.NoticeUsedCode) // no guess, once the parcel has gone
}

// TestNotRefusedBeforeItIsPaid: who goes back, or is silent, has refused nothing.
func TestNotRefusedBeforeItIsPaid(t *testing.T) {
	c, _, code := brings(t, &locker.Terms{Name: "cod", Currency: "EUR", Due: 1990})
	c.owes(code, 1990)
	c.tap(locker.ActionRefuse)
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepPay)
	c.tap(locker.ActionRefuse)
	wantNo[locker.UnlockRequested](t, c.pays(1990, "r1"))
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepCode)
	c.owes(code, 0)

	c, _, code = brings(t, &locker.Terms{Name: "cod", Currency: "EUR", Due: 1990})
	c.owes(code, 1990)
	c.tap(locker.ActionRefuse)
	wantNo[locker.ParcelRefused](t, c.wait(10*time.Minute))
	c.owes(code, 1990)
}

// TestKeptAfterAll: the parcel is its recipient's as before, and the door is free once their time is over.
func TestKeptAfterAll(t *testing.T) {
	c, door, _ := puttingBack(t)
	want[locker.RefusalDropped](t, c.tap(locker.ActionKeep))
	c.onScreen(locker.StepPickup)
	events := c.sense(door, locker.Closed)
	wantNo[locker.ParcelRefused](t, events)
	c.onScreen(locker.StepThanks)
	want[locker.DoorEmptied](t, c.wait(10*time.Minute))
	c.status("PARCEL-1", locker.StatusCollected)
}

// TestSomebodyElseKeepsItAfterAll: that does not show that its recipient still stands there, to whom the next door would open.
func TestSomebodyElseKeepsItAfterAll(t *testing.T) {
	c, doors, code := three(t)
	first := want[locker.UnlockRequested](t, c.scan(code)).Door
	c.sense(first, locker.Open)
	c.says(locker.ActionRefuse)
	c.tap(locker.ActionNotOrdered)
	c.pass(40 * time.Second)
	want[locker.RefusalDropped](t, c.tap(locker.ActionKeep))
	c.pass(time.Second)
	wantNo[locker.UnlockRequested](t, c.sense(first, locker.Closed))
	c.notice(locker.NoticeMore)
	if u := want[locker.UnlockRequested](t, c.scanLater(code)); u.Door == first || !slices.Contains(doors, u.Door) {
		t.Errorf("want the next of %v by the code, got %+v", doors, u)
	}
}

// TestNothingIsRefusedByAQuestion: who goes back from why they do not want it keeps it, also if they push the door shut meanwhile.
func TestNothingIsRefusedByAQuestion(t *testing.T) {
	c, door, _ := fetching(t)
	c.says(locker.ActionRefuse)
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepPickup)
	c.says(locker.ActionRefuse)
	wantNo[locker.ParcelRefused](t, c.sense(door, locker.Closed))
	c.onScreen(locker.StepRefuse)
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepThanks)
	want[locker.DoorEmptied](t, c.wait(10*time.Minute))
}

// TestOneOfSeveralIsRefused: the others are fetched with the same code.
func TestOneOfSeveralIsRefused(t *testing.T) {
	c, _, code := three(t)
	c.scan(code)
	door := c.view().Door
	c.sense(door, locker.Open)
	c.refuses(locker.ActionPackaging)
	events := c.sense(door, locker.Closed)
	want[locker.ParcelRefused](t, events)
	wantNo[locker.UnlockRequested](t, events)
	c.notice(locker.NoticeMore)
	first := c.parcelIn(door).Tracking
	c.scanLater(code)
	for range 2 {
		if d, _ := c.takes(); d == door {
			t.Fatalf("want another door than %d", door)
		}
	}
	c.wait(10 * time.Minute)
	wantNo[locker.UnlockRequested](t, c.scanLater(code))
	c.status(first, locker.StatusRefused)
	// A new code for one of them is no code of another.
	e := want[locker.ParcelCodeChanged](t, c.order(locker.Order{NewCode: &locker.NewCodeOrder{Tracking: first, Offers: c.offers()}}))
	c.scan(string(e.Personal.Code))
	c.onScreen(locker.StepPickup)
}

// parcelIn is the parcel that a door holds.
func (c *cabinet) parcelIn(door int) locker.Parcel {
	for _, p := range c.state.Parcels {
		if p.ID == c.holds(door).Parcel {
			return *p
		}
	}
	return locker.Parcel{}
}

// TestANewCodeForOneThatIsRefused leaves alone what the old code still opens.
func TestANewCodeForOneThatIsRefused(t *testing.T) {
	c, _, code := three(t)
	c.scan(code)
	door := c.view().Door
	c.sense(door, locker.Open)
	c.refuses(locker.ActionPackaging)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionFinish)
	c.order(locker.Order{NewCode: &locker.NewCodeOrder{Tracking: c.parcelIn(door).Tracking, Offers: c.offers()}})
	if u := want[locker.UnlockRequested](t, c.scanLater(code)); u.Door == door {
		t.Errorf("want another door than %d opened with the old code", door)
	}
}

// TestWhereNothingIsRefused: the site does not offer it, and no button that is not on the screen does.
func TestWhereNothingIsRefused(t *testing.T) {
	c, door, _ := fetching(t)
	c.plan.NoRefusals = true
	c.tap(locker.ActionWrong)
	if a := c.view().Actions; slices.Contains(a, locker.ActionRefuse) {
		t.Errorf("want it not offered, got %v", a)
	}
	c.press(locker.Tapped{Action: locker.ActionRefuse})
	c.onScreen(locker.StepWrong)
	wantNo[locker.ParcelRefused](t, c.sense(door, locker.Closed))
}

// TestATokenForADoorRefusesNothing: whoever shows it is not known to be the recipient of what lies there.
func TestATokenForADoorRefusesNothing(t *testing.T) {
	c, door, _ := fetching(t)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionFinish)
	token := c.token("t1")
	token.Door = door
	c.show(token)
	c.sense(door, locker.Open)
	c.tap(locker.ActionWrong)
	if a := c.view().Actions; slices.Contains(a, locker.ActionRefuse) {
		t.Errorf("want it not offered, got %v", a)
	}
}

// TestARecipientWithATokenRefuses: neither it nor another one opens the door again.
func TestARecipientWithATokenRefuses(t *testing.T) {
	c, door, _ := stored(t)
	c.show(c.parcelToken("t1"))
	c.sense(door, locker.Open)
	c.refuses(locker.ActionOtherReason)
	if e := want[locker.ParcelRefused](t, c.sense(door, locker.Closed)); e.Reason != locker.RefuseOther {
		t.Errorf("want something else, got %+v", e)
	}
	c.pass(time.Minute)
	wantNo[locker.UnlockRequested](t, c.show(c.parcelToken("t1")))
	wantNo[locker.UnlockRequested](t, c.show(c.parcelToken("t2")))
	c.notice(locker.NoticeRefused)
}

// TestWhatIsWantedAgain: the operator gives it to its recipient, or to another one, once more, by a new code.
func TestWhatIsWantedAgain(t *testing.T) {
	c, door, code := refusedParcel(t)
	c.pass(100 * time.Hour)
	events := c.newCode()
	e := want[locker.ParcelCodeChanged](t, events)
	if !e.Again {
		t.Fatalf("want it told that it waits again, got %+v", e)
	}
	if p := want[locker.PickupPeriodBegan](t, events); !p.Until.Equal(c.now.Wall.Add(c.plan.Times.Pickup)) {
		t.Errorf("want its period to begin anew, got %+v", p)
	}
	c.isNow("PARCEL-1", locker.StatusWaiting, locker.CodeOpens)
	wantNo[locker.UnlockRequested](t, c.scanLater(code))
	c.tap(locker.ActionBack)
	c.codeOpens(string(e.Personal.Code), door)

	c, door, _ = refusedParcel(t)
	changed := want[locker.ParcelRecipientChanged](t, c.newRecipient(locker.Conditions{}))
	if !changed.Again {
		t.Fatalf("want it told that it waits again, got %+v", changed)
	}
	c.codeOpens(string(changed.Personal.Code), door)
}

// TestOrdersAboutARefusedParcel: each gets a clear answer.
func TestOrdersAboutARefusedParcel(t *testing.T) {
	for name, tt := range map[string]struct {
		o    locker.Order
		want locker.RefusalCode // empty: it is followed
	}{
		"cancel":       {locker.Order{Cancel: &locker.CancelOrder{Tracking: "PARCEL-1"}}, locker.CodeParcelRefused},
		"extend":       {locker.Order{Extend: &locker.ExtendOrder{Tracking: "PARCEL-1", By: time.Hour}}, locker.CodeParcelRefused},
		"link":         {locker.Order{Link: &locker.LinkOrder{Tracking: "PARCEL-1", Amount: 1, Currency: "EUR"}}, locker.CodeParcelRefused},
		"announce":     {locker.Order{Announce: &locker.AnnounceOrder{Tracking: "PARCEL-1"}}, locker.CodeParcelHere},
		"handed over":  {locker.Order{HandOver: &locker.HandOverOrder{Tracking: "PARCEL-1"}}, ""},
		"erase":        {locker.Order{Erase: &locker.Erasure{Tracking: "PARCEL-1"}}, ""},
		"looked":       {locker.Order{Looked: &locker.LookedOrder{Door: 1, By: "Lin"}}, ""},
		"pickup reset": {locker.Order{Reset: &locker.ResetOrder{Tracking: "PARCEL-1"}}, locker.CodeNoSuchParcel},
	} {
		t.Run(name, func(t *testing.T) {
			c, _, _ := refusedParcel(t)
			events := c.order(tt.o)
			if tt.want == "" {
				want[locker.OrderAccepted](t, events)
				return
			}
			if e := want[locker.OrderRefused](t, events); e.Code != tt.want {
				t.Errorf("want %s, got %s: %s", tt.want, e.Code, e.Why)
			}
		})
	}
}

// TestATechniciansLookEndsIt: an inventory finds its door empty.
func TestATechniciansLookEndsIt(t *testing.T) {
	c, door, _ := refusedParcel(t)
	c.feed(locker.Inspected{Doors: []int{door}, By: "grace"})
	if h := c.holds(door); h.Kind != locker.Empty {
		t.Errorf("want it empty, as somebody has seen, got %+v", h)
	}
	c.status("PARCEL-1", locker.StatusGone)
}

// TestRefusedBeforeABackup: nobody knows what became of it; the operator has it taken back.
func TestRefusedBeforeABackup(t *testing.T) {
	c, door, code := refusedParcel(t)
	c.epoch = "8899aabbccddeeff"
	c.write([]locker.Event{locker.EpochBegun{Reason: locker.EpochRestored}})
	c.restart()
	c.sense(door, locker.Closed)
	c.status("PARCEL-1", locker.StatusHeld)
	wantNo[locker.UnlockRequested](t, c.scanLater(code))
	c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "PARCEL-1"}})
	c.status("PARCEL-1", locker.StatusCancelled)
}

// TestAStillOfWhatIsPutBack: as of what is put in.
func TestAStillOfWhatIsPutBack(t *testing.T) {
	c, door, _ := puttingBack(t)
	e := want[locker.ParcelRefused](t, c.sense(door, locker.Closed))
	if w, wanted := c.state.Wants(locker.Record{Event: e}); !wanted || w.Moment != locker.MomentRefusal || w.Door != door || w.Parcel != e.Parcel {
		t.Errorf("want a still of door %d, got %+v", door, w)
	}
	e.Unlock = ""
	if w, wanted := c.state.Wants(locker.Record{Event: e}); wanted {
		t.Errorf("want none of what was not opened, got %+v", w)
	}
}

// TestReopeningsOfTheOneBefore are not counted against its next recipient.
func TestReopeningsOfTheOneBefore(t *testing.T) {
	c, door, code := stored(t)
	openAndShut := func() { c.sense(door, locker.Open); c.sense(door, locker.Closed) }
	c.scan(code)
	openAndShut()
	for range 2 {
		c.tap(locker.ActionForgot)
		openAndShut()
	}
	c.tap(locker.ActionRefuse)
	c.tap(locker.ActionNotOrdered)
	openAndShut()
	c.tap(locker.ActionFinish)
	changed := want[locker.ParcelRecipientChanged](t, c.newRecipient(locker.Conditions{}))
	c.scan(string(changed.Personal.Code))
	openAndShut()
	c.tap(locker.ActionFinish)
	want[locker.UnlockRequested](t, c.scanLater(string(changed.Personal.Code)))
}
