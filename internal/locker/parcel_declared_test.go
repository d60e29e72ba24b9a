package locker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// What an announcement asks of a sender before a door opens for them.

// asked is what an announcement may ask: two statements and a weight.
func asked() locker.AnnounceOrder {
	says := func(de, en string) []locker.NoticeText {
		return []locker.NoticeText{{Language: "de", Text: de}, {Language: "en", Text: en}}
	}
	return locker.AnnounceOrder{Tracking: "RETURN-1", Size: "S", Weights: []int{2000, 5000}, Agree: []locker.Statement{
		{Key: "no_dangerous_goods", Texts: says("Nichts Gefährliches.", "Nothing dangerous.")}, {Key: "terms", Texts: says("Die Bedingungen gelten.", "The terms hold.")}}}
}

// heavy says how heavy the parcel is.
func (c *cabinet) heavy(grams int) []locker.Event {
	c.t.Helper()
	return c.press(locker.Tapped{Action: locker.ActionWeight, Weight: grams})
}

// TestASenderDeclares: no door opens before everything was said, and the record of what was sent has it all.
func TestASenderDeclares(t *testing.T) {
	c := newCabinet(t)
	code := c.wants(asked())
	wantNo[locker.DropStarted](t, c.scan(code))
	c.onScreen(locker.StepAgree)
	if v := c.view(); len(v.Posted) != 2 || v.Posted[0].Text != "Nichts Gefährliches." {
		t.Fatalf("want the first statement, got %+v", v.Posted)
	}
	c.press(locker.Tapped{Action: locker.ActionLanguage, Language: "ar"})
	events := c.tap(locker.ActionAgree)
	wantNo[locker.DropStarted](t, events)
	if e := want[locker.SendingDeclared](t, events); e.Statement != "no_dangerous_goods" || e.Language != "ar" || e.Tracking != "RETURN-1" {
		t.Errorf("want it recorded in which language they have read it, got %+v", e)
	}
	c.onScreen(locker.StepAgree)
	if v := c.view(); v.Posted[0].Text != "Die Bedingungen gelten." {
		t.Fatalf("want the second statement, got %+v", v.Posted)
	}
	wantNo[locker.DropStarted](t, c.tap(locker.ActionAgree))
	c.onScreen(locker.StepWeight)
	if v := c.view(); !slices.Equal(v.Weights, []int{2000, 5000}) {
		t.Fatalf("want the weights of the order, got %v", v.Weights)
	}
	if events := c.heavy(3000); len(events) > 0 {
		t.Errorf("want no weight that was not asked for, got %s", names(events))
	}
	events = c.heavy(5000)
	if e := want[locker.SendingDeclared](t, events); e.AtMost != 5000 || e.Statement != "" {
		t.Errorf("want the weight recorded, got %+v", e)
	}
	door := want[locker.UnlockRequested](t, events).Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	s := want[locker.ParcelSent](t, c.tap(locker.ActionDone))
	if !slices.Equal(s.Agreed, []string{"no_dangerous_goods", "terms"}) || s.AtMost != 5000 {
		t.Errorf("want what they have said in the record, got %+v", s)
	}
}

// TestACodeReadAgainAtAQuestion begins nothing anew: what was said is not said twice.
func TestACodeReadAgainAtAQuestion(t *testing.T) {
	c := newCabinet(t)
	code := c.wants(asked())
	c.scan(code)
	c.tap(locker.ActionAgree)
	for _, step := range []locker.Step{locker.StepAgree, locker.StepWeight} {
		c.onScreen(step)
		if events := locker.Recorded(c.scanLater(code)); len(events) > 0 {
			t.Errorf("want nothing at %s, got %s", step, names(events))
		}
		c.onScreen(step)
		if step == locker.StepAgree {
			c.tap(locker.ActionAgree)
		}
	}
}

// TestASenderWhoDoesNotAgree keeps their parcel, and may come again: then they are asked for everything anew.
func TestASenderWhoDoesNotAgree(t *testing.T) {
	c := newCabinet(t)
	code := c.wants(asked())
	c.scan(code)
	c.tap(locker.ActionAgree)
	events := c.tap(locker.ActionDisagree)
	if e := want[locker.ParcelNotTaken](t, events); e.Why != locker.NotTakenDeclined || e.Statement != "terms" || e.Order == "" {
		t.Errorf("want it recorded what they do not agree to, got %+v", e)
	}
	c.onScreen(locker.StepNotTaken)
	if v := c.view(); v.NotTaken != locker.NotTakenDeclined {
		t.Errorf("want the screen to say why, got %q", v.NotTaken)
	}
	c.tap(locker.ActionFinish)
	c.scanLater(code)
	c.onScreen(locker.StepAgree)
	if v := c.view(); v.Posted[0].Text != "Nichts Gefährliches." {
		t.Errorf("want it asked from the beginning, got %+v", v.Posted)
	}
}

