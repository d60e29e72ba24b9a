package locker_test

import (
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
)

const (
	day  = 24 * time.Hour
	year = 365 * day
)

// waiting is a cabinet with a parcel that waits to be fetched, and how its code opens.
func waiting(t *testing.T) (c *cabinet, code string) {
	t.Helper()
	c = newCabinet(t)
	_, code = c.drop("PARCEL-1", "S")
	c.tap(locker.ActionSignOut)
	c.pass(time.Hour)
	c.feed(locker.Tick{})
	return c, code
}

// off lets the clock be wrong by so much from now on.
func (c *cabinet) off(jump time.Duration) { c.now.Wall = c.now.Wall.Add(jump) }

func TestAClockThatJumpsForAMoment(t *testing.T) {
	for _, jump := range []time.Duration{5 * time.Minute, 2 * time.Hour, 4 * day, 20 * year, -5 * time.Minute, -3 * day, -30 * year} {
		t.Run(jump.String(), func(t *testing.T) {
			c, code := waiting(t)
			newest := c.state.Newest
			c.off(jump)
			doubted := want[locker.ClockDoubted](t, c.feed(locker.Present{Revision: c.view().Revision}))
			if got := time.Duration(doubted.Jump) * time.Millisecond; got != jump {
				t.Fatalf("want a jump of %s, got %s", jump, got)
			}
			wantNo[locker.ParcelExpired](t, c.wait(3*time.Second))
			if now := c.state.Trust(c.now); now.Known || now.Wall.Sub(newest) > 2*time.Hour {
				t.Fatalf("want the time guessed by this run's and not known, got %+v", now)
			}
			c.off(-jump)
			want[locker.ClockSet](t, c.feed(locker.Tick{}))
			if now := c.state.Trust(c.now); !now.Known || now.Jump != 0 {
				t.Fatalf("want the clock known once more, got %+v", now)
			}
			if c.state.Newest.After(c.now.Wall) {
				t.Fatalf("want no record of a time to come, got %s", c.state.Newest)
			}
			want[locker.UnlockRequested](t, c.scan(code))
		})
	}
}

// However wrong a clock is that was started with: nothing ends by it.
func TestARunThatBeginsWithAWrongClock(t *testing.T) {
	for _, jump := range []time.Duration{4 * day, 20 * year, -4 * day} {
		t.Run(jump.String(), func(t *testing.T) {
			c, code := waiting(t)
			c.off(jump)
			c.reboot()
			want[locker.ClockDoubted](t, c.feed(locker.Tick{}))
			wantNo[locker.ParcelExpired](t, c.wait(time.Hour))
			for _, d := range c.plan.Doors {
				c.sense(d.Number, locker.Closed)
			}
			want[locker.UnlockRequested](t, c.scan(code))
		})
	}
	t.Run("and stands for ever", func(t *testing.T) {
		c, _ := waiting(t)
		c.off(20 * year)
		c.feed(locker.Tick{})
		wantNo[locker.ClockSet](t, c.wait(60*day))
	})
	t.Run("after a night without power", func(t *testing.T) {
		c, _ := waiting(t)
		c.off(8 * time.Hour)
		c.reboot()
		want[locker.ClockDoubted](t, c.feed(locker.Tick{}))
		if e := want[locker.ClockSet](t, c.wait(9*time.Hour)); e.By != "constancy" {
			t.Fatalf("want it believed because it stood, got %+v", e)
		}
	})
	t.Run("after a moment without power", func(t *testing.T) {
		c, _ := waiting(t)
		c.off(59*time.Minute - time.Hour) // nothing was written since the parcel was stored
		c.reboot()
		wantNo[locker.ClockDoubted](t, c.feed(locker.Tick{}))
	})
	t.Run("after a quiet night, while the machine ran on", func(t *testing.T) {
		c := newCabinet(t)
		c.pass(8 * time.Hour)
		c.restart()
		if now := c.state.Trust(c.now); !now.Known {
			t.Fatalf("want the machine's own time to tell how late it is, got %+v", now)
		}
		c.off(10 * time.Minute)
		want[locker.ClockDoubted](t, c.feed(locker.Tick{}))
	})
}

