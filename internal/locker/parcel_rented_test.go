package locker_test

import (
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// Doors that are rented: what lies there stays, and the codes of its people open it again and again.

// rents has the cloud announce a renter, for a day, and is their code.
func (c *cabinet) rents(fee *locker.Terms) string {
	c.t.Helper()
	a := want[locker.ParcelAnnounced](c.t, c.order(locker.Order{Kind: "parcel.announce", Announce: &locker.AnnounceOrder{Tracking: "LUGGAGE-1",
		Size: "S", Company: "Example Parcel", From: locker.FromRenter, Term: 24 * time.Hour, Fee: fee, Offers: c.offers()}}))
	if a.From != locker.FromRenter || a.CodeHash.IsZero() || a.Term != (24*time.Hour).Milliseconds() {
		c.t.Fatalf("want a renter announced, with a code, for a day, got %+v", a)
	}
	return string(a.Personal.Code)
}

// rented is a cabinet with a rented door behind which something lies, nobody at the kiosk.
func rented(t *testing.T, fee *locker.Terms) (c *cabinet, door int, code string) {
	t.Helper()
	c = newCabinet(t)
	code = c.rents(fee)
	door = want[locker.UnlockRequested](t, c.scan(code)).Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	want[locker.ParcelKept](t, c.tap(locker.ActionDone))
	c.tap(locker.ActionFinish)
	return c, door, code
}

// visit opens a rented door by a code and shuts it, and is what was recorded.
func (c *cabinet) visit(code string, door int) (events []locker.Event) {
	c.t.Helper()
	events = c.scanLater(code)
	if u := want[locker.UnlockRequested](c.t, events); u.Door != door || u.Why != locker.WhyPickup {
		c.t.Fatalf("want door %d opened, got %+v", door, u)
	}
	events = append(events, c.sense(door, locker.Open)...)
	c.onScreen(locker.StepPickup)
	events = append(events, c.sense(door, locker.Closed)...)
	c.onScreen(locker.StepKeep)
	return events
}

// shares gives somebody else a code.
func (c *cabinet) shares(person string, ends bool) string {
	c.t.Helper()
	e := want[locker.ParcelShared](c.t, c.order(locker.Order{Share: &locker.ShareOrder{Tracking: "LUGGAGE-1", Person: person, Ends: ends, Offers: c.offers()}}))
	return string(e.Personal.Code)
}

func (c *cabinet) unshares(person string) []locker.Event {
	return c.order(locker.Order{Unshare: &locker.UnshareOrder{Tracking: "LUGGAGE-1", Person: person}})
}

func TestRentedOpenedAgainAndEnded(t *testing.T) {
	c := newCabinet(t)
	code := c.rents(nil)
	if !c.view().Senders {
		t.Error("want the way to the keypad to be for renters, too")
	}
	c.tap(locker.ActionPickup)
	events := c.typed(code)
	if s := want[locker.DropStarted](t, events); s.From != locker.FromRenter {
		t.Fatalf("want a renter's drop-off, got %+v", s)
	}
	door := want[locker.UnlockRequested](t, events).Door
	c.sense(door, locker.Open)
	if v := c.view(); !v.Rents || !v.Sends {
		t.Fatalf("want a renter's screen, got %+v", v)
	}
	wantNo[locker.ParcelKept](t, c.sense(door, locker.Closed))
	began := c.now.Wall
	events = c.tap(locker.ActionDone)
	if e := want[locker.ParcelKept](t, events); !e.First || e.Unsure || e.Door != door || e.Company != "Example Parcel" {
		t.Fatalf("want it kept for certain, got %+v", e)
	}
	wantNo[locker.ParcelSent](t, events)
	if v := c.view(); v.Step != locker.StepThanks || !v.RentedUntil.Equal(began.Add(24*time.Hour)) {
		t.Fatalf("want it said until when, got %s on %s", v.RentedUntil, v.Step)
	}
	c.isNow("LUGGAGE-1", locker.StatusKept, locker.CodeOpens)
	if s := c.state.Summary(c.now); s.Kept != 1 || s.Parcels != 1 || s.Doors[door-1].Contents != "kept" {
		t.Errorf("want it told as kept, got %+v", s.Doors[door-1])
	}
	for range 5 {
		c.wait(2 * time.Hour)
		events = c.visit(code, door)
		if e := want[locker.ParcelOpened](t, events); e.Door != door || e.Unlock == "" {
			t.Fatalf("want the opening on record, got %+v", e)
		}
		if e := want[locker.ParcelKept](t, events); e.First || e.Unsure {
			t.Fatalf("want it kept as it was, got %+v", e)
		}
		wantNo[locker.ParcelCollected](t, events)
		c.tap(locker.ActionFinish)
		if h := c.holds(door); h.Kind != locker.Occupied || h.Why != "" {
			t.Fatalf("want it believed to be there, got %+v", h)
		}
	}
	events = c.visit(code, door)
	u := want[locker.ParcelOpened](t, events).Unlock
	if e := want[locker.ParcelCollected](t, c.tap(locker.ActionEmpty)); e.Unlock != u {
		t.Fatalf("want it ended by the visit, got %+v", e)
	}
	if h := c.holds(door); h.Kind != locker.Collected {
		t.Fatalf("want the door theirs for a moment, got %+v", h)
	}
	c.tap(locker.ActionFinish)
	if e := want[locker.DoorEmptied](t, c.wait(c.plan.Times.Thanks)); e.Door != door || e.Proof != locker.ProofPickup {
		t.Fatalf("want it proven as after a pickup, got %+v", e)
	}
	wantNo[locker.UnlockRequested](t, c.scan(code))
	c.notice(locker.NoticeUsedCode)
	c.isNow("LUGGAGE-1", locker.StatusCollected, locker.CodeDead)
}

// TestForgottenInARentedDoor: for a moment the code opens again what was given back.
func TestForgottenInARentedDoor(t *testing.T) {
	c, door, code := rented(t, nil)
	c.visit(code, door)
	c.tap(locker.ActionEmpty)
	nobodys := func() {
		t.Helper()
		if v := c.view(); v.Rents || !v.RentedUntil.IsZero() {
			t.Errorf("want nobody asked to put something in, got rented until %s on %s", v.RentedUntil, v.Step)
		}
	}
	nobodys()
	if u := want[locker.UnlockRequested](t, c.tap(locker.ActionForgot)); u.Why != locker.WhyReopen {
		t.Fatalf("want it opened again, got %+v", u)
	}
	c.sense(door, locker.Open)
	nobodys()
	c.sense(door, locker.Closed)
	c.onScreen(locker.StepThanks)
	c.tap(locker.ActionFinish)
	want[locker.DoorEmptied](t, c.wait(c.plan.Times.Thanks))
}

// TestOpenedOnceMoreInAVisit: by a button for whoever just shut it, later by the code.
func TestOpenedOnceMoreInAVisit(t *testing.T) {
	c, door, code := rented(t, nil)
	c.visit(code, door)
	c.pass(5 * time.Second)
	want[locker.UnlockRequested](t, c.tap(locker.ActionForgot))
	c.sense(door, locker.Open)
	want[locker.ParcelKept](t, c.sense(door, locker.Closed))
	c.pass(15 * time.Second)
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionForgot))
	c.notice(locker.NoticeCodeAgain)
	want[locker.UnlockRequested](t, c.scan(code))
}