// TestAParcelThatIsTooHeavy is not taken.
func TestAParcelThatIsTooHeavy(t *testing.T) {
	c := newCabinet(t)
	a := asked()
	a.Agree = nil
	code := c.wants(a)
	c.scan(code)
	if e := want[locker.ParcelNotTaken](t, c.tap(locker.ActionHeavier)); e.Why != locker.NotTakenHeavy {
		t.Errorf("want it too heavy, got %+v", e)
	}
	c.onScreen(locker.StepNotTaken)
	c.tap(locker.ActionFinish)
	c.scanLater(code)
	c.onScreen(locker.StepWeight)
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepHome)
}

// TestWhoWalksAwayFromAStatement has sent nothing, and who comes next agrees for nobody.
func TestWhoWalksAwayFromAStatement(t *testing.T) {
	for name, leave := range map[string]func(*cabinet){
		"they walk off":  func(c *cabinet) { c.wait(c.plan.Times.Idle) },
		"the power goes": func(c *cabinet) { c.restart() },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCabinet(t)
			code := c.wants(asked())
			c.scan(code)
			c.tap(locker.ActionAgree)
			c.tap(locker.ActionAgree)
			c.onScreen(locker.StepWeight)
			leave(c)
			c.onScreen(locker.StepHome)
			if s := c.state.Session; s.AtMost != 0 || len(s.Agreed) > 0 {
				t.Errorf("want nothing left of what was said, got %+v", s)
			}
			for _, d := range c.plan.Doors {
				c.sense(d.Number, locker.Closed)
			}
			c.scanLater(code)
			c.onScreen(locker.StepAgree)
		})
	}
}

// TestAnAnnouncementThatGoesMeanwhile: nothing opens for what is no longer expected.
func TestAnAnnouncementThatGoesMeanwhile(t *testing.T) {
	c := newCabinet(t)
	a := asked()
	a.Until = c.now.Wall.Add(30 * time.Second)
	c.scan(c.wants(a))
	c.wait(30 * time.Second)
	wantNo[locker.DropStarted](t, c.tap(locker.ActionAgree))
	c.notice(locker.NoticeExpired)
}

func TestDeclarationsThatAreRefused(t *testing.T) {
	text := []locker.NoticeText{{Language: "en", Text: "x"}}
	for name, a := range map[string]locker.AnnounceOrder{
		"of a courier":      {Agree: []locker.Statement{{Key: "a", Texts: text}}},
		"weights of one":    {Weights: []int{1000}},
		"of a renter":       {From: locker.FromRenter, Term: time.Hour, Agree: []locker.Statement{{Key: "a", Texts: text}}},
		"without a key":     {From: locker.FromSender, Agree: []locker.Statement{{Texts: text}}},
		"twice":             {From: locker.FromSender, Agree: []locker.Statement{{Key: "a", Texts: text}, {Key: "a", Texts: text}}},
		"without a text":    {From: locker.FromSender, Agree: []locker.Statement{{Key: "a"}}},
		"weights that fall": {From: locker.FromSender, Weights: []int{2000, 1000}},
		"no weight":         {From: locker.FromSender, Weights: []int{0}},
		"a ton":             {From: locker.FromSender, Weights: []int{1_000_000}},
		"with consent":      {From: locker.FromSender, Consent: locker.ConsentGiven},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCabinet(t)
			a.Tracking, a.Offers = "RETURN-1", c.offers()
			if a.From != "" {
				a.Company = "Example Parcel"
			}
			if e := want[locker.OrderRefused](t, c.order(locker.Order{Announce: &a})); e.Code != locker.CodeMalformed {
				t.Errorf("want it malformed, got %s: %s", e.Code, e.Why)
			}
		})
	}
}

// consenting is a cabinet at a site that wants to know of consent, with a courier before it.
func consenting(t *testing.T, rule string) *cabinet {
	c := newCabinet(t)
	c.plan.Consent = rule
	for _, x := range []locker.Consent{locker.ConsentGiven, locker.ConsentDenied, ""} {
		c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "PARCEL-" + strings.ToUpper(string(x)), Size: "S", Mask: "•••67", Phone: locker.Box("phone"), Consent: x}})
	}
	c.scan("badge-ada")
	return c
}

