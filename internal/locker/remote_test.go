package locker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// remotely sends a signed order about the machine, issued now.
func (c *cabinet) remotely(id string, o locker.Order) []locker.Event {
	c.t.Helper()
	c.pass(time.Millisecond)
	o.ID, o.Cabinet, o.Issuer, o.Issued, o.Expires = id, "test", "cloud", c.now.Wall, c.now.Wall.Add(time.Hour)
	return c.feed(locker.OrderReceived{Order: o})
}

func (c *cabinet) configure(id string) []locker.Event {
	c.t.Helper()
	return c.remotely(id, locker.Order{Config: &locker.ConfigOrder{Version: "v-" + id, SHA256: "hash-" + id}})
}

// inForce puts a configuration in force on the disk; without an order it is the cabinet's own file.
func (c *cabinet) inForce(order string, trial bool, gone locker.ConfigGone) {
	c.disk = locker.ConfigStands{Gone: gone}
	if order != "" {
		c.disk.Config = locker.Configured{Order: order, Version: "v-" + order, SHA256: "hash-" + order, Trial: trial}
	}
}

// stands tells what the disk says once a trial has ended.
func (c *cabinet) stands(order string, trial bool, gone locker.ConfigGone) []locker.Event {
	c.t.Helper()
	c.inForce(order, trial, gone)
	return c.feed(c.disk)
}

// starts is a start that finds a configuration in force.
func (c *cabinet) starts(order string, trial bool, gone locker.ConfigGone) []locker.Event {
	c.t.Helper()
	c.inForce(order, trial, gone)
	return c.restart()
}

func (c *cabinet) closeAll() (all []locker.Event) {
	for _, d := range c.plan.Doors {
		all = append(all, c.sense(d.Number, locker.Closed)...)
	}
	return all
}

func refusedAs(t *testing.T, events []locker.Event, words string, code locker.RefusalCode) {
	t.Helper()
	if e := want[locker.OrderRefused](t, events); !strings.Contains(e.Why, words) || e.Code != code {
		t.Errorf("want %q and %s, got %q and %s", words, code, e.Why, e.Code)
	}
}

// TestAConfigurationsWay from its order to its proof, and back.
func TestAConfigurationsWay(t *testing.T) {
	c := newCabinet(t)
	events := c.configure("a")
	want[locker.ConfigAccepted](t, events)
	want[locker.ConfigBegun](t, events) // nobody is there
	if c.wait(time.Minute); len(c.state.Remote.Unfinished()) != 0 {
		t.Error("a configuration is no unfinished request: the disk says what is in force")
	}
	refusedAs(t, c.configure("b"), "just being put in force", locker.CodeBusy)
	want[locker.ConfigApplied](t, c.starts("a", true, locker.ConfigGone{}))
	wantNo[locker.ConfigApplied](t, c.stands("a", true, locker.ConfigGone{}))
	c.closeAll()
	wantNo[locker.ConfigBegun](t, c.configure("c")) // on trial: it waits
	want[locker.ConfigBegun](t, c.stands("a", false, locker.ConfigGone{}))
	if c.state.Remote.Config.Trial || c.state.Remote.Config.Version != "v-a" {
		t.Errorf("want a kept, got %+v", c.state.Remote.Config)
	}
	want[locker.ConfigApplied](t, c.starts("c", true, locker.ConfigGone{}))
	back := c.starts("a", false, locker.ConfigGone{Order: "c", Version: "v-c", Why: locker.ConfigNoLink})
	if e := want[locker.ConfigRolledBack](t, back); e.Order != "c" || e.ToOrder != "a" || e.Why != locker.ConfigNoLink {
		t.Errorf("want c rolled back to a, got %+v", e)
	}
	wantNo[locker.ConfigApplied](t, back)
	wantNo[locker.ConfigRolledBack](t, c.stands("a", false, locker.ConfigGone{Order: "c", Version: "v-c", Why: locker.ConfigNoLink}))
}

