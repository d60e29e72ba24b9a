package locker_test

import (
	"testing"
	"time"

	"lockerd/internal/locker"
)

// What comes between a sender and their door, and what is not expected.

// TestAPowerCutWhileSending: nothing is lost and nothing is pulsed anew, wherever it comes.
func TestAPowerCutWhileSending(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(c *cabinet, door int)
		kind   locker.Holding
		again  bool // the code opens another door
	}{
		{"while the door is being opened", func(*cabinet, int) {}, locker.Doubtful, true},
		{"while it stands open", func(c *cabinet, door int) { c.sense(door, locker.Open) }, locker.Occupied, false},
		{"at the question", func(c *cabinet, door int) {
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
		}, locker.Occupied, false},
		{"after it", func(c *cabinet, door int) {
			c.sense(door, locker.Open)
			c.sense(door, locker.Closed)
			c.tap(locker.ActionDone)
		}, locker.Occupied, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCabinet(t)
			code := c.expects("RETURN-1")
			door := want[locker.UnlockRequested](t, c.scan(code)).Door
			tt.before(c, door)
			wantNo[locker.UnlockRequested](t, c.restart())
			for _, d := range c.plan.Doors {
				c.sense(d.Number, locker.Closed)
			}
			if h := c.holds(door); h.Kind != tt.kind {
				t.Errorf("want door %d %s, got %+v", door, tt.kind, h)
			}
			u, again := find[locker.UnlockRequested](c.scan(code))
			if again != tt.again || u.Door == door {
				t.Errorf("want another door: %v, got %+v", tt.again, u)
			}
		})
	}
}

// TestTwoSenders: the second waits until the first one's door is shut, and gets another.
func TestTwoSenders(t *testing.T) {
	c, door, _ := sender(t)
	second := c.expects("RETURN-2")
	wantNo[locker.UnlockRequested](t, c.scan(second))
	c.notice(locker.NoticeCloseFirst)
	c.sense(door, locker.Closed)
	events := c.scan(second)
	if s := want[locker.ParcelSent](t, events); s.Unsure || s.Tracking != "RETURN-1" {
		t.Errorf("want the first one sent, got %+v", s)
	}
	if u := want[locker.UnlockRequested](t, events); u.Door == door {
		t.Errorf("want another door than %d", door)
	}
}

// TestARecipientAtASendersScreen: somebody fetches; what was put in is sent.
func TestARecipientAtASendersScreen(t *testing.T) {
	c, first, code := stored(t)
	door := want[locker.UnlockRequested](t, c.scan(c.expects("RETURN-1"))).Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	events := c.scan(code)
	want[locker.ParcelSent](t, events)
	if u := want[locker.UnlockRequested](t, events); u.Door != first || u.Why != locker.WhyPickup {
		t.Errorf("want door %d for its recipient, got %+v", first, u)
	}
}

// TestTheSameSenderReadAgain: a scanner that reads a code twice changes nothing.
func TestTheSameSenderReadAgain(t *testing.T) {
	c, door, code := sender(t)
	if events := c.scan(code); len(events) > 0 {
		t.Errorf("want nothing, got %s", names(events))
	}
	c.sense(door, locker.Closed)
	if events := locker.Recorded(c.scanLater(code)); len(events) > 0 {
		t.Errorf("want nothing, got %s", names(events))
	}
}

func TestSendersWhoAreNotExpected(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(c *cabinet)
		want locker.Notice
	}{
		{"cancelled", func(c *cabinet) { c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "RETURN-1"}}) }, locker.NoticeExpired},
		{"erased", func(c *cabinet) { c.order(locker.Order{Erase: &locker.Erasure{Tracking: "RETURN-1"}}) }, locker.NoticeExpired},
		{"announced anew", func(c *cabinet) { c.expects("RETURN-1") }, locker.NoticeReplaced},
		{"too late", func(c *cabinet) { c.wait(c.plan.Times.Announced + time.Hour) }, locker.NoticeExpired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCabinet(t)
			code := c.expects("RETURN-1")
			tt.do(c)
			wantNo[locker.UnlockRequested](t, c.scan(code))
			c.notice(tt.want)
		})
	}
}

