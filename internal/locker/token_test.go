package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// token is one for the cabinet of the stories, good for an hour more.
func (c *cabinet) token(id string) locker.Token {
	return locker.Token{ID: id, Cabinet: "test", Issued: c.now.Wall, Expires: c.now.Wall.Add(time.Hour)}
}

func (c *cabinet) parcelToken(id string) locker.Token {
	t := c.token(id)
	t.Parcel = "PARCEL-1"
	return t
}

func (c *cabinet) show(t locker.Token) []locker.Event {
	c.t.Helper()
	return c.feed(locker.Scanned{Token: &t})
}

// refusedToken wants a token refused, and no door asked to open.
func (c *cabinet) refusedToken(t locker.Token, because locker.TokenRefusal, notice locker.Notice) {
	c.t.Helper()
	events := c.show(t)
	wantNo[locker.UnlockRequested](c.t, events)
	wantNo[locker.CourierSignedIn](c.t, events)
	if e := want[locker.CodeRefused](c.t, events); e.Because != because || e.Typed {
		c.t.Errorf("want it refused because of %q, got %+v", because, e)
	}
	c.notice(notice)
}

// TestTokenOpensItsParcelOnce: spent when the door is seen to open, not before.
func TestTokenOpensItsParcelOnce(t *testing.T) {
	c, door, _ := stored(t)
	token := c.parcelToken("t1")
	u := want[locker.UnlockRequested](t, c.show(token))
	if u.Door != door || u.Token.ID != "t1" {
		t.Fatalf("want door %d by the token, got %+v", door, u)
	}
	if got := c.show(token); len(got) != 0 {
		t.Fatalf("read twice: want nothing, got %s", names(got))
	}
	c.feed(locker.ReleaseEnded{Unlock: u.Unlock, Why: "port gone"})
	c.onScreen(locker.StepPress)
	u = want[locker.UnlockRequested](t, c.tap(locker.ActionTryAgain))
	if u.Token.ID != "t1" {
		t.Fatalf("want the token with the new unlock, got %+v", u)
	}
	events := c.sense(door, locker.Open)
	want[locker.ParcelCollected](t, events)
	if e := want[locker.TokenSpent](t, events); e.Token != "t1" || !e.Until.Equal(token.Expires) {
		t.Fatalf("want t1 spent, got %+v", e)
	}
	c.sense(door, locker.Closed)
	c.tap(locker.ActionFinish)
	c.wait(c.plan.Times.Thanks)
	c.refusedToken(token, locker.TokenUsed, locker.NoticeUsedCode)
	c.restart()
	c.refusedToken(token, locker.TokenUsed, locker.NoticeUsedCode)
}

// TestTokenOfADisputedPickup: the contact said "open", the person says it did not: their token is good again.
func TestTokenOfADisputedPickup(t *testing.T) {
	c, door, _ := stored(t)
	c.show(c.parcelToken("t1"))
	c.sense(door, locker.Open)
	want[locker.CollectionDisputed](t, c.says(locker.ActionNotOpen))
	c.tap(locker.ActionFinish)
	c.sense(door, locker.Closed)
	want[locker.UnlockRequested](t, c.show(c.parcelToken("t1")))
}