// TestWhoPacksForLongShowsTheirCodeOnceMore: it ends by their code then, and opens nothing.
func TestWhoPacksForLongShowsTheirCodeOnceMore(t *testing.T) {
	for name, wait := range map[string][2]time.Duration{
		"the door stood open for long": {2 * time.Minute, time.Second}, "the question stood for long": {time.Second, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			c, door, code := rented(t, nil)
			c.scan(code)
			c.sense(door, locker.Open)
			c.wait(wait[0])
			c.sense(door, locker.Closed)
			c.wait(wait[1])
			wantNo[locker.ParcelCollected](t, c.tap(locker.ActionEmpty))
			c.notice(locker.NoticeEnds)
			events := c.scan(code)
			want[locker.ParcelCollected](t, events)
			wantNo[locker.UnlockRequested](t, events)
			c.onScreen(locker.StepThanks)
		})
	}
}

// TestSomebodyElsesCodeEndsNothing: whoever touches a screen that somebody has left.
func TestSomebodyElsesCodeEndsNothing(t *testing.T) {
	c, door, code := rented(t, nil)
	ben := c.shares("ben", false)
	c.visit(code, door)
	c.pass(30 * time.Second)
	c.tap(locker.ActionEmpty)
	c.notice(locker.NoticeEnds)
	events := c.scan(ben) // opens, as he may, and ends nothing
	wantNo[locker.ParcelCollected](t, events)
	want[locker.UnlockRequested](t, events)
	c.wait(10 * time.Minute)
	c.isNow("LUGGAGE-1", locker.StatusKept, locker.CodeOpens)
}

