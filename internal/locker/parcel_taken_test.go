package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// What a site's rules ask before a parcel is taken in.

// watched is a cabinet whose camera is to see what people send, with one of them announced.
func watched(t *testing.T) (c *cabinet, code string) {
	c = newCabinet(t)
	c.plan.Cameras, c.plan.Watch = []string{"above", "front"}, []string{"front"}
	return c, c.expects("RETURN-1")
}

// wants has the cloud announce a parcel for its sender, as it is told, and is the sender's code.
func (c *cabinet) wants(a locker.AnnounceOrder) string {
	c.t.Helper()
	a.Company, a.From, a.Offers = "Example Parcel", locker.FromSender, c.offers()
	return string(want[locker.ParcelAnnounced](c.t, c.order(locker.Order{Kind: "parcel.announce", Announce: &a})).Personal.Code)
}

// TestNothingIsSentUnseen: the sender keeps their parcel, and their code, and is told what to do instead.
func TestNothingIsSentUnseen(t *testing.T) {
	c, code := watched(t)
	c.feed(locker.CameraLost{Name: "front", Why: "covered"})
	events := c.scan(code)
	wantNo[locker.DropStarted](t, events)
	e := want[locker.ParcelNotTaken](t, events)
	if e.Why != locker.NotTakenUnwatched || e.Tracking != "RETURN-1" || !slices.Equal(e.Cameras, []string{"front"}) || e.Order == "" {
		t.Errorf("want it told why, got %+v", e)
	}
	c.onScreen(locker.StepNotTaken)
	if v := c.view(); !slices.Equal(v.Actions, []locker.Action{locker.ActionFinish, locker.ActionLanguage}) {
		t.Errorf("want nothing to do but to go, got %v", v.Actions)
	}
	faults := c.state.Summary(c.now).Faults
	if i := slices.IndexFunc(faults, func(f locker.Fault) bool { return f.Kind == "camera_lost" }); i < 0 || faults[i].Do == "" {
		t.Errorf("want the operator told what it stops, got %+v", faults)
	}
	c.tap(locker.ActionFinish)
	c.feed(locker.CameraBack{Name: "front"})
	want[locker.UnlockRequested](t, c.scanLater(code))
}

// TestAnotherCameraStopsNobody: nor does any where the site has no such rule.
func TestAnotherCameraStopsNobody(t *testing.T) {
	for name, watch := range map[string][]string{"another camera": {"front"}, "no rule": nil} {
		t.Run(name, func(t *testing.T) {
			c, code := watched(t)
			c.plan.Watch = watch
			c.feed(locker.CameraLost{Name: "above", Why: "no answer"})
			if watch == nil {
				c.feed(locker.CameraLost{Name: "front", Why: "no answer"})
			}
			u := want[locker.UnlockRequested](t, c.scan(code))
			c.sense(u.Door, locker.Open)
			c.sense(u.Door, locker.Closed)
			if s := want[locker.ParcelSent](t, c.tap(locker.ActionDone)); s.Unwatched {
				t.Errorf("want it watched, got %+v", s)
			}
		})
	}
}

// TestTheCameraIsLostMeanwhile: what is in is in, and the record says that nobody saw it. No other door opens for it.
func TestTheCameraIsLostMeanwhile(t *testing.T) {
	c, code := watched(t)
	door := want[locker.UnlockRequested](t, c.scan(code)).Door
	c.sense(door, locker.Open)
	lost := want[locker.CameraSilent](t, c.feed(locker.CameraLost{Name: "front", Why: "covered"}))
	if p := c.view(); lost.Parcel == "" || p.Tracking != "RETURN-1" {
		t.Errorf("want it named what was just being sent, got %+v", lost)
	}
	c.sense(door, locker.Closed)
	c.tap(locker.ActionWrong)
	for _, a := range []locker.Action{locker.ActionAgain, locker.ActionLarger} {
		if slices.Contains(c.view().Actions, a) {
			t.Errorf("want no door opened unseen by %q", a)
		}
	}
	c.tap(locker.ActionBack)
	c.feed(locker.CameraBack{Name: "front"})
	if s := want[locker.ParcelSent](t, c.tap(locker.ActionDone)); !s.Unwatched || s.Unsure {
		t.Errorf("want it sent, and unwatched, got %+v", s)
	}
}

