package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

// daily is free for a day, and 2.50 EUR for each begun day after it, 10 EUR at the most.
func daily() *locker.Terms {
	return &locker.Terms{Name: "overtime 2026.1", Currency: "EUR",
		Tariff: &tariff.Tariff{Currency: "EUR", Free: 86_400, Steps: []tariff.Rate{{Every: 86_400, Price: 250}}, Cap: 1000}}
}

// brings stores an announced parcel with a fee, and empties the screen.
func brings(t *testing.T, fee *locker.Terms) (c *cabinet, door int, code string) {
	t.Helper()
	c = newCabinet(t)
	want[locker.ParcelAnnounced](t, c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "P1", Size: "S", Mask: "•••••67", Phone: locker.Box("phone"), Fee: fee}}))
	c.scan("badge-ada")
	c.scan("P1")
	door = c.view().Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	code = string(want[locker.ParcelStored](t, c.tap(locker.ActionDone)).Personal.Code)
	c.wait(time.Hour)
	return c, door, code
}

// costs is brings where the recipient is told at once.
func costs(t *testing.T, fee *locker.Terms) (c *cabinet, door int, code string) {
	t.Helper()
	c, door, code = brings(t, fee)
	want[locker.RecipientTold](t, c.order(locker.Order{Told: &locker.ToldOrder{Tracking: "P1", Told: c.now.Wall}}))
	return c, door, code
}

func (c *cabinet) pays(amount int64, reference string) []locker.Event {
	return c.order(locker.Order{Paid: &locker.MoneyOrder{Tracking: "P1", Amount: amount, Currency: "EUR", Reference: reference}})
}

// owes shows the code, and is told what is owed; 0: the door opens.
func (c *cabinet) owes(code string, amount int64) []locker.Event {
	c.t.Helper()
	events := c.scan(code)
	if amount == 0 {
		want[locker.UnlockRequested](c.t, events)
		return events
	}
	wantNo[locker.UnlockRequested](c.t, events)
	c.onScreen(locker.StepPay)
	if e := want[locker.FeeAsked](c.t, events); e.Amount != amount || c.view().Fee.Amount != amount {
		c.t.Fatalf("want %d owed, got %d, and %d on the screen", amount, e.Amount, c.view().Fee.Amount)
	}
	return events
}

func TestNothingIsOwedInTheFreeTime(t *testing.T) {
	c, _, code := costs(t, daily())
	told := c.now.Wall
	c.wait(23 * time.Hour)
	c.owes(code, 0)
	if v := c.view().Fee; v.Amount != 0 || v.Currency != "EUR" || !v.FreeUntil.Equal(told.Add(24*time.Hour)) {
		t.Fatalf("want it shown until when it is free, got %+v", v)
	}
}

// TestTheFeeBeginsWhenTheRecipientIsTold, not when the parcel was stored: whoever was not told owes nothing.
func TestTheFeeBeginsWhenTheRecipientIsTold(t *testing.T) {
	c, _, code := brings(t, daily())
	c.wait(59 * time.Hour)
	c.orderRefused(c.order(locker.Order{Told: &locker.ToldOrder{Tracking: "P1", Told: c.now.Wall.Add(time.Hour)}}), "told: lies in the future")
	c.order(locker.Order{Told: &locker.ToldOrder{Tracking: "P1", Told: c.now.Wall}})
	c.orderRefused(c.order(locker.Order{Told: &locker.ToldOrder{Tracking: "P1", Told: c.now.Wall}}), "its recipient was told already")
	c.wait(10 * time.Hour)
	c.owes(code, 0)
}

// TestAFeeIsPaid at the kiosk: the link is shown, the payment opens the door.
func TestAFeeIsPaid(t *testing.T) {
	c, door, code := costs(t, daily())
	c.wait(25 * time.Hour)
	c.owes(code, 250)
	c.order(locker.Order{Link: &locker.LinkOrder{Tracking: "P1", Amount: 250, Currency: "EUR", URL: "https://pay.example.org/1"}})
	if l := c.view().Fee.Link; l != "https://pay.example.org/1" {
		t.Fatalf("want the link on the screen, got %q", l)
	}
	c.wait(20 * time.Second)
	events := c.pays(250, "r1")
	if e := want[locker.FeePaid](t, events); e.Left != 0 || e.Over != 0 {
		t.Fatalf("want nothing left, got %+v", e)
	}
	if u := want[locker.UnlockRequested](t, events); u.Door != door || u.Why != locker.WhyPickup {
		t.Fatalf("want the door opened, got %+v", u)
	}
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
}

