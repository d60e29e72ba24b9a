package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// newCode orders another code for the stories' parcel.
func (c *cabinet) newCode() []locker.Event {
	c.t.Helper()
	return c.order(locker.Order{NewCode: &locker.NewCodeOrder{Tracking: "PARCEL-1", Offers: c.offers()}})
}

func (c *cabinet) newRecipient(ask locker.Conditions) []locker.Event {
	c.t.Helper()
	return c.order(locker.Order{NewRecipient: &locker.NewRecipientOrder{Tracking: "PARCEL-1", Mask: "•••11", Phone: locker.Box("the other phone"),
		Ask: ask, Offers: c.offers()}})
}

// codeOpens wants a code to open a door; codeDead wants one to be refused, with words, and not to be counted as a guess.
func (c *cabinet) codeOpens(code string, door int) {
	c.t.Helper()
	c.tap(locker.ActionPickup)
	if u := want[locker.UnlockRequested](c.t, c.typed(code)); u.Door != door {
		c.t.Fatalf("want door %d, got %+v", door, u)
	}
	want[locker.ParcelCollected](c.t, c.sense(door, locker.Open))
	c.sense(door, locker.Closed)
}

func (c *cabinet) codeDead(code string, notice locker.Notice) {
	c.t.Helper()
	for _, show := range []func() []locker.Event{func() []locker.Event { c.tap(locker.ActionPickup); return c.typed(code) },
		func() []locker.Event { return c.scanLater(code) }} {
		wrong := c.state.Typing.Wrong + c.state.Scans.Wrong
		events := show()
		wantNo[locker.UnlockRequested](c.t, events)
		if e := want[locker.CodeRefused](c.t, events); e.Why != notice {
			c.t.Fatalf("want %q, got %+v", notice, e)
		}
		if is := c.state.Typing.Wrong + c.state.Scans.Wrong; is != wrong {
			c.t.Fatalf("want no guess counted, got %d after %d", is, wrong)
		}
		c.tap(locker.ActionBack)
	}
}

// TestANewCode: from the record on the old code and the tokens of before open nothing, and the new one opens.
func TestANewCode(t *testing.T) {
	c, door, old := stored(t)
	before := c.parcelToken("t1")
	c.state.Typing.Wrong = 2
	e := want[locker.ParcelCodeChanged](t, c.newCode())
	code := string(e.Personal.Code)
	if e.CodeHash != hash(code) || code == old || e.Door != door || e.Subject() != "parcel:"+e.Parcel {
		t.Fatalf("want another code, got %+v", e)
	}
	if c.state.Typing.Wrong != 2 {
		t.Fatal("want the guard as it was")
	}
	c.state.Typing.Wrong = 0
	c.codeDead(old, locker.NoticeReplaced)
	c.refusedToken(before, locker.TokenReplaced, locker.NoticeReplaced)
	c.tap(locker.ActionBack)
	c.restart()
	c.sense(door, locker.Closed)
	c.codeDead(old, locker.NoticeReplaced)
	c.pass(time.Minute)
	after := c.parcelToken("t2")
	want[locker.UnlockRequested](t, c.show(after))
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
	c.sense(door, locker.Closed)
	c.tap(locker.ActionFinish)
	c.wait(c.plan.Times.Thanks)
	c.codeDead(code, locker.NoticeUsedCode)
	c.codeDead(old, locker.NoticeReplaced)
}

// TestTheNewCodeOpens, after a pickup that was disputed too: the old one does not come back with the parcel.
func TestTheNewCodeOpens(t *testing.T) {
	c, door, old := stored(t)
	code := string(want[locker.ParcelCodeChanged](t, c.newCode()).Personal.Code)
	c.tap(locker.ActionPickup)
	c.typed(code)
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
	want[locker.CollectionDisputed](t, c.says(locker.ActionNotOpen))
	c.sense(door, locker.Closed)
	c.wait(time.Hour)
	c.codeDead(old, locker.NoticeReplaced)
	c.codeOpens(code, door)
}

