package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// A code, token or badge that is shown again in its own visit: nothing stops because of that, and it shows that its owner is still there.

// TestHeldUpAgainWhileTheDoorIsOpen: the next door opens by itself, as if it had been held up then for the first time.
func TestHeldUpAgainWhileTheDoorIsOpen(t *testing.T) {
	c, _, code := three(t)
	c.scan(code)
	for n := 1; n <= 3; n++ {
		first := c.view().Door
		c.pass(2 * time.Second)
		if n == 1 {
			c.scan(code) // before it has opened
		}
		want[locker.ParcelCollected](t, c.sense(first, locker.Open))
		for range 4 { // a phone that lies there, and a heavy parcel
			c.pass(15 * time.Second)
			events := c.scan(code)
			wantNo[locker.UnlockRequested](t, events)
			wantNo[locker.SessionEnded](t, events)
			wantNo[locker.CodeRefused](t, events)
			if v := c.view(); v.Step != locker.StepPickup || v.Door != first || v.Turn != n {
				t.Fatalf("want the screen to stay at door %d, parcel %d, got %q at %d, %d", first, n, v.Step, v.Door, v.Turn)
			}
		}
		c.pass(18 * time.Second)
		events := c.sense(first, locker.Closed)
		if n < 3 {
			if u := want[locker.UnlockRequested](t, events); u.Door == first || u.Why != locker.WhyPickup {
				t.Fatalf("want the next door, got %+v", u)
			}
		}
	}
	c.onScreen(locker.StepThanks)
}

// TestHeldUpAgainBySomebodyElseToo: two people with codes of their own stand there, and it is not known who pushes the door shut.
func TestHeldUpAgainBySomebodyElseToo(t *testing.T) {
	c, _, code := three(t)
	_, other := c.dropFor("max", "PARCEL-4", "S")
	c.tap(locker.ActionSignOut)
	c.scanLater(code)
	first := c.view().Door
	c.scan(other) // while the door is about to open: told to wait
	c.notice(locker.NoticeCloseFirst)
	c.sense(first, locker.Open)
	c.pass(5 * time.Second)
	c.scan(code)
	c.pass(2 * time.Second)
	wantNo[locker.UnlockRequested](t, c.sense(first, locker.Closed))
	c.notice(locker.NoticeMore)
}

// TestHeldUpAgainKeepsNoVisitForEver: a visit has its end, whatever lies before the scanner.
func TestHeldUpAgainKeepsNoVisitForEver(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	for up := time.Duration(0); up < c.plan.Times.Session; up += 4 * time.Second {
		c.wait(4 * time.Second)
		if c.view().Step != locker.StepPickup {
			break
		}
		c.scan(code)
	}
	c.wait(c.plan.Times.IdleDoorOpen)
	c.onScreen(locker.StepHome)
}

// TestHeldUpAgainAtADoorThatCannotBeOpened: another of theirs can be, or this one again.
func TestHeldUpAgainAtADoorThatCannotBeOpened(t *testing.T) {
	c, doors, code := three(t)
	for _, door := range doors {
		c.order(locker.Order{Block: &locker.BlockOrder{Door: door, Reason: locker.BlockDamaged}})
	}
	c.scan(code)
	c.onScreen(locker.StepTrouble)
	session := c.state.Session.ID
	c.pass(5 * time.Second)
	if events := locker.Recorded(c.scan(code)); len(events) > 0 || c.state.Session.ID != session {
		t.Fatalf("want nothing new said, got %s", names(events))
	}
	c.order(locker.Order{Unblock: &locker.UnblockOrder{Door: doors[1]}})
	c.pass(5 * time.Second)
	if u := want[locker.UnlockRequested](t, c.scan(code)); u.Door != doors[1] {
		t.Fatalf("want door %d, got %+v", doors[1], u)
	}
}