// TestAPaymentThatComesLate opens nothing by itself: somebody else may stand there. The code does.
func TestAPaymentThatComesLate(t *testing.T) {
	c, _, code := costs(t, daily())
	c.wait(25 * time.Hour)
	c.owes(code, 250)
	c.wait(50 * time.Second)
	wantNo[locker.UnlockRequested](t, c.pays(250, "r1"))
	c.onScreen(locker.StepCode)
	c.owes(code, 0)
}

// TestPaymentsFromElsewhere: paid before anybody came, half, twice, in another currency, and under a reference that counts already.
func TestPaymentsFromElsewhere(t *testing.T) {
	c, _, code := costs(t, daily())
	c.wait(49 * time.Hour) // 5.00
	if e := want[locker.FeePaid](t, c.pays(200, "r1")); e.Left != 300 {
		t.Fatalf("want 3.00 left, got %+v", e)
	}
	c.orderRefused(c.pays(200, "r1"), "the reference counts already")
	c.orderRefused(c.order(locker.Order{Paid: &locker.MoneyOrder{Tracking: "P1", Amount: 300, Currency: "CHF", Reference: "r2"}}), "currency")
	c.owes(code, 300)
	if e := want[locker.FeePaid](t, c.pays(500, "r2")); e.Left != 0 || e.Over != 200 {
		t.Fatalf("want it told that 2.00 were too much, got %+v", e)
	}
	if e := want[locker.FeeRefunded](t, c.order(locker.Order{Refund: &locker.MoneyOrder{Tracking: "P1", Amount: 200, Currency: "EUR", Reference: "b1"}})); e.Left != 0 {
		t.Fatalf("want nothing owed after what was too much was given back, got %+v", e)
	}
	c.orderRefused(c.order(locker.Order{Refund: &locker.MoneyOrder{Tracking: "P1", Amount: 900, Currency: "EUR", Reference: "b2"}}), "more than was paid")
}

// TestTheFeeRisesWhileSomebodyPays: what was shown is what is owed, for a quarter of an hour; and what was paid holds for an hour.
func TestTheFeeRisesWhileSomebodyPays(t *testing.T) {
	c, _, code := costs(t, daily())
	c.wait(48*time.Hour - time.Minute)
	c.owes(code, 250)
	c.wait(10 * time.Minute) // it would be 5.00 by now
	if e := want[locker.FeePaid](t, c.pays(250, "r1")); e.Left != 0 {
		t.Fatalf("want what was shown to be enough, got %+v", e)
	}
	c.wait(50 * time.Minute)
	c.owes(code, 0)

	c, _, code = costs(t, daily())
	c.wait(48*time.Hour - time.Minute)
	c.owes(code, 250)
	c.wait(20 * time.Minute)
	if e := want[locker.FeePaid](t, c.pays(250, "r1")); e.Left != 250 {
		t.Fatalf("want the rest owed after a quarter of an hour, got %+v", e)
	}
	c.owes(code, 250)
}

// TestTheDoorDoesNotOpenAfterPaying: the fee stays paid, however long it takes until the door opens.
func TestTheDoorDoesNotOpenAfterPaying(t *testing.T) {
	c, door, code := costs(t, daily())
	c.wait(25 * time.Hour)
	c.owes(code, 250)
	want[locker.UnlockRequested](t, c.pays(250, "r1"))
	c.wait(c.plan.Times.Judge)
	c.onScreen(locker.StepPress)
	c.wait(30 * time.Hour) // it would be 5.00 by now
	if e := want[locker.FeeRefunded](t, c.order(locker.Order{Refund: &locker.MoneyOrder{Tracking: "P1", Amount: 50, Currency: "EUR", Reference: "b1"}})); e.Left != 300 {
		t.Fatalf("want what was given back, and the time since, owed again: got %+v", e)
	}
	if owed := c.asks("P1").Owed; owed != 300 {
		t.Fatalf("want 3.00 owed once more, got %d", owed)
	}
	c.pays(300, "r2")
	c.owes(code, 0)
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
}

// TestPaidAndNotOpened: what was paid once settles it, without any refund.
func TestPaidAndNotOpened(t *testing.T) {
	c, door, code := costs(t, daily())
	c.wait(25 * time.Hour)
	c.owes(code, 250)
	c.pays(250, "r1")
	c.wait(c.plan.Times.Judge)
	c.wait(30 * time.Hour) // it would be 5.00 by now
	c.owes(code, 0)
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
}