// TestAWordWithoutAnOpeningEndsNothing: the door that did not open, and the contact that notices nothing.
func TestAWordWithoutAnOpeningEndsNothing(t *testing.T) {
	c, door, code := rented(t, nil)
	c.scan(code)
	c.press(locker.Tapped{Action: locker.ActionEmpty})
	c.wait(c.plan.Times.Judge)
	c.onScreen(locker.StepPress)
	c.tap(locker.ActionTryAgain)
	c.wait(c.plan.Times.Judge)
	if got := c.view(); got.Step != locker.StepTrouble || slices.Contains(got.Actions, locker.ActionEmpty) {
		t.Fatalf("want nothing to end, got %v on %s", got.Actions, got.Step)
	}
	wantNo[locker.ParcelCollected](t, c.tap(locker.ActionItOpened))
	if h := c.holds(door); h.Kind != locker.Occupied {
		t.Fatalf("want it theirs, got %+v", h)
	}
}

// TestASensorSeesWhatIsLeft: a word that nothing is left ends nothing then.
func TestASensorSeesWhatIsLeft(t *testing.T) {
	c, door, code := rented(t, nil)
	ben := c.shares("ben", true)
	c.present(door, true)
	c.visit(code, door)
	c.tap(locker.ActionEmpty)
	c.pass(5 * time.Second)
	if e := want[locker.CollectionDisputed](t, c.tap(locker.ActionFinish)); e.By != "sensor" {
		t.Fatalf("want the sensor's word, got %+v", e)
	}
	c.isNow("LUGGAGE-1", locker.StatusKept, locker.CodeOpens)
	c.visit(ben, door)
	c.tap(locker.ActionFinish)
	c.visit(code, door)
}

// TestTwoPeopleShareADoor: keys from one to the other. Who opened it is on record, and who may end it is the order's to say.
func TestTwoPeopleShareADoor(t *testing.T) {
	c := newCabinet(t)
	code := c.rents(nil)
	ben := c.shares("ben", false)
	door := want[locker.UnlockRequested](t, c.scan(code)).Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionDone)
	c.tap(locker.ActionFinish)
	dora := c.shares("dora", true)
	for person, with := range map[string]string{"": code, "ben": ben, "dora": dora} {
		events := c.visit(with, door)
		if e := want[locker.ParcelOpened](t, events); e.Person != person {
			t.Fatalf("want %q on record, got %+v", person, e)
		}
		if got := slices.Contains(c.view().Actions, locker.ActionEmpty); got != (person != "ben") {
			t.Errorf("want %q to end it: %t, got %t", person, person != "ben", got)
		}
		c.tap(locker.ActionFinish)
	}
	if e := want[locker.ParcelUnshared](t, c.unshares("ben")); e.Parcel == "" {
		t.Fatalf("want it said of which parcel, got %+v", e)
	}
	wantNo[locker.UnlockRequested](t, c.scanLater(ben))
	c.notice(locker.NoticeReplaced)
	c.visit(dora, door)
	if e := want[locker.ParcelCollected](t, c.tap(locker.ActionEmpty)); e.Person != "dora" {
		t.Fatalf("want her on record, got %+v", e)
	}
	c.tap(locker.ActionFinish)
	c.wait(10 * time.Minute)
	for _, with := range []string{code, dora} {
		wantNo[locker.UnlockRequested](t, c.scanLater(with))
		c.notice(locker.NoticeUsedCode)
	}
}

// TestWhoeverComesFirstPutsItIn: a shared door is given to the first of its people.
func TestWhoeverComesFirstPutsItIn(t *testing.T) {
	c := newCabinet(t)
	code := c.rents(nil)
	ben := c.shares("ben", false)
	events := c.scan(ben)
	if e := want[locker.SendingClaimed](t, events); e.Person != "ben" {
		t.Fatalf("want ben on record, got %+v", e)
	}
	door := want[locker.UnlockRequested](t, events).Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	if e := want[locker.ParcelKept](t, c.tap(locker.ActionDone)); e.Person != "ben" {
		t.Fatalf("want ben on record, got %+v", e)
	}
	c.tap(locker.ActionFinish)
	c.visit(code, door)
}