// TestTheCameraIsLostBeforeTheChoiceOfASize: nothing is promised by a screen.
func TestTheCameraIsLostBeforeTheChoiceOfASize(t *testing.T) {
	c, _ := watched(t)
	code := c.wants(locker.AnnounceOrder{Tracking: "RETURN-2"})
	c.scan(code)
	c.onScreen(locker.StepSize)
	c.feed(locker.CameraLost{Name: "front", Why: "device gone"})
	events := c.size("S")
	wantNo[locker.DropStarted](t, events)
	want[locker.ParcelNotTaken](t, events)
	c.onScreen(locker.StepNotTaken)
}

// TestTheCameraIsLostBeforeTheSecondTry: a door that stayed shut is not tried again unseen.
func TestTheCameraIsLostBeforeTheSecondTry(t *testing.T) {
	c, code := watched(t)
	door := want[locker.UnlockRequested](t, c.scan(code)).Door
	c.wait(c.plan.Times.Judge)
	c.onScreen(locker.StepDropPress)
	c.feed(locker.CameraLost{Name: "front", Why: "covered"})
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
	c.notice(locker.NoticeUnwatched)
	c.feed(locker.CameraBack{Name: "front"})
	if u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)); u.Door != door {
		t.Errorf("want the one new unlock, got %+v", u)
	}
}

// TestAPowerCutWhileUnwatched: the record of what was sent says so all the same.
func TestAPowerCutWhileUnwatched(t *testing.T) {
	c, code := watched(t)
	door := want[locker.UnlockRequested](t, c.scan(code)).Door
	c.sense(door, locker.Open)
	c.feed(locker.CameraLost{Name: "front", Why: "covered"})
	if s := want[locker.ParcelSent](t, c.restart()); !s.Unwatched || !s.Unsure {
		t.Errorf("want it unwatched and unsure, got %+v", s)
	}
	want[locker.ParcelNotTaken](t, c.scan(c.expects("RETURN-2"))) // the camera has not come back
}

// TestWhatIsCollectedNeedsNoCamera: nor does what is rented, fetched or brought.
func TestWhatIsCollectedNeedsNoCamera(t *testing.T) {
	c, door, _ := sent(t)
	_, parcel := c.drop("PARCEL-1", "S")
	c.tap(locker.ActionSignOut)
	c.plan.Cameras, c.plan.Watch = []string{"front"}, []string{"front"}
	c.feed(locker.CameraLost{Name: "front", Why: "covered"})
	want[locker.UnlockRequested](t, c.scan(parcel))
	c.wait(10 * time.Minute)
	rented := c.rents(nil)
	want[locker.UnlockRequested](t, c.scanLater(rented))
	c.wait(10 * time.Minute)
	c.collector("Example Parcel", locker.RightCollect)
	c.tap(locker.ActionRecall)
	if u := want[locker.UnlockRequested](t, c.tap(locker.ActionRecallOpen)); u.Door != door {
		t.Errorf("want it collected, got %+v", u)
	}
}