// TestARefundBeforeThePickup: what was given back is owed again.
func TestARefundBeforeThePickup(t *testing.T) {
	c, _, code := costs(t, daily())
	c.wait(25 * time.Hour)
	c.pays(250, "r1")
	c.order(locker.Order{Refund: &locker.MoneyOrder{Tracking: "P1", Amount: 250, Currency: "EUR", Reference: "b1"}})
	c.owes(code, 250)
}

// TestTheFeeStandsStillWithThePeriod: what nobody could fetch costs nothing meanwhile.
func TestTheFeeStandsStillWithThePeriod(t *testing.T) {
	c, door, code := costs(t, daily())
	c.wait(20 * time.Hour)
	board := locker.Board{Bus: "main", Board: 1}
	c.feed(locker.BoardLost{Bus: board.Bus, Board: board.Board, Why: "no answer"})
	c.wait(10 * time.Hour) // 30 h after the notice, and 10 of them did not count
	c.feed(locker.BoardBack(board))
	c.sense(door, locker.Closed)
	c.owes(code, 0)

	c, door, code = costs(t, daily())
	c.wait(30 * time.Hour)
	c.feed(locker.BoardLost{Bus: board.Bus, Board: board.Board, Why: "no answer"})
	c.wait(24 * time.Hour)
	if owed := c.asks("P1").Owed; owed != 250 {
		t.Fatalf("want nothing more owed while it stands still, got %d", owed)
	}
	c.feed(locker.BoardBack(board))
	c.sense(door, locker.Closed)
	c.owes(code, 250)
}

// TestCashOnDelivery does not depend on time, nor on a notice; a longer period that is bought comes on top.
func TestCashOnDelivery(t *testing.T) {
	c, _, code := brings(t, &locker.Terms{Currency: "EUR", Due: 1990})
	c.owes(code, 1990)
	c.tap(locker.ActionBack)
	want[locker.ParcelExtended](t, c.order(locker.Order{Extend: &locker.ExtendOrder{Tracking: "P1", By: 24 * time.Hour, Price: 300}}))
	c.owes(code, 2290)
	want[locker.UnlockRequested](t, c.pays(2290, "r1"))
}

// TestAFeeSurvivesACut: what was told, shown and paid is in the records.
func TestAFeeSurvivesACut(t *testing.T) {
	c, door, code := costs(t, daily())
	c.wait(25 * time.Hour)
	c.owes(code, 250)
	c.pays(100, "r1")
	c.restart()
	c.sense(door, locker.Closed)
	c.owes(code, 150)
	c.orderRefused(c.pays(100, "r1"), "the reference counts already")
}

// TestMoneyForWhatCostsNothing is refused, and so is a link.
func TestMoneyForWhatCostsNothing(t *testing.T) {
	c := newCabinet(t)
	c.drop("P1", "S")
	for _, o := range []locker.Order{{Paid: &locker.MoneyOrder{Tracking: "P1", Amount: 1, Currency: "EUR", Reference: "r"}},
		{Told: &locker.ToldOrder{Tracking: "P1", Told: c.now.Wall}}, {Link: &locker.LinkOrder{Tracking: "P1", Amount: 1, Currency: "EUR"}},
		{Extend: &locker.ExtendOrder{Tracking: "P1", By: time.Hour, Price: 1}}} {
		c.orderRefused(c.order(o), "nothing is ever owed")
	}
	c.orderRefused(c.order(locker.Order{Paid: &locker.MoneyOrder{Tracking: "P2", Amount: 1, Currency: "EUR", Reference: "r"}}), "no such parcel")
}