func TestTokensThatOpenNothing(t *testing.T) {
	c, _, _ := stored(t)
	for _, tt := range []struct {
		name    string
		change  func(*locker.Token)
		because locker.TokenRefusal
		notice  locker.Notice
	}{
		{"unsigned", func(t *locker.Token) { *t = locker.Token{Refusal: locker.TokenSignature} },
			locker.TokenSignature, locker.NoticeInvalid},
		{"unknown key", func(t *locker.Token) { *t = locker.Token{Refusal: locker.TokenIssuer} },
			locker.TokenIssuer, locker.NoticeInvalid},
		{"other cabinet", func(t *locker.Token) { t.Cabinet = "test-2" }, locker.TokenElsewhere, locker.NoticeElsewhere},
		{"expired", func(t *locker.Token) { t.Expires = c.now.Wall.Add(-61 * time.Second) },
			locker.TokenExpired, locker.NoticeExpired},
		{"not yet", func(t *locker.Token) { t.NotBefore = c.now.Wall.Add(61 * time.Second) },
			locker.TokenEarly, locker.NoticeEarly},
		{"no such parcel", func(t *locker.Token) { t.Parcel = "PARCEL-2" }, locker.TokenNothing, locker.NoticeNotHere},
		{"no such door", func(t *locker.Token) { t.Parcel, t.Door = "", 99 }, locker.TokenNothing, locker.NoticeNotHere},
		{"no such courier", func(t *locker.Token) { t.Parcel, t.Courier = "", "eve" },
			locker.TokenNothing, locker.NoticeNotHere},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token := c.parcelToken("t1")
			tt.change(&token)
			c.t = t
			c.refusedToken(token, tt.because, tt.notice)
		})
	}
	if c.state.Typing.Wrong != 0 {
		t.Errorf("want no token counted as a wrong code, got %d", c.state.Typing.Wrong)
	}
}

// TestTokenTolerance: the clocks of the issuer and of the cabinet may differ by a minute.
func TestTokenTolerance(t *testing.T) {
	for _, change := range []func(*locker.Token, time.Time){
		func(t *locker.Token, now time.Time) { t.Expires = now.Add(-59 * time.Second) },
		func(t *locker.Token, now time.Time) { t.NotBefore = now.Add(59 * time.Second) },
	} {
		c, _, _ := stored(t)
		token := c.parcelToken("t1")
		change(&token, c.now.Wall)
		want[locker.UnlockRequested](t, c.show(token))
	}
}

// TestTokenWithoutAClock: an unused token for a parcel that is in opens, unless the journal proves that it has expired.
// All other tokens wait for the clock.
func TestTokenWithoutAClock(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(*locker.Token, time.Time)
		because locker.TokenRefusal // none: it opens
	}{
		{"a parcel that is in", func(*locker.Token, time.Time) {}, ""},
		{"not valid yet, as far as anybody knows", func(t *locker.Token, now time.Time) { t.NotBefore = now.Add(time.Minute) }, ""},
		{"expired for certain", func(t *locker.Token, now time.Time) { t.Expires = now.Add(-time.Hour) }, locker.TokenExpired},
		{"a door", func(t *locker.Token, _ time.Time) { t.Parcel, t.Door = "", 2 }, locker.TokenClock},
		{"a courier", func(t *locker.Token, _ time.Time) { t.Parcel, t.Courier = "", "ada" }, locker.TokenClock},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _, _ := stored(t)
			token := c.parcelToken("t1")
			tt.change(&token, c.now.Wall)
			c.now.Known, c.now.Wall = false, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
			if tt.because == "" {
				want[locker.UnlockRequested](t, c.show(token))
				return
			}
			wantNo[locker.UnlockRequested](t, c.show(token))
			if v := c.view(); v.Step != locker.StepCode {
				t.Errorf("want it refused, got screen %q", v.Step)
			}
		})
	}
}

func TestRevokedToken(t *testing.T) {
	c, _, _ := stored(t)
	c.feed(locker.OrderReceived{Order: locker.Order{ID: "o-r", Cabinet: "test", Kind: "tokens.revoke",
		Expires: c.now.Wall.Add(time.Hour),
		Revoke:  &locker.RevokeOrder{IDs: []string{"t1"}, Until: c.now.Wall.Add(time.Hour)}}})
	c.refusedToken(c.parcelToken("t1"), locker.TokenRevoked, locker.NoticeExpired)
	want[locker.UnlockRequested](t, c.show(c.parcelToken("t2")))
}

// TestTokenForADoor: the operator's word opens it, and what is behind it is not known any more.
func TestTokenForADoor(t *testing.T) {
	c := newCabinet(t)
	token := c.token("t1")
	token.Door = 2
	want[locker.UnlockRequested](t, c.show(token))
	c.onScreen(locker.StepPickup)
	want[locker.TokenSpent](t, c.sense(2, locker.Open))
	if k := c.holds(2); k.Kind != locker.Doubtful {
		t.Fatalf("want door 2 doubtful, got %+v", k)
	}
	c.sense(2, locker.Closed)
	c.onScreen(locker.StepThanks)
	c.tap(locker.ActionFinish)
	c.refusedToken(token, locker.TokenUsed, locker.NoticeUsedCode)
}