func TestSharesThatAreRefused(t *testing.T) {
	share := func(tracking, person string) locker.Order {
		return locker.Order{Share: &locker.ShareOrder{Tracking: tracking, Person: person, Offers: []locker.Offer{{Hash: hash("x" + person)}}}}
	}
	c, _, _ := rented(t, nil)
	ben := c.shares("ben", false)
	c.scan("badge-ada")
	c.drop("PARCEL-1", "M")
	c.tap(locker.ActionSignOut)
	for words, o := range map[string]locker.Order{
		"no such parcel":                share("PARCEL-9", "dora"),
		"no rented door":                share("PARCEL-1", "dora"),
		"the person shares the door":    share("LUGGAGE-1", "ben"),
		"no such person":                {Unshare: &locker.UnshareOrder{Tracking: "LUGGAGE-1", Person: "dora"}},
		"every code that was made":      {Share: &locker.ShareOrder{Tracking: "LUGGAGE-1", Person: "dora"}},
		"the door is rented: it":        {NewRecipient: &locker.NewRecipientOrder{Tracking: "LUGGAGE-1", Offers: []locker.Offer{{Hash: hash("y")}}}},
		"the parcel is here: what is":   {Erase: &locker.Erasure{Tracking: "LUGGAGE-1"}},
		"the parcel is here already":    {Announce: &locker.AnnounceOrder{Tracking: "LUGGAGE-1"}},
		"hours: only a renter's":        {Announce: &locker.AnnounceOrder{Tracking: "X", Term: time.Hour}},
		"hours: a renter's needs":       {Announce: &locker.AnnounceOrder{Tracking: "X", From: locker.FromRenter, Company: "C", Offers: []locker.Offer{{Hash: hash("z")}}}},
		"more than 90 days":             {Announce: &locker.AnnounceOrder{Tracking: "X", From: locker.FromRenter, Company: "C", Term: 91 * 24 * time.Hour, Offers: []locker.Offer{{Hash: hash("z")}}}},
		"from: a sender's parcel needs": {Announce: &locker.AnnounceOrder{Tracking: "X", From: locker.FromRenter, Term: time.Hour, Offers: []locker.Offer{{Hash: hash("z")}}}},
	} {
		t.Run(words, func(_ *testing.T) { c.orderRefused(c.order(o), words) })
	}
	c.orderRefused(c.order(locker.Order{Share: &locker.ShareOrder{Tracking: "LUGGAGE-1", Person: "dora", Offers: []locker.Offer{{Hash: hash(ben)}}}}), "every code that was made")
	for i := range 49 {
		c.shares(string(rune('A'+i)), false)
	}
	c.orderRefused(c.order(share("LUGGAGE-1", "dora")), "more people than")
}

// TestSharedBeforeAndWhileItIsPutIn: a person of an announcement, taken away again; and nothing changes under somebody's hands.
func TestSharedBeforeAndWhileItIsPutIn(t *testing.T) {
	c := newCabinet(t)
	code := c.rents(nil)
	ben := c.shares("ben", false)
	if e := want[locker.ParcelUnshared](t, c.unshares("ben")); e.Announced == "" {
		t.Fatalf("want it said of which announcement, got %+v", e)
	}
	wantNo[locker.UnlockRequested](t, c.scan(ben))
	c.notice(locker.NoticeReplaced)
	want[locker.UnlockRequested](t, c.scan(code))
	c.orderRefused(c.order(locker.Order{Share: &locker.ShareOrder{Tracking: "LUGGAGE-1", Person: "dora", Offers: c.offers()}}), "just being put in")
}

// TestWhoSharesNoLongerStandsThere: their visit is over with their code.
func TestWhoSharesNoLongerStandsThere(t *testing.T) {
	c, door, _ := rented(t, nil)
	ben := c.shares("ben", true)
	c.scan(ben)
	c.orderRefused(c.unshares("ben"), "the parcel is just being fetched")
	c.sense(door, locker.Open)
	want[locker.SessionEnded](t, c.unshares("ben"))
	c.sense(door, locker.Closed)
	if h := c.holds(door); h.Kind != locker.Occupied || h.Why != locker.DoubtAlone {
		t.Fatalf("want it theirs, and looked into in the end, got %+v", h)
	}
}

// TestANewCodeForARenter: the old one is dead at once, those of the others go on.
func TestANewCodeForARenter(t *testing.T) {
	c, door, code := rented(t, nil)
	ben := c.shares("ben", false)
	e := want[locker.ParcelCodeChanged](t, c.order(locker.Order{NewCode: &locker.NewCodeOrder{Tracking: "LUGGAGE-1", Offers: c.offers()}}))
	wantNo[locker.UnlockRequested](t, c.scan(code))
	c.notice(locker.NoticeReplaced)
	c.visit(string(e.Personal.Code), door)
	c.tap(locker.ActionFinish)
	c.visit(ben, door)
}

// TestATokenForARentedDoor opens it once.
func TestATokenForARentedDoor(t *testing.T) {
	c, door, code := rented(t, nil)
	token := c.parcelToken("t1")
	token.Parcel = "LUGGAGE-1"
	want[locker.UnlockRequested](t, c.show(token))
	want[locker.TokenSpent](t, c.sense(door, locker.Open))
	c.sense(door, locker.Closed)
	c.onScreen(locker.StepKeep)
	c.pass(c.plan.Times.SameScan + time.Second)
	wantNo[locker.UnlockRequested](t, c.show(token))
	c.tap(locker.ActionFinish)
	wantNo[locker.UnlockRequested](t, c.show(token))
	c.tap(locker.ActionBack)
	c.visit(code, door)
}