// TestMoneyNamesItsParcel: where a number has come back, money that names the parcel before it is that one's; of one that is not known, or has another
// number, it is nobody's.
func TestMoneyNamesItsParcel(t *testing.T) {
	c, door, code := brings(t, &locker.Terms{Currency: "EUR", Due: 500})
	first := want[locker.FeePaid](t, c.pays(500, "r1")).Parcel
	c.owes(code, 0)
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
	c.sense(door, locker.Closed)
	c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "P1", Size: "M", Mask: "•••••67", Phone: locker.Box("phone"), Fee: &locker.Terms{Currency: "EUR", Due: 700}}})
	c.scan("badge-ada")
	c.scan("P1")
	door = c.view().Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionDone)
	money := func(tracking, parcel, reference string) *locker.MoneyOrder {
		return &locker.MoneyOrder{Tracking: tracking, Parcel: parcel, Amount: 200, Currency: "EUR", Reference: reference}
	}
	if e := want[locker.FeeRefunded](t, c.order(locker.Order{Refund: money("P1", first, "b1")})); e.Parcel != first {
		t.Errorf("want it given back for %s, got %+v", first, e)
	}
	c.orderRefused(c.order(locker.Order{Refund: money("P1", "", "b2")}), "more than was paid")
	if e := want[locker.FeePaid](t, c.order(locker.Order{Paid: money("P1", first, "r2")})); e.Parcel != first {
		t.Errorf("want it paid for %s, got %+v", first, e)
	}
	if e := want[locker.FeePaid](t, c.order(locker.Order{Paid: money("P1", "", "r2")})); e.Parcel == first || e.Left != 500 {
		t.Errorf("want the one that is here without a name, got %+v", e)
	}
	c.orderRefused(c.order(locker.Order{Paid: money("P2", first, "r3")}), "no such parcel")
	c.wait(time.Hour) // by then the first one is forgotten
	for _, o := range []locker.Order{{Paid: money("P1", first, "r3")}, {Paid: money("P2", first, "r3")}, {Paid: money("P1", "none", "r3")}, {Refund: money("P2", first, "r3")}} {
		c.orderRefused(c.order(o), "no such parcel")
	}
}

// TestHalfAPaymentThatComesLate shows nobody to stand there, either.
func TestHalfAPaymentThatComesLate(t *testing.T) {
	c, _, code := brings(t, &locker.Terms{Currency: "EUR", Due: 1990})
	c.owes(code, 1990)
	c.wait(100 * time.Second)
	wantNo[locker.UnlockRequested](t, c.pays(500, "r1"))
	c.wait(40 * time.Second)
	wantNo[locker.UnlockRequested](t, c.pays(1490, "r2"))
	want[locker.UnlockRequested](t, c.scan(code))
}

// TestHalfAPaymentShowsNobodyToStandThere: it comes while the payer may still be there, and the other half when they may have gone.
func TestHalfAPaymentShowsNobodyToStandThere(t *testing.T) {
	c, _, code := brings(t, &locker.Terms{Currency: "EUR", Due: 1990})
	c.owes(code, 1990)
	c.wait(40 * time.Second)
	wantNo[locker.UnlockRequested](t, c.pays(500, "r1"))
	c.onScreen(locker.StepPay)
	if owed := c.view().Fee.Amount; owed != 1490 {
		t.Fatalf("want the rest shown, got %d", owed)
	}
	c.wait(40 * time.Second)
	wantNo[locker.UnlockRequested](t, c.pays(1490, "r2"))
	c.onScreen(locker.StepCode)
	want[locker.UnlockRequested](t, c.scan(code))

	c, _, code = brings(t, &locker.Terms{Currency: "EUR", Due: 1990})
	c.owes(code, 1990)
	c.wait(20 * time.Second)
	c.pays(500, "r1")
	c.wait(20 * time.Second)
	want[locker.UnlockRequested](t, c.pays(1490, "r2")) // both halves in time
}

// TestHalfAPaymentWhileACardIsAsked shows nobody to stand at the terminal.
func TestHalfAPaymentWhileACardIsAsked(t *testing.T) {
	c, _, _, charge := atTerminal(t)
	c.wait(40 * time.Second)
	want[locker.ChargeStopped](t, c.pays(100, "r1"))
	c.onScreen(locker.StepCardBusy)
	c.wait(20 * time.Second)
	wantNo[locker.UnlockRequested](t, c.ends(charge, locker.ChargePaid, 250))
	c.onScreen(locker.StepCode)
}