// TestASignatureOfBeforeAPowerCutVouchesForNothing: a clock that stood still while the power was away is not right because an order had
// come shortly before, nor does the right one stay doubted for it.
func TestASignatureOfBeforeAPowerCutVouchesForNothing(t *testing.T) {
	c, _ := waiting(t)
	want[locker.OrderAccepted](t, c.give(c.signed("o1", 5, 5*time.Minute)))
	c.pass(10 * time.Minute) // off for ten hours, with a clock that stood still
	c.reboot()
	c.feed(locker.Tick{})
	c.off(10 * time.Hour) // and is set right
	want[locker.ClockDoubted](t, c.feed(locker.Tick{}))
	if c.state.Trust(c.now).Known {
		t.Error("want no time known, neither of the two has a witness")
	}
	if e := want[locker.ClockSet](t, c.wait(11*time.Hour)); e.By != "constancy" {
		t.Errorf("want the right one believed because it stood, got %+v", e)
	}
}

// Whoever forges the time makes it run at twice its speed, no faster.
func TestAJumpIsBelievedOnceItHasStood(t *testing.T) {
	c, _ := waiting(t)
	c.off(2 * time.Hour)
	c.feed(locker.Tick{})
	wantNo[locker.ClockSet](t, c.wait(2*time.Hour-time.Second))
	if e := want[locker.ClockSet](t, c.wait(2*time.Second)); e.By != "constancy" {
		t.Fatalf("want it believed because it stood, got %+v", e)
	}
	c.off(time.Hour)
	c.feed(locker.Tick{})
	c.wait(30 * time.Minute)
	c.off(10 * time.Minute) // it does not stand still
	c.feed(locker.Tick{})
	wantNo[locker.ClockSet](t, c.wait(31*time.Minute))
}

func TestAnOrderIsASecondWitness(t *testing.T) {
	t.Run("for a clock that was set right", func(t *testing.T) {
		c, _ := waiting(t)
		c.off(8 * time.Hour)
		c.reboot()
		c.feed(locker.Tick{})
		for _, d := range c.plan.Doors {
			c.sense(d.Number, locker.Closed)
		}
		events := c.give(c.signed("o1", 5, 5*time.Minute))
		if e := want[locker.ClockSet](t, events); e.By != "order:o1" {
			t.Fatalf("want it said whom it is believed by, got %+v", e)
		}
		want[locker.UnlockRequested](t, events)
	})
	t.Run("for the run's own time, against a clock that jumped", func(t *testing.T) {
		c, _ := waiting(t)
		o := c.signed("o1", 5, 5*time.Minute)
		c.off(4 * day)
		c.feed(locker.Tick{})
		want[locker.UnlockRequested](t, c.give(o))
		wantNo[locker.ParcelExpired](t, c.wait(2*day)) // however long it goes on
		if now := c.state.Trust(c.now); !now.Known || now.Jump == 0 {
			t.Fatalf("want the run's own time known, and the jump told, got %+v", now)
		}
	})
	t.Run("between two that are near each other: the one that stands", func(t *testing.T) {
		c, _ := waiting(t)
		c.off(8 * time.Minute)
		c.feed(locker.Tick{})
		want[locker.ClockSet](t, c.wait(9*time.Minute)) // it has stood
		c.off(-8 * time.Minute)
		c.feed(locker.Tick{})
		c.give(c.signed("o1", 5, 5*time.Minute))
		c.wait(20 * time.Minute)
		if now := c.state.Trust(c.now); !now.Known || now.Jump != 0 || !now.Wall.Equal(c.now.Wall) {
			t.Fatalf("want the right clock believed once more, got %+v", now)
		}
	})
	t.Run("of a clock that is behind", func(t *testing.T) {
		c, _ := waiting(t)
		o := c.signed("o1", 5, time.Hour)
		o.Issued, o.Expires = o.Issued.Add(2*day), o.Expires.Add(2*day)
		want[locker.ClockDoubted](t, c.give(o))
		c.off(2 * day)
		if e := want[locker.ClockSet](t, c.feed(locker.Tick{})); e.By != "signature" {
			t.Fatalf("want the signed time to tell that it is right now, got %+v", e)
		}
	})
	t.Run("nobody's", func(t *testing.T) {
		c, _ := waiting(t)
		c.off(4 * day)
		c.feed(locker.Tick{})
		o := c.signed("o1", 5, time.Hour)
		o.Unproven, o.Refusal = true, "the signature is wrong"
		wantNo[locker.ClockSet](t, c.give(o))
	})
}

