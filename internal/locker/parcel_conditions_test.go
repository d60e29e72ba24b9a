package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// asking is a cabinet with a parcel that asks for more than its code.
func asking(t *testing.T, ask locker.Conditions) (c *cabinet, door int, code string) {
	t.Helper()
	c = newCabinet(t)
	c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "PARCEL-1", Size: "S", Mask: "•••67",
		Phone: locker.Box("phone"), Ask: ask}})
	c.scan("badge-ada")
	c.scan("PARCEL-1")
	c.onScreen(locker.StepDrop)
	door = c.view().Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	stored := want[locker.ParcelStored](t, c.tap(locker.ActionDone))
	c.tap(locker.ActionFinish)
	return c, door, string(stored.Personal.Code)
}

func TestAllConditionsAreAskedFor(t *testing.T) {
	c, door, code := asking(t, locker.Conditions{Phone: hash("4567"), PIN: hash("2468"), Confirm: true})
	c.tap(locker.ActionPickup)
	wantNo[locker.UnlockRequested](t, c.typed(code))
	c.onScreen(locker.StepLastDigits)
	wantNo[locker.UnlockRequested](t, c.typed("4567"))
	c.onScreen(locker.StepSecond)
	wantNo[locker.UnlockRequested](t, c.typed("2468"))
	c.onScreen(locker.StepConfirm)
	if u := want[locker.UnlockRequested](t, c.order(locker.Order{Confirm: &locker.ConfirmOrder{Tracking: "PARCEL-1"}})); u.Door != door {
		t.Fatalf("want door %d, got %+v", door, u)
	}
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
}

// TestTokenIsNoWayAround: a token is asked for the same, and is spent with the door.
func TestTokenIsNoWayAround(t *testing.T) {
	c, door, _ := asking(t, locker.Conditions{PIN: hash("2468")})
	wantNo[locker.UnlockRequested](t, c.show(c.parcelToken("t1")))
	if u := want[locker.UnlockRequested](t, c.typed("2468")); u.Token.ID != "t1" {
		t.Fatalf("want the token with the unlock, got %+v", u)
	}
	want[locker.TokenSpent](t, c.sense(door, locker.Open))
}

// TestWrongAnswers count as wrong codes do, and after five of them the operator gives the parcel out.
func TestWrongAnswers(t *testing.T) {
	c, _, code := asking(t, locker.Conditions{Phone: hash("4567")})
	c.tap(locker.ActionPickup)
	c.typed(code)
	for range 4 {
		wantNo[locker.UnlockRequested](t, c.typed("0000"))
		c.notice(locker.NoticeWrongAnswer)
	}
	events := c.typed("0000")
	want[locker.ConditionFailed](t, events)
	wantNo[locker.UnlockRequested](t, events)
	wantNo[locker.UnlockRequested](t, c.show(c.parcelToken("t1")))
	c.notice(locker.NoticeAskOperator)
	c.restart()
	wantNo[locker.UnlockRequested](t, c.show(c.parcelToken("t1")))
	c.notice(locker.NoticeAskOperator)
}

func TestConfirmationOfNobody(t *testing.T) {
	c, _, code := asking(t, locker.Conditions{Confirm: true})
	confirm := locker.Order{Confirm: &locker.ConfirmOrder{Tracking: "PARCEL-1"}}
	want[locker.OrderRefused](t, c.order(confirm))
	c.tap(locker.ActionPickup)
	c.typed(code)
	c.onScreen(locker.StepConfirm)
	c.tap(locker.ActionBack)
	want[locker.OrderRefused](t, c.order(confirm)) // they have gone: it opens for nobody
}

// TestAConfirmationThatComesLate opens for nobody: it is about whoever has shown the code, and somebody else may stand there.
func TestAConfirmationThatComesLate(t *testing.T) {
	confirm := locker.Order{Confirm: &locker.ConfirmOrder{Tracking: "PARCEL-1"}}
	for _, tt := range []struct {
		name  string
		comes func(c *cabinet) []locker.Event
		again bool // they are asked for their code
	}{
		{"long after", func(c *cabinet) []locker.Event { c.pass(50 * time.Second); return c.order(confirm) }, true},
		{"two minutes after", func(c *cabinet) []locker.Event { c.pass(120 * time.Second); return c.order(confirm) }, true},
		{"though somebody touches", func(c *cabinet) []locker.Event {
			for range 10 {
				c.pass(12 * time.Second)
				c.feed(locker.Present{Revision: c.view().Revision})
			}
			return c.order(confirm)
		}, true},
		{"though the language is chosen", func(c *cabinet) []locker.Event {
			c.pass(40 * time.Second)
			c.feed(locker.Tapped{Action: locker.ActionLanguage, Language: "de", Revision: c.view().Revision})
			c.pass(40 * time.Second)
			return c.order(confirm)
		}, true},
		{"while it is asked whether they are there", func(c *cabinet) []locker.Event {
			c.plan.Times.IdleDoorOpen = 60 * time.Second
			c.pass(40 * time.Second)
			return c.order(confirm)
		}, true},
		{"held up here", func(c *cabinet) []locker.Event {
			c.now.Age = c.plan.Times.Within
			return c.order(confirm)
		}, true},
		{"of another session", func(c *cabinet) []locker.Event {
			o := locker.Order{Confirm: &locker.ConfirmOrder{Tracking: "PARCEL-1", Session: "s-before"}}
			return c.order(o)
		}, false},
		{"signed before they came", func(c *cabinet) []locker.Event {
			o := confirm
			o.Issuer, o.Issued, o.Expires = "cloud", c.now.Wall.Add(-2*time.Minute), c.now.Wall.Add(time.Hour)
			return c.order(o)
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, door, code := asking(t, locker.Conditions{Confirm: true})
			c.tap(locker.ActionPickup)
			c.typed(code)
			c.onScreen(locker.StepConfirm)
			events := tt.comes(c)
			want[locker.OrderRefused](t, events)
			wantNo[locker.UnlockRequested](t, events)
			wantNo[locker.ConditionMet](t, events)
			c.now.Age = 0
			if !tt.again {
				c.onScreen(locker.StepConfirm)
				return
			}
			c.onScreen(locker.StepCode)
			c.notice(locker.NoticeCodeAgain)
			claimed := want[locker.PickupClaimed](t, c.typed(code)) // which asks the cloud once more
			c.pass(30 * time.Second)
			o := locker.Order{Confirm: &locker.ConfirmOrder{Tracking: "PARCEL-1", Session: claimed.Session}}
			if u := want[locker.UnlockRequested](t, c.order(o)); u.Door != door {
				t.Fatalf("want door %d, got %+v", door, u)
			}
		})
	}
}

// TestAnswersDoNotLookAlike: two parcels of one person show nothing in common.
func TestAnswersDoNotLookAlike(t *testing.T) {
	c := newCabinet(t)
	seen := make(map[locker.Hash]bool)
	for _, tracking := range []string{"PARCEL-1", "PARCEL-2"} {
		e := want[locker.ParcelAnnounced](t, c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: tracking,
			Phone: locker.Box("phone"), Ask: locker.Conditions{Phone: hash("4567")}}}))
		if seen[e.Ask.Phone] || e.Ask.Phone == hash("4567") {
			t.Fatal("the last digits can be told from the hash of another order")
		}
		seen[e.Ask.Phone] = true
	}
}