// TestAPowerCutBetweenRecordAndDisk: begun and not in force, it is begun again; in force and rolled back before any run told of it, it
// ends; a disk that says nothing of it ends it, too.
func TestAPowerCutBetweenRecordAndDisk(t *testing.T) {
	c := newCabinet(t)
	c.configure("a")
	wantNo[locker.ConfigBegun](t, c.starts("", false, locker.ConfigGone{})) // the doors are not known yet
	want[locker.ConfigBegun](t, c.closeAll())
	e := want[locker.ConfigRolledBack](t, c.starts("", false, locker.ConfigGone{Order: "a", Version: "v-a", Why: locker.ConfigNoStart}))
	if e.Order != "a" || c.state.Remote.Offered != nil {
		t.Errorf("want it over, got %+v, %+v", e, c.state.Remote)
	}
	c.closeAll()
	c.configure("b")
	c.starts("b", false, locker.ConfigGone{})
	if e := want[locker.ConfigRolledBack](t, c.starts("", false, locker.ConfigGone{})); e.Order != "b" {
		t.Errorf("want it over, got %+v", e)
	}
}

// TestNothingIsPutInForceTwice: a run whose boards are lost before they have said anything knows already what is in force.
func TestNothingIsPutInForceTwice(t *testing.T) {
	for _, gone := range []bool{false, true} {
		c := newCabinet(t)
		want[locker.ConfigBegun](t, c.configure("a"))
		var events []locker.Event
		if gone {
			events = c.starts("", false, locker.ConfigGone{Order: "a", Version: "v-a", Why: locker.ConfigNoStart})
			want[locker.ConfigRolledBack](t, events)
		} else {
			events = c.starts("a", true, locker.ConfigGone{})
			want[locker.ConfigApplied](t, events)
		}
		for board := 1; board <= 2; board++ {
			events = append(events, c.feed(locker.BoardLost{Bus: "main", Board: board, Why: "no such port"})...)
		}
		wantNo[locker.ConfigBegun](t, append(events, c.wait(time.Minute)...))
	}
}

// TestVersionsAndTheirOrder: the same one again, another content under its name, an older order, one that nobody signed, a text that is
// lost.
func TestVersionsAndTheirOrder(t *testing.T) {
	c := newCabinet(t)
	early := c.now.Wall
	c.configure("a")
	c.starts("a", false, locker.ConfigGone{})
	c.closeAll()
	same := locker.ConfigOrder{Version: "v-a", SHA256: "hash-a"}
	refusedAs(t, c.remotely("a2", locker.Order{Config: &same}), "in force already", locker.CodeNothingToDo)
	other := locker.ConfigOrder{Version: "v-a", SHA256: "hash-b"}
	refusedAs(t, c.remotely("a3", locker.Order{Config: &other}), "another content", locker.CodeTaken)
	wantNo[locker.OrderAccepted](t, c.configure("a")) // answered before
	old := locker.Order{ID: "z", Cabinet: "test", Issuer: "cloud", Issued: early, Expires: c.now.Wall.Add(time.Hour),
		Config: &locker.ConfigOrder{Version: "v-z", SHA256: "hash-z"}}
	refusedAs(t, c.feed(locker.OrderReceived{Order: old}), "issued before the newest configuration", locker.CodeSuperseded)
	old.ID, old.Issuer = "y", ""
	refusedAs(t, c.feed(locker.OrderReceived{Order: old}), "not signed", locker.CodeNotSigned)
	want[locker.ConfigBegun](t, c.configure("b"))
	if e := want[locker.ConfigFailed](t, c.feed(locker.ConfigUnapplied{Order: "b", Why: locker.ConfigLost})); e.Version != "v-b" {
		t.Errorf("want b failed, got %+v", e)
	}
	want[locker.ConfigBegun](t, c.configure("d")) // nothing is in its way
}