func TestATechniciansAppIsASecondWitness(t *testing.T) {
	c, _ := waiting(t)
	c.off(4 * day)
	c.feed(locker.Tick{})
	c.write([]locker.Event{locker.TechnicianSignedIn{Session: "s", Technician: "grace", Step: c.now.Wall.Unix() / 30}})
	want[locker.ClockSet](t, c.feed(locker.Tick{}))
}

// wrong is a cabinet that has believed a clock that was 40 hours ahead for so long, and has its right time back.
func wrong(t *testing.T) (c *cabinet, code string) {
	t.Helper()
	c, code = waiting(t)
	c.off(40 * time.Hour)
	c.feed(locker.Tick{})
	all := c.wait(72 * time.Hour)
	want[locker.PickupPeriodResumed](t, all) // it stood still while the clock was doubted
	want[locker.ParcelExpired](t, all)
	c.off(-40 * time.Hour)
	c.feed(locker.Tick{})
	if c.state.Trust(c.now).Known {
		t.Fatal("want a time before the newest record not known")
	}
	return c, code
}

func TestAWrongTimeIsCorrected(t *testing.T) {
	for _, way := range []struct {
		name string
		do   func(c *cabinet) []locker.Event
		by   string
	}{
		{"by the hand tool", func(c *cabinet) []locker.Event {
			return c.feed(locker.ClockTold{At: c.now.Wall.Add(10 * time.Minute), By: "root"})
		}, "hand tool: root"},
		{"by an order", func(c *cabinet) []locker.Event { return c.give(c.correction("o1")) }, "order:o1"},
		{"at the screen", func(c *cabinet) []locker.Event {
			c.signIn("grace")
			c.tap(locker.ActionAbout)
			return c.tap(locker.ActionClockRight)
		}, "technician:grace"},
	} {
		t.Run(way.name, func(t *testing.T) {
			c, code := wrong(t)
			e := want[locker.ClockCorrected](t, way.do(c))
			if e.By != way.by || !e.Newest.After(c.now.Wall.Add(38*time.Hour)) {
				t.Fatalf("want it said by whom, and what was wrong, got %+v", e)
			}
			want[locker.PickupPeriodBegan](t, c.feed(locker.Tick{}))
			if now := c.state.Trust(c.now); !now.Known {
				t.Fatalf("want the clock known, got %+v", now)
			}
			if c.view().Session {
				c.tap(locker.ActionBack)
				c.tap(locker.ActionSignOut)
			}
			want[locker.UnlockRequested](t, c.scan(code))
			c.reboot()
			if !c.state.Trust(c.now).Known {
				t.Fatal("want it known over a restart")
			}
		})
	}
}

// correction is an order that corrects the clock.
func (c *cabinet) correction(id string) locker.Order {
	o := c.signed(id, 0, time.Hour)
	o.Kind, o.Unlock, o.Correct = "clock.correct", nil, &locker.CorrectOrder{Newest: c.state.Summary(c.state.Trust(c.now)).Newest}
	return o
}