// TestUntilWhenASenderIsExpected: an announcement may say so.
func TestUntilWhenASenderIsExpected(t *testing.T) {
	c := newCabinet(t)
	a := want[locker.ParcelAnnounced](t, c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "RETURN-1", Size: "S", Company: "Example Parcel",
		From: locker.FromSender, Until: c.now.Wall.Add(2 * time.Hour), Offers: c.offers()}}))
	wantNo[locker.AnnouncementDropped](t, c.wait(time.Hour))
	want[locker.AnnouncementDropped](t, c.wait(time.Hour))
	wantNo[locker.UnlockRequested](t, c.scan(string(a.Personal.Code)))
	c.notice(locker.NoticeExpired)
}

func TestSendersThatAreRefused(t *testing.T) {
	for name, a := range map[string]locker.AnnounceOrder{
		"no company":         {From: locker.FromSender},
		"somebody else":      {From: "courier", Company: "Example Parcel"},
		"with a condition":   {From: locker.FromSender, Company: "Example Parcel", Ask: locker.Conditions{Confirm: true}},
		"with a fee":         {From: locker.FromSender, Company: "Example Parcel", Fee: &locker.Terms{Currency: "EUR", Due: 1}},
		"with a group":       {From: locker.FromSender, Company: "Example Parcel", Group: "g"},
		"with a phone":       {From: locker.FromSender, Company: "Example Parcel", Phone: locker.Box("phone")},
		"no code was made":   {From: locker.FromSender, Company: "Example Parcel", Offers: []locker.Offer{}},
		"the parcel is here": {From: locker.FromSender, Company: "Example Parcel", Tracking: "PARCEL-1"},
	} {
		t.Run(name, func(t *testing.T) {
			c, _, _ := stored(t)
			if a.Tracking == "" {
				a.Tracking = "RETURN-1"
			}
			if a.Offers == nil {
				a.Offers = c.offers()
			}
			if e := want[locker.OrderRefused](t, c.order(locker.Order{Announce: &a})); e.Code == locker.CodeOther {
				t.Errorf("want a code for %q", e.Why)
			}
		})
	}
}

// TestOrdersAboutWhatWasSent: it has no recipient, no period and no fee.
func TestOrdersAboutWhatWasSent(t *testing.T) {
	for name, tt := range map[string]struct {
		o    locker.Order
		want locker.RefusalCode
	}{
		"cancel":        {locker.Order{Cancel: &locker.CancelOrder{Tracking: "RETURN-1"}}, locker.CodeNothingToDo},
		"extend":        {locker.Order{Extend: &locker.ExtendOrder{Tracking: "RETURN-1", By: time.Hour}}, locker.CodeParcelSent},
		"new code":      {locker.Order{NewCode: &locker.NewCodeOrder{Tracking: "RETURN-1", Offers: []locker.Offer{{Hash: hash("x")}}}}, locker.CodeParcelSent},
		"new recipient": {locker.Order{NewRecipient: &locker.NewRecipientOrder{Tracking: "RETURN-1", Offers: []locker.Offer{{Hash: hash("x")}}}}, locker.CodeParcelSent},
		"handed over":   {locker.Order{HandOver: &locker.HandOverOrder{Tracking: "RETURN-1"}}, locker.CodeParcelSent},
		"told":          {locker.Order{Told: &locker.ToldOrder{Tracking: "RETURN-1"}}, locker.CodeNoFee},
		"erase":         {locker.Order{Erase: &locker.Erasure{Tracking: "RETURN-1"}}, locker.CodeParcelHere},
		"announce":      {locker.Order{Announce: &locker.AnnounceOrder{Tracking: "RETURN-1"}}, locker.CodeParcelHere},
	} {
		t.Run(name, func(t *testing.T) {
			c, _, _ := sent(t)
			if e := want[locker.OrderRefused](t, c.order(tt.o)); e.Code != tt.want {
				t.Errorf("want %s, got %s: %s", tt.want, e.Code, e.Why)
			}
		})
	}
}