// TestForgottenWithMoreToFetch: that there is more is still said once the first door was opened again.
func TestForgottenWithMoreToFetch(t *testing.T) {
	c, _, code := three(t)
	c.scan(code)
	first := c.view().Door
	c.sense(first, locker.Open)
	c.pass(25 * time.Second)
	c.sense(first, locker.Closed)
	c.notice(locker.NoticeMore)
	want[locker.UnlockRequested](t, c.tap(locker.ActionForgot))
	c.sense(first, locker.Open)
	c.pass(3 * time.Second)
	c.sense(first, locker.Closed)
	c.onScreen(locker.StepThanks)
	c.notice(locker.NoticeMore)
}

// TestATokenHeldUpAgainStaysOneUse: where its door did not open, or something is owed first, the same token asks again, and is spent by
// the opening.
func TestATokenHeldUpAgainStaysOneUse(t *testing.T) {
	c, door, _ := stored(t)
	token := c.parcelToken("t1")
	c.show(token)
	c.wait(c.plan.Times.Judge)
	c.onScreen(locker.StepPress)
	if u := want[locker.UnlockRequested](t, c.show(token)); u.Token.ID != "t1" {
		t.Fatalf("want it opened by the token, got %+v", u)
	}
	want[locker.TokenSpent](t, c.sense(door, locker.Open))

	c, door, _ = brings(t, &locker.Terms{Currency: "EUR", Due: 250})
	token = c.token("t2")
	token.Parcel = "P1"
	c.show(token)
	c.onScreen(locker.StepPay)
	c.pass(5 * time.Second)
	c.show(token)
	c.onScreen(locker.StepPay)
	if u := want[locker.UnlockRequested](t, c.pays(250, "r1")); u.Token.ID != "t2" {
		t.Fatalf("want it opened by the token, got %+v", u)
	}
	want[locker.TokenSpent](t, c.sense(door, locker.Open))
}

// TestARentersTokenHeldUpAgain opens the door once.
func TestARentersTokenHeldUpAgain(t *testing.T) {
	c, door, _ := rented(t, nil)
	token := c.token("t1")
	token.Parcel = "LUGGAGE-1"
	c.show(token)
	c.wait(c.plan.Times.Judge)
	c.onScreen(locker.StepPress)
	c.show(token)
	want[locker.TokenSpent](t, c.sense(door, locker.Open))
	c.sense(door, locker.Closed)
	c.tap(locker.ActionFinish)
	c.refusedToken(token, locker.TokenUsed, locker.NoticeUsedCode)
}

// TestASenderHoldsTheirCodeUpAgain: while they choose a size, and when they have just been thanked.
func TestASenderHoldsTheirCodeUpAgain(t *testing.T) {
	c := newCabinet(t)
	a := want[locker.ParcelAnnounced](t, c.order(locker.Order{Kind: "parcel.announce", Announce: &locker.AnnounceOrder{Tracking: "RETURN-1",
		Company: "Example Parcel", From: locker.FromSender, Offers: c.offers()}}))
	code := string(a.Personal.Code)
	c.scan(code)
	c.onScreen(locker.StepSize)
	session := c.state.Session.ID
	for range 4 {
		c.pass(4 * time.Second)
		if events := locker.Recorded(c.scan(code)); len(events) > 0 || c.state.Session.ID != session {
			t.Fatalf("want nothing to happen while they choose, got %s", names(events))
		}
	}
	door := want[locker.UnlockRequested](t, c.size("S")).Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.ParcelSent](t, c.tap(locker.ActionDone))
	c.pass(time.Second)
	if events := c.scan(code); len(events) > 0 {
		t.Fatalf("want the thanks to stay, got %s", names(events))
	}
	c.onScreen(locker.StepThanks)
	c.scanLater(code)
	c.notice(locker.NoticeSentCode)
}

// TestASenderWhoHasGivenUpHoldsTheirCodeUp: no door opens by a phone that still lies there; a moment later one does.
func TestASenderWhoHasGivenUpHoldsTheirCodeUp(t *testing.T) {
	c, door, code := sender(t)
	c.says(locker.ActionCancel)
	c.sense(door, locker.Closed)
	if c.view().Step != locker.StepThanks {
		t.Skipf("the screen is %q", c.view().Step)
	}
	wantNo[locker.UnlockRequested](t, c.scan(code))
	want[locker.UnlockRequested](t, c.scanLater(code))
}