// TestSentByItsLabel: a parcel that has a label needs no code.
func TestSentByItsLabel(t *testing.T) {
	c := newCabinet(t)
	c.wants(locker.AnnounceOrder{Tracking: "JJD000390030", Size: "S", Label: true})
	if !c.view().Labels {
		t.Error("want it said that a label may be shown")
	}
	events := c.scan("JJD000390030")
	if e := want[locker.SendingClaimed](t, events); !e.Label || e.Tracking != "JJD000390030" {
		t.Errorf("want it said by what they came in, got %+v", e)
	}
	wantNo[locker.CodeRefused](t, events)
	door := want[locker.UnlockRequested](t, events).Door
	c.sense(door, locker.Open)
	if events := locker.Recorded(c.scanLater("JJD000390030")); len(events) > 0 { // turned before the scanner on its way in
		t.Errorf("want nothing of a label that is read again, got %s", names(events))
	}
	c.onScreen(locker.StepDrop)
	c.sense(door, locker.Closed)
	if s := want[locker.ParcelSent](t, c.tap(locker.ActionDone)); s.Tracking != "JJD000390030" || s.Unsure {
		t.Errorf("want it sent, got %+v", s)
	}
	if events := c.scanLater("JJD000390030"); len(events) > 0 {
		t.Errorf("want nothing of a label that is read once more, got %s", names(events))
	}
	c.tap(locker.ActionFinish)
	wantNo[locker.UnlockRequested](t, c.scanLater("JJD000390030"))
}

// TestALabelReadAgainProvesNobody: whoever comes later with a picture of it has no door opened that something lies behind.
func TestALabelReadAgainProvesNobody(t *testing.T) {
	c := newCabinet(t)
	c.wants(locker.AnnounceOrder{Tracking: "RETURN-1", Size: "S", Label: true})
	door := want[locker.UnlockRequested](t, c.scan("RETURN-1")).Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.wait(46 * time.Second)
	c.scan("RETURN-1")
	wantNo[locker.UnlockRequested](t, c.says(locker.ActionAgain))
}

// TestALabelOfDigits looks like a code, and is none.
func TestALabelOfDigits(t *testing.T) {
	c := newCabinet(t)
	c.wants(locker.AnnounceOrder{Tracking: "code-40718293", Size: "S", Label: true})
	events := c.scan("code-40718293")
	wantNo[locker.CodeRefused](t, events)
	if e := want[locker.SendingClaimed](t, events); !e.Label {
		t.Errorf("want the label to be taken for one, got %+v", e)
	}
	want[locker.UnlockRequested](t, events)
}

// TestALabelThatIsNoSecret opens nothing where its announcement does not say that it may, nor for a courier, nor too often.
func TestALabelThatIsNoSecret(t *testing.T) {
	c := newCabinet(t)
	c.wants(locker.AnnounceOrder{Tracking: "RETURN-1", Size: "S"})
	c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "PARCEL-1", Size: "S"}})
	for _, label := range []string{"RETURN-1", "PARCEL-1", "RETURN-9"} {
		events := c.scanLater(label)
		wantNo[locker.UnlockRequested](t, events)
		want[locker.CodeRefused](t, events)
	}
	c.wants(locker.AnnounceOrder{Tracking: "RETURN-3", Size: "S", Label: true})
	c.scan("badge-ada")
	wantNo[locker.SendingClaimed](t, c.scan("RETURN-3")) // a courier who brings it is asked as for any parcel
	c.tap(locker.ActionBack)
	c.tap(locker.ActionSignOut)
	for range 3 {
		door := want[locker.UnlockRequested](t, c.scanLater("RETURN-3")).Door
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.says(locker.ActionCancel)
		c.tap(locker.ActionFinish)
	}
	wantNo[locker.UnlockRequested](t, c.scanLater("RETURN-3"))
	c.notice(locker.NoticeExpired)
}

// TestLabelsThatAreGuessed: who shows one number after the other is not heard after a while.
func TestLabelsThatAreGuessed(t *testing.T) {
	c := newCabinet(t)
	c.wants(locker.AnnounceOrder{Tracking: "RETURN-40", Size: "S", Label: true})
	opened := 0
	for i := range 41 {
		if _, opens := find[locker.UnlockRequested](c.scanLater("RETURN-" + string(rune('A'+i%26)) + string(rune('A'+i/26)))); opens {
			opened++
		}
	}
	if _, opens := find[locker.UnlockRequested](c.scanLater("RETURN-40")); opens || opened > 0 {
		t.Errorf("want nothing compared any more")
	}
}