// TestANewCodeIsUnlikeAnyOther: neither one that lives nor one that is remembered.
func TestANewCodeIsUnlikeAnyOther(t *testing.T) {
	c, _, old := stored(t)
	give := func(codes ...string) []locker.Event {
		var offers []locker.Offer
		for _, code := range codes {
			offers = append(offers, locker.Offer{Hash: hash(code), Code: locker.Box(code)})
		}
		return c.order(locker.Order{NewCode: &locker.NewCodeOrder{Tracking: "PARCEL-1", Offers: offers}})
	}
	c.orderRefused(give(old), "in use")
	c.orderRefused(give(), "in use")
	if e := want[locker.ParcelCodeChanged](t, give(old, "code-other")); string(e.Personal.Code) != "code-other" {
		t.Fatalf("want the one that is free, got %s", e.Personal.Code)
	}
	c.orderRefused(give(old, "code-other"), "in use")
}

// TestWhoHasShownTheOldCode: while the conditions are asked their visit ends, and they are told; while the door is just being
// opened, the order waits to be given once more.
func TestWhoHasShownTheOldCode(t *testing.T) {
	c, door, old := stored(t)
	c.tap(locker.ActionPickup)
	u := want[locker.UnlockRequested](t, c.typed(old))
	c.orderRefused(c.newCode(), "just being fetched")
	c.feed(locker.ReleaseEnded{Unlock: u.Unlock, Why: "port gone"})
	c.onScreen(locker.StepPress)
	events := c.newCode()
	code := string(want[locker.ParcelCodeChanged](t, events).Personal.Code)
	if e := want[locker.SessionEnded](t, events); e.Why != "replaced" {
		t.Fatalf("want their visit to end, got %+v", e)
	}
	c.onScreen(locker.StepHome)
	c.codeDead(old, locker.NoticeReplaced)

	c.tap(locker.ActionPickup)
	u = want[locker.UnlockRequested](t, c.typed(code))
	c.wait(c.plan.Times.Judge + time.Second) // it was pulsed, and its contact saw nothing
	c.onScreen(locker.StepPress)
	want[locker.ParcelCodeChanged](t, c.newCode())
	events = c.sense(door, locker.Open) // and springs open late, for whoever had the code before
	wantNo[locker.ParcelCollected](t, events)
	if e := want[locker.DoorOpenedLate](t, events); e.Unlock != u.Unlock {
		t.Fatalf("want an alarm, got %+v", e)
	}
}

// TestANewRecipient: the parcel is somebody else's, with what is asked of them, under a key of their own.
func TestANewRecipient(t *testing.T) {
	c := newCabinet(t)
	c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "PARCEL-1", Size: "S", Mask: "•••67", Phone: locker.Box("phone"),
		Ask: locker.Conditions{PIN: hash("2468"), Confirm: true}}})
	c.scan("badge-ada")
	c.scan("PARCEL-1")
	door := c.view().Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	old := string(want[locker.ParcelStored](t, c.tap(locker.ActionNextParcel)).Personal.Code)
	c.tap(locker.ActionSignOut)
	token := c.parcelToken("t1")
	c.tap(locker.ActionPickup)
	c.typed(old)
	c.typed("1111")
	c.onScreen(locker.StepSecond)

	events := c.newRecipient(locker.Conditions{PIN: hash("1357")})
	e := want[locker.ParcelRecipientChanged](t, events)
	want[locker.SessionEnded](t, events)
	code := string(e.Personal.Code)
	if e.Mask != "•••11" || string(e.Personal.Phone) != "the other phone" || !e.Ask.Confirm || e.Recipients != 1 {
		t.Fatalf("want the other recipient's, and what the parcel asks, got %+v", e)
	}
	if e.Subject() != "parcel:"+e.Parcel+locker.Below+"1" || e.Replaces() != "parcel:"+e.Parcel {
		t.Fatalf("want a key of their own in the place of the one before, got %s for %s", e.Subject(), e.Replaces())
	}
	if p := c.only(); p.Mask != "•••11" || p.Wrong != 0 {
		t.Fatalf("want nothing left of the one before, got %+v", p)
	}
	c.codeDead(old, locker.NoticeReplaced)
	c.refusedToken(token, locker.TokenReplaced, locker.NoticeReplaced)
	c.tap(locker.ActionBack)

	c.tap(locker.ActionPickup)
	c.typed(code)
	c.onScreen(locker.StepSecond)
	want[locker.ConditionFailed](t, c.typed("2468")) // the PIN of the one before
	c.typed("1357")
	c.onScreen(locker.StepConfirm)
	u := want[locker.UnlockRequested](t, c.order(locker.Order{Confirm: &locker.ConfirmOrder{Tracking: "PARCEL-1"}}))
	if u.Door != door {
		t.Fatalf("want door %d, got %+v", door, u)
	}

	c.wait(time.Hour)
	again := want[locker.ParcelRecipientChanged](t, c.newRecipient(locker.Conditions{}))
	if again.Replaces() != e.Subject() || again.Subject() != "parcel:"+e.Parcel+locker.Below+"2" {
		t.Fatalf("want the second's key in the place of the first's, got %s for %s", again.Subject(), again.Replaces())
	}
}