// TestARecipientWhoHasAgreed costs their courier no touch.
func TestARecipientWhoHasAgreed(t *testing.T) {
	for _, rule := range []string{"", locker.ConsentAsked, locker.ConsentNeeded} {
		want[locker.UnlockRequested](t, consenting(t, rule).scan("PARCEL-GIVEN"))
	}
	want[locker.UnlockRequested](t, consenting(t, "").scan("PARCEL-DENIED"))
}

// TestAParcelWithoutConsent is returned to its courier, where the site wants it so.
func TestAParcelWithoutConsent(t *testing.T) {
	for _, parcel := range []string{"PARCEL-DENIED", "PARCEL-", "PARCEL-UNKNOWN"} {
		c := consenting(t, locker.ConsentNeeded)
		events := c.scan(parcel)
		wantNo[locker.DropStarted](t, events)
		if e := want[locker.ParcelNotTaken](t, events); e.Why != locker.NotTakenConsent || e.Courier != "ada" || e.Tracking != parcel {
			t.Errorf("want it told who brought it, got %+v", e)
		}
		c.onScreen(locker.StepScan)
		c.notice(locker.NoticeNoConsent)
		if n := c.state.Session; n.Tracking != "" {
			t.Errorf("want nothing in hand, got %q", n.Tracking)
		}
	}
}

// TestACourierSaysThatTheyMay: the record has who said so, and how they know.
func TestACourierSaysThatTheyMay(t *testing.T) {
	for _, tt := range []struct {
		parcel string
		says   locker.Action
		why    locker.ConsentBy
		denied bool
		next   locker.Step
	}{
		{"PARCEL-", locker.ActionTold, locker.ConsentTold, false, locker.StepDrop},
		{"PARCEL-", locker.ActionStanding, locker.ConsentStanding, false, locker.StepDrop},
		{"PARCEL-DENIED", locker.ActionTold, locker.ConsentTold, true, locker.StepDrop},
		{"PARCEL-UNKNOWN", locker.ActionTold, locker.ConsentTold, false, locker.StepPhone},
	} {
		c := consenting(t, locker.ConsentAsked)
		wantNo[locker.DropStarted](t, c.scan(tt.parcel))
		c.onScreen(locker.StepConsent)
		v := c.view()
		if v.Denied != tt.denied || slices.Contains(v.Actions, locker.ActionStanding) == tt.denied {
			t.Errorf("%s: want the screen to say that they have said no: %v, got %v", tt.parcel, tt.denied, v.Actions)
		}
		events := c.tap(tt.says)
		if e := want[locker.ParcelConsented](t, events); e.Why != tt.why || e.Denied != tt.denied || e.Courier != "ada" || e.Tracking != tt.parcel {
			t.Errorf("want it recorded, got %+v", e)
		}
		c.onScreen(tt.next)
	}
}

// TestACourierWhoDoesNotKnow takes the parcel along, or goes on with the next one.
func TestACourierWhoDoesNotKnow(t *testing.T) {
	c := consenting(t, locker.ConsentAsked)
	c.scan("PARCEL-DENIED")
	if e := want[locker.ParcelNotTaken](t, c.tap(locker.ActionBack)); e.Why != locker.NotTakenConsent {
		t.Errorf("want it not taken, got %+v", e)
	}
	c.onScreen(locker.StepScan)
	c.scan("PARCEL-UNKNOWN")
	c.onScreen(locker.StepConsent)
	want[locker.UnlockRequested](t, c.scan("PARCEL-GIVEN")) // the one before is just not put in
}

// TestConsentIsAskedOfEachParcel: what was said of one counts for no other, nor in the next visit.
func TestConsentIsAskedOfEachParcel(t *testing.T) {
	c := consenting(t, locker.ConsentAsked)
	c.scan("PARCEL-")
	c.tap(locker.ActionTold)
	door := c.view().Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.ParcelStored](t, c.scan("PARCEL-UNKNOWN"))
	c.onScreen(locker.StepConsent)
	c.tap(locker.ActionStanding)
	c.onScreen(locker.StepPhone)
	c.restart()
	for _, d := range c.plan.Doors {
		c.sense(d.Number, locker.Closed)
	}
	c.scan("badge-ada")
	c.scan("PARCEL-UNKNOWN")
	c.onScreen(locker.StepConsent)
}

// TestConsentIsNotAskedOfSenders: what they send goes to nobody here.
func TestConsentIsNotAskedOfSenders(t *testing.T) {
	c := newCabinet(t)
	c.plan.Consent = locker.ConsentNeeded
	want[locker.UnlockRequested](t, c.scan(c.expects("RETURN-1")))
}