// TestAQuietMoment: what a restart waits for.
func TestAQuietMoment(t *testing.T) {
	for name, disturb := range map[string]func(*cabinet) (end func() []locker.Event){
		"somebody at the screen": func(c *cabinet) func() []locker.Event {
			c.tap(locker.ActionPickup)
			return func() []locker.Event { return c.wait(c.plan.Times.Idle + time.Second) }
		},
		"a courier with a parcel": func(c *cabinet) func() []locker.Event {
			c.scan("badge-ada")
			c.scan("PARCEL-9")
			return func() []locker.Event { return c.wait(c.plan.Times.SessionCourier + 2*time.Minute) }
		},
		"a door being opened by order": func(c *cabinet) func() []locker.Event {
			c.order(locker.Order{Unlock: &locker.UnlockOrder{Door: 5}})
			return func() []locker.Event { return c.wait(c.plan.Times.Judge + time.Second) }
		},
		"a door that stands open": func(c *cabinet) func() []locker.Event {
			c.sense(5, locker.Open)
			return func() []locker.Event { return c.sense(5, locker.Closed) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCabinet(t)
			end := disturb(c)
			wantNo[locker.RestartBegun](t, c.remotely("r", locker.Order{Restart: &locker.RestartOrder{}}))
			wantNo[locker.ConfigBegun](t, c.configure("a"))
			if e := want[locker.ConfigBegun](t, end()); e.Order != "a" {
				t.Errorf("want the configuration first, got %+v", e)
			}
		})
	}
	t.Run("a recipient who may still reopen", func(t *testing.T) {
		c, door, code := stored(t)
		c.scan(code)
		c.sense(door, locker.Open)
		c.configure("a")
		c.sense(door, locker.Closed)
		c.tap(locker.ActionFinish)
		wantNo[locker.ConfigBegun](t, c.wait(c.plan.Times.Thanks/2))
		want[locker.ConfigBegun](t, c.wait(c.plan.Times.Thanks))
	})
	t.Run("nobody", func(t *testing.T) {
		c := newCabinet(t)
		want[locker.RestartBegun](t, c.remotely("r", locker.Order{Restart: &locker.RestartOrder{}}))
		refusedAs(t, c.remotely("s", locker.Order{Restart: &locker.RestartOrder{}}), "a restart waits already", locker.CodeNothingToDo)
		if e := want[locker.Restarted](t, c.restart()); e.Order != "r" {
			t.Errorf("want the order's end, got %+v", e)
		}
		wantNo[locker.Restarted](t, c.restart())
		wantNo[locker.RestartBegun](t, c.closeAll())
	})
}

// TestReportsAndUploadsEnd, also in a later run, and are bounded.
func TestReportsAndUploadsEnd(t *testing.T) {
	c := newCabinet(t)
	ask := func(id string) []locker.Event { return c.remotely(id, locker.Order{Report: &locker.ReportOrder{}}) }
	want[locker.ReportAsked](t, ask("r1"))
	refusedAs(t, ask("r2"), "a report is being made", locker.CodeBusy)
	c.restart()
	c.pass(time.Second)
	if open := c.state.Remote.Unfinished(); len(open) != 1 || open[0].(locker.ReportAsked).Order != "r1" {
		t.Fatalf("want it open, got %+v", open)
	}
	wantNo[locker.ReportMade](t, c.feed(locker.Reported{Order: "r9"}))
	want[locker.ReportMade](t, c.feed(locker.Reported{Order: "r1", Report: locker.Report{Version: "test"}}))
	wantNo[locker.ReportMade](t, c.feed(locker.Reported{Order: "r1"}))
	refusedAs(t, ask("r3"), "one report a minute", locker.CodeBusy)
	c.wait(time.Minute)
	want[locker.ReportAsked](t, ask("r4"))
	c.feed(locker.Reported{Order: "r4"})

	upload := func(id string) []locker.Event {
		return c.remotely(id, locker.Order{Upload: &locker.UploadOrder{Photo: "p", URL: "https://h.example/SECRET", Host: "h.example"}})
	}
	for n := range 8 {
		if e := want[locker.EvidenceAsked](t, upload(fmt.Sprint("u", n))); e.Host != "h.example" || strings.Contains(fmt.Sprint(e), "SECRET") {
			t.Errorf("want the host alone, got %+v", e)
		}
	}
	refusedAs(t, upload("u8"), "too many uploads", locker.CodeBusy)
	c.restart()
	if open := c.state.Remote.Unfinished(); len(open) != 8 {
		t.Fatalf("want them open, got %+v", open)
	}
	want[locker.EvidenceUploaded](t, c.feed(locker.UploadEnded{Order: "u0", Photos: 1}))
	want[locker.EvidenceFailed](t, c.feed(locker.UploadEnded{Order: "u1", Why: locker.EvidenceExpired}))
	wantNo[locker.EvidenceFailed](t, c.feed(locker.UploadEnded{Order: "u1", Why: locker.EvidenceExpired}))
	want[locker.EvidenceAsked](t, upload("u9"))
}