// TestTwoSendersByTheSameLabel: after the end of a visit that has sent it, it is sent.
func TestTwoSendersByTheSameLabel(t *testing.T) {
	c := newCabinet(t)
	code := c.wants(locker.AnnounceOrder{Tracking: "RETURN-1", Size: "S", Label: true})
	door := want[locker.UnlockRequested](t, c.scan("RETURN-1")).Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	if events := locker.Recorded(c.scan(code)); len(events) > 0 { // it is their own code, too
		t.Errorf("want nothing, got %s", names(events))
	}
	want[locker.ParcelSent](t, c.wait(10*time.Minute))
	c.scan(code)
	c.notice(locker.NoticeSentCode)
}

func TestLabelsThatAreRefused(t *testing.T) {
	c := newCabinet(t)
	for name, a := range map[string]locker.AnnounceOrder{
		"a courier's": {Tracking: "PARCEL-1", Label: true},
		"a renter's":  {Tracking: "PARCEL-1", Label: true, From: locker.FromRenter, Term: time.Hour, Company: "Example Parcel", Offers: c.offers()},
	} {
		if e := want[locker.OrderRefused](t, c.order(locker.Order{Announce: &a})); e.Code == locker.CodeOther {
			t.Errorf("%s: want a code for %q", name, e.Why)
		}
	}
}

// TestAReceipt: the last screen says which record it is by which the parcel is in.
func TestAReceipt(t *testing.T) {
	c, door, _ := sender(t)
	if c.view().Receipt != nil {
		t.Error("want no receipt of what is not in")
	}
	c.sense(door, locker.Closed)
	c.tap(locker.ActionDone)
	sent := c.records[slices.IndexFunc(c.records, func(r locker.Record) bool { return r.Event.Kind() == "parcel.sent" })]
	is := locker.Receipt{Tracking: "RETURN-1", Door: door, At: sent.At, Known: true, Epoch: sent.Epoch, Seq: sent.Seq}
	if r := c.view().Receipt; r == nil || *r != is {
		t.Errorf("want %+v, got %+v", is, r)
	}
	c.sense(door, locker.Open) // it has sprung back
	if c.view().Receipt != nil {
		t.Error("want no receipt while the door stands open")
	}
	c.sense(door, locker.Closed)
	if c.view().Receipt == nil {
		t.Error("want the receipt once it is shut")
	}
	c.tap(locker.ActionFinish)
	if c.view().Receipt != nil {
		t.Error("want the receipt gone with its sender")
	}
}

// TestWhoseReceipt: who comes next gets none of whoever was there, nor one of another parcel.
func TestWhoseReceipt(t *testing.T) {
	c, door, _ := sender(t)
	second := c.expects("RETURN-2")
	c.sense(door, locker.Closed)
	c.scan(second) // the first one is sent by that
	if c.view().Receipt != nil {
		t.Error("want no receipt for who comes next")
	}
	u := c.view().Door
	c.sense(u, locker.Open)
	c.sense(u, locker.Closed)
	c.says(locker.ActionCancel)
	if c.view().Receipt != nil {
		t.Error("want no receipt of what was not put in")
	}
	c.restart()
	if c.view().Receipt != nil {
		t.Error("want none after a power cut")
	}
}

// TestAnUnsureReceipt says what nobody saw.
func TestAnUnsureReceipt(t *testing.T) {
	c := newCabinet(t)
	c.scan(c.expects("RETURN-1"))
	c.wait(c.plan.Times.Judge)
	c.tap(locker.ActionItOpened)
	if r := c.view().Receipt; r == nil || !r.Unsure {
		t.Errorf("want a receipt that says so, got %+v", r)
	}
}