// TestABadgeShownAgain: who has just shown it is not asked for it.
func TestABadgeShownAgain(t *testing.T) {
	c, door, _ := visiting(t)
	c.pass(30 * time.Second)
	if events := locker.Recorded(c.scan("badge-ada")); len(events) > 0 {
		t.Fatalf("want nothing of it written down, got %s", names(events))
	}
	c.pass(5 * time.Second)
	want[locker.ParcelInHand](t, c.reopens(door))
}

// TestConfirmedAfterTheCodeWasShownAgain: whoever waits for the cloud's word and shows their code meanwhile is still there.
func TestConfirmedAfterTheCodeWasShownAgain(t *testing.T) {
	c := newCabinet(t)
	c.announce("o1", locker.AnnounceOrder{Tracking: "WINE", Size: "M", Mask: "•••67", Ask: locker.Conditions{Confirm: true}})
	c.scan("badge-ada")
	e := want[locker.DropStarted](t, c.scan("WINE"))
	c.sense(e.Door, locker.Open)
	c.sense(e.Door, locker.Closed)
	c.tap(locker.ActionDone)
	c.tap(locker.ActionFinish)
	code := string(e.Personal.Code)
	c.scanLater(code)
	c.onScreen(locker.StepConfirm)
	c.wait(40 * time.Second)
	c.scan(code)
	c.onScreen(locker.StepConfirm)
	c.wait(20 * time.Second)
	if u := want[locker.UnlockRequested](t, c.order(locker.Order{Confirm: &locker.ConfirmOrder{Tracking: "WINE"}})); u.Door != e.Door {
		t.Fatalf("want door %d, got %+v", e.Door, u)
	}
}

// TestACouriersTokenShownAgain, or a second one of theirs: the visit goes on.
func TestACouriersTokenShownAgain(t *testing.T) {
	c := newCabinet(t)
	token := func(id string) locker.Token {
		k := c.token(id)
		k.Courier = "ada"
		return k
	}
	want[locker.CourierSignedIn](t, c.show(token("t1")))
	c.dropTo("PARCEL-1", "S")
	door := c.view().Door
	c.sense(door, locker.Open)
	for _, id := range []string{"t1", "t2"} {
		c.pass(5 * time.Second)
		events := locker.Recorded(c.show(token(id)))
		if len(events) > 0 {
			t.Fatalf("%s: want nothing written down, got %s", id, names(events))
		}
		c.onScreen(locker.StepDrop)
		c.notice(locker.NoticeNone)
	}
	c.sense(door, locker.Closed)
	want[locker.ParcelStored](t, c.tap(locker.ActionNextParcel))
}