// TestNoDoorForASender: nobody but a courier is asked to look into a door.
func TestNoDoorForASender(t *testing.T) {
	c := newCabinet(t)
	for _, d := range c.plan.Doors {
		c.order(locker.Order{Expires: c.now.Wall.Add(time.Minute), Unlock: &locker.UnlockOrder{Door: d.Number}})
		c.sense(d.Number, locker.Open)
		c.sense(d.Number, locker.Closed)
		c.wait(10 * time.Minute)
	}
	code := c.expects("RETURN-1")
	wantNo[locker.UnlockRequested](t, c.scan(code))
	c.onScreen(locker.StepNoDoor)
	wantNo[locker.UnlockRequested](t, c.size("M"))
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepHome)
	c.feed(locker.Inspected{By: "grace"})
	want[locker.UnlockRequested](t, c.scan(code))
}

// TestASenderChoosesTheSize: where nobody has said it.
func TestASenderChoosesTheSize(t *testing.T) {
	c := newCabinet(t)
	a := want[locker.ParcelAnnounced](t, c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "RETURN-1", Company: "Example Parcel",
		From: locker.FromSender, Offers: c.offers()}}))
	c.scan(string(a.Personal.Code))
	c.onScreen(locker.StepSize)
	if u := want[locker.UnlockRequested](t, c.size("L")); u.Door != 5 {
		t.Errorf("want the large door, got %d", u.Door)
	}
}

// TestSentBeforeABackup: nobody knows what became of it; the operator has it collected.
func TestSentBeforeABackup(t *testing.T) {
	c, door, _ := sent(t)
	c.epoch = "8899aabbccddeeff"
	c.write([]locker.Event{locker.EpochBegun{Reason: locker.EpochRestored}})
	c.restart()
	c.sense(door, locker.Closed)
	c.status("RETURN-1", locker.StatusHeld)
	c.order(locker.Order{Cancel: &locker.CancelOrder{Tracking: "RETURN-1"}})
	c.status("RETURN-1", locker.StatusSent)
}

// TestACourierBringsAnExpectedReturn: its number alone does not make it the sender's.
func TestACourierBringsAnExpectedReturn(t *testing.T) {
	c := newCabinet(t)
	code := c.expects("RETURN-1")
	c.drop("RETURN-1", "S")
	c.tap(locker.ActionSignOut)
	wantNo[locker.UnlockRequested](t, c.scan(code))
	c.notice(locker.NoticeSentCode)
}

// TestASlowSenderOpensOnceMore: who takes a while to put it in has just pushed the door shut.
func TestASlowSenderOpensOnceMore(t *testing.T) {
	c, door, _ := sender(t)
	c.wait(40 * time.Second)
	c.sense(door, locker.Closed)
	c.wait(5 * time.Second)
	if u := want[locker.UnlockRequested](t, c.says(locker.ActionAgain)); u.Door != door {
		t.Errorf("want door %d once more, got %d", door, u.Door)
	}
}

// TestTheBreakerCountsSenders: codes that somebody has found open no row of doors behind each other.
func TestTheBreakerCountsSenders(t *testing.T) {
	c := newCabinet(t)
	c.plan.BreakerDoors = 3
	opened := 0
	for _, tracking := range []string{"RETURN-1", "RETURN-2", "RETURN-3", "RETURN-4"} {
		events := c.scan(c.expects(tracking))
		if _, opens := find[locker.UnlockRequested](events); opens {
			opened++
		}
		c.wait(c.plan.Times.Judge)
	}
	if opened != 3 {
		t.Errorf("want three doors, and the fourth not, got %d", opened)
	}
}