func TestTokenSignsACourierIn(t *testing.T) {
	c := newCabinet(t)
	token := c.token("t1")
	token.Courier = "ada"
	if e := want[locker.CourierSignedIn](t, c.show(token)); e.By != "token" || e.Courier != "ada" {
		t.Fatalf("want ada by token, got %+v", e)
	}
	c.tap(locker.ActionSignOut)
	c.refusedToken(token, locker.TokenUsed, locker.NoticeUsedCode)
}

// TestTokenAmidADropOff: nobody else is served while a courier's door stands open.
func TestTokenAmidADropOff(t *testing.T) {
	c, _, _ := stored(t)
	c.dropTo("PARCEL-2", "M")
	door := c.view().Door
	c.sense(door, locker.Open)
	wantNo[locker.UnlockRequested](t, c.show(c.parcelToken("t1")))
	c.notice(locker.NoticeCloseFirst)
	c.sense(door, locker.Closed)
	events := c.show(c.parcelToken("t1"))
	want[locker.ParcelStored](t, events)
	want[locker.UnlockRequested](t, events)
}

// TestBadTokenLeavesACourierAlone: a strange QR on a parcel does not sign the courier out.
func TestBadTokenLeavesACourierAlone(t *testing.T) {
	c := newCabinet(t)
	c.scan("badge-ada")
	c.refusedToken(locker.Token{Refusal: locker.TokenForm}, locker.TokenForm, locker.NoticeInvalid)
	if v := c.view(); v.Step != locker.StepScan || v.Courier != "Ada" {
		t.Fatalf("want ada still at work, got %q, %q", v.Step, v.Courier)
	}
}

// TestTokensOfBeforeARestore: whether they were used since the backup nobody knows.
func TestTokensOfBeforeARestore(t *testing.T) {
	c, _, _ := stored(t)
	before, parcel := c.token("t1"), c.parcelToken("t2")
	before.Courier = "ada"
	c.pass(time.Minute)
	c.write([]locker.Event{locker.EpochBegun{Reason: locker.EpochRestored}})
	c.restart()
	c.refusedToken(before, locker.TokenRestored, locker.NoticeExpired)
	wantNo[locker.UnlockRequested](t, c.show(parcel))
	c.pass(time.Minute)
	after := c.token("t3")
	after.Courier = "ada"
	want[locker.CourierSignedIn](t, c.show(after))
}

// TestUsedTokensAreForgotten: a day after they would have expired anyway.
func TestUsedTokensAreForgotten(t *testing.T) {
	c := newCabinet(t)
	for _, id := range []string{"t1", "t2"} {
		token := c.token(id)
		token.Courier = "ada"
		want[locker.CourierSignedIn](t, c.show(token))
		c.tap(locker.ActionSignOut)
		c.wait(26 * time.Hour)
	}
	if n := len(c.state.Used); n != 1 {
		t.Errorf("want one used token remembered, got %d", n)
	}
}

// TestATokenThatIsRevokedWhileItsHolderAnswers opens nothing.
func TestATokenThatIsRevokedWhileItsHolderAnswers(t *testing.T) {
	c, _, _ := asking(t, locker.Conditions{PIN: hash("2468")})
	c.show(c.parcelToken("t1"))
	c.order(locker.Order{Revoke: &locker.RevokeOrder{IDs: []string{"t1"}, Until: c.now.Wall.Add(time.Hour)}})
	wantNo[locker.UnlockRequested](t, c.typed("2468"))
	c.notice(locker.NoticeExpired)
}

// TestATokenForADoorSaysNothingOfAParcel that its recipient has taken out of there.
func TestATokenForADoorSaysNothingOfAParcel(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionFinish)
	c.pass(10 * time.Second)
	tok := c.token("d1")
	tok.Door = door
	c.show(tok)
	c.sense(door, locker.Open)
	wantNo[locker.CollectionDisputed](t, c.says(locker.ActionNotOpen))
}