func TestWhatCorrectsNoClock(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(c *cabinet, o *locker.Order)
		why    string
	}{
		{"nobody has signed it", func(_ *cabinet, o *locker.Order) { o.Issuer = "" }, "not signed"},
		{"it names a later time", func(_ *cabinet, o *locker.Order) { o.Correct.Newest = o.Correct.Newest.Add(day) }, "newest"},
		{"it comes again when the clock was set back", func(_ *cabinet, o *locker.Order) { o.Correct.Newest = o.Correct.Newest.Add(-day) }, "newest"},
		{"it is of another time", func(_ *cabinet, o *locker.Order) {
			o.Issued = o.Issued.Add(-2 * time.Hour)
		}, "set it first"},
		{"it has expired", func(_ *cabinet, o *locker.Order) {
			o.Issued, o.Expires = o.Issued.Add(-time.Hour), o.Issued.Add(-time.Minute)
		}, "expired"},
		{"the PC's clock does not know either", func(c *cabinet, _ *locker.Order) { c.now.Known = false }, "in step"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := wrong(t)
			o := c.correction("o1")
			tt.change(c, &o)
			events := c.give(o)
			wantNo[locker.ClockCorrected](t, events)
			if e := want[locker.OrderRefused](t, events); !strings.Contains(e.Why, tt.why) {
				t.Fatalf("want %q, got %+v", tt.why, e)
			}
		})
	}
	t.Run("nothing is wrong", func(t *testing.T) {
		c, _ := waiting(t)
		want[locker.OrderRefused](t, c.give(c.correction("o1")))
		wantNo[locker.ClockCorrected](t, c.feed(locker.ClockTold{At: c.now.Wall, By: "root"}))
	})
}

// What a wrong time has let be forgotten does not count once more.
func TestAnOrderForgottenByAWrongTimeIsFollowedOnce(t *testing.T) {
	c, _ := waiting(t)
	old := c.signed("old", 5, 7*day)
	want[locker.UnlockRequested](t, c.give(old))
	c.shut(5)
	for i := range 1200 {
		c.write([]locker.Event{locker.OrderAccepted{Order: "x" + time.Duration(i).String(), Issuer: "cloud", Expires: old.Expires}})
	}
	c.off(4 * day)
	c.feed(locker.Tick{})
	c.wait(4*day + time.Hour)
	c.state.Signed = locker.Reading{}
	for i := range 1200 {
		c.write([]locker.Event{locker.OrderAccepted{Order: "y" + time.Duration(i).String(), Issuer: "cloud", Expires: c.now.Wall.Add(day)}})
	}
	c.off(-4 * day)
	c.feed(locker.Tick{})
	want[locker.ClockCorrected](t, c.give(c.correction("o1")))
	wantNo[locker.UnlockRequested](t, c.give(old))
}

// TestAClockThatWasMutedIsHeardAgain: it was known and unknown by turns until nobody listened any more. Once it is heard, periods go on
// by it, and what told of something else meanwhile hid nothing.
func TestAClockThatWasMutedIsHeardAgain(t *testing.T) {
	for _, between := range []bool{false, true} {
		c, _, _ := stored(t)
		ends := c.only().Until
		c.wait(time.Hour)
		var events []locker.Event
		for range 7 {
			c.now.Known = false
			events = append(events, c.wait(time.Second)...)
			c.now.Known = true
			events = append(events, c.wait(time.Second)...)
		}
		want[locker.SourceMuted](t, events)
		if is := c.only().Stop.Why; is != locker.StopClock {
			t.Fatalf("want it to stand still, got %q", is)
		}
		if between {
			c.sense(5, locker.Open)
			c.sense(5, locker.Closed)
		}
		want[locker.ClockSet](t, c.wait(2*time.Hour))
		if c.state.Stirs(c.now) || c.only().Stop.Why != "" {
			t.Fatalf("want it to go on, got %+v", c.only().Stop)
		}
		wantNo[locker.ParcelExpired](t, c.wait(ends.Sub(c.now.Wall)))
		want[locker.ParcelExpired](t, c.wait(2*time.Hour))
		c.restart()
	}
}