// TestTheFeeWhileTheTimeIsNotKnown neither falls nor rises, however it came to be unknown.
func TestTheFeeWhileTheTimeIsNotKnown(t *testing.T) {
	for name, lost := range map[string]func(c *cabinet, door int){
		"a clock that is lost": func(c *cabinet, _ int) {
			c.now.Known = false
			c.feed(locker.Tick{})
		},
		"a power cut": func(c *cabinet, door int) {
			c.now.Known = false
			c.cut(30 * time.Minute)
			c.sense(door, locker.Closed)
		},
		"two of them, behind a lost clock": func(c *cabinet, door int) {
			c.now.Known = false
			c.feed(locker.Tick{})
			c.wait(time.Hour)
			c.cut(30 * time.Minute)
			c.wait(5 * time.Hour)
			c.cut(30 * time.Minute)
			c.sense(door, locker.Closed)
		},
		"a restart": func(c *cabinet, door int) {
			c.now.Known = false
			c.feed(locker.Tick{})
			c.recorded(5 * time.Hour)
			c.restart()
			c.sense(door, locker.Closed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, door, code := costs(t, daily())
			c.recorded(30 * time.Hour)
			lost(c, door)
			c.wait(10 * time.Hour)
			c.owes(code, 250)
			c.wait(30 * time.Hour)
			c.owes(code, 250)
		})
	}
	t.Run("with nothing recorded before", func(t *testing.T) {
		c, _, code := costs(t, daily())
		c.wait(30 * time.Hour)
		c.now.Known = false
		c.feed(locker.Tick{})
		c.wait(10 * time.Hour)
		c.owes(code, 250)
		c.restart()
		c.wait(30 * time.Hour)
		if owed := c.asks("P1").Owed; owed != 250 {
			t.Errorf("want as much after a restart, got %d", owed)
		}
	})
	t.Run("behind what stood still before", func(t *testing.T) {
		c, door, code := costs(t, daily())
		c.recorded(30 * time.Hour)
		c.order(locker.Order{Block: &locker.BlockOrder{Door: door, Reason: locker.BlockDamaged}})
		c.recorded(20 * time.Hour)
		c.now.Known = false
		c.cut(30 * time.Minute)
		c.sense(door, locker.Closed)
		c.wait(30 * time.Hour)
		c.order(locker.Order{Unblock: &locker.UnblockOrder{Door: door}})
		c.owes(code, 250) // the 20 hours cost nothing
	})
	t.Run("until it is known again", func(t *testing.T) {
		c, _, code := costs(t, daily())
		c.wait(30 * time.Hour)
		c.now.Known = false
		c.feed(locker.Tick{})
		c.wait(30 * time.Hour)
		c.now.Known = true
		c.feed(locker.Tick{})
		c.owes(code, 250) // what could not be measured cost nothing
	})
}

// TestWhatIsShownAgainHoldsNoLonger: whoever has it shown every few minutes pays what it has become all the same, a quarter of an hour
// after it was shown as it was.
func TestWhatIsShownAgainHoldsNoLonger(t *testing.T) {
	c, _, code := costs(t, daily())
	c.wait(48*time.Hour - 20*time.Minute)
	c.owes(code, 250)
	c.wait(10 * time.Minute)
	c.owes(code, 250)
	c.wait(9 * time.Minute)
	rises := c.now.Wall.Add(time.Minute)
	if e := want[locker.FeeAsked](t, c.owes(code, 250)); !e.Until.Equal(rises.Add(14 * time.Minute)) {
		t.Fatalf("want a quarter of an hour from what is still owed, got until %s", e.Until)
	}
	for range 2 {
		c.wait(7 * time.Minute)
		if e := want[locker.FeeAsked](t, c.owes(code, 250)); !e.Until.Equal(rises.Add(14 * time.Minute)) {
			t.Fatalf("want it to hold as long as it did, got until %s", e.Until)
		}
	}
	c.wait(2 * time.Minute)
	if e := want[locker.FeeAsked](t, c.owes(code, 500)); !e.Until.Equal(c.now.Wall.Add(15 * time.Minute)) {
		t.Fatalf("want a quarter of an hour from what it has become, got until %s", e.Until)
	}
}

// TestALinkLeavesTheScreenWhenItIsOver, and not when something else happens next.
func TestALinkLeavesTheScreenWhenItIsOver(t *testing.T) {
	c, _, code := costs(t, daily())
	c.wait(25 * time.Hour)
	c.owes(code, 250)
	c.order(locker.Order{Expires: c.now.Wall.Add(time.Hour), Link: &locker.LinkOrder{Tracking: "P1", Amount: 250, Currency: "EUR",
		URL: "https://pay.example.org/1", Until: c.now.Wall.Add(time.Minute)}})
	if c.view().Fee.Link == "" {
		t.Fatal("want the link on the screen")
	}
	if after, ok := c.state.Deadline(c.now); !ok || after > time.Minute {
		t.Errorf("want it over in a minute, got %s", after)
	}
	if c.wait(time.Minute); c.view().Fee.Link != "" {
		t.Error("want it gone")
	}
}