// TestWhatCannotChangeHands: only what waits for its recipient.
func TestWhatCannotChangeHands(t *testing.T) {
	both := func(c *cabinet, words string) {
		t.Helper()
		c.orderRefused(c.newCode(), words)
		c.orderRefused(c.newRecipient(locker.Conditions{}), words)
	}
	both(newCabinet(t), "no such parcel")
	c, _ := held(t)
	both(c, "restored backup")
	c, door, code := stored(t)
	c.orderRefused(c.order(locker.Order{NewRecipient: &locker.NewRecipientOrder{Tracking: "PARCEL-1", Ask: locker.Conditions{Phone: hash("1")},
		Offers: c.offers()}}), "there is no phone")
	c.codeOpens(code, door)
	both(c, "no such parcel")
	c, _, _ = stored(t)
	c.wait(c.plan.Times.Pickup + time.Hour)
	both(c, "extend it first")
	c, _, _ = stored(t)
	c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "PARCEL-1"}})
	both(c, "cancelled")
	c, _, _ = stored(t)
	c.plan.NoCodes = true
	both(c, "no way to their recipients")
}

// TestTokensByTheOperatorsClock: which tokens are of before is judged by the order's own time, as the operator's tokens are.
func TestTokensByTheOperatorsClock(t *testing.T) {
	c, door, _ := stored(t)
	issued := c.now.Wall.Add(-10 * time.Minute)
	order := locker.Order{ID: "o1", Cabinet: "test", Issuer: "cloud", Issued: issued, Expires: issued.Add(time.Hour),
		NewCode: &locker.NewCodeOrder{Tracking: "PARCEL-1", Offers: c.offers()}}
	want[locker.ParcelCodeChanged](t, c.give(order))
	token := c.parcelToken("t1")
	token.Issued = issued
	c.refusedToken(token, locker.TokenReplaced, locker.NoticeReplaced)
	c.tap(locker.ActionBack)
	token.Issued = time.Time{} // it does not say when
	c.refusedToken(token, locker.TokenReplaced, locker.NoticeReplaced)
	c.tap(locker.ActionBack)
	token.Issued = issued.Add(time.Second)
	if u := want[locker.UnlockRequested](t, c.show(token)); u.Door != door {
		t.Fatalf("want door %d, got %+v", door, u)
	}
}

// TestTheSecondRecipientIsErased: an erasure finds what is sealed under their key.
func TestTheSecondRecipientIsErased(t *testing.T) {
	c, door, _ := stored(t)
	e := want[locker.ParcelRecipientChanged](t, c.newRecipient(locker.Conditions{}))
	c.codeOpens(string(e.Personal.Code), door)
	traces := locker.TracesOf(locker.Erasure{Order: "e", Tracking: "PARCEL-1"})
	for _, r := range c.records {
		traces.See(r.Event)
	}
	for _, s := range []string{"parcel:" + e.Parcel, e.Subject()} {
		if !slices.Contains(traces.Subjects, s) {
			t.Errorf("want %s among what is erased, got %q", s, traces.Subjects)
		}
	}
}