// Whoever shows a code where somebody else's visit has ended goes on with nothing of theirs.
func TestNothingOfTheOneBefore(t *testing.T) {
	// locked is a parcel's token at the code screen, after wrong answers; and the code of another parcel, and its door.
	locked := func(t *testing.T) (c *cabinet, tok locker.Token, code string, second int) {
		c, _, _ = asking(t, locker.Conditions{Phone: hash("4567")})
		second, code = c.drop("PARCEL-2", "S")
		c.tap(locker.ActionSignOut)
		tok = c.parcelToken("t1")
		c.show(tok)
		for c.view().Step == locker.StepLastDigits {
			c.typed("0000")
		}
		c.onScreen(locker.StepCode)
		c.pass(5 * time.Second)
		return c, tok, code, second
	}
	t.Run("a token opens no other's door", func(t *testing.T) {
		c, tok, code, second := locked(t)
		if u := want[locker.UnlockRequested](t, c.scan(code)); u.Door != second {
			t.Fatalf("want door %d, got %+v", second, u)
		}
		c.wait(c.plan.Times.Judge)
		c.onScreen(locker.StepPress)
		wantNo[locker.UnlockRequested](t, c.show(tok))
	})
	t.Run("nor once more", func(t *testing.T) {
		c, tok, code, second := locked(t)
		c.scan(code)
		c.sense(second, locker.Open)
		c.sense(second, locker.Closed)
		c.onScreen(locker.StepThanks)
		c.pass(15 * time.Second)
		wantNo[locker.UnlockRequested](t, c.show(tok))
	})
	t.Run("nobody is taken for a sender", func(t *testing.T) {
		c, door, code := stored(t)
		a := asked()
		a.Until = c.now.Wall.Add(30 * time.Second)
		c.scan(c.wants(a))
		c.wait(30 * time.Second)
		c.tap(locker.ActionAgree)
		c.notice(locker.NoticeExpired)
		want[locker.UnlockRequested](t, c.typed(code))
		want[locker.ParcelCollected](t, c.sense(door, locker.Open))
		c.tap(locker.ActionWrong)
		if list := c.view().Actions; slices.Contains(list, locker.ActionCancel) || !slices.Contains(list, locker.ActionNotOpen) {
			t.Errorf("want a recipient's buttons, got %v", list)
		}
	})
	t.Run("nor is a renter's time theirs", func(t *testing.T) {
		c, door, code := rented(t, nil)
		_, other := c.drop("PARCEL-2", "S")
		c.tap(locker.ActionSignOut)
		c.visit(code, door)
		c.pass(25 * time.Second)
		c.tap(locker.ActionEmpty)
		c.onScreen(locker.StepCode)
		c.pass(20 * time.Second)
		want[locker.UnlockRequested](t, c.scan(other))
		if n := c.state.Session; n.Proven != c.now.Up || n.Visit.Parcel != "" {
			t.Errorf("want their own, got %+v", n)
		}
	})
	t.Run("a token is heard at the code screen", func(t *testing.T) {
		c, tok, _, _ := locked(t)
		c.order(locker.Order{Reset: &locker.ResetOrder{Tracking: "PARCEL-1"}})
		c.wait(30 * time.Second)
		c.show(tok)
		c.onScreen(locker.StepLastDigits)
	})
	t.Run("a token ends what it has opened", func(t *testing.T) {
		c, door, _ := rented(t, nil)
		tok := c.token("t1")
		tok.Parcel = "LUGGAGE-1"
		c.pass(time.Minute)
		c.show(tok)
		c.sense(door, locker.Open)
		c.pass(25 * time.Second)
		c.sense(door, locker.Closed)
		c.pass(5 * time.Second)
		wantNo[locker.ParcelCollected](t, c.tap(locker.ActionEmpty))
		c.notice(locker.NoticeEnds)
		c.pass(5 * time.Second)
		want[locker.ParcelCollected](t, c.show(tok))
	})
}

// A door that stood open when its code was shown, as far as its contact told, was asked to open for nothing yet: trying again does so.
func TestTryAgainAtADoorThatStoodOpen(t *testing.T) {
	t.Run("a pickup", func(t *testing.T) {
		c, door, code := stored(t)
		c.scan(code)
		c.sense(door, locker.Open)
		c.says(locker.ActionFinish)
		c.scanLater(code)
		c.says(locker.ActionNotOpen)
		c.sense(door, locker.Closed)
		if u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)); u.Why != locker.WhyPickup || u.Parcel == "" {
			t.Errorf("want it opened for a pickup, got %+v", u)
		}
		want[locker.ParcelCollected](t, c.sense(door, locker.Open))
	})
	t.Run("a renter's", func(t *testing.T) {
		c, door, code := rented(t, nil)
		c.scanLater(code)
		c.sense(door, locker.Open)
		c.says(locker.ActionFinish)
		c.scanLater(code)
		c.says(locker.ActionNotOpen)
		c.sense(door, locker.Closed)
		if u := want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain)); u.Why != locker.WhyPickup || u.Parcel == "" {
			t.Errorf("want it opened for their visit, got %+v", u)
		}
	})
}
